//! Jinja in YAML: which strings are rendered, and when.
//!
//! Owns dbt's rules about keys that are rendered early, late or never (`dbt/config/renderer.py`,
//! `dbt/parser/schema_renderer.py`) and the walk over a tree. The engine comes in through [`RenderString`].

use super::yaml::{Yaml, YamlMap, YamlValue};
use crate::diagnostic::{Diagnostic, Span};
use std::borrow::Cow;
use std::sync::Arc;

/// What a string became: text, or a native value where the template says so (`as_number`, `as_native`...).
pub type RenderedScalar = YamlValue;

/// Renders one string of a YAML file.
pub trait RenderString {
    /// The value of the template `text`, which stands at `span`.
    ///
    /// # Errors
    /// A template that does not parse, or that fails.
    #[allow(
        clippy::result_large_err,
        reason = "a failing template is rare, and its diagnostic goes straight to a list"
    )]
    fn render(&self, text: &str, span: &Span) -> Result<RenderedScalar, Diagnostic>;
}

/// Leaves every template as it is. For files whose Jinja is not wanted yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unrendered;

impl RenderString for Unrendered {
    fn render(&self, text: &str, _: &Span) -> Result<RenderedScalar, Diagnostic> {
        Ok(YamlValue::String(Arc::from(text)))
    }
}

/// One step from the root of a tree to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into a dictionary; the key as Python's `str` writes it.
    Key(Cow<'a, str>),
    /// Into a list.
    Index(usize),
}

/// Which strings of a tree are rendered when the file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenderRule {
    /// All of them: `profiles.yml` (one output), `packages.yml`, `selectors.yml`.
    Everything,
    /// `dbt_project.yml`: no hooks, no query comment, no vars.
    Project,
    /// An entry of the list with this key in a properties file: no tests, no descriptions, no hooks.
    Properties(PropertiesKey),
}

/// The lists of a properties file that follow rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PropertiesKey {
    /// `sources:`
    Sources,
    /// `macros:`
    Macros,
    /// `metrics:`
    Metrics,
    /// `saved_queries:`
    SavedQueries,
    /// Any other.
    Other,
}

impl RenderRule {
    /// Whether the value at the end of `path` is rendered.
    pub fn renders(self, path: &[Step<'_>]) -> bool {
        match self {
            RenderRule::Everything => true,
            RenderRule::Project => renders_in_project(path),
            RenderRule::Properties(key) => path.is_empty() || renders_in_properties(key, path),
        }
    }
}

fn key<'a>(path: &'a [Step<'_>], at: usize) -> Option<&'a str> {
    match path.get(at)? {
        Step::Key(key) => Some(key),
        Step::Index(_) => None,
    }
}

fn renders_in_project(path: &[Step<'_>]) -> bool {
    match key(path, 0) {
        Some("on-run-start" | "on-run-end" | "query-comment" | "vars") => false,
        Some("seeds" | "models" | "snapshots" | "tests" | "data_tests") => !path.iter().any(|step| {
            let Step::Key(key) = step else { return false };
            matches!(key.trim_start_matches(['+', ' ']), "pre-hook" | "post-hook" | "pre_hook" | "post_hook")
        }),
        _ => true,
    }
}

fn renders_in_properties(list: PropertiesKey, path: &[Step<'_>]) -> bool {
    match list {
        PropertiesKey::Sources => match key(path, 0) {
            Some("description" | "loaded_at_query") => false,
            Some("config") => key(path, 1) != Some("loaded_at_query"),
            Some("tables") => !is_late(path.get(2..).unwrap_or_default()),
            _ => true,
        },
        PropertiesKey::Macros if key(path, 0) == Some("arguments") => !is_late(&path[1..]),
        PropertiesKey::Metrics => !ends_in_filter(path) && !is_late(path),
        PropertiesKey::Other if key(path, 0) == Some("metrics") => !ends_in_filter(path) && !is_late(path),
        PropertiesKey::SavedQueries if key(path, 0) == Some("query_params") && key(path, 1) == Some("where") => false,
        PropertiesKey::Macros | PropertiesKey::SavedQueries | PropertiesKey::Other => !is_late(path),
    }
}

/// Whether it is the filter of a metric, or one of several: they are rendered by MetricFlow.
fn ends_in_filter(path: &[Step<'_>]) -> bool {
    path.iter().rev().take(2).any(|step| *step == Step::Key(Cow::Borrowed("filter")))
}

/// Whether a property waits: tests for their arguments' refs, descriptions for docs, hooks for the run.
fn is_late(path: &[Step<'_>]) -> bool {
    let late = |at| matches!(key(path, at), Some("tests" | "data_tests" | "description" | "loaded_at_query"));
    let in_list = matches!(key(path, 0), Some("columns" | "dimensions" | "measures" | "entities" | "metrics"));
    let is_derived =
        key(path, 0) == Some("derived_semantics") && matches!(key(path, 1), Some("dimensions" | "entities"));
    late(0)
        || (path.len() == 2 && late(1))
        || (key(path, 0) == Some("config")
            && matches!(key(path, 1), Some("pre_hook" | "post_hook" | "loaded_at_query")))
        || (path.len() == 5 && key(path, 4) == Some("description"))
        || (in_list && matches!(key(path, 2), Some("tests" | "data_tests" | "description")))
        || (is_derived && matches!(key(path, 3), Some("tests" | "data_tests" | "description")))
}

/// `tree` with its strings rendered as `rule` says. What does not change is shared with `tree`.
///
/// As in dbt a rendered string without Jinja loses one line break at its end and has `\n` for `\r\n`, and a date that
/// would be rendered becomes text. A string that fails is reported and left as it was.
pub fn render_tree(
    tree: &Yaml,
    rule: RenderRule,
    renderer: &dyn RenderString,
    diagnostics: &mut Vec<Diagnostic>,
) -> Yaml {
    let mut walk = Walk { rule, renderer, diagnostics, path: Vec::new() };
    walk.value(tree).unwrap_or_else(|| tree.clone())
}

/// Whether a string holds Jinja at all.
pub fn has_jinja(text: &str) -> bool {
    text.contains('{') && (text.contains("{{") || text.contains("{%") || text.contains("{#"))
}

struct Walk<'a> {
    rule: RenderRule,
    renderer: &'a dyn RenderString,
    diagnostics: &'a mut Vec<Diagnostic>,
    path: Vec<Step<'a>>,
}

impl<'a> Walk<'a> {
    /// The new value, or `None` where nothing changes.
    fn value(&mut self, yaml: &'a Yaml) -> Option<Yaml> {
        let value = match &yaml.value {
            YamlValue::Seq(items) => self.seq(items)?,
            YamlValue::Map(map) => self.map(map)?,
            YamlValue::Date(date) if self.rule.renders(&self.path) => YamlValue::String(Arc::from(date.to_string())),
            YamlValue::DateTime(time) if self.rule.renders(&self.path) => {
                YamlValue::String(Arc::from(time.isoformat()))
            }
            YamlValue::String(text) => self.text(text, yaml)?,
            _ => return None,
        };
        Some(Yaml::new(yaml.span.clone(), value))
    }

    fn seq(&mut self, items: &'a [Yaml]) -> Option<YamlValue> {
        let mut changed: Option<Vec<Yaml>> = None;
        for (at, item) in items.iter().enumerate() {
            self.path.push(Step::Index(at));
            if let Some(new) = self.value(item) {
                changed.get_or_insert_with(|| items.to_vec())[at] = new;
            }
            self.path.pop();
        }
        changed.map(|items| YamlValue::Seq(Arc::new(items)))
    }

    fn map(&mut self, map: &'a YamlMap) -> Option<YamlValue> {
        let mut changed: Option<Vec<(Yaml, Yaml)>> = None;
        for (at, (key, value)) in map.iter().enumerate() {
            let step = key.as_str().map_or_else(|| Cow::Owned(key.to_python_str()), Cow::Borrowed);
            self.path.push(Step::Key(step));
            if let Some(new) = self.value(value) {
                changed.get_or_insert_with(|| map.iter().cloned().collect())[at].1 = new;
            }
            self.path.pop();
        }
        changed.map(|entries| YamlValue::Map(Arc::new(YamlMap::new(entries))))
    }

    fn text(&mut self, text: &str, yaml: &Yaml) -> Option<YamlValue> {
        let has_jinja = has_jinja(text);
        if !has_jinja && !text.ends_with('\n') && !text.contains('\r') || !self.rule.renders(&self.path) {
            return None;
        }
        if !has_jinja {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            return Some(YamlValue::String(Arc::from(text.strip_suffix('\n').unwrap_or(&text))));
        }
        match self.renderer.render(text, &yaml.span) {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
