//! Foreign keys between the tables of a run.
//!
//! Creating or dropping a table with a foreign key also changes the table that it points at, so DuckDB answers two such
//! models in concurrent transactions with a write-write conflict. They take turns.

use crate::jinja::value::to_str;
use crate::jinja::warehouse::{Fetch, Session, WarehouseError};
use crate::manifest::{Node, Relation};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Database, schema and table in lower case.
type Table = (String, String, String);

/// Whose turn it is among the nodes that foreign keys tie together.
#[derive(Default)]
pub(super) struct ForeignKeys {
    turn: Mutex<()>,
    /// Tables that had keys when the first node was built, and whether one of them is a foreign key.
    existing: OnceLock<HashMap<Table, bool>>,
}

impl ForeignKeys {
    /// Waits for the turn of `node`, if a foreign key leads from or to its table. The turn ends with the guard.
    ///
    /// # Errors
    /// What the engine says.
    pub fn turn(&self, node: &Node, session: &dyn Session) -> Result<Option<MutexGuard<'_, ()>>, WarehouseError> {
        let Some(relation) = &node.relation else { return Ok(None) };
        let key = relation.key();
        let existing = self.existing(session)?.get(&key).copied();
        let declared = declared(node);
        if existing.is_none() && declared.is_empty() {
            return Ok(None);
        }
        let guard = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if existing == Some(true) || declared.contains(&"foreign_key") || is_target(relation, session)? {
            return Ok(Some(guard));
        }
        Ok(None)
    }

    fn existing(&self, session: &dyn Session) -> Result<&HashMap<Table, bool>, WarehouseError> {
        if let Some(known) = self.existing.get() {
            return Ok(known);
        }
        let rows = session.execute(
            "select lower(database_name) as database, lower(schema_name) as schema, lower(table_name) as name, \
             bool_or(constraint_type = 'FOREIGN KEY') as refers from duckdb_constraints() \
             where constraint_type in ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') group by all",
            Fetch::All,
        )?;
        let rows = rows.rows.unwrap_or_default();
        let text = |row: usize, name: &str| rows.get(row, name).map(to_str).unwrap_or_default();
        let found = (0..rows.len()).map(|row| {
            let refers = rows.get(row, "refers").is_some_and(|value| value.is_true());
            ((text(row, "database"), text(row, "schema"), text(row, "name")), refers)
        });
        Ok(self.existing.get_or_init(|| found.collect()))
    }
}

/// The kinds of keys that an enforced contract declares.
fn declared(node: &Node) -> Vec<&str> {
    if !node.config.contract.enforced {
        return Vec::new();
    }
    let of_columns = node.columns.values().flat_map(|column| &column.constraints);
    let of_model = node.as_model().into_iter().flat_map(|model| &model.constraints);
    of_columns
        .chain(of_model)
        .map(|constraint| constraint.constraint_type.as_str())
        .filter(|kind| matches!(*kind, "primary_key" | "unique" | "foreign_key"))
        .collect()
}

/// Whether another table's foreign key points at `relation`. Asked only by the node whose turn it is: another one that is
/// being built hides its keys until it commits.
fn is_target(relation: &Relation, session: &dyn Session) -> Result<bool, WarehouseError> {
    let (database, schema, identifier) = relation.key();
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let sql = format!(
        "select 1 from duckdb_constraints() where constraint_type = 'FOREIGN KEY' and lower(database_name) = {} \
         and lower(schema_name) = {} and lower(referenced_table) = {} \
         and lower(table_name) <> lower(referenced_table) limit 1",
        text(&database),
        text(&schema),
        text(&identifier)
    );
    Ok(session.execute(&sql, Fetch::All)?.rows.is_some_and(|rows| !rows.is_empty()))
}
