//! The project's `flags:` between the environment and the defaults, and the rules that hold once all values are known
//! (`dbt/cli/flags.py`).

use super::command_line::{CommandLine, Setting, Source};
use super::option::{Kind, OptionSpec};
use super::typed;
use super::types::Arguments;
use super::usage::Stop;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::JsonMap;
use serde_json::Value;

/// Options that a project can set (class `ProjectFlags` of `dbt/contracts/project.py`). Its other flags are about
/// behaviour, and no option has their names.
const NAMES: [&str; 20] = [
    "cache_selected_only",
    "debug",
    "fail_fast",
    "indirect_selection",
    "log_format",
    "log_format_file",
    "log_level",
    "log_level_file",
    "partial_parse",
    "populate_cache",
    "printer_width",
    "send_anonymous_usage_stats",
    "static_parser",
    "use_colors",
    "use_colors_file",
    "use_experimental_parser",
    "version_check",
    "warn_error",
    "warn_error_options",
    "write_json",
];

/// An option that another one follows while nobody sets it.
const FOLLOWERS: [(&str, &str); 3] =
    [("use_colors", "use_colors_file"), ("log_level", "log_level_file"), ("log_format", "log_format_file")];

/// Options of which one at most may be set.
const EXCLUSIVE: [(&str, &str); 3] =
    [("warn_error", "warn_error_options"), ("select", "inline"), ("selector", "inline")];

impl CommandLine {
    /// What the command line and the environment say, as if no project had flags: enough to find the project.
    ///
    /// # Errors
    /// Options that exclude each other.
    pub fn arguments(&self) -> Result<Arguments, Stop> {
        self.merge_project_flags(&JsonMap::new())
    }

    /// What is asked for, given the `flags:` of the root project: an option that neither the command line nor the
    /// environment sets takes its value from them. A flag of the wrong type is left out, with a warning.
    ///
    /// # Errors
    /// Options that exclude each other, a flag of the project counting as set.
    pub fn merge_project_flags(&self, flags: &JsonMap) -> Result<Arguments, Stop> {
        let mut line = self.clone();
        for setting in line.settings.iter_mut().filter(|setting| setting.source == Source::Default) {
            let Some(value) = flag(flags, setting.spec.name) else { continue };
            match converted(setting.spec, value) {
                Some(value) => *setting = Setting { spec: setting.spec, value, source: Source::Project },
                None => line.warnings.push(unreadable(setting.spec, value)),
            }
        }
        line.follow();
        line.exclude()?;
        typed::arguments(&line)
    }

    fn follow(&mut self) {
        for (leader, follower) in FOLLOWERS {
            let Some(leader) = self.setting(leader).filter(|setting| setting.source != Source::Default) else {
                continue;
            };
            let (source, value) = (leader.source, leader.value.clone());
            let mut settings = self.settings.iter_mut();
            let follower = settings.find(|setting| setting.spec.name == follower && setting.source == Source::Default);
            if let Some(setting) = follower {
                *setting = Setting { spec: setting.spec, value, source };
            }
        }
    }

    fn exclude(&self) -> Result<(), Stop> {
        let is_set = |name| self.setting(name).is_some_and(|setting| setting.source != Source::Default);
        match EXCLUSIVE.iter().find(|(first, second)| is_set(first) && is_set(second)) {
            Some((first, second)) => {
                Err(self.invocation.usage_error(format!("{second}: not allowed with argument {first}")).into())
            }
            None => Ok(()),
        }
    }
}

fn flag<'a>(flags: &'a JsonMap, name: &str) -> Option<&'a Value> {
    if !NAMES.contains(&name) {
        return None;
    }
    flags.get(name).filter(|value| !value.is_null())
}

/// A flag's value as its option has it.
fn converted(spec: &OptionSpec, value: &Value) -> Option<Value> {
    let fits = match spec.kind {
        Kind::Flag | Kind::Switch(_) => value.is_boolean(),
        Kind::Integer { least } => value.as_i64().is_some_and(|number| number >= least),
        Kind::Choice(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        _ => value.is_object(),
    };
    fits.then(|| value.clone())
}

fn unreadable(spec: &OptionSpec, value: &Value) -> Diagnostic {
    let wanted = match spec.kind {
        Kind::Flag | Kind::Switch(_) => "true or false".to_owned(),
        Kind::Integer { least } => format!("a number that is at least {least}"),
        Kind::Choice(words) => words.join(", "),
        _ => "a mapping".to_owned(),
    };
    Diagnostic::warning(ErrorCode::BadOptionValue, format!("the project's flag `{}` cannot be {value}", spec.name))
        .hint(format!("it takes {wanted}; the default holds"))
}
