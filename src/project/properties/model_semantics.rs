//! A semantic model that is written in the entry of its model: the keys `semantic_model`, `agg_time_dimension`,
//! `primary_entity`, `derived_semantics` and `metrics`, and `entity` and `dimension` of its columns.
//!
//! dbt-core 1.12 added them. What comes out is what entries of `semantic_models:` and `metrics:` come to.

use super::metric::{self, Attachment};
use super::semantic::{DIMENSION_TYPES, ENTITY_TYPES, GRANULARITIES, SemanticProperties, VALIDITY_PARAMS};
use super::shape::{Field, Shape, nullable, optional, read_object, required};
use super::{ColumnProperties, ModelVersion, NodeProperties};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::project::fields::{Allowed, Fields, Report, Spanned, Text, Value};
use crate::project::yaml::{Yaml, YamlMap, YamlValue};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// What the entry of a model says of its semantic model and metrics.
#[derive(Debug, Clone)]
pub struct ModelSemantics {
    /// The semantic model.
    pub semantic_model: SemanticProperties,
    /// The metrics that are written beside it.
    pub metrics: Vec<SemanticProperties>,
}

const SEMANTIC_MODEL: &[Field] = &[
    nullable("name", &Shape::Text),
    optional("enabled", &Shape::Boolean, "true"),
    nullable("group", &Shape::Text),
    nullable("config", &Shape::Object(&[optional("meta", &Shape::Dictionary, "{}")])),
];
const COLUMN_DIMENSION: &[Field] = &[
    nullable("name", &Shape::Text),
    required("type", &DIMENSION_TYPES),
    nullable("description", &Shape::Text),
    nullable("label", &Shape::Text),
    optional("is_partition", &Shape::Boolean, "false"),
    optional("config", &Shape::Dictionary, "{}"),
    nullable("validity_params", &Shape::Object(VALIDITY_PARAMS)),
];
const COLUMN_ENTITY: &[Field] = &[
    nullable("name", &Shape::Text),
    required("type", &ENTITY_TYPES),
    nullable("description", &Shape::Text),
    nullable("label", &Shape::Text),
    optional("config", &Shape::Dictionary, "{}"),
];
const DERIVED_DIMENSION: &[Field] = &[
    required("name", &Shape::Text),
    required("type", &DIMENSION_TYPES),
    nullable("description", &Shape::Text),
    nullable("label", &Shape::Text),
    optional("is_partition", &Shape::Boolean, "false"),
    optional("config", &Shape::Dictionary, "{}"),
    nullable("validity_params", &Shape::Object(VALIDITY_PARAMS)),
    required("expr", &Shape::Text),
    nullable("granularity", &GRANULARITIES),
];
const DERIVED_ENTITY: &[Field] = &[
    required("name", &Shape::Text),
    required("type", &ENTITY_TYPES),
    nullable("description", &Shape::Text),
    nullable("label", &Shape::Text),
    optional("config", &Shape::Dictionary, "{}"),
    required("expr", &Shape::Text),
];
const DERIVED: &[Field] = &[
    optional("entities", &Shape::List(&Shape::Object(DERIVED_ENTITY)), "[]"),
    optional("dimensions", &Shape::List(&Shape::Object(DERIVED_DIMENSION)), "[]"),
];
/// Keys of a model entry that say nothing without `semantic_model`.
const BESIDE: [&str; 4] = ["metrics", "derived_semantics", "agg_time_dimension", "primary_entity"];

/// `semantic_model`: what holds for the semantic model as a whole.
enum Setting {
    /// It is not written.
    Missing,
    /// It is switched off.
    Off,
    /// A dictionary, or `true`.
    On(Map<String, Json>),
}

impl ModelSemantics {
    /// Reads the keys of an entry of `models:`.
    pub(super) fn read(fields: Fields<'_>, node: Option<&NodeProperties>, versions: &[ModelVersion]) -> Option<Self> {
        let setting = read_setting(fields);
        let agg_time_dimension = fields.text("agg_time_dimension", Allowed);
        let primary_entity = fields.text("primary_entity", Allowed);
        let derived = fields.read("derived_semantics", Allowed, |value| {
            let derived = read_object(value.fields()?, DERIVED, &[]);
            check_derived(value, &derived);
            Some(derived)
        });
        let node = node?;
        let own = match &setting {
            Setting::On(own) => own.clone(),
            Setting::Missing | Setting::Off => Map::new(),
        };
        let name = own.get("name").and_then(Json::as_str).unwrap_or(node.name.as_str());
        let attachment = Attachment {
            semantic_model: name,
            agg_time_dimension: agg_time_dimension.as_ref().map(|name| name.as_str()).filter(|name| !name.is_empty()),
        };
        // Whether or not they will be used: what is written has to be right.
        let metrics = fields.list("metrics", Allowed, |value| metric::read(value.fields()?, Some(attachment)));
        if !has_effect(fields, &setting, node, versions) {
            return None;
        }
        let config = config_of(fields, &own);
        let elements = Elements::new(&node.columns, derived);
        let definition = json!({
            "model": format!("ref('{}')", node.name.as_str()),
            "defaults": {"agg_time_dimension": agg_time_dimension.as_ref().map(|name| name.as_str())},
            "entities": elements.entities,
            "measures": [],
            "dimensions": elements.dimensions,
            "primary_entity": primary_entity.as_ref().map(|name| name.as_str()),
        });
        let semantic_model = SemanticProperties {
            name: Spanned::new(Arc::from(name), node.name.span.clone()),
            description: node.description.clone(),
            label: None,
            definition: definition.as_object().cloned().unwrap_or_default(),
            meta: None,
            tags: Vec::new(),
            config: config.clone(),
            unrendered_config: config,
            created_metrics: Vec::new(),
            in_model: true,
            span: fields.span(),
        };
        Some(ModelSemantics { semantic_model, metrics })
    }
}

fn read_setting(fields: Fields<'_>) -> Setting {
    let setting = fields.read("semantic_model", Allowed, |value| match &value.yaml.value {
        YamlValue::Bool(true) => Some(Setting::On(Map::new())),
        YamlValue::Bool(false) => Some(Setting::Off),
        YamlValue::Map(_) => {
            let own = read_object(value.fields()?, SEMANTIC_MODEL, &[]);
            Some(if own["enabled"] == false { Setting::Off } else { Setting::On(own) })
        }
        _ => {
            value.no_schema();
            None
        }
    });
    setting.unwrap_or(Setting::Missing)
}

/// Whether dbt makes a semantic model of the entry. Where it does not although there are keys for one, the user is told.
fn has_effect(fields: Fields<'_>, setting: &Setting, node: &NodeProperties, versions: &[ModelVersion]) -> bool {
    let is_on = matches!(setting, Setting::On(_));
    if is_on && versions.is_empty() {
        return true;
    }
    let unused = |key: &str| {
        let (written, value) = fields.map.entry(key)?;
        let is_empty = value.is_null() || value.as_seq().is_some_and(<[Yaml]>::is_empty);
        (!is_empty).then(|| written.span.clone())
    };
    let (key, reason, hint) = match setting {
        Setting::Off => return false,
        Setting::On(_) => (
            Some("semantic_model"),
            "dbt makes no semantic model of a model with versions",
            "describe it in an entry of `semantic_models:`, or take the key out",
        ),
        Setting::Missing => (
            BESIDE.into_iter().find(|key| unused(key).is_some()),
            "it has no `semantic_model`",
            "add `semantic_model: true` to the model",
        ),
    };
    if let Some((key, place)) = key.and_then(|key| Some((key, unused(key)?))) {
        let message = format!("`{key}` of model '{}' has no effect: {reason}", node.name.as_str());
        fields.report().push(without_effect(message, place).hint(hint));
    }
    false
}

/// A warning: dbt takes what is written and makes nothing of it.
pub(super) fn without_effect(message: String, place: Span) -> Diagnostic {
    Diagnostic::warning(ErrorCode::UnusedProperties, message).at(place)
}

/// `config` of a semantic model, as an entry of `semantic_models:` would have it.
fn config_of(fields: Fields<'_>, own: &Map<String, Json>) -> Option<Yaml> {
    let yaml = |value| Yaml::new(fields.span(), value);
    let entry = |key: &str, value: Yaml| (yaml(YamlValue::String(Arc::from(key))), value);
    let mut entries = Vec::new();
    if own.get("config").is_some_and(|config| !config.is_null()) {
        let written = fields.map.get("semantic_model").and_then(|setting| setting.get("config")?.get("meta"));
        let meta = written.cloned().unwrap_or_else(|| yaml(YamlValue::Map(Arc::new(YamlMap::new([])))));
        entries.extend([entry("meta", meta), entry("enabled", yaml(YamlValue::Bool(true)))]);
    }
    let group = own.get("group").and_then(Json::as_str);
    entries.extend(group.map(|group| entry("group", yaml(YamlValue::String(Arc::from(group))))));
    (!entries.is_empty()).then(|| yaml(YamlValue::Map(Arc::new(YamlMap::new(entries)))))
}

/// `meta` in the `config` of an element is a dictionary.
fn check_meta(value: Value<'_>, element: &Map<String, Json>) {
    if let Some(meta) = element["config"].get("meta").filter(|meta| !meta.is_object()) {
        let message = format!("{meta} is not of type 'object'");
        value.push(value.diagnostic(message).hint("write `key: value` lines below `meta`"));
    }
}

fn check_derived(value: Value<'_>, derived: &Map<String, Json>) {
    let elements = ["entities", "dimensions"].into_iter().filter_map(|key| derived[key].as_array());
    elements.flatten().filter_map(Json::as_object).for_each(|element| check_meta(value, element));
    for dimension in derived["dimensions"].as_array().into_iter().flatten() {
        if !dimension["validity_params"].is_null() && dimension["granularity"].is_null() {
            let name = dimension["name"].as_str().unwrap_or_default();
            let message = format!("Derived dimension {name} has validity_params, so it must specify a granularity.");
            value
                .push(without_effect(message, value.yaml.span.clone()).hint("add `granularity: day` to the dimension"));
        }
    }
}

/// `dimension` of a column: its type, or a dictionary in the layout of the manifest.
pub(super) fn read_dimension(fields: Fields<'_>, column: &Text, granularity: Option<&Text>) -> Option<Json> {
    let dimension = read_element(fields, "dimension", &DIMENSION_TYPES, COLUMN_DIMENSION, column)?;
    if dimension.get("validity_params").is_some_and(|params| !params.is_null()) && granularity.is_none() {
        let name = dimension["name"].as_str().unwrap_or_default();
        let message = format!(
            "Dimension {name} has validity_params attached to column {}, so that column must specify a granularity.",
            column.as_str()
        );
        fields.report().push(without_effect(message, fields.span()).hint("add `granularity: day` to the column"));
    }
    Some(dimension)
}

/// `entity` of a column, likewise.
pub(super) fn read_entity(fields: Fields<'_>, column: &Text) -> Option<Json> {
    read_element(fields, "entity", &ENTITY_TYPES, COLUMN_ENTITY, column)
}

/// Whether `key` of a column, `dimension` or `entity`, can be that of a semantic model.
pub(super) fn is_element(column: &Yaml, key: &str) -> bool {
    let report = Report::new(ErrorCode::InvalidProperties, "");
    let Some(fields) = Value::root(column, &report).fields() else { return true };
    let name = Spanned::new(Arc::from(""), fields.span());
    let (types, shape) = match key {
        "dimension" => (&DIMENSION_TYPES, COLUMN_DIMENSION),
        _ => (&ENTITY_TYPES, COLUMN_ENTITY),
    };
    read_element(fields, key, types, shape, &name);
    !report.has_errors()
}

fn read_element(
    fields: Fields<'_>,
    key: &str,
    types: &'static Shape,
    shape: &'static [Field],
    column: &Text,
) -> Option<Json> {
    fields.read(key, Allowed, |value| {
        if value.yaml.as_str().is_some() {
            return types.read(value);
        }
        if value.yaml.as_map().is_none() {
            value.no_schema();
            return None;
        }
        let mut element = read_object(value.fields()?, shape, &[]);
        check_meta(value, &element);
        let described = fields.map.get("description").and_then(Yaml::as_str).unwrap_or_default();
        for (key, of_column) in [("name", column.as_str()), ("description", described)] {
            if element[key].as_str().is_none_or(str::is_empty) {
                element.insert(key.to_string(), of_column.into());
            }
        }
        Some(Json::Object(element))
    })
}

/// Entities and dimensions of a semantic model, in the layout of an entry of `semantic_models:`.
struct Elements {
    entities: Vec<Json>,
    dimensions: Vec<Json>,
}

impl Elements {
    /// Those of columns, then those that are derived.
    fn new(columns: &[ColumnProperties], derived: Option<Map<String, Json>>) -> Self {
        let mut derived = derived.unwrap_or_default();
        let mut list = |key: &str| match derived.remove(key) {
            Some(Json::Array(list)) => list,
            _ => Vec::new(),
        };
        let entities = columns.iter().filter_map(column_entity);
        let dimensions = columns.iter().filter_map(column_dimension);
        Elements {
            entities: entities.chain(list("entities").iter().map(derived_entity)).collect(),
            dimensions: dimensions.chain(list("dimensions").iter().map(derived_dimension)).collect(),
        }
    }
}

fn column_entity(column: &ColumnProperties) -> Option<Json> {
    let entity = column.entity.as_ref()?;
    let (name, described) = (column.name.as_str(), described(column));
    Some(match entity {
        Json::String(kind) => json!({
            "name": name,
            "type": kind,
            "description": described,
            "label": null,
            "role": null,
            "expr": null,
            "config": {"meta": meta(column)},
        }),
        entity => json!({
            "name": entity["name"],
            "type": entity["type"],
            "description": entity["description"],
            "label": entity["label"],
            "role": null,
            "expr": (entity["name"] != name).then_some(name),
            "config": {"meta": entity["config"].get("meta").cloned().unwrap_or_else(|| meta(column).into())},
        }),
    })
}

fn column_dimension(column: &ColumnProperties) -> Option<Json> {
    let dimension = column.dimension.as_ref()?;
    let name = column.name.as_str();
    let granularity = column.granularity.as_ref().map(|text| text.as_str());
    let validity = dimension.get("validity_params");
    let params = granularity.map(|granularity| json!({"time_granularity": granularity, "validity_params": validity}));
    Some(match dimension {
        Json::String(kind) => json!({
            "name": name,
            "type": kind,
            "description": described(column),
            "label": null,
            "is_partition": false,
            "type_params": params.filter(|_| kind == "time"),
            "expr": null,
            "metadata": null,
            "config": {"meta": meta(column)},
            "datatype": null,
        }),
        dimension => {
            let mut meta = meta(column);
            meta.extend(dimension["config"].get("meta").and_then(Json::as_object).cloned().unwrap_or_default());
            json!({
                "name": dimension["name"],
                "type": dimension["type"],
                "description": dimension["description"],
                "label": dimension["label"],
                "is_partition": dimension["is_partition"],
                "type_params": params,
                "expr": (dimension["name"] != name).then_some(name),
                "metadata": null,
                "config": {"meta": meta},
                "datatype": null,
            })
        }
    })
}

fn derived_entity(entity: &Json) -> Json {
    json!({
        "name": entity["name"],
        "type": entity["type"],
        "description": entity["description"],
        "label": entity["label"],
        "role": null,
        "expr": entity["expr"],
        "config": {"meta": entity["config"].get("meta").cloned().unwrap_or_else(|| json!({}))},
    })
}

fn derived_dimension(dimension: &Json) -> Json {
    let granularity = &dimension["granularity"];
    let params = json!({"time_granularity": granularity, "validity_params": dimension["validity_params"]});
    json!({
        "name": dimension["name"],
        "type": dimension["type"],
        "description": dimension["description"],
        "label": dimension["label"],
        "is_partition": dimension["is_partition"],
        "type_params": (!granularity.is_null()).then_some(params),
        "expr": dimension["expr"],
        "metadata": null,
        "config": {"meta": dimension["config"].get("meta").cloned().unwrap_or_else(|| json!({}))},
        "datatype": null,
    })
}

fn described(column: &ColumnProperties) -> &str {
    column.description.as_ref().map_or("", |text| text.as_str())
}

/// `meta` of a column, that in its `config` laid over that beside it.
fn meta(column: &ColumnProperties) -> Map<String, Json> {
    let object = |yaml: Option<&Yaml>| yaml.map(Yaml::to_json).and_then(|json| json.as_object().cloned());
    let mut meta = object(column.meta.as_ref()).unwrap_or_default();
    meta.extend(object(column.config.as_ref().and_then(|config| config.get("meta"))).unwrap_or_default());
    meta
}
