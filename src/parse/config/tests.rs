use super::*;

fn map(value: Value) -> ConfigMap {
    object(value)
}

/// Lays the layers over the defaults of a model and returns the named config. Expectations were read off dbt 1.11.
#[track_caller]
fn check(layers: &[Value], name: &str, expected: Value) {
    let mut sum = defaults(ResourceType::Model).clone();
    for layer in layers {
        lay_over(&mut sum, &map(layer.clone()));
    }
    assert_eq!(sum.get(name).cloned().unwrap_or(Value::Null), expected, "{layers:?}");
}

#[test]
fn layers_merge_as_each_config_says() {
    check(&[json!({"materialized": "table"}), json!({"materialized": "view"})], "materialized", json!("view"));
    check(&[json!({"tags": "a"}), json!({"tags": ["b", "a"]})], "tags", json!(["a", "b", "a"]));
    check(&[json!({"meta": {"a": 1, "b": {"x": 1}}}), json!({"meta": {"b": 2}})], "meta", json!({"a": 1, "b": 2}));
    check(&[json!({"contract": {"enforced": true}})], "contract", json!({"enforced": true, "alias_types": true}));
    check(&[json!({"docs": {"node_color": "red"}})], "docs", json!({"show": true, "node_color": "red"}));
    check(&[json!({"anything": [1]}), json!({"anything": [2]})], "anything", json!([2]));
    check(&[json!({"persist_docs": {"relation": true}}), json!({"persist_docs": {}})], "persist_docs", json!({}));
}

#[test]
fn grants_are_replaced_by_key_unless_marked() {
    let base = json!({"grants": {"select": "a", "insert": ["x"]}});
    check(&[base.clone(), json!({"grants": {"select": "b"}})], "grants", json!({"select": ["b"], "insert": ["x"]}));
    check(&[base, json!({"grants": {"+select": "b"}})], "grants", json!({"select": ["a", "b"], "insert": ["x"]}));
    check(&[json!({"grants": {"+select": ["b"]}})], "grants", json!({"select": ["b"]}));
}

#[test]
fn hooks_add_up_in_every_spelling() {
    let outside = r#"{"transaction": false, "sql": "vacuum"}"#;
    check(
        &[json!({"pre_hook": "a"}), json!({"pre-hook": [{"sql": "b", "transaction": false}, outside]})],
        "pre-hook",
        json!([
            {"sql": "a", "transaction": true, "index": null},
            {"sql": "b", "transaction": false, "index": null},
            {"sql": "vacuum", "transaction": false, "index": null},
        ]),
    );
}

#[test]
fn calls_in_one_file_add_up() {
    let mut calls = ConfigMap::new();
    for call in [
        json!({"tags": "a", "materialized": "table", "grants": {"+select": "x"}}),
        json!({"tags": ["b"], "materialized": "view", "meta": {"k": 1}, "grants": {"+select": "y", "insert": "z"}}),
    ] {
        add_call(&mut calls, &map(call));
    }
    assert_eq!(
        Value::Object(calls),
        json!({
            "tags": ["a", "b"], "materialized": "view", "grants": {"+select": ["x", "y"], "insert": ["z"]}, "meta": {"k": 1},
        })
    );
}

#[track_caller]
fn check_problem(kind: ResourceType, layer: Value, expected: &str) {
    let mut sum = defaults(kind).clone();
    lay_over(&mut sum, &map(layer));
    let (_, problems) = typed(kind, sum);
    assert_eq!(problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(), [expected]);
}

#[test]
fn wrong_values_are_problems() {
    check_problem(
        ResourceType::Seed,
        json!({"materialized": "table"}),
        "A seed must have a materialized value of 'seed'",
    );
    check_problem(
        ResourceType::DataTest,
        json!({"severity": "loud"}),
        "Severity must be either 'warn' or 'error'. Got 'loud'",
    );
    check_problem(ResourceType::Model, json!({"enabled": "no"}), "\"no\" is not of type 'boolean' (config 'enabled')");
    check_problem(
        ResourceType::Model,
        json!({"materialized": "incremental", "contract": {"enforced": true}}),
        "Invalid value for on_schema_change: ignore. Models materialized as incremental with contracts enabled must set \
         on_schema_change to 'append_new_columns' or 'fail'",
    );
}

#[test]
fn storing_failures_has_two_spellings() {
    let store = |layer: Value| {
        let mut sum = defaults(ResourceType::DataTest).clone();
        lay_over(&mut sum, &map(layer));
        let values = typed(ResourceType::DataTest, sum).0.values;
        (values["store_failures"].clone(), values["store_failures_as"].clone())
    };
    assert_eq!(store(json!({})), (Value::Null, Value::Null));
    assert_eq!(store(json!({"store_failures": true})), (json!(true), json!("table")));
    assert_eq!(store(json!({"store_failures": false})), (json!(false), json!("ephemeral")));
    assert_eq!(
        store(json!({"store_failures": true, "store_failures_as": "ephemeral"})),
        (json!(false), json!("ephemeral"))
    );
    assert_eq!(store(json!({"store_failures_as": "view"})), (json!(true), json!("view")));
}
