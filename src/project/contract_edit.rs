//! Contracts written into properties files: what is there stays as it is, with its comments and order; what is missing is
//! added.
//!
//! Owns which keys a contract is made of. The text is edited by `yaml-edit`; whether the result says what was meant, and
//! nothing else, is checked by reading it again.

use super::yaml::load;
use serde_json::{Map, Value, json};
use std::str::FromStr;
use std::sync::Arc;
use yaml_edit::{Document, Mapping, Sequence, YamlNode};

/// The contract of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractToWrite {
    /// The columns in order.
    pub columns: Vec<ColumnToWrite>,
    /// Whether it is to be enforced, where nothing is said about that.
    pub enforced: bool,
}

/// A column of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnToWrite {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: String,
    /// Whether a `not_null` constraint belongs to it.
    pub not_null: bool,
    /// Whether its name has to be quoted in SQL.
    pub quoted: bool,
}

/// A properties file with the contract of `model` in it; a new one where there is none. A file that says it all stays as it is.
///
/// # Errors
/// Why the file cannot be edited, for people.
pub fn with_contract(text: Option<&str>, model: &str, contract: &ContractToWrite) -> Result<String, String> {
    let text = text.unwrap_or_default();
    let before = read(text)?;
    let after = intended(&before, model, contract)?;
    if before == after {
        return Ok(text.to_string());
    }
    let edited = match before.is_null() {
        // Comments alone may stand there.
        true => format!("{text}{}", block(&after, 0)),
        false => {
            let document = Document::from_str(text).map_err(|cause| cause.to_string())?;
            let root = document.as_mapping().ok_or("it is no mapping")?;
            grow(&root, &before, &after)?;
            document.to_string()
        }
    };
    match read(&edited) {
        Ok(found) if found == after => Ok(edited),
        _ => Err("the way it is written leaves no place to add to".to_string()),
    }
}

/// A properties file with nothing but the contract of `model`.
pub fn alone(model: &str, contract: &ContractToWrite) -> String {
    intended(&Value::Null, model, contract).map(|value| block(&value, 0)).unwrap_or_default()
}

fn read(text: &str) -> Result<Value, String> {
    let mut diagnostics = Vec::new();
    let root = load(&Arc::from("properties"), text, &mut diagnostics);
    let message = || diagnostics.first().map(|found| found.message.clone()).unwrap_or_default();
    root.map(|root| root.map_or(Value::Null, |root| root.to_json())).map_err(|()| message())
}

/// What the file should say.
fn intended(before: &Value, model: &str, contract: &ContractToWrite) -> Result<Value, String> {
    let mut root = match before {
        Value::Null => Map::new(),
        Value::Object(map) => map.clone(),
        _ => return Err("it is no mapping".to_string()),
    };
    let models = root.entry("models").or_insert(Value::Null);
    let models = list(models).ok_or("`models` is no list")?;
    let position = models.iter().position(|entry| entry.get("name").and_then(Value::as_str) == Some(model));
    let place = position.unwrap_or_else(|| {
        models.push(json!({"name": model}));
        models.len() - 1
    });
    let entry = models[place].as_object_mut().ok_or("an entry of `models` is no mapping")?;
    if entry.contains_key("versions") {
        return Err("the model has versions, whose columns differ".to_string());
    }
    if contract.enforced {
        let config = map(entry.entry("config").or_insert(Value::Null)).ok_or("`config` is no mapping")?;
        let written = map(config.entry("contract").or_insert(Value::Null)).ok_or("`contract` is no mapping")?;
        written.entry("enforced").or_insert(Value::Bool(true));
    }
    let columns = list(entry.entry("columns").or_insert(Value::Null)).ok_or("`columns` is no list")?;
    if columns.iter().any(|entry| !entry.is_object()) {
        return Err("an entry of `columns` is no mapping".to_string());
    }
    for column in &contract.columns {
        let is_named = |entry: &Value| {
            entry.get("name").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(&column.name))
        };
        let place = columns.iter().position(is_named).unwrap_or_else(|| {
            let quoted = json!({"name": column.name, "quote": true});
            columns.push(if column.quoted { quoted } else { json!({"name": column.name}) });
            columns.len() - 1
        });
        let entry = columns[place].as_object_mut().ok_or("an entry of `columns` is no mapping")?;
        entry.entry("data_type").or_insert_with(|| column.data_type.clone().into());
        let constraints = entry.get("constraints").and_then(Value::as_array);
        let kind = |constraint: &Value| constraint.get("type").and_then(Value::as_str).map(str::to_string);
        let kinds: Vec<String> = constraints.into_iter().flatten().filter_map(kind).collect();
        if column.not_null && !kinds.iter().any(|kind| kind == "not_null" || kind == "primary_key") {
            let constraints = entry.entry("constraints").or_insert(Value::Null);
            list(constraints).ok_or("`constraints` is no list")?.push(json!({"type": "not_null"}));
        }
    }
    Ok(Value::Object(root))
}

/// The list that a value is; nothing becomes an empty one.
fn list(value: &mut Value) -> Option<&mut Vec<Value>> {
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut()
}

fn map(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

/// Adds to a mapping what it lacks of `after`.
fn grow(mapping: &Mapping, before: &Value, after: &Value) -> Result<(), String> {
    for (key, wanted) in after.as_object().into_iter().flatten() {
        match (before.get(key).unwrap_or(&Value::Null), wanted) {
            (own, wanted) if own == wanted => {}
            (own @ Value::Object(_), Value::Object(_)) => {
                let inner = mapping.get_mapping(key.as_str()).ok_or_else(|| format!("`{key}` is not written out"))?;
                grow(&inner, own, wanted)?;
            }
            (Value::Array(own), Value::Array(wanted)) if !own.is_empty() => {
                let inner = mapping.get_sequence(key.as_str()).ok_or_else(|| format!("`{key}` is not written out"))?;
                grow_list(&inner, own, wanted)?;
            }
            (_, wanted) => mapping.set(key.as_str(), node(wanted)?),
        }
    }
    Ok(())
}

fn grow_list(sequence: &Sequence, before: &[Value], after: &[Value]) -> Result<(), String> {
    for (place, wanted) in after.iter().enumerate() {
        match before.get(place) {
            Some(own) if own == wanted => {}
            Some(own) => {
                let item = sequence.get(place).and_then(|item| item.as_mapping().cloned());
                grow(&item.ok_or("an entry is not written out")?, own, wanted)?;
            }
            None => sequence.push(node(wanted)?),
        }
    }
    Ok(())
}

/// A value as a piece of YAML.
fn node(value: &Value) -> Result<YamlNode, String> {
    let text = block(&json!({"value": value}), 0);
    let document = Document::from_str(&text).map_err(|cause| cause.to_string())?;
    document.get("value").ok_or_else(|| "a value cannot be written".to_string())
}

/// YAML in block style, a line for each scalar.
fn block(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value {
                Value::Object(_) | Value::Array(_) => format!("{indent}{key}:\n{}", block(value, depth + 1)),
                scalar => format!("{indent}{key}: {}\n", written(scalar)),
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                // The first key stands behind the dash.
                Value::Object(_) => format!("{indent}- {}", block(item, depth + 1).trim_start()),
                scalar => format!("{indent}- {}\n", written(scalar)),
            })
            .collect(),
        scalar => format!("{indent}{}\n", written(scalar)),
    }
}

/// A scalar: plain where nobody can take it for something else.
fn written(value: &Value) -> String {
    const OTHERS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    match value {
        Value::String(text) => {
            let is_word = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
                && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_(), .[]".contains(letter))
                && !text.ends_with(' ')
                && !OTHERS.contains(&text.to_lowercase().as_str());
            if is_word { text.clone() } else { value.to_string() }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
