//! The command line of an earlier run, from the `args` of its `run_results.json` (`dbt/task/retry.py`).

use super::command_line::{CommandLine, Setting, Source};
use super::commands::{COMMANDS, CommandSpec, find};
use super::option::OptionSpec;
use super::options::{GLOBAL, ROOT_ONLY};
use super::types::Invocation;
use super::usage::Stop;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::JsonMap;
use serde_json::Value;

/// Commands that can be run again, by the last word of their names.
const RETRIED: [&str; 9] =
    ["build", "clone", "compile", "generate", "run", "run-operation", "seed", "snapshot", "test"];

/// Options of `retry` itself that hold, whatever the earlier run had.
const OWN: [&str; 7] =
    ["log_path", "profiles_dir", "project_dir", "defer_state", "target_path", "warn_error", "invocation_id"];

/// Options of `retry` that hold where they are written.
const OVERRIDES: [&str; 3] = ["vars", "threads", "full_refresh"];

/// Options that are not taken over: they show things, or have no effect here.
const LEFT_OUT: [&str; 2] = ["show", "sqlparse"];

impl CommandLine {
    /// The command that left `args` behind, with the options of this command line, `retry`, where they count.
    ///
    /// # Errors
    /// When it was a command that cannot be run again.
    pub fn again(&self, args: &JsonMap) -> Result<CommandLine, Stop> {
        let which = args.get("which").and_then(Value::as_str).unwrap_or_default();
        let Some((path, command)) = command(which).filter(|_| RETRIED.contains(&which)) else {
            let message = format!("the last command was `{which}`, which cannot be retried");
            let hint = format!("these can: {}", RETRIED.join(", "));
            return Err(Diagnostic::error(ErrorCode::StateMissing, message).hint(hint).into());
        };
        let own = command.options.iter().copied().flatten();
        let settings = own.chain(GLOBAL).chain(ROOT_ONLY).map(|spec| self.setting_again(spec, args)).collect();
        Ok(CommandLine {
            command,
            positional: args.get("macro").and_then(Value::as_str).map(str::to_owned),
            settings,
            invocation: Invocation { path, ..self.invocation.clone() },
            warnings: self.warnings.clone(),
        })
    }

    fn setting_again(&self, spec: &'static OptionSpec, args: &JsonMap) -> Setting {
        let current = self.setting(spec.name);
        let holds = |setting: &&Setting| {
            OWN.contains(&spec.name)
                || (setting.source == Source::CommandLine && (OVERRIDES.contains(&spec.name) || spec.own))
        };
        let default = || Setting { spec, value: spec.default.value(), source: Source::Default };
        if let Some(setting) = current.filter(holds) {
            return Setting { spec, ..setting.clone() };
        }
        let previous = args.get(spec.name).filter(|value| !LEFT_OUT.contains(&spec.name) && is_set(spec, value));
        match (previous, current) {
            (Some(value), _) => Setting { spec, value: as_written(spec, value), source: Source::CommandLine },
            (None, Some(setting)) if setting.source == Source::Environment => Setting { spec, ..setting.clone() },
            (None, _) => default(),
        }
    }
}

/// The command whose last name is `which`, and all its names.
fn command(which: &str) -> Option<(Vec<String>, &'static CommandSpec)> {
    if let Some(command) = find(COMMANDS, which) {
        return Some((vec![which.to_owned()], command));
    }
    let mut families = COMMANDS.iter();
    families.find_map(|family| {
        let child = find(family.children, which)?;
        Some((vec![family.name.to_owned(), which.to_owned()], child))
    })
}

/// Whether the earlier run had more than the default; of `warn_error_options`, whether there is anything in it.
fn is_set(spec: &OptionSpec, value: &Value) -> bool {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Null => false,
        Value::Object(map) => !map.values().all(is_empty),
        other => *other != spec.default.value(),
    }
}

/// `--vars` and `--args` are texts on a command line; `warn_error_options` is understood as a mapping.
fn as_written(spec: &OptionSpec, value: &Value) -> Value {
    match value {
        Value::Object(_) if spec.name != "warn_error_options" => Value::from(value.to_string()),
        other => other.clone(),
    }
}
