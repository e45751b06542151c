//! `lineage`: which column comes from which, across domains. What one query makes of columns is tested in `sql`.

use crate::support::Project;

fn mesh() -> Project {
    Project::mesh(&["customer", "orders: customer"])
        .file("customer/seeds/raw.csv", "id,first_name,last_name\n1,A,B\n")
        .file("customer/models/dim.sql", "{{ config(access='public') }} select id, first_name || last_name as name from {{ ref('raw') }}")
        .file("orders/models/helper.sql", "{{ config(materialized='ephemeral') }} select id, name from {{ ref('customer', 'dim') }}")
        .file("orders/models/fct.sql", "select h.id as customer_id, upper(h.name) as name, count(*) as n from {{ ref('helper') }} as h group by all")
        .file("orders/models/top.sql", "select * from {{ ref('fct') }} where n > 1")
}

#[test]
fn upstream_goes_across_domains_to_the_seeds() {
    let told = mesh().succeed(["--quiet", "lineage", "orders.top.name"]);
    assert_eq!(
        told.stdout,
        "model.orders.top.name
  <- model.orders.fct.name  IDENTITY
    <- model.customer.dim.name  TRANSFORMATION
      <- seed.customer.raw.first_name  TRANSFORMATION
      <- seed.customer.raw.last_name  TRANSFORMATION
"
    );
}

#[test]
fn downstream_names_every_reader() {
    let told = mesh().succeed(["--quiet", "lineage", "raw.id", "--downstream"]);
    assert_eq!(
        told.stdout,
        "seed.customer.raw.id
  -> model.customer.dim.id  IDENTITY
    -> model.orders.fct.customer_id  IDENTITY
      -> model.orders.top.customer_id  IDENTITY
    -> model.orders.helper.id  IDENTITY
"
    );
}

#[test]
fn graphs_and_json() {
    let project = mesh();
    let mermaid = project.succeed(["--quiet", "lineage", "fct.name", "--format", "mermaid"]);
    assert!(mermaid.stdout.starts_with("flowchart LR\n") && mermaid.stdout.contains("-->|TRANSFORMATION|"));
    let dot = project.succeed(["--quiet", "lineage", "fct.name", "--format", "dot"]);
    assert!(
        dot.stdout.contains("\"model.customer.dim.name\" -> \"model.orders.fct.name\" [label=\"TRANSFORMATION\"];")
    );
    let json = project.succeed(["--quiet", "lineage", "top", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["node"], "model.orders.top");
    assert_eq!(json["columns"][0]["next"][0]["of"], "model.orders.fct");
    assert_eq!(json["rows"][0]["transformation"], "FILTER");
}

#[test]
fn the_whole_mesh_is_summed_up() {
    let project = mesh().file("orders/models/gone.sql", "select * from read_csv('nowhere.csv')");
    project.succeed(["--quiet", "lineage"]).says(&[
        "unknown: model.orders.gone: it reads what is not there",
        "10 of 11 columns traced, 1 unknown; 1 node without known columns",
    ]);
}

#[test]
fn names_that_are_not_there() {
    let project = mesh();
    project.run(["lineage", "fctt"]).ends_with(2).says(&["MB0720", "did you mean 'fct'?"]);
    project.run(["lineage", "fct.nme"]).ends_with(2).says(&["MB0721", "did you mean `name`?"]);
    project.run(["lineage", "fct", "--upstream", "--downstream"]).ends_with(2).says(&["mutually exclusive"]);
}
