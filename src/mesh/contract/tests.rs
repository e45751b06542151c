use super::*;
use crate::manifest::{Access, UniqueId};

/// A promise written as lines: `column name TYPE`, `not_null name`, `unique a b`, `accepted name x y`, `relation r`,
/// `access word`, `enforced`, `ephemeral`, `version v latest`, `deprecated day`, `level property value unit`,
/// `never name`, `maybe name`,
/// `key a b`, `sql text`.
fn promise(text: &str) -> Promise {
    let mut promise = Promise { access: Access::Public, relation: Some("d.s.m".to_string()), ..Promise::default() };
    let mut columns = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<String> = rest.split_whitespace().map(str::to_string).collect();
        match word {
            "column" => {
                let (name, data_type) = rest.split_once(' ').unwrap();
                columns.push(PromisedColumn { name: name.to_string(), data_type: Some(data_type.to_string()) });
            }
            "not_null" => promise.not_null.extend(words),
            "unique" => {
                promise.unique.insert(words);
            }
            "accepted" => {
                promise.accepted.insert(words[0].clone(), words[1..].iter().cloned().collect());
            }
            "relation" => promise.relation = Some(rest.to_string()),
            "access" => promise.access = Access::parse(rest).unwrap(),
            "key" => promise.keys.push(words.into_iter().collect()),
            "never" => drop(promise.nullability.insert(rest.to_string(), Nullability::NotNull)),
            "maybe" => drop(promise.nullability.insert(rest.to_string(), Nullability::Nullable)),
            "enforced" => promise.enforced = true,
            "ephemeral" => promise.ephemeral = true,
            "version" => {
                let version = |text: &str| Version::Text(text.to_string());
                promise.version = Some((version(&words[0]), Some(version(&words[1]))));
            }
            "deprecated" => promise.deprecation_date = Some(format!("{rest}T00:00:00+00:00")),
            "level" => {
                let value: serde_json::Value =
                    serde_json::from_str(&words[1]).unwrap_or_else(|_| words[1].clone().into());
                let written = serde_json::json!({"property": words[0], "value": value, "unit": words.get(2)});
                promise.levels.extend(service::Level::of_property(&written));
            }
            "sql" => {
                promise.bodies.insert(id(), normal_form(rest).into());
            }
            other => panic!("what is {other}?"),
        }
    }
    promise.columns = Some(columns);
    promise
}

fn id() -> UniqueId {
    UniqueId::with_prefix("model", "orders", None, "m")
}

/// The changes between two promises, as `class rule column`.
fn changes(base: &str, head: Option<&str>, widening_breaks: bool) -> Vec<String> {
    let states = |text: Option<&str>| text.map(|text| (id(), promise(text))).into_iter().collect();
    let found = compare(&states(Some(base)), &states(head), "2026-11-26", &|_, _| widening_breaks);
    let shown = |change: &Change| {
        let column = change.column.as_ref().map(|column| format!(" {column}")).unwrap_or_default();
        format!("{} {}{column}", change.class(), change.kind.as_str())
    };
    found.iter().map(shown).collect()
}

const BASE: &str = "
    column id INTEGER
    column name VARCHAR
    column amount DECIMAL(18,2)
    not_null id
    unique id
    accepted name a b
    sql select id, name, amount from t where id > 0
";

/// One row of the table of changes: lines taken out of the base, lines put in, and what that is.
fn check(out: &[&str], into: &[&str], expected: &[&str]) {
    let kept = BASE.lines().filter(|line| !out.iter().any(|gone| line.trim() == *gone));
    let head: Vec<&str> = kept.chain(into.iter().copied()).collect();
    assert_eq!(changes(BASE, Some(&head.join("\n")), false), expected, "{out:?} {into:?}");
}

#[test]
fn every_row_of_the_table_has_its_class() {
    check(&[], &[], &[]);
    check(&["column amount DECIMAL(18,2)"], &[], &["breaking column-removed amount"]);
    check(&["column amount DECIMAL(18,2)"], &["column total DECIMAL(18,2)"], &["breaking column-renamed amount"]);
    check(
        &["column amount DECIMAL(18,2)"],
        &["column other DATE"],
        &["breaking column-removed amount", "additive column-added other"],
    );
    check(&[], &["column extra DATE"], &["additive column-added extra"]);
    check(&["column amount DECIMAL(18,2)"], &["column amount DECIMAL(18,3)"], &["breaking type-changed amount"]);
    check(&["column amount DECIMAL(18,2)"], &["column amount DOUBLE"], &["breaking type-changed amount"]);
    check(
        &["column id INTEGER", "column name VARCHAR", "column amount DECIMAL(18,2)"],
        &["column id BIGINT", "column name VARCHAR", "column amount DECIMAL(18,2)"],
        &["additive type-widened id"],
    );
    check(&["not_null id"], &[], &["breaking nullability-loosened id"]);
    check(&[], &["not_null name"], &["additive nullability-tightened name"]);
    check(&["not_null id"], &["not_null id", "never name"], &[]);
    assert_eq!(changes("never name", Some("maybe name"), false), ["breaking nullability-loosened name"]);
    assert_eq!(changes("never name", Some(""), false), [""; 0], "unknown is no claim");
    assert_eq!(changes("maybe name", Some("never name"), false), [""; 0]);
    assert_eq!(
        changes("not_null name\nnever name\ncolumn name X", Some("maybe name\ncolumn name X"), false),
        ["breaking nullability-loosened name"],
        "told once"
    );
    check(&["unique id"], &[], &["breaking key-removed id"]);
    check(&[], &["unique name"], &["additive key-added name"]);
    check(&["accepted name a b"], &["accepted name a b c"], &["breaking accepted-values-widened name"]);
    check(&["accepted name a b"], &[], &["breaking accepted-values-widened name"]);
    check(&["accepted name a b"], &["accepted name a"], &["additive accepted-values-narrowed name"]);
    check(&[], &["relation d.s.other"], &["breaking model-moved"]);
    check(&[], &["ephemeral"], &["breaking model-ephemeral"]);
    check(&[], &["access protected"], &["breaking access-narrowed"]);
    check(&[], &["enforced"], &["additive contract-enforced"]);
    let body = "sql select id, name, amount from t where id > 0";
    check(&[body], &["sql select id, name, amount from t where id > 1"], &["behaviour logic-changed"]);
    check(
        &[body],
        &["sql select id, name, amount from t left join u using (id) where id > 0"],
        &["behaviour logic-changed"],
    );
    check(&[body], &["sql SELECT \"id\" , name,amount FROM t /* all */ WHERE id > 0 -- end"], &[]);
}

#[test]
fn a_row_stands_for_something_else_when_another_key_says_so() {
    let moved = |before: &str, now: &str| changes(before, Some(now), false);
    let grain = ["breaking grain-changed a"];
    assert_eq!(moved("key a", "key a b"), grain);
    assert_eq!(moved("key a\nkey c", "key c"), [""; 0], "it cannot be told any more");
    assert_eq!(moved("key a", ""), [""; 0]);
    assert_eq!(moved("key a b", "key a"), [""; 0], "fewer rows are still one for each");
    assert_eq!(moved("key a\nunique a\ncolumn a X", "key a b\ncolumn a X"), ["breaking key-removed a"], "told once");
    assert_eq!(moved("", "key a"), [""; 0]);
}

#[test]
fn levels_of_service_are_tighter_or_looser() {
    let moved = |before: &str, now: &str| changes(before, Some(now), false);
    let (tighter, looser) = (["additive service-tightened"], ["breaking service-loosened"]);
    assert_eq!(moved("level latency 4 h", "level latency 240 minutes"), [""; 0]);
    assert_eq!(moved("level latency 4 h", "level latency 1 d"), looser);
    assert_eq!(moved("level latency 1 day", "level latency 4 hour"), tighter);
    assert_eq!(moved("level latency 4 h", ""), looser);
    assert_eq!(moved("", "level latency 4 h"), tighter);
    assert_eq!(moved("level latency 4 h", "level latency 4 moons"), looser);
    assert_eq!(moved("level availability 99.5 percent", "level availability 99 percent"), looser);
    assert_eq!(moved("level availability \"99%\"", "level availability \"99.9%\""), tighter);
    assert_eq!(moved("level retention 1 y", "level retention 90 d"), looser);
    assert_eq!(moved("level endOfSupport 2027-01-01", "level endOfSupport 2028-01-01"), tighter);
    assert_eq!(moved("level endOfSupport 2027-01-01", "level endOfSupport 2026-12-31"), looser);
    // Nobody knows which way is better.
    assert_eq!(moved("level colour 1", "level colour 2"), looser);
}

/// The needs of a `consumes`, written as JSON.
fn consumer(written: &str) -> Vec<Result<Need, String>> {
    needs::read(Some(&serde_json::from_str(written).unwrap()))
}

#[test]
fn what_a_promise_lacks_of_a_need() {
    let promised =
        promise("column id INTEGER\ncolumn name VARCHAR\nnot_null id\nunique id\naccepted name a b\nlevel latency 1 d");
    let lacking = |need: &str| -> Vec<String> {
        let needs = consumer(&format!("[{need}]"));
        let type_name = |written: &str| Some(if written == "int" { "INTEGER" } else { written }.to_string());
        let need = needs[0].as_ref().expect("a need that can be read");
        need.lacking(&promised, &type_name).into_iter().map(|found| found.detail).collect()
    };
    let of_column = |needed: &str| lacking(&format!(r#"{{"model": "a.b", "columns": [{needed}]}}"#));
    assert_eq!(lacking(r#""a.b""#), [""; 0]);
    assert_eq!(of_column(r#""ID", "name""#), [""; 0]);
    assert_eq!(of_column(r#""email""#), ["there is no column `email`"]);
    let all = r#"{"name": "id", "data_type": "int", "not_null": true, "unique": true}"#;
    assert_eq!(of_column(all), [""; 0]);
    assert_eq!(of_column(r#"{"name": "id", "data_type": "BIGINT"}"#), ["`id` must be BIGINT and is INTEGER"]);
    assert_eq!(
        of_column(r#"{"name": "name", "not_null": true, "unique": true}"#),
        ["`name` must not be null, and nothing promises that", "`name` must be unique, and nothing promises that"]
    );
    assert_eq!(of_column(r#"{"name": "name", "accepted_values": ["a", "b", "c"]}"#), [""; 0]);
    assert_eq!(of_column(r#"{"name": "name", "accepted_values": ["a"]}"#), ["`name` may be b too"]);
    assert_eq!(
        of_column(r#"{"name": "id", "accepted_values": [1]}"#),
        ["`id` must be one of some values, and may have any"]
    );
    let fresh = |count: u64, period: &str| {
        lacking(&format!(r#"{{"model": "a.b", "freshness": {{"count": {count}, "period": "{period}"}}}}"#))
    };
    assert_eq!(fresh(24, "hour"), [""; 0]);
    assert_eq!(fresh(12, "hour"), ["its rows must not be older than 12 hour, and may be 1 d old"]);
}

#[test]
fn needs_that_cannot_be_read() {
    let wrong = |written: &str| consumer(written).pop().expect("an entry").expect_err("wrong");
    assert_eq!(wrong(r#"{"model": "a.b"}"#), "`consumes` is a list");
    assert!(wrong(r#"[{"columns": []}]"#).contains("missing field `model`"));
    assert!(wrong(r#"[{"model": "a.b", "colums": []}]"#).contains("unknown field `colums`"));
    assert!(
        wrong(r#"[{"model": "a.b", "columns": [{"name": "x", "notnull": true}]}]"#).contains("unknown field `notnull`")
    );
    assert_eq!(wrong(r#"[{"model": "a.b", "freshness": "daily"}]"#), "`freshness` is {count: 24, period: hour}");
    let named = |text: &str| {
        let call = consumer(&format!(r#"["{text}"]"#)).pop().expect("an entry").expect("a need").model;
        (call.package, call.name, call.version.map(|version| version.to_string()))
    };
    let some = |text: &str| Some(text.to_string());
    assert_eq!(named("m"), (None, "m".to_string(), None));
    assert_eq!(named("a.m"), (some("a"), "m".to_string(), None));
    assert_eq!(named("a.m.v2"), (some("a"), "m".to_string(), some("2")));
    assert_eq!(named("m.v2"), (None, "m".to_string(), some("2")));
}

#[test]
fn what_a_whole_model_loses() {
    assert_eq!(changes(BASE, None, false), ["breaking model-removed"]);
    assert_eq!(changes("enforced", Some(""), false), ["breaking contract-not-enforced"]);
    assert_eq!(changes("version 1 2", None, false), ["breaking version-removed"]);
    assert_eq!(changes("version 1 2\ndeprecated 2027-01-01", None, false), ["breaking version-removed"]);
    assert_eq!(changes("version 1 2\ndeprecated 2026-01-01", None, false), [""; 0]);
    assert_eq!(changes("version 1 1", Some("version 1 2"), false), ["breaking latest-version-moved"]);
    assert_eq!(changes("access protected", Some("access public"), false), ["additive model-added"]);
    assert_eq!(changes("access private", None, false), [""; 0]);
}

#[test]
fn a_wider_integer_breaks_who_keeps_the_narrow_one() {
    assert_eq!(changes("column n INTEGER", Some("column n BIGINT"), true), ["breaking type-changed n"]);
    assert_eq!(changes("column n BIGINT", Some("column n INTEGER"), false), ["breaking type-changed n"]);
}

#[test]
fn joins_coalesces_and_groups_of_the_sql() {
    let sql = |before: &str, now: &str| changes(&format!("sql {before}"), Some(&format!("sql {now}")), false);
    let inner = "select a.x, b.y from a join b using (k)";
    let expected = ["breaking join-loosened", "behaviour logic-changed"];
    assert_eq!(sql(inner, "select a.x, b.y from a left join b using (k)"), expected);
    assert_eq!(sql(inner, "select a.x, b.y from a full outer join b using (k)"), expected);
    assert_eq!(sql("select x from a left join b using (k)", inner), ["behaviour logic-changed"]);
    let expected = ["breaking coalesce-removed", "behaviour logic-changed"];
    assert_eq!(sql("select coalesce(x, 0) as x from a", "select x from a"), expected);
    let expected = ["breaking grain-changed", "behaviour logic-changed"];
    assert_eq!(
        sql("select a, sum(b) from t group by a", "select a, sum(b) from t group by a, c having c > 1"),
        expected
    );
    assert_eq!(
        sql("select a, sum(b) from t group by a, c", "select a, sum(b) from t group by c, a"),
        ["behaviour logic-changed"]
    );
    let wrapped = "with w as (with x as (select a from t) select x.a from x group by x.a) select * from w where a > 1";
    assert_eq!(sql("with x as (select a from t) select x.a from x group by x.a", wrapped), ["behaviour logic-changed"]);
}

#[test]
fn the_order_of_columns_is_nothing_and_other_values_are_not() {
    let base = "column a INTEGER\ncolumn b INTEGER\nsql select x - y as a, z as b from t";
    let reordered = "column b INTEGER\ncolumn a INTEGER\nsql select z as b, x - y as a from t";
    let swapped = "column b INTEGER\ncolumn a INTEGER\nsql select z as b, y - x as a from t";
    assert_eq!(changes(base, Some(reordered), false), ["none columns-reordered"]);
    assert_eq!(changes(base, Some(swapped), false), ["none columns-reordered", "behaviour logic-changed"]);
}

#[test]
fn looks_do_not_count() {
    let same = |left: &str, right: &str| assert_eq!(normal_form(left), normal_form(right), "{left} / {right}");
    let other = |left: &str, right: &str| assert_ne!(normal_form(left), normal_form(right), "{left} / {right}");
    same("with o as (select 1 as a) select * from o", "WITH renamed AS (\n  select 1 as a\n)\nselect * from renamed");
    same(
        "with a as (select 1), b as (select * from a) select * from b",
        "with x as (select 1), y as (select * from x) select * from y",
    );
    same("select cast(a as int) from t", "select cast(a as INTEGER) from t");
    same("select a <> 1 from t", "select a != 1 from t");
    other("select 'A' from t", "select 'a' from t");
    other(
        "with a as (select 1), b as (select 2) select * from a",
        "with a as (select 1), b as (select 2) select * from b",
    );
    other("select a from t where b = 1", "select a from t where b = 2");
}
