//! What microbatch models read: something there must have a time to cut batches by.

use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{Node, UniqueId};
use crate::parse::UnresolvedNode;
use serde_json::Value;
use std::collections::HashMap;

/// One diagnostic for each microbatch model whose inputs cannot be filtered
/// (`check_microbatch_model_has_a_filtered_input` of `dbt/parser/manifest.py`).
pub(super) fn check_inputs(nodes: &[UnresolvedNode]) -> Vec<Diagnostic> {
    if !nodes.iter().any(|unresolved| unresolved.node.microbatch().is_some()) {
        return Vec::new();
    }
    let known: HashMap<&UniqueId, &Node> =
        nodes.iter().map(|unresolved| (&unresolved.node.unique_id, &*unresolved.node)).collect();
    let models = nodes.iter().filter(|unresolved| unresolved.node.microbatch().is_some());
    models.filter_map(|model| check(model, &known)).collect()
}

fn check(model: &UnresolvedNode, known: &HashMap<&UniqueId, &Node>) -> Option<Diagnostic> {
    let name = &model.node.name;
    let mut is_filtered = false;
    for input in model.node.depends_on.nodes.iter().filter_map(|id| known.get(id)) {
        match input.config.get("event_time") {
            Some(Value::String(column)) => is_filtered |= !column.is_empty(),
            Some(Value::Bool(false)) | None => {}
            Some(_) => {
                let message = format!(
                    "Microbatch model '{name}' depends on an input node '{}' with an 'event_time' config of invalid \
                     (non-string) type.",
                    input.name
                );
                return Some(about(model, Diagnostic::error(ErrorCode::InvalidConfig, message)));
            }
        }
    }
    let message = format!(
        "The microbatch model '{name}' has no 'ref' or 'source' input with an 'event_time' configuration.\nThis means no \
         filtering can be applied and can result in unexpected duplicate records in the resulting microbatch model."
    );
    (!is_filtered).then(|| {
        let warning = Diagnostic::warning(ErrorCode::UnfilteredBatches, message);
        about(model, warning).hint("set the config event_time of a model, seed or source that it reads")
    })
}

fn about(model: &UnresolvedNode, diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.at(model.place.clone()).for_node(model.node.unique_id.as_arc().clone())
}
