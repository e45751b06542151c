//! The view under which the latest version of a versioned model stays reachable (`latest_version_pointer`, since dbt 1.12).
//! Source: `dbt/task/run.py` of dbt-core 1.12.6.

use super::execute::{Executor, failed};
use super::failure::Failure;
use crate::compile::CompiledNode;
use crate::jinja::Engine;
use crate::jinja::runtime::Phase;
use crate::jinja::value::to_str;
use crate::jinja::warehouse::Session;
use crate::manifest::{Node, NodeConfig, Relation};
use minijinja::Value;
use std::sync::Arc;

/// The flag of a project that makes a pointer the rule.
const BY_DEFAULT: &str = "latest_version_pointer_enabled_by_default";

impl Executor {
    /// Makes the view that points at `built`, for a model that wants one. It runs as a view with the model's own configs, but
    /// without hooks and without comments.
    pub(super) fn point_at_latest_version(
        &self,
        node: &Arc<Node>,
        built: &Relation,
        session: &Arc<dyn Session>,
    ) -> Result<(), Failure> {
        if !self.wants_pointer(node) {
            return Ok(());
        }
        let identifier = self.pointer_identifier(node, session)?;
        if built.identifier.as_deref().is_some_and(|taken| taken.eq_ignore_ascii_case(&identifier)) {
            return Err(Failure::Message(format!(
                "Runtime Error in {} {} ({})\n  Cannot create latest version pointer: the latest version of '{}' is already \
                 aliased to '{identifier}'. Set `latest_version_pointer: enabled: false` or remove the conflicting alias.",
                node.resource_type(),
                node.name,
                node.original_file_path,
                node.name
            )));
        }
        let pointer = Arc::new(pointer_to(node, &identifier));
        let code = format!("select * from {built}");
        let compiled = CompiledNode { own_code: code.clone(), code, ..CompiledNode::default() };
        let scope = self.materialization_scope(&pointer, &compiled, session)?;
        let returned = self.materialize(&pointer, "view", &scope)?;
        self.built(&pointer, &scope, &returned).map(drop)
    }

    fn wants_pointer(&self, node: &Node) -> bool {
        let is_latest =
            node.as_model().is_some_and(|model| model.version.is_some() && model.version == model.latest_version);
        let configured = match node.config.get("latest_version_pointer") {
            Some(serde_json::Value::Bool(enabled)) => Some(*enabled),
            Some(given) => given.get("enabled").and_then(serde_json::Value::as_bool),
            None => None,
        };
        let by_default = || {
            let domain = self.program.manifest.domain(&node.domain);
            domain.and_then(|domain| domain.flags.get(BY_DEFAULT)).and_then(serde_json::Value::as_bool).unwrap_or(false)
        };
        is_latest && configured.unwrap_or_else(by_default)
    }

    /// What the project's macro calls the pointer.
    fn pointer_identifier(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Result<String, Failure> {
        let alias = node.config.get("latest_version_pointer").and_then(|given| given.get("alias"));
        let alias = alias.and_then(serde_json::Value::as_str).map_or(Value::from(()), Value::from);
        let namespace = self.namespace(node)?;
        let of = |package: &str| {
            namespace.get_from_package(Some(package), "generate_latest_version_pointer_alias").ok().flatten()
        };
        let Some(definition) = of(node.domain.as_str()).or_else(|| of("dbt")) else { return Ok(node.name.to_string()) };
        let scope = self.materialization_scope(node, &CompiledNode::default(), session)?;
        let arguments = [alias, self.program.dict(node, None)];
        let called = Engine::new().call_macro(Phase::Execute, &definition, &arguments, &namespace, scope);
        called.map(|called| to_str(&called.output).trim().to_string()).map_err(|cause| failed(cause).into())
    }
}

/// A node that stands for the view, and that the manifest never has.
fn pointer_to(node: &Node, identifier: &str) -> Node {
    let mut values = (*node.config.values).clone();
    for name in ["pre-hook", "post-hook", "persist_docs"] {
        values.shift_remove(name);
    }
    let config =
        NodeConfig { values: values.into(), pre_hooks: Vec::new(), post_hooks: Vec::new(), ..(*node.config).clone() };
    let relation =
        node.relation.as_ref().map(|relation| Relation { identifier: Some(identifier.into()), ..relation.clone() });
    Node { alias: identifier.to_string(), relation, config: config.into(), ..node.clone() }
}
