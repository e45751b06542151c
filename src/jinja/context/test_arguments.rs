//! The arguments of a generic test as values.

use crate::jinja::value::{self, from_json};
use fancy_regex::Regex;
use minijinja::Value;
use serde_json::Value as Json;
use std::sync::LazyLock;

/// The name under which a test's generated template finds its arguments.
pub const TEST_KWARGS: &str = "_dbt_generic_test_kwargs";

/// Text that is a call, although no braces stand around it.
static LOOKS_LIKE_CALL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*$").ok());

/// An argument with every text in it that is a template, or a bare call such as `ref('orders')`, rendered.
///
/// # Errors
/// What `render` says.
pub fn map_test_argument<E>(argument: &Json, render: &dyn Fn(&str) -> Result<Value, E>) -> Result<Value, E> {
    Ok(match argument {
        Json::String(text) => {
            let is_call = LOOKS_LIKE_CALL.as_ref().is_some_and(|pattern| pattern.is_match(text).unwrap_or(false));
            let template = if is_call { format!("{{{{ {text} }}}}") } else { text.clone() };
            if template.contains("{{") || template.contains("{%") { render(&template)? } else { from_json(argument) }
        }
        Json::Array(items) => {
            value::list(items.iter().map(|item| map_test_argument(item, render)).collect::<Result<_, E>>()?)
        }
        Json::Object(entries) => {
            let entries = entries.iter();
            let entries =
                entries.map(|(name, item)| Ok((Value::from(name.as_str()), map_test_argument(item, render)?)));
            value::dict(entries.collect::<Result<_, E>>()?)
        }
        other => from_json(other),
    })
}
