//! Models that are built in batches of time: what they must say, read as a type.
//!
//! Source: `check_valid_microbatch_config` of `dbt/parser/manifest.py`.

use super::node::in_node;
use super::universe::Universe;
use super::unresolved::UnresolvedNode;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::{extract, parse_template};
use crate::manifest::event_time::parse_iso;
use crate::manifest::{BatchSize, Materialization, Microbatch, Node, NodeKind};
use crate::project::project_file::BehaviorFlag;
use chrono::DateTime;
use serde_json::Value;
use std::sync::Arc;

/// The macro that makes the statement of a batch.
const STRATEGY_MACRO: &str = "get_incremental_microbatch_sql";

/// Reads what every microbatch model of a domain says of its batches.
pub(super) fn settle(universe: &Universe<'_>, nodes: &mut [UnresolvedNode], diagnostics: &mut Vec<Diagnostic>) {
    let mut models = nodes.iter_mut().filter(|unresolved| is_microbatch(&unresolved.node)).peekable();
    if models.peek().is_none() {
        return;
    }
    if !runs_in_batches(universe) {
        diagnostics.push(custom_strategy_outside_of_batches());
        return;
    }
    for unresolved in models {
        match read(&unresolved.node) {
            Ok(microbatch) => {
                if let NodeKind::Model(model) = &mut unresolved.node.kind {
                    model.microbatch = Some(microbatch);
                }
                show_begin(&mut unresolved.node);
            }
            Err(message) => {
                let diagnostic = Diagnostic::error(ErrorCode::InvalidConfig, message).at(unresolved.place.clone());
                diagnostics.push(in_node(diagnostic, &unresolved.node));
            }
        }
    }
}

fn is_microbatch(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_))
        && node.config.enabled
        && node.config.materialized == Materialization::Incremental
        && node.config.text("incremental_strategy") == Some("microbatch")
}

/// A project with a strategy macro of its own runs it without batches, unless its flags say otherwise.
fn runs_in_batches(universe: &Universe<'_>) -> bool {
    if universe.root().file.flags.behavior(BehaviorFlag::BatchedExecutionForCustomMicrobatch) {
        return true;
    }
    let found = universe.namespace(universe.name().as_str()).get_from_package(None, STRATEGY_MACRO).ok().flatten();
    found.is_none_or(|found| ["macro.dbt.", "macro.dbt_duckdb."].iter().any(|own| found.unique_id.starts_with(own)))
}

fn custom_strategy_outside_of_batches() -> Diagnostic {
    let message = "The use of a custom microbatch macro outside of batched execution is deprecated. To use it with batched \
                   execution, set `flags.require_batched_execution_for_custom_microbatch_strategy` to `True` in \
                   `dbt_project.yml`. In the future this will be the default behavior.";
    Diagnostic::warning(ErrorCode::DeprecatedProperty, message)
}

/// What is wrong first is what dbt says.
fn read(node: &Node) -> Result<Microbatch, String> {
    let name = &node.name;
    let config = &node.config;
    match config.get("event_time") {
        Some(Value::String(_)) => {}
        None => {
            return Err(format!(
                "Microbatch model '{name}' must provide an 'event_time' (string) config that indicates the name of the event \
                 time column."
            ));
        }
        Some(other) => {
            let class = python_class(other);
            return Err(format!(
                "Microbatch model '{name}' must provide an 'event_time' config of type string, but got: {class}."
            ));
        }
    }
    let begin = match config.get("begin") {
        Some(Value::String(text)) => parse_iso(text).ok_or_else(|| {
            format!(
                "Microbatch model '{name}' must provide a 'begin' config of valid datetime (ISO format), but got: {text}."
            )
        })?,
        None => {
            return Err(format!(
                "Microbatch model '{name}' must provide a 'begin' (datetime) config that indicates the earliest timestamp \
                 the microbatch model should be built from."
            ));
        }
        Some(other) => {
            let class = python_class(other);
            return Err(format!(
                "Microbatch model '{name}' must provide a 'begin' config of type datetime, but got: {class}."
            ));
        }
    };
    let batch_size = config.text("batch_size").and_then(BatchSize::parse).ok_or_else(|| {
        let sizes: Vec<String> = BatchSize::ALL.iter().map(|size| format!("'{size}'")).collect();
        let given = config.get("batch_size").map_or("None".to_string(), python_text);
        format!(
            "Microbatch model '{name}' must provide a 'batch_size' config that is one of [{}], but got: {given}.",
            sizes.join(", ")
        )
    })?;
    let lookback = match config.get("lookback") {
        None => 1,
        Some(Value::Bool(lookback)) => i64::from(*lookback),
        Some(given) => given.as_i64().ok_or_else(|| {
            let class = python_class(given);
            format!(
                "Microbatch model '{name}' must provide the optional 'lookback' config as type int, but got: {class})."
            )
        })?,
    };
    let concurrent_batches = match config.get("concurrent_batches") {
        None => None,
        Some(Value::Bool(concurrent)) => Some(*concurrent),
        Some(given) => {
            let class = python_class(given);
            return Err(format!(
                "Microbatch model '{name}' optional 'concurrent_batches' config must be of type `bool` if specified, but got: \
                 {class})."
            ));
        }
    };
    let body = parse_template(&node.original_file_path.as_str().into(), &node.raw_code);
    let reads_itself = body.is_ok_and(|body| extract::names_variable(&body, "this"));
    Ok(Microbatch { begin, batch_size, lookback, concurrent_batches, reads_itself })
}

/// `begin` is a time from here on, and artifacts show it as one. One with a zone is left as it was written.
fn show_begin(node: &mut Node) {
    let Some(text) = node.config.text("begin") else { return };
    let Some(time) = parse_iso(text).filter(|_| DateTime::parse_from_rfc3339(text).is_err()) else { return };
    let fraction = if time.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    let shown = time.format(&format!("%Y-%m-%dT%H:%M:%S{fraction}")).to_string();
    let values = &mut Arc::make_mut(&mut node.config).values;
    Arc::make_mut(values).insert("begin".to_string(), shown.into());
}

fn python_class(value: &Value) -> String {
    let name = match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    };
    format!("<class '{name}'>")
}

fn python_text(value: &Value) -> String {
    crate::jinja::value::to_str(&crate::jinja::value::from_json(value))
}
