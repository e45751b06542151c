//! What can be said about a template without rendering it.
//!
//! Owns the fast path for models that hold nothing but literal `ref`, `source`, `config` and `var` calls
//! ([`literal_calls`]), and what dbt reads from the syntax tree of macros ([`possible_macro_calls`]). Whatever is not
//! plain is left to rendering.

use super::ast::{Argument, Body, Expression, ExpressionKind, Literal, StatementKind, TextRange, walk_expressions};
use super::value;
use minijinja::Value;

#[cfg(test)]
mod tests;

/// The functions that [`literal_calls`] knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum LiteralFunction {
    Ref,
    Source,
    Config,
    Var,
    Metric,
}

/// One call with literal arguments.
#[derive(Debug, Clone)]
pub struct LiteralCall {
    /// What is called.
    pub function: LiteralFunction,
    /// Positional arguments.
    pub positional: Vec<Value>,
    /// Keyword arguments in the order in which they are written.
    pub keywords: Vec<(String, Value)>,
    /// Where the call stands.
    pub range: TextRange,
}

/// The calls of a template that holds nothing but text and `{{ ref(...) }}`, `{{ source(...) }}`, `{{ config(...) }}` and
/// `{{ var(...) }}` and `{{ metric(...) }}` with literal arguments; nothing if there is anything else in it, which has to be rendered then.
///
/// Holds only where no macro has one of the five names.
pub fn literal_calls(body: &Body) -> Option<Vec<LiteralCall>> {
    let mut calls = Vec::new();
    for statement in body {
        match &statement.kind {
            StatementKind::Text(_) => {}
            StatementKind::Print(expression) => calls.push(literal_call(expression)?),
            _ => return None,
        }
    }
    Some(calls)
}

/// Whether a template reads a variable called `name` anywhere.
pub fn names_variable(body: &Body, name: &str) -> bool {
    let mut found = false;
    walk_expressions(body, &mut |expression| {
        found |= matches!(&expression.kind, ExpressionKind::Name(known) if known == name);
    });
    found
}

/// A single call such as `ref('orders')` with literal arguments.
pub fn literal_call(expression: &Expression) -> Option<LiteralCall> {
    let ExpressionKind::Call(function, arguments) = &expression.kind else { return None };
    let function = match &function.kind {
        ExpressionKind::Name(name) => match name.as_str() {
            "ref" => LiteralFunction::Ref,
            "source" => LiteralFunction::Source,
            "config" => LiteralFunction::Config,
            "var" => LiteralFunction::Var,
            "metric" => LiteralFunction::Metric,
            _ => return None,
        },
        _ => return None,
    };
    let mut call = LiteralCall { function, positional: Vec::new(), keywords: Vec::new(), range: expression.range };
    for argument in arguments {
        match argument {
            Argument::Positional(value) => call.positional.push(literal(value)?),
            Argument::Keyword(name, value) => call.keywords.push((name.clone(), literal(value)?)),
            Argument::Unpacked(_) | Argument::UnpackedMapping(_) => return None,
        }
    }
    Some(call)
}

/// The value of a literal, or of a collection of literals.
pub fn literal(expression: &Expression) -> Option<Value> {
    let all = |items: &[Expression]| items.iter().map(literal).collect::<Option<Vec<_>>>();
    match &expression.kind {
        ExpressionKind::Literal(Literal::String(text)) => Some(Value::from(text.as_str())),
        ExpressionKind::Literal(Literal::Integer(digits)) => digits.parse::<i64>().ok().map(Value::from),
        ExpressionKind::Literal(Literal::Float(number)) => Some(Value::from(*number)),
        ExpressionKind::Literal(Literal::Boolean(value)) => Some(Value::from(*value)),
        ExpressionKind::Literal(Literal::None) => Some(Value::from(())),
        ExpressionKind::Negative(number) => match &number.kind {
            ExpressionKind::Literal(Literal::Integer(digits)) => digits.parse::<i64>().ok().map(|n| Value::from(-n)),
            ExpressionKind::Literal(Literal::Float(number)) => Some(Value::from(-number)),
            _ => None,
        },
        ExpressionKind::List(items) => all(items).map(value::list),
        ExpressionKind::Tuple(items) => all(items).map(value::tuple),
        ExpressionKind::Dict(pairs) => {
            let pair = |(key, value): &(Expression, Expression)| Some((literal(key)?, literal(value)?));
            pairs.iter().map(pair).collect::<Option<_>>().map(value::dict)
        }
        _ => None,
    }
}

/// A call that may be the call of a macro.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PossibleMacroCall {
    /// `name(...)`
    Named(String),
    /// `package.name(...)`
    OfPackage(String, String),
    /// `adapter.dispatch(name, namespace)`; dbt takes `name` itself for a call too, and the macro that is found.
    Dispatch {
        /// The macro's name, without the adapter's prefix.
        name: String,
        /// `macro_namespace`, if it is a literal.
        namespace: Option<String>,
    },
}

/// Calls in a body that may be calls of macros, each once, in the order in which dbt finds them
/// (`statically_extract_macro_calls`): of macros, dbt derives `depends_on.macros` from them. `ref`, `source`, `config`
/// and methods of `adapter` are left out; whether a name is a macro or a function of the context is not known here.
pub fn possible_macro_calls(parameters: &[super::ast::Parameter], body: &Body) -> Vec<PossibleMacroCall> {
    let mut found: Vec<PossibleMacroCall> = Vec::new();
    let mut visit = |expression: &Expression| {
        if let Some(call) = possible_macro_call(expression)
            && !found.contains(&call)
        {
            found.push(call);
        }
    };
    super::ast::default_values(parameters).for_each(|default| default.walk(&mut visit));
    walk_expressions(body, &mut visit);
    found
}

fn possible_macro_call(expression: &Expression) -> Option<PossibleMacroCall> {
    let ExpressionKind::Call(function, arguments) = &expression.kind else { return None };
    match &function.kind {
        ExpressionKind::Name(name) if matches!(name.as_str(), "ref" | "source" | "config") => None,
        ExpressionKind::Name(name) => Some(PossibleMacroCall::Named(name.clone())),
        ExpressionKind::Attribute(object, name) => match &object.kind {
            ExpressionKind::Name(object) if object == "adapter" => {
                if name == "dispatch" {
                    dispatched(arguments)
                } else {
                    None
                }
            }
            ExpressionKind::Name(package) => Some(PossibleMacroCall::OfPackage(package.clone(), name.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn dispatched(arguments: &[Argument]) -> Option<PossibleMacroCall> {
    let argument = |index: usize, name: &str| {
        let keyword = arguments.iter().find(|argument| matches!(argument, Argument::Keyword(key, _) if key == name));
        let positional = arguments.get(index).filter(|argument| matches!(argument, Argument::Positional(_)));
        match keyword.or(positional).map(|argument| &argument.value().kind) {
            Some(ExpressionKind::Literal(Literal::String(text))) => Some(text.clone()),
            _ => None,
        }
    };
    Some(PossibleMacroCall::Dispatch { name: argument(0, "macro_name")?, namespace: argument(1, "macro_namespace") })
}

/// Whether a body mentions the variable `name` anywhere, such as `this` or `execute`.
pub fn mentions(body: &Body, name: &str) -> bool {
    let mut found = false;
    walk_expressions(body, &mut |expression| {
        found = found || matches!(&expression.kind, ExpressionKind::Name(mentioned) if mentioned == name);
    });
    found
}

/// The keyword arguments of the first `config(...)` call as written: what dbt keeps as `unrendered_config` to notice that
/// the source of a setting has changed.
pub fn unrendered_config(body: &Body) -> Vec<(&str, TextRange)> {
    let mut first: Option<&[Argument]> = None;
    walk_expressions(body, &mut |expression| {
        if let ExpressionKind::Call(function, arguments) = &expression.kind
            && matches!(&function.kind, ExpressionKind::Name(name) if name == "config")
        {
            first.get_or_insert(arguments);
        }
    });
    let arguments = first.unwrap_or_default().iter();
    arguments
        .filter_map(|argument| match argument {
            Argument::Keyword(name, value) => Some((name.as_str(), value.range)),
            _ => None,
        })
        .collect()
}
