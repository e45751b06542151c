//! Sources that are files: `external_location`, filled in.
//!
//! Source: `create_from_source` of dbt-duckdb's `DuckDBRelation`.

use crate::jinja::value::{TextStyle, fill_in};
use crate::manifest::{JsonMap, Node};
use serde_json::Value;

/// Configs of sources that dbt knows itself; templates of locations do not see them.
const OWN_CONFIGS: [&str; 7] =
    ["enabled", "event_time", "freshness", "loaded_at_field", "loaded_at_query", "meta", "tags"];

/// What stands in place of the name of a source that has an `external_location`: a path in quotes, or a call.
pub(super) fn of(node: &Node) -> Result<Option<String>, String> {
    let meta = node.config.get("meta").and_then(Value::as_object);
    let configs = node.config.values.iter().filter(|(name, _)| !OWN_CONFIGS.contains(&name.as_str()));
    let all: JsonMap =
        meta.into_iter().flatten().chain(configs).map(|(name, value)| (name.clone(), value.clone())).collect();
    if all.contains_key("plugin") {
        return Ok(None);
    }
    let Some(template) = all.get("external_location") else { return Ok(None) };
    let Some(template) = template.as_str() else {
        return Err(format!("`external_location` of the source {} must be a text", node.name));
    };
    let formatter = all.get("formatter").and_then(Value::as_str).unwrap_or("newstyle");
    let style = match formatter {
        "newstyle" => TextStyle::Braces,
        "oldstyle" => TextStyle::Percent,
        "template" => TextStyle::Dollar,
        other => {
            return Err(format!(
                "Formatter {other} not recognized. Must be one of 'newstyle', 'oldstyle', or 'template'."
            ));
        }
    };
    let location = fill_in(style, template, &names(node, &all))
        .map_err(|reason| format!("`external_location` of the source {} cannot be filled in: {reason}", node.name))?;
    let is_complete = location.contains('(') || location.starts_with('\'');
    Ok(Some(if is_complete { location } else { format!("'{location}'") }))
}

fn names(node: &Node, configs: &JsonMap) -> JsonMap {
    let relation = node.relation.as_ref();
    let part = |part: Option<&std::sync::Arc<str>>| part.map_or(Value::Null, |part| Value::from(&**part));
    let mut names = JsonMap::new();
    names.insert("name".to_string(), Value::from(&*node.name));
    names.insert("identifier".to_string(), part(relation.and_then(|relation| relation.identifier.as_ref())));
    names.insert("schema".to_string(), part(relation.and_then(|relation| relation.schema.as_ref())));
    names.insert("database".to_string(), part(relation.and_then(|relation| relation.database.as_ref())));
    names.insert("tags".to_string(), node.config.tags.clone().into());
    names.extend(configs.clone());
    names
}
