//! Python's `decimal.Decimal` with its default context: 28 digits, halves rounded to even.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use bigdecimal::{BigDecimal, FromPrimitive, RoundingMode, Signed, ToPrimitive, Zero};
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr, Value};

use super::arguments::Arguments;
use super::bound_method::method_or;
use super::error::{Outcome, error, unsupported_attribute};
use super::number::{Number, Operation};
use super::text_of;
use super::undefined::undefined_attribute;

/// The name of the type in Python's messages.
pub(crate) const TYPE_NAME: &str = "decimal.Decimal";

/// Significant digits of a result.
const PRECISION: u64 = 28;

const METHODS: &[&str] = &["quantize", "normalize", "copy_abs", "is_zero", "to_integral_value"];

/// Python's `decimal.Decimal`: finite numbers only.
pub struct Decimal(pub BigDecimal);

/// A decimal as a value. Its digits are kept as they are, so that `1.50` prints as `1.50`.
pub fn decimal(number: BigDecimal) -> Value {
    Value::from_object(Decimal(number))
}

/// Whether the value is a decimal.
pub(crate) fn is_decimal(value: &Value) -> bool {
    value.downcast_object_ref::<Decimal>().is_some()
}

/// The decimal that a value is, or that a whole number becomes beside one.
fn operand(value: &Value) -> Option<BigDecimal> {
    if let Some(decimal) = value.downcast_object_ref::<Decimal>() {
        return Some(decimal.0.clone());
    }
    Number::of(value)?.to_big().map(BigDecimal::from)
}

/// `left operation right` where one is a decimal and the other a decimal or whole number.
pub(crate) fn calculate(operation: Operation, left: &Value, right: &Value) -> Option<Outcome> {
    if !(is_decimal(left) || is_decimal(right)) {
        return None;
    }
    let (left, right) = (operand(left)?, operand(right)?);
    Some(compute(operation, &left, &right).map(|result| decimal(rounded(result))))
}

fn compute(operation: Operation, left: &BigDecimal, right: &BigDecimal) -> Outcome<BigDecimal> {
    let quotient = || {
        let whole = (left / right).with_scale_round(0, RoundingMode::Down);
        let remainder = left - &whole * right;
        (whole, remainder)
    };
    match operation {
        Operation::Add => Ok(left + right),
        Operation::Subtract => Ok(left - right),
        Operation::Multiply => Ok(left * right),
        Operation::Power => power(left, right),
        _ if right.is_zero() => Err(error(match (operation, left.is_zero()) {
            (Operation::Modulo, false) => "[<class 'decimal.InvalidOperation'>]",
            (Operation::Modulo, true) | (_, true) => "[<class 'decimal.DivisionUndefined'>]",
            _ => "[<class 'decimal.DivisionByZero'>]",
        })),
        Operation::FloorDivide => Ok(quotient().0),
        Operation::Modulo => Ok(quotient().1),
        Operation::Divide => Ok(divide(left, right)),
    }
}

/// An exact quotient keeps the scale of `left` less that of `right` where it can.
fn divide(left: &BigDecimal, right: &BigDecimal) -> BigDecimal {
    let ideal = left.fractional_digit_count() - right.fractional_digit_count();
    let quotient = rounded(left / right);
    let short = quotient.normalized();
    if &short * right != *left {
        return quotient;
    }
    if short.fractional_digit_count() < ideal { short.with_scale(ideal) } else { short }
}

fn power(left: &BigDecimal, right: &BigDecimal) -> Outcome<BigDecimal> {
    let exponent = right.to_i64().filter(|exponent| right.is_integer() && exponent.abs() < 10_000);
    let exponent = exponent.ok_or_else(|| error("[<class 'decimal.InvalidOperation'>]"))?;
    let mut result = BigDecimal::from(1);
    for _ in 0..exponent.abs() {
        result = rounded(result * left);
    }
    if exponent >= 0 {
        return Ok(result);
    }
    if result.is_zero() {
        return Err(error("[<class 'decimal.DivisionByZero'>]"));
    }
    Ok(BigDecimal::from(1) / result)
}

/// The number within the digits of the context.
fn rounded(number: BigDecimal) -> BigDecimal {
    match NonZeroU64::new(PRECISION) {
        Some(precision) if number.digits() > PRECISION => {
            number.with_precision_round(precision, RoundingMode::HalfEven)
        }
        _ => number,
    }
}

/// The order of two numbers of which one is a decimal.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if !(is_decimal(left) || is_decimal(right)) {
        return None;
    }
    let exact = |value: &Value| {
        operand(value).or_else(|| match Number::of(value)? {
            Number::Float(float) => BigDecimal::from_f64(float),
            _ => None,
        })
    };
    Some(exact(left)?.cmp(&exact(right)?))
}

/// `-value` of a decimal.
pub(crate) fn negate(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Decimal>().map(|number| decimal(-&number.0))
}

/// `abs(value)` of a decimal.
pub(crate) fn absolute(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Decimal>().map(|number| decimal(number.0.abs()))
}

/// The nearest `float` of a decimal.
pub(crate) fn to_f64(value: &Value) -> Option<f64> {
    value.downcast_object_ref::<Decimal>().and_then(|number| number.0.to_f64())
}

/// The whole part of a decimal, as `int(value)` gives it.
pub(crate) fn to_integer(value: &Value) -> Option<Value> {
    let number = value.downcast_object_ref::<Decimal>()?;
    let (whole, _) = number.0.with_scale_round(0, RoundingMode::Down).into_bigint_and_exponent();
    Some(super::number::big_integer(whole))
}

/// Appends `repr(value)` of a decimal; false for anything else.
pub(crate) fn write_repr(out: &mut String, value: &Value) -> bool {
    let Some(number) = value.downcast_object_ref::<Decimal>() else { return false };
    out.push_str("Decimal('");
    out.push_str(&to_text(&number.0));
    out.push_str("')");
    true
}

/// Python's `str(decimal)`: all digits, and an exponent only where the number is tiny or its zeros are not significant.
pub(crate) fn to_text(number: &BigDecimal) -> String {
    let (digits, scale) = number.as_bigint_and_exponent();
    let sign = if digits.is_negative() { "-" } else { "" };
    let digits = digits.abs().to_string();
    let left = digits.len() as i64 - scale;
    if scale >= 0 && left > -6 {
        return if scale == 0 {
            format!("{sign}{digits}")
        } else if left <= 0 {
            format!("{sign}0.{}{digits}", "0".repeat(left.unsigned_abs() as usize))
        } else {
            let (whole, fraction) = digits.split_at(left as usize);
            format!("{sign}{whole}.{fraction}")
        };
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}E{:+}", left - 1)
}

impl fmt::Debug for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&to_text(&self.0))
    }
}

impl Object for Decimal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_zero()
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        text_of(key).and_then(|name| self.get_value_by_str(name))
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "real" => Value::from_dyn_object(self.clone()),
            "imag" => decimal(BigDecimal::zero()),
            _ => method_or(self, METHODS, key, || undefined_attribute(TYPE_NAME, key)),
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        match name {
            "quantize" => {
                let [scale, _] = arguments.bind("quantize", ["exp", "rounding"], 1)?;
                let scale = scale.as_ref().and_then(operand).map_or(0, |scale| scale.fractional_digit_count());
                Ok(decimal(self.0.with_scale_round(scale, RoundingMode::HalfEven)))
            }
            "normalize" => Ok(decimal(self.0.normalized())),
            "to_integral_value" => Ok(decimal(self.0.with_scale_round(0, RoundingMode::HalfEven))),
            "copy_abs" => Ok(decimal(self.0.abs())),
            "is_zero" => Ok(Value::from(self.0.is_zero())),
            _ => Err(unsupported_attribute(TYPE_NAME, name)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Decimal>().map(|other| self.0.cmp(&other.0))
    }
}
