//! A manifest prepared for lookup: names, parents and children by place.

use super::node_set::NodeSet;
use super::pattern::{Pattern, prefixes};
use crate::manifest::{DomainName, Manifest, Node, NodeKind, UniqueId};
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

/// A manifest with its graph as numbers and its names sorted. Building it takes time linear in nodes and edges (names:
/// sorting); looking a name up takes time linear in what is found.
#[derive(Debug)]
pub struct Index<'a> {
    manifest: &'a Manifest,
    nodes: Vec<&'a Node>,
    parents: Vec<Vec<u32>>,
    children: Vec<Vec<u32>>,
    /// Made when the first name is looked up.
    names: OnceCell<Names<'a>>,
    /// Files of a domain's own nodes and the folders they are in, relative to the domain. Made when they are asked for.
    paths: OnceCell<HashMap<&'a DomainName, HashSet<&'a str>>>,
    visits: RefCell<Visits>,
}

/// Nodes other than sources by the ways in which `fqn:` can name them.
#[derive(Debug, Default)]
struct Names<'a> {
    /// Last part of the fully qualified name; of a versioned model the part before its version.
    leaves: HashMap<&'a str, Vec<u32>>,
    /// Versioned models as `name_v1`.
    versioned: HashMap<String, Vec<u32>>,
    /// Whole names with dots, and the same without the package, sorted.
    qualified: Vec<(String, u32)>,
}

/// Marks of the walk that is going on, so that a walk costs what it reaches and not what there is.
#[derive(Debug, Default)]
struct Visits {
    marks: Vec<u32>,
    walk: u32,
}

/// Which way a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Parents,
    Children,
}

impl<'a> Index<'a> {
    /// An index over all enabled nodes of `manifest`.
    pub fn new(manifest: &'a Manifest) -> Self {
        let nodes: Vec<&Node> = manifest.nodes.values().map(|node| &**node).collect();
        let place = |id: &UniqueId| manifest.nodes.get_index_of(id).map(|place| place as u32);
        let places: Vec<Option<u32>> = manifest.graph.ids().map(place).collect();
        let (mut parents, mut children) = (vec![Vec::new(); nodes.len()], vec![Vec::new(); nodes.len()]);
        for (parent, child) in manifest.graph.edges() {
            if let (Some(parent), Some(child)) = (places[parent], places[child]) {
                parents[child as usize].push(parent);
                children[parent as usize].push(child);
            }
        }
        let visits = RefCell::new(Visits { marks: vec![0; nodes.len()], walk: 0 });
        Index { manifest, names: OnceCell::new(), nodes, parents, children, paths: OnceCell::new(), visits }
    }

    fn names_of_nodes(&self) -> &Names<'a> {
        self.names.get_or_init(|| Names::new(&self.nodes))
    }

    fn paths(&self) -> &HashMap<&'a DomainName, HashSet<&'a str>> {
        self.paths.get_or_init(|| {
            let mut paths: HashMap<&DomainName, HashSet<&str>> = HashMap::new();
            for node in self.nodes.iter().filter(|node| *node.package_name == *node.domain.as_str()) {
                let properties =
                    node.patch_path.as_deref().and_then(|path| path.split_once("://")).map(|(_, path)| path);
                let files = [Some(node.original_file_path.as_str()), properties];
                paths.entry(&node.domain).or_default().extend(files.into_iter().flatten().flat_map(prefixes));
            }
            paths
        })
    }

    /// The manifest.
    pub fn manifest(&self) -> &'a Manifest {
        self.manifest
    }

    /// Every node by place.
    pub fn nodes(&self) -> &[&'a Node] {
        &self.nodes
    }

    /// The place of the node with this id.
    pub fn place(&self, id: &UniqueId) -> Option<u32> {
        self.manifest.nodes.get_index_of(id).map(|place| place as u32)
    }

    /// What the node at `place` reads directly.
    pub fn parents(&self, place: u32) -> &[u32] {
        &self.parents[place as usize]
    }

    /// What reads the node at `place` directly.
    pub fn children(&self, place: u32) -> &[u32] {
        &self.children[place as usize]
    }

    /// Whether `domain` has a node of its own in the file or folder `path`, relative to the domain.
    pub(super) fn has_path(&self, domain: &DomainName, path: &str) -> bool {
        self.paths().get(domain).is_some_and(|paths| paths.contains(path))
    }

    /// Places of the nodes for which `is_match` holds.
    pub(super) fn filter(&self, is_match: impl Fn(&Node) -> bool) -> NodeSet {
        (0u32..).zip(&self.nodes).filter(|(_, node)| is_match(node)).map(|(place, _)| place).collect()
    }

    /// Everything within `steps` of `starts`, the starts themselves only if a walk comes back to them.
    pub(super) fn walk(&self, starts: &NodeSet, steps: Option<usize>, direction: Direction) -> NodeSet {
        let edges = match direction {
            Direction::Parents => &self.parents,
            Direction::Children => &self.children,
        };
        let mut visits = self.visits.borrow_mut();
        let walk = visits.begin();
        let mut layer: Vec<u32> = starts.iter().collect();
        let mut found = Vec::new();
        let mut step = 0;
        while !layer.is_empty() && steps.is_none_or(|steps| step < steps) {
            let mut next = Vec::new();
            for place in layer {
                for neighbour in &edges[place as usize] {
                    if std::mem::replace(&mut visits.marks[*neighbour as usize], walk) != walk {
                        next.push(*neighbour);
                    }
                }
            }
            found.extend_from_slice(&next);
            layer = next;
            step += 1;
        }
        found.into_iter().collect()
    }

    /// What `fqn:` finds for `text`. Source: `dbt ls`, observed for versions, packages and wildcards.
    pub(super) fn find_fqn(&self, text: &str) -> NodeSet {
        if text.contains(['*', '?', '[', ']']) {
            let wanted = QualifiedPattern::new(text);
            return self.filter(|node| !matches!(node.kind, NodeKind::Source(_)) && wanted.matches(node));
        }
        let parts: Vec<&str> = text.split('.').collect();
        let versioned = parts[parts.len().saturating_sub(2)..].join("_");
        let names = self.names_of_nodes();
        let leaves = names.leaves.get(text).into_iter().flatten();
        let versions = names.versioned.get(&versioned).into_iter().flatten();
        leaves.chain(versions).copied().chain(names.under(text)).collect()
    }

    /// Names that a user could have meant.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.names_of_nodes().leaves.keys().copied()
    }
}

impl Visits {
    fn begin(&mut self) -> u32 {
        self.walk = self.walk.wrapping_add(1);
        if self.walk == 0 {
            self.marks.fill(0);
            self.walk = 1;
        }
        self.walk
    }
}

impl<'a> Names<'a> {
    fn new(nodes: &[&'a Node]) -> Self {
        let mut names = Names::default();
        for (place, node) in (0u32..).zip(nodes) {
            if matches!(node.kind, NodeKind::Source(_)) {
                continue;
            }
            names.leaves.entry(leaf(node)).or_default().push(place);
            if node.version().is_some() {
                let last_two = node.fqn[node.fqn.len().saturating_sub(2)..].join("_");
                names.versioned.entry(last_two).or_default().push(place);
            }
            let unscoped = node.fqn.get(1..).unwrap_or_default();
            for qualified in [&node.fqn[..], unscoped] {
                if !qualified.is_empty() {
                    names.qualified.push((qualified.join("."), place));
                }
            }
        }
        names.qualified.sort_unstable();
        names
    }

    /// Nodes whose name with dots is `text` or goes on behind it with a dot.
    fn under(&self, text: &str) -> impl Iterator<Item = u32> + '_ {
        let folder = format!("{text}.");
        let exact = text.to_string();
        let start = self.qualified.partition_point(|(name, _)| *name < exact);
        let exactly = self.qualified[start..].iter().take_while(move |(name, _)| *name == exact);
        let start = self.qualified.partition_point(|(name, _)| *name < folder);
        let below = self.qualified[start..].iter().take_while(move |(name, _)| name.starts_with(&folder));
        exactly.chain(below).map(|(_, place)| *place)
    }
}

/// The part of the fully qualified name that is the node's own name.
fn leaf(node: &Node) -> &str {
    let from_end = if node.version().is_some() { 2 } else { 1 };
    let part = node.fqn.len().checked_sub(from_end).and_then(|place| node.fqn.get(place));
    part.map_or(&*node.name, |part| part)
}

/// A `fqn:` value with wildcards: whole parts up to the first wildcard, then one pattern over the rest.
struct QualifiedPattern<'t> {
    text: &'t str,
    parts: usize,
    plain: Vec<&'t str>,
    rest: Pattern,
    whole: Option<Pattern>,
}

impl<'t> QualifiedPattern<'t> {
    fn new(text: &'t str) -> Self {
        let parts: Vec<&str> = text.split('.').collect();
        let plain: Vec<&str> = parts.iter().copied().take_while(|part| !part.contains(['*', '?', '[', ']'])).collect();
        let rest = Pattern::new(&parts[plain.len()..].join("."));
        let whole = (parts.len() == 1).then(|| Pattern::new(text));
        QualifiedPattern { text, parts: parts.len(), plain, rest, whole }
    }

    fn matches(&self, node: &Node) -> bool {
        let leaf = leaf(node);
        leaf == self.text
            || self.whole.as_ref().is_some_and(|pattern| pattern.matches(leaf))
            || self.matches_parts(&node.fqn)
            || self.matches_parts(node.fqn.get(1..).unwrap_or_default())
    }

    fn matches_parts(&self, fqn: &[std::sync::Arc<str>]) -> bool {
        let flat: Vec<&str> = fqn.iter().flat_map(|part| part.split('.')).collect();
        flat.len() >= self.parts
            && flat.starts_with(&self.plain)
            && self.rest.matches(&flat[self.plain.len()..].join("."))
    }
}
