//! Expressions, from the weakest binding to the strongest.

use super::{Parsed, Parser, SyntaxError, describe, quoted};
use crate::jinja::ast::{Argument, BinaryOperator, CompareOperator, Expression, ExpressionKind, Literal, TextRange};
use crate::jinja::lexer::TokenKind;

/// What `value[...]` holds: an index or a slice.
enum Subscript {
    Index(Expression),
    Slice([Option<Box<Expression>>; 3]),
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.nested(Self::conditional)
    }

    fn finish(&self, start: TextRange, kind: ExpressionKind) -> Expression {
        Expression { kind, range: self.since(start) }
    }

    fn conditional(&mut self) -> Parsed<Expression> {
        let start = self.range();
        let mut value = self.or()?;
        let mut length = 0;
        while self.skip_name("if") {
            length += 1;
            self.check_chain(length)?;
            let condition = Box::new(self.or()?);
            let otherwise = if self.skip_name("else") { Some(Box::new(self.expression()?)) } else { None };
            let kind = ExpressionKind::Conditional { value: Box::new(value), condition, otherwise };
            value = self.finish(start, kind);
        }
        Ok(value)
    }

    pub(super) fn or(&mut self) -> Parsed<Expression> {
        self.chain(Self::and, |parser| parser.skip_name("or").then_some(()), |(), a, b| ExpressionKind::Or(a, b))
    }

    fn and(&mut self) -> Parsed<Expression> {
        self.chain(Self::not, |parser| parser.skip_name("and").then_some(()), |(), a, b| ExpressionKind::And(a, b))
    }

    /// `next (operator next)*`, grouped to the left.
    fn chain<O>(
        &mut self,
        next: fn(&mut Self) -> Parsed<Expression>,
        operator: fn(&mut Self) -> Option<O>,
        build: fn(O, Box<Expression>, Box<Expression>) -> ExpressionKind,
    ) -> Parsed<Expression> {
        let start = self.range();
        let mut left = next(self)?;
        let mut length = 0;
        while let Some(operator) = operator(self) {
            length += 1;
            self.check_chain(length)?;
            let right = next(self)?;
            left = self.finish(start, build(operator, Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed<Expression> {
        let start = self.range();
        if !self.skip_name("not") {
            return self.compare();
        }
        let value = Box::new(self.nested(Self::not)?);
        Ok(self.finish(start, ExpressionKind::Not(value)))
    }

    fn compare(&mut self) -> Parsed<Expression> {
        let start = self.range();
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some(operator) = self.compare_operator() {
            rest.push((operator, self.sum()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(self.finish(start, ExpressionKind::Compare(Box::new(first), rest)))
    }

    fn compare_operator(&mut self) -> Option<CompareOperator> {
        let operator = match self.current() {
            TokenKind::Operator("==") => CompareOperator::Equal,
            TokenKind::Operator("!=") => CompareOperator::NotEqual,
            TokenKind::Operator("<") => CompareOperator::Less,
            TokenKind::Operator("<=") => CompareOperator::LessOrEqual,
            TokenKind::Operator(">") => CompareOperator::Greater,
            TokenKind::Operator(">=") => CompareOperator::GreaterOrEqual,
            TokenKind::Name("in") => CompareOperator::In,
            TokenKind::Name("not") if matches!(self.look_ahead(), TokenKind::Name("in")) => {
                self.advance();
                CompareOperator::NotIn
            }
            _ => return None,
        };
        self.advance();
        Some(operator)
    }

    fn sum(&mut self) -> Parsed<Expression> {
        self.chain(
            Self::concat,
            |parser| parser.binary_operator(&[("+", BinaryOperator::Add), ("-", BinaryOperator::Subtract)]),
            ExpressionKind::Binary,
        )
    }

    fn concat(&mut self) -> Parsed<Expression> {
        let start = self.range();
        let first = self.product()?;
        if !self.at_operator("~") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.skip_operator("~") {
            parts.push(self.product()?);
        }
        Ok(self.finish(start, ExpressionKind::Concat(parts)))
    }

    fn product(&mut self) -> Parsed<Expression> {
        const OPERATORS: [(&str, BinaryOperator); 4] = [
            ("*", BinaryOperator::Multiply),
            ("/", BinaryOperator::Divide),
            ("//", BinaryOperator::FloorDivide),
            ("%", BinaryOperator::Modulo),
        ];
        self.chain(Self::power, |parser| parser.binary_operator(&OPERATORS), ExpressionKind::Binary)
    }

    fn power(&mut self) -> Parsed<Expression> {
        self.chain(
            |parser| parser.unary(true),
            |parser| parser.binary_operator(&[("**", BinaryOperator::Power)]),
            ExpressionKind::Binary,
        )
    }

    fn binary_operator(&mut self, operators: &[(&str, BinaryOperator)]) -> Option<BinaryOperator> {
        let TokenKind::Operator(found) = *self.current() else { return None };
        let (_, operator) = operators.iter().find(|(text, _)| *text == found)?;
        self.advance();
        Some(*operator)
    }

    fn unary(&mut self, with_filters: bool) -> Parsed<Expression> {
        let start = self.range();
        let value = if self.skip_operator("-") {
            let value = Box::new(self.nested(|parser| parser.unary(false))?);
            self.finish(start, ExpressionKind::Negative(value))
        } else if self.skip_operator("+") {
            let value = Box::new(self.nested(|parser| parser.unary(false))?);
            self.finish(start, ExpressionKind::Positive(value))
        } else {
            self.primary()?
        };
        let value = self.postfix(value)?;
        if with_filters { self.filters_and_tests(value) } else { Ok(value) }
    }

    pub(super) fn primary(&mut self) -> Parsed<Expression> {
        let start = self.range();
        let kind = match self.current() {
            TokenKind::Name(name) => {
                let kind = match *name {
                    "true" | "True" => ExpressionKind::Literal(Literal::Boolean(true)),
                    "false" | "False" => ExpressionKind::Literal(Literal::Boolean(false)),
                    "none" | "None" => ExpressionKind::Literal(Literal::None),
                    name => ExpressionKind::Name(name.to_string()),
                };
                self.advance();
                kind
            }
            TokenKind::String(_) => ExpressionKind::Literal(Literal::String(self.strings())),
            TokenKind::Integer(_) | TokenKind::Float(_) => match self.take() {
                TokenKind::Integer(digits) => ExpressionKind::Literal(Literal::Integer(digits)),
                TokenKind::Float(number) => ExpressionKind::Literal(Literal::Float(number)),
                _ => ExpressionKind::Literal(Literal::None),
            },
            TokenKind::Operator("(") => {
                self.advance();
                let mut value = self.tuple(true, true, &[])?;
                self.expect_operator(")")?;
                if matches!(value.kind, ExpressionKind::Tuple(_)) {
                    value.range = self.since(start);
                }
                return Ok(value);
            }
            TokenKind::Operator("[") => self.list()?,
            TokenKind::Operator("{") => self.dict()?,
            other => {
                let message = format!("unexpected {}", quoted(&describe(other)));
                return self.fail(message);
            }
        };
        Ok(self.finish(start, kind))
    }

    /// Adjacent strings are one.
    fn strings(&mut self) -> String {
        let mut joined = String::new();
        while let TokenKind::String(_) = self.current() {
            if let TokenKind::String(part) = self.take() {
                joined.push_str(&part);
            }
        }
        joined
    }

    fn list(&mut self) -> Parsed<ExpressionKind> {
        self.expect_operator("[")?;
        let mut items = Vec::new();
        while !self.at_operator("]") {
            if !items.is_empty() {
                self.expect_operator(",")?;
                if self.at_operator("]") {
                    break;
                }
            }
            items.push(self.expression()?);
        }
        self.expect_operator("]")?;
        Ok(ExpressionKind::List(items))
    }

    fn dict(&mut self) -> Parsed<ExpressionKind> {
        self.expect_operator("{")?;
        let mut pairs = Vec::new();
        while !self.at_operator("}") {
            if !pairs.is_empty() {
                self.expect_operator(",")?;
                if self.at_operator("}") {
                    break;
                }
            }
            let key = self.expression()?;
            self.expect_operator(":")?;
            pairs.push((key, self.expression()?));
        }
        self.expect_operator("}")?;
        Ok(ExpressionKind::Dict(pairs))
    }

    fn at_tuple_end(&self, keywords: &[&str]) -> bool {
        matches!(self.current(), TokenKind::VariableEnd | TokenKind::BlockEnd | TokenKind::Operator(")"))
            || keywords.iter().any(|keyword| self.at_name(keyword))
    }

    /// One expression, or several with commas between them. `conditional` allows `a if b`; `explicit` allows nothing
    /// at all; `ends` are keywords that end the tuple.
    pub(super) fn tuple(&mut self, conditional: bool, explicit: bool, ends: &[&str]) -> Parsed<Expression> {
        let next = if conditional { Self::expression } else { |parser: &mut Self| parser.nested(Self::or) };
        self.tuple_of(next, explicit, ends)
    }

    pub(super) fn tuple_of(
        &mut self,
        next: fn(&mut Self) -> Parsed<Expression>,
        explicit: bool,
        ends: &[&str],
    ) -> Parsed<Expression> {
        let start = self.range();
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect_operator(",")?;
            }
            if self.at_tuple_end(ends) {
                break;
            }
            items.push(next(self)?);
            if !self.at_operator(",") {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            if let Some(only) = items.pop() {
                return Ok(only);
            }
            if !explicit {
                return self.fail(format!("Expected an expression, got {}", quoted(&describe(self.current()))));
            }
        }
        Ok(self.finish(start, ExpressionKind::Tuple(items)))
    }

    pub(super) fn postfix(&mut self, mut value: Expression) -> Parsed<Expression> {
        let mut length = 0;
        loop {
            length += 1;
            self.check_chain(length)?;
            value = match self.current() {
                TokenKind::Operator(".") => self.attribute(value)?,
                TokenKind::Operator("[") => self.subscript(value)?,
                TokenKind::Operator("(") => self.call(value)?,
                _ => return Ok(value),
            };
        }
    }

    fn call(&mut self, function: Expression) -> Parsed<Expression> {
        let start = function.range;
        let arguments = self.arguments()?;
        Ok(self.finish(start, ExpressionKind::Call(Box::new(function), arguments)))
    }

    fn attribute(&mut self, value: Expression) -> Parsed<Expression> {
        let start = value.range;
        self.advance();
        let key_range = self.range();
        let kind = match self.take() {
            TokenKind::Name(name) => ExpressionKind::Attribute(Box::new(value), name.to_string()),
            TokenKind::Integer(digits) => {
                let key = ExpressionKind::Literal(Literal::Integer(digits));
                ExpressionKind::Item(Box::new(value), Box::new(Expression { kind: key, range: key_range }))
            }
            TokenKind::Failure(message) => {
                return Err(Box::new(SyntaxError { message, range: key_range }));
            }
            _ => return self.fail_at(key_range, "expected name or number"),
        };
        Ok(self.finish(start, kind))
    }

    fn subscript(&mut self, value: Expression) -> Parsed<Expression> {
        let start = value.range;
        let bracket = self.range();
        self.advance();
        let mut subscripts = Vec::new();
        while !self.at_operator("]") {
            if !subscripts.is_empty() {
                self.expect_operator(",")?;
            }
            subscripts.push(self.subscribed()?);
        }
        self.expect_operator("]")?;
        let value = Box::new(value);
        let kind = if subscripts.len() == 1 {
            match subscripts.pop() {
                Some(Subscript::Slice(bounds)) => ExpressionKind::Slice(value, bounds),
                Some(Subscript::Index(index)) => ExpressionKind::Item(value, Box::new(index)),
                None => return self.fail_at(bracket, "expected subscript expression"),
            }
        } else {
            let mut items = Vec::with_capacity(subscripts.len());
            for subscript in subscripts {
                match subscript {
                    Subscript::Index(index) => items.push(index),
                    Subscript::Slice(_) => return self.fail_at(bracket, "a slice cannot stand among several indexes"),
                }
            }
            let key = self.finish(bracket, ExpressionKind::Tuple(items));
            ExpressionKind::Item(value, Box::new(key))
        };
        Ok(self.finish(start, kind))
    }

    fn subscribed(&mut self) -> Parsed<Subscript> {
        let mut bounds = [None, None, None];
        if !self.at_operator(":") {
            let first = self.expression()?;
            if !self.at_operator(":") {
                return Ok(Subscript::Index(first));
            }
            bounds[0] = Some(Box::new(first));
        }
        for bound in &mut bounds[1..] {
            if !self.skip_operator(":") {
                break;
            }
            if !matches!(self.current(), TokenKind::Operator(":" | "]" | ",")) {
                *bound = Some(Box::new(self.expression()?));
            }
        }
        Ok(Subscript::Slice(bounds))
    }

    pub(super) fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        let start = self.range();
        self.expect_operator("(")?;
        let (mut arguments, mut keywords, mut unpacked, mut unpacked_mapping) = (Vec::new(), false, false, false);
        while !self.at_operator(")") {
            if !arguments.is_empty() {
                self.expect_operator(",")?;
                if self.at_operator(")") {
                    break;
                }
            }
            let named = matches!((self.current(), self.look_ahead()), (TokenKind::Name(_), TokenKind::Operator("=")));
            let (allowed, argument) = if self.skip_operator("*") {
                let allowed = !unpacked && !unpacked_mapping;
                unpacked = true;
                (allowed, Argument::Unpacked(self.expression()?))
            } else if self.skip_operator("**") {
                let allowed = !unpacked_mapping;
                unpacked_mapping = true;
                (allowed, Argument::UnpackedMapping(self.expression()?))
            } else if named {
                keywords = true;
                let name_range = self.range();
                let name = self.expect_name()?.to_string();
                if arguments.iter().any(|argument| matches!(argument, Argument::Keyword(key, _) if *key == name)) {
                    return self.fail_at(name_range, format!("keyword argument repeated: {name}"));
                }
                self.advance();
                (!unpacked_mapping, Argument::Keyword(name, self.expression()?))
            } else {
                let allowed = !keywords && !unpacked && !unpacked_mapping;
                if !allowed {
                    return self.fail_at(start, "invalid syntax for function call expression");
                }
                (allowed, Argument::Positional(self.expression()?))
            };
            if !allowed {
                return self.fail_at(start, "invalid syntax for function call expression");
            }
            arguments.push(argument);
        }
        self.expect_operator(")")?;
        Ok(arguments)
    }

    fn filters_and_tests(&mut self, mut value: Expression) -> Parsed<Expression> {
        let mut length = 0;
        loop {
            length += 1;
            self.check_chain(length)?;
            value = match self.current() {
                TokenKind::Operator("|") => self.filter(Some(value))?,
                TokenKind::Name("is") => self.test(value)?,
                TokenKind::Operator("(") => self.call(value)?,
                _ => return Ok(value),
            };
        }
    }

    /// `| name(arguments)`
    pub(super) fn filter(&mut self, value: Option<Expression>) -> Parsed<Expression> {
        let start = value.as_ref().map_or(self.range(), |value| value.range);
        self.expect_operator("|")?;
        self.filter_after_bar(start, value)
    }

    /// `name(arguments)` of a filter.
    pub(super) fn filter_after_bar(&mut self, start: TextRange, value: Option<Expression>) -> Parsed<Expression> {
        let name = self.expect_dotted_name()?;
        let arguments = if self.at_operator("(") { self.arguments()? } else { Vec::new() };
        Ok(self.finish(start, ExpressionKind::Filter(value.map(Box::new), name, arguments)))
    }

    fn test(&mut self, value: Expression) -> Parsed<Expression> {
        let start = value.range;
        self.advance();
        let negated = self.skip_name("not");
        let name = self.expect_dotted_name()?;
        let arguments = match self.current() {
            TokenKind::Operator("(") => self.arguments()?,
            TokenKind::Name("else" | "or" | "and") => Vec::new(),
            TokenKind::Name("is") => return self.fail("You cannot chain multiple tests with is"),
            TokenKind::Name(_)
            | TokenKind::String(_)
            | TokenKind::Integer(_)
            | TokenKind::Float(_)
            | TokenKind::Operator("[" | "{") => {
                let argument = self.primary()?;
                vec![Argument::Positional(self.postfix(argument)?)]
            }
            _ => Vec::new(),
        };
        let test = self.finish(start, ExpressionKind::Test(Box::new(value), name, arguments));
        if !negated {
            return Ok(test);
        }
        let range = test.range;
        Ok(Expression { kind: ExpressionKind::Not(Box::new(test)), range })
    }
}
