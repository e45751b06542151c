//! `check`: types of the whole mesh without data. Wrong SQL stands in `broken/check.txt`.

use crate::support::Project;

#[test]
fn seeds_sources_models_and_snapshots_are_typed_without_data_and_without_the_database() {
    let project = Project::new()
        .file("seeds/countries.csv", "code,name,size\nDE,Germany,357.0\n")
        .file(
            "models/sources.yml",
            "sources: [{name: raw, tables: [{name: orders, columns: [{name: id, data_type: bigint}, {name: country, data_type: text}]}]}]",
        )
        .file("models/a.sql", "select o.id, c.name from {{ source('raw', 'orders') }} o join {{ ref('countries') }} c on c.code = o.country")
        .file(
            "snapshots/history.yml",
            "snapshots: [{name: history, relation: ref('a'), config: {unique_key: id, strategy: check, check_cols: all}}]",
        )
        .file("models/b.sql", "select id, dbt_valid_from, dbt_valid_to from {{ ref('history') }}")
        .file(
            "models/schema.yml",
            "models: [{name: a, config: {contract: {enforced: true}}, columns: [{name: id, data_type: bigint}, {name: name, data_type: varchar}]}, \
             {name: b, columns: [{name: dbt_valid_to, data_type: timestamp}]}]",
        );
    project.succeed(["check"]).says(&["Checked 5 relations: 5 typed, 0 errors"]);
    assert!(!project.path("shop.duckdb").exists(), "nothing opens the warehouse");
}

#[test]
fn what_depends_on_rows_is_unknown_and_not_guessed() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id, 'x' as kind")
        .file(
            "models/pivoted.sql",
            "select id {% for kind in dbt_utils_like(ref('a')) %}, {{ kind }}{% endfor %} from {{ ref('a') }}",
        )
        .file(
            "macros/m.sql",
            "{% macro dbt_utils_like(relation) %}{{ return(run_query('select distinct kind from ' ~ relation).columns[0].values() if execute else []) }}{% endmacro %}",
        )
        .file("models/reader.sql", "select wrong_perhaps from {{ ref('pivoted') }}");
    project.succeed(["check"]).says(&[
        "unknown: model.shop.pivoted: its SQL depends on rows",
        "unknown: model.shop.reader: model.shop.pivoted is not known",
        "Checked 3 relations: 1 typed, 1 depend on rows, 1 unknown, 0 errors",
    ]);
}

#[test]
fn templates_that_ask_for_columns_see_those_of_the_empty_relations() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id, 'x' as name")
        .file(
            "models/b.sql",
            "select {% for column in adapter.get_columns_in_relation(ref('a')) %}{{ column.name }} as other_{{ column.name }}, {% endfor %} 1 as one from {{ ref('a') }}",
        )
        .file("models/c.sql", "select other_id, other_name from {{ ref('b') }}");
    project.succeed(["check"]).says(&["3 typed, 0 errors"]);
}

#[test]
fn an_enforced_contract_stands_for_what_sql_does_not_tell() {
    let project = Project::new()
        .file("models/p.py", "def model(dbt, session):\n    return session.sql('select 1 as id')\n")
        .file("models/reader.sql", "select nme from {{ ref('p') }}")
        .file(
            "models/schema.yml",
            "models: [{name: p, config: {materialized: table, contract: {enforced: true}}, columns: [{name: id, data_type: bigint}]}]",
        );
    project.run(["check"]).ends_with(1).says(&[
        "MB0403",
        "Referenced column \"nme\" not found",
        "models/reader.sql:1:8",
    ]);
}

#[test]
fn macros_and_tables_of_hooks_and_functions_are_there() {
    let project = Project::new()
        .file("models/a.sql", "select plus_one(amount) as amount from {{ target.schema }}.counts")
        .file(
            "models/b.sql",
            "{{ config(pre_hook='create or replace macro twice(x) as x * 2') }} select twice(amount) as amount from {{ ref('a') }}",
        )
        .file(
            "dbt_project.yml",
            "name: shop\nprofile: test\non-run-start:\n  - create or replace macro plus_one(x) as x + 1\n  - create table if not exists {{ target.schema }}.counts (amount integer)\n  - insert into {{ target.schema }}.counts values (1)\n",
        );
    project.succeed(["check"]).says(&["2 typed, 0 errors"]);
}

#[test]
fn a_selection_is_checked_with_what_it_reads_and_nothing_else() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select id from {{ ref('a') }}")
        .file("models/wrong.sql", "select nothing from {{ ref('a') }}");
    project.succeed(["check", "--select", "b"]).says(&["Checked 1 relation: 1 typed, 0 errors"]);
    project.run(["check", "--select", "wrong"]).ends_with(1).says(&["MB0403"]);
}

#[test]
fn a_file_that_is_not_there_is_unknown() {
    let project = Project::new()
        .file("models/a.sql", "select * from read_parquet('nowhere/*.parquet')")
        .file("models/b.sql", "select anything from {{ ref('a') }}");
    project
        .succeed(["check"])
        .says(&["unknown: model.shop.a: it reads what is not there: IO Error", "2 unknown, 0 errors"]);
}

#[test]
fn domains_are_typed_across_their_borders() {
    let project = Project::mesh(&["customer", "orders: customer"])
        .file("customer/models/dim.sql", "{{ config(access='public') }} select 1 as id, 'x' as name")
        .file("orders/models/fct.sql", "select name, id as customer_id, nme from {{ ref('customer', 'dim') }}");
    project.run(["check"]).ends_with(1).says(&["orders/models/fct.sql:1:33", "did you mean `name`?"]);
}
