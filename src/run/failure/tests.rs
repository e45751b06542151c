use super::*;

fn found(message: &str, text: &str) -> Option<String> {
    let range = Complaint::of(message)?.place_in(text)?;
    Some(format!("{}:{}", range.start, &text[range.clone()]))
}

#[test]
fn the_word_at_the_caret_is_found_in_the_file() {
    let message = "Runtime Error\n  Binder Error: no\n  \n  LINE 3: select nme\n                 ^";
    assert_eq!(found(message, "{{ config() }}\nselect nme\nfrom t").as_deref(), Some("22:nme"));
    assert_eq!(found(message, "select nme\nselect nme").as_deref(), None, "which of the two is not known");
    assert_eq!(found(message, "select {{ nme }}").as_deref(), None);
    assert_eq!(found("Runtime Error\n  no place", "select nme"), None);
}

#[test]
fn a_line_that_the_engine_cut_is_found_by_its_part() {
    let message = "LINE 1: ...lect nme from t where...\n                   ^";
    assert_eq!(found(message, "select nme from t where x").as_deref(), Some("10: "));
}

#[test]
fn remedies() {
    assert_eq!(remedy("x\nCandidate bindings: \"name\"\n").as_deref(), Some("did you mean `name`?"));
    assert!(remedy("Catalog Error: Table with name a does not exist!").is_some());
    assert_eq!(remedy("Conversion Error"), None);
}
