//! The methods of `dict`.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::State;
use minijinja::value::{Value, ValueKind};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::compare::hashable;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::{DictView, PyDict, ViewKind, dict, iterate, none, pair, repr};

/// The names of the methods.
pub(crate) const NAMES: &[&str] =
    &["clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];

/// Calls a method, or a value stored under that name.
pub(crate) fn call(receiver: &Arc<PyDict>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
    let bound = Arguments::new(arguments);
    match name {
        "get" => get(receiver, bound),
        "items" => view(receiver, ViewKind::Items, bound, "dict.items"),
        "keys" => view(receiver, ViewKind::Keys, bound, "dict.keys"),
        "values" => view(receiver, ViewKind::Values, bound, "dict.values"),
        "update" => {
            if bound.positional().len() > 1 {
                return Err(error(format!("update expected at most 1 argument, got {}", bound.positional().len())));
            }
            let entries = entries_of(bound, "update")?;
            receiver.entries().extend(entries);
            Ok(none())
        }
        "pop" => pop(receiver, bound),
        "popitem" => {
            bound.none("dict.popitem")?;
            let last = receiver.entries().pop();
            last.map(|(key, value)| pair(key, value)).ok_or_else(|| error("'popitem(): dictionary is empty'"))
        }
        "setdefault" => {
            let [key, default] = bound.bind("setdefault", ["key", "default"], 1)?;
            let key = key.unwrap_or_default();
            hashable(&key)?;
            Ok(receiver.entries().entry(key).or_insert(default.unwrap_or_else(none)).clone())
        }
        "copy" => {
            bound.none("dict.copy")?;
            Ok(dict(receiver.snapshot()))
        }
        "clear" => {
            bound.none("dict.clear")?;
            receiver.entries().clear();
            Ok(none())
        }
        "fromkeys" => from_keys(bound),
        _ => match receiver.get_text(name) {
            Some(function) => function.call(state, arguments),
            None => Err(unsupported_attribute("dict", name)),
        },
    }
}

fn view(receiver: &Arc<PyDict>, kind: ViewKind, arguments: Arguments<'_>, name: &str) -> Outcome {
    arguments.none(name)?;
    Ok(Value::from_object(DictView { kind, dict: receiver.clone() }))
}

fn get(receiver: &PyDict, arguments: Arguments<'_>) -> Outcome {
    if arguments.has_keywords() {
        return Err(error("dict.get() takes no keyword arguments"));
    }
    match arguments.positional() {
        [key] => found(receiver, key, None),
        [key, default] => found(receiver, key, Some(default)),
        [] => Err(error("get expected at least 1 argument, got 0")),
        more => Err(error(format!("get expected at most 2 arguments, got {}", more.len()))),
    }
}

fn found(receiver: &PyDict, key: &Value, default: Option<&Value>) -> Outcome {
    if let Some(value) = receiver.get(key) {
        return Ok(value);
    }
    hashable(key)?;
    Ok(default.cloned().unwrap_or_else(none))
}

fn pop(receiver: &PyDict, arguments: Arguments<'_>) -> Outcome {
    let (key, default) = match arguments.positional() {
        [key] => (key, None),
        [key, default] => (key, Some(default)),
        [] => return Err(error("pop expected at least 1 argument, got 0")),
        more => return Err(error(format!("pop expected at most 2 arguments, got {}", more.len()))),
    };
    hashable(key)?;
    match receiver.entries().shift_remove(key) {
        Some(value) => Ok(value),
        // The text of a `KeyError` is the key.
        None => default.cloned().ok_or_else(|| error(repr(key))),
    }
}

fn from_keys(arguments: Arguments<'_>) -> Outcome {
    let [keys, value] = arguments.bind("fromkeys", ["iterable", "value"], 1)?;
    let value = value.unwrap_or_else(none);
    let mut entries = IndexMap::new();
    for key in iterate(&keys.unwrap_or_default())? {
        hashable(&key)?;
        entries.insert(key, value.clone());
    }
    Ok(dict(entries))
}

/// The entries that `dict(...)` and `update(...)` are given: a mapping or pairs, then keywords.
pub(crate) fn entries_of(arguments: Arguments<'_>, _function: &str) -> Outcome<IndexMap<Value, Value>> {
    let mut entries = match arguments.positional().first() {
        Some(source) => source_entries(source)?,
        None => IndexMap::new(),
    };
    for (name, value) in arguments.keywords() {
        entries.insert(Value::from(name), value);
    }
    Ok(entries)
}

fn source_entries(source: &Value) -> Outcome<IndexMap<Value, Value>> {
    if let Some(dict) = source.downcast_object_ref::<PyDict>() {
        return Ok(dict.snapshot());
    }
    if source.kind() == ValueKind::Map {
        return iterate(source)?.into_iter().map(|key| Ok((key.clone(), source.get_item(&key)?))).collect();
    }
    let mut entries = IndexMap::new();
    for (index, item) in iterate(source)?.into_iter().enumerate() {
        let convert = |_| error(format!("cannot convert dictionary update sequence element #{index} to a sequence"));
        let pair = iterate(&item).map_err(convert)?;
        let [key, value] = pair.as_slice() else {
            let length = pair.len();
            return Err(error(format!(
                "dictionary update sequence element #{index} has length {length}; 2 is required"
            )));
        };
        hashable(key)?;
        entries.insert(key.clone(), value.clone());
    }
    Ok(entries)
}
