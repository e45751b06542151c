//! `ref`, `source` and `graph` while SQL is compiled and run.

use super::Program;
use crate::jinja::context::{DuckDBRelation, Host, NodeScope};
use crate::jinja::value::Outcome;
use crate::jinja::value::error::error;
use crate::manifest::{
    Access, DomainName, Found, FunctionCall, Node, RefCall, RelationType, ResourceType, SourceCall, UniqueId,
};
use indexmap::IndexMap;
use minijinja::Value;
use serde_json::Value as Json;
use std::sync::PoisonError;

impl Host for Program {
    fn reference(&self, scope: &NodeScope, call: &RefCall) -> Outcome<DuckDBRelation> {
        let domain = &scope.domain.name;
        let id = match self.lookup.reference(domain, scope.package_name(), call) {
            Found::Node(id) => id,
            found => return Err(not_found(scope, call, &found)),
        };
        let Some(node) = self.manifest.node(&id) else { return Err(not_found(scope, call, &Found::Missing)) };
        self.check_foreign(domain, node, scope)?;
        let limit = scope.invocation.empty.then_some(0).filter(|_| !is_unit_test(scope));
        let reader = scope.node.as_ref();
        match reader.and_then(|reader| reader.depends_on.as_deref()) {
            Some(depends_on) if !depends_on.contains(&id) => return Err(not_inferred(scope, call)),
            None if node.is_ephemeral() => {
                return Err(error(format!("Operations can not ref() ephemeral nodes, but {} is ephemeral", node.name)));
            }
            _ => {}
        }
        let filter = self.event_time_filter(scope, node);
        if node.is_ephemeral() {
            scope.capture().ephemeral.push(id);
            return Ok(DuckDBRelation::ephemeral(&node.alias).limited(limit).filtered(filter));
        }
        let relation = self.run.deferred.get(&id).or(node.relation.as_ref());
        relation
            .cloned()
            .map(|relation| DuckDBRelation::new(relation, None).limited(limit).filtered(filter))
            .ok_or_else(|| error(format!("'{id}' is built nowhere and cannot be read")))
    }

    fn source(&self, scope: &NodeScope, call: &SourceCall) -> Outcome<DuckDBRelation> {
        let found = self.lookup.source(&scope.domain.name, scope.package_name(), call);
        let id = match &found {
            Found::Node(id) => id,
            Found::Ambiguous(ids) if !ids.is_empty() => &ids[0],
            found => {
                let named = format!("{}.{}", call.source_name, call.table_name);
                return Err(missing(scope, "source", &named, "", matches!(found, Found::Disabled(_))));
            }
        };
        let without_relation = || error(format!("'{id}' has no relation"));
        let node = self.manifest.node(id).ok_or_else(without_relation)?;
        let name = node.relation.clone().ok_or_else(without_relation)?;
        let limit = scope.invocation.empty.then_some(0).filter(|_| !is_unit_test(scope));
        let filter = self.event_time_filter(scope, node);
        let relation = DuckDBRelation::new(name, None).limited(limit).filtered(filter);
        Ok(match node.as_source().and_then(|source| source.external_location.clone()) {
            Some(location) => relation.external(location),
            None => relation,
        })
    }

    fn function(&self, scope: &NodeScope, call: &FunctionCall) -> Outcome<DuckDBRelation> {
        let found = self.lookup.function(&scope.domain.name, scope.package_name(), call);
        let Found::Node(id) = &found else {
            return Err(missing(scope, "function", &call.name, "", matches!(found, Found::Disabled(_))));
        };
        let node = self.manifest.node(id);
        let relation = self.run.deferred.get(id).or_else(|| node.and_then(|node| node.relation.as_ref()));
        let without_relation = || error(format!("'{id}' has no relation"));
        let relation = relation.cloned().ok_or_else(without_relation)?;
        Ok(DuckDBRelation::new(relation, Some(RelationType::Function)))
    }

    fn graph(&self, scope: &NodeScope) -> Value {
        let domain = &scope.domain.name;
        if let Some(graph) = self.graphs.lock().unwrap_or_else(PoisonError::into_inner).get(domain) {
            return graph.clone();
        }
        let graph = self.build_graph(domain);
        self.graphs.lock().unwrap_or_else(PoisonError::into_inner).entry(domain.clone()).or_insert(graph).clone()
    }

    fn selected_resources(&self) -> Vec<UniqueId> {
        self.run.selected.clone()
    }

    fn write(&self, scope: &NodeScope, payload: &str) -> Outcome<()> {
        if let Some(node) = &scope.node {
            let batch = scope.batch.as_ref().map(|batch| batch.label.clone());
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.insert((node.unique_id.clone(), batch), payload.to_string());
        }
        Ok(())
    }

    fn seed_path(&self, scope: &NodeScope) -> String {
        let node = scope.node.as_ref().and_then(|view| self.manifest.node(&view.unique_id));
        let Some(node) = node else { return String::new() };
        let folder = match &node.kind {
            crate::manifest::NodeKind::Seed(seed) => seed.root.as_str(),
            _ => "",
        };
        self.root.join(folder).join(&node.original_file_path).to_string_lossy().into_owned()
    }

    fn load_seed(&self, scope: &NodeScope) -> Outcome {
        let path = self.seed_path(scope);
        let config = scope.node.as_ref().map(|node| node.config.clone()).unwrap_or_default();
        let mut rows = scope.session()?.read_csv(&path, &config).map_err(|cause| error(cause.message))?;
        if scope.invocation.empty_seeds {
            rows.columns.iter_mut().for_each(Vec::clear);
        }
        Ok(crate::jinja::context::table(rows))
    }

    fn database_schemas(&self, scope: &NodeScope) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for id in &self.run.selected {
            let Some(node) = self.manifest.node(id).filter(|node| node.domain == scope.domain.name) else { continue };
            if !node.resource_type().is_refable() || node.is_ephemeral() {
                continue;
            }
            let Some(relation) = &node.relation else { continue };
            let part = |part: &Option<std::sync::Arc<str>>| part.as_deref().unwrap_or_default().to_string();
            let pair = (part(&relation.database), part(&relation.schema));
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        pairs
    }
}

impl Program {
    /// Names that are first met at run time obey the same rule as those that were resolved: of another domain, only what
    /// is public and declared.
    fn check_foreign(&self, domain: &DomainName, node: &Node, scope: &NodeScope) -> Outcome<()> {
        if node.domain == *domain {
            return Ok(());
        }
        let declared = scope.domain.depends_on.contains(&node.domain);
        if declared && node.access() == Access::Public && node.as_model().is_some() {
            return Ok(());
        }
        let reader = scope.node.as_ref().map_or(domain.as_str(), |node| node.unique_id.as_str());
        Err(error(format!(
            "Node {reader} attempted to reference node {}, which is not allowed because the referenced node is {} to the '{}' \
             domain.",
            node.unique_id,
            node.access().as_str(),
            node.domain
        )))
    }

    /// `graph` of one domain: its own nodes and those of its packages, and the public models of others that it may read.
    fn build_graph(&self, domain: &DomainName) -> Value {
        let mut sections: IndexMap<&str, serde_json::Map<String, Json>> = IndexMap::new();
        for name in [
            "exposures",
            "functions",
            "groups",
            "metrics",
            "nodes",
            "sources",
            "semantic_models",
            "saved_queries",
            "unit_tests",
        ] {
            sections.insert(name, serde_json::Map::new());
        }
        let known = self.manifest.domain(domain);
        for node in self.manifest.nodes.values().chain(self.manifest.operations.values()) {
            let is_foreign = node.domain != *domain;
            let is_visible =
                known.is_some_and(|known| known.depends_on.contains(&node.domain)) && node.access() == Access::Public;
            if is_foreign && !is_visible {
                continue;
            }
            let section = match node.resource_type() {
                ResourceType::Source => "sources",
                ResourceType::Exposure => "exposures",
                ResourceType::Function => "functions",
                ResourceType::Metric => "metrics",
                ResourceType::SemanticModel => "semantic_models",
                ResourceType::SavedQuery => "saved_queries",
                ResourceType::UnitTest => "unit_tests",
                _ => "nodes",
            };
            // Here, unlike in manifest.json, dbt leaves fields without a value in place as `none`.
            let dict = (self.node_dict)(node);
            if let Some(section) = sections.get_mut(section) {
                section.insert(node.unique_id.without_domain().to_string(), dict);
            }
        }
        let groups = self.manifest.groups.values().filter(|group| group.domain == *domain);
        let groups = groups.map(|group| (group.unique_id.without_domain().to_string(), (self.group_dict)(group)));
        sections.insert("groups", groups.collect());
        let all = sections.into_iter().map(|(name, entries)| (name.to_string(), Json::Object(entries)));
        crate::jinja::value::from_json(&Json::Object(all.collect()))
    }
}

fn is_unit_test(scope: &NodeScope) -> bool {
    scope.node.as_ref().is_some_and(|node| node.resource_type == "unit_test")
}

fn not_found(scope: &NodeScope, call: &RefCall, found: &Found) -> minijinja::Error {
    let version = call.version.as_ref().map(|version| format!("with version '{version}' ")).unwrap_or_default();
    let package =
        call.package.as_ref().map(|package| format!("in package or project '{package}' ")).unwrap_or_default();
    missing(scope, "node", &call.name, &format!("{version}{package}"), matches!(found, Found::Disabled(_)))
}

fn missing(scope: &NodeScope, kind: &str, name: &str, details: &str, disabled: bool) -> minijinja::Error {
    let (title, id, path) = match &scope.node {
        Some(node) => (title(node.resource_type), node.unique_id.to_string(), node.original_file_path.to_string()),
        None => ("Operation".to_string(), scope.domain.name.to_string(), String::new()),
    };
    let reason = if disabled { "is disabled" } else { "was not found" };
    error(format!("{title} '{id}' ({path}) depends on a {kind} named '{name}' {details}which {reason}"))
}

fn title(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A reference that parsing did not meet, so that it is no edge of the graph.
fn not_inferred(scope: &NodeScope, call: &RefCall) -> minijinja::Error {
    let (kind, name) = scope.node.as_ref().map_or(("model", ""), |node| (node.resource_type, &*node.name));
    let package = call.package.as_ref().map(|package| format!("'{package}', ")).unwrap_or_default();
    let version = call.version.as_ref().map(|version| format!(", v={}", version.to_json())).unwrap_or_default();
    error(format!(
        "dbt was unable to infer all dependencies for the model \"{name}\".\nThis typically happens when ref() is placed within \
         a conditional block.\n\nTo fix this, add the following hint to the top of the {kind} \"{name}\":\n\n\
         -- depends_on: {{{{ ref({package}'{}'{version}) }}}}",
        call.name
    ))
}
