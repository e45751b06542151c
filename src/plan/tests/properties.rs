//! Properties of plans over random graphs.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

/// A random project: node `n` reads some of the nodes before it, some nodes are ephemeral, tests read one to three.
#[derive(Debug, Clone)]
struct Project {
    manifest: Manifest,
    selected: BTreeSet<UniqueId>,
}

fn project() -> impl Strategy<Value = Project> {
    let nodes = prop::collection::vec(
        (prop::collection::vec(any::<prop::sample::Index>(), 0..4), 0..5u8, any::<bool>()),
        1..25,
    );
    let tests =
        prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 1..4), any::<bool>()), 0..90);
    (nodes, tests).prop_map(|(nodes, tests)| {
        let mut entries = serde_json::Map::new();
        let mut unit_tests = serde_json::Map::new();
        let mut selected = BTreeSet::new();
        for (number, (reads, materialized, is_selected)) in nodes.iter().enumerate() {
            let id = format!("model.p.m{number}");
            let reads = reads.iter().filter(|_| number > 0).map(|read| format!("model.p.m{}", read.index(number)));
            let materialized = if *materialized == 0 { "ephemeral" } else { "table" };
            let entry =
                json!({"config": {"materialized": materialized}, "depends_on": {"nodes": reads.collect::<Vec<_>>()}});
            entries.insert(id.clone(), entry);
            if number % 5 == 1 {
                let unit_test = format!("unit_test.p.m{number}.u");
                selected.insert(UniqueId::from(unit_test.as_str()));
                unit_tests.insert(unit_test, json!({"depends_on": {"nodes": [id]}}));
            }
            if *is_selected {
                selected.insert(UniqueId::from(id));
            }
        }
        for (number, (reads, is_selected)) in tests.iter().enumerate() {
            let id = format!("test.p.t{number}");
            let reads: Vec<String> = reads.iter().map(|read| format!("model.p.m{}", read.index(nodes.len()))).collect();
            entries.insert(id.clone(), json!({"depends_on": {"nodes": reads}}));
            if *is_selected {
                selected.insert(UniqueId::from(id));
            }
        }
        Project { manifest: manifest(&json!({"nodes": entries, "unit_tests": unit_tests})), selected }
    })
}

impl Project {
    fn plan(&self, options: PlanOptions) -> Plan {
        plan(&Index::new(&self.manifest), &self.selected.iter().cloned().collect::<Selection>(), options)
    }

    fn ancestors(&self, id: &UniqueId) -> HashSet<&UniqueId> {
        self.manifest.graph.ancestors([id], None).into_iter().collect()
    }

    /// Pairs (first, then) that dbt's rules ask for, by brute force.
    fn required(&self) -> Vec<(&UniqueId, &UniqueId)> {
        let tests = self.selected.iter().filter(|id| id.prefix() == "test");
        let models = self.manifest.nodes.keys().filter(|id| id.prefix() == "model");
        let mut pairs = Vec::new();
        for node in self.selected.iter().filter(|id| id.prefix() != "unit_test") {
            pairs.extend(self.ancestors(node).into_iter().map(|ancestor| (ancestor, node)));
        }
        for model in models {
            let above = self.ancestors(model);
            for test in tests.clone() {
                if self.manifest.nodes[test].depends_on.nodes.iter().all(|read| above.contains(read)) {
                    pairs.push((test, model));
                }
            }
        }
        pairs
    }
}

proptest! {
    #[test]
    fn a_plan_respects_the_graph(project in project()) {
        let plan = project.plan(BUILD);
        let place = |id: &UniqueId| plan.tasks().iter().position(|task| task.unique_id == *id);
        for (first, then) in project.required() {
            if let (Some(first), Some(then)) = (place(first), place(then)) {
                prop_assert!(first < then);
            }
        }
    }

    #[test]
    fn a_failure_skips_exactly_what_waits_for_it(project in project(), failed in any::<prop::sample::Index>()) {
        let plan = project.plan(BUILD);
        if plan.is_empty() {
            return Ok(());
        }
        let failed = &plan.task(TaskId(failed.index(plan.len()) as u32)).unique_id;
        let required = project.required();
        let mut expected: BTreeSet<&UniqueId> = BTreeSet::from([failed]);
        loop {
            let more: Vec<&UniqueId> =
                required.iter().filter(|(first, then)| expected.contains(first) && !expected.contains(then)).map(|(_, then)| *then).collect();
            if more.is_empty() {
                break;
            }
            expected.extend(more);
        }
        // Unit tests stand before their model: they are skipped with it, and skip it.
        if failed.prefix() != "unit_test" {
            let found: Vec<&str> =
                skipped(&plan, &[failed.as_str()]).into_iter().filter(|id| !id.starts_with("unit_test")).collect();
            let is_task = |id: &&UniqueId| *id != failed && plan.tasks().iter().any(|task| task.unique_id == **id);
            let expected: Vec<&str> = expected.into_iter().filter(is_task).map(UniqueId::as_str).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn everything_runs_exactly_once(project in project(), picks in prop::collection::vec(any::<prop::sample::Index>(), 1..20)) {
        let plan = project.plan(BUILD);
        let mut frontier = Frontier::new(&plan);
        let mut done = HashSet::new();
        let mut running: Vec<TaskId> = Vec::new();
        let mut picks = picks.iter().cycle();
        while !frontier.is_finished() {
            while running.len() < 4 && let Some(task) = frontier.start_next() {
                running.push(task);
            }
            prop_assert!(!running.is_empty(), "nothing can start");
            let task = running.swap_remove(picks.next().map_or(0, |pick| pick.index(running.len())));
            prop_assert!(done.insert(task), "twice");
            prop_assert!(frontier.complete(task, Outcome::Done).skipped.is_empty());
        }
        prop_assert_eq!(done.len(), plan.len());
    }

    #[test]
    fn failures_and_stops_leave_nothing_over(project in project(), failures in any::<u64>(), stop in 0..30usize) {
        let plan = project.plan(BUILD);
        let mut frontier = Frontier::new(&plan);
        let mut over: BTreeSet<TaskId> = BTreeSet::new();
        let mut step = 0;
        loop {
            let mut ends = if step == stop { frontier.stop().skipped } else { Vec::new() };
            if let Some(task) = frontier.start_next() {
                prop_assert!(over.insert(task));
                let outcome = if failures >> (task.index() % 64) & 1 == 1 { Outcome::Failed } else { Outcome::Done };
                ends.extend(frontier.complete(task, outcome).skipped);
            } else if step > stop {
                break;
            }
            for skip in ends {
                prop_assert!(over.insert(skip.task));
            }
            step += 1;
        }
        prop_assert!(frontier.is_finished());
        prop_assert_eq!(over.len(), plan.len());
    }
}
