//! Bodies and the statements in them.

use super::{Parsed, Parser, quoted};
use crate::jinja::ast::{Body, Expression, ExpressionKind, For, Literal, Statement, StatementKind, TextRange};
use crate::jinja::lexer::TokenKind;

impl<'source> Parser<'source> {
    /// Statements up to a tag whose name is one of `ends`; that name is the current token afterwards.
    pub(super) fn body(&mut self, ends: &'static [&'static str]) -> Parsed<Body> {
        if !ends.is_empty() {
            self.end_tags.push(ends);
        }
        let body = self.nested(|parser| parser.statements(ends));
        if !ends.is_empty() {
            self.end_tags.pop();
        }
        body
    }

    fn statements(&mut self, ends: &'static [&'static str]) -> Parsed<Body> {
        let mut body = Vec::new();
        loop {
            let start = self.range();
            let kind = match self.current() {
                TokenKind::End if ends.is_empty() => return Ok(body),
                TokenKind::End => return self.fail_at_end(None),
                TokenKind::Text(_) => match self.take() {
                    TokenKind::Text(text) => StatementKind::Text(text.into_owned()),
                    _ => continue,
                },
                TokenKind::VariableStart => {
                    self.advance();
                    let value = self.tuple(true, false, &[])?;
                    if !matches!(self.current(), TokenKind::VariableEnd) {
                        return self.unexpected("end of print statement");
                    }
                    self.advance();
                    StatementKind::Print(value)
                }
                TokenKind::BlockStart => {
                    self.advance();
                    if ends.iter().any(|end| self.at_name(end)) {
                        return Ok(body);
                    }
                    if self.at_name("print") {
                        self.print(&mut body)?;
                        continue;
                    }
                    let kind = self.statement()?;
                    self.expect_block_end()?;
                    kind
                }
                _ => return self.fail("unexpected end of template"),
            };
            body.push(Statement { kind, range: self.since(start) });
        }
    }

    /// `{% print a, b %}` prints one after the other.
    fn print(&mut self, body: &mut Body) -> Parsed<()> {
        self.advance();
        let mut first = true;
        while !matches!(self.current(), TokenKind::BlockEnd) {
            if !std::mem::take(&mut first) {
                self.expect_operator(",")?;
            }
            let value = self.expression()?;
            body.push(Statement { range: value.range, kind: StatementKind::Print(value) });
        }
        self.expect_block_end()
    }

    fn statement(&mut self) -> Parsed<StatementKind> {
        let start = self.range();
        let TokenKind::Name(name) = *self.current() else { return self.fail("tag name expected") };
        self.open_tags.push(name);
        self.advance();
        let statement = match name {
            "for" => self.for_loop(),
            "if" => self.if_statement(),
            "set" => self.set(),
            "do" => self.tuple(true, false, &[]).map(StatementKind::Do),
            "call" => self.call_block(),
            "macro" | "test" | "data_test" | "materialization" | "docs" => self.macro_block(name),
            "with" => self.with(),
            "filter" => self.filter_block(),
            "autoescape" => self.autoescape(),
            "block" => self.block(),
            "break" if self.loops == 0 => self.fail_at(start, "'break' outside loop"),
            "continue" if self.loops == 0 => self.fail_at(start, "'continue' not properly in loop"),
            "break" => Ok(StatementKind::Break),
            "continue" => Ok(StatementKind::Continue),
            "extends" | "include" | "import" | "from" => {
                self.fail_at(start, "no loader for this environment specified")
            }
            _ => {
                self.open_tags.pop();
                return self.fail_unknown_tag(name, start);
            }
        };
        self.open_tags.pop();
        statement
    }

    /// The end of a tag, then its body up to one of `ends`; the name of the end is the current token afterwards.
    pub(super) fn body_after_tag(&mut self, ends: &'static [&'static str]) -> Parsed<Body> {
        self.skip_operator(":");
        self.expect_block_end()?;
        self.body(ends)
    }

    /// Like [`Self::body_after_tag`] and takes the name of the end as well.
    pub(super) fn whole_body(&mut self, ends: &'static [&'static str]) -> Parsed<Body> {
        let body = self.body_after_tag(ends)?;
        self.advance();
        Ok(body)
    }

    fn for_loop(&mut self) -> Parsed<StatementKind> {
        let target = self.assignment_target(&["in"], false)?;
        if assigns_loop(&target) {
            return self.fail_at(target.range, "Can't assign to special loop variable in for-loop target");
        }
        self.expect_keyword("in")?;
        let iterable = self.tuple(false, false, &["recursive"])?;
        let condition = if self.skip_name("if") { Some(self.expression()?) } else { None };
        let recursive = self.skip_name("recursive");
        self.loops += 1;
        let body = self.body_after_tag(&["endfor", "else"])?;
        self.loops -= 1;
        let has_else = self.at_name("else");
        self.advance();
        let otherwise = if has_else { self.whole_body(&["endfor"])? } else { Vec::new() };
        Ok(StatementKind::For(Box::new(For { target, iterable, condition, recursive, body, otherwise })))
    }

    fn if_statement(&mut self) -> Parsed<StatementKind> {
        let mut arms = Vec::new();
        loop {
            let condition = self.tuple(false, false, &[])?;
            let body = self.body_after_tag(&["elif", "else", "endif"])?;
            arms.push((condition, body));
            if self.skip_name("elif") {
                continue;
            }
            let otherwise = if self.skip_name("else") {
                self.whole_body(&["endif"])?
            } else {
                self.advance();
                Vec::new()
            };
            return Ok(StatementKind::If { arms, otherwise });
        }
    }

    fn set(&mut self) -> Parsed<StatementKind> {
        let target = self.assignment_target(&[], true)?;
        if self.skip_operator("=") {
            return Ok(StatementKind::Set(target, self.tuple(true, false, &[])?));
        }
        let mut filter = None;
        while self.at_operator("|") {
            filter = Some(self.filter(filter)?);
        }
        let body = self.whole_body(&["endset"])?;
        Ok(StatementKind::SetBlock(target, filter, body))
    }

    fn with(&mut self) -> Parsed<StatementKind> {
        let mut assignments = Vec::new();
        while !matches!(self.current(), TokenKind::BlockEnd) {
            if !assignments.is_empty() {
                self.expect_operator(",")?;
            }
            let target = self.assignment_target(&[], false)?;
            self.expect_operator("=")?;
            assignments.push((target, self.expression()?));
        }
        let body = self.whole_body(&["endwith"])?;
        Ok(StatementKind::With(assignments, body))
    }

    fn filter_block(&mut self) -> Parsed<StatementKind> {
        let mut filter = self.filter_after_bar(self.range(), None)?;
        while self.at_operator("|") {
            filter = self.filter(Some(filter))?;
        }
        let body = self.whole_body(&["endfilter"])?;
        Ok(StatementKind::FilterBlock(filter, body))
    }

    fn autoescape(&mut self) -> Parsed<StatementKind> {
        self.expression()?;
        Ok(StatementKind::Block(self.whole_body(&["endautoescape"])?))
    }

    fn block(&mut self) -> Parsed<StatementKind> {
        let name = self.expect_name()?;
        self.skip_name("scoped");
        self.skip_name("required");
        if self.at_operator("-") {
            return self.fail(
                "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an \
                 underscore instead.",
            );
        }
        let body = self.whole_body(&["endblock"])?;
        self.skip_name(name);
        Ok(StatementKind::Block(body))
    }

    /// A name, an attribute of a namespace, or several of them.
    fn assignment_target(&mut self, ends: &[&str], with_namespace: bool) -> Parsed<Expression> {
        let next = if with_namespace { Self::namespace_target } else { Self::primary };
        let target = self.tuple_of(next, false, ends)?;
        match unassignable(&target) {
            None => Ok(target),
            Some(what) => self.fail_at(target.range, format!("can't assign to '{what}'")),
        }
    }

    fn namespace_target(&mut self) -> Parsed<Expression> {
        let start = self.range();
        let target = self.primary()?;
        if !matches!(target.kind, ExpressionKind::Name(_)) || !self.skip_operator(".") {
            return Ok(target);
        }
        let attribute = self.expect_name()?.to_string();
        Ok(Expression { kind: ExpressionKind::Attribute(Box::new(target), attribute), range: self.since(start) })
    }

    fn fail_unknown_tag<T>(&self, name: &'source str, start: TextRange) -> Parsed<T> {
        let (message, _) = self.unknown_tag_or_end(Some(name));
        self.fail_at(start, message)
    }

    fn fail_at_end<T>(&self, name: Option<&str>) -> Parsed<T> {
        let (message, range) = self.unknown_tag_or_end(name);
        self.fail_at(range, message)
    }

    /// `_fail_ut_eof` of Jinja2.
    fn unknown_tag_or_end(&self, name: Option<&str>) -> (String, TextRange) {
        let mut message = match name {
            None => "Unexpected end of template.".to_string(),
            Some(name) => format!("Encountered unknown tag {}.", quoted(name)),
        };
        if let Some(ends) = self.end_tags.last() {
            let expected: Vec<String> = ends.iter().map(|end| quoted(end)).collect();
            let expected = expected.join(" or ");
            let misplaced = name.is_some_and(|name| self.end_tags.iter().any(|ends| ends.contains(&name)));
            message.push_str(&if misplaced {
                format!(
                    " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for \
                     {expected}."
                )
            } else {
                format!(" Jinja was looking for the following tags: {expected}.")
            });
        }
        if let Some(open) = self.open_tags.last() {
            message.push_str(&format!(" The innermost block that needs to be closed is {}.", quoted(open)));
        }
        (message, self.range())
    }
}

fn assigns_loop(target: &Expression) -> bool {
    match &target.kind {
        ExpressionKind::Name(name) => name == "loop",
        ExpressionKind::Tuple(items) => items.iter().any(assigns_loop),
        _ => false,
    }
}

/// What Jinja2 calls an expression that nothing can be assigned to.
fn unassignable(target: &Expression) -> Option<&'static str> {
    match &target.kind {
        ExpressionKind::Name(_) | ExpressionKind::Attribute(..) => None,
        ExpressionKind::Tuple(items) => items.iter().find_map(unassignable),
        ExpressionKind::Literal(Literal::None | Literal::Boolean(_)) => Some("const"),
        ExpressionKind::Literal(_) => Some("const"),
        ExpressionKind::List(_) => Some("list"),
        ExpressionKind::Dict(_) => Some("dict"),
        _ => Some("expression"),
    }
}
