//! From the names in `ref` and `source` calls to ids.
//!
//! Owns dbt's order of search: the package that is named; else the domain's own project, then the package of the caller,
//! then every package. A name that stands for another domain reaches that domain's own project.

use super::{Domain, DomainName, FunctionCall, Node, NodeKind, RefCall, Reference, SourceCall, UniqueId};
use std::collections::HashMap;
use std::sync::Arc;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An enabled node.
    Node(UniqueId),
    /// Only a disabled node.
    Disabled(UniqueId),
    /// Several packages have a node of this name.
    Ambiguous(Vec<UniqueId>),
    /// Nothing.
    Missing,
}

/// Index of everything that `ref` and `source` can name.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    domains: HashMap<DomainName, Names>,
}

type Candidates = Vec<(Arc<str>, UniqueId)>;

#[derive(Debug, Clone, Default)]
struct Names {
    packages: Vec<Arc<str>>,
    enabled: HashMap<Key, Candidates>,
    disabled: HashMap<Key, Candidates>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Ref(String),
    Source(String, String),
    Function(String),
    Metric(String),
    Measure(String),
    SemanticModel(String),
}

impl Lookup {
    /// Indexes the enabled and the disabled nodes of `domains`.
    pub fn new<'a>(
        domains: impl IntoIterator<Item = &'a Arc<Domain>>,
        enabled: impl IntoIterator<Item = &'a Node>,
        disabled: impl IntoIterator<Item = &'a Node>,
    ) -> Self {
        let mut lookup = Lookup::default();
        for domain in domains {
            let names = Names { packages: domain.packages.clone(), ..Names::default() };
            lookup.domains.insert(domain.name.clone(), names);
        }
        for node in enabled {
            lookup.add(node, true);
        }
        for node in disabled {
            lookup.add(node, false);
        }
        lookup
    }

    fn add(&mut self, node: &Node, enabled: bool) {
        let names = self.domains.entry(node.domain.clone()).or_default();
        let index = if enabled { &mut names.enabled } else { &mut names.disabled };
        for key in keys(node) {
            index.entry(key).or_default().push((node.package_name.clone(), node.unique_id.clone()));
        }
    }

    /// What `call` means in a node of `package` in `domain`.
    pub fn reference(&self, domain: &DomainName, package: &str, call: &RefCall) -> Found {
        let key = match &call.version {
            Some(version) => Key::Ref(format!("{}.v{version}", call.name)),
            None => Key::Ref(call.name.clone()),
        };
        match self.foreign_domain(domain, call) {
            Some(foreign) => self.find(&foreign, &key, &[Some(foreign.as_str())]),
            None => match &call.package {
                Some(named) => self.find(domain, &key, &[Some(named)]),
                None => self.find(domain, &key, &search_order(domain, package)),
            },
        }
    }

    /// What `call` means in a node of `package` in `domain`.
    pub fn source(&self, domain: &DomainName, package: &str, call: &SourceCall) -> Found {
        let key = Key::Source(call.source_name.clone(), call.table_name.clone());
        self.find(domain, &key, &search_order(domain, package))
    }

    /// What `call` means in a node of `package` in `domain`.
    pub fn function(&self, domain: &DomainName, package: &str, call: &FunctionCall) -> Found {
        let key = Key::Function(call.name.clone());
        match &call.package {
            Some(named) => self.find(domain, &key, &[Some(named)]),
            None => self.find(domain, &key, &search_order(domain, package)),
        }
    }

    /// What the metric `name` is in a node of `package` in `domain`.
    pub fn metric(&self, domain: &DomainName, package: &str, named: Option<&str>, name: &str) -> Found {
        let key = Key::Metric(name.to_string());
        match named {
            Some(named) => self.find(domain, &key, &[Some(named)]),
            None => self.find(domain, &key, &search_order(domain, package)),
        }
    }

    /// Which semantic model has the measure `name`, in a node of `package` in `domain`.
    pub fn measure(&self, domain: &DomainName, package: &str, name: &str) -> Found {
        self.find(domain, &Key::Measure(name.to_string()), &search_order(domain, package))
    }

    /// The semantic model `name` of `package` in `domain`.
    pub fn semantic_model(&self, domain: &DomainName, package: &str, name: &str) -> Found {
        self.find(domain, &Key::SemanticModel(name.to_string()), &[Some(package)])
    }

    /// What `reference` means in a node of `package` in `domain`.
    pub fn named(&self, domain: &DomainName, package: &str, reference: &Reference) -> Found {
        match reference {
            Reference::Ref(call) => self.reference(domain, package, call),
            Reference::Source(call) => self.source(domain, package, call),
        }
    }

    /// The other domain that the first argument of `call` names: a domain, and no package of the caller's own.
    pub fn foreign_domain(&self, domain: &DomainName, call: &RefCall) -> Option<DomainName> {
        let named = call.package.as_deref()?;
        let is_package =
            self.domains.get(domain).is_some_and(|names| names.packages.iter().any(|package| **package == *named));
        if is_package { None } else { self.domains.get_key_value(named).map(|(name, _)| name.clone()) }
    }

    /// Domains other than `domain` whose own project has a node that `call` could mean.
    pub fn domains_with(&self, domain: &DomainName, call: &RefCall) -> Vec<DomainName> {
        let key = Key::Ref(call.name.clone());
        let mut found: Vec<DomainName> = self
            .domains
            .iter()
            .filter(|(name, names)| {
                *name != domain
                    && names
                        .enabled
                        .get(&key)
                        .is_some_and(|found| found.iter().any(|(package, _)| **package == *name.as_str()))
            })
            .map(|(name, _)| name.clone())
            .collect();
        found.sort();
        found
    }

    /// Every name that `ref` could have meant in `domain`, for "did you mean".
    pub fn names(&self, domain: &DomainName) -> impl Iterator<Item = &str> {
        self.domains.get(domain).into_iter().flat_map(|names| names.enabled.keys()).filter_map(|key| match key {
            Key::Ref(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Every (source, table) of `domain`, for "did you mean".
    pub fn source_names(&self, domain: &DomainName) -> impl Iterator<Item = (&str, &str)> {
        self.domains.get(domain).into_iter().flat_map(|names| names.enabled.keys()).filter_map(|key| match key {
            Key::Source(source, table) => Some((source.as_str(), table.as_str())),
            _ => None,
        })
    }

    fn find(&self, domain: &DomainName, key: &Key, packages: &[Option<&str>]) -> Found {
        let Some(names) = self.domains.get(domain) else { return Found::Missing };
        for package in packages {
            let mut ids = in_package(&names.enabled, key, *package);
            match (ids.next(), ids.next()) {
                (Some(first), None) => return Found::Node(first.clone()),
                (Some(first), Some(second)) => {
                    return Found::Ambiguous([first, second].into_iter().chain(ids).cloned().collect());
                }
                (None, _) => {}
            }
        }
        for package in packages {
            if let Some(id) = in_package(&names.disabled, key, *package).next() {
                return Found::Disabled(id.clone());
            }
        }
        Found::Missing
    }
}

fn keys(node: &Node) -> Vec<Key> {
    if let Some(source) = node.as_source() {
        return vec![Key::Source(source.source_name.to_string(), node.name.to_string())];
    }
    match &node.kind {
        NodeKind::Function(_) => return vec![Key::Function(node.name.to_string())],
        NodeKind::Metric(_) => return vec![Key::Metric(node.name.to_string())],
        NodeKind::SemanticModel(model) => {
            let measures = model.measure_names().map(|name| Key::Measure(name.to_string()));
            return measures.chain([Key::SemanticModel(node.name.to_string())]).collect();
        }
        _ => {}
    }
    if !node.resource_type().is_refable() {
        return Vec::new();
    }
    match node.as_model().and_then(|model| Some((model.version.as_ref()?, model.latest_version.as_ref()))) {
        None => vec![Key::Ref(node.name.to_string())],
        Some((version, latest)) => {
            let mut keys = vec![Key::Ref(format!("{}.v{version}", node.name))];
            if latest == Some(version) {
                keys.push(Key::Ref(node.name.to_string()));
            }
            keys
        }
    }
}

fn search_order<'a>(domain: &'a DomainName, package: &'a str) -> Vec<Option<&'a str>> {
    if domain.as_str() == package {
        vec![Some(package), None]
    } else {
        vec![Some(domain.as_str()), Some(package), None]
    }
}

fn in_package<'a>(
    index: &'a HashMap<Key, Candidates>,
    key: &Key,
    package: Option<&'a str>,
) -> impl Iterator<Item = &'a UniqueId> {
    let candidates = index.get(key).map(Vec::as_slice).unwrap_or_default();
    candidates.iter().filter(move |(name, _)| package.is_none_or(|package| package == &**name)).map(|(_, id)| id)
}
