//! A function and its overloads, one after the other by one worker.

use super::Run;
use crate::compile::CompiledNode;
use crate::jinja::warehouse::Session;
use crate::manifest::{Function, FunctionOverload, Node, NodeStatus, OverloadResults};
use crate::run::execute::Finished;
use crate::run::overload::{OverloadInProgress, OverloadResult};
use crate::run::result::seconds;
use crate::run::{EventKind, NodeInProgress};
use chrono::Utc;
use std::sync::Arc;
use std::time::Instant;

impl Run<'_> {
    /// Makes a function, then its overloads, all of them whatever becomes of each. A run that is tried again makes those
    /// that failed.
    ///
    /// Source: `execute` of `dbt/task/function.py` in dbt-core 1.12.
    pub(super) fn perform_function(
        &self,
        progress: &NodeInProgress,
        function: &Function,
        session: &Arc<dyn Session>,
    ) -> Finished {
        let mut finished = self.executor.execute(&progress.node, session);
        let result = &mut finished.result;
        let made = match &result.compiled {
            Some(compiled) if result.status == NodeStatus::Success => {
                self.program.overloads(&progress.node, &compiled.overloads)
            }
            _ => return finished,
        };
        let node = &progress.node;
        let earlier = self.program.run.previous_overloads.get(&node.unique_id);
        let is_there = |name: &String| earlier.is_some_and(|earlier| earlier.successful.contains(name));
        let total = function.overloads.len();
        let mut results = OverloadResults::default();
        for (index, (overload, (variant, body))) in function.overloads.iter().zip(made).enumerate() {
            let name = &overload.defined_in;
            let place = OverloadInProgress { defined_in: name.as_str().into(), index: index + 1, total };
            let made = match is_there(name) {
                true => OverloadResult::skipped(),
                false => {
                    self.tell(EventKind::OverloadStarted { node: progress.clone(), overload: place.clone() });
                    self.perform_overload(&variant, overload, &body, session)
                }
            };
            let list = if made.status == NodeStatus::Error { &mut results.failed } else { &mut results.successful };
            list.push(name.clone());
            self.tell(EventKind::OverloadFinished { node: progress.clone(), overload: place, result: made.into() });
        }
        if let Some(last) = result.timing.last_mut() {
            last.completed_at = Utc::now();
        }
        result.execution_time = seconds(&result.timing);
        if !results.failed.is_empty() {
            result.status = NodeStatus::PartialSuccess;
            result.message = Some(format!("PARTIAL SUCCESS {}", progress.node.name));
        }
        result.overload_results = Some(results);
        finished
    }

    fn perform_overload(
        &self,
        node: &Arc<Node>,
        overload: &FunctionOverload,
        compiled: &CompiledNode,
        session: &Arc<dyn Session>,
    ) -> OverloadResult {
        let begin = Instant::now();
        let made = self.executor.make_overload(node, compiled, session);
        // What a failure left open is undone before the next one.
        session.rollback();
        let execution_time = begin.elapsed().as_secs_f64();
        match made {
            Ok(()) => OverloadResult { status: NodeStatus::Success, execution_time, ..OverloadResult::skipped() },
            Err(failure) => {
                let node = overload.shown_in(node);
                OverloadResult {
                    status: NodeStatus::Error,
                    message: Some(failure.message(&node)),
                    execution_time,
                    diagnostic: Some(Arc::new(failure.into_diagnostic(self.program, &node, None))),
                }
            }
        }
    }
}
