//! `adapter.behavior`: the adapter's own behaviour flags. Source: `dbt/adapters/base/impl.py`,
//! `dbt_common/behavior_flags.py`.

use crate::jinja::value::{text_of, undefined};
use crate::manifest::JsonMap;
use minijinja::value::{Object, ObjectRepr, Value};
use std::fmt;
use std::sync::Arc;

/// The flags of dbt's adapters; each is off unless the project's `flags:` switch it on.
const FLAGS: [&str; 2] =
    ["require_batched_execution_for_custom_microbatch_strategy", "enable_truthy_nulls_equals_macro"];

/// All flags.
#[derive(Debug)]
pub(super) struct Behavior {
    /// `flags:` of the project.
    flags: JsonMap,
}

impl Behavior {
    pub fn new(flags: &JsonMap) -> Self {
        Behavior { flags: flags.clone() }
    }
}

impl Object for Behavior {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = text_of(key)?;
        if !FLAGS.contains(&name) {
            return Some(undefined(format!("The flag {name} has not be registered.")));
        }
        let is_on = self.flags.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false);
        Some(Value::from_object(Flag { is_on }))
    }
}

/// One flag: true or false, and with `no_warn` the same as a plain value.
struct Flag {
    is_on: bool,
}

impl fmt::Debug for Flag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<behavior flag>")
    }
}

impl Object for Flag {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.is_on
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        matches!(text_of(key)?, "no_warn" | "setting").then(|| Value::from(self.is_on))
    }
}
