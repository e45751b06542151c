//! Arguments of a call -> values of parameters, as `Macro.__call__` of `jinja2/runtime.py` binds them.

use crate::jinja::unit::Signature;
use crate::jinja::value::{self, error::error};
use indexmap::IndexMap;
use minijinja::{Error, Value};
use std::sync::Arc;

pub(super) struct Bound {
    /// One value for each parameter.
    pub(super) arguments: Vec<Value>,
    /// `varargs`, `kwargs` and `caller`, if the macro takes them.
    pub(super) extra: Vec<(Arc<str>, Value)>,
}

pub(super) fn bind(signature: &Signature, arguments: &[Value]) -> Result<Bound, Error> {
    let given = value::split_kwargs(arguments);
    let positional = given.positional();
    let mut keywords: IndexMap<String, Value> = given.keywords().into_iter().collect();
    let count = signature.parameters.len();
    let mut bound = Vec::with_capacity(count);
    bound.extend(positional.iter().take(count).cloned());
    for parameter in &signature.parameters[bound.len()..] {
        let given = if keywords.is_empty() { None } else { keywords.shift_remove(&parameter.name) };
        bound.push(given.or_else(|| parameter.default.clone()).unwrap_or_else(|| not_provided(&parameter.name)));
    }
    let mut extra = Vec::new();
    if signature.takes_caller {
        let caller = keywords.shift_remove("caller").filter(|caller| !caller.is_none());
        extra.push(("caller".into(), caller.unwrap_or_else(|| value::undefined("No caller defined"))));
    }
    if signature.takes_kwargs {
        let keywords = keywords.into_iter().map(|(name, value)| (Value::from(name), value)).collect();
        extra.push(("kwargs".into(), value::dict(keywords)));
    } else if let Some(unknown) = keywords.keys().next() {
        return Err(unexpected_keyword(signature, unknown, keywords.contains_key("caller")));
    }
    if signature.takes_varargs {
        extra.push(("varargs".into(), value::tuple(positional.iter().skip(count).cloned().collect())));
    } else if positional.len() > count {
        return Err(error(format!("macro {} takes not more than {count} argument(s)", quoted_name(signature))));
    }
    Ok(Bound { arguments: bound, extra })
}

fn not_provided(name: &str) -> Value {
    value::undefined(format!("parameter '{name}' was not provided"))
}

fn unexpected_keyword(signature: &Signature, keyword: &str, has_caller: bool) -> Error {
    let name = quoted_name(signature);
    error(if has_caller {
        format!("macro {name} was invoked with two values for the special caller argument. This is most likely a bug.")
    } else {
        format!("macro {name} takes no keyword argument '{keyword}'")
    })
}

fn quoted_name(signature: &Signature) -> String {
    signature.name.as_ref().map_or_else(|| "None".to_string(), |name| format!("'{name}'"))
}
