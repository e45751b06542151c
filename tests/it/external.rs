//! External models, and sources that are files.

use crate::support::Project;

const ROWS: &str = "select 1 as id, 'a' as name union all select 2, 'b'";

fn external(config: &str, sql: &str) -> Project {
    Project::new().file("models/out.sql", &format!("{{{{ config(materialized='external'{config}) }}}}\n{sql}"))
}

#[test]
fn external_models_are_files_behind_views() {
    let cases = [
        ("", "out.parquet"),
        (", format='csv'", "out.csv"),
        (", format='csv', options={'delimiter': '|'}", "out.csv"),
        (", location='{{ adapter.external_root() }}/x.json'", "x.json"),
        (", location='UPPER.CSV.GZ'", "UPPER.CSV.GZ"),
        (", options={'codec': 'zstd', 'partition_by': 'name'}", "out/name=a"),
    ];
    for (config, file) in cases {
        let project = external(config, ROWS);
        for _ in 0..2 {
            let overwrite =
                if file.starts_with("out/") { ", options={'partition_by': 'name', 'overwrite': '1'}" } else { config };
            project.succeed(["run"]);
            assert!(project.path(file).exists(), "{config}: no {file}");
            assert_eq!(project.rows("select id, name from {{ ref('out') }}"), ["1\ta", "2\tb"], "{config}");
            project.write("models/out.sql", &format!("{{{{ config(materialized='external'{overwrite}) }}}}\n{ROWS}"));
        }
    }
}

#[test]
fn a_model_without_rows_keeps_its_columns() {
    for format in ["parquet", "csv", "json"] {
        let project = external(&format!(", format='{format}'"), &format!("select * from ({ROWS}) where id > 5"));
        project.succeed(["run"]);
        assert_eq!(project.rows("select count(*) as n, count(id) as m from {{ ref('out') }}"), ["0\t0"], "{format}");
    }
}

#[test]
fn upstream_files_are_registered_again() {
    let project = external("", ROWS).file("models/down.sql", "select id * 2 as id from {{ ref('out') }}").file(
        "dbt_project.yml",
        "name: shop\nprofile: test\non-run-start: ['{{ register_upstream_external_models() }}']\n",
    );
    project.succeed(["run"]);
    std::fs::remove_file(project.path("warehouse.duckdb")).expect("the database was there");
    project.succeed(["run", "--select", "down"]);
    assert_eq!(project.rows("select id from {{ ref('down') }}"), ["2", "4"]);
}

#[test]
fn mistakes_are_told() {
    external(", format='xml'", ROWS)
        .run(["run"])
        .ends_with(1)
        .says(&["Invalid format: xml. Allowed formats are: csv, parquet, json"]);
    external(", glue_register=true", ROWS).run(["run"]).ends_with(2).says(&["error[MB0515]", "Glue"]);
}

#[test]
fn sources_can_be_files() {
    let project = Project::new()
        .file("lake/raw_v1.csv", "id\n1\n2\n")
        .file(
            "models/sources.yml",
            "sources:
  - name: lake
    config: {external_location: 'lake/{name}_{extra}.csv'}
    tables:
      - {name: raw, config: {extra: v1}, columns: [{name: id, data_tests: [unique]}]}
      - {name: other, identifier: raw_v1, config: {external_location: \"read_csv('lake/%(identifier)s.csv')\", formatter: oldstyle}}
  - name: meta
    meta: {external_location: 'lake/${kind}_v1.csv', formatter: template}
    tables: [{name: third, meta: {kind: raw}}]
",
        )
        .file(
            "models/m.sql",
            "select raw.id from {{ source('lake', 'raw') }} raw join {{ source('lake', 'other') }} o using (id)
             join {{ source('meta', 'third') }} t using (id)",
        );
    let outcome = project.succeed(["build"]);
    assert_eq!(project.rows("select id from {{ ref('m') }}"), ["1", "2"]);
    let source = &outcome.manifest()["sources"]["source.shop.lake.raw"];
    assert_eq!(source["relation_name"], "'lake/raw_v1.csv'");
    project.write("models/more.yml", "sources: [{name: x, tables: [{name: y, config: {external_location: '{z}'}}]}]");
    project.run(["parse"]).ends_with(2).says(&["error[MB0511]", "cannot be filled in: 'z'", "models/more.yml"]);
}
