//! DuckDB: opening a database with its settings, connections, and what a connection answers.
//!
//! Owns the engine's instance. Once a file is open, nothing else in this process may open its path: POSIX drops the
//! lock of a file when any of the process's handles of it is closed.

mod catalog;
mod cell;
mod connection;
mod error;
#[cfg(feature = "load")]
mod library;
mod settings;
mod type_name;

pub use catalog::{ColumnDescription, RelationEntry, RelationKind};
pub use cell::Cell;
pub use connection::{Connection, Interrupt, ResultSet};
pub use error::{AdapterError, ENGINE_VERSION, QueryError, QueryErrorKind};
pub use settings::{Attachment, Extension, Secret, SecretValue, Settings};
pub(super) use settings::{literal, quoted};

use std::sync::{Mutex, PoisonError};

/// An open database: one instance of DuckDB with everything that its settings ask for.
pub struct Database {
    /// The connection that outlives all others. Its mutex is held only while another one is made.
    root: Mutex<::duckdb::Connection>,
    /// Statements for every new connection: `SET` of a session does not reach its clones.
    session: Vec<String>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the database in dbt-duckdb's order: configuration, extensions, secrets, attached databases, settings.
    ///
    /// # Errors
    /// A typed error for DuckDB's library when it cannot be loaded; for a file that is locked, newer, no database, or missing; for an extension that is not
    /// installed; for an unknown option; else the statement that failed with the engine's words.
    pub fn open(settings: &Settings) -> Result<Database, AdapterError> {
        #[cfg(feature = "load")]
        library::load()?;
        let path = settings.path.as_deref();
        let failed = |error: ::duckdb::Error| AdapterError::opening(path, &QueryError::from_engine(&error, ""));
        let config = configuration(settings).map_err(failed)?;
        let root = match path {
            Some(path) => ::duckdb::Connection::open_with_flags(path, config),
            None => ::duckdb::Connection::open_in_memory_with_flags(config),
        }
        .map_err(failed)?;
        for extension in &settings.extensions {
            load(&root, extension)?;
        }
        for sql in settings.secrets.iter().map(Secret::to_sql) {
            // The statement holds credentials: the message names none of it.
            root.execute_batch(&sql).map_err(|error| AdapterError::Secret(QueryError::from_engine(&error, "")))?;
        }
        for attachment in &settings.attach {
            let sql = attachment.to_sql();
            root.execute_batch(&sql).map_err(|error| {
                AdapterError::opening(Some(attachment.path.as_ref()), &QueryError::from_engine(&error, &sql))
            })?;
        }
        let session = settings.session_statements();
        start_session(&root, &session)?;
        Ok(Database { root: Mutex::new(root), session })
    }

    /// A further connection to the same instance: one for each worker, because a temporary table and a transaction
    /// belong to a connection.
    ///
    /// # Errors
    /// When the engine gives no connection or a setting of the session is refused.
    pub fn connect(&self) -> Result<Connection, AdapterError> {
        let root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = root.try_clone().map_err(|error| AdapterError::Engine(QueryError::from_engine(&error, "")))?;
        drop(root);
        start_session(&inner, &self.session)?;
        Ok(Connection::new(inner))
    }
}

fn start_session(connection: &::duckdb::Connection, statements: &[String]) -> Result<(), AdapterError> {
    for sql in statements {
        connection.execute_batch(sql).map_err(|error| AdapterError::Setting {
            statement: sql.clone(),
            error: QueryError::from_engine(&error, sql),
        })?;
    }
    Ok(())
}

fn configuration(settings: &Settings) -> Result<::duckdb::Config, ::duckdb::Error> {
    let mut config = ::duckdb::Config::default();
    if settings.read_only && settings.path.is_some() {
        config = config.access_mode(::duckdb::AccessMode::ReadOnly)?;
    }
    for (key, value) in &settings.config {
        config = config.with(key, value)?;
    }
    Ok(config)
}

/// Loads an extension; installs it first when it is not there.
fn load(connection: &::duckdb::Connection, extension: &Extension) -> Result<(), AdapterError> {
    let name = &extension.name;
    let failed = |error: ::duckdb::Error| AdapterError::Extension {
        name: name.clone(),
        error: QueryError::from_engine(&error, ""),
    };
    let load = format!("LOAD {}", settings::quoted(name));
    if extension.repository.is_none() && connection.execute_batch(&load).is_ok() {
        return Ok(());
    }
    connection.execute_batch(&extension.install_sql()).map_err(failed)?;
    connection.execute_batch(&load).map_err(failed)
}

#[cfg(test)]
mod tests;
