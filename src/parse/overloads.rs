//! Overloads of functions: bodies that stand in files of their own, and belong to one function.
//!
//! Source: `_absorb_overloads` of `dbt/parser/schemas.py` in dbt-core 1.12.

use super::patch::Properties;
use super::unresolved::UnresolvedNode;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{FunctionOverload, Node, NodeKind};
use crate::project::Text;
use std::collections::HashMap;
use std::sync::Arc;

/// Puts the functions that others name in `overloads` into these: body and references. They are no nodes any more.
pub(super) fn settle(nodes: &mut Vec<UnresolvedNode>, properties: &[Properties], diagnostics: &mut Vec<Diagnostic>) {
    let entries: Vec<(String, &Text, &Text)> = properties
        .iter()
        .flat_map(|file| file.content.functions.iter().map(move |function| (file, function)))
        .flat_map(|(file, function)| {
            let of_function = move |overload| (file.patch_path(), &function.node.name, overload);
            function.overloads.iter().map(|overload| &overload.defined_in).map(of_function)
        })
        .collect();
    if entries.is_empty() {
        return;
    }
    let functions = nodes.iter().enumerate().filter(|(_, unresolved)| is_enabled_function(&unresolved.node));
    let mut by_name: HashMap<(Arc<str>, String), usize> = HashMap::new();
    let mut by_entry: HashMap<(String, String), usize> = HashMap::new();
    for (place, UnresolvedNode { node, .. }) in functions {
        by_name.insert((node.package_name.clone(), node.name.to_string()), place);
        by_entry.extend(node.patch_path.clone().map(|path| ((path, node.name.to_string()), place)));
    }
    // What was put into what.
    let mut absorbed: HashMap<usize, usize> = HashMap::new();
    for (patch_path, name, body) in entries {
        let name = name.as_str();
        let root = by_entry.get(&(patch_path, name.to_string())).copied();
        let Some(root) = root.filter(|place| !absorbed.contains_key(place)) else { continue };
        let wrong = |code, message: String, hint: &str| {
            let diagnostic = Diagnostic::error(code, message).at(body.span.clone()).hint(hint);
            diagnostic.for_node(nodes[root].node.unique_id.as_arc().clone())
        };
        let defined_in = body.as_str();
        let found = by_name.get(&(nodes[root].node.package_name.clone(), defined_in.to_string())).copied();
        let problem = match found {
            Some(own) if own == root => Some(wrong(
                ErrorCode::InvalidReference,
                format!("Function '{name}' cannot list itself in overloads (defined_in: '{defined_in}')."),
                "an overload has a file of its own",
            )),
            Some(other) => absorbed.get(&other).map(|owner| {
                let owner = &nodes[*owner].node.unique_id;
                wrong(
                    ErrorCode::InvalidReference,
                    format!(
                        "Function overload '{defined_in}' (defined_in) is already used by '{owner}'. \
                         Each overload file can only belong to one root function."
                    ),
                    "give each overload a file of its own",
                )
            }),
            None => Some(wrong(
                ErrorCode::UnknownReference,
                format!(
                    "Function overload '{defined_in}' (defined_in) not found. \
                     Expected a SQL file at functions/{defined_in}.sql"
                ),
                "make the file, or correct the name; a function that is not enabled does not count",
            )),
        };
        match (problem, found) {
            (None, Some(other)) => {
                absorbed.insert(other, root);
                let overload = nodes[other].clone();
                absorb(&mut nodes[root], overload);
            }
            (problem, _) => diagnostics.extend(problem),
        }
    }
    let mut place = 0..;
    nodes.retain(|_| place.next().is_some_and(|place| !absorbed.contains_key(&place)));
}

fn is_enabled_function(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Function(_)) && node.config.enabled
}

/// Gives `root` the body and the references of `overload`.
fn absorb(root: &mut UnresolvedNode, overload: UnresolvedNode) {
    let UnresolvedNode { node, ref_places, source_places, .. } = overload;
    if let NodeKind::Function(function) = &mut root.node.kind {
        let same = |entry: &&mut FunctionOverload| entry.defined_in == *node.name;
        if let Some(entry) = function.overloads.iter_mut().find(same) {
            entry.raw_body = node.raw_code.clone();
            entry.original_file_path = node.original_file_path.clone();
        }
    }
    for (call, place) in node.refs.into_iter().zip(ref_places) {
        if !root.node.refs.contains(&call) {
            root.node.refs.push(call);
            root.ref_places.push(place);
        }
    }
    for (call, place) in node.sources.into_iter().zip(source_places) {
        if !root.node.sources.contains(&call) {
            root.node.sources.push(call);
            root.source_places.push(place);
        }
    }
    for call in node.functions {
        if !root.node.functions.contains(&call) {
            root.node.functions.push(call);
        }
    }
}
