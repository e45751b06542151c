//! Metrics in the shape that dbt-core 1.12 added: every key beside the name, without `type_params`.
//!
//! What comes out has the layout of `manifest.json`, as that of the older shape has, so that nothing behind here needs to
//! know both.

use super::model_semantics::without_effect;
use super::semantic::{
    AGGREGATIONS, CALCULATIONS, CONSTANT_PROPERTY, INPUT_METRIC, METRIC_TYPES, PERIOD_AGGREGATIONS, SemanticProperties,
    check_metric_name,
};
use super::shape::{Field, Shape, nullable, optional, required};
use crate::project::fields::{Fields, Refused};
use crate::project::yaml::Yaml;
use serde_json::{Map, Value, json};

/// The semantic model beside which a metric is written.
#[derive(Clone, Copy)]
pub(super) struct Attachment<'a> {
    /// Its name.
    pub semantic_model: &'a str,
    /// Its `agg_time_dimension`, which holds for metrics that name none.
    pub agg_time_dimension: Option<&'a str>,
}

const NON_ADDITIVE_DIMENSION: &[Field] = &[
    required("name", &Shape::Text),
    required("window_agg", &AGGREGATIONS),
    optional("group_by", &Shape::List(&Shape::Text), "[]"),
];
const METRIC: &[Field] = &[
    optional("type", &METRIC_TYPES, "\"simple\""),
    nullable("filter", &Shape::Filter),
    nullable("time_granularity", &Shape::Text),
    optional("hidden", &Shape::Boolean, "false"),
    nullable("agg", &AGGREGATIONS),
    nullable("percentile", &Shape::Number),
    nullable("percentile_type", &Shape::Text),
    nullable("join_to_timespine", &Shape::Boolean),
    nullable("fill_nulls_with", &Shape::Integer),
    nullable("expr", &Shape::TextOrInteger),
    nullable("non_additive_dimension", &Shape::Object(NON_ADDITIVE_DIMENSION)),
    nullable("agg_time_dimension", &Shape::Text),
    nullable("window", &Shape::Window),
    nullable("grain_to_date", &Shape::Text),
    optional("period_agg", &PERIOD_AGGREGATIONS, "\"first\""),
    nullable("input_metric", &Shape::Named(INPUT_METRIC)),
    nullable("numerator", &Shape::Named(INPUT_METRIC)),
    nullable("denominator", &Shape::Named(INPUT_METRIC)),
    nullable("input_metrics", &Shape::List(&Shape::Named(INPUT_METRIC))),
    nullable("entity", &Shape::Text),
    nullable("calculation", &CALCULATIONS),
    nullable("base_metric", &Shape::Named(INPUT_METRIC)),
    nullable("conversion_metric", &Shape::Named(INPUT_METRIC)),
    nullable("constant_properties", &Shape::List(&Shape::Object(CONSTANT_PROPERTY))),
];

/// An entry of `metrics:`; the list is that of a model where there is an `attachment`. dbt keeps no `config` of it as it was
/// before rendering.
pub(super) fn read(fields: Fields<'_>, attachment: Option<Attachment<'_>>) -> Option<SemanticProperties> {
    let config = fields.map.get("config").cloned();
    let mut metric = SemanticProperties::read_fields(fields, config, METRIC, &[])?;
    check_metric_name(fields, &metric.name);
    if fields.map.get("description").is_some_and(Yaml::is_null) {
        fields.text("description", Refused);
    }
    if fields.map.get("config").is_some_and(|config| config.as_map().is_some()) {
        fields.read("config", Refused, |config| config.fields()?.tree("meta", Refused));
    }
    check_required(fields, &metric.definition, attachment.is_some());
    if metric.label.as_ref().is_none_or(|label| label.as_str().is_empty()) {
        metric.label = Some(metric.name.clone());
    }
    metric.definition = settled(metric.definition, attachment);
    Some(metric)
}

/// What a metric of its type has to have.
fn check_required(fields: Fields<'_>, flat: &Map<String, Value>, is_attached: bool) {
    let has = |key: &str| flat.get(key).is_some_and(|value| !value.is_null());
    let wrong = |message: String, hint: &str| fields.report().push(fields.value.diagnostic(message).hint(hint));
    let metric_type = flat.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_simple = metric_type == "simple";
    if is_simple && !has("agg") {
        wrong("Simple metrics must have an agg param.".into(), "say how rows are put together, as in `agg: sum`");
    } else if is_simple && !is_attached {
        wrong(
            "simple metrics in v2 YAML must be attached to semantic_model".into(),
            "move it below `metrics:` of the model that it aggregates, and give that model `semantic_model: true`",
        );
    } else if !is_simple && has("agg") {
        wrong(
            "simple metrics in v2 YAML must be attached to semantic_model".into(),
            "only a metric of `type: simple` has an `agg`: take it out, or correct the type",
        );
    }
    let percentile_type = flat.get("percentile_type").and_then(Value::as_str).unwrap_or("discrete");
    if !["discrete", "continuous"].contains(&percentile_type.to_lowercase().as_str()) {
        let message = format!("`percentile_type: {percentile_type}` has no effect");
        fields.report().push(without_effect(message, fields.span()).hint("it is `discrete` or `continuous`"));
    }
    let needed: &[&str] = match metric_type {
        "cumulative" => &["input_metric"],
        "conversion" => &["base_metric", "conversion_metric", "entity"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| !has(key)) {
        wrong(format!("{key} is required for {metric_type} metrics."), &format!("add a line `{key}: ...`"));
    }
}

/// The keys of a metric in the layout that the manifest has them in.
fn settled(mut flat: Map<String, Value>, attachment: Option<Attachment<'_>>) -> Map<String, Value> {
    let mut take = |key: &str| flat.remove(key).unwrap_or_default();
    let metric_type = take("type");
    let aggregation = aggregation(&mut take, attachment);
    let window = take("window");
    let conversion = match metric_type.as_str() {
        Some("conversion") => json!({
            "entity": take("entity"),
            "base_measure": null,
            "conversion_measure": null,
            "base_metric": take("base_metric"),
            "conversion_metric": take("conversion_metric"),
            "calculation": or(take("calculation"), json!("conversion_rate")),
            "window": window.clone(),
            "constant_properties": take("constant_properties"),
        }),
        _ => Value::Null,
    };
    let cumulative = match metric_type.as_str() {
        Some("cumulative") => json!({
            "window": window,
            "grain_to_date": take("grain_to_date"),
            "period_agg": take("period_agg"),
            "metric": take("input_metric"),
        }),
        _ => Value::Null,
    };
    let params = json!({
        "measure": null,
        "input_measures": [],
        "numerator": take("numerator"),
        "denominator": take("denominator"),
        "expr": take("expr"),
        "window": null,
        "grain_to_date": null,
        "metrics": or(take("input_metrics"), json!([])),
        "conversion_type_params": conversion,
        "cumulative_type_params": cumulative,
        "metric_aggregation_params": aggregation,
        "fill_nulls_with": take("fill_nulls_with"),
        "join_to_timespine": or(take("join_to_timespine"), json!(false)),
        "is_private": take("hidden"),
    });
    Map::from_iter([
        ("type".to_string(), metric_type),
        ("type_params".to_string(), params),
        ("filter".to_string(), take("filter")),
        ("time_granularity".to_string(), take("time_granularity")),
    ])
}

/// `metric_aggregation_params`: how a simple metric puts the rows of its semantic model together.
fn aggregation(take: &mut impl FnMut(&str) -> Value, attachment: Option<Attachment<'_>>) -> Value {
    let (aggregation, percentile_type) = (take("agg"), take("percentile_type"));
    let is_percentile = |word| percentile_type.as_str().is_some_and(|written| written.eq_ignore_ascii_case(word));
    let Some(attachment) = attachment.filter(|_| !aggregation.is_null()) else { return Value::Null };
    let time_dimension = take("agg_time_dimension");
    let is_named = time_dimension.as_str().is_some_and(|name| !name.is_empty());
    let non_additive = match take("non_additive_dimension") {
        Value::Object(mut dimension) => json!({
            "name": dimension.remove("name"),
            "window_choice": dimension.remove("window_agg"),
            "window_groupings": dimension.remove("group_by"),
        }),
        _ => Value::Null,
    };
    json!({
        "semantic_model": attachment.semantic_model,
        "agg": aggregation,
        "agg_params": {
            "percentile": take("percentile"),
            "use_discrete_percentile": is_percentile("discrete"),
            "use_approximate_percentile": is_percentile("continuous"),
        },
        "agg_time_dimension": if is_named { time_dimension } else { json!(attachment.agg_time_dimension) },
        "non_additive_dimension": non_additive,
    })
}

fn or(value: Value, other: Value) -> Value {
    if value.is_null() { other } else { value }
}
