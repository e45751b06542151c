//! Models, seeds, snapshots, analyses and singular tests: one node for each file or block.

use super::PackageInput;
use super::config::typed;
use super::patch::{self, ModelStems, Patch, PatchIndex, Properties};
use super::python::{self, PythonSource};
use super::relation_name;
use super::template::{self, Captured, Source};
use super::universe::{Universe, fqn};
use super::unresolved::{CustomName, UnresolvedNode};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::context::Pass;
use crate::jinja::{BlockFile, BlockKind, parse_blocks};
use crate::manifest::{
    Access, Analysis, Checksum, ConfigMap, DependsOn, Language, Model, Node, NodeConfig, NodeKind, Reference,
    ResourceType, Seed, Snapshot, Version,
};
use crate::project::checksum;
use crate::project::files::{FileKind, FilePath, SourceFile, without_jinja_extension};
use crate::project::project_file::BehaviorFlag;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A node before anything is known of its configs.
pub(super) struct Draft<'p> {
    pub kind: ResourceType,
    pub package: &'p PackageInput,
    /// Name of the node, which `versions:` may take from the properties instead of the file.
    pub name: String,
    pub fqn: Vec<Arc<str>>,
    pub path: String,
    pub original_file_path: String,
    /// File as displayed.
    pub file: Arc<str>,
    pub place: Span,
    pub raw_code: &'p str,
    /// Byte offset of the code in its file.
    pub offset: usize,
    pub checksum: Checksum,
    pub patch: Option<Patch<'p>>,
    /// The part of the id behind the package, where it is not the name.
    pub id_rest: Option<String>,
}

/// What parsing one node gives.
type Outcome = (Option<UnresolvedNode>, Vec<Diagnostic>);

/// All nodes of a domain that have a file or a block of their own.
pub(super) fn parse(
    universe: &Universe<'_>,
    properties: &[Properties],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<UnresolvedNode> {
    let stems = model_stems(universe);
    let patches = PatchIndex::new(properties, &stems, diagnostics);
    let blocks = snapshot_blocks(universe, diagnostics);
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for package in &universe.input.packages {
        for file in &package.files {
            drafts.extend(file_draft(universe, package, file, &patches));
        }
    }
    drafts.extend(blocks.iter().map(|block| block.draft(universe, &patches)));
    let yaml_snapshots: Vec<(Patch<'_>, String)> =
        patches.yaml_snapshots().into_iter().map(|patch| (patch, yaml_snapshot_code(patch))).collect();
    drafts.extend(yaml_snapshots.iter().filter_map(|(patch, code)| yaml_snapshot(universe, *patch, code)));

    patches.unused(&used_patches(&drafts), || kinds(&drafts), diagnostics);
    let outcomes: Vec<Outcome> = drafts.par_iter().map(|draft| build(universe, draft)).collect();
    let mut nodes = Vec::with_capacity(outcomes.len());
    for (node, found) in outcomes {
        nodes.extend(node);
        diagnostics.extend(found);
    }
    nodes
}

fn model_stems(universe: &Universe<'_>) -> ModelStems {
    let models = universe.input.packages.iter().flat_map(|package| {
        let files = package.files.iter().filter(|file| file.file.kind == FileKind::Model);
        files.map(|file| (Arc::from(package.file.name.as_str()), file.file.path.stem().to_string()))
    });
    models.collect()
}

/// The properties that another package wrote for a node of its own that is switched off, or that it does not have: they hold
/// for the node of that name here, as in dbt (`NodePatchParser.parse_patch`).
fn freed_patch<'p>(
    universe: &Universe<'_>,
    patches: &PatchIndex<'p>,
    kind: ResourceType,
    package: &str,
    name: &str,
) -> Option<Patch<'p>> {
    let packages = &universe.input.packages;
    let names: Vec<&str> = packages.iter().map(|other| other.file.name.as_str()).collect();
    let others = patches.of_others(kind, package, name, &names);
    others.into_iter().find(|patch| {
        let Some(other) = universe.package(&patch.file.package) else { return false };
        let wanted = if kind == ResourceType::Seed { FileKind::Seed } else { FileKind::Model };
        let own = other.files.iter().find(|file| file.file.kind == wanted && file.file.path.stem() == name);
        own.is_none_or(|own| {
            let fqn = fqn(other.file.name.as_str(), &own.file.path.relative, false, name);
            let config = universe.config(kind, other, &fqn, None, &ConfigMap::new());
            config.get("enabled") == Some(&serde_json::Value::Bool(false))
        })
    })
}

/// What `ref` can find, by package and name.
fn kinds(drafts: &[Draft<'_>]) -> HashMap<(Arc<str>, String), ResourceType> {
    let refable = drafts.iter().filter(|draft| draft.kind.is_refable());
    refable.map(|draft| ((draft.package.file.name.as_str().into(), draft.name.clone()), draft.kind)).collect()
}

fn used_patches(drafts: &[Draft<'_>]) -> HashSet<(&'static str, Arc<str>, String)> {
    let mut used = HashSet::new();
    for draft in drafts {
        let section = match draft.kind {
            ResourceType::Model => "models",
            ResourceType::Seed => "seeds",
            ResourceType::Snapshot => "snapshots",
            ResourceType::Analysis => "analyses",
            ResourceType::Function => "functions",
            _ => continue,
        };
        let Some(patch) = draft.patch else { continue };
        let stem = draft.path.rsplit('/').next().unwrap_or_default();
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        let key = if draft.kind == ResourceType::Model { stem } else { patch.node.name.as_str() };
        used.insert((section, patch.file.package.clone(), key.to_string()));
    }
    used
}

fn file_draft<'p>(
    universe: &Universe<'_>,
    package: &'p PackageInput,
    file: &'p SourceFile,
    patches: &PatchIndex<'p>,
) -> Option<Draft<'p>> {
    let name = package.file.name.as_str();
    let root = universe.name().as_str();
    let path = &file.file.path;
    let stem = path.stem();
    let (kind, patch, shown) = match file.file.kind {
        FileKind::Model => (ResourceType::Model, patches.model(root, name, stem), path.relative.to_string()),
        FileKind::Seed => (ResourceType::Seed, patches.seed(root, name, stem), path.relative.to_string()),
        FileKind::Function => (ResourceType::Function, patches.function(root, name, stem), path.relative.to_string()),
        FileKind::Analysis => {
            (ResourceType::Analysis, patches.analysis(name, stem), format!("analysis/{}", path.relative))
        }
        FileKind::SingularTest => {
            let shown = without_jinja_extension(&path.relative).to_string();
            (ResourceType::DataTest, patches.singular_test(name, stem), shown)
        }
        _ => return None,
    };
    let patch = patch.or_else(|| freed_patch(universe, patches, kind, name, stem));
    let (raw_code, offset) = if kind == ResourceType::Seed { ("", 0) } else { file.contents() };
    let mut draft = Draft {
        kind,
        package,
        name: stem.to_string(),
        fqn: fqn(name, &shown, false, stem),
        path: shown,
        original_file_path: path.original.to_string(),
        file: path.full.clone(),
        place: Span::new(path.full.clone(), offset..offset + first_line(raw_code)),
        raw_code,
        offset,
        checksum: checksum_of(&file.checksum),
        patch,
        id_rest: None,
    };
    if let Some(version) = patch.and_then(|patch| patch.version) {
        let version = patch::version(&version.v.value);
        let name = patch.map_or(stem, |patch| patch.node.name.as_str());
        draft.name = name.to_string();
        draft.id_rest = Some(format!("{name}.v{version}"));
        draft.fqn.pop();
        draft.fqn.extend([Arc::from(name), Arc::from(format!("v{version}"))]);
    }
    Some(draft)
}

fn first_line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

pub(super) fn checksum_of(checksum: &checksum::Checksum) -> Checksum {
    Checksum { algorithm: checksum.name().into(), value: checksum.value().to_string() }
}

/// A `{% snapshot %}` block.
struct SnapshotBlock<'p> {
    package: &'p PackageInput,
    path: &'p FilePath,
    /// Of the whole file: as in dbt, a change of one block is a change of all that stand in it.
    checksum: &'p checksum::Checksum,
    name: String,
    code: &'p str,
    offset: usize,
    place: Span,
}

fn snapshot_blocks<'p>(universe: &Universe<'p>, diagnostics: &mut Vec<Diagnostic>) -> Vec<SnapshotBlock<'p>> {
    let mut found = Vec::new();
    for package in &universe.input.packages {
        for file in package.files.iter().filter(|file| file.file.kind == FileKind::Snapshot) {
            let path = &file.file.path;
            match parse_blocks(&path.full, &file.text, BlockFile::Snapshots) {
                Err(diagnostic) => diagnostics.push(diagnostic),
                Ok(blocks) => {
                    let snapshots = blocks.into_iter().filter(|block| block.kind == BlockKind::Snapshot);
                    found.extend(snapshots.map(|block| {
                        let range = block.contents.as_usize();
                        SnapshotBlock {
                            package,
                            path,
                            checksum: &file.checksum,
                            code: file.text.get(range.clone()).unwrap_or_default(),
                            offset: range.start,
                            place: Span::new(path.full.clone(), block.range.as_usize()),
                            name: block.declared_name,
                        }
                    }));
                }
            }
        }
    }
    found
}

impl<'p> SnapshotBlock<'p> {
    fn draft(&self, universe: &Universe<'_>, patches: &PatchIndex<'p>) -> Draft<'p> {
        let package = self.package.file.name.as_str();
        Draft {
            kind: ResourceType::Snapshot,
            package: self.package,
            fqn: fqn(package, &self.path.relative, true, &self.name),
            name: self.name.clone(),
            path: self.path.relative.to_string(),
            original_file_path: self.path.original.to_string(),
            file: self.path.full.clone(),
            place: self.place.clone(),
            raw_code: self.code,
            offset: self.offset,
            checksum: checksum_of(self.checksum),
            patch: patches.snapshot(universe.name().as_str(), package, &self.name),
            id_rest: None,
        }
    }
}

fn yaml_snapshot_code(patch: Patch<'_>) -> String {
    let relation = patch.snapshot.and_then(|snapshot| snapshot.relation.as_ref()).map_or("", |text| text.as_str());
    format!("select * from {{{{ {relation} }}}}")
}

/// A snapshot that stands in a properties file alone.
fn yaml_snapshot<'p>(universe: &Universe<'p>, patch: Patch<'p>, code: &'p str) -> Option<Draft<'p>> {
    let package = universe.package(&patch.file.package)?;
    let name = patch.node.name.as_str();
    let path = &patch.file.path;
    Some(Draft {
        kind: ResourceType::Snapshot,
        package,
        fqn: fqn(&patch.file.package, &path.relative, false, name),
        name: name.to_string(),
        path: format!("{}/{name}.sql", path.relative),
        original_file_path: path.original.to_string(),
        file: path.full.clone(),
        place: patch.node.name.span.clone(),
        raw_code: code,
        offset: 0,
        checksum: checksum_of(&patch.file.checksum),
        patch: Some(patch),
        id_rest: None,
    })
}

fn build(universe: &Universe<'_>, draft: &Draft<'_>) -> Outcome {
    let mut diagnostics = Vec::new();
    let mut node = empty(universe, draft);
    let view = relation_name::view_of(universe, &node);
    let source = Source { text: draft.raw_code, file: &draft.file, offset: draft.offset };
    let package = draft.package.file.name.as_str();
    let scope = || universe.scope(Pass::Parse, Some(view.clone()));
    let asked = match node.language {
        _ if draft.kind == ResourceType::Function => template::capture(universe, package, source, scope),
        Language::Sql => template::capture(universe, package, source, scope),
        Language::Python => {
            python::capture(PythonSource { text: source.text, file: source.file, offset: source.offset })
        }
    };
    let mut captured = match asked {
        Ok(captured) => captured,
        Err(diagnostic) => {
            diagnostics.push(in_node(diagnostic, &node));
            Captured::default()
        }
    };
    let config = configure(universe, draft, &mut node, &captured.config, &mut diagnostics);
    describe(universe, draft, &mut node, &mut diagnostics);
    check(&node, draft, &mut diagnostics);
    if let Err(diagnostic) = name(universe, &mut node, &config) {
        diagnostics.push(diagnostic.at(draft.place.clone()));
    }
    for hook in node.config.pre_hooks.iter().chain(&node.config.post_hooks) {
        let source = Source { text: &hook.sql, file: &draft.file, offset: 0 };
        match template::capture(universe, package, source, scope) {
            Ok(more) => captured.add(more),
            Err(diagnostic) => diagnostics.push(hook_failed(diagnostic, draft)),
        }
    }
    foreign_keys(&mut captured, &mut node, draft, &mut diagnostics);
    if draft.kind == ResourceType::Seed && !(captured.refs.is_empty() && captured.sources.is_empty()) {
        diagnostics.push(seed_with_references(&node, draft));
    }
    diagnostics.extend(super::unsupported::in_configs(&node, &draft.place));
    let mut finished = UnresolvedNode::finished(universe, node, captured, &config, draft.place.clone());
    if let Some(patch) = &draft.patch {
        finished.column_places = patch::column_places(&patch.columns());
    }
    (Some(finished), diagnostics)
}

/// Seeds are where the graph begins.
fn seed_with_references(node: &Node, draft: &Draft<'_>) -> Diagnostic {
    let shown = |name: &str, hook: &crate::manifest::HookConfig| format!("- {name}: \"{}\"", hook.sql);
    let before = node.config.pre_hooks.iter().map(|hook| shown("pre_hook", hook));
    let after = node.config.post_hooks.iter().map(|hook| shown("post_hook", hook));
    let hooks: Vec<String> = before.chain(after).collect();
    let message = format!(
        "Seeds cannot depend on other nodes. dbt detected a seed with a pre- or post-hook that calls 'ref', 'source', or \
         'metric', either directly or indirectly via other macros.\nError raised for '{}', which has these hooks defined:\n{}",
        node.unique_id,
        hooks.join("\n")
    );
    let error = Diagnostic::error(ErrorCode::InvalidConfig, message).at(draft.place.clone());
    in_node(error.hint("move the statement into a model that reads the seed, or into on-run-end"), node)
}

fn hook_failed(mut diagnostic: Diagnostic, draft: &Draft<'_>) -> Diagnostic {
    diagnostic.primary = None;
    diagnostic.secondary.clear();
    diagnostic.labelled(draft.place.clone(), "in a hook of this node")
}

/// The node as far as its file alone says.
pub(super) fn empty(universe: &Universe<'_>, draft: &Draft<'_>) -> Node {
    let package = draft.package.file.name.as_str();
    let rest = draft.id_rest.as_deref().unwrap_or(&draft.name);
    let version = draft.patch.and_then(|patch| patch.version).map(|version| patch::version(&version.v.value));
    let target = &universe.input.domain.target;
    Node {
        unique_id: universe.id(draft.kind.as_str(), package, rest),
        domain: universe.name().clone(),
        package_name: package.into(),
        name: draft.name.as_str().into(),
        fqn: draft.fqn.clone(),
        path: draft.path.clone(),
        original_file_path: draft.original_file_path.clone(),
        patch_path: draft.patch.map(|patch| patch.file.patch_path()),
        raw_code: draft.raw_code.into(),
        language: if draft.file.ends_with(".py") { Language::Python } else { Language::Sql },
        checksum: draft.checksum.clone(),
        description: String::new(),
        doc_blocks: Vec::new(),
        columns: indexmap::IndexMap::new(),
        config: Arc::new(NodeConfig { enabled: true, ..NodeConfig::default() }),
        unrendered_config: Arc::default(),
        relation: Some(crate::manifest::Relation {
            quoting: universe.input.domain.quoting,
            ..crate::manifest::Relation::new(&*target.database, &*target.schema, draft.name.as_str())
        }),
        alias: draft.name.clone(),
        refs: Vec::new(),
        sources: Vec::new(),
        functions: Vec::new(),
        metrics: Vec::new(),
        depends_on: DependsOn::default(),
        show_in_docs: true,
        node_color: None,
        kind: kind(draft, version),
    }
}

fn kind(draft: &Draft<'_>, version: Option<Version>) -> NodeKind {
    match draft.kind {
        ResourceType::Seed => NodeKind::Seed(Seed { root: draft.package.file.folder.clone() }),
        ResourceType::Snapshot => NodeKind::Snapshot(Snapshot),
        ResourceType::Analysis => NodeKind::Analysis(Analysis),
        ResourceType::Function => NodeKind::Function(Box::new(patch::function(draft.patch))),
        ResourceType::DataTest => NodeKind::DataTest(Box::default()),
        _ => {
            let properties = draft.patch.and_then(|patch| patch.model);
            let latest = version.as_ref().and(properties).and_then(|model| model.latest()).map(patch::version);
            let of_version =
                draft.patch.and_then(|patch| patch.version).and_then(|version| version.deprecation_date.as_ref());
            let date = match version {
                Some(_) => of_version,
                None => properties.and_then(|model| model.deprecation_date.as_ref()),
            };
            NodeKind::Model(Box::new(Model {
                version,
                latest_version: latest,
                deprecation_date: date.map(|date| date.value.with_offset().isoformat()),
                constraints: draft.patch.map(|patch| patch::constraints(patch.constraints())).unwrap_or_default(),
                time_spine: properties.and_then(|model| model.time_spine.as_ref()).map(patch::time_spine),
                ..Model::default()
            }))
        }
    }
}

/// Adds the configs up and reads them; returns the sum.
fn configure(
    universe: &Universe<'_>,
    draft: &Draft<'_>,
    node: &mut Node,
    calls: &ConfigMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> ConfigMap {
    let mut properties = draft.patch.map(|patch| patch.config());
    if node.language == Language::Python && draft.kind == ResourceType::Model {
        // Wherever the project file says otherwise: a Python model becomes a table unless it is told itself.
        properties.get_or_insert_default().entry("materialized").or_insert_with(|| "table".into());
    }
    let mut sum = universe.config(draft.kind, draft.package, &draft.fqn, properties.as_ref(), calls);
    let quote_columns = draft.patch.and_then(|patch| patch.node.quote_columns);
    if let (ResourceType::Seed, Some(quote)) = (draft.kind, quote_columns) {
        let slot = sum.entry("quote_columns").or_insert(serde_json::Value::Null);
        if slot.is_null() {
            *slot = quote.into();
        }
    }
    let as_written = universe.root().file.flags.behavior(BehaviorFlag::StateComparesUnrenderedValues);
    let unrendered = match draft.patch {
        Some(patch) if as_written => Some(patch.unrendered_config()),
        _ => properties.clone(),
    };
    node.unrendered_config =
        universe.unrendered_config(draft.kind, draft.package, &draft.fqn, unrendered.as_ref(), calls);
    let (config, problems) = typed(draft.kind, sum.clone());
    for problem in problems {
        diagnostics.push(
            Diagnostic::error(ErrorCode::InvalidConfig, problem.message)
                .labelled(draft.place.clone(), format!("config '{}'", problem.name))
                .for_node(node.unique_id.as_arc().clone()),
        );
    }
    let docs = config.values.get("docs");
    let docs = |name: &str| docs.and_then(|docs| docs.get(name));
    node.show_in_docs = docs("show").and_then(serde_json::Value::as_bool).unwrap_or(true);
    node.node_color = docs("node_color").and_then(serde_json::Value::as_str).map(str::to_string);
    node.config = Arc::new(config);
    if let NodeKind::Model(model) = &mut node.kind {
        match node.config.values.get("access").and_then(serde_json::Value::as_str) {
            None => {}
            Some(word) => match Access::parse(word) {
                Some(access) => model.access = access,
                None => diagnostics.push(
                    Diagnostic::error(
                        ErrorCode::InvalidConfig,
                        format!("Node {} has an invalid value ({word}) for the access field", node.unique_id),
                    )
                    .at(draft.place.clone())
                    .hint("private, protected or public")
                    .for_node(node.unique_id.as_arc().clone()),
                ),
            },
        }
    }
    sum
}

fn describe(universe: &Universe<'_>, draft: &Draft<'_>, node: &mut Node, diagnostics: &mut Vec<Diagnostic>) {
    let Some(patch) = draft.patch else { return };
    let package = draft.package.file.name.as_str();
    let place = patch.node.description.as_ref().map_or(&patch.node.span, |text| &text.span);
    let (description, blocks) = universe.docs.render(universe, package, patch.description(), place, diagnostics);
    node.description = description;
    node.doc_blocks = blocks;
    node.columns = patch::columns(universe, package, &patch.columns(), diagnostics);
    if let NodeKind::Model(model) = &mut node.kind
        && node.config.contract.enforced
    {
        model.contract_checksum = Some(contract_checksum(&node.columns, model, &node.config));
    }
}

/// dbt's checksum of an enforced contract: names, types and constraints of the columns, and what the whole model promises.
fn contract_checksum(
    columns: &indexmap::IndexMap<String, crate::manifest::Column>,
    model: &Model,
    config: &NodeConfig,
) -> String {
    use crate::manifest::Materialization::{Incremental, Table};
    let mut sorted: Vec<_> = columns.values().collect();
    sorted.sort_by(|left, right| left.name.cmp(&right.name));
    let mut state = String::new();
    for column in sorted {
        let data_type = column.data_type.as_deref().unwrap_or("None");
        let constraints: Vec<String> = column
            .constraints
            .iter()
            .map(|constraint| python_constraint("ColumnLevelConstraint", constraint))
            .collect();
        state.push_str(&format!("|{}{data_type}[{}]", column.name, constraints.join(", ")));
    }
    if matches!(config.materialized, Table | Incremental) {
        let constraints: Vec<String> =
            model.constraints.iter().map(|constraint| python_constraint("ModelLevelConstraint", constraint)).collect();
        state.push_str(&format!("{}[{}]", config.materialized.as_str(), constraints.join(", ")));
    }
    match checksum::Checksum::of_bytes(state.as_bytes()) {
        checksum::Checksum::Sha256(hex) => hex,
        _ => String::new(),
    }
}

/// A constraint as Python prints dbt's dataclass, so that checksums compare equal.
fn python_constraint(class: &str, constraint: &crate::manifest::Constraint) -> String {
    use crate::jinja::value::{list, repr};
    use minijinja::Value;
    let text =
        |text: &Option<String>| text.as_ref().map_or("None".to_string(), |text| repr(&Value::from(text.as_str())));
    let texts = |texts: &[String]| repr(&list(texts.iter().map(|text| Value::from(text.as_str())).collect()));
    let flag = |flag: bool| if flag { "True" } else { "False" };
    let kind = &constraint.constraint_type;
    let columns =
        if class.starts_with("Model") { format!(", columns={}", texts(&constraint.columns)) } else { String::new() };
    format!(
        "{class}(type=<ConstraintType.{kind}: '{kind}'>, name={}, expression={}, warn_unenforced={}, warn_unsupported={}, \
         to={}, to_columns={}{columns})",
        text(&constraint.name),
        text(&constraint.expression),
        flag(constraint.warn_unenforced),
        flag(constraint.warn_unsupported),
        text(&constraint.to),
        texts(&constraint.to_columns)
    )
}

/// What dbt checks of a node once its configs and properties are known.
fn check(node: &Node, draft: &Draft<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut wrong = |message: String, hint: &str| {
        let diagnostic = Diagnostic::error(ErrorCode::InvalidConfig, message).at(draft.place.clone());
        let diagnostic = if hint.is_empty() { diagnostic } else { diagnostic.hint(hint) };
        diagnostics.push(diagnostic.for_node(node.unique_id.as_arc().clone()));
    };
    if node.resource_type() == ResourceType::Snapshot && node.config.enabled {
        for message in snapshot_problems(node) {
            wrong(message, "");
        }
    }
    if let Some(model) = node.as_model()
        && node.config.contract.enforced
        && node.config.enabled
    {
        let missing: Vec<&str> = node
            .columns
            .values()
            .filter(|column| column.data_type.is_none())
            .map(|column| column.name.as_str())
            .collect();
        if node.columns.is_empty() {
            wrong(
                format!(
                    "Constraints must be defined in a `yml` schema configuration file like `schema.yml`. Only the columns \
                     of the model are checked by its contract: {} names none",
                    node.name
                ),
                "list the columns with their data_type in a properties file",
            );
        } else if !missing.is_empty() {
            wrong(
                format!(
                    "Contracted models require data_type to be defined for each column. Please ensure that the column name \
                     and data_type are defined within the YAML configuration for the {missing:?} column(s)."
                ),
                "",
            );
        }
        let keys: Vec<&str> = node
            .columns
            .values()
            .filter(|column| column.constraints.iter().any(|constraint| constraint.constraint_type == "primary_key"))
            .map(|column| column.name.as_str())
            .collect();
        let has_model_key = model.constraints.iter().any(|constraint| constraint.constraint_type == "primary_key");
        if keys.len() > 1 {
            wrong(
                format!(
                    "Primary key constraint error: ({})\nFound {} columns ({keys:?}) with primary key constraints defined. \
                     Primary keys for multiple columns must be defined as a model level constraint.",
                    node.original_file_path,
                    keys.len()
                ),
                "",
            );
        }
        if !keys.is_empty() && has_model_key {
            wrong(
                format!(
                    "Primary key constraint error: ({})\nPrimary key constraints defined at the model level and the columns \
                     level. Primary keys can be defined at the model level or the column level, not both.",
                    node.original_file_path
                ),
                "",
            );
        }
    }
}

fn snapshot_problems(node: &Node) -> Vec<String> {
    let config = &node.config;
    let mut problems = Vec::new();
    let (strategy, key) = (config.text("strategy"), config.get("unique_key"));
    if strategy.is_none() || key.is_none() {
        problems.push("Snapshots must be configured with a 'strategy' and 'unique_key'.".to_string());
    }
    match strategy {
        Some("check") => match config.get("check_cols") {
            None => problems.push(
                "A snapshot configured with the check strategy must specify a check_cols configuration.".to_string(),
            ),
            Some(serde_json::Value::String(word)) if word != "all" => {
                problems.push(format!("Invalid value for 'check_cols': {word}. Expected 'all' or a list of strings."));
            }
            Some(_) => {}
        },
        Some("timestamp") => {
            if config.get("updated_at").is_none() {
                problems.push(
                    "A snapshot configured with the timestamp strategy must specify an updated_at configuration."
                        .to_string(),
                );
            }
            if config.get("check_cols").is_some() {
                problems.push("A 'timestamp' snapshot should not have 'check_cols'".to_string());
            }
        }
        _ => {}
    }
    problems
}

/// Generates the names of the relation.
pub(super) fn name(universe: &Universe<'_>, node: &mut Node, config: &ConfigMap) -> Result<(), Diagnostic> {
    relation_name::assign(universe, node, &CustomName::from_config(config))
}

/// References in foreign keys are references of the model.
fn foreign_keys(captured: &mut Captured, node: &mut Node, draft: &Draft<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let NodeKind::Model(model) = &mut node.kind else { return };
    let of_columns = node.columns.values_mut().flat_map(|column| &mut column.constraints);
    for constraint in of_columns.chain(&mut model.constraints) {
        let Some(to) = constraint.to.as_ref().filter(|_| constraint.constraint_type == "foreign_key") else { continue };
        constraint.target = super::others::literal_reference(&draft.file, to);
        match &constraint.target {
            Some(Reference::Ref(call)) => captured.refs.push((call.clone(), None)),
            Some(Reference::Source(call)) => captured.sources.push((call.clone(), None)),
            None => diagnostics.push(
                Diagnostic::error(
                    ErrorCode::InvalidConfig,
                    format!(
                        "Invalid 'ref' or 'source' syntax on foreign key constraint 'to' on model {}: {to}.",
                        node.name
                    ),
                )
                .at(draft.place.clone())
                .hint("write it like a call: to: ref('customers')"),
            ),
        }
    }
}

/// A diagnostic that says in which node it happened.
pub(super) fn in_node(diagnostic: Diagnostic, node: &Node) -> Diagnostic {
    diagnostic.for_node(node.unique_id.as_arc().clone())
}
