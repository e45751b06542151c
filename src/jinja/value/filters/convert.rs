//! Jinja2's filters that stand in for missing values or change the form of a value, and dbt's own.

use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::attribute::get_attr;
use crate::jinja::value::error::Outcome;
use crate::jinja::value::json::{Style, dumps};
use crate::jinja::value::undefined::undefined_attribute;
use crate::jinja::value::{PyDict, PyList, is_undefined, methods, pretty, text_of, to_str};

use super::Filter;

pub(super) static FILTERS: &[(&str, Filter)] = &[
    ("default", |_, value, arguments| default(value, arguments)),
    ("d", |_, value, arguments| default(value, arguments)),
    ("attr", |_, value, arguments| attribute(value, &to_str(arguments.one("do_attr")?))),
    ("tojson", |_, value, arguments| to_json(value, arguments)),
    ("pprint", |_, value, _| Ok(Value::from(pretty::format(value)))),
    // dbt's: they matter where a whole YAML value is rendered, and change nothing in a text.
    ("as_text", |_, value, _| Ok(value.clone())),
    ("as_bool", |_, value, _| Ok(value.clone())),
    ("as_number", |_, value, _| Ok(value.clone())),
    ("as_native", |_, value, _| Ok(value.clone())),
    ("is_list", |_, value, _| Ok(Value::from(value.downcast_object_ref::<PyList>().is_some()))),
];

/// An attribute only: the items of a dict are none.
fn attribute(value: &Value, name: &str) -> Outcome {
    match value.downcast_object_ref::<PyDict>() {
        Some(_) if !methods::dict::NAMES.contains(&name) => Ok(undefined_attribute("dict", name)),
        _ => get_attr(value, name),
    }
}

fn default(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [default, boolean] = arguments.bind("do_default", ["default_value", "boolean"], 0)?;
    let falsy_too = boolean.is_some_and(|boolean| boolean.is_true());
    Ok(match is_undefined(value) || falsy_too && !value.is_true() {
        true => default.unwrap_or_else(|| Value::from("")),
        false => value.clone(),
    })
}

/// JSON with sorted keys that may stand within HTML.
fn to_json(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [indent] = arguments.after_implicit().bind("do_tojson", ["indent"], 0)?;
    let indent = indent.filter(|indent| !indent.is_none()).map(|indent| match text_of(&indent) {
        Some(text) => text.to_string(),
        None => " ".repeat(indent.as_usize().unwrap_or(0).min(100)),
    });
    let json = dumps(value, &Style { sort_keys: true, indent })?;
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\'' => out.push_str("\\u0027"),
            other => out.push(other),
        }
    }
    Ok(Value::from_safe_string(out))
}
