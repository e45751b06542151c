//! What configs may ask for and is not supported yet: said, never passed over in silence.

use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::manifest::{Node, NodeKind};

/// What a node asks for by its configs and cannot have yet.
pub(super) fn in_configs(node: &Node, place: &Span) -> Option<Diagnostic> {
    if !node.config.enabled {
        return None;
    }
    let configs = &node.config.values;
    let meta = configs.get("meta");
    let asks = |key: &str| configs.get(key).or_else(|| meta?.get(key)).is_some_and(|value| !value.is_null());
    let (what, hint) = match &node.kind {
        NodeKind::Source(_) if asks("plugin") => {
            ("`plugin` of sources is", "load the data before, for instance as a seed")
        }
        NodeKind::Model(_) if node.config.materialized.as_str() == "external" && is_handed_on(node) => {
            ("handing an external model to a plugin or to Glue is", "leave `plugin` and `glue_register` out")
        }
        _ => return None,
    };
    let message = format!("{what} not supported yet, which {} asks for", node.name);
    let diagnostic = Diagnostic::error(ErrorCode::Unsupported, message).at(place.clone()).hint(hint);
    Some(diagnostic.for_node(node.unique_id.as_arc().clone()))
}

/// Whether something else than DuckDB is told of an external model.
fn is_handed_on(node: &Node) -> bool {
    let registers = node.config.get("glue_register").is_some_and(|value| value != &serde_json::Value::Bool(false));
    registers || node.config.get("plugin").is_some()
}
