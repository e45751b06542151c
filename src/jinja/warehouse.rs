//! How templates reach a warehouse: the trait that this module owns and an adapter implements.
//!
//! Everything in dbt's `adapter` object that is SQL goes through macros; what is left for the engine is small: run a
//! statement, keep a transaction, list what is there.

use crate::manifest::{ConfigMap, RelationType};
use minijinja::value::Value;
use std::fmt;

/// One connection of a warehouse, used by one node at a time. Parsing has none.
pub trait Session: Send + Sync + fmt::Debug {
    /// Runs `sql`, one statement or several; the rows of the last one are read when `fetch` says so.
    ///
    /// # Errors
    /// What the engine says of the statement.
    fn execute(&self, sql: &str, fetch: Fetch) -> Result<Executed, WarehouseError>;

    /// Opens a transaction, unless one is open.
    ///
    /// # Errors
    /// What the engine says.
    fn begin(&self) -> Result<(), WarehouseError>;

    /// Commits the open transaction, if there is one.
    ///
    /// # Errors
    /// What the engine says.
    fn commit(&self) -> Result<(), WarehouseError>;

    /// Rolls the open transaction back, if there is one.
    fn rollback(&self);

    /// Whether a transaction is open.
    fn in_transaction(&self) -> bool;

    /// Everything in one schema. Names are compared without regard to case.
    ///
    /// # Errors
    /// What the engine says.
    fn relations(&self, database: &str, schema: &str) -> Result<Vec<ListedRelation>, WarehouseError>;

    /// Loads the CSV file at `path`, a path of this machine, into the table `relation` (rendered), which has `columns`.
    ///
    /// # Errors
    /// What the engine says.
    fn load_csv(
        &self,
        relation: &str,
        columns: &[String],
        path: &str,
        delimiter: &str,
    ) -> Result<Executed, WarehouseError>;

    /// Reads the CSV file at `path` with the types that dbt infers for a seed; `config` has `column_types` and `delimiter`.
    ///
    /// # Errors
    /// When the file is missing or no CSV.
    fn read_csv(&self, path: &str, config: &ConfigMap) -> Result<Rows, WarehouseError>;

    /// Runs the code of a Python model, which writes its result through this connection.
    ///
    /// # Errors
    /// When there is no Python, or the code raises an exception: dbt's words and the traceback.
    fn run_python(&self, job: &PythonJob) -> Result<AdapterResponse, WarehouseError>;

    /// Names the node that the connection works for from now on, for logs.
    fn rename(&self, name: &str);

    /// Stops what the connection is doing; called from another thread.
    fn interrupt(&self);

    /// Whether transactions are switched off in the profile (`disable_transactions`).
    fn transactions_disabled(&self) -> bool;
}

/// A Python model to run.
#[derive(Debug, Clone)]
pub struct PythonJob {
    /// Name of the module.
    pub name: String,
    /// The model's file, as tracebacks show it.
    pub file: String,
    /// The compiled code with its `model` and `materialize`.
    pub code: String,
}

/// A warehouse that gives out connections.
pub trait Warehouse: Send + Sync {
    /// A new connection.
    ///
    /// # Errors
    /// What the engine says.
    fn session(&self) -> Result<std::sync::Arc<dyn Session>, WarehouseError>;
}

/// Whether the rows of a statement are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// No rows.
    Nothing,
    /// All rows.
    All,
    /// At most this many rows.
    AtMost(usize),
}

/// What a statement did.
#[derive(Debug, Clone)]
pub struct Executed {
    /// What dbt calls the adapter's response.
    pub response: AdapterResponse,
    /// Rows, if they were wanted: columns by name, with the values of each.
    pub rows: Option<Rows>,
}

/// dbt's adapter response; DuckDB's says `OK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterResponse {
    /// Message.
    pub message: String,
    /// Code, which DuckDB has none of.
    pub code: Option<String>,
    /// Rows that a data-changing statement touched, where the engine says so.
    pub rows_affected: Option<i64>,
}

impl Default for AdapterResponse {
    fn default() -> Self {
        AdapterResponse { message: "OK".to_string(), code: None, rows_affected: None }
    }
}

/// The result of a query, column by column, as Python's values.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Names.
    pub names: Vec<String>,
    /// The engine's types.
    pub types: Vec<String>,
    /// The values of each column; all of the same length.
    pub columns: Vec<Vec<Value>>,
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value in `row` of the column called `name`, without regard to case.
    pub fn get(&self, row: usize, name: &str) -> Option<&Value> {
        let column = self.names.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        self.columns[column].get(row)
    }
}

/// A relation that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRelation {
    /// Name as stored.
    pub identifier: String,
    /// Table or view.
    pub relation_type: RelationType,
}

/// What the engine says of a statement that it refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WarehouseError {
    /// The engine's message, its kind first (`Catalog Error: ...`).
    pub message: String,
    /// Byte offset into the statement, where the engine names a place.
    pub offset: Option<usize>,
    /// The statement was cancelled from outside.
    pub cancelled: bool,
}
