//! Rust functions as values that templates can call.

use crate::jinja::value::Outcome;
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};
use std::fmt;
use std::sync::Arc;

type Body = dyn Fn(&mut State<'_, '_>, &[Value]) -> Outcome + Send + Sync;

struct Function {
    name: &'static str,
    body: Box<Body>,
}

/// A function called `name`.
pub fn function(
    name: &'static str,
    body: impl Fn(&mut State<'_, '_>, &[Value]) -> Outcome + Send + Sync + 'static,
) -> Value {
    Value::from_object(Function { name, body: Box::new(body) })
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        (self.body)(state, arguments)
    }
}
