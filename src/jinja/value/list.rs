//! Python's `list`: a sequence that is shared by reference and can change.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use minijinja::State;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value};

use super::bound_method::method_or;
use super::error::{Outcome, not_callable};
use super::lock;
use super::methods::list as methods;
use super::text::render;
use super::undefined::{undefined_attribute, undefined_item};

/// Python's `list`.
#[derive(Default)]
pub struct PyList(Mutex<Vec<Value>>);

/// A new list of these items.
pub fn list(items: Vec<Value>) -> Value {
    Value::from_object(PyList::new(items))
}

impl PyList {
    /// A list of these items.
    pub fn new(items: Vec<Value>) -> PyList {
        PyList(Mutex::new(items))
    }

    /// The items as they are now. Nothing that may run other code may hold the lock, so most readers want this copy.
    pub fn snapshot(&self) -> Vec<Value> {
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
    pub(crate) fn items(&self) -> MutexGuard<'_, Vec<Value>> {
        lock(&self.0)
    }
}

/// A loop over a list sees what is appended while it runs, as in Python.
struct LiveItems {
    list: Arc<PyList>,
    next: usize,
}

impl Iterator for LiveItems {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let value = self.list.items().get(self.next).cloned()?;
        self.next += 1;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let rest = self.list.len().saturating_sub(self.next);
        (rest, Some(rest))
    }
}

impl fmt::Debug for PyList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("list")
    }
}

impl Object for PyList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(value) = key.as_usize().and_then(|index| self.items().get(index).cloned()) {
            return Some(value);
        }
        match super::text_of(key) {
            Some(name) => self.get_value_by_str(name),
            None => Some(undefined_item("list", key)),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(method_or(self, methods::NAMES, key, || undefined_attribute("list", key)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Iter(Box::new(LiveItems { list: self.clone(), next: 0 }))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.is_empty()
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Outcome {
        Err(not_callable("list"))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        methods::call(self, state, name, arguments)
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<PyList>()?;
        Some(self.snapshot().cmp(&other.snapshot()))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        render(self, formatter)
    }
}
