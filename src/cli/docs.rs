//! `docs generate`: the manifest, compiled, and the catalog of what is really there.

use super::arguments::DocsGenerateArguments;
use super::execute::{engine_failed, run_nodes, succeeded};
use super::load::Loaded;
use super::selection::choose;
use super::{Done, Failed, database, run_operation};
use crate::artifacts::{ArtifactError, CatalogArtifact, CatalogRow};
use crate::jinja::context::DuckDBRelation;
use crate::jinja::value::{Table, list, to_str};
use crate::jinja::warehouse::{Session, Warehouse};
use crate::manifest::{Domain, Relation};
use crate::run::EventKind;
use crate::selector::{self, Index};
use minijinja::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;
use walkdir::WalkDir;

/// Runs the command.
pub(super) fn generate(loaded: &Loaded, arguments: &DocsGenerateArguments) -> Done {
    let written = |cause: ArtifactError| Failed(vec![cause.to_diagnostic()]);
    let ran = match arguments.compile {
        true => Some(run_nodes(loaded)?),
        false => None,
    };
    if let Some(ran) = &ran {
        loaded.write_results(&ran.outcome, &loaded.invocation_args).map_err(written)?;
        if !succeeded(loaded, &ran.outcome) {
            let message = "compile failed, cannot generate docs".to_string();
            loaded.console().event(EventKind::Note { message });
            loaded.write_manifest(&ran.compiled, None).map_err(written)?;
            return Ok(false);
        }
    }
    copy_assets(loaded).map_err(written)?;
    let mut rows = Vec::new();
    if !arguments.empty_catalog {
        loaded.console().event(EventKind::Note { message: "Building catalog".to_string() });
        let opened = match &ran {
            Some(_) => None,
            None => Some(database::open(loaded.workspace.main_domain(), loaded.console())?),
        };
        let warehouse = ran.as_ref().map(|ran| &ran.warehouse).or(opened.as_ref());
        if let Some(warehouse) = warehouse {
            let session = warehouse.session().map_err(|cause| engine_failed(&cause))?;
            let program = ran.as_ref().map_or_else(|| Arc::new(loaded.program()), |ran| ran.program.clone());
            rows = catalog(loaded, &program, &session)?;
        }
    }
    let invocation = loaded.artifact_invocation();
    let mut catalog = CatalogArtifact::new(&loaded.manifest, loaded.view(), &rows, Vec::new(), &invocation);
    if !arguments.selection.is_everything() {
        let chosen = choose(loaded, &Index::new(&loaded.manifest), &arguments.selection, selector::Command::List)?;
        let shown: HashSet<_> = chosen.iter().map(|id| loaded.view().id(id)).collect();
        catalog = catalog.only(|id| shown.contains(id));
    }
    loaded.write("CatalogArtifact", "catalog.json", &catalog).map_err(written)?;
    if let Some(ran) = &ran {
        loaded.write_manifest(&ran.compiled, None).map_err(written)?;
    }
    let path = loaded.target_folder().join("catalog.json");
    loaded.console().event(EventKind::Note { message: format!("Catalog written to {}", path.display()) });
    Ok(true)
}

/// Copies the folders of `asset-paths` into the target folder, in the place of what was copied before.
fn copy_assets(loaded: &Loaded) -> Result<(), ArtifactError> {
    let domain = loaded.workspace.main_domain();
    let project = loaded.workspace.root.join(&domain.domain.root);
    for folder in &domain.projects[0].paths.assets {
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(folder).components().all(inside) {
            let message = format!("`asset-paths`: {folder} is not a folder of the project and was not copied");
            loaded.console().event(EventKind::Note { message });
            continue;
        }
        let (from, to) = (project.join(folder), loaded.target_folder().join(folder));
        let failed = |path: &Path, source: io::Error| ArtifactError { path: path.to_path_buf(), source };
        match std::fs::remove_dir_all(&to) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(failed(&to, cause)),
            _ => {}
        }
        if !from.is_dir() {
            continue;
        }
        for entry in WalkDir::new(&from).sort_by_file_name() {
            let entry = entry.map_err(|cause| failed(&from, cause.into()))?;
            let target = to.join(entry.path().strip_prefix(&from).unwrap_or(entry.path()));
            let copied = match entry.file_type().is_dir() {
                true => std::fs::create_dir_all(&target),
                false => std::fs::copy(entry.path(), &target).map(|_| ()),
            };
            copied.map_err(|cause| failed(&target, cause))?;
        }
    }
    Ok(())
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
