use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Knows the columns of `t` and of `u`.
struct Shop;

impl Columns for Shop {
    fn columns(&self, relation: &TableReference) -> Option<Vec<String>> {
        let names: &[&str] = match relation.name.to_lowercase().as_str() {
            "t" => &["ID", "name", "total"],
            "u" => &["id", "t_id"],
            _ => return None,
        };
        Some(names.iter().map(ToString::to_string).collect())
    }
}

fn reads(found: &References) -> String {
    found.reads.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn known_columns_settle_what_is_ambiguous() {
    for (sql, expected) in [
        ("select name, t_id from t, u", "t(name); u(t_id)"),
        ("select id from t, u", "t(id); u(id)"),
        ("select name from t where id in (select t_id from u)", "t(id, name); u(t_id)"),
        (
            "select name from t where exists (select 1 from u where t_id = t.id and total > 1)",
            "t(id, name, total); u(t_id)",
        ),
        ("with a as (select * from t, u) select total from a", "t(total); u()"),
        ("select total as x, x + 1 from t", "t(total)"),
        ("select x.b from t as x(a, b)", "t(name)"),
        ("select t from t", "t(*)"),
        ("select other from t join v on true", "t(); v(other)"),
    ] {
        assert_eq!(reads(&references(sql, &Shop)), expected, "{sql}");
    }
}

#[test]
fn places_are_bytes_of_the_text() {
    let sql =
        "select 'ä€', o.\"Größe\"\nfrom \"Läden\".orders as o -- ü\r\njoin d.s.\"x\" on o.id = x.id; select 1 from z";
    let found = references(sql, &NoColumns);
    let texts: Vec<&str> = found.reads.iter().map(|read| &sql[read.table.span.start..read.table.span.end]).collect();
    assert_eq!(texts, ["\"Läden\".orders", "d.s.\"x\"", "z"]);
    assert_eq!(found.reads[0].table.quoted, [false, true, false]);
    assert_eq!(found.reads[1].table.database.as_deref(), Some("d"));
    let columns: Vec<&str> = found.reads[0].mentions.iter().map(|used| &sql[used.span.start..used.span.end]).collect();
    assert_eq!(columns, ["\"Größe\"", "id"]);
    let broken = references("select 1; selec x from t; select 2", &NoColumns);
    assert_eq!(broken.unparsed[0].span, TextSpan { start: 10, end: 24 });
    assert!(broken.unparsed[0].statement);
}

#[test]
fn relations_are_merged_without_regard_to_case() {
    let found = references("select a from S.T union all select b from s.t; select * from \"S\".t", &NoColumns);
    let merged = found.by_relation();
    assert_eq!(merged.len(), 1);
    assert_eq!(merged[0].columns, UsedColumns::All);
    assert_eq!(merged[0].mentions.iter().map(|used| used.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

/// Answers as DuckDB 1.5.5 did when the statements were recorded.
struct Recorded;

impl SqlEngine for Recorded {
    fn serialize(&self, sql: &str) -> Result<Value, String> {
        let recorded: Vec<(String, Value)> =
            serde_json::from_str(include_str!("serialized.json")).map_err(|error| error.to_string())?;
        recorded
            .into_iter()
            .find(|(text, _)| text == sql)
            .map(|(_, tree)| tree)
            .ok_or_else(|| format!("no answer: {sql}"))
    }

    fn canonical(&self, sql: &str) -> Result<String, String> {
        match sql {
            "select a: t.x, b: y from t" => Ok("SELECT t.x AS a, y AS b FROM t".to_string()),
            other => Err(format!("no answer: {other}")),
        }
    }
}

#[test]
fn the_engine_reads_what_the_parser_cannot() {
    for (sql, expected, count) in [
        ("select * from s.sales pivot (sum(amount) for year in (2023, 2024) group by region)", "s.sales(*)", 0),
        ("select a: b, c: d + 1 from \"My T\"", "My T(?)", 0),
        (
            "with x as (select a from t1 where b glob 'x*') select * from x, 'f.csv', read_csv(['a.csv'], delim = '|')",
            "t1(?)",
            0,
        ),
        (
            "with recursive x as (select a from t1 where b glob 'x*' union all from x) from x where a in (select b from d.s.q)",
            "t1(?); d.s.q(?)",
            0,
        ),
        ("with t as (select a from t where b glob 'x*') select * from t", "t(?)", 0),
        ("selec a from t", "", 1),
        ("summarize t", "t(?)", 0),
    ] {
        let text = format!("select 1; {sql}");
        let found = references_with_engine(&text, &NoColumns, &Recorded);
        assert_eq!((reads(&found).as_str(), found.unparsed.len()), (expected, count), "{sql}: {:?}", found.unparsed);
        for read in &found.reads {
            let written = text[read.table.span.start..read.table.span.end].replace('"', "");
            assert_eq!(written, read.table.to_string(), "{sql}");
        }
    }
}

#[test]
fn the_engine_gives_files_and_their_arguments() {
    let sql =
        "with x as (select a from t1 where b glob 'x*') select * from x, 'f.csv', read_csv(['a.csv'], delim = '|')";
    let found = references_with_engine(sql, &NoColumns, &Recorded);
    let files: Vec<(&str, Vec<&str>)> = found
        .external
        .iter()
        .map(|read| (read.function.as_str(), read.arguments.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(files, [("", vec!["f.csv"]), ("read_csv", vec!["a.csv", "|"])]);
    assert!(found.external.iter().all(ExternalRead::reads_outside));
}

#[test]
fn deep_and_long_statements_end_soon() {
    let started = Instant::now();
    let sum = format!("select {} from t", vec!["a"; 30_000].join(" + "));
    assert_eq!(reads(&references(&sum, &NoColumns)), "t(a)");
    let unions = vec!["select a from t"; 3_000].join(" union all ");
    assert_eq!(references(&unions, &NoColumns).reads.len(), 3_000);
    let casts = format!("select a{} from t", "::int".repeat(30_000));
    assert_eq!(reads(&references(&casts, &NoColumns)), "t(a)");
    for (open, close) in [("(", ")"), ("[", "]"), ("(select ", ")"), ("f(", ")"), ("case when a then ", " end")] {
        let nested = format!("select {}1{} from t", open.repeat(2_000), close.repeat(2_000));
        references(&nested, &NoColumns);
    }
    let tables = format!("select * from {}t{}", "(".repeat(2_000), ")".repeat(2_000));
    references(&tables, &NoColumns);
    let list = format!("select [{}] from t", vec!["[1, 2]"; 20_000].join(", "));
    references(&list, &NoColumns);
    let mut chain = String::from("with c0 as (select * from t)");
    for index in 1..400 {
        chain.push_str(&format!(", c{index} as (select * from c{} a, c{} b)", index - 1, index - 1));
    }
    chain.push_str(" select x from c399");
    references(&chain, &NoColumns);
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn nesting_costs_neither_the_stack_nor_exponential_time() {
    let started = Instant::now();
    for depth in [5, 10, 20, 40, 100] {
        for (open, middle, close) in [
            ("select * from ", ("(select * from ", "t"), ") x"),
            ("select * from ", ("(", "t join u on true"), ")"),
            ("select a from t where ", ("f((", "a"), "))"),
            ("select a from t where ", ("case when b then ", "a"), " end"),
            ("select a::", ("struct(a ", "int"), ")"),
        ] {
            let sql = format!("{open}{}{}{}", middle.0.repeat(depth), middle.1, close.repeat(depth));
            let found = references(&sql, &NoColumns);
            assert!(found.unparsed.is_empty() || depth >= 40, "{sql}: {:?}", found.unparsed);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        references(&text, &NoColumns);
    }

    #[test]
    fn no_words_make_it_panic(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40)) {
        let text = words.join(" ");
        let found = references(&text, &NoColumns);
        for read in &found.reads {
            prop_assert!(text.is_char_boundary(read.table.span.start) && read.table.span.end <= text.len());
        }
    }
}

const WORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "with",
    "as",
    "(",
    ")",
    ",",
    "*",
    "a",
    "b",
    "t",
    "u",
    ".",
    "join",
    "on",
    "using",
    "union",
    "all",
    "by",
    "name",
    "pivot",
    "unpivot",
    "into",
    "group",
    "order",
    "limit",
    "[",
    "]",
    "for",
    "in",
    "if",
    "lambda",
    ":",
    "->",
    "x",
    "exclude",
    "replace",
    "columns",
    "'s'",
    "1",
    "=",
    "asof",
    "positional",
    "sample",
    "%",
    "#",
    "{",
    "}",
    "over",
    "partition",
    "recursive",
    "materialized",
    "insert",
    "update",
    "set",
    "delete",
    "values",
    ";",
    "\"ä\"",
    "case",
    "when",
    "end",
    "lateral",
    "exists",
    "not",
    "tablesample",
    "natural",
];
