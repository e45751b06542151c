//! Which rows of what a node reads belong to its batch, or to the sample of `--sample`.
//!
//! Source: `resolve_event_time_filter` of `dbt/context/providers.py`.

use super::Program;
use crate::jinja::context::{EventTimeFilter, NodeScope};
use crate::manifest::{Node, NodeKind};
use serde_json::Value;

impl Program {
    /// The filter on `target` where the node of `scope` reads it; none for what has no time, or is read whole.
    pub(super) fn event_time_filter(&self, scope: &NodeScope, target: &Node) -> Option<EventTimeFilter> {
        let reader = scope.node.as_ref()?;
        if !matches!(reader.resource_type, "model" | "snapshot") {
            return None;
        }
        if target.is_description() || matches!(target.kind, NodeKind::UnitTest(_)) {
            return None;
        }
        let column = target.config.text("event_time").filter(|column| !column.is_empty())?;
        let window = match (scope.batch.as_ref(), self.invocation.sample) {
            (Some(batch), Some(sample)) => batch.window.intersection(sample),
            (Some(batch), None) => batch.window,
            (None, sample) => sample?,
        };
        Some(EventTimeFilter { column: written(target, column), window })
    }
}

/// The column as it is written in SQL: quoted where the column, or else the source, says so.
fn written(target: &Node, column: &str) -> String {
    let of_source = target.as_source().and_then(|source| source.quoting.get("column")).and_then(Value::as_bool);
    let quote = target.columns.get(column).and_then(|column| column.quote).or(of_source).unwrap_or(false);
    if quote { format!("\"{column}\"") } else { column.to_string() }
}
