//! Methods of `adapter` about what exists in the warehouse.

use super::super::column::DuckDBColumn;
use super::super::relation::DuckDBRelation;
use super::Call;
use super::statements::{failed, query};
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Outcome, PyDict, iterate, to_str, type_name};
use crate::jinja::warehouse::ListedRelation;
use crate::manifest::Relation;
use crate::manifest::event_time::python_text;
use indexmap::IndexMap;
use minijinja::value::Value;
use std::sync::Arc;

fn text(value: Option<Value>) -> String {
    super::super::names::text(value).unwrap_or_default()
}

fn relation_of(value: Option<&Value>, method: &str, argument: &str) -> Outcome<Arc<DuckDBRelation>> {
    value.and_then(DuckDBRelation::of).ok_or_else(|| {
        let got = value.map_or("NoneType", type_name);
        error(format!(
            "'adapter.{method}' expects argument '{argument}' to be of type 'DuckDBRelation', instead got {got}"
        ))
    })
}

fn found(call: &Call<'_, '_, '_>, database: &str, schema: &str, listed: &ListedRelation) -> Value {
    let name =
        Relation { quoting: call.scope.domain.quoting, ..Relation::new(database, schema, listed.identifier.as_str()) };
    DuckDBRelation::new(name, Some(listed.relation_type)).into_value()
}

fn find(call: &Call<'_, '_, '_>, database: &str, schema: &str, identifier: &str) -> Outcome<Option<Value>> {
    let session = call.scope.session()?;
    let listed = call.scope.cache.find(&**session, database, schema, identifier).map_err(failed)?;
    Ok(listed.map(|listed| found(call, database, schema, &listed)))
}

pub(super) fn get_relation(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [database, schema, identifier] = call.bind(["database", "schema", "identifier"], 3)?;
    let database = super::super::names::text(database).unwrap_or_else(|| call.scope.domain.target.database.clone());
    let (schema, identifier) = (text(schema), text(identifier));
    Ok(find(call, &database, &schema, &identifier)?.unwrap_or(Value::from(())))
}

pub(super) fn already_exists(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [schema, name] = call.bind(["schema", "name"], 2)?;
    let database = call.scope.domain.target.database.clone();
    Ok(Value::from(find(call, &database, &text(schema), &text(name))?.is_some()))
}

pub(super) fn list_relations(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [database, schema] = call.bind(["database", "schema"], 2)?;
    let (database, schema) = (text(database), text(schema));
    let session = call.scope.session()?.clone();
    let listed = call.scope.cache.list(&*session, &database, &schema).map_err(failed)?;
    Ok(value::list(listed.iter().map(|listed| found(call, &database, &schema, listed)).collect()))
}

pub(super) fn list_without_caching(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [schema_relation] = call.bind(["schema_relation"], 1)?;
    let relation = relation_of(schema_relation.as_ref(), call.name, "schema_relation")?;
    let database = relation.name.database.as_deref().unwrap_or_default();
    let schema = relation.name.schema.as_deref().unwrap_or_default();
    let listed = call.scope.session()?.relations(database, schema).map_err(failed)?;
    Ok(value::list(listed.iter().map(|listed| found(call, database, schema, listed)).collect()))
}

pub(super) fn check_schema_exists(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [database, schema] = call.bind(["database", "schema"], 2)?;
    let name = Relation::new(text(database), text(schema.clone()), "INFORMATION_SCHEMA");
    let information_schema = DuckDBRelation::new(name, None).into_value();
    let rows = call.call_macro("check_schema_exists", &[information_schema, schema.unwrap_or_default()])?;
    let first = iterate(&rows)?.into_iter().next();
    let count = first.map(|row| row.get_item_by_index(0)).transpose()?;
    Ok(Value::from(count.is_some_and(|count| count.is_true())))
}

pub(super) fn create_schema(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    call.call_macro("create_schema", &[relation.unwrap_or_default()])?;
    commit(call)
}

pub(super) fn drop_schema(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_of(relation.as_ref(), call.name, "relation")?;
    call.call_macro("drop_schema", &[Value::from_dyn_object(relation.clone())])?;
    let (database, schema) = (relation.name.database.as_deref(), relation.name.schema.as_deref());
    call.scope.cache.remove_schema(database.unwrap_or_default(), schema.unwrap_or_default());
    commit(call)
}

fn commit(call: &Call<'_, '_, '_>) -> Outcome {
    call.scope.session()?.commit().map_err(failed)?;
    Ok(Value::from(()))
}

pub(super) fn drop_relation(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_of(relation.as_ref(), call.name, "relation")?;
    if relation.relation_type.is_none() {
        return Err(error(format!("Tried to drop relation {}, but its type is null.", relation.render_name())));
    }
    forget(call, &relation);
    call.call_macro("drop_relation", &[Value::from_dyn_object(relation)])?;
    Ok(Value::from(()))
}

pub(super) fn truncate_relation(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    call.call_macro("truncate_relation", &[relation.unwrap_or_default()])?;
    Ok(Value::from(()))
}

pub(super) fn rename_relation(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [from, to] = call.bind(["from_relation", "to_relation"], 2)?;
    let from = relation_of(from.as_ref(), call.name, "from_relation")?;
    let to = relation_of(to.as_ref(), call.name, "to_relation")?;
    renamed(call, &from, &to);
    call.call_macro("rename_relation", &[Value::from_dyn_object(from), Value::from_dyn_object(to)])?;
    Ok(Value::from(()))
}

fn parts(relation: &DuckDBRelation) -> (&str, &str, &str) {
    let name = &relation.name;
    (
        name.database.as_deref().unwrap_or_default(),
        name.schema.as_deref().unwrap_or_default(),
        name.identifier.as_deref().unwrap_or_default(),
    )
}

fn forget(call: &Call<'_, '_, '_>, relation: &DuckDBRelation) {
    let (database, schema, identifier) = parts(relation);
    call.scope.cache.remove(database, schema, identifier);
}

fn renamed(call: &Call<'_, '_, '_>, from: &DuckDBRelation, to: &DuckDBRelation) {
    let (database, schema, identifier) = parts(from);
    let known = call.scope.cache.rename(database, schema, identifier, parts(to).2);
    // A table that a plain statement made is not known yet.
    if let (false, Some(relation_type)) = (known, to.relation_type.or(from.relation_type)) {
        call.scope.cache.add(database, schema, parts(to).2, relation_type);
    }
}

pub(super) fn cache_added(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    if let Some(relation) = relation.as_ref().and_then(DuckDBRelation::of)
        && let Some(relation_type) = relation.relation_type
    {
        let (database, schema, identifier) = parts(&relation);
        call.scope.cache.add(database, schema, identifier, relation_type);
    }
    Ok(Value::from(""))
}

pub(super) fn cache_dropped(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    if let Some(relation) = relation.as_ref().and_then(DuckDBRelation::of) {
        forget(call, &relation);
    }
    Ok(Value::from(""))
}

pub(super) fn cache_renamed(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [from, to] = call.bind(["from_relation", "to_relation"], 2)?;
    if let (Some(from), Some(to)) =
        (from.as_ref().and_then(DuckDBRelation::of), to.as_ref().and_then(DuckDBRelation::of))
    {
        renamed(call, &from, &to);
    }
    Ok(Value::from(""))
}

fn columns_of(call: &mut Call<'_, '_, '_>, relation: &Arc<DuckDBRelation>) -> Outcome<Vec<Value>> {
    match call.call_macro("get_columns_in_relation", &[Value::from_dyn_object(relation.clone())]) {
        Ok(columns) => iterate(&columns),
        // Callers ask this of relations that may not exist.
        Err(cause) if cause.to_string().to_lowercase().contains("does not exist") => Ok(Vec::new()),
        Err(cause) => Err(cause),
    }
}

pub(super) fn get_columns(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_of(relation.as_ref(), call.name, "relation")?;
    columns_of(call, &relation).map(value::list)
}

fn name_of(column: &Value) -> String {
    match column.downcast_object_ref::<DuckDBColumn>() {
        Some(column) => column.name.clone(),
        None => column.get_attr("name").as_ref().map(to_str).unwrap_or_default(),
    }
}

pub(super) fn get_missing_columns(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [from, to] = call.bind(["from_relation", "to_relation"], 2)?;
    let from = relation_of(from.as_ref(), call.name, "from_relation")?;
    let to = relation_of(to.as_ref(), call.name, "to_relation")?;
    let known: std::collections::HashSet<String> = columns_of(call, &to)?.iter().map(name_of).collect();
    let columns = columns_of(call, &from)?;
    Ok(value::list(columns.into_iter().filter(|column| !known.contains(&name_of(column))).collect()))
}

pub(super) fn valid_snapshot_target(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation, names] = call.bind(["relation", "column_names"], 1)?;
    check_snapshot_columns(call, relation, names, &["dbt_scd_id", "dbt_valid_from", "dbt_valid_to"])
}

pub(super) fn valid_snapshot_target_for_strategy(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation, names, strategy] = call.bind(["relation", "column_names", "strategy"], 3)?;
    let strategy = strategy.unwrap_or_default();
    let hard_deletes = strategy.get_attr("hard_deletes").ok().map(|value| to_str(&value)).unwrap_or_default();
    let mut wanted = vec!["dbt_scd_id", "dbt_valid_from", "dbt_valid_to"];
    if hard_deletes == "new_record" {
        wanted.push("dbt_is_deleted");
    }
    check_snapshot_columns(call, relation, names, &wanted)
}

fn check_snapshot_columns(
    call: &mut Call<'_, '_, '_>,
    relation: Option<Value>,
    names: Option<Value>,
    wanted: &[&str],
) -> Outcome {
    let relation = relation_of(relation.as_ref(), call.name, "relation")?;
    let known: Vec<String> = columns_of(call, &relation)?.iter().map(|column| name_of(column).to_lowercase()).collect();
    let own = names.as_ref().and_then(|names| names.downcast_object::<PyDict>());
    let missing: Vec<String> = wanted
        .iter()
        .map(|name| {
            own.as_ref().and_then(|own| own.get_text(name)).map_or_else(|| (*name).to_string(), |own| to_str(&own))
        })
        .filter(|name| !known.contains(&name.to_lowercase()))
        .collect();
    if missing.is_empty() {
        return Ok(Value::from(()));
    }
    let list: Vec<String> = missing.iter().map(|name| format!("\"{name}\"")).collect();
    Err(error(format!(
        "Snapshot target is missing configured columns (missing {}). See https://docs.getdbt.com/docs/build/snapshots#snapshot-meta-fields for more information.",
        list.join(", ")
    )))
}

pub(super) fn existing_key_constraint_types(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_of(relation.as_ref(), call.name, "relation")?;
    let (database, schema, identifier) = parts(&relation);
    if !super::catalogs::has_foreign_keys(call, database)? {
        return Ok(value::list(Vec::new()));
    }
    let escaped = |text: &str| text.replace('\'', "''").to_lowercase();
    let sql = format!(
        "select distinct lower(replace(constraint_type, ' ', '_')) as kind from duckdb_constraints() \
         where lower(database_name) = '{}' and lower(schema_name) = '{}' and lower(table_name) = '{}' \
         and constraint_type in ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') order by 1",
        escaped(database),
        escaped(schema),
        escaped(identifier)
    );
    let rows = query(call, &sql)?;
    Ok(value::list(rows.columns.into_iter().next().unwrap_or_default()))
}

/// What tells the staging tables of the batches of one model apart.
pub(super) fn batch_id(call: &mut Call<'_, '_, '_>) -> Outcome {
    let start = call.scope.batch.as_ref().map(|batch| python_text(batch.window.start));
    let id = start.unwrap_or_default().replace(['-', ':', '+'], "").replace(' ', "_");
    Ok(Value::from(id))
}

pub(super) fn temp_relation_path(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [model, batch] = call.bind(["model", "batch_id"], 1)?;
    let model = model.unwrap_or_default();
    let attribute = |name: &str| model.get_attr(name).as_ref().map(to_str).unwrap_or_default();
    value::impure::mark();
    let suffix = call.scope.invocation.id.rsplit('-').next().unwrap_or_default().to_string();
    let mut identifier = format!("{}__{suffix}", attribute("identifier"));
    if let Some(batch) = super::super::names::text(batch).filter(|batch| !batch.is_empty()) {
        identifier = format!("{identifier}__{batch}");
    }
    let entries = [("database", attribute("database")), ("schema", "dbt_temp".to_string()), ("identifier", identifier)];
    Ok(value::dict(IndexMap::from_iter(entries.map(|(name, part)| (Value::from(name), Value::from(part))))))
}
