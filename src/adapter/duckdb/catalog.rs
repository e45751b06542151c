//! What exists in a database: one query for each question.

use super::cell::Cell;
use super::connection::{Connection, ResultSet};
use super::error::QueryError;
use super::settings::literal;

/// What kind of relation something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationKind {
    /// A table, also a temporary one.
    Table,
    /// A view.
    View,
}

/// One relation of a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelationEntry {
    /// The catalog's name.
    pub database: String,
    /// The schema.
    pub schema: String,
    /// The relation.
    pub name: String,
    /// Table or view.
    pub kind: RelationKind,
}

/// One column of a relation or a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDescription {
    /// Its name.
    pub name: String,
    /// DuckDB's type.
    pub data_type: String,
    /// Whether the catalog allows nulls. Of a query DuckDB says this without meaning it: a left-joined column counts
    /// as not null.
    pub nullable: bool,
}

impl Connection {
    /// The relations of some schemas, given as database and schema and compared without regard to case; ordered.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn relations(&self, schemas: &[(String, String)]) -> Result<Vec<RelationEntry>, QueryError> {
        if schemas.is_empty() {
            return Ok(Vec::new());
        }
        let pairs: Vec<String> = schemas
            .iter()
            .map(|(database, schema)| format!("(lower({}), lower({}))", literal(database), literal(schema)))
            .collect();
        let result = self.query(&format!(
            "SELECT table_catalog, table_schema, table_name, table_type = 'VIEW' FROM information_schema.tables \
             WHERE (lower(table_catalog), lower(table_schema)) IN ({}) ORDER BY ALL",
            pairs.join(", ")
        ))?;
        Ok(result
            .rows
            .into_iter()
            .map(|row| RelationEntry {
                database: text(&row, 0),
                schema: text(&row, 1),
                name: text(&row, 2),
                kind: if flag(&row, 3) { RelationKind::View } else { RelationKind::Table },
            })
            .collect())
    }

    /// The columns of a relation in order; none when it does not exist.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn columns(&self, database: &str, schema: &str, name: &str) -> Result<Vec<ColumnDescription>, QueryError> {
        let result = self.query(&format!(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() \
             WHERE lower(database_name) = lower({}) AND lower(schema_name) = lower({}) AND lower(table_name) = lower({}) \
             ORDER BY column_index",
            literal(database),
            literal(schema),
            literal(name)
        ))?;
        Ok(result
            .rows
            .iter()
            .map(|row| ColumnDescription { name: text(row, 0), data_type: text(row, 1), nullable: flag(row, 2) })
            .collect())
    }

    /// All schemas of all databases but DuckDB's own (`system`, `temp`), as database and schema, ordered.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn schemas(&self) -> Result<Vec<(String, String)>, QueryError> {
        let result = self.query(
            "SELECT DISTINCT database_name, schema_name FROM duckdb_schemas() \
             WHERE database_name NOT IN ('system', 'temp') ORDER BY ALL",
        )?;
        Ok(result.rows.iter().map(|row| (text(row, 0), text(row, 1))).collect())
    }

    /// The columns that a query would give, without running it.
    ///
    /// # Errors
    /// When the query does not bind.
    pub fn describe(&self, select: &str) -> Result<Vec<ColumnDescription>, QueryError> {
        let select = select.trim_end().trim_end_matches(';');
        let prefix = "DESCRIBE ";
        let result: ResultSet = self.query(&format!("{prefix}{select}")).map_err(|mut error| {
            error.position = error.position.and_then(|position| position.checked_sub(prefix.len()));
            error
        })?;
        Ok(result
            .rows
            .iter()
            .map(|row| ColumnDescription {
                name: text(row, 0),
                data_type: text(row, 1),
                nullable: text(row, 2) != "NO",
            })
            .collect())
    }
}

fn text(row: &[Cell], index: usize) -> String {
    match row.get(index) {
        Some(Cell::Text(text) | Cell::Other(text)) => text.clone(),
        _ => String::new(),
    }
}

fn flag(row: &[Cell], index: usize) -> bool {
    matches!(row.get(index), Some(Cell::Bool(true)))
}
