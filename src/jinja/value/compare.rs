//! Equality, order and membership as Python decides them.

use std::cmp::Ordering;

use minijinja::Error;
use minijinja::value::{Value, ValueKind};

use super::error::{Outcome, error, undefined_error, unsupported};
use super::number::Number;
use super::{
    DictView, Generator, PyDict, PyList, PySet, ViewKind, decimal, is_undefined, iterate, temporal, text_of, type_name,
};

/// How deeply nested values are compared before Python would give up with a `RecursionError`.
const MAX_DEPTH: usize = 200;

/// Python's `left == right`.
pub fn py_eq(left: &Value, right: &Value) -> bool {
    equal(left, right, 0)
}

fn equal(left: &Value, right: &Value, depth: usize) -> bool {
    if let (Some(left), Some(right)) = (text_of(left), text_of(right)) {
        return left == right;
    }
    match (Number::of(left), Number::of(right)) {
        (Some(left), Some(right)) => return left.partial_order(&right) == Some(Ordering::Equal),
        (Some(_), None) | (None, Some(_)) => return decimal::order(left, right) == Some(Ordering::Equal),
        (None, None) => {}
    }
    if left.is_none() || right.is_none() {
        return left.is_none() && right.is_none();
    }
    if is_undefined(left) || is_undefined(right) {
        return is_undefined(left) && is_undefined(right);
    }
    if let Some(order) = decimal::order(left, right) {
        return order == Ordering::Equal;
    }
    if let Some(equal) = temporal::equal(left, right) {
        return equal;
    }
    containers_equal(left, right, depth)
}

fn containers_equal(left: &Value, right: &Value, depth: usize) -> bool {
    if same_object(left, right) {
        return true;
    }
    let (left_type, right_type) = (type_name(left), type_name(right));
    if depth > MAX_DEPTH {
        return false;
    }
    if is_set_like(left) && is_set_like(right) {
        return sets_equal(left, right);
    }
    // agate's sequences equal any sequence of the same values.
    let is_agate = |name| matches!(name, "Row" | "Column" | "MappedSequence");
    let is_sequence = |value: &Value| value.kind() == ValueKind::Seq;
    if (is_agate(left_type) || is_agate(right_type)) && is_sequence(left) && is_sequence(right) {
        return sequences_equal(left, right, depth);
    }
    if left_type != right_type {
        return false;
    }
    match left_type {
        "list" | "tuple" | "range" => sequences_equal(left, right, depth),
        "dict" => mappings_equal(left, right, depth),
        "generator" | "zip" | "dict_values" => false,
        _ => left == right,
    }
}

/// Whether both are the same object of a type that has an identity: a list, dict, set, or iterator.
pub(crate) fn same_object(left: &Value, right: &Value) -> bool {
    fn same<T: 'static>(left: &Value, right: &Value) -> bool {
        match (left.downcast_object_ref::<T>(), right.downcast_object_ref::<T>()) {
            (Some(left), Some(right)) => std::ptr::eq(left, right),
            _ => false,
        }
    }
    same::<PyList>(left, right)
        || same::<PyDict>(left, right)
        || same::<PySet>(left, right)
        || same::<Generator>(left, right)
}

fn is_set_like(value: &Value) -> bool {
    value.downcast_object_ref::<PySet>().is_some()
        || value.downcast_object_ref::<DictView>().is_some_and(|view| view.kind != ViewKind::Values)
}

fn sets_equal(left: &Value, right: &Value) -> bool {
    match (iterate(left), iterate(right)) {
        (Ok(left), Ok(right)) => {
            let right: indexmap::IndexSet<Value> = right.into_iter().collect();
            left.len() == right.len() && left.iter().all(|item| right.contains(item))
        }
        _ => false,
    }
}

fn sequences_equal(left: &Value, right: &Value, depth: usize) -> bool {
    match (iterate(left), iterate(right)) {
        (Ok(left), Ok(right)) => {
            left.len() == right.len() && left.iter().zip(&right).all(|(left, right)| equal(left, right, depth + 1))
        }
        _ => false,
    }
}

fn mappings_equal(left: &Value, right: &Value, depth: usize) -> bool {
    if let (Some(left), Some(right)) = (left.downcast_object_ref::<PyDict>(), right.downcast_object_ref::<PyDict>()) {
        let (left, right) = (left.snapshot(), right.snapshot());
        let same = |key: &Value, value: &Value| right.get(key).is_some_and(|other| equal(value, other, depth + 1));
        return left.len() == right.len() && left.iter().all(|(key, value)| same(key, value));
    }
    left == right
}

/// Python's order of two values for the operator `symbol`. Nothing where they have none: a NaN.
///
/// # Errors
/// Values that Python does not order, with its text.
pub fn py_cmp(left: &Value, right: &Value, symbol: &str) -> Outcome<Option<Ordering>> {
    if let (Some(left), Some(right)) = (text_of(left), text_of(right)) {
        return Ok(Some(left.cmp(right)));
    }
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(left.partial_order(&right));
    }
    if let Some(order) = decimal::order(left, right) {
        return Ok(Some(order));
    }
    if let Some(order) = temporal::order(left, right) {
        return order.map(Some);
    }
    if is_undefined(left) || is_undefined(right) {
        return Err(unordered(left, right, symbol));
    }
    match (type_name(left), type_name(right)) {
        ("list", "list") | ("tuple", "tuple") => sequence_order(left, right, symbol),
        (left_type, right_type) if left_type == right_type && is_foreign(left_type) => Ok(Some(left.cmp(right))),
        _ => Err(unordered(left, right, symbol)),
    }
}

/// Types of which Python's order is not known here; objects of other modules say it themselves.
fn is_foreign(type_name: &str) -> bool {
    !matches!(
        type_name,
        "dict" | "set" | "NoneType" | "range" | "generator" | "zip" | "dict_keys" | "dict_values" | "dict_items"
    )
}

fn sequence_order(left: &Value, right: &Value, symbol: &str) -> Outcome<Option<Ordering>> {
    let (left, right) = (iterate(left)?, iterate(right)?);
    for (left, right) in left.iter().zip(&right) {
        if !py_eq(left, right) {
            return py_cmp(left, right, symbol);
        }
    }
    Ok(Some(left.len().cmp(&right.len())))
}

fn unordered(left: &Value, right: &Value, symbol: &str) -> Error {
    let types =
        || format!("'{symbol}' not supported between instances of '{}' and '{}'", type_name(left), type_name(right));
    if is_undefined(left) { unsupported(left, types) } else { unsupported(right, types) }
}

/// One of Python's comparisons `<`, `<=`, `>`, `>=`, told by the orders that satisfy it.
///
/// # Errors
/// As [`py_cmp`].
pub(crate) fn compare(left: &Value, right: &Value, symbol: &str, holds: fn(Ordering) -> bool) -> Outcome<bool> {
    if let (Some(first), Some(second)) = (set_items(left), set_items(right)) {
        return Ok(set_compare(&first, &second, symbol));
    }
    Ok(py_cmp(left, right, symbol)?.is_some_and(holds))
}

fn set_items(value: &Value) -> Option<indexmap::IndexSet<Value>> {
    if is_set_like(value) { iterate(value).ok().map(|items| items.into_iter().collect()) } else { None }
}

/// `<` of sets means "is a proper part of".
fn set_compare(left: &indexmap::IndexSet<Value>, right: &indexmap::IndexSet<Value>, symbol: &str) -> bool {
    match symbol {
        "<" => left.len() < right.len() && left.is_subset(right),
        "<=" => left.is_subset(right),
        ">" => left.len() > right.len() && left.is_superset(right),
        _ => left.is_superset(right),
    }
}

/// Python's `item in container`.
///
/// # Errors
/// A container that has no members, with Python's text.
pub fn contains(container: &Value, item: &Value) -> Outcome<bool> {
    if let Some(text) = text_of(container) {
        return match text_of(item) {
            Some(part) => Ok(text.contains(part)),
            None => {
                let name = if is_undefined(item) { "Undefined" } else { type_name(item) };
                Err(error(format!("'in <string>' requires string as left operand, not {name}")))
            }
        };
    }
    if let Some(list) = container.downcast_object_ref::<PyList>() {
        return Ok(list.snapshot().iter().any(|member| same(member, item)));
    }
    if let Some(dict) = container.downcast_object_ref::<PyDict>() {
        hashable(item)?;
        return Ok(dict.entries().contains_key(item));
    }
    if let Some(set) = container.downcast_object_ref::<PySet>() {
        return Ok(set.items().contains(item));
    }
    if is_undefined(container) {
        return Ok(false);
    }
    match container.kind() {
        ValueKind::None | ValueKind::Number | ValueKind::Bool => Err(not_a_container(container)),
        ValueKind::Plain if container.try_iter().is_err() => Err(not_a_container(container)),
        _ => Ok(iterate(container)?.iter().any(|member| same(member, item))),
    }
}

fn same(member: &Value, item: &Value) -> bool {
    py_eq(item, member)
}

fn not_a_container(value: &Value) -> Error {
    error(format!("argument of type '{}' is not iterable", type_name(value)))
}

/// Checks that a value can be a key of a dict or a member of a set.
///
/// # Errors
/// Python's text for a value that can change.
pub(crate) fn hashable(value: &Value) -> Outcome<()> {
    match type_name(value) {
        name @ ("list" | "dict" | "set" | "bytearray") => Err(error(format!("unhashable type: '{name}'"))),
        "tuple" => iterate(value)?.iter().try_for_each(hashable),
        _ => Ok(()),
    }
}

/// Sorts stably by Python's `<`, smallest first or largest first, as `sorted(items, key=..., reverse=...)` does.
///
/// # Errors
/// Keys that Python does not order.
pub(crate) fn sort_by_key(
    items: Vec<Value>,
    reverse: bool,
    mut key: impl FnMut(&Value) -> Outcome,
) -> Outcome<Vec<Value>> {
    let mut keyed = items.into_iter().map(|item| Ok((key(&item)?, item))).collect::<Outcome<Vec<_>>>()?;
    let mut failure = None;
    keyed.sort_by(|left, right| {
        // Both sorts ask first whether the later item is smaller, so that the message names them in Python's order.
        let (first, second) = if reverse { (&right.0, &left.0) } else { (&left.0, &right.0) };
        match py_cmp(first, second, "<") {
            Ok(order) => order.unwrap_or(Ordering::Equal),
            Err(error) => {
                failure.get_or_insert(error);
                Ordering::Equal
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(keyed.into_iter().map(|(_, item)| item).collect()),
    }
}

/// The error of using an undefined value where a defined one is needed.
pub(crate) fn require_defined(value: &Value) -> Outcome<()> {
    match super::undefined_message(value) {
        Some(message) => Err(undefined_error(message)),
        None => Ok(()),
    }
}
