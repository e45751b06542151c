//! Time zones: fixed offsets, and those of `pytz`.
//!
//! A zone of `pytz` stands for local mean time until a time is localized in it; then it is one of its periods.

use std::fmt;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetComponents, OffsetName, TZ_VARIANTS, Tz};
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::functions::function;
use crate::jinja::value::undefined::undefined_attribute;
use crate::jinja::value::{dict, is_undefined, list, none, repr, text_of, type_name};

use super::datetime::DateTime;
use super::delta::Delta;

/// A period of a zone within which its clocks have one offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Seconds east of UTC.
    pub offset: i32,
    /// How much of it is summer time, in seconds.
    pub daylight: i32,
    /// What its clocks are called: `CET`.
    pub name: String,
}

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zone {
    /// `datetime.timezone.utc`
    Utc,
    /// `pytz.utc`
    PytzUtc,
    /// `datetime.timezone(offset)`, in seconds east of UTC
    Fixed(i32),
    /// `pytz.FixedOffset(minutes)`
    PytzFixed(i32),
    /// `pytz.timezone(name)`
    Named {
        /// The zone.
        zone: Tz,
        /// The period that a localized time falls in; local mean time when it is none.
        period: Option<Period>,
    },
}

const METHODS: &[&str] = &["localize", "normalize", "utcoffset", "tzname", "dst"];

impl Zone {
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Zone::Utc | Zone::Fixed(_) => "datetime.timezone",
            Zone::PytzUtc => "pytz.UTC",
            Zone::PytzFixed(_) => "pytz._FixedOffset",
            Zone::Named { .. } => "pytz.tzfile.DstTzInfo",
        }
    }

    /// Seconds east of UTC of a time in this zone.
    pub fn offset(&self) -> i32 {
        match self {
            Zone::Utc | Zone::PytzUtc => 0,
            Zone::Fixed(seconds) => *seconds,
            Zone::PytzFixed(minutes) => minutes * 60,
            Zone::Named { period: Some(period), .. } => period.offset,
            Zone::Named { zone, period: None } => mean_time(*zone).offset,
        }
    }

    /// What the clocks of a time in this zone are called; nothing where `pytz` has no name.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Zone::Utc | Zone::PytzUtc => Some("UTC".to_string()),
            Zone::Fixed(seconds) => Some(format!("UTC{}", offset_text(*seconds, ":"))),
            Zone::PytzFixed(_) => None,
            Zone::Named { period: Some(period), .. } => Some(period.name.clone()),
            Zone::Named { .. } => Some("LMT".to_string()),
        }
    }

    fn daylight(&self) -> Option<i32> {
        match self {
            Zone::Named { period, .. } => Some(period.as_ref().map_or(0, |period| period.daylight)),
            Zone::Utc | Zone::Fixed(_) => None,
            _ => Some(0),
        }
    }

    /// A time in UTC as the clocks of this zone show it.
    pub(super) fn local_time(&self, utc: NaiveDateTime) -> Outcome<DateTime> {
        let zone = match self {
            Zone::Named { zone, .. } => {
                let local = zone.offset_from_utc_datetime(&utc);
                Zone::Named { zone: *zone, period: Some(period_of(&local)) }
            }
            other => other.clone(),
        };
        let local = shifted(utc, zone.offset())?;
        Ok(DateTime { local, zone: Some(zone) })
    }

    /// `zone.localize(time, is_dst)`
    fn localize(&self, time: &DateTime, daylight: Option<bool>) -> Outcome<DateTime> {
        if time.zone.is_some() {
            return Err(error("Not naive datetime (tzinfo is already set)"));
        }
        let local = time.local;
        let Zone::Named { zone, .. } = self else {
            return Ok(DateTime { local, zone: Some(self.clone()) });
        };
        let candidates = match zone.offset_from_local_datetime(&local) {
            chrono::LocalResult::Single(offset) => vec![period_of(&offset)],
            chrono::LocalResult::Ambiguous(first, second) => vec![period_of(&first), period_of(&second)],
            // Clocks skip this time: the periods before and after it are both wrong, `pytz` takes one of them.
            chrono::LocalResult::None => {
                let near = |hours: i64| {
                    let utc = local - chrono::TimeDelta::hours(hours);
                    period_of(&zone.offset_from_utc_datetime(&utc))
                };
                vec![near(36), near(-36)]
            }
        };
        let wanted = candidates.iter().find(|period| (period.daylight != 0) == daylight.unwrap_or(false));
        if candidates.len() > 1 && daylight.is_none() {
            return Err(error(local.format("%Y-%m-%d %H:%M:%S").to_string()));
        }
        let period = wanted.or(candidates.last()).cloned();
        Ok(DateTime { local, zone: Some(Zone::Named { zone: *zone, period }) })
    }

    pub(super) fn repr_text(&self) -> String {
        match self {
            Zone::Utc => "datetime.timezone.utc".to_string(),
            Zone::PytzUtc => "<UTC>".to_string(),
            Zone::Fixed(seconds) => {
                format!("datetime.timezone({})", Delta(i128::from(*seconds) * 1_000_000).repr_text())
            }
            Zone::PytzFixed(minutes) => format!("pytz.FixedOffset({minutes})"),
            Zone::Named { zone, period } => {
                let mean = mean_time(*zone);
                let period = period.as_ref().unwrap_or(&mean);
                let kind = if period.daylight == 0 { "STD" } else { "DST" };
                let offset = Delta(i128::from(period.offset) * 1_000_000);
                let offset = Value::from_object(offset).to_string();
                let sign = if period.offset >= 0 { "+" } else { "" };
                format!("<DstTzInfo '{}' {}{sign}{offset} {kind}>", zone.name(), period.name)
            }
        }
    }
}

/// The zone's period before any rule applied. `pytz` rounds it to minutes.
fn mean_time(zone: Tz) -> Period {
    let early = NaiveDate::from_ymd_opt(1800, 1, 1).and_then(|date| date.and_hms_opt(0, 0, 0)).unwrap_or_default();
    let period = period_of(&zone.offset_from_utc_datetime(&early));
    Period { offset: (period.offset + 30).div_euclid(60) * 60, ..period }
}

fn period_of(offset: &<Tz as TimeZone>::Offset) -> Period {
    Period {
        offset: offset.fix().local_minus_utc(),
        daylight: i32::try_from(offset.dst_offset().num_seconds()).unwrap_or(0),
        name: offset.abbreviation().map_or_else(|| offset_text(offset.fix().local_minus_utc(), ""), str::to_string),
    }
}

/// A time moved by seconds.
pub(super) fn shifted(time: NaiveDateTime, seconds: i32) -> Outcome<NaiveDateTime> {
    let moved = time.checked_add_signed(chrono::TimeDelta::seconds(i64::from(seconds)));
    moved.ok_or_else(|| error("date value out of range"))
}

/// `+01:00`, with seconds where there are some.
pub(super) fn offset_text(seconds: i32, separator: &str) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let text = format!("{sign}{:02}{separator}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 == 0 { text } else { format!("{text}{separator}{:02}", seconds % 60) }
}

/// The zone that an argument names, or none.
pub(super) fn argument(value: &Value) -> Outcome<Option<Zone>> {
    if value.is_none() {
        return Ok(None);
    }
    match value.downcast_object_ref::<Zone>() {
        Some(zone) => Ok(Some(zone.clone())),
        None => {
            let name = if is_undefined(value) { "Undefined" } else { type_name(value) };
            Err(error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{name}'")))
        }
    }
}

/// A fixed offset, as a parsed time carries it.
pub(super) fn fixed(seconds: i32) -> Zone {
    if seconds == 0 { Zone::Utc } else { Zone::Fixed(seconds) }
}

impl Object for Zone {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match (key, &**self) {
            ("zone", Zone::Named { zone, .. }) => Value::from(zone.name()),
            ("zone", Zone::PytzUtc) => Value::from("UTC"),
            ("zone", Zone::PytzFixed(_)) => none(),
            _ => method_or(self, METHODS, key, || undefined_attribute(self.type_name(), key)),
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        let time = |value: Option<Value>| {
            let value = value.unwrap_or_default();
            let time = value.downcast_object_ref::<DateTime>().cloned();
            time.ok_or_else(|| error(format!("expected a datetime, not {}", type_name(&value))))
        };
        match name {
            "localize" => {
                let [value, daylight] = arguments.bind("localize", ["dt", "is_dst"], 1)?;
                let daylight = match daylight {
                    Some(daylight) if daylight.is_none() => None,
                    other => Some(other.is_some_and(|daylight| daylight.is_true())),
                };
                self.localize(&time(value)?, daylight).map(Value::from_object)
            }
            "normalize" => {
                let [value, _] = arguments.bind("normalize", ["dt", "is_dst"], 1)?;
                let utc = time(value)?.to_utc()?.ok_or_else(|| error("Naive time - no tzinfo set"))?;
                self.local_time(utc).map(Value::from_object)
            }
            "utcoffset" => Ok(Value::from_object(Delta(i128::from(self.offset()) * 1_000_000))),
            "dst" => Ok(self
                .daylight()
                .map_or_else(none, |seconds| Value::from_object(Delta(i128::from(seconds) * 1_000_000)))),
            "tzname" => Ok(self.name().map_or_else(none, Value::from)),
            _ => Err(unsupported_attribute(self.type_name(), name)),
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &**self {
            Zone::Named { zone, .. } => formatter.write_str(zone.name()),
            Zone::PytzFixed(_) => formatter.write_str(&self.repr_text()),
            other => formatter.write_str(&other.name().unwrap_or_default()),
        }
    }
}

fn timezone(arguments: Arguments<'_>) -> Outcome {
    let [name] = arguments.bind("timezone", ["zone"], 1)?;
    let name = name.unwrap_or_default();
    if name.is_none() {
        return Err(error("None"));
    }
    let text =
        text_of(&name).ok_or_else(|| error(format!("'{}' object has no attribute 'upper'", type_name(&name))))?;
    if text.eq_ignore_ascii_case("utc") {
        return Ok(Value::from_object(Zone::PytzUtc));
    }
    // The text of the `KeyError` that `pytz` raises is the name.
    let zone = TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(text));
    let zone = zone.ok_or_else(|| error(repr(&name)))?;
    Ok(Value::from_object(Zone::Named { zone: *zone, period: None }))
}

fn fixed_offset(arguments: Arguments<'_>) -> Outcome {
    let [minutes] = arguments.bind("FixedOffset", ["offset"], 1)?;
    match crate::jinja::value::functions::whole(&minutes.unwrap_or_default())? {
        0 => Ok(Value::from_object(Zone::PytzUtc)),
        minutes if minutes.abs() < 1440 => Ok(Value::from_object(Zone::PytzFixed(minutes as i32))),
        minutes => Err(error(format!("('absolute offset is too large', {minutes})"))),
    }
}

/// `modules.pytz`
pub fn pytz_module() -> Value {
    let names: Vec<Value> = TZ_VARIANTS.iter().map(|zone| Value::from(zone.name())).collect();
    let utc = || Value::from_object(Zone::PytzUtc);
    let members = [
        ("timezone", function(timezone)),
        ("utc", utc()),
        ("UTC", utc()),
        ("FixedOffset", function(fixed_offset)),
        ("all_timezones", list(names.clone())),
        ("common_timezones", list(names.clone())),
        ("all_timezones_set", crate::jinja::value::set(names.iter().cloned().collect())),
        ("common_timezones_set", crate::jinja::value::set(names.into_iter().collect())),
    ];
    dict(members.into_iter().map(|(name, member)| (Value::from(name), member)).collect())
}
