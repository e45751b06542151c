//! The arguments of a generic test, rendered to values: what its macro is called with.

use super::{CompileError, Program};
use crate::jinja::context::{NodeScope, TEST_KWARGS, map_test_argument};
use crate::jinja::runtime::Phase;
use crate::jinja::{Engine, Unit, parse_template, value};
use crate::manifest::Node;
use minijinja::Value;
use std::sync::Arc;

/// Adds the rendered arguments to the context of a generic test; leaves every other node's context alone.
pub(super) fn add(program: &Arc<Program>, node: &Arc<Node>, scope: NodeScope) -> Result<NodeScope, CompileError> {
    let Some(metadata) = node.as_data_test().and_then(|test| test.metadata.as_ref()) else { return Ok(scope) };
    let Some(namespace) = program.namespace(node) else { return Ok(scope) };
    let file: Arc<str> = program.display_path(node).into();
    // The arguments are rendered in the node's own context; references they make are those of the node.
    let shared = Arc::new(scope);
    let render = |text: &str| -> Result<Value, CompileError> {
        let body = parse_template(&file, text).map_err(|error| CompileError::Diagnostic(Box::new(error)))?;
        let unit = Unit::native(&node.name, &file, &body);
        let rendered = Engine::new().render_native(Phase::Execute, &unit, &namespace, shared.clone());
        rendered.map(|rendered| rendered.output).map_err(|error| CompileError::Render(Box::new(error)))
    };
    let mut kwargs = indexmap::IndexMap::new();
    for (name, argument) in &metadata.kwargs {
        let rendered =
            if name == "column_name" { value::from_json(argument) } else { map_test_argument(argument, &render)? };
        kwargs.insert(Value::from(name.as_str()), rendered);
    }
    let scope = Arc::try_unwrap(shared).map_err(|_| still_used())?;
    Ok(scope.with_local(TEST_KWARGS, value::dict(kwargs)))
}

fn still_used() -> CompileError {
    use crate::diagnostic::{Diagnostic, ErrorCode};
    CompileError::Diagnostic(Box::new(Diagnostic::error(
        ErrorCode::JinjaRender,
        "an argument of this test keeps the context in which it was rendered",
    )))
}
