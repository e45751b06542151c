//! DuckDB's errors with types. Owns how its messages are taken apart: the kind before the colon, and the place that
//! its `LINE n:` and `^` point at. Adds remedies for what opening a database can run into.

use crate::diagnostic::ErrorCode;
use std::fmt;
use std::path::{Path, PathBuf};

/// The version of DuckDB that this program is built for; the one place that says so.
pub const ENGINE_VERSION: &str = "1.5.5";

/// DuckDB's kind of an error: the words before its first colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// A name that does not resolve inside a statement.
    Binder,
    /// A relation, function or setting that does not exist, or exists already.
    Catalog,
    /// Text that is not SQL.
    Parser,
    /// A constraint was violated.
    Constraint,
    /// A value that does not fit a type.
    Conversion,
    /// [`super::Interrupt::interrupt`] was called.
    Interrupt,
    /// Files and networks.
    Io,
    /// Transactions in conflict, or in a state that does not allow the statement.
    Transaction,
    /// Not enough memory.
    OutOfMemory,
    /// A value that an operation refuses.
    InvalidInput,
    /// Something that DuckDB cannot do.
    NotImplemented,
    /// Any other, in DuckDB's words (`Dependency`, `Permission`, ...); empty when there are none.
    Other(String),
}

/// A statement that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// What kind of error it is.
    pub kind: QueryErrorKind,
    /// DuckDB's whole message, as dbt-duckdb prints it: `Binder Error: Referenced column ...`.
    pub message: String,
    /// Byte offset into the statement, when DuckDB shows a place.
    pub position: Option<usize>,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}

impl QueryError {
    /// From the crate's error; `sql` is the text that failed.
    pub(super) fn from_engine(error: &::duckdb::Error, sql: &str) -> Self {
        let message = match error {
            ::duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        };
        QueryError::from_message(message, sql)
    }

    pub(super) fn from_message(message: String, sql: &str) -> Self {
        let kind = kind(&message);
        let position = position(&message, sql);
        QueryError { kind, message, position }
    }
}

fn kind(message: &str) -> QueryErrorKind {
    use QueryErrorKind as K;
    let words = message.split_once(':').map_or("", |(words, _)| words);
    let Some(name) = words.strip_suffix(" Error").or_else(|| words.strip_suffix(" error")) else {
        return K::Other(String::new());
    };
    match name {
        "Binder" => K::Binder,
        "Catalog" => K::Catalog,
        "Parser" => K::Parser,
        "Constraint" => K::Constraint,
        "Conversion" => K::Conversion,
        "INTERRUPT" | "Interrupt" => K::Interrupt,
        "IO" => K::Io,
        "TransactionContext" | "Transaction" => K::Transaction,
        "Out of Memory" => K::OutOfMemory,
        "Invalid Input" => K::InvalidInput,
        "Not implemented" | "Not Implemented" => K::NotImplemented,
        other => K::Other(other.to_string()),
    }
}

/// The byte that `LINE n: ...` with its `^` points at. In a text of several statements DuckDB 1.5.5 puts the `^` in a
/// wrong place, so that there is none then.
fn position(message: &str, sql: &str) -> Option<usize> {
    if sql.trim_end().trim_end_matches(';').contains(';') {
        return None;
    }
    let start = message.rfind("\nLINE ")? + 1;
    let mut lines = message[start..].lines();
    let (head, shown) = lines.next()?.split_once(": ")?;
    let number: usize = head.strip_prefix("LINE ")?.parse().ok()?;
    let column = lines.next()?.chars().take_while(|c| *c != '^').count().checked_sub(head.chars().count() + 2)?;
    let line_start = sql.split_inclusive('\n').take(number.checked_sub(1)?).map(str::len).sum::<usize>();
    let line = sql.get(line_start..)?.lines().next()?;
    // A long line is shown in part, between three dots.
    let (part, cut) = match shown.strip_prefix("...") {
        Some(part) if !line.starts_with(shown) => (part, 3),
        _ => (shown, 0),
    };
    let part = if line.contains(part) { part } else { part.strip_suffix("...")? };
    let inside: usize = part.chars().take(column.checked_sub(cut)?).map(char::len_utf8).sum();
    let candidates: Vec<usize> = line.match_indices(part).map(|(at, _)| at).collect();
    // When the part stands in the line several times, the place is not known.
    let [at] = candidates.as_slice() else { return None };
    Some(line_start + at + inside)
}

/// Why a database cannot be used. The messages say what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdapterError {
    /// DuckDB's library could not be loaded.
    Library {
        /// What the system says, or what was found instead.
        reason: String,
    },
    /// Another process has the file open for writing.
    Locked {
        /// The file.
        path: PathBuf,
        /// DuckDB's message, which names the process.
        error: QueryError,
    },
    /// The file is of a storage version that this DuckDB does not read.
    StorageVersion {
        /// The file.
        path: PathBuf,
        /// The file's version as DuckDB reports it.
        found: String,
        /// DuckDB's message.
        error: QueryError,
    },
    /// The file is not a DuckDB database.
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// DuckDB's message.
        error: QueryError,
    },
    /// The file or its folder does not exist.
    Missing {
        /// The file.
        path: PathBuf,
        /// DuckDB's message.
        error: QueryError,
    },
    /// An extension could be neither loaded nor installed.
    Extension {
        /// Its name.
        name: String,
        /// DuckDB's message.
        error: QueryError,
    },
    /// A secret could not be created. The statement is not shown.
    Secret(QueryError),
    /// A setting was refused.
    Setting {
        /// The statement.
        statement: String,
        /// DuckDB's message.
        error: QueryError,
    },
    /// Anything else.
    Engine(QueryError),
}

impl AdapterError {
    /// The code under which the user meets this error; `None` where the words are the engine's alone.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            AdapterError::Library { .. } => Some(ErrorCode::EngineMissing),
            AdapterError::Locked { .. } => Some(ErrorCode::DatabaseLocked),
            AdapterError::StorageVersion { .. } => Some(ErrorCode::DatabaseNewer),
            AdapterError::NotADatabase { .. } => Some(ErrorCode::NotADatabase),
            AdapterError::Missing { .. } => Some(ErrorCode::DatabaseMissing),
            AdapterError::Extension { .. } => Some(ErrorCode::ExtensionMissing),
            AdapterError::Secret(_) | AdapterError::Setting { .. } => Some(ErrorCode::EngineSetting),
            AdapterError::Engine(_) => None,
        }
    }

    /// What the reader can do, where that can be said.
    pub fn remedy(&self) -> Option<String> {
        let remedy = match self {
            AdapterError::Library { .. } => {
                return Some(format!(
                    "put the library of DuckDB {ENGINE_VERSION} beside the program, or name its folder in \
                     MESHBUILD_DUCKDB_LIB_DIR"
                ));
            }
            AdapterError::Locked { .. } => "close it there, or wait until it ends",
            AdapterError::NotADatabase { .. } => "name another `path` in profiles.yml, or move the file away",
            AdapterError::Missing { .. } => "make its folder, or build it before it is read",
            AdapterError::StorageVersion { .. } => {
                "write it with `STORAGE_VERSION 'v1.5.0'`, or use a program built for the newer DuckDB"
            }
            AdapterError::Extension { name, .. } => {
                return Some(format!(
                    "run `INSTALL {name}` once where there is a network, or put its file into DuckDB's extension folder"
                ));
            }
            AdapterError::Setting { .. } => "correct it, or take it out of the target in profiles.yml",
            AdapterError::Secret(_) | AdapterError::Engine(_) => return None,
        };
        Some(remedy.to_string())
    }

    /// Tells the reasons apart for which a file does not open.
    pub(super) fn opening(path: Option<&Path>, error: &QueryError) -> Self {
        let Some(path) = path else { return AdapterError::Engine(error.clone()) };
        let (path, error, text) = (path.to_path_buf(), error.clone(), error.message.as_str());
        if let Some(name) = missing_extension(text) {
            AdapterError::Extension { name, error }
        } else if text.contains("Could not set lock on file") || text.contains("being used by another process") {
            AdapterError::Locked { path, error }
        } else if let Some(found) = after(text, "with version number ").or_else(|| after(text, "storage version ")) {
            AdapterError::StorageVersion { path, found, error }
        } else if text.contains("not a valid DuckDB database") || text.contains("Corrupt database file") {
            AdapterError::NotADatabase { path, error }
        } else if text.contains("No such file") || text.contains("does not exist") || text.contains("cannot find the") {
            AdapterError::Missing { path, error }
        } else {
            AdapterError::Engine(error)
        }
    }
}

/// The extension that a database needs (a DuckLake, a file of SQLite) and that DuckDB could not get by itself.
fn missing_extension(text: &str) -> Option<String> {
    let behind = text.split_once("Failed to download extension \"")?.1;
    behind.split_once('"').map(|(name, _)| name.to_string())
}

/// The number behind `words`.
fn after(text: &str, words: &str) -> Option<String> {
    let rest = &text[text.find(words)? + words.len()..];
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let number = number.trim_end_matches('.');
    (!number.is_empty()).then(|| number.to_string())
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AdapterError::Library { reason } => {
                write!(f, "the library of DuckDB {ENGINE_VERSION} could not be loaded\n{reason}")
            }
            AdapterError::Locked { path, error } => {
                write!(f, "the database '{}' is open in another process\n{error}", path.display())
            }
            AdapterError::StorageVersion { path, found, error } => write!(
                f,
                "the database '{}' has storage version {found}, which DuckDB {ENGINE_VERSION} of this program cannot \
                 read\n{error}",
                path.display()
            ),
            AdapterError::NotADatabase { path, error } => {
                write!(f, "the file '{}' is not a DuckDB database\n{error}", path.display())
            }
            AdapterError::Missing { path, error } => {
                write!(f, "the database '{}' cannot be opened\n{error}", path.display())
            }
            AdapterError::Extension { name, error } => {
                write!(f, "the extension '{name}' is not installed and could not be downloaded\n{error}")
            }
            AdapterError::Secret(error) => write!(f, "a secret could not be created\n{error}"),
            AdapterError::Setting { statement, error } => write!(f, "`{statement}` was refused\n{error}"),
            AdapterError::Engine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AdapterError {}
