//! Jinja2's filters that apply another filter or test to each item.

use minijinja::value::Value;
use minijinja::{Error, ErrorKind, State};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::attribute::Path;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::{generator, iterate, repr, to_str};

use super::Filter;

pub(super) static FILTERS: &[(&str, Filter)] = &[
    ("map", map),
    ("select", |state, value, arguments| select(state, value, arguments, false, true)),
    ("reject", |state, value, arguments| select(state, value, arguments, false, false)),
    ("selectattr", |state, value, arguments| select(state, value, arguments, true, true)),
    ("rejectattr", |state, value, arguments| select(state, value, arguments, true, false)),
];

fn map(state: &mut State<'_, '_>, value: &Value, arguments: Arguments<'_>) -> Outcome {
    if !value.is_true() {
        return Ok(generator("generator", Vec::new()));
    }
    let Some(name) = arguments.positional().first() else { return map_attribute(value, arguments) };
    let name = to_str(name);
    let mut call = vec![Value::default()];
    call.extend(arguments.skip(1).to_vec());
    let mut mapped = Vec::new();
    for item in iterate(value)? {
        call[0] = item;
        mapped.push(state.apply_filter(&name, &call).map_err(|failure| unknown(failure, "filter", &name))?);
    }
    Ok(generator("generator", mapped))
}

fn map_attribute(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let Some(attribute) = arguments.keyword("attribute") else {
        return Err(error("map requires a filter argument"));
    };
    let known = |name: &str| matches!(name, "attribute" | "default");
    if let Some((name, _)) = arguments.keywords().into_iter().find(|(name, _)| !known(name)) {
        return Err(error(format!("Unexpected keyword argument {}", repr(&Value::from(name)))));
    }
    let (path, default) = (Path::new(&attribute), arguments.keyword("default").filter(|default| !default.is_none()));
    let mapped = iterate(value)?.iter().map(|item| path.follow(item, default.as_ref())).collect::<Outcome<_>>()?;
    Ok(generator("generator", mapped))
}

fn select(
    state: &mut State<'_, '_>,
    value: &Value,
    arguments: Arguments<'_>,
    by_attribute: bool,
    keep: bool,
) -> Outcome {
    if !value.is_true() {
        return Ok(generator("generator", Vec::new()));
    }
    let (path, arguments) = match (by_attribute, arguments.positional().first()) {
        (true, Some(attribute)) => (Path::new(attribute), arguments.skip(1)),
        (true, None) => return Err(error("Missing parameter for attribute name")),
        (false, _) => (Path::default(), arguments),
    };
    let test = arguments.positional().first().map(to_str);
    let mut call = vec![Value::default()];
    call.extend(arguments.skip(1).to_vec());
    let mut kept = Vec::new();
    for item in iterate(value)? {
        let subject = path.follow(&item, None)?;
        let holds = match &test {
            None => subject.is_true(),
            Some(name) => {
                call[0] = subject;
                state.perform_test(name, &call).map_err(|failure| unknown(failure, "test", name))?
            }
        };
        if holds == keep {
            kept.push(item);
        }
    }
    Ok(generator("generator", kept))
}

/// Jinja2's text for a name that there is no filter or test of.
fn unknown(failure: Error, kind: &str, name: &str) -> Error {
    match failure.kind() {
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest if failure.detail().is_none() => {
            Error::new(failure.kind(), format!("No {kind} named {}.", repr(&Value::from(name))))
        }
        _ => failure,
    }
}
