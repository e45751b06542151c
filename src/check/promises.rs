//! What models promise their readers: what is written of them, and the columns that their SQL gives.

use super::{Bound, TypedColumn};
use crate::manifest::{Access, Manifest, UniqueId};
use crate::mesh::contract::{Promise, PromisedColumn};
use std::collections::BTreeMap;

/// The promise of every model. Columns are those of public models, and of what `also` names; SQL is left to the caller.
pub fn promises(manifest: &Manifest, bound: &Bound, also: &dyn Fn(&UniqueId) -> bool) -> BTreeMap<UniqueId, Promise> {
    let models = manifest.nodes.iter().filter(|(_, node)| node.as_model().is_some());
    let mut promises: BTreeMap<UniqueId, Promise> = models.map(|(id, node)| (id.clone(), Promise::of(node))).collect();
    for test in manifest.nodes.values() {
        let tested = test.as_data_test().and_then(|test| test.attached_node.as_ref());
        if let Some(promise) = tested.and_then(|id| promises.get_mut(id)) {
            promise.add_test(test);
        }
    }
    for (id, promise) in promises.iter_mut().filter(|(id, promise)| promise.access == Access::Public || also(id)) {
        promise.columns = bound.columns(id).map(|columns| columns.iter().map(promised).collect());
    }
    promises
}

fn promised(column: &TypedColumn) -> PromisedColumn {
    PromisedColumn { name: column.name.clone(), data_type: Some(column.data_type.clone()) }
}
