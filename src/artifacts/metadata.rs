//! What the head of every artifact says of the invocation that wrote it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version of dbt whose formats are written. Programs that read artifacts choose their parser by it.
pub const DBT_VERSION: &str = "1.11.16";

/// The running invocation, as artifacts show it.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// A random id.
    pub id: Arc<str>,
    /// When the program started.
    pub started_at: DateTime<Utc>,
    /// When the artifact is written.
    pub generated_at: DateTime<Utc>,
    /// Variables `DBT_ENV_CUSTOM_ENV_*`, without that prefix.
    pub env: BTreeMap<String, String>,
}

/// `metadata` of an artifact.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Metadata {
    pub dbt_schema_version: String,
    pub dbt_version: &'static str,
    pub generated_at: String,
    pub invocation_id: String,
    pub invocation_started_at: String,
    pub env: BTreeMap<String, String>,
}

impl Metadata {
    /// For the artifact called `name` in its format number `version`.
    pub fn new(name: &str, version: u32, invocation: &Invocation) -> Self {
        Metadata {
            dbt_schema_version: format!("https://schemas.getdbt.com/dbt/{name}/v{version}.json"),
            dbt_version: DBT_VERSION,
            generated_at: utc_text(invocation.generated_at),
            invocation_id: invocation.id.to_string(),
            invocation_started_at: utc_text(invocation.started_at),
            env: invocation.env.clone(),
        }
    }
}

/// `2026-01-31T12:00:00.000000Z`.
pub(super) fn utc_text(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
