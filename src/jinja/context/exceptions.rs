//! `exceptions`, `log`, `print`: how templates speak up.
//! Source: <https://docs.getdbt.com/reference/dbt-jinja-functions/exceptions>.

use super::function::function;
use super::names::{namespace as dict_of, text};
use super::scope::scope_of;
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Arguments, Outcome, iterate, to_str};
use minijinja::State;
use minijinja::value::Value;

pub(super) fn namespace() -> Value {
    dict_of([
        ("warn", function("warn", warn)),
        ("raise_compiler_error", function("raise_compiler_error", |_, arguments| raise(arguments, ""))),
        ("raise_database_error", function("raise_database_error", |_, arguments| raise(arguments, ""))),
        ("raise_not_implemented", function("raise_not_implemented", |_, arguments| raise(arguments, "ERROR: "))),
        ("raise_dependency_error", function("raise_dependency_error", |_, arguments| raise(arguments, ""))),
        ("raise_fail_fast_error", function("raise_fail_fast_error", |_, arguments| raise(arguments, ""))),
        ("raise_contract_error", function("raise_contract_error", contract_error)),
        (
            "raise_cache_inconsistent",
            function("raise_cache_inconsistent", |_, arguments| raise(arguments, "Cache inconsistency detected: ")),
        ),
        (
            "raise_invalid_property_yml_version",
            function("raise_invalid_property_yml_version", |_, arguments| {
                let [path, issue] =
                    Arguments::new(arguments).bind("raise_invalid_property_yml_version", ["path", "issue"], 2)?;
                let (path, issue) = (text(path).unwrap_or_default(), text(issue).unwrap_or_default());
                Err(error(format!("The yml property file at {path} is invalid because {issue}.")))
            }),
        ),
        (
            "missing_config",
            function("missing_config", |_, arguments| {
                let [model, name] = Arguments::new(arguments).bind("missing_config", ["model", "name"], 2)?;
                let id = attribute(model.as_ref(), "unique_id");
                let name = text(name).unwrap_or_default();
                Err(error(format!("Model '{id}' does not define a required config parameter '{name}'.")))
            }),
        ),
        (
            "missing_materialization",
            function("missing_materialization", |_, arguments| {
                let [model, adapter] =
                    Arguments::new(arguments).bind("missing_materialization", ["model", "adapter_type"], 2)?;
                let config = model.and_then(|model| model.get_attr("config").ok());
                let name = attribute(config.as_ref(), "materialized");
                let adapter = text(adapter).unwrap_or_default();
                Err(error(missing_materialization(&name, &adapter)))
            }),
        ),
        (
            "missing_relation",
            function("missing_relation", |_, arguments| {
                let [relation, _] = Arguments::new(arguments).bind("missing_relation", ["relation", "model"], 1)?;
                Err(error(format!("Relation {} not found!", text(relation).unwrap_or_default())))
            }),
        ),
        ("relation_wrong_type", function("relation_wrong_type", relation_wrong_type)),
        (
            "raise_ambiguous_alias",
            function("raise_ambiguous_alias", |_, arguments| {
                let [first, second, name] =
                    Arguments::new(arguments).bind("raise_ambiguous_alias", ["node_1", "node_2", "duped_name"], 2)?;
                let (first, second) = (attribute(first.as_ref(), "unique_id"), attribute(second.as_ref(), "unique_id"));
                let name = text(name).unwrap_or_default();
                Err(error(format!(
                    "dbt found two resources with the database representation \"{name}\".\ndbt cannot create two resources with \
                 identical database representations. To fix this,\nchange the configuration of one of these resources:\n\
                 - {first}\n- {second}"
                )))
            }),
        ),
        (
            "column_type_missing",
            function("column_type_missing", |_, arguments| {
                let [names] = Arguments::new(arguments).bind("column_type_missing", ["column_names"], 1)?;
                let names: Vec<String> = iterate(&names.unwrap_or_default())?.iter().map(to_str).collect();
                Err(error(format!(
                    "Contracted models require data_type to be defined for each column.  Please ensure that the column name and \
                 data_type are defined within the YAML configuration for the [{}] column(s).",
                    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
                )))
            }),
        ),
        (
            "warn_snapshot_timestamp_data_types",
            function("warn_snapshot_timestamp_data_types", |state, arguments| {
                let names = ["snapshot_time_data_type", "updated_at_data_type"];
                let [snapshot, updated_at] =
                    Arguments::new(arguments).bind("warn_snapshot_timestamp_data_types", names, 2)?;
                let (snapshot, updated_at) = (text(snapshot).unwrap_or_default(), text(updated_at).unwrap_or_default());
                warn_with(
                    state,
                    &format!(
                        "Data type of snapshot table timestamp columns ({snapshot}) doesn't match derived column 'updated_at' \
                 ({updated_at}). Please update snapshot config 'updated_at'."
                    ),
                )
            }),
        ),
    ])
}

/// dbt's text for a materialization that nobody defines.
pub fn missing_materialization(name: &str, adapter: &str) -> String {
    format!("No materialization '{name}' was found for adapter {adapter}! (searched types 'default' and '{adapter}')")
}

fn raise(arguments: &[Value], prefix: &str) -> Outcome {
    let arguments = Arguments::new(arguments);
    let message = arguments
        .positional()
        .first()
        .cloned()
        .or_else(|| arguments.keyword("msg"))
        .or_else(|| arguments.keyword("message"));
    Err(error(format!("{prefix}{}", message.as_ref().map(to_str).unwrap_or_default())))
}

fn attribute(value: Option<&Value>, name: &str) -> String {
    value.and_then(|value| value.get_attr(name).ok()).as_ref().map(to_str).unwrap_or_default()
}

fn relation_wrong_type(_state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let names = ["relation", "expected_type", "model"];
    let [relation, expected, _] = Arguments::new(arguments).bind("relation_wrong_type", names, 2)?;
    let relation = relation.unwrap_or_default();
    let expected = text(expected).unwrap_or_default();
    let kind = attribute(Some(&relation), "type");
    Err(error(format!(
        "Trying to create {expected} {}, but it currently exists as a {kind}. Either drop {} manually, or run dbt with \
         `--full-refresh` and dbt will drop it for you.",
        to_str(&relation),
        to_str(&relation)
    )))
}

fn warn(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [message, _] = Arguments::new(arguments).bind("warn", ["msg", "node"], 1)?;
    warn_with(state, &message.as_ref().map(to_str).unwrap_or_default())
}

/// Warns, or fails where warnings are errors.
pub(super) fn warn_with(state: &State<'_, '_>, message: &str) -> Outcome {
    let scope = scope_of(state)?;
    let node = scope.node.as_ref().map(|node| node.unique_id.as_str());
    match scope.invocation.messages.warn(node, message) {
        None => Ok(Value::from("")),
        Some(as_error) => Err(error(as_error)),
    }
}

pub(super) fn log(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [message, info] = Arguments::new(arguments).bind("log", ["msg", "info"], 1)?;
    let scope = scope_of(state)?;
    let node = scope.node.as_ref().map(|node| node.unique_id.as_str());
    let message = message.as_ref().map(to_str).unwrap_or_default();
    scope.invocation.messages.log(node, &message, info.is_some_and(|info| info.is_true()));
    Ok(Value::from(""))
}

pub(super) fn print(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [message] = Arguments::new(arguments).bind("print", ["msg"], 1)?;
    scope_of(state)?.invocation.messages.print(&message.as_ref().map(to_str).unwrap_or_default());
    Ok(Value::from(""))
}

/// `try_or_compiler_error(message, function, ...)`: calls the function, and replaces whatever goes wrong by the message.
pub(super) fn try_or_compiler_error(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [message, callable, rest @ ..] = arguments else {
        return Err(error("try_or_compiler_error() needs a message and a function"));
    };
    callable.call(state, rest).map_err(|_| error(to_str(message)))
}

/// The table of dbt that shows in which columns a model and its contract differ.
fn contract_error(_state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [yaml, sql] = Arguments::new(arguments).bind("raise_contract_error", ["yaml_columns", "sql_columns"], 2)?;
    let columns = |value: Option<Value>| -> Outcome<Vec<ContractColumn>> {
        let columns = iterate(&value.unwrap_or_default())?;
        Ok(columns.iter().map(ContractColumn::of).collect())
    };
    Err(error(contract_message(&columns(yaml)?, &columns(sql)?)))
}

struct ContractColumn {
    name: String,
    data_type: String,
    formatted: String,
}

impl ContractColumn {
    fn of(value: &Value) -> Self {
        ContractColumn {
            name: attribute(Some(value), "name"),
            data_type: attribute(Some(value), "data_type"),
            formatted: attribute(Some(value), "formatted"),
        }
    }
}

fn contract_message(yaml: &[ContractColumn], sql: &[ContractColumn]) -> String {
    const INTRODUCTION: &str = "This model has an enforced contract that failed.\nPlease ensure the name, data_type, and number of columns in your \
         contract match the columns in your model's definition.\n\n";
    let mut rows: Vec<[String; 4]> = Vec::new();
    let same_name = |left: &ContractColumn, right: &ContractColumn| left.name == right.name;
    for in_sql in sql {
        match yaml.iter().find(|in_yaml| same_name(in_yaml, in_sql)) {
            None => rows.push(row(&in_sql.name, &in_sql.data_type, "", "missing in contract")),
            Some(in_yaml) if in_yaml.data_type.to_lowercase() != in_sql.data_type.to_lowercase() => {
                rows.push(row(&in_sql.name, &in_sql.data_type, &in_yaml.data_type, "data type mismatch"));
            }
            Some(_) => {}
        }
    }
    for in_yaml in yaml {
        if !sql.iter().any(|in_sql| same_name(in_yaml, in_sql)) {
            rows.push(row(&in_yaml.name, "", &in_yaml.data_type, "missing in definition"));
        }
    }
    rows.sort();
    if rows.is_empty() {
        let listed = |columns: &[ContractColumn]| {
            columns.iter().map(|column| column.formatted.as_str()).collect::<Vec<_>>().join(", ")
        };
        return format!("{INTRODUCTION}contract: {}\nmodel: {}", listed(yaml), listed(sql));
    }
    let header = row("column_name", "definition_type", "contract_type", "mismatch_reason");
    format!("{INTRODUCTION}{}", table(&header, &rows))
}

fn row(name: &str, definition: &str, contract: &str, reason: &str) -> [String; 4] {
    [name, definition, contract, reason].map(str::to_string)
}

/// A table in the layout of agate's `print_table`.
fn table(header: &[String; 4], rows: &[[String; 4]]) -> String {
    let width = |column: usize| rows.iter().chain([header]).map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 4] = std::array::from_fn(width);
    let line = |row: &[String; 4]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule = format!("| {} |", widths.map(|width| "-".repeat(width)).join(" | "));
    std::iter::once(line(header)).chain([rule]).chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n")
}

/// For callers that have a value and want its items.
pub(super) fn items(value: &Value) -> Outcome<Vec<Value>> {
    if value.is_none() || value::is_undefined(value) { Ok(Vec::new()) } else { iterate(value) }
}
