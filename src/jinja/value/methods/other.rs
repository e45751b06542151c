//! The methods of `int`, `float`, `tuple`, and of lists and maps that Rust code made.

use std::sync::Arc;

use bigdecimal::ToPrimitive;
use indexmap::IndexMap;
use minijinja::value::Value;
use minijinja::{Error, ErrorKind, State};
use num_bigint::BigInt;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::compare::py_eq;
use crate::jinja::value::error::{Outcome, error, no_attribute};
use crate::jinja::value::number::{Number, big_integer};
use crate::jinja::value::{PyDict, PyList, is_undefined, iterate, pair};

use super::{dict, list};

/// A method of `int`, `bool` or `float`.
pub(super) fn number(value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    let arguments = Arguments::new(arguments);
    match (name, Number::of(value)) {
        ("conjugate", Some(number)) => Ok(number.into_value()),
        ("as_integer_ratio", Some(Number::Float(number))) => float_ratio(number),
        ("is_integer", Some(Number::Float(number))) => Ok(Value::from(number.fract() == 0.0)),
        ("hex", Some(Number::Float(_))) => Err(no_attribute(value, name)),
        (_, Some(Number::Float(_)) | None) => Err(no_attribute(value, name)),
        ("as_integer_ratio", Some(number)) => Ok(pair(number.into_value(), Value::from(1))),
        ("bit_length", Some(number)) => Ok(Value::from(number.to_big().map_or(0, |number| number.bits()))),
        ("bit_count", Some(number)) => {
            let magnitude = number.to_big().unwrap_or_default().magnitude().clone();
            Ok(Value::from(magnitude.iter_u64_digits().map(|digit| u64::from(digit.count_ones())).sum::<u64>()))
        }
        ("to_bytes", Some(number)) => to_bytes(&number, arguments),
        _ => Err(no_attribute(value, name)),
    }
}

fn float_ratio(number: f64) -> Outcome {
    if !number.is_finite() {
        return Err(error("cannot convert Infinity to integer ratio"));
    }
    let mut denominator = BigInt::from(1);
    let mut numerator = number;
    while numerator.fract() != 0.0 {
        numerator *= 2.0;
        denominator *= 2;
    }
    let numerator: Option<BigInt> = bigdecimal::FromPrimitive::from_f64(numerator);
    Ok(pair(big_integer(numerator.unwrap_or_default()), big_integer(denominator)))
}

fn to_bytes(number: &Number, arguments: Arguments<'_>) -> Outcome {
    let [length, order, _] = arguments.bind("to_bytes", ["length", "byteorder", "signed"], 0)?;
    let length = length.and_then(|length| length.as_usize()).unwrap_or(1);
    let value = number.to_big().and_then(|number| number.to_u128());
    let value = value.ok_or_else(|| error("can't convert negative int to unsigned"))?;
    let bytes = value.to_be_bytes();
    let used = bytes.iter().skip_while(|byte| **byte == 0).count();
    if used > length {
        return Err(error("int too big to convert"));
    }
    let mut result = vec![0; length];
    let (from, count) = (bytes.len().saturating_sub(length), length.min(bytes.len()));
    result[length - count..].copy_from_slice(&bytes[from..from + count]);
    if order.is_some_and(|order| order.as_str() == Some("little")) {
        result.reverse();
    }
    Ok(Value::from_bytes(result))
}

/// A method of `tuple`.
pub(super) fn tuple(value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    let items = iterate(value)?;
    let arguments = Arguments::new(arguments);
    match name {
        "count" => list::count(&items, arguments.one("tuple.count")?),
        "index" => {
            let [item, start] = arguments.bind("index", ["value", "start"], 1)?;
            let start = start.and_then(|start| start.as_usize()).unwrap_or(0).min(items.len());
            let item = item.unwrap_or_default();
            let found = items[start..].iter().position(|member| py_eq(member, &item));
            found.map(|index| Value::from(start + index)).ok_or_else(|| error("tuple.index(x): x not in tuple"))
        }
        _ => Err(no_attribute(value, name)),
    }
}

/// A method of a list that Rust code made: what only reads works as on Python's.
pub(super) fn native_list(state: &mut State<'_, '_>, value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    match name {
        "copy" | "count" | "index" => list::call(&Arc::new(PyList::new(iterate(value)?)), state, name, arguments),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// A method of a map that Rust code made: what only reads works as on Python's, unless an item has that name.
pub(super) fn native_map(state: &mut State<'_, '_>, value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    let is_reading = matches!(name, "copy" | "get" | "items" | "keys" | "values");
    if !is_reading || value.get_attr(name).is_ok_and(|item| !is_undefined(&item)) {
        return Err(Error::from(ErrorKind::UnknownMethod));
    }
    let entries = iterate(value)?.into_iter().map(|key| Ok((key.clone(), value.get_item(&key)?)));
    let entries = entries.collect::<Outcome<IndexMap<Value, Value>>>()?;
    dict::call(&Arc::new(PyDict::new(entries)), state, name, arguments)
}
