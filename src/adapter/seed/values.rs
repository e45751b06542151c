//! What a text may be by agate's rules, which are Python's: `decimal.Decimal`, `strptime`, and isodate's formats.

use std::cmp::Ordering;

/// A type that a column may have, in the order in which dbt prefers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hypothesis {
    /// Holds for columns without any value, because texts are never integers to dbt.
    Integer,
    Number,
    Date,
    DateTime,
    IsoDateTime,
    Boolean,
    Text,
}

impl Hypothesis {
    pub(super) const IN_ORDER: [Hypothesis; 7] = [
        Hypothesis::Integer,
        Hypothesis::Number,
        Hypothesis::Date,
        Hypothesis::DateTime,
        Hypothesis::IsoDateTime,
        Hypothesis::Boolean,
        Hypothesis::Text,
    ];

    /// Whether a value does not speak against this type.
    pub(super) fn admits(self, value: &str) -> bool {
        let stripped = strip(value);
        match self {
            Hypothesis::Integer => false,
            Hypothesis::Text => true,
            Hypothesis::Boolean => {
                let word = strip(&value.replace(',', "")).to_lowercase();
                matches!(word.as_str(), "" | "null" | "true" | "false")
            }
            _ if is_null(stripped) => true,
            Hypothesis::Number => number(stripped).is_some(),
            Hypothesis::Date => date(stripped),
            Hypothesis::DateTime => date_time(stripped),
            Hypothesis::IsoDateTime => iso_date_time(stripped),
        }
    }
}

fn is_null(stripped: &str) -> bool {
    stripped.is_empty() || stripped.eq_ignore_ascii_case("null")
}

/// Python's `str.strip`: white space, and four separators that Unicode does not count as such.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// agate's list, from xe.com.
const CURRENCIES: [char; 19] =
    ['؋', '$', 'ƒ', '៛', '¥', '₡', '₱', '£', '€', '¢', '﷼', '₪', '₩', '₭', '₮', '₦', '฿', '₤', '₫'];

/// A number as its digits without zeros at either end, and the exponent of the last one.
struct Digits {
    /// Significant digits, at most those that Python's decimal context keeps.
    count: i64,
    exponent: i64,
}

/// Digits that Python's decimals keep.
const CONTEXT_PRECISION: i64 = 28;

/// Reads a number; `Some(None)` is one without digits (`nan`, `inf`).
fn number(stripped: &str) -> Option<Option<Digits>> {
    let text = stripped.trim_matches('%');
    let mut text = text.strip_prefix('-').unwrap_or(text);
    for symbol in CURRENCIES {
        text = text.trim_matches(symbol);
    }
    let text = text.replace(',', "");
    decimal(strip(&text))
}

/// The grammar of `decimal.Decimal(text)`.
fn decimal(text: &str) -> Option<Option<Digits>> {
    let text = text.replace('_', "").to_lowercase();
    let text = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if matches!(text, "inf" | "infinity") {
        return Some(None);
    }
    if let Some(payload) = text.strip_prefix("nan") {
        return payload.chars().all(|c| c.is_ascii_digit()).then_some(None);
    }
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, integer(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    Some(Some(normalized(&format!("{whole}{fraction}"), exponent - fraction.len() as i64)))
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let valid = !digits.is_empty() && digits.len() < 16 && digits.chars().all(|c| c.is_ascii_digit());
    valid.then(|| text.parse().ok()).flatten()
}

/// `Decimal.normalize()`: rounded to the context's digits (half to even), without zeros at the end.
fn normalized(digits: &str, mut exponent: i64) -> Digits {
    let mut digits: Vec<u8> = digits.trim_start_matches('0').bytes().map(|byte| byte - b'0').collect();
    let keep = CONTEXT_PRECISION as usize;
    if digits.len() > keep {
        let rest = digits.split_off(keep);
        exponent += rest.len() as i64;
        let up = match rest.first().map(|first| first.cmp(&5)) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => {
                rest[1..].iter().any(|digit| *digit != 0) || digits.last().is_some_and(|digit| digit % 2 == 1)
            }
            _ => false,
        };
        if up {
            increment(&mut digits);
        }
    }
    while digits.last() == Some(&0) {
        digits.pop();
        exponent += 1;
    }
    if digits.is_empty() {
        return Digits { count: 1, exponent: 0 };
    }
    Digits { count: digits.len() as i64, exponent }
}

fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
}

/// agate's `MaxPrecision`: whether a column of numbers has digits behind the point (`1.0` has none).
#[derive(Debug)]
pub(super) struct Precision {
    whole: i64,
    decimals: i64,
}

impl Default for Precision {
    fn default() -> Self {
        Precision { whole: 1, decimals: 0 }
    }
}

impl Precision {
    pub(super) fn see(&mut self, value: &str) {
        let stripped = strip(value);
        if is_null(stripped) {
            return;
        }
        if let Some(Some(digits)) = number(stripped) {
            self.whole = self.whole.max(digits.count + digits.exponent);
            self.decimals = self.decimals.max(-digits.exponent);
        }
    }

    pub(super) fn has_decimals(&self) -> bool {
        let decimals = match self.whole + self.decimals > CONTEXT_PRECISION {
            true => CONTEXT_PRECISION - self.whole,
            false => self.decimals,
        };
        // Python takes a negative number for true, too.
        decimals != 0
    }
}

/// `strptime(text, "%Y-%m-%d")`.
fn date(text: &str) -> bool {
    matches!(leading_date(text), Some(""))
}

/// `strptime(text, "%Y-%m-%d %H:%M:%S")`: any white space between the two.
fn date_time(text: &str) -> bool {
    // The day may have one digit or two: a shorter match is right when the longer one leaves no space behind.
    let Some(rest) = leading_date(text) else { return false };
    let time = rest.trim_start();
    if time.len() == rest.len() {
        return false;
    }
    let mut parts = time.split(':');
    let (Some(hour), Some(minute), Some(second), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    two_digits(hour, 23) && two_digits(minute, 59) && two_digits(second, 59)
}

fn two_digits(text: &str, most: u32) -> bool {
    matches!(text.len(), 1 | 2)
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u32>().is_ok_and(|value| value <= most)
}

/// The text behind a date of a four-digit year and month and day of one or two digits.
fn leading_date(text: &str) -> Option<&str> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = digits(year)?;
    let rest = rest.strip_prefix('-')?;
    let (month, rest) = rest.split_once('-')?;
    if !matches!(month.len(), 1 | 2) {
        return None;
    }
    let month = digits(month)?;
    // `%d` also takes a space before its only digit.
    let padded = rest.strip_prefix(' ').filter(|rest| rest.starts_with(|c: char| ('1'..='9').contains(&c)));
    let body = padded.unwrap_or(rest);
    let most = if padded.is_some() { 1 } else { 2 };
    let length = body.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (day, rest) = body.split_at_checked(length)?;
    valid_date(year, month, digits(day)?).then_some(rest)
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn valid_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=9999).contains(&year) && (1..=days).contains(&day)
}

/// `isodate.parse_datetime`: one `T` between a date and a time in any format of ISO 8601.
fn iso_date_time(text: &str) -> bool {
    let mut parts = text.split('T');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(date), Some(time), None) => iso_date(date) && iso_time(time),
        _ => false,
    }
}

/// Dates by their shape: `9` stands for a digit.
fn iso_date(text: &str) -> bool {
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(digits).unwrap_or(0);
    // isodate takes a month of zero for January.
    let month = |value: u32| if value == 0 { 1 } else { value };
    match shape(text).as_str() {
        "9999-99-99" => valid_date(part(0..4), month(part(5..7)), part(8..10)),
        "99999999" => valid_date(part(0..4), month(part(4..6)), part(6..8)),
        "9999-99" => valid_date(part(0..4), month(part(5..7)), 1),
        "999999" => valid_date(part(0..4), month(part(4..6)), 1),
        "9999-W99-9" | "9999W999" | "9999-W99" | "9999W99" | "9999-999" | "9999999" | "9999" => part(0..4) >= 1,
        "99" => true,
        _ => false,
    }
}

fn iso_time(text: &str) -> bool {
    let (time, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    if !matches!(shape(zone).as_str(), "" | "Z" | "+99" | "-99" | "+99:99" | "-99:99" | "+9999" | "-9999") {
        return false;
    }
    let (body, fraction) = match time.find([',', '.']) {
        Some(at) => (&time[..at], Some(&time[at + 1..])),
        None => (time, None),
    };
    if fraction.is_some_and(|fraction| digits_only(fraction).is_none()) {
        return false;
    }
    let part = |range: std::ops::Range<usize>| body.get(range).and_then(digits);
    let (minute, second) = match shape(body).as_str() {
        "99:99:99" => (part(3..5), part(6..8)),
        "999999" => (part(2..4), part(4..6)),
        "99:99" => (part(3..5), None),
        "9999" => (part(2..4), None),
        "99" => (None, None),
        _ => return false,
    };
    part(0..2).is_some_and(|hour| hour < 24) && minute.unwrap_or(0) < 60 && second.unwrap_or(0) < 60
}

fn digits_only(text: &str) -> Option<()> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
}

/// The text with every digit as `9`.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}
