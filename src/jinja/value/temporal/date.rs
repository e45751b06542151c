//! `date`

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::functions::whole;
use crate::jinja::value::undefined::undefined_attribute;
use crate::jinja::value::{to_str, tuple};

use super::delta::{DAY, Delta};
use super::strftime::{Moment, strftime};

/// A day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date(pub NaiveDate);

pub(super) const METHODS: &[&str] =
    &["ctime", "isocalendar", "isoformat", "isoweekday", "replace", "strftime", "toordinal", "weekday"];

/// A day of the years 1 to 9999.
pub(super) fn day(year: i64, month: i64, day: i64) -> Outcome<NaiveDate> {
    if !(1..=9999).contains(&year) {
        return Err(error(format!("year {year} is out of range")));
    }
    if !(1..=12).contains(&month) {
        return Err(error("month must be in 1..12"));
    }
    let date = u32::try_from(day).ok().and_then(|day| NaiveDate::from_ymd_opt(year as i32, month as u32, day));
    date.ok_or_else(|| error("day is out of range for month"))
}

/// `date(year, month, day)`
pub(super) fn construct(arguments: Arguments<'_>) -> Outcome {
    let [year, month, date] = arguments.bind_native(["year", "month", "day"], 3)?.map(Option::unwrap_or_default);
    day(whole(&year)?, whole(&month)?, whole(&date)?).map(|date| Value::from_object(Date(date)))
}

/// What dates and datetimes answer alike.
pub(super) fn shared(date: NaiveDate, name: &str) -> Option<Value> {
    Some(match name {
        "weekday" => Value::from(date.weekday().num_days_from_monday()),
        "isoweekday" => Value::from(date.weekday().number_from_monday()),
        "toordinal" => Value::from(date.num_days_from_ce()),
        "isocalendar" => {
            let week = date.iso_week();
            let parts =
                [i64::from(week.year()), i64::from(week.week()), i64::from(date.weekday().number_from_monday())];
            tuple(parts.map(Value::from).to_vec())
        }
        _ => return None,
    })
}

impl Date {
    pub(super) fn repr_text(self) -> String {
        format!("datetime.date({}, {}, {})", self.0.year(), self.0.month(), self.0.day())
    }

    pub(super) fn plus(self, delta: &Delta) -> Outcome<Date> {
        let days = chrono::TimeDelta::try_days(i64::try_from(delta.0.div_euclid(DAY)).unwrap_or(i64::MAX / 4));
        let date = days.and_then(|days| self.0.checked_add_signed(days));
        in_range(date).map(Date)
    }

    pub(super) fn format(self, spec: &str) -> String {
        strftime(&Moment::of_date(self.0), spec)
    }

    fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

/// A day that Python can hold.
pub(super) fn in_range(date: Option<NaiveDate>) -> Outcome<NaiveDate> {
    let date = date.filter(|date| (1..=9999).contains(&date.year()));
    date.ok_or_else(|| error("date value out of range"))
}

/// A field given, or the one that is there.
pub(super) fn field(value: &Option<Value>, present: u32) -> Outcome<i64> {
    value.as_ref().map_or(Ok(i64::from(present)), whole)
}

impl Object for Date {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "year" => Value::from(self.0.year()),
            "month" => Value::from(self.0.month()),
            "day" => Value::from(self.0.day()),
            _ => method_or(self, METHODS, key, || undefined_attribute("datetime.date", key)),
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        match name {
            "isoformat" => Ok(Value::from(self.iso())),
            "strftime" => Ok(Value::from(self.format(&to_str(arguments.one("strftime")?)))),
            "ctime" => Ok(Value::from(self.format("%a %b %e 00:00:00 %Y"))),
            "replace" => {
                let [year, month, date] = arguments.bind("replace", ["year", "month", "day"], 0)?;
                let year = year.as_ref().map_or(Ok(i64::from(self.0.year())), whole)?;
                let date = day(year, field(&month, self.0.month())?, field(&date, self.0.day())?)?;
                Ok(Value::from_object(Date(date)))
            }
            _ => shared(self.0, name).ok_or_else(|| unsupported_attribute("datetime.date", name)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Date>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iso())
    }
}
