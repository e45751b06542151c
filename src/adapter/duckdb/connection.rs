//! One connection: statements, results, transactions, interruption.

use super::catalog::ColumnDescription;
use super::cell::Cell;
use super::error::QueryError;
use super::settings::literal;
use super::type_name::{ColumnType, describe_sql};
use crate::sql::SqlEngine;
use ::duckdb::core::LogicalTypeId;
use ::duckdb::types::Value;
use std::sync::Arc;

/// A connection to a [`super::Database`]. It may move to another thread, and is used by one at a time.
pub struct Connection {
    inner: ::duckdb::Connection,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// The rows of a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// Column names in order; they may repeat.
    pub columns: Vec<String>,
    /// DuckDB's types, as `DESCRIBE` prints them, one for each column.
    pub types: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Stops what a connection is doing, from any thread.
#[derive(Clone)]
pub struct Interrupt(Arc<::duckdb::InterruptHandle>);

impl Interrupt {
    /// Makes the statement that is running fail with [`super::QueryErrorKind::Interrupt`]; harmless when none is.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupt")
    }
}

/// Why rows were not fetched.
enum Unfetched {
    /// A column has a type whose values the crate cannot read.
    Unreadable,
    Failed(::duckdb::Error),
}

impl From<::duckdb::Error> for Unfetched {
    fn from(error: ::duckdb::Error) -> Self {
        match error {
            ::duckdb::Error::FromSqlConversionFailure(_, ::duckdb::types::Type::Variant, _) => Unfetched::Unreadable,
            other => Unfetched::Failed(other),
        }
    }
}

impl Unfetched {
    fn into_error(self, sql: &str) -> QueryError {
        match self {
            Unfetched::Unreadable => {
                let message = "Not implemented Error: a column's type cannot be read".to_string();
                QueryError::from_message(message, sql)
            }
            Unfetched::Failed(error) => QueryError::from_engine(&error, sql),
        }
    }
}

impl Connection {
    pub(super) fn new(inner: ::duckdb::Connection) -> Self {
        Connection { inner }
    }

    /// Runs one or several statements and drops their rows. A text without a statement does nothing.
    ///
    /// Nothing is prepared first: what is prepared is bound again as soon as another connection has changed the catalog.
    ///
    /// # Errors
    /// The first statement that fails; those before it stay done, as in DuckDB.
    pub fn execute(&self, sql: &str) -> Result<(), QueryError> {
        if is_blank(sql) {
            return Ok(());
        }
        self.inner.execute_batch(sql).map_err(|error| QueryError::from_engine(&error, sql))
    }

    /// Runs one or several statements and gives the rows of the last one.
    ///
    /// # Errors
    /// The first statement that fails.
    pub fn query(&self, sql: &str) -> Result<ResultSet, QueryError> {
        if is_blank(sql) {
            return Ok(ResultSet::default());
        }
        match self.fetch(sql) {
            Ok(result) => Ok(result),
            Err(Unfetched::Unreadable) => self.fetch_as_text(sql),
            Err(Unfetched::Failed(error)) => Err(QueryError::from_engine(&error, sql)),
        }
    }

    fn fetch(&self, sql: &str) -> Result<ResultSet, Unfetched> {
        let mut statement = self.inner.prepare(sql)?;
        statement.raw_execute()?;
        let width = statement.column_count();
        let columns = statement.column_names();
        let types: Vec<ColumnType> =
            (0..width).map(|index| ColumnType::read(&statement.column_logical_type(index))).collect();
        if types.iter().any(ColumnType::is_unreadable) {
            return Err(Unfetched::Unreadable);
        }
        let mut rows = Vec::new();
        let mut cursor = statement.raw_query();
        while let Some(row) = cursor.next()? {
            let cells = types.iter().enumerate().map(|(index, kind)| cell(row, index, kind));
            rows.push(cells.collect::<Result<Vec<Cell>, _>>()?);
        }
        drop(cursor);
        let mut names: Vec<String> = types.iter().map(|kind| kind.name.clone()).collect();
        if types.iter().any(ColumnType::is_incomplete)
            && let Ok(described) = self.describe_types(sql)
            && described.len() == names.len()
        {
            names = described;
        }
        Ok(ResultSet { columns, types: names, rows })
    }

    fn describe_types(&self, sql: &str) -> Result<Vec<String>, ::duckdb::Error> {
        let mut statement = self.inner.prepare(&describe_sql(sql))?;
        let rows = statement.query_map([], |row| row.get::<_, String>(1))?;
        rows.collect()
    }

    /// Runs a query again with the columns that the crate cannot read turned into text by DuckDB.
    fn fetch_as_text(&self, sql: &str) -> Result<ResultSet, QueryError> {
        let described = self.describe(sql)?;
        let unreadable = ["BIT", "VARIANT", "BIGNUM", "TIME_NS", "TIME WITH TIME ZONE"];
        let column = |(index, column): (usize, &ColumnDescription)| {
            // `TIMESTAMP WITH TIME ZONE` does not contain the words for the time of a day alone.
            let name = column.data_type.replace("TIMESTAMP_NS", "").replace("TIMESTAMP WITH TIME ZONE", "");
            if unreadable.iter().any(|kind| name.contains(kind)) {
                format!("c{index}::VARCHAR")
            } else {
                format!("c{index}")
            }
        };
        let list: Vec<String> = described.iter().enumerate().map(column).collect();
        let names: Vec<String> = (0..described.len()).map(|index| format!("c{index}")).collect();
        let inner = sql.trim_end().trim_end_matches(';');
        let text = format!("SELECT {} FROM (\n{inner}\n) AS v({})", list.join(", "), names.join(", "));
        let mut result = self.fetch(&text).map_err(|unfetched| unfetched.into_error(sql))?;
        for (index, _) in list.iter().enumerate().filter(|(_, name)| name.ends_with("VARCHAR")) {
            for cell in result.rows.iter_mut().filter_map(|row| row.get_mut(index)) {
                if let Cell::Text(text) = cell {
                    *cell = Cell::Other(std::mem::take(text));
                }
            }
        }
        (result.columns, result.types) = described.into_iter().map(|column| (column.name, column.data_type)).unzip();
        Ok(result)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// When there is one already.
    pub fn begin(&self) -> Result<(), QueryError> {
        self.execute("BEGIN TRANSACTION")
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// When there is none, or another one wrote the same rows.
    pub fn commit(&self) -> Result<(), QueryError> {
        self.execute("COMMIT")
    }

    /// Takes the transaction back.
    ///
    /// # Errors
    /// When there is none.
    pub fn rollback(&self) -> Result<(), QueryError> {
        self.execute("ROLLBACK")
    }

    /// A handle that stops this connection's statements from another thread.
    pub fn interrupt_handle(&self) -> Interrupt {
        Interrupt(self.inner.interrupt_handle())
    }
}

impl Connection {
    fn text(&self, expression: &str) -> Result<String, String> {
        let result = self.query(&format!("SELECT {expression}")).map_err(|error| error.message)?;
        match result.rows.into_iter().next().and_then(|row| row.into_iter().next()) {
            Some(Cell::Text(text) | Cell::Other(text)) => Ok(text),
            other => Err(format!("{expression} gave {other:?}")),
        }
    }
}

impl SqlEngine for Connection {
    fn serialize(&self, sql: &str) -> Result<serde_json::Value, String> {
        let text = self.text(&format!("json_serialize_sql({})", literal(sql)))?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    fn canonical(&self, sql: &str) -> Result<String, String> {
        self.text(&format!("json_deserialize_sql(json_serialize_sql({}))", literal(sql)))
    }
}

fn cell(row: &::duckdb::Row<'_>, index: usize, kind: &ColumnType) -> Result<Cell, ::duckdb::Error> {
    // A column of nulls alone has an Arrow type that the crate's rows do not know.
    if kind.id == LogicalTypeId::SqlNull {
        return Ok(Cell::Null);
    }
    Ok(Cell::from_value(Value::from(row.get_ref(index)?), kind))
}

/// Whether a text holds nothing but white space, comments and semicolons: DuckDB calls that an error.
fn is_blank(sql: &str) -> bool {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, behind)| behind);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            match comment.split_once("*/") {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        } else {
            return rest.is_empty();
        }
    }
}
