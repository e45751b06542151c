//! `catalog.json`, version 1: the tables and columns that are really there.
//! Source: <https://schemas.getdbt.com/dbt/catalog/v1.json>

use super::manifest::ManifestView;
use super::metadata::{Invocation, Metadata};
use crate::manifest::{Manifest, ResourceType, UniqueId};
use indexmap::IndexMap;
use serde::Serialize;
use std::collections::HashMap;

/// One column of one table or view, as the engine's catalog tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogRow {
    /// Database.
    pub table_database: String,
    /// Schema.
    pub table_schema: String,
    /// Table or view.
    pub table_name: String,
    /// `BASE TABLE`, `VIEW`.
    pub table_type: String,
    /// Comment on the table.
    pub table_comment: Option<String>,
    /// Owner of the table.
    pub table_owner: Option<String>,
    /// Column.
    pub column_name: String,
    /// Place of the column, from 1.
    pub column_index: i64,
    /// Type.
    pub column_type: String,
    /// Comment on the column.
    pub column_comment: Option<String>,
}

/// Database, schema and name of a table in lower case.
type TableKey = (String, String, String);
/// The columns of a table in order, as name and type.
type Columns = Vec<(String, String)>;

/// The columns, as name and type, of every table of a `catalog.json`, by database, schema and name in lower case. A text
/// that is no catalog has none.
pub fn catalog_columns(text: &str) -> HashMap<TableKey, Columns> {
    let catalog: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let tables = ["nodes", "sources"].into_iter().filter_map(|section| catalog.get(section)?.as_object());
    tables.flat_map(serde_json::Map::values).filter_map(read_table).collect()
}

fn read_table(table: &serde_json::Value) -> Option<(TableKey, Columns)> {
    let text = |name: &str| table.get("metadata")?.get(name)?.as_str().map(str::to_lowercase);
    let mut columns: Vec<(i64, (String, String))> = Vec::new();
    for column in table.get("columns")?.as_object()?.values() {
        let name = column.get("name")?.as_str()?.to_string();
        let data_type = column.get("type")?.as_str()?.to_string();
        columns.push((column.get("index")?.as_i64()?, (name, data_type)));
    }
    columns.sort();
    let key = (text("database")?, text("schema")?, text("name")?);
    Some((key, columns.into_iter().map(|(_, column)| column).collect()))
}

/// The catalog, ready to be serialized.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogArtifact {
    metadata: Metadata,
    nodes: IndexMap<String, Table>,
    sources: IndexMap<String, Table>,
    errors: Option<Vec<String>>,
}

impl CatalogArtifact {
    /// The catalog of what `view` shows of `manifest`. Rows of other tables are left out; `errors` are those met while
    /// the engine was asked.
    pub fn new(
        manifest: &Manifest,
        view: ManifestView<'_>,
        rows: &[CatalogRow],
        errors: Vec<String>,
        invocation: &Invocation,
    ) -> Self {
        let mut tables = tables(rows);
        // Two sources can name one table: each gets it.
        let (mut nodes, mut sources) = (IndexMap::new(), IndexMap::new());
        for node in manifest.nodes.values().filter(|node| view.shows(Some(&node.domain))) {
            let Some(relation) = node.relation.as_ref().filter(|_| node.relation_name().is_some()) else { continue };
            let Some(table) = tables.get_mut(&relation.key()) else { continue };
            let unique_id = view.id(&node.unique_id).into_owned();
            let table = Table { unique_id: Some(unique_id.clone()), ..table.clone() };
            let section = if node.resource_type() == ResourceType::Source { &mut sources } else { &mut nodes };
            section.insert(unique_id, table);
        }
        let errors = (!errors.is_empty()).then_some(errors);
        CatalogArtifact { metadata: Metadata::new("catalog", 1, invocation), nodes, sources, errors }
    }

    /// The same without the tables of nodes that `keeps` says no to; it is given ids as the catalog shows them.
    #[must_use]
    pub fn only(mut self, keeps: impl Fn(&str) -> bool) -> Self {
        self.nodes.retain(|id, _| keeps(id));
        self.sources.retain(|id, _| keeps(id));
        self
    }

    /// Ids of nodes and sources that have a table, in order.
    pub fn ids(&self) -> impl Iterator<Item = UniqueId> {
        self.nodes.keys().chain(self.sources.keys()).map(|id| UniqueId::from(id.as_str()))
    }
}

#[derive(Debug, Clone, Serialize)]
struct Table {
    metadata: TableMetadata,
    columns: IndexMap<String, ColumnMetadata>,
    stats: IndexMap<&'static str, Statistic>,
    unique_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct TableMetadata {
    #[serde(rename = "type")]
    table_type: String,
    schema: String,
    name: String,
    database: Option<String>,
    comment: Option<String>,
    owner: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct ColumnMetadata {
    #[serde(rename = "type")]
    column_type: String,
    index: i64,
    name: String,
    comment: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Statistic {
    id: &'static str,
    label: &'static str,
    value: bool,
    include: bool,
    description: &'static str,
}

type Key = (String, String, String);

fn tables(rows: &[CatalogRow]) -> HashMap<Key, Table> {
    let mut tables: HashMap<Key, Table> = HashMap::new();
    for row in rows {
        let key = (row.table_database.to_lowercase(), row.table_schema.to_lowercase(), row.table_name.to_lowercase());
        let table = tables.entry(key).or_insert_with(|| new_table(row));
        let column = ColumnMetadata {
            column_type: row.column_type.clone(),
            index: row.column_index,
            name: row.column_name.clone(),
            comment: row.column_comment.clone(),
        };
        table.columns.insert(row.column_name.clone(), column);
    }
    for table in tables.values_mut() {
        table.columns.sort_by(|_, left, _, right| left.index.cmp(&right.index));
    }
    tables
}

fn new_table(row: &CatalogRow) -> Table {
    // dbt writes this one entry for an engine that tells no statistics.
    let statistic = Statistic {
        id: "has_stats",
        label: "Has Stats?",
        value: false,
        include: false,
        description: "Indicates whether there are statistics for this table",
    };
    Table {
        metadata: TableMetadata {
            table_type: row.table_type.clone(),
            schema: row.table_schema.clone(),
            name: row.table_name.clone(),
            database: Some(row.table_database.clone()),
            comment: row.table_comment.clone(),
            owner: row.table_owner.clone(),
        },
        columns: IndexMap::new(),
        stats: IndexMap::from([("has_stats", statistic)]),
        unique_id: None,
    }
}
