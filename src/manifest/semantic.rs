//! Metrics, semantic models and saved queries: what MetricFlow reads.
//!
//! Nothing here is computed. What the program acts on is typed; the rest of a definition is handed on as it was read,
//! defaults filled in, in the layout of `manifest.json`.

use super::{JsonMap, Node, Relation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// The arguments of a `metric` call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricCall {
    /// The package, if one is named.
    pub package: Option<String>,
    /// The metric.
    pub name: String,
}

impl MetricCall {
    /// As artifacts list it.
    pub fn words(&self) -> Vec<&str> {
        self.package.iter().chain([&self.name]).map(String::as_str).collect()
    }
}

/// What only a metric has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Metric {
    /// Title for people.
    pub label: String,
    /// How it is computed.
    pub metric_type: MetricType,
    /// `type_params`; `input_measures` among them is known once all names are looked up.
    pub type_params: JsonMap,
    /// `filter`: the conditions, as `where_filters`.
    pub filter: Option<Value>,
    /// `time_granularity`.
    pub time_granularity: Option<String>,
}

/// How a metric is computed. Source: <https://docs.getdbt.com/docs/build/metrics-overview>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetricType {
    /// One measure.
    #[default]
    Simple,
    /// One metric over another.
    Ratio,
    /// A measure over a growing window.
    Cumulative,
    /// An expression of metrics.
    Derived,
    /// How often one event follows another.
    Conversion,
}

impl MetricType {
    /// Every type, by dbt's word.
    pub const ALL: [(&'static str, MetricType); 5] = [
        ("simple", MetricType::Simple),
        ("ratio", MetricType::Ratio),
        ("cumulative", MetricType::Cumulative),
        ("derived", MetricType::Derived),
        ("conversion", MetricType::Conversion),
    ];

    /// dbt's word.
    pub fn as_str(self) -> &'static str {
        MetricType::ALL.into_iter().find(|(_, known)| *known == self).map_or("simple", |(word, _)| word)
    }

    /// The type that dbt calls `word`; capitals do not matter.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        MetricType::ALL.into_iter().find(|(known, _)| *known == word).map(|(_, found)| found)
    }
}

impl Metric {
    /// Whether it is written in the shape without `type_params`, which has keys that the older shape lacks.
    pub fn is_newer_shape(&self) -> bool {
        self.type_params.contains_key("is_private")
    }

    /// The semantic model that a simple metric of the newer shape aggregates.
    pub fn semantic_model(&self) -> Option<&str> {
        self.type_params.get("metric_aggregation_params")?.get("semantic_model")?.as_str()
    }

    /// A key of `cumulative_type_params` or `conversion_type_params`, if it has a value.
    pub fn nested(&self, params: &str, key: &str) -> Option<&Value> {
        self.type_params.get(params)?.get(key).filter(|value| !value.is_null())
    }

    /// What a simple, cumulative or conversion metric measures itself, each as `type_params` has it.
    pub fn own_measures(&self) -> Vec<&Value> {
        let conversion = |key: &str| self.nested("conversion_type_params", key);
        let found = match self.metric_type {
            MetricType::Simple | MetricType::Cumulative => vec![self.type_params.get("measure")],
            MetricType::Conversion => vec![conversion("base_measure"), conversion("conversion_measure")],
            MetricType::Ratio | MetricType::Derived => Vec::new(),
        };
        found.into_iter().flatten().filter(|measure| !measure.is_null()).collect()
    }

    /// The metrics that a metric is made of, each as `type_params` has it. In the older shape only ratio and derived metrics
    /// are made of others.
    pub fn input_metrics(&self) -> Vec<&Value> {
        let found: Vec<Option<&Value>> = match self.metric_type {
            MetricType::Ratio => vec![self.type_params.get("numerator"), self.type_params.get("denominator")],
            MetricType::Derived => {
                self.type_params.get("metrics").and_then(Value::as_array).into_iter().flatten().map(Some).collect()
            }
            MetricType::Cumulative => vec![self.nested("cumulative_type_params", "metric")],
            MetricType::Conversion => {
                ["base_metric", "conversion_metric"].map(|key| self.nested("conversion_type_params", key)).to_vec()
            }
            MetricType::Simple => Vec::new(),
        };
        found.into_iter().flatten().filter(|metric| !metric.is_null()).collect()
    }
}

/// What only a semantic model has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SemanticModel {
    /// The `ref` to its model, as written.
    pub model: String,
    /// Its model in the warehouse, once found.
    pub node_relation: Option<NodeRelation>,
    /// Title for people.
    pub label: Option<String>,
    /// `defaults`.
    pub defaults: Option<Value>,
    /// Entities, each a dictionary.
    pub entities: Vec<Value>,
    /// Measures, each a dictionary.
    pub measures: Vec<Value>,
    /// Dimensions, each a dictionary.
    pub dimensions: Vec<Value>,
    /// `primary_entity`.
    pub primary_entity: Option<String>,
    /// Whether it is written in the entry of its model.
    pub in_model: bool,
}

impl SemanticModel {
    /// Names of its measures.
    pub fn measure_names(&self) -> impl Iterator<Item = &str> {
        self.measures.iter().filter_map(|measure| measure.get("name")?.as_str())
    }
}

/// Where the model of a semantic model is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRelation {
    /// `alias` of the model.
    pub alias: String,
    /// Its schema.
    pub schema: String,
    /// Its database.
    pub database: Option<String>,
    /// Its whole name.
    pub relation_name: Option<String>,
}

impl NodeRelation {
    /// Where `node` is built.
    pub fn of(node: &Node) -> Self {
        let part = |part: fn(&Relation) -> &Option<Arc<str>>| {
            node.relation.as_ref().and_then(|relation| part(relation).as_deref()).map(str::to_string)
        };
        NodeRelation {
            alias: node.alias.clone(),
            schema: part(|relation| &relation.schema).unwrap_or_default(),
            database: part(|relation| &relation.database),
            relation_name: node.relation_name(),
        }
    }
}

/// What only a saved query has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SavedQuery {
    /// Title for people.
    pub label: Option<String>,
    /// `query_params`.
    pub query_params: JsonMap,
    /// Exports, each a dictionary.
    pub exports: Vec<Value>,
}

/// `time_spine` of a model: its rows are points in time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSpine {
    /// The column with the points.
    pub standard_granularity_column: String,
    /// Further granularities: name, and the column where it is another.
    pub custom_granularities: Vec<(String, Option<String>)>,
}
