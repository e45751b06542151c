//! Commands that show rather than build: `ls`, `compile`, `show`, `run-operation`, `parse`.

use crate::support::Project;

fn shop() -> Project {
    Project::new()
        .file("seeds/raw.csv", "id\n1\n2\n")
        .file("models/staging/stg.sql", "select * from {{ ref('raw') }}")
        .file(
            "models/total.sql",
            "{{ config(materialized='table', tags=['daily']) }}\nselect count(*) as n from {{ ref('stg') }}",
        )
        .file("models/schema.yml", "models: [{name: total, columns: [{name: n, data_tests: [not_null]}]}]")
}

#[test]
fn ls_names_everything() {
    let project = shop();
    let listed = |arguments: &[&str]| {
        let mut lines: Vec<String> = project
            .succeed(["--quiet", "ls"].iter().chain(arguments).copied())
            .stdout
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(listed(&[]), ["shop.not_null_total_n", "shop.raw", "shop.staging.stg", "shop.total"]);
    assert_eq!(listed(&["--select", "tag:daily", "--output", "path"]), ["models/schema.yml", "models/total.sql"]);
    assert_eq!(
        listed(&["--resource-type", "model", "--output", "json", "--output-keys", "name", "resource_type"]),
        [r#"{"name": "stg", "resource_type": "model"}"#, r#"{"name": "total", "resource_type": "model"}"#]
    );
}

#[test]
fn ls_and_compile_of_a_broken_selection_say_so() {
    let project = shop();
    project
        .succeed(["ls", "--select", "nothing_like_this"])
        .says(&["The selection criterion 'nothing_like_this' does not match any enabled nodes", "No nodes selected!"]);
}

#[test]
fn compile_writes_what_would_run() {
    let project = shop();
    let outcome = project.succeed(["compile"]);
    assert_eq!(
        project.read("target/compiled/shop/models/staging/stg.sql"),
        "select * from \"warehouse\".\"main\".\"raw\""
    );
    assert_eq!(
        project.read("target/compiled/shop/models/total.sql"),
        "\nselect count(*) as n from \"warehouse\".\"main\".\"stg\""
    );
    let manifest = outcome.manifest();
    assert_eq!(manifest["nodes"]["model.shop.total"]["depends_on"]["nodes"][0], "model.shop.stg");
    assert_eq!(manifest["child_map"]["seed.shop.raw"][0], "model.shop.stg");
}

#[test]
fn compile_inline() {
    shop()
        .succeed(["compile", "--inline", "select * from {{ ref('total') }} -- {{ 1 + 1 }}"])
        .says(&["Compiled inline node is:", "select * from \"warehouse\".\"main\".\"total\" -- 2"]);
}

#[test]
fn show_reads_the_database() {
    let project = shop();
    project.succeed(["build"]);
    assert_eq!(project.rows("select id * 2 as twice from {{ ref('raw') }}"), ["2", "4"]);
    let shown = project.succeed(["show", "--select", "total"]).says(&["Previewing node 'total':", "| n |", "| 2 |"]);
    assert!(
        !shown.text().contains("Previewing node 'not_null"),
        "tests are not shown with their model:\n{}",
        shown.text()
    );
}

#[test]
fn show_of_what_is_not_built_is_an_error_of_the_database() {
    shop()
        .run(["show", "--inline", "select * from {{ ref('raw') }}"])
        .ends_with(2)
        .says(&["Table with name raw does not exist"]);
}

#[test]
fn run_operation_calls_a_macro() {
    let project = shop().file(
        "macros/grants.sql",
        "{% macro make(table, rows=1) %}
        {% do run_query('create table ' ~ table ~ ' as select * from range(' ~ rows ~ ') t(i)') %}
        {% do log('made ' ~ table, info=true) %}
        {% endmacro %}",
    );
    project.succeed(["run-operation", "make", "--args", "{table: extra, rows: 3}"]).says(&["made extra"]);
    assert_eq!(project.rows("select i from extra"), ["0", "1", "2"]);
    project.run(["run-operation", "nothing"]).ends_with(2).says(&["nothing"]);
}

#[test]
fn vars_reach_models() {
    let project = Project::new().file("models/a.sql", "select {{ var('n', 1) }} as n");
    project.succeed(["run", "--vars", "{n: 42}"]);
    assert_eq!(project.rows("select n from {{ ref('a') }}"), ["42"]);
}

#[test]
fn what_is_not_supported_is_said() {
    let with = |text: &str| shop().file("models/more.yml", text);
    let plugged = "sources: [{name: lake, tables: [{name: raw, config: {meta: {plugin: gsheet}}}]}]";
    let plugged = with(plugged).run(["parse"]).ends_with(2);
    plugged.says(&["error[MB0515]: `plugin` of sources is not supported yet"]);
    let model = "{{ config(materialized='external', plugin='excel') }} select 1 as id";
    let refused = shop().file("models/asks.sql", model).run(["build"]).ends_with(2);
    refused.says(&["error[MB0515]: handing an external model to a plugin or to Glue", "models/asks.sql:1:1"]);
}

#[test]
fn a_deprecation_is_shown_once() {
    let project = shop().file(
        "models/more.yml",
        "models: [{name: stg, columns: [{name: id, data_tests: [{accepted_values: {values: [1, 2]}},
            {relationships: {to: ref('raw'), field: id}}]}]}]",
    );
    let count = |outcome: &crate::support::Outcome| outcome.stdout.matches("warning[MB0206]").count();
    let folded = project.succeed(["parse"]);
    assert_eq!(count(&folded), 1, "{}", folded.stdout);
    folded.says(&["1 more of MB0206: --show-all-deprecations shows them"]);
    assert_eq!(count(&project.succeed(["parse", "--show-all-deprecations"])), 2);
}
