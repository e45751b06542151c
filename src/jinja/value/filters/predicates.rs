//! Jinja2's tests: `value is name`.

use std::cmp::Ordering;

use minijinja::State;
use minijinja::value::{Value, ValueKind};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::compare::{compare, require_defined, same_object};
use crate::jinja::value::error::Outcome;
use crate::jinja::value::methods::text::{is_lower, is_upper};
use crate::jinja::value::number::Operation;
use crate::jinja::value::operators::operate;
use crate::jinja::value::{
    DictView, Generator, PyDict, PySet, contains, decimal, is_undefined, py_eq, text_of, to_str, type_name,
};

/// A test.
pub(super) type Test = fn(&mut State<'_, '_>, &Value, Arguments<'_>) -> Outcome<bool>;

pub(super) static TESTS: &[(&str, Test)] = &[
    ("defined", |_, value, _| Ok(!is_undefined(value))),
    ("undefined", |_, value, _| Ok(is_undefined(value))),
    ("none", |_, value, _| Ok(value.is_none())),
    ("boolean", |_, value, _| Ok(value.kind() == ValueKind::Bool)),
    ("true", |_, value, _| Ok(value.kind() == ValueKind::Bool && value.is_true())),
    ("false", |_, value, _| Ok(value.kind() == ValueKind::Bool && !value.is_true())),
    ("integer", |_, value, _| Ok(type_name(value) == "int")),
    ("float", |_, value, _| Ok(type_name(value) == "float")),
    ("number", |_, value, _| Ok(matches!(type_name(value), "int" | "float" | "bool") || decimal::is_decimal(value))),
    ("string", |_, value, _| Ok(text_of(value).is_some())),
    ("mapping", |_, value, _| Ok(is_mapping(value))),
    ("sequence", |_, value, _| Ok(is_sequence(value))),
    ("iterable", |_, value, _| Ok(is_iterable(value))),
    ("callable", |_, value, _| Ok(is_callable(value))),
    ("escaped", |_, value, _| Ok(value.is_safe())),
    ("lower", |_, value, _| Ok(is_lower(&to_str(value)))),
    ("upper", |_, value, _| Ok(is_upper(&to_str(value)))),
    ("odd", |_, value, _| remainder_is(value, &Value::from(2), 1)),
    ("even", |_, value, _| remainder_is(value, &Value::from(2), 0)),
    ("divisibleby", |_, value, arguments| remainder_is(value, arguments.one("test_divisibleby")?, 0)),
    ("sameas", |_, value, arguments| Ok(is_same(value, arguments.one("test_sameas")?))),
    ("in", |_, value, arguments| contains(arguments.one("test_in")?, value)),
    ("filter", |_, value, _| Ok(text_of(value).is_some_and(super::is_filter))),
    ("test", |_, value, _| Ok(text_of(value).is_some_and(super::is_test))),
    ("==", |_, value, arguments| Ok(py_eq(value, arguments.one("eq")?))),
    ("eq", |_, value, arguments| Ok(py_eq(value, arguments.one("eq")?))),
    ("equalto", |_, value, arguments| Ok(py_eq(value, arguments.one("eq")?))),
    ("!=", |_, value, arguments| Ok(!py_eq(value, arguments.one("ne")?))),
    ("ne", |_, value, arguments| Ok(!py_eq(value, arguments.one("ne")?))),
    (">", |_, value, arguments| compare(value, arguments.one("gt")?, ">", Ordering::is_gt)),
    ("gt", |_, value, arguments| compare(value, arguments.one("gt")?, ">", Ordering::is_gt)),
    ("greaterthan", |_, value, arguments| compare(value, arguments.one("gt")?, ">", Ordering::is_gt)),
    (">=", |_, value, arguments| compare(value, arguments.one("ge")?, ">=", Ordering::is_ge)),
    ("ge", |_, value, arguments| compare(value, arguments.one("ge")?, ">=", Ordering::is_ge)),
    ("<", |_, value, arguments| compare(value, arguments.one("lt")?, "<", Ordering::is_lt)),
    ("lt", |_, value, arguments| compare(value, arguments.one("lt")?, "<", Ordering::is_lt)),
    ("lessthan", |_, value, arguments| compare(value, arguments.one("lt")?, "<", Ordering::is_lt)),
    ("<=", |_, value, arguments| compare(value, arguments.one("le")?, "<=", Ordering::is_le)),
    ("le", |_, value, arguments| compare(value, arguments.one("le")?, "<=", Ordering::is_le)),
];

fn remainder_is(value: &Value, divisor: &Value, expected: i64) -> Outcome<bool> {
    require_defined(value)?;
    let remainder = operate(Operation::Modulo, value, divisor)?;
    Ok(py_eq(&remainder, &Value::from(expected)))
}

fn is_mapping(value: &Value) -> bool {
    // In dbt a relation is a mapping of its fields, and dbt_utils tells relations by that.
    value.downcast_object_ref::<PyDict>().is_some()
        || value.kind() == ValueKind::Map
        || type_name(value) == "DuckDBRelation"
}

/// What has a length and takes positions or keys.
fn is_sequence(value: &Value) -> bool {
    if is_undefined(value) {
        return true;
    }
    let unordered = value.downcast_object_ref::<PySet>().is_some() || value.downcast_object_ref::<DictView>().is_some();
    !unordered && value.downcast_object_ref::<Generator>().is_none() && value.len().is_some()
}

fn is_iterable(value: &Value) -> bool {
    match value.kind() {
        ValueKind::None | ValueKind::Number | ValueKind::Bool => false,
        ValueKind::Plain => value.try_iter().is_ok(),
        _ => true,
    }
}

/// Objects that are not containers: functions, macros, methods, types.
fn is_callable(value: &Value) -> bool {
    match type_name(value) {
        "Undefined" => true,
        "Decimal" | "decimal.Decimal" | "datetime.date" | "datetime.datetime" | "datetime.time"
        | "datetime.timedelta" => false,
        _ => value.kind() == ValueKind::Plain,
    }
}

/// Python's `is`, as far as values here have an identity.
fn is_same(value: &Value, other: &Value) -> bool {
    let scalar = |value: &Value| {
        matches!(value.kind(), ValueKind::None | ValueKind::Bool | ValueKind::Number | ValueKind::String)
    };
    same_object(value, other) || scalar(value) && type_name(value) == type_name(other) && py_eq(value, other)
}
