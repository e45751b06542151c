//! Nested dictionaries read by a table of their keys into JSON of a fixed layout.
//!
//! Owns how a key that is missing is filled in and what is said of a value that does not fit. Knows no key of any file.

use crate::project::fields::{Allowed, Fields, Refused, Value};
use crate::project::yaml::YamlValue;
use serde_json::{Map, Value as Json, json};

/// What a value has to be, and what becomes of it.
pub(super) enum Shape {
    /// Text.
    Text,
    /// Text, or a boolean or whole number that is kept as text.
    Expression,
    /// Text, or a whole number that is kept as text.
    TextOrInteger,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// One of a few words; the first text is what dbt calls the set.
    Word(&'static str, &'static [&'static str]),
    /// A dictionary, kept as it is.
    Dictionary,
    /// One condition or several: `{"where_filters": [{"where_sql_template": ...}]}`.
    Filter,
    /// A count and a granularity, such as `7 days`.
    Window,
    /// A dictionary with these keys.
    Object(&'static [Field]),
    /// A dictionary with these keys, or the text that its `name` would be.
    Named(&'static [Field]),
    /// A list.
    List(&'static Shape),
}

/// A key of a dictionary.
pub(super) struct Field {
    name: &'static str,
    shape: Option<&'static Shape>,
    /// JSON for when the key is not there; none where it has to be.
    missing: Option<&'static str>,
    nullable: bool,
}

/// A key that has to be there.
pub(super) const fn required(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape: Some(shape), missing: None, nullable: false }
}

/// A key that may be missing or null.
pub(super) const fn nullable(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape: Some(shape), missing: Some("null"), nullable: true }
}

/// A key that may be missing, with the JSON that stands for it then.
pub(super) const fn optional(name: &'static str, shape: &'static Shape, missing: &'static str) -> Field {
    Field { name, shape: Some(shape), missing: Some(missing), nullable: false }
}

/// A key that the layout has and nobody can write.
pub(super) const fn fixed(name: &'static str, value: &'static str) -> Field {
    Field { name, shape: None, missing: Some(value), nullable: false }
}

impl Field {
    fn filled_in(&self) -> Json {
        self.missing.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The object of a dictionary that is not there at all.
pub(super) fn empty_object(fields: &[Field]) -> Map<String, Json> {
    fields.iter().map(|field| (field.name.to_string(), field.filled_in())).collect()
}

/// Reads the keys of `shape`; `further` are keys that others read.
pub(super) fn read_object(fields: Fields<'_>, shape: &'static [Field], further: &[&str]) -> Map<String, Json> {
    let written = shape.iter().filter(|field| field.shape.is_some()).map(|field| field.name);
    let known: Vec<&str> = written.chain(further.iter().copied()).collect();
    fields.deny_unknown(&known);
    let read = |field: &'static Field| -> Json {
        let Some(shape) = field.shape else { return field.filled_in() };
        let found = match field.missing {
            None => fields.required(field.name, |value| shape.read(value)),
            Some(_) => {
                let null = if field.nullable { Allowed } else { Refused };
                fields.read(field.name, null, |value| shape.read(value))
            }
        };
        found.unwrap_or_else(|| field.filled_in())
    };
    shape.iter().map(|field| (field.name.to_string(), read(field))).collect()
}

impl Shape {
    /// The value in the layout of the shape; what does not fit is reported.
    pub(super) fn read(&'static self, value: Value<'_>) -> Option<Json> {
        Some(match self {
            Shape::Text => json!(value.text()?.as_str()),
            Shape::Expression => json!(expression(value)?),
            Shape::TextOrInteger if value.yaml.as_bool().is_some() => {
                value.no_schema();
                return None;
            }
            Shape::TextOrInteger => json!(expression(value)?),
            Shape::Integer => json!(value.integer()?),
            Shape::Number => value.yaml.to_json().as_f64().map(Json::from).or_else(|| {
                value.wrong(format_args!("{} is not of type 'number'", value.yaml.to_python()));
                None
            })?,
            Shape::Boolean => json!(value.boolean()?),
            Shape::Word(set, words) => json!(word(value, set, words)?),
            Shape::Dictionary => {
                value.object()?;
                value.yaml.to_json()
            }
            Shape::Filter => filter(value)?,
            Shape::Window => window(value)?,
            Shape::Object(shape) => Json::Object(read_object(value.fields()?, shape, &[])),
            Shape::Named(shape) if value.yaml.as_str().is_some() => {
                let mut object = empty_object(shape);
                object.insert("name".to_string(), json!(value.yaml.as_str()));
                Json::Object(object)
            }
            Shape::Named(_) if value.yaml.as_map().is_none() => {
                value.no_schema();
                return None;
            }
            Shape::Named(shape) => Json::Object(read_object(value.fields()?, shape, &[])),
            Shape::List(shape) => Json::Array(value.items(|item| shape.read(item))),
        })
    }
}

/// As Python's `str` writes it.
fn expression(value: Value<'_>) -> Option<String> {
    match &value.yaml.value {
        YamlValue::String(text) => Some(text.to_string()),
        YamlValue::Bool(_) | YamlValue::Int(_) => Some(value.yaml.to_python()),
        _ => {
            value.no_schema();
            None
        }
    }
}

fn word(value: Value<'_>, set: &str, words: &[&str]) -> Option<String> {
    let text = value.text()?;
    let lower = text.as_str().to_lowercase();
    if words.contains(&lower.as_str()) {
        return Some(lower);
    }
    let message = format!("'{}' is not a valid {set}", text.as_str());
    let wrong = value.diagnostic(message);
    value.push(match crate::project::fields::closest(text.as_str(), words) {
        Some(similar) => wrong.hint(format!("did you mean `{similar}`?")),
        None => wrong.hint(format!("one of {}", words.join(", "))),
    });
    None
}

fn filter(value: Value<'_>) -> Option<Json> {
    let conditions: Vec<String> = match &value.yaml.value {
        YamlValue::String(text) => vec![text.to_string()],
        YamlValue::Seq(_) => value.items(|item| item.text()).iter().map(|text| text.as_str().to_string()).collect(),
        _ => {
            value.no_schema();
            return None;
        }
    };
    let filters: Vec<Json> = conditions.into_iter().map(|condition| json!({"where_sql_template": condition})).collect();
    Some(json!({"where_filters": filters}))
}

/// Granularities whose plural is understood.
const PLURALS: [&str; 11] = [
    "nanoseconds",
    "microseconds",
    "milliseconds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "quarters",
    "years",
];

fn window(value: Value<'_>) -> Option<Json> {
    let text = value.text()?;
    let lower = text.as_str().to_lowercase();
    let parts: Vec<&str> = lower.split(' ').collect();
    let [count, granularity] = parts[..] else {
        value.wrong(format_args!(
            "Invalid window ({}) in cumulative/conversion metric. Should be of the form `<count> <granularity>`, e.g., `28 \
             days`",
            text.as_str()
        ));
        return None;
    };
    let Some(count) = count.parse::<u64>().ok().filter(|_| count.bytes().all(|digit| digit.is_ascii_digit())) else {
        value.wrong(format_args!(
            "Invalid count ({count}) in cumulative/conversion metric window string: ({})",
            text.as_str()
        ));
        return None;
    };
    let singular = if PLURALS.contains(&granularity) { &granularity[..granularity.len() - 1] } else { granularity };
    Some(json!({"count": count, "granularity": singular}))
}
