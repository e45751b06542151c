//! What templates reach by `value|name(...)` and `value is name`: the operators of printed templates, Jinja2's filters
//! and tests, and dbt's own filters.

mod convert;
mod number;
mod operators;
mod predicates;
mod select;
mod sequence;
mod text;
mod web;
mod wrap;

use minijinja::value::{Rest, Value, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State};

use super::arguments::Arguments;
use super::error::Outcome;
use super::{functions, methods, text as value_text, text_of};

/// A filter.
type Filter = fn(&mut State<'_, '_>, &Value, Arguments<'_>) -> Outcome;

static FILTERS: [&[(&str, Filter)]; 6] =
    [sequence::FILTERS, select::FILTERS, number::FILTERS, text::FILTERS, convert::FILTERS, web::FILTERS];

/// minijinja's own filters and tests, which Jinja2 does not have under these names or with this meaning.
static FOREIGN_FILTERS: &[&str] = &["bool", "chain", "lines", "split", "zip"];
static FOREIGN_TESTS: &[&str] = &["endingwith", "int", "safe", "startingwith"];

/// Whether there is a filter of this name.
pub fn is_filter(name: &str) -> bool {
    FILTERS.iter().any(|filters| filters.iter().any(|(known, _)| *known == name))
}

/// Whether there is a test of this name.
pub fn is_test(name: &str) -> bool {
    predicates::TESTS.iter().any(|(known, _)| *known == name)
}

/// Registers operators, filters, tests, Jinja2's global functions, Python's way to print and Python's methods.
pub fn install(environment: &mut Environment<'_>) {
    for name in FOREIGN_FILTERS {
        environment.remove_filter(name);
    }
    for name in FOREIGN_TESTS {
        environment.remove_test(name);
    }
    environment.remove_global("debug");
    operators::install(environment);
    for (name, filter) in FILTERS.iter().copied().flatten().copied() {
        environment.add_filter(name, move |state: &mut State<'_, '_>, value: &Value, rest: Rest<ValueOrKwargs>| {
            filter(state, value, Arguments::new(&rest.into_values()).after_implicit())
        });
    }
    for (name, test) in predicates::TESTS.iter().copied() {
        environment.add_test(name, move |state: &mut State<'_, '_>, value: &Value, rest: Rest<ValueOrKwargs>| {
            test(state, value, Arguments::new(&rest.into_values()).after_implicit())
        });
    }
    for (name, function) in functions::jinja_globals() {
        environment.add_global(name, function);
    }
    environment.set_unknown_method_callback(methods::call_unknown);
    environment.set_formatter(|output, _state, value: &Value| {
        let written = match text_of(value) {
            Some(text) => output.write_str(text),
            None => output.write_str(&value_text::to_str(value)),
        };
        written.map_err(|_| Error::new(ErrorKind::WriteFailure, "could not write to the output"))
    });
}
