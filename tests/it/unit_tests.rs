//! dbt's unit tests: models on rows that are given.

use crate::support::Project;

fn project(expected: &str) -> Project {
    Project::new()
        .file("seeds/raw.csv", "id,amount\n1,10\n")
        .file("models/totals.sql", "select id, amount * 2 as doubled from {{ ref('raw') }}")
        .file("models/after.sql", "select * from {{ ref('totals') }}")
        .file(
            "models/schema.yml",
            &format!(
                "
unit_tests:
  - name: doubles
    model: totals
    given:
      - input: ref('raw')
        rows: [{{id: 7, amount: 21}}]
    expect:
      rows: [{{id: 7, doubled: {expected}}}]
"
            ),
        )
}

#[test]
fn a_unit_test_that_passes() {
    let outcome = project("42").succeed(["build"]);
    assert_eq!(outcome.results(), ["after success", "raw success", "totals success", "totals.doubles pass"]);
}

#[test]
fn a_unit_test_that_fails_skips_its_model() {
    let outcome = project("43").run(["build"]).ends_with(1);
    assert_eq!(outcome.results(), ["after skipped", "raw success", "totals skipped", "totals.doubles fail"]);
    outcome.says(&["actual differs from expected:", "42"]);
}
