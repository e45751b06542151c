//! One microbatch model: which batches it has, how one of them is built, and what they add up to.
//!
//! Source: `MicrobatchModelRunner` and `MicrobatchBatchRunner` of `dbt/task/run.py`.

use super::execute::{Executor, Hooks};
use super::failure::Failure;
use super::result::{CompiledResult, NodeResult, Subject, Timing, seconds};
use crate::compile::{CompiledNode, Program, with_batch};
use crate::diagnostic::Diagnostic;
use crate::jinja::MacroNamespace;
use crate::jinja::context::{Batch, NodeScope};
use crate::jinja::warehouse::{Session, WarehouseError};
use crate::manifest::{BatchResults, JsonMap, Microbatch, Node, NodeStatus, RelationType, TimeWindow};
use minijinja::Value;
use std::sync::Arc;
use std::time::Instant;

/// One batch that is to be built.
#[derive(Debug, Clone)]
pub struct BatchInProgress {
    /// The batch.
    pub batch: Batch,
    /// Its place among the batches of the model, from 1.
    pub index: usize,
    /// How many batches the model has.
    pub total: usize,
    /// What a line says of it: `batch 2020-01-03 of main.sessions`.
    pub description: Arc<str>,
}

/// How one batch ended.
#[derive(Debug, Clone)]
pub struct BatchResult {
    /// Its time.
    pub window: TimeWindow,
    /// Success, error or skipped.
    pub status: NodeStatus,
    /// The engine's answer, or what went wrong.
    pub message: String,
    /// Seconds.
    pub execution_time: f64,
    /// The SQL, where it got so far.
    pub compiled_code: Option<Arc<str>>,
    /// Where it failed and what to do about it.
    pub diagnostic: Option<Arc<Diagnostic>>,
}

impl BatchResult {
    /// The result of a batch that was not run.
    pub(super) fn not_run(window: TimeWindow, status: NodeStatus) -> Self {
        BatchResult {
            window,
            status,
            message: status.as_str().to_uppercase(),
            execution_time: 0.0,
            compiled_code: None,
            diagnostic: None,
        }
    }
}

/// What stands where a microbatch model is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Something of this name.
    pub exists: bool,
    /// A table that is added to rather than built anew.
    pub is_incremental: bool,
}

impl Standing {
    pub fn of(program: &Program, node: &Node, session: &dyn Session) -> Result<Standing, WarehouseError> {
        let Some(relation) = &node.relation else { return Ok(Standing { exists: false, is_incremental: false }) };
        let part = |part: &Option<Arc<str>>| part.as_deref().unwrap_or_default().to_string();
        let (database, schema, name) = (part(&relation.database), part(&relation.schema), part(&relation.identifier));
        let found = program.cache.find(session, &database, &schema, &name)?;
        let full_refresh = node.config.full_refresh.unwrap_or_else(|| program.invocation.flag("FULL_REFRESH"));
        let is_table = found.as_ref().is_some_and(|found| found.relation_type == RelationType::Table);
        Ok(Standing { exists: found.is_some(), is_incremental: is_table && !full_refresh })
    }
}

/// The batches that a run builds of a model: those that failed before when it is tried again, else those of the times
/// that were asked for, else from `begin`, or from `lookback` batches before now, until now.
pub(super) fn batches(program: &Program, node: &Node, microbatch: &Microbatch, standing: Standing) -> Vec<TimeWindow> {
    if let Some(previous) = program.run.previous_batches.get(&node.unique_id) {
        return previous.failed.clone();
    }
    let size = microbatch.batch_size;
    let asked = program.invocation.sample.or(program.invocation.event_time);
    let end = size.ceiling(asked.map_or(program.invocation.now, |window| window.end));
    let start = match asked {
        Some(window) => size.truncate(window.start),
        None if !standing.is_incremental => size.truncate(microbatch.begin),
        None => {
            // A batch that ends right now has just begun to be over: it is the one to look back from.
            let at_border = i64::from(size.truncate(end) == end);
            size.offset(end, -(microbatch.lookback + at_border))
        }
    };
    size.batches(TimeWindow { start, end })
}

impl Executor {
    /// Builds one batch. Hooks of the model run before its first batch and after its last one. What a first build has
    /// made, later batches add to.
    pub fn execute_batch(
        &self,
        node: &Arc<Node>,
        job: &BatchInProgress,
        incremental: bool,
        session: &Arc<dyn Session>,
    ) -> BatchResult {
        let begin = Instant::now();
        let mut compiled = None;
        let outcome = self.batch_steps(node, job, incremental, session, &mut compiled);
        session.rollback();
        let (status, message, diagnostic) = match outcome {
            Ok(message) => (NodeStatus::Success, message, None),
            Err(failure) => {
                let message = failure.message(node);
                let diagnostic = failure.into_diagnostic(&self.program, node, compiled.as_ref());
                (NodeStatus::Error, message, Some(Arc::new(diagnostic)))
            }
        };
        BatchResult {
            window: job.batch.window,
            status,
            message,
            execution_time: begin.elapsed().as_secs_f64(),
            compiled_code: compiled.map(|compiled| compiled.code.into()),
            diagnostic,
        }
    }

    fn batch_steps(
        &self,
        node: &Arc<Node>,
        job: &BatchInProgress,
        incremental: bool,
        session: &Arc<dyn Session>,
        compiled: &mut Option<CompiledNode>,
    ) -> Result<String, Failure> {
        let code = self.program.compile_in(node, self.batch_scope(node, job, session)?, Some(session.clone()))?;
        let code = compiled.insert(code);
        let mut scope = self.batch_scope(node, job, session)?;
        let (program, shown, batch, of_batch) = (self.program.clone(), node.clone(), job.batch.clone(), code.clone());
        if let Some(view) = &mut scope.node {
            view.dict = Arc::new(move || with_batch(program.dict(&shown, Some(&of_batch)), &batch));
        }
        let hooks = Hooks { before: job.index == 1, after: job.index == job.total };
        let scope = Arc::new(self.with_materialization_locals(node, code, scope, hooks));
        let namespace = self.namespace(node)?;
        let namespace = if incremental { adding(&namespace) } else { namespace };
        let returned = self.materialize_in(node, node.config.materialized.as_str(), &scope, &namespace)?;
        self.built(node, &scope, &returned).map(|response| response.message)
    }

    fn batch_scope(
        &self,
        node: &Arc<Node>,
        job: &BatchInProgress,
        session: &Arc<dyn Session>,
    ) -> Result<NodeScope, Failure> {
        let scope = self.program.batch_scope(node, &job.batch, Some(session.clone()));
        scope.ok_or_else(|| Failure::Message(format!("the domain {} is not known", node.domain)))
    }

    /// The result of a model from those of its batches; `timing` of the whole.
    pub fn of_batches(&self, node: &Arc<Node>, timing: Vec<Timing>, batches: &[Arc<BatchResult>]) -> NodeResult {
        let mut results = BatchResults::default();
        for batch in batches {
            let list = if batch.status == NodeStatus::Success { &mut results.successful } else { &mut results.failed };
            list.push(batch.window);
        }
        results.successful.sort();
        results.failed.sort();
        let (successful, failed) = (results.successful.len(), results.failed.len());
        let (status, message) = match (successful, failed) {
            (0, 0) => (NodeStatus::Success, String::new()),
            (_, 0) => (NodeStatus::Success, "SUCCESS".to_string()),
            (0, _) => (NodeStatus::Error, "ERROR".to_string()),
            _ => {
                let message = format!("PARTIAL SUCCESS ({successful}/{})", successful + failed);
                (NodeStatus::PartialSuccess, message)
            }
        };
        if let Some(previous) = self.program.run.previous_batches.get(&node.unique_id) {
            results.successful.extend(&previous.successful);
        }
        let execution_time = seconds(&timing);
        NodeResult {
            subject: Subject::Node(node.clone()),
            status,
            timing,
            thread_id: std::thread::current().name().unwrap_or("MainThread").into(),
            execution_time,
            adapter_response: JsonMap::new(),
            message: Some(message),
            failures: Some(0),
            compiled: Some(CompiledResult { relation_name: node.relation_name(), ..CompiledResult::default() }),
            freshness: None,
            batch_results: Some(results),
            overload_results: None,
            diagnostic: None,
        }
    }
}

impl Executor {
    /// The result of a model whose batches are there, when something behind them failed.
    pub fn after_batches(&self, node: &Arc<Node>, result: NodeResult, failure: Option<Failure>) -> NodeResult {
        match failure {
            None => result,
            Some(failure) => NodeResult {
                status: failure.status(),
                message: Some(failure.message(node)),
                diagnostic: Some(Arc::new(failure.into_diagnostic(&self.program, node, None))),
                ..result
            },
        }
    }
}

/// The macros of a batch that adds to what an earlier one has built, also where the whole run builds anew.
fn adding(namespace: &MacroNamespace) -> Arc<MacroNamespace> {
    namespace.with_overrides([
        (None, "is_incremental", Value::from(true)),
        (None, "should_full_refresh", Value::from(false)),
    ])
}
