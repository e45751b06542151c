//! Whether one aspect of a node is the same as it was: dbt's rules, one function each.
//!
//! What counts is mostly what was written (unrendered configs), so that another target is no change.

use super::comparison::Old;
use super::previous::{PreviousExposure, PreviousNode, PreviousSource, version};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{
    Exposure, Freshness, Function, FunctionArgument, FunctionOverload, FunctionReturns, JsonMap, Node, NodeKind, Owner,
    Source,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether a function takes and returns what it did, and so do its overloads.
pub(super) fn function(function: &Function, old: &PreviousNode) -> bool {
    let overload = |overload: &FunctionOverload| {
        // What it is, is of no account.
        [
            overload.defined_in.as_str().into(),
            arguments(&overload.arguments),
            overload.returns.as_ref().map_or(Value::Null, returns),
            (*overload.raw_body).into(),
        ]
    };
    let old_overload = |overload: &Value| {
        ["defined_in", "arguments", "returns", "raw_body"].map(|key| overload.get(key).cloned().unwrap_or_default())
    };
    arguments(&function.arguments) == old.arguments
        && returns(&function.returns) == old.returns
        && function.overloads.iter().map(overload).eq(old.overloads.iter().map(old_overload))
}

fn arguments(arguments: &[FunctionArgument]) -> Value {
    let argument = |argument: &FunctionArgument| {
        serde_json::json!({
            "name": argument.name, "data_type": argument.data_type, "description": argument.description,
            "default_value": argument.default_value,
        })
    };
    arguments.iter().map(argument).collect()
}

fn returns(returns: &FunctionReturns) -> Value {
    serde_json::json!({ "data_type": returns.data_type, "description": returns.description })
}

/// Configs that are compared elsewhere (the relation's name) or count for nothing.
const IGNORED_CONFIGS: [&str; 5] = ["alias", "schema", "database", "tags", "group"];

/// The only configs of a data test that change what it does.
const TEST_CONFIGS: [&str; 8] =
    ["severity", "where", "limit", "fail_calc", "warn_if", "error_if", "store_failures", "store_failures_as"];

/// Template text; for a seed the checksum of its file.
pub(super) fn body(node: &Node, old: &PreviousNode, diagnostics: &mut Vec<Diagnostic>) -> bool {
    match node.kind {
        NodeKind::Seed(_) => seed(node, old, diagnostics),
        _ => *node.raw_code == *old.raw_code,
    }
}

/// A seed over 1 MiB has its path for a checksum: whether it has changed is a guess, and said to be one.
fn seed(node: &Node, old: &PreviousNode, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let (now, before) = (&node.checksum, &old.checksum);
    let same = now.algorithm != "none" && now.algorithm == before.name && now.value == before.checksum;
    if now.algorithm == "path" {
        let verdict = if before.name != "path" {
            "The previous file was <=1MiB, so it has changed"
        } else if same {
            "at the same path, dbt cannot tell if it has changed: assuming they are the same"
        } else {
            "The previous file was in a different location, assuming it has changed"
        };
        let joint = if verdict.starts_with("at") { " " } else { ". " };
        let message = format!("Found a seed ({}.{}) >1MiB in size{joint}{verdict}", node.package_name, node.name);
        diagnostics.push(
            Diagnostic::warning(ErrorCode::SeedTooLargeToCompare, message)
                .for_node(Arc::clone(node.unique_id.as_arc())),
        );
    }
    same
}

/// Configs as written, as far as they count for this kind of node.
pub(super) fn config(node: &Node, old: Old) -> bool {
    let now = &node.unrendered_config;
    match old {
        Old::Node(old) if matches!(node.kind, NodeKind::DataTest(_)) => {
            TEST_CONFIGS.iter().all(|key| same_entry(now, &old.unrendered_config, key))
        }
        Old::Node(old) => same_map(now, &old.unrendered_config, &IGNORED_CONFIGS),
        Old::Source(old) => same_map(now, &old.unrendered_config, &[]),
        Old::Exposure(old) => same_map(now, &old.unrendered_config, &[]),
        Old::UnitTest(_) => true,
        // dbt compares configs as written for metrics, and settled ones for the others.
        Old::Semantic(old) if matches!(node.kind, NodeKind::Metric(_)) => {
            same_map(now, &object(old, "unrendered_config"), &[])
        }
        Old::Semantic(old) => same_map(&node.config.values, &object(old, "config"), &[]),
    }
}

/// The dictionary below `key`.
fn object(map: &JsonMap, key: &str) -> JsonMap {
    map.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

pub(super) fn same_map(left: &JsonMap, right: &JsonMap, ignored: &[&str]) -> bool {
    left.keys()
        .chain(right.keys())
        .filter(|key| !ignored.contains(&key.as_str()))
        .all(|key| same_entry(left, right, key))
}

fn same_entry(left: &JsonMap, right: &JsonMap, key: &str) -> bool {
    match (left.get(key), right.get(key)) {
        (None, None) => true,
        (Some(left), Some(right)) => same_value(left, right),
        _ => false,
    }
}

/// Equal as JSON; `1` and `1.0` are one number, as they are in Python.
fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_value(left, right))
        }
        (Value::Object(left), Value::Object(right)) => same_map(left, right, &[]),
        _ => left == right,
    }
}

/// Everything about a model, seed, snapshot, singular test or analysis besides its text and its contract.
pub(super) fn rest_of_node(node: &Node, old: &PreviousNode) -> bool {
    config(node, Old::Node(old))
        && persisted_descriptions(node, old)
        && fqn(node, &old.fqn)
        && configured_relation(node, old)
        && meaning_of_refs(node, old)
}

/// Descriptions that are stored in the warehouse: those that `persist_docs` names now.
pub(super) fn persisted_descriptions(node: &Node, old: &PreviousNode) -> bool {
    let persisted = |part: &str| {
        node.config.get("persist_docs").and_then(|docs| docs.get(part)).is_some_and(|value| match value {
            Value::Bool(flag) => *flag,
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            _ => true,
        })
    };
    if persisted("relation") && node.description != old.description {
        return false;
    }
    !persisted("columns")
        || (node.columns.len() == old.columns.len()
            && node
                .columns
                .iter()
                .all(|(name, column)| old.columns.get(name).is_some_and(|old| old.description == column.description)))
}

/// Package, folders and name.
pub(super) fn fqn(node: &Node, old: &[String]) -> bool {
    node.fqn.len() == old.len() && node.fqn.iter().zip(old).all(|(now, old)| **now == **old)
}

/// Database, schema and alias as configured, whatever they end up as.
pub(super) fn configured_relation(node: &Node, old: &PreviousNode) -> bool {
    let get = |map: &JsonMap, key: &str| map.get(key).filter(|value| !value.is_null()).cloned();
    ["database", "schema", "alias"]
        .iter()
        .all(|key| get(&node.unrendered_config, key) == get(&old.unrendered_config, key))
}

/// What a ref to the model means: its latest version, who may read it, until when.
fn meaning_of_refs(node: &Node, old: &PreviousNode) -> bool {
    let Some(model) = node.as_model() else { return true };
    model.latest_version == version(&old.latest_version)
        && model.access.as_str() == old.access.as_deref().unwrap_or("protected")
        && same_time(model.deprecation_date.as_deref(), old.deprecation_date.as_deref())
}

fn same_time(left: Option<&str>, right: Option<&str>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => match (moment(left), moment(right)) {
            (Some(left), Some(right)) => left == right,
            _ => left == right,
        },
        (left, right) => left == right,
    }
}

/// A deprecation date as a moment; without a time zone it is read as UTC.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.with_timezone(&Utc));
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, format) {
            return Some(moment.and_utc());
        }
    }
    let date: NaiveDate = text.parse().ok()?;
    date.and_hms_opt(0, 0, 0).map(|moment| moment.and_utc())
}

/// Everything about a source but the place of its table.
pub(super) fn source(node: &Node, source: &Source, old: &PreviousSource) -> bool {
    fqn(node, &old.fqn)
        && config(node, Old::Source(old))
        && same_map(&filled(&source.quoting), &filled(&old.quoting), &[])
        && freshness_json(source.freshness.as_ref()) == old.freshness.as_ref().and_then(tidy)
        && source.loaded_at_field == old.loaded_at_field
        && source.external.as_ref().and_then(tidy) == old.external.as_ref().and_then(tidy)
}

fn freshness_json(freshness: Option<&Freshness>) -> Option<Value> {
    let freshness = freshness?;
    let limit = |limit: &Option<crate::manifest::FreshnessLimit>| {
        limit.as_ref().map(|limit| serde_json::json!({"count": limit.count, "period": limit.period}))
    };
    tidy(&serde_json::json!({
        "warn_after": limit(&freshness.warn_after),
        "error_after": limit(&freshness.error_after),
        "filter": freshness.filter,
    }))
}

/// The entries that have a value.
fn filled(map: &JsonMap) -> JsonMap {
    map.iter().filter_map(|(key, value)| Some((key.clone(), tidy(value)?))).collect()
}

/// The value without the nulls that artifacts are full of; `None` if nothing is left.
fn tidy(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(map) => Some(filled(map)).filter(|map| !map.is_empty()).map(Value::Object),
        other => Some(other.clone()),
    }
}

/// Everything about an exposure.
pub(super) fn exposure(node: &Node, exposure: &Exposure, old: &PreviousExposure) -> bool {
    let now: BTreeSet<_> = node.depends_on.nodes.iter().map(|id| id.without_domain()).collect();
    let before: BTreeSet<_> =
        old.depends_on.nodes.iter().map(|id| crate::manifest::UniqueId::from(id.as_str()).without_domain()).collect();
    fqn(node, &old.fqn)
        && exposure.exposure_type == old.exposure_type
        && owner_json(&exposure.owner) == filled(&old.owner)
        && exposure.maturity == old.maturity
        && exposure.url == old.url
        && node.description == old.description
        && exposure.label == old.label
        && now == before
        && config(node, Old::Exposure(old))
}

fn owner_json(owner: &Owner) -> JsonMap {
    let mut map = Map::new();
    map.extend(owner.name.clone().map(|name| ("name".to_string(), Value::String(name))));
    map.extend(owner.email.clone().map(|email| ("email".to_string(), email)));
    map.extend(owner.extra.clone());
    filled(&map)
}
