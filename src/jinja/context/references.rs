//! `ref` and `source`.

use super::relation::DuckDBRelation;
use super::scope::{NodeScope, Pass, scope_of};
use crate::jinja::value::error::error;
use crate::jinja::value::{Arguments, Outcome, repr, text_of, type_name};
use crate::manifest::{FunctionCall, MetricCall, QuotePolicy, RefCall, Relation, SourceCall, Version};
use minijinja::State;
use minijinja::value::{Value, ValueKind};

pub(super) fn call_ref(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let scope = scope_of(state)?;
    let call = ref_call(&Arguments::new(arguments))?;
    if scope.pass == Pass::Execute {
        return scope.host.reference(&scope, &call).map(DuckDBRelation::into_value);
    }
    scope.capture().refs.push(call);
    Ok(placeholder(&scope))
}

pub(super) fn call_source(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let scope = scope_of(state)?;
    let call = source_call(&Arguments::new(arguments))?;
    if scope.pass == Pass::Execute {
        return scope.host.source(&scope, &call).map(DuckDBRelation::into_value);
    }
    scope.capture().sources.push(call);
    Ok(placeholder(&scope))
}

/// A metric stands for its name, which is what tools that compute metrics are asked for.
pub(super) fn call_metric(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let scope = scope_of(state)?;
    let call = metric_call(&Arguments::new(arguments))?;
    let name = Value::from(call.name.as_str());
    if scope.pass != Pass::Execute {
        scope.capture().metrics.push(call);
    }
    Ok(name)
}

pub(super) fn call_function(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let scope = scope_of(state)?;
    let call = function_call(&Arguments::new(arguments))?;
    if scope.pass == Pass::Execute {
        return scope.host.function(&scope, &call).map(DuckDBRelation::into_value);
    }
    scope.capture().functions.push(call);
    Ok(placeholder(&scope))
}

/// The arguments of `function` as written: one or two names.
fn function_call(arguments: &Arguments<'_>) -> Outcome<FunctionCall> {
    let (package, name) = match arguments.positional() {
        [name] => (None, name),
        [package, name] => (Some(package).filter(|package| !package.is_none()), name),
        other => return Err(error(format!("function() takes one or two arguments ({} given)", other.len()))),
    };
    let text = |value: &Value, which: &str| {
        let wrong = || {
            error(format!("The {which} argument to function() must be a string, got <class '{}'>", type_name(value)))
        };
        text_of(value).map(|text| text.to_string()).ok_or_else(wrong)
    };
    Ok(FunctionCall {
        package: package.map(|package| text(package, "package")).transpose()?,
        name: text(name, "name")?,
    })
}

/// While parsing, every reference is the relation of the node itself, as in dbt.
fn placeholder(scope: &NodeScope) -> Value {
    let own = scope.node.as_ref().and_then(|node| node.relation.clone());
    let relation = own.unwrap_or_else(|| {
        let target = &scope.domain.target;
        let name = scope.node.as_ref().map_or("", |node| &node.name);
        Relation { quoting: QuotePolicy::default(), ..Relation::new(&*target.database, &*target.schema, name) }
    });
    DuckDBRelation::new(relation, None).into_value()
}

/// The arguments of `ref` as written: one or two names, `version` or `v`.
///
/// # Errors
/// dbt's texts for wrong numbers and types.
pub fn ref_call(arguments: &Arguments<'_>) -> Outcome<RefCall> {
    let (package, name) = match arguments.positional() {
        [name] => (None, name),
        [package, name] => (Some(package), name),
        other => return Err(error(format!("ref() takes at most two arguments ({} given)", other.len()))),
    };
    let Some(name) = text_of(name) else {
        return Err(error(format!("The name argument to ref() must be a string, got <class '{}'>", type_name(name))));
    };
    let package = match package {
        None => None,
        Some(package) if package.is_none() => None,
        Some(package) => match text_of(package) {
            Some(package) => Some(package.to_string()),
            None => {
                let kind = type_name(package);
                return Err(error(format!(
                    "The package argument to ref() must be a string or None, got <class '{kind}'>"
                )));
            }
        },
    };
    // `version=none` falls through to `v`, as any false value does in Python.
    let version = ["version", "v"].into_iter().find_map(|name| arguments.keyword(name).filter(Value::is_true));
    Ok(RefCall { package, name: name.to_string(), version: version.map(|value| version_of(&value)).transpose()? })
}

fn version_of(value: &Value) -> Outcome<Version> {
    if let Some(text) = text_of(value) {
        return Ok(Version::Text(text.to_string()));
    }
    match (value.kind(), value.as_i64()) {
        (ValueKind::Number, Some(number)) if value.is_integer() => Ok(Version::Integer(number)),
        (ValueKind::Number, _) => f64::try_from(value.clone()).map(Version::Float),
        _ => Err(error(format!(
            "The version argument to ref() must be a string, int, float, or None - got <class '{}'>",
            type_name(value)
        ))),
    }
}

/// The arguments of `metric` as written: one or two names.
///
/// # Errors
/// dbt's texts for wrong numbers and types.
pub fn metric_call(arguments: &Arguments<'_>) -> Outcome<MetricCall> {
    let (package, name) = match arguments.positional() {
        [name] => (None, name),
        [package, name] => (Some(package), name),
        other => return Err(error(format!("metric() takes at most two arguments ({} given)", other.len()))),
    };
    let text = |value: &Value, which: &str| match text_of(value) {
        Some(text) => Ok(text.to_string()),
        None => {
            let kind = type_name(value);
            Err(error(format!("The {which} argument to metric() must be a string, got <class '{kind}'>")))
        }
    };
    let package = package.filter(|package| !package.is_none()).map(|package| text(package, "package")).transpose()?;
    Ok(MetricCall { package, name: text(name, "name")? })
}

/// The arguments of `source` as written.
///
/// # Errors
/// dbt's texts for wrong numbers and types.
pub fn source_call(arguments: &Arguments<'_>) -> Outcome<SourceCall> {
    let [source, table] = arguments.positional() else {
        let given = arguments.positional();
        let listed: Vec<String> = given.iter().map(repr).collect();
        return Err(error(format!(
            "source() takes exactly two arguments ({} given): ({})",
            given.len(),
            listed.join(", ")
        )));
    };
    let text = |value: &Value, which: &str| match text_of(value) {
        Some(text) => Ok(text.to_string()),
        None => {
            Err(error(format!("The {which} argument to source() must be a string, got <class '{}'>", type_name(value))))
        }
    };
    Ok(SourceCall {
        source_name: text(source, "source name (first)")?,
        table_name: text(table, "table name (second)")?,
    })
}
