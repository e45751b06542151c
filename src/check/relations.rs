//! Empty relations that stand in for real ones: their statements, and what is declared about them.

use crate::jinja::value::to_str;
use crate::jinja::warehouse::{Fetch, Session, WarehouseError};
use crate::manifest::{Node, Relation};
use std::collections::HashMap;

/// A column and its type, as the engine names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypedColumn {
    /// The name, with the letter case of its definition.
    pub name: String,
    /// DuckDB's type, such as `DECIMAL(18,2)`.
    pub data_type: String,
}

/// Database, schema and identifier in lower case.
pub(super) type Key = (String, String, String);

/// A statement that makes an empty table of these columns.
pub(super) fn create_empty(relation: &Relation, columns: &[TypedColumn]) -> String {
    let columns: Vec<String> =
        columns.iter().map(|column| format!("{} {}", quoted(&column.name), column.data_type)).collect();
    format!("create or replace table {relation} ({})", columns.join(", "))
}

/// What goes around a query to make an empty table of its columns: the text in front, and the text behind.
pub(super) fn around_query(relation: &Relation) -> (String, &'static str) {
    (format!("create or replace table {relation} as (\n"), "\n) with no data")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The columns that a properties file declares, when every one of them has a type.
pub(super) fn declared(node: &Node) -> Option<Vec<TypedColumn>> {
    let typed = |column: &crate::manifest::Column| {
        Some(TypedColumn { name: column.name.clone(), data_type: column.data_type.clone()? })
    };
    let columns: Option<Vec<TypedColumn>> = node.columns.values().map(typed).collect();
    columns.filter(|columns| !columns.is_empty())
}

/// The columns of every relation in the database.
pub(super) fn all_columns(session: &dyn Session) -> Result<HashMap<Key, Vec<TypedColumn>>, WarehouseError> {
    let sql = "select database_name, schema_name, table_name, column_name, data_type from duckdb_columns() \
               where not internal order by database_name, schema_name, table_name, column_index";
    let rows = session.execute(sql, Fetch::All)?.rows.unwrap_or_default();
    let text = |row: usize, column: usize| rows.columns[column].get(row).map(to_str).unwrap_or_default();
    let mut found: HashMap<Key, Vec<TypedColumn>> = HashMap::new();
    for row in 0..rows.len() {
        let key = (text(row, 0).to_lowercase(), text(row, 1).to_lowercase(), text(row, 2).to_lowercase());
        found.entry(key).or_default().push(TypedColumn { name: text(row, 3), data_type: text(row, 4) });
    }
    Ok(found)
}
