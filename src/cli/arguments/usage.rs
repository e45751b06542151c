//! Command lines that cannot be understood, told in click's form: the usage line, then `Error:` and a sentence.
//!
//! Owns that form and the translation of clap's errors into click's sentences (`click/exceptions.py`).

use super::commands::{COMMANDS, CommandSpec, find};
use super::help;
use super::options::{GLOBAL, ROOT_ONLY};
use super::types::Invocation;
use crate::diagnostic::{Diagnostic, closest};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::fmt;

/// A command line that does not follow the rules. Printed on standard error; the exit code is 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageError {
    /// The line behind `Usage: `, such as `dbt run [OPTIONS]`.
    pub usage: String,
    /// What is wrong: dbt's and click's words.
    pub message: String,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = self.usage.split(" [").next().unwrap_or_default();
        writeln!(f, "Usage: {}", self.usage)?;
        writeln!(f, "Try '{command} --help' for help.\n")?;
        write!(f, "Error: {}", self.message)
    }
}

impl std::error::Error for UsageError {}

/// Why no command is run.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// A text was asked for: print it on standard output; the exit code is 0.
    Text(String),
    /// No command was given: print the help on standard error; the exit code is 2.
    NoCommand(String),
    /// The command line does not follow the rules: print it on standard error; the exit code is 2.
    Usage(UsageError),
    /// The command line asks for what cannot be had: report it; the exit code is 2.
    Refused(Box<Diagnostic>),
}

impl Stop {
    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Stop::Text(_)) { 0 } else { 2 }
    }
}

impl From<UsageError> for Stop {
    fn from(error: UsageError) -> Self {
        Stop::Usage(error)
    }
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Stop::Refused(Box::new(diagnostic))
    }
}

impl Invocation {
    /// An error about this command line, in `message`'s words.
    pub fn usage_error(&self, message: impl Into<String>) -> UsageError {
        UsageError { usage: self.usage.clone(), message: message.into() }
    }

    /// `value` of `option` (such as `--vars`) is not a YAML mapping.
    pub fn invalid_yaml(&self, option: &str, value: &str) -> UsageError {
        self.invalid_value(&format!("'{option}'"), &format!("String '{value}' is not valid YAML"))
    }

    /// The path that was given for `option` (such as `--project-dir`) does not exist.
    pub fn missing_path(&self, option: &str, path: &str) -> UsageError {
        self.invalid_value(&format!("'{option}'"), &format!("Path '{path}' does not exist."))
    }

    /// The value of `--sample` is no window of time, for this reason.
    pub fn invalid_sample(&self, reason: &str) -> UsageError {
        self.invalid_value("'--sample'", reason)
    }

    pub(super) fn invalid_value(&self, names: &str, reason: &str) -> UsageError {
        self.usage_error(format!("Invalid value for {names}: {reason}"))
    }
}

/// What becomes of clap's `error` about `words`, for a program called `program`.
pub(super) fn stop(error: &clap::Error, words: &[String], program: &str) -> Stop {
    match error.kind() {
        ErrorKind::DisplayHelp => Stop::Text(help::named(&error.to_string(), program)),
        ErrorKind::DisplayVersion => Stop::Text(help::version_text()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Stop::NoCommand(help::named(&error.to_string(), program))
        }
        _ => {
            let usage = usage_line(error).unwrap_or_else(|| likely_usage(words));
            let message = sentence(error, &usage);
            Stop::Usage(UsageError { usage: help::named(&usage, program), message })
        }
    }
}

/// clap's usage line, where it gives one: that of the command at hand, which `tree` has set.
fn usage_line(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::StyledStr(text)) = error.get(ContextKind::Usage) else { return None };
    let text = text.to_string();
    let usage = text.lines().next()?.strip_prefix("Usage:")?.trim();
    (!usage.is_empty()).then(|| usage.to_owned())
}

/// The usage line of the command that `words` seem to give: clap does not say where a value was missing.
fn likely_usage(words: &[String]) -> String {
    let mut path: Vec<&str> = Vec::new();
    let mut command: Option<&CommandSpec> = None;
    for word in words.iter().skip(1) {
        if let Some(found) = find(command.map_or(COMMANDS, |command| command.children), word) {
            path.push(found.name);
            command = Some(found);
        }
    }
    command.map_or_else(help::root_usage, |command| help::usage(command, &path.join(" ")))
}

/// The sentence that click has for clap's error.
fn sentence(error: &clap::Error, usage: &str) -> String {
    let argument = text(error, ContextKind::InvalidArg);
    let name = argument.split([' ', '=']).next().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if name.starts_with('-') => {
            let known = option_names(usage);
            let near = closest(name, known.iter().map(String::as_str));
            with_suggestion(format!("No such option '{name}'."), near)
        }
        ErrorKind::UnknownArgument => format!("Got unexpected extra argument ({argument})"),
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand);
            let near = closest(&name, siblings(usage).iter().map(|command| command.name));
            with_suggestion(format!("No such command '{name}'."), near)
        }
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("Option '{name}' requires an argument.")
        }
        ErrorKind::TooManyValues => format!("Option '{name}' does not take a value."),
        ErrorKind::MissingRequiredArgument => {
            format!("Missing argument '{}'.", argument.trim_matches(['<', '>']))
        }
        ErrorKind::MissingSubcommand => "Missing command.".to_owned(),
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    }
}

fn with_suggestion(sentence: String, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("{sentence} Did you mean '{near}'?"),
        None => sentence,
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// The commands whose names could stand where the usage line says `COMMAND`.
fn siblings(usage: &str) -> &'static [CommandSpec] {
    command_of(usage).map_or(COMMANDS, |command| command.children)
}

/// The command that a usage line is about, if it is not the program itself.
fn command_of(usage: &str) -> Option<&'static CommandSpec> {
    let path = usage.split(" [").next().unwrap_or_default();
    let mut command = None;
    let mut commands = COMMANDS;
    for name in path.split(' ').skip(1) {
        command = find(commands, name);
        commands = command.map_or(&[], |found| found.children);
    }
    command
}

/// Every long option of the command that a usage line is about, with its hyphens.
fn option_names(usage: &str) -> Vec<String> {
    let options: Vec<_> = match command_of(usage) {
        Some(command) => command.all_options().collect(),
        None => GLOBAL.iter().chain(ROOT_ONLY).collect(),
    };
    let mut names: Vec<_> =
        options.iter().flat_map(|option| option.long_names()).map(|name| format!("--{name}")).collect();
    names.push("--help".to_owned());
    names
}
