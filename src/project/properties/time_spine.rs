//! `time_spine` of a model: that its columns are there, and which.

use super::shape::{Field, Shape, nullable, optional, read_object, required};
use super::{ModelVersion, NodeProperties, NodeVersion};
use crate::project::fields::{Allowed, Fields, Spanned};
use serde_json::Value as Json;

/// `time_spine`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSpineProperties {
    /// `standard_granularity_column`
    pub standard_granularity_column: String,
    /// `custom_granularities`: name, and `column_name` where it is another.
    pub custom_granularities: Vec<(String, Option<String>)>,
}

const TIME_SPINE: &[Field] = &[
    required("standard_granularity_column", &Shape::Text),
    optional("custom_granularities", &Shape::List(&Shape::Object(CUSTOM_GRANULARITY)), "[]"),
];
const CUSTOM_GRANULARITY: &[Field] = &[required("name", &Shape::Text), nullable("column_name", &Shape::Text)];

impl TimeSpineProperties {
    /// Reads the key of a model. The columns of a model with versions are those of its latest version.
    pub(super) fn read(
        fields: Fields<'_>,
        owner: &str,
        versions: &[ModelVersion],
        latest: Option<&Spanned<NodeVersion>>,
        node: Option<&NodeProperties>,
    ) -> Option<Self> {
        fields.read("time_spine", Allowed, |value| {
            let written = read_object(value.fields()?, TIME_SPINE, &[]);
            let custom = written["custom_granularities"].as_array().into_iter().flatten();
            let spine = TimeSpineProperties {
                standard_granularity_column: text(&written["standard_granularity_column"])?,
                custom_granularities: custom
                    .filter_map(|granularity| Some((text(&granularity["name"])?, text(&granularity["column_name"]))))
                    .collect(),
            };
            let version = latest.and_then(|latest| versions.iter().find(|version| version.v == *latest));
            let columns = columns(node, version);
            spine.problems(owner, latest.is_some(), &columns).into_iter().for_each(|problem| value.wrong(problem));
            Some(spine)
        })
    }

    fn problems(&self, owner: &str, versioned: bool, columns: &[(String, bool)]) -> Vec<String> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let listed = |names: &[&str]| {
            let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
            format!("[{}]", quoted.join(", "))
        };
        let standard = &self.standard_granularity_column;
        let Some((_, has_granularity)) = columns.iter().find(|(name, _)| name == standard) else {
            let which = if versioned { " for latest version" } else { "" };
            return vec![format!(
                "Time spine standard granularity column must be defined on the model. Got invalid column name '{standard}' for \
                 model '{owner}'. Valid names{which}: {}.",
                listed(&names)
            )];
        };
        let mut problems = Vec::new();
        if !has_granularity {
            problems.push(format!(
                "Time spine standard granularity column must have a granularity defined. Please add one for column '{standard}' \
                 in model '{owner}'."
            ));
        }
        let wanted = self.custom_granularities.iter().map(|(name, column)| column.as_deref().unwrap_or(name));
        let missing: Vec<&str> = wanted.filter(|column| !names.contains(column)).collect();
        if !missing.is_empty() {
            problems.push(format!(
                "Time spine custom granularity columns do not exist in the model. Columns not found: {}; Available columns: {}",
                listed(&missing),
                listed(&names)
            ));
        }
        problems
    }
}

/// Columns by name, and whether each has a granularity.
fn columns(node: Option<&NodeProperties>, version: Option<&ModelVersion>) -> Vec<(String, bool)> {
    let own = node.map(|node| node.columns.as_slice()).unwrap_or_default();
    let all = match version {
        Some(version) => {
            let of_model = own.iter().filter(|column| version.columns.of_model.includes(column.name.as_str()));
            of_model.chain(&version.columns.own).collect::<Vec<_>>()
        }
        None => own.iter().collect(),
    };
    all.into_iter().map(|column| (column.name.as_str().to_string(), column.granularity.is_some())).collect()
}

fn text(json: &Json) -> Option<String> {
    json.as_str().map(str::to_string)
}
