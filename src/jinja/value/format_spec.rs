//! Python's format specifications, `format(value, "<8.2f")`, and the printing of floats that they share with `%`.

use minijinja::value::{Value, ValueKind};
use num_bigint::BigInt;

use super::attribute::bare_type_name;
use super::error::{Outcome, error};
use super::number::Number;
use super::{decimal, temporal, text_of, to_str};

/// The widest field that a template may ask for.
const MAX_WIDTH: usize = 1_000_000;

/// A parsed format specification.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    pub fill: char,
    pub align: Option<char>,
    /// `-`, `+` or a space
    pub sign: char,
    pub has_sign: bool,
    pub alternate: bool,
    pub width: usize,
    /// `,` or `_`
    pub grouping: Option<char>,
    pub precision: Option<usize>,
    pub kind: Option<char>,
}

impl Default for Spec {
    fn default() -> Spec {
        Spec {
            fill: ' ',
            align: None,
            sign: '-',
            has_sign: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        }
    }
}

impl Spec {
    fn parse(text: &str, type_name: &str) -> Outcome<Spec> {
        let characters: Vec<char> = text.chars().collect();
        let mut spec = Spec::default();
        let mut rest = characters.as_slice();
        let is_align = |character: &char| matches!(character, '<' | '>' | '=' | '^');
        match rest {
            [fill, align, after @ ..] if is_align(align) => {
                (spec.fill, spec.align, rest) = (*fill, Some(*align), after);
            }
            [align, after @ ..] if is_align(align) => (spec.align, rest) = (Some(*align), after),
            _ => {}
        }
        if let [sign @ ('+' | '-' | ' '), after @ ..] = rest {
            (spec.sign, spec.has_sign, rest) = (*sign, true, after);
        }
        if let ['z', after @ ..] = rest {
            rest = after;
        }
        if let ['#', after @ ..] = rest {
            (spec.alternate, rest) = (true, after);
        }
        if let ['0', after @ ..] = rest {
            if spec.align.is_none() {
                spec.fill = '0';
                spec.align = (type_name != "str").then_some('=');
            }
            rest = after;
        }
        let width;
        (width, rest) = digits(rest)?;
        spec.width = width.unwrap_or(0);
        if let [grouping @ (',' | '_'), after @ ..] = rest {
            (spec.grouping, rest) = (Some(*grouping), after);
        }
        if let ['.', after @ ..] = rest {
            (spec.precision, rest) = digits(after)?;
            if spec.precision.is_none() {
                return Err(error("Format specifier missing precision"));
            }
        }
        match rest {
            [] => Ok(spec),
            [kind] => Ok(Spec { kind: Some(*kind), ..spec }),
            _ => Err(error(format!("Invalid format specifier '{text}' for object of type '{type_name}'"))),
        }
    }

    /// Puts sign and prefix before `body` and pads to the width; `default` is the alignment of the type.
    pub(crate) fn pad(&self, sign: &str, body: &str, default: char) -> String {
        let length = sign.chars().count() + body.chars().count();
        let missing = self.width.saturating_sub(length);
        let fill = |count: usize| std::iter::repeat_n(self.fill, count).collect::<String>();
        match self.align.unwrap_or(default) {
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", fill(missing)),
            _ => format!("{}{sign}{body}", fill(missing)),
        }
    }

    fn sign_text(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            (false, _) => "",
        }
    }

    /// Groups the digits of `body`, also those that zero padding adds.
    fn grouped(&self, sign: &str, body: &str, size: usize) -> String {
        let Some(separator) = self.grouping else { return body.to_string() };
        let end = body.find(|character: char| !character.is_ascii_hexdigit()).unwrap_or(body.len());
        let (whole, rest) = body.split_at(end);
        let mut digits = whole.to_string();
        if self.fill == '0' && self.align == Some('=') {
            let room = self.width.saturating_sub(sign.len() + rest.len());
            while group(&digits, separator, size).len() < room {
                digits.insert(0, '0');
                // A separator is never the first character.
                if group(&digits, separator, size).len() > room && group(&digits[1..], separator, size).len() >= room {
                    break;
                }
            }
        }
        group(&digits, separator, size) + rest
    }
}

fn digits(characters: &[char]) -> Outcome<(Option<usize>, &[char])> {
    let count = characters.iter().take_while(|character| character.is_ascii_digit()).count();
    if count == 0 {
        return Ok((None, characters));
    }
    let text: String = characters[..count].iter().collect();
    match text.parse::<usize>() {
        Ok(number) if number <= MAX_WIDTH => Ok((Some(number), &characters[count..])),
        _ => Err(error("Too many decimal digits in format string")),
    }
}

fn group(digits: &str, separator: char, size: usize) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// Python's `format(value, spec)`.
///
/// # Errors
/// A specification that the type does not take, with Python's text.
pub(crate) fn format_value(value: &Value, spec: &str) -> Outcome<String> {
    if spec.is_empty() {
        return Ok(to_str(value));
    }
    if let Some(text) = text_of(value) {
        return format_text(text, &Spec::parse(spec, "str")?);
    }
    if let Some(number) = Number::of(value) {
        let name = if value.kind() == ValueKind::Bool { "bool" } else { bare_type_name(value) };
        return format_number(number, &Spec::parse(spec, name)?, name);
    }
    if let Some(number) = value.downcast_object_ref::<decimal::Decimal>() {
        let spec = Spec::parse(spec, decimal::TYPE_NAME)?;
        return format_decimal(&number.0, &spec);
    }
    if let Some(formatted) = temporal::format(value, spec) {
        return formatted;
    }
    Err(error(format!("unsupported format string passed to {}.__format__", bare_type_name(value))))
}

fn unknown_code(kind: char, type_name: &str) -> minijinja::Error {
    error(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
}

fn format_text(text: &str, spec: &Spec) -> Outcome<String> {
    match spec {
        Spec { kind: Some(kind), .. } if *kind != 's' => return Err(unknown_code(*kind, "str")),
        Spec { has_sign: true, sign: ' ', .. } => return Err(error("Space not allowed in string format specifier")),
        Spec { has_sign: true, .. } => return Err(error("Sign not allowed in string format specifier")),
        Spec { alternate: true, .. } => {
            return Err(error("Alternate form (#) not allowed in string format specifier"));
        }
        Spec { align: Some('='), .. } => return Err(error("'=' alignment not allowed in string format specifier")),
        Spec { grouping: Some(mark), .. } => return Err(error(format!("Cannot specify '{mark}' with 's'."))),
        _ => {}
    }
    let body: String = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_string(),
    };
    Ok(spec.pad("", &body, '<'))
}

fn format_number(number: Number, spec: &Spec, type_name: &str) -> Outcome<String> {
    match (&number, spec.kind) {
        (Number::Float(float), kind) => format_float(*float, kind, spec, type_name),
        (_, Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%'))) => {
            format_float(number.to_f64(), Some(kind), spec, type_name)
        }
        (_, kind) => match number.to_big() {
            Some(number) => format_integer(&number, kind.unwrap_or('d'), spec, type_name),
            None => Err(unknown_code(kind.unwrap_or('d'), type_name)),
        },
    }
}

pub(crate) fn format_integer(number: &BigInt, kind: char, spec: &Spec, type_name: &str) -> Outcome<String> {
    if spec.precision.is_some() {
        return Err(error("Precision not allowed in integer format specifier"));
    }
    let negative = number.sign() == num_bigint::Sign::Minus;
    let magnitude = number.magnitude();
    let (body, prefix, size) = match kind {
        'd' | 'n' => (magnitude.to_str_radix(10), "", 3),
        'b' => (magnitude.to_str_radix(2), "0b", 4),
        'o' => (magnitude.to_str_radix(8), "0o", 4),
        'x' => (magnitude.to_str_radix(16), "0x", 4),
        'X' => (magnitude.to_str_radix(16).to_uppercase(), "0X", 4),
        'c' => {
            let code = u32::try_from(number).ok().and_then(char::from_u32);
            let character = code.ok_or_else(|| error("%c arg not in range(0x110000)"))?;
            return Ok(spec.pad("", &character.to_string(), '<'));
        }
        other => return Err(unknown_code(other, type_name)),
    };
    let prefix = if spec.alternate { prefix } else { "" };
    let sign = format!("{}{prefix}", spec.sign_text(negative));
    Ok(spec.pad(&sign, &spec.grouped(&sign, &body, size), '>'))
}

fn format_float(number: f64, kind: Option<char>, spec: &Spec, type_name: &str) -> Outcome<String> {
    let negative = number.is_sign_negative() && !number.is_nan();
    let body = match kind {
        Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n')) => {
            float_body(number.abs(), if kind == 'n' { 'g' } else { kind }, spec.precision, spec.alternate)
        }
        Some('%') => float_body(number.abs() * 100.0, 'f', spec.precision, spec.alternate) + "%",
        None => match spec.precision {
            Some(precision) => general(number.abs(), precision.max(1), spec.alternate, true),
            None => {
                let mut out = String::new();
                super::text::write_float(&mut out, number.abs());
                out
            }
        },
        Some(other) => return Err(unknown_code(other, type_name)),
    };
    let sign = spec.sign_text(negative);
    Ok(spec.pad(sign, &spec.grouped(sign, &body, 3), '>'))
}

/// A float that is not negative in the notation `e`, `f` or `g`; capital letters give capital letters.
pub(crate) fn float_body(number: f64, kind: char, precision: Option<usize>, alternate: bool) -> String {
    if !number.is_finite() {
        let text = if number.is_nan() { "nan" } else { "inf" };
        return if kind.is_ascii_uppercase() { text.to_uppercase() } else { text.to_string() };
    }
    let precision = precision.unwrap_or(6);
    let body = match kind.to_ascii_lowercase() {
        'f' => format!("{number:.precision$}"),
        'e' => exponential(number, precision),
        _ => general(number, precision.max(1), alternate, false),
    };
    let body = if alternate && !body.contains('.') && !body.contains('e') { body + "." } else { body };
    if kind.is_ascii_uppercase() { body.to_uppercase() } else { body }
}

fn exponential(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// The shorter of both notations with `precision` digits; `point` keeps a `.0` as `repr` does.
fn general(number: f64, precision: usize, alternate: bool, point: bool) -> String {
    if !number.is_finite() {
        return if number.is_nan() { "nan".to_string() } else { "inf".to_string() };
    }
    let scientific = exponential(number, precision - 1);
    let exponent: i64 = scientific.split_once('e').and_then(|(_, text)| text.parse().ok()).unwrap_or(0);
    let limit = precision as i64 - i64::from(point);
    if exponent < -4 || exponent >= limit {
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        let digits = if alternate { digits } else { trim_zeros(digits) };
        return format!("{digits}e{exponent}");
    }
    let decimals = (precision as i64 - 1 - exponent).max(0) as usize;
    let fixed = format!("{number:.decimals$}");
    let fixed = if alternate { fixed } else { trim_zeros(&fixed).to_string() };
    if point && !fixed.contains('.') { fixed + ".0" } else { fixed }
}

fn trim_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

fn format_decimal(number: &bigdecimal::BigDecimal, spec: &Spec) -> Outcome<String> {
    use bigdecimal::{RoundingMode, Signed, ToPrimitive};
    let magnitude = number.abs();
    let fixed = |number: bigdecimal::BigDecimal, precision: Option<usize>| match precision {
        Some(precision) => number.with_scale_round(precision as i64, RoundingMode::HalfEven).to_plain_string(),
        None => number.to_plain_string(),
    };
    let body = match (spec.kind, spec.precision) {
        (Some('f' | 'F'), precision) => fixed(magnitude, precision),
        (Some('%'), precision) => fixed(magnitude * bigdecimal::BigDecimal::from(100), precision) + "%",
        (None | Some('g' | 'G' | 'n'), None) => decimal::to_text(&magnitude),
        (Some(kind @ ('e' | 'E' | 'g' | 'G')), precision) => {
            float_body(magnitude.to_f64().unwrap_or(f64::INFINITY), kind, precision, spec.alternate)
        }
        (None | Some('n'), precision) => {
            float_body(magnitude.to_f64().unwrap_or(f64::INFINITY), 'g', precision, spec.alternate)
        }
        (Some(_), _) => return Err(error("invalid format string")),
    };
    let sign = spec.sign_text(number.is_negative());
    Ok(spec.pad(sign, &spec.grouped(sign, &body, 3), '>'))
}
