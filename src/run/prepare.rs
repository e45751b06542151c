//! Before the first node: schemas are made once, what exists is listed once, what is read from elsewhere must be there.

use super::execute::is_built;
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::Engine;
use crate::jinja::context::{DuckDBRelation, NodeScope, Pass};
use crate::jinja::runtime::Phase;
use crate::jinja::value::to_str;
use crate::jinja::warehouse::{Fetch, Session, WarehouseError};
use crate::manifest::{Node, NodeKind, QuotePolicy, Relation, UniqueId};
use crate::plan::Plan;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// Makes the schemas that the tasks of `plan` write to, and lists what stands in every schema that they touch.
///
/// # Errors
/// What the engine says.
pub fn prepare(program: &Arc<Program>, plan: &Plan, session: &Arc<dyn Session>) -> Result<(), WarehouseError> {
    for domain in program.manifest.domains.values() {
        if let Some(Err(message)) = program.statement_comment(domain, None).map(|comment| comment.text) {
            return Err(WarehouseError { message: message.to_string(), offset: None, cancelled: false });
        }
    }
    let existing = existing_schemas(&**session)?;
    let mut touched: BTreeMap<(String, String), (Relation, Arc<Node>)> = BTreeMap::new();
    for task in plan.tasks() {
        let Some(node) = program.manifest.node(&task.unique_id) else { continue };
        let writes = is_built(node) || stores_failures(program, node) || matches!(node.kind, NodeKind::Function(_));
        if let Some(relation) = node.relation.as_ref().filter(|_| writes) {
            let (database, schema, _) = relation.key();
            touched.entry((database, schema)).or_insert_with(|| (relation.clone(), node.clone()));
        }
    }
    for (key, (relation, node)) in &touched {
        if !existing.contains(key) {
            create_schema(program, relation, node, session)?;
        }
        let part = |part: &Option<Arc<str>>| part.as_deref().unwrap_or_default().to_string();
        let (database, schema) = (part(&relation.database), part(&relation.schema));
        let listed = session.relations(&database, &schema)?;
        program.cache.fill(&database, &schema, listed);
    }
    Ok(())
}

/// Whether the failing rows of a test are kept in a table.
pub(super) fn stores_failures(program: &Program, node: &Node) -> bool {
    let flag = program.invocation.flag("STORE_FAILURES");
    matches!(node.kind, NodeKind::DataTest(_)) && (flag || node.config.store_failures == Some(true))
}

fn existing_schemas(session: &dyn Session) -> Result<HashSet<(String, String)>, WarehouseError> {
    let sql =
        "select lower(catalog_name) as database, lower(schema_name) as name from system.information_schema.schemata";
    let rows = session.execute(sql, Fetch::All)?.rows.unwrap_or_default();
    let text = |row: usize, name: &str| rows.get(row, name).map(to_str).unwrap_or_default();
    Ok((0..rows.len()).map(|row| (text(row, "database"), text(row, "name"))).collect())
}

fn create_schema(
    program: &Arc<Program>,
    relation: &Relation,
    node: &Arc<Node>,
    session: &Arc<dyn Session>,
) -> Result<(), WarehouseError> {
    let failed = |message: String| WarehouseError { message, offset: None, cancelled: false };
    let (Some(domain), Some(macros)) = (program.manifest.domain(&node.domain), program.macros.get(&node.domain)) else {
        return Ok(());
    };
    let namespace = macros.namespace(domain.name.as_str());
    let of = |package: &str| namespace.get_from_package(Some(package), "create_schema").ok().flatten();
    let Some(definition) = of(domain.name.as_str()).or_else(|| of("dbt")) else {
        return Err(failed("there is no macro create_schema".to_string()));
    };
    let scope = NodeScope::new(Pass::Execute, program.invocation.clone(), domain.clone(), None, program.clone())
        .with_session(session.clone(), program.cache.clone());
    let named = Relation { identifier: None, quoting: QuotePolicy { ..relation.quoting }, ..relation.clone() };
    let argument = DuckDBRelation::new(named, None).into_value();
    let called = Engine::new().call_macro(Phase::Execute, &definition, &[argument], &namespace, Arc::new(scope));
    called.map_err(|cause| failed(cause.message))?;
    session.commit()
}

/// Relations of other domains that the tasks read, that are not built by them, and that do not exist.
///
/// # Errors
/// What the engine says when it lists a schema.
pub fn missing_relations(
    program: &Arc<Program>,
    plan: &Plan,
    session: &Arc<dyn Session>,
) -> Result<Option<Diagnostic>, WarehouseError> {
    let planned: HashSet<&UniqueId> = plan.tasks().iter().map(|task| &task.unique_id).collect();
    let mut missing: BTreeMap<&UniqueId, &UniqueId> = BTreeMap::new();
    for task in plan.tasks() {
        let Some(reader) = program.manifest.node(&task.unique_id) else { continue };
        if !matches!(reader.kind, NodeKind::Model(_) | NodeKind::Snapshot(_)) {
            continue;
        }
        for id in &reader.depends_on.nodes {
            let Some(node) = program.manifest.node(id) else { continue };
            let is_foreign = node.domain != reader.domain && !planned.contains(id) && is_built(node);
            if !is_foreign || program.run.deferred.contains_key(id) {
                continue;
            }
            let Some(relation) = &node.relation else { continue };
            let part = |part: &Option<Arc<str>>| part.as_deref().unwrap_or_default().to_string();
            let (database, schema, name) =
                (part(&relation.database), part(&relation.schema), part(&relation.identifier));
            if program.cache.find(&**session, &database, &schema, &name)?.is_none() {
                missing.entry(id).or_insert(&reader.unique_id);
            }
        }
    }
    if missing.is_empty() {
        return Ok(None);
    }
    let lines: Vec<String> = missing
        .iter()
        .filter_map(|(id, reader)| {
            let relation = program.manifest.node(id)?.relation.as_ref()?;
            Some(format!("- {relation} ({id}), read by {reader}"))
        })
        .collect();
    let domains: BTreeSet<&str> =
        missing.keys().filter_map(|id| program.manifest.node(id)).map(|node| node.domain.as_str()).collect();
    let flags: Vec<String> = domains.iter().map(|domain| format!("--domain {domain}")).collect();
    let message =
        format!("The selected nodes read relations of other domains that do not exist:\n{}", lines.join("\n"));
    Ok(Some(
        Diagnostic::error(ErrorCode::ForeignRelationsMissing, message)
            .hint(format!("build them first: meshbuild build {}", flags.join(" ")))
            .hint("or read them from elsewhere: --defer --state <folder of an earlier run>"),
    ))
}
