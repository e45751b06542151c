//! The manifest beside an earlier one: which node was which, and what `state:` says of each.

use super::StateCheck;
use super::macros::modified_macros;
use super::previous::{
    PreviousExposure, PreviousManifest, PreviousNode, PreviousSource, PreviousSources, PreviousState, PreviousUnitTest,
};
use super::{contract, same, semantic};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{DomainName, JsonMap, Manifest, Node, NodeKind, UniqueId};
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// A manifest compared with an earlier state.
#[derive(Debug)]
pub struct Comparison<'a> {
    manifest: &'a Manifest,
    state: &'a PreviousState,
    now: DateTime<Utc>,
    modified_macros: HashSet<&'a UniqueId>,
}

/// A node as it was.
#[derive(Debug, Clone, Copy)]
pub(super) enum Old<'a> {
    Node(&'a PreviousNode),
    Source(&'a PreviousSource),
    Exposure(&'a PreviousExposure),
    UnitTest(&'a PreviousUnitTest),
    /// A metric, semantic model or saved query.
    Semantic(&'a JsonMap),
}

impl<'a> Comparison<'a> {
    /// Compares `manifest` with `state`. `now` decides which deprecation dates have passed.
    pub fn new(manifest: &'a Manifest, state: &'a PreviousState, now: DateTime<Utc>) -> Self {
        let modified_macros = match &state.manifest {
            Some(previous) => modified_macros(manifest, previous),
            None => HashSet::new(),
        };
        Comparison { manifest, state, now, modified_macros }
    }

    /// The earlier manifest; an error says which flag gives one.
    fn previous(&self) -> Result<&'a PreviousManifest, Box<Diagnostic>> {
        self.state.manifest.as_ref().ok_or_else(missing_manifest)
    }

    /// Ids of the enabled nodes for which `check` holds, in the order of the manifest. Warnings and errors about seeds and contracts
    /// are added to `diagnostics`; the only `Err` is that there is no earlier manifest.
    pub fn nodes_where(
        &self,
        check: StateCheck,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<&'a UniqueId>, Box<Diagnostic>> {
        let previous = self.previous()?;
        let mut found = Vec::new();
        for node in self.manifest.nodes.values() {
            if self.holds(check, node, find(previous, node), diagnostics) {
                found.push(&node.unique_id);
            }
        }
        if matches!(check, StateCheck::Modified | StateCheck::Unmodified | StateCheck::Contract) {
            self.check_removed(previous, diagnostics);
        }
        Ok(found)
    }

    fn holds(&self, check: StateCheck, node: &Node, old: Option<Old>, diagnostics: &mut Vec<Diagnostic>) -> bool {
        match check {
            StateCheck::New => old.is_none(),
            StateCheck::Old => old.is_some(),
            StateCheck::Modified => self.is_modified(node, old, diagnostics),
            StateCheck::Unmodified => !self.is_modified(node, old, diagnostics),
            StateCheck::Macros => self.calls_modified_macro(node),
            StateCheck::Configs => match (&node.kind, old) {
                (NodeKind::UnitTest(_), _) => false,
                (_, None) => true,
                (_, Some(old)) => !same::config(node, old),
            },
            StateCheck::Relation => match (&node.kind, old) {
                (NodeKind::UnitTest(_), _) => false,
                _ if node.is_description() => false,
                (_, None) => true,
                (_, Some(old)) => !self.same_relation(node, old),
            },
            StateCheck::Body => part(node, old, |old| same::body(node, old, diagnostics)),
            StateCheck::PersistedDescriptions => part(node, old, |old| same::persisted_descriptions(node, old)),
            StateCheck::Contract => part(node, old, |old| contract::same(node, old, diagnostics)),
        }
    }

    fn is_modified(&self, node: &Node, old: Option<Old>, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let same = match (&node.kind, old) {
            // dbt's rule: a source, exposure, metric... that appears is no change by itself.
            (NodeKind::Source(_), None) => true,
            (_, None) if node.is_description() => true,
            (_, None) => false,
            (_, Some(old)) => self.same_contents(node, old, diagnostics),
        };
        !same || self.calls_modified_macro(node)
    }

    fn same_contents(&self, node: &Node, old: Old, diagnostics: &mut Vec<Diagnostic>) -> bool {
        match (&node.kind, old) {
            (NodeKind::Source(source), Old::Source(old)) => {
                self.same_source_relation(node, old) && same::source(node, source, old)
            }
            (NodeKind::Exposure(exposure), Old::Exposure(old)) => same::exposure(node, exposure, old),
            (_, Old::Semantic(old)) => semantic::same(node, old),
            (NodeKind::UnitTest(test), Old::UnitTest(old)) => test.test_checksum == old.checksum,
            (NodeKind::DataTest(test), Old::Node(old)) if test.metadata.is_some() => {
                same::config(node, Old::Node(old)) && same::fqn(node, &old.fqn)
            }
            (NodeKind::Function(function), Old::Node(old)) if !same::function(function, old) => false,
            (_, Old::Node(old)) => {
                // Both of these can have something to tell, so neither may be left out when the other differs.
                let contract = contract::same(node, old, diagnostics);
                let body = same::body(node, old, diagnostics);
                contract && body && same::rest_of_node(node, old)
            }
            _ => false,
        }
    }

    fn calls_modified_macro(&self, node: &Node) -> bool {
        node.depends_on.macros.iter().any(|id| self.modified_macros.contains(id))
    }

    fn same_relation(&self, node: &Node, old: Old) -> bool {
        match old {
            Old::Node(old) => same::configured_relation(node, old),
            Old::Source(old) => self.same_source_relation(node, old),
            Old::Exposure(_) | Old::UnitTest(_) | Old::Semantic(_) => true,
        }
    }

    /// Whether a source is still the same table. A behaviour flag decides if names are compared as rendered or as written.
    fn same_source_relation(&self, node: &Node, old: &PreviousSource) -> bool {
        let (Some(source), Some(relation)) = (node.as_source(), &node.relation) else { return true };
        let flags = self.manifest.domain(&node.domain).map(|domain| &domain.flags);
        let unrendered = flags
            .and_then(|flags| flags.get("state_modified_compare_more_unrendered_values"))
            .is_some_and(|flag| flag.as_bool() == Some(true));
        let same_place = if unrendered {
            source.unrendered_database == old.unrendered_database && source.unrendered_schema == old.unrendered_schema
        } else {
            relation.database.as_deref() == old.database.as_deref()
                && relation.schema.as_deref().unwrap_or_default() == old.schema
        };
        same_place && relation.identifier.as_deref().unwrap_or_default() == old.identifier
    }

    /// Tells of contracts that are gone with their models. Such models are never selected: they cannot be run.
    fn check_removed(&self, previous: &PreviousManifest, diagnostics: &mut Vec<Diagnostic>) {
        let nodes = self.manifest.nodes.values().map(|node| (&node.unique_id, node));
        let mut present: HashSet<String> = HashSet::new();
        for (id, node) in nodes {
            present.extend(spellings(id, &node.package_name, &node.domain).map(|spelling| spelling.to_string()));
        }
        let disabled: std::collections::HashMap<String, &Node> = self
            .manifest
            .disabled
            .iter()
            .filter_map(|(id, nodes)| nodes.first().map(|node| (id, node)))
            .flat_map(|(id, node)| {
                spellings(id, &node.package_name, &node.domain).map(move |spelling| (spelling.to_string(), &**node))
            })
            .collect();
        for (id, old) in &previous.nodes {
            if old.resource_type != "model" || old.is_external() {
                continue;
            }
            if let Some(node) = disabled.get(id) {
                contract::disabled(node, self.now, diagnostics);
            } else if !present.contains(id) {
                contract::removed(id, old, self.now, diagnostics);
            }
        }
    }

    /// Ids of nodes whose earlier result has this status.
    pub fn nodes_with_result(&self, status: &str) -> Result<Vec<&'a UniqueId>, Box<Diagnostic>> {
        let Some(results) = &self.state.results else { return Err(missing_results()) };
        let matching =
            results.results.iter().filter(|result| result.status == status).map(|result| result.unique_id.as_str());
        Ok(self.nodes_among(&matching.collect()))
    }

    /// Ids of sources that were loaded since: newer rows than before, or not measured before.
    pub fn fresher_sources(&self) -> Result<Vec<&'a UniqueId>, Box<Diagnostic>> {
        let missing = |what: &str| {
            let message = format!("No {what} state comparison freshness results in sources.json");
            Box::new(
                Diagnostic::error(ErrorCode::StateMissing, message)
                    .hint("run `meshbuild source freshness`, and name the earlier folder with `--state`"),
            )
        };
        let previous = self.state.sources.as_ref().ok_or_else(|| missing("previous"))?;
        let current = self.state.sources_current.as_ref().ok_or_else(|| missing("current"))?;
        let before: std::collections::HashMap<&str, &str> = loaded(previous).collect();
        let fresher = loaded(current)
            .filter(|(id, now)| before.get(id).is_none_or(|before| is_later(now, before)))
            .map(|(id, _)| id);
        Ok(self.nodes_among(&fresher.collect()))
    }

    fn nodes_among(&self, ids: &HashSet<&str>) -> Vec<&'a UniqueId> {
        let known = |node: &Node| {
            spellings(&node.unique_id, &node.package_name, &node.domain).any(|spelling| ids.contains(spelling.as_str()))
        };
        self.manifest.nodes.values().filter(|node| known(node)).map(|node| &node.unique_id).collect()
    }
}

/// A check of what only models, seeds, snapshots, data tests and analyses have: others never differ in it.
fn part(node: &Node, old: Option<Old>, is_same: impl FnOnce(&PreviousNode) -> bool) -> bool {
    match (&node.kind, old) {
        (NodeKind::Source(_) | NodeKind::UnitTest(_), _) => false,
        _ if node.is_description() => false,
        (_, Some(Old::Node(old))) => !is_same(old),
        (_, _) => true,
    }
}

/// The node as it was, under its own id or the one that it has in the other form of manifest.
fn find<'p>(previous: &'p PreviousManifest, node: &Node) -> Option<Old<'p>> {
    spellings(&node.unique_id, &node.package_name, &node.domain).find_map(|id| {
        let id = id.as_str();
        match node.kind {
            NodeKind::Source(_) => previous.sources.get(id).map(Old::Source),
            NodeKind::Exposure(_) => previous.exposures.get(id).map(Old::Exposure),
            NodeKind::UnitTest(_) => previous.unit_tests.get(id).map(Old::UnitTest),
            NodeKind::Function(_) => previous.functions.get(id).map(Old::Node),
            NodeKind::Metric(_) => previous.metrics.get(id).map(Old::Semantic),
            NodeKind::SemanticModel(_) => previous.semantic_models.get(id).map(Old::Semantic),
            NodeKind::SavedQuery(_) => previous.saved_queries.get(id).map(Old::Semantic),
            _ => previous.nodes.get(id).filter(|old| !old.is_external()).map(Old::Node),
        }
    })
}

/// The ids that one thing can have: its own; without the domain, as in the manifest of a single project; and with it,
/// as in a mesh's. A domain's own nodes have the same id in both.
pub(super) fn spellings(id: &UniqueId, package: &str, domain: &DomainName) -> impl Iterator<Item = UniqueId> + use<> {
    let mut ids = vec![id.clone()];
    if package != domain.as_str() {
        let plain = id.without_domain();
        if plain == *id {
            let mut parts = id.as_str().splitn(3, '.');
            if let (Some(kind), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next()) {
                ids.push(UniqueId::with_prefix(kind, package, Some(domain), rest));
            }
        } else {
            ids.push(plain);
        }
    }
    ids.into_iter()
}

fn loaded(sources: &PreviousSources) -> impl Iterator<Item = (&str, &str)> {
    sources.results.iter().filter_map(|result| Some((result.unique_id.as_str(), result.max_loaded_at.as_deref()?)))
}

/// Compares two times as dbt writes them; as text if one cannot be read.
fn is_later(left: &str, right: &str) -> bool {
    match (DateTime::parse_from_rfc3339(left), DateTime::parse_from_rfc3339(right)) {
        (Ok(left), Ok(right)) => left > right,
        _ => left > right,
    }
}

fn missing_manifest() -> Box<Diagnostic> {
    let message = "Got a state selector method, but no comparison manifest";
    Box::new(
        Diagnostic::error(ErrorCode::StateMissing, message)
            .hint("name the folder that holds the earlier manifest.json with `--state`"),
    )
}

fn missing_results() -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(ErrorCode::StateMissing, "No comparison run_results")
            .hint("name the folder that holds the earlier run_results.json with `--state`"),
    )
}
