//! The lines of one batch of a microbatch model.

use super::line::StatusLine;
use super::log_event::Lines;
use super::logger::LogLevel;
use super::node_info::{Moment, node_info};
use crate::manifest::NodeStatus;
use crate::run::{BatchInProgress, BatchResult, NodeInProgress};
use chrono::{DateTime, Utc};
use serde_json::json;

/// A batch begins.
pub(super) fn started(lines: &mut Lines<'_>, node: &NodeInProgress, batch: &BatchInProgress) {
    let text = line(batch, &format!("START {}", batch.description), "RUN", None);
    lines.add(("LogStartBatch", "Q045", LogLevel::Info), text, || {
        json!({
            "description": &*batch.description, "batch_index": batch.index, "total_batches": batch.total,
            "node_info": node_info(&node.node, &Moment::started(node)),
        })
    });
}

/// A batch has ended; when it failed, why.
pub(super) fn finished(
    lines: &mut Lines<'_>,
    node: &NodeInProgress,
    batch: &BatchInProgress,
    result: &BatchResult,
    at: DateTime<Utc>,
) {
    let info = || node_info(&node.node, &Moment::finished(node, result.status, at));
    if let Some(diagnostic) = &result.diagnostic {
        let text = format!(
            "Unhandled error while executing {}\nException on worker thread. {}",
            node.node.unique_id, result.message
        );
        lines.add(
            ("GenericExceptionOnRun", "W004", LogLevel::Error),
            text,
            || json!({ "unique_id": node.node.unique_id.as_str(), "exc": result.message, "node_info": info() }),
        );
        lines.diagnostic(diagnostic);
    }
    let (word, status, level) = match result.status {
        NodeStatus::Success => ("OK created", lines.palette.green(&result.message), LogLevel::Info),
        NodeStatus::Skipped => ("SKIP", lines.palette.yellow("SKIPPED"), LogLevel::Info),
        _ => ("ERROR creating", lines.palette.red("ERROR"), LogLevel::Error),
    };
    let text = line(batch, &format!("{word} {}", batch.description), &status, Some(result.execution_time));
    lines.add(("LogBatchResult", "Q046", level), text, || {
        let status = if result.status == NodeStatus::Success { &*result.message } else { result.status.as_str() };
        json!({
            "description": &*batch.description, "status": status, "batch_index": batch.index,
            "total_batches": batch.total, "execution_time": result.execution_time, "node_info": info(),
        })
    });
}

fn line(batch: &BatchInProgress, message: &str, status: &str, seconds: Option<f64>) -> String {
    let progress = Some((batch.index, batch.total));
    format!("Batch {}", StatusLine { progress, message, status, seconds, truncate: false }.render())
}
