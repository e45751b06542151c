use super::*;

/// Tokens in a short form: text as it is, tags by their brackets, failures as `!message`.
fn tokens(text: &str) -> String {
    let shown = tokenize(text, TextRange::new(0, text.len())).into_iter().map(|token| match token.kind {
        TokenKind::Text(text) => format!("T{text:?}"),
        TokenKind::VariableStart => "{{".into(),
        TokenKind::VariableEnd => "}}".into(),
        TokenKind::BlockStart => "{%".into(),
        TokenKind::BlockEnd => "%}".into(),
        TokenKind::Name(name) => name.into(),
        TokenKind::String(text) => format!("{text:?}"),
        TokenKind::Integer(digits) => digits,
        TokenKind::Float(number) => format!("{number:?}"),
        TokenKind::Operator(operator) => operator.into(),
        TokenKind::Failure(message) => format!("!{message}"),
        TokenKind::End => "end".into(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn splits_text_and_tags() {
    let cases = [
        ("", "end"),
        ("a { b", "T\"a { b\" end"),
        ("a {{ b }} c", "T\"a \" {{ b }} T\" c\" end"),
        ("{% if x %}\n{% endif %}", "{% if x %} T\"\\n\" {% endif %} end"),
        ("a{# {{ b }} #}c", "T\"a\" T\"c\" end"),
        ("a \n{{- b -}} \n c", "T\"a\" {{ b }} T\"c\" end"),
        ("a {%+ if x +%} b", "T\"a \" {% if x %} T\" b\" end"),
        ("a {#- b -#} c", "T\"a\" T\"c\" end"),
        ("a\r\nb\rc", "T\"a\\nb\\nc\" end"),
        ("{{ {'a': {}} }}", "{{ { \"a\" : { } } }} end"),
        ("{% raw %}{{ x }}{% endraw %}", "T\"{{ x }}\" end"),
        ("a {%- raw -%} b {%- endraw -%} c", "T\"a\" T\"b\" T\"c\" end"),
        ("{% raw %}{% x %}{% endraw %}{{ y }}", "T\"{% x %}\" {{ y }} end"),
        ("{{ rawish }}{% rawish %}", "{{ rawish }} {% rawish %} end"),
    ];
    for (text, expected) in cases {
        assert_eq!(tokens(text), expected, "{text}");
    }
}

#[test]
fn reads_literals() {
    let cases = [
        ("1 12_000 0x1F 0b101 0o17 00", "1 12000 31 5 15 0"),
        ("1.5 1e3 1.5e-3 1_0.0", "1.5 1000.0 0.0015 10.0"),
        ("x.1.2", "x . 1 . 2"),
        ("1.foo", "1 . foo"),
        ("99999999999999999999999999", "99999999999999999999999999"),
        (r#"'a' "b" 'it\'s' "\n\t\\""#, r#""a" "b" "it's" "\n\t\\""#),
        (r"'\x41\u00e9\101\d'", r#""AéA\\d""#),
        ("a**b//c!=d<=e", "a ** b // c != d <= e"),
    ];
    for (text, expected) in cases {
        assert_eq!(tokens(&format!("{{{{ {text} }}}}")), format!("{{{{ {expected} }}}} end"), "{text}");
    }
}

#[test]
fn tells_what_it_cannot_read() {
    let cases = [
        ("{# a", "!Missing end of comment tag end"),
        ("{% raw %} a", "!Missing end of raw directive end"),
        ("{{ a ? }}", "{{ a !unexpected char '?' at 5 end"),
        ("{{ 'a }}", "{{ !unexpected char \"'\" at 3 end"),
        ("{{ ) }}", "{{ !unexpected ')' end"),
        ("{{ (] }}", "{{ ( !unexpected ']', expected ')' end"),
        (r"{{ '\x4' }}", r"{{ !truncated \xXX escape end"),
        ("{{ a", "{{ a end"),
    ];
    for (text, expected) in cases {
        assert_eq!(tokens(text), expected, "{text}");
    }
}

#[test]
fn ranges_point_into_the_given_text() {
    let text = "é\r\n{{ aé + 'b' }}";
    let found: Vec<&str> =
        tokenize(text, TextRange::new(0, text.len())).iter().map(|token| &text[token.range.as_usize()]).collect();
    assert_eq!(found, ["é\r\n", "{{", "aé", "+", "'b'", "}}", ""]);
}
