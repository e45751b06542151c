//! Jinja2's filters on numbers.

use bigdecimal::RoundingMode;
use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::attribute::bare_type_name;
use crate::jinja::value::compare::require_defined;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::number::{
    Number, Operation, big_integer, calculate, is_negative, negated, parse_float, parse_integer,
};
use crate::jinja::value::{decimal, is_undefined, temporal, text_of, type_name};

use super::Filter;

pub(super) static FILTERS: &[(&str, Filter)] = &[
    ("abs", |_, value, _| absolute(value)),
    ("int", |_, value, arguments| to_int(value, arguments)),
    ("float", |_, value, arguments| to_float(value, arguments)),
    ("round", |_, value, arguments| round(value, arguments)),
    ("filesizeformat", |_, value, arguments| file_size(value, arguments)),
];

fn absolute(value: &Value) -> Outcome {
    if let Some(number) = Number::of(value) {
        return Ok(match is_negative(&number) {
            true => negated(number),
            false => number,
        }
        .into_value());
    }
    let name = if is_undefined(value) { "Undefined" } else { type_name(value) };
    decimal::absolute(value)
        .or_else(|| temporal::absolute(value))
        .ok_or_else(|| error(format!("bad operand type for abs(): '{name}'")))
}

fn to_int(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [default, base] = arguments.bind("do_int", ["default", "base"], 0)?;
    require_defined(value)?;
    let default = default.unwrap_or_else(|| Value::from(0));
    if let Some(number) = Number::of(value) {
        return Ok(number.truncate().map_or(default, Number::into_value));
    }
    if let Some(number) = decimal::to_integer(value) {
        return Ok(number);
    }
    let Some(text) = text_of(value) else { return Ok(default) };
    let base = base.map_or(Some(10), |base| base.as_usize()).and_then(|base| u32::try_from(base).ok());
    let whole = base.and_then(|base| parse_integer(text, base)).map(big_integer);
    let from_float = || parse_float(text).and_then(|number| Number::Float(number).truncate().ok());
    Ok(whole.or_else(|| from_float().map(Number::into_value)).unwrap_or(default))
}

fn to_float(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [default] = arguments.bind("do_float", ["default"], 0)?;
    require_defined(value)?;
    let number = match Number::of(value) {
        Some(number) => Some(number.to_f64()),
        None => text_of(value).and_then(parse_float).or_else(|| decimal::to_f64(value)),
    };
    Ok(number.map_or_else(|| default.unwrap_or_else(|| Value::from(0.0)), Value::from))
}

fn round(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [precision, method] = arguments.bind("do_round", ["precision", "method"], 0)?;
    let precision = precision.map_or(Some(0), |precision| precision.as_i64());
    let precision = precision.ok_or_else(|| error("precision must be a whole number"))?.clamp(-400, 400);
    let method = method.as_ref().map_or(Some("common"), text_of).unwrap_or_default();
    if !matches!(method, "common" | "ceil" | "floor") {
        return Err(error("method must be common, ceil or floor"));
    }
    if method == "common" {
        return round_common(value, precision);
    }
    require_defined(value)?;
    round_towards(value, precision, method == "ceil")
}

fn round_common(value: &Value, precision: i64) -> Outcome {
    if let Some(number) = value.downcast_object_ref::<decimal::Decimal>() {
        return Ok(decimal::decimal(number.0.with_scale_round(precision, RoundingMode::HalfEven)));
    }
    match Number::of(value) {
        Some(Number::Float(number)) => Ok(Value::from(round_float(number, precision))),
        Some(number) if precision >= 0 => Ok(number.into_value()),
        Some(number) => {
            let whole = bigdecimal::BigDecimal::from(number.to_big().unwrap_or_default());
            let (digits, scale) = whole.with_scale_round(precision, RoundingMode::HalfEven).into_bigint_and_exponent();
            Ok(big_integer(digits * num_bigint::BigInt::from(10).pow(scale.unsigned_abs() as u32)))
        }
        None => Err(error(format!("type {} doesn't define __round__ method", bare_type_name(value)))),
    }
}

/// Rounds the exact number that the float is, as Python does.
fn round_float(number: f64, precision: i64) -> f64 {
    if !number.is_finite() {
        return number;
    }
    if precision >= 0 {
        let digits = usize::try_from(precision).unwrap_or(0);
        return format!("{number:.digits$}").parse().unwrap_or(number);
    }
    let power = 10_f64.powi(i32::try_from(-precision).unwrap_or(400));
    if power.is_infinite() { 0.0 } else { (number / power).round_ties_even() * power }
}

/// `ceil(value * 10 ** precision) / 10 ** precision`
fn round_towards(value: &Value, precision: i64, up: bool) -> Outcome {
    let factor = calculate(Operation::Power, Number::Int(10), Number::Int(i128::from(precision)))?;
    let number = match Number::of(value) {
        Some(number) => number,
        None => Number::Float(
            decimal::to_f64(value).ok_or_else(|| error(format!("must be real number, not {}", type_name(value))))?,
        ),
    };
    let scaled = calculate(Operation::Multiply, number, factor.clone())?;
    let whole = match scaled {
        Number::Float(number) => Number::Float(if up { number.ceil() } else { number.floor() }).truncate()?,
        whole => whole,
    };
    calculate(Operation::Divide, whole, factor).map(Number::into_value)
}

fn file_size(value: &Value, arguments: Arguments<'_>) -> Outcome {
    const DECIMAL: [&str; 8] = ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    const BINARY: [&str; 8] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];
    let [binary] = arguments.bind("do_filesizeformat", ["binary"], 0)?;
    require_defined(value)?;
    let (base, prefixes) =
        if binary.is_some_and(|binary| binary.is_true()) { (1024.0, BINARY) } else { (1000.0, DECIMAL) };
    let number = match Number::of(value) {
        Some(number) => Some(number.to_f64()),
        None => text_of(value).and_then(parse_float).or_else(|| decimal::to_f64(value)),
    };
    let bytes: f64 = match (number, text_of(value)) {
        (Some(number), _) => number,
        (None, Some(_)) => {
            return Err(error(format!("could not convert string to float: {}", crate::jinja::value::repr(value))));
        }
        (None, None) => {
            let name = type_name(value);
            return Err(error(format!("float() argument must be a string or a real number, not '{name}'")));
        }
    };
    if bytes == 1.0 {
        return Ok(Value::from("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::from(format!("{} Bytes", bytes.trunc())));
    }
    let mut unit: f64 = base;
    let mut last = "";
    for prefix in prefixes {
        (unit, last) = (unit * base, prefix);
        if bytes < unit {
            break;
        }
    }
    Ok(Value::from(format!("{:.1} {last}", base * bytes / unit)))
}
