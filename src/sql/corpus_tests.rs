use super::*;

/// Each statement of `corpus.txt` with what it reads and writes, checked by hand against DuckDB 1.5.5.
#[test]
fn statements_read_what_the_corpus_says() {
    let mut lines = include_str!("corpus.txt").lines();
    let mut statements = 0;
    while let (Some(sql), Some(expected)) = (lines.next(), lines.next()) {
        assert_eq!(printed(&references(sql, &NoColumns)), expected.trim(), "{sql}");
        statements += 1;
    }
    assert!(statements >= 130, "{statements} statements");
}

fn printed(found: &References) -> String {
    let mut parts: Vec<String> = found.reads.iter().map(ToString::to_string).collect();
    parts.extend(found.writes.iter().map(|write| format!("{:?} {}", write.kind, write.table).to_lowercase()));
    parts.extend(found.external.iter().map(|read| format!("{}[{}]", read.function, read.arguments.join(", "))));
    parts.extend(found.unparsed.iter().map(|unparsed| format!("unparsed: {}", unparsed.reason)));
    parts.join("; ")
}
