//! `return(value)`: an error on its way to the nearest macro call, which takes the value out of it.

use minijinja::{Error, ErrorKind, Value};
use std::fmt;

#[derive(Debug)]
struct Returned(Value);

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What dbt prints when `return` stands outside of any macro.
        f.write_str(&crate::jinja::value::to_str(&self.0))
    }
}

impl std::error::Error for Returned {}

/// What the context function `return` gives back, for minijinja to carry to the nearest macro call.
pub fn return_value(value: Value) -> Error {
    let text = crate::jinja::value::to_str(&value);
    Error::new(ErrorKind::InvalidOperation, text).with_source(Returned(value))
}

/// The value, if the error is a `return`.
pub fn returned(error: &Error) -> Option<Value> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<Returned>().map(|returned| returned.0.clone())
}
