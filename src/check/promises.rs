//! What models promise their readers: what is written of them, and the columns that their SQL gives.

use super::{Bound, TypedColumn};
use crate::manifest::{Access, Manifest, UniqueId};
use crate::mesh::contract::{Promise, PromisedColumn};
use std::collections::{BTreeMap, HashMap};

/// The promise of every model. Columns are those of public models, and of what `also` names; SQL is left to the caller.
pub fn promises(manifest: &Manifest, bound: &Bound, also: &dyn Fn(&UniqueId) -> bool) -> BTreeMap<UniqueId, Promise> {
    let is_model = |id: &UniqueId| manifest.node(id).is_some_and(|node| node.as_model().is_some());
    let mut promises: BTreeMap<UniqueId, Promise> =
        written(manifest).into_iter().filter(|(id, _)| is_model(id)).collect();
    for (id, promise) in promises.iter_mut().filter(|(id, promise)| promise.access == Access::Public || also(id)) {
        promise.columns = bound.columns(id).map(|columns| columns.iter().map(promised).collect());
    }
    promises
}

fn promised(column: &TypedColumn) -> PromisedColumn {
    PromisedColumn { name: column.name.clone(), data_type: Some(column.data_type.clone()) }
}

/// What properties, constraints and tests say of every model, and of other nodes that are tested.
pub(super) fn written(manifest: &Manifest) -> HashMap<UniqueId, Promise> {
    let models = manifest.nodes.iter().filter(|(_, node)| node.as_model().is_some());
    let mut found: HashMap<UniqueId, Promise> = models.map(|(id, node)| (id.clone(), Promise::of(node))).collect();
    for node in manifest.nodes.values() {
        let Some(test) = node.as_data_test() else { continue };
        // Tests of sources are attached to nothing.
        let tested = test.attached_node.as_ref().or(match node.depends_on.nodes.as_slice() {
            [only] => Some(only),
            _ => None,
        });
        if let Some(tested) = tested {
            found.entry(tested.clone()).or_default().add_test(node);
        }
    }
    found
}
