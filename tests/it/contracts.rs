//! Enforced contracts at run time.

use crate::support::Project;

fn contracted(columns: &str) -> Project {
    Project::new().file("models/a.sql", "{{ config(materialized='table') }} select 1 as id, 'x' as name").file(
        "models/schema.yml",
        &format!("models: [{{name: a, config: {{contract: {{enforced: true}}}}, columns: [{columns}]}}]"),
    )
}

#[test]
fn a_contract_that_is_kept() {
    contracted("{name: id, data_type: int, constraints: [{type: not_null}]}, {name: name, data_type: varchar}")
        .succeed(["run"]);
}

#[test]
fn a_contract_that_is_not_kept_lists_the_differences() {
    let project = contracted("{name: id, data_type: varchar}, {name: title, data_type: varchar}");
    project.run(["run"]).ends_with(1).says(&[
        "This model has an enforced contract that failed.",
        "| column_name | definition_type | contract_type | mismatch_reason       |",
        "| id          | INTEGER         | VARCHAR       | data type mismatch    |",
        "| name        | VARCHAR         |               | missing in contract   |",
        "| title       |                 | VARCHAR       | missing in definition |",
    ]);
}

#[test]
fn a_constraint_that_is_broken_is_an_error_of_the_database() {
    let project = contracted(
        "{name: id, data_type: int}, {name: name, data_type: varchar, constraints: [{type: check, expression: \"name = 'y'\"}]}",
    );
    project.run(["run"]).ends_with(1).says(&["CHECK constraint failed"]);
}
