//! One value of a result. Owns the way from the crate's values to ours; prints nothing.

use super::type_name::ColumnType;
use ::duckdb::core::LogicalTypeId;
use ::duckdb::types::{TimeUnit, Value};

/// A typed value. Times are counted as DuckDB counts them: no time zone database and no limits of a calendar library.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// SQL's null.
    Null,
    /// A boolean.
    Bool(bool),
    /// Any integer that fits.
    Int(i128),
    /// A `UHUGEINT` above the largest signed integer.
    UInt(u128),
    /// `FLOAT` and `DOUBLE`.
    Float(f64),
    /// A number with `scale` digits behind the point: `value / 10^scale`.
    Decimal {
        /// All digits.
        value: i128,
        /// Digits behind the point.
        scale: u8,
    },
    /// Text, also the values of enums and JSON.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01 without time zone, of every precision of `TIMESTAMP`.
    Timestamp(i64),
    /// Microseconds since 1970-01-01 UTC.
    TimestampTz(i64),
    /// A span of time in its three parts.
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// A list or array.
    List(Vec<Cell>),
    /// Fields in order.
    Struct(Vec<(String, Cell)>),
    /// Keys and values in order.
    Map(Vec<(Cell, Cell)>),
    /// A UUID.
    Uuid(uuid::Uuid),
    /// A value of a type that has no case of its own (`BIT`, `BIGNUM`, `TIME WITH TIME ZONE`), as text.
    Other(String),
}

impl Cell {
    pub(super) fn from_value(value: Value, kind: &ColumnType) -> Cell {
        match value {
            Value::Null => Cell::Null,
            Value::Boolean(value) => Cell::Bool(value),
            Value::TinyInt(value) => Cell::Int(value.into()),
            Value::SmallInt(value) => Cell::Int(value.into()),
            Value::Int(value) => Cell::Int(value.into()),
            Value::BigInt(value) => Cell::Int(value.into()),
            // Inside of lists the crate does not know that the number has no sign.
            Value::HugeInt(value) if kind.id == LogicalTypeId::UHugeint => unsigned(value as u128),
            Value::HugeInt(value) => Cell::Int(value),
            Value::UTinyInt(value) => Cell::Int(value.into()),
            Value::USmallInt(value) => Cell::Int(value.into()),
            Value::UInt(value) => Cell::Int(value.into()),
            Value::UBigInt(value) => Cell::Int(value.into()),
            Value::UHugeInt(value) => unsigned(value),
            Value::Float(value) => Cell::Float(value.into()),
            Value::Double(value) => Cell::Float(value),
            Value::Decimal(value) => Cell::Decimal { value: value.value(), scale: value.scale() },
            Value::Text(text) => text_cell(text, kind),
            Value::Enum(text) => Cell::Text(text),
            Value::Blob(bytes) | Value::Geometry(bytes) => Cell::Blob(bytes),
            Value::Date32(days) => Cell::Date(days),
            Value::Time64(unit, value) => Cell::Time(micros(unit, value)),
            Value::Timestamp(unit, value) if kind.id == LogicalTypeId::TimestampTZ => {
                Cell::TimestampTz(micros(unit, value))
            }
            Value::Timestamp(unit, value) => Cell::Timestamp(micros(unit, value)),
            Value::Interval { months, days, nanos } => Cell::Interval { months, days, micros: nanos.div_euclid(1_000) },
            nested => nested_cell(nested, kind),
        }
    }
}

fn nested_cell(value: Value, kind: &ColumnType) -> Cell {
    let child = |index: usize| kind.children.get(index).unwrap_or(kind);
    match value {
        Value::List(items) | Value::Array(items) => {
            Cell::List(items.into_iter().map(|item| Cell::from_value(item, child(0))).collect())
        }
        Value::Struct(fields) => Cell::Struct(
            fields
                .iter()
                .enumerate()
                .map(|(index, (name, value))| (name.clone(), Cell::from_value(value.clone(), child(index))))
                .collect(),
        ),
        Value::Map(entries) => {
            let entry = |(key, value): &(Value, Value)| {
                (Cell::from_value(key.clone(), child(0)), Cell::from_value(value.clone(), child(1)))
            };
            Cell::Map(entries.iter().map(entry).collect())
        }
        // Which member of the union it is, is not told; its own type decides.
        Value::Union(value) => Cell::from_value(*value, kind),
        other => Cell::Other(format!("{other:?}")),
    }
}

fn unsigned(value: u128) -> Cell {
    i128::try_from(value).map_or(Cell::UInt(value), Cell::Int)
}

fn text_cell(text: String, kind: &ColumnType) -> Cell {
    match kind.id {
        LogicalTypeId::Uuid => uuid::Uuid::parse_str(&text).map_or(Cell::Other(text), Cell::Uuid),
        LogicalTypeId::Varchar | LogicalTypeId::Enum | LogicalTypeId::StringLiteral | LogicalTypeId::Union => {
            Cell::Text(text)
        }
        _ => Cell::Other(text),
    }
}

fn micros(unit: TimeUnit, value: i64) -> i64 {
    match unit {
        TimeUnit::Second => value.saturating_mul(1_000_000),
        TimeUnit::Millisecond => value.saturating_mul(1_000),
        TimeUnit::Microsecond => value,
        TimeUnit::Nanosecond => value.div_euclid(1_000),
    }
}
