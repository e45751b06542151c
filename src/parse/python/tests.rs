use super::{PythonSource, capture};
use crate::parse::template::Captured;
use std::sync::Arc;

fn read(text: &str) -> Result<Captured, crate::diagnostic::Diagnostic> {
    let file: Arc<str> = "models/a.py".into();
    capture(PythonSource { text, file: &file, offset: 0 })
}

/// Refs and sources of a model with this body, as text.
fn references(body: &str) -> Vec<String> {
    let text = format!("def model(dbt, session):\n    {body}\n    return df\n");
    let captured = read(&text).unwrap_or_else(|diagnostic| panic!("{}", diagnostic.message));
    let refs = captured.refs.iter().map(|(call, _)| {
        let package = call.package.as_ref().map(|package| format!("{package}.")).unwrap_or_default();
        let version = call.version.as_ref().map(|version| format!(".v{version}")).unwrap_or_default();
        format!("{package}{}{version}", call.name)
    });
    let sources = captured.sources.iter().map(|(call, _)| format!("{}.{}", call.source_name, call.table_name));
    refs.chain(sources).collect()
}

fn config(body: &str) -> String {
    let text = format!("def model(dbt, session):\n    {body}\n    return df\n");
    let captured = read(&text).unwrap_or_else(|diagnostic| panic!("{}", diagnostic.message));
    serde_json::Value::Object(captured.config).to_string()
}

/// dbt's words and the text that the diagnostic points at.
fn problem(text: &str) -> (String, String) {
    let Err(diagnostic) = read(text) else { panic!("no problem with\n{text}") };
    let place = diagnostic.primary.map(|label| text[label.span.start..label.span.end].to_string());
    (diagnostic.message, place.unwrap_or_default())
}

#[test]
fn calls_are_found_where_dbt_finds_them() {
    let cases: &[(&str, &[&str])] = &[
        ("df = dbt.ref('a')", &["a"]),
        ("df = dbt.ref(\"shop\", 'a', v=2)", &["shop.a.v2"]),
        ("df = dbt.ref('a', version='beta')", &["a.vbeta"]),
        ("df = dbt.source('raw', 'orders').filter('x')", &["raw.orders"]),
        ("df = f(dbt.ref('a'), [dbt.ref('b')], {'k': dbt.ref('c')}, x=dbt.ref('d'))", &["a", "b", "c", "d"]),
        ("df = f(f\"{dbt.ref('a')}\")", &["a"]),
        ("df = [dbt.ref('a') for _ in range(1)]", &["a"]),
        ("df = 'joined' 'text'; x = dbt.ref('a' 'b')", &["ab"]),
        // Neither in an operation among arguments, nor under another name.
        ("df = f(dbt.ref('a') + 1)", &[]),
        ("df = other.ref('a')", &[]),
        ("df = 1  # dbt.ref('a')", &[]),
    ];
    for (body, expected) in cases {
        assert_eq!(references(body), *expected, "{body}");
    }
}

#[test]
fn configs_are_literals_of_any_kind() {
    assert_eq!(
        config("dbt.config(materialized='table', packages=['numpy'], x={'a': [1, -2.5, None, True]}, t=(1, 'b\\n'))"),
        r#"{"materialized":"table","packages":["numpy"],"x":{"a":[1,-2.5,null,true]},"t":[1,"b\n"]}"#
    );
    assert_eq!(
        config("df = dbt.config.get('limit', 5); dbt.config.meta_get('owner')"),
        r#"{"config_keys_used":["limit"],"config_keys_defaults":[5],"meta_keys_used":["owner"],"meta_keys_defaults":[null]}"#
    );
}

#[test]
fn a_file_has_one_model_with_two_parameters_and_one_result() {
    let cases = [
        ("x = 1", "dbt allows exactly one model defined per python file, found 0", ""),
        (
            "def model(dbt, session):\n    return 1\ndef model(dbt, session):\n    return 2",
            "dbt allows exactly one model defined per python file, found 2",
            "model",
        ),
        ("def model(x, session):\n    return 1", "'dbt' not provided for model as the first argument", "model"),
        (
            "def model(dbt):\n    return 1",
            "model function should have two args, `dbt` and a session to current warehouse",
            "model",
        ),
        (
            "def model(dbt, session):\n    return 1, 2",
            "In current version, model function should return only one dataframe object",
            "model",
        ),
        (
            "def model(dbt, session):\n    x = 1",
            "In current version, model function should return only one dataframe object",
            "model",
        ),
        ("def model(dbt, session):\n    return f'{{x}}'", "No jinja in python model code is allowed", "{{"),
    ];
    for (text, message, place) in cases {
        assert_eq!(problem(text), (message.to_string(), place.to_string()), "{text}");
    }
}

#[test]
fn what_is_no_literal_or_no_python_is_shown_in_its_place() {
    let (message, place) = problem("def model(dbt, session):\n    return dbt.ref(name)");
    assert!(
        message.starts_with("Error when trying to literal_eval an arg to dbt.ref(), dbt.source(), dbt.config()"),
        "{message}"
    );
    assert_eq!(place, "name");
    let (message, _) = problem("def model(dbt, session):\n    return (");
    assert!(message.starts_with("invalid syntax (models/a.py, line"), "{message}");
    let (message, _) = problem("def model(dbt, session):\n    return dbt.config.get()");
    assert_eq!(message, "dbt.config.get() requires at least one argument");
}

#[test]
fn an_empty_file_is_left_alone() {
    assert!(read("# nothing yet").is_ok_and(|captured| captured.refs.is_empty()));
}
