//! Which part of the mesh a manifest shows, and under which ids.

use crate::manifest::{Access, DomainName, Manifest, Node, NodeKind, UniqueId};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// Which part of the mesh is written.
#[derive(Debug, Clone, Copy)]
pub enum ManifestView<'a> {
    /// All domains; nodes and macros of packages carry their domain in the id.
    Mesh,
    /// One domain, as if it were a dbt project alone: dbt's ids, its own nodes and packages, and the public models of
    /// other domains that it reads, without code or path.
    Member(&'a DomainName),
}

impl ManifestView<'_> {
    /// Whether things of `domain` are shown; what has no domain (the built-in macros) always is.
    pub fn shows(&self, domain: Option<&DomainName>) -> bool {
        match (self, domain) {
            (ManifestView::Member(member), Some(domain)) => *member == domain,
            _ => true,
        }
    }

    /// The id as it is written.
    pub fn id<'i>(&self, id: &'i UniqueId) -> Cow<'i, str> {
        match self {
            ManifestView::Member(_) if id.as_str().contains('@') => {
                Cow::Owned(id.without_domain().as_str().to_string())
            }
            _ => Cow::Borrowed(id.as_str()),
        }
    }

    /// The ids as they are written, in the same order.
    pub fn ids<'i>(&self, ids: &'i [UniqueId]) -> Vec<Cow<'i, str>> {
        ids.iter().map(|id| self.id(id)).collect()
    }
}

/// The part of the mesh that is written, looked up once.
pub struct Scope<'a> {
    pub view: ManifestView<'a>,
    /// Nodes of dbt's `nodes`, then of the other sections, each in the manifest's order.
    pub nodes: Vec<&'a Arc<Node>>,
    /// Public models of other domains that one of `nodes` reads, in the manifest's order; none in the mesh's view.
    pub external: Vec<&'a Arc<Node>>,
}

impl<'a> Scope<'a> {
    pub fn new(manifest: &'a Manifest, view: ManifestView<'a>) -> Self {
        let all = manifest.nodes.values().chain(manifest.operations.values());
        let mut nodes: Vec<_> = all.filter(|node| view.shows(Some(&node.domain))).collect();
        // A stable sort: within a section the manifest's order stays.
        nodes.sort_by_key(|node| section(node));
        let read: HashSet<&UniqueId> = nodes.iter().flat_map(|node| &node.depends_on.nodes).collect();
        let is_external = |node: &&Arc<Node>| {
            !view.shows(Some(&node.domain)) && node.access() == Access::Public && read.contains(&node.unique_id)
        };
        let external = manifest.nodes.values().filter(is_external).collect();
        Scope { view, nodes, external }
    }

    /// Nodes of one section of the manifest.
    pub fn section(&self, wanted: Section) -> impl Iterator<Item = &'a Arc<Node>> {
        self.nodes.iter().copied().filter(move |node| section(node) == wanted)
    }

    /// Every node, external ones between dbt's `nodes` and the rest, in the order in which dbt lists edges.
    pub fn all(&self) -> impl Iterator<Item = &'a Arc<Node>> {
        let split = self.nodes.partition_point(|node| section(node) == Section::Nodes);
        let (first, rest) = self.nodes.split_at(split);
        first.iter().chain(&self.external).chain(rest).copied()
    }
}

/// A section of the manifest, in the order in which dbt lists edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Nodes,
    Sources,
    Exposures,
    Metrics,
    SemanticModels,
    SavedQueries,
    UnitTests,
    Functions,
}

pub fn section(node: &Node) -> Section {
    match node.kind {
        NodeKind::Source(_) => Section::Sources,
        NodeKind::Exposure(_) => Section::Exposures,
        NodeKind::Metric(_) => Section::Metrics,
        NodeKind::SemanticModel(_) => Section::SemanticModels,
        NodeKind::SavedQuery(_) => Section::SavedQueries,
        NodeKind::UnitTest(_) => Section::UnitTests,
        NodeKind::Function(_) => Section::Functions,
        _ => Section::Nodes,
    }
}
