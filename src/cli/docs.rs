//! `docs generate`: the manifest, compiled, and the catalog of what is really there.

use super::arguments::DocsGenerateArguments;
use super::execute::{engine_failed, run_nodes, succeeded};
use super::load::Loaded;
use super::{Done, Failed, run_operation};
use crate::artifacts::{CatalogArtifact, CatalogRow};
use crate::jinja::context::DuckDBRelation;
use crate::jinja::value::{Table, list, to_str};
use crate::jinja::warehouse::{Session, Warehouse};
use crate::manifest::{Domain, Relation};
use crate::run::EventKind;
use minijinja::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Runs the command.
pub(super) fn generate(loaded: &Loaded, arguments: &DocsGenerateArguments) -> Done {
    let written = |cause: crate::artifacts::ArtifactError| Failed(vec![cause.to_diagnostic()]);
    let mut good = true;
    let mut rows = Vec::new();
    if arguments.compile || !arguments.empty_catalog {
        let ran = run_nodes(loaded)?;
        good = succeeded(loaded, &ran.outcome);
        loaded.write_manifest(&ran.compiled, None).map_err(written)?;
        loaded.write_results(&ran.outcome, &loaded.invocation_args).map_err(written)?;
        if !arguments.empty_catalog {
            loaded.console().event(EventKind::Note { message: "Building catalog".to_string() });
            let session = ran.warehouse.session().map_err(|cause| engine_failed(&cause))?;
            rows = catalog(loaded, &ran.program, &session)?;
        }
    } else {
        loaded.write_manifest(&HashMap::new(), None).map_err(written)?;
    }
    let invocation = loaded.artifact_invocation();
    let catalog = CatalogArtifact::new(&loaded.manifest, loaded.view(), &rows, Vec::new(), &invocation);
    loaded.write("CatalogArtifact", "catalog.json", &catalog).map_err(written)?;
    let path = loaded.target_folder().join("catalog.json");
    loaded.console().event(EventKind::Note { message: format!("Catalog written to {}", path.display()) });
    Ok(good)
}

/// Every column of everything that stands in the schemas of the mesh, by its macros.
fn catalog(
    loaded: &Loaded,
    program: &Arc<crate::compile::Program>,
    session: &Arc<dyn Session>,
) -> Result<Vec<CatalogRow>, Failed> {
    let mut rows = Vec::new();
    let mut asked: BTreeSet<(String, String)> = BTreeSet::new();
    for domain in loaded.manifest.domains.values() {
        for (database, (relation, schemas)) in schemas(loaded, domain) {
            let new: Vec<Value> = schemas
                .into_iter()
                .filter(|schema| asked.insert((database.clone(), schema.clone())))
                .map(Value::from)
                .collect();
            if new.is_empty() {
                continue;
            }
            let argument =
                DuckDBRelation::new(Relation { schema: None, identifier: None, ..relation }, None).into_value();
            let table = run_operation::call(program, domain, "get_catalog", &[argument, list(new)], session)?;
            rows.extend(table.downcast_object_ref::<Table>().map(catalog_rows).unwrap_or_default());
        }
    }
    Ok(rows)
}

/// The schemas that a domain's nodes stand in, by database, each database with one of its relations.
fn schemas(loaded: &Loaded, domain: &Domain) -> BTreeMap<String, (Relation, BTreeSet<String>)> {
    let mut schemas: BTreeMap<String, (Relation, BTreeSet<String>)> = BTreeMap::new();
    for node in loaded.manifest.nodes.values().filter(|node| node.domain == domain.name) {
        let Some(relation) = node.relation.as_ref().filter(|_| node.relation_name().is_some()) else { continue };
        let (Some(database), Some(schema)) = (&relation.database, &relation.schema) else { continue };
        let entry = schemas.entry(database.to_string()).or_insert_with(|| (relation.clone(), BTreeSet::new()));
        entry.1.insert(schema.to_string());
    }
    schemas
}

fn catalog_rows(table: &Table) -> Vec<CatalogRow> {
    let place = |name: &str| table.column_names().iter().position(|known| known.eq_ignore_ascii_case(name));
    let names = ["table_database", "table_schema", "table_name", "table_type", "table_comment", "table_owner"];
    let columns = ["column_name", "column_index", "column_type", "column_comment"];
    let places: HashMap<&str, usize> =
        names.iter().chain(&columns).filter_map(|name| Some((*name, place(name)?))).collect();
    let rows = table.rows().iter().map(|row| {
        let value = |name: &str| places.get(name).and_then(|place| row.values().get(*place));
        let optional = |name: &str| value(name).filter(|value| !value.is_none()).map(to_str);
        let text = |name: &str| optional(name).unwrap_or_default();
        CatalogRow {
            table_database: text("table_database"),
            table_schema: text("table_schema"),
            table_name: text("table_name"),
            table_type: text("table_type"),
            table_comment: optional("table_comment"),
            table_owner: optional("table_owner"),
            column_name: text("column_name"),
            column_index: text("column_index").parse().unwrap_or_default(),
            column_type: text("column_type"),
            column_comment: optional("column_comment"),
        }
    });
    rows.collect()
}
