//! Where a node is built: the `generate_*_name` macros.
//! Sources: <https://docs.getdbt.com/docs/build/custom-schemas>, <https://docs.getdbt.com/docs/build/custom-aliases>,
//! <https://docs.getdbt.com/docs/build/custom-databases>.

use super::universe::Universe;
use super::unresolved::CustomName;
use crate::diagnostic::Diagnostic;
use crate::jinja::context::{NodeView, Pass};
use crate::jinja::runtime::Phase;
use crate::jinja::value::{from_json, to_str};
use crate::jinja::{MacroDefinition, MacroLibrary};
use crate::manifest::{Node, QuotePolicy, Relation, ResourceType};
use minijinja::Value;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A part of a relation's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Database,
    Schema,
    Alias,
}

impl Part {
    fn macro_name(self) -> &'static str {
        match self {
            Part::Database => "generate_database_name",
            Part::Schema => "generate_schema_name",
            Part::Alias => "generate_alias_name",
        }
    }
}

/// Names by part and by what the config says.
type KnownNames = HashMap<(Part, Option<String>), Option<String>>;

/// Which parts a project or package names by macros of its own. Where nobody does, names follow from the configs alone
/// and each is computed once.
#[derive(Debug)]
pub(super) struct NameMacros {
    overridden: [bool; 3],
    known: Mutex<KnownNames>,
}

impl NameMacros {
    pub fn new(library: &MacroLibrary) -> Self {
        let is_overridden = |part: Part| {
            let name = part.macro_name();
            library.definitions().any(|definition| {
                !super::macros::INTERNAL_PACKAGES.contains(&&*definition.package)
                    && (*definition.name == *name
                        || definition.name.strip_suffix(name).is_some_and(|rest| rest.ends_with("__")))
            })
        };
        NameMacros {
            overridden: [Part::Database, Part::Schema, Part::Alias].map(is_overridden),
            known: Mutex::default(),
        }
    }

    fn is_overridden(&self, part: Part) -> bool {
        self.overridden[part as usize]
    }
}

/// Sets the relation and the alias of a node.
///
/// # Errors
/// When a macro of the project fails.
pub(super) fn assign(universe: &Universe<'_>, node: &mut Node, custom: &CustomName) -> Result<(), Diagnostic> {
    let target = &universe.input.domain.target;
    let mut database = part(universe, node, Part::Database, custom.database.as_deref())?;
    let mut schema = part(universe, node, Part::Schema, custom.schema.as_deref())?;
    let alias = part(universe, node, Part::Alias, custom.alias.as_deref())?;
    if node.resource_type() == ResourceType::Snapshot {
        database = custom.target_database.clone().or(database);
        schema = custom.target_schema.clone().or(schema);
    }
    node.alias = alias.unwrap_or_else(|| node.name.to_string());
    let database = database.unwrap_or_else(|| target.database.clone());
    let schema = schema.unwrap_or_else(|| target.schema.clone());
    let quoting = quoting(universe.input.domain.quoting, node.config.values.get("quoting"));
    node.relation = Some(Relation { quoting, ..Relation::new(database, schema, node.alias.as_str()) });
    Ok(())
}

/// The project's quoting with a node's own laid over it.
pub(super) fn quoting(base: QuotePolicy, own: Option<&Json>) -> QuotePolicy {
    let flag = |name: &str, base: bool| own.and_then(|own| own.get(name)).and_then(Json::as_bool).unwrap_or(base);
    QuotePolicy {
        database: flag("database", base.database),
        schema: flag("schema", base.schema),
        identifier: flag("identifier", base.identifier),
    }
}

fn part(universe: &Universe<'_>, node: &Node, part: Part, custom: Option<&str>) -> Result<Option<String>, Diagnostic> {
    if universe.names.is_overridden(part) {
        return call(universe, node, part, custom, Some(&view_of(universe, node)));
    }
    if part == Part::Alias {
        return Ok(Some(default_alias(node, custom)));
    }
    let key = (part, custom.map(str::to_string));
    if let Some(known) = universe.names.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(known.clone());
    }
    let name = call(universe, node, part, custom, None)?;
    universe.names.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, name.clone());
    Ok(name)
}

/// What the built-in `generate_alias_name` says; written here as well because it is asked for every test.
fn default_alias(node: &Node, custom: Option<&str>) -> String {
    match (custom.map(str::trim).filter(|custom| !custom.is_empty()), node.version()) {
        (Some(custom), _) => custom.to_string(),
        (None, Some(version)) => format!("{}_v{}", node.name, version.to_string().replace('.', "_")),
        (None, None) => node.name.to_string(),
    }
}

fn call(
    universe: &Universe<'_>,
    node: &Node,
    part: Part,
    custom: Option<&str>,
    view: Option<&NodeView>,
) -> Result<Option<String>, Diagnostic> {
    let Some(definition) = find(universe, &node.package_name, part.macro_name()) else { return Ok(None) };
    let custom = custom.map_or(Value::from(()), Value::from);
    let shown = match view {
        Some(_) => from_json(&(universe.context.node_dict)(node)),
        None => from_json(&Json::Object(serde_json::Map::new())),
    };
    let scope = Arc::new(universe.scope(Pass::GenerateName, view.cloned()));
    let namespace = universe.namespace(&node.package_name);
    let called = universe.engine.call_macro(Phase::Execute, &definition, &[custom, shown], &namespace, scope);
    let name = called.map_err(|cause| cause.into_diagnostic().for_node(node.unique_id.as_arc().clone()))?.output;
    Ok((!name.is_none()).then(|| to_str(&name).trim().to_string()))
}

/// A package's own macro names the package's nodes; else the project's, else the built-in one.
fn find(universe: &Universe<'_>, package: &str, name: &str) -> Option<Arc<MacroDefinition>> {
    let namespace = universe.namespace(package);
    let of = |package: &str| namespace.get_from_package(Some(package), name).ok().flatten();
    of(package).or_else(|| of(universe.name().as_str())).or_else(|| of("dbt"))
}

/// The node as its templates see it while the project is parsed.
pub(super) fn view_of(universe: &Universe<'_>, node: &Node) -> NodeView {
    let (shown, dict) = (Arc::new(node.clone()), universe.context.node_dict.clone());
    NodeView {
        unique_id: node.unique_id.clone(),
        name: node.name.clone(),
        package_name: node.package_name.clone(),
        resource_type: node.resource_type().as_str(),
        original_file_path: node.original_file_path.as_str().into(),
        relation: node.relation.clone(),
        config: node.config.values.clone(),
        depends_on: None,
        dict: Arc::new(move || from_json(&dict(&shown))),
    }
}
