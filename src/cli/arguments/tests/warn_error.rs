//! `warn_error_options` as a mapping.

use super::*;

#[test]
fn mappings_are_read_as_dbt_reads_them() {
    let cases = [
        (json!({}), r#"{"error":[],"warn":[],"silence":[]}"#),
        (json!({"error": "all", "warn": ["NothingToDo"]}), r#"{"error":"all","warn":["NothingToDo"],"silence":[]}"#),
        (
            json!({"include": "*", "exclude": ["NothingToDo"], "silence": null}),
            r#"{"error":"*","warn":["NothingToDo"],"silence":[]}"#,
        ),
        (
            json!({"error": ["Deprecations"], "warn": ["NothingToDo"]}),
            r#"{"error":["Deprecations"],"warn":["NothingToDo"],"silence":[]}"#,
        ),
        (json!({"error": "most"}), "error must be one of ('all', '*') or a list of strings"),
        (
            json!({"error": ["NothingToDo"], "include": ["JinjaLogWarning"]}),
            "Only `include` or `error` can be specified in `warn_error_options`, not both",
        ),
        (
            json!({"error": ["NothingToDo"], "warn": ["JinjaLogWarning"]}),
            "`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in `error` or silence.",
        ),
        (json!({"silence": ["NothingAtAll"]}), "NothingAtAll is not a valid dbt error name."),
        (json!({"silence": "NothingToDo"}), "`silence` must be a list of strings"),
    ];
    for (written, expected) in cases {
        let got = match WarnErrorOptions::from_map(&map(written.clone())) {
            Ok(options) => options.to_json().to_string(),
            Err(diagnostic) => diagnostic.message,
        };
        assert_eq!(got, expected, "{written}");
    }
}

#[test]
fn names_are_stronger_than_deprecations_and_those_than_all() {
    // what is written, the event, whether it is a deprecation, whether it is an error, whether it is silent
    let cases = [
        (json!({"error": "all"}), "NothingToDo", false, true, false),
        (json!({"error": "all", "warn": ["NothingToDo"]}), "NothingToDo", false, false, false),
        (json!({"error": "all", "silence": ["NothingToDo"]}), "NothingToDo", false, false, true),
        (json!({"error": "all", "silence": ["Deprecations"]}), "NothingToDo", true, false, true),
        (json!({"error": "all", "silence": ["Deprecations"]}), "NothingToDo", false, true, false),
        (json!({"error": ["NothingToDo"], "silence": ["Deprecations"]}), "NothingToDo", true, true, false),
        (json!({"error": ["Deprecations"]}), "NothingToDo", true, true, false),
        (json!({"error": ["Deprecations"], "warn": ["NothingToDo"]}), "NothingToDo", true, false, false),
        (json!({"error": ["JinjaLogWarning"]}), "NothingToDo", false, false, false),
    ];
    for (written, event, deprecation, error, silent) in cases {
        let options = WarnErrorOptions::from_map(&map(written.clone())).expect("a mapping that dbt takes");
        assert_eq!(
            (options.errors(event, deprecation), options.silences(event, deprecation)),
            (error, silent),
            "{written}"
        );
    }
}
