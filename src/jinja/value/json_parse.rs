//! Python's `json.loads`: whole numbers of any size, `NaN` and the infinities, the last of equal keys wins.

use indexmap::IndexMap;
use minijinja::value::Value;

use super::error::{Outcome, error};
use super::number::{big_integer, parse_integer};
use super::{dict, list, none};

/// How deeply values may nest.
const MAX_DEPTH: usize = 500;

/// Parses a JSON text.
///
/// # Errors
/// A malformed text, with the text of Python's `JSONDecodeError`.
pub(crate) fn parse(text: &str) -> Outcome {
    let mut parser = Parser { text, position: 0 };
    parser.skip_space();
    let value = parser.value(0)?;
    parser.skip_space();
    match parser.rest().is_empty() {
        true => Ok(value),
        false => Err(parser.fail("Extra data")),
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn fail(&self, message: &str) -> minijinja::Error {
        let before = &self.text[..self.position];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        error(format!("{message}: line {line} column {column} (char {})", before.chars().count()))
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Outcome {
        if depth > MAX_DEPTH {
            return Err(error("maximum recursion depth exceeded while decoding a JSON object from a unicode string"));
        }
        for (word, value) in [
            ("null", none()),
            ("true", Value::from(true)),
            ("false", Value::from(false)),
            ("NaN", Value::from(f64::NAN)),
            ("Infinity", Value::from(f64::INFINITY)),
            ("-Infinity", Value::from(f64::NEG_INFINITY)),
        ] {
            if self.take(word) {
                return Ok(value);
            }
        }
        match self.rest().as_bytes().first() {
            Some(b'"') => self.string().map(Value::from),
            Some(b'[') => self.array(depth),
            Some(b'{') => self.object(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.fail("Expecting value")),
        }
    }

    fn number(&mut self) -> Outcome {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let sign = usize::from(bytes[0] == b'-');
        let whole = match bytes.get(sign) {
            Some(b'0') => 1,
            _ => digits(sign),
        };
        if whole == 0 {
            return Err(self.fail("Expecting value"));
        }
        let mut end = sign + whole;
        let mut is_float = false;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            is_float = true;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let count = digits((end + 1 + signed).min(bytes.len()));
            if count > 0 {
                end += 1 + signed + count;
                is_float = true;
            }
        }
        let text = &self.rest()[..end];
        let value = match is_float {
            true => text.parse::<f64>().map(Value::from).ok(),
            false => parse_integer(text, 10).map(big_integer),
        };
        let value = value.ok_or_else(|| self.fail("Expecting value"))?;
        self.position += end;
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Outcome {
        self.position += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take("]") {
            return Ok(list(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take("]") {
                return Ok(list(items));
            }
            if !self.take(",") {
                return Err(self.fail("Expecting ',' delimiter"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Outcome {
        self.position += 1;
        let mut entries = IndexMap::new();
        self.skip_space();
        if self.take("}") {
            return Ok(dict(entries));
        }
        loop {
            self.skip_space();
            if !self.rest().starts_with('"') {
                return Err(self.fail("Expecting property name enclosed in double quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(":") {
                return Err(self.fail("Expecting ':' delimiter"));
            }
            self.skip_space();
            entries.insert(Value::from(key), self.value(depth + 1)?);
            self.skip_space();
            if self.take("}") {
                return Ok(dict(entries));
            }
            if !self.take(",") {
                return Err(self.fail("Expecting ',' delimiter"));
            }
        }
    }

    fn string(&mut self) -> Outcome<String> {
        let start = self.position;
        self.position += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(|character: char| matches!(character, '"' | '\\') || character < ' ') else {
                self.position = start;
                return Err(self.fail("Unterminated string starting at"));
            };
            out.push_str(&rest[..end]);
            self.position += end;
            match rest.as_bytes()[end] {
                b'"' => {
                    self.position += 1;
                    return Ok(out);
                }
                b'\\' => self.escape(&mut out)?,
                _ => return Err(self.fail("Invalid control character at")),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Outcome<()> {
        let kind = self.rest().as_bytes().get(1).copied();
        out.push(match kind {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.position += 2;
                let character = self.code_point()?;
                out.push(character);
                return Ok(());
            }
            _ => return Err(self.fail("Invalid \\escape")),
        });
        self.position += 2;
        Ok(())
    }

    /// The character of `\u` escapes; halves of a pair that stand alone become a replacement character.
    fn code_point(&mut self) -> Outcome<char> {
        let unit = self.code_unit()?;
        if (0xd800..0xdc00).contains(&unit) && self.rest().starts_with("\\u") {
            let before = self.position;
            self.position += 2;
            let low = self.code_unit()?;
            if let Some(Ok(character)) = char::decode_utf16([unit, low]).next() {
                return Ok(character);
            }
            self.position = before;
        }
        Ok(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn code_unit(&mut self) -> Outcome<u16> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.fail("Invalid \\uXXXX escape"))?;
        self.position += 4;
        Ok(unit)
    }
}
