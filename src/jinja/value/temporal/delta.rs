//! `timedelta`

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::number::{Number, Operation, integer};
use crate::jinja::value::type_name;
use crate::jinja::value::undefined::undefined_attribute;

/// Microseconds of a day.
pub(super) const DAY: i128 = 86_400_000_000;

const LIMIT: i128 = 1_000_000_000 * DAY;

/// A duration in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delta(pub i128);

impl From<chrono::TimeDelta> for Delta {
    fn from(delta: chrono::TimeDelta) -> Delta {
        Delta(i128::from(delta.num_seconds()) * 1_000_000 + i128::from(delta.subsec_nanos() / 1000))
    }
}

impl Delta {
    pub(super) fn new(micros: i128) -> Outcome<Delta> {
        if micros.abs() < LIMIT {
            return Ok(Delta(micros));
        }
        let days = micros.div_euclid(DAY);
        Err(error(format!("days={days}; must have magnitude <= 999999999")))
    }

    /// chrono's duration of the same length, where there is one.
    pub(super) fn to_chrono(self) -> Outcome<chrono::TimeDelta> {
        let seconds = i64::try_from(self.0.div_euclid(1_000_000)).ok();
        let nanos = (self.0.rem_euclid(1_000_000) * 1000) as u32;
        let delta = seconds.and_then(|seconds| chrono::TimeDelta::new(seconds, nanos));
        delta.ok_or_else(|| error("date value out of range"))
    }

    /// Days, seconds and microseconds; only the days may be negative.
    fn parts(self) -> (i128, i128, i128) {
        let rest = self.0.rem_euclid(DAY);
        (self.0.div_euclid(DAY), rest / 1_000_000, rest % 1_000_000)
    }

    pub(super) fn repr_text(self) -> String {
        let (days, seconds, micros) = self.parts();
        let named = [("days", days), ("seconds", seconds), ("microseconds", micros)];
        let parts: Vec<String> =
            named.iter().filter(|(_, count)| *count != 0).map(|(name, count)| format!("{name}={count}")).collect();
        format!("datetime.timedelta({})", if parts.is_empty() { "0".to_string() } else { parts.join(", ") })
    }

    /// Times or divided by a number.
    pub(super) fn scale(self, operation: Operation, number: &Number) -> Option<Outcome> {
        let outcome = match (operation, number) {
            (Operation::Multiply, Number::Int(count)) => self.0.checked_mul(*count).ok_or_else(too_large),
            (Operation::Multiply, Number::Float(factor)) => round(self.0 as f64 * factor),
            (Operation::Divide | Operation::FloorDivide, Number::Int(0)) => {
                Err(error("integer division or modulo by zero"))
            }
            (Operation::FloorDivide, Number::Int(count)) => Ok(floor_division(self.0, *count)),
            (Operation::Divide, Number::Int(count)) => Ok(half_even_division(self.0, *count)),
            (Operation::Divide, Number::Float(0.0)) => Err(error("float division by zero")),
            (Operation::Divide, Number::Float(factor)) => round(self.0 as f64 / factor),
            _ => return None,
        };
        Some(outcome.and_then(Delta::new).map(Value::from_object))
    }

    /// `/`, `//` and `%` of two durations.
    pub(super) fn ratio(self, operation: Operation, other: &Delta) -> Option<Outcome> {
        if !matches!(operation, Operation::Divide | Operation::FloorDivide | Operation::Modulo) {
            return None;
        }
        if other.0 == 0 {
            return Some(Err(error("integer division or modulo by zero")));
        }
        let quotient = floor_division(self.0, other.0);
        Some(Ok(match operation {
            Operation::Divide => Value::from(self.0 as f64 / other.0 as f64),
            Operation::FloorDivide => integer(quotient),
            _ => Value::from_object(Delta(self.0 - quotient * other.0)),
        }))
    }
}

fn too_large() -> minijinja::Error {
    error("Python int too large to convert to C int")
}

fn round(micros: f64) -> Outcome<i128> {
    match micros.is_finite() && micros.abs() < LIMIT as f64 {
        true => Ok(micros.round_ties_even() as i128),
        false => Err(error("cannot convert float infinity to integer")),
    }
}

fn floor_division(left: i128, right: i128) -> i128 {
    let quotient = left / right;
    if left % right != 0 && (left < 0) != (right < 0) { quotient - 1 } else { quotient }
}

fn half_even_division(left: i128, right: i128) -> i128 {
    let quotient = floor_division(left, right);
    let remainder = left - quotient * right;
    let twice = 2 * remainder.abs();
    let up = twice > right.abs() || twice == right.abs() && quotient % 2 != 0;
    quotient + i128::from(up)
}

/// `timedelta(days, seconds, microseconds, milliseconds, minutes, hours, weeks)`
pub(super) fn construct(arguments: Arguments<'_>) -> Outcome {
    let names = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"];
    let units = [DAY, 1_000_000, 1, 1000, 60_000_000, 3_600_000_000, 7 * DAY];
    let given = arguments.bind_native(names, 0)?;
    let (mut whole, mut fraction) = (0_i128, 0.0_f64);
    for ((name, unit), value) in names.iter().zip(units).zip(given) {
        let Some(value) = value else { continue };
        match Number::of(&value) {
            Some(Number::Int(count)) => whole += count.checked_mul(unit).ok_or_else(too_large)?,
            Some(Number::Float(count)) if count.is_finite() => {
                whole += (count.trunc() as i128).checked_mul(unit).ok_or_else(too_large)?;
                fraction += count.fract() * unit as f64;
            }
            _ => {
                let found = type_name(&value);
                return Err(error(format!("unsupported type for timedelta {name} component: {found}")));
            }
        }
    }
    Delta::new(whole + round(fraction)?).map(Value::from_object)
}

impl Object for Delta {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0 != 0
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let (days, seconds, micros) = self.parts();
        Some(match key {
            "days" => integer(days),
            "seconds" => integer(seconds),
            "microseconds" => integer(micros),
            _ => method_or(self, &["total_seconds"], key, || undefined_attribute("datetime.timedelta", key)),
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, _arguments: &[Value]) -> Outcome {
        match name {
            "total_seconds" => Ok(Value::from(self.0 as f64 / 1_000_000.0)),
            _ => Err(unsupported_attribute("datetime.timedelta", name)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Delta>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds, micros) = self.parts();
        if days != 0 {
            let plural = if days.abs() == 1 { "" } else { "s" };
            write!(formatter, "{days} day{plural}, ")?;
        }
        write!(formatter, "{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if micros != 0 {
            write!(formatter, ".{micros:06}")?;
        }
        Ok(())
    }
}
