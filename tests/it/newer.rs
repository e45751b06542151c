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

/// DuckDB takes all overloads of a macro in one statement: the call for the function itself makes it, those for the
/// overloads find them there.
const OVERLOADED: &str = "{% macro duckdb__scalar_function_sql(target_relation) %}
  {% if model.compiled_code in model.overloads | map(attribute='compiled_body') %}
    select '{{ model.arguments | map(attribute='name') | join(',') }} {{ model.returns.data_type }}'
  {% else %}
    create or replace macro {{ target_relation.render() }}
      ({{ model.arguments | map(attribute='name') | join(', ') }}) as ({{ model.compiled_code }})
    {% for overload in model.overloads %}
      , ({{ overload.arguments | map(attribute='name') | join(', ') }}) as ({{ overload.compiled_body }})
    {% endfor %}
  {% endif %}
{% endmacro %}";

const OVERLOADS: &str = "functions:
  - name: area
    arguments: [{name: side, data_type: float}]
    returns: {data_type: float}
    overloads:
      - {defined_in: of_two, arguments: [{name: a, data_type: float}, {name: b, data_type: float, default_value: 2}]}
      - defined_in: of_three
        description: a volume
        arguments: [{name: a, data_type: float}, {name: b, data_type: float}, {name: c, data_type: float}]
        returns: {data_type: double}
";

fn overloaded() -> Project {
    Project::new()
        .file("macros/functions.sql", OVERLOADED)
        .file("functions/functions.yml", OVERLOADS)
        .file("functions/area.sql", "side * side")
        .file("functions/of_two.sql", "a * b * (select one from {{ ref('units') }})")
        .file("functions/of_three.sql", "{{ function('half') }}(a * b * c)")
        .file("functions/half.sql", "n / 2")
        .file(
            "functions/half.yml",
            "functions: [{name: half, arguments: [{name: n, data_type: float}], returns: {data_type: float}}]",
        )
        .file("models/units.sql", "select 1 as one")
        .file(
            "models/m.sql",
            "select {{ function('area') }}(3) + {{ function('area') }}(2, 5) + {{ function('area') }}(1, 2, 4) as n",
        )
}

#[test]
fn overloads_belong_to_their_function() {
    let project = overloaded();
    let outcome = project.succeed(["build"]);
    assert_eq!(outcome.results(), ["area success", "half success", "m success", "units success"]);
    let outcome = outcome.says(&["Overload 1 of 2 START function area overload of_two", "Overload 2 of 2 OK created"]);
    assert_eq!(project.rows("select n from {{ ref('m') }}"), ["23.0"]);

    let manifest = outcome.manifest();
    let area = &manifest["functions"]["function.shop.area"];
    assert_eq!(area["overloads"][0]["raw_body"], "a * b * (select one from {{ ref('units') }})");
    assert_eq!(area["overloads"][0]["arguments"][1]["default_value"], 2);
    assert_eq!(area["overloads"][0]["returns"], serde_json::Value::Null);
    assert_eq!(area["overloads"][1]["compiled_body"], "\"warehouse\".\"main\".\"half\"(a * b * c)");
    assert_eq!(area["depends_on"]["nodes"], serde_json::json!(["model.shop.units", "function.shop.half"]));
    assert_eq!(manifest["functions"].as_object().map(serde_json::Map::len), Some(2));
    assert!(manifest["functions"]["function.shop.half"].get("overloads").is_none());
    assert_eq!(
        outcome.result("area")["overload_results"],
        serde_json::json!({ "successful": ["of_two", "of_three"], "failed": [] })
    );
    assert!(outcome.result("half").get("overload_results").is_none());
    // A check knows them as well.
    project.succeed(["check"]);
}

#[test]
fn an_overload_that_fails_is_tried_again_alone() {
    let project = overloaded().file(
        "macros/functions.sql",
        &OVERLOADED.replace("select '", "{% if 'half' in model.compiled_code %} selec {% endif %} select '"),
    );
    let outcome = project.run(["build"]).ends_with(1);
    assert_eq!(outcome.results(), ["area partial success", "half success", "m skipped", "units success"]);
    let outcome = outcome.says(&[
        "Overload 2 of 2 ERROR creating function area overload of_three",
        "Runtime Error in function area (functions/of_three.sql)",
        "--> functions/of_three.sql:1:1",
        "PARTIALLY created function main.area",
        "1 partial success",
    ]);
    assert_eq!(outcome.result("area")["message"], "PARTIAL SUCCESS area");
    assert_eq!(
        outcome.result("area")["overload_results"],
        serde_json::json!({ "successful": ["of_two"], "failed": ["of_three"] })
    );
    project.write("macros/functions.sql", OVERLOADED);
    let outcome = project.succeed(["retry"]).says(&["Overload 1 of 2 SKIP function area overload of_two"]);
    assert_eq!(outcome.results(), ["area success", "m success"]);
    assert_eq!(
        outcome.result("area")["overload_results"],
        serde_json::json!({ "successful": ["of_two", "of_three"], "failed": [] })
    );
}

#[test]
fn a_changed_overload_is_a_change_of_its_function() {
    let project = overloaded();
    project.succeed(["parse", "--target-path", "before"]);
    let modified = || {
        let arguments = ["--quiet", "ls", "--select", "state:modified", "--state", "before"];
        project.succeed(arguments).stdout.trim().to_string()
    };
    assert_eq!(modified(), "");
    project.write("functions/of_two.sql", "a + b");
    assert_eq!(modified(), "shop.area");
    project.succeed(["parse", "--target-path", "before"]);
    project.write("functions/functions.yml", &OVERLOADS.replace("a volume", "something"));
    assert_eq!(modified(), "");
    project.write("functions/functions.yml", &OVERLOADS.replace("default_value: 2", "default_value: 3"));
    assert_eq!(modified(), "shop.area");
}

#[test]
fn overloads_that_cannot_be_are_refused() {
    let cases = [
        ("of_two", "area", "Function 'area' cannot list itself in overloads (defined_in: 'area').", "MB0514"),
        ("of_two", "gone", "Function overload 'gone' (defined_in) not found.", "MB0501"),
        (
            "of_two",
            "of_three",
            "Function overload 'of_three' (defined_in) is already used by 'function.shop.area'.",
            "MB0514",
        ),
        (
            "defined_in: of_two",
            "defined: of_two",
            "Additional properties are not allowed ('defined' was unexpected)",
            "MB",
        ),
    ];
    for (from, to, message, code) in cases {
        let project = overloaded().file("functions/functions.yml", &OVERLOADS.replace(from, to));
        project.run(["parse"]).ends_with(2).says(&[message, code]);
    }
    let project = overloaded().file("models/m.sql", "select {{ function('of_two') }}(1, 2) as n");
    project.run(["parse"]).ends_with(2).says(&["depends on a function named 'of_two' which was not found"]);
}

#[test]
fn tests_call_a_projects_own_ref_and_source_with_its_own_keywords() {
    let project = Project::new()
        .file(
            "macros/ref.sql",
            "{% macro ref(name, tier=none) %}{{ return(builtins.ref(name ~ ('_' ~ tier if tier else ''))) }}{% endmacro %}
            {% macro source(name, table, fresh=true) %}{{ return(builtins.source(name, table)) }}{% endmacro %}",
        )
        .file("models/m.sql", "select 1 as id")
        .file("models/m_gold.sql", "select 2 as id")
        .file("models/n.sql", "select id from {{ ref('m', tier='gold') }}")
        .file(
            "models/models.yml",
            "sources: [{name: raw, schema: main, tables: [{name: m}]}]
models:
  - name: n
    columns:
      - name: id
        data_tests:
          - relationships: {name: gold, arguments: {to: \"ref('m', tier='gold')\", field: id}}
          - relationships: {name: fresh, arguments: {to: \"source('raw', 'm', fresh=false)\", field: id}}
",
        );
    let outcome = project.run(["build"]).ends_with(1);
    let results: Vec<String> = outcome.results();
    let tests: Vec<&str> = results.iter().filter_map(|line| line.split_once('.')).map(|(name, _)| name).collect();
    assert_eq!(tests, ["fresh", "gold"], "{results:?}");
    let nodes = outcome.manifest()["nodes"].clone();
    let of = |name: &str| {
        let id = nodes.as_object().unwrap().keys().find(|id| id.contains(&format!(".{name}."))).unwrap().clone();
        nodes[id]["depends_on"]["nodes"].clone()
    };
    assert_eq!(of("gold"), serde_json::json!(["model.shop.m_gold", "model.shop.n"]));
    assert_eq!(of("fresh"), serde_json::json!(["source.shop.raw.m", "model.shop.n"]));
    assert!(results.iter().any(|line| line.starts_with("gold.") && line.ends_with(" pass")), "{results:?}");
    assert!(results.iter().any(|line| line.starts_with("fresh.") && line.ends_with(" fail")), "{results:?}");
}
