//! What a plain YAML scalar means: the implicit types of YAML 1.1 as PyYAML resolves them.
//!
//! Source of the rules: PyYAML's `resolver.py` and `constructor.py` (SafeLoader), which dbt reads every file with. They
//! differ from YAML 1.2 (`yes` is true, `010` is 8, `12:30` is 750, `1e3` is text) and from YAML 1.1's own text in places.
//! Only plain scalars are resolved; quoted and block scalars are always text.

use chrono::{NaiveDate, NaiveDateTime};
use num_bigint::BigInt;

/// What a plain scalar stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Nothing, `~`, `null`
    Null,
    /// `true`, `yes`, `on` and their opposites
    Bool(bool),
    /// A whole number: decimal, `0b`, `0x`, octal with a leading `0`, or base 60 (`12:30`)
    Int(i64),
    /// A whole number that 64 bits do not hold
    BigInt(BigInt),
    /// A number with a point
    Float(f64),
    /// `2024-01-31`
    Date(NaiveDate),
    /// `2024-01-31 12:30:00`, with the offset from UTC in seconds where one is written
    DateTime {
        /// Date and time of day as written
        local: NaiveDateTime,
        /// Seconds east of UTC; nothing when the scalar names no zone
        offset: Option<i32>,
    },
    /// `<<`, which merges mappings where it is a key
    Merge,
    /// `=`, which PyYAML's safe loader refuses
    Value,
    /// A date or time that does not exist, with Python's text of the error
    Invalid(String),
    /// Text
    String,
}

/// What a plain scalar means.
pub fn resolve(plain: &str) -> Scalar {
    let Some(first) = plain.bytes().next() else { return Scalar::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(plain),
        b'-' | b'+' | b'.' | b'0'..=b'9' => number(plain),
        b'<' if plain == "<<" => Scalar::Merge,
        b'=' if plain == "=" => Scalar::Value,
        _ => Scalar::String,
    }
}

fn word(plain: &str) -> Scalar {
    match plain {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::String,
    }
}

fn number(plain: &str) -> Scalar {
    let (negative, digits) = match plain.as_bytes()[0] {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    float(plain, digits, negative)
        .or_else(|| int(digits, negative))
        .or_else(|| if digits.len() == plain.len() { timestamp(plain) } else { None })
        .unwrap_or(Scalar::String)
}

/// Numbers with a point. A sign is not allowed before a bare `.5`, and an exponent needs a sign of its own.
fn float(plain: &str, digits: &str, negative: bool) -> Option<Scalar> {
    let signed = |number: f64| Scalar::Float(if negative { -number } else { number });
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(signed(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if plain == digits => return Some(Scalar::Float(f64::NAN)),
        _ => {}
    }
    let (whole, rest) = digits.split_once('.')?;
    if whole.contains(':') {
        let is_fraction = rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        return is_fraction.then(|| sexagesimal(digits)).flatten().map(signed);
    }
    if !(is_digits(whole) || whole.is_empty() && plain == digits && starts_with_digit(rest)) {
        return None;
    }
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(index) => (&rest[..index], Some(&rest[index + 1..])),
        None => (rest, None),
    };
    let is_exponent = |text: &str| {
        text.starts_with(['+', '-']) && text.len() > 1 && text[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_fraction = fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !is_fraction || !exponent.is_none_or(is_exponent) {
        return None;
    }
    digits.replace('_', "").parse().ok().map(signed)
}

/// `1:30:00.5`, groups of base 60 with a fraction.
fn sexagesimal(digits: &str) -> Option<f64> {
    let mut total = 0.0;
    for (index, group) in digits.split(':').enumerate() {
        let whole = group.split('.').next().unwrap_or_default();
        if index == 0 && !is_digits(whole) || index > 0 && !is_sixtieth(whole) {
            return None;
        }
        total = total * 60.0 + group.replace('_', "").parse::<f64>().ok()?;
    }
    Some(total)
}

fn int(digits: &str, negative: bool) -> Option<Scalar> {
    let of = |base: u32, text: &str, allowed: fn(u8) -> bool| {
        let valid = !text.is_empty() && text.bytes().all(|byte| allowed(byte) || byte == b'_');
        if valid { BigInt::parse_bytes(text.replace('_', "").as_bytes(), base) } else { None }
    };
    let number = match digits.as_bytes() {
        [] => None,
        [b'0'] => Some(BigInt::ZERO),
        [b'0', b'b', ..] => of(2, &digits[2..], |byte| matches!(byte, b'0' | b'1')),
        [b'0', b'x', ..] => of(16, &digits[2..], |byte| byte.is_ascii_hexdigit()),
        [b'0', ..] => of(8, digits, |byte| matches!(byte, b'0'..=b'7')),
        [b'1'..=b'9', ..] if digits.contains(':') => return sixty(digits, negative),
        [b'1'..=b'9', ..] if digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            return digits.parse().ok().map(|number: i64| Scalar::Int(if negative { -number } else { number }));
        }
        [b'1'..=b'9', ..] => of(10, digits, |byte| byte.is_ascii_digit()),
        _ => None,
    }?;
    let number = if negative { -number } else { number };
    Some(i64::try_from(&number).map_or(Scalar::BigInt(number), Scalar::Int))
}

/// `12:30`, whole groups of base 60.
fn sixty(digits: &str, negative: bool) -> Option<Scalar> {
    let mut total = BigInt::ZERO;
    for (index, group) in digits.split(':').enumerate() {
        if index == 0 && !is_digits(group) || index > 0 && !is_sixtieth(group) {
            return None;
        }
        total = total * 60 + BigInt::parse_bytes(group.replace('_', "").as_bytes(), 10)?;
    }
    let total = if negative { -total } else { total };
    Some(i64::try_from(&total).map_or(Scalar::BigInt(total), Scalar::Int))
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

/// A digit, then digits and underscores.
fn is_digits(text: &str) -> bool {
    starts_with_digit(text) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// `0` to `59`, with or without a leading zero.
fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [ten, digit] => matches!(ten, b'0'..=b'5') && digit.is_ascii_digit(),
        _ => false,
    }
}

/// A reader of fixed-width numbers in a date or time.
struct Fields<'a> {
    rest: &'a [u8],
}

impl Fields<'_> {
    /// A number of `least` to `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if count < least {
            return None;
        }
        let (number, rest) = self.rest.split_at(count);
        self.rest = rest;
        std::str::from_utf8(number).ok()?.parse().ok()
    }

    fn skip(&mut self, byte: u8) -> Option<()> {
        let rest = self.rest.strip_prefix(&[byte])?;
        self.rest = rest;
        Some(())
    }

    fn skip_spaces(&mut self) -> usize {
        let count = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.rest = &self.rest[count..];
        count
    }
}

fn timestamp(plain: &str) -> Option<Scalar> {
    let mut fields = Fields { rest: plain.as_bytes() };
    let year = fields.digits(4, 4)?;
    fields.skip(b'-')?;
    let month = fields.digits(1, 2)?;
    fields.skip(b'-')?;
    let day = fields.digits(1, 2)?;
    if fields.rest.is_empty() {
        return (plain.len() == 10).then(|| match date(year, month, day) {
            Ok(date) => Scalar::Date(date),
            Err(message) => Scalar::Invalid(message),
        });
    }
    if fields.skip(b'T').or_else(|| fields.skip(b't')).is_none() && fields.skip_spaces() == 0 {
        return None;
    }
    let hour = fields.digits(1, 2)?;
    fields.skip(b':')?;
    let minute = fields.digits(2, 2)?;
    fields.skip(b':')?;
    let second = fields.digits(2, 2)?;
    let micro = fraction(&mut fields);
    let offset = offset(&mut fields)?;
    Some(match date_time(date(year, month, day), hour, minute, second, micro) {
        Ok(local) => Scalar::DateTime { local, offset },
        Err(message) => Scalar::Invalid(message),
    })
}

/// The fraction of a second as microseconds; digits beyond the sixth are dropped.
fn fraction(fields: &mut Fields<'_>) -> u32 {
    if fields.skip(b'.').is_none() {
        return 0;
    }
    let count = fields.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = fields.rest.split_at(count);
    fields.rest = rest;
    digits
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'))
        .take(6)
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

/// The zone at the end: nothing, `Z` or `+hh[:mm]`. The outer option says whether the text is a time at all.
fn offset(fields: &mut Fields<'_>) -> Option<Option<i32>> {
    let spaces = fields.skip_spaces();
    if fields.rest.is_empty() {
        return (spaces == 0).then_some(None);
    }
    if fields.rest == b"Z" {
        return Some(Some(0));
    }
    let sign = if fields.skip(b'-').is_some() {
        -1
    } else {
        fields.skip(b'+')?;
        1
    };
    let hours = fields.digits(1, 2)?;
    let minutes = if fields.skip(b':').is_some() { fields.digits(2, 2)? } else { 0 };
    fields.rest.is_empty().then(|| Some(sign * (hours * 3600 + minutes * 60) as i32))
}

fn date(year: u32, month: u32, day: u32) -> Result<NaiveDate, String> {
    if year == 0 {
        return Err("year 0 is out of range".to_string());
    }
    if !(1..=12).contains(&month) {
        return Err("month must be in 1..12".to_string());
    }
    NaiveDate::from_ymd_opt(year as i32, month, day).ok_or_else(|| "day is out of range for month".to_string())
}

fn date_time(
    date: Result<NaiveDate, String>,
    hour: u32,
    minute: u32,
    second: u32,
    micro: u32,
) -> Result<NaiveDateTime, String> {
    let wrong = match (hour, minute, second) {
        (24.., _, _) => "hour must be in 0..23",
        (_, 60.., _) => "minute must be in 0..59",
        _ => "second must be in 0..59",
    };
    date?.and_hms_micro_opt(hour, minute, second, micro).ok_or_else(|| wrong.to_string())
}

#[cfg(test)]
#[path = "yaml_scalar_tests.rs"]
mod tests;
