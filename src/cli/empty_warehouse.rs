//! An empty database in memory with the databases of the mesh, and what is known of tables that no SQL of it makes.

use super::Failed;
use super::load::Loaded;
use crate::adapter::duckdb::{AdapterError, Attachment, Connection, Database, Settings};
use crate::adapter::seed::infer_seed_table;
use crate::adapter::{DuckDbWarehouse, NoListener};
use crate::artifacts::catalog_columns;
use crate::check::{Given, TypedColumn};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{Manifest, Node, NodeKind};
use crate::project::tree::{FileTree, join};
use crate::sql::SqlEngine;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Databases that every instance of DuckDB has.
const ALWAYS_THERE: [&str; 3] = ["memory", "system", "temp"];

/// An empty database with everything that SQL of the mesh can name: its databases, and the extensions and settings of its
/// profile as far as they are on this machine.
pub(super) fn open(loaded: &Loaded) -> Result<DuckDbWarehouse, Failed> {
    let main = loaded.workspace.main_domain();
    let own = super::database::settings(&main.profile.credentials, &main.database_path);
    let settings = Settings {
        // Nothing is fetched: what is not installed here is told when SQL asks for it.
        config: vec![
            ("autoinstall_known_extensions".to_string(), "false".to_string()),
            // Nothing is ever computed: what a session hands to other threads costs more than it saves.
            ("threads".to_string(), "1".to_string()),
        ],
        attach: databases(&loaded.manifest).into_iter().map(in_memory).collect(),
        default_database: Some(main.domain.target.database.clone()).filter(|name| is_made(name)),
        ..Settings::in_memory()
    };
    let database = Database::open(&settings).map_err(|cause| failed(&cause))?;
    let connection = database.connect().map_err(|cause| failed(&cause))?;
    let loads = own.extensions.iter().map(|extension| format!("LOAD {}", extension.name));
    // The time zone decides on types, and so may other settings; one that is refused does not.
    let sets = own.settings.iter().map(|(key, value)| format!("SET GLOBAL {key} = '{}'", value.replace('\'', "''")));
    for statement in loads.chain(sets) {
        let _ = connection.execute(&statement);
    }
    Ok(DuckDbWarehouse::new(database, false, Arc::new(NoListener)))
}

/// A connection for the engine's parser, opened when it is first asked.
#[derive(Default)]
pub(super) struct Parser(OnceLock<Option<(Database, Mutex<Connection>)>>);

impl Parser {
    fn ask<T>(&self, question: impl FnOnce(&Connection) -> Result<T, String>) -> Result<T, String> {
        let open = || {
            let database = Database::open(&Settings::in_memory()).ok()?;
            let connection = Mutex::new(database.connect().ok()?);
            Some((database, connection))
        };
        let (_, connection) = self.0.get_or_init(open).as_ref().ok_or("no database can be opened")?;
        question(&connection.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SqlEngine for Parser {
    fn serialize(&self, sql: &str) -> Result<serde_json::Value, String> {
        self.ask(|connection| connection.serialize(sql))
    }

    fn canonical(&self, sql: &str) -> Result<String, String> {
        self.ask(|connection| connection.canonical(sql))
    }
}

fn failed(cause: &AdapterError) -> Failed {
    Failed(vec![Diagnostic::error(ErrorCode::EngineSetting, cause.to_string())])
}

fn is_made(name: &str) -> bool {
    !name.is_empty() && !ALWAYS_THERE.contains(&name)
}

/// The databases that relations of the mesh stand in.
fn databases(manifest: &Manifest) -> BTreeSet<String> {
    let relations = manifest.nodes.values().filter_map(|node| node.relation.as_ref());
    let named = relations.filter_map(|relation| relation.database.as_deref()).map(str::to_lowercase);
    named.filter(|name| is_made(name)).collect()
}

fn in_memory(alias: String) -> Attachment {
    Attachment { path: ":memory:".to_string(), alias: Some(alias), ..Attachment::default() }
}

/// Seeds by their files, sources by the last catalog.
pub(super) struct GivenTables<'a> {
    tree: &'a dyn FileTree,
    catalog: HashMap<(String, String, String), Vec<TypedColumn>>,
}

impl<'a> GivenTables<'a> {
    /// Seeds are read from `tree`; what the last `docs generate` saw counts for sources.
    pub fn new(loaded: &Loaded, tree: &'a dyn FileTree) -> Self {
        let path = loaded.setup.target_folder(&loaded.workspace).join("catalog.json");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let column = |(name, data_type)| TypedColumn { name, data_type };
        let catalog = catalog_columns(&text).into_iter();
        let catalog = catalog.map(|(key, columns)| (key, columns.into_iter().map(column).collect()));
        GivenTables { tree, catalog: catalog.collect() }
    }

    fn seed(&self, root: &str, node: &Node) -> Result<Option<Vec<TypedColumn>>, String> {
        let path = join(root, &node.original_file_path);
        let bytes = self.tree.read_bytes(&path).map_err(|cause| cause.to_string())?;
        let config = &node.config.values;
        let delimiter = config.get("delimiter").and_then(serde_json::Value::as_str).unwrap_or(",");
        let types = config.get("column_types").and_then(serde_json::Value::as_object).into_iter().flatten();
        let types: BTreeMap<String, String> =
            types.filter_map(|(name, given)| Some((name.clone(), given.as_str()?.to_string()))).collect();
        let table = infer_seed_table(&bytes, delimiter, &types).map_err(|cause| cause.to_string())?;
        let column =
            |column: crate::adapter::seed::SeedColumn| TypedColumn { name: column.name, data_type: column.data_type };
        Ok(Some(table.columns.into_iter().map(column).collect()))
    }
}

impl Given for GivenTables<'_> {
    fn columns(&self, node: &Node) -> Result<Option<Vec<TypedColumn>>, String> {
        match &node.kind {
            NodeKind::Seed(seed) => self.seed(&seed.root, node),
            NodeKind::Source(_) => {
                Ok(node.relation.as_ref().and_then(|relation| self.catalog.get(&relation.key())).cloned())
            }
            _ => Ok(None),
        }
    }
}
