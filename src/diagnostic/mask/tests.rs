use super::masked;

#[test]
fn secrets_are_masked_in_all_their_spellings() {
    let cases = [
        ("tok+en=", "a tok+en= b", "a ***** b"),
        ("tok+en=", "http://tok%2Ben%3D@host http://tok%2ben=@host", "http://*****@host http://*****@host"),
        ("tok%2Ben%3D", "tok+en= tok%2Ben%3D tok%252Ben%253D", "***** ***** *****"),
        ("schlüssel", "schl%C3%BCssel schlüssel", "***** *****"),
        ("100%", "100% 100%25 100", "***** *****25 100"),
        ("ab", "a%", "a%"),
        (" ", "a b", "a b"),
    ];
    for (secret, text, expected) in cases {
        assert_eq!(masked(text, [secret]), expected, "{secret} in {text}");
    }
    assert_eq!(masked("long-er%2F long", ["long-er/", "long"]), "***** *****");
}
