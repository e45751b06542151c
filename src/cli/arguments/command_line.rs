//! From words and environment variables to a [`CommandLine`], in which every value knows where it comes from.

use super::commands::{COMMANDS, CommandSpec, Positional, find};
use super::option::{Kind, OptionSpec, Support, engine_name};
use super::options::{GLOBAL, ROOT_ONLY};
use super::types::Invocation;
use super::usage::{self, Stop};
use super::{help, tree, value};
use crate::diagnostic::{Diagnostic, ErrorCode};
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Where a value comes from, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Default,
    Project,
    Environment,
    CommandLine,
}

/// The value of one option.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) spec: &'static OptionSpec,
    pub(super) value: Value,
    pub(super) source: Source,
}

/// A command line that was understood, before the project's flags are known.
#[derive(Debug, Clone)]
pub struct CommandLine {
    pub(super) command: &'static CommandSpec,
    /// What stands behind the command without an option.
    pub(super) positional: Option<String>,
    pub(super) settings: Vec<Setting>,
    pub(super) invocation: Invocation,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Environment variables that an option has under a former name, which is stronger even than the command line
/// (`DEPRECATED_PARAMS` of `dbt/cli/flags.py`).
const FORMER_VARIABLES: [(&str, &str); 4] = [
    ("DBT_DEFER_TO_STATE", "defer"),
    ("DBT_FAVOR_STATE_MODE", "favor_state"),
    ("DBT_NO_PRINT", "print"),
    ("DBT_ARTIFACT_STATE_PATH", "state"),
];

/// Variables that dbt reads and that no option stands for (`dbt/env_vars.py`).
const OTHER_VARIABLES: [&str; 7] = [
    "DBT_INVOCATION_ENV",
    "DBT_RECORDED_FILE_PATH",
    "DBT_TEST_STATE_MODIFIED",
    "DBT_PACKAGE_HUB_URL",
    "DBT_DOWNLOAD_DIR",
    "DBT_PP_FILE_DIFF_TEST",
    "DBT_PP_TEST",
];

/// Understands `words` (the program's name first) in an environment of `variables`.
pub fn parse(
    words: impl IntoIterator<Item = String>,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<CommandLine, Stop> {
    let words: Vec<String> = words.into_iter().collect();
    let variables: BTreeMap<String, String> =
        variables.into_iter().filter(|(name, text)| name.starts_with("DBT_") && !text.is_empty()).collect();
    let program = program_name(words.first().map_or("", String::as_str));
    let matches =
        tree::tree().try_get_matches_from(separated(&words)).map_err(|error| usage::stop(&error, &words, program))?;
    let levels = levels(&matches);
    let path: Vec<String> = levels.iter().map(|(name, _)| (*name).to_owned()).skip(1).collect();
    let Some(command) = command_at(&path) else {
        return Err(Stop::NoCommand(help::named(&help::root_help(), program)));
    };
    let invocation = Invocation {
        program,
        usage: help::named(&help::usage(command, &path.join(" ")), program),
        text: format!("dbt {}", words.get(1..).unwrap_or_default().join(" ")),
        path,
    };
    let mut line = CommandLine {
        command,
        positional: positional(command, &levels),
        settings: Vec::new(),
        invocation,
        warnings: vec![],
    };
    line.read_options(&levels, &variables)?;
    line.read_former_variables(&variables)?;
    line.refuse_unsupported()?;
    line.warn_of_models_option(&words);
    line.warn_of_unknown_variables(&variables);
    Ok(line)
}

impl CommandLine {
    /// The value of an option, and where it comes from.
    pub(super) fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.spec.name == name)
    }

    fn read_options(
        &mut self,
        levels: &[(&str, &ArgMatches)],
        variables: &BTreeMap<String, String>,
    ) -> Result<(), Stop> {
        let own = self.command.options.iter().copied().flatten();
        for spec in own.chain(GLOBAL).chain(ROOT_ONLY) {
            let setting = self.read_option(spec, levels, variables)?;
            self.settings.push(setting);
        }
        Ok(())
    }

    fn read_option(
        &self,
        spec: &'static OptionSpec,
        levels: &[(&str, &ArgMatches)],
        variables: &BTreeMap<String, String>,
    ) -> Result<Setting, Stop> {
        let mut given = levels.iter().filter_map(|(_, matches)| on_level(spec, matches));
        let invalid = |reason: String| self.invocation.invalid_value(&spec.display_names(), &reason);
        if let Some(given_here) = given.next() {
            if given.next().is_some() {
                let message = format!(
                    "{} was provided both before and after the subcommand, it can only be set either before or after.",
                    spec.name
                );
                return Err(self.invocation.usage_error(message).into());
            }
            let value = match given_here {
                Given::Switched(on) => Value::Bool(on),
                Given::Words(words) => value::from_words(spec, words).map_err(invalid)?,
            };
            return Ok(Setting { spec, value, source: Source::CommandLine });
        }
        match spec.variables().iter().find_map(|name| variables.get(name)) {
            Some(text) => {
                let value = value::from_variable(spec, text).map_err(invalid)?;
                Ok(Setting { spec, value, source: Source::Environment })
            }
            None => Ok(Setting { spec, value: spec.default.value(), source: Source::Default }),
        }
    }

    fn read_former_variables(&mut self, variables: &BTreeMap<String, String>) -> Result<(), Stop> {
        for (former, name) in FORMER_VARIABLES {
            let Some(text) = [engine_name(former).as_str(), former].iter().find_map(|name| variables.get(*name)) else {
                continue;
            };
            let Some(setting) = self.settings.iter_mut().find(|setting| setting.spec.name == name) else { continue };
            let invalid = |reason: String| self.invocation.invalid_value(&format!("'{former}'"), &reason);
            setting.value = match name {
                "state" => Value::from(text.as_str()),
                // dbt reads this one as text, and every text is true
                "favor_state" => Value::Bool(true),
                "print" => Value::Bool(!value::boolean(text).map_err(invalid)?),
                _ => Value::Bool(value::boolean(text).map_err(invalid)?),
            };
            setting.source = Source::Environment;
            let new = setting.spec.variable.map(engine_name).unwrap_or_default();
            self.warnings.push(deprecated(format!(
                "The environment variable `{former}` has been renamed as `{new}`.\nIf `{former}` is currently set, its \
                 value will be used instead of `{new}`.\nSet `{new}` and unset `{former}` to avoid this deprecation \
                 warning and ensure it works properly in a future release."
            )));
        }
        Ok(())
    }

    fn refuse_unsupported(&self) -> Result<(), Stop> {
        for setting in self.settings.iter().filter(|setting| setting.source != Source::Default) {
            let refused = match setting.spec.support {
                Support::RefusedOn => setting.value == Value::Bool(true),
                Support::Full | Support::NoEffect => false,
            };
            if refused {
                return Err(unsupported_option(setting).into());
            }
        }
        Ok(())
    }

    fn warn_of_models_option(&mut self, words: &[String]) {
        if words.iter().any(|word| matches!(word.as_str(), "-m" | "--models" | "--model")) {
            self.warnings.push(deprecated(
                "Usage of `--models`, `--model`, and `-m` is deprecated in favor of `--select` or `-s`.".to_owned(),
            ));
        }
    }

    /// dbt keeps names that begin with `DBT_ENGINE` for itself (`dbt/env_vars.py`).
    fn warn_of_unknown_variables(&mut self, variables: &BTreeMap<String, String>) {
        let names = variables.keys().filter(|name| name.starts_with("DBT_ENGINE"));
        let unknown: Vec<_> = names.filter(|name| !is_known_variable(name)).collect();
        for name in unknown {
            self.warnings.push(deprecated(format!(
                "Found custom environment variable `{name}` in the environment. The prefix `DBT_ENGINE` is reserved for \
                 dbt engine environment variables. Custom environment variables with the prefix `DBT_ENGINE` may cause \
                 collisions and runtime errors."
            )));
        }
    }
}

fn is_known_variable(name: &str) -> bool {
    let all = COMMANDS.iter().flat_map(|command| command.children.iter().chain([command]));
    let options = all.flat_map(CommandSpec::all_options).chain(ROOT_ONLY).filter_map(|spec| spec.variable);
    let former = FORMER_VARIABLES.iter().map(|(former, _)| *former);
    options.chain(former).chain(OTHER_VARIABLES).any(|variable| engine_name(variable) == name)
}

fn deprecated(message: String) -> Diagnostic {
    Diagnostic::warning(ErrorCode::DeprecatedOption, message)
}

fn unsupported_option(setting: &Setting) -> Diagnostic {
    let spec = setting.spec;
    let long = spec.long.first().copied().unwrap_or(spec.name);
    let (message, hint) = match (setting.source, spec.variable) {
        (Source::Environment, Some(variable)) => (
            format!("the option `--{long}`, which the environment variable `{variable}` sets, is not supported yet"),
            format!("unset `{variable}`; without it everything is read"),
        ),
        _ => (format!("the option `--{long}` is not supported yet"), format!("leave `--{long}` out")),
    };
    Diagnostic::error(ErrorCode::UnsupportedOption, message).hint(hint)
}

/// `dbt` when called so, else `meshbuild`.
fn program_name(word: &str) -> &'static str {
    let stem = Path::new(word).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if stem == "dbt" { "dbt" } else { "meshbuild" }
}

/// `words` as clap needs them: to dbt, further words may follow `--select=first` as they follow `--select first`, and
/// the first word after such an option may hold several (`dbt/cli/options.py`).
fn separated(words: &[String]) -> Vec<String> {
    let mut separated = Vec::with_capacity(words.len());
    for word in words {
        match word.strip_prefix("--").and_then(|rest| rest.split_once('=')) {
            Some((name, first)) if takes_words(name) && !first.starts_with('-') => {
                separated.push(format!("--{name}"));
                separated.push(first.to_owned());
            }
            _ => separated.push(word.clone()),
        }
    }
    separated
}

fn takes_words(long: &str) -> bool {
    let all = COMMANDS.iter().flat_map(|command| command.children.iter().chain([command]));
    let mut options = all.flat_map(|command| command.options.iter().copied().flatten());
    options.any(|spec| spec.kind.takes_words() && spec.long.contains(&long))
}

/// The program and each subcommand, with its name and what was matched on its level.
fn levels(matches: &ArgMatches) -> Vec<(&str, &ArgMatches)> {
    let mut levels = vec![("", matches)];
    while let Some((name, deeper)) = levels.last().and_then(|(_, matches)| matches.subcommand()) {
        levels.push((name, deeper));
    }
    levels
}

fn command_at(path: &[String]) -> Option<&'static CommandSpec> {
    let (first, rest) = path.split_first()?;
    let command = find(COMMANDS, first)?;
    match rest.first() {
        Some(second) => find(command.children, second),
        None => Some(command),
    }
}

fn positional(command: &CommandSpec, levels: &[(&str, &ArgMatches)]) -> Option<String> {
    let (Positional::One(id, _) | Positional::Perhaps(id, _)) = command.positional else { return None };
    levels.last().and_then(|(_, matches)| matches.get_one::<String>(id).cloned())
}

enum Given {
    Switched(bool),
    Words(Vec<String>),
}

/// What one level of the command line says about an option.
fn on_level(spec: &OptionSpec, matches: &ArgMatches) -> Option<Given> {
    let written = |id: &str| {
        matches.try_contains_id(id).unwrap_or(false) && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    match spec.kind {
        Kind::Flag => written(spec.name).then_some(Given::Switched(true)),
        Kind::Switch(_) if written(spec.name) => Some(Given::Switched(true)),
        Kind::Switch(opposite) => written(opposite).then_some(Given::Switched(false)),
        Kind::Words | Kind::ChoiceWords(_) => written(spec.name).then(|| Given::Words(words(spec, matches))),
        _ => written(spec.name).then(|| {
            let value = matches.get_one::<String>(spec.name).cloned();
            Given::Words(value.into_iter().collect())
        }),
    }
}

/// Everything behind an option; the first word of each occurrence may be several.
fn words(spec: &OptionSpec, matches: &ArgMatches) -> Vec<String> {
    let mut words = Vec::new();
    for occurrence in matches.get_occurrences::<String>(spec.name).into_iter().flatten() {
        for (place, word) in occurrence.enumerate() {
            match place {
                0 => words.extend(word.split(' ').map(str::to_owned)),
                _ => words.push(word.clone()),
            }
        }
    }
    words
}
