//! Python's `datetime` module as values: `date`, `datetime`, `time`, `timedelta` and time zones.
//!
//! Owns their arithmetic, order, printing and methods. The clock is read in `impure` only.

use std::cmp::Ordering;

use minijinja::value::Value;

use super::error::{Outcome, error};
use super::number::{Number, Operation};

mod class;
mod date;
mod datetime;
mod delta;
mod strftime;
mod strptime;
mod time;
mod zone;

pub use class::datetime_module;
pub use date::Date;
pub use datetime::DateTime;
pub use delta::Delta;
pub use time::Time;
pub use zone::{Zone, pytz_module};

/// The name of the Python type of a value of this module.
pub(crate) fn type_name(value: &Value) -> Option<&'static str> {
    let object = value.as_object()?;
    Some(if object.is::<Date>() {
        "datetime.date"
    } else if object.is::<DateTime>() {
        "datetime.datetime"
    } else if object.is::<Time>() {
        "datetime.time"
    } else if object.is::<Delta>() {
        "datetime.timedelta"
    } else if let Some(zone) = object.downcast_ref::<Zone>() {
        zone.type_name()
    } else if object.is::<class::Class>() {
        "type"
    } else {
        return None;
    })
}

/// Appends `repr(value)`; false for values of other modules.
pub(crate) fn write_repr(out: &mut String, value: &Value) -> bool {
    let text = if let Some(date) = value.downcast_object_ref::<Date>() {
        date.repr_text()
    } else if let Some(datetime) = value.downcast_object_ref::<DateTime>() {
        datetime.repr_text()
    } else if let Some(time) = value.downcast_object_ref::<Time>() {
        time.repr_text()
    } else if let Some(delta) = value.downcast_object_ref::<Delta>() {
        delta.repr_text()
    } else if let Some(zone) = value.downcast_object_ref::<Zone>() {
        zone.repr_text()
    } else {
        return false;
    };
    out.push_str(&text);
    true
}

/// Whether two values of this module are equal; nothing when one is none of this module's.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    if type_name(left).is_none() && type_name(right).is_none() {
        return None;
    }
    if let (Some(left), Some(right)) = (left.downcast_object_ref::<Zone>(), right.downcast_object_ref::<Zone>()) {
        return Some(left == right);
    }
    Some(matches!(order(left, right), Some(Ok(Ordering::Equal))))
}

/// The order of two values of this module; nothing when neither is one that has an order.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Outcome<Ordering>> {
    if let Some(datetime) = left.downcast_object_ref::<DateTime>() {
        return match right.downcast_object_ref::<DateTime>() {
            Some(other) => Some(datetime.order(other)),
            None => right
                .downcast_object_ref::<Date>()
                .map(|_| Err(error("can't compare datetime.datetime to datetime.date"))),
        };
    }
    if let Some(date) = left.downcast_object_ref::<Date>() {
        return match right.downcast_object_ref::<Date>() {
            Some(other) => Some(Ok(date.0.cmp(&other.0))),
            None => right
                .downcast_object_ref::<DateTime>()
                .map(|_| Err(error("can't compare datetime.datetime to datetime.date"))),
        };
    }
    if let (Some(left), Some(right)) = (left.downcast_object_ref::<Time>(), right.downcast_object_ref::<Time>()) {
        return Some(left.order(right));
    }
    let (left, right) = (left.downcast_object_ref::<Delta>()?, right.downcast_object_ref::<Delta>()?);
    Some(Ok(left.0.cmp(&right.0)))
}

/// `left operation right`; nothing when the operator does not take these.
pub(crate) fn calculate(operation: Operation, left: &Value, right: &Value) -> Option<Outcome> {
    match operation {
        Operation::Add => add(left, right).or_else(|| add(right, left)),
        Operation::Subtract => subtract(left, right),
        _ => delta_arithmetic(operation, left, right),
    }
}

fn add(left: &Value, right: &Value) -> Option<Outcome> {
    let delta = right.downcast_object_ref::<Delta>()?;
    if let Some(date) = left.downcast_object_ref::<Date>() {
        return Some(date.plus(delta).map(Value::from_object));
    }
    if let Some(datetime) = left.downcast_object_ref::<DateTime>() {
        return Some(datetime.plus(delta).map(Value::from_object));
    }
    left.downcast_object_ref::<Delta>().map(|left| Delta::new(left.0 + delta.0).map(Value::from_object))
}

fn subtract(left: &Value, right: &Value) -> Option<Outcome> {
    if let Some(delta) = right.downcast_object_ref::<Delta>() {
        return add(left, &Value::from_object(Delta(-delta.0)));
    }
    if let (Some(left), Some(right)) = (left.downcast_object_ref::<DateTime>(), right.downcast_object_ref::<DateTime>())
    {
        return Some(left.minus(right).map(Value::from_object));
    }
    let (left, right) = (left.downcast_object_ref::<Date>()?, right.downcast_object_ref::<Date>()?);
    Some(Ok(Value::from_object(Delta::from(left.0 - right.0))))
}

fn delta_arithmetic(operation: Operation, left: &Value, right: &Value) -> Option<Outcome> {
    match (left.downcast_object_ref::<Delta>(), right.downcast_object_ref::<Delta>()) {
        (Some(left), Some(right)) => left.ratio(operation, right),
        (Some(left), None) => left.scale(operation, &Number::of(right)?),
        (None, Some(right)) if operation == Operation::Multiply => right.scale(operation, &Number::of(left)?),
        _ => None,
    }
}

/// `-value` of a timedelta.
pub(crate) fn negate(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Delta>().map(|delta| Value::from_object(Delta(-delta.0)))
}

/// `abs(value)` of a timedelta.
pub(crate) fn absolute(value: &Value) -> Option<Value> {
    value.downcast_object_ref::<Delta>().map(|delta| Value::from_object(Delta(delta.0.abs())))
}

/// `format(value, spec)`: a date or time is written as `strftime` writes it.
pub(crate) fn format(value: &Value, spec: &str) -> Option<Outcome<String>> {
    if let Some(date) = value.downcast_object_ref::<Date>() {
        return Some(Ok(date.format(spec)));
    }
    if let Some(datetime) = value.downcast_object_ref::<DateTime>() {
        return Some(Ok(datetime.format(spec)));
    }
    value.downcast_object_ref::<Time>().map(|time| Ok(time.format(spec)))
}
