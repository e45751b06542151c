//! Seeds: the types that dbt infers for the columns of a CSV file, and the statements that load it.
//!
//! Owns agate's rules as dbt-common 1.x configures them (`clients/agate_helper.py`: number, date, timestamp, boolean,
//! text; `null` and the empty string are null) and dbt-duckdb's names of the types. Reads no file and runs nothing.

mod csv_text;
mod values;

use csv_text::Record;
use std::collections::BTreeMap;
use values::{Hypothesis, Precision};

/// A column of a seed's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedColumn {
    /// The name: of the header, made unique as agate does (`a`, `a_2`); a letter where the header has none.
    pub name: String,
    /// DuckDB's type: the override, else the inferred one.
    pub data_type: String,
}

/// What a CSV file holds, as far as its table is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedTable {
    /// The columns in order.
    pub columns: Vec<SeedColumn>,
    /// Rows below the header, as agate counts them (an empty line is a row).
    pub row_count: usize,
}

/// Why a seed cannot be read; the texts are those of Python and agate, which dbt shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// The file is not UTF-8.
    #[error("'utf-8' codec can't decode byte 0x{byte:02x} in position {position}: invalid start byte")]
    NotUtf8 {
        /// The byte.
        byte: u8,
        /// Its offset in the file.
        position: usize,
    },
    /// A row has more values than the header has names.
    #[error("Row {row} has {values} values, but Table only has {columns} columns.")]
    TooManyValues {
        /// The row, from 0 behind the header.
        row: usize,
        /// Its values.
        values: usize,
        /// The header's names.
        columns: usize,
    },
    /// The file holds nothing.
    #[error("the seed file is empty: its first line must name the columns")]
    Empty,
    /// The delimiter is not one character.
    #[error("\"delimiter\" must be a 1-character string")]
    Delimiter,
}

/// The columns of a CSV file with their types. `column_types` (dbt's config) overrides the inferred type of a column
/// of exactly that name.
///
/// # Errors
/// See [`SeedError`].
pub fn infer_seed_table(
    bytes: &[u8],
    delimiter: &str,
    column_types: &BTreeMap<String, String>,
) -> Result<SeedTable, SeedError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let position = error.valid_up_to();
        SeedError::NotUtf8 { byte: bytes.get(position).copied().unwrap_or(0), position }
    })?;
    let mut characters = delimiter.chars();
    let (Some(delimiter), None) = (characters.next(), characters.next()) else { return Err(SeedError::Delimiter) };
    let mut records = csv_text::records(text.strip_prefix('\u{feff}').unwrap_or(text), delimiter);
    let names = unique_names(records.next().ok_or(SeedError::Empty)?);
    let mut columns: Vec<Inference> = names.iter().map(|_| Inference::default()).collect();
    let mut row_count = 0;
    for record in records {
        if record.len() > names.len() {
            return Err(SeedError::TooManyValues { row: row_count, values: record.len(), columns: names.len() });
        }
        row_count += 1;
        for (column, value) in columns.iter_mut().zip(&record) {
            column.see(value);
        }
    }
    let columns = names.into_iter().zip(columns).map(|(name, inference)| {
        let data_type = column_types.get(&name).cloned().unwrap_or_else(|| inference.data_type().to_string());
        SeedColumn { name, data_type }
    });
    Ok(SeedTable { columns: columns.collect(), row_count })
}

/// The statement that loads a CSV file into a table that exists, as dbt-duckdb does. All three are inserted as they
/// are given, but for quotes in the path and the delimiter.
pub fn copy_sql(relation: &str, path: &str, delimiter: &str) -> String {
    let quoted = |text: &str| text.replace('\'', "''");
    format!("COPY {relation} FROM '{}' (FORMAT CSV, HEADER TRUE, DELIMITER '{}')", quoted(path), quoted(delimiter))
}

/// What is still possible for one column.
#[derive(Debug)]
struct Inference {
    possible: Vec<Hypothesis>,
    precision: Precision,
}

impl Default for Inference {
    fn default() -> Self {
        Inference { possible: Hypothesis::IN_ORDER.to_vec(), precision: Precision::default() }
    }
}

impl Inference {
    fn see(&mut self, value: &str) {
        if self.possible.len() > 1 {
            self.possible.retain(|hypothesis| hypothesis.admits(value));
        }
        if self.possible.contains(&Hypothesis::Number) {
            self.precision.see(value);
        }
    }

    fn data_type(&self) -> &'static str {
        match self.possible.first() {
            Some(Hypothesis::Integer) => "integer",
            Some(Hypothesis::Number) if self.precision.has_decimals() => "float8",
            Some(Hypothesis::Number) => "integer",
            Some(Hypothesis::Date) => "date",
            Some(Hypothesis::DateTime | Hypothesis::IsoDateTime) => "timestamp without time zone",
            Some(Hypothesis::Boolean) => "boolean",
            Some(Hypothesis::Text) | None => "text",
        }
    }
}

/// agate's names: a letter for an empty one, a number behind one that was there before.
fn unique_names(header: Record) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut names = Vec::with_capacity(header.len());
    for (index, name) in header.into_iter().enumerate() {
        let base = if name.is_empty() { letters(index) } else { name };
        let mut unique = base.clone();
        let mut number = 2;
        while !seen.insert(unique.clone()) {
            unique = format!("{base}_{number}");
            number += 1;
        }
        names.push(unique);
    }
    names
}

/// `a`, `b`, ..., `z`, `aa`, `bb`, ...
fn letters(index: usize) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    std::iter::repeat_n(letter, index / 26 + 1).collect()
}

#[cfg(test)]
mod tests;
