use super::*;

#[test]
fn syntax() {
    let cases = [
        ("Encountered unknown tag 'fro'.", "did you mean `for`?"),
        ("Encountered unknown tag 'endfor'.", "take it out, or open it before: {% for ... %}"),
        ("The innermost block that needs to be closed is 'if'.", "close it: {% endif %}"),
        ("Reached EOF without finding a close tag for macro (searched from line 1)", "close it: {% endmacro %}"),
    ];
    for (message, hint) in cases {
        assert_eq!(of_syntax(message).as_deref(), Some(hint));
    }
    assert_eq!(of_syntax("something else"), None);
}

#[test]
fn rendering() {
    let cases = [
        ("Env var required but not provided: 'A'", "env_var('A', '...')"),
        ("Required var 'day' not found in config:\nVars supplied to a = {}", "--vars '{day: ...}'"),
        ("'cents' is undefined. This can happen", "define `cents`"),
    ];
    for (message, part) in cases {
        assert!(of_rendering(message).is_some_and(|hint| hint.contains(part)), "{message}");
    }
    assert_eq!(of_rendering("what a macro raised"), None);
}
