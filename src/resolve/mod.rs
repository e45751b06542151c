//! From parsed domains to the manifest: every name is looked up, every rule about who may read whom is applied.
//!
//! Pure: the same domains give the same manifest. Never reads files; the macros that generate names have been called
//! by the time a node arrives here.

mod access;
mod microbatch;
mod names;
mod newer_semantic_rules;
mod refs;
mod semantic;
mod semantic_rules;

use crate::diagnostic::{Diagnostic, Span};
use crate::manifest::graph::Graph;
use crate::manifest::{Lookup, Manifest, Node, NodeKind, ResourceType, UniqueId};
use crate::parse::{ParsedDomain, UnresolvedNode};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// The manifest of `domains`, and everything that is wrong with it. With an error among the diagnostics the manifest is
/// complete enough to be looked at, not to be run.
pub fn resolve(domains: Vec<ParsedDomain>) -> (Manifest, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut manifest = Manifest::default();
    let mut nodes: Vec<UnresolvedNode> = Vec::new();
    let mut operations: Vec<UnresolvedNode> = Vec::new();
    let mut group_places: HashMap<UniqueId, Span> = HashMap::new();
    for parsed in domains {
        manifest.domains.insert(parsed.domain.name.clone(), parsed.domain);
        nodes.extend(parsed.nodes);
        operations.extend(parsed.operations);
        for parsed_macro in parsed.macros {
            manifest.macros.insert(parsed_macro.unique_id.clone(), Arc::new(parsed_macro));
        }
        for docs in parsed.docs {
            manifest.docs.insert(docs.unique_id.clone(), Arc::new(docs));
        }
        for (group, place) in parsed.groups {
            group_places.insert(group.unique_id.clone(), place);
            manifest.groups.insert(group.unique_id.clone(), Arc::new(group));
        }
    }

    let (mut enabled, disabled): (Vec<_>, Vec<_>) =
        nodes.into_iter().partition(|unresolved| unresolved.node.config.enabled);
    diagnostics.extend(names::duplicate_ids(&enabled));
    let lookup = Lookup::new(
        manifest.domains.values(),
        enabled.iter().map(|unresolved| &*unresolved.node),
        disabled.iter().map(|unresolved| &*unresolved.node),
    );
    let facts = access::facts(&enabled);
    let resolver = refs::Resolver { manifest: &manifest, lookup: &lookup, facts: &facts };
    let mut read_places: HashMap<(UniqueId, UniqueId), Span> = HashMap::new();
    let mut dropped = Vec::new();
    for unresolved in &mut enabled {
        let outcome = resolver.resolve(unresolved);
        unresolved.node.depends_on.nodes = outcome.nodes;
        diagnostics.extend(outcome.diagnostics);
        let reader = &unresolved.node.unique_id;
        for (read, place) in outcome.places {
            read_places.entry((reader.clone(), read)).or_insert(place);
        }
        dropped.push(outcome.dropped);
    }
    for operation in &mut operations {
        let outcome = resolver.resolve(operation);
        operation.node.depends_on.nodes = outcome.nodes;
        diagnostics.extend(outcome.diagnostics);
    }
    diagnostics.extend(semantic::settle_metrics(&mut enabled, &lookup));
    semantic::place_semantic_models(&mut enabled);
    let mut dropped = dropped.into_iter();
    let (mut enabled, without_target): (Vec<_>, Vec<_>) =
        enabled.into_iter().partition(|_| !dropped.next().unwrap_or_default());
    diagnostics.extend(names::duplicate_relations(&enabled));
    diagnostics.extend(names::unknown_groups(&enabled, &manifest));
    diagnostics.extend(microbatch::check_inputs(&enabled));
    diagnostics.extend(semantic_rules::check(&enabled));

    manifest.places =
        enabled.iter().map(|unresolved| (unresolved.node.unique_id.clone(), unresolved.place.clone())).collect();
    manifest.column_places = enabled
        .iter_mut()
        .filter(|unresolved| !unresolved.column_places.is_empty())
        .map(|unresolved| (unresolved.node.unique_id.clone(), std::mem::take(&mut unresolved.column_places)))
        .collect();
    manifest.read_places = read_places;
    for unresolved in disabled.into_iter().chain(without_target) {
        let mut node = unresolved.node;
        Arc::make_mut(&mut node.config).enabled = false;
        manifest.disabled.entry(node.unique_id.clone()).or_default().push(node.into());
    }
    manifest.nodes = finished(enabled);
    let with_id = |operation: UnresolvedNode| (operation.node.unique_id.clone(), Arc::from(operation.node));
    manifest.operations = operations.into_iter().map(with_id).collect();
    manifest.graph = Graph::of_nodes(&manifest.nodes);
    diagnostics.extend(cycle(&manifest));
    (manifest, diagnostics)
}

/// The enabled nodes by id, with what is known only once all of them are: tests are attached to the model they test, and
/// a model's primary key is read off its tests.
fn finished(enabled: Vec<UnresolvedNode>) -> IndexMap<UniqueId, Arc<Node>> {
    let mut nodes: IndexMap<UniqueId, Box<Node>> =
        enabled.into_iter().map(|unresolved| (unresolved.node.unique_id.clone(), unresolved.node)).collect();
    let keys = access::primary_keys(&nodes);
    for (id, key) in keys {
        if let Some(NodeKind::Model(model)) = nodes.get_mut(&id).map(|node| &mut node.kind) {
            model.primary_key = key;
        }
    }
    nodes.into_iter().map(|(id, node)| (id, node.into())).collect()
}

fn cycle(manifest: &Manifest) -> Option<Diagnostic> {
    let cycle = manifest.graph.topological_order().err()?;
    let path: Vec<&str> = cycle.iter().chain(cycle.first()).map(|id| id.as_str()).collect();
    let mut diagnostic =
        Diagnostic::error(crate::diagnostic::ErrorCode::Cycle, format!("Found a cycle: {}", path.join(" --> ")))
            .hint("take one of these references out, or move what both sides need into a model of its own");
    for (index, id) in cycle.iter().enumerate() {
        let read = cycle[(index + cycle.len() - 1) % cycle.len()];
        let call = manifest.read_places.get(&((*id).clone(), read.clone()));
        let Some(place) = call.or_else(|| manifest.places.get(*id)) else { continue };
        let words = format!("{id} reads {read}");
        diagnostic =
            if index == 0 { diagnostic.labelled(place.clone(), words) } else { diagnostic.also(place.clone(), words) };
    }
    Some(diagnostic)
}

/// Whether a node of this kind may be left out when what it names is not there, as dbt does with tests.
fn is_droppable(kind: ResourceType) -> bool {
    kind == ResourceType::DataTest
}
