//! Python's `set`. It keeps the order of insertion, where Python's order is arbitrary.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use indexmap::IndexSet;
use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::bound_method::method_or;
use super::error::{Outcome, not_callable};
use super::lock;
use super::methods::set as methods;
use super::text::render;
use super::undefined::{undefined_attribute, undefined_item};

/// Python's `set`.
#[derive(Default)]
pub struct PySet(Mutex<IndexSet<Value>>);

/// A new set of these items.
pub fn set(items: IndexSet<Value>) -> Value {
    Value::from_object(PySet(Mutex::new(items)))
}

impl PySet {
    /// The items as they are now.
    pub fn snapshot(&self) -> IndexSet<Value> {
        self.items().clone()
    }

    /// How many items it has.
    pub fn len(&self) -> usize {
        self.items().len()
    }

    /// Whether it has no items.
    pub fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    /// The items behind the lock; never to be held across a call into other values.
    pub(crate) fn items(&self) -> MutexGuard<'_, IndexSet<Value>> {
        lock(&self.0)
    }
}

impl fmt::Debug for PySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("set")
    }
}

impl Object for PySet {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(undefined_item("set", key))
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(method_or(self, methods::NAMES, key, || undefined_attribute("set", key)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items().iter().cloned().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Outcome {
        Err(not_callable("set"))
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        methods::call(self, name, arguments)
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        render(self, formatter)
    }
}
