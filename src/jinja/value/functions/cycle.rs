//! Jinja2's `cycler` and `joiner`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::undefined::undefined_attribute;
use crate::jinja::value::{none, to_str};

/// Hands out its items one after the other, again and again.
#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    position: AtomicUsize,
}

pub(super) fn cycler(arguments: Arguments<'_>) -> Outcome {
    if arguments.positional().is_empty() {
        return Err(error("at least one item has to be provided"));
    }
    Ok(Value::from_object(Cycler { items: arguments.positional().to_vec(), position: AtomicUsize::new(0) }))
}

impl Cycler {
    fn at(&self, position: usize) -> Value {
        self.items[position % self.items.len()].clone()
    }
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "current" => self.at(self.position.load(Ordering::Relaxed)),
            "pos" => Value::from(self.position.load(Ordering::Relaxed) % self.items.len()),
            "items" => crate::jinja::value::tuple(self.items.clone()),
            _ => undefined_attribute("jinja2.utils.Cycler", key),
        })
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, _arguments: &[Value]) -> Outcome {
        match name {
            "next" => Ok(self.at(self.position.fetch_add(1, Ordering::Relaxed))),
            "reset" => {
                self.position.store(0, Ordering::Relaxed);
                Ok(none())
            }
            _ => Err(unsupported_attribute("jinja2.utils.Cycler", name)),
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<jinja2.utils.Cycler object>")
    }
}

/// Gives nothing on its first call, then its separator.
#[derive(Debug)]
struct Joiner {
    separator: String,
    used: AtomicBool,
}

pub(super) fn joiner(arguments: Arguments<'_>) -> Outcome {
    let [separator] = arguments.bind("Joiner.__init__", ["sep"], 0)?;
    let separator = separator.map_or_else(|| ", ".to_string(), |separator| to_str(&separator));
    Ok(Value::from_object(Joiner { separator, used: AtomicBool::new(false) }))
}

impl Object for Joiner {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Outcome {
        Ok(Value::from(if self.used.swap(true, Ordering::Relaxed) { self.separator.as_str() } else { "" }))
    }
}
