//! Entries of `metrics`, `semantic_models` and `saved_queries`.

use super::document::Context;
use super::node::{Dependencies, RefFields, metrics, refs};
use crate::manifest::{JsonMap, Metric, Node, NodeKind, NodeRelation, SemanticModel};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// What the entries of all three sections begin with.
#[derive(Serialize)]
struct CommonFields<'a> {
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    fqn: &'a [Arc<str>],
}

impl<'a> CommonFields<'a> {
    fn new(node: &'a Node, context: &Context<'a>) -> Self {
        CommonFields {
            name: &node.name,
            resource_type: node.resource_type().as_str(),
            package_name: &node.package_name,
            path: &node.path,
            original_file_path: &node.original_file_path,
            unique_id: context.view.id(&node.unique_id),
            fqn: &node.fqn,
        }
    }
}

/// An entry of `metrics`.
#[derive(Serialize)]
pub(in crate::artifacts) struct MetricFields<'a> {
    #[serde(flatten)]
    common: CommonFields<'a>,
    description: &'a str,
    label: &'a str,
    #[serde(rename = "type")]
    metric_type: &'static str,
    type_params: &'a JsonMap,
    filter: Option<&'a Value>,
    metadata: Option<()>,
    time_granularity: Option<&'a str>,
    meta: &'a JsonMap,
    tags: &'a [String],
    config: &'a JsonMap,
    unrendered_config: &'a JsonMap,
    sources: [(); 0],
    depends_on: Dependencies<'a>,
    refs: Vec<RefFields<'a>>,
    metrics: Vec<Vec<&'a str>>,
    created_at: f64,
    group: Option<&'a str>,
}

impl<'a> MetricFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        let NodeKind::Metric(metric) = &node.kind else { return None };
        Some(MetricFields {
            common: CommonFields::new(node, context),
            description: &node.description,
            label: &metric.label,
            metric_type: metric.metric_type.as_str(),
            type_params: &metric.type_params,
            filter: metric.filter.as_ref(),
            metadata: None,
            time_granularity: metric.time_granularity.as_deref(),
            meta: metric_meta(node, metric),
            tags: &node.config.tags,
            config: &node.config.values,
            unrendered_config: &node.unrendered_config,
            sources: [],
            depends_on: Dependencies::new(node, context),
            refs: refs(&node.refs),
            metrics: metrics(&node.metrics),
            created_at: context.created_at,
            group: node.config.group.as_deref(),
        })
    }
}

/// `meta` beside `config`, which metrics of the newer shape do not have.
fn metric_meta<'a>(node: &'a Node, metric: &Metric) -> &'a JsonMap {
    static NONE: LazyLock<JsonMap> = LazyLock::new(JsonMap::new);
    if metric.is_newer_shape() { &NONE } else { &node.config.meta }
}

/// An entry of `semantic_models`.
#[derive(Serialize)]
pub(in crate::artifacts) struct SemanticModelFields<'a> {
    #[serde(flatten)]
    common: CommonFields<'a>,
    model: &'a str,
    node_relation: Option<NodeRelationFields<'a>>,
    description: Option<&'a str>,
    label: Option<&'a str>,
    defaults: Option<&'a Value>,
    entities: &'a [Value],
    measures: &'a [Value],
    dimensions: &'a [Value],
    metadata: Option<()>,
    depends_on: Dependencies<'a>,
    refs: Vec<RefFields<'a>>,
    created_at: f64,
    config: &'a JsonMap,
    unrendered_config: &'a JsonMap,
    primary_entity: Option<&'a str>,
    group: Option<&'a str>,
}

impl<'a> SemanticModelFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        let NodeKind::SemanticModel(model) = &node.kind else { return None };
        Some(SemanticModelFields {
            common: CommonFields::new(node, context),
            model: &model.model,
            node_relation: model.node_relation.as_ref().map(NodeRelationFields::new),
            description: described(node, model),
            label: model.label.as_deref(),
            defaults: model.defaults.as_ref(),
            entities: &model.entities,
            measures: &model.measures,
            dimensions: &model.dimensions,
            metadata: None,
            depends_on: Dependencies::new(node, context),
            refs: refs(&node.refs),
            created_at: context.created_at,
            config: &node.config.values,
            unrendered_config: &node.unrendered_config,
            primary_entity: model.primary_entity.as_deref(),
            group: node.config.group.as_deref(),
        })
    }
}

/// The description of a semantic model. One that is written in the entry of its model has the model's, be it empty.
pub(in crate::artifacts) fn described<'a>(node: &'a Node, model: &SemanticModel) -> Option<&'a str> {
    if model.in_model { Some(&node.description) } else { given(&node.description) }
}

/// A description, if there is one.
pub(in crate::artifacts) fn given(description: &str) -> Option<&str> {
    Some(description).filter(|description| !description.is_empty())
}

/// Where a model is built, as MetricFlow is told.
#[derive(Serialize)]
pub(in crate::artifacts) struct NodeRelationFields<'a> {
    alias: &'a str,
    schema_name: &'a str,
    database: Option<&'a str>,
    relation_name: Option<&'a str>,
}

impl<'a> NodeRelationFields<'a> {
    pub fn new(relation: &'a NodeRelation) -> Self {
        NodeRelationFields {
            alias: &relation.alias,
            schema_name: &relation.schema,
            database: relation.database.as_deref(),
            relation_name: relation.relation_name.as_deref(),
        }
    }
}

/// An entry of `saved_queries`.
#[derive(Serialize)]
pub(in crate::artifacts) struct SavedQueryFields<'a> {
    #[serde(flatten)]
    common: CommonFields<'a>,
    query_params: &'a JsonMap,
    exports: &'a [Value],
    description: Option<&'a str>,
    label: Option<&'a str>,
    metadata: Option<()>,
    config: &'a JsonMap,
    unrendered_config: &'a JsonMap,
    group: Option<&'a str>,
    depends_on: Dependencies<'a>,
    created_at: f64,
    refs: Vec<RefFields<'a>>,
    tags: &'a [String],
}

impl<'a> SavedQueryFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        let NodeKind::SavedQuery(query) = &node.kind else { return None };
        Some(SavedQueryFields {
            common: CommonFields::new(node, context),
            query_params: &query.query_params,
            exports: &query.exports,
            description: given(&node.description),
            label: query.label.as_deref(),
            metadata: None,
            config: &node.config.values,
            unrendered_config: &node.unrendered_config,
            group: node.config.group.as_deref(),
            depends_on: Dependencies::new(node, context),
            created_at: context.created_at,
            refs: refs(&node.refs),
            tags: &node.config.tags,
        })
    }
}
