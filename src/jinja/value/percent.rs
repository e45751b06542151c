//! `%` formatting.
use super::error::{Outcome, error};
use minijinja::value::Value;

pub(crate) fn format(_format: &str, _values: &Value) -> Outcome {
    Err(error("not yet"))
}
