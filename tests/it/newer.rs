//! What dbt-core 1.12 added to 1.11.

use crate::support::Project;

const SELECTORS: &str = "
selectors:
  - {name: first, definition: 'fqn:a'}
  - {name: second, definition: {union: ['fqn:b', {method: selector, value: first}]}}
  - {name: round, definition: 'selector:round'}
";

fn project() -> Project {
    Project::new()
        .file("selectors.yml", SELECTORS)
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select * from {{ ref('a') }}")
        .file("models/c.sql", "select * from {{ ref('b') }}")
}

#[test]
fn selectors_are_named_among_other_criteria() {
    let project = project();
    let names = |select: &str| -> Vec<String> {
        let listed = project.succeed(["--quiet", "list", "--output", "name", "--select", select]);
        listed.stdout.lines().map(str::to_string).collect()
    };
    assert_eq!(names("selector:second"), ["a", "b"]);
    assert_eq!(names("selector:first+1"), ["a", "b"]);
    assert_eq!(names("selector:second,fqn:b"), ["b"]);
    assert_eq!(names("selector:f*t fqn:c"), ["a", "c"]);
}

#[test]
fn selectors_that_are_not_there_or_name_themselves_are_refused() {
    let project = project();
    let fails = |select: &str, expected: &str| {
        project.run(["list", "--select", select]).ends_with(2).says(&[expected]);
    };
    fails("selector:frist", "Selector 'frist' did not match any selector in selectors.yml");
    fails("selector:round", "Circular dependency detected in selector: round --> round");
}

#[test]
fn a_failed_model_with_on_error_continue_stops_nothing() {
    let project = Project::new()
        .file("models/wrong.sql", "{{ config(on_error='continue') }} select id from nowhere")
        .file("models/after.sql", "-- depends_on: {{ ref('wrong') }}\nselect 2 as id");
    let outcome = project.run(["build"]).ends_with(1);
    assert_eq!(outcome.results(), ["after success", "wrong error"]);
    let refused = Project::new().file("models/a.sql", "{{ config(on_error='go_on') }} select 1 as id");
    refused.run(["parse"]).ends_with(2).says(&["'go_on' is not one of ['skip_children', 'continue']"]);
}

#[test]
fn unit_tests_stand_in_the_graph() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/counts.sql", "{{ config(materialized='table') }} select {% if execute %}{{ graph.unit_tests | length }}{% else %}0{% endif %} as tests")
        .file("models/a.yml", "unit_tests: [{name: u, model: a, given: [], expect: {rows: [{id: 1}]}}]");
    project.succeed(["run"]);
    assert_eq!(project.rows("select tests from {{ ref('counts') }}"), ["1"]);
}

#[test]
fn vars_stand_in_a_file_of_their_own() {
    let project = Project::new()
        .file("dbt_project.yml", "name: shop\nprofile: test\nmodels: {shop: {+alias: \"{{ var('prefix') }}_m\"}}\n")
        .file("vars.yml", "vars:\n  prefix: from_file\n  shop: {scoped: own}\n")
        .file("models/m.sql", "select '{{ var(\"prefix\") }} {{ var(\"scoped\") }}' as a");
    project.succeed(["run"]);
    assert_eq!(project.rows("select a from from_file_m"), ["from_file own"]);
    project.succeed(["run", "--vars", "{prefix: from_cli}"]);
    assert_eq!(project.rows("select a from from_cli_m"), ["from_cli own"]);
}

#[test]
fn vars_in_both_files_are_refused() {
    let both = Project::new()
        .file("dbt_project.yml", "name: shop\nprofile: test\nvars: {a: 1}\n")
        .file("vars.yml", "vars: {b: 2}\n");
    both.run(["parse"]).ends_with(2).says(&[
        "MB0103",
        "Variables cannot be defined in both vars.yml and dbt_project.yml.",
        "vars.yml:1:7",
        "dbt_project.yml:3:7",
    ]);
    Project::new().file("vars.yml", "vars: [1]\n").run(["parse"]).ends_with(2).says(&["must be a dictionary"]);
}

#[test]
fn an_empty_seed_has_columns_and_no_rows() {
    let project = Project::new().file("seeds/s.csv", "id,name\n1,a\n2,b\n");
    project.succeed(["seed", "--empty"]).says(&["INSERT 0"]);
    assert_eq!(project.rows("select count(*) from s"), ["0"]);
    assert_eq!(project.rows("select typeof(id) from (select null) left join s on true"), ["INTEGER"]);
    project.succeed(["seed"]).says(&["INSERT 2"]);
}

#[test]
fn an_operation_can_be_sql() {
    let project = Project::new().file("models/a.sql", "select 7 as id");
    project.succeed(["run"]);
    let done = project.succeed(["run-operation", "--sql", "create table kept as select id from {{ ref('a') }}"]);
    done.says(&["1 of 1 OK executed inline_query"]);
    assert_eq!(project.rows("select id from kept"), ["7"]);
    assert_eq!(project.run(["run-operation", "--sql", "select 1"]).results(), ["inline_query success"]);
}

#[test]
fn an_operation_of_sql_that_fails_or_is_not_clear() {
    let project = Project::new().file("macros/m.sql", "{% macro m() %}{% endmacro %}");
    project.run(["run-operation", "--sql", "selec 1"]).ends_with(1).says(&[
        "MB0812",
        "Encountered an error while running operation: Runtime Error",
        "syntax error at or near \"selec\"",
    ]);
    project.run(["run-operation", "--sql", "select {{ nothing( }}"]).ends_with(1).says(&["inline_query:1:20"]);
    project.run(["run-operation"]).ends_with(2).says(&["Missing argument 'MACRO'."]);
    project.run(["run-operation", "m", "--sql", "select 1"]).ends_with(2).says(&["Cannot specify both"]);
    project
        .run(["run-operation", "--sql", "select 1", "--args", "{a: 1}"])
        .ends_with(2)
        .says(&["--args cannot be used"]);
}

#[test]
fn files_may_end_in_an_extension_of_jinja() {
    let files = |flag: &str| {
        Project::new()
            .file("dbt_project.yml", &format!("name: shop\nprofile: test\nflags: {{allow_jinja_file_extensions: {flag}}}\n"))
            .file("models/a.sql.jinja", "select {{ one() }} as id")
            .file("models/below/b.sql.j2", "select id from {{ ref('a') }}")
            .file("models/c.d.sql", "select 2 as id")
            .file("models/p.py.jinja", "def model(dbt, session): pass")
            .file("macros/m.sql.jinja2", "{% macro one() %}1{% endmacro %}")
            .file("models/text.md.jinja", "{% docs text %}said{% enddocs %}")
            .file("models/s.yml", "models: [{name: b, description: \"{{ doc('text') }}\"}]")
            .file("tests/t.sql.jinja", "select * from {{ ref('b') }} where id > 1")
            .file("snapshots/s.sql.j2", "{% snapshot s %}{{ config(unique_key='id', strategy='check', check_cols='all') }} select * from {{ ref('a') }}{% endsnapshot %}")
    };
    let project = files("true");
    assert_eq!(project.succeed(["build"]).results(), ["a success", "b success", "c.d success", "s success", "t pass"]);
    let manifest = project.succeed(["parse"]).manifest();
    let shown = |id: &str| {
        let node = &manifest["nodes"][id];
        [&node["path"], &node["original_file_path"], &node["description"]]
            .map(|value| value.as_str().unwrap_or_default().to_string())
    };
    assert_eq!(shown("model.shop.b"), ["below/b.sql.j2", "models/below/b.sql.j2", "said"]);
    assert_eq!(shown("test.shop.t"), ["t.sql", "tests/t.sql.jinja", ""]);
    assert!(project.path("target/compiled/shop/models/a.sql.jinja").exists());
    assert!(project.path("target/compiled/shop/tests/t.sql.jinja/t.sql").exists());
    assert_eq!(files("false").succeed(["--quiet", "list", "--output", "name"]).stdout, "c.d\n");
}

const VERSIONED: &str = "
models:
  - name: m
    latest_version: 2
    versions: [{v: 1}, {v: 2}]
  - name: n
    latest_version: 1
    config: {latest_version_pointer: {enabled: false, alias: never}}
    versions: [{v: 1}]
";

fn versioned(properties: &str) -> Project {
    Project::new()
        .file(
            "dbt_project.yml",
            "name: shop\nprofile: test\nflags: {latest_version_pointer_enabled_by_default: true}\n",
        )
        .file("models/m_v1.sql", "select 1 as id")
        .file(
            "models/m_v2.sql",
            "{{ config(materialized='table', post_hook='create table once as select 1') }} select 2 as id",
        )
        .file("models/n_v1.sql", "select 3 as id")
        .file("models/s.yml", properties)
}

#[test]
fn the_latest_version_stays_reachable_under_the_models_own_name() {
    let project = versioned(VERSIONED);
    assert_eq!(project.succeed(["run"]).results(), ["m.v1 success", "m.v2 success", "n.v1 success"]);
    assert_eq!(project.rows("select id from m"), ["2"]);
    let views = "select table_name from information_schema.tables where table_type = 'VIEW' order by 1";
    assert_eq!(project.rows(views), ["m", "m_v1", "n_v1"]);
    let named = VERSIONED.replace("enabled: false, alias: never", "alias: n_now");
    let project = versioned(&named).file(
        "macros/m.sql",
        "{% macro generate_latest_version_pointer_alias(custom_alias_name=none, node=none) %}now_{{ custom_alias_name or node.name }}{% endmacro %}",
    );
    project.succeed(["run"]);
    assert_eq!(project.rows("select a.id + b.id from now_m a, now_n_now b"), ["5"]);
}

#[test]
fn a_pointer_cannot_be_the_version_itself() {
    let taken = VERSIONED.replace("enabled: false, alias: never", "alias: n_v1");
    versioned(&taken)
        .run(["run"])
        .ends_with(1)
        .says(&["Cannot create latest version pointer: the latest version of 'n' is already aliased to 'n_v1'."]);
    let wrong = VERSIONED.replace("enabled: false, alias: never", "enabled: perhaps");
    versioned(&wrong).run(["parse"]).ends_with(2).says(&["\"perhaps\" is not a valid value of 'enabled'"]);
}

#[test]
fn deps_needs_no_vars_that_nobody_has_set() {
    let project = Project::new()
        .file("dbt_project.yml", "name: shop\nprofile: test\nmodels: {shop: {+schema: \"{{ var('team') }}\"}}\n")
        .file("tools/dbt_project.yml", "name: tools\n")
        .file("packages.yml", "packages: [{local: \"{{ var('where', 'tools') }}\"}]\n");
    project.succeed(["deps"]);
    project.run(["parse"]).ends_with(2).says(&["Required var 'team' not found"]);
}

#[test]
fn results_of_the_status_reused_are_selected_and_not_retried() {
    let project = Project::new().file("models/a.sql", "select 1 as id").file("models/b.sql", "select 2 as id");
    project.succeed(["run", "--threads", "1"]);
    let results =
        project.read("target/run_results.json").replacen("\"status\":\"success\"", "\"status\":\"reused\"", 1);
    assert!(results.contains("\"reused\""));
    project.write("target/run_results.json", &results);
    project.write("before/run_results.json", &results);
    project.write("before/manifest.json", &project.read("target/manifest.json"));
    let listed =
        project.succeed(["--quiet", "list", "--output", "name", "--select", "result:reused", "--state", "before"]);
    assert_eq!(listed.stdout, "a\n");
    project.succeed(["retry"]).says(&["Nothing to do"]);
}
