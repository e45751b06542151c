//! What Python computes on demand and hands out once: generators, `zip`, `reversed` and other iterators.
//!
//! The items are computed when the iterator is made, unless it has no end; that it can be read only once is kept.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::error::{Outcome, error};
use super::lock;
use super::undefined::undefined_item;

/// Where the items come from.
enum Source {
    Items(VecDeque<Value>),
    Endless(Box<dyn Iterator<Item = Value> + Send>),
}

/// An iterator that can be read once.
pub struct Generator {
    type_name: &'static str,
    source: Mutex<Source>,
}

/// An iterator over these items, of the Python type named (`generator`, `zip`...).
pub fn generator(type_name: &'static str, items: Vec<Value>) -> Value {
    Value::from_object(Generator { type_name, source: Mutex::new(Source::Items(items.into())) })
}

/// An iterator without an end. What it computes must not read it.
pub(crate) fn endless(type_name: &'static str, items: impl Iterator<Item = Value> + Send + 'static) -> Value {
    Value::from_object(Generator { type_name, source: Mutex::new(Source::Endless(Box::new(items))) })
}

impl Generator {
    /// The name of its Python type.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Takes what has not been read yet.
    ///
    /// # Errors
    /// An iterator without an end, on which Python would use up the memory.
    pub fn take(&self) -> Outcome<Vec<Value>> {
        match &mut *lock(&self.source) {
            Source::Items(items) => Ok(std::mem::take(items).into()),
            Source::Endless(_) => Err(error(format!("'{}' object has no end", self.type_name))),
        }
    }

    /// Takes the next item.
    pub fn next(&self) -> Option<Value> {
        match &mut *lock(&self.source) {
            Source::Items(items) => items.pop_front(),
            Source::Endless(items) => items.next(),
        }
    }

    /// Whether it has no end.
    pub(crate) fn is_endless(&self) -> bool {
        matches!(&*lock(&self.source), Source::Endless(_))
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
        match self.take() {
            Ok(items) => Enumerator::Values(items),
            Err(_) => {
                let generator = self.clone();
                Enumerator::Iter(Box::new(std::iter::from_fn(move || generator.next())))
            }
        }
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
