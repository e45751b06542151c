//! Tokens and places. Owns the splitting of a text into statements and the way from sqlparser's line and column to
//! byte offsets; never looks at meaning.

use super::dialect::DuckDb;
use super::reference::{TextSpan, Unparsed};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};
use std::cell::OnceCell;

/// The tokens of one statement, without whitespace and without the `;`.
pub(super) struct StatementTokens {
    pub(super) tokens: Vec<TokenWithSpan>,
    pub(super) span: TextSpan,
}

/// Splits `sql` at its semicolons.
pub(super) fn statements(sql: &str) -> Result<Vec<StatementTokens>, Unparsed> {
    let whole = TextSpan { start: 0, end: sql.len() };
    let tokens = Tokenizer::new(&DuckDb, sql)
        .with_unescape(true)
        .tokenize_with_location()
        .map_err(|error| Unparsed { reason: error.to_string(), span: whole, statement: true })?;
    let places = Places::new(sql);
    let mut statements = Vec::new();
    let mut current = Vec::new();
    for token in tokens {
        match token.token {
            Token::Whitespace(_) | Token::EOF => {}
            Token::SemiColon => close(&mut statements, std::mem::take(&mut current), &places),
            _ => current.push(token),
        }
    }
    close(&mut statements, current, &places);
    Ok(statements)
}

fn close(statements: &mut Vec<StatementTokens>, tokens: Vec<TokenWithSpan>, places: &Places<'_>) {
    if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
        let span = places.span(first.span.union(&last.span));
        statements.push(StatementTokens { tokens, span });
    }
}

/// How deeply brackets, `case` and `explain` nest at most.
pub(super) fn nesting(tokens: &[TokenWithSpan]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
            Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
            Token::Word(word) => match word.keyword {
                Keyword::CASE | Keyword::EXPLAIN | Keyword::DESCRIBE => depth += 1,
                Keyword::END => depth = depth.saturating_sub(1),
                _ => {}
            },
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Finds byte offsets in a text from lines and columns that count characters from 1.
pub(super) struct Places<'a> {
    sql: &'a str,
    lines: Vec<Line>,
}

struct Line {
    start: usize,
    end: usize,
    /// Offset of each character, filled only for lines that are not plain ASCII.
    characters: OnceCell<Option<Vec<usize>>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in sql.split_inclusive('\n') {
            lines.push(Line { start, end: start + line.len(), characters: OnceCell::new() });
            start += line.len();
        }
        lines.push(Line { start, end: start, characters: OnceCell::new() });
        Places { sql, lines }
    }

    pub(super) fn span(&self, span: Span) -> TextSpan {
        TextSpan { start: self.offset(span.start), end: self.offset(span.end) }
    }

    fn offset(&self, location: Location) -> usize {
        let Some(index) = (location.line as usize).checked_sub(1) else { return 0 };
        let Some(line) = self.lines.get(index) else { return self.sql.len() };
        let column = (location.column as usize).saturating_sub(1);
        let characters = line.characters.get_or_init(|| {
            let text = &self.sql[line.start..line.end];
            (!text.is_ascii()).then(|| text.char_indices().map(|(offset, _)| line.start + offset).collect())
        });
        match characters {
            Some(offsets) => offsets.get(column).copied().unwrap_or(line.end),
            None => (line.start + column).min(line.end),
        }
    }
}
