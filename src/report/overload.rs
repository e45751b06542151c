//! The lines of one overload of a function.

use super::line::StatusLine;
use super::log_event::Lines;
use super::logger::LogLevel;
use super::node_info::{Moment, node_info};
use crate::manifest::NodeStatus;
use crate::run::{NodeInProgress, OverloadInProgress, OverloadResult};
use chrono::{DateTime, Utc};
use serde_json::json;

/// An overload begins.
pub(super) fn started(lines: &mut Lines<'_>, node: &NodeInProgress, overload: &OverloadInProgress) {
    let description = describe(node, overload);
    let text = line(overload, &format!("START {description}"), "RUN", None);
    lines.add(("LogStartOverload", "Q048", LogLevel::Info), text, || {
        json!({
            "description": description, "overload_index": overload.index, "total_overloads": overload.total,
            "node_info": node_info(&node.node, &Moment::started(node)),
        })
    });
}

/// An overload has ended; when it failed, why.
pub(super) fn finished(
    lines: &mut Lines<'_>,
    node: &NodeInProgress,
    overload: &OverloadInProgress,
    result: &OverloadResult,
    at: DateTime<Utc>,
) {
    let cause = result.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    let description = format!("{}{cause}", describe(node, overload));
    let (word, status, level) = match result.status {
        NodeStatus::Success => ("OK created", lines.palette.green("SUCCESS"), LogLevel::Info),
        NodeStatus::Skipped => ("SKIP", lines.palette.yellow("SKIPPED"), LogLevel::Info),
        _ => ("ERROR creating", lines.palette.red("ERROR"), LogLevel::Error),
    };
    let text = line(overload, &format!("{word} {description}"), &status, Some(result.execution_time));
    lines.add(("LogOverloadResult", "Q049", level), text, || {
        json!({
            "description": description, "status": result.status.as_str(), "overload_index": overload.index,
            "total_overloads": overload.total, "execution_time": result.execution_time,
            "node_info": node_info(&node.node, &Moment::finished(node, result.status, at)),
        })
    });
    if let Some(diagnostic) = &result.diagnostic {
        lines.diagnostic(diagnostic);
    }
}

/// `function area overload area_of_two`
fn describe(node: &NodeInProgress, overload: &OverloadInProgress) -> String {
    format!("function {} overload {}", node.node.name, overload.defined_in)
}

fn line(overload: &OverloadInProgress, message: &str, status: &str, seconds: Option<f64>) -> String {
    let progress = Some((overload.index, overload.total));
    format!("Overload {}", StatusLine { progress, message, status, seconds, truncate: false }.render())
}
