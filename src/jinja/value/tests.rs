//! Tables of templates and what Python's Jinja2 made of them, within dbt's environment.
//!
//! A table holds a printed template on one line and its output after `=> ` on the next, with `\n`, `\t` and `\\` for
//! what does not fit a line. `ERROR ` starts the text of an exception.

use minijinja::{Environment, Error};

use super::*;

/// An environment with everything of this module, as the tables expect it.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    install(&mut environment);
    for (name, function) in dbt_functions() {
        environment.add_global(name, function);
    }
    environment.add_global("modules", modules());
    environment.add_global("utc", Value::from_object(temporal::Zone::Utc));
    environment.add_global("nosuch", undefined_name("nosuch"));
    environment.add_global("table", table());
    environment.add_global("dec", Value::from_function(|text: &str| decimal::decimal(text.parse().expect("a number"))));
    environment
}

fn table() -> Value {
    let number = |text: &str| decimal::decimal(text.parse().expect("a number"));
    let columns = vec![
        vec![number("1"), number("2")],
        vec![Value::from("a"), Value::from("b")],
        vec![number("1.50"), Value::from(())],
    ];
    Table::new(["id", "name", "amount"].map(String::from).to_vec(), columns).into_value()
}

fn message(error: &Error) -> String {
    match std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>()) {
        Some(source) => message(source),
        None => format!("ERROR {}", error.detail().unwrap_or_default()),
    }
}

fn render(template: &str) -> String {
    match environment().render_str(template, ()) {
        Ok(text) => text,
        Err(error) => message(&error),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

#[track_caller]
fn check(cases: &str) {
    let mut lines = cases.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    let mut wrong = String::new();
    while let (Some(template), Some(expected)) = (lines.next(), lines.next()) {
        let expected = expected.strip_prefix("=> ").or(expected.strip_prefix("=>")).expect("an expected output");
        let actual = escaped(&render(template));
        if actual != expected {
            wrong.push_str(&format!("{template}\n  Python: {expected}\n  here:   {actual}\n"));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn core_values_print_and_calculate_as_in_python() {
    check(include_str!("tests/core.txt"));
}

#[test]
fn text_is_formatted_and_changed_as_in_python() {
    check(include_str!("tests/text.txt"));
}

#[test]
fn filters_and_tests_do_what_jinja2s_do() {
    check(include_str!("tests/filters.txt"));
}

#[test]
fn yaml_is_read_and_written_as_by_pyyaml() {
    check(include_str!("tests/yaml.txt"));
}

#[test]
fn dates_times_and_decimals_calculate_as_in_python() {
    check(include_str!("tests/dates.txt"));
}

#[test]
fn modules_do_what_pythons_do() {
    check(include_str!("tests/modules.txt"));
}

#[test]
fn tables_answer_as_agates_do() {
    check(include_str!("tests/table.txt"));
}

#[test]
fn undefined_values_chain_only_where_they_are_told_to() {
    let chained = |template: &str| {
        let environment = environment();
        with_chainable(true, || environment.render_str(template, minijinja::context! { x => undefined_name("x") }))
    };
    let cases = [
        ("{{ x.a.b }}|{{ x() }}|{{ x['k'].m(1) }}", "||"),
        ("{{ x|length }}{{ x is defined }}{% for item in x|__iter %}{{ item }}{% endfor %}", "0False"),
        ("{{ x.a|__slice(1, none, none) }}|{{ (0|__dict('a', 1)).b.c }}", "|"),
    ];
    for (template, expected) in cases {
        assert_eq!(chained(template).expect("chains"), expected, "{template}");
    }
    let error = chained("{{ x.a|__add(1) }}").expect_err("is undefined");
    assert_eq!(error.detail(), Some("'a' is undefined"));
    assert_eq!(render("{{ nosuch.a }}"), "ERROR 'nosuch' is undefined");
}

#[test]
fn what_is_not_the_same_on_every_run_leaves_a_mark() {
    impure::take();
    render("{{ modules.datetime.date(2024, 1, 1) }}");
    assert!(!impure::take());
    for template in ["{{ modules.datetime.datetime.now() }}", "{{ (0|__list(1, 2))|random }}"] {
        render(template);
        assert!(impure::take(), "{template}");
    }
}

#[test]
fn values_survive_the_way_through_json() {
    let json = serde_json::json!({"b": [1, 2.5, null, true, "é"], "a": {"c": 18446744073709551615_u64}});
    let value = from_json(&json);
    assert_eq!(repr(&value), "{'b': [1, 2.5, None, True, 'é'], 'a': {'c': 18446744073709551615}}");
    assert_eq!(to_json(&value).expect("JSON"), json);
    let error = to_json(&set([Value::from(1)].into_iter().collect())).expect_err("a set has no form");
    assert_eq!(error.detail(), Some("Object of type set is not JSON serializable"));
}

#[test]
fn collections_of_rust_print_as_pythons() {
    let items = Value::from(vec![Value::from(1), Value::from("x"), Value::from(())]);
    let value = Value::from_pairs([("a", items)]);
    assert_eq!(to_str(&value), "{'a': [1, 'x', None]}");
    assert_eq!(type_name(&value), "dict");
}

#[test]
fn constants_are_sliced_and_copied_as_jinja2s_compiler_does() {
    assert_eq!(render("{{ 5|__slice_constant(1, none, none) }}|{{ 'abc'|__slice_constant(1, none, none) }}"), "|bc");
    let template = "{% set l = (0|__list(0|__list()))|__mul(2)|__copy %}{% set __ = l[0].append(1) %}{{ l }}";
    assert_eq!(render(template), "[[1], []]");
}
