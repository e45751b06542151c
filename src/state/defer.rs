//! Deferral: which refs read a relation of the earlier state because their own is not there.
//! Source: <https://docs.getdbt.com/reference/node-selection/defer>.

use super::comparison::spellings;
use super::previous::{PreviousManifest, PreviousNode};
use crate::manifest::{Manifest, Node, Relation, UniqueId};
use indexmap::IndexMap;
use std::collections::HashSet;

/// How refs are deferred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeferOptions {
    /// `--favor-state`: what is not selected is read from the state even if it is there.
    pub favor_state: bool,
    /// Whether the command builds what it selects. If so, a selected node is never deferred: it stands before it is read.
    pub builds: bool,
}

/// Nodes that `selected` ones read, directly or through ephemeral models, and whose ref means the relation of `previous`.
///
/// `exists` says whether a relation stands in the target; it is asked at most once for each node. Only models, seeds and
/// snapshots are deferred, and no ephemeral ones.
pub fn defer<'a>(
    manifest: &Manifest,
    previous: &PreviousManifest,
    selected: impl IntoIterator<Item = &'a UniqueId>,
    options: DeferOptions,
    mut exists: impl FnMut(&Relation) -> bool,
) -> IndexMap<UniqueId, Relation> {
    let selected: HashSet<&UniqueId> = selected.into_iter().collect();
    let mut deferred = IndexMap::new();
    for node in nodes_read(manifest, &selected) {
        let is_selected = selected.contains(&node.unique_id);
        if node.is_ephemeral() || !node.resource_type().is_refable() || (options.builds && is_selected) {
            continue;
        }
        let (Some(own), Some(old)) = (&node.relation, find(previous, node)) else { continue };
        if (options.favor_state && !is_selected) || !exists(own) {
            deferred.insert(node.unique_id.clone(), relation(old, own));
        }
    }
    deferred
}

/// The relation that each model, seed and snapshot of `manifest` has in `previous`: what `clone` copies.
pub fn counterparts(manifest: &Manifest, previous: &PreviousManifest) -> IndexMap<UniqueId, Relation> {
    let built = manifest.nodes.values().filter(|node| node.resource_type().is_refable() && !node.is_ephemeral());
    let found = built.filter_map(|node| {
        let own = node.relation.as_ref()?;
        Some((node.unique_id.clone(), relation(find(previous, node)?, own)))
    });
    found.collect()
}

/// What the selected nodes read, with ephemeral models looked through; in the order of the manifest.
fn nodes_read<'m>(manifest: &'m Manifest, selected: &HashSet<&UniqueId>) -> Vec<&'m Node> {
    let mut read: HashSet<&UniqueId> = HashSet::new();
    let mut waiting: Vec<&Node> = selected.iter().filter_map(|id| manifest.node(id)).map(|node| &**node).collect();
    while let Some(node) = waiting.pop() {
        for parent in node.depends_on.nodes.iter().filter_map(|id| manifest.node(id)) {
            if read.insert(&parent.unique_id) && parent.is_ephemeral() {
                waiting.push(parent);
            }
        }
    }
    manifest.nodes.values().map(|node| &**node).filter(|node| read.contains(&node.unique_id)).collect()
}

fn find<'p>(previous: &'p PreviousManifest, node: &Node) -> Option<&'p PreviousNode> {
    spellings(&node.unique_id, &node.package_name, &node.domain)
        .find_map(|id| previous.nodes.get(id.as_str()))
        .filter(|old| old.materialized() != Some("ephemeral"))
}

/// The relation as the state has it, quoted as the present project quotes.
fn relation(old: &PreviousNode, own: &Relation) -> Relation {
    Relation {
        database: old.database.as_deref().map(Into::into),
        schema: Some(old.schema.as_str().into()),
        identifier: Some(old.alias.as_str().into()),
        quoting: own.quoting,
    }
}
