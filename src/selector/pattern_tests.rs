use super::*;

#[test]
fn names_match_as_in_python() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("*", "", true),
        ("*", "anything.at/all", true),
        ("stg_*", "stg_orders", true),
        ("stg_*", "a_stg_orders", false),
        ("*_*_x", "a_b_c_x", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("a[bc]d", "acd", true),
        ("a[!bc]d", "acd", false),
        ("a[!bc]d", "axd", true),
        ("a[a-c]d", "abd", true),
        ("a[c-a]d", "abd", false),
        ("[]a]", "]", true),
        ("a[x", "a[x", true),
        ("a[x", "ax", false),
        ("[a-]", "-", true),
        ("{a,b}", "a", false),
        ("é*", "été", true),
        ("A", "a", false),
        ("**a**", "bab", true),
    ] {
        assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} on {text}");
    }
}

#[test]
fn paths_match_themselves_and_their_folders() {
    for (pattern, path, exactly, within) in [
        ("models", "models/a.sql", false, true),
        ("models/", "models/a.sql", false, true),
        ("./models/a.sql", "models/a.sql", true, true),
        ("models/a", "models/a.sql", false, false),
        ("models/*", "models/staging/a.sql", false, true),
        ("models/*.sql", "models/staging/a.sql", false, false),
        ("models/**/*.sql", "models/staging/deep/a.sql", true, true),
        ("models/**/*.sql", "models/a.sql", true, true),
        ("**/staging", "models/staging/a.sql", false, true),
        ("model", "models/a.sql", false, false),
        (".", "models/a.sql", false, true),
    ] {
        let pattern = PathPattern::new(pattern);
        assert_eq!(pattern.matches(path), exactly, "{pattern:?} on {path}");
        assert_eq!(pattern.matches_within(path, |_| true), within, "{pattern:?} within {path}");
    }
}

#[test]
fn folders_can_be_left_out() {
    assert_eq!(
        prefixes("models/staging/a.sql").collect::<Vec<_>>(),
        ["", "models", "models/staging", "models/staging/a.sql"]
    );
    let pattern = PathPattern::new("models/*");
    assert!(pattern.matches_within("models/extra/a.sql", |prefix| prefix == "models/extra"));
    assert!(!pattern.matches_within("models/extra/a.sql", |prefix| prefix == "models"));
}
