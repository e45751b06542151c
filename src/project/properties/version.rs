//! Versions of a model.

use super::column::read_docs;
use super::{ColumnProperties, Constraint, Context, Entry, TestDefinition};
use crate::diagnostic::Span;
use crate::project::fields::{Allowed, Fields, Refused, Spanned, Text, Value};
use crate::project::yaml::{PlainScalar, Yaml, YamlDateTime, YamlValue, resolve};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The identifier of a version: a number or text.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeVersion {
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// Text.
    Text(Arc<str>),
}

impl NodeVersion {
    /// The version that a value stands for.
    pub fn from_yaml(yaml: &Yaml) -> Option<Self> {
        match &yaml.value {
            YamlValue::Int(value) => Some(NodeVersion::Int(*value)),
            YamlValue::Float(value) => Some(NodeVersion::Float(*value)),
            YamlValue::String(text) => Some(NodeVersion::Text(text.clone())),
            _ => None,
        }
    }

    pub(super) fn read(value: Value<'_>) -> Option<Spanned<Self>> {
        let version = Self::from_yaml(value.yaml);
        if version.is_none() {
            value.no_schema();
        }
        version.map(|version| Spanned::new(version, value.yaml.span.clone()))
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "versions are compared as Python's floats")]
            NodeVersion::Int(value) => Some(*value as f64),
            NodeVersion::Float(value) => Some(*value),
            NodeVersion::Text(text) => text.trim().parse().ok(),
        }
    }

    /// The order of versions: as numbers where both are, else as text.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.as_number(), other.as_number()) {
            (Some(one), Some(two)) => one.total_cmp(&two),
            _ => self.to_string().cmp(&other.to_string()),
        }
    }
}

impl fmt::Display for NodeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeVersion::Int(value) => write!(f, "{value}"),
            NodeVersion::Float(value) => write!(f, "{value:?}"),
            NodeVersion::Text(text) => f.write_str(text),
        }
    }
}

/// An entry of `versions:`.
#[derive(Debug, Clone)]
pub struct ModelVersion {
    /// `v`
    pub v: Spanned<NodeVersion>,
    /// `defined_in`: the file's name without extension.
    pub defined_in: Option<Text>,
    /// `description`; where it is missing or empty, the model's.
    pub description: Option<Text>,
    /// `access`
    pub access: Option<Text>,
    /// `config`, over the model's.
    pub config: Option<Yaml>,
    /// `config` before rendering.
    pub unrendered_config: Option<Yaml>,
    /// `constraints`; where there are none, the model's.
    pub constraints: Vec<Constraint>,
    /// `docs`
    pub docs: Option<Yaml>,
    /// `data_tests`, once `tests`; `None` takes the model's.
    pub data_tests: Option<Vec<TestDefinition>>,
    /// `columns`
    pub columns: VersionColumns,
    /// `deprecation_date`
    pub deprecation_date: Option<Spanned<YamlDateTime>>,
    /// The whole entry.
    pub span: Span,
}

/// `columns` of a version: which of the model's, and its own.
#[derive(Debug, Clone)]
pub struct VersionColumns {
    /// The element with `include`.
    pub of_model: IncludeExclude,
    /// Columns of this version alone, or that replace one of the model's.
    pub own: Vec<ColumnProperties>,
}

/// Which names are taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct IncludeExclude {
    /// `include`; `None` is all of them (`all`, `*`).
    pub include: Option<Vec<Text>>,
    /// `exclude`
    pub exclude: Vec<Text>,
}

impl IncludeExclude {
    /// Everything.
    pub fn all() -> Self {
        IncludeExclude { include: None, exclude: Vec::new() }
    }

    /// Whether `name` is taken over.
    pub fn includes(&self, name: &str) -> bool {
        let included = self.include.as_ref().is_none_or(|include| include.iter().any(|text| text.as_str() == name));
        included && !self.exclude.iter().any(|text| text.as_str() == name)
    }

    fn read(value: Value<'_>, fields: Fields<'_>) -> Option<Self> {
        fields.deny_unknown(&["include", "exclude"]);
        let include = fields.required("include", |value| match &value.yaml.value {
            YamlValue::String(text) if matches!(text.as_ref(), "all" | "*") => Some(None),
            YamlValue::String(_) => {
                value.wrong("include must be one of ('all', '*') or a list of strings");
                None
            }
            YamlValue::Seq(_) => Some(Some(value.items(|item| item.text()))),
            _ => {
                value.no_schema();
                None
            }
        });
        let exclude = fields.texts("exclude", Refused);
        let include = include?;
        if include.is_some() && !exclude.is_empty() {
            value.wrong("exclude can only be specified if include is one of ('all', '*')");
        }
        Some(IncludeExclude { include, exclude })
    }
}

const KEYS: [&str; 11] = [
    "v",
    "defined_in",
    "description",
    "access",
    "config",
    "constraints",
    "docs",
    "data_tests",
    "tests",
    "columns",
    "deprecation_date",
];

impl ModelVersion {
    pub(super) fn read_all(entry: &Entry<'_>, owner: &str) -> Vec<Self> {
        let written = entry.written.get("versions").and_then(Yaml::as_seq).unwrap_or_default();
        let versions = entry.fields.list("versions", Refused, |value| {
            let at = match value.path {
                crate::project::fields::Path::Index(_, at) => at,
                _ => 0,
            };
            Self::read(entry.context, owner, value, written.get(at))
        });
        for (at, version) in versions.iter().enumerate() {
            let shown = version.v.value.to_string();
            if let Some(first) = versions[..at].iter().find(|known| known.v.value.to_string() == shown) {
                let message = format!("Found duplicate version: '{shown}' in versions list of model '{owner}'");
                let error = entry.fields.value.diagnostic(message);
                entry.fields.report().push(error.at(version.v.span.clone()).also(first.v.span.clone(), "first here"));
            }
        }
        versions
    }

    fn read(context: Context<'_>, owner: &str, value: Value<'_>, written: Option<&Yaml>) -> Option<Self> {
        let fields = value.fields()?;
        fields.deny_unknown(&KEYS);
        let v = fields.required("v", NodeVersion::read);
        Some(ModelVersion {
            defined_in: fields.text("defined_in", Allowed),
            description: fields.text("description", Refused),
            access: fields.text("access", Allowed),
            config: fields.tree("config", Refused),
            unrendered_config: written.and_then(|written| written.get("config")).cloned(),
            constraints: Constraint::read_list(fields),
            docs: read_docs(fields, "docs"),
            data_tests: TestDefinition::read_optional_lists(context, owner, fields),
            columns: read_columns(context, owner, fields),
            deprecation_date: read_date(fields, "deprecation_date"),
            span: fields.span(),
            v: v?,
        })
    }
}

fn read_columns(context: Context<'_>, owner: &str, fields: Fields<'_>) -> VersionColumns {
    enum Item {
        OfModel(IncludeExclude),
        Own(Box<ColumnProperties>),
    }
    let items = fields.list("columns", Refused, |value| {
        let item = value.fields()?;
        if item.map.contains_key("include") {
            return IncludeExclude::read(value, item).map(Item::OfModel);
        }
        ColumnProperties::read(context, owner, value, false).map(|column| Item::Own(Box::new(column)))
    });
    let mut columns = VersionColumns { of_model: IncludeExclude::all(), own: Vec::new() };
    let mut count = 0;
    for item in items {
        match item {
            Item::OfModel(include_exclude) => {
                count += 1;
                columns.of_model = include_exclude;
            }
            Item::Own(column) => columns.own.push(*column),
        }
    }
    if count > 1 {
        fields.value.wrong("version can have at most one include/exclude element");
    }
    columns
}

/// A date or a point in time; text is read as an unquoted YAML scalar.
pub(super) fn read_date(fields: Fields<'_>, key: &str) -> Option<Spanned<YamlDateTime>> {
    fields.read(key, Allowed, |value| {
        let at_midnight =
            |date: chrono::NaiveDate| YamlDateTime { naive: date.and_time(chrono::NaiveTime::MIN), offset: None };
        let time = match &value.yaml.value {
            YamlValue::Date(date) => Some(at_midnight(*date)),
            YamlValue::DateTime(time) => Some(*time),
            YamlValue::String(text) => match resolve(text.trim()) {
                Ok(PlainScalar::Date(date)) => Some(at_midnight(date)),
                Ok(PlainScalar::DateTime(time)) => Some(time),
                _ => None,
            },
            _ => {
                value.no_schema();
                return None;
            }
        };
        if time.is_none() {
            let error = value.diagnostic(format_args!("{} is not a date", value.yaml.to_python()));
            fields.report().push(error.hint("write it like 2026-12-31 or 2026-12-31T18:00:00+00:00"));
        }
        time.map(|time| Spanned::new(time, value.yaml.span.clone()))
    })
}
