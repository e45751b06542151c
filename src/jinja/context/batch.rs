//! One batch of a microbatch model, as its templates see it.

use super::relation::python_time;
use crate::jinja::value;
use crate::manifest::{BatchSize, TimeWindow};
use indexmap::IndexMap;
use minijinja::value::Value;

/// `model.batch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// `batch.id`: `20200103`.
    pub id: String,
    /// The name in logs and in names of files: `2020-01-03`.
    pub label: String,
    /// The time that it is about.
    pub window: TimeWindow,
}

impl Batch {
    /// The batch of `window`.
    pub fn new(size: BatchSize, window: TimeWindow) -> Self {
        Batch { id: size.batch_id(window.start), label: size.label(window.start), window }
    }

    /// As a dict.
    pub fn value(&self) -> Value {
        value::dict(IndexMap::from([
            (Value::from("id"), Value::from(self.id.as_str())),
            (Value::from("event_time_start"), python_time(self.window.start)),
            (Value::from("event_time_end"), python_time(self.window.end)),
        ]))
    }
}
