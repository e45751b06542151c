use super::{depends_on_rows, first_word};

#[test]
fn the_first_word_is_found_behind_comments_and_brackets() {
    assert_eq!(first_word("-- a\n /* b */ (SELECT 1)"), "select");
    assert_eq!(first_word("  ;"), "");
}

#[test]
fn only_queries_over_rows_depend_on_them() {
    assert!(depends_on_rows("select distinct status from db.s.orders"));
    assert!(depends_on_rows("select * from read_csv('a.csv')"));
    assert!(!depends_on_rows("select 1 as a"));
    assert!(!depends_on_rows("select column_name from information_schema.columns where table_name = 'x'"));
    assert!(!depends_on_rows("select * from (select * from db.s.orders) as q where false limit 0"));
    assert!(!depends_on_rows("describe select * from db.s.orders"));
    assert!(!depends_on_rows("select * from duckdb_tables()"));
    assert!(!depends_on_rows("select column_name\nfrom (describe db.s.orders)"));
    assert!(depends_on_rows("select (select max(id) from db.s.orders) from (describe db.s.orders)"));
}
