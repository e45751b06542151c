//! Macros as values.

use super::binding::bind;
use super::{Frame, Render, frame_of, returned};
use crate::jinja::engine;
use crate::jinja::error::trace;
use crate::jinja::library::MacroDefinition;
use crate::jinja::value;
use indexmap::IndexMap;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, Mutex};

/// A macro as templates see it: callable, with the attribute `macro` (dbt's class of the same name).
pub struct MacroGenerator {
    definition: Arc<MacroDefinition>,
}

impl MacroGenerator {
    /// A value for a definition.
    pub fn new(definition: Arc<MacroDefinition>) -> Self {
        MacroGenerator { definition }
    }

    /// The macro itself.
    pub fn definition(&self) -> &Arc<MacroDefinition> {
        &self.definition
    }

    /// dbt's `Macro` node, as far as templates read it.
    fn node(&self) -> Value {
        let definition = &self.definition;
        let fields = [
            ("name", &*definition.name),
            ("unique_id", &definition.unique_id),
            ("package_name", &definition.package),
            ("original_file_path", &definition.path),
            ("path", &definition.path),
            ("macro_sql", definition.macro_sql()),
            ("resource_type", "macro"),
        ];
        value::dict(fields.into_iter().map(|(name, field)| (Value::from(name), Value::from(field))).collect())
    }
}

impl fmt::Debug for MacroGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<dbt.clients.jinja.MacroGenerator object of {}>", self.definition.unique_id)
    }
}

impl Object for MacroGenerator {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        match name {
            "macro" => Some(self.node()),
            _ => Some(value::undefined(format!("'dbt.clients.jinja.MacroGenerator object' has no attribute '{name}'"))),
        }
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        call_definition(&frame_of(state)?.render, &self.definition, arguments)
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<MacroGenerator>()?;
        Some(self.definition.unique_id.cmp(&other.definition.unique_id))
    }
}

/// A macro that is called and not run: it gives a fixed result (dbt's `UnitTestMacroGenerator`).
pub struct MacroOverride {
    definition: Arc<MacroDefinition>,
    result: Value,
}

impl MacroOverride {
    /// A stand-in for a macro.
    pub fn new(definition: Arc<MacroDefinition>, result: Value) -> Self {
        MacroOverride { definition, result }
    }
}

impl fmt::Debug for MacroOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<dbt.clients.jinja.UnitTestMacroGenerator object of {}>", self.definition.unique_id)
    }
}

impl Object for MacroOverride {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        let render = &frame_of(state)?.render;
        render.nested(Some(&self.definition), || Ok(self.result.clone()))
    }
}

/// Calls a macro: its output as text, or the value it returns.
pub fn call_definition(
    render: &Arc<Render>,
    definition: &Arc<MacroDefinition>,
    arguments: &[Value],
) -> Result<Value, Error> {
    let unit = definition.unit();
    let result = render.nested(Some(definition), || {
        value::with_chainable(false, || {
            let bound = bind(&unit.signature, arguments)?;
            let frame = Frame {
                render: render.clone(),
                unit: unit.clone(),
                arguments: bound.arguments,
                extra: bound.extra,
                definition: Some(definition.clone()),
                chainable: false,
                printed_values: Mutex::default(),
            };
            engine::render_kept(render.phase, unit, Value::from_object(frame))
        })
    });
    match result {
        Ok(text) => Ok(Value::from(text)),
        Err(error) => match returned(&error) {
            Some(value) => Ok(value),
            None => Err(trace(error, unit, Some(definition))),
        },
    }
}

/// The macros of one package, a `dict` for templates.
#[derive(Debug, Clone)]
pub struct PackageNamespace {
    macros: IndexMap<Arc<str>, Value>,
}

impl PackageNamespace {
    /// A value for these macros.
    pub fn new(macros: &IndexMap<Arc<str>, Arc<MacroDefinition>>) -> Self {
        PackageNamespace { macros: macros.iter().map(|(name, found)| (name.clone(), found.value())).collect() }
    }

    /// Names and values.
    pub fn members(&self) -> impl Iterator<Item = (Arc<str>, Value)> {
        self.macros.iter().map(|(name, value)| (name.clone(), value.clone()))
    }

    pub(in crate::jinja) fn replace(&mut self, name: &str, value: Value) {
        self.macros.insert(name.into(), value);
    }

    /// The definition of a name.
    pub fn definition(&self, name: &str) -> Option<Arc<MacroDefinition>> {
        self.macros.get(name).and_then(crate::jinja::library::definition_of)
    }
}

impl Object for PackageNamespace {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        Some(self.macros.get(name).cloned().unwrap_or_else(|| no_attribute(name)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.macros.keys().map(|name| Value::from(&**name)).collect())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match self.macros.get(name) {
            Some(found) => found.call(state, arguments),
            None => dict_method(self, name, arguments).unwrap_or_else(|| no_attribute(name).call(state, arguments)),
        }
    }
}

pub(super) fn no_attribute(name: &str) -> Value {
    value::undefined(format!("'dict object' has no attribute '{name}'"))
}

/// The methods of a `dict` that macros use on namespaces.
pub(super) fn dict_method<T: Object + 'static>(
    object: &Arc<T>,
    name: &str,
    arguments: &[Value],
) -> Option<Result<Value, Error>> {
    let value = Value::from_dyn_object(object.clone());
    let found = |key: &Value| {
        let found = object.get_value(key)?;
        (!value::is_undefined(&found)).then_some(found)
    };
    let keys = || value.try_iter().into_iter().flatten();
    match (name, arguments) {
        ("get", [key]) => Some(Ok(found(key).unwrap_or(Value::from(())))),
        ("get", [key, default]) => Some(Ok(found(key).unwrap_or_else(|| default.clone()))),
        ("keys", []) => Some(Ok(value::list(keys().collect()))),
        ("values", []) => Some(Ok(value::list(keys().filter_map(|key| found(&key)).collect()))),
        ("items", []) => {
            let items = keys().filter_map(|key| found(&key).map(|value| value::tuple(vec![key, value])));
            Some(Ok(value::list(items.collect())))
        }
        _ => None,
    }
}
