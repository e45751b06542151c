use super::*;
#[test]
fn show() {
    let mut out = String::new();
    for line in include_str!("corpus.sql").lines() {
        let r = references(line, &NoColumns);
        let mut parts: Vec<String> = r.reads.iter().map(|x| x.to_string()).collect();
        parts.extend(r.writes.iter().map(|x| format!("{:?} {}", x.kind, x.table).to_lowercase()));
        parts.extend(r.external.iter().map(|x| format!("{}[{}]", x.function, x.arguments.join(", "))));
        parts.extend(r.unparsed.iter().map(|x| format!("unparsed: {}", x.reason)));
        out += &format!("{line}\n    {}\n", parts.join("; "));
    }
    std::fs::write("/tmp/corpus.out", out).unwrap();
}
