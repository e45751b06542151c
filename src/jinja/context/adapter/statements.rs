//! Methods of `adapter` that run statements.

use super::super::column::DuckDBColumn;
use super::super::results;
use super::Call;
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Outcome, to_str};
use crate::jinja::warehouse::{Executed, Fetch, Rows, WarehouseError};
use minijinja::value::Value;

/// The engine's refusal as dbt shows it.
pub(in crate::jinja::context) fn failed(cause: WarehouseError) -> minijinja::Error {
    error(format!("Runtime Error\n  {}", cause.message.replace('\n', "\n  "))).with_source(cause)
}

fn flag(value: Option<Value>) -> bool {
    value.is_some_and(|value| value.is_true())
}

pub(super) fn execute(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [sql, auto_begin, fetch, limit] = call.bind(["sql", "auto_begin", "fetch", "limit"], 1)?;
    let fetch = match (flag(fetch), limit.and_then(|limit| limit.as_usize())) {
        (false, _) => Fetch::Nothing,
        (true, None) => Fetch::All,
        (true, Some(limit)) => Fetch::AtMost(limit),
    };
    let done = run(call, &sql.as_ref().map(to_str).unwrap_or_default(), flag(auto_begin), fetch)?;
    let table = done.rows.map_or_else(results::empty_table, results::table);
    Ok(value::tuple(vec![results::response(&done.response), table]))
}

pub(super) fn add_query(call: &mut Call<'_, '_, '_>) -> Outcome {
    let names = ["sql", "auto_begin", "bindings", "abridge_sql_log"];
    let [sql, auto_begin, bindings, _] = call.bind(names, 1)?;
    let sql = sql.as_ref().map(to_str).unwrap_or_default();
    let bindings = super::super::exceptions::items(&bindings.unwrap_or(Value::from(())))?;
    let sql = if bindings.is_empty() { sql } else { bound(&sql, &bindings) };
    // dbt's default of `auto_begin` is true for this method only.
    run(call, &sql, auto_begin.is_none_or(|value| value.is_true()), Fetch::Nothing)?;
    Ok(value::tuple(vec![Value::from(()), Value::from(())]))
}

/// The statement with each `?` outside of quotes replaced by a literal.
fn bound(sql: &str, bindings: &[Value]) -> String {
    let mut values = bindings.iter();
    let mut quote = None;
    let mut text = String::with_capacity(sql.len() + bindings.len() * 8);
    for letter in sql.chars() {
        match (quote, letter) {
            (None, '?') => match values.next() {
                Some(value) => text.push_str(&literal(value)),
                None => text.push('?'),
            },
            (None, '\'' | '"') => {
                quote = Some(letter);
                text.push(letter);
            }
            (Some(open), _) => {
                if open == letter {
                    quote = None;
                }
                text.push(letter);
            }
            (None, _) => text.push(letter),
        }
    }
    text
}

fn literal(value: &Value) -> String {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => "null".to_string(),
        ValueKind::Bool | ValueKind::Number => to_str(value).to_lowercase(),
        _ => format!("'{}'", to_str(value).replace('\'', "''")),
    }
}

fn run(call: &Call<'_, '_, '_>, sql: &str, auto_begin: bool, fetch: Fetch) -> Outcome<Executed> {
    let session = call.scope.session()?;
    if auto_begin && !session.transactions_disabled() {
        session.begin().map_err(failed)?;
    }
    match &call.scope.comment {
        None => session.execute(sql, fetch).map_err(failed),
        Some(comment) => {
            let commented = comment.on(sql).map_err(|message| error(format!("Runtime Error\n  {message}")))?;
            let executed = session.execute(&commented, fetch);
            // Places are told in the statement without the comment.
            let before = if comment.append { 0 } else { commented.len() - sql.len() };
            let own = |offset: usize| offset.checked_sub(before);
            executed.map_err(|cause| failed(WarehouseError { offset: cause.offset.and_then(own), ..cause }))
        }
    }
}

/// Runs a query for the program's own use.
pub(super) fn query(call: &Call<'_, '_, '_>, sql: &str) -> Outcome<Rows> {
    Ok(run(call, sql, false, Fetch::All)?.rows.unwrap_or_default())
}

pub(super) fn commit(call: &mut Call<'_, '_, '_>) -> Outcome {
    if let Some(session) = &call.scope.session {
        session.commit().map_err(failed)?;
    }
    Ok(Value::from(()))
}

pub(super) fn ensure_transaction(call: &mut Call<'_, '_, '_>) -> Outcome {
    let session = call.scope.session()?.clone();
    if session.transactions_disabled() {
        let message = "disable_transactions is set, but dbt-duckdb uses a transaction to rebuild tables with foreign key \
                       constraints in place, so a failed build does not lose the existing table's data.";
        super::names::say_once(call, message.to_string())?;
    }
    session.begin().map_err(failed)?;
    Ok(Value::from(()))
}

pub(super) fn column_schema(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [sql] = call.bind(["sql"], 1)?;
    let rows = query(call, &format!("DESCRIBE ({})", sql.as_ref().map(to_str).unwrap_or_default()))?;
    let text = |row: usize, name: &str| rows.get(row, name).map(to_str).unwrap_or_default();
    let columns = (0..rows.len()).map(|row| DuckDBColumn::new(text(row, "column_name"), text(row, "column_type")));
    Ok(value::list(columns.map(DuckDBColumn::into_value).collect()))
}

/// `adapter.load_csv(relation, columns, path, delimiter)`: this program's own fast way to fill a seed.
pub(super) fn load_csv(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation, columns, path, delimiter] = call.bind(["relation", "columns", "path", "delimiter"], 3)?;
    let columns: Vec<String> = value::iterate(&columns.unwrap_or_default())?.iter().map(to_str).collect();
    let relation = relation.as_ref().map(to_str).unwrap_or_default();
    let path = path.as_ref().map(to_str).unwrap_or_default();
    let delimiter = delimiter.as_ref().map_or_else(|| ",".to_string(), to_str);
    let session = call.scope.session()?;
    let done = session.load_csv(&relation, &columns, &path, &delimiter).map_err(failed)?;
    Ok(results::response(&done.response))
}
