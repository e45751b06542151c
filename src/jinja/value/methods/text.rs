//! The methods of `str`.
use crate::jinja::value::error::{Outcome, unsupported_attribute};
use minijinja::value::Value;

pub(crate) fn call(_text: &str, name: &str, _arguments: &[Value]) -> Outcome {
    Err(unsupported_attribute("str", name))
}
