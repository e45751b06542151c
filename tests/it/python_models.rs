//! Python models. What runs code needs a Python that has duckdb: `MESHBUILD_TEST_PYTHON`, or the environment that `./dev oracle`
//! makes; without one these tests have nothing to say.

use crate::support::{Outcome, Project};
use std::path::PathBuf;
use std::sync::LazyLock;

/// A Python that has duckdb, if there is one.
static PYTHON: LazyLock<Option<String>> = LazyLock::new(|| {
    let given = std::env::var("MESHBUILD_TEST_PYTHON").ok();
    given.or_else(|| {
        let caches = PathBuf::from(std::env::var("HOME").ok()?).join(".cache/meshbuild");
        let folders = std::fs::read_dir(caches).ok()?.flatten().map(|entry| entry.path());
        let mut oracles: Vec<PathBuf> = folders.filter(|path| path.join("bin/dbt").exists()).collect();
        oracles.sort();
        oracles.pop().map(|folder| folder.join("bin/python").to_string_lossy().into_owned())
    })
});

/// Runs the binary with the Python there is; nothing without one.
fn run(project: &Project, arguments: &[&str]) -> Option<Outcome> {
    let python = PYTHON.as_ref()?;
    Some(project.run_with(&[("MESHBUILD_PYTHON", python)], arguments.iter().copied()))
}

const TYPES: &str = "{{ config(materialized='table') }}
select 1 as id, 12345678901234567890123456789::hugeint as h, interval '3 days 4 microseconds' as i,
  timestamp '2020-01-01 00:00:00.000001' as ts, timestamptz '2020-01-01 00:00:00+00' as tz, 1.25::decimal(10,2) as d,
  [1, 2] as l, {'a': 1, 'b c': 2::hugeint} as s, 'y'::enum('x', 'y') as e, map {'k': 1} as m, timetz '12:00:00+02' as t,
  '101'::bit as bits, null::varchar as nothing";

#[test]
fn types_and_values_survive_the_way_through_python() {
    let project = Project::new()
        .file("models/a.sql", TYPES)
        .file("models/b.py", "def model(dbt, session):\n    return dbt.ref('a')\n");
    let Some(outcome) = run(&project, &["build"]) else { return };
    assert_eq!(outcome.ends_with(0).results(), ["a success", "b success"]);
    let described = |name: &str| {
        project.rows(&format!("select column_name, column_type from (describe select * from {{{{ ref('{name}') }}}})"))
    };
    assert_eq!(described("a"), described("b"));
    let different = "select * from {{ ref('a') }} except select * from {{ ref('b') }}";
    assert!(project.rows(different).is_empty());
}

#[test]
fn configs_sources_and_this_are_there() {
    let model = "import os\n\ndef model(dbt, session):\n    limit = dbt.config.get('limit', 5)\n    owner = dbt.config.meta_get('owner')\n    \
                 df = dbt.source('raw', 'things')\n    print('in the model')\n    \
                 return session.sql(f\"select {limit} as n, '{owner}' as owner, '{dbt.this.identifier}' as me from df\")\n";
    let project = Project::new().file("seeds/things.csv", "id\n1\n").file("models/b.py", model).file(
        "models/b.yml",
        "sources: [{name: raw, schema: main, tables: [{name: things}]}]\n\
             models: [{name: b, config: {limit: 3, meta: {owner: me}}}]\n",
    );
    project.succeed(["seed"]);
    let Some(outcome) = run(&project, &["run"]) else { return };
    outcome.ends_with(0);
    assert_eq!(project.rows("select n, owner, me from {{ ref('b') }}"), ["3\tme\tb"]);
    assert!(project.read("logs/dbt.log").contains("in the model"));
}

#[test]
fn incremental_models_read_what_stands_in_their_own_table() {
    let model = "def model(dbt, session):\n    dbt.config(materialized='incremental', unique_key='id')\n    df = dbt.ref('a')\n    \
                 if dbt.is_incremental:\n        top = session.sql(f'select max(id) from {dbt.this}').fetchone()[0]\n        \
                 return session.sql(f'select id + {top} as id from df')\n    return df\n";
    let project = Project::new().file("models/a.sql", "select 1 as id union all select 2").file("models/b.py", model);
    for expected in [vec!["1", "2"], vec!["1", "2", "3", "4"]] {
        let Some(outcome) = run(&project, &["run"]) else { return };
        outcome.ends_with(0);
        assert_eq!(project.rows("select id from {{ ref('b') }}"), expected);
        assert_eq!(project.rows("select count(*) as n from information_schema.tables"), ["2"]);
    }
}

#[test]
fn an_exception_is_shown_with_its_place_and_the_table_stays() {
    let project =
        Project::new().file("models/b.py", "def model(dbt, session):\n    return session.sql('select 1 as id')\n");
    let Some(outcome) = run(&project, &["run"]) else { return };
    outcome.ends_with(0);
    project.write("models/b.py", "def model(dbt, session):\n    x = {}\n    return x['amount']\n");
    let Some(outcome) = run(&project, &["run"]) else { return };
    outcome.ends_with(1).says(&[
        "Python model failed:",
        "KeyError: 'amount'",
        "error[MB0821]",
        "models/b.py:3:5",
        "return x['amount']",
    ]);
    assert_eq!(project.rows("select id from main.b"), ["1"]);
}

#[test]
fn a_module_that_is_missing_is_named() {
    let project = Project::new().file("models/b.py", "import not_there\n\ndef model(dbt, session):\n    return 1\n");
    let Some(outcome) = run(&project, &["run"]) else { return };
    outcome.ends_with(1).says(&["No module named 'not_there'", "error[MB0820]", "pip install not_there"]);
}

#[test]
fn without_python_the_remedy_is_told() {
    let project = Project::new().file("models/b.py", "def model(dbt, session):\n    return 1\n");
    let outcome = project.run_with(&[("MESHBUILD_PYTHON", "/nowhere/python")], ["run"]);
    outcome.ends_with(1).says(&["Python not found: '/nowhere/python'", "error[MB0820]", "MESHBUILD_PYTHON="]);
}

#[test]
fn a_view_cannot_be_written_in_python() {
    let model = "def model(dbt, session):\n    dbt.config(materialized='view')\n    return 1\n";
    let outcome = Project::new().file("models/b.py", model).run(["run"]);
    outcome
        .ends_with(1)
        .says(&["Materialization \"materialization_view_default\" only supports languages ['sql']; got \"python\""]);
}

#[test]
fn parsing_needs_no_python() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/b.py", "def model(dbt, session):\n    return dbt.ref('a').limit(1)\n");
    let outcome = project.succeed(["compile"]);
    let node = &outcome.manifest()["nodes"]["model.shop.b"];
    assert_eq!(node["language"], "python");
    assert_eq!(node["config"]["materialized"], "table");
    assert_eq!(node["depends_on"]["nodes"], serde_json::json!(["model.shop.a"]));
    assert!(project.read("target/compiled/shop/models/b.py").contains("class dbtObj:"));
}
