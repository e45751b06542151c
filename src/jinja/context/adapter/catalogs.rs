//! Methods of `adapter` about databases as a whole: of which kind they are.

use super::super::relation::DuckDBRelation;
use super::Call;
use super::statements::query;
use crate::jinja::value::{Outcome, to_str};
use minijinja::value::Value;

/// Kinds of databases whose tables can have foreign keys.
const WITH_FOREIGN_KEYS: [&str; 2] = ["duckdb", "motherduck"];

/// Whether a relation is in a DuckLake, by what the profile says.
pub(super) fn is_ducklake(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation.as_ref().and_then(DuckDBRelation::of);
    let database = relation.as_ref().and_then(|relation| relation.name.database.as_deref());
    Ok(Value::from(database.is_some_and(|database| call.scope.domain.target.ducklakes.contains(database))))
}

pub(super) fn supports_foreign_keys(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [database] = call.bind(["database"], 1)?;
    let database = super::super::names::text(database).unwrap_or_default();
    has_foreign_keys(call, &database).map(Value::from)
}

/// Whether tables of `database` can have foreign keys. Of every database the engine is asked once in a run.
pub(super) fn has_foreign_keys(call: &mut Call<'_, '_, '_>, database: &str) -> Outcome<bool> {
    if call.scope.session.is_none() {
        return Ok(true);
    }
    if let Some(kind) = call.scope.cache.database_kind(database) {
        return Ok(WITH_FOREIGN_KEYS.contains(&kind.as_str()));
    }
    let name = database.replace('\'', "''").to_lowercase();
    let sql = format!("select lower(type) as kind from duckdb_databases() where lower(database_name) = '{name}'");
    let rows = query(call, &sql)?;
    let kind = rows.columns.first().and_then(|column| column.first()).map(to_str).unwrap_or_default();
    let supported = WITH_FOREIGN_KEYS.contains(&kind.as_str());
    call.scope.cache.set_database_kind(database, kind);
    Ok(supported)
}
