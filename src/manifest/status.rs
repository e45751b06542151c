//! How a node ended.

use serde::Serialize;
use std::fmt;

/// Status of a node in `run_results.json`, with dbt's words.
/// Source: <https://docs.getdbt.com/reference/artifacts/run-results-json>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeStatus {
    /// A model, seed, snapshot or operation was built.
    Success,
    /// It raised an error.
    Error,
    /// A data test or unit test failed.
    Fail,
    /// A data test found as many rows as its `warn_if` allows to warn about.
    Warn,
    /// Not run, because something before it failed.
    Skipped,
    /// A data test or unit test passed.
    Pass,
    /// Ran in part (microbatch).
    #[serde(rename = "partial success")]
    PartialSuccess,
    /// Nothing is to be done for such a node (exposures, saved queries).
    #[serde(rename = "no-op")]
    NoOp,
    /// An error before any status could be given (source freshness).
    #[serde(rename = "runtime error")]
    RuntimeError,
}

impl NodeStatus {
    /// The word in artifacts.
    pub fn as_str(self) -> &'static str {
        match self {
            NodeStatus::Success => "success",
            NodeStatus::Error => "error",
            NodeStatus::Fail => "fail",
            NodeStatus::Warn => "warn",
            NodeStatus::Skipped => "skipped",
            NodeStatus::Pass => "pass",
            NodeStatus::PartialSuccess => "partial success",
            NodeStatus::NoOp => "no-op",
            NodeStatus::RuntimeError => "runtime error",
        }
    }

    /// Whether a run with such a result ends with exit code 1.
    pub fn is_failure(self) -> bool {
        matches!(self, NodeStatus::Error | NodeStatus::Fail | NodeStatus::RuntimeError | NodeStatus::PartialSuccess)
    }
}

impl fmt::Display for NodeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
