//! The methods of `set`.

use std::sync::Arc;

use indexmap::IndexSet;
use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::compare::hashable;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::{PySet, iterate, none, repr, set};

/// The names of the methods.
pub(crate) const NAMES: &[&str] = &[
    "add",
    "clear",
    "copy",
    "difference",
    "difference_update",
    "discard",
    "intersection",
    "intersection_update",
    "isdisjoint",
    "issubset",
    "issuperset",
    "pop",
    "remove",
    "symmetric_difference",
    "symmetric_difference_update",
    "union",
    "update",
];

/// Calls a method.
pub(crate) fn call(receiver: &Arc<PySet>, name: &str, arguments: &[Value]) -> Outcome {
    let arguments = Arguments::new(arguments);
    match name {
        "add" => {
            let item = arguments.one("set.add")?;
            hashable(item)?;
            receiver.items().insert(item.clone());
        }
        "discard" => {
            let item = arguments.one("set.discard")?;
            hashable(item)?;
            receiver.items().shift_remove(item);
        }
        "remove" => {
            let item = arguments.one("set.remove")?;
            hashable(item)?;
            if !receiver.items().shift_remove(item) {
                return Err(error(repr(item)));
            }
        }
        "pop" => {
            arguments.none("set.pop")?;
            let first = receiver.items().shift_remove_index(0);
            return first.ok_or_else(|| error("'pop from an empty set'"));
        }
        "clear" => receiver.items().clear(),
        "copy" => return Ok(set(receiver.snapshot())),
        "isdisjoint" | "issubset" | "issuperset" => return test(&receiver.snapshot(), name, arguments),
        "update" | "intersection_update" | "difference_update" | "symmetric_difference_update" => {
            let operation = if name == "update" { "union" } else { name.trim_end_matches("_update") };
            let changed = combined(receiver.snapshot(), operation, arguments)?;
            *receiver.items() = changed;
        }
        "union" | "intersection" | "difference" | "symmetric_difference" => {
            return combined(receiver.snapshot(), name, arguments).map(set);
        }
        _ => return Err(unsupported_attribute("set", name)),
    }
    Ok(none())
}

fn members(value: &Value) -> Outcome<IndexSet<Value>> {
    let items = iterate(value)?;
    items.iter().try_for_each(hashable)?;
    Ok(items.into_iter().collect())
}

fn test(items: &IndexSet<Value>, name: &str, arguments: Arguments<'_>) -> Outcome {
    let other = members(arguments.one(&format!("set.{name}"))?)?;
    Ok(Value::from(match name {
        "isdisjoint" => items.is_disjoint(&other),
        "issubset" => items.is_subset(&other),
        _ => items.is_superset(&other),
    }))
}

fn combined(mut items: IndexSet<Value>, operation: &str, arguments: Arguments<'_>) -> Outcome<IndexSet<Value>> {
    if operation == "symmetric_difference" {
        let other = members(arguments.one("set.symmetric_difference")?)?;
        return Ok(items.symmetric_difference(&other).cloned().collect());
    }
    for argument in arguments.positional() {
        let other = members(argument)?;
        match operation {
            "union" => items.extend(other),
            "intersection" => items.retain(|item| other.contains(item)),
            _ => items.retain(|item| !other.contains(item)),
        }
    }
    Ok(items)
}
