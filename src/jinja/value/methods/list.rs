//! The methods of `list`.

use std::sync::Arc;

use minijinja::State;
use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::compare::{py_eq, sort_by_key};
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::{PyList, is_undefined, iterate, list, none, repr, type_name};

/// The names of the methods.
pub(crate) const NAMES: &[&str] =
    &["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];

/// Calls a method.
pub(crate) fn call(receiver: &Arc<PyList>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
    let arguments = Arguments::new(arguments);
    match name {
        "append" => receiver.items().push(arguments.one("list.append")?.clone()),
        "extend" => {
            let added = iterate(arguments.one("list.extend")?)?;
            receiver.items().extend(added);
        }
        "insert" => insert(receiver, arguments)?,
        "pop" => return pop(receiver, arguments),
        "remove" => {
            let item = arguments.one("list.remove")?;
            let index = position(&receiver.snapshot(), item);
            let index = index.ok_or_else(|| error("list.remove(x): x not in list"))?;
            receiver.items().remove(index);
        }
        "index" => return index(&receiver.snapshot(), arguments),
        "count" => return count(&receiver.snapshot(), arguments.one("list.count")?),
        "copy" => {
            arguments.none("list.copy")?;
            return Ok(list(receiver.snapshot()));
        }
        "clear" => {
            arguments.none("list.clear")?;
            receiver.items().clear();
        }
        "reverse" => {
            arguments.none("list.reverse")?;
            receiver.items().reverse();
        }
        "sort" => sort(receiver, state, arguments)?,
        _ => return Err(unsupported_attribute("list", name)),
    }
    Ok(none())
}

fn position(items: &[Value], item: &Value) -> Option<usize> {
    items.iter().position(|member| py_eq(member, item))
}

/// A position counted from the end when it is negative.
pub(crate) fn place(value: &Value, length: usize) -> Outcome<i64> {
    let index = value.as_i64().filter(|_| value.is_integer() || value.kind() == minijinja::value::ValueKind::Bool);
    let name = || if is_undefined(value) { "Undefined" } else { type_name(value) };
    let index = index.ok_or_else(|| error(format!("'{}' object cannot be interpreted as an integer", name())))?;
    Ok(if index < 0 { index.saturating_add(length as i64) } else { index })
}

fn insert(receiver: &PyList, arguments: Arguments<'_>) -> Outcome<()> {
    let [index, item] = arguments.positional() else {
        return Err(error(format!("insert expected 2 arguments, got {}", arguments.positional().len())));
    };
    let mut items = receiver.items();
    let length = items.len();
    let index = place(index, length)?.clamp(0, length as i64);
    items.insert(index as usize, item.clone());
    Ok(())
}

fn pop(receiver: &PyList, arguments: Arguments<'_>) -> Outcome {
    if arguments.positional().len() > 1 {
        return Err(error(format!("pop expected at most 1 argument, got {}", arguments.positional().len())));
    }
    let mut items = receiver.items();
    let length = items.len();
    let index = match arguments.positional().first() {
        Some(index) => place(index, length)?,
        None => length as i64 - 1,
    };
    if length == 0 {
        return Err(error("pop from empty list"));
    }
    match usize::try_from(index) {
        Ok(index) if index < length => Ok(items.remove(index)),
        _ => Err(error("pop index out of range")),
    }
}

/// `index(item, start, stop)` of a list.
fn index(items: &[Value], arguments: Arguments<'_>) -> Outcome {
    let [item, start, stop] = arguments.bind("index", ["value", "start", "stop"], 1)?;
    let bound = |value: Option<Value>, default: usize| match value {
        Some(value) => place(&value, items.len()).map(|index| index.clamp(0, items.len() as i64) as usize),
        None => Ok(default),
    };
    let (start, stop) = (bound(start, 0)?, bound(stop, items.len())?);
    let item = item.unwrap_or_default();
    let found = items.get(start..stop).and_then(|part| position(part, &item));
    match found {
        Some(index) => Ok(Value::from(start + index)),
        None => Err(error(format!("{} is not in list", repr(&item)))),
    }
}

/// `count(item)` of a list or tuple.
pub(crate) fn count(items: &[Value], item: &Value) -> Outcome {
    Ok(Value::from(items.iter().filter(|member| py_eq(member, item)).count()))
}

fn sort(receiver: &PyList, state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome<()> {
    if !arguments.positional().is_empty() {
        return Err(error("sort() takes no positional arguments"));
    }
    let [key, reverse] = arguments.bind("sort", ["key", "reverse"], 0)?;
    let key = key.filter(|key| !key.is_none());
    let reverse = reverse.is_some_and(|reverse| reverse.is_true());
    let sorted = sort_by_key(receiver.snapshot(), reverse, |item| match &key {
        Some(function) => function.call(state, std::slice::from_ref(item)),
        None => Ok(item.clone()),
    })?;
    *receiver.items() = sorted;
    Ok(())
}
