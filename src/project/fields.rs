//! Reading typed values out of YAML, with dbt's words for what does not fit.
//!
//! Owns the checks that JSON schema makes for dbt (`dbt_common/dataclass_schema.py`): types, required and unknown keys, and
//! their messages. Knows no key of any file.

use super::yaml::{Yaml, YamlMap, YamlValue};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Arc;

/// A value with the place where it was written.
#[derive(Debug, Clone)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// Text with its place.
pub type Text = Spanned<Arc<str>>;

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

/// Collects what is wrong with one value of a file.
pub(crate) struct Report {
    code: ErrorCode,
    /// Words before dbt's `at path ...`, such as `Invalid models config given in models/a.yml @ models - `.
    intro: String,
    found: RefCell<Vec<Diagnostic>>,
}

impl Report {
    pub(crate) fn new(code: ErrorCode, intro: impl Into<String>) -> Self {
        Report { code, intro: intro.into(), found: RefCell::default() }
    }

    pub(crate) fn push(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(Diagnostic::is_error)
    }

    /// Moves what was found to `diagnostics`; whether there was an error.
    pub(crate) fn drain_into(self, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let has_errors = self.has_errors();
        diagnostics.append(&mut self.found.into_inner());
        has_errors
    }
}

/// How to get from the root of a value to a place in it; written out only for a message.
#[derive(Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    /// As dbt writes it: `['columns'][0]['name']`, and `[]` for the root.
    fn written(&self) -> String {
        fn write(path: &Path<'_>, out: &mut String) {
            // Writing to a String cannot fail.
            let _ = match path {
                Path::Root => Ok(()),
                Path::Key(parent, key) => {
                    write(parent, out);
                    write!(out, "['{key}']")
                }
                Path::Index(parent, index) => {
                    write(parent, out);
                    write!(out, "[{index}]")
                }
            };
        }
        let mut out = String::new();
        write(self, &mut out);
        if out.is_empty() { "[]".to_owned() } else { out }
    }
}

/// A value to be read.
#[derive(Clone, Copy)]
pub(crate) struct Value<'p> {
    pub(crate) yaml: &'p Yaml,
    pub(crate) path: Path<'p>,
    report: &'p Report,
}

impl<'p> Value<'p> {
    pub(crate) fn root(yaml: &'p Yaml, report: &'p Report) -> Self {
        Value { yaml, path: Path::Root, report }
    }

    /// Reports `message` about this value.
    pub(crate) fn wrong(&self, message: impl std::fmt::Display) {
        self.report.push(self.diagnostic(message));
    }

    pub(crate) fn push(&self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// Another value, such as a key, as part of this one.
    pub(crate) fn about(&self, yaml: &'p Yaml) -> Value<'p> {
        Value { yaml, ..*self }
    }

    /// As [`Value::wrong`], to be completed and pushed by the caller.
    pub(crate) fn diagnostic(&self, message: impl std::fmt::Display) -> Diagnostic {
        let message = format!("{}at path {}: {message}", self.report.intro, self.path.written());
        Diagnostic::error(self.report.code, message).at(self.yaml.span.clone())
    }

    fn not_of_type(&self, kind: &str) {
        let message = format!("{} is not of type '{kind}'", self.yaml.to_python());
        let diagnostic = self.diagnostic(message);
        self.report.push(match &self.yaml.value {
            YamlValue::Null => diagnostic.hint("give a value, or take the key out"),
            YamlValue::Date(_)
            | YamlValue::DateTime(_)
            | YamlValue::Bool(_)
            | YamlValue::Int(_)
            | YamlValue::Float(_)
                if kind == "string" =>
            {
                diagnostic.hint("quote the value to make it text")
            }
            _ if kind == "array" => diagnostic.hint("write a list: one `- ...` below the other, or [..., ...]"),
            _ if kind == "object" => diagnostic.hint("write `key: value` lines below it"),
            _ if kind == "integer" => diagnostic.hint("write a whole number without quotes"),
            _ => diagnostic,
        });
    }

    pub(crate) fn no_schema(&self) {
        self.wrong(format_args!("{} is not valid under any of the given schemas", self.yaml.to_python()));
    }

    pub(crate) fn text(&self) -> Option<Text> {
        match &self.yaml.value {
            YamlValue::String(text) => Some(Spanned::new(text.clone(), self.yaml.span.clone())),
            _ => {
                self.not_of_type("string");
                None
            }
        }
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        self.yaml.as_bool().or_else(|| {
            self.not_of_type("boolean");
            None
        })
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        self.yaml.as_int().or_else(|| {
            self.not_of_type("integer");
            None
        })
    }

    /// A dictionary with text as keys, as it is.
    pub(crate) fn object(&self) -> Option<&'p YamlMap> {
        let Some(map) = self.yaml.as_map() else {
            self.not_of_type("object");
            return None;
        };
        for (key, _) in map {
            if key.as_str().is_none() {
                Value { yaml: key, ..*self }.not_of_type("string");
            }
        }
        Some(map)
    }

    pub(crate) fn fields(&self) -> Option<Fields<'p>> {
        self.object().map(|map| Fields { map, value: *self })
    }

    /// Reads each item of a list; items that `read` refuses are left out.
    pub(crate) fn items<T>(&self, read: impl Fn(Value<'_>) -> Option<T>) -> Vec<T> {
        let Some(items) = self.yaml.as_seq() else {
            self.not_of_type("array");
            return Vec::new();
        };
        let value = |(index, yaml)| Value { yaml, path: Path::Index(&self.path, index), report: self.report };
        items.iter().enumerate().filter_map(|item| read(value(item))).collect()
    }
}

/// Whether a key may hold null in the place of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Null {
    Allowed,
    Refused,
}
pub(crate) use Null::{Allowed, Refused};

/// A dictionary to be read key by key.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'p> {
    pub(crate) map: &'p YamlMap,
    pub(crate) value: Value<'p>,
}

impl<'p> Fields<'p> {
    pub(crate) fn report(&self) -> &'p Report {
        self.value.report
    }

    pub(crate) fn span(&self) -> Span {
        self.value.yaml.span.clone()
    }

    /// Reads the value of `key`, if it is there and not an allowed null.
    pub(crate) fn read<T>(&self, key: &str, null: Null, read: impl FnOnce(Value<'_>) -> Option<T>) -> Option<T> {
        let yaml = self.map.get(key)?;
        if null == Allowed && yaml.is_null() {
            return None;
        }
        read(Value { yaml, path: Path::Key(&self.value.path, key), report: self.value.report })
    }

    /// As [`Fields::read`]; it is an error when the key is not there.
    pub(crate) fn required<T>(&self, key: &str, read: impl FnOnce(Value<'_>) -> Option<T>) -> Option<T> {
        if self.map.contains_key(key) {
            return self.read(key, Refused, read);
        }
        self.value.wrong(format_args!("'{key}' is a required property"));
        None
    }

    pub(crate) fn text(&self, key: &str, null: Null) -> Option<Text> {
        self.read(key, null, |value| value.text())
    }

    pub(crate) fn boolean(&self, key: &str, null: Null) -> Option<bool> {
        self.read(key, null, |value| value.boolean())
    }

    pub(crate) fn list<T>(&self, key: &str, null: Null, read: impl Fn(Value<'_>) -> Option<T>) -> Vec<T> {
        self.read(key, null, |value| Some(value.items(read))).unwrap_or_default()
    }

    pub(crate) fn texts(&self, key: &str, null: Null) -> Vec<Text> {
        self.list(key, null, |item| item.text())
    }

    /// A dictionary, kept as a tree.
    pub(crate) fn tree(&self, key: &str, null: Null) -> Option<Yaml> {
        self.read(key, null, |value| value.object().map(|_| value.yaml.clone()))
    }

    pub(crate) fn one_of<T: Copy>(&self, key: &str, null: Null, names: &[(&str, T)]) -> Option<Spanned<T>> {
        self.read(key, null, |value| {
            let found = value.yaml.as_str().and_then(|text| names.iter().find(|(name, _)| *name == text));
            if found.is_none() {
                let allowed: Vec<String> = names.iter().map(|(name, _)| format!("'{name}'")).collect();
                value.wrong(format_args!("{} is not one of [{}]", value.yaml.to_python(), allowed.join(", ")));
            }
            found.map(|(_, found)| Spanned::new(*found, value.yaml.span.clone()))
        })
    }

    /// Reports every key that is not among `known`.
    pub(crate) fn deny_unknown(&self, known: &[&str]) {
        for (key, _) in self.map {
            let Some(name) = key.as_str().filter(|name| !known.contains(name)) else { continue };
            let message = format!("Additional properties are not allowed ('{name}' was unexpected)");
            let error = Value { yaml: key, ..self.value }.diagnostic(message);
            self.value.report.push(match closest(name, known) {
                Some(similar) => error.hint(format!("did you mean `{similar}`?")),
                None => error,
            });
        }
    }
}

/// The name that `written` most likely stands for: at most a third of its letters differ.
pub(crate) fn closest<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    let normal = |text: &str| text.replace('_', "-").to_lowercase();
    let written = normal(written);
    let scored = names.iter().map(|name| (distance(&written, &normal(name)), *name));
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= written.len().max(3)).then_some(name)
}

/// Levenshtein's distance in bytes.
fn distance(one: &str, two: &str) -> usize {
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (at, left) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, right) in two.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[two.len()]
}
