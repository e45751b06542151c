//! Columns and constraints.

use super::model_semantics::{is_element, read_dimension, read_entity};
use super::semantic::GRANULARITIES;
use super::{Context, TestDefinition};
use crate::diagnostic::Span;
use crate::project::fields::{Allowed, Fields, Refused, Spanned, Text, Value};
use crate::project::yaml::Yaml;
use serde_json::Value as Json;
use std::sync::Arc;

/// An entry of `columns:`.
#[derive(Debug, Clone)]
pub struct ColumnProperties {
    /// `name`
    pub name: Text,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `data_type`
    pub data_type: Option<Text>,
    /// `constraints`
    pub constraints: Vec<Constraint>,
    /// `quote`
    pub quote: Option<bool>,
    /// `meta`, beside which `config` may hold another.
    pub meta: Option<Yaml>,
    /// `tags`, beside which `config` may hold others.
    pub tags: Vec<Text>,
    /// `config`
    pub config: Option<Yaml>,
    /// `docs`
    pub docs: Option<Yaml>,
    /// `granularity`, in small letters.
    pub granularity: Option<Text>,
    /// `dimension` of the semantic model: its type, or a dictionary in the layout of the manifest.
    pub dimension: Option<Json>,
    /// `entity` of the semantic model, likewise.
    pub entity: Option<Json>,
    /// `data_tests`, once `tests`
    pub data_tests: Vec<TestDefinition>,
    /// Keys that dbt does not know; they are copied to the manifest.
    pub extra: Vec<(Text, Yaml)>,
    /// The whole entry.
    pub span: Span,
}

/// Keys that dbt knows on every column; `dimension` and `entity` may be somebody's own.
const KEYS: [&str; 13] = [
    "name",
    "description",
    "meta",
    "data_type",
    "constraints",
    "docs",
    "config",
    "_extra",
    "data_tests",
    "tests",
    "quote",
    "tags",
    "granularity",
];

impl ColumnProperties {
    /// Reads a column. In an entry with a semantic model, `dimension` and `entity` have to be what they are called; elsewhere
    /// they may be keys of somebody's own, as they always were.
    pub(crate) fn read(context: Context<'_>, owner: &str, value: Value<'_>, semantic: bool) -> Option<Self> {
        let fields = value.fields()?;
        let name = fields.required("name", |value| value.text());
        let shown = name.as_ref().map_or("", |name| name.as_str());
        let constraints = Constraint::read_list(fields);
        for constraint in constraints.iter().filter(|constraint| constraint.kind.is_none()) {
            // dbt refuses these wherever they stand on a column, and on a model only under a contract.
            fields.value.about(&constraint.tree).wrong(format_args!("Invalid constraint type on column {shown}"));
        }
        let granularity = read_granularity(fields);
        let is_own = |key: &str| !semantic && fields.map.contains_key(key) && !is_element(value.yaml, key);
        let (own_dimension, own_entity) = (is_own("dimension"), is_own("entity"));
        let named = name.as_ref();
        let mut extra = extra(fields, &KEYS);
        extra.retain(|(key, _)| match key.as_str() {
            "dimension" => own_dimension,
            "entity" => own_entity,
            _ => true,
        });
        Some(ColumnProperties {
            dimension: named
                .filter(|_| !own_dimension)
                .and_then(|name| read_dimension(fields, name, granularity.as_ref())),
            entity: named.filter(|_| !own_entity).and_then(|name| read_entity(fields, name)),
            description: fields.text("description", Refused),
            data_type: fields.text("data_type", Allowed),
            constraints,
            quote: fields.boolean("quote", Allowed),
            meta: fields.tree("meta", Refused),
            tags: fields.texts("tags", Refused),
            config: fields.tree("config", Refused),
            docs: read_docs(fields, "docs"),
            granularity,
            data_tests: TestDefinition::read_lists(context, owner, fields),
            extra,
            span: fields.span(),
            name: name?,
        })
    }

    pub(crate) fn read_all(context: Context<'_>, owner: &str, fields: Fields<'_>) -> Vec<Self> {
        let semantic = fields.map.contains_key("semantic_model");
        fields.list("columns", Refused, |value| Self::read(context, owner, value, semantic))
    }
}

/// `granularity`; an empty one is none.
fn read_granularity(fields: Fields<'_>) -> Option<Text> {
    fields.read("granularity", Allowed, |value| {
        if value.yaml.as_str() == Some("") {
            return None;
        }
        let word = GRANULARITIES.read(value)?;
        Some(Spanned::new(Arc::from(word.as_str()?), value.yaml.span.clone()))
    })
}

/// Keys and values that are not among `known`.
pub(super) fn extra(fields: Fields<'_>, known: &[&str]) -> Vec<(Text, Yaml)> {
    let entries = fields.map.iter().filter_map(|(key, value)| {
        let name = key.as_str().filter(|name| !known.contains(name))?;
        Some((Spanned::new(Arc::from(name), key.span.clone()), value.clone()))
    });
    entries.collect()
}

/// `docs`, whose keys are checked and kept as a tree.
pub(super) fn read_docs(fields: Fields<'_>, key: &str) -> Option<Yaml> {
    fields.read(key, Refused, |value| {
        let docs = value.fields()?;
        docs.deny_unknown(&["show", "node_color"]);
        docs.boolean("show", Refused);
        docs.text("node_color", Allowed);
        Some(value.yaml.clone())
    })
}

/// A kind of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    /// `check`
    Check,
    /// `not_null`
    NotNull,
    /// `unique`
    Unique,
    /// `primary_key`
    PrimaryKey,
    /// `foreign_key`
    ForeignKey,
    /// `custom`
    Custom,
}

impl ConstraintKind {
    /// The kind that is written `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "check" => ConstraintKind::Check,
            "not_null" => ConstraintKind::NotNull,
            "unique" => ConstraintKind::Unique,
            "primary_key" => ConstraintKind::PrimaryKey,
            "foreign_key" => ConstraintKind::ForeignKey,
            "custom" => ConstraintKind::Custom,
            _ => return None,
        })
    }
}

/// An entry of `constraints:`.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// `type`; `None` where it is missing or none of dbt's.
    pub kind: Option<ConstraintKind>,
    /// `name`
    pub name: Option<Text>,
    /// `expression`
    pub expression: Option<Text>,
    /// `columns`, of a constraint of a model.
    pub columns: Vec<Text>,
    /// `to`: a `ref` or `source` as text.
    pub to: Option<Text>,
    /// `to_columns`
    pub to_columns: Vec<Text>,
    /// `warn_unenforced`, by default true.
    pub warn_unenforced: bool,
    /// `warn_unsupported`, by default true.
    pub warn_unsupported: bool,
    /// The whole entry.
    pub tree: Yaml,
}

impl Constraint {
    pub(super) fn read_list(fields: Fields<'_>) -> Vec<Self> {
        fields.list("constraints", Refused, Self::read)
    }

    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        let kind = fields.map.get("type").and_then(Yaml::as_str).and_then(ConstraintKind::parse);
        Some(Constraint {
            kind,
            name: fields.text("name", Allowed),
            expression: fields.text("expression", Allowed),
            columns: fields.texts("columns", Allowed),
            to: fields.text("to", Allowed),
            to_columns: fields.texts("to_columns", Allowed),
            warn_unenforced: fields.boolean("warn_unenforced", Refused).unwrap_or(true),
            warn_unsupported: fields.boolean("warn_unsupported", Refused).unwrap_or(true),
            tree: value.yaml.clone(),
        })
    }
}
