//! The connection that templates get while the mesh is bound: it notes who asks for rows, and touches nothing outside.

use crate::jinja::warehouse::{
    AdapterResponse, Executed, Fetch, ListedRelation, PythonJob, Rows, Session, WarehouseError,
};
use crate::manifest::ConfigMap;
use crate::sql::{NoColumns, references};
use std::sync::{Arc, Mutex, PoisonError};

/// Schemas in which DuckDB describes itself: reading them is not reading rows of the mesh.
const DESCRIBING: [&str; 2] = ["information_schema", "pg_catalog"];
/// First words of statements that run: they define, or ask.
const RUNS: [&str; 14] = [
    "select",
    "with",
    "from",
    "values",
    "describe",
    "show",
    "explain",
    "summarize",
    "create",
    "set",
    "reset",
    "use",
    "drop",
    "alter",
];

/// A session of the empty database, for one node.
#[derive(Debug)]
pub(super) struct Watched {
    inner: Arc<dyn Session>,
    rows: Mutex<Option<String>>,
    skipped: Mutex<Vec<String>>,
}

impl Watched {
    pub fn new(inner: Arc<dyn Session>) -> Arc<Self> {
        Arc::new(Watched { inner, rows: Mutex::default(), skipped: Mutex::default() })
    }

    /// The first query whose result depends on rows.
    pub fn asked_for_rows(&self) -> Option<String> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Statements that were not run.
    pub fn skipped(&self) -> Vec<String> {
        std::mem::take(&mut self.skipped.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The first word of a statement, in lower case; comments in front of it aside.
fn first_word(sql: &str) -> String {
    let mut rest = sql.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '(' || letter == ';');
    loop {
        let behind = match rest {
            comment if comment.starts_with("--") => comment.split_once('\n').map_or("", |(_, behind)| behind),
            comment if comment.starts_with("/*") => comment.split_once("*/").map_or("", |(_, behind)| behind),
            _ => break,
        };
        rest = behind.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '(' || letter == ';');
    }
    rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>().to_lowercase()
}

/// Whether the result of a query depends on the rows of some relation or file.
fn depends_on_rows(sql: &str) -> bool {
    let asks = ["select", "with", "from", "summarize"].contains(&first_word(sql).as_str());
    if !asks || returns_nothing(sql) || only_describes(sql) {
        return false;
    }
    let found = references(sql, &NoColumns);
    // What cannot be read may well read rows.
    if !found.unparsed.is_empty() {
        return true;
    }
    let describes = |schema: Option<&str>, name: &str| {
        schema.is_some_and(|schema| DESCRIBING.contains(&schema.to_lowercase().as_str()))
            || name.starts_with("duckdb_")
            || name.starts_with("sqlite_")
    };
    found.reads.iter().any(|read| !describes(read.table.schema.as_deref(), &read.table.name))
        || found.external.iter().any(|read| read.reads_outside())
}

/// The words of a statement in lower case, with one blank between them.
fn in_one_line(sql: &str) -> String {
    sql.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether all that a query reads is `(describe ...)`: how dbt-duckdb asks for the columns of a relation. No parser but
/// DuckDB's reads that.
fn only_describes(sql: &str) -> bool {
    let text = in_one_line(sql);
    text.contains(" from (describe ") && text.matches(" from ").count() == 1 && !text.contains(" join ")
}

/// Whether a query certainly has no rows: how macros ask for the columns of a query.
fn returns_nothing(sql: &str) -> bool {
    let text = in_one_line(sql);
    let text = text.trim_end_matches([';', ' ', ')']);
    text.ends_with("limit 0") || text.ends_with("where false") || text.contains("where false limit 0")
}

impl Session for Watched {
    fn execute(&self, sql: &str, fetch: Fetch) -> Result<Executed, WarehouseError> {
        let word = first_word(sql);
        if !word.is_empty() && !RUNS.contains(&word.as_str()) {
            self.skipped.lock().unwrap_or_else(PoisonError::into_inner).push(word);
            return Ok(Executed { response: AdapterResponse::default(), rows: Some(Rows::default()) });
        }
        if fetch != Fetch::Nothing && depends_on_rows(sql) {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.get_or_insert_with(|| sql.trim().to_string());
        }
        self.inner.execute(sql, fetch)
    }

    fn begin(&self) -> Result<(), WarehouseError> {
        Ok(())
    }

    fn commit(&self) -> Result<(), WarehouseError> {
        Ok(())
    }

    fn rollback(&self) {}

    fn in_transaction(&self) -> bool {
        false
    }

    fn relations(&self, database: &str, schema: &str) -> Result<Vec<ListedRelation>, WarehouseError> {
        self.inner.relations(database, schema)
    }

    fn load_csv(&self, _: &str, _: &[String], _: &str, _: &str) -> Result<Executed, WarehouseError> {
        Ok(Executed { response: AdapterResponse::default(), rows: None })
    }

    fn read_csv(&self, path: &str, config: &ConfigMap) -> Result<Rows, WarehouseError> {
        self.inner.read_csv(path, config)
    }

    fn run_python(&self, _: &PythonJob) -> Result<AdapterResponse, WarehouseError> {
        let message = "Python models are not run while the mesh is checked".to_string();
        Err(WarehouseError { message, offset: None, cancelled: false })
    }

    fn rename(&self, name: &str) {
        self.inner.rename(name);
    }

    fn interrupt(&self) {
        self.inner.interrupt();
    }

    fn transactions_disabled(&self) -> bool {
        self.inner.transactions_disabled()
    }
}

#[cfg(test)]
mod tests;
