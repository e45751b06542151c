//! Python's `int` (of any size), `bool` as a number, and `float`: arithmetic as Python does it.
//!
//! Whole numbers stay in 128 bits as long as they fit; beyond that they are [`BigInteger`] objects.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use bigdecimal::{FromPrimitive, Signed, ToPrimitive, Zero};
use minijinja::Error;
use minijinja::value::{DynObject, Object, ObjectRepr, Value, ValueKind};
use num_bigint::BigInt;

use super::error::{Outcome, error};

/// A whole number that does not fit 128 bits.
pub struct BigInteger(pub BigInt);

impl fmt::Debug for BigInteger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl Object for BigInteger {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<BigInteger>().map(|other| self.0.cmp(&other.0))
    }
}

/// A number of Python's: `int` (and `bool`) or `float`.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// A whole number within 128 bits.
    Int(i128),
    /// A whole number beyond 128 bits.
    Big(BigInt),
    /// A `float`.
    Float(f64),
}

/// Arithmetic operators on two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `//`
    FloorDivide,
    /// `%`
    Modulo,
    /// `**`
    Power,
}

impl Operation {
    /// The operator as Python's messages name it.
    pub fn symbol(self) -> &'static str {
        match self {
            Operation::Add => "+",
            Operation::Subtract => "-",
            Operation::Multiply => "*",
            Operation::Divide => "/",
            Operation::FloorDivide => "//",
            Operation::Modulo => "%",
            Operation::Power => "** or pow()",
        }
    }
}

impl Number {
    /// The number that a value is, if it is one.
    pub fn of(value: &Value) -> Option<Number> {
        match value.kind() {
            ValueKind::Number if !value.is_integer() => f64::try_from(value.clone()).ok().map(Number::Float),
            ValueKind::Number => match i128::try_from(value.clone()) {
                Ok(number) => Some(Number::Int(number)),
                Err(_) => u128::try_from(value.clone()).ok().map(|number| Number::Big(number.into())),
            },
            ValueKind::Bool => Some(Number::Int(i128::from(value.is_true()))),
            ValueKind::Plain => value.downcast_object_ref::<BigInteger>().map(|big| Number::Big(big.0.clone())),
            _ => None,
        }
    }

    /// The value of this number.
    pub fn into_value(self) -> Value {
        match self {
            Number::Int(number) => integer(number),
            Number::Big(number) => big_integer(number),
            Number::Float(number) => Value::from(number),
        }
    }

    /// As a `float`, rounded where it must be.
    pub fn to_f64(&self) -> f64 {
        match self {
            Number::Int(number) => *number as f64,
            Number::Big(number) => number.to_f64().unwrap_or(f64::INFINITY),
            Number::Float(number) => *number,
        }
    }

    /// As a whole number of any size; nothing for a `float`.
    pub fn to_big(&self) -> Option<BigInt> {
        match self {
            Number::Int(number) => Some(BigInt::from(*number)),
            Number::Big(number) => Some(number.clone()),
            Number::Float(_) => None,
        }
    }

    /// Python's `int(number)`.
    ///
    /// # Errors
    /// A float that is not finite.
    pub fn truncate(self) -> Outcome<Number> {
        let Number::Float(number) = self else { return Ok(self) };
        if number.is_nan() {
            return Err(error("cannot convert float NaN to integer"));
        }
        let big = BigInt::from_f64(number.trunc());
        Ok(normalized(big.ok_or_else(|| error("cannot convert float infinity to integer"))?))
    }

    /// Python's order of two numbers; nothing when one is NaN.
    pub fn partial_order(&self, other: &Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => Some(left.cmp(right)),
            (Number::Float(left), Number::Float(right)) => left.partial_cmp(right),
            (Number::Float(left), right) => order_float(*left, right),
            (left, Number::Float(right)) => order_float(*right, left).map(Ordering::reverse),
            (left, right) => Some(left.to_big()?.cmp(&right.to_big()?)),
        }
    }
}

/// Compares exactly, also where the whole number has no float of its own.
fn order_float(left: f64, right: &Number) -> Option<Ordering> {
    if left.is_nan() {
        return None;
    }
    if left.is_infinite() {
        return Some(if left > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let whole = BigInt::from_f64(left.trunc())?;
    let order = whole.cmp(&right.to_big()?);
    Some(order.then_with(|| left.partial_cmp(&left.trunc()).unwrap_or(Ordering::Equal)))
}

/// A whole number within 128 bits as a value.
pub fn integer(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number), Value::from)
}

/// A whole number of any size as a value.
pub fn big_integer(number: BigInt) -> Value {
    match number.to_i128() {
        Some(number) => integer(number),
        None => Value::from_object(BigInteger(number)),
    }
}

fn normalized(number: BigInt) -> Number {
    number.to_i128().map_or(Number::Big(number), Number::Int)
}

/// `left operation right` of two numbers.
///
/// # Errors
/// Division by zero, and results too large to compute, with Python's texts.
pub fn calculate(operation: Operation, left: Number, right: Number) -> Outcome<Number> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => small(operation, left, right),
        (Number::Float(left), right) => floats(operation, left, right.to_f64()),
        (left, Number::Float(right)) => floats(operation, left.to_f64(), right),
        (left, right) => match (left.to_big(), right.to_big()) {
            (Some(left), Some(right)) => big(operation, left, right),
            _ => floats(operation, left.to_f64(), right.to_f64()),
        },
    }
}

fn small(operation: Operation, left: i128, right: i128) -> Outcome<Number> {
    let fits = match operation {
        Operation::Add => left.checked_add(right),
        Operation::Subtract => left.checked_sub(right),
        Operation::Multiply => left.checked_mul(right),
        Operation::Divide if right == 0 => return Err(error("division by zero")),
        Operation::Divide => return Ok(Number::Float(true_division(left, right))),
        Operation::FloorDivide | Operation::Modulo if right == 0 => return Err(zero_division(operation)),
        Operation::FloorDivide => left.checked_div_euclid(right).map(|_| floor_division(left, right).0),
        Operation::Modulo => left.checked_rem(right).map(|_| floor_division(left, right).1),
        Operation::Power if right < 0 => return negative_power(left as f64, right as f64),
        Operation::Power => u32::try_from(right).ok().and_then(|exponent| left.checked_pow(exponent)),
    };
    match fits {
        Some(number) => Ok(Number::Int(number)),
        None => big(operation, left.into(), right.into()),
    }
}

fn zero_division(operation: Operation) -> Error {
    error(match operation {
        Operation::Modulo => "integer modulo by zero",
        _ => "integer division or modulo by zero",
    })
}

/// Quotient and remainder, rounded towards minus infinity as Python does.
fn floor_division(left: i128, right: i128) -> (i128, i128) {
    let (quotient, remainder) = (left / right, left % right);
    match remainder != 0 && (remainder < 0) != (right < 0) {
        true => (quotient - 1, remainder + right),
        false => (quotient, remainder),
    }
}

/// `/` of whole numbers, correctly rounded where both have a float of their own.
fn true_division(left: i128, right: i128) -> f64 {
    const EXACT: u128 = 1 << 53;
    if left.unsigned_abs() <= EXACT && right.unsigned_abs() <= EXACT {
        return left as f64 / right as f64;
    }
    let common = greatest_common_divisor(left.unsigned_abs(), right.unsigned_abs()) as i128;
    if common == 0 { left as f64 / right as f64 } else { (left / common) as f64 / (right / common) as f64 }
}

fn greatest_common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

fn big(operation: Operation, left: BigInt, right: BigInt) -> Outcome<Number> {
    Ok(normalized(match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide => return floats(operation, number_as_float(&left)?, number_as_float(&right)?),
        Operation::FloorDivide | Operation::Modulo if right.is_zero() => return Err(zero_division(operation)),
        Operation::FloorDivide | Operation::Modulo => {
            let (mut quotient, mut remainder) = (&left / &right, &left % &right);
            if !remainder.is_zero() && remainder.is_negative() != right.is_negative() {
                quotient -= 1;
                remainder += &right;
            }
            if operation == Operation::FloorDivide { quotient } else { remainder }
        }
        Operation::Power if right.is_negative() => {
            return negative_power(number_as_float(&left)?, number_as_float(&right)?);
        }
        Operation::Power => {
            // A template is no place for numbers of megabytes.
            let exponent = right.to_u32().filter(|exponent| left.bits() * u64::from(*exponent) < 1 << 22);
            left.pow(exponent.ok_or_else(|| error("exponent too large"))?)
        }
    }))
}

fn number_as_float(number: &BigInt) -> Outcome<f64> {
    number.to_f64().filter(|float| float.is_finite()).ok_or_else(|| error("int too large to convert to float"))
}

fn negative_power(left: f64, right: f64) -> Outcome<Number> {
    if left == 0.0 {
        return Err(error("0.0 cannot be raised to a negative power"));
    }
    Ok(Number::Float(left.powf(right)))
}

fn floats(operation: Operation, left: f64, right: f64) -> Outcome<Number> {
    let divisor = |message: &'static str| if right == 0.0 { Err(error(message)) } else { Ok(()) };
    Ok(Number::Float(match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide => {
            divisor("float division by zero")?;
            left / right
        }
        Operation::FloorDivide => {
            divisor("float floor division by zero")?;
            let remainder = float_modulo(left, right);
            ((left - remainder) / right).round()
        }
        Operation::Modulo => {
            divisor("float modulo")?;
            float_modulo(left, right)
        }
        Operation::Power if right < 0.0 => return negative_power(left, right),
        Operation::Power => left.powf(right),
    }))
}

fn float_modulo(left: f64, right: f64) -> f64 {
    let remainder = left % right;
    if remainder != 0.0 && (remainder < 0.0) != (right < 0.0) { remainder + right } else { remainder }
}

/// `-value`, `+value` or `abs(value)` of a number.
pub(crate) fn negated(number: Number) -> Number {
    match number {
        Number::Int(number) => number.checked_neg().map_or_else(|| Number::Big(-BigInt::from(number)), Number::Int),
        Number::Big(number) => normalized(-number),
        Number::Float(number) => Number::Float(-number),
    }
}

/// Whether the number is below zero.
pub(crate) fn is_negative(number: &Number) -> bool {
    match number {
        Number::Int(number) => *number < 0,
        Number::Big(number) => number.is_negative(),
        Number::Float(number) => *number < 0.0,
    }
}

/// Reads a whole number as Python's `int(text, base)` does: spaces around it, a sign, single underscores.
pub(crate) fn parse_integer(text: &str, base: u32) -> Option<BigInt> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = prefixed(digits, base)?;
    let underscores = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if underscores || digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let digits: String = digits.chars().filter(|digit| *digit != '_').collect();
    let number = BigInt::parse_bytes(digits.as_bytes(), base)?;
    Some(if negative { -number } else { number })
}

/// Takes the prefix `0x`, `0o` or `0b` where the base allows it.
fn prefixed(digits: &str, base: u32) -> Option<(u32, &str)> {
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let named = match lower.as_deref() {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    match (named, base) {
        (Some(named), 0) => Some((named, &digits[2..])),
        (Some(named), base) if named == base => Some((base, digits[2..].strip_prefix('_').unwrap_or(&digits[2..]))),
        (None, 0) => Some((10, digits)),
        (_, 2..=36) => Some((base, digits)),
        _ => None,
    }
}

/// Reads a float as Python's `float(text)` does.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let bare = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(bare.as_str(), "inf" | "infinity" | "nan") {
        return text.parse().ok();
    }
    if text.contains('_') {
        let between = |index: usize| {
            let bytes = text.as_bytes();
            index > 0 && bytes[index - 1].is_ascii_digit() && bytes.get(index + 1).is_some_and(u8::is_ascii_digit)
        };
        if !text.match_indices('_').all(|(index, _)| between(index)) {
            return None;
        }
        return text.replace('_', "").parse().ok();
    }
    text.parse().ok()
}
