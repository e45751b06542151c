//! How one node, or one project hook, ended: the facts behind `run_results.json` and the summary of a run.
//!
//! Owns [`NodeResult`]. Never measures time itself: whoever runs the node fills it in.

use super::freshness::SourceFreshness;
use crate::diagnostic::Diagnostic;
use crate::manifest::{
    BatchResults, DomainName, JsonMap, Manifest, Node, NodeKind, NodeStatus, OverloadResults, ResourceType, UniqueId,
};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The outcome of a node or of a project hook.
/// Source of the fields: <https://docs.getdbt.com/reference/artifacts/run-results-json>.
#[derive(Debug, Clone)]
pub struct NodeResult {
    /// What ran.
    pub subject: Subject,
    /// How it ended.
    pub status: NodeStatus,
    /// The steps that were reached, in order; empty for what was skipped.
    pub timing: Vec<Timing>,
    /// Name of the worker, such as `Thread-1 (worker)`.
    pub thread_id: Arc<str>,
    /// Seconds from the start of the first step to the end of the last one; 0 for what was skipped.
    pub execution_time: f64,
    /// What the engine answered: `_message`, `code`, `rows_affected`.
    pub adapter_response: JsonMap,
    /// `OK`, `INSERT 2`, the error's text, `Got 1 result, configured to fail if != 0`...
    pub message: Option<String>,
    /// Number of failing rows of a test; 0 or 1 for a hook; `None` for everything else.
    pub failures: Option<i64>,
    /// What came of compiling it; `None` for what has no SQL (seeds, exposures, skipped unit tests).
    pub compiled: Option<CompiledResult>,
    /// The batches of a microbatch model.
    pub batch_results: Option<BatchResults>,
    /// The overloads of a function that has any.
    pub overload_results: Option<OverloadResults>,
    /// How fresh a source is; `None` for everything else, and where that could not be found out.
    pub freshness: Option<SourceFreshness>,
    /// Where it failed and what to do about it; `message` says why.
    pub diagnostic: Option<Arc<Diagnostic>>,
}

impl NodeResult {
    /// The id of the node or hook.
    pub fn unique_id(&self) -> &UniqueId {
        self.subject.unique_id()
    }

    /// The result of something that was not run: no time, no answer, no failures.
    pub fn skipped(subject: Subject, thread_id: impl Into<Arc<str>>, message: Option<String>) -> Self {
        let compiled = subject
            .relation_if_compilable()
            .map(|relation_name| CompiledResult { relation_name, ..CompiledResult::default() });
        NodeResult {
            subject,
            status: NodeStatus::Skipped,
            timing: Vec::new(),
            thread_id: thread_id.into(),
            execution_time: 0.0,
            adapter_response: JsonMap::new(),
            message,
            failures: None,
            compiled,
            batch_results: None,
            overload_results: None,
            freshness: None,
            diagnostic: None,
        }
    }
}

/// What a result is about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A node of the manifest.
    Node(Arc<Node>),
    /// A hook of a project.
    Hook(Arc<Hook>),
}

impl Subject {
    /// Its id.
    pub fn unique_id(&self) -> &UniqueId {
        match self {
            Subject::Node(node) => &node.unique_id,
            Subject::Hook(hook) => &hook.unique_id,
        }
    }

    /// The domain it belongs to.
    pub fn domain(&self) -> &DomainName {
        match self {
            Subject::Node(node) => &node.domain,
            Subject::Hook(hook) => &hook.domain,
        }
    }

    /// Its kind.
    pub fn resource_type(&self) -> ResourceType {
        match self {
            Subject::Node(node) => node.resource_type(),
            Subject::Hook(_) => ResourceType::Operation,
        }
    }

    /// Its name without package.
    pub fn name(&self) -> &str {
        match self {
            Subject::Node(node) => &node.name,
            Subject::Hook(hook) => &hook.name,
        }
    }

    /// The file it stands in, relative to its package's root.
    pub fn original_file_path(&self) -> &str {
        match self {
            Subject::Node(node) => &node.original_file_path,
            // dbt's spelling of the project file that hooks stand in.
            Subject::Hook(_) => "./dbt_project.yml",
        }
    }

    /// The node, unless this is a hook.
    pub fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Subject::Node(node) => Some(node),
            Subject::Hook(_) => None,
        }
    }

    /// `Some` for what dbt compiles, with the name of the relation it would become.
    fn relation_if_compilable(&self) -> Option<Option<String>> {
        let Subject::Node(node) = self else { return Some(None) };
        match node.kind {
            NodeKind::Seed(_) | NodeKind::Source(_) | NodeKind::UnitTest(_) => None,
            _ if node.is_description() => None,
            _ => Some(node.relation_name()),
        }
    }
}

/// A statement of `on-run-start` or `on-run-end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// `operation.<package>.<package>-on-run-start-0`.
    pub unique_id: UniqueId,
    /// The domain that is run.
    pub domain: DomainName,
    /// The package whose project file it stands in.
    pub package_name: Arc<str>,
    /// `<package>-on-run-start-0`.
    pub name: Arc<str>,
    /// Before or after the nodes.
    pub phase: HookPhase,
    /// Place among the hooks of its phase and domain, from 1.
    pub index: usize,
    /// How many hooks this phase has in this domain.
    pub total: usize,
}

impl Hook {
    /// The name that logs show: `<package>.on-run-start.0`, counted over the phase as dbt does.
    pub fn statement(&self) -> String {
        format!("{}.{}.{}", self.package_name, self.phase.as_str(), self.index.saturating_sub(1))
    }
}

/// When a project hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HookPhase {
    /// Before the first node.
    Start,
    /// After the last node.
    End,
}

impl HookPhase {
    /// dbt's word.
    pub fn as_str(self) -> &'static str {
        match self {
            HookPhase::Start => "on-run-start",
            HookPhase::End => "on-run-end",
        }
    }
}

/// When one step of a node began and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Which step.
    pub step: TimingStep,
    /// Begin.
    pub started_at: DateTime<Utc>,
    /// End.
    pub completed_at: DateTime<Utc>,
}

/// Seconds from the start of the first step to the end of the last one.
pub(super) fn seconds(timing: &[Timing]) -> f64 {
    match (timing.first(), timing.last()) {
        (Some(first), Some(last)) => (last.completed_at - first.started_at).as_seconds_f64(),
        _ => 0.0,
    }
}

/// A step of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimingStep {
    /// Rendering its template.
    Compile,
    /// Sending it to the engine.
    Execute,
}

impl TimingStep {
    /// dbt's word.
    pub fn as_str(self) -> &'static str {
        match self {
            TimingStep::Compile => "compile",
            TimingStep::Execute => "execute",
        }
    }
}

/// What came of compiling a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompiledResult {
    /// Whether compiling succeeded.
    pub compiled: bool,
    /// The SQL.
    pub compiled_code: Option<Arc<str>>,
    /// The file the SQL was written to, as it is shown: `target/compiled/shop/models/a.sql`.
    pub compiled_path: Option<Arc<str>>,
    /// The relation it stands for.
    pub relation_name: Option<String>,
    /// Ephemeral models that were put into the SQL: id and `name as (...)`.
    pub ctes: Vec<(UniqueId, String)>,
    /// Relations that foreign keys point at, by the text that stands in `to`.
    pub foreign_keys: BTreeMap<String, String>,
    /// The bodies of a function's overloads, in their order.
    pub overloads: Vec<String>,
}

/// How many results there are of each kind, in dbt's words and order: `2 project hooks, 1 seed, 5 view models`.
pub fn counts_for_people<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for subject in subjects {
        let kind = match (subject.resource_type(), subject.node()) {
            (ResourceType::Model, Some(node)) => format!("{} model", node.config.materialized.as_str()),
            (ResourceType::Operation, _) => "project hook".to_string(),
            (other, _) => other.as_str().to_string(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    let counts = counts.into_iter().map(|(kind, count)| counted(count, &kind));
    counts.collect::<Vec<_>>().join(", ")
}

/// What a mesh holds, in dbt's words and order: `8 models, 7 data tests, 1 seed, 1 source, 512 macros`.
pub fn inventory_for_people(manifest: &Manifest) -> String {
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    // dbt counts these after what stands in its `nodes`, which come in the order in which each kind is first met.
    let last = [
        ResourceType::Source,
        ResourceType::Exposure,
        ResourceType::Metric,
        ResourceType::SemanticModel,
        ResourceType::SavedQuery,
        ResourceType::UnitTest,
        ResourceType::Function,
    ];
    let count = |kind| manifest.nodes.values().filter(|node| node.resource_type() == kind).count();
    for node in manifest.nodes.values().filter(|node| !last.contains(&node.resource_type())) {
        *counts.entry(node.resource_type().as_str()).or_default() += 1;
    }
    counts.insert("source", count(ResourceType::Source));
    counts.insert("exposure", count(ResourceType::Exposure));
    counts.insert("metric", count(ResourceType::Metric));
    counts.insert("macro", manifest.macros.len());
    counts.insert("group", manifest.groups.len());
    counts.insert("semantic_model", count(ResourceType::SemanticModel));
    counts.insert("saved_query", count(ResourceType::SavedQuery));
    counts.insert("unit_test", count(ResourceType::UnitTest));
    let present = counts.into_iter().filter(|(_, count)| *count > 0);
    present.map(|(kind, count)| counted(count, kind)).collect::<Vec<_>>().join(", ")
}

/// `1 test`, `2 data tests`: the count and dbt's word for the kind, which for tests differs between singular and plural.
pub fn counted(count: usize, kind: &str) -> String {
    let words = match (count, kind) {
        (1, kind) => kind.to_string(),
        (_, "test") => "data tests".to_string(),
        (_, "analysis") => "analyses".to_string(),
        (_, "saved_query") => "saved queries".to_string(),
        (_, kind) => format!("{kind}s"),
    };
    format!("{count} {}", words.replace('_', " "))
}
