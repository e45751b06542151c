//! How far a plan has come: which tasks can start, and which will never run.
//!
//! Owns the state of one run of a plan, as pure bookkeeping: the caller starts tasks and says how they ended.

use super::{Plan, TaskId, TaskKind};
use crate::manifest::{NodeStatus, ResourceType};
use std::collections::VecDeque;

/// How a task ended, as far as others care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What depends on it can run.
    Done,
    /// What depends on it is skipped.
    Failed,
}

impl From<NodeStatus> for Outcome {
    /// A test that only warns is done; a partial success of a microbatch model is a failure, as in dbt.
    fn from(status: NodeStatus) -> Self {
        match status {
            NodeStatus::Success | NodeStatus::Warn | NodeStatus::Pass | NodeStatus::NoOp => Outcome::Done,
            NodeStatus::Error
            | NodeStatus::Fail
            | NodeStatus::Skipped
            | NodeStatus::PartialSuccess
            | NodeStatus::RuntimeError => Outcome::Failed,
        }
    }
}

/// A task that will not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skip {
    /// Which.
    pub task: TaskId,
    /// Why.
    pub reason: SkipReason,
}

/// Why a task will not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// This task failed, and the skipped one depends on it, directly or not.
    Upstream(TaskId),
    /// The run was stopped (`--fail-fast`, an interrupt).
    Stopped,
}

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Tasks that can start now, in the order of the plan.
    pub ready: Vec<TaskId>,
    /// Tasks that will not run, in the order of the plan.
    pub skipped: Vec<Skip>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Ready,
    Running,
    Finished,
}

/// The state of one run of a [`Plan`]. Every task is either started and completed once, or skipped once.
#[derive(Debug, Clone)]
pub struct Frontier<'p> {
    plan: &'p Plan,
    blockers: Vec<u32>,
    states: Vec<State>,
    /// The failure that reached a vertex first.
    causes: Vec<Option<SkipReason>>,
    /// Those that became ready first come first, as dbt hands nodes to its workers; those that one completion frees, in
    /// the order of the plan.
    ready: VecDeque<TaskId>,
    unfinished: usize,
    is_stopped: bool,
}

impl<'p> Frontier<'p> {
    /// The beginning of a run.
    pub fn new(plan: &'p Plan) -> Self {
        let vertices = plan.blockers.len();
        let mut frontier = Frontier {
            plan,
            blockers: plan.blockers.clone(),
            states: vec![State::Waiting; vertices],
            causes: vec![None; vertices],
            ready: VecDeque::new(),
            unfinished: plan.len(),
            is_stopped: false,
        };
        let free: Vec<u32> = (0..vertices as u32).filter(|vertex| plan.blockers[*vertex as usize] == 0).collect();
        frontier.release(free);
        frontier
    }

    /// Tasks that can start, in the order in which they will.
    pub fn ready(&self) -> impl ExactSizeIterator<Item = TaskId> + '_ {
        self.ready.iter().copied()
    }

    /// Takes the first task that can start; the caller owes its completion.
    pub fn start_next(&mut self) -> Option<TaskId> {
        let task = self.ready.pop_front()?;
        self.states[task.index()] = State::Running;
        Some(task)
    }

    /// Takes a certain task, if it can start.
    pub fn start(&mut self, task: TaskId) -> bool {
        let Some(place) = self.ready.iter().position(|ready| *ready == task) else { return false };
        self.ready.remove(place);
        self.states[task.index()] = State::Running;
        true
    }

    /// Whether every task has been completed or skipped.
    pub fn is_finished(&self) -> bool {
        self.unfinished == 0
    }

    /// How many tasks are neither completed nor skipped.
    pub fn unfinished(&self) -> usize {
        self.unfinished
    }

    /// Notes how a started task ended. A task that is not running changes nothing.
    pub fn complete(&mut self, task: TaskId, outcome: Outcome) -> Progress {
        if self.states.get(task.index()) != Some(&State::Running) {
            return Progress::default();
        }
        let failure = match outcome {
            Outcome::Done => None,
            Outcome::Failed => Some(SkipReason::Upstream(task)),
        };
        let released = self.finish(task.0, failure);
        let already = self.ready.len();
        let progress = self.release(released);
        // To dbt a model and its unit tests are one piece of work: nothing comes between them.
        if matches!(self.plan.task(task).kind, TaskKind::Node(ResourceType::UnitTest)) {
            self.ready.rotate_left(already);
        }
        progress
    }

    /// Starts nothing more: whatever is not running is skipped, now or when its turn comes. `on-run-end` hooks still
    /// run, as in dbt.
    pub fn stop(&mut self) -> Progress {
        self.is_stopped = true;
        let ready = std::mem::take(&mut self.ready);
        self.release(ready.into_iter().map(|task| task.0).collect())
    }

    /// Lets vertices that wait for nothing more become ready, pass or be skipped, and all that this frees in turn.
    fn release(&mut self, mut waiting: Vec<u32>) -> Progress {
        let mut progress = Progress::default();
        while let Some(vertex) = waiting.pop() {
            let cause = self.causes[vertex as usize];
            if !self.plan.is_task(vertex) {
                waiting.extend(self.finish(vertex, cause));
                continue;
            }
            let task = TaskId(vertex);
            let stopped = (self.is_stopped && !self.plan.runs_anyway(task)).then_some(SkipReason::Stopped);
            match cause.or(stopped) {
                Some(reason) => {
                    progress.skipped.push(Skip { task, reason });
                    waiting.extend(self.finish(vertex, Some(reason)));
                }
                None => {
                    self.states[vertex as usize] = State::Ready;
                    progress.ready.push(task);
                }
            }
        }
        progress.ready.sort_unstable();
        self.ready.extend(&progress.ready);
        progress.skipped.sort_unstable_by_key(|skip| skip.task);
        progress
    }

    /// Marks a vertex as over, hands its failure on, and returns those that waited only for it.
    fn finish(&mut self, vertex: u32, failure: Option<SkipReason>) -> Vec<u32> {
        self.states[vertex as usize] = State::Finished;
        if self.plan.is_task(vertex) {
            self.unfinished -= 1;
        }
        let mut freed = Vec::new();
        for edge in &self.plan.dependents[vertex as usize] {
            let to = edge.to as usize;
            if edge.requires && self.causes[to].is_none() {
                self.causes[to] = failure;
            }
            self.blockers[to] -= 1;
            if self.blockers[to] == 0 {
                freed.push(edge.to);
            }
        }
        freed
    }
}
