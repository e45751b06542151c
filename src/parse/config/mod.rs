//! How the configs of a node add up.
//!
//! Owns the defaults of each kind of node, the rules by which one layer of configs is laid over another, and the typed
//! reading of the sum. Never decides which layers there are.
//!
//! Rules: <https://docs.getdbt.com/reference/configs-and-properties#combining-configs> and
//! <https://docs.getdbt.com/reference/resource-configs/plus-prefix>.

mod shared;
mod typed;

pub use shared::SharedConfigs;
pub use typed::{ConfigProblem, typed};

use crate::manifest::{ConfigMap, JsonMap, ResourceType};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// How a later value of a config meets an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Merge {
    Replace,
    Append,
    Update,
    AppendToKeys,
}

fn merge_rule(name: &str) -> Merge {
    match name {
        "pre-hook" | "post-hook" | "tags" | "packages" => Merge::Append,
        "quoting" | "column_types" | "meta" | "docs" | "contract" | "snapshot_meta_column_names" => Merge::Update,
        "grants" => Merge::AppendToKeys,
        _ => Merge::Replace,
    }
}

/// Names that dbt-duckdb accepts for another one.
fn canonical_name(name: &str) -> &str {
    match name {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        other => other,
    }
}

/// The configs of a node of `kind` that nobody configured, in the order in which `manifest.json` shows them.
pub fn defaults(kind: ResourceType) -> &'static ConfigMap {
    match kind {
        ResourceType::Seed => &SEED,
        ResourceType::Snapshot => &SNAPSHOT,
        ResourceType::DataTest => &DATA_TEST,
        ResourceType::Source => &SOURCE,
        ResourceType::UnitTest => &UNIT_TEST,
        ResourceType::Exposure => &EXPOSURE,
        ResourceType::Metric | ResourceType::SemanticModel => &SEMANTIC,
        ResourceType::SavedQuery => &SAVED_QUERY,
        ResourceType::Model => &MODEL,
        ResourceType::Function => &FUNCTION,
        _ => &NODE,
    }
}

static NODE: LazyLock<ConfigMap> = LazyLock::new(|| {
    object(json!({
        "enabled": true, "alias": null, "schema": null, "database": null, "tags": [], "meta": {}, "group": null,
        "static_analysis": null, "materialized": "view", "incremental_strategy": null, "batch_size": null, "lookback": 1,
        "begin": null, "persist_docs": {}, "post-hook": [], "pre-hook": [], "quoting": {}, "column_types": {},
        "full_refresh": null, "unique_key": null, "on_schema_change": "ignore", "on_configuration_change": "apply",
        "grants": {}, "packages": [], "docs": {"show": true, "node_color": null},
        "contract": {"enforced": false, "alias_types": true}, "event_time": null, "concurrent_batches": null,
    }))
});
static MODEL: LazyLock<ConfigMap> =
    LazyLock::new(|| extended(&NODE, json!({"access": "protected", "freshness": null})));
static SEED: LazyLock<ConfigMap> =
    LazyLock::new(|| extended(&NODE, json!({"materialized": "seed", "delimiter": ",", "quote_columns": null})));
static FUNCTION: LazyLock<ConfigMap> = LazyLock::new(|| {
    extended(
        &NODE,
        json!({"materialized": "function", "type": "scalar", "volatility": null, "runtime_version": null, "entry_point": null}),
    )
});
static SNAPSHOT: LazyLock<ConfigMap> = LazyLock::new(|| {
    extended(
        &NODE,
        json!({
            "materialized": "snapshot", "strategy": null, "target_schema": null, "target_database": null,
            "updated_at": null, "check_cols": null,
            "snapshot_meta_column_names": {
                "dbt_valid_to": null, "dbt_valid_from": null, "dbt_scd_id": null, "dbt_updated_at": null,
                "dbt_is_deleted": null,
            },
            "dbt_valid_to_current": null,
        }),
    )
});
static DATA_TEST: LazyLock<ConfigMap> = LazyLock::new(|| {
    object(json!({
        "enabled": true, "alias": null, "schema": "dbt_test__audit", "database": null, "tags": [], "meta": {},
        "group": null, "static_analysis": null, "materialized": "test", "severity": "ERROR", "store_failures": null,
        "store_failures_as": null, "where": null, "limit": null, "fail_calc": "count(*)", "warn_if": "!= 0",
        "error_if": "!= 0",
    }))
});
static SOURCE: LazyLock<ConfigMap> = LazyLock::new(|| {
    object(json!({
        "enabled": true, "event_time": null,
        "freshness": {
            "warn_after": {"count": null, "period": null}, "error_after": {"count": null, "period": null}, "filter": null,
        },
        "loaded_at_field": null, "loaded_at_query": null, "meta": {}, "tags": [], "static_analysis": null,
    }))
});
static UNIT_TEST: LazyLock<ConfigMap> =
    LazyLock::new(|| object(json!({"tags": [], "meta": {}, "enabled": true, "static_analysis": null})));
static SEMANTIC: LazyLock<ConfigMap> = LazyLock::new(|| object(json!({"enabled": true, "group": null, "meta": {}})));
static SAVED_QUERY: LazyLock<ConfigMap> =
    LazyLock::new(|| extended(&SEMANTIC, json!({"export_as": null, "schema": null, "cache": {"enabled": false}})));
static EXPOSURE: LazyLock<ConfigMap> = LazyLock::new(|| object(json!({"enabled": true, "tags": [], "meta": {}})));

fn object(value: Value) -> ConfigMap {
    match value {
        Value::Object(map) => map,
        _ => ConfigMap::new(),
    }
}

fn extended(base: &ConfigMap, more: Value) -> ConfigMap {
    let mut map = base.clone();
    map.extend(object(more));
    map
}

/// Lays one layer over the sum of the earlier ones: a level of the project file, a properties file, the `config()` calls.
pub fn lay_over(sum: &mut ConfigMap, layer: &ConfigMap) {
    for (name, value) in layer {
        let name = canonical_name(name.trim());
        let value = if is_hook(name) { hook_list(value) } else { value.clone() };
        match sum.get_mut(name) {
            None => {
                sum.insert(name.to_string(), value);
            }
            Some(earlier) => merge_value(merge_rule(name), earlier, value),
        }
    }
}

/// Adds the arguments of one more `config()` call to those of the earlier calls of the same file. Keys of `grants` keep
/// their `+`, because the sum is still to be laid over the project's own.
pub fn add_call(calls: &mut ConfigMap, call: &ConfigMap) {
    for (name, value) in call {
        let name = canonical_name(name);
        let rule = merge_rule(name);
        match calls.get_mut(name) {
            None if rule == Merge::Append => {
                calls.insert(name.to_string(), Value::Array(listed(value.clone())));
            }
            None => {
                calls.insert(name.to_string(), value.clone());
            }
            Some(Value::Object(earlier)) if rule == Merge::AppendToKeys => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    match earlier.get_mut(key).filter(|_| key.starts_with('+')) {
                        Some(list) => append(list, value.clone()),
                        None => {
                            earlier.insert(key.clone(), Value::Array(listed(value.clone())));
                        }
                    }
                }
            }
            Some(earlier) => merge_value(rule, earlier, value.clone()),
        }
    }
}

fn is_hook(name: &str) -> bool {
    matches!(name, "pre-hook" | "post-hook")
}

/// Hooks as dbt keeps them: a list of objects with `sql`, `transaction` and `index`.
fn hook_list(value: &Value) -> Value {
    let hooks = listed(value.clone()).into_iter().map(|hook| {
        let given = match &hook {
            Value::Object(given) => Some(given.clone()),
            // A hook may be an object written as JSON text: what before_begin() and after_commit() return.
            Value::String(text) => serde_json::from_str::<JsonMap>(text).ok().filter(|given| given.contains_key("sql")),
            _ => None,
        };
        let mut full = object(json!({"sql": null, "transaction": true, "index": null}));
        match given {
            Some(given) => full.extend(given),
            None => {
                full.insert("sql".to_string(), hook);
            }
        }
        Value::Object(full)
    });
    Value::Array(hooks.collect())
}

fn merge_value(rule: Merge, earlier: &mut Value, later: Value) {
    match (rule, earlier, later) {
        (Merge::Append, earlier, later) => append(earlier, later),
        (Merge::Update, Value::Object(earlier), Value::Object(later)) => earlier.extend(later),
        (Merge::AppendToKeys, Value::Object(earlier), Value::Object(later)) => append_to_keys(earlier, later),
        (_, earlier, later) => *earlier = later,
    }
}

fn append(earlier: &mut Value, later: Value) {
    let mut list = listed(std::mem::take(earlier));
    list.extend(listed(later));
    *earlier = Value::Array(list);
}

fn append_to_keys(earlier: &mut JsonMap, later: JsonMap) {
    for (key, value) in later {
        match key.strip_prefix('+') {
            Some(bare) if earlier.contains_key(bare) => append(&mut earlier[bare], value),
            Some(bare) => {
                earlier.insert(bare.to_string(), Value::Array(listed(value)));
            }
            None => {
                earlier.insert(key, Value::Array(listed(value)));
            }
        }
    }
}

/// A list as it is, anything else as a list of one.
fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => vec![other],
    }
}

#[cfg(test)]
mod tests;
