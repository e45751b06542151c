//! Models, seeds, snapshots, analyses, singular tests and macros.

use super::column::read_docs;
use super::time_spine::TimeSpineProperties;
use super::version::read_date;
use super::{ColumnProperties, Constraint, Entry, ModelSemantics, ModelVersion, NodeVersion, TestDefinition};
use crate::diagnostic::Span;
use crate::project::fields::{Allowed, Refused, Spanned, Text, Value};
use crate::project::yaml::{Yaml, YamlDateTime, YamlMap};

/// What models, seeds, snapshots, analyses and singular tests have in common.
#[derive(Debug, Clone)]
pub struct NodeProperties {
    /// `name`
    pub name: Text,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `config`, into which `meta`, `docs`, `group`, `contract` and `access` were moved from beside it, as dbt does.
    pub config: YamlMap,
    /// `config` before rendering, without what was moved.
    pub unrendered_config: Option<Yaml>,
    /// `columns`
    pub columns: Vec<ColumnProperties>,
    /// `data_tests`, once `tests`. Analyses and singular tests have none.
    pub data_tests: Vec<TestDefinition>,
    /// `constraints`
    pub constraints: Vec<Constraint>,
    /// `quote_columns`
    pub quote_columns: Option<bool>,
    /// The whole entry.
    pub span: Span,
}

impl NodeProperties {
    /// An entry whose tests count.
    pub(super) fn read_testable(entry: &Entry<'_>) -> Option<Self> {
        Self::read(entry, true)
    }

    /// An entry that has no tests of its own.
    pub(super) fn read_documented(entry: &Entry<'_>) -> Option<Self> {
        Self::read(entry, false)
    }

    fn read(entry: &Entry<'_>, with_tests: bool) -> Option<Self> {
        let fields = entry.fields;
        let name = fields.required("name", |value| value.text());
        let owner = name.as_ref().map_or("", |name| name.as_str());
        let columns = ColumnProperties::read_all(entry.context, owner, fields);
        let data_tests = if with_tests { TestDefinition::read_lists(entry.context, owner, fields) } else { Vec::new() };
        fields.tree("meta", Refused);
        read_docs(fields, "docs");
        fields.text("access", Allowed);
        Some(NodeProperties {
            description: fields.text("description", Refused),
            config: read_config(entry),
            unrendered_config: entry.unrendered_config(),
            columns,
            data_tests,
            constraints: Constraint::read_list(fields),
            quote_columns: fields.boolean("quote_columns", Allowed),
            span: fields.span(),
            name: name?,
        })
    }
}

/// `config` together with the properties that dbt moves into it.
fn read_config(entry: &Entry<'_>) -> YamlMap {
    let fields = entry.fields;
    let config = fields.tree("config", Refused);
    let map = config.as_ref().and_then(Yaml::as_map);
    let mut moved = Vec::new();
    for key in ["meta", "docs", "group", "contract", "access"] {
        let Some((written, value)) = fields.map.entry(key) else { continue };
        if let Some((inner, _)) = map.and_then(|map| map.entry(key)) {
            let message = format!(
                "In {}: found {key} dictionary in 'config' dictionary and as top-level key. Remove the top-level key and \
                 define it under 'config' dictionary only.",
                entry.context.file
            );
            let error = fields.value.diagnostic(message).at(written.span.clone());
            fields.report().push(error.also(inner.span.clone(), "and in `config`"));
        }
        moved.push((written.clone(), value.clone()));
    }
    YamlMap::new(map.into_iter().flat_map(|map| map.iter().cloned()).chain(moved))
}

/// An entry of `models:`.
#[derive(Debug, Clone)]
pub struct ModelProperties {
    /// What all nodes have.
    pub node: NodeProperties,
    /// `latest_version`
    pub latest_version: Option<Spanned<NodeVersion>>,
    /// `versions`
    pub versions: Vec<ModelVersion>,
    /// `deprecation_date`
    pub deprecation_date: Option<Spanned<YamlDateTime>>,
    /// `time_spine`
    pub time_spine: Option<TimeSpineProperties>,
    /// Its semantic model and metrics, where they are written in its entry.
    pub semantics: Option<ModelSemantics>,
}

impl ModelProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let fields = entry.fields;
        let node = NodeProperties::read_testable(entry);
        let owner = node.as_ref().map_or("", |node| node.name.as_str());
        let versions = ModelVersion::read_all(entry, owner);
        let latest_version = fields.read("latest_version", Allowed, NodeVersion::read);
        if let Some(latest) =
            latest_version.as_ref().filter(|latest| versions.iter().all(|version| version.v != **latest))
        {
            let listed: Vec<String> = versions.iter().map(|version| version.v.value.to_string()).collect();
            let message = format!(
                "latest_version: {} is not one of model '{owner}' versions: [{}]",
                latest.value,
                listed.join(", ")
            );
            fields.report().push(fields.value.diagnostic(message).at(latest.span.clone()));
        }
        Some(ModelProperties {
            semantics: ModelSemantics::read(fields, node.as_ref(), &versions),
            time_spine: TimeSpineProperties::read(fields, owner, &versions, latest_version.as_ref(), node.as_ref()),
            versions,
            latest_version,
            deprecation_date: read_date(fields, "deprecation_date"),
            node: node?,
        })
    }

    /// The latest version: the one that is named, else the highest. `None` for a model without versions.
    pub fn latest(&self) -> Option<&NodeVersion> {
        let highest = || self.versions.iter().map(|version| &version.v.value).max_by(|one, two| one.compare(two));
        self.latest_version.as_ref().map(|latest| &latest.value).or_else(highest)
    }
}

/// An entry of `snapshots:`.
#[derive(Debug, Clone)]
pub struct SnapshotProperties {
    /// What all nodes have.
    pub node: NodeProperties,
    /// `relation`: the `ref` or `source` of a snapshot that has no `.sql` file.
    pub relation: Option<Text>,
}

impl SnapshotProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let relation = entry.fields.text("relation", Refused);
        Some(SnapshotProperties { node: NodeProperties::read_testable(entry)?, relation })
    }
}

/// An entry of `macros:`.
#[derive(Debug, Clone)]
pub struct MacroProperties {
    /// `name`
    pub name: Text,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `meta`
    pub meta: Option<Yaml>,
    /// `docs`
    pub docs: Option<Yaml>,
    /// `config`
    pub config: Option<Yaml>,
    /// `arguments`
    pub arguments: Vec<MacroArgument>,
    /// The whole entry.
    pub span: Span,
}

/// An argument of a macro.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroArgument {
    /// `name`
    pub name: Text,
    /// `type`
    pub type_name: Option<Text>,
    /// `description`
    pub description: Option<Text>,
}

impl MacroProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let fields = entry.fields;
        let name = fields.required("name", |value| value.text());
        Some(MacroProperties {
            description: fields.text("description", Refused),
            meta: fields.tree("meta", Refused),
            docs: read_docs(fields, "docs"),
            config: fields.tree("config", Refused),
            arguments: fields.list("arguments", Refused, MacroArgument::read),
            span: fields.span(),
            name: name?,
        })
    }
}

impl MacroArgument {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        fields.deny_unknown(&["name", "type", "description"]);
        let name = fields.required("name", |value| value.text());
        let type_name = fields.text("type", Allowed);
        let description = fields.text("description", Refused);
        Some(MacroArgument { name: name?, type_name, description })
    }
}
