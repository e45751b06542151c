//! Metrics, semantic models and saved queries: described, selected, never computed.

use crate::support::Project;

const SEMANTIC: &str = "
semantic_models:
  - name: orders
    model: ref('fct_orders')
    defaults: {agg_time_dimension: day}
    entities: [{name: order_id, type: primary}]
    dimensions: [{name: day, type: time, type_params: {time_granularity: day}}]
    measures:
      - {name: revenue, agg: sum, expr: amount, create_metric: true}
metrics:
  - {name: twice, label: Twice, type: derived, type_params: {expr: revenue * 2, metrics: [revenue]}}
saved_queries:
  - name: weekly
    query_params: {metrics: [twice]}
    exports: [{name: weekly, config: {export_as: table}}]
exposures:
  - {name: board, type: dashboard, owner: {name: A}, depends_on: [\"metric('twice')\"]}
";

fn project(semantic: &str) -> Project {
    Project::new()
        .file("models/fct_orders.sql", "select 1 as order_id, date '2024-01-01' as day, 2 as amount")
        .file("models/all_days.sql", "select date '2024-01-01' as day")
        .file(
            "models/days.yml",
            "models: [{name: all_days, time_spine: {standard_granularity_column: day}, columns: [{name: day, granularity: day}]}]",
        )
        .file("models/semantic.yml", semantic)
}

#[test]
fn they_are_listed_selected_and_left_alone() {
    let project = project(SEMANTIC);
    let outcome = project.succeed(["build"]);
    assert_eq!(outcome.results(), ["all_days success", "board no-op", "fct_orders success", "weekly no-op"]);
    let manifest = outcome.manifest();
    let parents = &manifest["parent_map"];
    let package = manifest["metadata"]["project_name"].as_str().unwrap();
    let of = |kind: &str, name: &str| parents[format!("{kind}.{package}.{name}")][0].as_str().unwrap().to_string();
    assert_eq!(of("metric", "twice"), format!("metric.{package}.revenue"));
    assert_eq!(of("metric", "revenue"), format!("semantic_model.{package}.orders"));
    assert_eq!(of("semantic_model", "orders"), format!("model.{package}.fct_orders"));
    assert_eq!(of("saved_query", "weekly"), format!("metric.{package}.twice"));
    assert_eq!(of("exposure", "board"), format!("metric.{package}.twice"));
    let twice = &manifest["metrics"][format!("metric.{package}.twice")];
    assert_eq!(twice["type_params"]["input_measures"][0]["name"], "revenue");

    let listed = |select: &str| project.succeed(["--quiet", "list", "--select", select]).stdout;
    assert_eq!(listed("metric:twice").trim(), format!("metric:{package}.twice"));
    assert_eq!(listed("+saved_query:weekly").lines().count(), 5);
    assert_eq!(listed("resource_type:semantic_model").trim(), format!("semantic_model:{package}.orders"));
}

#[test]
fn what_could_not_be_computed_is_refused() {
    let cases = [
        (
            ("metrics: [revenue]", "metrics: [revenues]"),
            "The metric `revenues` does not exist but was referenced by metric `twice`.",
        ),
        (("metrics: [twice]", "metrics: [thrice]"), "depends on a metric named 'thrice' which was not found"),
        (
            ("agg_time_dimension: day", "agg_time_dimension: week"),
            "which is not a valid time dimension in the semantic model",
        ),
        (("type: primary", "type: foreign"), "it does not define a primary entity"),
        (("agg: sum, expr: amount", "agg: count"), "uses a COUNT aggregation, which requires an expr"),
    ];
    for ((from, to), expected) in cases {
        project(&SEMANTIC.replace(from, to)).run(["parse"]).ends_with(2).says(&[expected, "MB0521"]);
    }
}

#[test]
fn semantic_models_need_a_time_spine() {
    let project = project(SEMANTIC).file("models/days.yml", "{}");
    project
        .run(["parse"])
        .ends_with(2)
        .says(&["The semantic layer requires a time spine model with granularity DAY or smaller"]);
}
