//! Semantic models and metrics in entries of models, as dbt-core 1.12 reads them. What is expected was taken from dbt-core
//! 1.12.6 on the same text.

mod problems;

use crate::support::Project;
use serde_json::{Value, json};

const ORDERS: &str = "
models:
  - name: fct_orders
    description: \"All of them. {{ doc('amount') }}\"
    semantic_model:
      name: orders
      config: {meta: {owner: me}}
    agg_time_dimension: ordered_at
    columns:
      - name: order_id
        description: The key
        config: {meta: {of_column: 1}}
        entity: {type: primary, name: order, label: Order, config: {meta: {of_entity: 1}}}
      - {name: customer_id, entity: FOREIGN, description: who, meta: {outer: 2}}
      - name: ordered_at
        granularity: DAY
        config: {meta: {of_column: 3}}
        dimension: {type: time, label: When, config: {meta: {of_dimension: 1}}}
      - {name: status, dimension: categorical, description: \"{{ doc('amount') }}\"}
      - name: amount
        entity: {type: unique, name: amount_entity}
        dimension: {type: categorical, name: amount_dimension, is_partition: true, description: how much}
    derived_semantics:
      entities:
        - {name: pair, type: unique, expr: order_id || customer_id, description: both, config: {meta: {q: 1}}}
      dimensions:
        - {name: big, type: categorical, expr: amount > 10, label: Big, description: \"{{ doc('amount') }}\"}
        - {name: order_month, type: time, expr: \"date_trunc('month', ordered_at)\", granularity: month}
    metrics:
      - {name: revenue, type: simple, agg: SUM, expr: amount, label: Revenue, config: {meta: {m: 1}}}
      - {name: order_count, agg: count, expr: 1, hidden: true, fill_nulls_with: 0, join_to_timespine: true}
      - {name: p90, type: simple, agg: percentile, expr: amount, percentile: 0.9, percentile_type: Discrete}
      - name: balance
        type: simple
        agg: sum
        expr: amount
        agg_time_dimension: order_month
        non_additive_dimension: {name: order_month, window_agg: max, group_by: [customer_id]}
        filter: \"{{ Dimension('order__status') }} = 'x'\"
      - {name: average_order, type: ratio, numerator: revenue, denominator: {name: order_count, alias: oc, filter: [a, b]}}
      - {name: weekly, type: cumulative, input_metric: revenue, window: 7 days, period_agg: last}
      - {name: to_date, type: cumulative, input_metric: {name: revenue}, grain_to_date: MONTH}
      - {name: growth, type: derived, expr: revenue - before, input_metrics: [revenue, {name: revenue, alias: before, offset_window: 1 month}]}
      - name: returning
        type: conversion
        base_metric: order_count
        conversion_metric: order_count
        entity: order
        calculation: conversions
        window: 7 days
        constant_properties: [{base_property: status, conversion_property: status}]
metrics:
  - {name: twice, type: derived, expr: average_order * 2, input_metrics: [average_order], description: two}
";

fn project(yaml: &str) -> Project {
    Project::new()
        .file(
            "models/fct_orders.sql",
            "select 1 as order_id, 2 as customer_id, date '2024-01-01' as ordered_at, 'x' as status, 3 as amount",
        )
        .file("models/all_days.sql", "select date '2024-01-01' as day")
        .file("models/docs.md", "{% docs amount %}In euros.{% enddocs %}")
        .file(
            "models/days.yml",
            "models: [{name: all_days, time_spine: {standard_granularity_column: day}, columns: [{name: day, granularity: day}]}]",
        )
        .file("models/orders.yml", yaml)
}

/// The fields of `object` that `expected` has.
fn assert_has(object: &Value, expected: &Value) {
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(&object[key], value, "{key} of {}", object["name"]);
    }
}

fn metric<'m>(manifest: &'m Value, name: &str) -> &'m Value {
    &manifest["metrics"][format!("metric.shop.{name}")]
}

#[test]
fn a_model_describes_its_semantic_model() {
    let manifest = project(ORDERS).succeed(["parse"]).manifest();
    let model = &manifest["semantic_models"]["semantic_model.shop.orders"];
    assert_has(
        model,
        &json!({
            "model": "ref('fct_orders')",
            "description": "All of them. In euros.",
            "defaults": {"agg_time_dimension": "ordered_at"},
            "primary_entity": null,
            "measures": [],
            "refs": [{"name": "fct_orders", "package": null, "version": null}],
            "depends_on": {"macros": [], "nodes": ["model.shop.fct_orders"]},
            "config": {"enabled": true, "group": null, "meta": {"owner": "me"}},
            "unrendered_config": {"meta": {"owner": "me"}, "enabled": true},
            "fqn": ["shop", "orders"],
            "original_file_path": "models/orders.yml",
        }),
    );
    let entity = |name: &str, kind: &str, description: &str, label: Value, expression: Value, meta: Value| {
        json!({
            "name": name, "type": kind, "description": description, "label": label, "role": null, "expr": expression,
            "config": {"meta": meta},
        })
    };
    assert_eq!(
        model["entities"],
        json!([
            entity(
                "order",
                "primary",
                "The key",
                json!("Order"),
                json!("order_id"),
                json!({"owner": "me", "of_entity": 1})
            ),
            entity("customer_id", "foreign", "who", json!(null), json!(null), json!({"owner": "me", "outer": 2})),
            entity("amount_entity", "unique", "", json!(null), json!("amount"), json!({"owner": "me"})),
            entity(
                "pair",
                "unique",
                "both",
                json!(null),
                json!("order_id || customer_id"),
                json!({"owner": "me", "q": 1})
            ),
        ])
    );
    let dimensions = model["dimensions"].as_array().unwrap();
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ordered_at", "status", "amount_dimension", "big", "order_month"]);
    assert_has(
        &dimensions[0],
        &json!({
            "type": "time", "label": "When", "expr": null, "description": "",
            "type_params": {"time_granularity": "day", "validity_params": null},
            "config": {"meta": {"owner": "me", "of_column": 3, "of_dimension": 1}},
        }),
    );
    assert_has(&dimensions[1], &json!({"type": "categorical", "type_params": null, "description": "In euros."}));
    assert_has(&dimensions[2], &json!({"is_partition": true, "expr": "amount", "description": "how much"}));
    assert_has(&dimensions[3], &json!({"label": "Big", "expr": "amount > 10", "description": "In euros."}));
    assert_has(
        &dimensions[4],
        &json!({"description": null, "type_params": {"time_granularity": "month", "validity_params": null}}),
    );
}

#[test]
fn columns_show_what_they_are_to_the_semantic_model() {
    let manifest = project(ORDERS).succeed(["parse"]).manifest();
    let columns = &manifest["nodes"]["model.shop.fct_orders"]["columns"];
    assert_eq!(columns["customer_id"]["entity"], "foreign");
    assert_eq!(columns["status"]["dimension"], "categorical");
    assert_eq!(columns["ordered_at"]["granularity"], "day");
    assert_eq!(
        columns["order_id"]["entity"],
        json!({
            "name": "order", "type": "primary", "description": "The key", "label": "Order",
            "config": {"meta": {"of_entity": 1}},
        })
    );
    assert_eq!(
        columns["amount"]["dimension"],
        json!({
            "name": "amount_dimension", "type": "categorical", "description": "how much", "label": null,
            "is_partition": true, "config": {}, "validity_params": null,
        })
    );
    // What 1.11 does not have is written only where it says something.
    let day = &manifest["nodes"]["model.shop.all_days"]["columns"]["day"];
    assert!(day.get("dimension").is_none() && columns["status"].get("entity").is_none());
}

#[test]
fn metrics_stand_beside_the_model_that_they_aggregate() {
    let manifest = project(ORDERS).succeed(["parse"]).manifest();
    let revenue = metric(&manifest, "revenue");
    assert_has(
        revenue,
        &json!({
            "label": "Revenue", "type": "simple", "meta": {}, "tags": [], "description": "", "filter": null,
            "config": {"enabled": true, "group": null, "meta": {"m": 1}},
            "depends_on": {"macros": [], "nodes": ["semantic_model.shop.orders"]},
        }),
    );
    assert_eq!(
        revenue["type_params"],
        json!({
            "measure": null, "input_measures": [], "numerator": null, "denominator": null, "expr": "amount", "window": null,
            "grain_to_date": null, "metrics": [], "conversion_type_params": null, "cumulative_type_params": null,
            "metric_aggregation_params": {
                "semantic_model": "orders", "agg": "sum", "agg_time_dimension": "ordered_at", "non_additive_dimension": null,
                "agg_params": {
                    "percentile": null, "use_discrete_percentile": false, "use_approximate_percentile": false,
                },
            },
            "fill_nulls_with": null, "join_to_timespine": false, "is_private": false,
        })
    );
    let count = metric(&manifest, "order_count");
    assert_eq!((&count["label"], &count["type"]), (&json!("order_count"), &json!("simple")));
    assert_has(
        &count["type_params"],
        &json!({"expr": "1", "is_private": true, "join_to_timespine": true, "fill_nulls_with": 0}),
    );
    assert_eq!(
        metric(&manifest, "p90")["type_params"]["metric_aggregation_params"]["agg_params"],
        json!({"percentile": 0.9, "use_discrete_percentile": true, "use_approximate_percentile": false})
    );
    let balance = metric(&manifest, "balance");
    assert_eq!(balance["filter"]["where_filters"][0]["where_sql_template"], "{{ Dimension('order__status') }} = 'x'");
    assert_has(
        &balance["type_params"]["metric_aggregation_params"],
        &json!({
            "agg_time_dimension": "order_month",
            "non_additive_dimension": {
                "name": "order_month", "window_choice": "max", "window_groupings": ["customer_id"],
            },
        }),
    );
}

#[test]
fn metrics_are_made_of_other_metrics() {
    let manifest = project(ORDERS).succeed(["parse"]).manifest();
    let input = |name: &str| json!({"name": name, "filter": null, "alias": null, "offset_window": null, "offset_to_grain": null});
    let params = |name: &str| &metric(&manifest, name)["type_params"];
    let reads = |name: &str| metric(&manifest, name)["depends_on"]["nodes"].clone();

    assert_eq!(params("average_order")["numerator"], input("revenue"));
    assert_eq!(params("average_order")["denominator"]["filter"]["where_filters"][1]["where_sql_template"], "b");
    assert_eq!(reads("average_order"), json!(["metric.shop.revenue", "metric.shop.order_count"]));
    assert_eq!(params("average_order")["metric_aggregation_params"], json!(null));
    assert_eq!(
        params("weekly")["cumulative_type_params"],
        json!({
            "window": {"count": 7, "granularity": "day"}, "grain_to_date": null, "period_agg": "last",
            "metric": input("revenue"),
        })
    );
    assert_eq!((&params("weekly")["window"], reads("weekly")), (&json!(null), json!(["metric.shop.revenue"])));
    assert_eq!(params("to_date")["cumulative_type_params"]["grain_to_date"], "MONTH");
    assert_eq!(params("growth")["metrics"][1]["offset_window"], json!({"count": 1, "granularity": "month"}));
    assert_eq!(reads("growth"), json!(["metric.shop.revenue"]));
    assert_eq!(
        params("returning")["conversion_type_params"],
        json!({
            "entity": "order", "base_measure": null, "conversion_measure": null, "base_metric": input("order_count"),
            "conversion_metric": input("order_count"), "calculation": "conversions",
            "window": {"count": 7, "granularity": "day"},
            "constant_properties": [{"base_property": "status", "conversion_property": "status"}],
        })
    );
    assert_eq!(reads("twice"), json!(["metric.shop.average_order"]));
    assert_eq!(metric(&manifest, "twice")["description"], "two");
}

#[test]
fn metricflow_is_told() {
    let project = project(ORDERS);
    project.succeed(["parse"]);
    let told: Value = serde_json::from_str(&project.read("target/semantic_manifest.json")).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&told["semantic_models"][0]["dimensions"][0]),
        [
            "name",
            "description",
            "type",
            "datatype",
            "is_partition",
            "type_params",
            "expr",
            "metadata",
            "label",
            "config"
        ]
    );
    let metrics = told["metrics"].as_array().unwrap();
    let of = |name: &str| metrics.iter().find(|metric| metric["name"] == name).unwrap();
    assert_eq!(
        keys(of("revenue")),
        [
            "name",
            "description",
            "type",
            "datatype",
            "type_params",
            "filter",
            "metadata",
            "label",
            "config",
            "time_granularity"
        ]
    );
    assert_eq!(of("revenue")["config"], json!({"meta": {"m": 1}}));
    assert_eq!(of("revenue")["type_params"]["metric_aggregation_params"]["semantic_model"], "orders");
    let cumulative = &of("to_date")["type_params"]["cumulative_type_params"];
    assert_eq!((&cumulative["grain_to_date"], &cumulative["metric"]["name"]), (&json!("month"), &json!("revenue")));
    assert_eq!(of("order_count")["type_params"]["is_private"], true);
}

#[test]
fn they_are_selected_and_survive_the_parse_cache() {
    let project = project(ORDERS);
    let first = project.succeed(["parse"]).manifest();
    std::fs::remove_file(project.path("target/manifest.json")).unwrap();
    let again = project.succeed(["--debug", "parse"]);
    assert!(again.text().contains("no changes found, skipping parsing"), "{}", again.text());
    for key in ["nodes", "semantic_models", "metrics", "parent_map"] {
        assert_eq!(without_times(&again.manifest()[key]), without_times(&first[key]), "{key}");
    }
    let listed = project.succeed(["--quiet", "list", "--select", "+metric:average_order"]).stdout;
    let mut lines: Vec<&str> = listed.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "metric:shop.average_order",
            "metric:shop.order_count",
            "metric:shop.revenue",
            "semantic_model:shop.orders",
            "shop.fct_orders"
        ]
    );
}

fn without_times(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| *key != "created_at");
            kept.map(|(key, value)| (key.clone(), without_times(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_times).collect(),
        other => other.clone(),
    }
}

#[test]
fn both_shapes_stand_in_one_project() {
    let older = "
semantic_models:
  - name: days
    model: ref('all_days')
    defaults: {agg_time_dimension: day_of}
    entities: [{name: day_key, type: primary, expr: day}]
    dimensions: [{name: day_of, type: time, expr: day, type_params: {time_granularity: day}}]
    measures: [{name: day_count, agg: count, expr: 1, create_metric: true}]
metrics:
  - {name: per_day, type: ratio, numerator: revenue, denominator: day_count}
  - {name: older, label: Older, type: derived, type_params: {expr: revenue + day_count, metrics: [revenue, day_count]}}
";
    let manifest = project(ORDERS).file("models/older.yml", older).succeed(["parse"]).manifest();
    let reads = |name: &str| metric(&manifest, name)["depends_on"]["nodes"].clone();
    assert_eq!(reads("per_day"), json!(["metric.shop.revenue", "metric.shop.day_count"]));
    assert_eq!(reads("older"), reads("per_day"));
    let measures = |name: &str| metric(&manifest, name)["type_params"]["input_measures"][0]["name"].clone();
    assert_eq!((measures("per_day"), measures("older")), (json!("day_count"), json!("day_count")));
    // The older shape keeps the fields that dbt-core 1.11 writes.
    assert!(metric(&manifest, "older")["type_params"].get("is_private").is_none());
    let days = &manifest["semantic_models"]["semantic_model.shop.days"];
    assert!(days["dimensions"][0].get("datatype").is_none() && days["description"].is_null());
}

/// A model with a semantic model; each part can be replaced.
const SMALL: &str = "
models:
  - name: fct_orders
    semantic_model: true
    agg_time_dimension: ordered_at
    columns:
      - {name: order_id, entity: {type: primary, name: order}}
      - {name: ordered_at, granularity: day, dimension: {type: time}}
    metrics:
      - {name: revenue, type: simple, agg: sum, expr: amount}
";

/// [`SMALL`] with a further column or metric.
fn column(text: &str) -> String {
    SMALL.replace("    metrics:", &format!("      - {text}\n    metrics:"))
}
fn beside(text: &str) -> String {
    format!("{SMALL}      - {text}\n")
}
fn top(text: &str) -> String {
    format!("{SMALL}metrics:\n  - {text}\n")
}
fn model(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replace(from, to)
}

#[test]
fn a_semantic_model_is_switched_off() {
    for off in ["false", "{enabled: false, name: orders}"] {
        let outcome = project(&model("semantic_model: true", &format!("semantic_model: {off}"))).succeed(["parse"]);
        let manifest = outcome.manifest();
        assert_eq!(
            (&manifest["semantic_models"], &manifest["metrics"], &manifest["disabled"]),
            (&json!({}), &json!({}), &json!({}))
        );
        assert!(!outcome.text().contains("no effect"));
    }
    // Nor does one that has no metrics have to be one that MetricFlow could compute.
    let yaml = "models: [{name: fct_orders, semantic_model: true, columns: [{name: status, dimension: categorical}]}]";
    let manifest = project(yaml).succeed(["parse"]).manifest();
    assert_eq!(manifest["semantic_models"]["semantic_model.shop.fct_orders"]["dimensions"][0]["name"], "status");
}

#[test]
fn nothing_that_is_written_is_lost() {
    let column = column("{name: shipped_at, granularity: month, dimension: time}");
    let yaml = column
        .replace("semantic_model: true", "semantic_model: {group: finance}")
        .replace("expr: amount", "expr: amount, fill_nulls_with: 0")
        + "groups: [{name: finance, owner: {name: A}}]\n";
    let manifest = project(&yaml).succeed(["parse"]).manifest();
    let model = &manifest["semantic_models"]["semantic_model.shop.fct_orders"];
    assert_eq!((&model["group"], &model["config"]["group"]), (&json!("finance"), &json!("finance")));
    assert_eq!(model["dimensions"][1]["type_params"]["time_granularity"], "month");
    assert_eq!(metric(&manifest, "revenue")["type_params"]["fill_nulls_with"], 0);
}

#[test]
fn a_package_and_what_the_project_says_of_it() {
    let project = project(SMALL)
        .file("packages.yml", "packages: [{local: pkg}]")
        .file("pkg/dbt_project.yml", "name: pkg\nversion: '1.0'\n")
        .file("pkg/models/fct_visits.sql", "select 1 as visit_id, date '2024-01-01' as visited_at")
        .file("pkg/models/fct_calls.sql", "select 1 as call_id, date '2024-01-01' as called_at")
        .file(
            "pkg/models/visits.yml",
            &SMALL.replace("fct_orders", "fct_visits").replace("order", "visit").replace("revenue", "visits"),
        )
        .file(
            "models/calls.yml",
            &SMALL.replace("fct_orders", "fct_calls").replace("order", "call").replace("revenue", "calls"),
        );
    project.succeed(["deps"]);
    let manifest = project.succeed(["parse"]).manifest();
    let reads = |id: &str, section: &str| manifest[section][id]["depends_on"]["nodes"].clone();
    assert_eq!(reads("metric.pkg.visits", "metrics"), json!(["semantic_model.pkg.fct_visits"]));
    assert_eq!(reads("metric.shop.calls", "metrics"), json!(["semantic_model.shop.fct_calls"]));
    assert_eq!(reads("semantic_model.shop.fct_calls", "semantic_models"), json!(["model.pkg.fct_calls"]));
}

#[test]
fn without_a_semantic_model_a_columns_keys_may_be_somebodys_own() {
    let properties = "models:\n  - name: m\n    columns: [{name: id, entity: customer, dimension: {of: us}}, {name: day, entity: primary}]\n";
    let project = Project::new().file("models/m.sql", "select 1 as id").file("models/m.yml", properties);
    let columns = project.succeed(["parse"]).manifest()["nodes"]["model.shop.m"]["columns"].clone();
    assert_eq!(columns["id"]["entity"], "customer");
    assert_eq!(columns["id"]["dimension"], json!({ "of": "us" }));
    assert_eq!(columns["day"]["entity"], "primary");
    project.write("models/m.yml", &properties.replace("    columns", "    semantic_model: true\n    columns"));
    project.run(["parse"]).ends_with(2).says(&["'customer' is not a valid EntityType", "MB0204"]);
}
