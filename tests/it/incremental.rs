//! Incremental models over several runs.

use crate::support::Project;

fn events(strategy: &str) -> Project {
    let config = format!("{{{{ config(materialized='incremental', {strategy}) }}}}");
    Project::new().file("seeds/raw.csv", "id,value\n1,a\n2,b\n").file(
        "models/events.sql",
        &format!(
            "{config}
            select id, value from {{{{ ref('raw') }}}}
            {{% if is_incremental() %}} where id >= (select max(id) from {{{{ this }}}}) {{% endif %}}"
        ),
    )
}

fn second_run(project: &Project, arguments: &[&str]) -> Vec<String> {
    project.succeed(["build"]);
    project.write("seeds/raw.csv", "id,value\n1,z\n2,c\n3,d\n");
    project.succeed(["build"].iter().chain(arguments).copied());
    project.rows("select id, value from {{ ref('events') }}")
}

#[test]
fn a_unique_key_replaces_rows() {
    assert_eq!(second_run(&events("unique_key='id'"), &[]), ["1\ta", "2\tc", "3\td"]);
    assert_eq!(second_run(&events("unique_key='id', incremental_strategy='merge'"), &[]), ["1\ta", "2\tc", "3\td"]);
}

#[test]
fn append_adds_rows() {
    assert_eq!(second_run(&events("incremental_strategy='append'"), &[]), ["1\ta", "2\tb", "2\tc", "3\td"]);
}

#[test]
fn full_refresh_starts_again() {
    assert_eq!(second_run(&events("unique_key='id'"), &["--full-refresh"]), ["1\tz", "2\tc", "3\td"]);
}

#[test]
fn a_new_column_is_appended_when_asked_for() {
    let project = Project::new().file("models/m.sql", "{{ config(materialized='incremental') }} select 1 as a");
    project.succeed(["run"]);
    project.write(
        "models/m.sql",
        "{{ config(materialized='incremental', on_schema_change='append_new_columns') }} select 2 as a, 'x' as b",
    );
    project.succeed(["run"]);
    assert_eq!(project.rows("select a, coalesce(b, '-') as b from {{ ref('m') }}"), ["1\t-", "2\tx"]);
}
