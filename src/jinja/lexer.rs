//! Text of a template -> tokens with source ranges, by Jinja2's lexical rules (`jinja2/lexer.py`) in dbt's settings:
//! standard delimiters, no trimming of blocks, no line statements.
//!
//! Newlines are normalised to `\n` in text and strings; ranges always point into the text as it was given.

use super::ast::TextRange;
use std::borrow::Cow;

mod literals;
mod raw;
#[cfg(test)]
mod tests;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind<'source> {
    /// Text between tags.
    Text(Cow<'source, str>),
    /// `{{`
    VariableStart,
    /// `}}`
    VariableEnd,
    /// `{%`
    BlockStart,
    /// `%}`
    BlockEnd,
    /// An identifier or keyword.
    Name(&'source str),
    /// A string literal without quotes, escapes resolved.
    String(String),
    /// A whole number as decimal digits.
    Integer(String),
    /// A floating point number.
    Float(f64),
    /// An operator or bracket.
    Operator(&'static str),
    /// The lexer could not go on, with Jinja2's message; always the last but one token.
    Failure(String),
    /// Nothing follows.
    End,
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'source> {
    /// What it is.
    pub kind: TokenKind<'source>,
    /// Where it stands.
    pub range: TextRange,
}

/// Longest first: the first that fits is taken.
const OPERATORS: [&str; 26] = [
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ".",
    ":", "|", ",", ";",
];

/// The tokens of `text[range]`. A problem becomes a [`TokenKind::Failure`], since Jinja2 reports it only when its
/// parser gets that far.
pub fn tokenize(text: &str, range: TextRange) -> Vec<Token<'_>> {
    let range = range.as_usize();
    let mut lexer = Lexer {
        text: &text[..range.end],
        start: range.start,
        position: range.start,
        tokens: Vec::with_capacity((range.end - range.start) / 8 + 4),
        strip_next: false,
    };
    if let Err(message) = lexer.template() {
        lexer.push(TokenKind::Failure(message), lexer.position);
    }
    lexer.push(TokenKind::End, lexer.position);
    lexer.tokens
}

pub(super) struct Lexer<'source> {
    text: &'source str,
    start: usize,
    position: usize,
    tokens: Vec<Token<'source>>,
    strip_next: bool,
}

type Lexed<T> = Result<T, String>;

impl<'source> Lexer<'source> {
    fn rest(&self) -> &'source str {
        &self.text[self.position..]
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.position + ahead).copied()
    }

    fn push(&mut self, kind: TokenKind<'source>, start: usize) {
        self.tokens.push(Token { kind, range: TextRange::new(start, self.position) });
    }

    fn template(&mut self) -> Lexed<()> {
        loop {
            if std::mem::take(&mut self.strip_next) {
                self.position = self.text.len() - self.rest().trim_start().len();
            }
            let start = self.position;
            let Some((tag, kind)) = find_tag(self.text, start) else {
                self.push_text(start, self.text.len());
                self.position = self.text.len();
                return Ok(());
            };
            let sign = self.text.as_bytes().get(tag + 2).copied();
            let text_end = if sign == Some(b'-') { start + self.text[start..tag].trim_end().len() } else { tag };
            self.push_text(start, text_end);
            self.position = tag;
            let opening = if matches!(sign, Some(b'-' | b'+')) { 3 } else { 2 };
            match kind {
                b'#' => self.comment()?,
                b'%' if self.raw_block(opening)? => {}
                b'%' => {
                    self.position += opening;
                    self.push(TokenKind::BlockStart, tag);
                    self.tag("%}", TokenKind::BlockEnd)?;
                }
                _ => {
                    self.position += opening;
                    self.push(TokenKind::VariableStart, tag);
                    self.tag("}}", TokenKind::VariableEnd)?;
                }
            }
        }
    }

    fn push_text(&mut self, start: usize, end: usize) {
        if start < end {
            let kind = TokenKind::Text(normalize_newlines(&self.text[start..end]));
            self.tokens.push(Token { kind, range: TextRange::new(start, end) });
        }
    }

    fn comment(&mut self) -> Lexed<()> {
        let body = self.position + 2;
        let Some(length) = self.text[body..].find("#}") else { return Err("Missing end of comment tag".into()) };
        self.strip_next = self.text[body..body + length].ends_with('-');
        self.position = body + length + 2;
        Ok(())
    }

    /// The inside of a tag, up to and including its end. The end counts only outside of brackets.
    fn tag(&mut self, close: &'static str, end: TokenKind<'source>) -> Lexed<()> {
        let mut open_brackets: Vec<u8> = Vec::new();
        loop {
            self.position = self.text.len() - self.rest().trim_start().len();
            let Some(first) = self.byte(0) else { return Ok(()) };
            let start = self.position;
            if open_brackets.is_empty() && self.closes(first, close) {
                self.strip_next = first == b'-';
                self.position += if self.rest().starts_with(close) { 2 } else { 3 };
                self.push(end, start);
                return Ok(());
            }
            match first {
                b'0'..=b'9' => {
                    let kind = self.number()?;
                    self.push(kind, start);
                }
                b'\'' | b'"' => {
                    let kind = self.string(first)?;
                    self.push(kind, start);
                }
                b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.name()?,
                _ => self.operator(&mut open_brackets)?,
            }
        }
    }

    fn closes(&self, first: u8, close: &str) -> bool {
        let signed = first == b'-' || (first == b'+' && close == "%}");
        self.rest().starts_with(close) || (signed && self.rest()[1..].starts_with(close))
    }

    fn name(&mut self) -> Lexed<()> {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(rest.len());
        let name = &rest[..length];
        match name.chars().next() {
            None => Err(self.unexpected_character()),
            Some(first) if !(first == '_' || first.is_alphabetic()) => Err("Invalid character in identifier".into()),
            Some(_) => {
                let start = self.position;
                self.position += length;
                self.push(TokenKind::Name(name), start);
                Ok(())
            }
        }
    }

    fn operator(&mut self, open_brackets: &mut Vec<u8>) -> Lexed<()> {
        let rest = self.rest();
        let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) else {
            return Err(self.unexpected_character());
        };
        match operator.as_bytes()[0] {
            b'(' => open_brackets.push(b')'),
            b'[' => open_brackets.push(b']'),
            b'{' => open_brackets.push(b'}'),
            closing @ (b')' | b']' | b'}') => match open_brackets.pop() {
                None => return Err(format!("unexpected '{}'", closing as char)),
                Some(expected) if expected != closing => {
                    return Err(format!("unexpected '{}', expected '{}'", closing as char, expected as char));
                }
                Some(_) => {}
            },
            _ => {}
        }
        let start = self.position;
        self.position += operator.len();
        self.push(TokenKind::Operator(operator), start);
        Ok(())
    }

    fn unexpected_character(&self) -> String {
        let before = normalize_newlines(&self.text[self.start..self.position]).chars().count();
        let character = self.rest().chars().next().unwrap_or('\u{fffd}');
        let quoted = if character == '\'' { "\"'\"".to_string() } else { format!("'{character}'") };
        format!("unexpected char {quoted} at {before}")
    }
}

/// The next `{{`, `{%` or `{#` at or after `from`: its offset and its second byte.
pub(super) fn find_tag(text: &str, from: usize) -> Option<(usize, u8)> {
    let bytes = text.as_bytes();
    let mut offset = from;
    loop {
        offset += bytes[offset..].iter().position(|byte| *byte == b'{')?;
        match bytes.get(offset + 1) {
            Some(kind @ (b'{' | b'%' | b'#')) => return Some((offset, *kind)),
            _ => offset += 1,
        }
    }
}

/// `\r\n` and `\r` become `\n`, as in Jinja2.
pub fn normalize_newlines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}
