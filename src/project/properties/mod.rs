//! Properties files: the `.yml` files beside models, seeds, macros...
//!
//! Owns every key that dbt reads there (`dbt/contracts/graph/unparsed.py`, `dbt/parser/schemas.py`) as unresolved data: names,
//! texts and trees with places. Nothing is looked up, and tests' arguments, descriptions and hooks are not rendered yet.

mod column;
mod exposure;
mod function;
mod metric;
mod model_semantics;
mod node;
mod semantic;
mod shape;
mod source;
mod test_definition;
mod time_spine;
mod unit_test;
mod version;

pub use column::{ColumnProperties, Constraint, ConstraintKind};
pub use exposure::{ExposureKind, ExposureProperties, GroupProperties, Maturity, OwnerProperties};
pub use function::{FunctionArgument, FunctionOverload, FunctionProperties, FunctionReturns};
pub use model_semantics::ModelSemantics;
pub use node::{MacroArgument, MacroProperties, ModelProperties, NodeProperties, SnapshotProperties};
pub use semantic::{SemanticProperties, measured};
pub use source::{
    FreshnessProperties, FreshnessTime, Period, Quoting, Setting, SourceProperties, SourceTableProperties,
};
pub use test_definition::TestDefinition;
pub use time_spine::TimeSpineProperties;
pub use unit_test::{
    UnitTestFormat, UnitTestInput, UnitTestOutput, UnitTestOverrides, UnitTestProperties, UnitTestRows,
};
pub use version::{IncludeExclude, ModelVersion, NodeVersion, VersionColumns};

use super::fields::{Fields, Report, Value};
use super::render::{PropertiesKey, RenderRule, RenderString, render_tree};
use super::yaml::{Yaml, YamlMap};
use crate::diagnostic::{Diagnostic, ErrorCode};
use std::sync::Arc;

/// How properties files of a project are read.
#[derive(Clone, Copy)]
pub struct PropertiesOptions<'a> {
    /// Renders what is rendered when the file is read.
    pub renderer: &'a dyn RenderString,
    /// The name of the project, for messages.
    pub package: &'a str,
    /// Flag `require_generic_test_arguments_property`: `arguments:` of a test holds its arguments.
    pub test_arguments: bool,
}

/// Everything that one file says.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    /// `models:`
    pub models: Vec<ModelProperties>,
    /// `seeds:`
    pub seeds: Vec<NodeProperties>,
    /// `snapshots:`
    pub snapshots: Vec<SnapshotProperties>,
    /// `analyses:`
    pub analyses: Vec<NodeProperties>,
    /// `data_tests:`: singular tests.
    pub singular_tests: Vec<NodeProperties>,
    /// `macros:`
    pub macros: Vec<MacroProperties>,
    /// `sources:`
    pub sources: Vec<SourceProperties>,
    /// `exposures:`
    pub exposures: Vec<ExposureProperties>,
    /// `groups:`
    pub groups: Vec<GroupProperties>,
    /// `unit_tests:`
    pub unit_tests: Vec<UnitTestProperties>,
    /// `metrics:`
    pub metrics: Vec<SemanticProperties>,
    /// `semantic_models:`
    pub semantic_models: Vec<SemanticProperties>,
    /// `saved_queries:`
    pub saved_queries: Vec<SemanticProperties>,
    /// `functions:`
    pub functions: Vec<FunctionProperties>,
}

/// What the readers of this module share.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) file: &'a str,
    pub(crate) options: &'a PropertiesOptions<'a>,
}

/// Lists that dbt checks before all else, with the words of `validate_yaml`.
const CHECKED_LISTS: [&str; 11] = [
    "models",
    "seeds",
    "snapshots",
    "sources",
    "macros",
    "analyses",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "functions",
];

/// Reads the content of a properties file. Entries that cannot be used are left out and reported.
pub fn read_properties(
    file: &Arc<str>,
    root: &Yaml,
    options: &PropertiesOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Properties {
    let Some(map) = root.as_map() else {
        let message = format!("Contents of file '{file}' are not valid. Dictionary expected.");
        diagnostics.push(Diagnostic::error(ErrorCode::InvalidProperties, message).at(root.span.clone()));
        return Properties::default();
    };
    let mut reader = Reader { context: Context { file, options }, map, diagnostics };
    Properties {
        models: reader.entries("models", ModelProperties::read),
        seeds: reader.entries("seeds", NodeProperties::read_testable),
        snapshots: reader.entries("snapshots", SnapshotProperties::read),
        analyses: reader.entries("analyses", NodeProperties::read_documented),
        singular_tests: reader.entries("data_tests", NodeProperties::read_documented),
        macros: reader.entries("macros", MacroProperties::read),
        sources: reader.entries("sources", SourceProperties::read),
        exposures: reader.entries("exposures", ExposureProperties::read),
        groups: reader.entries("groups", GroupProperties::read),
        unit_tests: reader.entries("unit_tests", UnitTestProperties::read),
        metrics: reader.entries("metrics", SemanticProperties::metric),
        semantic_models: reader.entries("semantic_models", SemanticProperties::semantic_model),
        saved_queries: reader.entries("saved_queries", SemanticProperties::saved_query),
        functions: reader.entries("functions", FunctionProperties::read),
    }
}

/// One item of a list: as it was written, and its rendered fields.
pub(crate) struct Entry<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) written: &'a Yaml,
    pub(crate) fields: Fields<'a>,
}

impl Entry<'_> {
    /// The `config` before rendering.
    pub(crate) fn unrendered_config(&self) -> Option<Yaml> {
        self.written.get("config").cloned()
    }
}

struct Reader<'a> {
    context: Context<'a>,
    map: &'a YamlMap,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn entries<T>(&mut self, key: &str, read: impl Fn(&Entry<'_>) -> Option<T>) -> Vec<T> {
        let Some(list) = self.map.get(key) else { return Vec::new() };
        let Some(items) = list.as_seq() else {
            self.not_a_list(key, list);
            return Vec::new();
        };
        items.iter().filter_map(|item| self.entry(key, item, &read)).collect()
    }

    fn entry<T>(&mut self, key: &str, item: &Yaml, read: impl Fn(&Entry<'_>) -> Option<T>) -> Option<T> {
        self.check_entry(key, item)?;
        let before = self.diagnostics.len();
        let rule = RenderRule::Properties(match key {
            "sources" => PropertiesKey::Sources,
            "macros" => PropertiesKey::Macros,
            "metrics" => PropertiesKey::Metrics,
            "saved_queries" => PropertiesKey::SavedQueries,
            _ => PropertiesKey::Other,
        });
        let rendered = render_tree(item, rule, self.context.options.renderer, self.diagnostics);
        let failed = self.diagnostics[before..].iter().any(Diagnostic::is_error);
        let name = item.get("name").or_else(|| item.get("model")).map(Yaml::to_python).unwrap_or_default();
        let intro = format!("Invalid {key} config given in {} @ {key}: {{'name': {name}}} - ", self.context.file);
        let report = Report::new(ErrorCode::InvalidProperties, intro);
        let entry = Value::root(&rendered, &report)
            .fields()
            .and_then(|fields| read(&Entry { context: self.context, written: item, fields }));
        let has_errors = report.drain_into(self.diagnostics) || failed;
        entry.filter(|_| !has_errors)
    }

    fn not_a_list(&mut self, key: &str, list: &Yaml) {
        let file = self.context.file;
        let message = if CHECKED_LISTS.contains(&key) {
            format!("The schema file at {file} is invalid because the value of '{key}' is not a list")
        } else {
            format!("{key} must be a list, got {} instead", list.to_python())
        };
        let error = Diagnostic::error(ErrorCode::InvalidProperties, message).at(list.span.clone());
        self.diagnostics.push(if list.is_null() {
            error.hint("take the key out when there is nothing below it")
        } else {
            error
        });
    }

    fn check_entry(&mut self, key: &str, item: &Yaml) -> Option<()> {
        let file = self.context.file;
        let is_checked = CHECKED_LISTS.contains(&key);
        let message = match item.as_map() {
            None if is_checked => {
                format!("The schema file at {file} is invalid because a list element for '{key}' is not a dictionary")
            }
            None => format!("Invalid {key} config given in {file} @ {key}: expected a dict with string keys"),
            Some(map) if map.contains_key("name") => return Some(()),
            Some(_) if is_checked => format!(
                "The schema file at {file} is invalid because a list element for '{key}' does not have a name attribute."
            ),
            Some(map) if map.contains_key("model") => return Some(()),
            Some(_) => "Entry did not contain a name".to_owned(),
        };
        self.diagnostics.push(Diagnostic::error(ErrorCode::InvalidProperties, message).at(item.span.clone()));
        None
    }
}

#[cfg(test)]
mod tests;
