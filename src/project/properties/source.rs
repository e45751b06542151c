//! Sources, their tables, and freshness.

use super::column::{extra, read_docs};
use super::{ColumnProperties, Constraint, Context, Entry, TestDefinition};
use crate::diagnostic::Span;
use crate::project::fields::{Allowed, Fields, Refused, Spanned, Text, Value};
use crate::project::yaml::{Yaml, YamlMap};

/// A key that may be missing, or be null on purpose.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Setting<T> {
    /// The key is not there: what is weaker counts.
    #[default]
    Absent,
    /// The key holds null: off.
    Null,
    /// The key holds a value.
    Given(T),
}

/// An entry of `sources:`.
#[derive(Debug, Clone)]
pub struct SourceProperties {
    /// `name`
    pub name: Text,
    /// `overrides`: the package whose source this replaces (deprecated).
    pub overrides: Option<Text>,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `meta`
    pub meta: Option<Yaml>,
    /// `database`
    pub database: Option<Text>,
    /// `schema`
    pub schema: Option<Text>,
    /// `database` before rendering.
    pub unrendered_database: Option<Yaml>,
    /// `schema` before rendering.
    pub unrendered_schema: Option<Yaml>,
    /// `loader`
    pub loader: Option<Text>,
    /// `quoting`
    pub quoting: Quoting,
    /// `freshness`
    pub freshness: Setting<FreshnessProperties>,
    /// `loaded_at_field`
    pub loaded_at_field: Option<Text>,
    /// `loaded_at_query`, not rendered.
    pub loaded_at_query: Option<Text>,
    /// `tags`
    pub tags: Vec<Text>,
    /// `config`
    pub config: Option<Yaml>,
    /// `config` before rendering.
    pub unrendered_config: Option<Yaml>,
    /// `tables`
    pub tables: Vec<SourceTableProperties>,
    /// The whole entry.
    pub span: Span,
}

/// An entry of `tables:`.
#[derive(Debug, Clone)]
pub struct SourceTableProperties {
    /// `name`
    pub name: Text,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `meta`
    pub meta: Option<Yaml>,
    /// `identifier`: the table's name in the database.
    pub identifier: Option<Text>,
    /// `quoting`
    pub quoting: Quoting,
    /// `freshness`
    pub freshness: Setting<FreshnessProperties>,
    /// `loaded_at_field`, here or in `config`; null takes away the source's.
    pub loaded_at_field: Setting<Text>,
    /// `loaded_at_query`, not rendered.
    pub loaded_at_query: Option<Text>,
    /// `external`
    pub external: Option<Yaml>,
    /// `tags`
    pub tags: Vec<Text>,
    /// `config`
    pub config: Option<Yaml>,
    /// `docs`
    pub docs: Option<Yaml>,
    /// `constraints`
    pub constraints: Vec<Constraint>,
    /// `columns`
    pub columns: Vec<ColumnProperties>,
    /// `data_tests`, once `tests`
    pub data_tests: Vec<TestDefinition>,
    /// Keys that dbt does not know.
    pub extra: Vec<(Text, Yaml)>,
    /// The whole entry.
    pub span: Span,
}

/// `quoting` of a source or table; `None` leaves it to what is weaker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quoting {
    /// `database`
    pub database: Option<bool>,
    /// `schema`
    pub schema: Option<bool>,
    /// `identifier`
    pub identifier: Option<bool>,
    /// `column`
    pub column: Option<bool>,
}

/// `freshness`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FreshnessProperties {
    /// `warn_after`
    pub warn_after: Setting<FreshnessTime>,
    /// `error_after`
    pub error_after: Setting<FreshnessTime>,
    /// `filter`
    pub filter: Option<Text>,
}

/// An age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FreshnessTime {
    /// `count`
    pub count: Option<i64>,
    /// `period`
    pub period: Option<Period>,
}

/// A unit of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// `minute`
    Minute,
    /// `hour`
    Hour,
    /// `day`
    Day,
}

const SOURCE_KEYS: [&str; 17] = [
    "name",
    "description",
    "meta",
    "database",
    "schema",
    "loader",
    "quoting",
    "freshness",
    "loaded_at_field",
    "loaded_at_field_present",
    "loaded_at_query",
    "tables",
    "tags",
    "config",
    "unrendered_database",
    "unrendered_schema",
    "overrides",
];

const TABLE_KEYS: [&str; 20] = [
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
    "columns",
    "loaded_at_field",
    "loaded_at_field_present",
    "loaded_at_query",
    "identifier",
    "quoting",
    "freshness",
    "external",
    "tags",
    "quote_columns",
];

impl SourceProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let fields = entry.fields;
        fields.deny_unknown(&SOURCE_KEYS);
        let name = fields.required("name", |value| value.text());
        let overrides = fields.text("overrides", Refused);
        let source = name.as_ref().map_or("", |name| name.as_str());
        Some(SourceProperties {
            description: fields.text("description", Refused),
            meta: fields.tree("meta", Refused),
            database: fields.text("database", Allowed),
            schema: fields.text("schema", Allowed),
            unrendered_database: entry.written.get("database").cloned(),
            unrendered_schema: entry.written.get("schema").cloned(),
            loader: fields.text("loader", Refused),
            quoting: read_quoting(fields),
            freshness: read_freshness(fields),
            loaded_at_field: loaded_at_field(fields),
            loaded_at_query: fields.text("loaded_at_query", Allowed),
            tags: fields.texts("tags", Refused),
            config: fields.tree("config", Refused),
            unrendered_config: entry.unrendered_config(),
            tables: fields.list("tables", Refused, |value| SourceTableProperties::read(entry.context, source, value)),
            span: fields.span(),
            overrides,
            name: name?,
        })
    }
}

impl SourceTableProperties {
    fn read(context: Context<'_>, source: &str, value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        let name = fields.required("name", |value| value.text());
        let owner = format!("{source}_{}", name.as_ref().map_or("", |name| name.as_str()));
        let config = fields.tree("config", Refused);
        let in_config =
            config.as_ref().and_then(|config| config.get("loaded_at_field")).filter(|field| field.is_truthy());
        let loaded_at = match (loaded_at_field(fields), in_config) {
            (Some(field), _) => Setting::Given(field),
            (None, Some(field)) => field
                .as_str()
                .map_or(Setting::Null, |text| Setting::Given(Spanned::new(text.into(), field.span.clone()))),
            (None, None) if fields.map.contains_key("loaded_at_field") => Setting::Null,
            (None, None) => Setting::Absent,
        };
        Some(SourceTableProperties {
            description: fields.text("description", Refused),
            meta: fields.tree("meta", Refused),
            identifier: fields.text("identifier", Allowed),
            quoting: read_quoting(fields),
            freshness: read_freshness(fields),
            loaded_at_field: loaded_at,
            loaded_at_query: fields.text("loaded_at_query", Allowed),
            external: fields.tree("external", Allowed),
            tags: fields.texts("tags", Refused),
            config,
            docs: read_docs(fields, "docs"),
            constraints: Constraint::read_list(fields),
            columns: ColumnProperties::read_all(context, &owner, fields),
            data_tests: TestDefinition::read_lists(context, &owner, fields),
            extra: extra(fields, &TABLE_KEYS),
            span: fields.span(),
            name: name?,
        })
    }
}

fn loaded_at_field(fields: Fields<'_>) -> Option<Text> {
    let field = fields.text("loaded_at_field", Allowed)?;
    if field.as_str().is_empty() {
        let error = fields.value.diagnostic("loaded_at_field cannot be an empty string.");
        fields.report().push(error.at(field.span.clone()));
        return None;
    }
    Some(field)
}

fn read_quoting(fields: Fields<'_>) -> Quoting {
    let quoting = fields.read("quoting", Refused, |value| {
        let fields = value.fields()?;
        fields.deny_unknown(&["database", "schema", "identifier", "column"]);
        let boolean = |key| fields.boolean(key, Allowed);
        Some(Quoting {
            database: boolean("database"),
            schema: boolean("schema"),
            identifier: boolean("identifier"),
            column: boolean("column"),
        })
    });
    quoting.unwrap_or_default()
}

fn setting<T>(fields: Fields<'_>, key: &str, read: impl FnOnce(Value<'_>) -> Option<T>) -> Setting<T> {
    match fields.map.get(key) {
        None => Setting::Absent,
        Some(value) if value.is_null() => Setting::Null,
        Some(_) => fields.read(key, Refused, read).map_or(Setting::Absent, Setting::Given),
    }
}

fn read_freshness(fields: Fields<'_>) -> Setting<FreshnessProperties> {
    setting(fields, "freshness", FreshnessProperties::read)
}

impl FreshnessProperties {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        fields.deny_unknown(&["warn_after", "error_after", "filter"]);
        Some(FreshnessProperties {
            warn_after: setting(fields, "warn_after", FreshnessTime::read),
            error_after: setting(fields, "error_after", FreshnessTime::read),
            filter: fields.text("filter", Allowed),
        })
    }

    /// The thresholds of a dictionary, such as `freshness` in `config`; `None` where they are not valid.
    pub fn from_map(map: &YamlMap) -> Option<Self> {
        let time = |key: &str| match map.get(key) {
            None => Some(Setting::Absent),
            Some(value) if value.is_null() => Some(Setting::Null),
            Some(value) => {
                let period = value.get("period").and_then(Yaml::as_str).and_then(Period::parse);
                let count = value.get("count").and_then(Yaml::as_int);
                value.as_map().map(|_| Setting::Given(FreshnessTime { count, period }))
            }
        };
        let filter =
            map.get("filter").and_then(|filter| Some(Spanned::new(filter.as_str()?.into(), filter.span.clone())));
        Some(FreshnessProperties { warn_after: time("warn_after")?, error_after: time("error_after")?, filter })
    }
}

impl Period {
    const NAMES: [(&'static str, Period); 3] =
        [("minute", Period::Minute), ("hour", Period::Hour), ("day", Period::Day)];

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, period)| *period)
    }

    /// How many seconds it is.
    pub fn seconds(self) -> i64 {
        match self {
            Period::Minute => 60,
            Period::Hour => 3600,
            Period::Day => 86_400,
        }
    }
}

impl FreshnessTime {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        fields.deny_unknown(&["count", "period"]);
        let count = fields.read("count", Allowed, |value| value.integer());
        let period = fields.one_of("period", Allowed, &Period::NAMES).map(|period| period.value);
        Some(FreshnessTime { count, period })
    }
}
