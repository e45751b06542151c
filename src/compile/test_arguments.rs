//! The arguments of a generic test, rendered to values: what its macro is called with.

use super::{CompileError, Program};
use crate::jinja::context::NodeScope;
use crate::jinja::runtime::Phase;
use crate::jinja::{Engine, Unit, parse_template, value};
use crate::manifest::Node;
use fancy_regex::Regex;
use minijinja::Value;
use serde_json::Value as Json;
use std::sync::{Arc, LazyLock};

/// The name that the generated template of a test hands on.
pub const KWARGS_NAME: &str = "_dbt_generic_test_kwargs";

/// Text that is a call, although no braces stand around it.
static LOOKS_LIKE_CALL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*$").ok());

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
        let rendered = if name == "column_name" { value::from_json(argument) } else { map(argument, &render)? };
        kwargs.insert(Value::from(name.as_str()), rendered);
    }
    let scope = Arc::try_unwrap(shared).map_err(|_| still_used())?;
    Ok(scope.with_local(KWARGS_NAME, value::dict(kwargs)))
}

fn still_used() -> CompileError {
    use crate::diagnostic::{Diagnostic, ErrorCode};
    CompileError::Diagnostic(Box::new(Diagnostic::error(
        ErrorCode::JinjaRender,
        "an argument of this test keeps the context in which it was rendered",
    )))
}

/// The template to render for an argument that is text.
pub(crate) fn template_of(text: &str) -> String {
    let is_call = LOOKS_LIKE_CALL.as_ref().is_some_and(|pattern| pattern.is_match(text).unwrap_or(false));
    if is_call { format!("{{{{ {text} }}}}") } else { text.to_string() }
}

fn map(argument: &Json, render: &dyn Fn(&str) -> Result<Value, CompileError>) -> Result<Value, CompileError> {
    Ok(match argument {
        Json::String(text) => {
            let template = template_of(text);
            if template.contains("{{") || template.contains("{%") { render(&template)? } else { value::from_json(argument) }
        }
        Json::Array(items) => value::list(items.iter().map(|item| map(item, render)).collect::<Result<_, _>>()?),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(name, item)| Ok((Value::from(name.as_str()), map(item, render)?)));
            value::dict(entries.collect::<Result<_, CompileError>>()?)
        }
        other => value::from_json(other),
    })
}
