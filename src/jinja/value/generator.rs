//! What Python computes on demand and hands out once: generators, `zip`, `reversed` and other iterators.
//!
//! The items are computed when the iterator is made; that it can be read only once is kept.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::lock;
use super::undefined::undefined_item;

/// An iterator that can be read once.
pub struct Generator {
    type_name: &'static str,
    items: Mutex<VecDeque<Value>>,
}

/// An iterator over these items, of the Python type named (`generator`, `zip`...).
pub fn generator(type_name: &'static str, items: Vec<Value>) -> Value {
    Value::from_object(Generator { type_name, items: Mutex::new(items.into()) })
}

impl Generator {
    /// The name of its Python type.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Takes what has not been read yet.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *lock(&self.items)).into()
    }

    /// Takes the next item.
    pub fn next(&self) -> Option<Value> {
        lock(&self.items).pop_front()
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.type_name)
    }
}

impl Object for Generator {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(undefined_item(self.type_name, key))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.take())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        None
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Python adds the object's address, which no project can rely on.
        write!(formatter, "<{} object>", self.type_name)
    }
}
