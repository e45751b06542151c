//! Overloads of a function: the same materialization, for other arguments and another body.

use super::execute::Executor;
use super::failure::Failure;
use crate::compile::CompiledNode;
use crate::diagnostic::Diagnostic;
use crate::jinja::warehouse::Session;
use crate::manifest::{Node, NodeStatus};
use std::sync::Arc;

/// An overload and its place in the function.
#[derive(Debug, Clone)]
pub struct OverloadInProgress {
    /// Name of the function that it is defined in.
    pub defined_in: Arc<str>,
    /// Place in the function, from 1.
    pub index: usize,
    /// How many the function has.
    pub total: usize,
}

/// How one overload ended.
#[derive(Debug, Clone)]
pub struct OverloadResult {
    /// Success, error or skipped.
    pub status: NodeStatus,
    /// What went wrong.
    pub message: Option<String>,
    /// Seconds.
    pub execution_time: f64,
    /// Where it failed and what to do about it.
    pub diagnostic: Option<Arc<Diagnostic>>,
}

impl OverloadResult {
    /// The result of an overload that an earlier run has made.
    pub(super) fn skipped() -> Self {
        OverloadResult { status: NodeStatus::Skipped, message: None, execution_time: 0.0, diagnostic: None }
    }
}

impl Executor {
    /// Makes one overload of a function: `node` is the function as the overload has it.
    pub fn make_overload(
        &self,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        session: &Arc<dyn Session>,
    ) -> Result<(), Failure> {
        let scope = self.materialization_scope(node, compiled, session)?;
        self.materialize(node, node.config.materialized.as_str(), &scope).map(|_| ())
    }
}
