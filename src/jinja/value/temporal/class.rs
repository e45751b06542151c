//! The types of the `datetime` module as values: constructors, class methods and limits.

use std::fmt;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::functions::whole;
use crate::jinja::value::number::Number;
use crate::jinja::value::undefined::undefined_attribute;
use crate::jinja::value::{dict, impure, repr, text_of, type_name};

use super::date::{Date, in_range};
use super::datetime::DateTime;
use super::delta::{DAY, Delta};
use super::strptime::strptime;
use super::time::Time;
use super::zone::{self, fixed};
use super::{date, datetime, delta, time};

/// A type of the `datetime` module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Date,
    DateTime,
    Time,
    Delta,
    Zone,
}

const METHODS: &[&str] = &[
    "combine",
    "fromisocalendar",
    "fromisoformat",
    "fromordinal",
    "fromtimestamp",
    "now",
    "strptime",
    "today",
    "utcfromtimestamp",
    "utcnow",
];

/// `modules.datetime`: what dbt shows of it, which leaves out `timezone`.
pub fn datetime_module() -> Value {
    let classes = [
        ("date", Class::Date),
        ("datetime", Class::DateTime),
        ("time", Class::Time),
        ("timedelta", Class::Delta),
        ("tzinfo", Class::Zone),
    ];
    dict(classes.into_iter().map(|(name, class)| (Value::from(name), Value::from_object(class))).collect())
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Class::Date => "datetime.date",
            Class::DateTime => "datetime.datetime",
            Class::Time => "datetime.time",
            Class::Delta => "datetime.timedelta",
            Class::Zone => "datetime.tzinfo",
        }
    }

    /// A time as a value of this class: a date loses its time.
    fn of(self, datetime: DateTime) -> Value {
        match self {
            Class::Date => Value::from_object(Date(datetime.local.date())),
            _ => Value::from_object(datetime),
        }
    }

    fn limit(self, name: &str) -> Option<Value> {
        let first = NaiveDate::from_ymd_opt(1, 1, 1)?;
        let last = NaiveDate::from_ymd_opt(9999, 12, 31)?;
        let end = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)?;
        Some(match (self, name) {
            (Class::Date, "min") => Value::from_object(Date(first)),
            (Class::Date, "max") => Value::from_object(Date(last)),
            (Class::Date, "resolution") => Value::from_object(Delta(DAY)),
            (Class::DateTime, "min") => Value::from_object(DateTime::naive(first.and_time(NaiveTime::MIN))),
            (Class::DateTime, "max") => Value::from_object(DateTime::naive(last.and_time(end))),
            (Class::Time, "min") => Value::from_object(Time { time: NaiveTime::MIN, zone: None }),
            (Class::Time, "max") => Value::from_object(Time { time: end, zone: None }),
            (Class::Delta, "min") => Value::from_object(Delta(-999_999_999 * DAY)),
            (Class::Delta, "max") => Value::from_object(Delta(1_000_000_000 * DAY - 1)),
            (_, "resolution") => Value::from_object(Delta(1)),
            _ => return None,
        })
    }
}

fn text<'a>(value: &'a Value, function: &str) -> Outcome<&'a str> {
    text_of(value).ok_or_else(|| error(format!("{function}() argument 1 must be str, not {}", type_name(value))))
}

/// `now(tz)`
fn now(arguments: Arguments<'_>) -> Outcome<DateTime> {
    let [zone] = arguments.bind("now", ["tz"], 0)?;
    match zone.map_or(Ok(None), |zone| zone::argument(&zone))? {
        Some(zone) => zone.local_time(micro_precise(impure::now().naive_utc())),
        None => Ok(DateTime::naive(micro_precise(impure::local_now().naive_local()))),
    }
}

/// Python has microseconds, the clock nanoseconds.
fn micro_precise(time: NaiveDateTime) -> NaiveDateTime {
    use chrono::Timelike;
    time.with_nanosecond(time.nanosecond() / 1000 * 1000).unwrap_or(time)
}

fn from_timestamp(arguments: Arguments<'_>, in_utc: bool) -> Outcome<DateTime> {
    let [stamp, zone] = arguments.bind("fromtimestamp", ["timestamp", "tz"], 1)?;
    let stamp = stamp.unwrap_or_default();
    let message = || error(format!("'{}' object cannot be interpreted as an integer", type_name(&stamp)));
    let micros = match Number::of(&stamp).ok_or_else(message)? {
        Number::Float(seconds) => (seconds * 1e6).round_ties_even() as i64,
        number => (number.to_f64() as i64).saturating_mul(1_000_000),
    };
    let utc = chrono::DateTime::from_timestamp_micros(micros);
    let utc = utc.ok_or_else(|| error("year is out of range"))?;
    match zone.map_or(Ok(None), |zone| zone::argument(&zone))? {
        Some(zone) => zone.local_time(utc.naive_utc()),
        None if in_utc => Ok(DateTime::naive(utc.naive_utc())),
        None => Ok(DateTime::naive(utc.with_timezone(&chrono::Local).naive_local())),
    }
}

fn combine(arguments: Arguments<'_>) -> Outcome {
    let [date, time, zone] = arguments.bind("combine", ["date", "time", "tzinfo"], 2)?;
    let (date, time) = (date.unwrap_or_default(), time.unwrap_or_default());
    let day = match (date.downcast_object_ref::<Date>(), date.downcast_object_ref::<DateTime>()) {
        (Some(date), _) => date.0,
        (_, Some(datetime)) => datetime.local.date(),
        _ => {
            return Err(error(format!("combine() argument 1 must be datetime.date, not {}", type_name(&date))));
        }
    };
    let Some(clock) = time.downcast_object_ref::<Time>() else {
        return Err(error(format!("combine() argument 2 must be datetime.time, not {}", type_name(&time))));
    };
    let zone = zone.map_or(Ok(clock.zone.clone()), |zone| zone::argument(&zone))?;
    Ok(Value::from_object(DateTime { local: day.and_time(clock.time), zone }))
}

/// `fromisoformat` of the three classes.
fn from_iso(class: Class, given: &str) -> Outcome {
    let wrong = || error(format!("Invalid isoformat string: {}", repr(&Value::from(given))));
    let day = |text: &str| {
        let digits = text.replace('-', "");
        let dashes =
            matches!(text.len(), 8 | 10) && digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i64>().ok());
        match (dashes, number(0..4), number(4..6), number(6..8)) {
            (true, Some(year), Some(month), Some(day)) => date::day(year, month, day),
            _ => Err(wrong()),
        }
    };
    match class {
        Class::Date => day(given).map(|date| Value::from_object(Date(date))),
        Class::Time => {
            let (time, zone) = iso_time(given.strip_prefix('T').unwrap_or(given)).ok_or_else(wrong)??;
            Ok(Value::from_object(Time { time, zone }))
        }
        _ => {
            let end = if given.as_bytes().get(4) == Some(&b'-') { 10 } else { 8 };
            let (first, rest) = (given.get(..end).ok_or_else(wrong)?, given.get(end..).unwrap_or_default());
            let date = day(first)?;
            if rest.is_empty() {
                return Ok(Value::from_object(DateTime::naive(date.and_time(NaiveTime::MIN))));
            }
            let mut characters = rest.chars();
            characters.next();
            let (time, zone) = iso_time(characters.as_str()).ok_or_else(wrong)??;
            Ok(Value::from_object(DateTime { local: date.and_time(time), zone }))
        }
    }
}

/// `hh[:mm[:ss[.ffffff]]]` with an optional offset; nothing when the text has another form.
fn iso_time(text: &str) -> Option<Outcome<(NaiveTime, Option<zone::Zone>)>> {
    let (clock, zone) = match text.find(['+', '-', 'Z', 'z']) {
        Some(index) => (&text[..index], Some(&text[index..])),
        None => (text, None),
    };
    let parse = |text: &str| {
        let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let digits = whole.replace(':', "");
        let valid = digits.len().is_multiple_of(2)
            && (2..=6).contains(&digits.len())
            && digits.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        let number = |index: usize| digits.get(index..index + 2).map_or(Some(0), |part| part.parse::<i64>().ok());
        let micro = format!("{:0<6}", fraction.get(..fraction.len().min(6))?).parse::<i64>().ok()?;
        if valid { Some((number(0)?, number(2)?, number(4)?, micro)) } else { None }
    };
    let (hour, minute, second, micro) = parse(clock)?;
    let zone = match zone {
        None => None,
        Some("Z" | "z") => Some(fixed(0)),
        Some(zone) => {
            let (hours, minutes, seconds, _) = parse(&zone[1..])?;
            let total = (hours * 3600 + minutes * 60 + seconds) as i32;
            Some(fixed(if zone.starts_with('-') { -total } else { total }))
        }
    };
    Some(time::clock(hour, minute, second, micro).map(|time| (time, zone)))
}

impl Object for Class {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let missing = || undefined_attribute("type", key);
        Some(self.limit(key).unwrap_or_else(|| method_or(self, METHODS, key, missing)))
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        match **self {
            Class::Date => date::construct(arguments),
            Class::DateTime => datetime::construct(arguments),
            Class::Time => time::construct(arguments),
            Class::Delta => delta::construct(arguments),
            Class::Zone => Err(error("a tzinfo subclass must implement utcoffset()")),
        }
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        let class = **self;
        match (class, name) {
            (Class::Date | Class::DateTime, "today") => {
                arguments.none("today")?;
                Ok(class.of(now(arguments)?))
            }
            (Class::DateTime, "now") => now(arguments).map(Value::from_object),
            (Class::DateTime, "utcnow") => {
                arguments.none("utcnow")?;
                Ok(Value::from_object(DateTime::naive(micro_precise(impure::now().naive_utc()))))
            }
            (Class::DateTime, "strptime") => {
                let [given, format] = arguments.bind("strptime", ["date_string", "format"], 2)?;
                let (given, format) = (given.unwrap_or_default(), format.unwrap_or_default());
                strptime(text(&given, "strptime")?, text(&format, "strptime")?).map(Value::from_object)
            }
            (Class::Date | Class::DateTime | Class::Time, "fromisoformat") => {
                let given = arguments.one("fromisoformat")?;
                let given = text_of(given).ok_or_else(|| error("fromisoformat: argument must be str"))?;
                from_iso(class, given)
            }
            (Class::Date | Class::DateTime, "fromtimestamp") => Ok(class.of(from_timestamp(arguments, false)?)),
            (Class::DateTime, "utcfromtimestamp") => Ok(class.of(from_timestamp(arguments, true)?)),
            (Class::Date | Class::DateTime, "fromordinal") => {
                let ordinal = whole(arguments.one("fromordinal")?)?;
                let date = i32::try_from(ordinal).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
                Ok(class.of(DateTime::naive(in_range(date)?.and_time(NaiveTime::MIN))))
            }
            (Class::Date | Class::DateTime, "fromisocalendar") => {
                let [year, week, day] = arguments.bind("fromisocalendar", ["year", "week", "day"], 3)?;
                let [year, week, day] = [year, week, day].map(|value| whole(&value.unwrap_or_default()));
                let weekday = u8::try_from(day? - 1).ok().and_then(|day| chrono::Weekday::try_from(day).ok());
                let (year, week) = (year? as i32, week? as u32);
                let date = weekday.and_then(|weekday| NaiveDate::from_isoywd_opt(year, week, weekday));
                let date = date.ok_or_else(|| error(format!("Invalid week: {week}")))?;
                Ok(class.of(DateTime::naive(date.and_time(NaiveTime::MIN))))
            }
            (Class::DateTime, "combine") => combine(arguments),
            _ => Err(unsupported_attribute("type", name)),
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<class '{}'>", self.name())
    }
}
