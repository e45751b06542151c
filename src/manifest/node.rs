//! One node of the DAG, of whatever kind.

use super::{
    DomainName, Function, FunctionCall, JsonMap, Metric, MetricCall, NodeConfig, Relation, SavedQuery, SemanticModel,
    TimeSpine, UniqueId,
};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// dbt's kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// A model.
    Model,
    /// A CSV file.
    Seed,
    /// A snapshot.
    Snapshot,
    /// A table that somebody else fills.
    Source,
    /// A data test, generic or singular.
    DataTest,
    /// A unit test.
    UnitTest,
    /// SQL that is compiled and never run.
    Analysis,
    /// A hook of a project, or the SQL of `run-operation`.
    Operation,
    /// Something outside that reads models.
    Exposure,
    /// A metric.
    Metric,
    /// A semantic model.
    SemanticModel,
    /// A saved query.
    SavedQuery,
    /// A user-defined function.
    Function,
}

impl ResourceType {
    /// dbt's word: the prefix of unique ids and `resource_type` in artifacts.
    pub fn as_str(self) -> &'static str {
        match self {
            ResourceType::Model => "model",
            ResourceType::Seed => "seed",
            ResourceType::Snapshot => "snapshot",
            ResourceType::Source => "source",
            ResourceType::DataTest => "test",
            ResourceType::UnitTest => "unit_test",
            ResourceType::Analysis => "analysis",
            ResourceType::Operation => "operation",
            ResourceType::Exposure => "exposure",
            ResourceType::Metric => "metric",
            ResourceType::SemanticModel => "semantic_model",
            ResourceType::SavedQuery => "saved_query",
            ResourceType::Function => "function",
        }
    }

    /// Whether other nodes can name it with `ref`.
    pub fn is_refable(self) -> bool {
        matches!(self, ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot)
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A node: what all kinds share, and in `kind` what only one has.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its id, unique in the mesh.
    pub unique_id: UniqueId,
    /// The domain that owns it.
    pub domain: DomainName,
    /// The package it comes from: the domain's own project, or one of its packages.
    pub package_name: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Package, folders and name: what config levels and `fqn:` match.
    pub fqn: Vec<Arc<str>>,
    /// File, relative to the resource folder.
    pub path: String,
    /// File, relative to the package's root.
    pub original_file_path: String,
    /// `package://path` of the properties file that describes it.
    pub patch_path: Option<String>,
    /// Template as written; empty for what has none.
    pub raw_code: Arc<str>,
    /// SQL or Python.
    pub language: Language,
    /// Checksum of the file.
    pub checksum: Checksum,
    /// Rendered description.
    pub description: String,
    /// Ids of docs blocks that the description uses.
    pub doc_blocks: Vec<String>,
    /// Columns that the properties file names, in order.
    pub columns: IndexMap<String, Column>,
    /// Configs; nodes that are configured alike share them.
    pub config: Arc<NodeConfig>,
    /// Configs as written, before rendering; shared likewise.
    pub unrendered_config: Arc<JsonMap>,
    /// Where it is built; `None` for what is never in the warehouse. Ephemeral models have one that is never made.
    pub relation: Option<Relation>,
    /// `alias`: the identifier it is built under.
    pub alias: String,
    /// `ref` calls in the order they were met.
    pub refs: Vec<RefCall>,
    /// `source` calls.
    pub sources: Vec<SourceCall>,
    /// `function` calls.
    pub functions: Vec<FunctionCall>,
    /// `metric` calls.
    pub metrics: Vec<MetricCall>,
    /// Ids of what it reads and calls.
    pub depends_on: DependsOn,
    /// `docs: show:`.
    pub show_in_docs: bool,
    /// `docs: node_color:`.
    pub node_color: Option<String>,
    /// What only its kind has.
    pub kind: NodeKind,
}

impl Node {
    /// Its kind, as a plain word.
    pub fn resource_type(&self) -> ResourceType {
        match &self.kind {
            NodeKind::Model(_) => ResourceType::Model,
            NodeKind::Seed(_) => ResourceType::Seed,
            NodeKind::Snapshot(_) => ResourceType::Snapshot,
            NodeKind::Source(_) => ResourceType::Source,
            NodeKind::DataTest(_) => ResourceType::DataTest,
            NodeKind::UnitTest(_) => ResourceType::UnitTest,
            NodeKind::Analysis(_) => ResourceType::Analysis,
            NodeKind::Operation => ResourceType::Operation,
            NodeKind::Exposure(_) => ResourceType::Exposure,
            NodeKind::Function(_) => ResourceType::Function,
            NodeKind::Metric(_) => ResourceType::Metric,
            NodeKind::SemanticModel(_) => ResourceType::SemanticModel,
            NodeKind::SavedQuery(_) => ResourceType::SavedQuery,
        }
    }

    /// What only a model has.
    pub fn as_model(&self) -> Option<&Model> {
        match &self.kind {
            NodeKind::Model(model) => Some(model),
            _ => None,
        }
    }

    /// What only a data test has.
    pub fn as_data_test(&self) -> Option<&DataTest> {
        match &self.kind {
            NodeKind::DataTest(test) => Some(test),
            _ => None,
        }
    }

    /// What only a source has.
    pub fn as_source(&self) -> Option<&Source> {
        match &self.kind {
            NodeKind::Source(source) => Some(source),
            _ => None,
        }
    }

    /// How it is built in batches, which only some models are.
    pub fn microbatch(&self) -> Option<&super::Microbatch> {
        self.as_model().and_then(|model| model.microbatch.as_ref())
    }

    /// `access`, which models have; everything else can be read as if it were protected.
    pub fn access(&self) -> Access {
        self.as_model().map_or(Access::Protected, |model| model.access)
    }

    /// The version, which only models have.
    pub fn version(&self) -> Option<&Version> {
        self.as_model().and_then(|model| model.version.as_ref())
    }

    /// Name for people: `name` or `name.v2`.
    pub fn search_name(&self) -> String {
        match self.version() {
            Some(version) => format!("{}.v{version}", self.name),
            None => self.name.to_string(),
        }
    }

    /// `relation_name` of dbt's artifacts: what it is built as, for what is built. A data test has one only when it
    /// stores its failing rows.
    pub fn relation_name(&self) -> Option<String> {
        let built = match self.kind {
            NodeKind::Model(_) => !self.is_ephemeral(),
            NodeKind::Seed(_) | NodeKind::Snapshot(_) | NodeKind::Source(_) => true,
            NodeKind::DataTest(_) => self.config.store_failures == Some(true),
            NodeKind::UnitTest(_)
            | NodeKind::Analysis(_)
            | NodeKind::Operation
            | NodeKind::Exposure(_)
            | NodeKind::Function(_)
            | NodeKind::Metric(_)
            | NodeKind::SemanticModel(_)
            | NodeKind::SavedQuery(_) => false,
        };
        if let Some(location) = self.as_source().and_then(|source| source.external_location.as_ref()) {
            return Some(location.to_string());
        }
        self.relation.as_ref().filter(|_| built).map(Relation::to_string)
    }

    /// Whether its template is a file, or part of one, of SQL: that of a generic test stands in no file.
    pub fn stands_in_sql_file(&self) -> bool {
        let path = self.original_file_path.as_str();
        path.ends_with(".sql") || [".sql.j2", ".sql.jinja2", ".sql.jinja"].iter().any(|ending| path.ends_with(ending))
    }

    /// Whether only MetricFlow reads it: there is nothing of it in the warehouse.
    pub fn is_semantic(&self) -> bool {
        matches!(self.kind, NodeKind::Metric(_) | NodeKind::SemanticModel(_) | NodeKind::SavedQuery(_))
    }

    /// Whether it only describes: it has no code, and nothing is built for it.
    pub fn is_description(&self) -> bool {
        self.is_semantic() || matches!(self.kind, NodeKind::Exposure(_))
    }

    /// Whether it exists only as a common table expression.
    pub fn is_ephemeral(&self) -> bool {
        self.config.materialized == super::Materialization::Ephemeral && matches!(self.kind, NodeKind::Model(_))
    }
}

/// What only one kind of node has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum NodeKind {
    /// A model.
    Model(Box<Model>),
    /// A seed.
    Seed(Seed),
    /// A snapshot.
    Snapshot(Snapshot),
    /// A source table.
    Source(Box<Source>),
    /// A data test.
    DataTest(Box<DataTest>),
    /// A unit test.
    UnitTest(Box<UnitTest>),
    /// An analysis.
    Analysis(Analysis),
    /// A project hook.
    Operation,
    /// An exposure.
    Exposure(Box<Exposure>),
    /// A user-defined function.
    Function(Box<Function>),
    /// A metric.
    Metric(Box<Metric>),
    /// A semantic model.
    SemanticModel(Box<SemanticModel>),
    /// A saved query.
    SavedQuery(Box<SavedQuery>),
}

/// What only a model has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Model {
    /// Who may read it.
    pub access: Access,
    /// Its version.
    pub version: Option<Version>,
    /// The version that an unpinned `ref` means.
    pub latest_version: Option<Version>,
    /// ISO 8601 date or time after which readers are warned.
    pub deprecation_date: Option<String>,
    /// Constraints over several columns.
    pub constraints: Vec<Constraint>,
    /// Columns of the primary key, from constraints or from unique and not-null tests.
    pub primary_key: Vec<String>,
    /// Checksum of the contract, if it is enforced.
    pub contract_checksum: Option<String>,
    /// Its batches, if it is built in batches.
    pub microbatch: Option<super::Microbatch>,
    /// `time_spine`, where its rows are points in time.
    pub time_spine: Option<TimeSpine>,
}

/// What only a seed has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Seed {
    /// Folder of the package, relative to the mesh's root; `original_file_path` is relative to it.
    pub root: String,
}

/// What only a snapshot has: nothing beyond its configs so far.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Snapshot;

/// What only an analysis has: nothing.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Analysis;

/// What only a source table has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Source {
    /// Name of the source it is part of.
    pub source_name: Arc<str>,
    /// Description of the source.
    pub source_description: String,
    /// `loader`.
    pub loader: String,
    /// `meta` of the source.
    pub source_meta: JsonMap,
    /// `loaded_at_field`.
    pub loaded_at_field: Option<String>,
    /// `loaded_at_query`.
    pub loaded_at_query: Option<String>,
    /// Freshness limits.
    pub freshness: Option<Freshness>,
    /// `external:`, as written.
    pub external: Option<Value>,
    /// `external_location`, filled in: what stands in place of a name where the source is read.
    pub external_location: Option<Arc<str>>,
    /// Database as written, before rendering.
    pub unrendered_database: Option<String>,
    /// Schema as written, before rendering.
    pub unrendered_schema: Option<String>,
    /// Quoting as written: database, schema, identifier, column.
    pub quoting: JsonMap,
}

/// Freshness limits of a source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Freshness {
    /// Older than this is warned about.
    pub warn_after: Option<FreshnessLimit>,
    /// Older than this is an error.
    pub error_after: Option<FreshnessLimit>,
    /// Filter on the rows looked at.
    pub filter: Option<String>,
}

/// An age: `count` times `period` (minute, hour, day).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshnessLimit {
    /// How many.
    pub count: Option<i64>,
    /// Of what.
    pub period: Option<String>,
}

/// What only a data test has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DataTest {
    /// How a generic test was written; `None` for a singular test.
    pub metadata: Option<TestMetadata>,
    /// The column it stands at.
    pub column_name: Option<String>,
    /// `models.<name>`, `sources.<name>`...: the entry of the properties file it stands in.
    pub file_key_name: Option<String>,
    /// The node it tests.
    pub attached_node: Option<UniqueId>,
}

/// How a generic test was written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TestMetadata {
    /// Name of the test, such as `not_null`.
    pub name: String,
    /// Arguments, `model` and `column_name` included.
    pub kwargs: JsonMap,
    /// Package named before the test, as in `dbt_utils.equal_rowcount`.
    pub namespace: Option<String>,
}

/// What only a unit test has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct UnitTest {
    /// Name of the model under test.
    pub model: String,
    /// The model under test, once found.
    pub tested_node: Option<UniqueId>,
    /// Inputs.
    pub given: Vec<UnitTestFixture>,
    /// Expected rows.
    pub expect: UnitTestFixture,
    /// `overrides: macros:`.
    pub macro_overrides: JsonMap,
    /// `overrides: vars:`.
    pub var_overrides: JsonMap,
    /// `overrides: env_vars:`.
    pub env_var_overrides: JsonMap,
    /// Version of the model under test.
    pub version: Option<Version>,
    /// `versions:`, as written.
    pub versions: Option<Value>,
    /// Checksum of the definition, for `state:modified`.
    pub test_checksum: Option<String>,
}

/// Rows of a unit test.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitTestFixture {
    /// `ref(...)`, `source(...)` or `this`; empty for the expected rows.
    pub input: String,
    /// What `input` names, where it is a call.
    pub reference: Option<Reference>,
    /// A list of objects (dict), or text (csv, sql).
    pub rows: Option<Value>,
    /// `dict`, `csv` or `sql`.
    pub format: String,
    /// Name of the fixture file the rows came from.
    pub fixture: Option<String>,
}

/// What only an exposure has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// dashboard, notebook, analysis, ml, application.
    pub exposure_type: String,
    /// Who answers for it.
    pub owner: Owner,
    /// Title for people.
    pub label: Option<String>,
    /// low, medium, high.
    pub maturity: Option<String>,
    /// Where it is.
    pub url: Option<String>,
}

/// Who answers for something.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// Name of a team or person.
    pub name: Option<String>,
    /// E-mail; dbt takes one or a list.
    pub email: Option<Value>,
    /// Further keys, as written.
    pub extra: JsonMap,
}

/// A column that a properties file describes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name as written.
    pub name: String,
    /// Rendered description.
    pub description: String,
    /// `meta`.
    pub meta: JsonMap,
    /// Type as written.
    pub data_type: Option<String>,
    /// Constraints.
    pub constraints: Vec<Constraint>,
    /// Whether its name is quoted.
    pub quote: Option<bool>,
    /// `config:`: `meta` and `tags`.
    pub config: JsonMap,
    /// `tags`.
    pub tags: Vec<String>,
    /// `granularity` of a time spine or a time dimension.
    pub granularity: Option<String>,
    /// `dimension` of its model's semantic model: the type, or a dictionary.
    pub dimension: Option<Value>,
    /// `entity` of its model's semantic model, likewise.
    pub entity: Option<Value>,
    /// Ids of docs blocks that the description uses.
    pub doc_blocks: Vec<String>,
    /// Further keys, as written.
    pub extra: JsonMap,
}

/// A constraint of a column or a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// check, not_null, unique, primary_key, foreign_key, custom.
    pub constraint_type: String,
    /// Name.
    pub name: Option<String>,
    /// Expression of a check, or the rest of a custom or foreign key constraint.
    pub expression: Option<String>,
    /// Whether an unsupported constraint is warned about.
    pub warn_unenforced: bool,
    /// Whether an unenforced constraint is warned about.
    pub warn_unsupported: bool,
    /// Referred relation of a foreign key, as written.
    pub to: Option<String>,
    /// What `to` names, where it is a call.
    pub target: Option<Reference>,
    /// Referred columns of a foreign key.
    pub to_columns: Vec<String>,
    /// Columns of a model-level constraint.
    pub columns: Vec<String>,
}

/// Who may read a model. Source: <https://docs.getdbt.com/reference/resource-configs/access>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Access {
    /// Models of its own group.
    Private,
    /// Models of its own project.
    #[default]
    Protected,
    /// Everybody: a data product.
    Public,
}

impl Access {
    /// dbt's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Private => "private",
            Access::Protected => "protected",
            Access::Public => "public",
        }
    }

    /// The access that dbt calls `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "private" => Access::Private,
            "protected" => Access::Protected,
            "public" => Access::Public,
            _ => return None,
        })
    }
}

/// A model's version: dbt allows numbers and texts, and orders numbers as numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Version {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
}

impl Version {
    /// The version as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Version::Integer(number) => (*number).into(),
            Version::Float(number) => serde_json::Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Version::Text(text) => Value::String(text.clone()),
        }
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            Version::Integer(number) => Some(*number as f64),
            Version::Float(number) => Some(*number),
            Version::Text(text) => text.parse().ok(),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Integer(number) => write!(f, "{number}"),
            Version::Float(number) if number.fract() == 0.0 => write!(f, "{number:.1}"),
            Version::Float(number) => write!(f, "{number}"),
            Version::Text(text) => f.write_str(text),
        }
    }
}

impl PartialEq for Version {
    /// Equal as text: `ref('m', v=1)` means the version written `1` or `'1'`.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    /// Numbers as numbers; as soon as one is no number, both as text (dbt's rule for the latest version).
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self.as_number(), other.as_number()) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            _ => self.to_string().cmp(&other.to_string()),
        }
    }
}

/// A `ref` call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefCall {
    /// Package or domain named first, in the two-argument form.
    pub package: Option<String>,
    /// Name of the node.
    pub name: String,
    /// `v=` or `version=`.
    pub version: Option<Version>,
}

/// A `source` call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCall {
    /// Name of the source.
    pub source_name: String,
    /// Name of the table.
    pub table_name: String,
}

/// What a text such as `ref('orders')` names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reference {
    /// `ref(...)`
    Ref(RefCall),
    /// `source(...)`
    Source(SourceCall),
}

/// Ids of what a node reads and calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependsOn {
    /// Macros, in the order they were met.
    pub macros: Vec<UniqueId>,
    /// Nodes, in the order they were met.
    pub nodes: Vec<UniqueId>,
}

/// Language of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// SQL with Jinja.
    #[default]
    Sql,
    /// Python.
    Python,
}

impl Language {
    /// dbt's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Sql => "sql",
            Language::Python => "python",
        }
    }
}

/// Checksum of a file, as dbt writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// `sha256`, `path` (seeds over 1 MiB) or `none`.
    pub algorithm: Cow<'static, str>,
    /// The checksum.
    pub value: String,
}
