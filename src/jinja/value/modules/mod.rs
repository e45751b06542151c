//! dbt's `modules`: the parts of Python's library that templates may use.

mod itertools;
mod pattern;
mod re;
mod replacement;

use minijinja::value::Value;

use super::{dict, temporal};

/// dbt's `modules`: `datetime`, `itertools`, `pytz` and `re`.
pub fn modules() -> Value {
    let members = [
        ("pytz", temporal::pytz_module()),
        ("datetime", temporal::datetime_module()),
        ("re", re::module()),
        ("itertools", itertools::module()),
    ];
    dict(members.into_iter().map(|(name, module)| (Value::from(name), module)).collect())
}
