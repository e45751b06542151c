//! `strftime` as Python has it on Linux, in the C locale.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::datetime::DateTime;
use super::time::{Time, micros};
use super::zone::{Zone, offset_text};

/// What is to be written.
pub(super) struct Moment<'a> {
    local: NaiveDateTime,
    zone: Option<&'a Zone>,
}

impl<'a> Moment<'a> {
    pub(super) fn of_date(date: NaiveDate) -> Moment<'static> {
        Moment { local: date.and_time(chrono::NaiveTime::MIN), zone: None }
    }

    pub(super) fn of_datetime(datetime: &'a DateTime) -> Moment<'a> {
        Moment { local: datetime.local, zone: datetime.zone.as_ref() }
    }

    /// Python takes the first day of 1900 for a bare time.
    pub(super) fn of_time(time: &'a Time) -> Moment<'a> {
        let date = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
        Moment { local: date.and_time(time.time), zone: time.zone.as_ref() }
    }
}

/// Writes a moment by a format of `%` directives; unknown ones stay as they are.
pub(super) fn strftime(moment: &Moment<'_>, format: &str) -> String {
    let mut out = String::with_capacity(format.len() * 2);
    let mut rest = format;
    while let Some(index) = rest.find('%') {
        out.push_str(&rest[..index]);
        rest = &rest[index + 1..];
        let flag = rest.chars().next().filter(|flag| matches!(flag, '-' | '_' | '0' | '^' | '#'));
        let after = &rest[flag.map_or(0, char::len_utf8)..];
        let Some(directive) = after.chars().next() else {
            out.push('%');
            break;
        };
        match directive_text(moment, directive, flag) {
            Some(text) => {
                out.push_str(&if flag == Some('^') { text.to_uppercase() } else { text });
                rest = &after[directive.len_utf8()..];
            }
            None => out.push('%'),
        }
    }
    out + rest
}

/// A number filled with zeros, or as the flag says.
fn padded(number: impl std::fmt::Display, width: usize, flag: Option<char>) -> String {
    match flag {
        Some('-') => number.to_string(),
        Some('_') => format!("{number:>width$}"),
        _ => format!("{number:0>width$}"),
    }
}

fn directive_text(moment: &Moment<'_>, directive: char, flag: Option<char>) -> Option<String> {
    let local = moment.local;
    let number = |number: u32, width: usize| padded(number, width, flag);
    let spaced = |number: u32| if flag.is_some() { padded(number, 2, flag) } else { format!("{number:>2}") };
    let nested = |format: &str| strftime(moment, format);
    let hour = if local.hour().is_multiple_of(12) { 12 } else { local.hour() % 12 };
    let week = local.date().iso_week();
    let days = local.ordinal0();
    Some(match directive {
        'Y' => local.year().to_string(),
        'm' => number(local.month(), 2),
        'd' => number(local.day(), 2),
        'H' => number(local.hour(), 2),
        'I' => number(hour, 2),
        'M' => number(local.minute(), 2),
        'S' => number(local.second(), 2),
        'f' => format!("{:06}", micros(local.time())),
        'y' => number(local.year().rem_euclid(100).unsigned_abs(), 2),
        'j' => number(local.ordinal(), 3),
        'e' => spaced(local.day()),
        'k' => spaced(local.hour()),
        'l' => spaced(hour),
        'a' => local.format("%a").to_string(),
        'A' => local.format("%A").to_string(),
        'b' | 'h' => local.format("%b").to_string(),
        'B' => local.format("%B").to_string(),
        'p' => if local.hour() < 12 { "AM" } else { "PM" }.to_string(),
        'P' => if local.hour() < 12 { "am" } else { "pm" }.to_string(),
        'w' => local.weekday().num_days_from_sunday().to_string(),
        'u' => local.weekday().number_from_monday().to_string(),
        'U' => number((days + 7 - local.weekday().num_days_from_sunday()) / 7, 2),
        'W' => number((days + 7 - local.weekday().num_days_from_monday()) / 7, 2),
        'V' => number(week.week(), 2),
        'G' => week.year().to_string(),
        'g' => number(week.year().rem_euclid(100).unsigned_abs(), 2),
        'C' => number((local.year() / 100).unsigned_abs(), 2),
        'D' | 'x' => nested("%m/%d/%y"),
        'F' => nested("%Y-%m-%d"),
        'T' | 'X' => nested("%H:%M:%S"),
        'R' => nested("%H:%M"),
        'r' => nested("%I:%M:%S %p"),
        'c' => nested("%a %b %e %H:%M:%S %Y"),
        's' => local.and_utc().timestamp().to_string(),
        'n' => "\n".to_string(),
        't' => "\t".to_string(),
        '%' => "%".to_string(),
        'z' => moment.zone.map_or_else(String::new, |zone| offset_text(zone.offset(), "")),
        'Z' => {
            let mut name = String::new();
            if let Some(zone) = moment.zone.and_then(Zone::name) {
                let _ = write!(name, "{zone}");
            }
            name
        }
        _ => return None,
    })
}
