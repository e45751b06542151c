use super::*;
use crate::jinja::parser::parse_template;
use crate::jinja::value::repr;

fn body(text: &str) -> Body {
    parse_template(&"models/a.sql".into(), text).unwrap()
}

fn calls(text: &str) -> Option<String> {
    let shown = |call: LiteralCall| {
        let positional = call.positional.iter().map(repr);
        let keywords = call.keywords.iter().map(|(name, value)| format!("{name}={}", repr(value)));
        format!("{:?}({})", call.function, positional.chain(keywords).collect::<Vec<_>>().join(", "))
    };
    literal_calls(&body(text)).map(|calls| calls.into_iter().map(shown).collect::<Vec<_>>().join(" "))
}

#[test]
fn literal_calls_are_taken_and_all_else_is_left_to_rendering() {
    let cases = [
        ("select 1", Some("")),
        ("select * from {{ ref('a') }}", Some("Ref('a')")),
        ("{{ ref('p', 'a', v=2) }} {{ source('s', 't') }}", Some("Ref('p', 'a', v=2) Source('s', 't')")),
        (
            "{{ config(materialized='table', tags=['a', 'b'], meta={'x': -1.5}, z=none) }}{{ var('x', true) }}",
            Some("Config(materialized='table', tags=['a', 'b'], meta={'x': -1.5}, z=None) Var('x', True)"),
        ),
        ("{{ ref(name) }}", None),
        ("{{ ref('a') | upper }}", None),
        ("{{ ref('a').identifier }}", None),
        ("{{ ref(*names) }}", None),
        ("{{ this }}", None),
        ("{% if true %}{{ ref('a') }}{% endif %}", None),
        ("{{ my.ref('a') }}", None),
        ("{{ ref('a' ~ 'b') }}", None),
    ];
    for (text, expected) in cases {
        assert_eq!(calls(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn possible_macro_calls_are_found_as_dbt_finds_them() {
    let text = "{% if a() %}{{ b.c(d(1)) }}{% else %}{{ a() }}{% endif %}{{ ref('x') }}{{ adapter.get_columns(y) }}\
                {{ adapter.dispatch('e', 'p')(f()) }}{% call g() %}{{ h.i.j() }}{% endcall %}\
                {{ return(adapter.dispatch(macro_name='k')()) }}";
    let found: Vec<String> = possible_macro_calls(&[], &body(text))
        .into_iter()
        .map(|call| match call {
            PossibleMacroCall::Named(name) => name,
            PossibleMacroCall::OfPackage(package, name) => format!("{package}.{name}"),
            PossibleMacroCall::Dispatch { name, namespace } => format!("dispatch {name} {namespace:?}"),
        })
        .collect();
    assert_eq!(found, ["a", "b.c", "d", "dispatch e Some(\"p\")", "f", "g", "return", "dispatch k None"]);
}

#[test]
fn finds_mentions_and_settings() {
    let text = "{{ config(materialized=env_var('M'), x=[1]) }}{% set a = this.schema %}";
    let body = body(text);
    assert!(mentions(&body, "this") && !mentions(&body, "execute"));
    let settings: Vec<String> = unrendered_config(&body)
        .into_iter()
        .map(|(name, range)| format!("{name}: {}", &text[range.as_usize()]))
        .collect();
    assert_eq!(settings, ["materialized: env_var('M')", "x: [1]"]);
}
