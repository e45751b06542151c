//! Jinja2's `Undefined`: a value that prints as nothing, knows why it is undefined, and fails when it is used.
//!
//! dbt renders a model's own text with a variant that can be called and chained without end, to find the macros it
//! calls before they exist ("capture mode"). Which of the two is made is decided by the thread that makes it, see
//! [`with_chainable`]; a value keeps its kind afterwards.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value};
use minijinja::{Error, State};
use std::cmp::Ordering;

use super::error::{Outcome, undefined_error};
use super::text::repr;
use super::type_name;

/// Jinja2's undefined value.
pub struct Undefined {
    /// Jinja2's message of the error that using it raises.
    pub message: String,
    /// Whether attributes, items and calls give an undefined value again instead of that error.
    pub chainable: bool,
}

thread_local! {
    static CHAINABLE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `action` with [`Undefined`] values made as chainable and callable (or not), and restores the former state,
/// also when `action` panics.
pub fn with_chainable<T>(chainable: bool, action: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            CHAINABLE.with(|cell| cell.set(self.0));
        }
    }
    let _restore = Restore(CHAINABLE.with(|cell| cell.replace(chainable)));
    action()
}

/// Whether undefined values made now are chainable.
pub fn is_chainable() -> bool {
    CHAINABLE.with(Cell::get)
}

/// An undefined value with the message of the error that its use raises.
pub fn undefined(message: impl Into<String>) -> Value {
    Value::from_object(Undefined { message: message.into(), chainable: is_chainable() })
}

/// The undefined value of a variable that does not exist.
pub fn undefined_name(name: &str) -> Value {
    undefined(format!("{} is undefined", repr(&Value::from(name))))
}

/// Whether the value is undefined: one of ours or minijinja's.
pub fn is_undefined(value: &Value) -> bool {
    value.is_undefined() || value.downcast_object_ref::<Undefined>().is_some()
}

/// The message of an undefined value, or nothing when it is defined.
pub fn undefined_message(value: &Value) -> Option<String> {
    if let Some(undefined) = value.downcast_object_ref::<Undefined>() {
        return Some(undefined.message.clone());
    }
    value.is_undefined().then(|| "value is undefined".to_string())
}

/// The undefined value of an attribute that `object_type` (a Python type name) does not have.
pub(crate) fn undefined_attribute(object_type: &str, name: &str) -> Value {
    if is_chainable() {
        return undefined_name(name);
    }
    let quoted = repr(&Value::from(name));
    if name.starts_with('_') {
        return undefined(format!("access to attribute {quoted} of '{object_type}' object is unsafe."));
    }
    undefined(format!("'{object_type} object' has no attribute {quoted}"))
}

/// The undefined value of an item that `object` does not have.
pub(crate) fn undefined_item(object_type: &str, key: &Value) -> Value {
    match super::text_of(key) {
        Some(name) => undefined_attribute(object_type, name),
        None if is_chainable() => undefined(format!("{} is undefined", repr(key))),
        None => undefined(format!("{object_type} object has no element {}", repr(key))),
    }
}

/// As [`undefined_item`], with the type taken from a value.
pub(crate) fn undefined_item_of(object: &Value, key: &Value) -> Value {
    if object.is_none() {
        return match super::text_of(key) {
            Some(name) if !is_chainable() => undefined(format!("'None' has no attribute {}", repr(&Value::from(name)))),
            _ => undefined_item("None", key),
        };
    }
    undefined_item(type_name(object), key)
}

impl Undefined {
    fn fail(&self) -> Error {
        undefined_error(self.message.clone())
    }
}

impl fmt::Debug for Undefined {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Undefined")
    }
}

impl Object for Undefined {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(if self.chainable { Value::from_dyn_object(self.clone()) } else { Value::from(self.fail()) })
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if !self.chainable {
            return Some(Value::from(self.fail()));
        }
        let message = format!("{} is undefined", repr(&Value::from(key)));
        Some(Value::from_object(Undefined { message, chainable: true }))
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Outcome {
        if self.chainable { Ok(Value::from_dyn_object(self.clone())) } else { Err(self.fail()) }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, _name: &str, arguments: &[Value]) -> Outcome {
        self.call(state, arguments)
    }

    fn custom_cmp(self: &Arc<Self>, _other: &DynObject) -> Option<Ordering> {
        Some(Ordering::Equal)
    }

    fn render(self: &Arc<Self>, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
