//! `--warn-error-options` and the project's `warn_error_options`: which warnings are errors
//! (`WarnErrorOptionsV2` of `dbt_common/helper_types.py`).

use super::event_names::EVENT_NAMES;
use crate::diagnostic::{Diagnostic, ErrorCode, closest};
use crate::manifest::JsonMap;
use serde_json::{Value, json};

/// The name that stands for every deprecation.
const DEPRECATIONS: &str = "Deprecations";

/// Which warnings are errors, which stay warnings and which are not shown, by the names of dbt's events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WarnErrorOptions {
    /// Errors.
    pub error: ErrorNames,
    /// Warnings all the same.
    pub warn: Vec<String>,
    /// Not shown at all.
    pub silence: Vec<String>,
}

/// Which warnings are errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorNames {
    /// All of them: the word `all` or `*`, kept as written.
    All(String),
    /// Those with these names.
    Named(Vec<String>),
}

impl Default for ErrorNames {
    fn default() -> Self {
        ErrorNames::Named(Vec::new())
    }
}

impl WarnErrorOptions {
    /// Reads the mapping that was written.
    ///
    /// # Errors
    /// MB0152 with dbt's words: both an old and a new key, a word that is not `all`, `warn` without `error: all`, a value
    /// that is no list of names, or a name that no event of dbt and no warning of ours has.
    pub fn from_map(map: &JsonMap) -> Result<Self, Box<Diagnostic>> {
        let error = match exclusive(map, "error", "include")? {
            Some(Value::String(word)) if word == "all" || word == "*" => ErrorNames::All(word.clone()),
            Some(Value::String(_)) => return Err(bad("error must be one of ('all', '*') or a list of strings")),
            other => ErrorNames::Named(names(other, "error")?),
        };
        let warn = names(exclusive(map, "warn", "exclude")?, "warn")?;
        let silence = names(map.get("silence"), "silence")?;
        let deprecations = |list: &[String]| list.iter().any(|name| name == DEPRECATIONS);
        let may_warn = match &error {
            ErrorNames::All(_) => true,
            ErrorNames::Named(list) => deprecations(list) || deprecations(&silence),
        };
        if !warn.is_empty() && !may_warn {
            return Err(bad(
                "`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in `error` or silence.",
            ));
        }
        Ok(WarnErrorOptions { error, warn, silence })
    }

    /// As dbt shows it in `invocation_args_dict`.
    pub fn to_json(&self) -> Value {
        let error = match &self.error {
            ErrorNames::All(word) => json!(word),
            ErrorNames::Named(names) => json!(names),
        };
        json!({"error": error, "warn": self.warn, "silence": self.silence})
    }

    /// Whether the warning `event` is an error; `deprecation` says whether it is one of dbt's deprecations.
    pub fn errors(&self, event: &str, deprecation: bool) -> bool {
        let spared = contains(&self.warn, event) || contains(&self.silence, event);
        let spared_as_deprecation =
            deprecation && (contains(&self.warn, DEPRECATIONS) || contains(&self.silence, DEPRECATIONS));
        match &self.error {
            ErrorNames::All(_) => !spared && !spared_as_deprecation,
            ErrorNames::Named(names) if contains(names, event) => !spared,
            ErrorNames::Named(names) => {
                deprecation && contains(names, DEPRECATIONS) && !spared && !spared_as_deprecation
            }
        }
    }

    /// Whether the warning `event` is not shown.
    pub fn silences(&self, event: &str, deprecation: bool) -> bool {
        let named = match &self.error {
            ErrorNames::All(_) => false,
            ErrorNames::Named(names) => contains(names, event),
        };
        contains(&self.silence, event)
            || (deprecation && contains(&self.silence, DEPRECATIONS) && !named && !contains(&self.warn, event))
    }
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

/// The value of `key`, or of its former name `former`; both with something in them are an error.
fn exclusive<'a>(map: &'a JsonMap, key: &str, former: &str) -> Result<Option<&'a Value>, Box<Diagnostic>> {
    let filled = |key: &str| map.get(key).is_some_and(is_filled);
    if filled(key) && filled(former) {
        return Err(bad(format!("Only `{former}` or `{key}` can be specified in `warn_error_options`, not both")));
    }
    Ok(map.get(former).or_else(|| map.get(key)))
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    }
}

fn names(value: Option<&Value>, key: &str) -> Result<Vec<String>, Box<Diagnostic>> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            let names = list.iter().map(|name| name.as_str().map(str::to_owned));
            let names: Option<Vec<String>> = names.collect();
            let names = names.ok_or_else(|| bad(format!("`{key}` must be a list of strings")))?;
            names.iter().try_for_each(|name| known(name))?;
            Ok(names)
        }
        Some(_) => Err(bad(format!("`{key}` must be a list of strings"))),
    }
}

/// A name of dbt's events, `Deprecations`, or one of our codes: these are the names of what dbt does not have.
fn known(name: &str) -> Result<(), Box<Diagnostic>> {
    if name == DEPRECATIONS || EVENT_NAMES.binary_search(&name).is_ok() || ErrorCode::parse(name).is_some() {
        return Ok(());
    }
    let error = Diagnostic::error(ErrorCode::BadOptionValue, format!("{name} is not a valid dbt error name."));
    Err(Box::new(match closest(name, EVENT_NAMES) {
        Some(near) => error.hint(format!("did you mean '{near}'?")),
        None => error.hint("a name of dbt's events, such as NoNodesForSelectionCriteria, or a code, such as MB0704"),
    }))
}

fn bad(message: impl Into<String>) -> Box<Diagnostic> {
    let error = Diagnostic::error(ErrorCode::BadOptionValue, message);
    Box::new(error.hint("write warn_error_options as {error: all, warn: [NameOfEvent], silence: [NameOfEvent]}"))
}
