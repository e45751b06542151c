//! Numbers and strings of the lexer.

use super::{Lexed, Lexer, TokenKind, normalize_newlines};
use num_bigint::BigUint;

impl<'source> Lexer<'source> {
    /// A number at the current place (`float_re` and `integer_re` of Jinja2).
    pub(super) fn number(&mut self) -> Lexed<TokenKind<'source>> {
        let text = self.rest();
        let bytes = text.as_bytes();
        let after_dot = self.position > 0 && self.text.as_bytes()[self.position - 1] == b'.';
        if !after_dot && let Some(length) = float_length(bytes) {
            self.position += length;
            let digits = text[..length].replace('_', "");
            return digits.parse().map(TokenKind::Float).map_err(|_| format!("invalid number '{digits}'"));
        }
        let radix = match bytes.get(1).map(u8::to_ascii_lowercase) {
            Some(b'x') if bytes[0] == b'0' => 16,
            Some(b'o') if bytes[0] == b'0' => 8,
            Some(b'b') if bytes[0] == b'0' => 2,
            _ => 10,
        };
        if radix != 10 {
            let length = digits_length(&bytes[2..], |byte| (byte as char).is_digit(radix), true);
            if length > 0 {
                self.position += 2 + length;
                let digits = text[2..2 + length].replace('_', "");
                let value = BigUint::parse_bytes(digits.as_bytes(), radix);
                return value.map(|value| TokenKind::Integer(value.to_string())).ok_or_else(|| "bad number".into());
            }
        }
        let zero = bytes[0] == b'0';
        let length = digits_length(bytes, |byte| if zero { byte == b'0' } else { byte.is_ascii_digit() }, false);
        self.position += length;
        let digits = text[..length].replace('_', "");
        Ok(TokenKind::Integer(if zero { "0".into() } else { digits }))
    }

    /// A string at the current place, which holds the quote.
    pub(super) fn string(&mut self, quote: u8) -> Lexed<TokenKind<'source>> {
        let bytes = self.text.as_bytes();
        let start = self.position + 1;
        let mut end = start;
        loop {
            match bytes.get(end) {
                None => return Err(self.unexpected_character()),
                Some(b'\\') => end += 2,
                Some(byte) if *byte == quote => break,
                Some(_) => end += 1,
            }
        }
        let value = unescape(&normalize_newlines(&self.text[start..end]))?;
        self.position = end + 1;
        Ok(TokenKind::String(value))
    }
}

fn digits_length(bytes: &[u8], is_digit: impl Fn(u8) -> bool, leading_underscore: bool) -> usize {
    let mut length = 0;
    loop {
        let digit = match bytes.get(length) {
            Some(b'_') if length > 0 || leading_underscore => length + 1,
            _ => length,
        };
        match bytes.get(digit) {
            Some(byte) if is_digit(*byte) => length = digit + 1,
            _ => return length,
        }
    }
}

/// Length of a number with a fraction or an exponent at the start of `bytes`.
fn float_length(bytes: &[u8]) -> Option<usize> {
    let decimal = |from: usize| digits_length(&bytes[from.min(bytes.len())..], |byte| byte.is_ascii_digit(), false);
    let whole = decimal(0);
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') && decimal(end + 1) > 0 {
        end += 1 + decimal(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = decimal(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    (end > whole).then_some(end)
}

/// Python's `unicode-escape`, which Jinja2 uses for the inside of strings.
fn unescape(text: &str) -> Lexed<String> {
    let Some(first) = text.find('\\') else { return Ok(text.to_string()) };
    let mut result = String::with_capacity(text.len());
    result.push_str(&text[..first]);
    let mut rest = text[first..].chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            result.push(character);
            continue;
        }
        match rest.next() {
            None => return Err("\\ at end of string".into()),
            Some('\n') => {}
            Some(simple @ ('\\' | '\'' | '"')) => result.push(simple),
            Some('a') => result.push('\x07'),
            Some('b') => result.push('\x08'),
            Some('f') => result.push('\x0c'),
            Some('n') => result.push('\n'),
            Some('r') => result.push('\r'),
            Some('t') => result.push('\t'),
            Some('v') => result.push('\x0b'),
            Some('N') if rest.as_str().starts_with('{') => return Err("unknown Unicode character name".into()),
            Some('N') => return Err("malformed \\N character escape".into()),
            Some(kind @ ('x' | 'u' | 'U')) => result.push(hexadecimal(kind, &mut rest)?),
            Some(digit @ '0'..='7') => result.push(octal(digit, &mut rest)),
            Some(other) => {
                result.push('\\');
                result.push(other);
            }
        }
    }
    Ok(result)
}

fn hexadecimal(kind: char, rest: &mut std::str::Chars<'_>) -> Lexed<char> {
    let (length, shape) = match kind {
        'x' => (2, "\\xXX"),
        'u' => (4, "\\uXXXX"),
        _ => (8, "\\UXXXXXXXX"),
    };
    let digits: String = rest.clone().take_while(char::is_ascii_hexdigit).take(length).collect();
    if digits.len() < length {
        return Err(format!("truncated {shape} escape"));
    }
    rest.nth(length - 1);
    let value = u32::from_str_radix(&digits, 16).unwrap_or(u32::MAX);
    if value > 0x10_ffff {
        return Err("illegal Unicode character".into());
    }
    Ok(char::from_u32(value).unwrap_or('\u{fffd}'))
}

fn octal(first: char, rest: &mut std::str::Chars<'_>) -> char {
    let mut value = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let Some(digit) = rest.clone().next().and_then(|next| next.to_digit(8)) else { break };
        value = value * 8 + digit;
        rest.next();
    }
    char::from_u32(value).unwrap_or('\u{fffd}')
}
