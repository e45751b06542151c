//! From what was bound to the lineage of its columns, and whether they can be null.

use super::Bound;
use super::promises::written;
use crate::manifest::{Manifest, Node, NodeKind, UniqueId};
use crate::mesh::contract::Promise;
use crate::mesh::{ColumnGraph, TracedNode};
use crate::sql::SqlEngine;
use std::collections::BTreeSet;

/// The lineage of everything that was bound; `engine` is asked about queries that sqlparser cannot read. Nodes of `shared` are
/// as in the other graph.
pub fn column_graph(
    manifest: &Manifest,
    bound: &Bound,
    shared: Option<(&ColumnGraph, &BTreeSet<UniqueId>)>,
    engine: &(dyn SqlEngine + Sync),
) -> ColumnGraph {
    let mut promised = written(manifest);
    let (mut sources, mut built) = (Vec::new(), Vec::new());
    let ids = manifest.graph.topological_order().unwrap_or_default();
    for id in ids.into_iter().filter(|id| bound.nodes.contains_key(*id)) {
        let Some(node) = manifest.node(id).filter(|node| has_columns(node)) else { continue };
        let columns = bound.columns(id).map(|columns| columns.iter().map(|column| column.name.clone()).collect());
        let query = bound.queries.get(id).cloned();
        let relation = node.relation.clone().filter(|_| !node.is_ephemeral());
        let Promise { not_null, unique, .. } = promised.remove(id).unwrap_or_default();
        let unique = unique.into_iter().map(|key| key.into_iter().collect()).collect();
        let traced = TracedNode { id: id.clone(), relation, columns, query, not_null, unique };
        if node.as_source().is_some() { sources.push(traced) } else { built.push(traced) }
    }
    sources.extend(built);
    ColumnGraph::sharing(&sources, shared, engine)
}

fn has_columns(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_) | NodeKind::Seed(_) | NodeKind::Snapshot(_) | NodeKind::Source(_))
}
