//! The bytes of a manifest: parts that are written and read side by side.

use super::node::{Head, HeadIn, Rest, RestIn, joined};
use super::stat::Digest;
use crate::diagnostic::Span;
use crate::manifest::graph::Graph;
use crate::manifest::{DocsBlock, Domain, DomainName, Group, JsonMap, Macro, Manifest, Node, NodeConfig, UniqueId};
use indexmap::IndexMap;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Nodes to a part.
const NODES: usize = 1024;

/// The bytes in front of the table of parts: its length.
const LENGTH: usize = size_of::<u64>();

/// How long the parts are, in bytes, in the order in which they stand behind the table.
#[derive(Debug, Serialize, Deserialize)]
struct Table {
    /// Nodes of the mesh, hooks and nodes that are switched off, with how many of each there are.
    counts: [usize; 3],
    heads: Vec<usize>,
    rests: Vec<usize>,
    others: Vec<usize>,
}

/// Parts that are not nodes, in order.
const OTHERS: usize = 7;

/// Configs that nodes share, in the order in which they were met.
#[derive(Debug)]
struct Shared<T> {
    places: HashMap<*const T, usize>,
    values: Vec<Arc<T>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared { places: HashMap::new(), values: Vec::new() }
    }
}

impl<T> Shared<T> {
    fn place(&mut self, value: &Arc<T>) -> usize {
        let next = self.values.len();
        let place = *self.places.entry(Arc::as_ptr(value)).or_insert(next);
        if place == next {
            self.values.push(value.clone());
        }
        place
    }
}

/// The manifest without its domains and its graph, and the digest of all that. `None` when it cannot be written.
pub(super) fn encode(manifest: &Manifest) -> Option<(Vec<Vec<u8>>, Digest)> {
    let (mut configs, mut unrendered) = (Shared::<NodeConfig>::default(), Shared::<JsonMap>::default());
    let disabled = || manifest.disabled.values().flatten();
    let all = manifest.nodes.values().chain(manifest.operations.values()).chain(disabled());
    let all: Vec<(&Node, usize, usize)> =
        all.map(|node| (&**node, configs.place(&node.config), unrendered.place(&node.unrendered_config))).collect();
    let heads = all
        .par_chunks(NODES)
        .map(|nodes| bytes(&nodes.iter().map(|(node, config, _)| Head::of(node, *config)).collect::<Vec<_>>()));
    let rests = all
        .par_chunks(NODES)
        .map(|nodes| bytes(&nodes.iter().map(|(node, _, unrendered)| Rest::of(node, *unrendered)).collect::<Vec<_>>()));
    let (heads, rests) = (heads.collect::<Option<Vec<_>>>()?, rests.collect::<Option<Vec<_>>>()?);
    let others: [Vec<u8>; OTHERS] = [
        bytes(&(&configs.values, &unrendered.values))?,
        bytes(&manifest.macros.values().collect::<Vec<_>>())?,
        bytes(&manifest.docs.values().collect::<Vec<_>>())?,
        bytes(&manifest.groups.values().collect::<Vec<_>>())?,
        bytes(&manifest.places.iter().collect::<Vec<_>>())?,
        bytes(&manifest.column_places.iter().collect::<Vec<_>>())?,
        bytes(&manifest.read_places.iter().collect::<Vec<_>>())?,
    ];
    let counts = [manifest.nodes.len(), manifest.operations.len(), disabled().count()];
    let table = Table { counts, heads: lengths(&heads), rests: lengths(&rests), others: lengths(&others) };
    let table = bytes(&table)?;
    let length = u64::try_from(table.len()).ok()?.to_le_bytes().to_vec();
    let mut parts: Vec<Vec<u8>> = [length, table].into_iter().chain(heads).chain(rests).chain(others).collect();
    let digests: Vec<Digest> = parts.par_iter().map(|part| Digest::of(part)).collect();
    let digest = Digest::of_parts(digests.iter().map(|digest| &digest.as_bytes()[..]));
    parts.push(digest.as_bytes().to_vec());
    Some((parts, digest))
}

fn lengths(parts: &[Vec<u8>]) -> Vec<usize> {
    parts.iter().map(Vec::len).collect()
}

fn bytes(value: &impl Serialize) -> Option<Vec<u8>> {
    rmp_serde::to_vec(value).ok()
}

fn value<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    rmp_serde::from_slice(bytes).ok()
}

/// The parts of a file.
pub(super) struct Body<'a> {
    counts: [usize; 3],
    heads: Vec<&'a [u8]>,
    rests: Vec<&'a [u8]>,
    others: [&'a [u8]; OTHERS],
    configs: (Vec<Arc<NodeConfig>>, Vec<Arc<JsonMap>>),
}

impl<'a> Body<'a> {
    /// Those of `bytes`, if they are what has this `digest`.
    ///
    /// The digest stands at the end: that tells a file of another parse. A file that was cut off does not have it.
    pub fn of(bytes: &'a [u8], digest: Digest) -> Option<Self> {
        let body = bytes.strip_suffix(digest.as_bytes())?;
        let (length, body) = body.split_first_chunk::<LENGTH>()?;
        let (table, mut body) = body.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let table: Table = value(table)?;
        let mut parts = |lengths: &[usize]| -> Option<Vec<&'a [u8]>> {
            let part = |length: &usize| {
                let (part, rest) = body.split_at_checked(*length)?;
                body = rest;
                Some(part)
            };
            lengths.iter().map(part).collect()
        };
        let (heads, rests, others) = (parts(&table.heads)?, parts(&table.rests)?, parts(&table.others)?);
        let others: [&[u8]; OTHERS] = others.try_into().ok()?;
        Some(Body { counts: table.counts, heads, rests, configs: value(others[0])?, others })
    }

    /// The whole manifest; `None` when it was `given_up` meanwhile.
    pub fn manifest(&self, domains: IndexMap<DomainName, Arc<Domain>>, given_up: &AtomicBool) -> Option<Manifest> {
        let nodes = || -> Option<Manifest> {
            let pairs = self.heads.par_iter().zip(&self.rests);
            let parts = pairs.map(|(heads, rests)| {
                is_wanted(given_up)?;
                let (heads, rests): (Vec<HeadIn>, Vec<RestIn>) = (value(heads)?, value(rests)?);
                heads.into_iter().zip(rests).map(|(head, rest)| self.node(head, rest)).collect::<Option<Vec<_>>>()
            });
            Some(self.with_nodes(parts.collect::<Option<Vec<_>>>()?, domains))
        };
        let (manifest, (places, named)) =
            rayon::join(nodes, || rayon::join(|| places(&self.others, given_up), || named(&self.others, given_up)));
        let ((places, column_places, read_places), (macros, docs, groups)) = (places?, named?);
        Some(Manifest { macros, docs, groups, places, column_places, read_places, ..manifest? })
    }

    /// Nodes and graph alone; of the nodes, what a list shows and what they can be selected by.
    /// Likewise given up.
    pub fn outline(&self, domains: IndexMap<DomainName, Arc<Domain>>, given_up: &AtomicBool) -> Option<Manifest> {
        let parts = self.heads.par_iter().map(|heads| {
            is_wanted(given_up)?;
            let heads: Vec<HeadIn> = value(heads)?;
            heads.into_iter().map(|head| self.node(head, RestIn::default())).collect::<Option<Vec<_>>>()
        });
        Some(self.with_nodes(parts.collect::<Option<Vec<_>>>()?, domains))
    }

    fn node(&self, head: HeadIn, rest: RestIn) -> Option<Arc<Node>> {
        let (config, unrendered) = (self.configs.0.get(head.config)?, self.configs.1.get(rest.unrendered_config)?);
        Some(Arc::new(joined(head, rest, config.clone(), unrendered.clone())))
    }

    fn with_nodes(&self, parts: Vec<Vec<Arc<Node>>>, domains: IndexMap<DomainName, Arc<Domain>>) -> Manifest {
        let mut all = parts.into_iter().flatten();
        let mut by_id = |count: usize| -> IndexMap<UniqueId, Arc<Node>> {
            all.by_ref().take(count).map(|node| (node.unique_id.clone(), node)).collect()
        };
        let (nodes, operations) = (by_id(self.counts[0]), by_id(self.counts[1]));
        let mut disabled: IndexMap<UniqueId, Vec<Arc<Node>>> = IndexMap::new();
        for node in all {
            disabled.entry(node.unique_id.clone()).or_default().push(node);
        }
        let graph = Graph::of_nodes(&nodes);
        Manifest { domains, nodes, operations, disabled, graph, ..Manifest::default() }
    }
}

fn is_wanted(given_up: &AtomicBool) -> Option<()> {
    (!given_up.load(Ordering::Relaxed)).then_some(())
}

type Places = (HashMap<UniqueId, Span>, HashMap<UniqueId, HashMap<String, Span>>, HashMap<(UniqueId, UniqueId), Span>);

fn places(others: &[&[u8]; OTHERS], given_up: &AtomicBool) -> Option<Places> {
    is_wanted(given_up)?;
    let (places, (columns, reads)) = rayon::join(
        || value::<Vec<(UniqueId, Span)>>(others[4]),
        || rayon::join(|| value::<Vec<_>>(others[5]), || value::<Vec<_>>(others[6])),
    );
    Some((places?.into_iter().collect(), columns?.into_iter().collect(), reads?.into_iter().collect()))
}

type Named = (IndexMap<UniqueId, Arc<Macro>>, IndexMap<UniqueId, Arc<DocsBlock>>, IndexMap<UniqueId, Arc<Group>>);

fn named(others: &[&[u8]; OTHERS], given_up: &AtomicBool) -> Option<Named> {
    is_wanted(given_up)?;
    let macros = value::<Vec<Arc<Macro>>>(others[1])?.into_iter().map(|found| (found.unique_id.clone(), found));
    let docs = value::<Vec<Arc<DocsBlock>>>(others[2])?.into_iter().map(|found| (found.unique_id.clone(), found));
    let groups = value::<Vec<Arc<Group>>>(others[3])?.into_iter().map(|found| (found.unique_id.clone(), found));
    Some((macros.collect(), docs.collect(), groups.collect()))
}
