//! How fresh a source is: when it was last loaded, and what its limits make of that.
//! Source: <https://docs.getdbt.com/reference/resource-properties/freshness>.

use super::execute::{Executed, failed, response_json};
use super::failure::Failure;
use crate::compile::Program;
use crate::jinja::Engine;
use crate::jinja::context::{DuckDBRelation, NodeScope, response_of};
use crate::jinja::runtime::Phase;
use crate::jinja::value::temporal::DateTime as PyDateTime;
use crate::jinja::value::{PyDict, Table, to_str, type_name};
use crate::jinja::warehouse::Session;
use crate::manifest::{Freshness, FreshnessLimit, JsonMap, Node, NodeStatus, Source};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use minijinja::Value;
use std::sync::Arc;

/// How fresh a source is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceFreshness {
    /// When its newest row was loaded; the beginning of the calendar when there is none.
    pub max_loaded_at: DateTime<Utc>,
    /// When that was asked, by the clock of the engine.
    pub snapshotted_at: DateTime<Utc>,
}

impl SourceFreshness {
    /// Seconds between the two; negative when the newest row is of the future.
    pub fn age(&self) -> f64 {
        (self.snapshotted_at - self.max_loaded_at).as_seconds_f64()
    }

    /// What the limits make of it.
    fn status(&self, limits: &Freshness) -> NodeStatus {
        let age = self.snapshotted_at - self.max_loaded_at;
        let exceeded = |limit: &Option<FreshnessLimit>| limit.as_ref().and_then(allowed).is_some_and(|most| age > most);
        if exceeded(&limits.error_after) {
            NodeStatus::Error
        } else if exceeded(&limits.warn_after) {
            NodeStatus::Warn
        } else {
            NodeStatus::Pass
        }
    }
}

/// The age that a limit allows; nothing when it does not say so in full.
fn allowed(limit: &FreshnessLimit) -> Option<TimeDelta> {
    let count = limit.count?;
    match limit.period.as_deref()? {
        "minute" => TimeDelta::try_minutes(count),
        "hour" => TimeDelta::try_hours(count),
        _ => TimeDelta::try_days(count),
    }
}

/// Asks the engine, by the project's macros.
pub(super) fn execute(
    program: &Arc<Program>,
    node: &Arc<Node>,
    source: &Source,
    session: &Arc<dyn Session>,
) -> Result<Executed, Failure> {
    let limits = source.freshness.clone().unwrap_or_default();
    let scope = program.scope(node, Some(session.clone()));
    let scope = scope.ok_or_else(|| Failure::Message(format!("the domain {} is not known", node.domain)))?;
    let relation = node.relation.clone();
    let relation = relation.map_or(Value::from(()), |relation| DuckDBRelation::new(relation, None).into_value());
    let (name, arguments, scope) = if let Some(query) = &source.loaded_at_query {
        let scope = Arc::new(scope.with_local("source_node", program.dict(node, None)));
        let query = program.render(node, query, &scope)?;
        ("collect_freshness_custom_sql", vec![relation, Value::from(query)], scope)
    } else if let Some(field) = &source.loaded_at_field {
        let filter = limits.filter.as_deref().map_or(Value::from(()), Value::from);
        ("collect_freshness", vec![relation, Value::from(field.as_str()), filter], Arc::new(scope))
    } else {
        return Err(Failure::Message(format!(
            "Runtime Error in source {} ({})\n  Could not compute freshness for source {}: no 'loaded_at_field' provided and \
             duckdb adapter does not support metadata-based freshness checks.",
            node.name, node.original_file_path, node.name
        )));
    };
    let (freshness, response) = ask(program, node, name, &arguments, &scope)?;
    Ok(Executed {
        status: Some(freshness.status(&limits)),
        response,
        freshness: Some(freshness),
        ..Executed::default()
    })
}

/// Calls the macro, whose answer is a result of `load_result`, or a table alone.
fn ask(
    program: &Arc<Program>,
    node: &Arc<Node>,
    name: &str,
    arguments: &[Value],
    scope: &Arc<NodeScope>,
) -> Result<(SourceFreshness, JsonMap), Failure> {
    let runtime = |message: String| {
        Failure::Message(format!("Runtime Error in source {} ({})\n  {message}", node.name, node.original_file_path))
    };
    let macros = program.macros.get(&node.domain).map(|macros| macros.namespace(node.domain.as_str()));
    let found = macros.and_then(|macros| {
        let definition = macros.get_from_package(None, name).ok().flatten()?;
        Some((definition, macros))
    });
    let Some((definition, macros)) = found else {
        return Err(runtime(format!("dbt could not find a macro with the name '{name}' in any package")));
    };
    let called = Engine::new().call_macro(Phase::Execute, &definition, arguments, &macros, scope.clone());
    let answer = called.map_err(failed)?.output;
    let (table, response) = match answer.downcast_object_ref::<PyDict>() {
        Some(result) => {
            let response = result.get_text("response").as_ref().and_then(response_of);
            (result.get_text("table"), response.as_ref().map(response_json).unwrap_or_default())
        }
        None => (Some(answer.clone()), JsonMap::new()),
    };
    let table = table.and_then(|table| table.downcast_object::<Table>());
    let cells = table.as_ref().and_then(|table| match table.rows() {
        [only] => <[Value; 2]>::try_from(only.values().to_vec()).ok(),
        _ => None,
    });
    let Some([loaded, asked]) = cells else {
        return Err(runtime(format!(
            "Got an invalid result from \"{name}\" macro: {}",
            table.as_ref().map(|table| to_str(&table.matrix())).unwrap_or_default()
        )));
    };
    let max_loaded_at = match loaded.is_none() {
        true => DateTime::from_naive_utc_and_offset(beginning(), Utc),
        false => time(&loaded, "last_modified").map_err(runtime)?,
    };
    Ok((SourceFreshness { max_loaded_at, snapshotted_at: time(&asked, "snapshotted_at").map_err(runtime)? }, response))
}

/// Where Python's calendar begins: as old as a source can be.
fn beginning() -> NaiveDateTime {
    chrono::NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default().and_time(chrono::NaiveTime::MIN)
}

/// A time of the engine; one without a zone is of UTC.
fn time(value: &Value, field: &str) -> Result<DateTime<Utc>, String> {
    let Some(time) = value.downcast_object_ref::<PyDateTime>() else {
        return Err(format!(
            "Expected a timestamp value when querying field '{field}' of table None but received value of type '{}' instead",
            type_name(value).rsplit('.').next().unwrap_or_default()
        ));
    };
    let offset = time.zone.as_ref().map_or(0, |zone| zone.offset());
    Ok(DateTime::from_naive_utc_and_offset(time.local - TimeDelta::seconds(i64::from(offset)), Utc))
}

#[cfg(test)]
mod tests;
