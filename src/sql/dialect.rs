//! DuckDB's syntax for sqlparser: a dialect, and a pass over the tokens that puts what sqlparser cannot read into words
//! that mean the same for references (`asof join` reads the same tables as `join`). Places survive, because tokens
//! carry them. Owns no meaning.

use super::DEEPEST_NESTING;
use sqlparser::ast::{
    Expr, Ident, LambdaFunction, LambdaFunctionParameter, LambdaSyntax, OneOrManyWithParens, Statement,
};
use sqlparser::dialect::{Dialect, DuckDbDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};
use std::any::TypeId;
use std::collections::HashSet;

/// Parses the tokens of one statement; the error is the parser's sentence.
pub(super) fn parse(tokens: Vec<TokenWithSpan>) -> Result<Statement, String> {
    let mut parser =
        Parser::new(&DuckDb).with_recursion_limit(DEEPEST_NESTING).with_tokens_with_locations(rewrite(&tokens));
    let statement = parser.parse_statement().map_err(|error| error.to_string())?;
    let rest = parser.peek_token();
    if rest.token == Token::EOF {
        Ok(statement)
    } else {
        Err(format!("unexpected {} behind the statement", rest.token))
    }
}

/// sqlparser's DuckDB dialect with the switches that DuckDB 1.5 needs beside.
#[derive(Debug)]
pub(super) struct DuckDb;

macro_rules! switched_on {
    ($($name:ident)*) => { $(fn $name(&self) -> bool { true })* };
}

impl Dialect for DuckDb {
    fn dialect(&self) -> TypeId {
        TypeId::of::<DuckDbDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '$' || ch == '_'
    }

    fn identifier_quote_style(&self, _: &str) -> Option<char> {
        Some('"')
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let Token::Word(word) = &parser.peek_token_ref().token else { return None };
        (word.value == COMPREHENSION).then(|| list_comprehension(parser))
    }

    switched_on! {
        allow_extract_custom allow_extract_single_quotes support_map_literal_syntax supports_aliased_function_args
        supports_array_typedef_with_brackets supports_bitwise_shift_operators supports_boolean_literals
        supports_comma_separated_trim supports_detach supports_dictionary_syntax supports_dollar_placeholder
        supports_explain_with_utility_options supports_filter_during_aggregation supports_from_first_select
        supports_from_trailing_commas supports_group_by_expr supports_in_empty_list supports_install
        supports_lambda_functions supports_load_extension supports_named_fn_args_with_assignment_operator
        supports_named_fn_args_with_eq_operator supports_notnull_operator supports_numeric_literal_underscores
        supports_order_by_all supports_projection_trailing_commas supports_select_expr_star
        supports_select_wildcard_exclude supports_select_wildcard_ilike supports_select_wildcard_rename
        supports_select_wildcard_replace supports_select_wildcard_with_alias supports_string_escape_constant
        supports_trailing_commas supports_values_as_table_factor supports_window_clause_named_window_reference
        supports_window_function_null_treatment_arg supports_left_associative_joins_without_parens
        supports_string_literal_concatenation_with_newline supports_named_fn_args_with_rarrow_operator
    }
}

/// `[expression for x, i in list if condition]` as the list and a lambda over it.
fn list_comprehension(parser: &mut Parser) -> Result<Expr, ParserError> {
    parser.next_token();
    parser.expect_token(&Token::LBracket)?;
    let mut body = vec![parser.parse_expr()?];
    parser.expect_keyword(Keyword::FOR)?;
    let names = parser.parse_comma_separated(Parser::parse_identifier)?;
    parser.expect_keyword(Keyword::IN)?;
    let list = parser.parse_expr()?;
    if parser.parse_keyword(Keyword::IF) {
        body.push(parser.parse_expr()?);
    }
    parser.expect_token(&Token::RBracket)?;
    let parameter = |name: Ident| LambdaFunctionParameter { name, data_type: None };
    let lambda = LambdaFunction {
        params: OneOrManyWithParens::Many(names.into_iter().map(parameter).collect()),
        body: Box::new(Expr::Tuple(body)),
        syntax: LambdaSyntax::LambdaKeyword,
    };
    Ok(Expr::Tuple(vec![list, Expr::Lambda(lambda)]))
}

/// Stands before the `[` of a list comprehension, so that the dialect knows it without looking ahead.
const COMPREHENSION: &str = "\u{1}list comprehension";

fn rewrite(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut rewriter = Rewriter {
        tokens,
        output: Vec::with_capacity(tokens.len()),
        insert: tokens.first().is_some_and(|token| is_word(token, &["insert"])),
        comprehensions: list_comprehensions(tokens),
        closed_by_with: ends_of_common_table_expressions(tokens),
    };
    rewriter.range(0, tokens.len());
    rewriter.output
}

/// Where the brackets stand that hold a `for` of their own.
fn list_comprehensions(tokens: &[TokenWithSpan]) -> HashSet<usize> {
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut found = HashSet::new();
    for (at, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::LBracket => open.push(Some(at)),
            Token::LParen | Token::LBrace => open.push(None),
            Token::RBracket | Token::RParen | Token::RBrace => {
                open.pop();
            }
            Token::Word(word) if word.keyword == Keyword::FOR => found.extend(open.last().copied().flatten()),
            _ => {}
        }
    }
    found
}

/// Where the parentheses close that `as (` or `materialized (` opened.
fn ends_of_common_table_expressions(tokens: &[TokenWithSpan]) -> HashSet<usize> {
    let mut open: Vec<bool> = Vec::new();
    let mut found = HashSet::new();
    for (at, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::LParen => open.push(at > 0 && is_word(&tokens[at - 1], &["as", "materialized"])),
            Token::RParen if open.pop() == Some(true) => {
                found.insert(at);
            }
            _ => {}
        }
    }
    found
}

/// One pass over the tokens of a statement.
struct Rewriter<'a> {
    tokens: &'a [TokenWithSpan],
    output: Vec<TokenWithSpan>,
    insert: bool,
    comprehensions: HashSet<usize>,
    closed_by_with: HashSet<usize>,
}

impl Rewriter<'_> {
    fn range(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            at = self.step(at, end);
        }
    }

    /// Handles the token at `at` and says where the next one is.
    fn step(&mut self, at: usize, end: usize) -> usize {
        let Some(token) = self.tokens.get(at) else { return end };
        match &token.token {
            Token::Word(word) if word.quote_style.is_none() => {
                if let Some(next) = self.word(at, end, &word.value.to_ascii_lowercase()) {
                    return next.max(at + 1);
                }
            }
            Token::LBracket if self.comprehensions.contains(&at) => {
                self.push_word(COMPREHENSION, Keyword::NoKeyword, at);
            }
            // `#1` is the first column of the result.
            Token::Sharp => return at + 1,
            Token::Mod if self.is_limit_percentage(at) => return at + 1,
            // `a ** b` is a power, `a ^@ b` a comparison.
            Token::Mul if self.is_token(at + 1, &Token::Mul) => return at + 1,
            Token::CaretAt => {
                self.push(Token::Eq, at);
                return at + 1;
            }
            _ => {}
        }
        self.output.push(token.clone());
        at + 1
    }

    fn word(&mut self, at: usize, end: usize, word: &str) -> Option<usize> {
        match word {
            "asof" if self.any(at + 1, &["join", "left", "right", "inner", "full", "outer"]) => Some(at + 1),
            "positional" if self.is(at + 1, "join") => {
                // The shorter side is filled with nulls.
                self.push_word("full", Keyword::FULL, at);
                Some(at + 1)
            }
            "materialized" if self.is_token(at + 1, &Token::LParen) && self.any_before(at, &["as", "not"]) => {
                if self.last_is("not") {
                    self.output.pop();
                }
                Some(at + 1)
            }
            "using" if self.is(at + 1, "key") && self.is_token(at + 2, &Token::LParen) => {
                Some(self.behind_group(at + 2))
            }
            "using" if self.is(at + 1, "sample") => Some(self.behind_sample(at + 2)),
            "tablesample" => Some(self.behind_sample(at + 1)),
            "by" if self.insert && self.any(at + 1, &["name", "position"]) && !self.any_before(at, SET_OPERATIONS) => {
                Some(at + 2)
            }
            "from" if self.begins_query(at) && !self.has_select(at, end) => {
                self.push_word("select", Keyword::SELECT, at);
                self.push(Token::Mul, at);
                None
            }
            "pivot" | "pivot_wider" | "unpivot" | "pivot_longer" if self.starts_query() => self.pivot(at, end),
            // The columns that group it are among those that are left.
            "pivot" if self.is_token(at + 1, &Token::LParen) => {
                let close = self.group_end(at + 2, end);
                let group = self.find(at + 2, close, &["group"])?;
                self.output.push(self.tokens[at].clone());
                self.range(at + 1, group);
                Some(close)
            }
            "at" if self.is_token(at + 1, &Token::LParen) && self.any(at + 2, &["version", "timestamp"]) => {
                self.is_token(at + 3, &Token::RArrow).then(|| self.behind_group(at + 1))
            }
            "symmetric" if self.any_before(at, &["between"]) => Some(at + 1),
            "exclude" if self.any_before(at, &["row", "following", "preceding"]) => {
                match self.any(at + 1, &["group", "ties"]) {
                    true => Some(at + 2),
                    false => Some(at + 3),
                }
            }
            "not" if self.is_behind_star(at) && self.any(at + 1, &["like", "ilike", "glob", "similar"]) => Some(at + 1),
            "like" | "ilike" | "glob" | "similar" if self.is_behind_star(at) => {
                self.push_word("ilike", Keyword::ILIKE, at);
                Some(if word == "similar" { at + 2 } else { at + 1 })
            }
            _ => None,
        }
    }

    /// `pivot source on a using sum(b) group by c` reads what `select *, a, sum(b) from source group by c` reads.
    fn pivot(&mut self, at: usize, end: usize) -> Option<usize> {
        let end = self.group_end(at, end);
        let on = self.find(at + 1, end, &["on"])?;
        let using = self.find(on, end, &["using"]).unwrap_or(end);
        let into = self.find(on, end, &["into"]).unwrap_or(end);
        let rest = self.find(on, end, &["group", "order", "limit"]).unwrap_or(end);
        self.push_word("select", Keyword::SELECT, at);
        self.push(Token::Mul, at);
        self.push(Token::Comma, on);
        self.range(on + 1, using.min(into).min(rest));
        if using < rest {
            self.push(Token::Comma, using);
            self.range(using + 1, rest);
        }
        self.push_word("from", Keyword::FROM, at);
        self.range(at + 1, on);
        self.range(rest, end);
        Some(end)
    }

    fn push_word(&mut self, value: &str, keyword: Keyword, place: usize) {
        self.push(Token::Word(Word { value: value.into(), quote_style: None, keyword }), place);
    }

    fn push(&mut self, token: Token, place: usize) {
        let span = self.tokens.get(place).map_or_else(Span::empty, |token| token.span);
        self.output.push(TokenWithSpan { token, span });
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.any(at, &[word])
    }

    fn any(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| is_word(token, words))
    }

    fn any_before(&self, at: usize, words: &[&str]) -> bool {
        at > 0 && self.any(at - 1, words)
    }

    fn last_is(&self, word: &str) -> bool {
        self.output.last().is_some_and(|token| is_word(token, &[word]))
    }

    fn is_token(&self, at: usize, token: &Token) -> bool {
        self.tokens.get(at).is_some_and(|other| other.token == *token)
    }

    /// Whether the output ends with the star of a select list.
    fn is_behind_star(&self, at: usize) -> bool {
        let at = if self.any_before(at, &["not"]) { at - 1 } else { at };
        let before = at.checked_sub(2).and_then(|before| self.tokens.get(before));
        at >= 1
            && self.is_token(at - 1, &Token::Mul)
            && before.is_some_and(|token| {
                matches!(token.token, Token::Comma | Token::Period) || is_word(token, &["select", "distinct", "all"])
            })
    }

    /// Whether a query may start here: at the beginning, in a parenthesis, or behind the last `)` of a `with`.
    fn starts_query(&self) -> bool {
        self.output
            .last()
            .is_none_or(|token| matches!(token.token, Token::LParen | Token::RParen) || is_word(token, &["as"]))
    }

    /// Whether a query may begin at `at` with `from`: behind nothing, `(`, `as`, a set operation, or a `with` clause.
    fn begins_query(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        match self.tokens.get(before).map(|token| &token.token) {
            Some(Token::LParen) => true,
            Some(Token::RParen) => self.closed_by_with.contains(&before),
            _ => {
                let by_name = self.any(before, &["name"]) && self.any_before(before, &["by"]);
                by_name || self.any(before, SET_OPERATIONS) || self.any(before, &["as"])
            }
        }
    }

    /// Whether the query that begins with `from` at `at` has a `select` of its own.
    fn has_select(&self, at: usize, end: usize) -> bool {
        let end = self.group_end(at, end);
        let end = self.find(at, end, SET_OPERATIONS).unwrap_or(end);
        self.find(at, end, &["select"]).is_some()
    }

    /// `limit 10 %` at the end of a query.
    fn is_limit_percentage(&self, at: usize) -> bool {
        let ends = match self.tokens.get(at + 1) {
            None => true,
            Some(next) => next.token == Token::RParen || is_word(next, &["offset"]),
        };
        ends && at >= 2 && self.is(at - 2, "limit")
    }

    /// The first of `words` between two places that is in no parenthesis.
    fn find(&self, start: usize, end: usize, words: &[&str]) -> Option<usize> {
        let mut depth = 0usize;
        (start..end).find(|&at| match self.tokens.get(at) {
            Some(token) if depth == 0 && is_word(token, words) => true,
            Some(token) => {
                depth = deeper(depth, &token.token).unwrap_or(0);
                false
            }
            None => false,
        })
    }

    /// Where the parenthesis around `start` closes, or `end`.
    fn group_end(&self, start: usize, end: usize) -> usize {
        let mut depth = 0usize;
        for at in start..end {
            match self.tokens.get(at).map(|token| deeper(depth, &token.token)) {
                Some(Some(next)) => depth = next,
                _ => return at,
            }
        }
        end
    }

    fn behind_group(&self, open: usize) -> usize {
        self.group_end(open + 1, self.tokens.len()) + 1
    }

    /// Behind `reservoir(10 rows) repeatable (1)`, `10%`, `10 percent (bernoulli, 7)`.
    fn behind_sample(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            let sample = match self.tokens.get(at).map(|token| &token.token) {
                Some(Token::Number(..) | Token::Mod) => true,
                Some(Token::LParen) => {
                    at = self.behind_group(at);
                    continue;
                }
                Some(Token::Word(_)) => self.any(at, SAMPLE_WORDS),
                _ => false,
            };
            if !sample {
                return at;
            }
            at += 1;
        }
    }
}

const SAMPLE_WORDS: &[&str] = &["reservoir", "bernoulli", "system", "percent", "rows", "repeatable"];
const SET_OPERATIONS: &[&str] = &["union", "all", "except", "intersect"];

fn is_word(token: &TokenWithSpan, words: &[&str]) -> bool {
    match &token.token {
        Token::Word(word) => {
            word.quote_style.is_none() && words.iter().any(|text| word.value.eq_ignore_ascii_case(text))
        }
        _ => false,
    }
}

/// The depth behind `token`; `None` when it closes more than was opened.
fn deeper(depth: usize, token: &Token) -> Option<usize> {
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => Some(depth + 1),
        Token::RParen | Token::RBracket | Token::RBrace => depth.checked_sub(1),
        _ => Some(depth),
    }
}
