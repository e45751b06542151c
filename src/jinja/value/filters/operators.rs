//! The operators of printed templates.
//!
//! A printed template calls `a|__add(b)` for `a + b`, and so on; literals are calls on a `0` that is not used. Filters
//! are resolved once and no variable of a template can hide them.

use std::cmp::Ordering;

use indexmap::IndexMap;
use minijinja::Environment;
use minijinja::value::{Rest, Value};

use crate::jinja::value::attribute::{get_attr, get_item};
use crate::jinja::value::compare::{compare, hashable};
use crate::jinja::value::error::Outcome;
use crate::jinja::value::number::Operation;
use crate::jinja::value::operators::{concat, deep_copy, loop_over, negate, operate, positive, slice, slice_constant};
use crate::jinja::value::{contains, dict, list, py_eq};

/// Registers them.
pub(super) fn install(environment: &mut Environment<'_>) {
    environment.add_filter("__list", |_: &Value, items: Rest<Value>| list(items.0));
    environment.add_filter("__dict", |_: &Value, items: Rest<Value>| dict_literal(items.0));
    environment.add_filter("__add", |left: &Value, right: &Value| operate(Operation::Add, left, right));
    environment.add_filter("__sub", |left: &Value, right: &Value| operate(Operation::Subtract, left, right));
    environment.add_filter("__mul", |left: &Value, right: &Value| operate(Operation::Multiply, left, right));
    environment.add_filter("__div", |left: &Value, right: &Value| operate(Operation::Divide, left, right));
    environment.add_filter("__floordiv", |left: &Value, right: &Value| operate(Operation::FloorDivide, left, right));
    environment.add_filter("__mod", |left: &Value, right: &Value| operate(Operation::Modulo, left, right));
    environment.add_filter("__pow", |left: &Value, right: &Value| operate(Operation::Power, left, right));
    environment.add_filter("__concat", |first: &Value, rest: Rest<Value>| concat(first, &rest));
    environment.add_filter("__eq", |left: &Value, right: &Value| py_eq(left, right));
    environment.add_filter("__ne", |left: &Value, right: &Value| !py_eq(left, right));
    environment.add_filter("__lt", |left: &Value, right: &Value| compare(left, right, "<", Ordering::is_lt));
    environment.add_filter("__le", |left: &Value, right: &Value| compare(left, right, "<=", Ordering::is_le));
    environment.add_filter("__gt", |left: &Value, right: &Value| compare(left, right, ">", Ordering::is_gt));
    environment.add_filter("__ge", |left: &Value, right: &Value| compare(left, right, ">=", Ordering::is_ge));
    environment.add_filter("__in", |item: &Value, container: &Value| contains(container, item));
    environment.add_filter("__not_in", |item: &Value, container: &Value| contains(container, item).map(|found| !found));
    environment.add_filter("__slice", |value: &Value, start: &Value, stop: &Value, step: &Value| {
        slice(value, start, stop, step)
    });
    environment.add_filter("__slice_constant", |value: &Value, start: &Value, stop: &Value, step: &Value| {
        slice_constant(value, start, stop, step)
    });
    environment.add_filter("__iter", loop_over);
    environment.add_filter("__attr", |value: &Value, name: &str| get_attr(value, name));
    environment.add_filter("__item", |value: &Value, key: &Value| get_item(value, key));
    environment.add_filter("__copy", deep_copy);
    environment.add_filter("__neg", negate);
    environment.add_filter("__pos", positive);
}

fn dict_literal(items: Vec<Value>) -> Outcome {
    let mut entries = IndexMap::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        hashable(&key)?;
        entries.insert(key, value);
    }
    Ok(dict(entries))
}
