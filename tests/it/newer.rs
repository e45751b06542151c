//! What dbt-core 1.12 added to 1.11.

use crate::support::Project;

const SELECTORS: &str = "
selectors:
  - {name: first, definition: 'fqn:a'}
  - {name: second, definition: {union: ['fqn:b', {method: selector, value: first}]}}
  - {name: round, definition: 'selector:round'}
";

fn project() -> Project {
    Project::new()
        .file("selectors.yml", SELECTORS)
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select * from {{ ref('a') }}")
        .file("models/c.sql", "select * from {{ ref('b') }}")
}

#[test]
fn selectors_are_named_among_other_criteria() {
    let project = project();
    let names = |select: &str| -> Vec<String> {
        let listed = project.succeed(["--quiet", "list", "--output", "name", "--select", select]);
        listed.stdout.lines().map(str::to_string).collect()
    };
    assert_eq!(names("selector:second"), ["a", "b"]);
    assert_eq!(names("selector:first+1"), ["a", "b"]);
    assert_eq!(names("selector:second,fqn:b"), ["b"]);
    assert_eq!(names("selector:f*t fqn:c"), ["a", "c"]);
}

#[test]
fn selectors_that_are_not_there_or_name_themselves_are_refused() {
    let project = project();
    let fails = |select: &str, expected: &str| {
        project.run(["list", "--select", select]).ends_with(2).says(&[expected]);
    };
    fails("selector:frist", "Selector 'frist' did not match any selector in selectors.yml");
    fails("selector:round", "Circular dependency detected in selector: round --> round");
}

#[test]
fn a_failed_model_with_on_error_continue_stops_nothing() {
    let project = Project::new()
        .file("models/wrong.sql", "{{ config(on_error='continue') }} select id from nowhere")
        .file("models/after.sql", "-- depends_on: {{ ref('wrong') }}\nselect 2 as id");
    let outcome = project.run(["build"]).ends_with(1);
    assert_eq!(outcome.results(), ["after success", "wrong error"]);
    let refused = Project::new().file("models/a.sql", "{{ config(on_error='go_on') }} select 1 as id");
    refused.run(["parse"]).ends_with(2).says(&["'go_on' is not one of ['skip_children', 'continue']"]);
}

#[test]
fn unit_tests_stand_in_the_graph() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/counts.sql", "{{ config(materialized='table') }} select {% if execute %}{{ graph.unit_tests | length }}{% else %}0{% endif %} as tests")
        .file("models/a.yml", "unit_tests: [{name: u, model: a, given: [], expect: {rows: [{id: 1}]}}]");
    project.succeed(["run"]);
    assert_eq!(project.rows("select tests from {{ ref('counts') }}"), ["1"]);
}
