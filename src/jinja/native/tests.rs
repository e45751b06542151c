use super::*;

#[test]
fn literals_are_those_of_python() {
    let cases = [
        ("1", Some("1")),
        (" -1.5", Some("-1.5")),
        ("'a'", Some("'a'")),
        ("True", Some("True")),
        ("true", None),
        ("None", Some("None")),
        ("none", None),
        ("[1, 'a', (2,), {'b': None}]", Some("[1, 'a', (2,), {'b': None}]")),
        ("a", None),
        ("1 + 1", None),
        ("", None),
        ("1 }} {{ 2", None),
    ];
    for (text, expected) in cases {
        assert_eq!(literal(text).map(|value| value::repr(&value)).as_deref(), expected, "{text}");
    }
}
