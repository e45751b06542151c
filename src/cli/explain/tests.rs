use super::*;

#[test]
fn pages_are_found_whatever_the_case() {
    for code in ["MB0501", "mb0501", " MB0501 "] {
        assert!(explain(code).is_ok_and(|page| page.starts_with("# MB0501: ")), "{code}");
    }
}

#[test]
fn an_unknown_code_names_the_nearest() {
    let cases = [("MB0551", true), ("MB050", true), ("MBO501", true), ("nonsense", false)];
    for (code, near) in cases {
        let error = explain(code).expect_err(code);
        assert_eq!(
            error.hints.iter().any(|hint| hint.starts_with("did you mean `MB0")),
            near,
            "{code}: {:?}",
            error.hints
        );
    }
}
