//! Exposures and groups.

use super::column::extra;
use super::{Context, Entry};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::project::fields::{Allowed, Fields, Refused, Spanned, Text};
use crate::project::yaml::{Yaml, YamlValue};

/// What an exposure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExposureKind {
    /// `dashboard`
    Dashboard,
    /// `notebook`
    Notebook,
    /// `analysis`
    Analysis,
    /// `ml`
    MachineLearning,
    /// `application`
    Application,
}

/// How far an exposure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Maturity {
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
}

/// `owner` of an exposure or group.
#[derive(Debug, Clone)]
pub struct OwnerProperties {
    /// `name`
    pub name: Option<Text>,
    /// `email`: one or several.
    pub email: Vec<Text>,
    /// Further keys.
    pub extra: Vec<(Text, Yaml)>,
    /// The whole dictionary.
    pub tree: Yaml,
}

/// An entry of `exposures:`.
#[derive(Debug, Clone)]
pub struct ExposureProperties {
    /// `name`
    pub name: Text,
    /// `type`
    pub kind: Spanned<ExposureKind>,
    /// `owner`
    pub owner: OwnerProperties,
    /// `description`, not rendered.
    pub description: Option<Text>,
    /// `label`
    pub label: Option<Text>,
    /// `maturity`
    pub maturity: Option<Spanned<Maturity>>,
    /// `meta`
    pub meta: Option<Yaml>,
    /// `tags`
    pub tags: Vec<Text>,
    /// `url`
    pub url: Option<Text>,
    /// `depends_on`: each a `ref`, `source` or `metric` as text.
    pub depends_on: Vec<Text>,
    /// `config`
    pub config: Option<Yaml>,
    /// `config` before rendering.
    pub unrendered_config: Option<Yaml>,
    /// The whole entry.
    pub span: Span,
}

/// An entry of `groups:`.
#[derive(Debug, Clone)]
pub struct GroupProperties {
    /// `name`
    pub name: Text,
    /// `owner`
    pub owner: OwnerProperties,
    /// `description`
    pub description: Option<Text>,
    /// `config`
    pub config: Option<Yaml>,
    /// The whole entry.
    pub span: Span,
}

const KINDS: [(&str, ExposureKind); 5] = [
    ("dashboard", ExposureKind::Dashboard),
    ("notebook", ExposureKind::Notebook),
    ("analysis", ExposureKind::Analysis),
    ("ml", ExposureKind::MachineLearning),
    ("application", ExposureKind::Application),
];

const MATURITIES: [(&str, Maturity); 3] =
    [("low", Maturity::Low), ("medium", Maturity::Medium), ("high", Maturity::High)];

const EXPOSURE_KEYS: [&str; 11] =
    ["name", "type", "owner", "description", "label", "maturity", "meta", "tags", "url", "depends_on", "config"];

impl ExposureProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let fields = entry.fields;
        fields.deny_unknown(&EXPOSURE_KEYS);
        let name = fields.required("name", |value| value.text());
        if let Some(name) = &name {
            check_name(entry.context, fields, name);
        }
        let owner = OwnerProperties::read(fields, "Exposure");
        if !fields.map.contains_key("type") {
            fields.value.wrong("'type' is a required property");
        }
        let kind = fields.one_of("type", Refused, &KINDS);
        Some(ExposureProperties {
            description: fields.text("description", Refused),
            label: fields.text("label", Allowed),
            maturity: fields.one_of("maturity", Allowed, &MATURITIES),
            meta: fields.tree("meta", Refused),
            tags: fields.texts("tags", Refused),
            url: fields.text("url", Allowed),
            depends_on: fields.texts("depends_on", Refused),
            config: fields.tree("config", Refused),
            unrendered_config: entry.unrendered_config(),
            span: fields.span(),
            name: name?,
            kind: kind?,
            owner: owner?,
        })
    }
}

fn check_name(context: Context<'_>, fields: Fields<'_>, name: &Text) {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    if !name.as_str().is_empty() && name.as_str().chars().all(is_letter) {
        return;
    }
    let message = format!(
        "Starting in v1.3, the 'name' of an exposure should contain only letters, numbers, and underscores. Exposures support \
         a new property, 'label', which may contain spaces, capital letters, and special characters. {} does not follow this \
         pattern. Please update the 'name', and use the 'label' property for a human-friendly title. This will raise an error \
         in a future version of dbt-core.",
        name.as_str()
    );
    let warning = Diagnostic::warning(ErrorCode::DeprecatedProperty, message).at(name.span.clone());
    fields.report().push(warning.hint(format!("in {}", context.file)));
}

impl OwnerProperties {
    /// `what` is `Exposure` or `Group`.
    fn read(fields: Fields<'_>, what: &str) -> Option<Self> {
        fields.required("owner", |value| {
            let owner = value.fields()?;
            let name = owner.text("name", Allowed);
            let email = owner.read("email", Allowed, |value| match &value.yaml.value {
                YamlValue::String(_) => value.text().map(|email| vec![email]),
                YamlValue::Seq(_) => Some(value.items(|item| item.text())),
                _ => {
                    value.no_schema();
                    None
                }
            });
            let is_given = |key| owner.map.get(key).is_some_and(|value| !value.is_null());
            if !is_given("name") && !is_given("email") {
                value.wrong(format_args!("{what} owner must have at least one of 'name' or 'email'."));
            }
            let extra = extra(owner, &["name", "email", "_extra"]);
            Some(OwnerProperties { name, email: email.unwrap_or_default(), extra, tree: value.yaml.clone() })
        })
    }
}

impl GroupProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let fields = entry.fields;
        fields.deny_unknown(&["name", "owner", "description", "config"]);
        let name = fields.required("name", |value| value.text());
        let owner = OwnerProperties::read(fields, "Group");
        let description = fields.text("description", Allowed);
        let config = fields.tree("config", Refused);
        Some(GroupProperties { name: name?, owner: owner?, description, config, span: fields.span() })
    }
}
