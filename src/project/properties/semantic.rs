//! Metrics, semantic models and saved queries: which keys they have, and what each holds.
//!
//! A definition is read into the layout that `manifest.json` has it in, defaults filled in; nothing of it is computed.

use super::Entry;
use super::shape::{Field, Shape, fixed, nullable, optional, read_object, required};
use crate::diagnostic::Span;
use crate::project::fields::{Allowed, Fields, Refused, Text};
use crate::project::yaml::Yaml;
use serde_json::{Map, Value};

/// An entry of `metrics:`, `semantic_models:` or `saved_queries:`.
#[derive(Debug, Clone)]
pub struct SemanticProperties {
    /// `name`
    pub name: Text,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `label`
    pub label: Option<Text>,
    /// What only this kind has, in dbt's order of keys.
    pub definition: Map<String, Value>,
    /// `meta` of a metric.
    pub meta: Option<Yaml>,
    /// `tags` of a metric or saved query.
    pub tags: Vec<String>,
    /// `config`
    pub config: Option<Yaml>,
    /// `config` before rendering.
    pub unrendered_config: Option<Yaml>,
    /// Measures of a semantic model that have `create_metric: true`, by name.
    pub created_metrics: Vec<String>,
    /// Whether a semantic model is written in the entry of its model.
    pub in_model: bool,
    /// The whole entry.
    pub span: Span,
}

const INPUT_MEASURE: &[Field] = &[
    required("name", &Shape::Text),
    nullable("filter", &Shape::Filter),
    nullable("alias", &Shape::Text),
    optional("join_to_timespine", &Shape::Boolean, "false"),
    nullable("fill_nulls_with", &Shape::Integer),
];
pub(super) const INPUT_METRIC: &[Field] = &[
    required("name", &Shape::Text),
    nullable("filter", &Shape::Filter),
    nullable("alias", &Shape::Text),
    nullable("offset_window", &Shape::Window),
    nullable("offset_to_grain", &Shape::Text),
];
pub(super) const CALCULATIONS: Shape = Shape::Word("ConversionCalculationType", &["conversions", "conversion_rate"]);
const CONVERSION: &[Field] = &[
    required("base_measure", &Shape::Named(INPUT_MEASURE)),
    required("conversion_measure", &Shape::Named(INPUT_MEASURE)),
    required("entity", &Shape::Text),
    optional("calculation", &CALCULATIONS, "\"conversion_rate\""),
    nullable("window", &Shape::Window),
    nullable("constant_properties", &Shape::List(&Shape::Object(CONSTANT_PROPERTY))),
];
pub(super) const CONSTANT_PROPERTY: &[Field] =
    &[required("base_property", &Shape::Text), required("conversion_property", &Shape::Text)];
pub(super) const PERIOD_AGGREGATIONS: Shape = Shape::Word("PeriodAggregation", &["first", "last", "average"]);
const CUMULATIVE: &[Field] = &[
    nullable("window", &Shape::Window),
    nullable("grain_to_date", &Shape::Text),
    optional("period_agg", &PERIOD_AGGREGATIONS, "\"first\""),
    fixed("metric", "null"),
];
pub(super) const GRANULARITIES: Shape = Shape::Word(
    "TimeGranularity",
    &[
        "nanosecond",
        "microsecond",
        "millisecond",
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
    ],
);
const TYPE_PARAMS: &[Field] = &[
    nullable("measure", &Shape::Named(INPUT_MEASURE)),
    fixed("input_measures", "[]"),
    nullable("numerator", &Shape::Named(INPUT_METRIC)),
    nullable("denominator", &Shape::Named(INPUT_METRIC)),
    nullable("expr", &Shape::Expression),
    nullable("window", &Shape::Window),
    nullable("grain_to_date", &GRANULARITIES),
    optional("metrics", &Shape::List(&Shape::Named(INPUT_METRIC)), "[]"),
    nullable("conversion_type_params", &Shape::Object(CONVERSION)),
    nullable("cumulative_type_params", &Shape::Object(CUMULATIVE)),
    fixed("metric_aggregation_params", "null"),
];
pub(super) const METRIC_TYPES: Shape =
    Shape::Word("MetricType", &["simple", "ratio", "cumulative", "derived", "conversion"]);
const METRIC: &[Field] = &[
    required("type", &METRIC_TYPES),
    required("type_params", &Shape::Object(TYPE_PARAMS)),
    nullable("filter", &Shape::Filter),
    nullable("time_granularity", &Shape::Text),
];

pub(super) const AGGREGATIONS: Shape = Shape::Word(
    "AggregationType",
    &["sum", "min", "max", "count_distinct", "sum_boolean", "average", "percentile", "median", "count"],
);
pub(super) const ENTITY_TYPES: Shape = Shape::Word("EntityType", &["foreign", "natural", "primary", "unique"]);
const ENTITY: &[Field] = &[
    required("name", &Shape::Text),
    required("type", &ENTITY_TYPES),
    nullable("description", &Shape::Text),
    nullable("label", &Shape::Text),
    nullable("role", &Shape::Text),
    nullable("expr", &Shape::Text),
    optional("config", &Shape::Dictionary, "{}"),
];
const AGGREGATION_PARAMS: &[Field] = &[
    nullable("percentile", &Shape::Number),
    optional("use_discrete_percentile", &Shape::Boolean, "false"),
    optional("use_approximate_percentile", &Shape::Boolean, "false"),
];
const NON_ADDITIVE_DIMENSION: &[Field] = &[
    required("name", &Shape::Text),
    required("window_choice", &AGGREGATIONS),
    optional("window_groupings", &Shape::List(&Shape::Text), "[]"),
];
const MEASURE: &[Field] = &[
    required("name", &Shape::Text),
    required("agg", &AGGREGATIONS),
    nullable("description", &Shape::Text),
    nullable("label", &Shape::Text),
    optional("create_metric", &Shape::Boolean, "false"),
    nullable("expr", &Shape::Expression),
    nullable("agg_params", &Shape::Object(AGGREGATION_PARAMS)),
    nullable("non_additive_dimension", &Shape::Object(NON_ADDITIVE_DIMENSION)),
    nullable("agg_time_dimension", &Shape::Text),
    optional("config", &Shape::Dictionary, "{}"),
];
pub(super) const VALIDITY_PARAMS: &[Field] =
    &[optional("is_start", &Shape::Boolean, "false"), optional("is_end", &Shape::Boolean, "false")];
const DIMENSION_PARAMS: &[Field] =
    &[required("time_granularity", &GRANULARITIES), nullable("validity_params", &Shape::Object(VALIDITY_PARAMS))];
pub(super) const DIMENSION_TYPES: Shape = Shape::Word("DimensionType", &["categorical", "time"]);
const DIMENSION: &[Field] = &[
    required("name", &Shape::Text),
    required("type", &DIMENSION_TYPES),
    nullable("description", &Shape::Text),
    nullable("label", &Shape::Text),
    optional("is_partition", &Shape::Boolean, "false"),
    nullable("type_params", &Shape::Object(DIMENSION_PARAMS)),
    nullable("expr", &Shape::Text),
    fixed("metadata", "null"),
    optional("config", &Shape::Dictionary, "{}"),
];
const SEMANTIC_MODEL: &[Field] = &[
    required("model", &Shape::Text),
    nullable("defaults", &Shape::Object(&[nullable("agg_time_dimension", &Shape::Text)])),
    optional("entities", &Shape::List(&Shape::Object(ENTITY)), "[]"),
    optional("measures", &Shape::List(&Shape::Object(MEASURE)), "[]"),
    optional("dimensions", &Shape::List(&Shape::Object(DIMENSION)), "[]"),
    nullable("primary_entity", &Shape::Text),
];

const QUERY_PARAMS: &[Field] = &[
    optional("metrics", &Shape::List(&Shape::Text), "[]"),
    optional("group_by", &Shape::List(&Shape::Text), "[]"),
    nullable("where", &Shape::Filter),
    optional("order_by", &Shape::List(&Shape::Text), "[]"),
    nullable("limit", &Shape::Integer),
];
const EXPORT: &[Field] = &[required("name", &Shape::Text), optional("config", &Shape::Dictionary, "{}")];
const SAVED_QUERY: &[Field] = &[
    required("query_params", &Shape::Object(QUERY_PARAMS)),
    optional("exports", &Shape::List(&Shape::Object(EXPORT)), "[]"),
];

impl SemanticProperties {
    pub(super) fn metric(entry: &Entry<'_>) -> Option<Self> {
        // dbt tells the two shapes apart by this key alone.
        if !entry.fields.map.contains_key("type_params") {
            return super::metric::read(entry.fields, None);
        }
        if !entry.fields.map.contains_key("label") {
            entry.fields.value.wrong("'label' is a required property");
        }
        let mut metric = Self::read(entry, METRIC, &["meta", "tags"])?;
        check_metric_name(entry.fields, &metric.name);
        settle_cumulative(&mut metric.definition);
        Some(metric)
    }

    pub(super) fn semantic_model(entry: &Entry<'_>) -> Option<Self> {
        let mut model = Self::read(entry, SEMANTIC_MODEL, &[])?;
        let measures = model.definition.get_mut("measures").and_then(Value::as_array_mut);
        for measure in measures.into_iter().flatten().filter_map(Value::as_object_mut) {
            // The manifest never says of a measure that it made a metric.
            let created = measure.insert("create_metric".to_string(), Value::Bool(false));
            if let (Some(Value::Bool(true)), Some(Value::String(name))) = (created, measure.get("name")) {
                model.created_metrics.push(name.clone());
            }
        }
        Some(model)
    }

    pub(super) fn saved_query(entry: &Entry<'_>) -> Option<Self> {
        Self::read(entry, SAVED_QUERY, &["tags"])
    }

    fn read(entry: &Entry<'_>, shape: &'static [Field], further: &[&'static str]) -> Option<Self> {
        Self::read_fields(entry.fields, entry.unrendered_config(), shape, further)
    }

    /// What all of them have in common, and the keys of `shape`; `further` are keys that only some have.
    pub(super) fn read_fields(
        fields: Fields<'_>,
        unrendered_config: Option<Yaml>,
        shape: &'static [Field],
        further: &[&'static str],
    ) -> Option<Self> {
        let common = ["name", "description", "label", "config"];
        let name = fields.required("name", |value| value.text());
        let definition = read_object(fields, shape, &[&common[..], further].concat());
        let tags = match fields.map.get("tags") {
            Some(tag) if tag.as_str().is_some() => tag.as_str().map(|tag| vec![tag.to_string()]).unwrap_or_default(),
            _ => fields.texts("tags", Refused).iter().map(|tag| tag.as_str().to_string()).collect(),
        };
        Some(SemanticProperties {
            description: fields.text("description", Allowed),
            label: fields.text("label", Allowed),
            meta: fields.tree("meta", Refused),
            tags,
            config: fields.tree("config", Refused),
            unrendered_config,
            created_metrics: Vec::new(),
            in_model: false,
            span: fields.span(),
            definition,
            name: name?,
        })
    }
}

/// dbt's rules for names of metrics.
pub(super) fn check_metric_name(fields: Fields<'_>, name: &Text) {
    let text = name.as_str();
    let mut problems = Vec::new();
    if text.contains(' ') {
        problems.push("cannot contain spaces");
    }
    if text.chars().count() > 250 {
        problems.push("cannot contain more than 250 characters");
    }
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        problems.push("must begin with a letter");
    }
    if !text.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        problems.push("must contain only letters, numbers and underscores");
    }
    if !problems.is_empty() {
        let message = format!("The metric name '{text}' is invalid.  It {}", problems.join(", "));
        fields.report().push(fields.value.diagnostic(message).at(name.span.clone()));
    }
}

/// A cumulative metric has its window in `cumulative_type_params`, wherever it was written; other metrics have none.
fn settle_cumulative(definition: &mut Map<String, Value>) {
    let is_cumulative = definition.get("type").is_some_and(|word| word == "cumulative");
    let Some(params) = definition.get_mut("type_params").and_then(Value::as_object_mut) else { return };
    let outer = |key: &str| params.get(key).cloned().unwrap_or_default();
    let (window, grain) = (outer("window"), outer("grain_to_date"));
    let Some(slot) = params.get_mut("cumulative_type_params") else { return };
    if !is_cumulative {
        *slot = Value::Null;
        return;
    }
    if slot.is_null() {
        *slot = Value::Object(super::shape::empty_object(CUMULATIVE));
    }
    for (key, value) in [("window", window), ("grain_to_date", grain)] {
        if slot[key].is_null() {
            slot[key] = value;
        }
    }
}

/// `type_params` of a simple metric of one measure.
pub fn measured(measure: &str, expression: &str) -> Map<String, Value> {
    let mut params = super::shape::empty_object(TYPE_PARAMS);
    let mut input = super::shape::empty_object(INPUT_MEASURE);
    input.insert("name".to_string(), measure.into());
    params.insert("measure".to_string(), Value::Object(input));
    params.insert("expr".to_string(), expression.into());
    params
}
