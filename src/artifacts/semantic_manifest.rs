//! `semantic_manifest.json`: metrics, semantic models, saved queries and time spines, as MetricFlow reads them.
//!
//! The layout is that of `dbt-semantic-interfaces`, which has its own order of keys and leaves out what only dbt needs.

use super::manifest::{ManifestView, NodeRelationFields, Scope, Section, described, given};
use crate::manifest::{JsonMap, Manifest, Model, Node, NodeKind, NodeRelation};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value, json};

/// Everything that `semantic_manifest.json` is made from.
#[derive(Debug, Clone, Copy)]
pub struct SemanticManifest<'a> {
    /// The mesh.
    pub manifest: &'a Manifest,
    /// Which part of it.
    pub view: ManifestView<'a>,
}

/// The model that serves as a time spine of days when none says that it is one.
const LEGACY_TIME_SPINE: &str = "metricflow_time_spine";

impl Serialize for SemanticManifest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scope = Scope::new(self.manifest, self.view);
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("semantic_models", &all(&scope, Section::SemanticModels, semantic_model))?;
        map.serialize_entry("metrics", &all(&scope, Section::Metrics, metric))?;
        map.serialize_entry("project_configuration", &project_configuration(&scope))?;
        map.serialize_entry("saved_queries", &all(&scope, Section::SavedQueries, saved_query))?;
        map.end()
    }
}

fn all(scope: &Scope<'_>, section: Section, layout: fn(&Node) -> Option<Value>) -> Vec<Value> {
    scope.section(section).filter_map(|node| layout(node)).collect()
}

fn semantic_model(node: &Node) -> Option<Value> {
    let NodeKind::SemanticModel(model) = &node.kind else { return None };
    let entity = ["name", "description", "type", "role", "expr", "metadata", "label", "config"];
    let measure = [
        "name",
        "agg",
        "description",
        "create_metric",
        "expr",
        "agg_params",
        "metadata",
        "non_additive_dimension",
        "agg_time_dimension",
        "label",
        "config",
    ];
    let mut dimension =
        vec!["name", "description", "type", "is_partition", "type_params", "expr", "metadata", "label", "config"];
    if model.in_model {
        dimension.insert(3, "datatype");
    }
    Some(json!({
        "name": &*node.name,
        "defaults": model.defaults,
        "description": described(node, model),
        "node_relation": model.node_relation.as_ref().map(NodeRelationFields::new),
        "primary_entity": model.primary_entity,
        "entities": ordered(&model.entities, &entity),
        "measures": ordered(&model.measures, &measure),
        "dimensions": ordered(&model.dimensions, &dimension),
        "label": model.label,
        "metadata": null,
        "config": {"meta": node.config.meta},
    }))
}

/// The dictionaries with these keys, in this order; a key that one does not have is null.
fn ordered(list: &[Value], keys: &[&str]) -> Vec<Value> {
    list.iter().map(|entry| Value::Object(picked(entry.as_object(), keys))).collect()
}

fn picked(entry: Option<&JsonMap>, keys: &[&str]) -> JsonMap {
    let value = |key: &str| entry.and_then(|entry| entry.get(key)).cloned().unwrap_or_default();
    keys.iter().map(|key| ((*key).to_string(), value(key))).collect()
}

fn metric(node: &Node) -> Option<Value> {
    let NodeKind::Metric(metric) = &node.kind else { return None };
    let newer = metric.is_newer_shape();
    let mut keys = vec![
        "measure",
        "numerator",
        "denominator",
        "expr",
        "window",
        "grain_to_date",
        "metrics",
        "conversion_type_params",
        "cumulative_type_params",
        "input_measures",
    ];
    if newer {
        keys.extend(["metric_aggregation_params", "join_to_timespine", "fill_nulls_with", "is_private"]);
    }
    let mut params = picked(Some(&metric.type_params), &keys);
    if let Some(Value::Object(cumulative)) = params.get_mut("cumulative_type_params") {
        if !newer {
            cumulative.shift_remove("metric");
        }
        lower(cumulative, "grain_to_date");
    }
    let inputs = params.get_mut("metrics").and_then(Value::as_array_mut).into_iter().flatten();
    for input in inputs.filter_map(Value::as_object_mut) {
        lower(input, "offset_to_grain");
    }
    let fields = json!({
        "name": &*node.name,
        "description": node.description,
        "type": metric.metric_type.as_str(),
        "type_params": params,
        "filter": metric.filter,
        "metadata": null,
        "label": metric.label,
        "config": {"meta": node.config.meta},
        "time_granularity": metric.time_granularity,
    });
    let mut fields = fields.as_object().cloned().unwrap_or_default();
    if newer {
        fields.shift_insert(3, "datatype".to_string(), Value::Null);
    }
    Some(Value::Object(fields))
}

fn lower(map: &mut Map<String, Value>, key: &str) {
    if let Some(Value::String(text)) = map.get_mut(key) {
        *text = text.to_lowercase();
    }
}

fn saved_query(node: &Node) -> Option<Value> {
    let NodeKind::SavedQuery(query) = &node.kind else { return None };
    let exports = query.exports.iter().map(|export| {
        let config = export.get("config").and_then(Value::as_object);
        json!({"name": export["name"], "config": picked(config, &["export_as", "schema_name", "alias"])})
    });
    Some(json!({
        "name": &*node.name,
        "query_params": picked(Some(&query.query_params), &["metrics", "group_by", "order_by", "limit", "where"]),
        "description": given(&node.description),
        "metadata": null,
        "label": query.label,
        "exports": exports.collect::<Vec<_>>(),
        "tags": node.config.tags,
    }))
}

fn project_configuration(scope: &Scope<'_>) -> Value {
    let models = || scope.section(Section::Nodes).filter_map(|node| Some((node, node.as_model()?)));
    let spines: Vec<Value> = models().filter_map(|(node, model)| time_spine(node, model)).collect();
    let has_semantic_models = scope.section(Section::SemanticModels).next().is_some();
    let legacy = models()
        .find(|(node, model)| has_semantic_models && *node.name == *LEGACY_TIME_SPINE && model.time_spine.is_none())
        .map(|(node, _)| json!({"location": node.relation_name(), "column_name": "date_day", "grain": "day"}));
    json!({
        "time_spine_table_configurations": legacy.into_iter().collect::<Vec<_>>(),
        "metadata": null,
        "dsi_package_version": { "major_version": "0", "minor_version": "9", "patch_version": "0" },
        "time_spines": spines,
    })
}

fn time_spine(node: &Node, model: &Model) -> Option<Value> {
    let spine = model.time_spine.as_ref()?;
    let column = node.columns.get(&spine.standard_granularity_column)?;
    let custom = spine.custom_granularities.iter();
    Some(json!({
        "node_relation": NodeRelationFields::new(&NodeRelation::of(node)),
        "primary_column": {"name": spine.standard_granularity_column, "time_granularity": column.granularity},
        "custom_granularities": custom.map(|(name, column)| json!({"name": name, "column_name": column})).collect::<Vec<_>>(),
    }))
}
