//! The batches of one model, by the workers of the run: the first by itself, then all but the last beside each other
//! where the model allows that, and the last one when they have ended.

use super::Run;
use crate::jinja::context::Batch;
use crate::jinja::warehouse::Session;
use crate::manifest::{Microbatch, Node, NodeStatus, TimeWindow};
use crate::run::batch::{BatchInProgress, BatchResult, Standing, batches};
use crate::run::execute::Finished;
use crate::run::result::{Timing, TimingStep};
use crate::run::{EventKind, NodeInProgress, describe_batch};
use chrono::Utc;
use std::sync::{Arc, Mutex, PoisonError};

/// A batch that any worker may build.
pub(super) struct BatchTask {
    pub node: NodeInProgress,
    batch: BatchInProgress,
    /// Whether it adds to what stands there, whatever the run says.
    incremental: bool,
    group: Arc<Group>,
}

/// What the batches of one model have given so far.
#[derive(Default)]
struct Group {
    results: Mutex<Vec<Arc<BatchResult>>>,
}

impl Group {
    fn keep(&self, result: Arc<BatchResult>) {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    }

    fn finished(&self) -> Vec<Arc<BatchResult>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Run<'_> {
    /// Builds a model batch by batch.
    pub(super) fn perform_batches(&self, progress: &NodeInProgress, session: &Arc<dyn Session>) -> Finished {
        let node = &progress.node;
        let compiled_at = Utc::now();
        let started_at = Utc::now();
        let results = match node.microbatch() {
            Some(microbatch) => self.batch_results(progress, microbatch, session),
            None => Vec::new(),
        };
        let timing = vec![
            Timing { step: TimingStep::Compile, started_at: compiled_at, completed_at: started_at },
            Timing { step: TimingStep::Execute, started_at, completed_at: Utc::now() },
        ];
        let result = self.executor.of_batches(node, timing, &results);
        let failure = match (&node.relation, result.status) {
            (Some(built), NodeStatus::Success) => self.executor.point_at_latest_version(node, built, session).err(),
            _ => None,
        };
        Finished { result: self.executor.after_batches(node, result, failure), notes: Vec::new() }
    }

    fn batch_results(
        &self,
        progress: &NodeInProgress,
        microbatch: &Microbatch,
        session: &Arc<dyn Session>,
    ) -> Vec<Arc<BatchResult>> {
        let node = &progress.node;
        let standing = Standing::of(self.program, node, &**session);
        let standing = standing.unwrap_or(Standing { exists: false, is_incremental: false });
        let windows = batches(self.program, node, microbatch, standing);
        let group = Arc::new(Group::default());
        let mut tasks = self.tasks(progress, microbatch, &windows, &group).into_iter();
        let Some(first) = tasks.next() else { return Vec::new() };
        let last = tasks.next_back();
        let first = BatchTask { incremental: standing.is_incremental, ..first };
        self.perform_batch(&first, session);
        let built = group.finished().iter().all(|result| result.status == NodeStatus::Success);
        if !built {
            for task in tasks.chain(last) {
                self.skip_batch(&task);
            }
            return group.finished();
        }
        match microbatch.concurrent_batches.unwrap_or(!microbatch.reads_itself) {
            true => self.share(tasks.collect(), &group, session),
            false => tasks.for_each(|task| self.perform_batch(&task, session)),
        }
        if let Some(last) = last {
            self.perform_batch(&last, session);
        }
        group.finished()
    }

    fn tasks(
        &self,
        progress: &NodeInProgress,
        microbatch: &Microbatch,
        windows: &[TimeWindow],
        group: &Arc<Group>,
    ) -> Vec<BatchTask> {
        let database = self.target_database(&progress.node);
        let tasks = windows.iter().enumerate().map(|(index, window)| {
            let batch = Batch::new(microbatch.batch_size, *window);
            let description = describe_batch(&progress.node, &batch.label, database).into();
            let batch = BatchInProgress { batch, index: index + 1, total: windows.len(), description };
            BatchTask { node: progress.clone(), batch, incremental: true, group: group.clone() }
        });
        tasks.collect()
    }

    /// Offers batches to idle workers and builds what is left of them here; returns when all have ended.
    fn share(&self, tasks: Vec<BatchTask>, group: &Arc<Group>, session: &Arc<dyn Session>) {
        let total = 1 + tasks.len();
        let mut state = self.lock();
        state.batches.extend(tasks);
        self.ready.notify_all();
        loop {
            let own = state.batches.iter().position(|task| Arc::ptr_eq(&task.group, group));
            if let Some(task) = own.and_then(|place| state.batches.remove(place)) {
                drop(state);
                self.perform_batch(&task, session);
                state = self.lock();
            } else if group.finished().len() >= total {
                return;
            } else {
                state = self.batch_ended.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    pub(super) fn perform_batch(&self, task: &BatchTask, session: &Arc<dyn Session>) {
        if self.program.invocation.is_cancelled() {
            self.finish_batch(task, BatchResult::not_run(task.batch.batch.window, NodeStatus::Error));
            return;
        }
        self.tell(EventKind::BatchStarted { node: task.node.clone(), batch: task.batch.clone() });
        let result = self.executor.execute_batch(&task.node.node, &task.batch, task.incremental, session);
        self.finish_batch(task, result);
    }

    fn skip_batch(&self, task: &BatchTask) {
        self.finish_batch(task, BatchResult::not_run(task.batch.batch.window, NodeStatus::Skipped));
    }

    fn finish_batch(&self, task: &BatchTask, result: BatchResult) {
        let result = Arc::new(result);
        let (node, batch) = (task.node.clone(), task.batch.clone());
        self.tell(EventKind::BatchFinished { node, batch, result: result.clone() });
        // The lock makes sure that whoever waits for this batch is already waiting, or has not looked yet.
        let state = self.lock();
        task.group.keep(result);
        drop(state);
        self.batch_ended.notify_all();
    }

    pub(super) fn target_database(&self, node: &Node) -> &str {
        self.program.manifest.domain(&node.domain).map_or("", |domain| domain.target.database.as_str())
    }
}
