//! The tree in other notations: JSON as dbt's artifacts have it, and Python's `repr` for dbt's messages.

use super::{Yaml, YamlDateTime, YamlMap, YamlValue};
use chrono::FixedOffset;
use serde_json::Value;
use std::fmt::Write as _;

impl YamlDateTime {
    /// The same with an offset: where none was written, that of UTC. (dbt takes that of the machine, which would make artifacts
    /// depend on it.)
    #[must_use]
    pub fn with_offset(&self) -> Self {
        YamlDateTime { naive: self.naive, offset: self.offset.or_else(|| FixedOffset::east_opt(0)) }
    }

    /// The time as Python's `datetime.isoformat` writes it.
    pub fn isoformat(&self) -> String {
        let fraction = if self.naive.and_utc().timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
        let clock = self.naive.format(&format!("%Y-%m-%dT%H:%M:%S{fraction}")).to_string();
        match self.offset {
            Some(offset) => format!("{clock}{offset}"),
            None => clock,
        }
    }
}

impl Yaml {
    /// The value as JSON: dates become ISO text, numbers beyond 64 bits and non-finite ones become text, and keys
    /// become text as Python's `json.dumps` writes them.
    pub fn to_json(&self) -> Value {
        match &self.value {
            YamlValue::Null => Value::Null,
            YamlValue::Bool(value) => Value::Bool(*value),
            YamlValue::Int(value) => Value::from(*value),
            YamlValue::BigInt(value) => {
                u64::try_from(value.as_ref()).map_or_else(|_| Value::String(value.to_string()), Value::from)
            }
            YamlValue::Float(value) => {
                serde_json::Number::from_f64(*value).map_or_else(|| Value::String(value.to_string()), Value::Number)
            }
            YamlValue::Date(value) => Value::String(value.to_string()),
            YamlValue::DateTime(value) => Value::String(value.isoformat()),
            YamlValue::String(text) => Value::String(text.as_ref().to_owned()),
            YamlValue::Seq(items) => Value::Array(items.iter().map(Yaml::to_json).collect()),
            YamlValue::Map(map) => {
                Value::Object(map.iter().map(|(key, value)| (json_key(key), value.to_json())).collect())
            }
        }
    }

    /// The value as Python's `repr` writes it.
    pub fn to_python(&self) -> String {
        let mut text = String::new();
        write_python(self, &mut text);
        text
    }

    /// The value as Python's `str` writes it: text stands bare.
    pub fn to_python_str(&self) -> String {
        self.as_str().map_or_else(|| self.to_python(), str::to_owned)
    }
}

fn json_key(key: &Yaml) -> String {
    match &key.value {
        YamlValue::String(text) => text.as_ref().to_owned(),
        YamlValue::Null => "null".to_owned(),
        YamlValue::Bool(value) => value.to_string(),
        YamlValue::Date(value) => value.to_string(),
        YamlValue::DateTime(value) => value.isoformat(),
        _ => key.to_python(),
    }
}

fn write_python(yaml: &Yaml, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = match &yaml.value {
        YamlValue::Null => out.write_str("None"),
        YamlValue::Bool(true) => out.write_str("True"),
        YamlValue::Bool(false) => out.write_str("False"),
        YamlValue::Int(value) => write!(out, "{value}"),
        YamlValue::BigInt(value) => write!(out, "{value}"),
        YamlValue::Float(value) => out.write_str(&python_float(*value)),
        YamlValue::Date(value) => write!(out, "datetime.date({})", value.format("%-Y, %-m, %-d")),
        YamlValue::DateTime(value) => {
            write!(out, "datetime.datetime({})", value.naive.format("%-Y, %-m, %-d, %-H, %-M"))
        }
        YamlValue::String(text) => out.write_str(&python_string(text)),
        YamlValue::Seq(items) => {
            write_python_seq(items, out);
            Ok(())
        }
        YamlValue::Map(map) => {
            write_python_map(map, out);
            Ok(())
        }
    };
}

fn write_python_seq(items: &[Yaml], out: &mut String) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write_python(item, out);
    }
    out.push(']');
}

fn write_python_map(map: &YamlMap, out: &mut String) {
    out.push('{');
    for (at, (key, value)) in map.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write_python(key, out);
        out.push_str(": ");
        write_python(value, out);
    }
    out.push('}');
}

/// Python's `repr` of a float: the shortest digits that read back, with an exponent from 1e16 on and below 1e-4.
fn python_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    format!("{value:?}")
}

/// Python's `repr` of a string: single quotes unless the text holds one and no double quote.
pub(crate) fn python_string(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            _ if character.is_control() || character == '\u{a0}' || character == '\u{ad}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
    out
}
