use super::*;
use crate::jinja::parser::parse_template;
use crate::jinja::value::repr;
use crate::jinja::{Engine, InternalMacros, MacroLibrary, Phase, Scope, Unit};
use minijinja::value::Object;
use minijinja::{Error, State};
use std::sync::{Arc, Mutex};

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
        ("{{ metric('m') }}", Some("Metric('m')")),
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

/// The scope of a render that only notes which of the four functions are called.
struct Recorder(Arc<Mutex<Vec<String>>>);

#[derive(Debug)]
struct Noted(&'static str, Arc<Mutex<Vec<String>>>);

impl Object for Noted {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let given = value::split_kwargs(arguments);
        let keywords = given.keywords().into_iter().map(|(name, value)| format!("{name}={}", repr(&value)));
        let shown: Vec<String> = given.positional().iter().map(repr).chain(keywords).collect();
        self.1.lock().unwrap().push(format!("{}({})", self.0, shown.join(", ")));
        Ok(Value::from(""))
    }
}

impl Scope for Recorder {
    fn lookup(&self, name: &str) -> Option<Value> {
        let function = ["Ref", "Source", "Config", "Var"].into_iter().find(|known| known.to_lowercase() == name)?;
        Some(Value::from_object(Noted(function, self.0.clone())))
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn rendered_calls(text: &str) -> String {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let internal = InternalMacros::new(&[], []).unwrap();
    let namespace = MacroLibrary::new("shop", internal).namespace("shop");
    let unit = Unit::template("a", &"models/a.sql".into(), &body(text));
    Engine::new().render(Phase::Parse, &unit, &namespace, Arc::new(Recorder(calls.clone()))).unwrap();
    let calls = calls.lock().unwrap();
    calls.join(" ")
}

const ARGUMENTS: &[&str] = &[
    "'a'",
    "\"b\"",
    "1",
    "-2.5",
    "true",
    "none",
    "[1, 'x']",
    "(1,)",
    "{'a': [none], 'b': {}}",
    "'{{ x }}'",
    "'é'",
    "a=1",
    "b=['c']",
    "c='d' 'e'",
];

proptest::proptest! {
    #[test]
    fn literal_calls_are_what_rendering_sees(
        calls in proptest::collection::vec(
            (
                proptest::sample::select(&["ref", "source", "config", "var"][..]),
                proptest::sample::subsequence(ARGUMENTS, 0..5),
                proptest::sample::select(&["select ", "\n", "{# ref('no') #}", "{% raw %}{{ ref('no') }}{% endraw %}", "'"][..]),
            ),
            0..6,
        )
    ) {
        let call = |(function, arguments, text): &(&str, Vec<&str>, &str)| {
            format!("{text}{{{{ {function}({}) }}}}", arguments.join(", "))
        };
        let text: String = calls.iter().map(call).collect();
        proptest::prop_assert_eq!(super::tests::calls(&text), Some(rendered_calls(&text)));
    }
}
