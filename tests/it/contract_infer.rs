//! `contract infer`: the contract of models printed and written. How files are edited is tested in `project`.

use crate::support::Project;

fn mesh() -> Project {
    Project::mesh(&["customer", "orders: customer"])
        .file(
            "customer/models/dim.sql",
            "{{ config(access='public', materialized='table') }}\nselect 1 as id, nullif('a', '') as name, 2.5::decimal(9, 2) as \"Net Sum\"",
        )
        .file(
            "customer/models/_models.yml",
            "models:\n  # what others read\n  - name: dim\n    columns:\n      - name: id   # the key\n        description: Key\n",
        )
        .file("customer/models/inner.sql", "select 1 as x")
        .file("orders/models/view_of.sql", "{{ config(access='public') }}select id from {{ ref('customer', 'dim') }}")
        .file("orders/models/grows.sql", "{{ config(access='public', materialized='incremental') }}select 1 as id")
        .file("orders/models/inlined.sql", "{{ config(access='public', materialized='ephemeral') }}select 1 as id")
        .file("orders/models/wrong.sql", "{{ config(access='public') }}select nothing from {{ ref('customer', 'dim') }}")
}

const DIM: &str = "models:
  # what others read
  - name: dim
    columns:
      - name: id   # the key
        description: Key
        data_type: integer
        constraints:
          - type: not_null
      - name: name
        data_type: varchar
      - name: Net Sum
        quote: true
        data_type: decimal(9,2)
        constraints:
          - type: not_null
    config:
      contract:
        enforced: true
";

#[test]
fn the_contracts_of_public_models_are_printed_and_nothing_is_written() {
    let project = mesh();
    let told = project.run(["contract", "infer"]).ends_with(0).says(&[
        "# customer/models/_models.yml\nmodels:\n  - name: dim\n",
        "# orders/models/view_of.yml\nmodels:\n  - name: view_of\n",
        "skipped: model.orders.inlined: it is ephemeral",
        "skipped: model.orders.wrong: its SQL is wrong",
        "not enforced: model.orders.grows: an incremental model needs on_schema_change",
    ]);
    assert!(!told.stdout.contains("name: inner"), "it is not public");
    assert!(!project.path("orders/models/view_of.yml").exists());
}

#[test]
fn written_contracts_hold_and_a_second_time_changes_nothing() {
    let project = mesh();
    std::fs::remove_file(project.path("orders/models/wrong.sql")).expect("a file");
    project.run(["contract", "infer", "--write"]).ends_with(0).says(&[
        "wrote customer/models/_models.yml: 1 model",
        "wrote orders/models/view_of.yml: 1 model",
        "Inferred 3 contracts, changed 3 files",
    ]);
    assert_eq!(project.read("customer/models/_models.yml"), DIM);
    let view = "models:\n  - name: view_of\n    config:\n      contract:\n        enforced: true\n    columns:\n      - name: id\n        \
                data_type: integer\n";
    assert_eq!(project.read("orders/models/view_of.yml"), view, "views have no constraints");
    assert!(!project.read("orders/models/grows.yml").contains("enforced"));
    project.run(["contract", "infer", "--write"]).ends_with(0).says(&["Inferred 3 contracts, changed 0 files"]);
    project.run(["check"]).ends_with(0);
    project.run(["build"]).ends_with(0);
}

#[test]
fn what_is_named_is_written_also_when_it_is_not_public() {
    let project = mesh();
    project.run(["contract", "infer", "--write", "--select", "inner"]).ends_with(0).says(&["changed 1 file"]);
    assert!(project.read("customer/models/inner.yml").contains("name: inner"));
}

#[test]
fn a_file_that_cannot_be_edited_stays_and_the_others_are_written() {
    let project = mesh();
    let shared = "models:\n  - name: inner\n    columns: &all\n      - name: id\n  - name: dim\n    columns: *all\n";
    project.write("customer/models/_models.yml", shared);
    project.run(["contract", "infer", "--write"]).ends_with(2).says(&[
        "error[MB0617]: the contract of dim cannot be written into customer/models/_models.yml",
        "wrote orders/models/view_of.yml",
    ]);
    assert_eq!(project.read("customer/models/_models.yml"), shared);
}
