//! What is refused, and what is told, of semantic models and metrics in entries of models.

use super::{SMALL, beside, column, model, project, top};
use serde_json::json;

#[test]
fn what_does_not_fit_is_refused() {
    let counted = "{name: counted, type: simple, agg: count, expr: 1}\n      - ";
    let cases = [
        (
            column("{name: x, dimension: wrong}"),
            "MB0204",
            "at path ['columns'][2]['dimension']: 'wrong' is not a valid DimensionType",
        ),
        (column("{name: x, dimension: 5}"), "MB0204", "['dimension']: 5 is not valid under any of the given schemas"),
        (column("{name: x, dimension: {name: y}}"), "MB0204", "['dimension']: 'type' is a required property"),
        (column("{name: x, dimension: {type: categorical, config: {meta: 5}}}"), "MB0204", "5 is not of type 'object'"),
        (column("{name: x, entity: wrong}"), "MB0204", "['entity']: 'wrong' is not a valid EntityType"),
        (column("{name: x, entity: {type: foreign, expr: a}}"), "MB0204", "('expr' was unexpected)"),
        (column("{name: x, granularity: wrong}"), "MB0204", "'wrong' is not a valid TimeGranularity"),
        (
            column("{name: xx, entity: foreign, dimension: categorical}"),
            "MB0521",
            "can't use name `xx` for a dimension",
        ),
        (column("{name: xx, entity: primary}"), "MB0521", "can have only one primary entity"),
        (
            column("{name: xx, granularity: day, dimension: {type: time, validity_params: {is_start: true}}}"),
            "MB0521",
            "There must be either zero or two!",
        ),
        (column("{name: day, dimension: categorical}"), "MB0521", "cannot match reserved time granularity keywords"),
        (
            model("semantic_model: true", "semantic_model: orders"),
            "MB0204",
            "at path ['semantic_model']: 'orders' is not valid under any of the given schemas",
        ),
        (model("semantic_model: true", "semantic_model: {nam: a}"), "MB0204", "did you mean `name`?"),
        (
            model("semantic_model: true", "semantic_model: {config: {enabled: false}}"),
            "MB0204",
            "('enabled' was unexpected)",
        ),
        (model("semantic_model: true", "semantic_model: {group: nobody}"), "MB0508", "Invalid group 'nobody'"),
        (model("semantic_model: true", "semantic_model: {name: a b}"), "MB0521", "Invalid name `a b`"),
        (
            model("agg_time_dimension: ordered_at", "agg_time_dimension: wrong"),
            "MB0521",
            "Default aggregation time dimension was specified as 'wrong'",
        ),
        (model("{type: primary, name: order}", "foreign"), "MB0521", "does not define a primary entity"),
        (
            model("    columns", "    config: {enabled: false}\n    columns"),
            "MB0502",
            "depends on a node named 'fct_orders' which is disabled",
        ),
        (
            model("    columns", "    derived_semantics: {dimensions: [{name: d, type: time}]}\n    columns"),
            "MB0204",
            "at path ['derived_semantics']['dimensions'][0]: 'expr' is a required property",
        ),
        (
            model("    columns", "    derived_semantics: {entities: [{type: foreign, expr: a}]}\n    columns"),
            "MB0204",
            "at path ['derived_semantics']['entities'][0]: 'name' is a required property",
        ),
        (
            beside("{name: m2, type: simple}"),
            "MB0204",
            "at path ['metrics'][1]: Simple metrics must have an agg param.",
        ),
        (beside("{name: m2, type: simple, agg: wrong}"), "MB0204", "'wrong' is not a valid AggregationType"),
        (
            beside("{name: m2, type: simple, agg: sum, expr: true}"),
            "MB0204",
            "True is not valid under any of the given schemas",
        ),
        (beside("{name: m2, type: simple, agg: sum, meta: {a: 1}}"), "MB0204", "('meta' was unexpected)"),
        (
            beside("{name: m2, type: simple, label: M, type_params: {measure: a}}"),
            "MB0204",
            "('type_params' was unexpected)",
        ),
        (
            beside(
                "{name: m2, type: simple, agg: sum, non_additive_dimension: {name: ordered_at, window_choice: max}}",
            ),
            "MB0204",
            "'window_agg' is a required property",
        ),
        (
            beside("{name: m2, type: simple, agg: count}"),
            "MB0521",
            "Metric 'm2' uses a COUNT aggregation, which requires an expr",
        ),
        (beside("{name: m2, type: cumulative}"), "MB0204", "input_metric is required for cumulative metrics."),
        (
            beside("{name: m2, type: cumulative, input_metric: nope}"),
            "MB0521",
            "The metric `nope` does not exist but was referenced.",
        ),
        (
            beside("{name: m2, type: cumulative, input_metric: revenue, agg: sum}"),
            "MB0204",
            "must be attached to semantic_model",
        ),
        (
            beside("{name: m2, type: cumulative, input_metric: revenue, window: seven days}"),
            "MB0204",
            "Invalid count (seven)",
        ),
        (
            beside("{name: m2, type: cumulative, input_metric: revenue, window: 7 days, grain_to_date: month}"),
            "MB0521",
            "Both window and grain_to_date set",
        ),
        (
            beside("{name: m2, type: cumulative, input_metric: revenue, grain_to_date: wrong}"),
            "MB0521",
            "Invalid time granularity found in `grain_to_date`: 'wrong'",
        ),
        (
            beside("{name: m2, type: ratio, numerator: revenue}"),
            "MB0521",
            "Both a numerator and denominator must be specified",
        ),
        (
            beside("{name: m2, type: ratio, numerator: revenue, denominator: nope}"),
            "MB0521",
            "does not exist but was referenced by metric `m2`.",
        ),
        (beside("{name: m2, type: derived, expr: a}"), "MB0521", "No input metrics found for derived metric 'm2'"),
        (beside("{name: m2, type: derived, expr: a, metrics: [revenue]}"), "MB0204", "('metrics' was unexpected)"),
        (
            beside("{name: m2, type: conversion, conversion_metric: revenue, entity: order}"),
            "MB0204",
            "base_metric is required for conversion metrics.",
        ),
        (
            beside("{name: m2, type: conversion, base_metric: revenue, conversion_metric: revenue, entity: order}"),
            "MB0521",
            "must be COUNT/SUM(1)/COUNT_DISTINCT",
        ),
        (
            beside(&format!(
                "{counted}{{name: m2, type: conversion, base_metric: counted, conversion_metric: counted, entity: nope}}"
            )),
            "MB0521",
            "Entity: nope not found in base semantic model: fct_orders.",
        ),
        (
            beside(&format!(
                "{counted}{{name: m2, type: conversion, base_metric: counted, conversion_metric: counted, entity: order, constant_properties: [{{base_property: nope, conversion_property: ordered_at}}]}}"
            )),
            "MB0521",
            "The provided constant property: nope,",
        ),
        (
            beside(&format!(
                "{counted}{{name: r2, type: ratio, numerator: counted, denominator: counted}}\n      - {{name: m2, type: conversion, base_metric: r2, conversion_metric: counted, entity: order}}"
            )),
            "MB0521",
            "Metric 'r2' is not a Simple metric",
        ),
        (beside("{name: m2, type: simple, agg: sum, label: revenue}"), "MB0521", "Can't use label `revenue`"),
        (beside("{name: revenue, type: simple, agg: sum}"), "MB0505", "two metrics with the name \"revenue\""),
        (beside("{name: m2, type: derived, expr: m2, input_metrics: [m2]}"), "MB0507", "Found a cycle"),
        (beside("{name: m2, type: simple, agg: sum, description: null}"), "MB0204", "None is not of type 'string'"),
        (beside("{name: m2, type: simple, agg: sum, config: {meta: a}}"), "MB0204", "'a' is not of type 'object'"),
        (
            beside("{name: m2, type: simple, agg: median, percentile: 0.3}"),
            "MB0521",
            "uses a MEDIAN aggregation, while percentile is set to '0.3'",
        ),
        (
            beside("{name: m2, type: cumulative, input_metric: revenue, window: 1 martian}"),
            "MB0521",
            "Invalid time granularity 'martian' in window: '1 martian'",
        ),
        (
            beside(
                "{name: m2, type: derived, expr: revenue, input_metrics: [{name: revenue, offset_window: 2 martian}]}",
            ),
            "MB0521",
            "Invalid time granularity 'martian' in window: '2 martian'",
        ),
        (
            beside(
                "{name: m2, type: derived, expr: revenue, input_metrics: [{name: revenue, offset_to_grain: martian}]}",
            ),
            "MB0521",
            "Invalid time granularity found in `offset_to_grain`: 'martian'",
        ),
        (
            beside("{name: m2, type: derived, expr: revenue, input_metrics: [{name: revenue, alias: revenue}]}"),
            "MB0521",
            "Alias 'revenue' for input metric: 'revenue' is already being used",
        ),
        (
            column(
                "{name: x1, dimension: {type: categorical, label: L}}\n      - {name: x2, dimension: {type: categorical, label: L}}",
            ),
            "MB0521",
            "The label `L` was used for 2 dimensions",
        ),
        (
            top("{name: m2, type: simple, agg: sum}"),
            "MB0204",
            "simple metrics in v2 YAML must be attached to semantic_model",
        ),
        (top("{name: m2}"), "MB0204", "Simple metrics must have an agg param."),
        (
            top("{name: m2, type: ratio, numerator: revenue, denominator: revenue, tags: [a]}"),
            "MB0204",
            "('tags' was unexpected)",
        ),
        (
            top("{name: m2, type: ratio, label: M, numerator: revenue, type_params: {numerator: revenue}}"),
            "MB0204",
            "('numerator' was unexpected)",
        ),
        (
            format!("{SMALL}semantic_models: [{{name: fct_orders, model: ref('all_days')}}]\n"),
            "MB0505",
            "two semantic_models with the name \"fct_orders\"",
        ),
        (
            format!(
                "{SMALL}semantic_models: [{{name: other, model: ref('all_days'), primary_entity: order, dimensions: [{{name: ordered_at, type: categorical}}]}}]\n"
            ),
            "MB0521",
            "Duplicate dimension + primary entity pairing",
        ),
    ];
    for (yaml, code, expected) in cases {
        project(&yaml).run(["parse"]).ends_with(2).says(&[code, expected]);
    }
}

#[test]
fn what_dbt_takes_without_making_anything_of_it_is_told() {
    let cases = [
        (
            model("    semantic_model: true\n", ""),
            "`metrics` of model 'fct_orders' has no effect: it has no `semantic_model`",
        ),
        (
            model("    columns", "    versions: [{v: 1, defined_in: fct_orders}]\n    columns"),
            "dbt makes no semantic model of a model with versions",
        ),
        (
            column("{name: x1, dimension: {type: categorical, validity_params: {is_start: true}}}"),
            "so that column must specify a granularity",
        ),
        (column("{name: x1, dimension: time}"), "time dimension `x1` must have a time granularity set"),
        (
            model(
                "    columns",
                "    derived_semantics: {dimensions: [{name: d1, type: categorical, expr: a, validity_params: {is_end: true}}]}\n    columns",
            ),
            "Derived dimension d1 has validity_params",
        ),
        (
            beside("{name: m2, type: simple, agg: percentile, percentile: 0.5, percentile_type: wrong}"),
            "`percentile_type: wrong` has no effect",
        ),
        (
            beside("{name: m2, type: simple, agg: sum, percentile: 0.3}"),
            "uses agg_params (percentile) only relevant to Percentile metrics",
        ),
        (beside("{name: m2, type: simple, agg: percentile}"), "Metric 'm2' uses a PERCENTILE aggregation"),
        (
            beside("{name: m2, type: simple, agg: sum, agg_time_dimension: wrong}"),
            "metric 'm2' has the aggregation time dimension set to 'wrong'",
        ),
        (
            beside("{name: m2, type: simple, agg: sum, non_additive_dimension: {name: wrong, window_agg: max}}"),
            "Metric 'm2' has a non_additive_dimension with name 'wrong'",
        ),
    ];
    for (yaml, expected) in cases {
        project(&yaml).run(["parse"]).ends_with(0).says(&["warning", expected]);
    }
    let disabled = "name: shop\nprofile: test\nsemantic-models: {+enabled: false}\n";
    let outcome = project(SMALL).file("dbt_project.yml", disabled).run(["parse"]).ends_with(0);
    let manifest = outcome.says(&["attached to disabled semantic model `fct_orders`"]).manifest();
    assert_eq!(manifest["semantic_models"], json!({}));
    assert!(manifest["disabled"]["semantic_model.shop.fct_orders"].is_array());
}

#[test]
fn granularities_of_a_project_s_own_hold_for_offsets_alone() {
    let days = "models: [{name: all_days, columns: [{name: day, granularity: day}, {name: f}], time_spine: \
                {standard_granularity_column: day, custom_granularities: [{name: fiscal, column_name: f}]}}]";
    let offset = "{name: m2, type: derived, expr: revenue, input_metrics: [{name: revenue, offset_window: 2 fiscals}]}";
    project(&beside(offset)).file("models/days.yml", days).succeed(["parse"]);
    let window = "{name: m2, type: cumulative, input_metric: revenue, window: 1 fiscal}";
    let refused = project(&beside(window)).file("models/days.yml", days).run(["parse"]).ends_with(2);
    refused.says(&["in window: '1 fiscal' Custom granularities are not supported for this field yet."]);
}
