//! User-defined functions. As with dbt-duckdb, it takes a macro of the project to make one that DuckDB knows.

use crate::support::Project;

const MACRO: &str = "{% macro duckdb__scalar_function_sql(target_relation) %}
  create or replace macro {{ target_relation.render() }}({{ model.arguments | map(attribute='name') | join(', ') }}) as (
    {{ model.compiled_code }}
  )
{% endmacro %}";

const PROPERTIES: &str = "functions:
  - {name: triple, arguments: [{name: price, data_type: float, default_value: 1}], returns: {data_type: float}}
  - {name: six, config: {tags: [x]}, arguments: [{name: price, data_type: float}], returns: {data_type: float}}
";

fn project() -> Project {
    Project::new()
        .file("macros/functions.sql", MACRO)
        .file("functions/functions.yml", PROPERTIES)
        .file("functions/triple.sql", "price * 3")
        .file("functions/six.sql", "{{ function('triple') }}(price) * 2")
        .file("models/m.sql", "select {{ function('shop', 'six') }}(2) as n")
}

#[test]
fn functions_are_built_before_what_calls_them() {
    let project = project();
    let outcome = project.succeed(["build"]);
    assert_eq!(outcome.results(), ["m success", "six success", "triple success"]);
    let outcome =
        outcome.says(&["OK created function main.triple", "[SUCCESS in", "Finished running 2 functions, 1 view model"]);
    assert_eq!(project.rows("select n from {{ ref('m') }}"), ["12"]);

    let manifest = outcome.manifest();
    let six = &manifest["functions"]["function.shop.six"];
    assert_eq!(six["functions"], serde_json::json!([["triple"]]));
    assert_eq!(six["config"]["type"], "scalar");
    assert_eq!(six["returns"], serde_json::json!({ "data_type": "float", "description": null }));
    assert_eq!(manifest["functions"]["function.shop.triple"]["arguments"][0]["default_value"], 1);
    assert_eq!(manifest["child_map"]["function.shop.six"], serde_json::json!(["model.shop.m"]));
    assert_eq!(manifest["nodes"]["model.shop.m"]["depends_on"]["nodes"], serde_json::json!(["function.shop.six"]));
}

#[test]
fn they_are_listed_selected_and_compared() {
    let project = project();
    let listed = |arguments: &[&str]| {
        let outcome = project.succeed([&["--quiet", "ls"], arguments].concat());
        outcome.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["shop.six", "shop.triple", "shop.m"]);
    assert_eq!(listed(&["--resource-type", "function"]), ["shop.six", "shop.triple"]);
    assert_eq!(listed(&["--select", "tag:x+"]), ["shop.six", "shop.m"]);
    project.succeed(["parse", "--target-path", "before"]);
    project.write("functions/functions.yml", &PROPERTIES.replace("default_value: 1", "default_value: 2"));
    assert_eq!(listed(&["--select", "state:modified", "--state", "before"]), ["shop.triple"]);
}

#[test]
fn what_dbt_duckdb_refuses_is_refused_with_its_words() {
    let table = "name: shop\nprofile: test\nfunctions: {+type: table}\n";
    let python = "functions: [{name: f, config: {runtime_version: '3.11'}, returns: {data_type: int}}]\n";
    let cases = [
        (
            project().file("dbt_project.yml", table),
            "triple",
            "No macro named 'table_function_sql' found within namespace",
        ),
        (
            Project::new().file("functions/f.py", "def f():\n    return 1").file("functions/f.yml", python),
            "f",
            "An `entry_point` is required for python functions",
        ),
        (
            Project::new()
                .file("functions/f.sql", "1")
                .file("functions/f.yml", "functions: [{name: f, returns: {data_type: int}}]"),
            "f",
            "Parser Error",
        ),
    ];
    for (project, name, message) in cases {
        project.run(["build", "--select", name]).ends_with(1).says(&[message]);
    }
}

#[test]
fn a_function_that_is_not_there_is_an_error_of_the_project() {
    let project = Project::new().file("models/m.sql", "select {{ function('gone') }}(2) as n");
    project.run(["parse"]).says(&["depends on a function named 'gone' which was not found", "MB0501"]).ends_with(2);
}
