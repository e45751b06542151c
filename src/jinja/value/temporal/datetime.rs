//! `datetime`

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDateTime, Timelike};
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::functions::whole;
use crate::jinja::value::undefined::undefined_attribute;
use crate::jinja::value::{none, text_of, to_str};

use super::date::{Date, day, field, in_range, shared};
use super::delta::Delta;
use super::strftime::{Moment, strftime};
use super::time::{Time, clock, clock_text, micros};
use super::zone::{self, Zone, offset_text, shifted};

/// A day and a time of day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DateTime {
    /// As the clocks show it.
    pub local: NaiveDateTime,
    /// The zone whose clocks show it; nothing for a naive one.
    pub zone: Option<Zone>,
}

pub(super) const METHODS: &[&str] = &[
    "astimezone",
    "ctime",
    "date",
    "dst",
    "isocalendar",
    "isoformat",
    "isoweekday",
    "replace",
    "strftime",
    "time",
    "timestamp",
    "timetz",
    "toordinal",
    "tzname",
    "utcoffset",
    "weekday",
];

const FIELDS: [&str; 8] = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"];

/// `datetime(year, month, day, hour, minute, second, microsecond, tzinfo)`
pub(super) fn construct(arguments: Arguments<'_>) -> Outcome {
    let [year, month, date, hour, minute, second, micro, tzinfo] = arguments.bind_native(FIELDS, 3)?;
    let date = day(field(&year, 0)?, field(&month, 0)?, field(&date, 0)?)?;
    let time = clock(field(&hour, 0)?, field(&minute, 0)?, field(&second, 0)?, field(&micro, 0)?)?;
    let zone = tzinfo.map_or(Ok(None), |tzinfo| zone::argument(&tzinfo))?;
    Ok(Value::from_object(DateTime { local: date.and_time(time), zone }))
}

impl DateTime {
    /// A time without a zone.
    pub fn naive(local: NaiveDateTime) -> DateTime {
        DateTime { local, zone: None }
    }

    /// A time with a fixed offset from UTC in seconds.
    pub fn with_offset(local: NaiveDateTime, seconds: i32) -> DateTime {
        DateTime { local, zone: Some(zone::fixed(seconds)) }
    }

    /// A time in the zone `pytz.utc`.
    pub fn in_pytz_utc(utc: NaiveDateTime) -> DateTime {
        DateTime { local: utc, zone: Some(Zone::PytzUtc) }
    }

    /// The same time in UTC; nothing for a naive one.
    pub(super) fn to_utc(&self) -> Outcome<Option<NaiveDateTime>> {
        self.zone.as_ref().map(|zone| shifted(self.local, -zone.offset())).transpose()
    }

    pub(super) fn order(&self, other: &DateTime) -> Outcome<Ordering> {
        match (self.to_utc()?, other.to_utc()?) {
            (Some(left), Some(right)) => Ok(left.cmp(&right)),
            (None, None) => Ok(self.local.cmp(&other.local)),
            _ => Err(error("can't compare offset-naive and offset-aware datetimes")),
        }
    }

    pub(super) fn plus(&self, delta: &Delta) -> Outcome<DateTime> {
        let moved = self.local.checked_add_signed(delta.to_chrono()?);
        in_range(moved.map(|moved| moved.date()))?;
        Ok(DateTime { local: moved.unwrap_or_default(), zone: self.zone.clone() })
    }

    pub(super) fn minus(&self, other: &DateTime) -> Outcome<Delta> {
        match (self.to_utc()?, other.to_utc()?) {
            (Some(left), Some(right)) => Ok(Delta::from(left - right)),
            (None, None) => Ok(Delta::from(self.local - other.local)),
            _ => Err(error("can't subtract offset-naive and offset-aware datetimes")),
        }
    }

    pub(super) fn format(&self, spec: &str) -> String {
        strftime(&Moment::of_datetime(self), spec)
    }

    pub(super) fn repr_text(&self) -> String {
        let (second, micro) = (self.local.second(), micros(self.local.time()));
        let fields = [self.local.month(), self.local.day(), self.local.hour(), self.local.minute()];
        let mut text = format!("datetime.datetime({}", self.local.year());
        for field in fields {
            text.push_str(&format!(", {field}"));
        }
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

    /// `isoformat(separator, precision)`
    pub(crate) fn iso(&self, separator: &str, precision: &str) -> Outcome<String> {
        let date = self.local.date();
        let time = clock_text(self.local.time(), precision)?;
        let zone = self.zone.as_ref().map_or_else(String::new, |zone| offset_text(zone.offset(), ":"));
        Ok(format!("{:04}-{:02}-{:02}{separator}{time}{zone}", date.year(), date.month(), date.day()))
    }

    fn replace(&self, arguments: Arguments<'_>) -> Outcome {
        let [year, month, date, hour, minute, second, micro, tzinfo] = arguments.bind("replace", FIELDS, 0)?;
        let local = self.local;
        let year = year.as_ref().map_or(Ok(i64::from(local.year())), whole)?;
        let date = day(year, field(&month, local.month())?, field(&date, local.day())?)?;
        let time = clock(
            field(&hour, local.hour())?,
            field(&minute, local.minute())?,
            field(&second, local.second())?,
            field(&micro, micros(local.time()))?,
        )?;
        let zone = tzinfo.map_or(Ok(self.zone.clone()), |tzinfo| zone::argument(&tzinfo))?;
        Ok(Value::from_object(DateTime { local: date.and_time(time), zone }))
    }

    /// In UTC; a naive time is taken as one of this machine's zone.
    fn assumed_utc(&self) -> Outcome<NaiveDateTime> {
        match self.to_utc()? {
            Some(utc) => Ok(utc),
            None => {
                let local = self.local.and_local_timezone(chrono::Local).earliest();
                Ok(local.map_or(self.local, |local| local.naive_utc()))
            }
        }
    }

    fn as_timezone(&self, arguments: Arguments<'_>) -> Outcome {
        let [zone] = arguments.bind("astimezone", ["tz"], 0)?;
        let utc = self.assumed_utc()?;
        let zone = match zone.filter(|zone| !zone.is_none()) {
            Some(zone) => zone::argument(&zone)?.unwrap_or(Zone::Utc),
            None => {
                let offset = utc.and_utc().with_timezone(&chrono::Local);
                zone::fixed(chrono::Offset::fix(offset.offset()).local_minus_utc())
            }
        };
        zone.local_time(utc).map(Value::from_object)
    }
}

impl Object for DateTime {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let local = self.local;
        Some(match key {
            "year" => Value::from(local.year()),
            "month" => Value::from(local.month()),
            "day" => Value::from(local.day()),
            "hour" => Value::from(local.hour()),
            "minute" => Value::from(local.minute()),
            "second" => Value::from(local.second()),
            "microsecond" => Value::from(micros(local.time())),
            "fold" => Value::from(0),
            "tzinfo" => self.zone.clone().map_or_else(none, Value::from_object),
            _ => method_or(self, METHODS, key, || undefined_attribute("datetime.datetime", key)),
        })
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        let local = self.local;
        let delta = |seconds: i32| Value::from_object(Delta(i128::from(seconds) * 1_000_000));
        match name {
            "date" => Ok(Value::from_object(Date(local.date()))),
            "time" => Ok(Value::from_object(Time { time: local.time(), zone: None })),
            "timetz" => Ok(Value::from_object(Time { time: local.time(), zone: self.zone.clone() })),
            "isoformat" => {
                let [separator, precision] = arguments.bind("isoformat", ["sep", "timespec"], 0)?;
                let separator = separator.as_ref().and_then(text_of).unwrap_or("T");
                let precision = precision.as_ref().and_then(text_of).unwrap_or("auto");
                self.iso(separator, precision).map(Value::from)
            }
            "strftime" => Ok(Value::from(self.format(&to_str(arguments.one("strftime")?)))),
            "ctime" => Ok(Value::from(self.format("%a %b %e %H:%M:%S %Y"))),
            "replace" => self.replace(arguments),
            "timestamp" => {
                let utc = self.assumed_utc()?.and_utc();
                Ok(Value::from(utc.timestamp() as f64 + f64::from(utc.timestamp_subsec_micros()) / 1e6))
            }
            "astimezone" => self.as_timezone(arguments),
            "utcoffset" => Ok(self.zone.as_ref().map_or_else(none, |zone| delta(zone.offset()))),
            "tzname" => Ok(self.zone.as_ref().and_then(Zone::name).map_or_else(none, Value::from)),
            "dst" => match &self.zone {
                Some(zone) => Value::from_object(zone.clone()).call_method(state, "dst", &[]),
                None => Ok(none()),
            },
            _ => shared(local.date(), name).ok_or_else(|| unsupported_attribute("datetime.datetime", name)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<DateTime>()?;
        Some(self.order(other).unwrap_or_else(|_| self.local.cmp(&other.local)))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iso(" ", "auto").unwrap_or_default())
    }
}
