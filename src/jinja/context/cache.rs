//! What is known of the warehouse while a run goes on: dbt's relations cache.
//!
//! A schema is listed once, when it is first asked for; after that, what materializations do is recorded here.

use crate::jinja::warehouse::{ListedRelation, Session, WarehouseError};
use crate::manifest::RelationType;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Name as stored, and kind.
type Entry = (String, RelationType);
/// Lower-case (database, schema).
type SchemaKey = (String, String);

/// The relations of the schemas that were looked at. Names are compared without regard to case.
#[derive(Debug, Default)]
pub struct RelationCache {
    schemas: Mutex<HashMap<SchemaKey, HashMap<String, Entry>>>,
    /// What kind of database each is, by its name in lower case: `duckdb`, `ducklake`, `sqlite`.
    database_kinds: Mutex<HashMap<String, String>>,
}

impl RelationCache {
    fn schemas(&self) -> MutexGuard<'_, HashMap<SchemaKey, HashMap<String, Entry>>> {
        self.schemas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What kind of database `database` is, once that was asked.
    pub fn database_kind(&self, database: &str) -> Option<String> {
        let kinds = self.database_kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.get(&database.to_lowercase()).cloned()
    }

    /// Records what kind of database `database` is.
    pub fn set_database_kind(&self, database: &str, kind: String) {
        let mut kinds = self.database_kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.insert(database.to_lowercase(), kind);
    }

    /// Records that a schema holds exactly `relations`.
    pub fn fill(&self, database: &str, schema: &str, relations: Vec<ListedRelation>) {
        let entries = relations
            .into_iter()
            .map(|relation| (relation.identifier.to_lowercase(), (relation.identifier, relation.relation_type)));
        self.schemas().insert(key(database, schema), entries.collect());
    }

    /// Whether the schema was listed.
    pub fn knows(&self, database: &str, schema: &str) -> bool {
        self.schemas().contains_key(&key(database, schema))
    }

    /// Everything in a schema, by name; lists it through `session` when it was not listed yet.
    ///
    /// # Errors
    /// What the engine says when it lists the schema.
    pub fn list(
        &self,
        session: &dyn Session,
        database: &str,
        schema: &str,
    ) -> Result<Vec<ListedRelation>, WarehouseError> {
        self.ensure(session, database, schema)?;
        let schemas = self.schemas();
        let mut found: Vec<ListedRelation> = schemas
            .get(&key(database, schema))
            .into_iter()
            .flat_map(HashMap::values)
            .map(|(identifier, relation_type)| ListedRelation {
                identifier: identifier.clone(),
                relation_type: *relation_type,
            })
            .collect();
        found.sort_by(|left, right| left.identifier.cmp(&right.identifier));
        Ok(found)
    }

    /// The relation of this name, if it exists.
    ///
    /// # Errors
    /// What the engine says when it lists the schema.
    pub fn find(
        &self,
        session: &dyn Session,
        database: &str,
        schema: &str,
        identifier: &str,
    ) -> Result<Option<ListedRelation>, WarehouseError> {
        self.ensure(session, database, schema)?;
        let schemas = self.schemas();
        let found = schemas.get(&key(database, schema)).and_then(|entries| entries.get(&identifier.to_lowercase()));
        Ok(found.map(|(identifier, relation_type)| ListedRelation {
            identifier: identifier.clone(),
            relation_type: *relation_type,
        }))
    }

    fn ensure(&self, session: &dyn Session, database: &str, schema: &str) -> Result<(), WarehouseError> {
        if !self.knows(database, schema) {
            let relations = session.relations(database, schema)?;
            // Two nodes may have listed it at the same time; the one that came first may have added to it since.
            self.schemas().entry(key(database, schema)).or_insert_with(|| {
                relations
                    .into_iter()
                    .map(|relation| (relation.identifier.to_lowercase(), (relation.identifier, relation.relation_type)))
                    .collect()
            });
        }
        Ok(())
    }

    /// Records that a relation was made.
    pub fn add(&self, database: &str, schema: &str, identifier: &str, relation_type: RelationType) {
        if let Some(entries) = self.schemas().get_mut(&key(database, schema)) {
            entries.insert(identifier.to_lowercase(), (identifier.to_string(), relation_type));
        }
    }

    /// Records that a relation was dropped.
    pub fn remove(&self, database: &str, schema: &str, identifier: &str) {
        if let Some(entries) = self.schemas().get_mut(&key(database, schema)) {
            entries.remove(&identifier.to_lowercase());
        }
    }

    /// Records that a relation has a new name in the same schema.
    pub fn rename(&self, database: &str, schema: &str, from: &str, to: &str) -> bool {
        if let Some(entries) = self.schemas().get_mut(&key(database, schema))
            && let Some((_, relation_type)) = entries.remove(&from.to_lowercase())
        {
            entries.insert(to.to_lowercase(), (to.to_string(), relation_type));
            return true;
        }
        false
    }

    /// Records that a schema was dropped with all that was in it.
    pub fn remove_schema(&self, database: &str, schema: &str) {
        self.schemas().remove(&key(database, schema));
    }
}

fn key(database: &str, schema: &str) -> SchemaKey {
    (database.to_lowercase(), schema.to_lowercase())
}
