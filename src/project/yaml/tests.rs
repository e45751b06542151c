use super::*;
use crate::diagnostic::{Diagnostic, RenderStyle, SourceMap, render};

mod scalars;

fn read(text: &str) -> (Option<Yaml>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let tree = load(&Arc::from("a.yml"), text, &mut diagnostics).unwrap_or(None);
    (tree, diagnostics)
}

/// Python's `repr` of the document, then the messages.
fn shown(text: &str) -> String {
    let (tree, diagnostics) = read(text);
    let messages = diagnostics.iter().map(|diagnostic| diagnostic.message.clone());
    tree.iter().map(Yaml::to_python).chain(messages).collect::<Vec<_>>().join("\n")
}

#[test]
fn documents_read_as_pyyaml_reads_them() {
    for (text, expected) in [
        ("", ""),
        ("# nothing\n", ""),
        ("a: 1\nb: [x, 'y', \"z\\n\"]\n", "{'a': 1, 'b': ['x', 'y', 'z\\n']}"),
        ("a:\n- 1\n-\n- b: 2\n  c:\n", "{'a': [1, None, {'b': 2, 'c': None}]}"),
        ("a: |\n  x\n  y\nb: >\n  x\n  y\nc: |-\n  z\nd: 1", "{'a': 'x\\ny\\n', 'b': 'x y\\n', 'c': 'z', 'd': 1}"),
        (
            "a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\nc: *x\n",
            "{'a': {'k': 1, 'l': 2}, 'b': {'k': 1, 'l': 3}, 'c': {'k': 1, 'l': 2}}",
        ),
        (
            "a: &x {k: 1}\nb: &y {k: 2, m: 1}\nc: {z: 0, <<: [*x, *y]}",
            "{'a': {'k': 1}, 'b': {'k': 2, 'm': 1}, 'c': {'k': 1, 'm': 1, 'z': 0}}",
        ),
        ("a: !!str 12\nb: !!int '12'\nc: !!float 1\nd: ! 12\n", "{'a': '12', 'b': 12, 'c': 1.0, 'd': '12'}"),
        (
            "1: a\ntrue: b\n~: c\n2024-01-02: d\n",
            "{1: 'b', None: 'c', datetime.date(2024, 1, 2): 'd'}\nDuplicate key 'True' in file `a.yml`",
        ),
        ("a: |\n  x\n\n", "{'a': 'x'}"),
        ("a: |+\n  x", "{'a': 'x'}"),
        ("a: [\n  x,\n]\nb: {c: 1,\nd: 2}\n", "{'a': ['x'], 'b': {'c': 1, 'd': 2}}"),
        ("top:\n  a: \"x\n  y\"\n  b:\tz\n", "{'top': {'a': 'x y', 'b': 'z'}}"),
        ("---\na: 1\n...\n", "{'a': 1}"),
        ("%YAML 1.1\n---\na: 1\n", "{'a': 1}"),
        ("  a: 1\n", "{'a': 1}"),
        ("a: it's \"fine\"\n", "{'a': 'it\\'s \"fine\"'}"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn duplicate_keys_warn_and_the_last_wins() {
    assert_eq!(shown("a: 1\na: 2\n"), "{'a': 2}\nDuplicate key 'a' in file `a.yml`");
    assert_eq!(shown("a: &x {k: 1}\nb: {<<: *x, k: 2}\n"), "{'a': {'k': 1}, 'b': {'k': 2}}");
    assert_eq!(shown("b: {<<: {k: 1}, l: 2, l: 3}\n"), "{'b': {'k': 1, 'l': 3}}", "dbt says nothing below `<<`");
    let text: String = (0..100).map(|at| format!("k{at}: {at}\n")).collect();
    assert!(shown(&format!("{text}k7: x\n")).ends_with("Duplicate key 'k7' in file `a.yml`"));
    let (tree, diagnostics) = read(&text);
    let tree = tree.expect("a tree");
    assert_eq!(tree.get("k42").and_then(Yaml::as_int), Some(42));
    assert!(diagnostics.is_empty());
}

#[test]
fn every_error_has_a_place_and_a_hint() {
    for (text, expected) in [
        (
            "a: b: c\n",
            "error[MB0201]: Syntax error near line 1: mapping values are not allowed in this context
 --> a.yml:1:5
  |
1 | a: b: c
  |     ^
  |
  = help: quote a value that holds `: `, and check that the keys of one dictionary stand in one column",
        ),
        (
            "models:\n  - name: a\n    x: {{ y }}\n",
            "error[MB0203]: found unhashable key
 --> a.yml:3:9
  |
3 |     x: {{ y }}
  |         ^^^^^
  |
  = help: quote Jinja that begins a value: \"{{ ... }}\"",
        ),
        (
            "a: =\n",
            "error[MB0203]: could not determine a constructor for the tag 'tag:yaml.org,2002:value'
 --> a.yml:1:4
  |
1 | a: =
  |    ^
  |
  = help: quote it when text is meant: '='",
        ),
        (
            "a: 1\n---\nb: 1\n",
            "error[MB0203]: expected a single document in the stream but found another document
 --> a.yml:2:1
  |
2 | ---
  | ^^^
  |
  = help: split the file, or take out the line `---`",
        ),
        (
            "a: !ruby/x 1\n",
            "error[MB0203]: could not determine a constructor for the tag '!ruby/x'
 --> a.yml:1:4
  |
1 | a: !ruby/x 1
  |    ^^^^^^^^^
  |
  = help: take the tag out, or quote the value when it is text that begins with `!`",
        ),
        (
            "a: é\nb: 1\nb: 2",
            "warning[MB0202]: Duplicate key 'b' in file `a.yml`
 --> a.yml:3:1
  |
2 | b: 1
  | - first written here
3 | b: 2
  | ^ this value counts
  |
  = help: keep one of the two; an earlier one is silently lost",
        ),
    ] {
        let sources = SourceMap::default();
        sources.insert("a.yml", text);
        let (_, diagnostics) = read(text);
        assert_eq!(diagnostics.len(), 1, "{text}");
        let rendered = render(&diagnostics[0], &sources, RenderStyle::Plain);
        assert_eq!(rendered.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"), expected, "{text}");
    }
}

#[test]
fn broken_text_is_a_diagnostic() {
    for text in [
        "a: [1, 2\n",
        "a: \"x\n",
        "a: 'x\n",
        "a:\n\t- b\n",
        "a: @b\n",
        "a: `b`\n",
        "a: *nowhere\n",
        "a: &x [*x]\n",
        "- a\nb: 1\n",
        "a: 1\n b: 2\n",
        "a: 2024-13-01\n",
        "a: 0x_\n",
        "{[a]: 1}",
        "<<: 1\n",
        "a: <<\n",
        "a: !!binary aGk=\n",
        "%FOO\na: 1: 2",
        "key: |\n  a\n b\n",
    ] {
        let (tree, diagnostics) = read(text);
        assert!(tree.is_none() && diagnostics.len() == 1 && diagnostics[0].is_error(), "{text}: {diagnostics:?}");
        assert!(diagnostics[0].primary.as_ref().is_some_and(|label| label.span.end > label.span.start), "{text}");
    }
}

#[test]
fn hostile_text_is_refused() {
    let deep = "[".repeat(100_000);
    assert!(read(&deep).1[0].message.starts_with("lists and dictionaries nest deeper"));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let alias = format!("*a{}, ", at - 1).repeat(10);
        bomb.push_str(&format!("a{at}: &a{at} [{alias}]\n"));
    }
    assert!(read(&bomb).1[0].message.starts_with("aliases repeat more than"));
}

#[test]
fn places_are_bytes_of_the_text() {
    let text = "\n# ä\nname: 'ü'\nlist:\n  - a\n  - {b: 1}\nempty:\nblock: |\n  text\n\nlast: x y # z\n";
    let (tree, _) = read(text);
    let tree = tree.expect("a tree");
    let at = |yaml: &Yaml| text[yaml.span.range()].to_owned();
    let value = |key: &str| at(tree.get(key).expect("the key"));
    assert_eq!(value("name"), "'ü'");
    assert_eq!(value("list"), "- a\n  - {b: 1}");
    assert_eq!(value("empty"), "");
    assert_eq!(value("block"), "|\n  text");
    assert_eq!(value("last"), "x y");
    assert_eq!(at(&tree), text[text.find("name").expect("name")..].trim_end().trim_end_matches(" # z"));
    let items = tree.get("list").and_then(Yaml::as_seq).expect("a list");
    assert_eq!(at(&items[1]), "{b: 1}");
    let map = tree.as_map().expect("a map");
    assert_eq!(at(&map.entry("last").expect("the key").0), "last");
}

#[test]
fn trees_become_json() {
    let (tree, _) =
        read("a: 2024-01-02\nb: 2024-01-02 03:04:05.5\n1: [1.5, 9223372036854775808, ~, yes]\ntrue: .inf\n");
    let json = tree.expect("a tree").to_json();
    let expected = r#"{"a":"2024-01-02","b":"2024-01-02T03:04:05.500000","1":["x"]}"#;
    assert_ne!(json.to_string(), expected);
    assert_eq!(json.to_string(), r#"{"a":"2024-01-02","b":"2024-01-02T03:04:05.500000","1":"inf"}"#);
}

#[test]
fn equality_ignores_places_and_order() {
    let one = read("a: 1\nb: [2]\n").0;
    let two = read("{ b: [2], a: 1 }").0;
    assert_eq!(one, two);
    assert_ne!(one, read("a: 1\nb: [3]\n").0);
}
