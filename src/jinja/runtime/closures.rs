//! Bodies of call blocks and macros inside templates: units with the names around them.

use super::binding::bind;
use super::{Frame, Render, frame_of, returned};
use crate::jinja::engine;
use crate::jinja::error::trace;
use crate::jinja::library::MacroDefinition;
use crate::jinja::unit::Unit;
use crate::jinja::value;
use minijinja::value::{Object, ObjectRepr, Rest};
use minijinja::{Error, State, Value};
use std::fmt;
use std::sync::{Arc, Mutex};

/// What `caller` is in a macro that a call block calls.
pub struct Closure {
    unit: Arc<Unit>,
    captured: Vec<(Arc<str>, Value)>,
    /// Whether undefined values can be chained where the block stands.
    chainable: bool,
    definition: Option<Arc<MacroDefinition>>,
}

/// The filter `__closure(index, name, value, name, value...)` of printed units.
pub fn make_closure(state: &State<'_, '_>, _: &Value, arguments: Rest<Value>) -> Result<Value, Error> {
    let frame = frame_of(state)?;
    let mut arguments = arguments.0.into_iter();
    let unit = arguments.next().and_then(|index| index.as_usize()).and_then(|index| frame.unit.closures.get(index));
    let Some(unit) = unit else { return Err(value::error::error("a call block without a body")) };
    let mut captured = Vec::new();
    while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
        if let Some(name) = name.as_str()
            && !value.is_undefined()
        {
            captured.push((name.into(), value));
        }
    }
    Ok(Value::from_object(Closure {
        unit: unit.clone(),
        captured,
        chainable: frame.chainable,
        definition: frame.definition.clone(),
    }))
}

impl Closure {
    fn run(&self, render: &Arc<Render>, arguments: &[Value]) -> Result<String, Error> {
        let bound = bind(&self.unit.signature, arguments)?;
        let mut extra = bound.extra;
        extra.extend(self.captured.iter().cloned());
        let frame = Frame {
            render: render.clone(),
            unit: self.unit.clone(),
            arguments: bound.arguments,
            extra,
            definition: self.definition.clone(),
            chainable: self.chainable,
            printed_values: Mutex::default(),
        };
        engine::render_kept(render.phase, &self.unit, Value::from_object(frame))
    }
}

impl fmt::Debug for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit.signature.name {
            Some(name) => write!(f, "<Macro '{name}'>"),
            None => f.write_str("<Macro anonymous>"),
        }
    }
}

impl Object for Closure {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let render = &frame_of(state)?.render;
        let result = render.nested(None, || value::with_chainable(self.chainable, || self.run(render, arguments)));
        result.map(Value::from).map_err(|error| match returned(&error) {
            Some(_) => error,
            None => trace(error, &self.unit, None),
        })
    }
}
