//! Python's values and their behaviour, for templates that were written for Python's Jinja2.
//!
//! Owns: what lists, dicts, sets, numbers, dates and undefined values are and do, how they print, compare and convert;
//! the operators, filters, tests and functions on them. Never owns: how templates are read and run, dbt's own context.
//!
//! minijinja's scalars (none, booleans, whole numbers, floats, text, bytes) and its tuples are used as they are; all
//! else is an object of this module, shared by reference as in Python and guarded by a lock. Code that may run other
//! code works on a snapshot and never holds a lock meanwhile.
//!
//! [`install`] prepares an environment. The printed templates call the operators as filters with names that start with
//! two underscores; `filters::operators` lists them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use minijinja::value::{Tuple, Value, ValueKind};

pub mod arguments;
pub mod attribute;
mod bound_method;
mod bytes;
mod compare;
pub mod decimal;
mod dict;
pub mod error;
mod fill_in;
mod filters;
mod format_spec;
mod functions;
mod generator;
mod html;
pub mod impure;
mod json;
mod json_parse;
mod list;
mod methods;
mod modules;
pub mod number;
pub mod operators;
mod percent;
mod pretty;
mod range;
mod set;
mod str_format;
pub mod table;
pub mod temporal;
pub mod text;
mod undefined;
mod yaml;
mod yaml_dump;
pub mod yaml_scalar;

pub use arguments::{Arguments, split_kwargs};
pub use attribute::{get_attr, get_item};
pub use compare::{contains, py_cmp, py_eq};
pub use dict::{DictView, PyDict, ViewKind, dict};
pub use error::Outcome;
pub use fill_in::{TextStyle, fill_in};
pub use filters::{install, is_filter, is_test};
pub use functions::dbt_functions;
pub use generator::{Generator, generator};
pub use json::{from_json, python_json, python_yaml, to_json};
pub use list::{PyList, list};
pub use modules::modules;
pub use operators::iterate;
pub use range::Range;
pub use set::{PySet, set};
pub use table::Table;
pub use text::{repr, to_str};
pub use undefined::{Undefined, is_undefined, undefined, undefined_message, undefined_name, with_chainable};

/// A new tuple of these items.
pub fn tuple(items: Vec<Value>) -> Value {
    Value::from(Tuple::from(items))
}

/// A tuple of two.
pub(crate) fn pair(first: Value, second: Value) -> Value {
    Value::from(Tuple::from([first, second]))
}

/// Python's `None`.
pub(crate) fn none() -> Value {
    Value::from(())
}

/// The text of a `str`; nothing for bytes, which minijinja would show as text too.
pub fn text_of(value: &Value) -> Option<&str> {
    if value.kind() == ValueKind::String { value.as_str() } else { None }
}

/// The name of the value's type as Python's messages have it: `str`, `dict`, `datetime.date`.
///
/// Objects of other modules are called by the name of their Rust type.
pub fn type_name(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "Undefined",
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String if value.is_safe() => "Markup",
        ValueKind::String => "str",
        ValueKind::Bytes => "bytes",
        _ if value.is_tuple() => "tuple",
        _ => object_type_name(value),
    }
}

fn object_type_name(value: &Value) -> &'static str {
    let Some(object) = value.as_object() else { return "object" };
    if object.is::<PyList>() {
        return "list";
    }
    if object.is::<PyDict>() {
        return "dict";
    }
    if let Some(view) = object.downcast_ref::<DictView>() {
        return view.kind.type_name();
    }
    if let Some(generator) = object.downcast_ref::<Generator>() {
        return generator.type_name();
    }
    if let Some(name) = temporal::type_name(value) {
        return name;
    }
    let path = object.type_name();
    let path = path.split('<').next().unwrap_or(path);
    match path.rsplit("::").next().unwrap_or(path) {
        "PySet" => "set",
        "Range" => "range",
        "BigInteger" => "int",
        "Decimal" => decimal::TYPE_NAME,
        "BoundMethod" => "builtin_function_or_method",
        "Vec" | "Tuple" => "list",
        "IndexMap" | "BTreeMap" | "HashMap" | "KwargsValues" => "dict",
        name => name,
    }
}

/// Locks, also after another thread panicked while it held the lock: the data is a plain collection either way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
