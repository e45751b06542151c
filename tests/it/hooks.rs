//! Hooks of a project and of a model.

use crate::support::Project;

#[test]
fn hooks_run_around_models_and_around_the_run() {
    let project = Project::new()
        .file(
            "dbt_project.yml",
            "
name: shop
profile: test
on-run-start: \"create table if not exists log (what varchar)\"
on-run-end: \"insert into log values ('end {{ results | length }}')\"
",
        )
        .file(
            "models/a.sql",
            "{{ config(materialized='table', pre_hook=\"insert into log values ('before')\",
                post_hook=[\"insert into log select 'after ' || n from {{ this }}\"]) }} select 1 as n",
        );
    let outcome = project.succeed(["run"]);
    assert_eq!(project.rows("select what from log"), ["after 1", "before", "end 1"]);
    assert_eq!(outcome.results(), ["a success", "shop-on-run-end-0 success", "shop-on-run-start-0 success"]);
}

#[test]
fn a_hook_that_fails_ends_with_1_and_models_run() {
    let project = Project::new()
        .file("dbt_project.yml", "{name: shop, profile: test, on-run-start: select * from missing_table}")
        .file("models/a.sql", "select 1 as n");
    let outcome = project.run(["run"]).ends_with(1);
    assert_eq!(outcome.results(), ["a success", "shop-on-run-start-0 error"]);
    outcome.says(&["Table with name missing_table does not exist"]);
}

#[test]
fn the_last_hooks_see_what_was_compiled_and_when() {
    let project = Project::new().file("models/a.sql", "select {{ 1 + 1 }} as id").file(
        "dbt_project.yml",
        "
name: shop
profile: test
on-run-end:
  - create table told as select '{{ results[0].node.compiled_code }}' as code, '{{ results[0].to_dict().node.compiled_code }}' as same,
    '{{ results[0].to_dict().timing[0].completed_at }}' as moment, '{{ results[0].node.compiled_path }}' as path
",
    );
    project.succeed(["run"]);
    let told = "select code = 'select 2 as id' and same = code, regexp_full_match(moment, '\\d{4}-.*T.*\\.\\d{6}Z'), path from told";
    assert_eq!(project.rows(told), ["true\ttrue\ttarget/compiled/shop/models/a.sql"]);
}
