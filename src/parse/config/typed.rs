//! The sum of all layers, read as types and checked.

use super::listed;
use crate::manifest::{
    ConfigMap, ContractConfig, HookConfig, Materialization, NodeConfig, OnSchemaChange, ResourceType, TestSeverity,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A config that cannot be what it is; `message` contains dbt's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The config that is to blame.
    pub name: &'static str,
    /// What is wrong with it.
    pub message: String,
}

fn problem(name: &'static str, message: impl Into<String>) -> ConfigProblem {
    ConfigProblem { name, message: message.into() }
}

/// Reads the configs of a node of `kind` as types. Values that dbt rejects are problems; the rest of the configs is
/// still read, with the default in place of what is wrong.
pub fn typed(kind: ResourceType, mut values: ConfigMap) -> (NodeConfig, Vec<ConfigProblem>) {
    let mut problems = Vec::new();
    if kind == ResourceType::DataTest {
        settle_store_failures(&mut values);
    }
    // YAML reads `on` and `off` as booleans; here they are words.
    if let Some(Value::Bool(on)) = values.get("static_analysis") {
        let word = if *on { "on" } else { "off" };
        values.insert("static_analysis".to_string(), json!(word));
    }
    let materialized = text(&values, "materialized", &mut problems).unwrap_or("view");
    check_materialized(kind, materialized, &mut problems);
    let contract = contract(&values, &mut problems);
    let on_schema_change = OnSchemaChange::from(text(&values, "on_schema_change", &mut problems).unwrap_or("ignore"));
    let materialized = Materialization::from(materialized);
    if contract.enforced
        && materialized == Materialization::Incremental
        && !matches!(on_schema_change, OnSchemaChange::AppendNewColumns | OnSchemaChange::Fail)
    {
        let given = values.get("on_schema_change").and_then(Value::as_str).unwrap_or("None");
        problems.push(problem(
            "on_schema_change",
            format!(
                "Invalid value for on_schema_change: {given}. Models materialized as incremental with contracts enabled \
                 must set on_schema_change to 'append_new_columns' or 'fail'"
            ),
        ));
    }
    if let Some(word) = text(&values, "on_error", &mut problems)
        && kind == ResourceType::Model
        && !matches!(word, "skip_children" | "continue")
    {
        problems.push(problem(
            "on_error",
            format!("'{word}' is not one of ['skip_children', 'continue'] (config 'on_error')"),
        ));
    }
    if kind == ResourceType::Model
        && let Some(pointer) = values.get("latest_version_pointer")
        && let Some(wrong) = wrong_pointer(pointer)
    {
        problems.push(problem("latest_version_pointer", format!("{wrong} (config 'latest_version_pointer')")));
    }
    let config = NodeConfig {
        enabled: boolean(&values, "enabled", &mut problems).unwrap_or(true),
        materialized,
        tags: tags(&values, &mut problems),
        meta: values.get("meta").and_then(Value::as_object).cloned().unwrap_or_default(),
        group: text(&values, "group", &mut problems).map(str::to_string),
        full_refresh: boolean(&values, "full_refresh", &mut problems),
        on_schema_change,
        contract,
        pre_hooks: hooks(&values, "pre-hook"),
        post_hooks: hooks(&values, "post-hook"),
        store_failures: values.get("store_failures").and_then(Value::as_bool),
        severity: severity(&values, &mut problems),
        values: Arc::default(),
    };
    (NodeConfig { values: Arc::new(values), ..config }, problems)
}

/// `store_failures_as` decides about `store_failures` where it is set, and is decided by it where it is not.
fn settle_store_failures(values: &mut ConfigMap) {
    let stored_as = values.get("store_failures_as").and_then(Value::as_str).map(str::to_string);
    match stored_as.as_deref() {
        Some(stored_as) => {
            values.insert("store_failures".to_string(), Value::Bool(stored_as != "ephemeral"));
        }
        None => {
            let stored_as = match values.get("store_failures").and_then(Value::as_bool) {
                Some(true) => json!("table"),
                Some(false) => json!("ephemeral"),
                None => Value::Null,
            };
            values.insert("store_failures_as".to_string(), stored_as);
        }
    }
}

/// What is wrong with a `latest_version_pointer`: a switch, or a dictionary of one and of an alias.
fn wrong_pointer(pointer: &Value) -> Option<String> {
    match pointer {
        Value::Bool(_) | Value::Null => None,
        Value::Object(entries) => entries.iter().find_map(|(name, value)| match (name.as_str(), value) {
            ("enabled", Value::Bool(_) | Value::Null) | ("alias", Value::String(_) | Value::Null) => None,
            ("enabled" | "alias", value) => Some(format!("{value} is not a valid value of '{name}'")),
            (other, _) => Some(format!("'{other}' is not one of ['enabled', 'alias']")),
        }),
        other => Some(format!("{other} is neither a boolean nor a dictionary")),
    }
}

fn check_materialized(kind: ResourceType, materialized: &str, problems: &mut Vec<ConfigProblem>) {
    let (article_and_kind, only) = match kind {
        ResourceType::Seed => ("A seed", "seed"),
        ResourceType::Snapshot => ("A snapshot", "snapshot"),
        ResourceType::DataTest => ("A test", "test"),
        _ => return,
    };
    if materialized != only {
        problems
            .push(problem("materialized", format!("{article_and_kind} must have a materialized value of '{only}'")));
    }
}

fn wrong_type(name: &'static str, value: &Value, expected: &str) -> ConfigProblem {
    problem(name, format!("{value} is not of type '{expected}' (config '{name}')"))
}

fn text<'a>(values: &'a ConfigMap, name: &'static str, problems: &mut Vec<ConfigProblem>) -> Option<&'a str> {
    match values.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(other) => {
            problems.push(wrong_type(name, other, "string"));
            None
        }
    }
}

fn boolean(values: &ConfigMap, name: &'static str, problems: &mut Vec<ConfigProblem>) -> Option<bool> {
    match values.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::Bool(value)) => Some(*value),
        Some(other) => {
            problems.push(wrong_type(name, other, "boolean"));
            None
        }
    }
}

fn tags(values: &ConfigMap, problems: &mut Vec<ConfigProblem>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in values.get("tags").cloned().map(listed).unwrap_or_default() {
        match tag {
            Value::String(tag) if tags.contains(&tag) => {}
            Value::String(tag) => tags.push(tag),
            other => problems.push(wrong_type("tags", &other, "string")),
        }
    }
    tags
}

fn contract(values: &ConfigMap, problems: &mut Vec<ConfigProblem>) -> ContractConfig {
    let mut contract = ContractConfig::default();
    match values.get("contract") {
        None | Some(Value::Null) => {}
        Some(Value::Object(given)) => {
            contract.enforced = boolean(given, "enforced", problems).unwrap_or(contract.enforced);
            contract.alias_types = boolean(given, "alias_types", problems).unwrap_or(contract.alias_types);
        }
        Some(other) => problems.push(wrong_type("contract", other, "object")),
    }
    contract
}

fn hooks(values: &ConfigMap, name: &str) -> Vec<HookConfig> {
    let hooks = values.get(name).and_then(Value::as_array).into_iter().flatten();
    hooks
        .filter_map(|hook| {
            let sql = hook.get("sql")?.as_str()?.to_string();
            Some(HookConfig { sql, transaction: hook.get("transaction").and_then(Value::as_bool).unwrap_or(true) })
        })
        .collect()
}

fn severity(values: &ConfigMap, problems: &mut Vec<ConfigProblem>) -> TestSeverity {
    match values.get("severity").and_then(Value::as_str) {
        None => TestSeverity::Error,
        Some(word) if word.eq_ignore_ascii_case("error") => TestSeverity::Error,
        Some(word) if word.eq_ignore_ascii_case("warn") => TestSeverity::Warn,
        Some(word) => {
            problems.push(problem("severity", format!("Severity must be either 'warn' or 'error'. Got '{word}'")));
            TestSeverity::Error
        }
    }
}
