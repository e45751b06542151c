//! Tokens -> syntax tree, by Jinja2's grammar (`jinja2/parser.py`) with dbt's additions: typed macro parameters and the
//! blocks `test`, `data_test`, `materialization` and `docs`.
//!
//! Error messages equal Jinja2's. Never looks at values, filters or tests by name.

use super::ast::{Body, TextRange};
use super::lexer::{Token, TokenKind, tokenize};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use std::sync::Arc;

mod expressions;
mod macros;
mod statements;
#[cfg(test)]
mod tests;

/// How deep expressions and statements may nest. Python's own limit is reached at about the same depth.
const MAXIMUM_NESTING: usize = 90;
/// How long a chain of operators such as `a + b + c` may get.
const MAXIMUM_CHAIN: usize = 300;
/// Stack that one level of nesting may take, and how much is added when less is left.
const STACK_RED_ZONE: usize = 128 * 1024;
const STACK_GROWTH: usize = 1024 * 1024;

/// The body of a template: a model, a snapshot, a string of a YAML file. One final newline is dropped, as Jinja2 does.
///
/// `file` is the path to show in diagnostics.
pub fn parse_template(file: &Arc<str>, text: &str) -> Result<Body, Diagnostic> {
    let end = ["\r\n", "\n", "\r"].iter().find(|newline| text.ends_with(**newline)).map_or(0, |newline| newline.len());
    parse_range(file, text, TextRange::new(0, text.len() - end))
}

/// Like [`parse_template`] for a part of `text`, with its final newline.
pub(super) fn parse_range(file: &Arc<str>, text: &str, range: TextRange) -> Result<Body, Diagnostic> {
    let mut parser = Parser {
        tokens: tokenize(text, range),
        position: 0,
        nesting: 0,
        loops: 0,
        open_tags: Vec::new(),
        end_tags: Vec::new(),
    };
    parser.body(&[]).map_err(|problem| problem.into_diagnostic(file))
}

/// What Jinja2 calls a `TemplateSyntaxError`.
#[derive(Debug)]
pub(super) struct SyntaxError {
    message: String,
    range: TextRange,
}

impl SyntaxError {
    fn into_diagnostic(self, file: &Arc<str>) -> Diagnostic {
        let hint = super::remedy::of_syntax(&self.message);
        let diagnostic = Diagnostic::error(ErrorCode::JinjaSyntax, self.message);
        let diagnostic = diagnostic.at(Span::new(file.clone(), self.range.as_usize()));
        hint.into_iter().fold(diagnostic, Diagnostic::hint)
    }
}

type Parsed<T> = Result<T, Box<SyntaxError>>;

struct Parser<'source> {
    tokens: Vec<Token<'source>>,
    position: usize,
    nesting: usize,
    /// Loops that are open in the current macro or call block.
    loops: usize,
    /// Names of the tags that are open, outermost first.
    open_tags: Vec<&'source str>,
    /// What each open body may end with, outermost first.
    end_tags: Vec<&'static [&'static str]>,
}

impl<'source> Parser<'source> {
    fn current(&self) -> &TokenKind<'source> {
        &self.tokens[self.position].kind
    }

    fn range(&self) -> TextRange {
        self.tokens[self.position].range
    }

    /// From the start of `from` to the end of the token before the current one.
    fn since(&self, from: TextRange) -> TextRange {
        let last = self.tokens[self.position.saturating_sub(1)].range;
        TextRange { start: from.start, end: last.end.max(from.end) }
    }

    fn look_ahead(&self) -> &TokenKind<'source> {
        &self.tokens[(self.position + 1).min(self.tokens.len() - 1)].kind
    }

    fn advance(&mut self) {
        self.position = (self.position + 1).min(self.tokens.len() - 1);
    }

    /// Takes the current token out. What is taken is not looked at again.
    fn take(&mut self) -> TokenKind<'source> {
        let kind = std::mem::replace(&mut self.tokens[self.position].kind, TokenKind::End);
        if self.position + 1 == self.tokens.len() {
            self.tokens[self.position].kind = TokenKind::End;
        }
        self.advance();
        kind
    }

    fn at_operator(&self, operator: &str) -> bool {
        matches!(self.current(), TokenKind::Operator(found) if *found == operator)
    }

    fn at_name(&self, name: &str) -> bool {
        matches!(self.current(), TokenKind::Name(found) if *found == name)
    }

    fn skip_operator(&mut self, operator: &str) -> bool {
        let found = self.at_operator(operator);
        if found {
            self.advance();
        }
        found
    }

    fn skip_name(&mut self, name: &str) -> bool {
        let found = self.at_name(name);
        if found {
            self.advance();
        }
        found
    }

    fn expect_operator(&mut self, operator: &str) -> Parsed<()> {
        if self.skip_operator(operator) { Ok(()) } else { self.unexpected(operator) }
    }

    fn expect_keyword(&mut self, name: &str) -> Parsed<()> {
        if self.skip_name(name) { Ok(()) } else { self.unexpected(name) }
    }

    fn expect_name(&mut self) -> Parsed<&'source str> {
        match *self.current() {
            TokenKind::Name(name) => {
                self.advance();
                Ok(name)
            }
            _ => self.unexpected("name"),
        }
    }

    /// `a.b.c`, the name of a filter or test.
    fn expect_dotted_name(&mut self) -> Parsed<String> {
        let mut name = self.expect_name()?.to_string();
        while self.skip_operator(".") {
            name.push('.');
            name.push_str(self.expect_name()?);
        }
        Ok(name)
    }

    fn expect_block_end(&mut self) -> Parsed<()> {
        if !matches!(self.current(), TokenKind::BlockEnd) {
            return self.unexpected("end of statement block");
        }
        self.advance();
        Ok(())
    }

    fn unexpected<T>(&self, expected: &str) -> Parsed<T> {
        let message = match self.current() {
            TokenKind::End => format!("unexpected end of template, expected '{expected}'."),
            found => format!("expected token '{expected}', got {}", quoted(&describe(found))),
        };
        self.fail(message)
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        self.fail_at(self.range(), message)
    }

    /// A problem at `range`; where the lexer itself could not go on, its problem is the one to tell.
    fn fail_at<T>(&self, range: TextRange, message: impl Into<String>) -> Parsed<T> {
        let (message, range) = match self.current() {
            TokenKind::Failure(message) => (message.clone(), self.range()),
            _ => (message.into(), range),
        };
        Err(Box::new(SyntaxError { message, range }))
    }

    /// Goes one level deeper: more stack if little is left, an error if it gets too deep.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAXIMUM_NESTING {
            return self.fail("maximum recursion depth exceeded: the template is nested too deeply");
        }
        self.nesting += 1;
        let result = stacker::maybe_grow(STACK_RED_ZONE, STACK_GROWTH, || parse(self));
        self.nesting -= 1;
        result
    }

    fn check_chain(&self, length: usize) -> Parsed<()> {
        if length > MAXIMUM_CHAIN {
            return self.fail("maximum recursion depth exceeded: the expression has too many operators");
        }
        Ok(())
    }
}

/// `describe_token` of Jinja2.
fn describe(token: &TokenKind<'_>) -> String {
    match token {
        TokenKind::Text(_) => "template data / text".into(),
        TokenKind::VariableStart => "begin of print statement".into(),
        TokenKind::VariableEnd => "end of print statement".into(),
        TokenKind::BlockStart => "begin of statement block".into(),
        TokenKind::BlockEnd => "end of statement block".into(),
        TokenKind::Name(name) => (*name).to_string(),
        TokenKind::String(_) => "string".into(),
        TokenKind::Integer(_) => "integer".into(),
        TokenKind::Float(_) => "float".into(),
        TokenKind::Operator(operator) => (*operator).to_string(),
        TokenKind::Failure(_) | TokenKind::End => "end of template".into(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
