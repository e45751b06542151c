//! The manifest as a whole: its sections in dbt's order.

use super::code::CompiledInfo;
use super::node::{ExternalFields, NodeFields};
use super::others::{DocsFields, ExposureFields, GroupFields, MacroFields, SourceFields, UnitTestFields};
use super::scope::{ManifestView, Scope, Section};
use super::semantic::{MetricFields, SavedQueryFields, SemanticModelFields};
use crate::artifacts::metadata::{Invocation, Metadata, utc_text};
use crate::manifest::{DomainName, JsonMap, Manifest, Node, NodeKind, QuotePolicy, UniqueId};
use chrono::DateTime;
use indexmap::IndexMap;
use rayon::prelude::*;
use serde::ser::{Error as _, SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Everything that `manifest.json` is made from.
#[derive(Debug, Clone)]
pub struct ManifestArtifact<'a> {
    /// The mesh.
    pub manifest: &'a Manifest,
    /// Which part of it.
    pub view: ManifestView<'a>,
    /// The head.
    pub metadata: ManifestMetadata,
    /// What was compiled, by id.
    pub compiled: &'a HashMap<UniqueId, CompiledInfo>,
    /// `selectors.yml`, by name.
    pub selectors: &'a JsonMap,
    /// Absolute path of the mesh's root, with forward slashes: seeds say where their project stands.
    pub root: &'a str,
}

/// The head of the manifest.
#[derive(Debug, Clone)]
pub struct ManifestMetadata {
    /// Who writes, and when.
    pub invocation: Invocation,
    /// Name of the domain, or of the mesh.
    pub project_name: String,
    /// Project-level quoting of relation parts.
    pub quoting: QuotePolicy,
}

/// When and by whom a manifest is written: all of it that differs between two writings of the same mesh.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Stamp {
    generated_at: String,
    invocation_id: String,
    invocation_started_at: String,
    env: BTreeMap<String, String>,
}

impl Stamp {
    pub fn of(invocation: &Invocation) -> Self {
        Stamp {
            generated_at: utc_text(invocation.generated_at),
            invocation_id: invocation.id.to_string(),
            invocation_started_at: utc_text(invocation.started_at),
            env: invocation.env.clone(),
        }
    }

    /// `created_at` of every node: the start of the invocation, in seconds since 1970.
    fn created_at(&self) -> f64 {
        DateTime::parse_from_rfc3339(&self.invocation_started_at)
            .map(|time| time.timestamp_micros() as f64 / 1e6)
            .unwrap_or_default()
    }
}

/// The manifest, ready to be serialized.
pub(super) struct Document<'a> {
    artifact: &'a ManifestArtifact<'a>,
    scope: &'a Scope<'a>,
    stamp: &'a Stamp,
    pub context: Context<'a>,
}

/// What the sections need beside the thing they write.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub manifest: &'a Manifest,
    pub view: ManifestView<'a>,
    pub compiled: &'a HashMap<UniqueId, CompiledInfo>,
    pub root: &'a str,
    pub created_at: f64,
}

impl<'a> Context<'a> {
    /// Database and schema of the target of `domain`: where nodes stand that are never built.
    pub fn target(&self, domain: &DomainName) -> Option<(&'a str, &'a str)> {
        let target = &self.manifest.domain(domain)?.target;
        Some((target.database.as_str(), target.schema.as_str()))
    }
}

impl<'a> Document<'a> {
    pub fn new(artifact: &'a ManifestArtifact<'a>, scope: &'a Scope<'a>, stamp: &'a Stamp) -> Self {
        let context = Context {
            manifest: artifact.manifest,
            view: artifact.view,
            compiled: artifact.compiled,
            root: artifact.root,
            created_at: stamp.created_at(),
        };
        Document { artifact, scope, stamp, context }
    }

    fn metadata(&self) -> MetadataFields<'a> {
        let metadata = &self.artifact.metadata;
        let stamp = self.stamp;
        MetadataFields {
            common: Metadata {
                generated_at: stamp.generated_at.clone(),
                invocation_id: stamp.invocation_id.clone(),
                invocation_started_at: stamp.invocation_started_at.clone(),
                env: stamp.env.clone(),
                ..Metadata::new("manifest", 12, &metadata.invocation)
            },
            project_name: &metadata.project_name,
            project_id: project_id(&metadata.project_name),
            user_id: None,
            send_anonymous_usage_stats: false,
            adapter_type: "duckdb",
            quoting: Quoting {
                database: metadata.quoting.database,
                schema: metadata.quoting.schema,
                identifier: metadata.quoting.identifier,
                column: None,
            },
            run_started_at: stamp.invocation_started_at.replace('Z', "+00:00"),
        }
    }

    /// Nodes, and whether each is shown as the model of another domain.
    fn nodes(&self) -> impl Iterator<Item = (&'a Arc<Node>, bool)> {
        let own = self.scope.section(Section::Nodes).map(|node| (node, false));
        own.chain(self.scope.external.iter().map(|node| (*node, true)))
    }

    fn section<T>(
        &self,
        section: Section,
        fields: impl Fn(&'a Node, &Context<'a>) -> Option<T>,
    ) -> impl Iterator<Item = (Cow<'a, str>, T)> {
        let context = self.context;
        self.scope
            .section(section)
            .filter_map(move |node| Some((context.view.id(&node.unique_id), fields(node, &context)?)))
    }

    fn macros(&self) -> impl Iterator<Item = (Cow<'a, str>, MacroFields<'a>)> {
        let context = self.context;
        let shown = move |found: &&Arc<crate::manifest::Macro>| context.view.shows(found.domain.as_ref());
        let macros = context.manifest.macros.values().filter(shown);
        macros.map(move |found| (context.view.id(&found.unique_id), MacroFields::new(found, &context)))
    }

    fn docs(&self) -> impl Iterator<Item = (Cow<'a, str>, DocsFields<'a>)> {
        let context = self.context;
        let docs = context.manifest.docs.values().filter(move |block| context.view.shows(block.domain.as_ref()));
        docs.map(move |block| (context.view.id(&block.unique_id), DocsFields::new(block, &context)))
    }

    fn groups(&self) -> impl Iterator<Item = (Cow<'a, str>, GroupFields<'a>)> {
        let context = self.context;
        let groups = context.manifest.groups.values().filter(move |group| context.view.shows(Some(&group.domain)));
        groups.map(move |group| {
            let id = context.view.id(&group.unique_id);
            (id.clone(), GroupFields::new(group, id))
        })
    }

    fn disabled(&self) -> impl Iterator<Item = (Cow<'a, str>, Vec<AnyFields<'a>>)> {
        let context = self.context;
        context.manifest.disabled.iter().filter_map(move |(id, nodes)| {
            let shown = nodes.iter().filter(|node| context.view.shows(Some(&node.domain)));
            let nodes: Vec<_> = shown.map(|node| AnyFields::new(node, &context)).collect();
            (!nodes.is_empty()).then(|| (context.view.id(id), nodes))
        })
    }

    fn functions(&self) -> impl Iterator<Item = (Cow<'a, str>, NodeFields<'a>)> {
        let context = self.context;
        let functions = self.scope.section(Section::Functions);
        functions.map(move |node| (context.view.id(&node.unique_id), NodeFields::new(node, &context)))
    }

    fn parents(&self) -> impl Iterator<Item = (Cow<'a, str>, Vec<Cow<'a, str>>)> {
        let context = self.context;
        self.scope.all().map(move |node| {
            // Of another domain's model nobody here need know what it reads.
            let read: &[UniqueId] = if context.view.shows(Some(&node.domain)) { &node.depends_on.nodes } else { &[] };
            let mut parents = context.view.ids(read);
            parents.sort();
            (context.view.id(&node.unique_id), parents)
        })
    }

    fn children(&self) -> EdgeMap<'a> {
        let view = self.context.view;
        let mut children: EdgeMap<'a> = self.scope.all().map(|node| (view.id(&node.unique_id), Vec::new())).collect();
        for node in &self.scope.nodes {
            for parent in &node.depends_on.nodes {
                if let Some(list) = children.get_mut(&view.id(parent)) {
                    list.push(view.id(&node.unique_id));
                }
            }
        }
        children.values_mut().for_each(|list| list.sort());
        children
    }

    fn group_members(&self) -> IndexMap<&'a str, Vec<Cow<'a, str>>> {
        let view = self.context.view;
        let groups = self.context.manifest.groups.values().filter(|group| view.shows(Some(&group.domain)));
        let mut members: IndexMap<&str, Vec<_>> = groups.map(|group| (&*group.name, Vec::new())).collect();
        let grouped = [Section::Nodes, Section::SavedQueries, Section::SemanticModels, Section::Metrics];
        for node in grouped.into_iter().flat_map(|section| self.scope.section(section)) {
            if let Some(list) = node.config.group.as_deref().and_then(|group| members.get_mut(group)) {
                list.push(view.id(&node.unique_id));
            }
        }
        members
    }
}

/// Ids of neighbours by id.
type EdgeMap<'a> = IndexMap<Cow<'a, str>, Vec<Cow<'a, str>>>;

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("metadata", &self.metadata())?;
        map.serialize_entry("nodes", &Batches(|| self.nodes(), |node| node_entry(node, &self.context)))?;
        map.serialize_entry("sources", &Stream(|| self.section(Section::Sources, SourceFields::new)))?;
        map.serialize_entry("macros", &Stream(|| self.macros()))?;
        map.serialize_entry("docs", &Stream(|| self.docs()))?;
        map.serialize_entry("exposures", &Stream(|| self.section(Section::Exposures, ExposureFields::new)))?;
        map.serialize_entry("metrics", &Stream(|| self.section(Section::Metrics, MetricFields::new)))?;
        map.serialize_entry("groups", &Stream(|| self.groups()))?;
        map.serialize_entry("selectors", self.artifact.selectors)?;
        map.serialize_entry("disabled", &Stream(|| self.disabled()))?;
        map.serialize_entry("parent_map", &Stream(|| self.parents()))?;
        map.serialize_entry("child_map", &self.children())?;
        map.serialize_entry("group_map", &self.group_members())?;
        map.serialize_entry("saved_queries", &Stream(|| self.section(Section::SavedQueries, SavedQueryFields::new)))?;
        map.serialize_entry(
            "semantic_models",
            &Stream(|| self.section(Section::SemanticModels, SemanticModelFields::new)),
        )?;
        map.serialize_entry("unit_tests", &Stream(|| self.section(Section::UnitTests, UnitTestFields::new)))?;
        map.serialize_entry("functions", &Stream(|| self.functions()))?;
        map.end()
    }
}

/// A JSON object whose entries are made one by one, each dropped before the next.
struct Stream<F>(F);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)>, F: Fn() -> I> Serialize for Stream<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((self.0)())
    }
}

/// Entries of a JSON object that are made together, on all cores; more would be held in memory at once.
const BATCH: usize = 256;

/// A [`Stream`] whose entries are made from items, a batch at a time.
struct Batches<F, G>(F, G);

impl<T, K, V, I, F, G> Serialize for Batches<F, G>
where
    T: Send,
    K: Serialize + Send,
    V: Serialize,
    I: Iterator<Item = T>,
    F: Fn() -> I,
    G: Fn(T) -> (K, V) + Sync,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Batches(items, entry) = self;
        let written = |item: T| {
            let (key, value) = entry(item);
            to_raw_value(&value).map(|value| (key, value))
        };
        let mut items = items();
        let mut map = serializer.serialize_map(None)?;
        loop {
            let batch: Vec<T> = items.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return map.end();
            }
            let batch: Result<Vec<_>, serde_json::Error> = batch.into_par_iter().map(written).collect();
            for (key, value) in batch.map_err(S::Error::custom)? {
                map.serialize_entry(&key, &value)?;
            }
        }
    }
}

#[derive(Serialize)]
struct MetadataFields<'a> {
    #[serde(flatten)]
    common: Metadata,
    project_name: &'a str,
    project_id: String,
    user_id: Option<&'a str>,
    send_anonymous_usage_stats: bool,
    adapter_type: &'static str,
    quoting: Quoting,
    run_started_at: String,
}

#[derive(Serialize)]
struct Quoting {
    database: bool,
    schema: bool,
    identifier: bool,
    column: Option<bool>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum NodeEntry<'a> {
    Own(Box<NodeFields<'a>>),
    External(Box<ExternalFields<'a>>),
}

fn node_entry<'a>((node, external): (&'a Arc<Node>, bool), context: &Context<'a>) -> (Cow<'a, str>, NodeEntry<'a>) {
    let entry = if external {
        NodeEntry::External(Box::new(ExternalFields::new(node, context)))
    } else {
        NodeEntry::Own(Box::new(NodeFields::new(node, context)))
    };
    (context.view.id(&node.unique_id), entry)
}

/// A node of any section, as `disabled` holds them.
#[derive(Serialize)]
#[serde(untagged)]
enum AnyFields<'a> {
    Node(Box<NodeFields<'a>>),
    Source(Option<SourceFields<'a>>),
    Exposure(Option<ExposureFields<'a>>),
    UnitTest(Option<UnitTestFields<'a>>),
    Metric(Option<MetricFields<'a>>),
    SemanticModel(Option<SemanticModelFields<'a>>),
    SavedQuery(Option<SavedQueryFields<'a>>),
}

impl<'a> AnyFields<'a> {
    fn new(node: &'a Node, context: &Context<'a>) -> Self {
        match node.kind {
            NodeKind::Source(_) => AnyFields::Source(SourceFields::new(node, context)),
            NodeKind::Exposure(_) => AnyFields::Exposure(ExposureFields::new(node, context)),
            NodeKind::UnitTest(_) => AnyFields::UnitTest(UnitTestFields::new(node, context)),
            NodeKind::Metric(_) => AnyFields::Metric(MetricFields::new(node, context)),
            NodeKind::SemanticModel(_) => AnyFields::SemanticModel(SemanticModelFields::new(node, context)),
            NodeKind::SavedQuery(_) => AnyFields::SavedQuery(SavedQueryFields::new(node, context)),
            _ => AnyFields::Node(Box::new(NodeFields::new(node, context))),
        }
    }
}

/// dbt's id of a project: the MD5 of its name.
fn project_id(name: &str) -> String {
    use md5::{Digest, Md5};
    Md5::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
