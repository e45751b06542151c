use super::*;

#[test]
fn renders_the_lines_of_both_files_with_hints() {
    let sources = SourceMap::default();
    sources.insert("models/a.sql", "select *\nfrom {{ ref('b') }}\n");
    sources.insert("models/schema.yml", "models:\n  - name: b\n");
    let diagnostic = Diagnostic::error(ErrorCode::JinjaSyntax, "this is wrong")
        .labelled(Span::new("models/a.sql", 14..27), "here")
        .also(Span::new("models/schema.yml", 18..19), "declared here")
        .hint("write it otherwise")
        .for_node("model.shop.a");
    let text = render(&diagnostic, &sources, RenderStyle::Plain);
    let expected = "\
error[MB0301]: this is wrong
 --> models/a.sql:2:6
  |
2 | from {{ ref('b') }}
  |      ^^^^^^^^^^^^^ here
  |
 ::: models/schema.yml:2:11
  |
2 |   - name: b
  |           - declared here
  |
  = help: write it otherwise
  = note: in model.shop.a";
    assert_eq!(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"), expected);
}

#[test]
fn offsets_become_lines_and_columns() {
    assert_eq!(line_column("aé\nb", 0), (1, 1));
    assert_eq!(line_column("aé\nb", 4), (2, 1));
    assert_eq!(line_column("aé\nb", 2), (1, 2), "a place inside a character is that character");
    assert_eq!(line_column("a", 99), (1, 2));
}

#[test]
fn codes_are_unique_and_read_back() {
    for (index, code) in ErrorCode::ALL.iter().enumerate() {
        assert_eq!(ErrorCode::parse(&code.as_str().to_lowercase()), Some(*code));
        assert!(ErrorCode::ALL[..index].iter().all(|other| other.as_str() < code.as_str()), "{code} is out of order");
        assert!(code.page().starts_with(&format!("# {code}: ")), "the page of {code} starts with its title");
    }
}
