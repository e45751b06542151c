//! What Jinja and the artifacts see of a command line, beside what dbt 1.11.16 showed for the same one.

use super::*;

const DEFAULTS: &str = include_str!("dbt_dictionaries.json");

/// The recorded dictionaries: words, then the dictionary that dbt made of them.
fn recorded(name: &str) -> Vec<(String, Value)> {
    let all: Value = serde_json::from_str(DEFAULTS).expect("the recording is JSON");
    let map = all[name].as_object().cloned().unwrap_or_default();
    map.into_iter().collect()
}

fn with_resolved<T>(text: &str, show: impl Fn(&Arguments, &ResolvedPaths<'_>) -> T) -> T {
    let words: Vec<_> = text.split(' ').collect();
    let variables = [("DBT_SEND_ANONYMOUS_USAGE_STATS", "0")];
    let arguments = line(&words, &variables).and_then(|line| line.arguments()).expect("a line that dbt takes");
    let behavior_flags = map(serde_json::from_str::<Value>(DEFAULTS).expect("JSON")["behavior_flags"].clone());
    let options = match &arguments.global.warnings.warn_error_options {
        WarnErrorSource::Text(text) => serde_json::from_str(text).expect("JSON"),
        _ => JsonMap::new(),
    };
    // dbt took `{a:1}` for a mapping with the key `a:1`
    let vars = if arguments.global.project.vars == "{}" { json!({}) } else { json!({"a:1": null}) };
    let resolved = ResolvedPaths {
        project_dir: "/p",
        profiles_dir: "/p",
        log_path: "/p/logs",
        vars: &map(vars),
        macro_arguments: None,
        warn_error_options: &WarnErrorOptions::from_map(&options).expect("options that dbt takes"),
        behavior_flags: &behavior_flags,
    };
    show(&arguments, &resolved)
}

#[test]
fn the_arguments_dictionary_is_dbts() {
    for (text, expected) in recorded("invocation_args_dict") {
        let got = with_resolved(&text, |arguments, resolved| arguments.invocation_args_dict(resolved));
        assert_eq!(Value::Object(got), expected, "{text}");
    }
}

#[test]
fn the_arguments_of_an_operations_results_are_dbts() {
    for (text, expected) in recorded("operation_args_dict") {
        let got = with_resolved(&text, |arguments, resolved| arguments.operation_args_dict(resolved));
        assert_eq!(Value::Object(got), expected, "{text}");
    }
}

#[test]
fn the_flags_of_jinja_are_dbts() {
    for (text, expected) in recorded("flags") {
        let got = with_resolved(&text, |arguments, resolved| arguments.jinja_flags(resolved));
        assert_eq!(Value::Object(got), expected, "{text}");
    }
}
