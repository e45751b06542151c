//! The variable `context`: everything a node sees, as a mapping.

use super::Render;
use super::macros::{dict_method, no_attribute};
use minijinja::value::{Enumerator, Object};
use minijinja::{Error, State, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Macros and scope of a render as one mapping. Locals are no part of it.
pub struct ContextView {
    render: Arc<Render>,
}

impl ContextView {
    pub(super) fn new(render: Arc<Render>) -> Self {
        ContextView { render }
    }
}

impl fmt::Debug for ContextView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<context>")
    }
}

impl Object for ContextView {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        if name == "context" {
            return Some(Value::from_dyn_object(self.clone()));
        }
        Some(self.render.lookup(name).unwrap_or_else(|| no_attribute(name)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names: BTreeSet<String> = self.render.scope.names().into_iter().collect();
        names.extend(self.render.namespace.names().map(|name| name.to_string()));
        names.insert("context".into());
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match self.render.lookup(name) {
            Some(found) => found.call(state, arguments),
            None => dict_method(self, name, arguments).unwrap_or_else(|| no_attribute(name).call(state, arguments)),
        }
    }
}
