use super::testing::manifest;
use super::*;
use crate::manifest::{Manifest, Relation, UniqueId};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default()
}

/// Lays `over` over `base`, key by key.
fn merged(base: &Value, over: &Value) -> Value {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            let mut result = base.clone();
            for (key, value) in over {
                let old = result.get(key).cloned().unwrap_or(Value::Null);
                result.insert(key.clone(), merged(&old, value));
            }
            Value::Object(result)
        }
        (_, over) => over.clone(),
    }
}

fn previous(json: &Value) -> PreviousState {
    let manifest = PreviousManifest::from_json(&json.to_string()).expect("an earlier manifest");
    PreviousState { manifest: Some(manifest), ..PreviousState::default() }
}

/// A model with everything that a comparison looks at.
fn model() -> Value {
    json!({
        "resource_type": "model", "package_name": "p", "name": "m", "path": "m.sql", "original_file_path": "models/m.sql",
        "fqn": ["p", "m"], "alias": "m", "database": "db", "schema": "main", "raw_code": "select 1", "description": "",
        "checksum": {"name": "sha256", "checksum": "1"}, "access": "protected",
        "config": {"materialized": "table"}, "unrendered_config": {"materialized": "table"},
        "columns": {}, "contract": {"enforced": false, "checksum": null}, "constraints": [],
        "depends_on": {"nodes": [], "macros": []},
    })
}

fn checks(manifest: &Manifest, state: &PreviousState, id: &str) -> Vec<&'static str> {
    let comparison = Comparison::new(manifest, state, moment());
    let holds = |check: &StateCheck| {
        let found = comparison.nodes_where(*check, &mut Vec::new()).expect("there is a state");
        found.iter().any(|found| found.as_str() == id)
    };
    StateCheck::ALL.into_iter().filter(holds).map(StateCheck::as_str).collect()
}

#[test]
fn each_change_of_a_model_has_its_name() {
    for (change, expected) in [
        (json!({}), "old unmodified"),
        (json!({"raw_code": "select 2"}), "old modified modified.body"),
        (json!({"unrendered_config": {"materialized": "view"}}), "old modified modified.configs"),
        (json!({"unrendered_config": {"meta": {"a": 1}}}), "old modified modified.configs"),
        (json!({"unrendered_config": {"tags": ["x"], "group": "g"}}), "old unmodified"),
        (json!({"unrendered_config": {"alias": "x"}}), "old modified modified.relation"),
        (json!({"database": "other", "schema": "other"}), "old unmodified"),
        (json!({"description": "x"}), "old unmodified"),
        (
            json!({"description": "x", "config": {"persist_docs": {"relation": true}}}),
            "old modified modified.persisted_descriptions",
        ),
        (
            json!({"columns": {"a": {"name": "a", "description": "x"}}, "config": {"persist_docs": {"columns": true}}}),
            "old modified modified.persisted_descriptions",
        ),
        (json!({"columns": {"a": {"name": "a", "description": "x"}}}), "old unmodified"),
        (json!({"fqn": ["p", "folder", "m"]}), "old modified"),
        (json!({"access": "public"}), "old modified"),
        (json!({"latest_version": 2}), "old modified"),
        (json!({"deprecation_date": "2030-01-01"}), "old modified"),
        (
            json!({"config": {"contract": {"enforced": true}}, "contract": {"checksum": "x"}}),
            "old modified modified.contract",
        ),
    ] {
        let state = previous(&json!({"nodes": {"model.p.m": model()}}));
        let manifest = manifest(&json!({"nodes": {"model.p.m": merged(&model(), &change)}}));
        assert_eq!(checks(&manifest, &state, "model.p.m").join(" "), expected, "{change}");
    }
}

#[test]
fn what_is_new_depends_on_its_kind() {
    let manifest = manifest(&json!({
        "nodes": {"model.p.m": {}, "seed.p.s": {}, "test.p.t": {"test_metadata": {"name": "unique"}}},
        "sources": {"source.p.raw.t": {}}, "exposures": {"exposure.p.e": {}},
        "unit_tests": {"unit_test.p.m.u": {"checksum": "1"}},
    }));
    let state = previous(&json!({}));
    let node = "new modified modified.body modified.configs modified.persisted_descriptions modified.relation \
                modified.contract";
    for (id, expected) in [
        ("model.p.m", node),
        ("seed.p.s", node),
        ("test.p.t", node),
        ("source.p.raw.t", "new unmodified modified.configs modified.relation"),
        ("exposure.p.e", "new unmodified modified.configs"),
        ("unit_test.p.m.u", "new modified"),
    ] {
        assert_eq!(checks(&manifest, &state, id).join(" "), expected, "{id}");
    }
}

#[test]
fn deprecation_dates_are_compared_as_moments() {
    let old = merged(&model(), &json!({"deprecation_date": "2030-01-01T00:00:00+00:00"}));
    let state = previous(&json!({"nodes": {"model.p.m": old}}));
    for (date, expected) in [("2030-01-01", "old unmodified"), ("2030-01-02", "old modified")] {
        let now = merged(&model(), &json!({"deprecation_date": date}));
        assert_eq!(checks(&manifest(&json!({"nodes": {"model.p.m": now}})), &state, "model.p.m").join(" "), expected);
    }
}

#[test]
fn macros_count_through_other_macros() {
    let with = |first: &str, builtin: &str| {
        json!({
            "nodes": {"model.p.m": merged(&model(), &json!({"depends_on": {"macros": ["macro.p.outer"]}})),
                      "model.p.n": merged(&model(), &json!({"depends_on": {"macros": ["macro.dbt.builtin", "macro.p.loop"]}}))},
            "macros": {
                "macro.p.outer": {"macro_sql": "same", "depends_on": {"macros": ["macro.p.inner"]}},
                "macro.p.inner": {"macro_sql": first},
                "macro.p.loop": {"macro_sql": "same", "depends_on": {"macros": ["macro.p.loop"]}},
                "macro.dbt.builtin": {"macro_sql": builtin},
            },
        })
    };
    let state = previous(&with("1", "1"));
    let changed = manifest(&with("2", "2"));
    assert_eq!(checks(&changed, &state, "model.p.m").join(" "), "old modified modified.macros");
    assert_eq!(checks(&changed, &state, "model.p.n").join(" "), "old unmodified");
}

#[test]
fn ids_of_packages_are_found_in_both_forms() {
    let node = |extra: Value| merged(&model(), &extra);
    let plain = json!({"nodes": {"model.util.c": node(json!({}))}});
    let meshed = json!({"nodes": {"model.util@orders.c": node(json!({})), "model.customer.x": node(json!({}))}});
    assert_eq!(checks(&manifest(&meshed), &previous(&plain), "model.util@orders.c").join(" "), "old unmodified");
    let mut single = plain.clone();
    single["metadata"] = json!({"project_name": "orders"});
    assert_eq!(checks(&manifest(&single), &previous(&meshed), "model.util.c").join(" "), "old unmodified");
}

#[test]
fn a_foreign_model_without_code_is_no_earlier_version() {
    let state =
        previous(&json!({"nodes": {"model.p.m": merged(&model(), &json!({"path": "", "original_file_path": ""}))}}));
    let manifest = manifest(&json!({"nodes": {"model.p.m": model()}}));
    assert!(checks(&manifest, &state, "model.p.m").contains(&"new"));
}

fn told(now: Value, old: Value) -> Vec<(bool, String)> {
    let state = previous(&json!({"nodes": old}));
    let manifest = manifest(&now);
    let mut diagnostics = Vec::new();
    Comparison::new(&manifest, &state, moment()).nodes_where(StateCheck::Modified, &mut diagnostics).expect("a state");
    diagnostics.into_iter().map(|diagnostic| (diagnostic.is_error(), diagnostic.message)).collect()
}

#[test]
fn large_seeds_are_told_to_be_guesses() {
    let seed = |name: &str, checksum: &str| json!({"seed.p.s": {"name": "s", "path": "s.csv", "checksum": {"name": name, "checksum": checksum}}});
    let found = "Found a seed (p.s) >1MiB in size";
    for (now, old, expected) in [
        (
            ("path", "s.csv"),
            ("path", "s.csv"),
            Some(" at the same path, dbt cannot tell if it has changed: assuming they are the same"),
        ),
        (
            ("path", "s.csv"),
            ("path", "old.csv"),
            Some(". The previous file was in a different location, assuming it has changed"),
        ),
        (("path", "s.csv"), ("sha256", "1"), Some(". The previous file was <=1MiB, so it has changed")),
        (("sha256", "1"), ("path", "s.csv"), None),
    ] {
        let expected: Vec<_> = expected.map(|rest| (false, format!("{found}{rest}"))).into_iter().collect();
        assert_eq!(told(json!({"nodes": seed(now.0, now.1)}), seed(old.0, old.1)), expected);
    }
}

/// A model with a contract over two columns.
fn contracted(extra: &Value) -> Value {
    let contracted = json!({
        "config": {"contract": {"enforced": true}}, "contract": {"enforced": true, "checksum": "now"},
        "columns": {
            "id": {"name": "id", "data_type": "integer", "constraints": [{"type": "not_null"}, {"type": "custom", "expression": "x"}]},
            "name": {"name": "name", "data_type": "varchar(10)", "constraints": []},
        },
        "constraints": [{"type": "primary_key", "columns": ["id", "name"]}],
    });
    merged(&merged(&model(), &contracted), extra)
}

#[test]
fn breaking_changes_are_told_as_dbt_tells_them() {
    let old = contracted(&json!({"contract": {"checksum": "then"}}));
    let title = "Breaking change to contracted, unversioned model m (models/m.sql)\nWhile comparing to previous project \
                 state, dbt detected a breaking change to an unversioned model.\n  - ";
    let mut without_name = contracted(&json!({}));
    without_name["columns"].as_object_mut().expect("columns").shift_remove("name");
    for (now, expected) in [
        (contracted(&json!({"columns": {"more": {"name": "more"}}})), None),
        (contracted(&json!({"columns": {"name": {"data_type": "VARCHAR(20)"}}})), None),
        (contracted(&json!({"columns": {"id": {"constraints": [{"type": "not_null"}]}}})), None),
        (without_name, Some("Columns were removed: \n    - name")),
        (
            contracted(&json!({"columns": {"id": {"data_type": "bigint"}}})),
            Some("Columns with data_type changes: \n    - id (integer -> bigint)"),
        ),
        (
            contracted(&json!({"columns": {"id": {"constraints": []}}})),
            Some("Enforced column level constraints were removed: \n    - 'not_null' constraint on column id"),
        ),
        (
            contracted(&json!({"constraints": []})),
            Some(
                "Enforced model level constraints were removed: \n    - 'primary_key' constraint on columns ['id', 'name']",
            ),
        ),
        (
            contracted(&json!({"config": {"materialized": "view"}})),
            Some("Materialization changed with enforced constraints: \n    - table -> view"),
        ),
        (
            contracted(&json!({"config": {"contract": {"enforced": false}}})),
            Some(
                "Contract enforcement was removed: Previously, this model had an enforced contract. It is no longer \
                 configured to enforce its contract, and this is a breaking change.",
            ),
        ),
    ] {
        let expected: Vec<_> = expected.map(|reason| (false, format!("{title}{reason}"))).into_iter().collect();
        assert_eq!(told(json!({"nodes": {"model.p.m": now}}), json!({"model.p.m": old})), expected);
    }
}

#[test]
fn models_with_versions_must_not_break() {
    let version = json!({"version": 1, "latest_version": 1, "columns": {"id": {"data_type": "text"}}});
    let old = contracted(&json!({"contract": {"checksum": "then"}, "version": 1, "latest_version": 1}));
    let found = told(json!({"nodes": {"model.p.m": contracted(&version)}}), json!({"model.p.m": old}));
    let expected = "While comparing to previous project state, dbt detected a breaking change to an enforced contract.\n  \
                    - Columns with data_type changes: \n    - id (integer -> text)";
    assert_eq!(found, [(true, expected.to_string())]);
}

#[test]
fn removed_contracts_are_told_until_their_date() {
    let old = |extra: Value| json!({"model.p.gone": contracted(&extra)});
    let nothing = json!({"nodes": {"model.p.other": {}}});
    let gone = told(nothing.clone(), old(json!({"version": 1})));
    assert!(gone[0].0 && gone[0].1.ends_with("- Contracted model 'model.p.gone' was deleted or renamed."), "{gone:?}");
    assert_eq!(told(nothing.clone(), old(json!({"deprecation_date": "2020-01-01"}))), []);
    assert_eq!(told(nothing, old(json!({"contract": {"enforced": false}}))), []);
    let disabled = json!({"nodes": {"model.p.other": {}}, "disabled": {"model.p.gone": [contracted(&json!({}))]}});
    let disabled = told(disabled, old(json!({})));
    assert!(
        !disabled[0].0 && disabled[0].1.ends_with("- Contracted model 'model.p.gone' was disabled."),
        "{disabled:?}"
    );
}

#[test]
fn sources_count_by_place_as_rendered_or_as_written() {
    let source = json!({"fqn": ["p", "raw", "t"], "database": "db", "schema": "raw", "identifier": "t",
        "unrendered_schema": "{{ var('s') }}"});
    let state = previous(&json!({"sources": {"source.p.raw.t": source}}));
    let moved = merged(&source, &json!({"schema": "elsewhere", "quoting": {"schema": null}}));
    let mut now = manifest(&json!({"sources": {"source.p.raw.t": moved}}));
    assert_eq!(checks(&now, &state, "source.p.raw.t").join(" "), "old modified modified.relation");
    for domain in now.domains.values_mut() {
        let mut changed = (**domain).clone();
        changed.flags.insert("state_modified_compare_more_unrendered_values".into(), Value::Bool(true));
        *domain = changed.into();
    }
    assert_eq!(checks(&now, &state, "source.p.raw.t").join(" "), "old unmodified");
}

#[test]
fn results_and_sources_are_looked_up() {
    let manifest = manifest(
        &json!({"nodes": {"model.p.m": {}, "model.p.n": {}}, "sources": {"source.p.raw.a": {}, "source.p.raw.b": {}}}),
    );
    let sources = |a: Option<&str>, b: Option<&str>| {
        let json = json!({"results": [
            {"unique_id": "source.p.raw.a", "max_loaded_at": a}, {"unique_id": "source.p.raw.b", "max_loaded_at": b},
        ]});
        Some(PreviousSources::from_json(&json.to_string()).expect("sources"))
    };
    let results = json!({"results": [{"unique_id": "model.p.n", "status": "error"}]}).to_string();
    let state = PreviousState {
        manifest: None,
        results: PreviousRunResults::from_json(&results).ok(),
        sources: sources(Some("2024-01-01T00:00:00Z"), None),
        sources_current: sources(Some("2024-01-01T00:00:00.5Z"), Some("2024-01-01T00:00:00Z")),
    };
    let comparison = Comparison::new(&manifest, &state, moment());
    let texts = |ids: Vec<&UniqueId>| ids.into_iter().map(UniqueId::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(comparison.nodes_with_result("error").map(texts), Ok("model.p.n".to_string()));
    assert_eq!(comparison.fresher_sources().map(texts), Ok("source.p.raw.a source.p.raw.b".to_string()));
    let error = comparison.nodes_where(StateCheck::New, &mut Vec::new()).expect_err("no manifest");
    assert!(error.message.starts_with("Got a state selector method"));
}

#[test]
fn refs_read_the_state_where_their_own_is_missing() {
    let now = manifest(&json!({"nodes": {
        "model.p.a": {"schema": "dev"},
        "model.p.b": {"schema": "dev"},
        "model.p.eph": {"config": {"materialized": "ephemeral"}, "depends_on": {"nodes": ["model.p.b"]}},
        "model.p.new": {"schema": "dev"},
        "model.p.unread": {"schema": "dev"},
        "model.p.c": {"schema": "dev", "depends_on": {"nodes": ["model.p.a", "model.p.eph", "model.p.new"]}},
    }}));
    let old = |name: &str, materialized: &str| {
        merged(&model(), &json!({"alias": name, "schema": "prod", "config": {"materialized": materialized}}))
    };
    let state = previous(&json!({"nodes": {
        "model.p.a": old("a", "table"), "model.p.b": old("b", "view"), "model.p.eph": old("eph", "ephemeral"),
        "model.p.unread": old("unread", "table"), "model.p.c": old("c", "table"),
    }}));
    let previous = state.manifest.as_ref().expect("a manifest");
    let run = |selected: &[&str], favor_state, builds, standing: &[&str]| {
        let selected: Vec<UniqueId> = selected.iter().map(|id| UniqueId::from(*id)).collect();
        let exists = |relation: &Relation| standing.contains(&relation.identifier.as_deref().unwrap_or_default());
        let found = defer(&now, previous, &selected, DeferOptions { favor_state, builds }, exists);
        found.into_iter().map(|(id, relation)| format!("{id}={relation}")).collect::<Vec<_>>().join(" ")
    };
    let (a, b) = ("model.p.a=\"db\".\"prod\".\"a\"", "model.p.b=\"db\".\"prod\".\"b\"");
    assert_eq!(run(&["model.p.c"], false, true, &[]), format!("{a} {b}"));
    assert_eq!(run(&["model.p.c"], false, true, &["a"]), b);
    assert_eq!(run(&["model.p.c"], true, true, &["a", "b"]), format!("{a} {b}"));
    assert_eq!(run(&["model.p.a", "model.p.c"], false, true, &[]), b);
    assert_eq!(run(&["model.p.a", "model.p.c"], false, false, &[]), format!("{a} {b}"));
    assert_eq!(run(&["model.p.a", "model.p.c"], true, false, &["a", "b"]), b);
    assert_eq!(run(&[], false, true, &[]), "");
}
