//! Native rendering: the value of a template instead of its text (`quoted_native_concat` of dbt).

use super::ast::{Expression, ExpressionKind, Literal, StatementKind};
use super::parser::parse_template;
use super::runtime::{frame_of, lock};
use super::value;
use indexmap::IndexMap;
use minijinja::value::{Object, ObjectRepr};
use minijinja::{Environment, Error, State, Value};
use std::fmt;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// What dbt's filters `as_text`, `as_bool`, `as_number` and `as_native` make of a value in a native template.
#[derive(Debug)]
struct Marker {
    kind: MarkerKind,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MarkerKind {
    Text,
    Native,
    Boolean,
    Number,
}

impl Object for Marker {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Filters of printed native units, see [`super::printer`].
pub(super) fn install(environment: &mut Environment<'_>) {
    environment.add_filter("__native", |state: &State<'_, '_>, value: Value| -> Result<Value, Error> {
        lock(&frame_of(state)?.printed_values).push(value.clone());
        Ok(value)
    });
    let kinds = [
        ("__as_text", MarkerKind::Text),
        ("__as_native", MarkerKind::Native),
        ("__as_bool", MarkerKind::Boolean),
        ("__as_number", MarkerKind::Number),
    ];
    for (name, kind) in kinds {
        environment
            .add_filter(name, move |value: &Value| Value::from_object(Marker { kind, text: value::to_str(value) }));
    }
}

/// The result of a native template that printed `text`, in which `values` were printed.
pub(super) fn result(text: String, values: Vec<Value>) -> Result<Value, Error> {
    let Ok([only]) = <[Value; 1]>::try_from(values) else { return Ok(Value::from(text)) };
    if value::to_str(&only) != text {
        return Ok(Value::from(text));
    }
    let Some(marker) = only.downcast_object_ref::<Marker>() else { return Ok(only) };
    let converted = match marker.kind {
        MarkerKind::Text => None,
        _ => literal(&marker.text),
    };
    let converted = converted.unwrap_or_else(|| Value::from(marker.text.as_str()));
    let fails = |type_name: &str| {
        value::error::error(format!("Could not convert value '{}' into type '{type_name}'", marker.text))
    };
    match (marker.kind, value::type_name(&converted)) {
        (MarkerKind::Boolean, found) if found != "bool" => Err(fails("bool")),
        (MarkerKind::Number, found) if !matches!(found, "int" | "float") => Err(fails("number")),
        _ => Ok(converted),
    }
}

/// Python's `ast.literal_eval`, for what it shares with Jinja's literals.
fn literal(text: &str) -> Option<Value> {
    let source = format!("{{{{ {} }}}}", text.trim_start_matches([' ', '\t']));
    let mut body = parse_template(&"<value>".into(), &source).ok()?;
    match (body.pop()?.kind, body.is_empty()) {
        (StatementKind::Print(expression), true) => literal_value(&expression, &source),
        _ => None,
    }
}

fn literal_value(expression: &Expression, source: &str) -> Option<Value> {
    let all = |items: &[Expression]| items.iter().map(|item| literal_value(item, source)).collect::<Option<Vec<_>>>();
    match &expression.kind {
        ExpressionKind::Literal(literal) => {
            let spelled = source.get(expression.range.as_usize())?;
            match literal {
                Literal::String(text) => Some(Value::from(text.as_str())),
                Literal::Integer(digits) => digits.parse::<i128>().ok().map(Value::from),
                Literal::Float(number) => Some(Value::from(*number)),
                Literal::Boolean(value) => matches!(spelled, "True" | "False").then(|| Value::from(*value)),
                Literal::None => (spelled == "None").then(|| Value::from(())),
            }
        }
        ExpressionKind::List(items) => all(items).map(value::list),
        ExpressionKind::Tuple(items) => all(items).map(value::tuple),
        ExpressionKind::Dict(pairs) => {
            let pair = |(key, value): &(Expression, Expression)| {
                Some((literal_value(key, source)?, literal_value(value, source)?))
            };
            pairs.iter().map(pair).collect::<Option<IndexMap<_, _>>>().map(value::dict)
        }
        ExpressionKind::Negative(number) => match literal_value(number, source)? {
            number if number.is_integer() => i128::try_from(number).ok().map(|number| Value::from(-number)),
            number => f64::try_from(number).ok().map(|number| Value::from(-number)),
        },
        ExpressionKind::Positive(number) => {
            literal_value(number, source).filter(|number| matches!(value::type_name(number), "int" | "float"))
        }
        _ => None,
    }
}
