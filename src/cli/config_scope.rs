//! What Jinja in `profiles.yml`, `dbt_project.yml` and `packages.yml` sees.

use crate::jinja::context::{DBT_VERSION, SECRET_PREFIX, function};
use crate::jinja::runtime::Scope;
use crate::jinja::value::error::error;
use crate::jinja::value::{Arguments, dbt_functions, from_json, modules, to_str};
use crate::jinja::{InternalMacros, MacroLibrary};
use crate::manifest::JsonMap;
use crate::parse::YamlRenderer;
use crate::project::profile::Secrets;
use minijinja::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Names and values.
pub(super) struct ConfigScope {
    names: HashMap<&'static str, Value>,
}

impl ConfigScope {
    /// A scope with `env_var` and `var`. Where `secrets` may be read, they are placeholders until they are used.
    pub fn new(environment: &BTreeMap<String, String>, vars: &JsonMap, secrets: bool) -> Self {
        let mut names: HashMap<&'static str, Value> = dbt_functions().into_iter().collect();
        names.insert("modules", modules());
        names.insert("dbt_version", Value::from(DBT_VERSION));
        let variables = environment.clone();
        let env_var = function("env_var", move |_, arguments| {
            let [name, default] = Arguments::new(arguments).bind("env_var", ["var", "default"], 1)?;
            let name = name.as_ref().map(to_str).unwrap_or_default();
            if Secrets::is_secret_name(&name) && variables.contains_key(&name) {
                return match secrets {
                    true => Ok(Value::from(Secrets::placeholder(&name))),
                    false => Err(error(format!(
                        "Secret env vars are allowed only in profiles.yml or packages.yml. Found '{name}' referenced elsewhere."
                    ))),
                };
            }
            match (variables.get(&name), default.filter(|default| !default.is_none())) {
                (Some(value), _) => Ok(Value::from(value.as_str())),
                (None, Some(default)) => Ok(default),
                (None, None) => Err(error(format!("Env var required but not provided: '{name}'"))),
            }
        });
        names.insert("env_var", env_var);
        names.insert("var", var(vars, true));
        debug_assert!(SECRET_PREFIX.starts_with(crate::project::profile::SECRET_PREFIX));
        ConfigScope { names }
    }

    /// The same in which a var that nobody has set is none: `deps` needs only what is set, as since dbt 1.12.
    pub fn without_required_vars(mut self, vars: &JsonMap) -> Self {
        self.names.insert("var", var(vars, false));
        self
    }

    /// The same with `target`.
    pub fn with_target(mut self, target: Value) -> Self {
        self.names.insert("target", target);
        self
    }

    /// A renderer of YAML strings in this scope.
    pub fn renderer(self) -> YamlRenderer {
        let namespace = MacroLibrary::new("configuration", InternalMacros::none()).namespace("configuration");
        YamlRenderer::new(Arc::new(self), namespace)
    }
}

/// `var(name, default)`.
fn var(vars: &JsonMap, required: bool) -> Value {
    let vars = vars.clone();
    function("var", move |_, arguments| {
        let [name, default] = Arguments::new(arguments).bind("var", ["var_name", "default"], 1)?;
        let name = name.as_ref().map(to_str).unwrap_or_default();
        match (vars.get(&name), default) {
            (Some(value), _) => Ok(from_json(value)),
            (None, Some(default)) => Ok(default),
            (None, None) if !required => Ok(Value::from(())),
            (None, None) => {
                let listed = serde_json::to_string_pretty(&vars).unwrap_or_default();
                Err(error(format!(
                    "Required var '{name}' not found in config:\nVars supplied to <Configuration> = {listed}"
                )))
            }
        }
    })
}

impl Scope for ConfigScope {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.names.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.names.keys().map(|name| (*name).to_string()).collect()
    }
}
