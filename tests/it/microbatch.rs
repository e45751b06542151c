//! Models that are built in batches of time, and samples.

use crate::support::Project;
use serde_json::json;

const EVENTS: &str = "{{ config(materialized='table', event_time='ts') }}
    select 1 as id, timestamp '2020-01-01 00:00:00' as ts union all
    select 2, timestamp '2020-01-02 10:00:00' union all
    select 3, timestamp '2020-01-03 00:00:00'";

fn sessions(config: &str, sql: &str) -> Project {
    let config = format!(
        "{{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ts', batch_size='day', \
         begin='2020-01-01'{config}) }}}}"
    );
    Project::new().file("models/events.sql", EVENTS).file("models/sessions.sql", &format!("{config}\n{sql}"))
}

fn at(now: &str) -> [(&str, &str); 1] {
    [("MESHBUILD_TEST_NOW", now)]
}

const SELECT: &str = "select id, ts from {{ ref('events') }}";
const ALL: &str = "select id from {{ ref('sessions') }}";

#[test]
fn batches_reach_from_begin_to_now_and_later_look_back() {
    let project = sessions("", SELECT);
    project.run_with(&at("2020-01-03T13:57:00Z"), ["run"]).ends_with(0).says(&[
        "START sql microbatch model main.sessions",
        "Batch 1 of 3 OK created batch 2020-01-01 of main.sessions",
        "Batch 3 of 3 OK created batch 2020-01-03 of main.sessions",
    ]);
    assert_eq!(project.rows(ALL), ["1", "2", "3"]);
    let batch = project.read("target/compiled/shop/models/sessions/sessions_2020-01-02.sql");
    let filtered = "(select * from \"warehouse\".\"main\".\"events\" where ts >= '2020-01-02 00:00:00+00:00' and ts < '2020-01-03 \
                    00:00:00+00:00')";
    assert!(batch.contains(filtered), "{batch}");

    let more = EVENTS.to_string()
        + " union all select 4, timestamp '2020-01-04 00:30:00' union all select 5, timestamp '2020-01-05 00:00:00'";
    project.write("models/events.sql", &more);
    let later = project.run_with(&at("2020-01-04T00:45:00Z"), ["run"]).ends_with(0);
    assert_eq!(project.rows(ALL), ["1", "2", "3", "4"]);
    let sessions = &later.run_results()["results"][1];
    let expected = json!({"failed": [], "successful": [
        ["2020-01-03T00:00:00+00:00", "2020-01-04T00:00:00+00:00"],
        ["2020-01-04T00:00:00+00:00", "2020-01-05T00:00:00+00:00"],
    ]});
    assert_eq!(sessions["batch_results"], expected);
    assert_eq!((&sessions["message"], &sessions["failures"]), (&json!("SUCCESS"), &json!(0)));
    assert_eq!((&sessions["compiled"], &sessions["compiled_code"]), (&json!(false), &json!(null)));
}

#[test]
fn a_failed_batch_leaves_a_partial_success() {
    let project =
        sessions("", "select id, ts, case when id = 2 then error('boom') else 1 end as x from {{ ref('events') }}")
            .file("models/reader.sql", "select * from {{ ref('sessions') }}");
    let window = ["run", "--event-time-start", "2020-01-01", "--event-time-end", "2020-01-04"];
    let outcome = project.run(window).ends_with(1).says(&[
        "Exception on worker thread. Runtime Error in model sessions",
        "boom",
        "Batch 2 of 3 ERROR creating batch 2020-01-02 of main.sessions",
        "PARTIALLY created sql microbatch model main.sessions",
        "[PARTIAL SUCCESS (2/3) in ",
    ]);
    assert_eq!(outcome.results(), ["events success", "reader skipped", "sessions partial success"]);
    assert_eq!(project.rows(ALL), ["1", "3"]);
}

#[test]
fn when_the_first_batch_fails_the_others_are_skipped() {
    let project = sessions("", "select id, ts, error('boom') as x from {{ ref('events') }}");
    let outcome = project.run(["run", "--event-time-start", "2020-01-01", "--event-time-end", "2020-01-04"]);
    let outcome = outcome.ends_with(1).says(&[
        "Batch 1 of 3 ERROR creating batch 2020-01-01",
        "Batch 2 of 3 SKIP batch 2020-01-02",
        "Batch 3 of 3 SKIP batch 2020-01-03",
    ]);
    assert_eq!(outcome.results(), ["events success", "sessions error"]);
}

#[test]
fn hooks_run_before_the_first_batch_and_after_the_last() {
    let hooks = ", pre_hook=\"create table log as select 'before' as x\", \
                 post_hook=\"insert into log values ('after {{ model.batch.id }}')\"";
    let project = sessions(hooks, SELECT);
    project.succeed(["run", "--event-time-start", "2020-01-01", "--event-time-end", "2020-01-04"]);
    assert_eq!(project.rows("select x from log"), ["after 20200103", "before"]);
}

#[test]
fn many_batches_run_beside_each_other() {
    let hours = sessions(", concurrent_batches=true", SELECT);
    let model = hours.read("models/sessions.sql").replace("'day'", "'hour'");
    hours.write("models/sessions.sql", &model);
    let window = ["run", "--threads", "4", "--event-time-start", "2020-01-01", "--event-time-end", "2020-01-04"];
    hours.succeed(window).says(&["Batch 72 of 72 OK created batch 2020-01-03T23 of main.sessions"]);
    hours.succeed(window);
    assert_eq!(hours.rows(ALL), ["1", "2", "3"]);
}

#[test]
fn a_full_refresh_begins_with_an_empty_table() {
    let project = sessions("", SELECT);
    project.succeed(["run", "--event-time-start", "2020-01-01", "--event-time-end", "2020-01-04"]);
    let window = ["--event-time-start", "2020-01-02", "--event-time-end", "2020-01-04"];
    project.succeed(["run", "--full-refresh"].iter().chain(&window).copied());
    assert_eq!(project.rows(ALL), ["2", "3"]);
}

#[test]
fn a_sample_is_cut_from_whatever_has_a_time() {
    let project = Project::new()
        .file("models/events.sql", EVENTS)
        .file("models/copy.sql", "{{ config(materialized='table') }} select id from {{ ref('events') }}");
    project.run_with(&at("2020-01-03T02:00:00Z"), ["run", "--sample", "1 day"]).ends_with(0);
    assert_eq!(project.rows("select id from {{ ref('copy') }}"), ["2", "3"]);
    project.succeed(["run", "--sample", "{'start': '2020-01-01', 'end': '2020-01-02'}"]);
    assert_eq!(project.rows("select id from {{ ref('copy') }}"), ["1"]);
    project
        .run(["run", "--sample", "1 week"])
        .ends_with(2)
        .says(&["Invalid grain size 'week'. Must be one of ['hour'"]);
}

#[test]
fn what_a_model_must_say_of_its_batches_is_checked() {
    let model = |config: &str| {
        let config = format!("materialized='incremental', incremental_strategy='microbatch', {config}");
        Project::new().file("models/m.sql", &format!("{{{{ config({config}) }}}} select 1 as id"))
    };
    let cases = [
        ("batch_size='day'", "Microbatch model 'm' must provide an 'event_time' (string) config"),
        ("event_time='ts', batch_size='day'", "must provide a 'begin' (datetime) config"),
        ("event_time='ts', begin='x', batch_size='day'", "'begin' config of valid datetime (ISO format), but got: x."),
        (
            "event_time='ts', begin='2020-01-01', batch_size='week'",
            "'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: week.",
        ),
        (
            "event_time='ts', begin='2020-01-01', batch_size='day', lookback='x'",
            "must provide the optional 'lookback' config as type int, but got: <class 'str'>).",
        ),
    ];
    for (config, message) in cases {
        model(config).run(["parse"]).ends_with(2).says(&[message, "error[MB0511]", "models/m.sql"]);
    }
    model("event_time='ts', begin='2020-01-01', batch_size='day'").succeed(["parse"]).says(&[
        "The microbatch model 'm' has no 'ref' or 'source' input with an 'event_time' configuration.",
        "MB0520",
    ]);
}

#[test]
fn a_strategy_of_the_projects_own_runs_without_batches() {
    let project = sessions("", SELECT).file(
        "macros/microbatch.sql",
        "{% macro get_incremental_microbatch_sql(arg_dict) %}
           insert into {{ arg_dict['target_relation'] }} select * from {{ arg_dict['temp_relation'] }}
         {% endmacro %}",
    );
    project
        .succeed(["run"])
        .says(&["The use of a custom microbatch macro outside of batched execution is deprecated."]);
    project.succeed(["run"]);
    assert_eq!(project.rows(ALL), ["1", "1", "2", "2", "3", "3"]);
}

#[test]
fn retry_builds_the_batches_that_failed() {
    let failing = "select id, ts, case when id = 2 then error('boom') else 1 end as x from {{ ref('events') }}";
    let project = sessions("", failing);
    project.run_with(&at("2020-01-03T13:57:00Z"), ["run"]).ends_with(1);
    let mended = "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ts', \
                  batch_size='day', begin='2020-01-01') }} select id, ts, 1 as x from {{ ref('events') }}";
    project.write("models/sessions.sql", mended);
    let again = project.run_with(&at("2020-01-03T13:57:00Z"), ["retry"]).ends_with(0);
    assert_eq!(again.results(), ["sessions success"]);
    assert!(again.text().contains("Batch 1 of 1 OK created batch 2020-01-02"), "{}", again.text());
    assert_eq!(project.rows(ALL), ["1", "2", "3"]);
}
