//! `datetime.strptime`: times read by a format of `%` directives, in the C locale.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};
use fancy_regex::Regex;

use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::repr;
use minijinja::value::Value;

use super::date::day;
use super::datetime::DateTime;
use super::time::clock;
use super::zone::{Zone, fixed};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What a directive matches.
fn pattern(directive: char) -> Option<String> {
    let names = |names: &[&str], length: usize| {
        names.iter().map(|name| if length == 0 { *name } else { &name[..length] }).collect::<Vec<_>>().join("|")
    };
    Some(match directive {
        'Y' | 'G' => r"\d\d\d\d".to_string(),
        'm' => "1[0-2]|0[1-9]|[1-9]".to_string(),
        'd' => r"3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9]".to_string(),
        'H' => r"2[0-3]|[0-1]\d|\d".to_string(),
        'I' => "1[0-2]|0[1-9]|[1-9]".to_string(),
        'M' => r"[0-5]\d|\d".to_string(),
        'S' => r"6[0-1]|[0-5]\d|\d".to_string(),
        'f' => "[0-9]{1,6}".to_string(),
        'y' => r"\d\d".to_string(),
        'j' => r"36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]".to_string(),
        'w' => "[0-6]".to_string(),
        'u' => "[1-7]".to_string(),
        'U' | 'W' => r"5[0-3]|[0-4]\d|\d".to_string(),
        'V' => r"5[0-3]|0[1-9]|[1-4]\d|\d".to_string(),
        'a' => names(&DAYS, 3),
        'A' => names(&DAYS, 0),
        'b' => names(&MONTHS, 3),
        'B' => names(&MONTHS, 0),
        'p' => "am|pm".to_string(),
        'z' => r"[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|z".to_string(),
        'Z' => "utc|gmt|[a-z]{3,5}".to_string(),
        _ => return None,
    })
}

fn expanded(directive: char) -> Option<&'static str> {
    Some(match directive {
        'c' => "%a %b %d %H:%M:%S %Y",
        'x' => "%m/%d/%y",
        'X' => "%H:%M:%S",
        _ => return None,
    })
}

/// The regular expression of a format, and its directives in order.
fn compile(format: &str, source: &mut String, groups: &mut Vec<char>) -> Outcome<()> {
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            while characters.next_if(|next| next.is_whitespace()).is_some() {}
            source.push_str(r"\s+");
            continue;
        }
        if character != '%' {
            source.push_str(&fancy_regex::escape(&character.to_string()));
            continue;
        }
        let stray = || error(format!("stray %% in format {}", repr(&Value::from(format))).replace("%%", "%"));
        let directive = characters.next().ok_or_else(stray)?;
        if directive == '%' {
            source.push('%');
        } else if let Some(format) = expanded(directive) {
            compile(format, source, groups)?;
        } else if let Some(pattern) = pattern(directive) {
            source.push_str(&format!("({pattern})"));
            groups.push(directive);
        } else {
            let shown = repr(&Value::from(format));
            return Err(error(format!("'{directive}' is a bad directive in format {shown}")));
        }
    }
    Ok(())
}

/// `datetime.strptime(text, format)`
pub(super) fn strptime(text: &str, format: &str) -> Outcome<DateTime> {
    let (mut source, mut groups) = ("(?i)^".to_string(), Vec::new());
    compile(format, &mut source, &mut groups)?;
    let regex = Regex::new(&source).map_err(|failure| error(failure.to_string()))?;
    let found = regex.captures(text).ok().flatten();
    let Some(found) = found else {
        let (text, format) = (repr(&Value::from(text)), repr(&Value::from(format)));
        return Err(error(format!("time data {text} does not match format {format}")));
    };
    let end = found.get(0).map_or(0, |whole| whole.end());
    if end < text.len() {
        return Err(error(format!("unconverted data remains: {}", &text[end..])));
    }
    let value = |index: usize| found.get(index + 1).map_or("", |part| part.as_str()).to_ascii_lowercase();
    let fields: HashMap<char, String> =
        groups.iter().enumerate().map(|(index, directive)| (*directive, value(index))).collect();
    Fields(fields).resolve()
}

/// The matched text of each directive, in lower case.
struct Fields(HashMap<char, String>);

impl Fields {
    fn number(&self, directive: char) -> Option<i64> {
        self.0.get(&directive).and_then(|text| text.trim().parse().ok())
    }

    fn name(&self, directive: char, names: &[&str]) -> Option<i64> {
        let text = self.0.get(&directive)?;
        names.iter().position(|name| name.starts_with(text.as_str())).map(|index| index as i64)
    }

    fn year(&self) -> i64 {
        match (self.number('Y'), self.number('y')) {
            (Some(year), _) => year,
            (None, Some(short)) => short + if short <= 68 { 2000 } else { 1900 },
            (None, None) => 1900,
        }
    }

    fn hour(&self) -> i64 {
        match (self.number('H'), self.number('I')) {
            (None, Some(hour)) => {
                let afternoon = self.0.get(&'p').is_some_and(|half| half == "pm");
                hour % 12 + if afternoon { 12 } else { 0 }
            }
            (hour, _) => hour.unwrap_or(0),
        }
    }

    fn weekday(&self) -> Option<i64> {
        let sunday_first = self.number('w').map(|number| (number + 6) % 7);
        let named = self.name('a', &DAYS).or_else(|| self.name('A', &DAYS));
        sunday_first.or_else(|| self.number('u').map(|number| number - 1)).or(named)
    }

    fn date(&self) -> Outcome<NaiveDate> {
        let out_of_range = || error("day is out of range for month");
        if let (Some(year), Some(week), Some(weekday)) = (self.number('G'), self.number('V'), self.weekday()) {
            let weekday = Weekday::try_from(weekday as u8).unwrap_or(Weekday::Mon);
            return NaiveDate::from_isoywd_opt(year as i32, week as u32, weekday).ok_or_else(out_of_range);
        }
        if let Some(ordinal) = self.number('j') {
            return NaiveDate::from_yo_opt(self.year() as i32, ordinal as u32).ok_or_else(out_of_range);
        }
        let week = self.number('U').map(|week| (week, 6)).or_else(|| self.number('W').map(|week| (week, 0)));
        if let (Some((week, first)), Some(weekday)) = (week, self.weekday()) {
            let start = day(self.year(), 1, 1)?;
            // The first week is the one that starts with the year's first `first`; days before it are in week 0.
            let ahead = (first - i64::from(start.weekday().num_days_from_monday())).rem_euclid(7);
            let days = ahead + (week - 1) * 7 + (weekday - first).rem_euclid(7);
            return start.checked_add_signed(chrono::TimeDelta::days(days)).ok_or_else(out_of_range);
        }
        let month = self.name('b', &MONTHS).or_else(|| self.name('B', &MONTHS)).map(|index| index + 1);
        day(self.year(), month.or_else(|| self.number('m')).unwrap_or(1), self.number('d').unwrap_or(1))
    }

    fn zone(&self) -> Option<Zone> {
        let text = self.0.get(&'z')?;
        if text == "z" {
            return Some(Zone::Utc);
        }
        let digits: Vec<i32> = text
            .bytes()
            .take_while(|byte| *byte != b'.')
            .filter(u8::is_ascii_digit)
            .map(|digit| i32::from(digit - b'0'))
            .collect();
        let pair = |index: usize| match digits.get(index..index + 2) {
            Some(pair) => pair[0] * 10 + pair[1],
            None => 0,
        };
        let seconds = pair(0) * 3600 + pair(2) * 60 + pair(4);
        Some(fixed(if text.starts_with('-') { -seconds } else { seconds }))
    }

    fn resolve(&self) -> Outcome<DateTime> {
        let micro = self.0.get(&'f').and_then(|digits| format!("{digits:0<6}").parse().ok()).unwrap_or(0);
        let (minute, second) = (self.number('M').unwrap_or(0), self.number('S').unwrap_or(0));
        let time = clock(self.hour(), minute, second, micro)?;
        Ok(DateTime { local: self.date()?.and_time(time), zone: self.zone() })
    }
}
