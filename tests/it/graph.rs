//! `build`, `run`, `seed` and `test` over small graphs: order, results, what a failure skips, what is selected.

use crate::support::{Outcome, Project, settings};

const CUSTOMERS: &str = "select 1 as id, 'Anna' as name union all select 2, 'Ben'";

const TWO_TESTS: &str = "
models:
  - name: customers
    columns:
      - name: id
        data_tests: [unique, not_null]
";

fn chain() -> Project {
    Project::new()
        .file("seeds/raw_orders.csv", "id,amount\n1,10\n2,32\n")
        .file("models/stg_orders.sql", "select * from {{ ref('raw_orders') }}")
        .file(
            "models/big_orders.sql",
            "{{ config(materialized='ephemeral') }}select * from {{ ref('stg_orders') }} where amount > 20",
        )
        .file(
            "models/report.sql",
            "{{ config(materialized='table') }}select sum(amount) as total from {{ ref('big_orders') }}",
        )
}

/// The same graph with a test that fails in its middle.
fn chain_with_failing_test() -> Project {
    chain().file(
        "models/schema.yml",
        "models: [{name: stg_orders, columns: [{name: amount, data_tests: [{accepted_values: {arguments: {values: [10]}}}]}]}]",
    )
}

#[test]
fn a_model_and_its_tests() {
    let project = Project::new().file("models/customers.sql", CUSTOMERS).file("models/schema.yml", TWO_TESTS);
    let outcome = project.succeed(["build"]);
    assert_eq!(
        outcome.results(),
        ["customers success", "not_null_customers_id.422908bfae pass", "unique_customers_id.70f3d3fd20 pass"]
    );
    assert_eq!(project.rows("select * from {{ ref('customers') }}"), ["1\tAnna", "2\tBen"]);
}

#[test]
fn a_view_a_table_and_an_ephemeral_model_in_one_chain() {
    let project = chain();
    let outcome = project.succeed(["build"]);
    assert_eq!(outcome.results(), ["raw_orders success", "report success", "stg_orders success"]);
    let kinds = "select table_name, table_type from information_schema.tables where table_schema = 'main'";
    assert_eq!(project.rows(kinds), ["raw_orders\tBASE TABLE", "report\tBASE TABLE", "stg_orders\tVIEW"]);
    assert_eq!(project.rows("select * from {{ ref('report') }}"), ["32"]);
}

#[test]
fn a_failing_test_ends_with_1_and_skips_what_is_downstream() {
    let project = chain_with_failing_test();
    let outcome = project.run(["build"]).ends_with(1);
    assert_eq!(
        outcome.results(),
        [
            "accepted_values_stg_orders_amount__10.7e67029f44 fail",
            "raw_orders success",
            "report skipped",
            "stg_orders success"
        ]
    );
    outcome.says(&["Got 1 result, configured to fail if != 0", "Done. PASS=2 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=4"]);
}

#[test]
fn run_builds_models_and_tests_nothing() {
    let project = chain_with_failing_test();
    project.succeed(["seed"]);
    assert_eq!(project.succeed(["run"]).results(), ["report success", "stg_orders success"]);
    assert_eq!(project.run(["test"]).ends_with(1).results(), ["accepted_values_stg_orders_amount__10.7e67029f44 fail"]);
}

#[test]
fn a_model_that_fails_is_an_error_with_the_message_of_duckdb() {
    let project = Project::new()
        .file("models/broken.sql", "select nme from (select 1 as name)")
        .file("models/after.sql", "select * from {{ ref('broken') }}");
    let outcome = project.run(["run"]).ends_with(1);
    assert_eq!(outcome.results(), ["after skipped", "broken error"]);
    outcome.says(&["Runtime Error in model broken (models/broken.sql)", "Referenced column \"nme\" not found"]);
}

#[test]
fn an_unknown_ref_cannot_run() {
    let project = Project::new().file("models/a.sql", "select * from {{ ref('nowhere') }}");
    let outcome = project.run(["build"]).ends_with(2);
    outcome.says(&["MB0501", "depends on a node named 'nowhere' which was not found", "models/a.sql"]);
}

#[test]
fn select_and_exclude() {
    let project = chain_with_failing_test();
    let selected = |arguments: &[&str]| -> Vec<String> {
        let list = ["ls", "--quiet", "--resource-type", "model"].iter().chain(arguments).copied();
        let mut names: Vec<String> = project.succeed(list).stdout.lines().map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(selected(&["--select", "+report"]), ["shop.big_orders", "shop.report", "shop.stg_orders"]);
    assert_eq!(selected(&["--select", "stg_orders+1"]), ["shop.big_orders", "shop.stg_orders"]);
    assert_eq!(selected(&["--exclude", "config.materialized:ephemeral"]), ["shop.report", "shop.stg_orders"]);
    assert_eq!(selected(&["--select", "report,big_orders+"]), ["shop.report"]);
    project.succeed(["seed"]);
    assert_eq!(project.succeed(["run", "--select", "stg_orders"]).results(), ["stg_orders success"]);
}

#[test]
fn failures_of_a_test_can_be_kept() {
    let project = chain_with_failing_test();
    let outcome: Outcome = project.run(["build", "--store-failures"]).ends_with(1);
    outcome.says(&["select * from \"warehouse\".\"main_dbt_test__audit\".\"accepted_values_stg_orders_amount__10\""]);
    assert_eq!(project.rows("select * from main_dbt_test__audit.accepted_values_stg_orders_amount__10"), ["32\t1"]);
}

#[test]
fn what_a_build_prints() {
    let outcome = chain_with_failing_test().run(["--no-use-colors", "build", "--threads", "1"]).ends_with(1);
    settings().bind(|| insta::assert_snapshot!("it__build_with_failing_test", outcome.golden()));
}

#[test]
fn groups_stand_in_the_graph() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/a.yml", "groups: [{name: finance, owner: {name: Ada, email: ada@example.com, slack: '#fin'}, config: {meta: {floor: 3}}}]")
        .file(
            "models/owners.sql",
            "{% set found = [] %}{% if execute %}{% set found = graph.groups.items() | list %}{% endif %}
            {% for id, group in found %}
              select '{{ id }}' as id, '{{ group.name }} {{ group.owner.name }} {{ group.owner.email }} {{ group.owner.slack }}' as owner,
                {{ group.config.meta.floor }} as floor
            {% else %} select 1 as id {% endfor %}",
        );
    project.succeed(["run"]);
    let rows = project.rows("select id, owner, floor from {{ ref('owners') }}");
    assert_eq!(rows, ["group.shop.finance\tfinance Ada ada@example.com #fin\t3"]);
}
