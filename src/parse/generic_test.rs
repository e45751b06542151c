//! Generic tests: one node for each entry of `data_tests:`.
//!
//! Names and ids are dbt's to the letter, since state comparison and orchestrators rely on them.
//! Source: <https://docs.getdbt.com/docs/build/data-tests#generic-data-tests>.

use super::PackageInput;
use super::config::typed;
use super::node::{self, Draft, in_node};
use super::patch::{Patch, Properties};
use super::relation_name;
use super::template::{self, Captured};
use super::universe::{Universe, fqn};
use super::unresolved::UnresolvedNode;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::context::Pass;
use crate::jinja::runtime::Phase;
use crate::jinja::value::{dict, from_json, repr, to_str};
use crate::jinja::{Unit, parse_template};
use crate::manifest::{
    Checksum, ConfigMap, JsonMap, NodeKind, RefCall, ResourceType, SourceCall, TestMetadata, UniqueId, Version,
};
use crate::project::properties::{ColumnProperties, TestDefinition};
use crate::project::render::{RenderString, has_jinja};
use crate::project::yaml::{Yaml, YamlValue};
use minijinja::Value;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// What a test is written on.
#[derive(Clone)]
enum Tested<'p> {
    Node { name: &'p str, version: Option<Version> },
    Source { source: &'p str, table: &'p str },
}

/// One entry of `data_tests:`, with all that surrounds it.
struct Entry<'p> {
    file: &'p Properties,
    package: &'p PackageInput,
    tested: Tested<'p>,
    definition: &'p TestDefinition,
    column: Option<&'p ColumnProperties>,
    /// Tags of the column or source that the test inherits.
    tags: Vec<String>,
    /// `models.<name>`, `sources.<name>`...
    file_key_name: String,
}

/// All generic tests of a domain. `nodes` are what tests can be attached to.
pub(super) fn parse(
    universe: &Universe<'_>,
    properties: &[Properties],
    nodes: &[UnresolvedNode],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<UnresolvedNode> {
    let entries: Vec<Entry<'_>> = properties.iter().flat_map(|file| entries_of(universe, file)).collect();
    let attachable = Attachable::new(nodes);
    let parsed: Vec<(Option<UnresolvedNode>, Vec<Diagnostic>)> = entries
        .par_iter()
        .map(|entry| {
            let mut found = Vec::new();
            (build(universe, entry, &attachable, &mut found), found)
        })
        .collect();
    let mut tests = Vec::with_capacity(parsed.len());
    for (test, found) in parsed {
        tests.extend(test);
        diagnostics.extend(found);
    }
    tests
}

/// The nodes that a test can be attached to, by package and name.
struct Attachable<'n> {
    nodes: HashMap<(&'n str, String), &'n UnresolvedNode>,
}

impl<'n> Attachable<'n> {
    fn new(nodes: &'n [UnresolvedNode]) -> Self {
        let mut index = HashMap::new();
        for unresolved in nodes.iter().filter(|unresolved| unresolved.node.resource_type().is_refable()) {
            let node = &unresolved.node;
            index.insert((&*node.package_name, node.search_name()), unresolved);
            let latest = node.as_model().and_then(|model| model.latest_version.as_ref());
            if node.version().is_some() && latest == node.version() {
                index.entry((&*node.package_name, node.name.to_string())).or_insert(unresolved);
            }
        }
        Attachable { nodes: index }
    }

    fn find(&self, package: &str, tested: &Tested<'_>) -> Option<&'n UnresolvedNode> {
        let Tested::Node { name, version } = tested else { return None };
        let search = match version {
            Some(version) => format!("{name}.v{version}"),
            None => (*name).to_string(),
        };
        self.nodes.get(&(package, search)).copied()
    }
}

fn entries_of<'p>(universe: &Universe<'p>, file: &'p Properties) -> Vec<Entry<'p>> {
    let Some(package) = universe.package(&file.package) else { return Vec::new() };
    let mut entries = Vec::new();
    let mut add = |tested: Tested<'p>,
                   key: &str,
                   columns: &[&'p ColumnProperties],
                   tests: &'p [TestDefinition],
                   tags: &[String]| {
        let of_columns =
            columns.iter().flat_map(|column| column.data_tests.iter().map(move |test| (test, Some(*column))));
        for (definition, column) in of_columns.chain(tests.iter().map(|test| (test, None))) {
            let mut tags = tags.to_vec();
            if let Some(column) = column {
                tags.extend(column.tags.iter().map(|tag| tag.as_str().to_string()));
                let config = column.config.as_ref().and_then(|config| config.get("tags")).map(Yaml::to_json);
                tags.extend(super::patch::texts(config.as_ref()));
            }
            let (tested, file_key_name) = (tested.clone(), key.to_string());
            entries.push(Entry { file, package, tested, definition, column, tags, file_key_name });
        }
    };
    for model in &file.content.models {
        let name = model.node.name.as_str();
        let key = format!("models.{name}");
        if model.versions.is_empty() {
            let columns: Vec<_> = model.node.columns.iter().collect();
            add(Tested::Node { name, version: None }, &key, &columns, &model.node.data_tests, &[]);
        }
        for version in &model.versions {
            let patch = Patch {
                file,
                node: &model.node,
                model: Some(model),
                version: Some(version),
                snapshot: None,
                function: None,
            };
            let tests = version.data_tests.as_deref().unwrap_or(&model.node.data_tests);
            let number = super::patch::version(&version.v.value);
            add(Tested::Node { name, version: Some(number) }, &key, &patch.columns(), tests, &[]);
        }
    }
    let others = file.content.seeds.iter().map(|seed| (seed, "seeds"));
    let others = others.chain(file.content.snapshots.iter().map(|snapshot| (&snapshot.node, "snapshots")));
    for (node, section) in others {
        let name = node.name.as_str();
        let columns: Vec<_> = node.columns.iter().collect();
        let key = format!("{section}.{name}");
        add(Tested::Node { name, version: None }, &key, &columns, &node.data_tests, &[]);
    }
    for source in &file.content.sources {
        for table in &source.tables {
            let tested = Tested::Source { source: source.name.as_str(), table: table.name.as_str() };
            let tags = source.tags.iter().chain(&table.tags).map(|tag| tag.as_str().to_string()).collect::<Vec<_>>();
            let columns: Vec<_> = table.columns.iter().collect();
            let key = format!("sources.{}", source.name.as_str());
            add(tested, &key, &columns, &table.data_tests, &tags);
        }
    }
    entries
}

fn build(
    universe: &Universe<'_>,
    entry: &Entry<'_>,
    attachable: &Attachable<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnresolvedNode> {
    let definition = entry.definition;
    let package = entry.package.file.name.as_str();
    let kwargs = kwargs(entry);
    let config = rendered_config(universe, entry, diagnostics);
    let names = names(entry, &kwargs);
    let mut config = config;
    if names.short != names.full && !config.contains_key("alias") && definition.name.is_none() {
        config.insert("alias".to_string(), names.short.as_str().into());
    }
    let metadata = TestMetadata {
        name: definition.test_name.to_string(),
        kwargs,
        namespace: definition.namespace.as_deref().map(str::to_string),
    };
    let raw_code = raw_code(&metadata, &config);
    let hash = id_hash(&names.full, &metadata);
    let path = &entry.file.path;
    let below = path.original.split_once('/').map_or(&*path.original, |(_, below)| below);
    let draft = Draft {
        kind: ResourceType::DataTest,
        package: entry.package,
        fqn: fqn(package, below, false, &names.full),
        name: names.full.clone(),
        path: format!("{}.sql", names.short),
        original_file_path: path.original.to_string(),
        file: path.full.clone(),
        place: definition.span.clone(),
        raw_code: &raw_code,
        offset: 0,
        checksum: Checksum { algorithm: "none".into(), value: String::new() },
        patch: None,
        id_rest: Some(format!("{}.{hash}", names.full)),
    };
    let mut node = node::empty(universe, &draft);
    let (captured, calls) = captured(universe, entry, &node, &metadata, &config, diagnostics)?;
    let sum = universe.config(ResourceType::DataTest, entry.package, &draft.fqn, None, &calls);
    node.unrendered_config =
        universe.unrendered_config(ResourceType::DataTest, entry.package, &draft.fqn, None, &calls);
    let (mut typed, problems) = typed(ResourceType::DataTest, sum.clone());
    for problem in problems {
        let diagnostic = Diagnostic::error(ErrorCode::InvalidConfig, problem.message);
        diagnostics
            .push(in_node(diagnostic.labelled(definition.span.clone(), format!("config '{}'", problem.name)), &node));
    }
    typed.tags.extend(entry.tags.iter().cloned());
    typed.tags.sort();
    typed.tags.dedup();
    if let Some(description) = &definition.description {
        let text = description.as_str().unwrap_or_default();
        (node.description, node.doc_blocks) =
            universe.docs.render(universe, package, text, &description.span, diagnostics);
    }
    let attached =
        attachable.find(package, &entry.tested).or_else(|| attachable.find(universe.name().as_str(), &entry.tested));
    if let Some(attached) = attached {
        typed.group = attached.node.config.group.clone();
    }
    node.config = Arc::new(typed);
    if let NodeKind::DataTest(test) = &mut node.kind {
        test.metadata = Some(metadata);
        test.column_name = column_name(entry);
        test.file_key_name = Some(entry.file_key_name.clone());
        test.attached_node = attached.map(|attached| attached.node.unique_id.clone());
    }
    if let Err(diagnostic) = node::name(universe, &mut node, &sum) {
        diagnostics.push(diagnostic.at(definition.span.clone()));
    }
    Some(UnresolvedNode::finished(universe, node, captured, &sum, definition.span.clone()))
}

fn column_name(entry: &Entry<'_>) -> Option<String> {
    let column = entry.column?;
    let name = column.name.as_str();
    Some(if column.quote == Some(true) { format!("\"{name}\"") } else { name.to_string() })
}

/// The arguments of the test as written, `column_name` and `model` among them.
fn kwargs(entry: &Entry<'_>) -> JsonMap {
    let mut kwargs = JsonMap::new();
    for (name, value) in entry.definition.arguments.iter() {
        kwargs.insert(name.to_python_str(), value.to_json());
    }
    if let Some(column) = column_name(entry) {
        kwargs.insert("column_name".to_string(), column.into());
    }
    let model = match &entry.tested {
        Tested::Node { name, version: Some(version) } => format!("ref('{name}', version='{version}')"),
        Tested::Node { name, version: None } => format!("ref('{name}')"),
        Tested::Source { source, table } => format!("source('{source}', '{table}')"),
    };
    kwargs.insert("model".to_string(), format!("{{{{ get_where_subquery({model}) }}}}").into());
    kwargs
}

/// The configs of the test, templates in them rendered.
fn rendered_config(universe: &Universe<'_>, entry: &Entry<'_>, diagnostics: &mut Vec<Diagnostic>) -> ConfigMap {
    let mut config = ConfigMap::new();
    for (name, value) in entry.definition.config.iter() {
        let Some(name) = name.as_str() else { continue };
        let value = match &value.value {
            YamlValue::String(text) if has_jinja(text) => {
                let scope = Arc::new(universe.scope(Pass::Execute, None));
                let renderer = super::YamlRenderer::new(scope, universe.macros.without_macros());
                match renderer.render(text, &value.span) {
                    Ok(rendered) => Yaml::new(value.span.clone(), rendered).to_json(),
                    Err(diagnostic) => {
                        diagnostics.push(diagnostic);
                        continue;
                    }
                }
            }
            _ => value.to_json(),
        };
        if !value.is_null() {
            config.insert(name.to_string(), value);
        }
    }
    config
}

/// What a test is called: `full` in its id, `short` as its file and alias.
struct Names {
    short: String,
    full: String,
}

fn names(entry: &Entry<'_>, kwargs: &JsonMap) -> Names {
    if let Some(own) = &entry.definition.name {
        let own = own.as_str().map_or_else(|| own.to_python_str(), str::to_string);
        return Names { short: own.clone(), full: own };
    }
    let test = &*entry.definition.test_name;
    let (mut kind, target) = match &entry.tested {
        Tested::Node { name, version: Some(version) } => (test.to_string(), format!("{name}_v{version}")),
        Tested::Node { name, version: None } => (test.to_string(), (*name).to_string()),
        Tested::Source { source, table } => (format!("source_{test}"), format!("{source}_{table}")),
    };
    if let Some(namespace) = &entry.definition.namespace {
        kind = format!("{namespace}_{kind}");
    }
    let (short, full) = synthesize_names(&kind, &target, kwargs);
    Names { short, full }
}

/// dbt's name for a test from what it is and its arguments: a short one of at most 63 letters, and the full one.
pub fn synthesize_names(kind: &str, target: &str, kwargs: &JsonMap) -> (String, String) {
    let mut names: Vec<&String> = kwargs.keys().filter(|name| *name != "model").collect();
    names.sort();
    let mut parts: Vec<String> = Vec::new();
    for name in names {
        match &kwargs[name] {
            Json::Object(entries) => parts.extend(entries.values().map(python_str)),
            Json::Array(items) => parts.extend(items.iter().map(python_str)),
            other => parts.push(python_str(other)),
        }
    }
    let clean: Vec<String> = parts.iter().map(|part| only_word_characters(part)).collect();
    let identifier = format!("{kind}_{target}");
    let full = format!("{identifier}_{}", clean.join("__"));
    if full.chars().count() < 64 {
        return (full.clone(), full);
    }
    let start: String = identifier.chars().take(30).collect();
    (format!("{start}_{}", md5(&full)), full)
}

fn only_word_characters(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut replaced = false;
    for letter in text.chars() {
        let is_word = letter.is_ascii_alphanumeric() || letter == '_';
        if is_word {
            clean.push(letter);
        } else if !replaced {
            clean.push('_');
        }
        replaced = !is_word;
    }
    clean
}

/// Python's `str` of a value.
fn python_str(json: &Json) -> String {
    to_str(&from_json(json))
}

fn md5(text: &str) -> String {
    use md5::Digest;
    md5::Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The last ten letters of the MD5 of the name and everything that was written, as dbt makes it.
fn id_hash(name: &str, metadata: &TestMetadata) -> String {
    let namespace = metadata.namespace.as_ref().map_or(Json::Null, |namespace| namespace.as_str().into());
    let entries = [
        ("kwargs", Json::Object(metadata.kwargs.clone())),
        ("name", metadata.name.as_str().into()),
        ("namespace", namespace),
    ];
    let hashable: Vec<(Value, Value)> =
        entries.iter().map(|(name, value)| (Value::from(*name), hashable(value))).collect();
    let hash = md5(&format!("{name}{}", repr(&dict(hashable.into_iter().collect()))));
    hash[hash.len() - 10..].to_string()
}

/// Every leaf as text, every dict sorted.
fn hashable(json: &Json) -> Value {
    match json {
        Json::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            dict(sorted.into_iter().map(|(name, value)| (Value::from(name.as_str()), hashable(value))).collect())
        }
        Json::Array(items) => crate::jinja::value::list(items.iter().map(hashable).collect()),
        other => Value::from(python_str(other)),
    }
}

/// The template that dbt writes for a test.
fn raw_code(metadata: &TestMetadata, config: &ConfigMap) -> String {
    let name = match &metadata.namespace {
        Some(namespace) => format!("{namespace}.test_{}", metadata.name),
        None => format!("test_{}", metadata.name),
    };
    let configs: Vec<String> = config
        .iter()
        .map(|(key, value)| match value {
            Json::String(text) => format!("{key}=\"{}\"", text.replace('"', "\\\"")),
            other => format!("{key}={}", python_str(other)),
        })
        .collect();
    let config = if configs.is_empty() { String::new() } else { format!("{{{{ config({}) }}}}", configs.join(",")) };
    format!("{{{{ {name}(**_dbt_generic_test_kwargs) }}}}{config}")
}

/// What the test refers to, and the sum of its configs and those of its macro.
fn captured(
    universe: &Universe<'_>,
    entry: &Entry<'_>,
    node: &crate::manifest::Node,
    metadata: &TestMetadata,
    config: &ConfigMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Captured, ConfigMap)> {
    let package = entry.package.file.name.as_str();
    let name = format!("test_{}", metadata.name);
    let searched = metadata.namespace.as_deref().unwrap_or(package);
    let library = &universe.macros.library;
    let Some(definition) = library.resolve(searched, &name) else {
        diagnostics.push(in_node(unknown_test(universe, entry, metadata), node));
        return None;
    };
    let id = template::macro_id(universe, &definition.unique_id);
    let is_plain = ["macro.dbt.test_not_null", "macro.dbt.test_unique"].contains(&&*definition.unique_id);
    if is_plain {
        let mut captured = Captured { macros: vec![id], ..Captured::default() };
        match &entry.tested {
            Tested::Node { name, version } => {
                let call = RefCall { package: None, name: (*name).to_string(), version: version.clone() };
                captured.refs.push((call, Some(entry.definition.span.clone())));
            }
            Tested::Source { source, table } => {
                let call = SourceCall { source_name: (*source).to_string(), table_name: (*table).to_string() };
                captured.sources.push((call, Some(entry.definition.span.clone())));
            }
        }
        return Some((captured, config.clone()));
    }
    match rendered(universe, node, metadata, &entry.definition.span, package) {
        Ok(mut captured) => {
            captured.macros.retain(|called| *called != id);
            captured.macros.insert(0, id);
            // The test's own entry has been written into its template, behind what its macro says.
            let mut calls = config.clone();
            super::config::add_call(&mut calls, &captured.config);
            Some((captured, calls))
        }
        Err(mut diagnostic) => {
            diagnostic.primary = None;
            diagnostics.push(in_node(diagnostic.at(entry.definition.span.clone()), node));
            None
        }
    }
}

fn rendered(
    universe: &Universe<'_>,
    node: &crate::manifest::Node,
    metadata: &TestMetadata,
    place: &Span,
    package: &str,
) -> Result<Captured, Diagnostic> {
    let namespace = universe.namespace(package);
    let view = relation_name::view_of(universe, node);
    let scope = Arc::new(universe.scope(Pass::Parse, Some(view.clone())));
    let mut kwargs = indexmap::IndexMap::new();
    let called: RefCell<Vec<UniqueId>> = RefCell::default();
    for (name, argument) in &metadata.kwargs {
        let render = |text: &str| -> Result<Value, Diagnostic> {
            let body = parse_template(&place.file, text)?;
            let unit = Unit::native("argument", &place.file, &body);
            let rendered = universe.engine.render_native(Phase::Parse, &unit, &namespace, scope.clone());
            let rendered = rendered.map_err(|cause| cause.into_diagnostic())?;
            called.borrow_mut().extend(rendered.macros_called.iter().map(|id| template::macro_id(universe, id)));
            Ok(rendered.output)
        };
        let value = if name == "column_name" {
            from_json(argument)
        } else {
            crate::jinja::context::map_test_argument(argument, &render)?
        };
        kwargs.insert(Value::from(name.as_str()), value);
    }
    let mut captured = template::collected(&scope);
    captured.add(Captured { macros: called.into_inner(), ..Captured::default() });
    let scope = universe.scope(Pass::Parse, Some(view)).with_local(crate::jinja::context::TEST_KWARGS, dict(kwargs));
    let body = parse_template(&place.file, &node.raw_code)?;
    let unit = Unit::template(&node.name, &place.file, &body);
    let own = template::render(universe, &unit, &namespace, Arc::new(scope))?;
    captured.config = own.config.clone();
    captured.add(own);
    Ok(captured)
}

fn unknown_test(universe: &Universe<'_>, entry: &Entry<'_>, metadata: &TestMetadata) -> Diagnostic {
    let name = format!("test_{}", metadata.name);
    let message = format!(
        "'{name}' is undefined. This can happen when calling a macro that does not exist. Check for typos and/or install \
         package dependencies with \"dbt deps\"."
    );
    let known: Vec<String> = universe
        .macros
        .library
        .definitions()
        .filter_map(|definition| definition.name.strip_prefix("test_").map(str::to_string))
        .collect();
    let diagnostic = Diagnostic::error(ErrorCode::UnknownTest, message).at(entry.definition.span.clone());
    let nearest = crate::diagnostic::closest(&metadata.name, known.iter().map(String::as_str));
    match (nearest, &metadata.namespace) {
        (Some(nearest), _) => diagnostic.hint(format!("did you mean '{nearest}'?")),
        (None, Some(namespace)) => diagnostic.hint(format!("is the package '{namespace}' installed? meshbuild deps")),
        (None, None) => diagnostic.hint(format!("define it: {{% test {}(model) %}} in tests/generic", metadata.name)),
    }
}
