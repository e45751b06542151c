//! dbt's `tojson`, `fromjson`, `toyaml` and `fromyaml`.

use minijinja::value::{Value, ValueKind};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::json::{Style, dumps};
use crate::jinja::value::{is_undefined, json_parse, none, text_of, type_name, yaml, yaml_dump};

fn is_set(value: Option<Value>) -> bool {
    value.is_some_and(|value| value.is_true())
}

/// dbt catches errors of value, not those of type: an object that JSON has no form for is an error.
pub(super) fn to_json(arguments: Arguments<'_>) -> Outcome {
    let [value, default, sort_keys] = arguments.bind("BaseContext.tojson", ["value", "default", "sort_keys"], 1)?;
    let style = Style { sort_keys: is_set(sort_keys), indent: None };
    match dumps(&value.unwrap_or_default(), &style) {
        Ok(text) => Ok(Value::from(text)),
        Err(failure) if failure.detail() == Some("Circular reference detected") => Ok(default.unwrap_or_else(none)),
        Err(failure) => Err(failure),
    }
}

pub(super) fn from_json(arguments: Arguments<'_>) -> Outcome {
    let [text, default] = arguments.bind("BaseContext.fromjson", ["string", "default"], 1)?;
    let value = text.unwrap_or_default();
    let bytes = if value.kind() == ValueKind::Bytes { value.as_str() } else { None };
    let Some(text) = text_of(&value).or(bytes) else {
        let name = if is_undefined(&value) { "Undefined" } else { type_name(&value) };
        return Err(error(format!("the JSON object must be str, bytes or bytearray, not {name}")));
    };
    Ok(json_parse::parse(text).unwrap_or_else(|_| default.unwrap_or_else(none)))
}

pub(super) fn to_yaml(arguments: Arguments<'_>) -> Outcome {
    let [value, default, sort_keys] = arguments.bind("BaseContext.toyaml", ["value", "default", "sort_keys"], 1)?;
    match yaml_dump::dump(&value.unwrap_or_default(), is_set(sort_keys)) {
        Ok(text) => Ok(Value::from(text)),
        Err(_) => Ok(default.unwrap_or_else(none)),
    }
}

pub(super) fn from_yaml(arguments: Arguments<'_>) -> Outcome {
    let [text, default] = arguments.bind("BaseContext.fromyaml", ["value", "default"], 1)?;
    let value = text.unwrap_or_default();
    let bytes = if value.kind() == ValueKind::Bytes { value.as_str() } else { None };
    let text = text_of(&value).or(bytes).ok_or_else(|| error("a string or stream input is required"))?;
    Ok(yaml::load(text).unwrap_or_else(|_| default.unwrap_or_else(none)))
}
