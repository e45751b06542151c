use super::{TextStyle, fill_in};
use serde_json::json;

#[test]
fn each_style_has_its_own_spelling() {
    let names = json!({"name": "a", "meta": {"n": 3}}).as_object().cloned().unwrap();
    let cases = [
        (TextStyle::Braces, "{name}_{meta[n]}.csv", Ok("a_3.csv")),
        (TextStyle::Braces, "{other}", Err("'other'")),
        (TextStyle::Percent, "%(name)s.csv", Ok("a.csv")),
        (TextStyle::Dollar, "${name}_$name$$.csv", Ok("a_a$.csv")),
        (TextStyle::Dollar, "$other.csv", Err("'other'")),
        (TextStyle::Dollar, "a $ b", Err("Invalid placeholder in string: line 1, col 3")),
    ];
    for (style, text, expected) in cases {
        let filled = fill_in(style, text, &names);
        assert_eq!(filled.as_deref().map_err(String::as_str), expected, "{text}");
    }
}
