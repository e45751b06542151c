//! The errors that Python's values raise, as minijinja errors whose detail is Python's text.
//!
//! Python's exception classes are not modelled: dbt prints `str(error)` for all of them, so the text is what counts.

use std::borrow::Cow;

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};

use super::type_name;
use super::undefined::undefined_message;

/// What every operation on values returns: a value, or an error whose detail is Python's text.
pub type Outcome<T = Value> = Result<T, Error>;

/// An error with Python's text: a `TypeError`, `ValueError` or any other class but `UndefinedError`.
pub fn error(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// Jinja2's `UndefinedError` with its text.
pub fn undefined_error(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::UndefinedError, message)
}

/// The error of an operation that `value` does not allow: its own message when it is undefined, else `message`.
pub fn unsupported(value: &Value, message: impl FnOnce() -> String) -> Error {
    match undefined_message(value) {
        Some(text) => undefined_error(text),
        None => error(message()),
    }
}

/// Python's text for calling a value that is no function.
pub fn not_callable(type_name: &str) -> Error {
    error(format!("'{type_name}' object is not callable"))
}

/// Jinja2's text for calling a method that the value does not have.
pub fn no_attribute(value: &Value, name: &str) -> Error {
    unsupported_attribute(type_name(value), name)
}

/// As [`no_attribute`], for a type given by its Python name.
pub fn unsupported_attribute(type_name: &str, name: &str) -> Error {
    undefined_error(format!("'{type_name} object' has no attribute '{name}'"))
}
