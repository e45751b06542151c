use super::*;
use crate::jinja::{EmptyScope, Engine, InternalMacros, MacroLibrary, Phase, Unit, parse_template};
use std::sync::Arc;

/// Renders `template` with marks and gives the source behind the first `wanted` of the output.
fn origin(template: &str, wanted: &str) -> String {
    let file: Arc<str> = "m.sql".into();
    let body = parse_template(&file, template).unwrap();
    let render = |body: &Body| {
        let unit = Unit::template("m", &file, body);
        let internal = InternalMacros::new(&["dbt"], []).unwrap();
        let namespace = MacroLibrary::new("shop", internal).namespace("shop");
        Engine::new().render(Phase::Execute, &unit, &namespace, Arc::new(EmptyScope)).unwrap().output
    };
    let marked = mark(template, &body);
    let traced = marked.trace(&render(&marked.body));
    assert_eq!(traced.output, render(&body), "marks must leave no trace");
    let offset = traced.output.find(wanted).unwrap();
    match traced.source_of(offset).unwrap() {
        Written::Text(range) | Written::Expression(range) => template[range].to_string(),
    }
}

#[test]
fn text_is_found_to_the_byte() {
    assert_eq!(origin("select {{ 'a' }}, b from t", "b from"), "b from t");
}

#[test]
fn what_an_expression_prints_came_from_the_expression() {
    assert_eq!(origin("select {{ 'a' ~ 'b' }} from t", "ab"), "'a' ~ 'b'");
}

#[test]
fn text_in_loops_and_branches_is_found() {
    let template = "{% for n in [1, 2] %}{% if n == 2 %}two{% else %}one{% endif %},{% endfor %} end";
    assert_eq!(origin(template, "two"), "two");
    assert_eq!(origin(template, " end"), " end");
}

#[test]
fn trimmed_white_space_does_not_shift_the_place() {
    assert_eq!(origin("a  {%- if true -%}   bcd {%- endif %}", "cd"), "cd");
}

#[test]
fn a_block_that_is_captured_is_not_marked_inside() {
    assert_eq!(origin("{% set x %}abc{% endset %}{{ x | length }}", "3"), "x | length");
    assert_eq!(origin("{% filter upper %}abc{% endfilter %}", "ABC"), "{% filter upper %}abc{% endfilter %}");
}

#[test]
fn characters_of_the_template_that_look_like_marks_are_text() {
    let template = "a\u{F5EB0}b";
    assert_eq!(origin(template, "a"), template);
}
