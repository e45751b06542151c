//! `config(...)`, `config.get` and the rest of that object.
//! Source: <https://docs.getdbt.com/reference/dbt-jinja-functions/config>.

use super::scope::{NodeScope, Pass, scope_of};
use crate::jinja::value::error::error;
use crate::jinja::value::temporal::DateTime;
use crate::jinja::value::{Arguments, Outcome, PyDict, from_json, text_of, to_json, to_str};
use crate::manifest::ConfigMap;
use crate::manifest::event_time::parse_iso;
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};
use std::sync::Arc;

/// The object behind the name `config`.
#[derive(Debug)]
pub(super) struct ConfigFunction;

impl Object for ConfigFunction {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        let scope = scope_of(state)?;
        if scope.pass == Pass::Parse {
            let call = given(&scope, &Arguments::new(arguments))?;
            for (name, other) in [("pre_hook", "pre-hook"), ("post_hook", "post-hook")] {
                if call.contains_key(name) && call.contains_key(other) {
                    return Err(error(format!("Invalid config, has conflicting keys \"{name}\" and \"{other}\"")));
                }
            }
            scope.capture().config_calls.push(call);
        }
        Ok(Value::from(""))
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        const METHODS: [&str; 7] =
            ["get", "require", "meta_get", "meta_require", "set", "persist_relation_docs", "persist_column_docs"];
        let name = text_of(key)?;
        let method = METHODS.into_iter().find(|method| *method == name)?;
        let config = self.clone();
        Some(super::function::function(method, move |state, arguments| config.call_method(state, method, arguments)))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Outcome {
        let scope = scope_of(state)?;
        let bound = Arguments::new(arguments);
        match method {
            "set" => {
                let [name, value] = bound.bind("set", ["name", "value"], 2)?;
                if scope.pass == Pass::Parse {
                    let name = name.as_ref().map(to_str).unwrap_or_default();
                    let value = json(&value.unwrap_or_default())?;
                    scope.capture().config_calls.push(ConfigMap::from_iter([(name, value)]));
                }
                Ok(Value::from(""))
            }
            "persist_relation_docs" => persist_docs(&scope, "relation"),
            "persist_column_docs" => persist_docs(&scope, "columns"),
            // While parsing, dbt answers every question about configs with an empty text.
            "get" | "require" | "meta_get" | "meta_require" if scope.pass == Pass::Parse => Ok(Value::from("")),
            "get" | "meta_get" => {
                let [name, default, validator] = bound.bind(method, ["name", "default", "validator"], 1)?;
                let name = name.as_ref().map(to_str).unwrap_or_default();
                let value = lookup(&scope, &name, method == "meta_get");
                let value = value.or(default.clone()).unwrap_or(Value::from(()));
                if default.is_some() {
                    validate(state, validator, &value)?;
                }
                Ok(value)
            }
            "require" | "meta_require" => {
                let [name, validator] = bound.bind(method, ["name", "validator"], 1)?;
                let name = name.as_ref().map(to_str).unwrap_or_default();
                let Some(value) = lookup(&scope, &name, method == "meta_require") else {
                    let id = scope.node.as_ref().map_or("", |node| node.unique_id.as_str());
                    return Err(error(format!("Model '{id}' does not define a required config parameter '{name}'.")));
                };
                validate(state, validator, &value)?;
                Ok(value)
            }
            other => Err(error(format!("'RuntimeConfigObject' object has no attribute '{other}'"))),
        }
    }
}

fn validate(state: &mut State<'_, '_>, validator: Option<Value>, value: &Value) -> Outcome<()> {
    match validator.filter(|validator| !validator.is_none()) {
        Some(validator) => validator.call(state, std::slice::from_ref(value)).map(|_| ()),
        None => Ok(()),
    }
}

/// A config that exists is given even when it is null; one that nobody knows is not.
fn lookup(scope: &NodeScope, name: &str, in_meta: bool) -> Option<Value> {
    let values = &scope.node.as_ref()?.config;
    if in_meta {
        return values.get("meta")?.get(name).map(from_json);
    }
    if name == "snapshot_table_column_names" && !values.contains_key(name) {
        return Some(snapshot_column_names(values));
    }
    if let Some(time) = time_config(values, name) {
        return Some(time);
    }
    let name = match name {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        other => other,
    };
    values.get(name).map(from_json)
}

/// Configs of microbatch models that are times in Python.
fn time_config(values: &ConfigMap, name: &str) -> Option<Value> {
    let is_batch = name.starts_with("__dbt_internal_microbatch_event_time_");
    let is_microbatch = values.get("incremental_strategy").is_some_and(|strategy| strategy == "microbatch");
    let is_begin = name == "begin" && is_microbatch;
    if !is_batch && !is_begin {
        return None;
    }
    let time = parse_iso(values.get(name)?.as_str()?)?;
    match is_batch {
        true => Some(super::relation::python_time(time)),
        false => Some(Value::from_object(DateTime::naive(time.naive_utc()))),
    }
}

/// The columns that a snapshot adds, by their usual names (property of dbt's `SnapshotConfig`).
fn snapshot_column_names(values: &ConfigMap) -> Value {
    let own = values.get("snapshot_meta_column_names");
    let names = ["dbt_valid_from", "dbt_valid_to", "dbt_scd_id", "dbt_updated_at", "dbt_is_deleted"];
    let chosen = names.map(|name| {
        let renamed = own.and_then(|own| own.get(name)).and_then(serde_json::Value::as_str);
        (name.to_string(), renamed.unwrap_or(name).into())
    });
    from_json(&serde_json::Value::Object(chosen.into_iter().collect()))
}

fn persist_docs(scope: &NodeScope, what: &str) -> Outcome {
    if scope.pass == Pass::Parse {
        return Ok(Value::from(false));
    }
    match scope.node.as_ref().and_then(|node| node.config.get("persist_docs")) {
        None | Some(serde_json::Value::Null) => Ok(Value::from(false)),
        Some(serde_json::Value::Object(given)) => Ok(given.get(what).map_or(Value::from(false), from_json)),
        Some(other) => Err(error(format!(
            "Invalid value provided for 'persist_docs'. Expected dict but received {}",
            crate::jinja::value::type_name(&from_json(other))
        ))),
    }
}

/// What a call of `config` says, as JSON.
fn given(scope: &NodeScope, arguments: &Arguments<'_>) -> Outcome<ConfigMap> {
    let invalid = || error(format!("Invalid inline model config{}", in_node(scope)));
    match (arguments.positional(), arguments.has_keywords()) {
        ([dict], false) => {
            let dict = dict.downcast_object_ref::<PyDict>().ok_or_else(invalid)?.snapshot();
            dict.iter().map(|(name, value)| Ok((to_str(name), json(value)?))).collect()
        }
        ([], true) => {
            let call: ConfigMap = arguments
                .keywords()
                .iter()
                .map(|(name, value)| Ok((name.clone(), json(value)?)))
                .collect::<Outcome<_>>()?;
            for (old, new) in [("pre_hook", "pre-hook"), ("post_hook", "post-hook")] {
                if call.contains_key(old) && call.contains_key(new) {
                    return Err(error(format!("Invalid config, has conflicting keys \"{old}\" and \"{new}\"")));
                }
            }
            Ok(call)
        }
        _ => Err(invalid()),
    }
}

fn in_node(scope: &NodeScope) -> String {
    scope.node.as_ref().map(|node| format!(" in {} {}", node.resource_type, node.name)).unwrap_or_default()
}

/// A config as JSON. What JSON has no word for (a relation, an undefined name) is kept as its text, since dbt only shows it.
fn json(value: &Value) -> Outcome<serde_json::Value> {
    if crate::jinja::value::is_undefined(value) {
        return Ok(serde_json::Value::Null);
    }
    if let Some(time) = value.downcast_object_ref::<DateTime>() {
        return time.iso("T", "auto").map(serde_json::Value::String);
    }
    Ok(to_json(value).unwrap_or_else(|_| serde_json::Value::String(to_str(value))))
}
