//! What an unquoted scalar means.
//!
//! Owns the resolution of plain text to a value by PyYAML's rules (`yaml/resolver.py`, `yaml/constructor.py`): YAML 1.1
//! with PyYAML's own gaps, such as `1e3` being text. Never sees quoted text.

use super::YamlDateTime;
use chrono::{FixedOffset, NaiveDate};
use num_bigint::BigInt;

/// The meaning of a plain scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum PlainScalar {
    /// `~`, `null` or nothing.
    Null,
    /// `yes`, `true`, `on` and their opposites.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// A larger whole number.
    BigInt(BigInt),
    /// A number with a point.
    Float(f64),
    /// A date.
    Date(NaiveDate),
    /// A point in time.
    DateTime(YamlDateTime),
    /// The key `<<`.
    Merge,
    /// Everything else: the text itself.
    Text,
}

/// A plain scalar that looks like a value of some type and is none: Python raises, and so dbt stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalarError {
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
}

/// The meaning of the plain scalar `text`.
///
/// # Errors
/// A date that does not exist, a number without digits (`0x_`), and the lone `=`, which PyYAML refuses.
pub fn resolve(text: &str) -> Result<PlainScalar, ScalarError> {
    let Some(first) = text.bytes().next() else { return Ok(PlainScalar::Null) };
    Ok(match first {
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => word(text),
        b'<' if text == "<<" => PlainScalar::Merge,
        b'=' if text == "=" => {
            return Err(ScalarError {
                message: "could not determine a constructor for the tag 'tag:yaml.org,2002:value'".to_owned(),
            });
        }
        b'-' | b'+' | b'.' | b'0'..=b'9' => match float(text) {
            Some(value) => PlainScalar::Float(value),
            None => match integer(text)? {
                Some(value) => value,
                None => timestamp(text)?.unwrap_or(PlainScalar::Text),
            },
        },
        _ => PlainScalar::Text,
    })
}

fn word(text: &str) -> PlainScalar {
    match text {
        "~" | "null" | "Null" | "NULL" => PlainScalar::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => PlainScalar::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => PlainScalar::Bool(false),
        _ => PlainScalar::Text,
    }
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn all(text: &str, accepts: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(accepts)
}

fn digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

fn float(text: &str) -> Option<f64> {
    let (negative, unsigned) = sign(text);
    let signed = |value: f64| if negative { -value } else { value };
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(signed(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(f64::NAN),
        _ => {}
    }
    let point = unsigned.find('.')?;
    let (whole, rest) = (&unsigned[..point], &unsigned[point + 1..]);
    if whole.contains(':') {
        return (starts_with_digit(whole) && is_sexagesimal(whole) && all(rest, digit_or_underscore))
            .then(|| signed(sexagesimal_float(whole, rest)));
    }
    let fraction_end = rest.bytes().position(|byte| !digit_or_underscore(byte)).unwrap_or(rest.len());
    let (fraction, exponent) = rest.split_at(fraction_end);
    // A number that begins with its point takes no sign and needs a digit behind the point.
    let mantissa = if whole.is_empty() {
        unsigned.len() == text.len() && starts_with_digit(fraction)
    } else {
        starts_with_digit(whole) && all(whole, digit_or_underscore)
    };
    if !mantissa || !is_exponent(exponent) {
        return None;
    }
    unsigned.replace('_', "").parse().ok().map(signed)
}

fn is_exponent(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return text.is_empty() };
    rest.strip_prefix(['-', '+']).is_some_and(|digits| !digits.is_empty() && all(digits, |byte| byte.is_ascii_digit()))
}

/// Groups behind the first hold one or two digits, the first of two below six.
fn is_sexagesimal(text: &str) -> bool {
    let mut groups = text.split(':');
    let first = groups.next().unwrap_or_default();
    all(first, digit_or_underscore)
        && groups.all(|group| match group.as_bytes() {
            [one] => one.is_ascii_digit(),
            [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
            _ => false,
        })
}

fn sexagesimal_float(whole: &str, fraction: &str) -> f64 {
    let text = format!("{whole}.{fraction}").replace('_', "");
    text.split(':').fold(0.0, |sum, group| sum * 60.0 + group.parse::<f64>().unwrap_or(0.0))
}

fn integer(text: &str) -> Result<Option<PlainScalar>, ScalarError> {
    let (negative, unsigned) = sign(text);
    let (digits, radix) = if let Some(digits) = unsigned.strip_prefix("0b") {
        (digits, (!digits.is_empty() && all(digits, |byte| matches!(byte, b'0' | b'1' | b'_'))).then_some(2))
    } else if let Some(digits) = unsigned.strip_prefix("0x") {
        (digits, (!digits.is_empty() && all(digits, |byte| byte.is_ascii_hexdigit() || byte == b'_')).then_some(16))
    } else if unsigned == "0" {
        (unsigned, Some(10))
    } else if let Some(digits) = unsigned.strip_prefix('0') {
        (unsigned, (!digits.is_empty() && all(digits, |byte| matches!(byte, b'0'..=b'7' | b'_'))).then_some(8))
    } else if !starts_with_digit(unsigned) {
        (unsigned, None)
    } else if unsigned.contains(':') {
        return Ok(is_sexagesimal(unsigned).then(|| sexagesimal(negative, unsigned)));
    } else {
        (unsigned, all(unsigned, digit_or_underscore).then_some(10))
    };
    let Some(radix) = radix else { return Ok(None) };
    let digits = digits.replace('_', "");
    match BigInt::parse_bytes(digits.as_bytes(), radix) {
        Some(value) => Ok(Some(whole(if negative { -value } else { value }))),
        None => Err(ScalarError { message: format!("invalid literal for int() with base {radix}: '{digits}'") }),
    }
}

fn sexagesimal(negative: bool, text: &str) -> PlainScalar {
    let text = text.replace('_', "");
    let groups = text.split(':').filter_map(|group| BigInt::parse_bytes(group.as_bytes(), 10));
    let value = groups.fold(BigInt::from(0), |sum, group| sum * 60 + group);
    whole(if negative { -value } else { value })
}

fn whole(value: BigInt) -> PlainScalar {
    i64::try_from(&value).map_or(PlainScalar::BigInt(value), PlainScalar::Int)
}

/// Reads digits off the front of a timestamp.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        Some(digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    }

    fn take(&mut self, accepts: impl Fn(u8) -> bool) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        accepts(*first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn skip_blanks(&mut self) {
        while self.take(|byte| byte == b' ' || byte == b'\t').is_some() {}
    }
}

fn timestamp(text: &str) -> Result<Option<PlainScalar>, ScalarError> {
    let Some(fields) = timestamp_fields(text) else { return Ok(None) };
    let wrong = |what: &str| ScalarError { message: format!("{what}: '{text}'") };
    let date = NaiveDate::from_ymd_opt(fields.year, fields.month, fields.day)
        .filter(|_| fields.year > 0)
        .ok_or_else(|| wrong("this date does not exist"))?;
    let Some((hour, minute, second, microsecond)) = fields.time else { return Ok(Some(PlainScalar::Date(date))) };
    let naive =
        date.and_hms_micro_opt(hour, minute, second, microsecond).ok_or_else(|| wrong("no such time of day"))?;
    let offset = match fields.offset_seconds {
        Some(seconds) => Some(FixedOffset::east_opt(seconds).ok_or_else(|| wrong("no such offset from UTC"))?),
        None => None,
    };
    Ok(Some(PlainScalar::DateTime(YamlDateTime { naive, offset })))
}

struct TimestampFields {
    year: i32,
    month: u32,
    day: u32,
    time: Option<(u32, u32, u32, u32)>,
    offset_seconds: Option<i32>,
}

fn timestamp_fields(text: &str) -> Option<TimestampFields> {
    let mut cursor = Cursor(text.as_bytes());
    let year = i32::try_from(cursor.digits(4, 4)?).ok()?;
    cursor.take(|byte| byte == b'-')?;
    let month = cursor.digits(1, 2)?;
    cursor.take(|byte| byte == b'-')?;
    let day = cursor.digits(1, 2)?;
    if cursor.0.is_empty() {
        // A date alone needs all its digits.
        return (text.len() == 10).then_some(TimestampFields { year, month, day, time: None, offset_seconds: None });
    }
    if cursor.take(|byte| byte == b'T' || byte == b't').is_none() {
        cursor.take(|byte| byte == b' ' || byte == b'\t')?;
        cursor.skip_blanks();
    }
    let hour = cursor.digits(1, 2)?;
    cursor.take(|byte| byte == b':')?;
    let minute = cursor.digits(2, 2)?;
    cursor.take(|byte| byte == b':')?;
    let second = cursor.digits(2, 2)?;
    let microsecond = if cursor.take(|byte| byte == b'.').is_some() { fraction(&mut cursor) } else { 0 };
    let offset_seconds = offset(&mut cursor)?;
    let time = Some((hour, minute, second, microsecond));
    cursor.0.is_empty().then_some(TimestampFields { year, month, day, time, offset_seconds })
}

/// Microseconds; digits behind the sixth are cut off.
fn fraction(cursor: &mut Cursor<'_>) -> u32 {
    let mut microsecond = 0;
    let mut scale = 100_000;
    while let Some(digit) = cursor.take(|byte| byte.is_ascii_digit()) {
        microsecond += u32::from(digit - b'0') * scale;
        scale /= 10;
    }
    microsecond
}

/// `None`: not an offset. `Some(None)`: nothing is written.
fn offset(cursor: &mut Cursor<'_>) -> Option<Option<i32>> {
    if cursor.0.is_empty() {
        return Some(None);
    }
    cursor.skip_blanks();
    let negative = match cursor.take(|byte| matches!(byte, b'Z' | b'-' | b'+'))? {
        b'Z' => return Some(Some(0)),
        byte => byte == b'-',
    };
    let hours = i32::try_from(cursor.digits(1, 2)?).ok()?;
    let minutes = match cursor.take(|byte| byte == b':') {
        Some(_) => i32::try_from(cursor.digits(2, 2)?).ok()?,
        None => 0,
    };
    let seconds = hours * 3600 + minutes * 60;
    Some(Some(if negative { -seconds } else { seconds }))
}
