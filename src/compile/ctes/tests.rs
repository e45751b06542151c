use super::*;

#[test]
fn ctes_go_into_an_own_with_or_a_new_one() {
    let one = [" a as (\nselect 1\n)"];
    let cases = [
        ("select * from a", "with a as (\nselect 1\n) select * from a"),
        ("with b as (select 2) select *", "with  a as (\nselect 1\n), b as (select 2) select *"),
        ("-- words\nWITH b as (select 2)", "-- words\nWITH  a as (\nselect 1\n), b as (select 2)"),
        ("with recursive b as (select 2)", "with recursive  a as (\nselect 1\n), b as (select 2)"),
        ("\n\nselect 1", "\n\nwith a as (\nselect 1\n) select 1"),
        ("\n-- words\nselect 1", "\nwith a as (\nselect 1\n) -- words\nselect 1"),
        ("select with_tax", "with a as (\nselect 1\n) select with_tax"),
        ("/* with */ select 1", "with a as (\nselect 1\n) /* with */ select 1"),
    ];
    for (sql, expected) in cases {
        assert_eq!(inject(sql, &one), expected);
    }
    assert_eq!(inject("select 1", &[]), "select 1");
}
