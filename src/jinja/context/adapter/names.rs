//! Methods of `adapter` that only make or find names.

use super::Call;
use crate::jinja::runtime;
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Outcome, iterate, repr, to_str, type_name};
use chrono::SecondsFormat;
use indexmap::IndexMap;
use minijinja::value::{Value, ValueKind};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

fn text(value: Option<Value>) -> String {
    super::super::names::text(value).unwrap_or_default()
}

/// `dispatch(name, macro_namespace)`: the macro `duckdb__name`, else `default__name`, searched in dbt's order.
/// Source: <https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch>.
pub(super) fn dispatch(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [name, namespace, packages] = call.bind(["macro_name", "macro_namespace", "packages"], 1)?;
    let name = text(name);
    if let Some((package, rest)) = name.split_once('.') {
        return Err(error(format!(
            "In adapter.dispatch, got a macro name of \"{name}\", but \".\" is not a valid macro name component. Did you mean \
             `adapter.dispatch(\"{rest}\", macro_namespace=\"{package}\")`?"
        )));
    }
    if packages.is_some_and(|packages| !packages.is_none()) {
        return Err(error(format!(
            "The \"packages\" argument of adapter.dispatch() has been deprecated.\nUse the \"macro_namespace\" argument \
             instead.\n\nRaised during dispatch for: {name}\n\nFor more information, see:\n\n\
             https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch"
        )));
    }
    let macros = runtime::namespace_of(call.state).ok_or_else(|| error("dispatch needs the macros of a project"))?;
    let mut attempts = Vec::new();
    for package in search_packages(call, namespace.as_ref())? {
        for prefix in ["duckdb", "default"] {
            let full = format!("{prefix}__{name}");
            // A package that is not installed is passed over, as in dbt.
            if let Ok(Some(definition)) = macros.get_from_package(package.as_deref(), &full) {
                return Ok(definition.value());
            }
            attempts.push(match &package {
                Some(package) => format!("'{package}.{full}'"),
                None => format!("'{full}'"),
            });
        }
    }
    let namespace = namespace.as_ref().map_or_else(|| "None".to_string(), to_str);
    Err(error(format!(
        "In dispatch: No macro named '{name}' found within namespace: '{namespace}'\n    Searched for: {}",
        attempts.join(", ")
    )))
}

fn search_packages(call: &Call<'_, '_, '_>, namespace: Option<&Value>) -> Outcome<Vec<Option<String>>> {
    let Some(namespace) = namespace.filter(|namespace| !namespace.is_none()) else { return Ok(vec![None]) };
    let Some(namespace) = value::text_of(namespace) else {
        let kind = type_name(namespace);
        return Err(error(format!(
            "In adapter.dispatch, got a <class '{kind}'> macro_namespace argument (\"{}\"), but macro_namespace should be None \
             or a string.",
            to_str(namespace)
        )));
    };
    let domain = &call.scope.domain;
    if let Some(order) = domain.dispatch.get(namespace) {
        return Ok(order.iter().cloned().map(Some).collect());
    }
    if domain.packages.iter().any(|package| **package == *namespace) {
        return Ok(vec![Some(domain.name.to_string()), Some(namespace.to_string())]);
    }
    Ok(vec![None])
}

pub(super) fn quote(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [identifier] = call.bind(["identifier"], 1)?;
    Ok(Value::from(format!("\"{}\"", text(identifier))))
}

pub(super) fn quote_as_configured(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [identifier, key] = call.bind(["identifier", "quote_key"], 2)?;
    let quoting = call.scope.domain.quoting;
    let quoted = match text(key).as_str() {
        "database" => quoting.database,
        "schema" => quoting.schema,
        "identifier" => quoting.identifier,
        _ => false,
    };
    let identifier = text(identifier);
    Ok(Value::from(if quoted { format!("\"{identifier}\"") } else { identifier }))
}

pub(super) fn quote_seed_column(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [column, config] = call.bind(["column", "quote_config"], 2)?;
    let config = config.unwrap_or(Value::from(()));
    let quoted = match config.kind() {
        ValueKind::Bool => config.is_true(),
        ValueKind::None => true,
        _ => {
            return Err(error(format!(
                "The seed configuration value of \"quote_columns\" has an invalid type {}",
                type_name(&config)
            )));
        }
    };
    let column = text(column);
    Ok(Value::from(if quoted { format!("\"{column}\"") } else { column }))
}

pub(super) fn escape_sql_string(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [text_given] = call.bind(["value"], 1)?;
    Ok(Value::from(text_given.as_ref().map(to_str).unwrap_or_default().replace('\'', "''")))
}

pub(super) fn convert_type(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [table, index] = call.bind(["agate_table", "col_idx"], 2)?;
    let table = table.unwrap_or_default();
    let index = index.and_then(|index| index.as_usize()).unwrap_or_default();
    super::super::results::column_type(&table, index)
        .map(Value::from)
        .ok_or_else(|| error(format!("there is no column {index} in {}", repr(&table))))
}

pub(super) fn convert_datetimes_to_strs(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [table] = call.bind(["table"], 1)?;
    Ok(table.unwrap_or_default())
}

pub(super) fn standardize_grants(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [table] = call.bind(["grants_table"], 1)?;
    let mut grants: IndexMap<String, Vec<Value>> = IndexMap::new();
    for row in iterate(&table.unwrap_or_default())? {
        let privilege = to_str(&row.get_item(&Value::from("privilege_type"))?);
        grants.entry(privilege).or_default().push(row.get_item(&Value::from("grantee"))?);
    }
    Ok(value::dict(grants.into_iter().map(|(name, grantees)| (Value::from(name), value::list(grantees))).collect()))
}

/// The incremental strategies that DuckDB 1.5 has.
pub(super) fn strategies() -> Value {
    value::list(["append", "delete+insert", "merge", "microbatch"].map(Value::from).to_vec())
}

pub(super) fn incremental_strategy_macro(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [_, strategy] = call.bind(["model_context", "strategy"], 2)?;
    let strategy = super::super::names::text(strategy).unwrap_or_else(|| "default".to_string());
    if strategy == "insert_overwrite" {
        return Err(error(format!("The incremental strategy '{strategy}' is not valid for this adapter")));
    }
    let name = format!("get_incremental_{}_sql", strategy.replace('+', "_"));
    let macros = runtime::namespace_of(call.state);
    macros.and_then(|macros| macros.get(&name).cloned()).ok_or_else(|| {
        error(format!(
            "dbt could not find an incremental strategy macro with the name \"{name}\" in {}",
            call.scope.domain.name
        ))
    })
}

pub(super) fn parse_index(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [raw] = call.bind(["raw_index"], 1)?;
    let raw = raw.unwrap_or(Value::from(()));
    if raw.is_none() {
        return Ok(raw);
    }
    let Some(given) = raw.downcast_object_ref::<value::PyDict>() else {
        return Err(error(format!(
            "Invalid index config:\n  Got: {}\n  Expected a dictionary with at minimum a \"columns\" key",
            to_str(&raw)
        )));
    };
    let columns = given
        .get_text("columns")
        .ok_or_else(|| error("Could not parse index config: 'columns' is a required property"))?;
    let unique = given.get_text("unique").is_some_and(|unique| unique.is_true());
    Ok(Value::from_object(Index { columns, unique }))
}

/// An index that a model asks for.
#[derive(Debug)]
struct Index {
    columns: Value,
    unique: bool,
}

impl minijinja::value::Object for Index {
    fn repr(self: &std::sync::Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Plain
    }

    fn get_value(self: &std::sync::Arc<Self>, key: &Value) -> Option<Value> {
        match value::text_of(key)? {
            "columns" => Some(self.columns.clone()),
            "unique" => Some(Value::from(self.unique)),
            _ => None,
        }
    }

    fn call_method(
        self: &std::sync::Arc<Self>,
        _state: &mut minijinja::State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Outcome {
        if method != "render" {
            return Err(error(format!("'DuckDBIndexConfig object' has no attribute '{method}'")));
        }
        // A name of its own each time: an index of the table that is about to be replaced may still have the old one, and a
        // model may ask for one index twice.
        let now = value::impure::now().to_rfc3339_opts(SecondsFormat::Nanos, true);
        let relation = arguments.first().map(to_str).unwrap_or_default();
        let columns: Vec<String> = iterate(&self.columns)?.iter().map(to_str).collect();
        let unique = if self.unique { "True" } else { "False" };
        let text = format!("{}_{relation}_{unique}_{}", columns.join("_"), now);
        Ok(Value::from(super::super::modules::md5(&text)))
    }
}

/// Warns about something the first time only.
pub(super) fn warn_once(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [message] = call.bind(["msg"], 1)?;
    say_once(call, text(message))
}

/// Warns, unless the same was said before in this run.
pub(super) fn say_once(call: &mut Call<'_, '_, '_>, message: String) -> Outcome {
    static SEEN: Mutex<Option<HashSet<(String, String)>>> = Mutex::new(None);
    let key = (call.scope.invocation.id.clone(), message.clone());
    let is_new = SEEN.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(key);
    if is_new { super::super::exceptions::warn_with(call.state, &message) } else { Ok(Value::from("")) }
}
