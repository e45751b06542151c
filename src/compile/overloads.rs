//! Overloads of a function, each as the node that its materialization makes.

use super::{CompileError, CompiledNode, Program};
use crate::jinja::context::NodeScope;
use crate::jinja::warehouse::Session;
use crate::manifest::{FunctionOverload, JsonMap, Node, NodeKind};
use serde_json::Value;
use std::sync::Arc;

/// Gives the dict of a function its `overloads`, with the bodies that are known.
pub(super) fn show(function: &mut JsonMap, bodies: &[String]) {
    let overloads = function.entry("overloads").or_insert_with(|| Value::Array(Vec::new()));
    for (overload, body) in overloads.as_array_mut().into_iter().flatten().zip(bodies) {
        overload["compiled_body"] = body.as_str().into();
    }
}

impl Program {
    /// The bodies of a function's overloads, rendered in the context of the function.
    pub(super) fn overload_bodies(
        self: &Arc<Self>,
        node: &Node,
        scope: &Arc<NodeScope>,
        session: Option<Arc<dyn Session>>,
    ) -> Result<Vec<String>, CompileError> {
        let NodeKind::Function(function) = &node.kind else { return Ok(Vec::new()) };
        let body = |overload: &FunctionOverload| {
            let own_code = self.render(node, &overload.raw_body, scope)?;
            let referred = std::mem::take(&mut scope.capture().ephemeral);
            self.assemble(own_code, &referred, session.clone()).map(|compiled| compiled.code)
        };
        function.overloads.iter().map(body).collect()
    }

    /// The overloads of a function, in order: the function with the arguments and the result of each, and with its body of
    /// `bodies`.
    pub fn overloads(&self, node: &Node, bodies: &[String]) -> Vec<(Arc<Node>, CompiledNode)> {
        let NodeKind::Function(function) = &node.kind else { return Vec::new() };
        let overload = |(overload, body): (&FunctionOverload, &String)| {
            let kind = NodeKind::Function(Box::new(function.overloaded(overload)));
            let (code, own_code, overloads) = (body.clone(), body.clone(), bodies.to_vec());
            let compiled = CompiledNode { code, own_code, overloads, ..CompiledNode::default() };
            (Arc::new(Node { kind, ..node.clone() }), compiled)
        };
        function.overloads.iter().zip(bodies).map(overload).collect()
    }
}
