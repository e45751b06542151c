//! Python's `dict` and its views: a mapping in order of insertion that is shared by reference and can change.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};

use indexmap::{Equivalent, IndexMap};
use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::bound_method::method_or;
use super::error::{Outcome, not_callable};
use super::methods::dict as methods;
use super::text::render;
use super::undefined::{undefined_attribute, undefined_item};
use super::{lock, pair};

/// Python's `dict`.
#[derive(Default)]
pub struct PyDict(Mutex<IndexMap<Value, Value>>);

/// A key given as text, looked up without making a value of it.
pub(crate) struct TextKey<'a>(pub(crate) &'a str);

impl Hash for TextKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The same as `Value` does for strings.
        self.0.hash(state);
    }
}

impl Equivalent<Value> for TextKey<'_> {
    fn equivalent(&self, key: &Value) -> bool {
        super::text_of(key) == Some(self.0)
    }
}

/// A new dict of these entries.
pub fn dict(entries: IndexMap<Value, Value>) -> Value {
    Value::from_object(PyDict::new(entries))
}

impl PyDict {
    /// A dict of these entries.
    pub fn new(entries: IndexMap<Value, Value>) -> PyDict {
        PyDict(Mutex::new(entries))
    }

    /// The entries as they are now.
    pub fn snapshot(&self) -> IndexMap<Value, Value> {
        self.entries().clone()
    }

    /// The value of a key, if it has that key.
    pub fn get(&self, key: &Value) -> Option<Value> {
        self.entries().get(key).cloned()
    }

    /// The value of a key given as text.
    pub fn get_text(&self, key: &str) -> Option<Value> {
        self.entries().get(&TextKey(key)).cloned()
    }

    /// Sets the value of a key.
    pub fn insert(&self, key: Value, value: Value) {
        self.entries().insert(key, value);
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The entries behind the lock; never to be held across a call into other values.
    pub(crate) fn entries(&self) -> MutexGuard<'_, IndexMap<Value, Value>> {
        lock(&self.0)
    }
}

impl fmt::Debug for PyDict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("dict")
    }
}

impl Object for PyDict {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(value) = self.get(key) {
            return Some(value);
        }
        Some(match super::text_of(key) {
            Some(name) => method_or(self, methods::NAMES, name, || undefined_attribute("dict", name)),
            None => undefined_item("dict", key),
        })
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(method_or(self, methods::NAMES, key, || {
            self.get_text(key).unwrap_or_else(|| undefined_attribute("dict", key))
        }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries().keys().cloned().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.is_empty()
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Outcome {
        Err(not_callable("dict"))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        methods::call(self, state, name, arguments)
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        render(self, formatter)
    }
}

/// Which part of a dict a view shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ViewKind {
    /// `dict.keys()`
    Keys,
    /// `dict.values()`
    Values,
    /// `dict.items()`
    Items,
}

impl ViewKind {
    /// The name of its Python type.
    pub fn type_name(self) -> &'static str {
        match self {
            ViewKind::Keys => "dict_keys",
            ViewKind::Values => "dict_values",
            ViewKind::Items => "dict_items",
        }
    }
}

/// A live view of a dict: `keys()`, `values()` or `items()`.
pub struct DictView {
    /// What it shows.
    pub kind: ViewKind,
    /// The dict that it shows.
    pub dict: Arc<PyDict>,
}

impl DictView {
    /// What it shows now.
    pub fn snapshot(&self) -> Vec<Value> {
        let entries = self.dict.entries();
        match self.kind {
            ViewKind::Keys => entries.keys().cloned().collect(),
            ViewKind::Values => entries.values().cloned().collect(),
            ViewKind::Items => entries.iter().map(|(key, value)| pair(key.clone(), value.clone())).collect(),
        }
    }
}

impl fmt::Debug for DictView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.type_name())
    }
}

impl Object for DictView {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(undefined_item(self.kind.type_name(), key))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.snapshot())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.dict.len())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        render(self, formatter)
    }
}
