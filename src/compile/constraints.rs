//! Foreign keys: what a properties file names with `ref` or `source` becomes the relation that the DDL names.

use super::{CompileError, Program};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{Constraint, Found, JsonMap, Node};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The relations that foreign keys of `node` point at, by the text that stands in `to`.
///
/// # Errors
/// When a foreign key points at a node that is built nowhere.
pub(super) fn foreign_keys(program: &Program, node: &Node) -> Result<BTreeMap<String, String>, CompileError> {
    let of_columns = node.columns.values().flat_map(|column| &column.constraints);
    let of_model = node.as_model().into_iter().flat_map(|model| &model.constraints);
    of_columns
        .chain(of_model)
        .filter_map(|constraint| Some((constraint, constraint.to.clone()?)))
        .filter(|(constraint, _)| constraint.target.is_some())
        .map(|(constraint, to)| Ok((to, relation(program, node, constraint)?)))
        .collect()
}

fn relation(program: &Program, node: &Node, constraint: &Constraint) -> Result<String, CompileError> {
    let named = constraint.target.as_ref();
    let found = named.map(|reference| program.lookup.named(&node.domain, &node.package_name, reference));
    let relation = match &found {
        Some(Found::Node(id)) => {
            let own = program.manifest.node(id).and_then(|target| target.relation.as_ref());
            program.run.deferred.get(id).or(own)
        }
        _ => None,
    };
    relation.map(ToString::to_string).ok_or_else(|| {
        let to = constraint.to.as_deref().unwrap_or_default();
        let message = format!("'{}' depends on '{to}' which is not in the graph!", node.unique_id);
        CompileError::Diagnostic(Box::new(
            Diagnostic::error(ErrorCode::UnknownReference, message)
                .hint("a foreign key points at a model, seed, snapshot or source"),
        ))
    })
}

/// Puts the relations into the constraints of `model`, a node as a dict.
pub(super) fn point_at_relations(model: &mut JsonMap, relations: &BTreeMap<String, String>) {
    if relations.is_empty() {
        return;
    }
    let columns = model.get_mut("columns").and_then(Json::as_object_mut);
    for column in columns.into_iter().flat_map(|columns| columns.values_mut()) {
        replace(column.get_mut("constraints"), relations);
    }
    replace(model.get_mut("constraints"), relations);
}

fn replace(constraints: Option<&mut Json>, relations: &BTreeMap<String, String>) {
    for constraint in constraints.and_then(Json::as_array_mut).into_iter().flatten() {
        let Some(to) = constraint.get_mut("to") else { continue };
        if let Some(relation) = to.as_str().and_then(|text| relations.get(text)) {
            *to = relation.as_str().into();
        }
    }
}
