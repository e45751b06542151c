//! What templates reach by `value|name(...)`: the operators of printed templates, Jinja2's filters and dbt's own.

mod operators;

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind};

use super::{methods, text, text_of};

/// Registers operators, filters, tests, Jinja2's global functions, Python's way to print and Python's methods.
pub fn install(environment: &mut Environment<'_>) {
    operators::install(environment);
    environment.set_unknown_method_callback(methods::call_unknown);
    environment.set_formatter(|output, _state, value: &Value| {
        let written = match text_of(value) {
            Some(text) => output.write_str(text),
            None => output.write_str(&text::to_str(value)),
        };
        written.map_err(|_| Error::new(ErrorKind::WriteFailure, "could not write to the output"))
    });
}
