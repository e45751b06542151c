use super::*;
use crate::manifest::{Manifest, NodeStatus};
use crate::selector::{Index, Selection};
use crate::state::testing::{manifest, manifest_from_text, manifest_of};
use serde_json::{Value, json};
use std::collections::BTreeMap;

mod golden;
mod properties;

const BUILD: PlanOptions = PlanOptions { ordering: Ordering::Tests, hooks: true };

/// A plan of everything in `manifest` that `is_selected`.
fn plan_of(manifest: &Manifest, options: PlanOptions, is_selected: impl Fn(&str) -> bool) -> Plan {
    let ids = manifest.nodes.keys().filter(|id| is_selected(id.as_str()) && id.prefix() != "source");
    plan(&Index::new(manifest), &ids.cloned().collect::<Selection>(), options)
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.tasks().iter().map(|task| task.unique_id.as_str()).collect()
}

/// Runs a plan one task at a time; `outcome` says how each ends. What was skipped is returned, and why.
fn run(plan: &Plan, outcome: impl Fn(&str) -> Outcome) -> (Vec<&str>, BTreeMap<&str, SkipReason>) {
    let mut frontier = Frontier::new(plan);
    let (mut ran, mut skipped) = (Vec::new(), BTreeMap::new());
    while let Some(task) = frontier.start_next() {
        let id = plan.task(task).unique_id.as_str();
        ran.push(id);
        for skip in frontier.complete(task, outcome(id)).skipped {
            skipped.insert(plan.task(skip.task).unique_id.as_str(), skip.reason);
        }
    }
    assert!(frontier.is_finished(), "{} tasks were left over", frontier.unfinished());
    assert_eq!(ran.len() + skipped.len(), plan.len());
    (ran, skipped)
}

fn failing<'a>(failed: &'a [&'a str]) -> impl Fn(&str) -> Outcome + 'a {
    |id| if failed.contains(&id) { Outcome::Failed } else { Outcome::Done }
}

fn skipped<'p>(plan: &'p Plan, failed: &[&str]) -> Vec<&'p str> {
    run(plan, failing(failed)).1.into_keys().collect()
}

fn chain() -> Manifest {
    manifest_of(&[
        ("model.p.a", &[]),
        ("model.p.b", &["model.p.a"]),
        ("model.p.c", &["model.p.b"]),
        ("test.p.a_ok", &["model.p.a"]),
        ("test.p.b_ok", &["model.p.b"]),
        ("test.p.ab_ok", &["model.p.a", "model.p.b"]),
        ("exposure.p.board", &["model.p.b"]),
    ])
}

#[test]
fn build_runs_tests_between_models() {
    let manifest = chain();
    let plan = plan_of(&manifest, BUILD, |_| true);
    let expected =
        ["model.p.a", "test.p.a_ok", "model.p.b", "exposure.p.board", "test.p.ab_ok", "test.p.b_ok", "model.p.c"];
    assert_eq!(names(&plan), expected);
    let cases: [(&[&str], &[&str]); 5] = [
        (&["test.p.a_ok"], &["exposure.p.board", "model.p.b", "model.p.c", "test.p.ab_ok", "test.p.b_ok"]),
        (&["test.p.ab_ok"], &["model.p.c"]),
        (&["test.p.b_ok"], &["model.p.c"]),
        (&["model.p.b"], &["exposure.p.board", "model.p.c", "test.p.ab_ok", "test.p.b_ok"]),
        (&["exposure.p.board"], &[]),
    ];
    for (failed, expected) in cases {
        assert_eq!(skipped(&plan, failed), expected, "{failed:?}");
    }
}

#[test]
fn run_and_test_do_not_let_models_wait_for_tests() {
    let manifest = chain();
    let ordered = PlanOptions { ordering: Ordering::Dependencies, hooks: false };
    let models = plan_of(&manifest, ordered, |id| id.starts_with("model"));
    assert_eq!(names(&models), ["model.p.a", "model.p.b", "model.p.c"]);
    let tests = plan_of(&manifest, ordered, |id| id.starts_with("test"));
    assert_eq!(Frontier::new(&tests).ready().count(), 3);
    assert!(skipped(&tests, &["test.p.a_ok", "test.p.ab_ok"]).is_empty());
}

#[test]
fn what_is_ready_first_starts_first() {
    let manifest = manifest_of(&[
        ("model.p.a", &[]),
        ("model.p.z", &[]),
        ("model.p.b", &["model.p.a"]),
        ("model.p.c", &["model.p.b"]),
        ("model.p.y", &["model.p.z"]),
    ]);
    let plan = plan_of(&manifest, BUILD, |_| true);
    let (ran, _) = run(&plan, failing(&[]));
    assert_eq!(ran, ["model.p.a", "model.p.z", "model.p.b", "model.p.y", "model.p.c"]);
    let mut frontier = Frontier::new(&plan);
    let mut start = || frontier.start_next().expect("something can start");
    let (first, second) = (start(), start());
    assert_eq!(frontier.complete(second, Outcome::Done).ready.len(), 1);
    assert_eq!(frontier.complete(first, Outcome::Done).ready.len(), 1);
    let started: Vec<_> =
        std::iter::from_fn(|| frontier.start_next()).map(|task| plan.task(task).unique_id.as_str()).collect();
    assert_eq!(started, ["model.p.y", "model.p.b"]);
}

#[test]
fn clone_waits_for_nothing() {
    let manifest = chain();
    let plan = plan_of(&manifest, PlanOptions { ordering: Ordering::Independent, hooks: false }, |_| true);
    assert_eq!(Frontier::new(&plan).ready().count(), plan.len());
}

#[test]
fn unselected_and_ephemeral_nodes_pass_order_and_failure_on() {
    let manifest = manifest(&json!({"nodes": {
        "model.p.a": {},
        "model.p.hidden": {"depends_on": {"nodes": ["model.p.a"]}},
        "model.p.eph": {"config": {"materialized": "ephemeral"}, "depends_on": {"nodes": ["model.p.hidden"]}},
        "model.p.z": {"depends_on": {"nodes": ["model.p.eph"]}},
        "test.p.eph_ok": {"depends_on": {"nodes": ["model.p.eph"]}},
    }}));
    let plan = plan_of(&manifest, BUILD, |id| id != "model.p.hidden");
    assert_eq!(names(&plan), ["model.p.a", "test.p.eph_ok", "model.p.z"]);
    assert_eq!(plan.ephemeral().iter().map(UniqueId::as_str).collect::<Vec<_>>(), ["model.p.eph"]);
    let (_, skipped) = run(&plan, failing(&["model.p.a"]));
    assert!(skipped.values().all(|reason| *reason == SkipReason::Upstream(TaskId(0))), "{skipped:?}");
    assert_eq!(skipped.into_keys().collect::<Vec<_>>(), ["model.p.z", "test.p.eph_ok"]);
}

#[test]
fn tests_of_unselected_nodes_still_block() {
    let manifest = manifest_of(&[
        ("source.p.raw.t", &[]),
        ("model.p.a", &["source.p.raw.t"]),
        ("model.p.b", &["model.p.a"]),
        ("test.p.source_ok", &["source.p.raw.t"]),
        ("test.p.both_ok", &["source.p.raw.t", "model.p.a"]),
    ]);
    let plan = plan_of(&manifest, BUILD, |id| id != "model.p.a");
    assert_eq!(names(&plan), ["test.p.source_ok", "test.p.both_ok", "model.p.b"]);
    assert_eq!(skipped(&plan, &["test.p.both_ok"]), ["model.p.b"]);
    assert_eq!(skipped(&plan, &["test.p.source_ok"]), ["model.p.b", "test.p.both_ok"]);
}

#[test]
fn unit_tests_run_before_their_model_one_by_one() {
    let manifest = manifest(&json!({
        "nodes": {
            "model.p.a": {},
            "model.p.m": {"depends_on": {"nodes": ["model.p.a"]}},
            "model.p.z": {"depends_on": {"nodes": ["model.p.m"]}},
            "test.p.a_ok": {"depends_on": {"nodes": ["model.p.a"]}},
        },
        "unit_tests": {
            "unit_test.p.m.one": {"depends_on": {"nodes": ["model.p.m"]}},
            "unit_test.p.m.two": {"depends_on": {"nodes": ["model.p.m"]}},
        },
    }));
    let plan = plan_of(&manifest, BUILD, |_| true);
    let expected = ["model.p.a", "test.p.a_ok", "unit_test.p.m.one", "unit_test.p.m.two", "model.p.m", "model.p.z"];
    assert_eq!(names(&plan), expected);
    assert_eq!(skipped(&plan, &["unit_test.p.m.one"]), ["model.p.m", "model.p.z", "unit_test.p.m.two"]);
    assert_eq!(skipped(&plan, &["test.p.a_ok"]), ["model.p.m", "model.p.z", "unit_test.p.m.one", "unit_test.p.m.two"]);
    let alone = plan_of(&manifest, BUILD, |id| id.starts_with("unit_test") || id == "model.p.a");
    assert_eq!(names(&alone), ["model.p.a", "unit_test.p.m.one", "unit_test.p.m.two"]);
}

fn with_hooks(skips: bool) -> Manifest {
    let mut manifest = manifest_of(&[
        ("model.x.a", &[]),
        ("model.y.b", &["model.x.a"]),
        ("model.util@y.c", &["model.y.b"]),
        ("model.x.d", &["model.y.b"]),
    ]);
    for domain in manifest.domains.values_mut() {
        let mut changed = (**domain).clone();
        if domain.name.as_str() == "y" {
            changed.on_run_start =
                vec![("y".into(), "1".into()), ("y".into(), "2".into()), ("util".into(), "3".into())];
            changed.on_run_end = vec![("y".into(), "4".into()), ("y".into(), "5".into())];
            changed.flags.insert("skip_nodes_if_on_run_start_fails".into(), Value::Bool(skips));
        }
        *domain = Arc::new(changed);
    }
    manifest
}

const START: &str = "operation.y.y-on-run-start-0";

#[test]
fn hooks_stand_around_the_nodes_of_their_domain() {
    let manifest = with_hooks(false);
    let plan = plan_of(&manifest, BUILD, |_| true);
    let expected = [
        "model.x.a",
        START,
        "operation.y.y-on-run-start-1",
        "operation.util@y.util-on-run-start-0",
        "model.y.b",
        "model.util@y.c",
        "model.x.d",
        "operation.y.y-on-run-end-0",
        "operation.y.y-on-run-end-1",
    ];
    assert_eq!(names(&plan), expected);
    let only_x = plan_of(&manifest, BUILD, |id| id.starts_with("model.x"));
    assert_eq!(names(&only_x), ["model.x.a", "model.x.d"]);
    assert!(plan_of(&manifest, BUILD, |_| false).is_empty());
}

#[test]
fn a_failed_start_hook_skips_nodes_only_with_the_flag() {
    let rest_of_hooks = ["operation.util@y.util-on-run-start-0", "operation.y.y-on-run-start-1"];
    let manifest = with_hooks(false);
    assert_eq!(skipped(&plan_of(&manifest, BUILD, |_| true), &[START]), rest_of_hooks);
    let manifest = with_hooks(true);
    let plan = plan_of(&manifest, BUILD, |_| true);
    let (ran, skipped) = run(&plan, failing(&[START]));
    assert_eq!(ran, ["model.x.a", START, "operation.y.y-on-run-end-0", "operation.y.y-on-run-end-1"]);
    assert_eq!(skipped.len(), 5);
}

#[test]
fn end_hooks_run_after_failures_and_after_a_stop() {
    let manifest = with_hooks(false);
    let plan = plan_of(&manifest, BUILD, |_| true);
    let (ran, _) = run(&plan, failing(&["model.y.b"]));
    assert_eq!(ran.last(), Some(&"operation.y.y-on-run-end-1"));

    let mut frontier = Frontier::new(&plan);
    let first = frontier.start_next().expect("something can start");
    assert_eq!(plan.task(first).unique_id.as_str(), "model.x.a");
    let stopped = frontier.stop();
    assert!(stopped.skipped.iter().all(|skip| skip.reason == SkipReason::Stopped));
    assert_eq!(stopped.skipped.len(), 3, "the hooks; nodes wait for the model that is running");
    let progress = frontier.complete(first, Outcome::Done);
    assert_eq!(progress.skipped.len(), 3);
    let mut ran = Vec::new();
    while let Some(task) = frontier.start_next() {
        ran.push(plan.task(task).unique_id.as_str());
        frontier.complete(task, Outcome::Done);
    }
    assert_eq!(ran, ["operation.y.y-on-run-end-0", "operation.y.y-on-run-end-1"]);
    assert!(frontier.is_finished());
}

#[test]
fn tasks_are_started_and_completed_once() {
    let manifest = chain();
    let plan = plan_of(&manifest, BUILD, |_| true);
    let mut frontier = Frontier::new(&plan);
    let (first, last) = (TaskId(0), TaskId(plan.len() as u32 - 1));
    assert!(!frontier.start(last), "it waits");
    assert_eq!(frontier.complete(first, Outcome::Done), Progress::default(), "it does not run");
    assert!(frontier.start(first));
    assert!(!frontier.start(first));
    assert_eq!(frontier.complete(first, Outcome::Done).ready, [TaskId(1)]);
    assert_eq!(frontier.complete(first, Outcome::Failed), Progress::default());
}

#[test]
fn statuses_mean_done_or_failed() {
    for (status, expected) in [
        (NodeStatus::Success, Outcome::Done),
        (NodeStatus::Warn, Outcome::Done),
        (NodeStatus::NoOp, Outcome::Done),
        (NodeStatus::Fail, Outcome::Failed),
        (NodeStatus::PartialSuccess, Outcome::Failed),
        (NodeStatus::Skipped, Outcome::Failed),
    ] {
        assert_eq!(Outcome::from(status), expected, "{status}");
    }
}
