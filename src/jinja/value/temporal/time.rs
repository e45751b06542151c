//! `time`

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{NaiveTime, Timelike};
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::undefined::undefined_attribute;
use crate::jinja::value::{none, text_of, to_str};

use super::date::field;
use super::delta::Delta;
use super::strftime::{Moment, strftime};
use super::zone::{self, Zone, offset_text};

/// A time of day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Time {
    /// Hour, minute, second and microsecond.
    pub time: NaiveTime,
    /// The zone whose clocks show it.
    pub zone: Option<Zone>,
}

const METHODS: &[&str] = &["dst", "isoformat", "replace", "strftime", "tzname", "utcoffset"];

/// A time of day from its fields.
pub(super) fn clock(hour: i64, minute: i64, second: i64, micro: i64) -> Outcome<NaiveTime> {
    let checks = [
        (hour, 23, "hour must be in 0..23"),
        (minute, 59, "minute must be in 0..59"),
        (second, 59, "second must be in 0..59"),
        (micro, 999_999, "microsecond must be in 0..999999"),
    ];
    if let Some((_, _, message)) = checks.iter().find(|(value, limit, _)| !(0..=*limit).contains(value)) {
        return Err(error(*message));
    }
    let time = NaiveTime::from_hms_micro_opt(hour as u32, minute as u32, second as u32, micro as u32);
    time.ok_or_else(|| error("second must be in 0..59"))
}

/// Python's microseconds of a time.
pub(super) fn micros(time: NaiveTime) -> u32 {
    time.nanosecond() / 1000 % 1_000_000
}

/// `time(hour, minute, second, microsecond, tzinfo)`
pub(super) fn construct(arguments: Arguments<'_>) -> Outcome {
    let names = ["hour", "minute", "second", "microsecond", "tzinfo"];
    let [hour, minute, second, micro, tzinfo] = arguments.bind_native(names, 0)?;
    let time = clock(field(&hour, 0)?, field(&minute, 0)?, field(&second, 0)?, field(&micro, 0)?)?;
    let zone = tzinfo.map_or(Ok(None), |tzinfo| zone::argument(&tzinfo))?;
    Ok(Value::from_object(Time { time, zone }))
}

/// `12:30:00.000500`, as precise as `precision` says.
pub(super) fn clock_text(time: NaiveTime, precision: &str) -> Outcome<String> {
    let micro = micros(time);
    let seconds = || format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    Ok(match precision {
        "auto" if micro == 0 => seconds(),
        "auto" | "microseconds" => format!("{}.{micro:06}", seconds()),
        "milliseconds" => format!("{}.{:03}", seconds(), micro / 1000),
        "seconds" => seconds(),
        "minutes" => format!("{:02}:{:02}", time.hour(), time.minute()),
        "hours" => format!("{:02}", time.hour()),
        _ => return Err(error("Unknown timespec value")),
    })
}

impl Time {
    pub(super) fn repr_text(&self) -> String {
        let (second, micro) = (self.time.second(), micros(self.time));
        let mut text = format!("datetime.time({}, {}", self.time.hour(), self.time.minute());
        if second != 0 || micro != 0 {
            text.push_str(&format!(", {second}"));
        }
        if micro != 0 {
            text.push_str(&format!(", {micro}"));
        }
        if let Some(zone) = &self.zone {
            text.push_str(&format!(", tzinfo={}", zone.repr_text()));
        }
        text + ")"
    }

    pub(super) fn format(&self, spec: &str) -> String {
        strftime(&Moment::of_time(self), spec)
    }

    pub(super) fn order(&self, other: &Time) -> Outcome<Ordering> {
        let since = |time: &Time| {
            let offset = time.zone.as_ref().map_or(0, Zone::offset);
            i64::from(time.time.num_seconds_from_midnight()) - i64::from(offset)
        };
        match self.zone.is_some() == other.zone.is_some() {
            true => Ok((since(self), micros(self.time)).cmp(&(since(other), micros(other.time)))),
            false => Err(error("can't compare offset-naive and offset-aware times")),
        }
    }

    fn iso(&self, precision: &str) -> Outcome<String> {
        let text = clock_text(self.time, precision)?;
        let zone = self.zone.as_ref().filter(|zone| !matches!(zone, Zone::Named { .. }));
        Ok(text + &zone.map_or_else(String::new, |zone| offset_text(zone.offset(), ":")))
    }
}

impl Object for Time {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "hour" => Value::from(self.time.hour()),
            "minute" => Value::from(self.time.minute()),
            "second" => Value::from(self.time.second()),
            "microsecond" => Value::from(micros(self.time)),
            "fold" => Value::from(0),
            "tzinfo" => self.zone.clone().map_or_else(none, Value::from_object),
            _ => method_or(self, METHODS, key, || undefined_attribute("datetime.time", key)),
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        match name {
            "isoformat" => {
                let [precision] = arguments.bind("isoformat", ["timespec"], 0)?;
                self.iso(precision.as_ref().and_then(text_of).unwrap_or("auto")).map(Value::from)
            }
            "strftime" => Ok(Value::from(self.format(&to_str(arguments.one("strftime")?)))),
            "replace" => {
                let names = ["hour", "minute", "second", "microsecond", "tzinfo"];
                let [hour, minute, second, micro, tzinfo] = arguments.bind("replace", names, 0)?;
                let time = clock(
                    field(&hour, self.time.hour())?,
                    field(&minute, self.time.minute())?,
                    field(&second, self.time.second())?,
                    field(&micro, micros(self.time))?,
                )?;
                let zone = tzinfo.map_or(Ok(self.zone.clone()), |tzinfo| zone::argument(&tzinfo))?;
                Ok(Value::from_object(Time { time, zone }))
            }
            "utcoffset" => Ok(self
                .zone
                .as_ref()
                .map_or_else(none, |zone| Value::from_object(Delta(i128::from(zone.offset()) * 1_000_000)))),
            "tzname" => Ok(self.zone.as_ref().and_then(Zone::name).map_or_else(none, Value::from)),
            "dst" => Ok(none()),
            _ => Err(unsupported_attribute("datetime.time", name)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Time>().and_then(|other| self.order(other).ok())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iso("auto").unwrap_or_default())
    }
}
