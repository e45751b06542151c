//! The methods of Python's types.

pub(crate) mod dict;
pub(crate) mod list;
pub(crate) mod set;
pub(crate) mod text;
pub(crate) mod text_split;

mod other;
mod text_search;

use minijinja::State;
use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

use super::error::{Outcome, no_attribute, undefined_error};
use super::{is_undefined, text_of, undefined_message};

/// Calls a method of a value that is not an object of this module; the hook for minijinja's unknown methods.
pub(crate) fn call_unknown(state: &mut State<'_, '_>, value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    if let Some(text) = text_of(value) {
        return text::call(text, name, arguments);
    }
    if is_undefined(value) {
        return Err(undefined_error(undefined_message(value).unwrap_or_default()));
    }
    match value.kind() {
        ValueKind::None => Err(undefined_error(format!("'None' has no attribute '{name}'"))),
        ValueKind::Bytes => super::bytes::call(value, name, arguments),
        ValueKind::Bool | ValueKind::Number => other::number(value, name, arguments),
        _ if value.is_tuple() => other::tuple(value, name, arguments),
        ValueKind::Seq => other::native_list(state, value, name, arguments),
        ValueKind::Map => other::native_map(state, value, name, arguments),
        // minijinja then calls an attribute of that name, and else reports the missing method.
        ValueKind::Plain => Err(Error::from(ErrorKind::UnknownMethod)),
        _ => Err(no_attribute(value, name)),
    }
}
