//! Whether a metric, semantic model or saved query is the same as it was: dbt's rules.

use super::comparison::Old;
use super::same::{config, same_map};
use crate::manifest::{JsonMap, Node, NodeKind};
use serde_json::{Value, json};

/// Everything that counts for its kind.
pub(super) fn same(node: &Node, old: &JsonMap) -> bool {
    let description = json!(node.description);
    let same_description = entry(old, "description") == &description
        || (entry(old, "description").is_null() && node.description.is_empty());
    same_description && config(node, Old::Semantic(old)) && of_kind(node, old)
}

fn of_kind(node: &Node, old: &JsonMap) -> bool {
    let same = |key: &str, now: Value| same_json(entry(old, key), &now);
    let group = || same("group", json!(node.config.group));
    match &node.kind {
        // dbt does not look into `type_params` and `filter`.
        NodeKind::Metric(metric) => {
            same("label", json!(metric.label)) && same("type", json!(metric.metric_type.as_str()))
        }
        NodeKind::SemanticModel(model) => {
            same("model", json!(model.model))
                && same("defaults", json!(model.defaults))
                && same("entities", json!(model.entities))
                && same("measures", json!(model.measures))
                && same("dimensions", json!(model.dimensions))
                && same("primary_entity", json!(model.primary_entity))
                && group()
        }
        NodeKind::SavedQuery(query) => {
            let params = entry(old, "query_params");
            let same_param = |key: &str| same_json(&params[key], query.query_params.get(key).unwrap_or(&Value::Null));
            ["metrics", "group_by", "where"].into_iter().all(same_param)
                && same("label", json!(query.label))
                && same("tags", json!(node.config.tags))
                && same_exports(&query.exports, entry(old, "exports"))
                && group()
        }
        _ => true,
    }
}

fn entry<'a>(old: &'a JsonMap, key: &str) -> &'a Value {
    old.get(key).unwrap_or(&Value::Null)
}

/// Equal as JSON; `1` and `1.0` are one number.
fn same_json(left: &Value, right: &Value) -> bool {
    let wrapped = |value: &Value| JsonMap::from_iter([(String::new(), value.clone())]);
    same_map(&wrapped(left), &wrapped(right), &[])
}

/// Exports count as they were written, not under the names they got.
fn same_exports(now: &[Value], old: &Value) -> bool {
    let old = old.as_array().map(Vec::as_slice).unwrap_or_default();
    let written = |export: &Value, key: &str| export["unrendered_config"][key].clone();
    now.len() == old.len()
        && now.iter().zip(old).all(|(now, old)| {
            now["name"] == old["name"]
                && ["export_as", "schema", "alias"].iter().all(|key| written(now, key) == written(old, key))
        })
}
