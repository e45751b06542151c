//! `var` and `env_var`.
//! Sources: <https://docs.getdbt.com/reference/dbt-jinja-functions/var>,
//! <https://docs.getdbt.com/reference/dbt-jinja-functions/env_var>.

use super::results;
use super::scope::{NodeScope, Pass, scope_of};
use crate::jinja::value::error::error;
use crate::jinja::value::{Arguments, Outcome, from_json, impure, text_of, to_str};
use crate::manifest::{JsonMap, Vars};
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};
use std::cell::Cell;
use std::sync::Arc;

/// Variables whose names start so are secrets: only profiles and packages may read them.
pub const SECRET_PREFIX: &str = "DBT_ENV_SECRET_";

/// The object behind the name `var`: a function with a method.
#[derive(Debug)]
pub(super) struct VarFunction;

impl Object for VarFunction {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        let [name, default] = Arguments::new(arguments).bind("Var.__call__", ["var_name", "default"], 1)?;
        let scope = scope_of(state)?;
        let name = name.as_ref().map(to_str).unwrap_or_default();
        match (find(&scope, &name), default) {
            (Some(serde_json::Value::String(text)), _) => rendered(state, &name, text),
            (Some(value), _) => Ok(from_json(value)),
            (None, Some(default)) => Ok(default),
            // The parser does not insist; it may be that the branch is never compiled.
            (None, None) if scope.pass == Pass::Parse => Ok(Value::from(())),
            (None, None) => Err(missing(&scope, &name)),
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Outcome {
        match method {
            "has_var" => {
                let [name] = Arguments::new(arguments).bind("has_var", ["var_name"], 1)?;
                let name = name.as_ref().map(to_str).unwrap_or_default();
                Ok(Value::from(find(&*scope_of(state)?, &name).is_some()))
            }
            other => Err(error(format!("'Var' object has no attribute '{other}'"))),
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let var = self.clone();
        match text_of(key)? {
            "has_var" => Some(super::function::function("has_var", move |state, arguments| {
                var.call_method(state, "has_var", arguments)
            })),
            _ => None,
        }
    }
}

thread_local! {
    /// How many variables are being rendered, one within the other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Deeper than any variable that does not name itself.
const MAX_DEPTH: usize = 20;

/// Jinja in the text of a variable is rendered each time that it is used.
fn rendered(state: &mut State<'_, '_>, name: &str, text: &str) -> Outcome {
    if DEPTH.get() == MAX_DEPTH {
        return Err(error(format!("the variable '{name}' is defined by itself: maximum recursion depth exceeded")));
    }
    DEPTH.set(DEPTH.get() + 1);
    let outcome = results::render(state, &[Value::from(text)]);
    DEPTH.set(DEPTH.get() - 1);
    outcome
}

fn find<'a>(scope: &'a NodeScope, name: &str) -> Option<&'a serde_json::Value> {
    find_var(&scope.domain.vars, scope.domain.name.as_str(), scope.package_name(), name)
}

/// The value of a variable in a node of `package`: command line, then the project's vars for that package, then the
/// project's own, then the package's own.
pub fn find_var<'a>(vars: &'a Vars, project: &str, package: &str, name: &str) -> Option<&'a serde_json::Value> {
    let layer = |layer: &str| vars.packages.get(layer).and_then(|layer: &JsonMap| layer.get(name));
    vars.command_line
        .get(name)
        .or_else(|| layer(&format!("{project}/{package}")))
        .or_else(|| layer(project))
        .or_else(|| layer(package))
}

fn missing(scope: &NodeScope, name: &str) -> minijinja::Error {
    let mut known = JsonMap::new();
    let project = scope.domain.name.as_str();
    for layer in [scope.package_name(), project] {
        known.extend(scope.domain.vars.packages.get(layer).cloned().unwrap_or_default());
    }
    known.extend(scope.domain.vars.command_line.clone());
    let found = scope.node.as_ref().map_or("<Configuration>", |node| &node.name);
    let listed = serde_json::to_string_pretty(&serde_json::Value::Object(known)).unwrap_or_default();
    error(format!("Required var '{name}' not found in config:\nVars supplied to {found} = {listed}"))
}

pub(super) fn env_var(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let [name, default] = Arguments::new(arguments).bind("env_var", ["var", "default"], 1)?;
    let scope = scope_of(state)?;
    let name = name.as_ref().map(to_str).unwrap_or_default();
    if name.starts_with(SECRET_PREFIX) {
        return Err(error(format!(
            "Secret env vars are allowed only in profiles.yml or packages.yml. Found '{name}' referenced elsewhere."
        )));
    }
    impure::mark_variable(&name);
    let overridden = scope.environment.get(&name);
    match (overridden.or_else(|| scope.invocation.environment.get(&name)), default.filter(|default| !default.is_none()))
    {
        (Some(value), _) => Ok(Value::from(value.as_str())),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(error(format!("Env var required but not provided: '{name}'"))),
    }
}
