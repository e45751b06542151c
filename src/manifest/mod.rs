//! The resolved vocabulary: what a mesh is made of once every name has been looked up.
//!
//! Owns the types that all later phases read. Never reads files, renders Jinja or knows JSON layouts of artifacts.
//! A [`Manifest`] is built once, by `resolve`, and is not changed afterwards.

mod config;
pub mod event_time;
mod function;
pub mod graph;
mod id;
mod lookup;
mod node;
mod relation;
mod semantic;
mod status;

pub use config::{ConfigMap, ContractConfig, HookConfig, Materialization, NodeConfig, OnSchemaChange, TestSeverity};
pub use event_time::{BatchResults, BatchSize, Microbatch, TimeWindow};
pub use function::{Function, FunctionArgument, FunctionCall, FunctionOverload, FunctionReturns, OverloadResults};
pub use id::{DomainName, UniqueId};
pub use lookup::{Found, Lookup};
pub use node::{
    Access, Analysis, Checksum, Column, Constraint, DataTest, DependsOn, Exposure, Freshness, FreshnessLimit, Language,
    Model, Node, NodeKind, Owner, RefCall, Reference, ResourceType, Seed, Snapshot, Source, SourceCall, TestMetadata,
    UnitTest, UnitTestFixture, Version,
};
pub use relation::{QuotePolicy, Relation, RelationType};
pub use semantic::{Metric, MetricCall, MetricType, NodeRelation, SavedQuery, SemanticModel, TimeSpine};
pub use status::NodeStatus;

use crate::diagnostic::Span;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// JSON object with the order of its keys kept: `meta`, user configs and everything else that users may nest freely.
pub type JsonMap = serde_json::Map<String, serde_json::Value>;

/// The whole mesh, resolved. Ids are those of [`UniqueId`]: in a mesh of several domains a package's nodes and macros
/// carry their domain.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// The domains, in the order of `mesh.yml`; one for a plain dbt project.
    pub domains: IndexMap<DomainName, Arc<Domain>>,
    /// Every enabled node of every kind, sources, unit tests and exposures included.
    pub nodes: IndexMap<UniqueId, Arc<Node>>,
    /// Hooks of projects: they read nodes, and nothing selects or waits for them.
    pub operations: IndexMap<UniqueId, Arc<Node>>,
    /// Nodes that a config switched off; several can share an id.
    pub disabled: IndexMap<UniqueId, Vec<Arc<Node>>>,
    /// Every macro that a node can call.
    pub macros: IndexMap<UniqueId, Arc<Macro>>,
    /// Docs blocks.
    pub docs: IndexMap<UniqueId, Arc<DocsBlock>>,
    /// Groups.
    pub groups: IndexMap<UniqueId, Arc<Group>>,
    /// Parents and children of every node.
    pub graph: graph::Graph,
    /// Where each enabled node is defined, for diagnostics.
    pub places: HashMap<UniqueId, Span>,
    /// Where a properties file names the columns of a node, by their names as written there.
    pub column_places: HashMap<UniqueId, HashMap<String, Span>>,
    /// Where a node reads another, as (reader, read): its `ref` or `source` call.
    pub read_places: HashMap<(UniqueId, UniqueId), Span>,
}

impl Manifest {
    /// The node with this id, if it is enabled.
    pub fn node(&self, id: &UniqueId) -> Option<&Arc<Node>> {
        self.nodes.get(id)
    }

    /// The domain called `name`.
    pub fn domain(&self, name: &DomainName) -> Option<&Arc<Domain>> {
        self.domains.get(name)
    }

    /// Whether this is a mesh of several domains, not one plain project.
    pub fn is_mesh(&self) -> bool {
        self.domains.len() > 1
    }
}

/// One domain of the mesh: an ordinary dbt project and the packages it uses.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Its name, which is the name of its dbt project.
    pub name: DomainName,
    /// Folder of the project, relative to the mesh's root; empty for the root itself.
    pub root: String,
    /// Domains whose public models it may read, from `dependencies.yml`.
    pub depends_on: Vec<DomainName>,
    /// The project itself first, then its installed packages, by name.
    pub packages: Vec<Arc<str>>,
    /// Who answers for it, from `mesh.yml`.
    pub owner: Option<Owner>,
    /// The target of its profile.
    pub target: Target,
    /// The project-level quoting of relation parts.
    pub quoting: QuotePolicy,
    /// SQL of `on-run-start`, its own first, then of its packages, as (package, SQL).
    pub on_run_start: Vec<(Arc<str>, String)>,
    /// SQL of `on-run-end`, likewise.
    pub on_run_end: Vec<(Arc<str>, String)>,
    /// `vars` of `dbt_project.yml`: global ones and those of packages, command-line vars laid over them.
    pub vars: Vars,
    /// `dispatch` of `dbt_project.yml`: macro namespace to its search order.
    pub dispatch: IndexMap<String, Vec<String>>,
    /// `flags` of `dbt_project.yml`: behaviour flags.
    pub flags: JsonMap,
    /// `query-comment` of the project, where it writes one of its own.
    pub query_comment: Option<QueryComment>,
    /// Packages (the project itself among them) with `restrict-access: true`, whose protected models no other package reads.
    pub restricted_packages: Vec<Arc<str>>,
    /// What else the `dbt_project.yml` of each package says, the project itself among them.
    pub projects: IndexMap<Arc<str>, ProjectFacts>,
}

/// What templates can learn of a project.
#[derive(Debug, Clone, Default)]
pub struct ProjectFacts {
    /// `version` as written: text, a number or nothing.
    pub version: serde_json::Value,
    /// `vars` as written.
    pub vars: JsonMap,
}

/// The comment that a project puts on every statement.
/// Source: <https://docs.getdbt.com/reference/project-configs/query-comment>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryComment {
    /// The template.
    pub template: String,
    /// Whether it stands behind the statement.
    pub append: bool,
}

/// Variables of a project, in the three layers of dbt: command line, the package's own, global.
/// Source: <https://docs.getdbt.com/docs/build/project-variables>.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vars {
    /// `--vars`, which win.
    pub command_line: JsonMap,
    /// Layers by package name; the layer of the root project is looked up first, then that of the node's package.
    pub packages: IndexMap<Arc<str>, JsonMap>,
}

/// What `target` is in Jinja: the chosen output of a profile.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Name of the profile.
    pub profile_name: String,
    /// Name of the output.
    pub name: String,
    /// Database (DuckDB catalog) that models go to.
    pub database: String,
    /// Schema that models go to when they name no other.
    pub schema: String,
    /// Number of workers.
    pub threads: usize,
    /// Databases that are DuckLakes.
    pub ducklakes: BTreeSet<String>,
    /// Every further key of the output that `target` shows, without secrets.
    pub fields: JsonMap,
}

/// A macro, generic test or materialization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Macro {
    /// `macro.<package>.<name>`.
    pub unique_id: UniqueId,
    /// The domain whose universe it belongs to; `None` for the built-in ones.
    pub domain: Option<DomainName>,
    /// The package it comes from.
    pub package_name: Arc<str>,
    /// Its name, with dbt's prefixes (`test_`, `materialization_`).
    pub name: Arc<str>,
    /// The whole block, tags included.
    pub macro_sql: Arc<str>,
    /// File, relative to the package's root.
    pub original_file_path: Arc<str>,
    /// Macros it calls.
    pub depends_on: Vec<UniqueId>,
    /// From the properties file.
    pub description: String,
    /// From the properties file.
    pub meta: JsonMap,
    /// Declared arguments: name, type, description.
    pub arguments: Vec<MacroArgument>,
    /// `package://path` of the properties file.
    pub patch_path: Option<String>,
    /// Languages that a materialization serves.
    pub supported_languages: Option<Vec<String>>,
    /// `docs: show:`.
    pub show_in_docs: bool,
}

/// A documented argument of a macro.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MacroArgument {
    /// Name.
    pub name: String,
    /// Type as written.
    pub data_type: Option<String>,
    /// Description.
    pub description: String,
}

/// A `{% docs %}` block.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocsBlock {
    /// `doc.<package>.<name>`.
    pub unique_id: UniqueId,
    /// The domain it belongs to.
    pub domain: Option<DomainName>,
    /// Package.
    pub package_name: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Path relative to the docs folder.
    pub path: String,
    /// Path relative to the package's root.
    pub original_file_path: String,
    /// Text between the tags.
    pub block_contents: String,
}

/// A group of models with one owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// `group.<package>.<name>`.
    pub unique_id: UniqueId,
    /// The domain it belongs to.
    pub domain: DomainName,
    /// Package.
    pub package_name: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Path relative to the resource folder.
    pub path: String,
    /// Path relative to the package's root.
    pub original_file_path: String,
    /// Owner.
    pub owner: Owner,
    /// Description.
    pub description: Option<String>,
    /// `config:` of the group (`meta`).
    pub config: JsonMap,
}
