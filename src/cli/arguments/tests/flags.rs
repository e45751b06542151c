//! The project's flags: weaker than command line and environment, stronger than the defaults.

use super::*;

fn merged(text: &str, variables: Variables, flags: Value) -> Result<Arguments, Stop> {
    let words: Vec<_> = text.split_whitespace().collect();
    line(&words, variables).and_then(|line| line.merge_project_flags(&map(flags)))
}

#[test]
fn precedence() {
    let cases: [(&str, Variables<'_>, Value, bool); 6] = [
        ("run", &[], json!({"fail_fast": true}), true),
        ("run --no-fail-fast", &[], json!({"fail_fast": true}), false),
        ("--no-fail-fast run", &[], json!({"fail_fast": true}), false),
        ("run", &[("DBT_FAIL_FAST", "0")], json!({"fail_fast": true}), false),
        ("run", &[], json!({"fail_fast": null}), false),
        ("run --fail-fast", &[("DBT_FAIL_FAST", "0")], json!({"fail_fast": false}), true),
    ];
    for (text, variables, flags, expected) in cases {
        let arguments = merged(text, variables, flags.clone()).expect(text);
        assert_eq!(arguments.global.fail_fast, expected, "{text} {variables:?} {flags}");
    }
}

#[test]
fn what_a_project_cannot_set_is_left_alone() {
    let flags = json!({"full_refresh": true, "quiet": true, "require_resource_names_without_spaces": true});
    let arguments = merged("run", &[], flags).expect("run");
    assert!(!arguments.global.output.quiet && arguments.warnings.is_empty());
    assert!(matches!(arguments.command, Command::Run(RunArguments { full_refresh: false, .. })));
}

#[test]
fn file_options_follow_their_leaders() {
    let output = |text, flags| merged(text, &[], flags).expect("run").global.output;
    let coloured = output("run", json!({"use_colors": false, "log_level": "error"}));
    assert_eq!((coloured.use_colors, coloured.use_colors_file), (ColorChoice::Never, ColorChoice::Never));
    assert_eq!(coloured.log_level_file, coloured.log_level);
    let apart = output("run --log-format json", json!({"log_format_file": "text"}));
    assert_eq!(apart.log_format_file, Some(LogFormat::Text));
}

#[test]
fn flags_of_the_wrong_type_are_warned_of() {
    let flags = json!({"printer_width": "wide", "fail_fast": "yes", "log_format": "xml", "warn_error_options": "all"});
    let arguments = merged("run", &[], flags).expect("run");
    let messages: Vec<_> = arguments.warnings.iter().map(ToString::to_string).collect();
    let expected = [
        "MB0152: the project's flag `fail_fast` cannot be \"yes\"",
        "MB0152: the project's flag `warn_error_options` cannot be \"all\"",
        "MB0152: the project's flag `printer_width` cannot be \"wide\"",
        "MB0152: the project's flag `log_format` cannot be \"xml\"",
    ];
    assert_eq!(messages, expected);
    assert_eq!(arguments.global.output.printer_width, 80);
}

#[test]
fn a_flag_of_the_project_excludes_an_option() {
    let Err(Stop::Usage(error)) = merged("run --warn-error-options {}", &[], json!({"warn_error": true})) else {
        panic!("not refused");
    };
    assert_eq!(error.message, "warn_error_options: not allowed with argument warn_error");
    let arguments = merged("run", &[], json!({"warn_error_options": {"error": "all"}})).expect("run");
    let WarnErrorSource::Map(map) = arguments.global.warnings.warn_error_options else { panic!("no map") };
    assert_eq!(Value::Object(map), json!({"error": "all"}));
}
