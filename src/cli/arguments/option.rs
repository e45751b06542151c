//! What one option of the command line is: its names, its environment variable, its default and what it takes.
//!
//! Owns the vocabulary that `options` is written in. Never parses anything.

use serde_json::Value;

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: it is there or not.
    Flag,
    /// Nothing, and it has an opposite of this name.
    Switch(&'static str),
    /// Any text.
    Text,
    /// The path of a folder or file.
    Path,
    /// A day, or a day and a time of day.
    Time,
    /// A whole number that is at least this.
    Integer {
        /// The least number that is allowed.
        least: i64,
    },
    /// One of these words, whatever their case.
    Choice(&'static [&'static str]),
    /// Everything up to the next option.
    Words,
    /// Words of these, up to the next option.
    ChoiceWords(&'static [&'static str]),
}

impl Kind {
    /// Whether everything up to the next option belongs to it.
    pub(super) fn takes_words(self) -> bool {
        matches!(self, Kind::Words | Kind::ChoiceWords(_))
    }

    /// The words that it allows, if they are a closed set.
    pub(super) fn choices(self) -> Option<&'static [&'static str]> {
        match self {
            Kind::Choice(words) | Kind::ChoiceWords(words) => Some(words),
            _ => None,
        }
    }
}

/// What an option is when nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    /// Absent.
    Absent,
    /// On or off.
    Bool(bool),
    /// A text.
    Text(&'static str),
    /// A number.
    Integer(i64),
    /// A list without elements.
    NoWords,
}

impl Default {
    /// As a JSON value.
    pub(super) fn value(self) -> Value {
        match self {
            Default::Absent => Value::Null,
            Default::Bool(value) => Value::Bool(value),
            Default::Text(text) => Value::from(text),
            Default::Integer(number) => Value::from(number),
            Default::NoWords => Value::Array(Vec::new()),
        }
    }
}

/// Whether an option does what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// It does.
    Full,
    /// It is accepted, and what it steers in dbt does not exist here, so that it changes no result.
    NoEffect,
    /// It is refused when it is switched on, and off by default.
    RefusedOn,
}

/// The part of the help that lists an option, in the order of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// What to work on.
    Selection,
    /// How to work on it.
    Execution,
    /// Where everything is.
    Project,
    /// Comparing with and reading from another environment.
    State,
    /// What is printed and logged.
    Output,
    /// Taken for dbt's sake.
    Compatibility,
}

impl Group {
    /// The heading in the help.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Group::Selection => "Selection",
            Group::Execution => "Execution",
            Group::Project => "Project and target",
            Group::State => "State and deferral",
            Group::Output => "Output and logs",
            Group::Compatibility => "Accepted for dbt's sake, without effect",
        }
    }
}

/// One option.
#[derive(Debug, Clone, Copy)]
pub(super) struct OptionSpec {
    /// dbt's name of the parameter, as in `invocation_args_dict`.
    pub(super) name: &'static str,
    /// Long names without hyphens in front, dbt's main one first.
    pub(super) long: &'static [&'static str],
    /// Short names.
    pub(super) short: &'static [char],
    /// What it takes.
    pub(super) kind: Kind,
    /// What holds when nobody sets it.
    pub(super) default: Default,
    /// Its environment variable under the name that begins with `DBT_` only.
    pub(super) variable: Option<&'static str>,
    /// Where the help lists it.
    pub(super) group: Group,
    /// Whether the help leaves it out.
    pub(super) hidden: bool,
    /// Whether it is meshbuild's and unknown to dbt.
    pub(super) own: bool,
    /// Whether it has an effect.
    pub(super) support: Support,
    /// What the help says.
    pub(super) help: &'static str,
}

/// An option with the rarer properties left at their usual values.
pub(super) const fn option(
    name: &'static str,
    long: &'static [&'static str],
    kind: Kind,
    group: Group,
    help: &'static str,
) -> OptionSpec {
    let default = match kind {
        Kind::Flag | Kind::Switch(_) => Default::Bool(false),
        Kind::Words | Kind::ChoiceWords(_) => Default::NoWords,
        _ => Default::Absent,
    };
    OptionSpec {
        name,
        long,
        short: &[],
        kind,
        default,
        variable: None,
        group,
        hidden: false,
        own: false,
        support: Support::Full,
        help,
    }
}

impl OptionSpec {
    /// With short names.
    pub(super) const fn short(mut self, short: &'static [char]) -> Self {
        self.short = short;
        self
    }

    /// With an environment variable.
    pub(super) const fn variable(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    /// With a default.
    pub(super) const fn default(mut self, default: Default) -> Self {
        self.default = default;
        self
    }

    /// Left out of the help.
    pub(super) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Unknown to dbt.
    pub(super) const fn own(mut self) -> Self {
        self.own = true;
        self
    }

    /// Supported less than fully.
    pub(super) const fn support(mut self, support: Support) -> Self {
        self.support = support;
        self
    }

    /// The names as click's messages give them: `'--debug' / '-d'`.
    pub(super) fn display_names(&self) -> String {
        let long = self.long.iter().map(|name| format!("'--{name}'"));
        let short = self.short.iter().map(|name| format!("'-{name}'"));
        long.chain(short).collect::<Vec<_>>().join(" / ")
    }

    /// Every long name without hyphens, that of the opposite included.
    pub(super) fn long_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let opposite = if let Kind::Switch(opposite) = self.kind { Some(opposite) } else { None };
        self.long.iter().copied().chain(opposite)
    }

    /// Its environment variables, the stronger first: `DBT_ENGINE_DEBUG`, `DBT_DEBUG` (`EngineEnvVar` of
    /// `dbt/cli/params.py`).
    pub(super) fn variables(&self) -> Vec<String> {
        self.variable.map(|old| vec![engine_name(old), old.to_owned()]).unwrap_or_default()
    }
}

/// The name of an environment variable since dbt 1.11: `DBT_DEBUG` is `DBT_ENGINE_DEBUG`.
pub(super) fn engine_name(variable: &str) -> String {
    match variable.strip_prefix("DBT_") {
        Some(rest) if !rest.starts_with("ENGINE_") => format!("DBT_ENGINE_{rest}"),
        _ => variable.to_owned(),
    }
}
