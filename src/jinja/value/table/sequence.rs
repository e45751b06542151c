//! The rows and columns of tables, and the sequences of them.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::compare::{py_eq, sort_by_key};
use crate::jinja::value::error::{Outcome, unsupported_attribute};
use crate::jinja::value::undefined::{undefined_attribute, undefined_item};
use crate::jinja::value::{PyDict, list, none, pair, text_of, tuple};

use super::sample;

const METHODS: &[&str] = &["count", "dict", "get", "index", "items", "keys", "values"];
const COLUMN_METHODS: &[&str] = &[
    "count",
    "dict",
    "get",
    "index",
    "items",
    "keys",
    "values",
    "values_distinct",
    "values_sorted",
    "values_without_nulls",
    "values_without_nulls_sorted",
];

/// Values that have a position and may have a name.
#[derive(Clone)]
pub struct MappedSequence {
    names: Option<Arc<[String]>>,
    values: Vec<Value>,
}

impl MappedSequence {
    /// A sequence of values, with a name for each where there are names.
    pub(super) fn new(names: Option<Arc<[String]>>, values: Vec<Value>) -> MappedSequence {
        MappedSequence { names, values }
    }

    fn inner(&self) -> &MappedSequence {
        self
    }

    fn attribute(&self, _name: &str) -> Option<Value> {
        None
    }

    fn named(&self, name: &str) -> Option<Value> {
        let index = self.names.as_ref()?.iter().position(|known| known == name)?;
        self.values.get(index).cloned()
    }

    /// The value at a position or of a name.
    fn item(&self, key: &Value) -> Option<Value> {
        match text_of(key) {
            Some(name) => self.named(name),
            None => self.values.get(key.as_usize()?).cloned(),
        }
    }

    fn keys(&self) -> Value {
        let names = |names: &Arc<[String]>| tuple(names.iter().map(|name| Value::from(name.as_str())).collect());
        self.names.as_ref().map_or_else(none, names)
    }

    fn entries(&self) -> Vec<(Value, Value)> {
        let names = self.names.iter().flat_map(|names| names.iter());
        names.map(|name| Value::from(name.as_str())).zip(self.values.iter().cloned()).collect()
    }

    fn call(&self, type_name: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
        match name {
            "values" => Ok(tuple(self.values.clone())),
            "keys" => Ok(self.keys()),
            "items" => Ok(tuple(self.entries().into_iter().map(|(name, value)| pair(name, value)).collect())),
            "dict" => Ok(Value::from_object(PyDict::new(self.entries().into_iter().collect()))),
            "get" => {
                let [key, default] = arguments.bind("get", ["key", "default"], 1)?;
                let found = key.as_ref().and_then(text_of).and_then(|name| self.named(name));
                Ok(found.or(default).unwrap_or_else(none))
            }
            "count" => {
                let item = arguments.one("count")?;
                Ok(Value::from(self.values.iter().filter(|value| py_eq(value, item)).count()))
            }
            "index" => {
                let item = arguments.one("index")?;
                let found = self.values.iter().position(|value| py_eq(value, item));
                found.map(Value::from).ok_or_else(|| crate::jinja::value::error::error(""))
            }
            _ => Err(unsupported_attribute(type_name, name)),
        }
    }
}

/// The parts of `Object` that rows, columns and sequences of them have alike.
macro_rules! sequence_object {
    ($type:ty, $python:literal, $short:literal, $methods:expr) => {
        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let inner: &MappedSequence = self.inner();
                formatter.write_str(&sample($short, &inner.values))
            }
        }

        impl Object for $type {
            fn repr(self: &Arc<Self>) -> ObjectRepr {
                ObjectRepr::Seq
            }

            fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
                let inner: &MappedSequence = self.inner();
                inner.item(key).or_else(|| match text_of(key) {
                    Some(name) => self.get_value_by_str(name),
                    None => Some(undefined_item($python, key)),
                })
            }

            fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
                let attribute = self.attribute(key);
                let inner: &MappedSequence = self.inner();
                let named = || inner.named(key).unwrap_or_else(|| undefined_attribute($python, key));
                Some(attribute.unwrap_or_else(|| method_or(self, $methods, key, named)))
            }

            fn enumerate(self: &Arc<Self>) -> Enumerator {
                let inner: &MappedSequence = self.inner();
                Enumerator::Values(inner.values.clone())
            }

            fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
                let inner: &MappedSequence = self.inner();
                Some(inner.values.len())
            }

            fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
                <$type>::call(self, $python, name, Arguments::new(arguments))
            }

            fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, formatter)
            }
        }
    };
}

/// A row of a table.
pub struct Row(MappedSequence);

impl Row {
    pub(super) fn new(names: Arc<[String]>, values: Vec<Value>) -> Row {
        Row(MappedSequence::new(Some(names), values))
    }

    /// Its values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.0.values
    }

    fn inner(&self) -> &MappedSequence {
        &self.0
    }

    fn attribute(&self, _name: &str) -> Option<Value> {
        None
    }

    fn call(&self, type_name: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
        self.0.call(type_name, name, arguments)
    }
}

/// A column of a table.
pub struct Column {
    index: usize,
    name: String,
    values: MappedSequence,
}

impl Column {
    pub(super) fn new(index: usize, name: String, values: Vec<Value>) -> Column {
        Column { index, name, values: MappedSequence::new(None, values) }
    }

    fn inner(&self) -> &MappedSequence {
        &self.values
    }

    fn attribute(&self, name: &str) -> Option<Value> {
        match name {
            "name" => Some(Value::from(self.name.as_str())),
            "index" => Some(Value::from(self.index)),
            "data_type" => Some(Value::from(super::print::type_of(&self.values.values))),
            _ => None,
        }
    }

    fn call(&self, type_name: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
        let values = || self.values.values.iter().cloned();
        let sorted = |values: Vec<Value>| {
            // Nulls come last.
            let (nulls, values): (Vec<Value>, Vec<Value>) = values.into_iter().partition(Value::is_none);
            let mut sorted = sort_by_key(values, false, |value| Ok(value.clone()))?;
            sorted.extend(nulls);
            Ok(list(sorted))
        };
        match name {
            "values_distinct" => Ok(tuple(values().collect::<indexmap::IndexSet<_>>().into_iter().collect())),
            "values_without_nulls" => Ok(tuple(values().filter(|value| !value.is_none()).collect())),
            "values_sorted" => sorted(values().collect()),
            "values_without_nulls_sorted" => sorted(values().filter(|value| !value.is_none()).collect()),
            _ => self.values.call(type_name, name, arguments),
        }
    }
}

sequence_object!(MappedSequence, "agate.mapped_sequence.MappedSequence", "MappedSequence", METHODS);
sequence_object!(Row, "agate.rows.Row", "Row", METHODS);
sequence_object!(Column, "agate.columns.Column", "Column", COLUMN_METHODS);
