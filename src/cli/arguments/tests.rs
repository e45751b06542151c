//! Words and variables in, typed data or a text out. What dbt says was recorded from dbt 1.11.16.

use super::*;
use crate::manifest::JsonMap;
use crate::report::{LogFormat, LogLevel};
use crate::selector::{IndirectSelection, ResourceTypeArgument};
use serde_json::{Value, json};

mod dictionaries;
mod flags;
mod oracle;
mod usage;
mod warn_error;

/// An environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

fn line(words: &[&str], variables: Variables) -> Result<CommandLine, Stop> {
    let words = ["/usr/bin/dbt"].iter().chain(words).map(|word| (*word).to_owned());
    parse(words, variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
}

/// The arguments of a line of words without spaces in them.
fn arguments(text: &str, variables: Variables) -> Arguments {
    let words: Vec<_> = text.split_whitespace().collect();
    match line(&words, variables).and_then(|line| line.arguments()) {
        Ok(arguments) => arguments,
        Err(stop) => panic!("{text}: {stop:?}"),
    }
}

fn map(value: Value) -> JsonMap {
    value.as_object().cloned().unwrap_or_default()
}

/// The fields that differ from those of the command without options, as `{:?}` shows them.
fn difference(text: &str, variables: Variables) -> String {
    let is_command = |word: &&str| super::commands::COMMANDS.iter().any(|command| command.name == *word);
    let command = text.split_whitespace().find(is_command).unwrap_or("run");
    let shown = |arguments: Arguments| fields(&format!("{:#?}\n{:#?}", arguments.command, arguments.global));
    let plain = shown(arguments(command, &[]));
    let given = shown(arguments(text, variables));
    let different = given.into_iter().filter(|field| !plain.contains(field)).map(|(_, field)| field);
    different.collect::<Vec<_>>().join(", ")
}

/// The fields of an `{:#?}`, each with the names of the fields around it.
fn fields(debug: &str) -> Vec<(Vec<String>, String)> {
    let mut fields = Vec::new();
    let mut around: Vec<String> = Vec::new();
    let mut lines = debug.lines();
    while let Some(line) = lines.next() {
        let depth = (line.len() - line.trim_start().len()) / 4;
        let Some((name, value)) = line.trim().split_once(": ") else { continue };
        around.truncate(depth);
        around.resize(depth, String::new());
        if value.ends_with('{') {
            around.push(name.to_owned());
            continue;
        }
        let mut value = value.to_owned();
        if value.ends_with(['(', '[']) {
            let end = " ".repeat(depth * 4);
            for inner in lines.by_ref() {
                value += inner.trim();
                if inner.strip_prefix(&end).is_some_and(|rest| !rest.starts_with(' ')) {
                    break;
                }
            }
        }
        let value = value.replace(",)", ")").replace(",]", "]").replace("\",\"", "\", \"").replace("),O", "), O");
        fields.push((around.clone(), format!("{name}: {}", value.trim_end_matches(','))));
    }
    fields
}

#[test]
fn options_reach_their_fields() {
    let cases = [
        ("run", ""),
        ("run --select a b -s c --exclude d", r#"select: ["a", "b", "c"], exclude: ["d"]"#),
        ("run --select=a b --full-refresh", r#"select: ["a", "b"], full_refresh: true"#),
        ("run -m a", r#"select: ["a"]"#),
        ("run --selector nightly --domain orders store", r#"selector: Some("nightly"), domains: ["orders", "store"]"#),
        ("run --no-tests --empty -f", "full_refresh: true, empty: true, no_tests: true"),
        ("run --empty --no-empty", ""),
        ("build --store-failures --show", "store_failures: true, show: true"),
        ("build --resource-type model seed", "resource_types: [One(Model), One(Seed)]"),
        ("test --exclude-resource-types UNIT_TEST", "exclude_resource_types: [One(UnitTest)]"),
        ("list --output JSON --output-keys name config.tags", r#"output: Json, output_keys: ["name", "config.tags"]"#),
        ("ls -m a", r#"select: ["a"], models_only: true"#),
        ("compile --inline x --no-inject-ephemeral-ctes", r#"inline: Some("x"), inject_ephemeral_ctes: false"#),
        ("show --limit -1 --inline-direct -x --output json", r#"inline_direct: Some("-x"), output: Json, limit: None"#),
        ("clean --no-clean-project-files-only", "project_files_only: false"),
        ("debug --connection --config-dir", "config_dir: true, connection: true"),
        ("run -tdev --threads 3 --threads 4", r#"target: Some("dev"), threads: Some(4)"#),
        ("run --single-threaded --threads 4", "threads: Some(1)"),
        ("--target dev run", r#"target: Some("dev")"#),
        ("run --vars {a:1} --project-dir=p --no-mesh", r#"project_dir: Some("p"), no_mesh: true, vars: "{a:1}""#),
        ("run -qxd", "debug: true, quiet: true, fail_fast: true"),
        ("run --no-color", "use_colors: Never, use_colors_file: Never"),
        ("run --color --no-use-colors-file", "use_colors: Always, use_colors_file: Never"),
        (
            "run --log-format json --log-level-file warn",
            "log_format: Some(Json), log_format_file: Some(Json), log_level_file: Some(Warn)",
        ),
        ("run --state s --defer --favor-state", r#"state: Some("s"), defer: true, favor_state: true"#),
        ("run --indirect-selection Cautious --warn-error", "warn_error: true, indirect_selection: Cautious"),
        ("run --no-write-json --invocation-id 7", r#"write_json: false, invocation_id: Some("7")"#),
        ("run --no-partial-parse --no-static-parser --no-populate-cache -r file", "partial_parse: false"),
    ];
    for (text, expected) in cases {
        assert_eq!(difference(text, &[]), expected, "{text}");
    }
}

#[test]
fn the_environment_is_weaker_than_the_command_line() {
    let cases: [(&str, Variables, &str); 12] = [
        ("run", &[("DBT_FULL_REFRESH", "1"), ("DBT_TARGET", "prod")], r#"full_refresh: true, target: Some("prod")"#),
        ("run --target dev", &[("DBT_TARGET", "prod")], r#"target: Some("dev")"#),
        ("--target dev run", &[("DBT_TARGET", "prod")], r#"target: Some("dev")"#),
        ("run", &[("DBT_TARGET", "old"), ("DBT_ENGINE_TARGET", "new")], r#"target: Some("new")"#),
        ("run", &[("DBT_TARGET", ""), ("DBT_QUIET", "")], ""),
        ("run --no-quiet", &[("DBT_QUIET", "TRUE")], ""),
        ("build", &[("DBT_RESOURCE_TYPES", "model seed")], "resource_types: [One(Model), One(Seed)]"),
        ("run", &[("DBT_DEFER_TO_STATE", "yes"), ("DBT_ARTIFACT_STATE_PATH", "s")], r#"state: Some("s"), defer: true"#),
        ("run --print", &[("DBT_NO_PRINT", "1")], "print: false"),
        ("run", &[("DBT_FAVOR_STATE_MODE", "0")], "favor_state: true"),
        ("run", &[("DBT_USE_COLORS", "0")], "use_colors: Never, use_colors_file: Never"),
        ("run", &[("TARGET", "x"), ("DBT_THREADS", "9"), ("DBT_ENV_SECRET_X", "y")], ""),
    ];
    for (text, variables, expected) in cases {
        assert_eq!(difference(text, variables), expected, "{text} {variables:?}");
    }
}

#[test]
fn commands_with_words_behind_them() {
    let cases = [
        (
            "run-operation grant --args {a:1}",
            r#"RunOperation(RunOperationArguments { operation: Macro("grant"), arguments: Some("{a:1}"), domains: [] })"#,
        ),
        ("explain MB0503", r#"Explain { code: "MB0503" }"#),
        ("completions zsh", "Completions { shell: Zsh }"),
        ("parse", "Parse"),
        (
            "deps --add-package a/b@1.0.0",
            r#"Deps(DepsArguments { lock: false, upgrade: false, add_package: Some(NewPackage { name: "a/b", version: Some("1.0.0") }), source: Hub })"#,
        ),
        (
            "deps --add-package ../x --source local --lock",
            r#"Deps(DepsArguments { lock: true, upgrade: false, add_package: Some(NewPackage { name: "../x", version: None }), source: Local })"#,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(format!("{:?}", arguments(text, &[]).command), expected, "{text}");
    }
}

#[test]
fn the_first_word_of_a_list_may_be_several() {
    let words = ["run", "-s", "a b", "c d", "--exclude=e f", "g"];
    let Ok(Command::Run(run)) = line(&words, &[]).and_then(|line| line.arguments()).map(|found| found.command) else {
        panic!("no run");
    };
    assert_eq!(run.selection.select, ["a", "b", "c d"]);
    assert_eq!(run.selection.exclude, ["e", "f", "g"]);
}

#[test]
fn the_invocation_is_told_as_dbt_tells_it() {
    let invocation = arguments("docs --target x generate --static", &[]).invocation;
    assert_eq!((invocation.program, invocation.path.join(" ").as_str()), ("dbt", "docs generate"));
    assert_eq!(invocation.text, "dbt docs --target x generate --static");
    assert_eq!(arguments("ls", &[]).invocation.path, ["ls"]);
}

#[test]
fn deprecated_names_are_warned_of() {
    let cases: [(&str, Variables, &str); 4] = [
        ("run -s a", &[("DBT_ENGINE_TARGET", "a"), ("DBT_MINE", "1"), ("DBT_ENGINE_HOST", "h")], ""),
        ("run --models a", &[], "Usage of `--models`, `--model`, and `-m` is deprecated"),
        ("run", &[("DBT_NO_PRINT", "1")], "`DBT_NO_PRINT` has been renamed as `DBT_ENGINE_PRINT`"),
        ("run", &[("DBT_ENGINE_MINE", "1")], "custom environment variable `DBT_ENGINE_MINE`"),
    ];
    for (text, variables, expected) in cases {
        let warnings = arguments(text, variables).warnings;
        assert_eq!(warnings.len(), usize::from(!expected.is_empty()), "{text}: {warnings:?}");
        assert!(warnings.iter().all(|warning| warning.message.contains(expected)), "{warnings:?}");
    }
}

/// Words that clap's table allows and the types do not know would be lost without a word.
#[test]
fn every_word_of_a_choice_has_a_type() {
    let words = |name: &str| {
        let groups = [super::options::RESOURCE_TYPES, super::options::GLOBAL];
        let mut options = groups.into_iter().flatten();
        options.find(|option| option.name == name).and_then(|option| option.kind.choices()).unwrap_or_default()
    };
    for word in words("resource_types").iter().chain(words("exclude_resource_types")) {
        assert!(ResourceTypeArgument::parse(word).is_some(), "{word}");
    }
    for word in words("indirect_selection") {
        assert!(IndirectSelection::parse(word).is_some(), "{word}");
    }
    for word in words("log_level") {
        assert!(LogLevel::parse(word).is_some(), "{word}");
    }
    for word in words("log_format").iter().filter(|word| **word != "default") {
        assert!(word.parse::<LogFormat>().is_ok(), "{word}");
    }
}
