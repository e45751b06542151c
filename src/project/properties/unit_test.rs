//! Unit tests.

use super::{Entry, NodeVersion};
use crate::diagnostic::Span;
use crate::project::fields::{Allowed, Fields, Refused, Spanned, Text, Value};
use crate::project::yaml::{Yaml, YamlValue};

/// An entry of `unit_tests:`.
#[derive(Debug, Clone)]
pub struct UnitTestProperties {
    /// `name`
    pub name: Text,
    /// `model`
    pub model: Text,
    /// `given`
    pub given: Vec<UnitTestInput>,
    /// `expect`
    pub expect: UnitTestOutput,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `overrides`
    pub overrides: UnitTestOverrides,
    /// `config`
    pub config: Option<Yaml>,
    /// `config` before rendering.
    pub unrendered_config: Option<Yaml>,
    /// `versions.include`; `None` is all.
    pub include_versions: Option<Vec<Spanned<NodeVersion>>>,
    /// `versions.exclude`
    pub exclude_versions: Option<Vec<Spanned<NodeVersion>>>,
    /// The whole entry.
    pub span: Span,
}

/// An entry of `given:`.
#[derive(Debug, Clone)]
pub struct UnitTestInput {
    /// `input`: a `ref` or `source` as text, or `this`.
    pub input: Text,
    /// What stands in it.
    pub content: UnitTestOutput,
}

/// Rows, or where they are.
#[derive(Debug, Clone)]
pub struct UnitTestOutput {
    /// `rows`
    pub rows: Option<UnitTestRows>,
    /// `format`
    pub format: UnitTestFormat,
    /// `fixture`: the name of a file in `fixtures`.
    pub fixture: Option<Text>,
    /// The whole dictionary.
    pub span: Span,
}

/// Rows as they were written.
#[derive(Debug, Clone)]
pub enum UnitTestRows {
    /// CSV or SQL.
    Text(Text),
    /// Dictionaries.
    Dicts(Vec<Yaml>),
}

/// How rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum UnitTestFormat {
    /// `csv`
    Csv,
    /// `dict`
    #[default]
    Dict,
    /// `sql`
    Sql,
}

/// `overrides`: what is replaced while the model is rendered.
#[derive(Debug, Clone, Default)]
pub struct UnitTestOverrides {
    /// `macros`
    pub macros: Option<Yaml>,
    /// `vars`
    pub vars: Option<Yaml>,
    /// `env_vars`
    pub env_vars: Option<Yaml>,
}

const KEYS: [&str; 8] = ["name", "model", "given", "expect", "description", "overrides", "config", "versions"];

impl UnitTestProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let fields = entry.fields;
        fields.deny_unknown(&KEYS);
        let name = fields.required("name", |value| value.text());
        let model = fields.required("model", |value| value.text());
        let given = fields.required("given", |value| Some(value.items(UnitTestInput::read)));
        let expect =
            fields.required("expect", |value| UnitTestOutput::read(value.fields()?, &["rows", "format", "fixture"]));
        let (include_versions, exclude_versions) = read_versions(fields);
        Some(UnitTestProperties {
            description: fields.text("description", Refused),
            overrides: fields.read("overrides", Allowed, UnitTestOverrides::read).unwrap_or_default(),
            config: fields.tree("config", Refused),
            unrendered_config: entry.unrendered_config(),
            include_versions,
            exclude_versions,
            span: fields.span(),
            name: name?,
            model: model?,
            given: given?,
            expect: expect?,
        })
    }
}

type Versions = Option<Vec<Spanned<NodeVersion>>>;

fn read_versions(fields: Fields<'_>) -> (Versions, Versions) {
    let versions = fields.read("versions", Allowed, |value| {
        let fields = value.fields()?;
        fields.deny_unknown(&["include", "exclude"]);
        let list = |key| fields.read(key, Allowed, |value| Some(value.items(NodeVersion::read)));
        let (include, exclude) = (list("include"), list("exclude"));
        let is_given = |versions: &Versions| versions.as_ref().is_some_and(|versions| !versions.is_empty());
        if is_given(&include) && is_given(&exclude) {
            value.wrong("Unit tests can not both include and exclude versions.");
        }
        Some((include, exclude))
    });
    versions.unwrap_or_default()
}

impl UnitTestInput {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        let input = fields.required("input", |value| value.text());
        let content = UnitTestOutput::read(fields, &["input", "rows", "format", "fixture"]);
        Some(UnitTestInput { input: input?, content: content? })
    }
}

impl UnitTestOutput {
    fn read(fields: Fields<'_>, known: &[&str]) -> Option<Self> {
        fields.deny_unknown(known);
        let formats = [("csv", UnitTestFormat::Csv), ("dict", UnitTestFormat::Dict), ("sql", UnitTestFormat::Sql)];
        let rows = fields.read("rows", Allowed, |value| match &value.yaml.value {
            YamlValue::String(_) => value.text().map(UnitTestRows::Text),
            YamlValue::Seq(_) => {
                let rows = value.items(|item| item.object().map(|_| item.yaml.clone()));
                Some(UnitTestRows::Dicts(rows))
            }
            _ => {
                value.no_schema();
                None
            }
        });
        let format =
            fields.one_of("format", Refused, &formats).map_or_else(UnitTestFormat::default, |format| format.value);
        Some(UnitTestOutput { rows, format, fixture: fields.text("fixture", Allowed), span: fields.span() })
    }
}

impl UnitTestOverrides {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        fields.deny_unknown(&["macros", "vars", "env_vars"]);
        let tree = |key| fields.tree(key, Refused);
        Some(UnitTestOverrides { macros: tree("macros"), vars: tree("vars"), env_vars: tree("env_vars") })
    }
}
