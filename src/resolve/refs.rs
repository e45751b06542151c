//! The `ref`, `source`, `metric` and `function` calls of one node.

use super::access::Facts;
use super::is_droppable;
use crate::diagnostic::closest;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::manifest::{
    Access, Found, FunctionCall, Lookup, Manifest, MetricCall, Node, RefCall, ResourceType, SourceCall, UniqueId,
};
use crate::parse::UnresolvedNode;
use std::collections::HashMap;

/// Everything that the references of a node are judged by.
pub(super) struct Resolver<'a> {
    pub manifest: &'a Manifest,
    pub lookup: &'a Lookup,
    pub facts: &'a HashMap<UniqueId, Facts>,
}

/// What became of the references of one node.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What it reads, in the order of the calls, sources first, each once.
    pub nodes: Vec<UniqueId>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the node is to be left out, because what it tests is not there.
    pub dropped: bool,
    /// Where what is read is named.
    pub places: Vec<(UniqueId, Span)>,
}

impl Outcome {
    fn read(&mut self, id: UniqueId, place: Span) {
        self.places.push((id.clone(), place));
        if !self.nodes.contains(&id) {
            self.nodes.push(id);
        }
    }
}

impl Resolver<'_> {
    pub(super) fn resolve(&self, unresolved: &UnresolvedNode) -> Outcome {
        let mut outcome = Outcome { nodes: unresolved.node.depends_on.nodes.clone(), ..Outcome::default() };
        let node = &unresolved.node;
        // Sources come first, as dbt looks them up before refs.
        for (index, call) in node.sources.iter().enumerate() {
            let place =
                unresolved.source_places.get(index).cloned().flatten().unwrap_or_else(|| unresolved.place.clone());
            match self.lookup.source(&node.domain, &node.package_name, call) {
                Found::Node(id) => outcome.read(id, place),
                Found::Ambiguous(ids) => outcome.read(ids[0].clone(), place),
                found => {
                    self.missing(node, Target::Source(call), matches!(found, Found::Disabled(_)), place, &mut outcome)
                }
            }
        }
        for (index, call) in node.refs.iter().enumerate() {
            let place = unresolved.ref_places.get(index).cloned().flatten().unwrap_or_else(|| unresolved.place.clone());
            match self.lookup.reference(&node.domain, &node.package_name, call) {
                Found::Node(id) => match self.judge(node, &id, call, &place) {
                    None => outcome.read(id, place),
                    Some(diagnostic) => outcome.diagnostics.push(diagnostic),
                },
                Found::Ambiguous(ids) => outcome.diagnostics.push(ambiguous(node, call, &ids, place)),
                found => {
                    self.missing(node, Target::Ref(call), matches!(found, Found::Disabled(_)), place, &mut outcome)
                }
            }
        }
        for call in &node.metrics {
            let place = unresolved.place.clone();
            match self.lookup.metric(&node.domain, &node.package_name, call.package.as_deref(), &call.name) {
                Found::Node(id) => outcome.read(id, place),
                Found::Ambiguous(ids) => outcome.read(ids[0].clone(), place),
                found => {
                    let disabled = matches!(found, Found::Disabled(_));
                    self.missing(node, Target::Metric(call), disabled, place, &mut outcome);
                }
            }
        }
        for call in &node.functions {
            let place = unresolved.place.clone();
            match self.lookup.function(&node.domain, &node.package_name, call) {
                Found::Node(id) => outcome.read(id, place),
                Found::Ambiguous(ids) => outcome.read(ids[0].clone(), place),
                found => {
                    let disabled = matches!(found, Found::Disabled(_));
                    self.missing(node, Target::Function(call), disabled, place, &mut outcome);
                }
            }
        }
        outcome
    }

    /// What is wrong with `node` reading `id`, if anything.
    fn judge(&self, node: &Node, id: &UniqueId, call: &RefCall, place: &Span) -> Option<Diagnostic> {
        let target = self.facts.get(id)?;
        if target.domain != node.domain {
            return self.judge_foreign(node, id, target, call, place);
        }
        // Exposures and unit tests read on behalf of people; dbt judges groups only where a node can have one.
        if !target.is_model || matches!(node.resource_type(), ResourceType::Operation | ResourceType::UnitTest) {
            return None;
        }
        let restricted = self
            .manifest
            .domain(&node.domain)
            .is_some_and(|domain| domain.restricted_packages.contains(&target.package_name));
        let elsewhere = node.package_name != target.package_name;
        let (access, scope) = match target.access {
            Access::Private
                if node.config.group.is_none() || node.config.group != target.group || (elsewhere && restricted) =>
            {
                ("private", format!("'{}' group", target.group.as_deref().unwrap_or("None")))
            }
            Access::Protected if elsewhere && restricted => ("protected", format!("'{}' project", target.package_name)),
            _ => return None,
        };
        let message = format!(
            "Node {} attempted to reference node {id}, which is not allowed because the referenced node is {access} to the {scope}.",
            node.unique_id
        );
        Some(
            Diagnostic::error(ErrorCode::AccessDenied, message)
                .labelled(place.clone(), "read here")
                .also(target.place.clone(), format!("{access} here"))
                .hint("put both into one group, or widen the `access` of what is read")
                .for_node(node.unique_id.as_arc().clone()),
        )
    }

    fn judge_foreign(
        &self,
        node: &Node,
        id: &UniqueId,
        target: &Facts,
        call: &RefCall,
        place: &Span,
    ) -> Option<Diagnostic> {
        let declared =
            self.manifest.domain(&node.domain).is_some_and(|domain| domain.depends_on.contains(&target.domain));
        if !declared {
            let message = format!(
                "{} reads the domain '{}', which its own domain '{}' does not depend on",
                node.unique_id, target.domain, node.domain
            );
            return Some(
                Diagnostic::error(ErrorCode::DomainNotDeclared, message)
                    .labelled(place.clone(), "read here")
                    .hint(format!(
                        "write into the dependencies.yml of '{}':\nprojects:\n  - name: {}",
                        node.domain, target.domain
                    ))
                    .for_node(node.unique_id.as_arc().clone()),
            );
        }
        if target.is_model && target.access == Access::Public {
            return None;
        }
        let message = format!(
            "Node {} attempted to reference node {id}, which is not allowed because the referenced node is {} to the '{}' domain.",
            node.unique_id,
            if target.is_model { target.access.as_str() } else { "private" },
            target.domain
        );
        let hint = if target.is_model {
            format!("ask the owner of '{}' to make {} public:\nconfig:\n  access: public", target.domain, call.name)
        } else {
            "only public models can be read from another domain: ask for one over this table".to_string()
        };
        Some(
            Diagnostic::error(ErrorCode::ForeignNotPublic, message)
                .labelled(place.clone(), "read here")
                .also(target.place.clone(), "defined here")
                .hint(hint)
                .for_node(node.unique_id.as_arc().clone()),
        )
    }

    fn missing(&self, node: &Node, target: Target<'_>, disabled: bool, place: Span, outcome: &mut Outcome) {
        let droppable = is_droppable(node.resource_type());
        if droppable {
            outcome.dropped = true;
            if disabled {
                return;
            }
        }
        let message = target.message(node, disabled);
        let (code, foreign) = match target {
            Target::Ref(call) => {
                let foreign =
                    if call.package.is_none() { self.lookup.domains_with(&node.domain, call) } else { Vec::new() };
                let code = match (disabled, foreign.is_empty()) {
                    (true, _) => ErrorCode::DisabledReference,
                    (false, true) => ErrorCode::UnknownReference,
                    (false, false) => ErrorCode::ForeignWithoutDomain,
                };
                (code, foreign)
            }
            Target::Source(_) | Target::Metric(_) | Target::Function(_) if disabled => {
                (ErrorCode::DisabledReference, Vec::new())
            }
            Target::Source(_) => (ErrorCode::UnknownSource, Vec::new()),
            Target::Metric(_) => (ErrorCode::InvalidMetric, Vec::new()),
            Target::Function(_) => (ErrorCode::UnknownReference, Vec::new()),
        };
        let mut diagnostic =
            if droppable { Diagnostic::warning(code, message) } else { Diagnostic::error(code, message) };
        diagnostic = diagnostic.at(place).for_node(node.unique_id.as_arc().clone());
        for hint in self.hints(node, target, disabled, &foreign) {
            diagnostic = diagnostic.hint(hint);
        }
        outcome.diagnostics.push(diagnostic);
    }

    fn hints(
        &self,
        node: &Node,
        target: Target<'_>,
        disabled: bool,
        foreign: &[crate::manifest::DomainName],
    ) -> Vec<String> {
        if disabled {
            return vec!["enable it, or take the reference out".to_string()];
        }
        match target {
            Target::Ref(call) if !foreign.is_empty() => foreign
                .iter()
                .map(|domain| format!("it is in another domain: write ref('{domain}', '{}')", call.name))
                .collect(),
            Target::Ref(call) => {
                let unversioned = RefCall { package: call.package.clone(), name: call.name.clone(), version: None };
                let is_known = call.version.is_some()
                    && matches!(self.lookup.reference(&node.domain, &node.package_name, &unversioned), Found::Node(_));
                if is_known {
                    return vec![format!("'{}' has other versions: see its `versions:`", call.name)];
                }
                let domain = self.lookup.foreign_domain(&node.domain, call);
                let names = self.lookup.names(domain.as_ref().unwrap_or(&node.domain));
                if let Some(name) = closest(&call.name, names) {
                    return vec![format!("did you mean '{name}'?")];
                }
                let known =
                    self.manifest.domains.values().flat_map(|domain| domain.packages.iter().map(|name| &**name));
                let known: Vec<&str> = known.collect();
                vec![match &call.package {
                    Some(package) if !known.contains(&package.as_str()) => match closest(package, known) {
                        Some(near) => format!("did you mean ref('{near}', '{}')?", call.name),
                        None => format!("there is no domain and no package '{package}': list it, or correct the name"),
                    },
                    _ => format!("add a model, seed or snapshot called '{}', or correct the name", call.name),
                }]
            }
            Target::Metric(_) => {
                vec!["name a metric of `metrics:`, or a measure with `create_metric: true`".to_string()]
            }
            Target::Function(_) => {
                vec!["a function is a file below `function-paths`, described under `functions:`".to_string()]
            }
            Target::Source(call) => {
                let written = format!("{}.{}", call.source_name, call.table_name);
                let names: Vec<String> =
                    self.lookup.source_names(&node.domain).map(|(source, table)| format!("{source}.{table}")).collect();
                match closest(&written, names.iter().map(String::as_str)).and_then(|name| name.split_once('.')) {
                    Some((source, table)) => vec![format!("did you mean source('{source}', '{table}')?")],
                    None => vec![format!(
                        "declare it in a properties file:\nsources:\n  - name: {}\n    tables:\n      - name: {}",
                        call.source_name, call.table_name
                    )],
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    Ref(&'a RefCall),
    Source(&'a SourceCall),
    Metric(&'a MetricCall),
    Function(&'a FunctionCall),
}

impl Target<'_> {
    fn message(self, node: &Node, disabled: bool) -> String {
        let (kind, name, version, package) = match self {
            Target::Ref(call) => ("node", call.name.clone(), call.version.as_ref(), call.package.as_deref()),
            Target::Source(call) => ("source", format!("{}.{}", call.source_name, call.table_name), None, None),
            Target::Metric(call) => ("metric", call.name.clone(), None, call.package.as_deref()),
            Target::Function(call) => ("function", call.name.clone(), None, call.package.as_deref()),
        };
        let version = version.map(|version| format!("with version '{version}' ")).unwrap_or_default();
        let package = package.map(|package| format!("in package or project '{package}' ")).unwrap_or_default();
        let reason = if disabled { "is disabled" } else { "was not found" };
        format!(
            "{} '{}' ({}) depends on a {kind} named '{name}' {version}{package}which {reason}",
            title(node.resource_type()),
            node.unique_id,
            node.original_file_path
        )
    }
}

/// Python's `str.title` of dbt's word for the kind.
fn title(kind: ResourceType) -> String {
    let mut upper = true;
    kind.as_str()
        .chars()
        .map(|letter| {
            let letter_now = if upper { letter.to_ascii_uppercase() } else { letter };
            upper = !letter.is_ascii_alphabetic();
            letter_now
        })
        .collect()
}

fn ambiguous(node: &Node, call: &RefCall, ids: &[UniqueId], place: Span) -> Diagnostic {
    let list: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let packages: Vec<String> =
        ids.iter().filter_map(|id| id.as_str().split('.').nth(1)).map(|package| format!("'{package}'")).collect();
    let message = format!(
        "When referencing '{}', dbt found nodes in multiple packages: {}\nTo fix this, use two-argument 'ref', with the package \
         name first: {}",
        call.name,
        list.join(", "),
        packages.join(" or ")
    );
    Diagnostic::error(ErrorCode::AmbiguousReference, message).at(place).for_node(node.unique_id.as_arc().clone())
}
