//! `graph_summary.json`: nodes by number, and the numbers of what reads them.

use super::manifest::{ManifestView, Scope};
use crate::manifest::{Manifest, UniqueId};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::borrow::Cow;
use std::collections::HashMap;

/// Everything that `graph_summary.json` is made from.
#[derive(Debug, Clone)]
pub struct GraphSummary<'a> {
    /// The mesh.
    pub manifest: &'a Manifest,
    /// Which part of it.
    pub view: ManifestView<'a>,
    /// Id of the invocation.
    pub invocation_id: &'a str,
    /// Edges from a test to what waits for it, which `build` adds; `None` for other commands.
    pub test_edges: Option<&'a [(UniqueId, UniqueId)]>,
}

impl Serialize for GraphSummary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scope = Scope::new(self.manifest, self.view);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("_invocation_id", self.invocation_id)?;
        map.serialize_entry("linked", &numbered(&scope, &[]))?;
        if let Some(edges) = self.test_edges {
            map.serialize_entry("with_test_edges", &numbered(&scope, edges))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    name: Cow<'a, str>,
    #[serde(rename = "type")]
    resource_type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    succ: Vec<usize>,
}

/// The nodes as a JSON object from number to node.
struct Numbered<'a>(Vec<Entry<'a>>);

impl Serialize for Numbered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate())
    }
}

fn numbered<'a>(scope: &Scope<'a>, more_edges: &[(UniqueId, UniqueId)]) -> Numbered<'a> {
    let nodes: Vec<_> = scope.all().collect();
    let numbers: HashMap<&UniqueId, usize> =
        nodes.iter().enumerate().map(|(number, node)| (&node.unique_id, number)).collect();
    let entry = |node: &&'a std::sync::Arc<crate::manifest::Node>| Entry {
        name: scope.view.id(&node.unique_id),
        resource_type: node.resource_type().as_str(),
        succ: Vec::new(),
    };
    let mut entries: Vec<Entry<'a>> = nodes.iter().map(entry).collect();
    let own_edges =
        scope.nodes.iter().flat_map(|node| node.depends_on.nodes.iter().map(move |parent| (parent, &node.unique_id)));
    let edges = own_edges.chain(more_edges.iter().map(|(test, waiting)| (test, waiting)));
    for (parent, child) in edges {
        if let (Some(&parent), Some(&child)) = (numbers.get(parent), numbers.get(child)) {
            entries[parent].succ.push(child);
        }
    }
    Numbered(entries)
}
