//! A parse that was kept is taken over only where a new one would come out the same.

use super::support::{Outcome, Project};
use proptest::prelude::*;
use serde_json::Value;
use std::fs::File;

/// A mesh in which a parse depends on everything that it can depend on.
fn mesh() -> Project {
    let project = Project::mesh(&["core", "shop: core"])
        .file("core/models/customers.sql", "select 1 as id, '{{ var(\"region\", \"eu\") }}' as region")
        .file("core/models/countries.sql", "{{ config(tags=[env_var('COLOUR', 'none')]) }}\nselect 1 as id")
        .file("core/seeds/codes.csv", "id,code\n1,a\n")
        .file("core/snapshots/kept.yml", SNAPSHOT)
        .file("core/macros/money.sql", "{% macro cents(column) %}{{ column }} * 100{% endmacro %}")
        .file("core/models/core.yml", CORE)
        .file("core/models/docs.md", "{% docs region %}where they live{% enddocs %}")
        .file("core/tests/singular.sql", "select * from {{ ref('customers') }} where id < 0")
        .file("shop/models/orders.sql", "select {{ util.twice('id') }} as id from {{ ref('core', 'customers') }}")
        .file("shop/models/shop.yml", "models:\n  - name: orders\n    description: all of them\n")
        .file("shop/packages.yml", "packages:\n  - local: ../util\n")
        .file("util/dbt_project.yml", "name: util\nconfig-version: 2\n")
        .file("util/macros/twice.sql", "{% macro twice(column) %}{{ column }} * 2{% endmacro %}")
        .file("util/models/calendar.sql", "select 1 as day");
    project.succeed(["deps"]);
    project
}

const SNAPSHOT: &str = "
snapshots:
  - name: kept
    relation: ref('customers')
    config: {strategy: check, unique_key: id, check_cols: all}
";

const CORE: &str = "
models:
  - name: customers
    access: public
    description: \"{{ doc('region') }}\"
    columns:
      - name: id
        data_tests: [unique, not_null]
unit_tests:
  - name: counts
    model: customers
    given: []
    expect: {rows: [{id: 1}]}
exposures:
  - name: report
    type: dashboard
    owner: {name: core}
    depends_on: [ref('customers')]
groups:
  - name: people
    owner: {name: core}
";

/// What a file can be changed to; without a text it is taken away.
const EDITS: &[(&str, Option<&str>)] = &[
    ("core/models/customers.sql", Some("select 1 as id, '{{ var(\"region\", \"eu\") }}' as region")),
    ("core/models/customers.sql", Some("select 2 as id, '{{ var(\"region\", \"us\") }}' as region")),
    ("core/models/customers.sql", Some("select 3 as id, '{{ env_var(\"PLACE\", \"?\") }}' as region")),
    ("core/models/countries.sql", Some("{{ config(materialized=var('as', 'view')) }} select 1 as id")),
    ("core/models/countries.sql", Some("{{ config(meta={'which': flags.WHICH}) }} select 1 as id")),
    ("core/models/countries.sql", Some("{{ config(meta={'schema': target.schema}) }} select 1 as id")),
    ("core/models/countries.sql", Some("{{ log('a message', info=true) }} select {{ cents('1') }} as id")),
    ("core/models/countries.sql", Some("{% do exceptions.warn('beware') %} select 1 as id")),
    ("core/models/countries.sql", None),
    ("core/models/new.sql", Some("select * from {{ ref('customers') }}")),
    ("core/models/new.sql", Some("select * from {{ ref('missing') }}")),
    ("core/models/new.sql", None),
    ("core/models/core.yml", Some(CORE)),
    ("core/models/core.yml", Some("models:\n  - name: customers\n    access: protected\n")),
    ("core/models/core.yml", Some("models:\n  - name: nobody\n    description: \"{{ env_var('COLOUR', 'x') }}\"\n")),
    ("core/models/docs.md", Some("{% docs region %}where they live{% enddocs %}")),
    ("core/models/docs.md", Some("{% docs region %}where they were{% enddocs %}")),
    ("core/macros/money.sql", Some("{% macro cents(column) %}{{ column }} * 100{% endmacro %}")),
    ("core/macros/money.sql", Some("{% macro cents(column) %}{{ ref('codes') }} * 1{% endmacro %}")),
    ("core/macros/names.sql", Some("{% macro generate_schema_name(custom, node) %}s_{{ node.name }}{% endmacro %}")),
    ("core/macros/names.sql", None),
    ("core/seeds/codes.csv", Some("id,code\n1,b\n")),
    ("core/seeds/codes.csv", Some("id,code\n1,a\n")),
    ("core/.dbtignore", Some("models/countries.sql\n")),
    ("core/.dbtignore", None),
    ("core/dbt_project.yml", Some("name: core\nprofile: test\n")),
    ("core/dbt_project.yml", Some("name: core\nprofile: test\nvars: {region: as, as: table}\n")),
    ("core/dbt_project.yml", Some("name: core\nprofile: test\nmodels:\n  core:\n    +enabled: \"{{ true }}\"\n")),
    ("util/macros/twice.sql", Some("{% macro twice(column) %}{{ column }} * 3{% endmacro %}")),
    ("util/models/calendar.sql", None),
    ("util/models/calendar.sql", Some("select 2 as day")),
    ("shop/models/orders.sql", Some("select 1 as id from {{ ref('core', 'customers') }}")),
    ("shop/models/orders.sql", Some("select * from {{ ref('calendar') }}")),
    ("mesh.yml", Some("name: retail\nprofile: test\ndomains:\n  - core\n  - shop\n")),
    (
        "mesh.yml",
        Some("name: retail\nprofile: test\ndomains:\n  - core\n  - shop\ndefaults:\n  models:\n    +tags: [all]\n"),
    ),
    (
        "profiles.yml",
        Some("test:\n  outputs:\n    dev: {type: duckdb, path: warehouse.duckdb, schema: other}\n  target: dev\n"),
    ),
    ("profiles.yml", Some("test:\n  outputs:\n    dev: {type: duckdb, path: warehouse.duckdb}\n  target: dev\n")),
];

/// Environment variables and options.
type Call = (&'static [(&'static str, &'static str)], &'static [&'static str]);

/// How the program is called.
const CALLS: &[Call] = &[
    (&[], &[]),
    (&[("COLOUR", "red")], &[]),
    (&[("COLOUR", "blue"), ("PLACE", "here")], &[]),
    (&[], &["--vars", "{region: africa}"]),
    (&[], &["--vars", "{as: table}"]),
    (&[], &["--threads", "1"]),
];

/// One edit, and a call after it.
#[derive(Debug, Clone, Copy)]
struct Step {
    edit: usize,
    /// Whether the file gets the time of change that it had.
    keeps_time: bool,
    call: usize,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..EDITS.len(), any::<bool>(), 0..CALLS.len());
    let step = step.prop_map(|(edit, keeps_time, call)| Step { edit, keeps_time, call });
    prop::collection::vec(step, 1..8)
}

fn apply(project: &Project, step: Step) {
    let (path, text) = EDITS[step.edit];
    let file = project.path(path);
    let time = file.metadata().and_then(|data| data.modified()).ok();
    match text {
        Some(text) => project.write(path, text),
        None => drop(std::fs::remove_file(&file)),
    }
    if let (Some(_), Some(time), true) = (text, time, step.keeps_time) {
        File::options().write(true).open(&file).and_then(|file| file.set_modified(time)).expect("a time");
    }
}

/// What a command said, without the time in front of each line and its folders.
fn said(outcome: &Outcome) -> (Option<i32>, Vec<String>) {
    let without_time =
        |line: &str| line.get(10..).filter(|_| line.as_bytes().get(2) == Some(&b':')).unwrap_or(line).to_owned();
    let mut lines: Vec<String> = outcome.text().lines().map(without_time).collect();
    // Templates are parsed side by side: their messages come in any order.
    lines.sort();
    (outcome.code, lines)
}

/// A manifest without what names the run that wrote it.
fn manifest(project: &Project, folder: &str) -> Value {
    let text = project.read(&format!("{folder}/manifest.json"));
    let mut manifest: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(manifest) = manifest.as_object_mut() {
        manifest.remove("metadata");
        for section in ["nodes", "sources", "macros", "docs", "exposures", "unit_tests", "disabled", "groups"] {
            for entry in manifest[section].as_object_mut().into_iter().flat_map(|entries| entries.values_mut()) {
                if let Some(entry) = entry.as_object_mut() {
                    entry.remove("created_at");
                }
            }
        }
        for entries in manifest["disabled"].as_object_mut().into_iter().flat_map(|entries| entries.values_mut()) {
            for entry in entries.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                entry.remove("created_at");
            }
        }
    }
    manifest
}

fn call(project: &Project, step: Step, command: &[&'static str]) -> Outcome {
    let (variables, options) = CALLS[step.call];
    project.run_with(variables, command.iter().chain(options).copied())
}

const COLD: [&str; 3] = ["--no-partial-parse", "--target-path", "cold"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any edits, with any variables, a command comes to what it comes to without a cache.
    #[test]
    fn cached_is_cold(steps in steps()) {
        let project = mesh();
        project.succeed(["parse"]);
        for step in steps {
            apply(&project, step);
            let warm = call(&project, step, &["parse"]);
            let cold = call(&project, step, &[&["parse"][..], &COLD].concat());
            prop_assert_eq!(said(&warm), said(&cold), "{:?}", step);
            if cold.code == Some(0) {
                prop_assert_eq!(manifest(&project, "target"), manifest(&project, "cold"), "{:?}", step);
            }
            // The same once more, all of it taken over where that can be.
            let warm = call(&project, step, &["--quiet", "ls", "--output", "json"]);
            let cold = call(&project, step, &[&["--quiet", "ls", "--output", "json"][..], &COLD].concat());
            prop_assert_eq!(said(&warm), said(&cold), "{:?}", step);
            if cold.code == Some(0) {
                prop_assert_eq!(manifest(&project, "target"), manifest(&project, "cold"), "{:?}", step);
            }
            let warm = call(&project, step, &["--quiet", "ls", "--select", "+orders tag:red", "path:core"]);
            let cold = call(&project, step, &[&["--quiet", "ls", "--select", "+orders tag:red", "path:core"][..], &COLD].concat());
            prop_assert_eq!(said(&warm), said(&cold), "{:?}", step);
        }
    }
}

const TAKEN_OVER: &str = "no changes found, skipping parsing";

/// Whether the last parse was taken over.
fn takes_over(project: &Project, variables: &[(&str, &str)], command: &[&str]) -> bool {
    let outcome = project.run_with(variables, ["--debug"].iter().chain(command).copied());
    outcome.ends_with(0).stdout.contains(TAKEN_OVER)
}

/// Files that are as new as the cache are compared by content, which says the same and takes longer.
#[test]
fn a_parse_is_taken_over_when_nothing_changed() {
    let project = mesh();
    assert!(!takes_over(&project, &[], &["parse"]));
    let written = project.path("target/manifest.json").metadata().and_then(|data| data.modified()).expect("a time");
    assert!(takes_over(&project, &[], &["parse"]));
    assert!(takes_over(&project, &[], &["ls"]), "of every command");
    assert!(!takes_over(&project, &[], &["parse", "--no-partial-parse"]), "unless it is not wanted");
    assert!(!takes_over(&project, &[("DBT_PARTIAL_PARSE", "0")], &["parse"]));
    let now = project.path("target/manifest.json").metadata().and_then(|data| data.modified()).expect("a time");
    assert_eq!(written, now, "the manifest is not written again");
    std::fs::remove_file(project.path("target/manifest.json")).expect("the manifest");
    assert!(takes_over(&project, &[], &["parse"]));
    assert!(project.path("target/manifest.json").is_file(), "unless it is gone");
}

/// What a run needs of a parse that was kept is there: macros of the project, of packages, and hooks.
#[test]
fn a_parse_that_was_taken_over_can_be_run() {
    let project = mesh();
    project.write("core/models/countries.sql", "select {{ cents('1') }} as id");
    project.write("core/dbt_project.yml", "name: core\nprofile: test\non-run-end: \"select {{ cents('2') }}\"\n");
    project.succeed(["parse"]);
    let first = project.succeed(["build", "--no-partial-parse"]).results();
    assert!(takes_over(&project, &[], &["build"]));
    assert_eq!(project.succeed(["build"]).results(), first);
    assert_eq!(project.rows("select id from core.countries"), ["100"]);
}

#[test]
fn what_is_not_the_same_on_every_run_is_parsed_every_time() {
    for text in [
        "select '{{ run_started_at }}' as id",
        "select '{{ invocation_id }}' as id",
        "select '{{ modules.datetime.datetime.now() }}' as id",
        "select '{{ [1, 2] | random }}' as id",
        "select '{{ dbt_metadata_envs }}' as id",
        "select '{{ thread_id }}' as id",
    ] {
        let project = Project::new().file("models/a.sql", text);
        project.succeed(["parse"]);
        assert!(!takes_over(&project, &[], &["parse"]), "{text}");
    }
}

/// What a run renders comes after the parse.
#[test]
fn what_only_a_run_reads_does_not_count() {
    let text = "select {% if execute %}'{{ run_started_at }} {{ flags.WHICH }}'{% else %}'none'{% endif %} as id";
    let project = Project::new().file("models/a.sql", text);
    project.succeed(["build"]);
    assert!(takes_over(&project, &[], &["ls"]));
    assert!(takes_over(&project, &[], &["build"]));
}

#[test]
fn a_command_line_that_templates_look_at_matters() {
    let project = Project::new().file("models/a.sql", "{{ config(tags=[flags.WHICH]) }} select 1 as id");
    assert!(!takes_over(&project, &[], &["parse"]));
    assert!(takes_over(&project, &[], &["parse"]));
    assert!(!takes_over(&project, &[], &["ls"]));
    assert!(project.succeed(["ls", "--select", "tag:ls"]).stdout.contains("shop.a"));
    let project = Project::new().file("models/a.sql", "select 1 as id");
    project.succeed(["parse"]);
    assert!(takes_over(&project, &[], &["ls", "--select", "a"]), "and no other");
}

#[test]
fn values_of_variables_are_not_in_the_cache() {
    let project = Project::new().file("models/a.sql", "{% if env_var('KEY') %}select 1 as id{% endif %}");
    let variables = [("KEY", "hunter2hunter2")];
    project.run_with(&variables, ["parse"]).ends_with(0);
    assert!(takes_over(&project, &variables, &["parse"]));
    for file in ["inputs", "manifest", "artifacts"] {
        let bytes = std::fs::read(project.path(&format!("target/parse_cache/{file}.msgpack"))).expect("a file");
        assert!(!bytes.windows(14).any(|window| window == b"hunter2hunter2"), "{file}");
    }
}

/// A place where nothing can be written is no reason to fail.
#[cfg(unix)]
#[test]
fn nothing_is_kept_where_nothing_is_written() {
    let project = Project::new().file("models/a.sql", "select 1 as id");
    project.succeed(["parse", "--no-write-json"]);
    assert!(!project.path("target").exists());
    project.write("target/parse_cache", "a file in its place");
    project.succeed(["parse"]);
    project.succeed(["parse"]);
    assert_eq!(project.read("target/parse_cache"), "a file in its place");
}

/// A warning about a file that was not read this time still shows its line.
#[test]
fn a_warning_that_is_repeated_shows_its_place() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/a.yml", "models:\n  - name: nobody\n    description: of nothing\n");
    let first = project.succeed(["parse", "--no-use-colors"]);
    assert!(first.stdout.contains("- name: nobody"), "{}", first.stdout);
    let again = project.succeed(["parse", "--no-use-colors"]);
    assert_eq!(said(&first), said(&again));
    assert!(takes_over(&project, &[], &["parse"]));
    project.run(["parse", "--warn-error"]).ends_with(2).says(&["nobody"]);
}
