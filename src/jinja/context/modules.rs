//! Functions that need neither a node nor a warehouse.

use super::function::function;
use super::names::namespace as dict_of;
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Arguments, Outcome, PyDict, iterate, py_eq, repr, to_str};
use indexmap::IndexMap;
use minijinja::State;
use minijinja::value::{Value, ValueKind};
use std::collections::{HashMap, HashSet};

/// Python's builtins and modules that dbt offers.
pub(super) fn functions() -> HashMap<&'static str, Value> {
    value::dbt_functions().into_iter().collect()
}

/// MD5 of a text, in lower-case hexadecimal.
pub(super) fn md5(text: &str) -> String {
    use md5::Digest;
    md5::Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `diff_of_two_dicts(a, b)`: what of `a` is not in `b`, compared without regard to case.
pub(super) fn diff_of_two_dicts(_state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [first, second] = Arguments::new(arguments).bind("diff_of_two_dicts", ["dict_a", "dict_b"], 2)?;
    let entries = |value: Option<Value>| -> Outcome<IndexMap<Value, Value>> {
        let value = value.unwrap_or_default();
        value
            .downcast_object_ref::<PyDict>()
            .map(PyDict::snapshot)
            .ok_or_else(|| error("diff_of_two_dicts() needs two dicts"))
    };
    let lower = |value: &Value| to_str(value).to_lowercase();
    let mut known: HashMap<String, HashSet<String>> = HashMap::new();
    for (key, items) in entries(second)? {
        known.insert(lower(&key), iterate(&items)?.iter().map(lower).collect());
    }
    let mut difference = IndexMap::new();
    for (key, items) in entries(first)? {
        match known.get(&lower(&key)) {
            None => {
                difference.insert(key, items);
            }
            Some(known) => {
                let rest: Vec<Value> =
                    iterate(&items)?.into_iter().filter(|item| !known.contains(&lower(item))).collect();
                if !rest.is_empty() {
                    difference.insert(key, value::list(rest));
                }
            }
        }
    }
    Ok(value::dict(difference))
}

/// `validation.any[...]`: makes a function that checks a config's value.
pub(super) fn validation() -> Value {
    let any = function("any", |_, allowed| {
        let allowed = allowed.to_vec();
        Ok(function("inner", move |_, arguments| {
            let given = arguments.first().cloned().unwrap_or_default();
            if allowed.iter().any(|allowed| allows(allowed, &given)) {
                return Ok(Value::from(()));
            }
            let listed: Vec<String> = allowed.iter().map(to_str).collect();
            Err(error(format!("Expected value \"{}\" to be one of {}", to_str(&given), listed.join(","))))
        }))
    });
    dict_of([("any", any)])
}

/// A value allows itself; a class, which templates can only name by its function, allows its instances.
fn allows(allowed: &Value, given: &Value) -> bool {
    if allowed.kind() == ValueKind::Plain {
        return repr(allowed).contains(value::type_name(given));
    }
    py_eq(allowed, given)
}
