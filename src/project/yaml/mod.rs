//! A YAML document as a tree that remembers where each value stood.
//!
//! Owns the tree, its loader ([`load()`]) and its conversions. Reads YAML as PyYAML's `SafeLoader` over libyaml does,
//! because dbt does: YAML 1.1 scalars, merge keys, one document. Never renders Jinja and knows no key of any file.

mod convert;
mod load;
mod map;
mod scalar;

pub use load::load;
pub use map::YamlMap;
pub use scalar::{PlainScalar, ScalarError, resolve};

use crate::diagnostic::Span;
use chrono::{FixedOffset, NaiveDate, NaiveDateTime};
use num_bigint::BigInt;
use std::sync::Arc;

/// A value and the place where it was written.
///
/// Two trees are equal when their values are: places do not count.
#[derive(Debug, Clone)]
pub struct Yaml {
    /// From the first to the last character of the value, quotes, brackets and tags included. Empty for a value that was left out (`key:`).
    pub span: Span,
    /// What was written.
    pub value: YamlValue,
}

/// One value. Cloning is cheap: what is long is shared.
#[derive(Debug, Clone, PartialEq)]
pub enum YamlValue {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that does not fit in 64 bits.
    BigInt(Arc<BigInt>),
    /// A number with a point.
    Float(f64),
    /// An unquoted `2024-05-06`.
    Date(NaiveDate),
    /// An unquoted point in time.
    DateTime(YamlDateTime),
    /// Text.
    String(Arc<str>),
    /// A list.
    Seq(Arc<Vec<Yaml>>),
    /// A dictionary.
    Map(Arc<YamlMap>),
}

/// A point in time as Python's `datetime`: naive unless an offset was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct YamlDateTime {
    /// The clock as written.
    pub naive: NaiveDateTime,
    /// The offset from UTC, if one was written.
    pub offset: Option<FixedOffset>,
}

impl PartialEq for Yaml {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Yaml {
    /// A value at `span`.
    pub fn new(span: Span, value: YamlValue) -> Self {
        Yaml { span, value }
    }

    /// The value below `key`, if this is a dictionary that has it.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.as_map().and_then(|map| map.get(key))
    }

    /// The dictionary, if this is one.
    pub fn as_map(&self) -> Option<&YamlMap> {
        match &self.value {
            YamlValue::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_seq(&self) -> Option<&[Yaml]> {
        match &self.value {
            YamlValue::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            YamlValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            YamlValue::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if this is a whole one of 64 bits.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            YamlValue::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, YamlValue::Null)
    }

    /// Python's truth of the value: false for null, false, zero and what is empty.
    pub fn is_truthy(&self) -> bool {
        match &self.value {
            YamlValue::Null => false,
            YamlValue::Bool(value) => *value,
            YamlValue::Int(value) => *value != 0,
            YamlValue::Float(value) => *value != 0.0,
            YamlValue::String(text) => !text.is_empty(),
            YamlValue::Seq(items) => !items.is_empty(),
            YamlValue::Map(map) => !map.is_empty(),
            YamlValue::BigInt(_) | YamlValue::Date(_) | YamlValue::DateTime(_) => true,
        }
    }
}

#[cfg(test)]
mod tests;
