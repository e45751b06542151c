//! Cells as Python's values, as dbt's tables have them (agate's rules: numbers are decimals, containers are JSON text).

use super::duckdb::Cell;
use crate::jinja::value::decimal::decimal;
use crate::jinja::value::number::integer;
use crate::jinja::value::temporal;
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use chrono::{DateTime, Duration, NaiveDate, NaiveTime};
use minijinja::Value;
use serde_json::Value as Json;

/// The value that templates see.
pub(super) fn value_of(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::from(()),
        Cell::Bool(value) => Value::from(value),
        Cell::Int(value) => integer(value),
        Cell::UInt(value) => crate::jinja::value::number::big_integer(value.to_string().parse().unwrap_or_default()),
        Cell::Float(value) => float(value),
        Cell::Decimal { value, scale } => decimal(BigDecimal::new(BigInt::from(value), scale.into())),
        Cell::Text(text) | Cell::Other(text) => Value::from(text),
        Cell::Blob(bytes) => Value::from_bytes(bytes),
        Cell::Date(days) => date(days).map_or(Value::from(()), |date| Value::from_object(temporal::Date(date))),
        Cell::Time(micros) => Value::from(time_text(micros)),
        Cell::Timestamp(micros) => instant(micros)
            .map_or(Value::from(()), |instant| Value::from_object(temporal::DateTime::naive(instant.naive_utc()))),
        Cell::TimestampTz(micros) => instant(micros)
            .map_or(Value::from(()), |at| Value::from_object(temporal::DateTime::with_offset(at.naive_utc(), 0))),
        Cell::Uuid(value) => Value::from(value.to_string()),
        cell @ (Cell::Interval { .. } | Cell::List(_) | Cell::Struct(_) | Cell::Map(_)) => {
            Value::from(python_json(&json_of(cell)))
        }
    }
}

/// agate reads floats as decimals through their shortest text.
fn float(value: f64) -> Value {
    let text = format!("{value:?}");
    text.parse::<BigDecimal>().map_or_else(|_| Value::from(value), decimal)
}

fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(Duration::try_days(days.into())?)
}

fn instant(micros: i64) -> Option<DateTime<chrono::Utc>> {
    DateTime::from_timestamp_micros(micros)
}

fn time_text(micros: i64) -> String {
    let seconds = u32::try_from(micros / 1_000_000).unwrap_or_default();
    let nanos = u32::try_from(micros % 1_000_000).unwrap_or_default() * 1_000;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
        .map(|time| time.format("%H:%M:%S%.f").to_string())
        .unwrap_or_default()
}

/// JSON of a cell, for `show` and for containers.
pub(super) fn json_of(cell: Cell) -> Json {
    match cell {
        Cell::Null => Json::Null,
        Cell::Bool(value) => Json::Bool(value),
        Cell::Int(value) => i64::try_from(value).map_or_else(|_| Json::String(value.to_string()), Json::from),
        Cell::UInt(value) => Json::String(value.to_string()),
        Cell::Float(value) => serde_json::Number::from_f64(value).map_or(Json::Null, Json::Number),
        Cell::Decimal { value, scale } => BigDecimal::new(BigInt::from(value), scale.into())
            .to_string()
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or(Json::Null, Json::Number),
        Cell::Text(text) | Cell::Other(text) => Json::String(text),
        Cell::Blob(bytes) => Json::String(String::from_utf8_lossy(&bytes).into_owned()),
        Cell::Date(days) => date(days).map_or(Json::Null, |date| Json::String(date.to_string())),
        Cell::Time(micros) => Json::String(time_text(micros)),
        Cell::Timestamp(micros) => instant(micros)
            .map_or(Json::Null, |at| Json::String(at.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string())),
        Cell::TimestampTz(micros) => instant(micros).map_or(Json::Null, |at| Json::String(at.to_rfc3339())),
        Cell::Interval { months, days, micros } => Json::String(format!("{months} months {days} days {micros} us")),
        Cell::List(items) => Json::Array(items.into_iter().map(json_of).collect()),
        Cell::Struct(fields) => Json::Object(fields.into_iter().map(|(name, cell)| (name, json_of(cell))).collect()),
        Cell::Map(entries) => {
            let text = |key: Cell| match json_of(key) {
                Json::String(text) => text,
                other => other.to_string(),
            };
            Json::Object(entries.into_iter().map(|(key, cell)| (text(key), json_of(cell))).collect())
        }
        Cell::Uuid(value) => Json::String(value.to_string()),
    }
}

/// JSON text with Python's spaces behind commas and colons.
fn python_json(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entry =
                |(name, value): (&String, &Json)| format!("{}: {}", Json::String(name.clone()), python_json(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
