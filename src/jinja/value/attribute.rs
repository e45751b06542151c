//! `value.name` and `value[key]` as Jinja2 looks them up: an attribute falls back to an item and the reverse, and what
//! is missing is undefined, not an error.

use minijinja::value::{Value, ValueKind};

use super::error::{Outcome, error, undefined_error};
use super::undefined::{undefined_attribute, undefined_item_of};
use super::{Undefined, bound_method, methods, text_of, type_name, undefined_message};

/// `value.name`
///
/// # Errors
/// An undefined value that cannot be chained.
pub fn get_attr(value: &Value, name: &str) -> Outcome {
    check_defined(value)?;
    if text_of(value).is_some() {
        return Ok(match methods::text::NAMES.iter().find(|known| **known == name) {
            Some(method) => bound_method::bind(value, method),
            None => undefined_attribute("str", name),
        });
    }
    let found = valid(value.get_attr(name)?)?;
    if !found.is_undefined() {
        return Ok(found);
    }
    Ok(undefined_item_of(value, &Value::from(name)))
}

/// `value[key]`
///
/// # Errors
/// An undefined value that cannot be chained.
pub fn get_item(value: &Value, key: &Value) -> Outcome {
    check_defined(value)?;
    let found = valid(value.get_item(key)?)?;
    if !found.is_undefined() {
        return Ok(found);
    }
    match text_of(key) {
        Some(name) if value.kind() != ValueKind::Map => get_attr(value, name),
        _ => Ok(undefined_item_of(value, key)),
    }
}

fn check_defined(value: &Value) -> Outcome<()> {
    match value.downcast_object_ref::<Undefined>() {
        Some(undefined) if undefined.chainable => Ok(()),
        _ => match undefined_message(value) {
            Some(message) => Err(undefined_error(message)),
            None => Ok(()),
        },
    }
}

fn valid(value: Value) -> Outcome {
    match value.kind() {
        ValueKind::Invalid => Err(error(value.to_string())),
        _ => Ok(value),
    }
}

/// A path of attributes such as `address.city` or `0.name`, as filters take it in their parameter `attribute`.
#[derive(Debug, Clone, Default)]
pub struct Path(Vec<Value>);

impl Path {
    /// The path that a filter's argument names: text with dots, or one key of any type.
    pub fn new(attribute: &Value) -> Path {
        let Some(text) = text_of(attribute) else {
            let is_none = attribute.is_none() || attribute.is_undefined();
            return Path(if is_none { Vec::new() } else { vec![attribute.clone()] });
        };
        let step = |part: &str| match part.parse::<u64>() {
            Ok(index) if part.bytes().all(|byte| byte.is_ascii_digit()) => Value::from(index),
            _ => Value::from(part),
        };
        Path(text.split('.').map(step).collect())
    }

    /// The paths in a list that is parted by commas.
    pub fn several(attribute: &Value) -> Vec<Path> {
        match text_of(attribute) {
            Some(text) => text.split(',').map(|part| Path::new(&Value::from(part))).collect(),
            None => vec![Path::new(attribute)],
        }
    }

    /// What the path leads to from `value`; `default` stands in for what is undefined on the way.
    ///
    /// # Errors
    /// A step from an undefined value.
    pub fn follow(&self, value: &Value, default: Option<&Value>) -> Outcome {
        let mut current = value.clone();
        for key in &self.0 {
            current = get_item(&current, key)?;
            if let Some(default) = default
                && super::is_undefined(&current)
            {
                current = default.clone();
            }
        }
        Ok(current)
    }
}

/// The name of a type as `type(value).__name__` has it, without its module.
pub(crate) fn bare_type_name(value: &Value) -> &'static str {
    let name = if super::is_undefined(value) { "Undefined" } else { type_name(value) };
    name.rsplit('.').next().unwrap_or(name)
}
