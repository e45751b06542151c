//! Artifacts of an earlier run, as far as comparing, deferring and retrying need them.
//!
//! Owns no comparison. Unknown keys are left out and missing ones have defaults, so that manifests of any dbt 1.x load.
//! Source: <https://docs.getdbt.com/reference/artifacts/manifest-json>.

use crate::manifest::{BatchResults, JsonMap, OverloadResults, Version};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What an earlier run left behind; each part can be missing.
#[derive(Debug, Clone, Default)]
pub struct PreviousState {
    /// `manifest.json`.
    pub manifest: Option<PreviousManifest>,
    /// `run_results.json`.
    pub results: Option<PreviousRunResults>,
    /// `sources.json`.
    pub sources: Option<PreviousSources>,
    /// `sources.json` of the present target folder.
    pub sources_current: Option<PreviousSources>,
}

/// JSON null as the default of a type.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `manifest.json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousManifest {
    /// `metadata`.
    pub metadata: PreviousMetadata,
    /// Models, seeds, snapshots, data tests, analyses, operations.
    pub nodes: IndexMap<String, PreviousNode>,
    /// Sources.
    pub sources: IndexMap<String, PreviousSource>,
    /// Exposures.
    pub exposures: IndexMap<String, PreviousExposure>,
    /// Functions.
    pub functions: IndexMap<String, PreviousNode>,
    /// Unit tests.
    pub unit_tests: IndexMap<String, PreviousUnitTest>,
    /// Metrics, as they stand there.
    pub metrics: IndexMap<String, JsonMap>,
    /// Semantic models, as they stand there.
    pub semantic_models: IndexMap<String, JsonMap>,
    /// Saved queries, as they stand there.
    pub saved_queries: IndexMap<String, JsonMap>,
    /// Macros.
    pub macros: IndexMap<String, PreviousMacro>,
}

impl PreviousManifest {
    /// Reads the text of a `manifest.json`.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// `metadata` of a manifest.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousMetadata {
    /// The project, or the mesh.
    pub project_name: Option<String>,
    /// The schema of the file, with its version.
    pub dbt_schema_version: Option<String>,
}

/// An entry of `nodes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the key of manifest.json of the same spelling")]
pub struct PreviousNode {
    pub arguments: serde_json::Value,
    pub returns: serde_json::Value,
    pub overloads: Vec<serde_json::Value>,
    pub resource_type: String,
    pub package_name: String,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub fqn: Vec<String>,
    pub alias: String,
    pub database: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub schema: String,
    pub checksum: PreviousChecksum,
    #[serde(deserialize_with = "or_default")]
    pub config: JsonMap,
    #[serde(deserialize_with = "or_default")]
    pub unrendered_config: JsonMap,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    pub columns: IndexMap<String, PreviousColumn>,
    #[serde(deserialize_with = "or_default")]
    pub raw_code: String,
    #[serde(deserialize_with = "or_default")]
    pub contract: PreviousContract,
    pub access: Option<String>,
    pub version: Option<Value>,
    pub latest_version: Option<Value>,
    pub deprecation_date: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub constraints: Vec<PreviousConstraint>,
    pub test_metadata: Option<Value>,
}

impl PreviousNode {
    /// A model of another project that this project only reads: it has a relation, but neither code nor file.
    pub fn is_external(&self) -> bool {
        self.path.is_empty() && self.original_file_path.is_empty()
    }

    /// `config.materialized`.
    pub fn materialized(&self) -> Option<&str> {
        self.config.get("materialized").and_then(Value::as_str)
    }
}

/// A version as JSON.
pub(super) fn version(value: &Option<Value>) -> Option<Version> {
    match value {
        Some(Value::Number(number)) => Some(match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Version::Integer(whole),
            (None, Some(fraction)) => Version::Float(fraction),
            (None, None) => Version::Text(number.to_string()),
        }),
        Some(Value::String(text)) => Some(Version::Text(text.clone())),
        _ => None,
    }
}

/// `checksum` of a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousChecksum {
    /// `sha256`, `path` or `none`.
    pub name: String,
    /// The checksum.
    pub checksum: String,
}

/// An entry of `columns`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the key of manifest.json of the same spelling")]
pub struct PreviousColumn {
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    pub data_type: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub constraints: Vec<PreviousConstraint>,
}

/// `contract` of a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the key of manifest.json of the same spelling")]
pub struct PreviousContract {
    pub enforced: bool,
    pub checksum: Option<String>,
}

/// An entry of `constraints`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the key of manifest.json of the same spelling")]
pub struct PreviousConstraint {
    #[serde(rename = "type")]
    pub constraint_type: String,
    pub name: Option<String>,
    pub expression: Option<String>,
    #[serde(default = "yes")]
    pub warn_unenforced: bool,
    #[serde(default = "yes")]
    pub warn_unsupported: bool,
    pub to: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub to_columns: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub columns: Vec<String>,
}

fn yes() -> bool {
    true
}

/// An entry of `sources`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the key of manifest.json of the same spelling")]
pub struct PreviousSource {
    pub package_name: String,
    pub fqn: Vec<String>,
    pub database: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub schema: String,
    pub identifier: String,
    pub unrendered_database: Option<String>,
    pub unrendered_schema: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub quoting: JsonMap,
    pub freshness: Option<Value>,
    pub loaded_at_field: Option<String>,
    pub external: Option<Value>,
    #[serde(deserialize_with = "or_default")]
    pub unrendered_config: JsonMap,
}

/// An entry of `exposures`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the key of manifest.json of the same spelling")]
pub struct PreviousExposure {
    pub package_name: String,
    pub fqn: Vec<String>,
    #[serde(rename = "type")]
    pub exposure_type: String,
    #[serde(deserialize_with = "or_default")]
    pub owner: JsonMap,
    pub maturity: Option<String>,
    pub url: Option<String>,
    pub label: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    pub depends_on: PreviousDependsOn,
    #[serde(deserialize_with = "or_default")]
    pub unrendered_config: JsonMap,
}

/// `depends_on`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousDependsOn {
    /// Ids of nodes.
    pub nodes: Vec<String>,
}

/// An entry of `unit_tests`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousUnitTest {
    /// Package.
    pub package_name: String,
    /// Checksum of the definition.
    pub checksum: Option<String>,
}

/// An entry of `macros`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousMacro {
    /// The whole block.
    pub macro_sql: String,
}

/// `run_results.json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousRunResults {
    /// When and by whom it was written.
    #[serde(deserialize_with = "or_default")]
    pub metadata: PreviousRunMetadata,
    /// One result for each node that ran.
    pub results: Vec<PreviousResult>,
    /// The command line of that run, by option.
    #[serde(deserialize_with = "or_default")]
    pub args: JsonMap,
}

/// The head of an earlier artifact.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousRunMetadata {
    /// When that run began.
    pub invocation_started_at: Option<String>,
}

impl PreviousRunResults {
    /// Reads the text of a `run_results.json`.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// A result of a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousResult {
    /// The node.
    pub unique_id: String,
    /// How it ended, such as `success`.
    pub status: String,
    /// The batches of a microbatch model.
    pub batch_results: Option<BatchResults>,
    /// The overloads of a function.
    pub overload_results: Option<OverloadResults>,
}

/// `sources.json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousSources {
    /// One result for each source.
    pub results: Vec<PreviousSourceResult>,
}

impl PreviousSources {
    /// Reads the text of a `sources.json`.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// The freshness of a source.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviousSourceResult {
    /// The source.
    pub unique_id: String,
    /// When its newest row was loaded; absent when that could not be found out.
    pub max_loaded_at: Option<String>,
}
