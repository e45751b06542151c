//! The command line as Jinja and the artifacts see it: `flags`, `invocation_args_dict` and the `args` of run results
//! (`dbt/flags.py`, `args_to_dict` of `dbt/utils/utils.py`, `dbt/task/run_operation.py`).

use super::types::Arguments;
use super::warn_error::WarnErrorOptions;
use crate::manifest::JsonMap;
use serde_json::Value;

/// What becomes known after the command line was read, and is shown beside it.
#[derive(Debug, Clone, Copy)]
pub struct ResolvedPaths<'a> {
    /// The root project's folder, absolute.
    pub project_dir: &'a str,
    /// The folder that profiles are looked for in.
    pub profiles_dir: &'a str,
    /// The folder of the log file.
    pub log_path: &'a str,
    /// `--vars`, read.
    pub vars: &'a JsonMap,
    /// `--args` of `run-operation`, read.
    pub macro_arguments: Option<&'a JsonMap>,
    /// `--warn-error-options`, read.
    pub warn_error_options: &'a WarnErrorOptions,
    /// The project's behaviour flags with their values, as `require_resource_names_without_spaces`.
    pub behavior_flags: &'a JsonMap,
}

/// The flags that Jinja may see, in dbt's order (`get_flag_dict`), without the three that follow.
const JINJA_FLAGS: [&str; 24] = [
    "use_experimental_parser",
    "static_parser",
    "warn_error",
    "warn_error_options",
    "write_json",
    "partial_parse",
    "use_colors",
    "profiles_dir",
    "debug",
    "log_format",
    "version_check",
    "fail_fast",
    "send_anonymous_usage_stats",
    "printer_width",
    "indirect_selection",
    "log_cache_events",
    "quiet",
    "no_print",
    "cache_selected_only",
    "introspect",
    "target_path",
    "log_path",
    "invocation_command",
    "empty",
];

/// Left out of `invocation_args_dict` while they are off.
const SHOWN_WHEN_ON: [&str; 8] = [
    "debug",
    "full_refresh",
    "fail_fast",
    "warn_error",
    "single_threaded",
    "log_cache_events",
    "store_failures",
    "use_experimental_parser",
];

/// What the arguments of every command have, whether it takes them or not (`FLAGS_DEFAULTS` of `dbt/cli/flags.py`).
const EVERYWHERE: [(&str, bool); 5] = [
    ("full_refresh", false),
    ("strict_mode", false),
    ("store_failures", false),
    ("introspect", true),
    ("state_modified_compare_vars", false),
];

impl Arguments {
    /// The `flags` object of Jinja: upper-case names and their values, `null` for Python's `None`.
    pub fn jinja_flags(&self, resolved: &ResolvedPaths<'_>) -> JsonMap {
        let all = self.all(resolved);
        let names = JINJA_FLAGS.into_iter().chain(["full_refresh", "store_failures", "which"]);
        names.map(|name| (name.to_uppercase(), all.get(name).cloned().unwrap_or(Value::Null))).collect()
    }

    /// `invocation_args_dict` of Jinja and `args` of `run_results.json`, sorted by name.
    pub fn invocation_args_dict(&self, resolved: &ResolvedPaths<'_>) -> JsonMap {
        let shown = |(name, value): &(String, Value)| match value {
            Value::Null => false,
            Value::Bool(false) => !SHOWN_WHEN_ON.contains(&name.as_str()),
            _ => true,
        };
        self.all(resolved).into_iter().filter(shown).collect()
    }

    /// `args` of the `run_results.json` of `run-operation`, which dbt makes by another rule: values that are off are
    /// there, paths that nobody wrote and `warn_error_options` are not.
    pub fn operation_args_dict(&self, resolved: &ResolvedPaths<'_>) -> JsonMap {
        let project = &self.global.project;
        let shown = |(name, value): &(String, Value)| match name.as_str() {
            "project_dir" => project.project_dir.is_some(),
            "profiles_dir" => project.profiles_dir.is_some(),
            "log_path" | "state" | "defer_state" | "warn_error_options" => false,
            _ => !value.is_null(),
        };
        self.all(resolved).into_iter().filter(shown).collect()
    }

    /// Everything that dbt keeps about a command line, sorted by name.
    fn all(&self, resolved: &ResolvedPaths<'_>) -> JsonMap {
        let mut all = JsonMap::new();
        all.extend(EVERYWHERE.map(|(name, value)| (name.to_owned(), Value::Bool(value))));
        all.extend(resolved.behavior_flags.clone());
        all.extend(self.parameters.clone());
        let mut set = |name: &str, value: Value| all.insert(name.to_owned(), value);
        set("which", Value::from(self.invocation.path.last().map_or("", String::as_str)));
        set("invocation_command", Value::from(self.invocation.text.as_str()));
        set("project_dir", Value::from(resolved.project_dir));
        set("profiles_dir", Value::from(resolved.profiles_dir));
        set("log_path", Value::from(resolved.log_path));
        set("vars", Value::Object(resolved.vars.clone()));
        set("warn_error_options", resolved.warn_error_options.to_json());
        if let Some(arguments) = resolved.macro_arguments {
            set("args", Value::Object(arguments.clone()));
        }
        if let Some(sqlparse) = self.sqlparse() {
            set("sqlparse", sqlparse);
        }
        all.sort_keys();
        all
    }

    /// A mapping where the text is one; the option has no effect, so that no other text is looked at.
    fn sqlparse(&self) -> Option<Value> {
        let text = self.parameters.get("sqlparse")?.as_str()?;
        serde_json::from_str(text).ok()
    }
}
