//! `sources.json`, version 3. Source: <https://schemas.getdbt.com/dbt/sources/v3.json>

use super::manifest::ManifestView;
use super::metadata::{Invocation, Metadata};
use super::run_results::TimingFields;
use crate::manifest::{FreshnessLimit, JsonMap, NodeStatus, Source};
use crate::run::{NodeResult, SourceFreshness};
use chrono::{DateTime, SecondsFormat, Timelike, Utc};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use std::borrow::Cow;
use std::sync::Arc;

/// Everything that `sources.json` is made from. As in dbt, a source whose freshness could not be found out is not in it.
#[derive(Debug, Clone)]
pub struct SourcesArtifact<'a> {
    /// Who writes, and when.
    pub invocation: &'a Invocation,
    /// Every result, in the order of ending.
    pub results: &'a [Arc<NodeResult>],
    /// All results, or those of one domain under dbt's ids.
    pub view: ManifestView<'a>,
    /// Seconds that the run took.
    pub elapsed_time: f64,
}

impl Serialize for SourcesArtifact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = self.results.iter().filter(|result| self.view.shows(Some(result.subject.domain())));
        let results: Vec<_> = shown.filter_map(|result| SourceFields::new(result, self.view)).collect();
        let mut fields = serializer.serialize_struct("Sources", 3)?;
        fields.serialize_field("metadata", &Metadata::new("sources", 3, self.invocation))?;
        fields.serialize_field("results", &results)?;
        fields.serialize_field("elapsed_time", &self.elapsed_time)?;
        fields.end()
    }
}

#[derive(Serialize)]
struct SourceFields<'a> {
    unique_id: Cow<'a, str>,
    max_loaded_at: String,
    snapshotted_at: String,
    max_loaded_at_time_ago_in_s: f64,
    status: NodeStatus,
    criteria: Criteria<'a>,
    adapter_response: &'a JsonMap,
    timing: Vec<TimingFields>,
    thread_id: &'a str,
    execution_time: f64,
}

#[derive(Serialize)]
struct Criteria<'a> {
    warn_after: Limit<'a>,
    error_after: Limit<'a>,
    filter: Option<&'a str>,
}

#[derive(Serialize, Default)]
struct Limit<'a> {
    count: Option<i64>,
    period: Option<&'a str>,
}

impl<'a> SourceFields<'a> {
    fn new(result: &'a NodeResult, view: ManifestView<'a>) -> Option<Self> {
        let SourceFreshness { max_loaded_at, snapshotted_at } = result.freshness?;
        Some(SourceFields {
            unique_id: view.id(result.unique_id()),
            max_loaded_at: iso(max_loaded_at),
            snapshotted_at: iso(snapshotted_at),
            max_loaded_at_time_ago_in_s: result.freshness?.age(),
            status: result.status,
            criteria: criteria(result.subject.node()?.as_source()?),
            adapter_response: &result.adapter_response,
            timing: result.timing.iter().map(TimingFields::new).collect(),
            thread_id: &result.thread_id,
            execution_time: result.execution_time,
        })
    }
}

fn criteria(source: &Source) -> Criteria<'_> {
    let freshness = source.freshness.as_ref();
    Criteria {
        warn_after: limit(freshness.and_then(|freshness| freshness.warn_after.as_ref())),
        error_after: limit(freshness.and_then(|freshness| freshness.error_after.as_ref())),
        filter: freshness.and_then(|freshness| freshness.filter.as_deref()),
    }
}

fn limit(limit: Option<&FreshnessLimit>) -> Limit<'_> {
    limit.map_or(Limit::default(), |limit| Limit { count: limit.count, period: limit.period.as_deref() })
}

/// As Python prints a time: with its zone, and without fractions that are zero.
fn iso(time: DateTime<Utc>) -> String {
    let format = if time.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    time.to_rfc3339_opts(format, false)
}
