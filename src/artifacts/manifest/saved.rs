//! An earlier `manifest.json` as a mesh to compare with: what stands in it, laid over the mesh as it is now.
//!
//! A node that is written as it is now is the same node; of the others the manifest tells what is promised and their compiled SQL.
//! What a manifest does not hold (variables, places in files) is that of now. Names of relations are those of now as long as the
//! same database, schema and alias are configured: artifacts of production can be compared with a sandbox.

use super::node_dict;
use crate::manifest::{
    Access, Checksum, Column, Constraint, ContractConfig, DataTest, DependsOn, DomainName, Exposure, JsonMap, Language,
    Manifest, Model, Node, NodeConfig, NodeKind, Owner, Relation, Seed, Snapshot, Source, TestMetadata, UniqueId,
    Version, graph::Graph,
};
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What of an entry makes it another one. Of `depends_on` only the nodes count.
const COMPARED: [&str; 14] = [
    "raw_code",
    "checksum",
    "config",
    "columns",
    "constraints",
    "access",
    "version",
    "latest_version",
    "deprecation_date",
    "test_metadata",
    "language",
    "alias",
    "identifier",
    "source_name",
];
/// Where a node is built, as configured.
const PLACE: [&str; 3] = ["database", "schema", "alias"];

/// An earlier mesh.
#[derive(Debug)]
pub struct SavedManifest {
    /// Its nodes and their graph.
    pub manifest: Manifest,
    /// The nodes that are written as they are now.
    pub alike: BTreeSet<UniqueId>,
}

/// Reads the JSON of a `manifest.json`, of a whole mesh or of one domain of it; domains that it does not hold are as they are
/// now. `root` is the absolute path of the mesh's root.
///
/// # Errors
/// What it lacks of a manifest, for people.
pub fn saved_manifest(saved: &Value, now: &Manifest, root: &str) -> Result<SavedManifest, String> {
    let reader = Reader { saved, now, root, project: saved["metadata"]["project_name"].as_str().unwrap_or_default() };
    if !saved["nodes"].is_object() {
        return Err("it has no `nodes`".to_string());
    }
    let mut entries: BTreeMap<UniqueId, &Value> = BTreeMap::new();
    for section in ["sources", "nodes", "exposures"] {
        for (id, entry) in saved[section].as_object().into_iter().flatten() {
            entries.insert(reader.id(id), entry);
        }
    }
    let held: BTreeSet<DomainName> =
        entries.iter().filter(|(_, entry)| !is_external(entry)).map(|(id, _)| reader.home(id)).collect();
    let changed_macros = reader.domains_with_other_macros();
    let (mut nodes, mut alike) = (IndexMap::new(), BTreeSet::new());
    for (id, node) in &now.nodes {
        let is_there = entries.get(id).is_some_and(|entry| !is_external(entry));
        // Unit tests, metrics and the like promise nothing.
        let counts = matches!(
            node.kind,
            NodeKind::Model(_)
                | NodeKind::Seed(_)
                | NodeKind::Snapshot(_)
                | NodeKind::Source(_)
                | NodeKind::DataTest(_)
                | NodeKind::Exposure(_)
        );
        let is_alike = match entries.get(id) {
            Some(entry) if is_there && counts => !changed_macros.contains(&node.domain) && reader.is_alike(node, entry),
            _ => !held.contains(&node.domain) || !counts,
        };
        if is_alike {
            alike.insert(id.clone());
            nodes.insert(id.clone(), node.clone());
        }
    }
    for (id, entry) in entries.iter().filter(|(id, entry)| !alike.contains(*id) && !is_external(entry)) {
        if let Some(node) = reader.node(id, entry) {
            nodes.insert(id.clone(), Arc::new(node));
        }
    }
    let graph = Graph::of_nodes(&nodes);
    Ok(SavedManifest { manifest: Manifest { nodes, graph, ..now.clone() }, alike })
}

/// A public model of another domain in the manifest of one: a name without code.
fn is_external(entry: &Value) -> bool {
    entry["resource_type"] == "model"
        && entry["raw_code"].as_str() == Some("")
        && entry["original_file_path"].as_str() == Some("")
}

struct Reader<'a> {
    saved: &'a Value,
    now: &'a Manifest,
    root: &'a str,
    /// The domain whose manifest it is, or the mesh's name.
    project: &'a str,
}

impl Reader<'_> {
    /// The id in the mesh: in the manifest of one domain, nodes of its packages do not name the domain.
    fn id(&self, text: &str) -> UniqueId {
        let mut parts = text.splitn(3, '.');
        let (Some(kind), Some(package), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return UniqueId::from(text);
        };
        let is_domain = |name: &str| self.now.domains.keys().any(|domain| domain.as_str() == name);
        match self.now.is_mesh() && !package.contains('@') && !is_domain(package) && is_domain(self.project) {
            true => UniqueId::from(format!("{kind}.{package}@{}.{rest}", self.project)),
            false => UniqueId::from(text),
        }
    }

    fn home(&self, id: &UniqueId) -> DomainName {
        if let Some(node) = self.now.node(id) {
            return node.domain.clone();
        }
        let package = id.as_str().split('.').nth(1).unwrap_or_default();
        let name = package.split_once('@').map_or(package, |(_, domain)| domain);
        match self.now.domains.keys().find(|domain| domain.as_str() == name) {
            Some(domain) => domain.clone(),
            None => self.now.domains.keys().next().cloned().unwrap_or_else(|| DomainName::from(name)),
        }
    }

    /// Domains of which some macro differs.
    fn domains_with_other_macros(&self) -> BTreeSet<DomainName> {
        let Some(saved) = self.saved["macros"].as_object() else { return BTreeSet::new() };
        let saved: BTreeMap<UniqueId, &Value> = saved.iter().map(|(id, entry)| (self.id(id), entry)).collect();
        let text = |entry: &Value| entry["macro_sql"].as_str().unwrap_or_default().trim().to_string();
        let own = self.now.macros.iter().filter_map(|(id, found)| Some((id, found.domain.as_ref()?, found)));
        let other = |id: &UniqueId, sql: &str| saved.get(id).is_none_or(|entry| text(entry) != sql.trim());
        own.filter(|(id, _, found)| other(id, &found.macro_sql)).map(|(_, domain, _)| domain.clone()).collect()
    }

    fn is_alike(&self, node: &Node, entry: &Value) -> bool {
        let own = node_dict(node, self.root);
        let reads = |entry: &Value| -> BTreeSet<UniqueId> {
            texts(&entry["depends_on"]["nodes"]).map(|id| self.id(id)).collect()
        };
        COMPARED.iter().all(|key| own[*key] == entry[*key])
            && reads(&own) == reads(entry)
            && PLACE.iter().all(|key| own["unrendered_config"][*key] == entry["unrendered_config"][*key])
    }

    /// A node as the manifest tells of it.
    fn node(&self, id: &UniqueId, entry: &Value) -> Option<Node> {
        let now = self.now.node(id);
        let text = |key: &str| entry[key].as_str().map(str::to_string);
        let values = entry["config"].as_object().cloned().unwrap_or_default();
        let kind = kind(entry, &values, &|id| self.id(id))?;
        let package = id.as_str().split('.').nth(1).unwrap_or_default();
        let name: Arc<str> = text("name")?.into();
        Some(Node {
            unique_id: id.clone(),
            domain: self.home(id),
            package_name: package.split_once('@').map_or(package, |(package, _)| package).into(),
            fqn: texts(&entry["fqn"]).map(Into::into).collect(),
            path: text("path").unwrap_or_default(),
            original_file_path: text("original_file_path").unwrap_or_default(),
            patch_path: text("patch_path"),
            raw_code: self.code(entry).into(),
            language: if entry["language"] == "python" { Language::Python } else { Language::Sql },
            checksum: Checksum { algorithm: "none".into(), value: String::new() },
            description: text("description").unwrap_or_default(),
            doc_blocks: Vec::new(),
            columns: object(&entry["columns"]).map(|(name, entry)| (name.clone(), column(entry))).collect(),
            config: config(values).into(),
            unrendered_config: entry["unrendered_config"].as_object().cloned().unwrap_or_default().into(),
            relation: self.relation(now.map(|node| &**node), entry),
            alias: text("alias").unwrap_or_else(|| name.to_string()),
            refs: Vec::new(),
            sources: Vec::new(),
            functions: Vec::new(),
            metrics: Vec::new(),
            depends_on: DependsOn {
                macros: Vec::new(),
                nodes: texts(&entry["depends_on"]["nodes"]).map(|id| self.id(id)).collect(),
            },
            show_in_docs: true,
            node_color: None,
            kind,
            name,
        })
    }

    /// The compiled SQL with the names of relations of now; what was never compiled, as it is written.
    fn code(&self, entry: &Value) -> String {
        let Some(compiled) = entry["compiled_code"].as_str() else {
            return entry["raw_code"].as_str().unwrap_or_default().to_string();
        };
        let mut code = compiled.to_string();
        for id in texts(&entry["depends_on"]["nodes"]) {
            let was = ["nodes", "sources"]
                .into_iter()
                .map(|section| &self.saved[section][id])
                .find(|entry| entry.is_object());
            let Some(was) = was else { continue };
            let is = self.relation(self.now.node(&self.id(id)).map(|node| &**node), was);
            if let (Some(was), Some(is)) = (was["relation_name"].as_str(), is) {
                code = code.replace(was, &is.to_string());
            }
        }
        format!("{{% raw %}}{code}{{% endraw %}}")
    }

    fn relation(&self, now: Option<&Node>, entry: &Value) -> Option<Relation> {
        let own = now.map(|node| &node.unrendered_config);
        let as_configured = |key: &&str| {
            own.is_some_and(|own| own.get(*key).unwrap_or(&Value::Null) == &entry["unrendered_config"][*key])
        };
        let same_name =
            now.is_some_and(|node| Some(node.alias.as_str()) == entry["alias"].as_str() || node.as_source().is_some());
        if same_name && PLACE.iter().all(as_configured) {
            return now.and_then(|node| node.relation.clone());
        }
        let part = |key: &str| entry[key].as_str().map(str::to_string);
        let identifier = part("identifier").or_else(|| part("alias"))?;
        Some(Relation::new(part("database")?, part("schema")?, identifier))
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn config(values: JsonMap) -> NodeConfig {
    let get = |key: &str| values.get(key).unwrap_or(&Value::Null);
    NodeConfig {
        enabled: true,
        materialized: get("materialized").as_str().unwrap_or("view").into(),
        tags: texts(get("tags")).map(str::to_string).collect(),
        meta: get("meta").as_object().cloned().unwrap_or_default(),
        contract: ContractConfig {
            enforced: get("contract")["enforced"].as_bool().unwrap_or(false),
            ..ContractConfig::default()
        },
        values: values.into(),
        ..NodeConfig::default()
    }
}

fn kind(entry: &Value, config: &JsonMap, id: &dyn Fn(&str) -> UniqueId) -> Option<NodeKind> {
    let text = |key: &str| entry[key].as_str().map(str::to_string);
    Some(match entry["resource_type"].as_str()? {
        "model" => NodeKind::Model(Box::new(Model {
            access: entry["access"]
                .as_str()
                .or_else(|| config.get("access")?.as_str())
                .and_then(Access::parse)
                .unwrap_or_default(),
            version: version(&entry["version"]),
            latest_version: version(&entry["latest_version"]),
            deprecation_date: text("deprecation_date"),
            constraints: constraints(&entry["constraints"]),
            ..Model::default()
        })),
        "seed" => NodeKind::Seed(Seed::default()),
        "snapshot" => NodeKind::Snapshot(Snapshot),
        "source" => {
            NodeKind::Source(Box::new(Source { source_name: text("source_name")?.into(), ..Source::default() }))
        }
        "test" => NodeKind::DataTest(Box::new(DataTest {
            metadata: entry["test_metadata"]["name"].as_str().map(|name| TestMetadata {
                name: name.to_string(),
                kwargs: entry["test_metadata"]["kwargs"].as_object().cloned().unwrap_or_default(),
                namespace: None,
            }),
            attached_node: entry["attached_node"].as_str().map(id),
            column_name: text("column_name"),
            file_key_name: None,
        })),
        "exposure" => NodeKind::Exposure(Box::new(Exposure {
            exposure_type: text("type").unwrap_or_default(),
            owner: Owner {
                name: entry["owner"]["name"].as_str().map(str::to_string),
                email: Some(entry["owner"]["email"].clone()).filter(|email| !email.is_null()),
                ..Owner::default()
            },
            ..Exposure::default()
        })),
        _ => return None,
    })
}

fn version(value: &Value) -> Option<Version> {
    match value {
        Value::Number(number) => number.as_i64().map(Version::Integer).or(number.as_f64().map(Version::Float)),
        other => other.as_str().map(|text| Version::Text(text.to_string())),
    }
}

fn column(entry: &Value) -> Column {
    let text = |key: &str| entry[key].as_str().map(str::to_string);
    Column {
        name: text("name").unwrap_or_default(),
        description: text("description").unwrap_or_default(),
        data_type: text("data_type"),
        constraints: constraints(&entry["constraints"]),
        ..Column::default()
    }
}

fn constraints(value: &Value) -> Vec<Constraint> {
    let constraint = |entry: &Value| Constraint {
        constraint_type: entry["type"].as_str().unwrap_or_default().to_string(),
        columns: texts(&entry["columns"]).map(str::to_string).collect(),
        name: None,
        expression: None,
        warn_unenforced: true,
        warn_unsupported: true,
        to: None,
        target: None,
        to_columns: Vec::new(),
    };
    value.as_array().into_iter().flatten().map(constraint).collect()
}
