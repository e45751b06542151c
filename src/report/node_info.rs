//! `node_info` and `run_result` of JSON log lines.

use crate::manifest::{JsonMap, Node, NodeStatus, ResourceType};
use crate::run::{Hook, NodeInProgress, NodeResult, Subject};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// What is known of the node at the moment of the event.
pub(super) struct Moment<'a> {
    pub status: &'a str,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Moment<'_> {
    /// After the run, when dbt has forgotten both times and the status.
    pub const AFTERWARDS: Moment<'static> = Moment { status: "None", started_at: None, finished_at: None };

    /// `status` at `finished_at`.
    pub fn finished(node: &NodeInProgress, status: NodeStatus, finished_at: DateTime<Utc>) -> Moment<'static> {
        Moment { status: status.as_str(), started_at: Some(node.started_at), finished_at: Some(finished_at) }
    }

    /// Under way.
    pub fn started(node: &NodeInProgress) -> Moment<'static> {
        Moment { status: "started", started_at: Some(node.started_at), finished_at: None }
    }
}

pub(super) fn node_info(node: &Node, moment: &Moment<'_>) -> Value {
    let relation = node.relation.as_ref();
    let part = |part: Option<&std::sync::Arc<str>>| part.map(ToString::to_string).unwrap_or_default();
    json!({
        "materialized": if has_materialization(node) { node.config.materialized.as_str() } else { "" },
        "meta": node.config.meta,
        "node_checksum": node.checksum.value,
        "node_finished_at": time_text(moment.finished_at),
        "node_name": &*node.name,
        "node_path": node.path,
        "node_relation": {
            "alias": node.alias,
            "database": part(relation.and_then(|relation| relation.database.as_ref())),
            "relation_name": node.relation_name().unwrap_or_default(),
            "schema": part(relation.and_then(|relation| relation.schema.as_ref())),
        },
        "node_started_at": time_text(moment.started_at),
        "node_status": moment.status,
        "resource_type": node.resource_type().as_str(),
        "unique_id": node.unique_id.as_str(),
    })
}

fn has_materialization(node: &Node) -> bool {
    !node.is_description() && node.resource_type() != ResourceType::Source
}

pub(super) fn hook_info(hook: &Hook, moment: &Moment<'_>) -> Value {
    json!({
        "materialized": "view",
        "meta": {},
        "node_checksum": "",
        "node_finished_at": time_text(moment.finished_at),
        "node_name": &*hook.name,
        "node_path": format!("hooks/{}.sql", hook.name),
        "node_relation": { "alias": &*hook.name, "database": "", "relation_name": "", "schema": "" },
        "node_started_at": time_text(moment.started_at),
        "node_status": moment.status,
        "resource_type": "operation",
        "unique_id": hook.unique_id.as_str(),
    })
}

pub(super) fn subject_info(subject: &Subject, moment: &Moment<'_>) -> Value {
    match subject {
        Subject::Node(node) => node_info(node, moment),
        Subject::Hook(hook) => hook_info(hook, moment),
    }
}

pub(super) fn run_result(result: &NodeResult) -> Value {
    let timing: Vec<Value> = result
        .timing
        .iter()
        .map(|timing| {
            json!({
                "name": timing.step.as_str(),
                "started_at": utc_text(timing.started_at),
                "completed_at": utc_text(timing.completed_at),
            })
        })
        .collect();
    json!({
        "status": result.status.as_str(),
        "message": result.message.as_deref().unwrap_or_default(),
        "thread": &*result.thread_id,
        "execution_time": result.execution_time,
        "num_failures": result.failures.unwrap_or_default(),
        "timing_info": timing,
        "adapter_response": result.adapter_response,
    })
}

/// `2026-01-31T12:00:00.000000Z`, as the `ts` of every line.
pub(super) fn utc_text(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The same without the zone, or nothing: times in `node_info`.
fn time_text(time: Option<DateTime<Utc>>) -> String {
    time.map(|time| time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()).unwrap_or_default()
}

/// A JSON object as a map; anything else as none.
pub(super) fn object(value: Value) -> JsonMap {
    match value {
        Value::Object(map) => map,
        _ => JsonMap::new(),
    }
}
