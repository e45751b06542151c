//! A selection as ordered tasks: what waits for what, and what a failure keeps from running.
//!
//! Owns [`Plan`], [`Task`] and [`Frontier`], the pure half of a scheduler. Runs nothing and knows no threads.

mod build;
mod frontier;
mod test_edges;

pub use build::plan;
pub use frontier::{Frontier, Outcome, Progress, Skip, SkipReason};

use crate::manifest::{DomainName, ResourceType, UniqueId};
use std::sync::Arc;

/// The place of a task in [`Plan::tasks`]; lower ones come first where there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(u32);

impl TaskId {
    /// The place as a number from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The node, or the hook as dbt would name it.
    pub unique_id: UniqueId,
    /// Whose it is.
    pub domain: DomainName,
    /// What is to be done.
    pub kind: TaskKind,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskKind {
    /// Build, test or otherwise run the node.
    Node(ResourceType),
    /// Nothing: an exposure or saved query, which `build` lists as `no-op`.
    NoOp(ResourceType),
    /// One hook of a project.
    Hook(HookTask),
}

/// A hook of `on-run-start` or `on-run-end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookTask {
    /// When.
    pub moment: HookMoment,
    /// The package that it comes from.
    pub package_name: Arc<str>,
    /// Its place in the domain's [`crate::manifest::Domain::on_run_start`] or `on_run_end`.
    pub index: usize,
}

/// When a hook of a project runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookMoment {
    /// Before the first node of the domain.
    Start,
    /// After its last, whatever happened.
    End,
}

impl HookMoment {
    /// dbt's word.
    pub fn as_str(self) -> &'static str {
        match self {
            HookMoment::Start => "on-run-start",
            HookMoment::End => "on-run-end",
        }
    }
}

/// What waits for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ordering {
    /// Nothing waits: `clone`.
    Independent,
    /// Nodes wait for what they read: `run`, `test`, `seed`, `snapshot`, `compile`.
    #[default]
    Dependencies,
    /// Nodes also wait for the data tests of what they read, and models for their unit tests: `build`, and `run` with
    /// tests.
    Tests,
}

/// How a plan is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// What waits for what.
    pub ordering: Ordering,
    /// Whether project hooks run: those of every domain that has a task.
    pub hooks: bool,
}

/// Tasks in an order in which each stands behind everything it waits for.
///
/// Beside the tasks there are gates: places that do nothing themselves, and pass when all they wait for is done. They
/// stand for ephemeral and unselected nodes between selected ones, and keep the edges fewer than tests times readers.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    tasks: Vec<Task>,
    ephemeral: Vec<UniqueId>,
    dependents: Vec<Vec<Edge>>,
    blockers: Vec<u32>,
}

/// From a task or gate to one that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edge {
    to: u32,
    /// Whether a failure in front skips what is behind.
    requires: bool,
}

impl Plan {
    /// Every task, in order: by the number of tasks in front of it on the longest way, then by id, as dbt starts them.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Every task with its id.
    pub fn iter(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        (0u32..).map(TaskId).zip(&self.tasks)
    }

    /// The task with this id, which must come from this plan.
    pub fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.index()]
    }

    /// Ephemeral models that were selected, sorted by id: nothing is done for them, but they can be counted or compiled.
    pub fn ephemeral(&self) -> &[UniqueId] {
        &self.ephemeral
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    fn is_task(&self, vertex: u32) -> bool {
        (vertex as usize) < self.tasks.len()
    }

    /// Whether a task runs even after the run was stopped.
    fn runs_anyway(&self, task: TaskId) -> bool {
        matches!(&self.task(task).kind, TaskKind::Hook(hook) if hook.moment == HookMoment::End)
    }
}

#[cfg(test)]
mod tests;
