//! Values that are known without rendering.

use crate::jinja::ast::{Expression, ExpressionKind, Literal, Parameter};
use crate::jinja::runtime::missing;
use crate::jinja::unit::ParameterSpec;
use minijinja::Value;

/// How a parameter is bound when the caller leaves it out.
pub(super) fn parameter_spec(parameter: &Parameter) -> ParameterSpec {
    let default = parameter.default.as_ref().map(|default| literal_value(default).unwrap_or_else(missing));
    ParameterSpec { name: super::names::printed_name(&parameter.name).into_owned(), default }
}

/// The value of a literal, a negative number included.
pub(super) fn literal_value(expression: &Expression) -> Option<Value> {
    match &expression.kind {
        ExpressionKind::Literal(Literal::String(text)) => Some(Value::from(text.as_str())),
        ExpressionKind::Literal(Literal::Integer(digits)) => digits.parse::<i64>().ok().map(Value::from),
        ExpressionKind::Literal(Literal::Float(number)) => Some(Value::from(*number)),
        ExpressionKind::Literal(Literal::Boolean(value)) => Some(Value::from(*value)),
        ExpressionKind::Literal(Literal::None) => Some(Value::from(())),
        ExpressionKind::Negative(value) => match &value.kind {
            ExpressionKind::Literal(Literal::Integer(digits)) => digits.parse::<i64>().ok().map(|n| Value::from(-n)),
            ExpressionKind::Literal(Literal::Float(number)) => Some(Value::from(-number)),
            _ => None,
        },
        _ => None,
    }
}

/// Filters that Jinja2 does not evaluate while compiling: they need the context, or their result is not a plain value.
const LATE_FILTERS: [&str; 13] = [
    "as_bool",
    "as_native",
    "as_number",
    "as_text",
    "groupby",
    "items",
    "map",
    "random",
    "reject",
    "rejectattr",
    "select",
    "selectattr",
    "tojson",
];

/// Whether Jinja2 evaluates the expression while it compiles a template. In a native template such a value is printed as
/// text: `{{ 1 }}` is `'1'`, but `{{ one }}` is whatever `one` is.
pub(super) fn is_constant(expression: &Expression) -> bool {
    let late = match &expression.kind {
        ExpressionKind::Name(_) | ExpressionKind::Call(..) => true,
        ExpressionKind::Filter(_, name, _) => LATE_FILTERS.contains(&name.as_str()),
        _ => false,
    };
    let mut constant = !late;
    expression.children(&mut |child| constant = constant && is_constant(child));
    constant
}
