use super::*;
use serde_json::Value;

/// Each case of `cases.json` is a CSV text, its delimiter, and what dbt-common 1.x with dbt-duckdb 1.11.1 made of it.
#[test]
fn types_are_those_that_dbt_infers() {
    let cases: Vec<(String, String, String, Value)> =
        serde_json::from_str(include_str!("cases.json")).expect("the cases are JSON");
    let mut wrong = Vec::new();
    for (name, text, delimiter, expected) in &cases {
        let found = match infer_seed_table(text.as_bytes(), delimiter, &BTreeMap::new()) {
            Ok(table) => {
                let columns: Vec<[&str; 2]> =
                    table.columns.iter().map(|column| [column.name.as_str(), column.data_type.as_str()]).collect();
                serde_json::json!({ "columns": columns, "rows": table.row_count })
            }
            Err(error) => serde_json::json!({ "error": error.to_string() }),
        };
        if found != *expected {
            wrong.push(format!("{name}: {found}, dbt says {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() > 100);
}

#[test]
fn overrides_are_by_exact_name() {
    let overrides = BTreeMap::from([("id".to_string(), "bigint".to_string()), ("NAME".into(), "varchar(3)".into())]);
    let table = infer_seed_table(b"id,name\n1,2\n", ",", &overrides).expect("it is read");
    let types: Vec<&str> = table.columns.iter().map(|column| column.data_type.as_str()).collect();
    assert_eq!(types, ["bigint", "integer"]);
}

#[test]
fn what_is_no_seed_is_an_error() {
    for (bytes, delimiter, expected) in [
        (&b""[..], ",", SeedError::Empty),
        (b"a\n\xff", ",", SeedError::NotUtf8 { byte: 0xff, position: 2 }),
        (b"a", "||", SeedError::Delimiter),
        (b"a\n1,2", ",", SeedError::TooManyValues { row: 0, values: 2, columns: 1 }),
    ] {
        assert_eq!(infer_seed_table(bytes, delimiter, &BTreeMap::new()), Err(expected));
    }
}
