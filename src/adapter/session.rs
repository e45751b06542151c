//! A DuckDB connection as templates use it: implements [`crate::jinja::warehouse::Session`].

use super::duckdb::{Connection, Database, Interrupt, QueryError, QueryErrorKind, RelationKind, ResultSet};
use super::python::{self, Running};
use super::seed;
use super::values::value_of;
use crate::jinja::warehouse::{
    AdapterResponse, Executed, Fetch, ListedRelation, PythonJob, Rows, Session, Warehouse, WarehouseError,
};
use crate::manifest::{ConfigMap, RelationType};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Is told of every statement: before it runs, and after, with the seconds it took and what came of it.
pub trait StatementListener: Send + Sync {
    /// A statement is about to run on the connection called `connection`.
    fn started(&self, connection: &str, sql: &str);
    /// It has ended.
    fn finished(&self, connection: &str, outcome: Result<(), &str>, seconds: f64);
    /// A Python model has printed a line.
    fn printed(&self, connection: &str, line: &str);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoListener;

impl StatementListener for NoListener {
    fn started(&self, _connection: &str, _sql: &str) {}
    fn finished(&self, _connection: &str, _outcome: Result<(), &str>, _seconds: f64) {}
    fn printed(&self, _connection: &str, _line: &str) {}
}

/// One worker's connection.
pub struct DuckDbSession {
    connection: Mutex<Connection>,
    name: Mutex<Arc<str>>,
    interrupt: Interrupt,
    open: AtomicBool,
    transactions_disabled: bool,
    listener: Arc<dyn StatementListener>,
    python: Running,
}

impl DuckDbSession {
    /// A connection to `database`.
    ///
    /// # Errors
    /// What DuckDB says.
    pub fn new(
        database: &Database,
        transactions_disabled: bool,
        listener: Arc<dyn StatementListener>,
    ) -> Result<Self, super::duckdb::AdapterError> {
        let connection = database.connect()?;
        let interrupt = connection.interrupt_handle();
        Ok(DuckDbSession {
            connection: Mutex::new(connection),
            name: Mutex::new("main".into()),
            interrupt,
            open: AtomicBool::new(false),
            transactions_disabled,
            listener,
            python: Running::default(),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The Python process that works for this connection.
    pub(super) fn python(&self) -> &Running {
        &self.python
    }

    /// Passes on what a Python model prints.
    pub(super) fn said(&self, line: &str) {
        let name = self.name.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.listener.printed(&name, line);
    }

    pub(super) fn heard<T>(
        &self,
        sql: &str,
        run: impl FnOnce(&Connection) -> Result<T, QueryError>,
    ) -> Result<T, WarehouseError> {
        let name = self.name.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.listener.started(&name, sql);
        let begin = std::time::Instant::now();
        let outcome = run(&self.connection());
        let seconds = begin.elapsed().as_secs_f64();
        self.listener.finished(&name, outcome.as_ref().map(|_| ()).map_err(|cause| cause.message.as_str()), seconds);
        outcome.map_err(|cause| WarehouseError {
            cancelled: cause.kind == QueryErrorKind::Interrupt,
            offset: cause.position,
            message: cause.message,
        })
    }
}

impl std::fmt::Debug for DuckDbSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<DuckDB session>")
    }
}

fn rows_of(result: ResultSet, limit: Option<usize>) -> Rows {
    let count = limit.unwrap_or(usize::MAX).min(result.rows.len());
    let mut columns: Vec<Vec<minijinja::Value>> = result.columns.iter().map(|_| Vec::with_capacity(count)).collect();
    for row in result.rows.into_iter().take(count) {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(value_of(cell));
        }
    }
    Rows { names: result.columns, types: result.types, columns }
}

impl Session for DuckDbSession {
    fn execute(&self, sql: &str, fetch: Fetch) -> Result<Executed, WarehouseError> {
        let limit = match fetch {
            Fetch::Nothing => {
                self.heard(sql, |connection| connection.execute(sql))?;
                return Ok(Executed { response: AdapterResponse::default(), rows: None });
            }
            Fetch::All => None,
            Fetch::AtMost(count) => Some(count),
        };
        let result = self.heard(sql, |connection| connection.query(sql))?;
        Ok(Executed { response: AdapterResponse::default(), rows: Some(rows_of(result, limit)) })
    }

    fn begin(&self) -> Result<(), WarehouseError> {
        if !self.open.load(Ordering::SeqCst) {
            self.heard("BEGIN", Connection::begin)?;
            self.open.store(true, Ordering::SeqCst);
        }
        Ok(())
    }

    fn commit(&self) -> Result<(), WarehouseError> {
        if self.open.swap(false, Ordering::SeqCst) {
            self.heard("COMMIT", Connection::commit)?;
        }
        Ok(())
    }

    fn rollback(&self) {
        if self.open.swap(false, Ordering::SeqCst) {
            // A transaction that DuckDB has aborted by itself has nothing left to roll back.
            let _ = self.heard("ROLLBACK", Connection::rollback);
        }
    }

    fn in_transaction(&self) -> bool {
        self.open.load(Ordering::SeqCst)
    }

    fn relations(&self, database: &str, schema: &str) -> Result<Vec<ListedRelation>, WarehouseError> {
        let wanted = [(database.to_string(), schema.to_string())];
        let entries = self.heard("-- list relations", |connection| connection.relations(&wanted))?;
        let listed = entries.into_iter().map(|entry| ListedRelation {
            identifier: entry.name,
            relation_type: match entry.kind {
                RelationKind::Table => RelationType::Table,
                RelationKind::View => RelationType::View,
            },
        });
        Ok(listed.collect())
    }

    fn load_csv(
        &self,
        relation: &str,
        _columns: &[String],
        path: &str,
        delimiter: &str,
    ) -> Result<Executed, WarehouseError> {
        let sql = seed::copy_sql(relation, path, delimiter);
        self.heard(&sql, |connection| connection.execute(&sql))?;
        Ok(Executed { response: AdapterResponse::default(), rows: None })
    }

    fn read_csv(&self, path: &str, config: &ConfigMap) -> Result<Rows, WarehouseError> {
        let failed = |message: String| WarehouseError { message, offset: None, cancelled: false };
        let bytes = std::fs::read(path).map_err(|cause| failed(format!("{path}: {cause}")))?;
        let delimiter = config.get("delimiter").and_then(serde_json::Value::as_str).unwrap_or(",");
        let overrides: BTreeMap<String, String> = config
            .get("column_types")
            .and_then(serde_json::Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(name, data_type)| Some((name.clone(), data_type.as_str()?.to_string())))
            .collect();
        let table = seed::infer_seed_table(&bytes, delimiter, &overrides).map_err(|cause| failed(cause.to_string()))?;
        Ok(Rows {
            names: table.columns.iter().map(|column| column.name.clone()).collect(),
            types: table.columns.iter().map(|column| column.data_type.clone()).collect(),
            columns: table.columns.iter().map(|_| vec![minijinja::Value::from(()); table.row_count]).collect(),
        })
    }

    fn run_python(&self, job: &PythonJob) -> Result<AdapterResponse, WarehouseError> {
        python::run(self, job)
    }

    fn rename(&self, name: &str) {
        *self.name.lock().unwrap_or_else(PoisonError::into_inner) = name.into();
    }

    fn interrupt(&self) {
        self.python.kill();
        self.interrupt.interrupt();
    }

    fn transactions_disabled(&self) -> bool {
        self.transactions_disabled
    }
}

/// A DuckDB database as templates and runs use it.
pub struct DuckDbWarehouse {
    database: Database,
    transactions_disabled: bool,
    listener: Arc<dyn StatementListener>,
}

impl DuckDbWarehouse {
    /// A warehouse over an open database.
    pub fn new(database: Database, transactions_disabled: bool, listener: Arc<dyn StatementListener>) -> Self {
        DuckDbWarehouse { database, transactions_disabled, listener }
    }
}

impl Warehouse for DuckDbWarehouse {
    fn session(&self) -> Result<Arc<dyn Session>, WarehouseError> {
        let session = DuckDbSession::new(&self.database, self.transactions_disabled, self.listener.clone());
        session.map(|session| Arc::new(session) as Arc<dyn Session>).map_err(|cause| WarehouseError {
            message: cause.to_string(),
            offset: None,
            cancelled: false,
        })
    }
}
