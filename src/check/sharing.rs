//! Two bindings of almost the same mesh: which nodes of the second need no binding of their own.
//!
//! A node is taken over when it is written as in the other binding and everything that it reads has the columns that it has
//! there. So a change of a model reaches its readers only as far as columns change. An ephemeral model stands in its readers'
//! own SQL, so that any change of it reaches them.

use super::{Binding, Bound, Shared, TypedColumn};
use crate::manifest::{Manifest, Node, NodeKind, UniqueId};
use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

/// What is found out level by level.
pub(super) struct Sharing<'a> {
    shared: Shared<'a>,
    manifest: &'a Manifest,
    /// Nodes that their readers see differently.
    changed: HashSet<UniqueId>,
    /// Nodes that were taken over.
    taken: BTreeSet<UniqueId>,
    /// Relations of taken nodes that were made, because something that is bound reads them.
    made: Mutex<HashSet<UniqueId>>,
}

impl<'a> Sharing<'a> {
    pub fn new(shared: Shared<'a>, manifest: &'a Manifest) -> Self {
        Sharing { shared, manifest, changed: HashSet::new(), taken: BTreeSet::new(), made: Mutex::default() }
    }

    /// What a node is in the other binding, where it is the same here. Functions are always made.
    pub fn same(&self, node: &Node) -> Option<&'a Binding> {
        let id = &node.unique_id;
        let as_written = self.shared.nodes.contains(id) && !matches!(node.kind, NodeKind::Function(_));
        let reads_the_same = || self.manifest.graph.parents(id).iter().all(|parent| !self.changed.contains(*parent));
        let other = self.shared.bound.nodes.get(id)?;
        (as_written && reads_the_same()).then_some(other)
    }

    /// Makes the relations of taken nodes that `node` reads, each once.
    pub fn prepare(&self, node: &Node, make: &dyn Fn(&Node, &[TypedColumn])) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = vec![&node.unique_id];
        while let Some(id) = waiting.pop() {
            for parent in self.manifest.graph.parents(id) {
                let Some(read) = self.manifest.node(parent) else { continue };
                if read.is_ephemeral() {
                    waiting.push(parent);
                } else if self.taken.contains(parent) && made.insert(parent.clone()) {
                    let columns = self.shared.bound.columns(parent);
                    columns.into_iter().for_each(|columns| make(read, columns));
                }
            }
        }
    }

    /// Remembers that a node was taken over.
    pub fn take(&mut self, node: &Node) {
        self.taken.insert(node.unique_id.clone());
    }

    /// Remembers what came of a node that was bound here.
    pub fn bound(&mut self, node: &Node, columns: Option<&[TypedColumn]>) {
        let id = &node.unique_id;
        let as_there = match (self.shared.bound.nodes.get(id), columns) {
            (Some(Binding::Bound(there)), Some(here)) => !node.is_ephemeral() && there == here,
            _ => false,
        };
        let is_same_function = matches!(node.kind, NodeKind::Function(_)) && self.shared.nodes.contains(id);
        if !as_there && !is_same_function {
            self.changed.insert(id.clone());
        }
    }

    /// Adds what the other binding knows of the nodes that were taken over.
    pub fn hand_over(self, bound: &mut Bound) {
        let other = self.shared.bound;
        for id in &self.taken {
            bound.nodes.extend(other.nodes.get(id).map(|binding| (id.clone(), binding.clone())));
            bound.compiled.extend(other.compiled.get(id).map(|compiled| (id.clone(), compiled.clone())));
            bound.queries.extend(other.queries.get(id).map(|query| (id.clone(), query.clone())));
        }
        bound.taken = self.taken;
    }
}
