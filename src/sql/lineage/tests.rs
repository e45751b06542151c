use super::*;
use crate::sql::NoColumns;

/// `t` has a, b, c and d; `u` has a, e and f; of `x` nothing is known.
struct Known;

impl Columns for Known {
    fn columns(&self, relation: &TableReference) -> Option<Vec<String>> {
        let names = match relation.name.to_lowercase().as_str() {
            "t" => "a b c d",
            "u" => "a e f",
            _ => return None,
        };
        Some(names.split(' ').map(str::to_string).collect())
    }
}

/// The lineage of `sql`, a line for each column.
fn check(sql: &str, expected: &str) {
    let found = lineage(sql, &Known, None).to_string();
    let expected: String = expected.lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(found, expected, "{sql}");
}

#[test]
fn columns_and_expressions() {
    check(
        "select a, t.b as x, c + d as y, 1 as one, upper(a) from t",
        "a: t.a IDENTITY
         x: t.b IDENTITY
         y: t.c TRANSFORMATION, t.d TRANSFORMATION
         one: constant
         ?: t.a TRANSFORMATION",
    );
    check(
        "select sum(a) as s, count(*) as n, max(b) filter (where c > 1) as m from t",
        "s: t.a AGGREGATION\nn: constant\nm: t.b AGGREGATION, t.c FILTER",
    );
    check(
        "select case when a > 1 then b else c end as x from t",
        "x: t.a CONDITIONAL, t.b TRANSFORMATION, t.c TRANSFORMATION",
    );
    check("select row_number() over (partition by a order by b) as n from t", "n: t.a WINDOW, t.b WINDOW");
    check("select a + 1 as z, z * b as w from t", "z: t.a TRANSFORMATION\nw: t.a TRANSFORMATION, t.b TRANSFORMATION");
    check(
        "select a.b.c as field, list_transform(b, k -> k + c) as l from t",
        "field: t.a TRANSFORMATION\nl: t.b TRANSFORMATION, t.c TRANSFORMATION",
    );
    check("select if(a = 1, b, c) as x from t", "x: t.a CONDITIONAL, t.b TRANSFORMATION, t.c TRANSFORMATION");
}

#[test]
fn what_influences_all_rows_is_kept_once() {
    check(
        "select a, sum(b) as b from t where c = 1 group by a having max(d) > 2 order by b",
        "a: t.a IDENTITY
         b: t.b AGGREGATION
         all: t.a GROUP_BY, t.b SORT, t.c FILTER, t.d FILTER",
    );
    check("select t.b, u.e from t join u on t.a = u.a", "b: t.b IDENTITY\ne: u.e IDENTITY\nall: t.a JOIN, u.a JOIN");
    check(
        "select b from t where a in (select a from u where e = 1)",
        "b: t.b IDENTITY\nall: t.a FILTER, u.a FILTER, u.e FILTER",
    );
    check(
        "select a, b, count(*) as n from t group by all",
        "a: t.a IDENTITY\nb: t.b IDENTITY\nn: constant\nall: t.a GROUP_BY, t.b GROUP_BY",
    );
    check("select b as x, count(*) as n from t group by 1", "x: t.b IDENTITY\nn: constant\nall: t.b GROUP_BY");
}

#[test]
fn stars() {
    check("select * from u", "a: u.a IDENTITY\ne: u.e IDENTITY\nf: u.f IDENTITY");
    check("select * exclude (a) replace (upper(e) as e) from u", "e: u.e TRANSFORMATION\nf: u.f IDENTITY");
    check("select * rename (e as g) from u", "a: u.a IDENTITY\ng: u.e IDENTITY\nf: u.f IDENTITY");
    check("select u.*, t.b from t, u", "a: u.a IDENTITY\ne: u.e IDENTITY\nf: u.f IDENTITY\nb: t.b IDENTITY");
    check("select min(columns(*)) from u", "?: u.a AGGREGATION\n?: u.e AGGREGATION\n?: u.f AGGREGATION");
    check("select columns('^[ef]') from u", "e: u.e IDENTITY\nf: u.f IDENTITY");
    check("from u select e", "e: u.e IDENTITY");
    check("from u", "a: u.a IDENTITY\ne: u.e IDENTITY\nf: u.f IDENTITY");
    check("select count(distinct u) as n from u", "n: u.a AGGREGATION, u.e AGGREGATION, u.f AGGREGATION");
}

#[test]
fn joins_that_merge_columns() {
    check(
        "select * from u join t using (a)",
        "a: u.a IDENTITY\ne: u.e IDENTITY\nf: u.f IDENTITY\nb: t.b IDENTITY\nc: t.c IDENTITY\nd: t.d IDENTITY\nall: u.a JOIN, t.a JOIN",
    );
    check("select a from u right join t using (a)", "a: t.a IDENTITY\nall: u.a JOIN, t.a JOIN");
    check(
        "select a from u full join t using (a)",
        "a: u.a TRANSFORMATION, t.a TRANSFORMATION\nall: u.a JOIN, t.a JOIN",
    );
    check(
        "select a, e, b from u natural join t",
        "a: u.a IDENTITY\ne: u.e IDENTITY\nb: t.b IDENTITY\nall: u.a JOIN, t.a JOIN",
    );
    check(
        "select * from u semi join t using (a)",
        "a: u.a IDENTITY\ne: u.e IDENTITY\nf: u.f IDENTITY\nall: u.a JOIN, t.a JOIN",
    );
    check("select b from t asof join u on t.a >= u.a", "b: t.b IDENTITY\nall: t.a JOIN, u.a JOIN");
}

#[test]
fn queries_in_queries() {
    check(
        "with o as (select a, b + c as s from t where d = 1) select s, upper(a) as a from o",
        "s: t.b TRANSFORMATION, t.c TRANSFORMATION\na: t.a TRANSFORMATION\nall: t.d FILTER",
    );
    check("with o(x, y) as (select a, b from t) select y from o", "y: t.b IDENTITY");
    check("select (select max(e) from u where u.a = t.a) as m from t", "m: t.a FILTER, u.a FILTER, u.e AGGREGATION");
    check("select x.b from (select * from t) as x", "b: t.b IDENTITY");
    check(
        "with recursive r as (select a, b from t union all select u.e, r.b from u join r on u.a = r.a) select * from r",
        "a: t.a IDENTITY, u.e IDENTITY\nb: t.b IDENTITY\nall: t.a JOIN, u.a JOIN, u.e JOIN",
    );
    check("with t as (select e as z from u) select z from t", "z: u.e IDENTITY");
    check("select l.x from t, lateral (select t.b + 1 as x) as l", "x: t.b TRANSFORMATION");
    check(
        "select b from t qualify row_number() over (partition by a order by c) = 1",
        "b: t.b IDENTITY\nall: t.a WINDOW, t.c WINDOW",
    );
}

#[test]
fn set_operations() {
    check(
        "select a, b from t union all select e, f from u",
        "a: t.a IDENTITY, u.e IDENTITY\nb: t.b IDENTITY, u.f IDENTITY",
    );
    check(
        "select a, b from t union all by name select f as b, e from u",
        "a: t.a IDENTITY\nb: t.b IDENTITY, u.f IDENTITY\ne: u.e IDENTITY",
    );
    check(
        "select a from t except select a from u order by a",
        "a: t.a IDENTITY, u.a IDENTITY\nall: t.a SORT, u.a SORT",
    );
}

#[test]
fn tables_that_are_made() {
    check("select * from (values (1, 'x')) as v(n, s)", "n: constant\ns: constant");
    check("select b, unnest from t, unnest(t.a)", "b: t.b IDENTITY\nunnest: t.a TRANSFORMATION");
    check("select i from t, unnest(t.a) as l(i)", "i: t.a TRANSFORMATION");
    check("select range from range(10)", "range: constant");
    check(
        "select id, name from read_csv('a.csv')",
        "id: read_csv('a.csv').id IDENTITY\nname: read_csv('a.csv').name IDENTITY",
    );
    check("select id from 'data/a.parquet'", "id: data/a.parquet.id IDENTITY");
    check(
        "select * from u unpivot (v for n in (e, f))",
        "a: u.a IDENTITY
         n: constant
         ?: u.e TRANSFORMATION, u.f TRANSFORMATION",
    );
}

#[test]
fn what_is_not_known_says_why() {
    check("select * from x", "?: unknown (a star over columns that are not known)");
    check("select y, x.z from x", "y: x.y IDENTITY\nz: x.z IDENTITY");
    check("select y from x, v", "y: unknown (several relations whose columns are not known may have it)");
    check("select nothing from t", "nothing: unknown (a name that nothing in the query has)");
    check(
        "select query_table from query('select 1')",
        "query_table: unknown (what `query` reads is made when it runs)",
    );
}

#[test]
fn names_of_the_engine_fill_stars_and_catch_mistakes() {
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    let found = |sql: &str, given: &[&str]| lineage(sql, &Known, Some(&names(given))).to_string();
    assert_eq!(found("select * from x", &["p", "Q"]), "p: x.p IDENTITY\nq: x.q IDENTITY\n");
    assert_eq!(found("select a, 1, * from x", &["a", "1", "q"]), "a: x.a IDENTITY\n1: constant\nq: x.q IDENTITY\n");
    let wrong = "unknown (the columns that were traced are not those of the result)";
    assert_eq!(found("select a from t", &["a", "b"]), format!("a: {wrong}\nb: {wrong}\n"));
    assert_eq!(found("pivot t on a using sum(b)", &["c", "d"]).lines().count(), 2);
    let found = lineage("select a from", &NoColumns, Some(&names(&["a"])));
    assert!(found.unknown.is_some() && found.outputs[0].unknown.is_some());
}

#[test]
fn places_are_those_of_the_names() {
    let sql = "with o as (select a, b from t)\nselect upper(o.a) as x, * from o";
    let found = lineage(sql, &Known, None);
    let span = found.outputs[0].inputs[0].span;
    assert_eq!(&sql[span.start..span.end], "a");
}

#[test]
fn stars_of_stars_and_long_texts_take_no_time() {
    let mut sql = "with c0 as (select * from t)".to_string();
    for number in 1..200 {
        sql.push_str(&format!(", c{number} as (select * from c{0} union all select * from c{0})", number - 1));
    }
    sql.push_str(" select * from c199");
    assert_eq!(lineage(&sql, &Known, None).outputs.len(), 4);
    let long = format!("select {} as s from t", vec!["a"; 20_000].join(" + "));
    assert_eq!(lineage(&long, &Known, None).to_string(), "s: t.a TRANSFORMATION\n");
}

/// What is told of nulls in the columns of `sql`, one letter each: `!` never, `?` maybe, `=` as the columns it comes from, `~`
/// never when none of those is, `.` unknown.
fn nulls(sql: &str) -> String {
    let letter = |output: &OutputColumn| match &output.nulls {
        Nulls::Never => '!',
        Nulls::Maybe => '?',
        Nulls::As { exact: true, .. } => '=',
        Nulls::As { .. } => '~',
        Nulls::Unknown => '.',
    };
    lineage(sql, &Known, None).outputs.iter().map(letter).collect()
}

#[test]
fn what_can_be_null() {
    let mut lines = include_str!("nulls.txt").lines().filter(|line| !line.starts_with("--"));
    while let (Some(sql), Some(expected)) = (lines.next(), lines.next()) {
        assert_eq!(nulls(sql), expected.trim(), "{sql}");
    }
}

/// The keys of `sql`, a line each: `of t: here=there` for those of a relation, conditions behind `if`.
fn keys(sql: &str, expected: &[&str]) {
    let found = lineage(sql, &Known, None);
    let relation = |place: &usize| found.relations[*place].table.to_string();
    let list = |columns: &BTreeSet<String>| columns.iter().cloned().collect::<Vec<_>>().join(", ");
    let shown: Vec<String> = found
        .keys
        .iter()
        .map(|rule| {
            let of = match &rule.of {
                KeysOf::Query(columns) => format!("({})", list(columns)),
                KeysOf::Relation(place, names) => {
                    let names: Vec<String> = names.iter().map(|(there, here)| format!("{here}={there}")).collect();
                    format!("of {}: {}", relation(place), names.join(", "))
                }
            };
            let conditions =
                rule.conditions.iter().map(|(place, columns)| format!(" if {}({})", relation(place), list(columns)));
            of + &conditions.collect::<String>()
        })
        .collect();
    assert_eq!(shown, expected, "{sql}");
}

#[test]
fn what_a_row_stands_for() {
    keys("select a, sum(b) as s from t group by a", &["(a)"]);
    keys("select a as x, upper(b) as y, sum(c) as s from t group by 1, upper(b)", &["(x, y)"]);
    keys("select upper(b) as y, count(*) as n from t group by y", &["(y)"]);
    keys("select sum(c) as s from t group by a", &[]);
    keys("select a, b, sum(c) as s from t group by all", &["(a, b)"]);
    keys("select a, b, sum(c) as s from t group by rollup (a, b)", &[]);
    keys("select sum(a) as s, count(*) as n from t", &["()"]);
    keys("select distinct a, b from t", &["of t: a=a, b=b", "(a, b)"]);
    keys("select a, b + 1 as b from t where c > 1 order by a limit 3", &["of t: a=a"]);
    keys("select * from u", &["of u: a=a, e=e, f=f"]);
    keys("select * exclude (e) rename (f as g) from u", &["of u: a=a"]);
    keys("select u.*, t.b from u left join t on t.a = u.a and t.c = 1", &["of u: a=a, e=e, f=f if t(a, c)"]);
    keys("select u.e, t.b from u join t using (a)", &["of u: e=e if t(a)"]);
    keys("select t.a from t join u on t.a > u.a", &["of t: a=a if u()"]);
    keys("select t.a from t right join u on t.a = u.a", &[]);
    keys("select t.a from t, u", &[]);
    keys("select t.a from t semi join u using (a)", &["of t: a=a"]);
    keys("select a, unnest([1, 2]) as x from t", &[]);
    keys(
        "with q as (select a, max(e) as e from u group by a) select t.b as k, q.e from t left join q on q.a = t.a",
        &["of t: k=b"],
    );
    keys("with q as (select a as k, b from t) select k as id from q", &["of t: id=a"]);
    keys("with q as (select a, b from t group by a, b) select a from q", &[]);
    keys("select a, b from t qualify row_number() over (partition by a order by b) = 1", &["of t: a=a, b=b", "(a)"]);
    keys("select a from t union all select a from u", &[]);
    keys("select k from x", &[]);
}
