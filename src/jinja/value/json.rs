//! JSON as Python's `json` module writes it, and serde_json's values to and from ours.

use std::fmt::Write;

use minijinja::value::{Value, ValueKind};
use serde_json::{Map, Number as JsonNumber, Value as Json};

use super::compare::sort_by_key;
use super::error::{Outcome, error};
use super::number::{Number, integer};
use super::text::write_float;
use super::{PyDict, dict, is_undefined, iterate, list, none, text_of, type_name};

/// How deeply values may nest before Python's writer would give up.
const MAX_DEPTH: usize = 200;

/// The value of a JSON value; objects become dicts and arrays lists, all the way down.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => none(),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::from(number),
            (None, Some(number)) => integer(i128::from(number)),
            _ => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => list(items.iter().map(from_json).collect()),
        Json::Object(entries) => {
            dict(entries.iter().map(|(key, value)| (Value::from(key.as_str()), from_json(value))).collect())
        }
    }
}

/// The JSON of a value.
///
/// # Errors
/// Values that JSON has no form for, with Python's text.
pub fn to_json(value: &Value) -> Outcome<Json> {
    json_at(value, 0)
}

fn json_at(value: &Value, depth: usize) -> Outcome<Json> {
    if depth > MAX_DEPTH {
        return Err(error("Circular reference detected"));
    }
    if let Some(text) = text_of(value) {
        return Ok(Json::String(text.to_string()));
    }
    if let Some(number) = Number::of(value)
        && value.kind() != ValueKind::Bool
    {
        return number_json(&number);
    }
    match (value.kind(), type_name(value)) {
        (ValueKind::None, _) => Ok(Json::Null),
        (ValueKind::Bool, _) => Ok(Json::Bool(value.is_true())),
        (_, "list" | "tuple") => {
            iterate(value)?.iter().map(|item| json_at(item, depth + 1)).collect::<Outcome<Vec<_>>>().map(Json::Array)
        }
        (_, "dict") => {
            let entries = entries(value)?;
            let converted = entries.iter().map(|(key, item)| Ok((key_text(key)?, json_at(item, depth + 1)?)));
            converted.collect::<Outcome<Map<_, _>>>().map(Json::Object)
        }
        _ => Err(not_serializable(value)),
    }
}

fn number_json(number: &Number) -> Outcome<Json> {
    Ok(match number {
        Number::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => Json::from(number),
            (_, Ok(number)) => Json::from(number),
            _ => Json::from(*number as f64),
        },
        Number::Big(_) => Json::from(number.to_f64()),
        Number::Float(number) => JsonNumber::from_f64(*number).map_or(Json::Null, Json::Number),
    })
}

fn not_serializable(value: &Value) -> minijinja::Error {
    let name = if is_undefined(value) { "Undefined" } else { type_name(value) };
    let name = name.rsplit('.').next().unwrap_or(name);
    error(format!("Object of type {name} is not JSON serializable"))
}

/// The entries of a dict or of a map that Rust code made.
fn entries(value: &Value) -> Outcome<Vec<(Value, Value)>> {
    if let Some(dict) = value.downcast_object_ref::<PyDict>() {
        return Ok(dict.snapshot().into_iter().collect());
    }
    iterate(value)?.into_iter().map(|key| Ok((key.clone(), value.get_item(&key)?))).collect()
}

fn key_text(key: &Value) -> Outcome<String> {
    if let Some(text) = text_of(key) {
        return Ok(text.to_string());
    }
    match key.kind() {
        ValueKind::None => Ok("null".to_string()),
        ValueKind::Bool => Ok(if key.is_true() { "true" } else { "false" }.to_string()),
        _ if Number::of(key).is_some() => Ok(super::repr(key)),
        _ => {
            let name = type_name(key);
            let name = name.rsplit('.').next().unwrap_or(name);
            Err(error(format!("keys must be str, int, float, bool or None, not {name}")))
        }
    }
}

/// The choices of Python's `json.dumps`.
#[derive(Default, Clone)]
pub(crate) struct Style {
    /// Whether keys are sorted.
    pub sort_keys: bool,
    /// What one level of nesting is indented by; one line when nothing.
    pub indent: Option<String>,
}

/// Python's `json.dumps(value)`.
///
/// # Errors
/// Values that JSON has no form for, with Python's text.
pub(crate) fn dumps(value: &Value, style: &Style) -> Outcome<String> {
    let mut out = String::new();
    write_json(&mut out, value, style, 0)?;
    Ok(out)
}

/// JSON on one line in the layout of Python's `json.dumps`.
pub fn python_json(json: &Json) -> String {
    dumps(&from_json(json), &Style::default()).unwrap_or_default()
}

/// JSON as dbt writes lists of packages with PyYAML: in block style, with sorted keys and indented lists.
pub fn python_yaml(json: &Json) -> String {
    super::yaml_dump::dump_indented(&from_json(json)).unwrap_or_default()
}

fn write_json(out: &mut String, value: &Value, style: &Style, depth: usize) -> Outcome<()> {
    if depth > MAX_DEPTH {
        return Err(error("Circular reference detected"));
    }
    if let Some(text) = text_of(value) {
        write_text(out, text);
        return Ok(());
    }
    match (value.kind(), type_name(value)) {
        (ValueKind::None, _) => out.push_str("null"),
        (ValueKind::Bool, _) => out.push_str(if value.is_true() { "true" } else { "false" }),
        (_, "int" | "float") => write_number(out, value),
        (_, "list" | "tuple") => {
            let items = iterate(value)?;
            write_items(out, ('[', ']'), &items, style, depth, |out, item| write_json(out, item, style, depth + 1))?;
        }
        (_, "dict") => {
            let mut entries = entries(value)?;
            if style.sort_keys {
                entries = sorted(entries)?;
            }
            write_items(out, ('{', '}'), &entries, style, depth, |out, (key, item)| {
                write_text(out, &key_text(key)?);
                out.push_str(": ");
                write_json(out, item, style, depth + 1)
            })?;
        }
        _ => return Err(not_serializable(value)),
    }
    Ok(())
}

fn sorted(entries: Vec<(Value, Value)>) -> Outcome<Vec<(Value, Value)>> {
    let keys = entries.iter().map(|(key, _)| key.clone()).collect();
    let entries: indexmap::IndexMap<Value, Value> = entries.into_iter().collect();
    let keys = sort_by_key(keys, false, |key| Ok(key.clone()))?;
    Ok(keys.into_iter().filter_map(|key| entries.get(&key).cloned().map(|value| (key, value))).collect())
}

fn write_items<T>(
    out: &mut String,
    (open, close): (char, char),
    items: &[T],
    style: &Style,
    depth: usize,
    mut write: impl FnMut(&mut String, &T) -> Outcome<()>,
) -> Outcome<()> {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(if style.indent.is_some() { "," } else { ", " });
        }
        new_line(out, style, depth + 1);
        write(out, item)?;
    }
    if !items.is_empty() {
        new_line(out, style, depth);
    }
    out.push(close);
    Ok(())
}

fn new_line(out: &mut String, style: &Style, depth: usize) {
    if let Some(indent) = &style.indent {
        out.push('\n');
        for _ in 0..depth {
            out.push_str(indent);
        }
    }
}

fn write_number(out: &mut String, value: &Value) {
    match Number::of(value) {
        Some(Number::Float(number)) if number.is_nan() => out.push_str("NaN"),
        Some(Number::Float(number)) if number.is_infinite() => {
            out.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Some(Number::Float(number)) => write_float(out, number),
        _ => super::text::write_repr(out, value),
    }
}

/// A JSON string; everything outside ASCII is escaped.
fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}
