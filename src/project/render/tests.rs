use super::*;
use crate::project::yaml::load;

/// Writes down what it is given.
struct Marks;

impl RenderString for Marks {
    fn render(&self, text: &str, span: &Span) -> Result<RenderedScalar, Diagnostic> {
        match text {
            "{{ bad }}" => Err(Diagnostic::error(crate::diagnostic::ErrorCode::JinjaSyntax, "bad").at(span.clone())),
            "{{ number }}" => Ok(YamlValue::Int(7)),
            text => Ok(YamlValue::String(Arc::from(text.replace("{{ x }}", "X")))),
        }
    }
}

fn rendered(rule: RenderRule, text: &str) -> String {
    let mut diagnostics = Vec::new();
    let tree = load(&Arc::from("a.yml"), text, &mut diagnostics).expect("YAML").expect("content");
    let shown = render_tree(&tree, rule, &Marks, &mut diagnostics).to_python();
    diagnostics.iter().fold(shown, |shown, diagnostic| format!("{shown}\n{diagnostic}"))
}

#[test]
fn projects_render_all_but_hooks_and_vars() {
    let text = "
name: '{{ x }}'
on-run-start: ['{{ x }}']
query-comment: {comment: '{{ x }}'}
vars: {a: '{{ x }}'}
models:
  shop: {+schema: '{{ x }}', +pre-hook: '{{ x }}', post_hook: ['{{ x }}'], '+ post-hook': [{sql: '{{ x }}'}]}
sources: {pre-hook: '{{ x }}'}
";
    let expected = "{'name': 'X', 'on-run-start': ['{{ x }}'], 'query-comment': {'comment': '{{ x }}'}, \
        'vars': {'a': '{{ x }}'}, 'models': {'shop': {'+schema': 'X', '+pre-hook': '{{ x }}', \
        'post_hook': ['{{ x }}'], '+ post-hook': [{'sql': '{{ x }}'}]}}, 'sources': {'pre-hook': 'X'}}";
    assert_eq!(rendered(RenderRule::Project, text), expected);
}

#[test]
fn properties_leave_tests_and_descriptions_for_later() {
    let text = "
name: '{{ x }}'
description: '{{ x }}'
data_tests: [{unique: {where: '{{ x }}'}}]
config: {alias: '{{ x }}', pre_hook: '{{ x }}', meta: {description: '{{ x }}', y: '{{ x }}'}}
columns: [{name: '{{ x }}', description: '{{ x }}', tests: [{a: '{{ x }}'}], meta: {z: '{{ x }}'}}]
versions: [{v: 1, description: '{{ x }}', columns: [{name: '{{ x }}', description: '{{ x }}'}]}]
";
    let expected = "{'name': 'X', 'description': '{{ x }}', 'data_tests': [{'unique': {'where': '{{ x }}'}}], \
        'config': {'alias': 'X', 'pre_hook': '{{ x }}', 'meta': {'description': 'X', 'y': 'X'}}, \
        'columns': [{'name': 'X', 'description': '{{ x }}', 'tests': [{'a': '{{ x }}'}], 'meta': {'z': 'X'}}], \
        'versions': [{'v': 1, 'description': 'X', 'columns': [{'name': 'X', 'description': '{{ x }}'}]}]}";
    assert_eq!(rendered(RenderRule::Properties(PropertiesKey::Other), text), expected);
}

#[test]
fn sources_look_below_their_tables() {
    let text = "
description: '{{ x }}'
data_tests: ['{{ x }}']
config: {loaded_at_query: '{{ x }}', enabled: '{{ number }}'}
tables: [{name: '{{ x }}', description: '{{ x }}', data_tests: ['{{ x }}'], columns: [{name: '{{ x }}', data_tests: ['{{ x }}']}]}]
";
    let expected = "{'description': '{{ x }}', 'data_tests': ['X'], \
        'config': {'loaded_at_query': '{{ x }}', 'enabled': 7}, \
        'tables': [{'name': 'X', 'description': '{{ x }}', 'data_tests': ['{{ x }}'], \
        'columns': [{'name': 'X', 'data_tests': ['{{ x }}']}]}]}";
    assert_eq!(rendered(RenderRule::Properties(PropertiesKey::Sources), text), expected);
}

#[test]
fn macros_metrics_and_saved_queries_have_their_own_exceptions() {
    let late = "arguments: [{name: '{{ x }}', description: '{{ x }}'}]";
    let expected = "{'arguments': [{'name': 'X', 'description': '{{ x }}'}]}";
    assert_eq!(rendered(RenderRule::Properties(PropertiesKey::Macros), late), expected);
    let late = "{filter: '{{ x }}', type_params: {measure: {name: '{{ x }}', filter: ['{{ x }}']}}}";
    let expected = "{'filter': '{{ x }}', 'type_params': {'measure': {'name': 'X', 'filter': ['{{ x }}']}}}";
    assert_eq!(rendered(RenderRule::Properties(PropertiesKey::Metrics), late), expected);
    let late = "{query_params: {where: ['{{ x }}'], metrics: ['{{ x }}']}}";
    let expected = "{'query_params': {'where': ['{{ x }}'], 'metrics': ['X']}}";
    assert_eq!(rendered(RenderRule::Properties(PropertiesKey::SavedQueries), late), expected);
}

#[test]
fn metrics_of_a_model_leave_filters_and_descriptions_for_later() {
    let late = "
metrics: [{name: '{{ x }}', description: '{{ x }}', filter: '{{ x }}', numerator: {name: '{{ x }}', filter: ['{{ x }}']}}]
derived_semantics: {dimensions: [{expr: '{{ x }}', description: '{{ x }}'}], entities: [{description: '{{ x }}'}]}
columns: [{entity: {name: '{{ x }}', description: '{{ x }}'}}]
";
    let expected = "{'metrics': [{'name': 'X', 'description': '{{ x }}', 'filter': '{{ x }}', \
        'numerator': {'name': 'X', 'filter': ['{{ x }}']}}], \
        'derived_semantics': {'dimensions': [{'expr': 'X', 'description': '{{ x }}'}], \
        'entities': [{'description': '{{ x }}'}]}, 'columns': [{'entity': {'name': 'X', 'description': 'X'}}]}";
    assert_eq!(rendered(RenderRule::Properties(PropertiesKey::Other), late), expected);
}

#[test]
fn strings_without_jinja_lose_a_line_break_and_dates_become_text() {
    let text = "a: |\n  x\n\nb: 2024-01-02\nc: \"x\\r\\ny\"\nd: 'a { b'\ne: 1\ndescription: 2024-01-02\n";
    let expected = "{'a': 'x', 'b': '2024-01-02', 'c': 'x\\ny', 'd': 'a { b', 'e': 1, 'description': '2024-01-02'}";
    assert_eq!(rendered(RenderRule::Everything, text), expected);
    let late =
        rendered(RenderRule::Properties(PropertiesKey::Other), "description: 2024-01-02\ndeprecation_date: 2024-01-02");
    assert_eq!(late, "{'description': datetime.date(2024, 1, 2), 'deprecation_date': '2024-01-02'}");
}

#[test]
fn what_fails_is_reported_and_left() {
    assert_eq!(
        rendered(RenderRule::Everything, "a: '{{ bad }}'\nb: '{{ x }}'"),
        "{'a': '{{ bad }}', 'b': 'X'}\nMB0301: bad"
    );
}

#[test]
fn unchanged_trees_are_shared() {
    let mut diagnostics = Vec::new();
    let tree = load(&Arc::from("a.yml"), "a: [b, {c: d}]", &mut diagnostics).expect("YAML").expect("content");
    let same = render_tree(&tree, RenderRule::Everything, &Marks, &mut diagnostics);
    let (YamlValue::Map(one), YamlValue::Map(two)) = (&tree.value, &same.value) else { panic!("dictionaries") };
    assert!(Arc::ptr_eq(one, two));
}
