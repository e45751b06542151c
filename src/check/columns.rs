//! From what was bound to the lineage of its columns, and whether they can be null.

use super::Bound;
use crate::manifest::{Manifest, Node, NodeKind, UniqueId};
use crate::mesh::contract::Promise;
use crate::mesh::{ColumnGraph, TracedNode};
use crate::sql::SqlEngine;
use std::collections::{BTreeSet, HashMap};

/// The lineage of everything that was bound; `engine` is asked about queries that sqlparser cannot read. Nodes of `shared` are as in the other graph.
pub fn column_graph(
    manifest: &Manifest,
    bound: &Bound,
    shared: Option<(&ColumnGraph, &BTreeSet<UniqueId>)>,
    engine: &(dyn SqlEngine + Sync),
) -> ColumnGraph {
    let mut promised = not_null(manifest);
    let (mut sources, mut built) = (Vec::new(), Vec::new());
    let ids = manifest.graph.topological_order().unwrap_or_default();
    for id in ids.into_iter().filter(|id| bound.nodes.contains_key(*id)) {
        let Some(node) = manifest.node(id).filter(|node| has_columns(node)) else { continue };
        let columns = bound.columns(id).map(|columns| columns.iter().map(|column| column.name.clone()).collect());
        let query = bound.queries.get(id).cloned();
        let relation = node.relation.clone().filter(|_| !node.is_ephemeral());
        let not_null = promised.remove(id).unwrap_or_default();
        let traced = TracedNode { id: id.clone(), relation, columns, query, not_null };
        if node.as_source().is_some() { sources.push(traced) } else { built.push(traced) }
    }
    sources.extend(built);
    ColumnGraph::sharing(&sources, shared, engine)
}

fn has_columns(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_) | NodeKind::Seed(_) | NodeKind::Snapshot(_) | NodeKind::Source(_))
}

/// The columns of each node, in lower case, that a constraint or test says are never null.
fn not_null(manifest: &Manifest) -> HashMap<UniqueId, BTreeSet<String>> {
    let mut found: HashMap<UniqueId, BTreeSet<String>> = HashMap::new();
    for (id, node) in manifest.nodes.iter().filter(|(_, node)| node.as_model().is_some()) {
        found.entry(id.clone()).or_default().extend(Promise::of(node).not_null);
    }
    for node in manifest.nodes.values() {
        let Some(test) = node.as_data_test() else { continue };
        let tested = test.attached_node.as_ref().or(match node.depends_on.nodes.as_slice() {
            [only] => Some(only),
            _ => None,
        });
        let Some(tested) = tested else { continue };
        let mut promise = Promise::default();
        promise.add_test(node);
        found.entry(tested.clone()).or_default().extend(promise.not_null);
    }
    found
}
