//! Data tests that are asked in one statement: each has a result of its own, and nothing else changes.

use crate::support::{Outcome, Project};
use serde_json::Value;

const TESTS: &str = "
models:
  - name: a
    columns:
      - name: id
        data_tests: [not_null, unique]
      - name: kind
        data_tests:
          - not_null: {name: kind_is_known}
          - accepted_values: {name: kinds, arguments: {values: [x, y]}, config: {severity: warn}}
          - unique: {name: kind_is_unique, config: {error_if: '> 5', warn_if: '> 0'}}
          - not_null: {name: kind_of_the_first, config: {where: id = 1, limit: 1}}
";

fn shop() -> Project {
    let rows = "select * from (values (1, 'x'), (2, 'y'), (3, 'x'), (4, 'z'), (5, null), (6, null)) as v(id, kind)";
    Project::new().file("models/a.sql", rows).file("models/a.yml", TESTS)
}

/// Status, failures and message of each test, by name; and whether it was asked with others.
fn told(outcome: &Outcome) -> Vec<String> {
    let results = outcome.run_results();
    let results = results["results"].as_array().cloned().unwrap_or_default();
    let name =
        |result: &Value| result["unique_id"].as_str().and_then(|id| id.split('.').nth(2)).unwrap_or("").to_string();
    let tests = results.iter().filter(|result| result["unique_id"].as_str().is_some_and(|id| id.starts_with("test.")));
    let mut told: Vec<String> = tests
        .map(|result| {
            let message = result["message"].as_str().unwrap_or("-").lines().next().unwrap_or_default();
            format!("{} {} {} {message}", name(result), result["status"].as_str().unwrap_or(""), result["failures"])
        })
        .collect();
    told.sort();
    told
}

fn groups(project: &Project) -> usize {
    project.read("logs/dbt.log").matches("union all\nselect 'test.").count()
}

const EXPECTED: [&str; 6] = [
    "kind_is_known fail 2 Got 2 results, configured to fail if != 0",
    "kind_is_unique warn 1 Got 1 result, configured to warn if > 0",
    "kind_of_the_first pass 0 -",
    "kinds warn 1 Got 1 result, configured to warn if != 0",
    "not_null_a_id pass 0 -",
    "unique_a_id pass 0 -",
];

#[test]
fn each_test_of_a_group_has_its_own_status_failures_and_message() {
    let project = shop();
    let outcome = project.run(["build", "--threads", "1"]).ends_with(1);
    assert_eq!(told(&outcome), EXPECTED);
    assert!(groups(&project) > 0, "nothing was asked together");
    let written = project.read("target/run/shop/models/a.yml/kind_is_known.sql");
    assert!(written.contains("dbt_internal_test") && !written.contains("union all"), "{written}");
}

#[test]
fn tests_asked_one_by_one_say_the_same() {
    // The statements are those of this macro, which may do anything: nothing is put around them.
    let own = "{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) %}
select {{ fail_calc }} as failures, {{ fail_calc }} {{ warn_if }} as should_warn, {{ fail_calc }} {{ error_if }} as should_error
from ({{ main_sql }}) as t {% endmacro %}";
    let project = shop().file("macros/own.sql", own);
    let outcome = project.run(["build", "--threads", "1"]).ends_with(1);
    assert_eq!(told(&outcome), EXPECTED);
    assert_eq!(groups(&project), 0);
}

#[test]
fn when_a_group_fails_only_the_test_that_is_wrong_does() {
    let project = shop().file("tests/m_wrong.sql", "select missing_column from {{ ref('a') }}");
    let outcome = project.run(["build", "--threads", "1"]).ends_with(1);
    let told = told(&outcome);
    let (wrong, others): (Vec<String>, Vec<String>) = told.into_iter().partition(|line| line.starts_with("m_wrong"));
    assert_eq!(others, EXPECTED);
    assert_eq!(wrong, ["m_wrong error null Runtime Error in test m_wrong (tests/m_wrong.sql)"]);
    assert!(groups(&project) > 0);
}

#[test]
fn what_counts_otherwise_keeps_rows_or_ends_the_run_is_asked_alone() {
    let project = shop();
    project.run(["build", "--threads", "1", "--store-failures"]).ends_with(1);
    assert_eq!(groups(&project), 0);
    let project = shop();
    project.run(["build", "--threads", "1", "--fail-fast"]).ends_with(1);
    assert_eq!(groups(&project), 0);
    let project =
        shop().file("dbt_project.yml", "{name: shop, profile: test, data_tests: {+fail_calc: count(distinct 1)}}");
    project.run(["build", "--threads", "1"]).ends_with(1);
    assert_eq!(groups(&project), 0);
}

#[test]
fn a_template_that_begins_a_transaction_keeps_it_to_its_own_test() {
    let own = "{% if execute %}{% call statement('mine') %} create table mine as select 1 as n {% endcall %}{% endif %}
select * from mine where n = 2";
    let project = shop()
        .file("tests/a_mine.sql", own)
        .file("tests/b_mine.sql", own)
        .file("tests/m_wrong.sql", "select missing_column from {{ ref('a') }}");
    project.succeed(["run"]);
    let outcome = project.run(["test", "--threads", "1"]).ends_with(1);
    let passed: Vec<String> = told(&outcome).into_iter().filter(|line| line.contains("_mine")).collect();
    assert_eq!(passed, ["a_mine pass 0 -", "b_mine pass 0 -"]);
    assert_eq!(project.rows("select count(*) from duckdb_tables() where table_name = 'mine'"), ["0"]);
}
