//! Results of statements, tables of rows, and other things that a materialization keeps.

use super::names::text;
use super::scope::{NodeScope, scope_of};
use crate::jinja::runtime;
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Arguments, Outcome, Table, to_str};
use crate::jinja::warehouse::{AdapterResponse, Rows};
use crate::jinja::{Engine, Unit, parse_template};
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};
use std::fmt;
use std::sync::Arc;

/// Rows as an agate-like table.
pub fn table(rows: Rows) -> Value {
    Table::new(rows.names, rows.columns).with_types(rows.types).into_value()
}

/// A table without columns.
pub(super) fn empty_table() -> Value {
    table(Rows::default())
}

/// DuckDB's type for a column of a table, as dbt chooses it for seeds.
pub(super) fn column_type(table: &Value, index: usize) -> Option<String> {
    table.downcast_object_ref::<Table>()?.database_type(index).map(str::to_string)
}

/// dbt's adapter response as a value.
pub(super) fn response(response: &AdapterResponse) -> Value {
    Value::from_object(Response(response.clone()))
}

struct Response(AdapterResponse);

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Object for Response {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match value::text_of(key)? {
            "_message" | "message" => Value::from(self.0.message.as_str()),
            "code" => self.0.code.as_deref().map_or(Value::from(()), Value::from),
            "rows_affected" => self.0.rows_affected.map_or(Value::from(()), Value::from),
            name => value::undefined(format!("'AdapterResponse object' has no attribute '{name}'")),
        })
    }
}

/// The response that a stored value holds, if it is one.
pub fn response_of(value: &Value) -> Option<AdapterResponse> {
    value.downcast_object_ref::<Response>().map(|response| response.0.clone())
}

pub(super) fn store_result(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [name, response, table] =
        Arguments::new(arguments).bind("store_result", ["name", "response", "agate_table"], 2)?;
    let table = table.filter(|table| !table.is_none());
    store(&*scope_of(state)?, text(name).unwrap_or_default(), response.unwrap_or_default(), table);
    Ok(Value::from(""))
}

pub(super) fn store_raw_result(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let names = ["name", "message", "code", "rows_affected", "agate_table"];
    let [name, message, code, rows_affected, table] = Arguments::new(arguments).bind("store_raw_result", names, 1)?;
    let raw = AdapterResponse {
        message: text(message).unwrap_or_default(),
        code: text(code),
        rows_affected: rows_affected.and_then(|rows| rows.as_i64()),
    };
    let table = table.filter(|table| !table.is_none());
    store(&*scope_of(state)?, text(name).unwrap_or_default(), response(&raw), table);
    Ok(Value::from(""))
}

fn store(scope: &NodeScope, name: String, response: Value, table: Option<Value>) {
    let table = table.unwrap_or_else(empty_table);
    let rows = table.downcast_object_ref::<Table>().map_or_else(|| value::list(Vec::new()), Table::matrix);
    let result = super::names::namespace([("response", response), ("data", rows), ("table", table)]);
    scope.results().insert(name, Some(result));
}

pub(super) fn load_result(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [name] = Arguments::new(arguments).bind("load_result", ["name"], 1)?;
    let name = text(name).unwrap_or_default();
    let scope = scope_of(state)?;
    let mut results = scope.results();
    match results.get_mut(&name) {
        None => Ok(Value::from(())),
        Some(stored) if name == "main" => Ok(stored.clone().unwrap_or(Value::from(()))),
        Some(stored) => stored.take().ok_or_else(|| {
            error(format!("The 'statement' result named '{name}' has already been loaded into a variable"))
        }),
    }
}

/// `_sql_results`: everything that was stored and not loaded yet.
pub(super) fn all(scope: &NodeScope) -> Value {
    let results = scope.results();
    let entries =
        results.iter().map(|(name, result)| (Value::from(name.as_str()), result.clone().unwrap_or(Value::from(()))));
    value::dict(entries.collect())
}

pub(super) fn load_agate_table(state: &mut State<'_, '_>, _arguments: &[Value]) -> Outcome {
    let scope = scope_of(state)?;
    match &scope.node {
        Some(node) if node.resource_type == "seed" => scope.host.load_seed(&scope),
        node => {
            let kind = node.as_ref().map_or("macro", |node| node.resource_type);
            Err(error(format!("can only load_agate_table for seeds (got a {kind})")))
        }
    }
}

pub(super) fn write(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [payload] = Arguments::new(arguments).bind("write", ["payload"], 1)?;
    let scope = scope_of(state)?;
    scope.host.write(&scope, &payload.as_ref().map(to_str).unwrap_or_default())?;
    Ok(Value::from(""))
}

/// `render(text)`: renders a template that is itself a value, such as the SQL of a hook.
pub(super) fn render(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [template] = Arguments::new(arguments).bind("render", ["string"], 1)?;
    let text = template.as_ref().map(to_str).unwrap_or_default();
    if !text.contains("{{") && !text.contains("{%") && !text.contains("{#") {
        return Ok(Value::from(text));
    }
    let scope = runtime::scope_of(state).ok_or_else(|| error("render needs the context of a node"))?;
    let macros = runtime::namespace_of(state).ok_or_else(|| error("render needs the macros of a project"))?;
    let phase = runtime::phase_of(state).unwrap_or(runtime::Phase::Execute);
    let file: Arc<str> = "rendered text".into();
    let body = parse_template(&file, &text).map_err(|diagnostic| error(diagnostic.message))?;
    let unit = Unit::template("rendered text", &file, &body);
    let rendered = Engine::new().render(phase, &unit, &macros, scope).map_err(|cause| error(cause.message))?;
    Ok(Value::from(rendered.output))
}
