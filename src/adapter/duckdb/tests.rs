use super::error::QueryError;
use super::*;
use crate::adapter::seed::{copy_sql, infer_seed_table};
use crate::diagnostic::ErrorCode;
use crate::sql::{
    Columns, KeysOf, NoColumns, Nulls, References, SqlEngine, TableReference, lineage, lineage_with_engine, references,
    references_by_engine, references_with_engine,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

fn open() -> (Database, Connection) {
    let database = Database::open(&Settings::in_memory()).expect("an in-memory database opens");
    let connection = database.connect().expect("it connects");
    (database, connection)
}

fn one(connection: &Connection, expression: &str) -> Cell {
    let result = connection.query(&format!("select {expression}")).expect(expression);
    result.rows[0][0].clone()
}

#[test]
fn values_of_every_type() {
    let (_database, connection) = open();
    let text = |text: &str| Cell::Text(text.into());
    for (expression, expected) in [
        ("null", Cell::Null),
        ("true", Cell::Bool(true)),
        ("(-128)::tinyint", Cell::Int(-128)),
        ("255::utinyint", Cell::Int(255)),
        ("(-32768)::smallint", Cell::Int(-32768)),
        ("65535::usmallint", Cell::Int(65535)),
        ("1::integer", Cell::Int(1)),
        ("4294967295::uinteger", Cell::Int(4_294_967_295)),
        ("9223372036854775807", Cell::Int(i64::MAX.into())),
        ("18446744073709551615::ubigint", Cell::Int(u64::MAX.into())),
        ("'-170141183460469231731687303715884105728'::hugeint", Cell::Int(i128::MIN)),
        ("'340282366920938463463374607431768211455'::uhugeint", Cell::UInt(u128::MAX)),
        (
            "'12345678901234567890123456789012345678901234567890'::bignum",
            Cell::Other("12345678901234567890123456789012345678901234567890".into()),
        ),
        ("1.5::float", Cell::Float(1.5)),
        ("2.5::double", Cell::Float(2.5)),
        ("12.345::decimal(18,3)", Cell::Decimal { value: 12_345, scale: 3 }),
        ("'x'", text("x")),
        ("'{\"a\": 1}'::json", text("{\"a\": 1}")),
        ("'b'::enum('a', 'b')", text("b")),
        ("'\\xAA'::blob", Cell::Blob(vec![0xaa])),
        ("'101'::bit", Cell::Other("101".into())),
        ("date '1970-01-02'", Cell::Date(1)),
        ("time '00:00:01'", Cell::Time(1_000_000)),
        ("'01:02:03+02'::timetz", Cell::Other("01:02:03+02".into())),
        ("'01:02:03.123456789'::time_ns", Cell::Other("01:02:03.123456789".into())),
        ("timestamp '1970-01-01 00:00:01'", Cell::Timestamp(1_000_000)),
        ("'1970-01-01 00:00:01'::timestamp_s", Cell::Timestamp(1_000_000)),
        ("'1970-01-01 00:00:01'::timestamp_ms", Cell::Timestamp(1_000_000)),
        ("'1970-01-01 00:00:01'::timestamp_ns", Cell::Timestamp(1_000_000)),
        ("'1970-01-01 00:00:01+00'::timestamptz", Cell::TimestampTz(1_000_000)),
        ("interval '1 month 2 days 3 seconds'", Cell::Interval { months: 1, days: 2, micros: 3_000_000 }),
        ("[1, null]", Cell::List(vec![Cell::Int(1), Cell::Null])),
        ("[1, 2]::integer[2]", Cell::List(vec![Cell::Int(1), Cell::Int(2)])),
        ("[date '1970-01-02']", Cell::List(vec![Cell::Date(1)])),
        (
            "{'a': 1, 'b': ['x']}",
            Cell::Struct(vec![("a".into(), Cell::Int(1)), ("b".into(), Cell::List(vec![text("x")]))]),
        ),
        ("map {'k': 1.5}", Cell::Map(vec![(text("k"), Cell::Decimal { value: 15, scale: 1 })])),
        ("union_value(n := 5)", Cell::Int(5)),
        ("'00000000-0000-0000-0000-000000000001'::uuid", Cell::Uuid(uuid::Uuid::from_u128(1))),
        ("42::variant", Cell::Other("42".into())),
    ] {
        assert_eq!(one(&connection, expression), expected, "{expression}");
    }
}

#[test]
fn names_of_every_type_are_those_of_describe() {
    let (_database, connection) = open();
    let extra = "select *, null as nothing, [{'a b': 1, 'name': 1}] as odd, map {'k': [1.5]} as m, '1'::json as j";
    for sql in ["select * from test_all_types()".to_string(), extra.replace("*, ", "")] {
        let result = connection.query(&sql).expect("it runs");
        let described = connection.describe(&sql).expect("it binds");
        let names: Vec<&str> = described.iter().map(|column| column.data_type.as_str()).collect();
        assert_eq!(result.types, names);
        assert_eq!(result.rows.iter().filter(|row| row.len() == names.len()).count(), result.rows.len());
    }
    let types =
        connection.query("select 1.5::decimal(18,3), now(), ['a'], {'a': 1} where false").expect("no rows").types;
    assert_eq!(types, ["DECIMAL(18,3)", "TIMESTAMP WITH TIME ZONE", "VARCHAR[]", "STRUCT(a INTEGER)"]);
}

#[test]
fn errors_have_a_kind_and_a_place() {
    use QueryErrorKind as K;
    let (_database, connection) = open();
    connection.execute("create table t (i integer primary key)").expect("it is made");
    let long = format!("select {} nope from (select 1 a)", "1, ".repeat(80));
    for (sql, kind, place) in [
        ("select 'ä', nope from (select 1 a)", K::Binder, Some("nope")),
        ("select 1,\n  nope\nfrom (select 1 a)", K::Binder, Some("nope")),
        (long.as_str(), K::Binder, Some("nope")),
        ("selec 1", K::Parser, Some("selec 1")),
        ("select cast('x' as int)", K::Conversion, Some("cast(")),
        ("create table t (i integer)", K::Catalog, None),
        ("select * from t join nosuch using (i)", K::Catalog, Some("nosuch")),
        ("insert into t values (1), (1)", K::Constraint, None),
        ("select 1;\nselect nope from t", K::Binder, None),
        ("select * from 'no.csv'", K::Io, None),
        ("commit", K::Transaction, None),
        ("select error('boom')", K::InvalidInput, None),
    ] {
        let error = connection.query(sql).expect_err(sql);
        assert_eq!(error.kind, kind, "{sql}: {error}");
        let found = error.position.map(|position| sql[position..].starts_with(place.unwrap_or("?")));
        assert_eq!(found, place.map(|_| true), "{sql}: {error}");
    }
}

#[test]
fn statements_are_executed() {
    let (_database, connection) = open();
    for (sql, left) in [
        ("create table t as select range i from range(5)", 5),
        ("insert into t values (1), (2)", 7),
        ("update t set i = 0 where i = 1; delete from t where i = 0", 4),
        ("create view v as select 1", 4),
        ("", 4),
        (" -- nothing\n;/* here */ ;", 4),
        ("select 1; select 2 -- the last", 4),
    ] {
        connection.execute(sql).expect(sql);
        assert_eq!(connection.query("select count(*) from t").expect("rows").rows, [[Cell::Int(left)]], "{sql}");
    }
    assert_eq!(
        connection.query("insert into t values (7) returning i + 1 as n").expect("it returns").rows,
        [[Cell::Int(8)]]
    );
    assert_eq!(connection.query("pivot t on i using count(*)").expect("it pivots").rows.len(), 1);
}

#[test]
fn transactions_and_temporary_tables_belong_to_a_connection() {
    let (database, first) = open();
    let second = database.connect().expect("it connects");
    first.begin().expect("it begins");
    first.execute("create table t as select 1 a; create temp table only_here as select 1").expect("made");
    assert!(second.query("from t").is_err());
    first.commit().expect("it commits");
    assert_eq!(second.query("from t").expect("it is there").rows.len(), 1);
    assert!(second.query("from only_here").is_err());
    second.begin().expect("it begins");
    second.execute("drop table t").expect("dropped");
    second.rollback().expect("it is taken back");
    assert_eq!(first.query("from t").expect("it is still there").rows.len(), 1);
}

#[test]
fn another_thread_stops_a_statement() {
    let (_database, connection) = open();
    let interrupt = connection.interrupt_handle();
    let worker = std::thread::spawn(move || {
        let long =
            connection.query("select count(*) from range(100000000000) a, range(1000) b where a.range + b.range = -1");
        (long, connection.query("select 1"))
    });
    while !worker.is_finished() {
        interrupt.interrupt();
        std::thread::sleep(Duration::from_millis(20));
        if worker.is_finished() {
            break;
        }
    }
    let (long, _) = worker.join().expect("the thread ends");
    assert_eq!(long.expect_err("it was stopped").kind, QueryErrorKind::Interrupt);
}

#[test]
fn the_catalog_is_listed() {
    let (_database, connection) = open();
    connection
        .execute("create schema S; create table S.T (a integer not null, b varchar[]); create view S.v as from S.T; create table other (x int)")
        .expect("made");
    let found = connection.relations(&[("MEMORY".into(), "s".into())]).expect("listed");
    let printed: Vec<String> =
        found.iter().map(|r| format!("{}.{}.{} {:?}", r.database, r.schema, r.name, r.kind)).collect();
    assert_eq!(printed, ["memory.S.T Table", "memory.S.v View"]);
    let columns = connection.columns("memory", "S", "t").expect("listed");
    let printed: Vec<String> = columns.iter().map(|c| format!("{} {} {}", c.name, c.data_type, c.nullable)).collect();
    assert_eq!(printed, ["a INTEGER false", "b VARCHAR[] true"]);
    assert!(connection.columns("memory", "S", "nosuch").expect("listed").is_empty());
    assert!(connection.schemas().expect("listed").contains(&("memory".into(), "S".into())));
    assert_eq!(connection.describe("select a + 1 as n from S.T;").expect("bound")[0].name, "n");
    assert_eq!(connection.describe("select nope from S.T").expect_err("unbound").position, Some(7));
}

#[test]
fn the_engine_serializes() {
    let (_database, connection) = open();
    let found = references_with_engine("select a from s.t1 where b glob 'a''*'", &NoColumns, &connection);
    assert_eq!((found.reads[0].to_string().as_str(), found.by_engine.len()), ("s.t1(?)", 1));
    let found = lineage_with_engine("select k: a from t where b glob '*'", &NoColumns, None, &connection);
    assert_eq!(found.to_string(), "k: t.a IDENTITY\nall: t.b FILTER\n");
    assert!(found.by_engine);
    assert_eq!(connection.serialize("selec").expect("an answer")["error"], true);
}

/// DuckDB's own parser finds the relations that ours finds, wherever both read a statement of the corpus.
#[test]
fn both_parsers_find_the_same_relations() {
    let (_database, connection) = open();
    let names = |found: &References| {
        let mut names: Vec<String> = found.reads.iter().map(|read| read.table.to_string()).collect();
        names.extend(found.external.iter().map(|read| format!("{}()", read.function)));
        names.sort();
        names
    };
    let mut compared = 0;
    for sql in include_str!("../../sql/corpus.txt").lines().step_by(2) {
        let ours = references(sql, &NoColumns);
        // `query_table` is a function to DuckDB's parser.
        if !ours.unparsed.is_empty() || sql.contains("query_table") {
            continue;
        }
        let Ok(theirs) = references_by_engine(sql, &connection) else { continue };
        assert_eq!(names(&ours), names(&theirs), "{sql}");
        compared += 1;
    }
    assert!(compared > 100, "{compared} statements compared");
}

#[test]
fn settings_secrets_and_attached_databases_count_for_every_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = folder.path().join("other.duckdb");
    let settings = Settings {
        config: vec![("threads".into(), "1".into())],
        settings: vec![("TimeZone".into(), "Asia/Tokyo".into())],
        attach: vec![Attachment {
            path: other.to_string_lossy().into_owned(),
            alias: Some("the other".into()),
            ..Attachment::default()
        }],
        default_database: Some("the other".into()),
        ..Settings::in_memory()
    };
    let database = Database::open(&settings).expect("it opens");
    for _ in 0..2 {
        let connection = database.connect().expect("it connects");
        assert_eq!(one(&connection, "current_setting('TimeZone')"), Cell::Text("Asia/Tokyo".into()));
        assert_eq!(one(&connection, "current_setting('threads')"), Cell::Int(1));
        assert_eq!(one(&connection, "current_database()"), Cell::Text("the other".into()));
    }
    let secret = Secret {
        kind: "s3".into(),
        name: Some("mine".into()),
        persistent: false,
        provider: Some("config".into()),
        parameters: vec![
            ("scope".into(), SecretValue::List(vec!["s3://a".into(), "s3://b".into()])),
            ("key_id".into(), SecretValue::Text("it's".into())),
        ],
    };
    assert_eq!(
        secret.to_sql(),
        "CREATE OR REPLACE SECRET mine (\n    type s3,\n    provider config,\n    key_id 'it''s',\n    scope 's3://a',\n    scope 's3://b'\n)"
    );
    assert!(!format!("{secret:?}").contains("it's"));
}

#[test]
fn what_does_not_open_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.duckdb");
    std::fs::write(&text, "not a database ".repeat(1000)).expect("written");
    let error = |settings: Settings| Database::open(&settings).expect_err("it does not open");
    assert!(matches!(error(Settings::file(&text)), AdapterError::NotADatabase { .. }));
    assert!(matches!(error(Settings::file(folder.path().join("no/x.duckdb"))), AdapterError::Missing { .. }));
    let absent = Settings { read_only: true, ..Settings::file(folder.path().join("x.duckdb")) };
    assert!(matches!(error(absent), AdapterError::Missing { .. }));
    let nosuch = Extension { name: "nosuch".into(), repository: Some(folder.path().to_string_lossy().into_owned()) };
    let unknown = error(Settings { extensions: vec![nosuch], ..Settings::in_memory() });
    assert!(unknown.remedy().is_some_and(|remedy| remedy.contains("INSTALL nosuch")), "{unknown}");
    let setting = error(Settings { settings: vec![("nosuch".into(), "1".into())], ..Settings::in_memory() });
    assert!(matches!(setting, AdapterError::Setting { .. }));
    let newer = QueryError::from_message(
        "IO Error: Trying to read a database file with version number 999, but we can only read versions between 64 and 67."
            .into(),
        "",
    );
    let newer = AdapterError::opening(Some(Path::new("x.duckdb")), &newer).to_string();
    assert!(newer.contains("version 999") && newer.contains(error::ENGINE_VERSION), "{newer}");
}

/// The path that a second process is asked to open.
const SECOND: &str = "MESHBUILD_TEST_SECOND_PROCESS";

#[test]
fn a_second_process_is_kept_out() {
    if let Ok(path) = std::env::var(SECOND) {
        let error = Database::open(&Settings::file(path)).expect_err("it is locked");
        assert!(matches!(error, AdapterError::Locked { .. }), "{error}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.duckdb");
    let database = Database::open(&Settings::file(&path)).expect("it opens");
    let status = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "adapter::duckdb::tests::a_second_process_is_kept_out"])
        .env(SECOND, &path)
        .output()
        .expect("it starts");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    assert!(database.connect().expect("still open").query("select 1").is_ok());
}

type Loaded = (String, String, String, BTreeMap<String, String>, Vec<(String, String)>, Vec<Vec<Option<String>>>);

/// `loaded.json` holds seeds and the tables that `dbt seed` of dbt-duckdb 1.11.1 made of them.
#[test]
fn seeds_become_the_tables_that_dbt_makes() {
    let (_database, connection) = open();
    let folder = tempfile::tempdir().expect("a folder");
    let cases: Vec<Loaded> = serde_json::from_str(include_str!("../seed/loaded.json")).expect("the cases are JSON");
    for (name, text, delimiter, overrides, types, rows) in cases {
        let path = folder.path().join(format!("it's {name}.csv"));
        std::fs::write(&path, &text).expect("written");
        let table = infer_seed_table(text.as_bytes(), &delimiter, &overrides).expect("it is read");
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("\"{}\" {}", column.name, column.data_type)).collect();
        connection.execute(&format!("create table {name} ({})", columns.join(", "))).expect("it is made");
        if table.row_count > 0 {
            connection.execute(&copy_sql(&name, &path.to_string_lossy(), &delimiter)).expect("it is loaded");
        }
        let described = connection.describe(&format!("from {name}")).expect("bound");
        let found: Vec<(String, String)> = described.into_iter().map(|c| (c.name, c.data_type)).collect();
        assert_eq!(found, types, "{name}");
        let result = connection.query(&format!("select columns(*)::varchar from {name}")).expect("read");
        let text = |cell: Cell| if let Cell::Text(text) = cell { Some(text) } else { None };
        let found: Vec<Vec<Option<String>>> =
            result.rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect();
        assert_eq!(found, rows, "{name}");
    }
}

#[test]
fn a_database_that_needs_an_extension_names_it() {
    let message = "IO Error: Failed to download extension \"ducklake\" at URL \"http://extensions.duckdb.org/x\"";
    let error = QueryError::from_message(message.to_string(), "");
    let found = AdapterError::opening(Some("ducklake:meta.ducklake".as_ref()), &error);
    assert_eq!(found.code(), Some(ErrorCode::ExtensionMissing));
    assert!(found.remedy().is_some_and(|remedy| remedy.contains("INSTALL ducklake")));
}

/// What is told to be never null is never null in tables full of nulls, and what is told to be a key is one.
#[test]
fn what_is_told_of_nulls_and_keys_holds() {
    struct Tables;
    impl Columns for Tables {
        fn columns(&self, table: &TableReference) -> Option<Vec<String>> {
            let names = match table.name.as_str() {
                "t" => "a b c d",
                "u" => "a e f",
                _ => return None,
            };
            Some(names.split(' ').map(str::to_string).collect())
        }
    }
    let (_database, connection) = open();
    let values = "(values (null), (0), (1), (2)) as";
    for setup in [
        format!("create table t as from {values} a(a), {values} b(b), {values} c(c), {values} d(d)"),
        format!("create table u as from {values} a(a), {values} e(e), {values} f(f)"),
        "create table x as select null::int as k".to_string(),
    ] {
        connection.execute(&setup).expect("a table");
    }
    let mut lines = include_str!("../../sql/lineage/nulls.txt").lines().filter(|line| !line.starts_with("--"));
    let (mut ran, mut columns, mut keys) = (0, 0, 0);
    while let (Some(sql), Some(expected)) = (lines.next(), lines.next()) {
        let found = lineage(sql, &Tables, None);
        let names: Vec<String> = (0..found.outputs.len()).map(|place| format!("c{place}")).collect();
        let nulls: Vec<String> = names.iter().map(|name| format!("count(*) - count({name})")).collect();
        let counts = format!("select {} from ({sql}) as q({})", nulls.join(", "), names.join(", "));
        let Ok(result) = connection.query(&counts) else { continue };
        ran += 1;
        for rule in found.keys.iter().filter(|rule| rule.conditions.is_empty()) {
            let KeysOf::Query(key) = &rule.of else { continue };
            let places = found
                .outputs
                .iter()
                .zip(&names)
                .filter(|(output, _)| output.name.as_ref().is_some_and(|name| key.contains(name)));
            let key: Vec<&str> = places.map(|(_, name)| name.as_str()).chain(["1"]).collect();
            let (from, list) = (format!("from ({sql}) as q({})", names.join(", ")), key.join(", "));
            let repeated = format!("select 1 {from} group by {list} having count(*) > 1");
            assert_eq!(connection.query(&repeated).expect(sql).rows.len(), 0, "{sql} {key:?}");
            keys += 1;
        }
        for (place, output) in found.outputs.iter().enumerate().filter(|(_, output)| output.nulls == Nulls::Never) {
            assert_eq!(result.rows[0][place], Cell::Int(0), "{sql} {:?} {expected}", output.name);
            columns += 1;
        }
    }
    assert!(ran >= 40 && columns >= 30 && keys >= 4, "{ran} statements ran, {columns} columns, {keys} keys");
}

/// How many statements of the grammar are read by sqlparser, by DuckDB's own parser, and by none: the figures that
/// `docs/lineage.md` gives.
#[test]
fn statements_of_the_whole_grammar_are_read() {
    let (_database, connection) = open();
    let mut counts = BTreeMap::from([("sqlparser", 0), ("DuckDB", 0), ("unknown", 0)]);
    let mut unknown = Vec::new();
    for sql in include_str!("../../sql/grammar.txt").lines().filter(|line| !line.starts_with("--")) {
        let error = connection.serialize(sql).expect("an answer");
        let message = error["error_message"].as_str().unwrap_or_default();
        assert!(!message.contains("syntax error"), "{sql}: {message}");
        let alone = lineage(sql, &NoColumns, None);
        let with_engine = lineage_with_engine(sql, &NoColumns, None, &connection);
        let by = match (&alone.unknown, &with_engine.unknown) {
            (None, _) => "sqlparser",
            (Some(_), None) => "DuckDB",
            (Some(_), Some(reason)) => {
                unknown.push(format!("{sql}: {reason}"));
                "unknown"
            }
        };
        *counts.entry(by).or_default() += 1;
    }
    assert_eq!(counts, BTreeMap::from([("sqlparser", 176), ("DuckDB", 7), ("unknown", 0)]), "{}", unknown.join("\n"));
}
