//! Usage errors, refusals, help and version.

use super::*;

fn told(text: &str, variables: Variables) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    match line(&words, variables).and_then(|line| line.arguments()) {
        Ok(arguments) => format!("{:?}", arguments.command),
        Err(Stop::Usage(error)) => format!("{}: {}", error.usage, error.message),
        Err(Stop::Refused(diagnostic)) => diagnostic.to_string(),
        Err(Stop::NoCommand(_)) => "no command".to_owned(),
        Err(Stop::Text(text)) => text,
    }
}

#[test]
fn usage_errors_are_told_as_click_tells_them() {
    let cases = [
        ("run --foo", "dbt run [OPTIONS]: No such option '--foo'."),
        ("run --foo=x", "dbt run [OPTIONS]: No such option '--foo'."),
        ("run --selec x", "dbt run [OPTIONS]: No such option '--selec'. Did you mean '--select'?"),
        ("--foo run", "dbt [OPTIONS] [COMMAND] [ARGS]...: No such option '--foo'."),
        ("run -qx -z", "dbt run [OPTIONS]: No such option '-z'."),
        ("run --resource-type model", "dbt run [OPTIONS]: No such option '--resource-type'."),
        ("runn", "dbt [OPTIONS] [COMMAND] [ARGS]...: No such command 'runn'. Did you mean 'run'?"),
        ("docs foo", "dbt docs [OPTIONS] COMMAND [ARGS]...: No such command 'foo'."),
        ("docs generate --foo", "dbt docs generate [OPTIONS]: No such option '--foo'."),
        ("run extra", "dbt run [OPTIONS]: Got unexpected extra argument (extra)"),
        ("run-operation", "dbt run-operation [OPTIONS] [MACRO]: Missing argument 'MACRO'."),
        ("run --select", "dbt run [OPTIONS]: Option '--select' requires an argument."),
        ("run --select --debug", "dbt run [OPTIONS]: Option '--select' requires an argument."),
        ("-t", "dbt [OPTIONS] [COMMAND] [ARGS]...: Option '--target' requires an argument."),
        ("run --full-refresh=yes", "dbt run [OPTIONS]: Option '--full-refresh' does not take a value."),
        ("run --threads x", "dbt run [OPTIONS]: Invalid value for '--threads': 'x' is not a valid integer."),
        ("run --threads 0", "dbt run [OPTIONS]: Invalid value for '--threads': 0 is not in the range x>=1."),
        (
            "ls --output bad",
            "dbt ls [OPTIONS]: Invalid value for '--output': 'bad' is not one of 'json', 'name', 'path', 'selector'.",
        ),
        (
            "--target a run --target b",
            "dbt run [OPTIONS]: target was provided both before and after the subcommand, it can only be set either \
             before or after.",
        ),
        ("compile --select a --inline b", "dbt compile [OPTIONS]: inline: not allowed with argument select"),
        (
            "run --warn-error --warn-error-options {}",
            "dbt run [OPTIONS]: warn_error_options: not allowed with argument warn_error",
        ),
        (
            "completions csh",
            "dbt completions [OPTIONS] SHELL: Invalid value for 'SHELL': 'csh' is not one of 'bash', 'elvish', 'fish', \
             'powershell', 'zsh'.",
        ),
        ("", "no command"),
        ("docs", "no command"),
        ("--debug", "no command"),
    ];
    for (text, expected) in cases {
        assert_eq!(told(text, &[]), expected, "{text}");
    }
}

#[test]
fn variables_are_held_to_the_same_rules() {
    let cases = [
        (
            ("DBT_DEBUG", "x"),
            "dbt run [OPTIONS]: Invalid value for '--debug' / '-d': 'x' is not a valid boolean. Recognized values: , 0, 1, \
             f, false, n, no, off, on, t, true, y, yes",
        ),
        (
            ("DBT_LOG_FORMAT", "bad"),
            "dbt run [OPTIONS]: Invalid value for '--log-format': 'bad' is not one of 'text', 'debug', 'json', 'default'.",
        ),
        (
            ("DBT_PRINTER_WIDTH", "q"),
            "dbt run [OPTIONS]: Invalid value for '--printer-width': 'q' is not a valid integer.",
        ),
    ];
    for (variable, expected) in cases {
        assert_eq!(told("run", &[variable]), expected);
    }
}

#[test]
fn a_usage_error_is_laid_out_as_clicks() {
    let error = arguments("run", &[]).invocation.invalid_yaml("--vars", "[1]");
    let text = "Usage: dbt run [OPTIONS]\nTry 'dbt run --help' for help.\n\n\
                Error: Invalid value for '--vars': String '[1]' is not valid YAML";
    assert_eq!(error.to_string(), text);
    assert_eq!(Stop::from(error).exit_code(), 2);
}

#[test]
fn what_is_not_supported_is_refused() {
    let cases: [(&str, Variables, &str); 4] = [
        (
            "build",
            &[("DBT_UPLOAD_TO_ARTIFACTS_INGEST_API", "true")],
            "MB0150: the option `--upload-to-artifacts-ingest-api`, which the environment variable \
             `DBT_UPLOAD_TO_ARTIFACTS_INGEST_API` sets, is not supported yet",
        ),
        (
            "run --upload-to-artifacts-ingest-api",
            &[],
            "MB0150: the option `--upload-to-artifacts-ingest-api` is not supported yet",
        ),
        ("ls -m a -s b", &[], "MB0152: \"models\" and \"select\" are mutually exclusive arguments"),
        ("deps --add-package x", &[], "MB0152: Version is required in --add-package when a package when source is hub"),
    ];
    for (text, variables, expected) in cases {
        assert_eq!(told(text, variables), expected, "{text}");
    }
    assert!(told("run --no-upload-to-artifacts-ingest-api", &[]).starts_with("Run("));
}

#[test]
fn help_and_version() {
    for text in ["--version", "-v", "run -V", "run-operation --version"] {
        assert!(told(text, &[]).starts_with("meshbuild 0.1.0\n  follows dbt 1.11.16"), "{text}");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../snapshots");
    settings.bind(|| insta::assert_snapshot!("help", told("--help", &[])));
    let help = told("docs generate -h", &[]);
    assert!(help.starts_with("Usage: dbt docs generate [OPTIONS]"), "{help}");
    assert!(!help.contains("{program}") && !help.contains("static-parser"), "{help}");
    assert!(told("run --help", &[]).contains("--static-parser"));
}

/// Every page can be built: clap checks names for being unique only then.
#[test]
fn the_tree_of_commands_is_sound() {
    completion_tree("meshbuild").debug_assert();
}
