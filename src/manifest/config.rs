//! The configuration of a node: what dbt's `config` block, properties and project file add up to.

use super::JsonMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Every config of a node by name, defaults included, in dbt's order: what `config.get` sees and `manifest.json` shows.
pub type ConfigMap = JsonMap;

/// A node's configs: the complete map, and beside it what the program itself acts on, typed.
/// Source: <https://docs.getdbt.com/reference/configs-and-properties>.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeConfig {
    /// All configs, defaults and users' own included.
    pub values: Arc<ConfigMap>,
    /// `enabled`.
    pub enabled: bool,
    /// `materialized`.
    pub materialized: Materialization,
    /// `tags`.
    pub tags: Vec<String>,
    /// `meta`.
    pub meta: JsonMap,
    /// `group`.
    pub group: Option<String>,
    /// `full_refresh`: overrides the command line when set.
    pub full_refresh: Option<bool>,
    /// `on_schema_change`.
    pub on_schema_change: OnSchemaChange,
    /// `contract`.
    pub contract: ContractConfig,
    /// `pre-hook`.
    pub pre_hooks: Vec<HookConfig>,
    /// `post-hook`.
    pub post_hooks: Vec<HookConfig>,
    /// `store_failures` or a `store_failures_as` that stores, of a data test.
    pub store_failures: Option<bool>,
    /// `severity` of a data test.
    pub severity: TestSeverity,
}

impl NodeConfig {
    /// The value of `name`; JSON null counts as absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// The text that `name` holds.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

/// How a node becomes something in the warehouse.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Materialization {
    /// A view.
    #[default]
    View,
    /// A table, built anew each time.
    Table,
    /// A table to which rows are added or merged.
    Incremental,
    /// Nothing: a common table expression in whoever reads it.
    Ephemeral,
    /// A table from a CSV file.
    Seed,
    /// A table that keeps the history of its rows.
    Snapshot,
    /// A data test.
    Test,
    /// A unit test.
    Unit,
    /// A project's own materialization, or one that the engine does not know.
    Custom(Arc<str>),
}

impl Materialization {
    /// The name in configs.
    pub fn as_str(&self) -> &str {
        match self {
            Materialization::View => "view",
            Materialization::Table => "table",
            Materialization::Incremental => "incremental",
            Materialization::Ephemeral => "ephemeral",
            Materialization::Seed => "seed",
            Materialization::Snapshot => "snapshot",
            Materialization::Test => "test",
            Materialization::Unit => "unit",
            Materialization::Custom(name) => name,
        }
    }
}

impl From<&str> for Materialization {
    fn from(name: &str) -> Self {
        match name {
            "view" => Materialization::View,
            "table" => Materialization::Table,
            "incremental" => Materialization::Incremental,
            "ephemeral" => Materialization::Ephemeral,
            "seed" => Materialization::Seed,
            "snapshot" => Materialization::Snapshot,
            "test" => Materialization::Test,
            "unit" => Materialization::Unit,
            other => Materialization::Custom(other.into()),
        }
    }
}

/// What an incremental model does when its columns have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnSchemaChange {
    /// Nothing.
    #[default]
    Ignore,
    /// Fail.
    Fail,
    /// Add what is new.
    AppendNewColumns,
    /// Add what is new and drop what is gone.
    SyncAllColumns,
    /// A word dbt does not know; it behaves as `ignore` and warns.
    Other(String),
}

impl From<&str> for OnSchemaChange {
    fn from(name: &str) -> Self {
        match name {
            "ignore" => OnSchemaChange::Ignore,
            "fail" => OnSchemaChange::Fail,
            "append_new_columns" => OnSchemaChange::AppendNewColumns,
            "sync_all_columns" => OnSchemaChange::SyncAllColumns,
            other => OnSchemaChange::Other(other.to_string()),
        }
    }
}

/// `contract:` of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractConfig {
    /// Whether names and types of columns are compared before the model is built.
    pub enforced: bool,
    /// Whether written types are translated to the engine's own names first.
    pub alias_types: bool,
}

impl Default for ContractConfig {
    fn default() -> Self {
        ContractConfig { enforced: false, alias_types: true }
    }
}

/// One hook around a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookConfig {
    /// The statement, as a template.
    pub sql: String,
    /// Whether it runs inside the node's transaction.
    pub transaction: bool,
}

/// `severity` of a data test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestSeverity {
    /// Failing rows fail the run.
    #[default]
    Error,
    /// Failing rows are warned about.
    Warn,
}
