use super::*;
use crate::sql::SqlEngine;

fn open() -> (Database, Connection) {
    let database = Database::open(&Settings::in_memory()).expect("an in-memory database opens");
    let connection = database.connect().expect("it connects");
    (database, connection)
}

#[test]
fn show_types() {
    let (_db, c) = open();
    let r = c.query("select * from test_all_types()").unwrap();
    for (i, (n, t)) in r.columns.iter().zip(&r.types).enumerate() {
        println!("{n} {t} {:?} | {:?}", r.rows[0][i], r.rows[1][i]);
    }
    println!("{:?}", c.query("select null as n, 42::variant as v, '\"a\"'::json as j, 1 as \"A b\""));
    println!("{:?}", c.describe("select null as n, 42::variant as v"));
    println!("{:?}", c.query("select (select col_types) from (select 1 col_types)"));
    println!("{:?}", c.query("-- x"));
    println!("{:?}", c.execute("create table t as select range i from range(5); update t set i = 1 where i > 2"));
    println!("{:?}", c.query("pivot t on i using count(*)"));
    println!("{:?}", c.serialize("select 1 from t"));
    for q in [
        "select 'ä', nope from (select 1 a)",
        "selec 1",
        "select x\nfrom (select 1 a)",
        "select cast('x' as int)",
        "create table t(i int)",
        "create table k(i int primary key); insert into k values (1),(1)",
        "begin; begin",
        "select 1; select",
        "drop table nosuch",
        "select * from range(1e12::bigint) where error('boom') is null",
    ] {
        let e = c.query(q).unwrap_err();
        println!("--- {q}: {e:?} {:?}", e.position.map(|p| &q[p..]));
    }
}
