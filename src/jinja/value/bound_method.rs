//! A method taken from its object without being called: `{% set add = items.append %}`.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};

use super::error::Outcome;
use super::type_name;

/// A method together with the object it belongs to.
pub struct BoundMethod {
    receiver: Value,
    name: &'static str,
}

/// The method `name` of `receiver` when its type has one, else what `otherwise` says.
pub(crate) fn method_or<T: Object + 'static>(
    receiver: &Arc<T>,
    names: &'static [&'static str],
    name: &str,
    otherwise: impl FnOnce() -> Value,
) -> Value {
    match names.iter().find(|known| **known == name) {
        Some(name) => Value::from_object(BoundMethod { receiver: Value::from_dyn_object(receiver.clone()), name }),
        None => otherwise(),
    }
}

/// The method `name` of any value.
pub(crate) fn bind(receiver: &Value, name: &'static str) -> Value {
    Value::from_object(BoundMethod { receiver: receiver.clone(), name })
}

impl fmt::Debug for BoundMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<built-in method {} of {} object>", self.name, type_name(&self.receiver))
    }
}

impl Object for BoundMethod {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        self.receiver.call_method(state, self.name, arguments)
    }
}
