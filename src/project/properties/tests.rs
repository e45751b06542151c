use super::*;
use crate::project::render::Unrendered;
use crate::project::yaml::load;

fn read_with(text: &str, test_arguments: bool) -> (Properties, Vec<String>) {
    let file = Arc::from("models/s.yml");
    let mut diagnostics = Vec::new();
    let root = load(&file, text, &mut diagnostics).expect("YAML").expect("content");
    let options = PropertiesOptions { renderer: &Unrendered, package: "shop", test_arguments };
    let properties = read_properties(&file, &root, &options, &mut diagnostics);
    (properties, diagnostics.iter().map(ToString::to_string).collect())
}

fn read(text: &str) -> (Properties, Vec<String>) {
    read_with(text, true)
}

fn clean(text: &str) -> Properties {
    let (properties, messages) = read(text);
    assert_eq!(messages, Vec::<String>::new(), "{text}");
    properties
}

fn map_text(map: &YamlMap) -> String {
    let entries = map.iter().map(|(key, value)| format!("{}={}", key.to_python_str(), value.to_python()));
    entries.collect::<Vec<_>>().join(" ")
}

#[test]
fn models_are_typed() {
    let text = "
version: 2
models:
  - name: orders
    description: \"{{ doc('orders') }}\"
    meta: {owner: me}
    access: public
    group: finance
    config: {materialized: table, contract: {enforced: true}}
    latest_version: 2
    deprecation_date: 2030-01-02
    constraints: [{type: primary_key, columns: [id]}]
    data_tests: [dbt_utils.unique_combination]
    columns:
      - name: id
        data_type: bigint
        quote: true
        tags: [key]
        constraints: [{type: not_null}]
        data_tests: [unique, not_null]
        config: {meta: {a: 1}}
        policy: strict
    versions:
      - v: 1
        defined_in: orders_old
        deprecation_date: '2027-01-01T12:00:00+02:00'
        columns: [{include: all, exclude: [total]}, {name: extra}]
        config: {alias: orders_v1}
      - v: 2
        data_tests: []
";
    let properties = clean(text);
    let model = &properties.models[0];
    assert_eq!(model.node.description.as_ref().map(|text| text.as_str()), Some("{{ doc('orders') }}"));
    let config =
        "materialized='table' contract={'enforced': True} meta={'owner': 'me'} group='finance' access='public'";
    assert_eq!(map_text(&model.node.config), config);
    assert_eq!(model.node.constraints[0].kind, Some(ConstraintKind::PrimaryKey));
    assert_eq!(model.node.data_tests[0].namespace.as_deref(), Some("dbt_utils"));
    let column = &model.node.columns[0];
    assert_eq!((column.quote, column.tags[0].as_str(), column.data_tests.len()), (Some(true), "key", 2));
    assert_eq!(column.extra[0].0.as_str(), "policy");
    assert_eq!(model.latest().map(ToString::to_string).as_deref(), Some("2"));
    let dates = model.deprecation_date.iter().chain(&model.versions[0].deprecation_date);
    let dates: Vec<String> = dates.map(|date| date.value.isoformat()).collect();
    assert_eq!(dates, ["2030-01-02T00:00:00", "2027-01-01T12:00:00+02:00"]);
    let columns = &model.versions[0].columns;
    assert!(columns.of_model.includes("id") && !columns.of_model.includes("total"));
    assert_eq!(columns.own[0].name.as_str(), "extra");
    assert!(model.versions[0].data_tests.is_none());
    assert_eq!(model.versions[1].data_tests.as_ref().map(Vec::len), Some(0));
}

#[test]
fn the_latest_version_is_the_highest() {
    for (versions, expected) in [("[{v: 2}, {v: 10}]", "10"), ("[{v: a}, {v: b}]", "b"), ("[{v: 1.5}, {v: 1}]", "1.5")]
    {
        let properties = clean(&format!("models: [{{name: a, versions: {versions}}}]"));
        assert_eq!(properties.models[0].latest().map(ToString::to_string).as_deref(), Some(expected));
    }
}

#[test]
fn tests_are_read_in_every_form() {
    for (text, expected) in [
        ("unique", "unique [] []"),
        ("dbt_utils.not_constant", "dbt_utils:not_constant [] []"),
        ("{not_null: {config: {where: 'a > 1', severity: warn}}}", "not_null [] [severity='warn' where='a > 1']"),
        (
            "{accepted_values: {arguments: {values: [1]}, config: {custom: x, tags: t}, name: n, description: d}}",
            "accepted_values [values=[1]] [tags='t' custom='x'] n d",
        ),
        ("{test_name: unique, name: n, config: {where: x}}", "unique [] [where='x'] n"),
        (
            "{name: n, test_name: relationships, arguments: {to: ref('a'), field: b}}",
            "relationships [to=\"ref('a')\" field='b'] [] n",
        ),
    ] {
        let properties = clean(&format!("models: [{{name: a, data_tests: [{text}]}}]"));
        assert_eq!(test_text(&properties.models[0].node.data_tests[0]), expected, "{text}");
    }
}

fn test_text(test: &TestDefinition) -> String {
    let namespace = test.namespace.as_ref().map(|namespace| format!("{namespace}:")).unwrap_or_default();
    let names = test.name.iter().chain(&test.description).map(|text| format!(" {}", text.to_python_str()));
    let (arguments, config) = (map_text(&test.arguments), map_text(&test.config));
    format!("{namespace}{} [{arguments}] [{config}]{}", test.test_name, names.collect::<String>())
}

#[test]
fn deprecated_forms_of_tests_warn_as_in_dbt() {
    let text = "models: [{name: a, columns: [{name: x, tests: [{accepted_values: {values: [1]}}, {unique: {severity: warn}}]}]}]";
    let (properties, messages) = read(text);
    let tests = &properties.models[0].node.columns[0].data_tests;
    assert_eq!(test_text(&tests[0]), "accepted_values [values=[1]] []");
    assert_eq!(test_text(&tests[1]), "unique [] [severity='warn']");
    assert_eq!(
        messages,
        [
            "MB0206: Found top-level arguments to test `accepted_values` defined on 'a' in package 'shop' (models/s.yml). \
             Arguments to generic tests should be nested under the `arguments` property.",
            "MB0206: Found `severity` as a top-level property of `data_tests.unique.severity` in file `models/s.yml`. The \
             `severity` top-level property should be moved into the `config` of `data_tests.unique.severity`.",
        ]
    );
    let (properties, messages) = read_with("models: [{name: a, tests: [{x: {arguments: {b: 1}, c: 2}}]}]", false);
    assert_eq!(test_text(&properties.models[0].node.data_tests[0]), "x [arguments={'b': 1} c=2] []");
    assert!(messages[0].contains("without usage of `require_generic_test_arguments_property`"), "{messages:?}");
}

#[test]
fn mistakes_are_told_in_dbts_words() {
    let invalid = |key: &str, name: &str, rest: &str| {
        format!("MB0204: Invalid {key} config given in models/s.yml @ {key}: {{'name': '{name}'}} - at path {rest}")
    };
    for (text, expected) in [
        ("models: {}", "MB0204: The schema file at models/s.yml is invalid because the value of 'models' is not a list".to_owned()),
        ("models: [a]", "MB0204: The schema file at models/s.yml is invalid because a list element for 'models' is not a dictionary".to_owned()),
        ("models: [{description: x}]", "MB0204: The schema file at models/s.yml is invalid because a list element for 'models' does not have a name attribute.".to_owned()),
        ("groups: [{owner: x}]", "MB0204: Entry did not contain a name".to_owned()),
        ("[]", "MB0204: Contents of file 'models/s.yml' are not valid. Dictionary expected.".to_owned()),
        ("models: [{name: a, description: 5}]", invalid("models", "a", "['description']: 5 is not of type 'string'")),
        ("models: [{name: a, description: }]", invalid("models", "a", "['description']: None is not of type 'string'")),
        ("models: [{name: a, columns: }]", invalid("models", "a", "['columns']: None is not of type 'array'")),
        ("models: [{name: a, columns: [{name: 4}]}]", invalid("models", "a", "['columns'][0]['name']: 4 is not of type 'string'")),
        ("models: [{name: a, columns: [{}]}]", invalid("models", "a", "['columns'][0]: 'name' is a required property")),
        ("models: [{name: a, versions: [{v: 1, foo: 3}]}]", invalid("models", "a", "['versions'][0]: Additional properties are not allowed ('foo' was unexpected)")),
        ("models: [{name: a, versions: [{v: 1}, {v: 1}]}]", invalid("models", "a", "[]: Found duplicate version: '1' in versions list of model 'a'")),
        ("models: [{name: a, latest_version: 3, versions: [{v: 1}]}]", invalid("models", "a", "[]: latest_version: 3 is not one of model 'a' versions: [1]")),
        ("models: [{name: a, versions: [{v: 1, columns: [{include: [x], exclude: [y]}]}]}]", invalid("models", "a", "['versions'][0]['columns'][0]: exclude can only be specified if include is one of ('all', '*')")),
        ("models: [{name: a, tests: [{x: {}}], data_tests: []}]", invalid("models", "a", "[]: Invalid test config: cannot have both 'tests' and 'data_tests' defined")),
        ("models: [{name: a, data_tests: [5]}]", invalid("models", "a", "['data_tests'][0]: 5 is not valid under any of the given schemas")),
        ("models: [{name: a, columns: [{name: x, constraints: [{type: foo}]}]}]", invalid("models", "a", "['columns'][0]: Invalid constraint type on column x")),
        ("sources: [{name: a, foo: 3}]", invalid("sources", "a", "[]: Additional properties are not allowed ('foo' was unexpected)")),
        ("sources: [{name: a, loaded_at_field: ''}]", invalid("sources", "a", "[]: loaded_at_field cannot be an empty string.")),
        ("sources: [{name: a, freshness: {warn_after: {count: 1, period: week}}}]", invalid("sources", "a", "['freshness']['warn_after']['period']: 'week' is not one of ['minute', 'hour', 'day']")),
        ("exposures: [{name: a, type: chart, owner: {name: x}}]", invalid("exposures", "a", "['type']: 'chart' is not one of ['dashboard', 'notebook', 'analysis', 'ml', 'application']")),
        ("exposures: [{name: a, type: ml, owner: {}}]", invalid("exposures", "a", "['owner']: Exposure owner must have at least one of 'name' or 'email'.")),
        ("groups: [{name: a, owner: {}}]", invalid("groups", "a", "['owner']: Group owner must have at least one of 'name' or 'email'.")),
        ("unit_tests: [{name: a, model: b, given: []}]", invalid("unit_tests", "a", "[]: 'expect' is a required property")),
        ("unit_tests: [{name: a, model: b, given: [], expect: {rows: 5}}]", invalid("unit_tests", "a", "['expect']['rows']: 5 is not valid under any of the given schemas")),
        ("models: [{name: a, data_tests: [{unique: {}, not_null: {}}]}]", "MB0205: Invalid test config given in models/s.yml:\ntest definition dictionary must have exactly one key, got [('unique', {}), ('not_null', {})] instead (2 keys)".to_owned()),
        ("models: [{name: a, data_tests: [{unique: }]}]", "MB0205: Invalid test config given in models/s.yml:\ntest arguments must be a dict, got <class 'NoneType'> (value None)".to_owned()),
        ("models: [{name: a, data_tests: [{x: {arguments: {model: b}}}]}]", "MB0205: Invalid test config given in models/s.yml:\nTest arguments include \"model\", which is a reserved argument".to_owned()),
    ] {
        let (_, messages) = read(text);
        assert_eq!(messages, [expected], "{text}");
    }
}

#[test]
fn one_bad_entry_does_not_hide_the_others() {
    let (properties, messages) =
        read("models: [{name: a, description: 5}, {name: b}]\nseeds: [{name: c, columns: 1}, {name: d}]\n");
    assert_eq!((properties.models.len(), properties.seeds.len(), messages.len()), (1, 1, 2));
}

#[test]
fn twice_the_same_property_is_refused() {
    let (_, messages) = read("models: [{name: a, meta: {x: 1}, config: {meta: {y: 1}}}]");
    assert!(
        messages[0].contains("In models/s.yml: found meta dictionary in 'config' dictionary and as top-level key.")
    );
}

#[test]
fn sources_are_typed() {
    let text = "
sources:
  - name: raw
    schema: \"{{ target.schema }}\"
    quoting: {identifier: true}
    loaded_at_field: at
    freshness: {warn_after: {count: 12, period: hour}, error_after: null}
    config: {enabled: true}
    tables:
      - name: orders
        identifier: raw_orders
        loaded_at_field: null
        freshness: null
        external: {location: 'data/*.csv'}
        columns: [{name: id, data_tests: [unique]}]
      - name: customers
        config: {loaded_at_field: ts}
";
    let source = &clean(text).sources[0];
    assert_eq!(source.unrendered_schema.as_ref().and_then(Yaml::as_str), Some("{{ target.schema }}"));
    assert_eq!(source.quoting, Quoting { identifier: Some(true), ..Quoting::default() });
    let Setting::Given(freshness) = &source.freshness else { panic!("given") };
    let hours = FreshnessTime { count: Some(12), period: Some(Period::Hour) };
    assert_eq!((&freshness.warn_after, &freshness.error_after), (&Setting::Given(hours), &Setting::Null));
    let [orders, customers] = source.tables.as_slice() else { panic!("two tables") };
    assert_eq!((&orders.freshness, &orders.loaded_at_field), (&Setting::Null, &Setting::Null));
    assert!(orders.external.is_some() && orders.columns[0].data_tests.len() == 1);
    assert!(matches!(&customers.loaded_at_field, Setting::Given(field) if field.as_str() == "ts"));
    assert_eq!(customers.freshness, Setting::Absent);
}

#[test]
fn the_rest_is_typed() {
    let text = "
snapshots: [{name: s, relation: ref('a'), config: {strategy: check}}]
macros: [{name: m, arguments: [{name: x, type: string}]}]
analyses: [{name: an}]
data_tests: [{name: t, config: {severity: warn}}]
exposures:
  - {name: weekly, type: dashboard, maturity: high, owner: {email: [a@b.c], team: x}, depends_on: [ref('a')]}
groups: [{name: finance, owner: {name: Ann}}]
unit_tests:
  - name: u
    model: a
    given: [{input: ref('b'), rows: [{x: 1, y: 2024-01-02}]}, {input: this, format: csv, fixture: f}]
    expect: {format: sql, rows: select 1}
    overrides: {vars: {a: 1}}
    versions: {include: [1]}
metrics: [{name: m, label: M, type: simple, type_params: {measure: n}}]
functions: [{name: f, returns: {data_type: int}}]
";
    let properties = clean(text);
    assert_eq!(properties.snapshots[0].relation.as_ref().map(|relation| relation.as_str()), Some("ref('a')"));
    assert_eq!(properties.macros[0].arguments[0].type_name.as_ref().map(|name| name.as_str()), Some("string"));
    assert_eq!((properties.analyses.len(), properties.singular_tests.len()), (1, 1));
    let exposure = &properties.exposures[0];
    assert_eq!(
        (exposure.kind.value, exposure.owner.email.len(), exposure.owner.extra.len()),
        (ExposureKind::Dashboard, 1, 1)
    );
    assert_eq!(properties.groups[0].owner.name.as_ref().map(|name| name.as_str()), Some("Ann"));
    let test = &properties.unit_tests[0];
    let Some(UnitTestRows::Dicts(rows)) = &test.given[0].content.rows else { panic!("dictionaries") };
    assert_eq!(rows[0].to_python(), "{'x': 1, 'y': '2024-01-02'}");
    assert_eq!((test.given[1].content.format, test.expect.format), (UnitTestFormat::Csv, UnitTestFormat::Sql));
    assert!(test.overrides.vars.is_some() && test.include_versions.is_some() && test.exclude_versions.is_none());
    assert_eq!((properties.metrics.len(), properties.functions.len()), (1, 1));
}

#[test]
fn metrics_are_read_into_the_layout_of_the_manifest() {
    let text = "
metrics:
  - name: m
    label: M
    type: Cumulative
    type_params: {measure: {name: n, filter: 'a > 1'}, window: 7 Days}
    filter: [x, y]
";
    let definition = &clean(text).metrics[0].definition;
    assert_eq!(definition["type"], "cumulative");
    assert_eq!(definition["filter"]["where_filters"][1]["where_sql_template"], "y");
    let params = &definition["type_params"];
    assert_eq!(params["measure"]["join_to_timespine"], false);
    assert_eq!(params["measure"]["filter"]["where_filters"][0]["where_sql_template"], "a > 1");
    assert_eq!(params["cumulative_type_params"]["window"], serde_json::json!({"count": 7, "granularity": "day"}));
    assert_eq!(params["cumulative_type_params"]["period_agg"], "first");
    assert!(params["numerator"].is_null() && params["metrics"] == serde_json::json!([]));
}

#[test]
fn semantic_models_and_saved_queries_have_their_defaults_and_say_which_measures_make_metrics() {
    let text = "
semantic_models:
  - name: s
    model: ref('a')
    measures: [{name: n, agg: count, expr: 1, create_metric: true}, {name: o, agg: sum, expr: true}]
    dimensions: [{name: d, type: time, type_params: {time_granularity: day}}]
saved_queries:
  - {name: q, tags: one, query_params: {metrics: [n], where: w}, exports: [{name: e, config: {export_as: view}}]}
";
    let properties = clean(text);
    let model = &properties.semantic_models[0];
    assert_eq!(model.created_metrics, ["n"]);
    let measures = &model.definition["measures"];
    assert_eq!((&measures[0]["expr"], &measures[1]["expr"]), (&"1".into(), &"True".into()));
    assert_eq!(measures[0]["create_metric"], false);
    assert!(model.definition["dimensions"][0]["type_params"]["validity_params"].is_null());
    let query = &properties.saved_queries[0];
    assert_eq!(
        (query.tags.as_slice(), &query.definition["query_params"]["limit"]),
        (&["one".to_string()][..], &().into())
    );
}

#[test]
fn what_does_not_fit_a_metric_is_said_in_the_words_of_dbt() {
    let cases = [
        ("{name: 1m, label: M, type: simple, type_params: {measure: n}}", "must begin with a letter"),
        ("{name: m, type: simple, type_params: {measure: n}}", "'label' is a required property"),
        ("{name: m, label: M, type: simpel, type_params: {measure: n}}", "'simpel' is not a valid MetricType"),
        ("{name: m, label: M, type: simple, type_params: {measur: n}}", "('measur' was unexpected)"),
        (
            "{name: m, label: M, type: simple, type_params: {measure: [n]}}",
            "is not valid under any of the given schemas",
        ),
        ("{name: m, label: M, type: cumulative, type_params: {measure: n, window: week}}", "Invalid window (week)"),
        ("{name: m, label: M, type: cumulative, type_params: {measure: n, window: x days}}", "Invalid count (x)"),
    ];
    for (metric, expected) in cases {
        let found = read(&format!("metrics: [{metric}]")).1;
        assert!(found.iter().any(|diagnostic| diagnostic.contains(expected)), "{metric}: {found:?}");
    }
}

#[test]
fn a_time_spine_names_columns_that_are_there() {
    let model = |spine: &str| {
        format!("models: [{{name: a, columns: [{{name: d, granularity: day}}, {{name: e}}], time_spine: {spine}}}]")
    };
    let cases = [
        ("{standard_granularity_column: x}", "Got invalid column name 'x' for model 'a'. Valid names: ['d', 'e']."),
        ("{standard_granularity_column: e}", "Please add one for column 'e' in model 'a'."),
        ("{standard_granularity_column: d, custom_granularities: [{name: f}]}", "Columns not found: ['f']"),
    ];
    for (spine, expected) in cases {
        let found = read(&model(spine)).1;
        assert!(found.iter().any(|diagnostic| diagnostic.contains(expected)), "{spine}: {found:?}");
    }
}

#[test]
fn a_semantic_model_in_the_entry_of_a_model_is_read_into_the_same_layout() {
    let text = "
models:
  - name: a
    semantic_model: {name: s, group: g}
    primary_entity: e
    columns:
      - {name: c, entity: Foreign, dimension: {type: time, name: d}, granularity: Day}
    metrics: [{name: m, agg: sum, percentile_type: Continuous}]
";
    let properties = clean(text);
    let semantics = properties.models[0].semantics.as_ref().expect("a semantic model");
    let definition = &semantics.semantic_model.definition;
    assert_eq!((&definition["model"], &definition["primary_entity"]), (&"ref('a')".into(), &"e".into()));
    assert_eq!((&definition["entities"][0]["name"], &definition["entities"][0]["expr"]), (&"c".into(), &().into()));
    let dimension = &definition["dimensions"][0];
    assert_eq!((&dimension["name"], &dimension["expr"]), (&"d".into(), &"c".into()));
    assert_eq!(dimension["type_params"]["time_granularity"], "day");
    let config = semantics.semantic_model.config.as_ref().map(Yaml::to_python);
    assert_eq!(config.as_deref(), Some("{'group': 'g'}"));
    let metric = &semantics.metrics[0];
    assert_eq!(metric.label.as_ref().map(|label| label.as_str()), Some("m"));
    let aggregation = &metric.definition["type_params"]["metric_aggregation_params"];
    assert_eq!((&aggregation["semantic_model"], &aggregation["agg_time_dimension"]), (&"s".into(), &().into()));
    assert_eq!(aggregation["agg_params"]["use_approximate_percentile"], true);
    // Without `semantic_model`, columns are still told apart, and nothing else is made of the entry.
    let without = clean("models: [{name: a, columns: [{name: c, entity: primary, x: 1}], metrics: []}]");
    assert!(without.models[0].semantics.is_none());
    let column = &without.models[0].node.columns[0];
    assert_eq!((column.entity.as_ref(), column.extra.len()), (Some(&"primary".into()), 1));
}
