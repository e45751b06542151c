use super::*;
use crate::jinja::ast::{Expression, ExpressionKind, StatementKind};

fn parse(text: &str) -> Result<Body, Diagnostic> {
    parse_template(&"models/a.sql".into(), text)
}

fn error(text: &str) -> String {
    match parse(text) {
        Ok(body) => format!("{body:?}"),
        Err(diagnostic) => diagnostic.message,
    }
}

/// The texts of an expression and of all expressions in it.
fn expressions(text: &str) -> Vec<String> {
    let source = format!("{{{{ {text} }}}}");
    let body = parse(&source).unwrap_or_else(|problem| panic!("{text}: {problem}"));
    let mut found = Vec::new();
    let mut visit = |expression: &Expression| found.push(source[expression.range.as_usize()].to_string());
    match &body[0].kind {
        StatementKind::Print(expression) => expression.walk(&mut visit),
        other => panic!("{other:?}"),
    }
    found
}

#[test]
fn every_expression_has_its_range() {
    assert_eq!(
        expressions("a.b[0](c, d=1)|f is not g"),
        [
            "a.b[0](c, d=1)|f is not g",
            "a.b[0](c, d=1)|f is not g",
            "a.b[0](c, d=1)|f",
            "a.b[0](c, d=1)",
            "a.b[0]",
            "a.b",
            "a",
            "0",
            "c",
            "1",
        ]
    );
    assert_eq!(
        expressions("1 + 2 * 3 if x else (y, z)"),
        ["1 + 2 * 3 if x else (y, z)", "x", "1 + 2 * 3", "1", "2 * 3", "2", "3", "(y, z)", "y", "z"]
    );
    assert_eq!(expressions("{'a': [1]}"), ["{'a': [1]}", "'a'", "[1]", "1"]);
}

#[test]
fn statements_have_their_ranges() {
    let text = "a{% if x %}b{% elif y %}{{ c }}{% else %}d{% endif %}e\n";
    let body = parse(text).unwrap();
    let texts: Vec<&str> = body.iter().map(|statement| &text[statement.range.as_usize()]).collect();
    assert_eq!(texts, ["a", "{% if x %}b{% elif y %}{{ c }}{% else %}d{% endif %}", "e"]);
}

#[test]
fn one_final_newline_is_dropped() {
    for (text, expected) in [("a\n", "a"), ("a\n\n", "a\n"), ("a\r\n", "a"), ("a", "a")] {
        assert_eq!(parse(text).unwrap()[0].kind, StatementKind::Text(expected.into()), "{text:?}");
    }
}

#[test]
fn reads_every_statement() {
    let texts = [
        "{% for a, (b, c) in d if e recursive %}{% break %}{% continue %}{% else %}x{% endfor %}",
        "{% if a: %}{% elif b %}{% else %}{% endif %}",
        "{% set a, b = 1, 2 %}{% set ns.x = 1 %}{% set c %}x{% endset %}{% set d | upper | trim %}x{% endset %}",
        "{% do a.append(1) %}{% do a, b %}{% print a, b %}",
        "{% call a() %}x{% endcall %}{% call(x, y=1) a.b(c) %}x{% endcall %}",
        "{% macro a(b, c: List[Dict[str, int]] = none, d=b) %}x{% endmacro %}",
        "{% test a(model, column_name) %}x{% endtest %}{% data_test b(model) %}{% enddata_test %}",
        "{% materialization a, default %}{% endmaterialization %}",
        "{% materialization a, adapter='duckdb', supported_languages=['sql', 'python'] -%}{% endmaterialization %}",
        "{% with a = 1, b = 2 %}x{% endwith %}{% with %}{% endwith %}{% filter upper|trim %}x{% endfilter %}",
        "{% docs a %}x{% enddocs %}{% block a %}x{% endblock a %}{% autoescape false %}{% endautoescape %}",
        "{{ 1, 2 }}{{ () }}{{ (1,) }}{{ a[1:2] }}",
        "{{ a[::2] }}{{ a[1:] }}{{ a[:b] }}{{ a[1, 2] }}{{ a.0 }}{{ f(*a, **b) }}{{ f(a, *b, c=1) }}{{ 'a' 'b' }}",
    ];
    for text in texts {
        assert!(parse(text).is_ok(), "{text}: {}", error(text));
    }
}

#[test]
fn messages_are_those_of_jinja2() {
    let cases = [
        ("{{ }}", "Expected an expression, got 'end of print statement'"),
        ("{{ 1 + }}", "unexpected 'end of print statement'"),
        ("{{ a b }}", "expected token 'end of print statement', got 'b'"),
        ("{{ a", "unexpected end of template, expected 'end of print statement'."),
        ("{{ foo(", "unexpected 'end of template'"),
        ("{{ [1", "unexpected end of template, expected ','."),
        ("{{ f(a=1, a=2) }}", "keyword argument repeated: a"),
        ("{% break %}", "'break' outside loop"),
        ("{% for x in y %}{% call z() %}{% continue %}{% endcall %}{% endfor %}", "'continue' not properly in loop"),
        ("{% for loop in x %}{% endfor %}", "Can't assign to special loop variable in for-loop target"),
        ("{% macro true() %}{% endmacro %}", "can't assign to 'name'"),
        ("{{ 007 }}", "expected token 'end of print statement', got 'integer'"),
        ("{{ [1, 2 }}", "unexpected '}', expected ']'"),
        ("{{ a(b=1, 2) }}", "invalid syntax for function call expression"),
        ("{{ a. }}", "expected name or number"),
        ("{{ 1 is odd is even }}", "You cannot chain multiple tests with is"),
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
        (
            "{% if x %}",
            "Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. The \
             innermost block that needs to be closed is 'if'.",
        ),
        (
            "{% for x in y %}",
            "Unexpected end of template. Jinja was looking for the following tags: 'endfor' or 'else'. The innermost \
             block that needs to be closed is 'for'.",
        ),
        ("{% foo %}", "Encountered unknown tag 'foo'."),
        (
            "{% if x %}{% endfor %}",
            "Encountered unknown tag 'endfor'. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. \
             The innermost block that needs to be closed is 'if'.",
        ),
        (
            "{% for x in y %}{% if a %}{% endfor %}",
            "Encountered unknown tag 'endfor'. You probably made a nesting mistake. Jinja is expecting this tag, but \
             currently looking for 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'.",
        ),
        ("{% for x y %}", "expected token 'in', got 'y'"),
        ("{% set 1 = 2 %}", "can't assign to 'const'"),
        ("{% %}", "tag name expected"),
        ("{% call a %}{% endcall %}", "expected call"),
        ("{% macro a(b=1, c) %}{% endmacro %}", "non-default argument follows default argument"),
        ("{% macro a %}{% endmacro %}", "expected token '(', got 'end of statement block'"),
        ("{% materialization a, b=1 %}", "materialization 'a' received unknown argument 'b'."),
        ("{{ 1 if }}", "unexpected 'end of print statement'"),
        ("{{ a|1 }}", "expected token 'name', got 'integer'"),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text), expected, "{text}");
    }
}

#[test]
fn errors_point_at_the_token() {
    let diagnostic = parse("select\n{{ a b }}").unwrap_err();
    let span = diagnostic.primary.unwrap().span;
    assert_eq!((&*span.file, span.range()), ("models/a.sql", 12..13));
}

#[test]
fn deep_and_long_templates_are_errors_and_no_overflow() {
    let deep = |open: &str, close: &str| format!("{{{{ {}1{} }}}}", open.repeat(50_000), close.repeat(50_000));
    let statements = format!("{}x", "{% if x %}".repeat(10_000));
    let chain = format!("{{{{ 1{} }}}}", " + 1".repeat(100_000));
    let texts = [deep("(", ")"), deep("[", "]"), deep("not ", ""), deep("-", ""), deep("f(", ")"), statements, chain];
    for text in texts {
        assert!(error(&text).contains("maximum recursion depth exceeded"), "{}", &text[..20]);
    }
    assert!(parse(&format!("{{{{ {}1{} }}}}", "(".repeat(40), ")".repeat(40))).is_ok());
}

#[test]
fn materializations_and_tests_get_their_registered_names() {
    let body =
        parse("{% materialization a, adapter='x' %}{% endmaterialization %}{% test b() %}{% endtest %}").unwrap();
    let names: Vec<String> = body
        .iter()
        .filter_map(|statement| match &statement.kind {
            StatementKind::Macro(definition) => Some(definition.registered_name()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["materialization_a_x", "test_b"]);
    assert!(matches!(body[0].kind, StatementKind::Macro(_)));
    assert!(!matches!(body[0].kind, StatementKind::Print(Expression { kind: ExpressionKind::Name(_), .. })));
}

proptest::proptest! {
    /// Whatever is written, it is parsed or refused; what is parsed is printed and compiled or refused.
    #[test]
    fn nothing_panics(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let text = pieces.concat();
        let file: std::sync::Arc<str> = "models/a.sql".into();
        if let Ok(body) = parse_template(&file, &text) {
            let _ = crate::jinja::Engine::new().check(&crate::jinja::Unit::template("a", &file, &body));
            let _ = crate::jinja::extract::literal_calls(&body);
        }
        for sort in [crate::jinja::BlockFile::Macros, crate::jinja::BlockFile::Docs] {
            let _ = crate::jinja::parse_blocks(&file, &text, sort);
        }
    }
}

const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    "+",
    " ",
    "\n",
    "\r\n",
    "a",
    "b1",
    "é",
    "'x'",
    "\"y\"",
    "'",
    "\\",
    "1",
    "2.5",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "|",
    "~",
    "**",
    "==",
    "<",
    " if ",
    " else ",
    " elif ",
    " endif ",
    " for ",
    " in ",
    " endfor ",
    " set ",
    " endset ",
    " macro ",
    " endmacro ",
    " call ",
    " endcall ",
    " raw ",
    " endraw ",
    " is ",
    " not ",
    " and ",
    " or ",
    "=",
    " do ",
    " none ",
    " true ",
    " test ",
    " endtest ",
    " docs ",
    " enddocs ",
    " filter ",
    " with ",
    "{{ a }}",
    "{% if a %}",
    "{% endif %}",
    "{% macro m(a, b=1) %}",
    "{% endmacro %}",
    "{{ f(a, b=[1], *c, **d) }}",
    "{% set a = 1 %}",
    "%",
    "🦆",
];
