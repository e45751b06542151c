//! `builtins.ref.config`: dbt's runtime config, which it shows by accident and packages such as elementary rely on.

use super::scope::NodeScope;
use super::{function::function, references};
use crate::jinja::value::{self, Outcome, from_json};
use crate::manifest::Domain;
use indexmap::IndexMap;
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};
use serde_json::json;
use std::sync::Arc;

/// `ref`, with the config that dbt's function carries.
#[derive(Debug)]
pub(super) struct RefFunction {
    config: Value,
}

impl RefFunction {
    /// The function as it is in `scope`.
    pub fn with_config(scope: &NodeScope) -> Value {
        Value::from_object(RefFunction { config: runtime_config(scope) })
    }
}

impl Object for RefFunction {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        references::call_ref(state, arguments)
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (value::text_of(key)? == "config").then(|| self.config.clone())
    }
}

/// The root project's config: names, versions and vars of the projects, and the command line.
fn runtime_config(scope: &NodeScope) -> Value {
    value::impure::mark_invocation();
    let domain = &scope.domain;
    let projects = domain.projects.keys().map(|name| (Value::from(name.as_ref()), project(domain, name)));
    let mut config = fields(domain, domain.name.as_str());
    config.extend([
        (Value::from("dependencies"), value::dict(projects.collect())),
        (Value::from("cli_vars"), from_json(&serde_json::Value::Object(domain.vars.command_line.clone()))),
        (Value::from("args"), from_json(&serde_json::Value::Object(scope.invocation.arguments.clone()))),
        (Value::from("target_name"), Value::from(domain.target.name.as_str())),
        (Value::from("profile_name"), Value::from(domain.target.profile_name.as_str())),
        (Value::from("threads"), Value::from(domain.target.threads)),
    ]);
    value::dict(config)
}

fn project(domain: &Domain, name: &str) -> Value {
    value::dict(fields(domain, name))
}

fn fields(domain: &Domain, name: &str) -> IndexMap<Value, Value> {
    let facts = domain.projects.get(name);
    let vars = serde_json::Value::Object(facts.map(|facts| facts.vars.clone()).unwrap_or_default());
    let version = facts.map_or(json!(null), |facts| facts.version.clone());
    let all = from_json(&vars);
    let to_dict = function("to_dict", move |_, _| Ok(all.clone()));
    IndexMap::from_iter([
        (Value::from("project_name"), Value::from(name)),
        (Value::from("version"), from_json(&version)),
        (
            Value::from("vars"),
            value::dict(IndexMap::from_iter([
                (Value::from("vars"), from_json(&vars)),
                (Value::from("to_dict"), to_dict),
            ])),
        ),
    ])
}
