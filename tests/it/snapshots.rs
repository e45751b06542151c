//! dbt's snapshots over several runs.

use crate::support::Project;

fn history(strategy: &str) -> Project {
    Project::new().file("seeds/prices.csv", "sku,price,changed\na,1,2026-01-01\nb,5,2026-01-01\n").file(
        "snapshots/history.yml",
        &format!(
            "snapshots:\n  - name: history\n    relation: ref('prices')\n    config: {{unique_key: sku, {strategy}}}\n"
        ),
    )
}

fn after_a_change(project: &Project) -> Vec<String> {
    project.succeed(["build"]);
    project.write("seeds/prices.csv", "sku,price,changed\na,2,2026-02-01\nb,5,2026-01-01\nc,9,2026-02-01\n");
    project.succeed(["build"]);
    project.rows("select sku, price, dbt_valid_to is null as is_current from {{ ref('history') }}")
}

#[test]
fn changed_rows_are_closed_and_added() {
    let expected = ["a\t1\tfalse", "a\t2\ttrue", "b\t5\ttrue", "c\t9\ttrue"];
    assert_eq!(after_a_change(&history("strategy: timestamp, updated_at: changed")), expected);
    assert_eq!(after_a_change(&history("strategy: check, check_cols: [price]")), expected);
}

#[test]
fn rows_that_are_gone_are_closed_when_asked_for() {
    let project = history("strategy: check, check_cols: all, hard_deletes: invalidate");
    project.succeed(["build"]);
    project.write("seeds/prices.csv", "sku,price,changed\na,1,2026-01-01\n");
    project.succeed(["build"]);
    let rows = project.rows("select sku, dbt_valid_to is null as is_current from {{ ref('history') }}");
    assert_eq!(rows, ["a\ttrue", "b\tfalse"]);
}
