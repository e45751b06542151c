//! Workers: as many threads as were asked for, each with a connection of its own, taking tasks as they become ready.

use super::execute::{Executor, Finished};
use super::foreign_keys::ForeignKeys;
use super::hooks;
use super::test_group::{SLOW, TestGroups};
use super::{EventKind, NodeInProgress, NodeResult, RunEvent, SkipReason, Subject, describe_node};
use crate::compile::{Program, caused_by_ephemeral};
use crate::jinja::warehouse::{Session, Warehouse, WarehouseError};
use crate::manifest::{Manifest, Node, NodeKind, UniqueId};
use crate::plan::{self, Frontier, Plan, Progress, TaskId, TaskKind};
use batches::BatchTask;
use chrono::Utc;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

mod batches;
mod overloads;

/// How a plan is run.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Number of workers.
    pub threads: usize,
    /// The first failure ends the run.
    pub fail_fast: bool,
    /// What is done with each node.
    pub work: Work,
}

/// What is done with the nodes of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Work {
    /// They are built or tested; of sources the freshness is asked.
    #[default]
    Build,
    /// They are compiled, nothing is built.
    Compile,
    /// Their relations in another state are copied: `clone`.
    Clone,
}

/// What a run gave.
#[derive(Debug, Clone, Default)]
pub struct RunOutcome {
    /// Results in the order of ending.
    pub results: Vec<Arc<NodeResult>>,
    /// Seconds.
    pub elapsed: f64,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

/// Runs `plan`, telling `events` what happens.
///
/// # Errors
/// When a worker gets no connection.
pub fn run(
    program: &Arc<Program>,
    plan: &Plan,
    warehouse: &dyn Warehouse,
    options: RunOptions,
    events: &(dyn Fn(RunEvent) + Sync),
) -> Result<RunOutcome, WarehouseError> {
    let begin = Instant::now();
    let workers = options.threads.clamp(1, plan.len().max(1));
    let sessions: Vec<Arc<dyn Session>> = (0..workers).map(|_| warehouse.session()).collect::<Result<_, _>>()?;
    let total = plan.tasks().iter().filter(|task| !matches!(task.kind, TaskKind::Hook(_))).count();
    let run = Run {
        program,
        plan,
        options,
        workers,
        events,
        total,
        state: Mutex::new(State {
            frontier: Frontier::new(plan),
            results: Vec::new(),
            started: 0,
            blocked: HashSet::new(),
            batches: VecDeque::new(),
            idle: 0,
            slow: HashSet::new(),
        }),
        ready: Condvar::new(),
        ended: Condvar::new(),
        batch_ended: Condvar::new(),
        stopped: AtomicBool::new(false),
        executor: Executor { program: program.clone(), work: options.work, foreign_keys: ForeignKeys::default() },
        groups: TestGroups::new(program, options),
    };
    std::thread::scope(|scope| {
        for (number, session) in sessions.iter().enumerate() {
            let name = format!("Thread-{} (worker)", number + 1);
            let run = &run;
            let spawned =
                std::thread::Builder::new().name(name).stack_size(STACK).spawn_scoped(scope, move || run.work(session));
            if spawned.is_err() {
                // The machine gives no more threads: whoever there is does the work.
                break;
            }
        }
        // Interrupting is asked for from a signal handler; someone has to carry it to the connections.
        run.watch(&sessions);
    });
    let mut state = run.lock();
    if !state.frontier.is_finished() {
        // No thread could be started at all: this one works.
        drop(state);
        if let Some(session) = sessions.first() {
            run.work(session);
        }
        state = run.lock();
    }
    let results = std::mem::take(&mut state.results);
    drop(state);
    Ok(RunOutcome { results, elapsed: begin.elapsed().as_secs_f64(), interrupted: program.invocation.is_cancelled() })
}

/// Templates render inside each other; this is virtual memory that is used only when they do.
const STACK: usize = 16 << 20;

struct State<'p> {
    frontier: Frontier<'p>,
    results: Vec<Arc<NodeResult>>,
    started: usize,
    /// What failed or was skipped, and what failing tests test.
    blocked: HashSet<UniqueId>,
    /// Batches of models that are being built, for whoever has nothing to do.
    batches: VecDeque<BatchTask>,
    /// Workers that wait for something to do.
    idle: usize,
    /// What took long to build, so that its tests will as well.
    slow: HashSet<UniqueId>,
}

impl State<'_> {
    fn keep(&mut self, result: Arc<NodeResult>) {
        if outcome(&result) == plan::Outcome::Failed
            && let Some(node) = result.subject.node()
        {
            self.blocked.insert(node.unique_id.clone());
            if matches!(node.kind, NodeKind::DataTest(_) | NodeKind::UnitTest(_)) {
                self.blocked.extend(node.depends_on.nodes.iter().cloned());
            }
        }
        if result.execution_time > SLOW.as_secs_f64() {
            self.slow.insert(result.unique_id().clone());
        }
        self.results.push(result);
    }

    /// An ephemeral model that `node` reads and that is behind something blocked.
    fn blocked_ephemeral(&self, node: &Node, manifest: &Manifest) -> Option<Arc<Node>> {
        let parents = |node: &Node| node.depends_on.nodes.iter().filter_map(|id| manifest.node(id)).cloned().collect();
        let direct: Vec<Arc<Node>> = parents(node);
        direct.into_iter().filter(|parent| parent.is_ephemeral()).find(|ephemeral| {
            let (mut waiting, mut seen) = (vec![ephemeral.clone()], HashSet::new());
            while let Some(node) = waiting.pop() {
                if self.blocked.contains(&node.unique_id) {
                    return true;
                }
                if node.is_ephemeral() && seen.insert(node.unique_id.clone()) {
                    waiting.extend(parents(&node));
                }
            }
            false
        })
    }
}

struct Run<'r> {
    program: &'r Arc<Program>,
    plan: &'r Plan,
    options: RunOptions,
    workers: usize,
    events: &'r (dyn Fn(RunEvent) + Sync),
    total: usize,
    state: Mutex<State<'r>>,
    /// There is something to do, or nothing more will be.
    ready: Condvar,
    /// All is done.
    ended: Condvar,
    /// A batch has ended.
    batch_ended: Condvar,
    stopped: AtomicBool,
    executor: Executor,
    groups: TestGroups,
}

impl<'r> Run<'r> {
    fn lock(&self) -> MutexGuard<'_, State<'r>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, kind: EventKind) {
        (self.events)(RunEvent::now(kind));
    }

    /// Waits for the end, and interrupts the connections when the run is cancelled.
    fn watch(&self, sessions: &[Arc<dyn Session>]) {
        let mut told = false;
        loop {
            let state = self.lock();
            if state.frontier.is_finished() {
                return;
            }
            let (state, _) =
                self.ended.wait_timeout(state, Duration::from_millis(50)).unwrap_or_else(PoisonError::into_inner);
            let finished = state.frontier.is_finished();
            drop(state);
            if !finished && self.program.invocation.is_cancelled() {
                if !told {
                    told = true;
                    self.stop();
                }
                for session in sessions {
                    session.interrupt();
                }
            }
        }
    }

    fn work(&self, session: &Arc<dyn Session>) {
        let mut state = self.lock();
        loop {
            if state.frontier.is_finished() {
                return;
            }
            if let Some(batch) = state.batches.pop_front() {
                drop(state);
                session.rename(batch.node.node.unique_id.as_str());
                self.perform_batch(&batch, session);
                state = self.lock();
                continue;
            }
            match state.frontier.start_next() {
                Some(task) => {
                    let tests = self.test_group(&mut state, task);
                    drop(state);
                    match tests.is_empty() {
                        true => self.perform(task, session),
                        false => self.perform_tests(&tests, session),
                    }
                    state = self.lock();
                }
                None => {
                    state.idle += 1;
                    state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.idle -= 1;
                }
            }
        }
    }

    fn perform(&self, id: TaskId, session: &Arc<dyn Session>) {
        let task = self.plan.task(id);
        let result = match &task.kind {
            TaskKind::Hook(hook) => {
                let results: Vec<Arc<NodeResult>> = {
                    let state = self.lock();
                    state.results.iter().filter(|result| result.subject.domain() == &task.domain).cloned().collect()
                };
                let hook = hooks::describe(self.program, task, hook);
                session.rename(hook.unique_id.as_str());
                self.tell(EventKind::HookStarted { hook: hook.clone() });
                let result = Arc::new(hooks::execute(self.program, &hook, session, &results));
                self.tell(EventKind::HookFinished { hook, result: result.clone() });
                result
            }
            TaskKind::Node(_) | TaskKind::NoOp(_) => match self.program.manifest.node(&task.unique_id) {
                Some(node) => self.perform_node(node.clone(), &task.kind, session),
                None => {
                    self.complete(id, plan::Outcome::Done, None);
                    return;
                }
            },
        };
        let outcome = outcome(&result);
        let fails_fast =
            self.options.fail_fast && result.status.is_failure() && !matches!(task.kind, TaskKind::Hook(_));
        if fails_fast && !self.stopped.swap(true, Ordering::SeqCst) {
            self.tell(EventKind::FailedFast { result: result.clone() });
        }
        self.complete(id, outcome, Some(result));
        if fails_fast {
            self.stop();
        }
    }

    /// The data tests that are asked together with the one that was just started, itself among them; none if it is asked
    /// alone. What is ready is shared with the other workers.
    fn test_group(&self, state: &mut State<'r>, first: TaskId) -> Vec<(TaskId, Arc<Node>)> {
        let most = self.groups.size().min((state.frontier.ready().len() + 1).div_ceil(self.workers));
        let mut tests = Vec::new();
        if most < 2 {
            return tests;
        }
        let slow = &state.slow;
        let groupable = |id: TaskId| {
            let task = self.plan.task(id);
            let node = self.program.manifest.node(&task.unique_id)?;
            let is_quick = || !node.depends_on.nodes.iter().any(|id| slow.contains(id));
            (self.groups.may_hold(self.program, node) && is_quick()).then(|| (id, node.clone()))
        };
        tests.extend(groupable(first));
        while !tests.is_empty() && tests.len() < most {
            let Some(next) = state.frontier.ready().next().and_then(groupable) else { break };
            state.frontier.start_next();
            tests.push(next);
        }
        if tests.len() < 2 {
            tests.clear();
        }
        tests
    }

    fn perform_tests(&self, tests: &[(TaskId, Arc<Node>)], session: &Arc<dyn Session>) {
        let started: Vec<NodeInProgress> = tests.iter().map(|(_, node)| self.start(node)).collect();
        let nodes: Vec<Arc<Node>> = tests.iter().map(|(_, node)| node.clone()).collect();
        let finished = self.executor.execute_tests(&nodes, &self.groups, session);
        for (((id, _), progress), finished) in tests.iter().zip(started).zip(finished) {
            let result = self.finish(progress, finished);
            self.complete(*id, outcome(&result), Some(result));
        }
    }

    fn perform_node(&self, node: Arc<Node>, kind: &TaskKind, session: &Arc<dyn Session>) -> Arc<NodeResult> {
        let progress = self.start(&node);
        session.rename(node.unique_id.as_str());
        let builds = self.options.work == Work::Build;
        let finished = match (kind, &node.kind) {
            (TaskKind::NoOp(_), _) => self.executor.no_op(&node),
            _ if node.microbatch().is_some() && builds => self.perform_batches(&progress, session),
            (_, NodeKind::Function(function)) if !function.overloads.is_empty() && builds => {
                self.perform_function(&progress, function, session)
            }
            _ => self.executor.execute(&node, session),
        };
        let result = self.finish(progress, finished);
        if matches!(node.kind, NodeKind::DataTest(_)) {
            self.groups.took(1, Duration::from_secs_f64(result.execution_time));
        }
        result
    }

    /// Counts and announces a node.
    fn start(&self, node: &Arc<Node>) -> NodeInProgress {
        let number = {
            let mut state = self.lock();
            state.started += 1;
            state.started
        };
        let progress = self.in_progress(node.clone(), number);
        self.tell(EventKind::NodeStarted { node: progress.clone() });
        progress
    }

    /// Says how a node ended.
    fn finish(&self, node: NodeInProgress, finished: Finished) -> Arc<NodeResult> {
        for note in finished.notes {
            self.tell(EventKind::Diagnostic(Arc::new(note)));
        }
        let result = Arc::new(finished.result);
        self.tell(EventKind::NodeFinished { node, result: result.clone() });
        result
    }

    fn in_progress(&self, node: Arc<Node>, index: usize) -> NodeInProgress {
        let description: Arc<str> = describe_node(&node, self.target_database(&node)).into();
        NodeInProgress { index, total: self.total, node, description, started_at: Utc::now() }
    }

    fn complete(&self, id: TaskId, outcome: plan::Outcome, result: Option<Arc<NodeResult>>) {
        let mut state = self.lock();
        if let Some(result) = result {
            state.keep(result);
        }
        let progress = state.frontier.complete(id, outcome);
        // This worker takes the first that is ready: the others are not woken for it.
        let wanted = state.frontier.ready().len().saturating_sub(1).min(state.idle);
        let finished = state.frontier.is_finished();
        self.skip(state, &progress);
        match finished {
            true => self.end(),
            false => (0..wanted).for_each(|_| self.ready.notify_one()),
        }
    }

    /// Wakes whoever waits: nothing is left to do, or less than they thought.
    fn end(&self) {
        self.ready.notify_all();
        self.ended.notify_all();
    }

    /// Nothing more is started.
    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        let mut state = self.lock();
        let progress = state.frontier.stop();
        self.skip(state, &progress);
        self.end();
    }

    /// Notes what will not run.
    fn skip(&self, mut state: MutexGuard<'_, State<'r>>, progress: &Progress) {
        let mut events = Vec::new();
        for skip in &progress.skipped {
            let task = self.plan.task(skip.task);
            let Some(node) = self.program.manifest.node(&task.unique_id) else { continue };
            state.started += 1;
            let number = state.started;
            if self.program.invocation.is_cancelled() {
                continue;
            }
            let thread = std::thread::current().name().unwrap_or("MainThread").to_string();
            let ephemeral = state.blocked_ephemeral(node, &self.program.manifest);
            let message = match (skip.reason, &ephemeral) {
                (plan::SkipReason::Stopped, _) => Some("Skipping due to fail_fast".to_string()),
                (plan::SkipReason::Upstream(_), Some(ephemeral)) => {
                    Some(caused_by_ephemeral(&node.unique_id, &ephemeral.unique_id))
                }
                (plan::SkipReason::Upstream(_), None) => None,
            };
            let reason = match ephemeral {
                Some(ephemeral) => SkipReason::Ephemeral {
                    cause: Arc::new(NodeResult::skipped(Subject::Node(ephemeral), thread.as_str(), None)),
                },
                None => SkipReason::Upstream,
            };
            state.keep(Arc::new(NodeResult::skipped(Subject::Node(node.clone()), thread, message)));
            let node = self.in_progress(node.clone(), number);
            events.push(EventKind::NodeSkipped { node, reason });
        }
        drop(state);
        for event in events {
            self.tell(event);
        }
    }
}

/// What a result means for those that wait for it: a model with `on_error: continue` never stops them.
fn outcome(result: &NodeResult) -> plan::Outcome {
    let goes_on = result.subject.node().filter(|node| node.as_model().is_some());
    match goes_on.and_then(|node| node.config.text("on_error")) {
        Some("continue") => plan::Outcome::Done,
        _ => plan::Outcome::from(result.status),
    }
}
