//! Properties files: read, and laid over the nodes that they describe.

use super::universe::Universe;
use super::yaml_renderer::YamlRenderer;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::context::Pass;
use crate::manifest::{Column, ConfigMap, Constraint, JsonMap, ResourceType, TimeSpine, Version};
use crate::project::files::{FileKind, FilePath};
use crate::project::project_file::BehaviorFlag;
use crate::project::properties::{
    self, ColumnProperties, ConstraintKind, FunctionProperties, ModelProperties, ModelVersion, NodeProperties,
    NodeVersion, PropertiesOptions, SnapshotProperties, TimeSpineProperties, read_properties,
};
use crate::project::yaml::{Yaml, YamlMap, load};
use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What one properties file says.
pub(super) struct Properties {
    pub package: Arc<str>,
    pub path: FilePath,
    /// Of the text.
    pub checksum: crate::project::checksum::Checksum,
    pub content: properties::Properties,
}

impl Properties {
    /// dbt's `patch_path`.
    pub fn patch_path(&self) -> String {
        format!("{}://{}", self.package, self.path.original)
    }
}

/// Reads all properties files of a domain.
pub(super) fn read(universe: &Universe<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Properties> {
    let files: Vec<_> = universe
        .input
        .packages
        .iter()
        .flat_map(|package| {
            let files = package.files.iter().filter(|file| file.file.kind == FileKind::Properties);
            files.map(move |file| (package, file))
        })
        .collect();
    let read: Vec<(Option<Properties>, Vec<Diagnostic>)> = files
        .par_iter()
        .map(|(package, file)| {
            let mut found = Vec::new();
            let name = package.file.name.as_str();
            let scope = Arc::new(universe.scope(Pass::Execute, None));
            let renderer = YamlRenderer::new(scope, universe.macros.without_macros());
            let test_arguments = universe.root().file.flags.behavior(BehaviorFlag::GenericTestArgumentsProperty);
            let options = PropertiesOptions { renderer: &renderer, package: name, test_arguments };
            let path = &file.file.path;
            let content = match load(&path.full, &file.text, &mut found) {
                Ok(Some(root)) => Some(read_properties(&path.original, &root, &options, &mut found)),
                _ => None,
            };
            let properties = content.map(|content| Properties {
                package: name.into(),
                path: path.clone(),
                checksum: file.checksum.clone(),
                content,
            });
            (properties, found)
        })
        .collect();
    let mut all = Vec::new();
    for (properties, found) in read {
        diagnostics.extend(found);
        all.extend(properties);
    }
    all
}

/// What a properties file says of one node.
#[derive(Clone, Copy)]
pub(super) struct Patch<'p> {
    pub file: &'p Properties,
    pub node: &'p NodeProperties,
    pub model: Option<&'p ModelProperties>,
    pub version: Option<&'p ModelVersion>,
    pub snapshot: Option<&'p SnapshotProperties>,
    pub function: Option<&'p FunctionProperties>,
}

impl<'p> Patch<'p> {
    fn new(file: &'p Properties, node: &'p NodeProperties) -> Self {
        Patch { file, node, model: None, version: None, snapshot: None, function: None }
    }

    /// Configs of the entry, a version's laid over those of its model.
    pub fn config(&self) -> ConfigMap {
        let mut config = json_map(&self.node.config);
        if let Some(version) = self.version {
            let own = version.config.as_ref().map(Yaml::to_json).unwrap_or_default();
            deep_merge(&mut config, own.as_object());
            for (key, value) in [("access", version.access.as_ref().map(|access| Json::from(access.as_str())))] {
                if let Some(value) = value {
                    config.insert(key.to_string(), value);
                }
            }
            if let Some(docs) = &version.docs {
                config.insert("docs".to_string(), docs.to_json());
            }
        }
        config
    }

    /// Configs with what stands under `config:` as it is written.
    pub fn unrendered_config(&self) -> ConfigMap {
        let written = |config: Option<&Yaml>| config.map(Yaml::to_json).and_then(|json| json.as_object().cloned());
        let mut config = self.config();
        deep_merge(&mut config, written(self.node.unrendered_config.as_ref()).as_ref());
        let own = self.version.and_then(|version| written(version.unrendered_config.as_ref()));
        deep_merge(&mut config, own.as_ref());
        config
    }

    /// The description that holds for the version.
    pub fn description(&self) -> &str {
        let own =
            self.version.and_then(|version| version.description.as_ref()).filter(|text| !text.as_str().is_empty());
        own.or(self.node.description.as_ref()).map_or("", |text| text.as_str())
    }

    /// The columns that hold for the version.
    pub fn columns(&self) -> Vec<&'p ColumnProperties> {
        match self.version {
            None => self.node.columns.iter().collect(),
            Some(version) => {
                let of_model =
                    self.node.columns.iter().filter(|column| version.columns.of_model.includes(column.name.as_str()));
                of_model.chain(&version.columns.own).collect()
            }
        }
    }

    /// The constraints over several columns that hold for the version.
    pub fn constraints(&self) -> &'p [properties::Constraint] {
        match self.version {
            Some(version) if !version.constraints.is_empty() => &version.constraints,
            _ => &self.node.constraints,
        }
    }
}

fn deep_merge(base: &mut ConfigMap, own: Option<&ConfigMap>) {
    for (name, value) in own.into_iter().flatten() {
        match (base.get_mut(name), value) {
            (Some(Json::Object(base)), Json::Object(own)) => deep_merge(base, Some(own)),
            _ => {
                base.insert(name.clone(), value.clone());
            }
        }
    }
}

/// What properties files say, by the node they speak of.
pub(super) struct PatchIndex<'p> {
    models: HashMap<(Arc<str>, String), Patch<'p>>,
    seeds: HashMap<(Arc<str>, String), Patch<'p>>,
    snapshots: HashMap<(Arc<str>, String), Patch<'p>>,
    analyses: HashMap<(Arc<str>, String), Patch<'p>>,
    tests: HashMap<(Arc<str>, String), Patch<'p>>,
    functions: HashMap<(Arc<str>, String), Patch<'p>>,
}

/// Names of model files by package: what an entry of `models:` can speak of.
pub(super) type ModelStems = HashSet<(Arc<str>, String)>;

impl<'p> PatchIndex<'p> {
    /// Indexes all files. Entries that speak of nothing, and two entries about one thing, are reported.
    pub fn new(files: &'p [Properties], stems: &ModelStems, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut index = PatchIndex {
            models: HashMap::new(),
            seeds: HashMap::new(),
            snapshots: HashMap::new(),
            analyses: HashMap::new(),
            tests: HashMap::new(),
            functions: HashMap::new(),
        };
        for file in files {
            let content = &file.content;
            let key = |node: &NodeProperties| (file.package.clone(), node.name.as_str().to_string());
            for model in &content.models {
                let patch = Patch { model: Some(model), ..Patch::new(file, &model.node) };
                if model.versions.is_empty() {
                    insert(&mut index.models, key(&model.node), patch, "models", diagnostics);
                }
                for version in &model.versions {
                    let stem = model_stem(file, model, version, stems);
                    let patch = Patch { version: Some(version), ..patch };
                    insert(&mut index.models, (file.package.clone(), stem), patch, "models", diagnostics);
                }
            }
            for seed in &content.seeds {
                insert(&mut index.seeds, key(seed), Patch::new(file, seed), "seeds", diagnostics);
            }
            for snapshot in &content.snapshots {
                let patch = Patch { snapshot: Some(snapshot), ..Patch::new(file, &snapshot.node) };
                insert(&mut index.snapshots, key(&snapshot.node), patch, "snapshots", diagnostics);
            }
            for analysis in &content.analyses {
                insert(&mut index.analyses, key(analysis), Patch::new(file, analysis), "analyses", diagnostics);
            }
            for function in &content.functions {
                let patch = Patch { function: Some(function), ..Patch::new(file, &function.node) };
                insert(&mut index.functions, key(&function.node), patch, "functions", diagnostics);
            }
            for test in &content.singular_tests {
                insert(&mut index.tests, key(test), Patch::new(file, test), "data_tests", diagnostics);
            }
        }
        index
    }

    /// What is said of a model file of `package`; the domain's own project may speak of its packages' models too.
    pub fn model(&self, root: &str, package: &str, stem: &str) -> Option<Patch<'p>> {
        find(&self.models, root, package, stem)
    }

    /// What is said of a seed.
    pub fn seed(&self, root: &str, package: &str, name: &str) -> Option<Patch<'p>> {
        find(&self.seeds, root, package, name)
    }

    /// What packages other than `package` say of something called `name`, by package.
    pub fn of_others(&self, kind: ResourceType, package: &str, name: &str, packages: &[&str]) -> Vec<Patch<'p>> {
        let patches = match kind {
            ResourceType::Model => &self.models,
            ResourceType::Seed => &self.seeds,
            _ => return Vec::new(),
        };
        let others = packages.iter().filter(|other| **other != package);
        others.filter_map(|other| patches.get(&(Arc::from(*other), name.to_string())).copied()).collect()
    }

    /// What is said of a snapshot.
    pub fn snapshot(&self, root: &str, package: &str, name: &str) -> Option<Patch<'p>> {
        find(&self.snapshots, root, package, name)
    }

    /// What is said of a function.
    pub fn function(&self, root: &str, package: &str, name: &str) -> Option<Patch<'p>> {
        find(&self.functions, root, package, name)
    }

    /// What is said of an analysis.
    pub fn analysis(&self, package: &str, name: &str) -> Option<Patch<'p>> {
        find(&self.analyses, package, package, name)
    }

    /// What is said of a singular test.
    pub fn singular_test(&self, package: &str, name: &str) -> Option<Patch<'p>> {
        find(&self.tests, package, package, name)
    }

    /// Snapshots that are defined in a properties file alone.
    pub fn yaml_snapshots(&self) -> Vec<Patch<'p>> {
        let is_own = |patch: &&Patch<'p>| patch.snapshot.is_some_and(|snapshot| snapshot.relation.is_some());
        let mut found: Vec<Patch<'p>> = self.snapshots.values().filter(is_own).copied().collect();
        found.sort_by(|left, right| {
            (&left.file.package, left.node.name.as_str()).cmp(&(&right.file.package, right.node.name.as_str()))
        });
        found
    }

    /// Warns about entries that no node was found for; `kinds` tells what else could be meant, by package and name.
    pub fn unused(
        &self,
        used: &HashSet<(&'static str, Arc<str>, String)>,
        kinds: impl FnOnce() -> HashMap<(Arc<str>, String), ResourceType>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let sections = [
            ("models", &self.models),
            ("seeds", &self.seeds),
            ("snapshots", &self.snapshots),
            ("analyses", &self.analyses),
            ("functions", &self.functions),
        ];
        let mut unused = Vec::new();
        for (section, patches) in sections {
            let is_unused =
                |(package, name): &(Arc<str>, String)| !used.contains(&(section, package.clone(), name.clone()));
            let entries = patches.iter().filter(|(key, _)| is_unused(key));
            unused.extend(entries.map(|(key, patch)| (section, key, patch)));
        }
        if unused.is_empty() {
            return;
        }
        let kinds = kinds();
        let warning = |(section, key, patch): (&str, &(Arc<str>, String), &Patch<'_>)| {
            let (name, file) = (&key.1, &patch.file.path.original);
            let kind = kinds.get(key).filter(|_| ["models", "seeds", "snapshots"].contains(&section));
            let warning = match kind {
                Some(kind) => Diagnostic::warning(
                    ErrorCode::WrongPropertiesSection,
                    format!(
                        "'{name}' is a {kind} node, but it is specified in the {section} section of {file}.\n\
                         To fix this error, place the `{name}` specification under the {kind}s key instead."
                    ),
                )
                .hint(format!("move the entry below `{kind}s:`")),
                None => Diagnostic::warning(
                    ErrorCode::UnusedProperties,
                    format!(
                        "Did not find matching node for patch with name '{name}' in the '{section}' section of file '{file}'"
                    ),
                )
                .hint("correct the name, or take the entry out"),
            };
            warning.at(patch.node.name.span.clone())
        };
        let mut found: Vec<Diagnostic> = unused.into_iter().map(warning).collect();
        found.sort_by(|left, right| left.message.cmp(&right.message));
        diagnostics.extend(found);
    }
}

/// The file that a version is defined in: named, else `<model>_v<version>`, else for the latest one `<model>`.
fn model_stem(file: &Properties, model: &ModelProperties, version: &ModelVersion, stems: &ModelStems) -> String {
    let name = model.node.name.as_str();
    let stem = match &version.defined_in {
        Some(stem) => stem.as_str().to_string(),
        None => format!("{name}_v{}", version.v.value),
    };
    let exists = stems.contains(&(file.package.clone(), stem.clone()));
    let is_latest = model.latest().is_some_and(|latest| latest.to_string() == version.v.value.to_string());
    if !exists && is_latest && stems.contains(&(file.package.clone(), name.to_string())) {
        name.to_string()
    } else {
        stem
    }
}

fn insert<'p>(
    patches: &mut HashMap<(Arc<str>, String), Patch<'p>>,
    key: (Arc<str>, String),
    patch: Patch<'p>,
    section: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let name = key.1.clone();
    let Some(earlier) = patches.insert(key, patch) else { return };
    let message = format!(
        "dbt found two schema.yml entries for the same resource named {name}. Resources and their associated columns may only \
         be described a single time. To fix this, remove the resource entry for {name} in one of these files:\n- {}\n- {} \
         (section '{section}')",
        earlier.file.path.original, patch.file.path.original
    );
    diagnostics.push(
        Diagnostic::error(ErrorCode::DuplicateName, message)
            .hint("put both into one entry")
            .labelled(patch.node.name.span.clone(), "this entry")
            .also(earlier.node.name.span.clone(), "and this one"),
    );
}

fn find<'p>(
    patches: &HashMap<(Arc<str>, String), Patch<'p>>,
    root: &str,
    package: &str,
    name: &str,
) -> Option<Patch<'p>> {
    let of = |package: &str| patches.get(&(Arc::from(package), name.to_string())).copied();
    of(package).or_else(|| if root == package { None } else { of(root) })
}

/// A YAML dictionary as JSON.
pub(super) fn json_map(map: &YamlMap) -> ConfigMap {
    map.iter().filter_map(|(name, value)| Some((name.as_str()?.to_string(), value.to_json()))).collect()
}

fn object(yaml: Option<&Yaml>) -> JsonMap {
    yaml.map(Yaml::to_json).and_then(|json| json.as_object().cloned()).unwrap_or_default()
}

/// A list of texts, or one text.
pub(super) fn texts(json: Option<&Json>) -> Vec<String> {
    match json {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_string)).collect(),
        _ => Vec::new(),
    }
}

/// Where columns are named.
pub(super) fn column_places(described: &[&ColumnProperties]) -> HashMap<String, Span> {
    described.iter().map(|column| (column.name.as_str().to_string(), column.name.span.clone())).collect()
}

/// The manifest's columns, descriptions rendered.
pub(super) fn columns(
    universe: &Universe<'_>,
    package: &str,
    described: &[&ColumnProperties],
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<String, Column> {
    let mut columns = IndexMap::new();
    for column in described {
        let config = object(column.config.as_ref());
        let mut meta = object(column.meta.as_ref());
        meta.extend(config.get("meta").and_then(Json::as_object).cloned().unwrap_or_default());
        let mut tags: Vec<String> = column.tags.iter().map(|tag| tag.as_str().to_string()).collect();
        tags.extend(texts(config.get("tags")));
        tags.sort();
        tags.dedup();
        let text = column.description.as_ref().map_or("", |text| text.as_str());
        let place = column.description.as_ref().map_or(&column.span, |text| &text.span);
        let (description, doc_blocks) = universe.docs.render(universe, package, text, place, diagnostics);
        let mut full_config = config;
        full_config.insert("meta".to_string(), Json::Object(meta.clone()));
        full_config.insert("tags".to_string(), tags.clone().into());
        let name = column.name.as_str().to_string();
        columns.insert(
            name.clone(),
            Column {
                name,
                description,
                meta,
                data_type: column.data_type.as_ref().map(|text| text.as_str().to_string()),
                constraints: constraints(&column.constraints),
                quote: column.quote,
                config: full_config,
                tags,
                granularity: column.granularity.as_ref().map(|text| text.as_str().to_string()),
                dimension: column.dimension.clone(),
                entity: column.entity.clone(),
                doc_blocks,
                extra: column.extra.iter().map(|(name, value)| (name.as_str().to_string(), value.to_json())).collect(),
            },
        );
    }
    columns
}

/// The manifest's constraints.
pub(super) fn constraints(written: &[properties::Constraint]) -> Vec<Constraint> {
    let texts = |texts: &[crate::project::Text]| texts.iter().map(|text| text.as_str().to_string()).collect();
    let text = |text: &Option<crate::project::Text>| text.as_ref().map(|text| text.as_str().to_string());
    written
        .iter()
        .filter_map(|constraint| {
            Some(Constraint {
                constraint_type: constraint_type(constraint.kind?).to_string(),
                name: text(&constraint.name),
                expression: text(&constraint.expression),
                warn_unenforced: constraint.warn_unenforced,
                warn_unsupported: constraint.warn_unsupported,
                to: text(&constraint.to),
                target: None,
                to_columns: texts(&constraint.to_columns),
                columns: texts(&constraint.columns),
            })
        })
        .collect()
}

fn constraint_type(kind: ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::Check => "check",
        ConstraintKind::NotNull => "not_null",
        ConstraintKind::Unique => "unique",
        ConstraintKind::PrimaryKey => "primary_key",
        ConstraintKind::ForeignKey => "foreign_key",
        ConstraintKind::Custom => "custom",
    }
}

/// The manifest's version.
pub(super) fn version(version: &NodeVersion) -> Version {
    match version {
        NodeVersion::Int(number) => Version::Integer(*number),
        NodeVersion::Float(number) => Version::Float(*number),
        NodeVersion::Text(text) => Version::Text(text.to_string()),
    }
}

/// What a properties file says of a function's arguments and result.
pub(super) fn function(patch: Option<Patch<'_>>) -> crate::manifest::Function {
    use crate::manifest::{Function, FunctionArgument, FunctionOverload, FunctionReturns};
    let Some(properties) = patch.and_then(|patch| patch.function) else { return Function::default() };
    let text = |text: &Option<crate::project::Text>| text.as_ref().map(|text| text.as_str().to_string());
    let argument = |argument: &properties::FunctionArgument| FunctionArgument {
        name: argument.name.as_str().to_string(),
        data_type: argument.data_type.as_str().to_string(),
        description: text(&argument.description),
        default_value: argument.default_value.as_ref().map(Yaml::to_json),
    };
    let returns = |returns: &properties::FunctionReturns| FunctionReturns {
        data_type: returns.data_type.as_str().to_string(),
        description: text(&returns.description),
    };
    let overload = |overload: &properties::FunctionOverload| FunctionOverload {
        defined_in: overload.defined_in.as_str().to_string(),
        arguments: overload.arguments.iter().map(argument).collect(),
        returns: overload.returns.as_ref().map(returns),
        description: text(&overload.description),
        // Known when all functions are.
        raw_body: "".into(),
        original_file_path: String::new(),
    };
    Function {
        arguments: properties.arguments.iter().map(argument).collect(),
        returns: returns(&properties.returns),
        overloads: properties.overloads.iter().map(overload).collect(),
    }
}

/// `time_spine` of a model.
pub(super) fn time_spine(spine: &TimeSpineProperties) -> TimeSpine {
    TimeSpine {
        standard_granularity_column: spine.standard_granularity_column.clone(),
        custom_granularities: spine.custom_granularities.clone(),
    }
}
