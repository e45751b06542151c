//! Relations as Parquet files and back, with types that Parquet lacks kept.

use super::super::duckdb::{Cell, Connection, literal, quoted};
use super::super::session::DuckDbSession;
use crate::jinja::warehouse::WarehouseError;
use fancy_regex::Regex;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Types that Parquet has not, or not exactly, outside of quotes: they travel as text. `runner.py` has the same.
static AS_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#""(?:[^"]|"")*"|'(?:[^']|'')*'|\b(?:U?HUGEINT|BIGNUM|BIT|INTERVAL|TIME WITH TIME ZONE|TIME_NS)\b(?=[,)\[]|$)"#,
    )
    .ok()
});

/// The type that stands for `data_type` in a Parquet file.
pub(super) fn carried(data_type: &str) -> String {
    let Some(pattern) = &*AS_TEXT else { return data_type.to_string() };
    let mut text = String::with_capacity(data_type.len());
    let mut copied = 0;
    for found in pattern.find_iter(data_type).flatten().filter(|found| !found.as_str().starts_with(['"', '\''])) {
        text.push_str(&data_type[copied..found.start()]);
        text.push_str("VARCHAR");
        copied = found.end();
    }
    text.push_str(&data_type[copied..]);
    text
}

fn cast(column: &str, data_type: &str) -> String {
    format!("cast({0} as {data_type}) as {0}", quoted(column))
}

/// One model's exchange of data.
pub(super) struct HandOver<'a> {
    session: &'a DuckDbSession,
    folder: &'a Path,
    count: AtomicUsize,
}

impl<'a> HandOver<'a> {
    /// An exchange through `folder`.
    ///
    /// # Errors
    /// When the folder's name is no text, which DuckDB could not be told.
    pub fn new(session: &'a DuckDbSession, folder: &'a Path) -> Result<Self, WarehouseError> {
        match folder.to_str() {
            Some(_) => Ok(HandOver { session, folder, count: AtomicUsize::new(0) }),
            None => Err(super::failed(format!("{} is no text", folder.display()))),
        }
    }

    /// The folder.
    pub fn folder(&self) -> String {
        self.folder.to_string_lossy().into_owned()
    }

    fn query(&self, sql: &str) -> Result<Vec<(String, String)>, WarehouseError> {
        let rows = self.session.heard(sql, |connection| connection.query(sql))?.rows;
        let text = |cell: Option<Cell>| match cell {
            Some(Cell::Text(text)) => text,
            _ => String::new(),
        };
        let pair = |row: Vec<Cell>| {
            let mut cells = row.into_iter();
            (text(cells.next()), text(cells.next()))
        };
        Ok(rows.into_iter().map(pair).collect())
    }

    /// The database and the schema that names without them mean.
    pub fn defaults(&self) -> Result<(String, String), WarehouseError> {
        Ok(self.query("select current_database(), current_schema()")?.into_iter().next().unwrap_or_default())
    }

    /// Exports a relation.
    pub fn load(&self, relation: &str) -> Result<Json, WarehouseError> {
        let columns =
            self.query(&format!("select column_name, column_type from (describe select * from {relation})"))?;
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("input_{number}.parquet")).to_string_lossy().into_owned();
        let list: Vec<String> = columns.iter().map(|(name, data_type)| cast(name, &carried(data_type))).collect();
        self.execute(&format!(
            "copy (select {} from {relation}) to {} (format parquet)",
            list.join(", "),
            literal(&path)
        ))?;
        Ok(json!({ "path": path, "columns": columns }))
    }

    /// Gives what the model returned the name that `materialize` chose.
    pub fn register(&self, name: &str, path: &str, columns: &[(String, String)]) -> Result<Json, WarehouseError> {
        let list: Vec<String> = columns.iter().map(|(column, data_type)| cast(column, data_type)).collect();
        self.execute(&format!(
            "create or replace temporary view {} as select {} from read_parquet({})",
            quoted(name),
            list.join(", "),
            literal(path)
        ))
    }

    /// Forgets the name.
    pub fn unregister(&self, name: &str) -> Result<Json, WarehouseError> {
        self.execute(&format!("drop view if exists temp.{}", quoted(name)))
    }

    /// Runs one statement of `materialize`.
    pub fn execute(&self, sql: &str) -> Result<Json, WarehouseError> {
        self.session.heard(sql, |connection: &Connection| connection.execute(sql))?;
        Ok(json!({}))
    }
}
