//! Manifests for tests, from JSON in the layout of dbt's `manifest.json`.
//!
//! Most keys can be left out: the kind and the package come from the id, the name is its last part.

use crate::manifest::{
    Access, Analysis, Checksum, Column, Constraint, ContractConfig, DataTest, DependsOn, Domain, DomainName, Exposure,
    Freshness, FreshnessLimit, JsonMap, Language, Macro, Manifest, Model, Node, NodeConfig, NodeKind, Owner,
    QuotePolicy, Relation, Seed, Snapshot, Source, Target, TestMetadata, UniqueId, UnitTest, Vars, Version, graph,
};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A manifest from the text of a `manifest.json` of one project.
pub(crate) fn manifest_from_text(text: &str) -> Manifest {
    manifest(&serde_json::from_str(text).expect("the manifest is JSON"))
}

/// A manifest in which each id reads the ids behind it.
pub(crate) fn manifest_of(nodes: &[(&str, &[&str])]) -> Manifest {
    let entries = nodes.iter().map(|(id, reads)| (id.to_string(), json!({"depends_on": {"nodes": reads}})));
    manifest(&json!({"nodes": Map::from_iter(entries)}))
}

/// A manifest from JSON: `nodes`, `sources`, `exposures`, `unit_tests`, `disabled`, `macros`. A package `p@d` of an id
/// makes a mesh; other packages belong to `metadata.project_name`, or to themselves when there is none.
pub(crate) fn manifest(json: &Value) -> Manifest {
    let project = json["metadata"]["project_name"].as_str();
    let mut nodes = IndexMap::new();
    for kind in ["nodes", "sources", "exposures", "unit_tests"] {
        for (id, entry) in object(&json[kind]) {
            let node = node(&id, &entry, project);
            nodes.insert(node.unique_id.clone(), Arc::new(node));
        }
    }
    let mut disabled = IndexMap::new();
    for (id, entries) in object(&json["disabled"]) {
        let entries = entries.as_array().cloned().unwrap_or_default();
        let entries: Vec<_> = entries.iter().map(|entry| Arc::new(node(&id, entry, project))).collect();
        disabled.insert(UniqueId::from(id), entries);
    }
    let macros = object(&json["macros"]).into_iter().map(|(id, entry)| {
        let entry = macro_of(&id, &entry, project);
        (entry.unique_id.clone(), Arc::new(entry))
    });
    let domains: BTreeSet<DomainName> = nodes.values().map(|node: &Arc<Node>| node.domain.clone()).collect();
    let domains: IndexMap<_, _> = domains.into_iter().map(|name| (name.clone(), Arc::new(domain(name)))).collect();
    let domains = match domains.len() {
        1 => domains
            .into_iter()
            .map(|(name, domain)| (name, Arc::new(Domain { root: String::new(), ..(*domain).clone() })))
            .collect(),
        _ => domains,
    };
    let graph = graph::Graph::of_nodes(&nodes);
    Manifest { domains, macros: macros.collect(), disabled, graph, nodes, ..Manifest::default() }
}

/// A domain in a folder of its own name.
pub(crate) fn domain(name: DomainName) -> Domain {
    Domain {
        root: name.to_string(),
        name,
        depends_on: Vec::new(),
        packages: Vec::new(),
        owner: None,
        target: Target::default(),
        quoting: QuotePolicy::default(),
        on_run_start: Vec::new(),
        on_run_end: Vec::new(),
        vars: Vars::default(),
        dispatch: IndexMap::new(),
        flags: JsonMap::new(),
        query_comment: None,
        restricted_packages: Vec::new(),
        projects: Default::default(),
    }
}

fn object(value: &Value) -> JsonMap {
    value.as_object().cloned().unwrap_or_default()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        other => other.as_array().into_iter().flatten().filter_map(text).collect(),
    }
}

fn ids(value: &Value) -> Vec<UniqueId> {
    texts(value).into_iter().map(UniqueId::from).collect()
}

/// Package and domain of an id.
fn home(id: &str, project: Option<&str>) -> (Arc<str>, DomainName) {
    let package = id.split('.').nth(1).unwrap_or_default();
    match package.split_once('@') {
        Some((package, domain)) => (package.into(), domain.into()),
        None => (package.into(), project.unwrap_or(package).into()),
    }
}

fn node(id: &str, entry: &Value, project: Option<&str>) -> Node {
    let (package_name, domain) = home(id, project);
    let last = || id.split('.').skip(2).collect::<Vec<_>>().join(".");
    let name: Arc<str> = text(&entry["name"]).unwrap_or_else(last).into();
    let mut fqn: Vec<Arc<str>> = texts(&entry["fqn"]).into_iter().map(Into::into).collect();
    if fqn.is_empty() {
        fqn = vec![Arc::clone(&package_name), Arc::clone(&name)];
    }
    let path = text(&entry["path"]).unwrap_or_else(|| format!("{name}.sql"));
    let alias = text(&entry["alias"]).unwrap_or_else(|| name.to_string());
    let identifier = text(&entry["identifier"]).unwrap_or_else(|| alias.clone());
    let database = text(&entry["database"]).unwrap_or_else(|| "db".into());
    let schema = text(&entry["schema"]).unwrap_or_else(|| "main".into());
    Node {
        unique_id: id.into(),
        domain,
        package_name,
        fqn,
        original_file_path: text(&entry["original_file_path"]).unwrap_or_else(|| format!("models/{path}")),
        path,
        patch_path: text(&entry["patch_path"]),
        raw_code: text(&entry["raw_code"]).unwrap_or_else(|| format!("select '{name}'")).into(),
        language: Language::Sql,
        checksum: checksum(&entry["checksum"]),
        description: text(&entry["description"]).unwrap_or_default(),
        doc_blocks: Vec::new(),
        columns: object(&entry["columns"]).into_iter().map(|(name, entry)| (name, column(&entry))).collect(),
        config: config(entry).into(),
        unrendered_config: object(&entry["unrendered_config"]).into(),
        relation: Some(Relation::new(database, schema, identifier)),
        alias,
        refs: Vec::new(),
        sources: Vec::new(),
        functions: Vec::new(),
        metrics: Vec::new(),
        depends_on: DependsOn {
            macros: ids(&entry["depends_on"]["macros"]),
            nodes: ids(&entry["depends_on"]["nodes"]),
        },
        show_in_docs: true,
        node_color: None,
        kind: kind(id.split('.').next().unwrap_or_default(), entry),
        name,
    }
}

fn kind(prefix: &str, entry: &Value) -> NodeKind {
    match prefix {
        "seed" => NodeKind::Seed(Seed::default()),
        "snapshot" => NodeKind::Snapshot(Snapshot),
        "analysis" => NodeKind::Analysis(Analysis),
        "operation" => NodeKind::Operation,
        "source" => NodeKind::Source(Box::new(source(entry))),
        "exposure" => NodeKind::Exposure(Box::new(exposure(entry))),
        "test" => NodeKind::DataTest(Box::new(DataTest {
            metadata: entry["test_metadata"]["name"]
                .as_str()
                .map(|name| TestMetadata { name: name.to_string(), ..TestMetadata::default() }),
            ..DataTest::default()
        })),
        "unit_test" => NodeKind::UnitTest(Box::new(UnitTest {
            tested_node: ids(&entry["depends_on"]["nodes"]).into_iter().next(),
            test_checksum: text(&entry["checksum"]),
            ..UnitTest::default()
        })),
        _ => NodeKind::Model(Box::new(Model {
            time_spine: None,
            access: entry["access"].as_str().and_then(Access::parse).unwrap_or_default(),
            version: version(&entry["version"]),
            latest_version: version(&entry["latest_version"]),
            deprecation_date: text(&entry["deprecation_date"]),
            constraints: constraints(&entry["constraints"]),
            primary_key: Vec::new(),
            contract_checksum: text(&entry["contract"]["checksum"]),
            microbatch: None,
        })),
    }
}

fn version(value: &Value) -> Option<Version> {
    match value {
        Value::Number(number) => number.as_i64().map(Version::Integer).or(number.as_f64().map(Version::Float)),
        other => text(other).map(Version::Text),
    }
}

fn source(entry: &Value) -> Source {
    let limit = |limit: &Value| FreshnessLimit { count: limit["count"].as_i64(), period: text(&limit["period"]) };
    Source {
        source_name: text(&entry["source_name"]).unwrap_or_else(|| "raw".into()).into(),
        loaded_at_field: text(&entry["loaded_at_field"]),
        freshness: entry["freshness"].as_object().map(|freshness| Freshness {
            warn_after: freshness.get("warn_after").map(limit),
            error_after: freshness.get("error_after").map(limit),
            filter: None,
        }),
        external: Some(entry["external"].clone()).filter(|external| !external.is_null()),
        unrendered_database: text(&entry["unrendered_database"]),
        unrendered_schema: text(&entry["unrendered_schema"]),
        quoting: object(&entry["quoting"]),
        ..Source::default()
    }
}

fn exposure(entry: &Value) -> Exposure {
    let mut extra = object(&entry["owner"]);
    let name = extra.shift_remove("name").as_ref().and_then(text);
    let email = extra.shift_remove("email").filter(|email| !email.is_null());
    Exposure {
        exposure_type: text(&entry["type"]).unwrap_or_default(),
        owner: Owner { name, email, extra },
        label: text(&entry["label"]),
        maturity: text(&entry["maturity"]),
        url: text(&entry["url"]),
    }
}

fn config(entry: &Value) -> NodeConfig {
    let values = object(&entry["config"]);
    let get = |key: &str| values.get(key).unwrap_or(&Value::Null);
    let tags = if entry["tags"].is_null() { get("tags") } else { &entry["tags"] };
    NodeConfig {
        enabled: get("enabled").as_bool().unwrap_or(true),
        materialized: get("materialized").as_str().unwrap_or("view").into(),
        tags: texts(tags),
        meta: object(get("meta")),
        group: text(get("group")),
        contract: ContractConfig {
            enforced: get("contract")["enforced"].as_bool().unwrap_or(false),
            ..ContractConfig::default()
        },
        values: values.into(),
        ..NodeConfig::default()
    }
}

fn column(entry: &Value) -> Column {
    Column {
        name: text(&entry["name"]).unwrap_or_default(),
        description: text(&entry["description"]).unwrap_or_default(),
        data_type: text(&entry["data_type"]),
        constraints: constraints(&entry["constraints"]),
        ..Column::default()
    }
}

fn constraints(value: &Value) -> Vec<Constraint> {
    let constraint = |entry: &Value| Constraint {
        constraint_type: text(&entry["type"]).unwrap_or_default(),
        name: text(&entry["name"]),
        expression: text(&entry["expression"]),
        warn_unenforced: true,
        warn_unsupported: true,
        to: text(&entry["to"]),
        target: None,
        to_columns: texts(&entry["to_columns"]),
        columns: texts(&entry["columns"]),
    };
    value.as_array().into_iter().flatten().map(constraint).collect()
}

fn checksum(value: &Value) -> Checksum {
    let algorithm = match value["name"].as_str() {
        Some("sha256") => "sha256",
        Some("path") => "path",
        _ => "none",
    };
    Checksum { algorithm: algorithm.into(), value: text(&value["checksum"]).unwrap_or_default() }
}

fn macro_of(id: &str, entry: &Value, project: Option<&str>) -> Macro {
    let (package_name, domain) = home(id, project);
    Macro {
        unique_id: id.into(),
        domain: (&*package_name != "dbt").then_some(domain),
        name: id.rsplit('.').next().unwrap_or_default().into(),
        package_name,
        macro_sql: text(&entry["macro_sql"]).unwrap_or_default().into(),
        original_file_path: "macros/all.sql".into(),
        depends_on: ids(&entry["depends_on"]["macros"]),
        description: String::new(),
        meta: JsonMap::new(),
        arguments: Vec::new(),
        patch_path: None,
        supported_languages: None,
        show_in_docs: true,
    }
}
