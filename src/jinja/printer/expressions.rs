//! Expressions of the printer.
//!
//! Every expression is printed with a binding strength, and in parentheses where it binds weaker than its place asks for.
//! Parentheses are few on purpose: minijinja's parser stops at a nesting of 150.

use super::constants::is_constant;
use super::{Printer, names};
use crate::jinja::ast::{Argument, BinaryOperator, CompareOperator, Expression, ExpressionKind, Literal};

/// A long chain of operators is a deep tree.
const STACK_RED_ZONE: usize = 64 * 1024;
const STACK_GROWTH: usize = 1024 * 1024;

/// Anything but `a if b else c`.
pub(super) const NO_CONDITIONAL: u8 = 1;
const AND_OPERAND: u8 = 2;
const NOT_OPERAND: u8 = 3;
const COMPARISON: u8 = 4;
/// What may stand before `|filter` and in comparisons.
pub(super) const FILTER_OPERAND: u8 = 5;
/// What may stand before `.name`, `[item]` and `(arguments)`.
pub(super) const POSTFIX: u8 = 6;

fn binding(expression: &Expression) -> u8 {
    match &expression.kind {
        ExpressionKind::Conditional { .. } => 0,
        ExpressionKind::Or(..) => NO_CONDITIONAL,
        ExpressionKind::And(..) => AND_OPERAND,
        ExpressionKind::Not(_) => NOT_OPERAND,
        ExpressionKind::Compare(_, rest) if rest.len() > 1 => COMPARISON,
        ExpressionKind::Literal(Literal::Integer(_) | Literal::Float(_)) => FILTER_OPERAND,
        ExpressionKind::Literal(_) | ExpressionKind::Name(_) | ExpressionKind::Tuple(_) | ExpressionKind::Call(..) => {
            POSTFIX
        }
        _ => FILTER_OPERAND,
    }
}

fn binary_filter(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "__add",
        BinaryOperator::Subtract => "__sub",
        BinaryOperator::Multiply => "__mul",
        BinaryOperator::Divide => "__div",
        BinaryOperator::FloorDivide => "__floordiv",
        BinaryOperator::Modulo => "__mod",
        BinaryOperator::Power => "__pow",
    }
}

/// The filter for a comparison, and minijinja's own operator for a chain of them.
fn compare_filter(operator: CompareOperator) -> (&'static str, &'static str) {
    match operator {
        CompareOperator::Equal => ("__eq", " == "),
        CompareOperator::NotEqual => ("__ne", " != "),
        CompareOperator::Less => ("__lt", " < "),
        CompareOperator::LessOrEqual => ("__le", " <= "),
        CompareOperator::Greater => ("__gt", " > "),
        CompareOperator::GreaterOrEqual => ("__ge", " >= "),
        CompareOperator::In => ("__in", " in "),
        CompareOperator::NotIn => ("__not_in", " not in "),
    }
}

impl Printer<'_> {
    /// Prints an expression that binds at least as strongly as `least`.
    pub(super) fn expression(&mut self, expression: &Expression, least: u8) {
        let parenthesized = binding(expression) < least;
        if parenthesized {
            self.push("(");
        }
        let start = self.printed.len();
        stacker::maybe_grow(STACK_RED_ZONE, STACK_GROWTH, || self.bare_expression(expression));
        if !matches!(expression.kind, ExpressionKind::Literal(_)) {
            self.mark(start, expression.range);
        }
        if parenthesized {
            self.push(")");
        }
    }

    fn bare_expression(&mut self, expression: &Expression) {
        let folded = self.folded;
        // As an operand of something constant; what stands for itself keeps the strict form, because Jinja2 does not keep
        // an undefined value as a constant.
        self.folded = folded || is_constant(expression);
        self.expression_kind(expression, folded);
        self.folded = folded;
    }

    fn expression_kind(&mut self, expression: &Expression, folded: bool) {
        use ExpressionKind::*;
        match &expression.kind {
            Literal(literal) => self.literal(literal),
            Name(name) => self.push(&names::printed_name(name)),
            List(items) => self.call_filter("0|__list(", items.iter()),
            Dict(pairs) => self.call_filter("0|__dict(", pairs.iter().flat_map(|(key, value)| [key, value])),
            Tuple(items) => {
                self.call_filter("(", items.iter());
                if items.len() == 1 {
                    self.printed.pop();
                    self.push(",)");
                }
            }
            Attribute(value, name) => {
                self.expression(value, FILTER_OPERAND);
                self.push("|__attr(");
                self.string(name);
                self.push(")");
            }
            Item(value, key) => self.binary(value, "__item", key),
            Slice(value, bounds) => self.slice(value, bounds, folded),
            Call(function, arguments) => self.call(function, arguments, None),
            Filter(value, name, arguments) => {
                if let Some(value) = value {
                    self.expression(value, FILTER_OPERAND);
                    self.push("|");
                }
                self.named(name, arguments);
            }
            Test(value, name, arguments) => {
                self.expression(value, FILTER_OPERAND);
                self.push(" is ");
                // With brackets in any case: minijinja would take what follows for an argument.
                self.push(&name.replace('.', "__"));
                self.arguments(arguments, None);
            }
            Binary(operator, left, right) => {
                self.binary(left, binary_filter(*operator), right);
                // A constant is computed once and copied, so that its parts share nothing.
                let is_list = |operand: &Expression| matches!(operand.kind, List(_));
                let repeats = *operator == BinaryOperator::Multiply && (is_list(left) || is_list(right));
                if repeats && is_constant(expression) {
                    self.push("|__copy");
                }
            }
            Concat(parts) => {
                if let Some((first, rest)) = parts.split_first() {
                    self.expression(first, FILTER_OPERAND);
                    self.call_filter("|__concat(", rest.iter());
                }
            }
            Compare(first, rest) => self.compare(first, rest),
            And(left, right) => self.tag(&[("", left, AND_OPERAND), (" and ", right, NOT_OPERAND)], ""),
            Or(left, right) => self.tag(&[("", left, NO_CONDITIONAL), (" or ", right, AND_OPERAND)], ""),
            Not(value) => self.tag(&[("not ", value, NOT_OPERAND)], ""),
            Negative(value) => self.negative(value),
            Positive(value) => self.tag(&[("", value, FILTER_OPERAND)], "|__pos"),
            Conditional { value, condition, otherwise } => {
                self.tag(&[("", value, NO_CONDITIONAL), (" if ", condition, NO_CONDITIONAL)], "");
                if let Some(otherwise) = otherwise {
                    self.tag(&[(" else ", otherwise, 0)], "");
                }
            }
        }
    }

    /// A call; of an attribute it is a method call, which objects see as such.
    pub(super) fn call(&mut self, function: &Expression, arguments: &[Argument], caller: Option<&str>) {
        let start = self.printed.len();
        match &function.kind {
            ExpressionKind::Attribute(object, method) if method.is_ascii() => {
                self.expression(object, POSTFIX);
                self.push(".");
                self.push(method);
                self.mark(start, function.range);
            }
            _ => self.expression(function, POSTFIX),
        }
        self.arguments(arguments, caller);
    }

    fn binary(&mut self, left: &Expression, filter: &str, right: &Expression) {
        self.expression(left, FILTER_OPERAND);
        self.push("|");
        self.push(filter);
        self.push("(");
        self.expression(right, 0);
        self.push(")");
    }

    fn compare(&mut self, first: &Expression, rest: &[(CompareOperator, Expression)]) {
        if let [(operator, second)] = rest {
            return self.binary(first, compare_filter(*operator).0, second);
        }
        self.expression(first, FILTER_OPERAND);
        for (operator, next) in rest {
            self.push(compare_filter(*operator).1);
            self.expression(next, FILTER_OPERAND);
        }
    }

    fn negative(&mut self, value: &Expression) {
        if let ExpressionKind::Literal(literal @ (Literal::Integer(_) | Literal::Float(_))) = &value.kind {
            self.push("-");
            return self.literal(literal);
        }
        self.tag(&[("", value, FILTER_OPERAND)], "|__neg");
    }

    fn slice(&mut self, value: &Expression, bounds: &[Option<Box<Expression>>; 3], folded: bool) {
        // A slice of an undefined value is an error, and then nothing is computed early.
        self.folded &= !matches!(value.kind, ExpressionKind::Slice(..));
        self.expression(value, FILTER_OPERAND);
        self.push(if folded { "|__slice_constant(" } else { "|__slice(" });
        for (index, bound) in bounds.iter().enumerate() {
            if index > 0 {
                self.push(",");
            }
            match bound {
                Some(bound) => self.expression(bound, 0),
                None => self.push("none"),
            }
        }
        self.push(")");
    }

    fn call_filter<'e>(&mut self, opening: &str, items: impl Iterator<Item = &'e Expression>) {
        self.push(opening);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.push(",");
            }
            self.expression(item, 0);
        }
        self.push(")");
    }

    fn named(&mut self, name: &str, arguments: &[Argument]) {
        if self.native && matches!(name, "as_text" | "as_bool" | "as_number" | "as_native") {
            self.push("__");
        }
        self.push(&name.replace('.', "__"));
        if !arguments.is_empty() {
            self.arguments(arguments, None);
        }
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument], caller: Option<&str>) {
        self.push("(");
        for (index, argument) in arguments.iter().enumerate() {
            if index > 0 {
                self.push(",");
            }
            match argument {
                Argument::Positional(value) => self.expression(value, 0),
                Argument::Keyword(name, value) => {
                    self.push(&names::printed_name(name));
                    self.tag(&[("=", value, 0)], "");
                }
                Argument::Unpacked(value) => self.tag(&[("*", value, FILTER_OPERAND)], ""),
                Argument::UnpackedMapping(value) => self.tag(&[("**", value, FILTER_OPERAND)], ""),
            }
        }
        if let Some(caller) = caller {
            self.push(if arguments.is_empty() { "caller=" } else { ",caller=" });
            self.push(caller);
        }
        self.push(")");
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::String(text) => self.string(text),
            Literal::Integer(digits) if digits.len() <= 38 => self.push(digits),
            Literal::Integer(digits) => {
                self.string(digits);
                self.push("|int");
            }
            Literal::Float(number) if number.is_infinite() => self.push("\"inf\"|float"),
            Literal::Float(number) => self.push(&format!("{number:?}")),
            Literal::Boolean(value) => self.push(if *value { "true" } else { "false" }),
            Literal::None => self.push("none"),
        }
    }

    pub(super) fn string(&mut self, text: &str) {
        self.push("\"");
        for character in text.chars() {
            match character {
                '"' => self.push("\\\""),
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                other => self.printed.push(other),
            }
        }
        self.push("\"");
    }
}
