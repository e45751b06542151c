use super::*;

const FILES: [&str; 18] = [
    "a.sql",
    "b.sql",
    "models/a.sql",
    "models/staging/b.sql",
    "keep.sql",
    "models/keep.sql",
    "staging/x.yml",
    "tmp/x",
    "a/tmp/y.sql",
    "a/b.sql",
    "a/x/y/b.sql",
    "foo1.sql",
    "{a}.sql",
    "#x",
    "x/y",
    "seeds/keep.csv",
    "seeds/other.csv",
    "x/a/b/c",
];

#[test]
fn files_are_ignored_as_pathspec_ignores_them() {
    // The right column was written by Python's pathspec: 1 where the file matches.
    for (text, expected) in [
        ("*.sql", "111111001111100000"),
        ("models/", "001101000000000000"),
        ("/models/a.sql", "001000000000000000"),
        ("models/a.sql", "001000000000000000"),
        ("staging", "000100100000000000"),
        ("**/tmp", "000000011000000000"),
        ("a/**", "000000001110000000"),
        ("a/**/b.sql", "000000000110000000"),
        ("!keep.sql", "000000000000000000"),
        ("# c", "000000000000000000"),
        ("", "000000000000000000"),
        ("*.sql\n!keep.sql", "111100001111100000"),
        ("models/*.sql", "001001000000000000"),
        ("models/**", "001101000000000000"),
        ("foo?.sql", "000000000001000000"),
        ("[ab].sql", "111100000110000000"),
        ("[!a].sql", "010100001110000000"),
        ("{a}.sql", "000000000000100000"),
        ("\\#x", "000000000000010000"),
        ("x/ ", "000000000010001001"),
        ("/", "000000000000000000"),
        ("models/staging/\n!models/staging/b.sql", "000000000000000000"),
        ("**/staging/*.sql", "000100000000000000"),
        ("seeds/*\n!seeds/keep.csv", "000000000000000010"),
        ("a/b", "000000000000000000"),
    ] {
        let mut diagnostics = Vec::new();
        let rules = IgnoreRules::parse(".dbtignore", text, &mut diagnostics);
        let found: String = FILES.iter().map(|file| if rules.ignores(file) { '1' } else { '0' }).collect();
        assert_eq!((found.as_str(), diagnostics.len()), (expected, 0), "{text:?}");
    }
}

#[test]
fn what_is_no_pattern_is_told() {
    let mut diagnostics = Vec::new();
    let rules = IgnoreRules::parse(".dbtignore", "*.csv\n[a\n", &mut diagnostics);
    assert!(rules.ignores("x.csv"));
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].primary.as_ref().map(|label| label.span.range()), Some(6..8));
}
