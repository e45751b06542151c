//! Commands that go by an earlier run: `retry`, `clone`, `source freshness` and the selections that read its result.

use crate::support::Project;

fn broken_chain() -> Project {
    Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select nothing from {{ ref('a') }} where id < {{ var('most', 9) }}")
        .file("models/c.sql", "select * from {{ ref('b') }}")
}

#[test]
fn retry_runs_what_failed_or_was_skipped() {
    let project = broken_chain();
    let first = project.run(["run", "--vars", "{most: 5}", "--exclude", "nothing_like_this"]).ends_with(1);
    assert_eq!(first.results(), ["a success", "b error", "c skipped"]);
    let again = project.run(["retry"]).ends_with(1).says(&["Completed with 1 error, 0 partial successes"]);
    assert_eq!(again.results(), ["b error", "c skipped"]);
    project.write("models/b.sql", "select {{ var('most') }} as id");
    let mended = project.succeed(["retry"]);
    assert_eq!(mended.results(), ["b success", "c success"]);
    project.succeed(["retry"]).says(&["Nothing to do."]);
    assert_eq!(project.rows("select id from {{ ref('c') }}"), ["5"]);
}

#[test]
fn retry_takes_other_vars_and_no_other_selection() {
    let project = broken_chain();
    project.run(["run"]).ends_with(1);
    project.write("models/b.sql", "select {{ var('most') }} as id");
    project.succeed(["retry", "--vars", "{most: 7}", "--threads", "1"]);
    assert_eq!(project.rows("select id from {{ ref('c') }}"), ["7"]);
    project.run(["retry", "--select", "a"]).ends_with(2).says(&["No such option '--select'."]);
}

#[test]
fn retry_of_an_operation_calls_it_again() {
    let project = Project::new().file("macros/m.sql", "{% macro m(n) %}{{ nothing() }}{% endmacro %}");
    project.run(["run-operation", "m", "--args", "{n: 4}"]).ends_with(1);
    project.write("macros/m.sql", "{% macro m(n) %}{% do log('n is ' ~ n, info=true) %}{% endmacro %}");
    project.succeed(["retry"]).says(&["n is 4"]);
    assert!(!project.succeed(["retry"]).text().contains("n is"), "it has succeeded");
}

#[test]
fn retry_says_what_it_cannot() {
    let project = broken_chain();
    project.run(["retry"]).ends_with(2).says(&["MB0707", "Could not find previous run in 'target' target directory"]);
    project.run(["run"]).ends_with(1);
    std::fs::remove_file(project.path("models/c.sql")).expect("it was there");
    project.run(["retry"]).ends_with(2).says(&["Couldn't find model 'model.shop.c'"]);
}

#[test]
fn clone_makes_views_of_another_state() {
    let profiles = "
test:
  target: dev
  outputs:
    dev: {type: duckdb, path: warehouse.duckdb}
    copy: {type: duckdb, path: warehouse.duckdb, schema: copy}
";
    let project = Project::new()
        .file("profiles.yml", profiles)
        .file("seeds/s.csv", "id\n1\n")
        .file("models/a.sql", "{{ config(materialized='table') }} select * from {{ ref('s') }}")
        .file("models/e.sql", "{{ config(materialized='ephemeral') }} select 1 as id");
    project.succeed(["build"]);
    std::fs::rename(project.path("target"), project.path("state")).expect("a state");
    project.run(["clone"]).ends_with(2).says(&["--state or --defer-state are required for deferral"]);
    let copy = ["clone", "--state", "state", "--target", "copy"];
    let first = project.succeed(copy).says(&["Done. PASS=2 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=2"]);
    assert_eq!(first.results(), ["a success", "s success"]);
    assert!(!first.text().contains("Finished running"), "clone does not say what ran");
    let kind = "select table_type from information_schema.tables where table_schema = 'copy'";
    assert_eq!(project.rows(kind), ["VIEW", "VIEW"]);
    project.succeed(copy).says(&["Relation \"warehouse\".\"copy\".\"a\" already exists"]);
    project.write("models/new.sql", "select 1 as id");
    project.succeed(copy).says(&["No relation found in state manifest for model.shop.new"]);
}

fn with_sources() -> Project {
    Project::new()
        .file("seeds/raw.csv", "id,loaded_at\n1,2020-01-01 00:00:00\n")
        .file(
            "models/sources.yml",
            "
sources:
  - name: shop
    schema: main
    loaded_at_field: loaded_at
    freshness: {warn_after: {count: 1, period: day}, error_after: {count: 100000, period: day}}
    tables:
      - {name: warned, identifier: raw}
      - {name: stale, identifier: raw, freshness: {error_after: {count: 1, period: hour}}}
      - {name: filtered, identifier: raw, freshness: {filter: 'id > 1'}}
      - name: asked
        identifier: raw
        loaded_at_field: null
        loaded_at_query: \"select now() from {{ this }} where '{{ source_node.name }}' = 'asked'\"
      - {name: gone, freshness: null}
      - {name: missing}
",
        )
        .file("models/reads.sql", "select * from {{ source('shop', 'asked') }}")
        .file("models/other.sql", "select * from {{ source('shop', 'warned') }}")
}

#[test]
fn freshness_is_told_and_written() {
    let project = with_sources();
    project.succeed(["seed"]);
    project.run(["source", "freshness"]).ends_with(1).says(&[
        "PASS freshness of shop.asked",
        "ERROR STALE freshness of shop.filtered",
        "ERROR freshness of shop.missing",
        "ERROR STALE freshness of shop.stale",
        "WARN freshness of shop.warned",
        "Table with name missing does not exist",
        "Finished running 5 sources",
        "Done.",
    ]);
    let written: serde_json::Value = serde_json::from_str(&project.read("target/sources.json")).expect("JSON");
    let results = written["results"].as_array().expect("a list");
    let statuses: Vec<_> =
        results.iter().map(|result| format!("{} {}", result["unique_id"], result["status"])).collect();
    assert_eq!(statuses.len(), 4, "what could not be asked is left out: {statuses:?}");
    let warned = results.iter().find(|result| result["status"] == "warn").expect("one warns");
    assert_eq!(warned["max_loaded_at"], "2020-01-01T00:00:00+00:00");
    assert_eq!(warned["criteria"]["warn_after"]["period"], "day");
    assert_eq!(warned["adapter_response"]["_message"], "OK");
}

#[test]
fn freshness_of_what_only_warns_succeeds() {
    let project = with_sources();
    project.succeed(["seed"]);
    project.succeed(["source", "snapshot-freshness", "--select", "source:shop.warned", "-o", "there/fresh.json"]);
    assert!(project.read("there/fresh.json").contains("source.shop.shop.warned"));
    assert_eq!(project.read("target/sources.json"), "");
}

#[test]
fn fresher_sources_are_selected() {
    let project = with_sources();
    project.succeed(["seed"]);
    project.succeed(["source", "freshness", "--select", "source:shop.warned", "source:shop.asked"]);
    std::fs::rename(project.path("target"), project.path("state")).expect("a state");
    project.succeed(["source", "freshness", "--select", "source:shop.warned", "source:shop.asked"]);
    let outcome = project.succeed(["run", "--select", "source_status:fresher+", "--state", "state"]);
    assert_eq!(outcome.results(), ["reads success"]);
}

#[test]
fn result_selects_by_the_last_run() {
    let project = broken_chain();
    project.run(["run"]).ends_with(1);
    std::fs::rename(project.path("target"), project.path("state")).expect("a state");
    let listed = project.succeed(["ls", "--quiet", "--select", "result:error+", "--state", "state"]);
    assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), ["shop.b", "shop.c"]);
}
