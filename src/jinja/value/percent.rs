//! Python's `format % values`.

use std::iter::Peekable;
use std::str::CharIndices;

use minijinja::value::{Value, ValueKind};
use num_bigint::BigInt;

use super::attribute::bare_type_name;
use super::error::{Outcome, error};
use super::format_spec::{Spec, float_body, format_integer};
use super::number::Number;
use super::str_format::ascii;
use super::{decimal, is_undefined, iterate, repr, text_of, to_str};

/// The widest field that a template may ask for.
const MAX_WIDTH: usize = 1_000_000;

/// The values that the fields of a format take in turn.
struct Values<'a> {
    whole: &'a Value,
    items: Vec<Value>,
    next: usize,
}

impl Values<'_> {
    fn take(&mut self) -> Outcome {
        let value = self.items.get(self.next).cloned();
        self.next += 1;
        value.ok_or_else(|| error("not enough arguments for format string"))
    }

    fn is_mapping(&self) -> bool {
        !self.whole.is_tuple()
            && (matches!(self.whole.kind(), ValueKind::Map | ValueKind::Seq) || is_undefined(self.whole))
    }
}

/// `format % values`
///
/// # Errors
/// Python's texts: values that are missing, left over or of the wrong type, and malformed fields.
pub(crate) fn format(format: &str, values: &Value) -> Outcome {
    let items = if values.is_tuple() { iterate(values)? } else { vec![values.clone()] };
    let mut values = Values { whole: values, items, next: 0 };
    let mut out = String::with_capacity(format.len() + 16);
    let mut characters = format.char_indices().peekable();
    while let Some((_, character)) = characters.next() {
        match character {
            '%' => out.push_str(&field(&mut characters, format, &mut values)?),
            _ => out.push(character),
        }
    }
    if values.next < values.items.len() && !values.is_mapping() {
        return Err(error("not all arguments converted during string formatting"));
    }
    Ok(Value::from(out))
}

/// One field after its `%`.
fn field(characters: &mut Peekable<CharIndices<'_>>, format: &str, values: &mut Values<'_>) -> Outcome<String> {
    let named = match characters.next_if(|(_, character)| *character == '(') {
        Some((start, _)) => Some(named_value(characters, format, start, values)?),
        None => None,
    };
    let mut spec = Spec { align: Some('>'), ..Spec::default() };
    let mut zero = false;
    while let Some((_, flag)) = characters.next_if(|(_, flag)| matches!(flag, '#' | '0' | '-' | ' ' | '+')) {
        match flag {
            '#' => spec.alternate = true,
            '0' => zero = true,
            '-' => spec.align = Some('<'),
            ' ' if spec.sign == '+' => {}
            sign => spec.sign = sign,
        }
    }
    if let Some(width) = size(characters, values)? {
        if width < 0 {
            spec.align = Some('<');
        }
        spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(MAX_WIDTH).min(MAX_WIDTH);
    }
    if characters.next_if(|(_, character)| *character == '.').is_some() {
        let precision = size(characters, values)?.unwrap_or(0).max(0);
        spec.precision = Some(usize::try_from(precision).unwrap_or(0).min(MAX_WIDTH));
    }
    while characters.next_if(|(_, character)| matches!(character, 'h' | 'l' | 'L')).is_some() {}
    let Some((index, kind)) = characters.next() else { return Err(error("incomplete format")) };
    if kind == '%' {
        return Ok("%".to_string());
    }
    if zero && spec.align == Some('>') && !matches!(kind, 's' | 'r' | 'a' | 'c') {
        (spec.fill, spec.align) = ('0', Some('='));
    }
    if !"diouxXeEfFgGcrsa".contains(kind) {
        let position = format[..index].chars().count();
        let code = kind as u32;
        return Err(error(format!("unsupported format character '{kind}' (0x{code:x}) at index {position}")));
    }
    let value = match named {
        Some(value) => value,
        None => values.take()?,
    };
    convert(&value, kind, spec)
}

fn named_value(
    characters: &mut Peekable<CharIndices<'_>>,
    format: &str,
    start: usize,
    values: &mut Values<'_>,
) -> Outcome {
    if !values.is_mapping() {
        return Err(error("format requires a mapping"));
    }
    let mut depth = 1;
    for (index, character) in characters.by_ref() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let name = &format[start + 1..index];
            let value = values.whole.get_item(&Value::from(name))?;
            return if is_undefined(&value) { Err(error(repr(&Value::from(name)))) } else { Ok(value) };
        }
    }
    Err(error("incomplete format key"))
}

/// A width or precision: digits, or a `*` that takes the next value.
fn size(characters: &mut Peekable<CharIndices<'_>>, values: &mut Values<'_>) -> Outcome<Option<i64>> {
    if characters.next_if(|(_, character)| *character == '*').is_some() {
        let value = values.take()?;
        return value.as_i64().map(Some).ok_or_else(|| error("* wants int"));
    }
    let mut number = None;
    while let Some((_, digit)) = characters.next_if(|(_, character)| character.is_ascii_digit()) {
        let digit = i64::from(digit.to_digit(10).unwrap_or(0));
        number = Some((number.unwrap_or(0_i64) * 10 + digit).min(MAX_WIDTH as i64));
    }
    Ok(number)
}

fn convert(value: &Value, kind: char, spec: Spec) -> Outcome<String> {
    match kind {
        's' | 'r' | 'a' => {
            let text = match kind {
                's' => to_str(value),
                'r' => repr(value),
                _ => ascii(&repr(value)),
            };
            let text = match spec.precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text,
            };
            Ok(spec.pad("", &text, '>'))
        }
        'c' => {
            let character = match text_of(value) {
                Some(text) if text.chars().count() == 1 => text.to_string(),
                Some(_) => return Err(error("%c requires int or char")),
                None => {
                    let code = value.as_i64().ok_or_else(|| error("%c requires int or char"))?;
                    let code = u32::try_from(code).ok().and_then(char::from_u32);
                    code.ok_or_else(|| error("%c arg not in range(0x110000)"))?.to_string()
                }
            };
            Ok(spec.pad("", &character, '>'))
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => integer(value, kind, spec),
        _ => float(value, kind, &spec),
    }
}

fn integer(value: &Value, kind: char, spec: Spec) -> Outcome<String> {
    let decimal_kind = matches!(kind, 'd' | 'i' | 'u');
    let number = match (Number::of(value), decimal::to_integer(value)) {
        (Some(number @ Number::Float(_)), _) if decimal_kind => number.truncate()?.to_big(),
        (Some(number), _) => number.to_big(),
        (None, Some(whole)) if decimal_kind => Number::of(&whole).and_then(|number| number.to_big()),
        _ => None,
    };
    let Some(number) = number else {
        let wanted = if decimal_kind { "a real number" } else { "an integer" };
        return Err(error(format!("%{kind} format: {wanted} is required, not {}", bare_type_name(value))));
    };
    let kind = if decimal_kind { 'd' } else { kind };
    // A precision is the least number of digits here.
    let digits = spec.precision.unwrap_or(0);
    let spec = Spec { precision: None, ..spec };
    if digits == 0 {
        return format_integer(&number, kind, &spec, "int");
    }
    let magnitude = BigInt::from(number.magnitude().clone());
    let plain = Spec { width: 0, sign: '-', ..spec.clone() };
    let body = format!("{:0>digits$}", format_integer(&magnitude, kind, &plain, "int")?);
    let sign = match (number.sign(), spec.sign) {
        (num_bigint::Sign::Minus, _) => "-",
        (_, '+') => "+",
        (_, ' ') => " ",
        _ => "",
    };
    Ok(spec.pad(sign, &body, '>'))
}

fn float(value: &Value, kind: char, spec: &Spec) -> Outcome<String> {
    let number = match Number::of(value) {
        Some(number) => number.to_f64(),
        None => decimal::to_f64(value)
            .ok_or_else(|| error(format!("must be real number, not {}", bare_type_name(value))))?,
    };
    let body = float_body(number.abs(), kind, spec.precision, spec.alternate);
    let sign = match (number.is_sign_negative(), spec.sign) {
        (true, _) => "-",
        (false, '+') => "+",
        (false, ' ') => " ",
        _ => "",
    };
    Ok(spec.pad(sign, &body, '>'))
}
