//! Python's `date`, `datetime`, `time` and `timedelta`.

use std::cmp::Ordering;

use minijinja::value::Value;

use super::error::Outcome;
use super::number::Operation;

pub(crate) fn type_name(_value: &Value) -> Option<&'static str> {
    None
}

pub(crate) fn write_repr(_out: &mut String, _value: &Value) -> bool {
    false
}

pub(crate) fn equal(_left: &Value, _right: &Value) -> Option<bool> {
    None
}

pub(crate) fn order(_left: &Value, _right: &Value) -> Option<Outcome<Ordering>> {
    None
}

pub(crate) fn calculate(_operation: Operation, _left: &Value, _right: &Value) -> Option<Outcome> {
    None
}

pub(crate) fn negate(_value: &Value) -> Option<Value> {
    None
}
