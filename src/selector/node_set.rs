//! Sets of nodes, as sorted places in the manifest: cheap for few nodes and for all.

/// A set of places in [`crate::manifest::Manifest::nodes`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NodeSet(Vec<u32>);

impl NodeSet {
    /// The places, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn contains(&self, place: u32) -> bool {
        self.0.binary_search(&place).is_ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What any set holds.
    pub(super) fn union<'a>(sets: impl IntoIterator<Item = &'a NodeSet>) -> NodeSet {
        sets.into_iter().flat_map(NodeSet::iter).collect()
    }

    /// What all sets hold; nothing if there are none.
    pub(super) fn intersection<'a>(sets: impl IntoIterator<Item = &'a NodeSet>) -> NodeSet {
        let mut sets = sets.into_iter();
        let first = sets.next().cloned().unwrap_or_default();
        sets.fold(first, |held, set| NodeSet(held.iter().filter(|place| set.contains(*place)).collect()))
    }

    /// What `self` holds and `other` does not.
    pub(super) fn minus(&self, other: &NodeSet) -> NodeSet {
        NodeSet(self.iter().filter(|place| !other.contains(*place)).collect())
    }
}

impl FromIterator<u32> for NodeSet {
    fn from_iter<T: IntoIterator<Item = u32>>(places: T) -> Self {
        let mut places: Vec<u32> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        NodeSet(places)
    }
}
