//! `run_results.json`, version 6. Source: <https://schemas.getdbt.com/dbt/run-results/v6.json>

use super::manifest::ManifestView;
use super::metadata::{Invocation, Metadata, utc_text};
use crate::manifest::{BatchResults, JsonMap, NodeStatus, OverloadResults, TimeWindow};
use crate::run::{NodeResult, Timing};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use std::borrow::Cow;
use std::sync::Arc;

/// Everything that `run_results.json` is made from.
#[derive(Debug, Clone)]
pub struct RunResultsArtifact<'a> {
    /// Who writes, and when.
    pub invocation: &'a Invocation,
    /// Every result, in the order of ending.
    pub results: &'a [Arc<NodeResult>],
    /// All results, or those of one domain under dbt's ids.
    pub view: ManifestView<'a>,
    /// Seconds that the run took.
    pub elapsed_time: f64,
    /// The command line, by option. Secrets in it are the caller's to take out.
    pub args: &'a JsonMap,
}

impl Serialize for RunResultsArtifact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = self.results.iter().filter(|result| self.view.shows(Some(result.subject.domain())));
        let results: Vec<_> = shown.map(|result| ResultFields::new(result, self.view)).collect();
        let mut fields = serializer.serialize_struct("RunResults", 4)?;
        fields.serialize_field("metadata", &Metadata::new("run-results", 6, self.invocation))?;
        fields.serialize_field("results", &results)?;
        fields.serialize_field("elapsed_time", &self.elapsed_time)?;
        fields.serialize_field("args", self.args)?;
        fields.end()
    }
}

#[derive(Serialize)]
struct ResultFields<'a> {
    status: NodeStatus,
    timing: Vec<TimingFields>,
    thread_id: &'a str,
    execution_time: f64,
    adapter_response: &'a JsonMap,
    message: Option<&'a str>,
    failures: Option<i64>,
    unique_id: Cow<'a, str>,
    compiled: Option<bool>,
    compiled_code: Option<&'a str>,
    relation_name: Option<&'a str>,
    batch_results: Option<BatchFields<'a>>,
    /// dbt-core 1.11 knows none.
    #[serde(skip_serializing_if = "Option::is_none")]
    overload_results: Option<&'a OverloadResults>,
}

impl<'a> ResultFields<'a> {
    fn new(result: &'a NodeResult, view: ManifestView<'a>) -> Self {
        let compiled = result.compiled.as_ref();
        ResultFields {
            status: result.status,
            timing: result.timing.iter().map(TimingFields::new).collect(),
            thread_id: &result.thread_id,
            execution_time: result.execution_time,
            adapter_response: &result.adapter_response,
            message: result.message.as_deref(),
            failures: result.failures,
            unique_id: view.id(result.unique_id()),
            compiled: compiled.map(|compiled| compiled.compiled),
            compiled_code: compiled.and_then(|compiled| compiled.compiled_code.as_deref()),
            relation_name: compiled.and_then(|compiled| compiled.relation_name.as_deref()),
            batch_results: result.batch_results.as_ref().map(BatchFields::new),
            overload_results: result.overload_results.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct BatchFields<'a> {
    successful: &'a [TimeWindow],
    failed: &'a [TimeWindow],
}

impl<'a> BatchFields<'a> {
    fn new(results: &'a BatchResults) -> Self {
        BatchFields { successful: &results.successful, failed: &results.failed }
    }
}

#[derive(Serialize)]
pub(super) struct TimingFields {
    name: &'static str,
    started_at: String,
    completed_at: String,
}

impl TimingFields {
    pub fn new(timing: &Timing) -> Self {
        TimingFields {
            name: timing.step.as_str(),
            started_at: utc_text(timing.started_at),
            completed_at: utc_text(timing.completed_at),
        }
    }
}
