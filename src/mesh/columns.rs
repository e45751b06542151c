//! Column lineage across nodes: every column of every node, and the columns of other nodes that it comes from.

use crate::manifest::{Relation, UniqueId};
use crate::sql::{
    Columns, Keys, KeysOf, Lineage, Nulls, SqlEngine, TableReference, TextSpan, Transformation, lineage_with_engine,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

/// A node whose columns are traced.
#[derive(Debug, Clone)]
pub struct TracedNode {
    /// Its id.
    pub id: UniqueId,
    /// Where it is built; nodes that are not have none.
    pub relation: Option<Relation>,
    /// Its columns in order, where they are known.
    pub columns: Option<Vec<String>>,
    /// The query that gives them; seeds and sources have none.
    pub query: Option<Arc<str>>,
    /// Columns in lower case that are promised to be never null.
    pub not_null: BTreeSet<String>,
    /// Sets of columns in lower case that are promised to be unique.
    pub unique: BTreeSet<BTreeSet<String>>,
}

/// Whether a column can be null, for all that is known of the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nullability {
    /// Nobody knows.
    #[default]
    Unknown,
    /// It never is: its SQL keeps nulls away, or a constraint or test of it or of what it comes from does.
    NotNull,
    /// It may be: its SQL can make a null whatever it reads.
    Nullable,
}

/// What a column comes from: a column of a node of the mesh, or of something that it does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A node.
    Node(UniqueId),
    /// A relation, file or table function, as the SQL names it.
    Outside(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Node(id) => id.fmt(f),
            Origin::Outside(name) => f.write_str(name),
        }
    }
}

/// A column of a node: the name in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId {
    /// Whose.
    pub of: Origin,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ColumnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.of, self.name)
    }
}

/// One column flows into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnEdge {
    /// The column that is read.
    pub from: ColumnId,
    /// How.
    pub transformation: Transformation,
    /// Where the reader's query first names it.
    pub span: TextSpan,
}

/// What is known of one column: its name in lower case, what it comes from, and why that is not known, or not all of it.
#[derive(Debug, Clone)]
struct TracedColumn {
    name: String,
    edges: Vec<ColumnEdge>,
    unknown: Option<String>,
    nulls: ColumnNulls,
}

/// Whether a column can be null: see [`Nulls`].
#[derive(Debug, Clone)]
enum ColumnNulls {
    Told(Nullability),
    As { columns: Vec<ColumnId>, exact: bool },
}

/// Keys that a query has when each of some nodes has a key among some columns: see [`Keys`].
#[derive(Debug, Clone)]
struct TracedKeys {
    of: TracedKeysOf,
    conditions: Vec<(Origin, BTreeSet<String>)>,
}

#[derive(Debug, Clone)]
enum TracedKeysOf {
    Query(BTreeSet<String>),
    Node(Origin, BTreeMap<String, String>),
}

/// What is known of one node.
#[derive(Debug, Clone, Default)]
struct Traced {
    /// The columns in order.
    columns: Vec<TracedColumn>,
    /// What influences all of its rows.
    rows: Vec<ColumnEdge>,
    /// Which of its columns are keys.
    keys: Vec<TracedKeys>,
    /// Whether it has a query.
    is_query: bool,
    /// Whether the query was read as the engine writes it.
    by_engine: bool,
}

/// The columns of a mesh and what they come from.
#[derive(Debug, Default)]
pub struct ColumnGraph {
    nodes: BTreeMap<UniqueId, Traced>,
    nullability: HashMap<ColumnId, Nullability>,
    keys: HashMap<UniqueId, Vec<BTreeSet<String>>>,
    /// Readers of each column: node and column; an empty column stands for all rows.
    readers: HashMap<ColumnId, BTreeSet<(UniqueId, String)>>,
}

/// More keys of one node than this are not kept.
const MOST_KEYS: usize = 16;

/// Database, schema and name in lower case.
type Key = (String, String, String);

struct Known<'a> {
    relations: &'a HashMap<Key, usize>,
    nodes: &'a [TracedNode],
    /// The database that names without one mean.
    database: String,
}

impl Known<'_> {
    fn node(&self, table: &TableReference) -> Option<&TracedNode> {
        let (database, schema, name) = table.key();
        let candidates = match (database, schema) {
            (Some(database), Some(schema)) => vec![(database, schema, name)],
            (_, Some(schema)) => {
                vec![(self.database.clone(), schema.clone(), name.clone()), (schema, "main".to_string(), name)]
            }
            (_, None) => vec![(self.database.clone(), "main".to_string(), name)],
        };
        let index = candidates.iter().find_map(|key| self.relations.get(key))?;
        self.nodes.get(*index)
    }
}

impl Columns for Known<'_> {
    fn columns(&self, relation: &TableReference) -> Option<Vec<String>> {
        self.node(relation)?.columns.clone()
    }
}

impl ColumnGraph {
    /// Traces all nodes; each stands behind what it reads. Where a source declares what a model builds, the model is what is
    /// read: it stands later in `nodes`.
    pub fn new(nodes: &[TracedNode], engine: &(dyn SqlEngine + Sync)) -> Self {
        ColumnGraph::sharing(nodes, None, engine)
    }

    /// The same where some nodes, and the columns that they read, are as in another graph.
    pub fn sharing(
        nodes: &[TracedNode],
        shared: Option<(&ColumnGraph, &BTreeSet<UniqueId>)>,
        engine: &(dyn SqlEngine + Sync),
    ) -> Self {
        let known = |id: &UniqueId| {
            let (other, same) = shared?;
            other.nodes.get(id).filter(|_| same.contains(id)).cloned()
        };
        let keyed = nodes.iter().enumerate().filter_map(|(index, node)| Some((node.relation.as_ref()?.key(), index)));
        let relations: HashMap<Key, usize> = keyed.collect();
        let traced: Vec<(UniqueId, Traced)> = nodes
            .par_iter()
            .map(|node| {
                let traced = known(&node.id).unwrap_or_else(|| trace(node, nodes, &relations, engine));
                (node.id.clone(), traced)
            })
            .collect();
        let mut graph = ColumnGraph { nodes: traced.into_iter().collect(), ..ColumnGraph::default() };
        for node in nodes {
            graph.resolve_nulls(node);
            graph.resolve_keys(node);
        }
        for (id, traced) in &graph.nodes {
            let columns = traced.columns.iter();
            let of_columns = columns.flat_map(|column| column.edges.iter().map(|edge| (edge, column.name.as_str())));
            for (edge, reader) in of_columns.chain(traced.rows.iter().map(|edge| (edge, ""))) {
                let readers = graph.readers.entry(edge.from.clone()).or_default();
                readers.insert((id.clone(), reader.to_string()));
            }
        }
        graph
    }

    /// Whether the columns of a node can be null, when that of the nodes it reads is known.
    fn resolve_nulls(&mut self, node: &TracedNode) {
        let Some(traced) = self.nodes.get(&node.id) else { return };
        let resolved = |column: &TracedColumn| match &column.nulls {
            _ if node.not_null.contains(&column.name) => Nullability::NotNull,
            ColumnNulls::Told(told) => *told,
            ColumnNulls::As { columns, exact } => {
                let each = || columns.iter().map(|column| self.nullability.get(column).copied().unwrap_or_default());
                match *exact && each().any(|read| read == Nullability::Nullable) {
                    true => Nullability::Nullable,
                    false if each().all(|read| read == Nullability::NotNull) => Nullability::NotNull,
                    false => Nullability::Unknown,
                }
            }
        };
        let id = |column: &TracedColumn| ColumnId { of: Origin::Node(node.id.clone()), name: column.name.clone() };
        let found: Vec<_> = traced.columns.iter().map(|column| (id(column), resolved(column))).collect();
        self.nullability.extend(found);
    }

    /// Which columns of a node are keys, when those of the nodes it reads are known.
    fn resolve_keys(&mut self, node: &TracedNode) {
        let mut found: Vec<BTreeSet<String>> = node.unique.iter().cloned().collect();
        let keys_of = |origin: &Origin| match origin {
            Origin::Node(id) => self.keys(id),
            Origin::Outside(_) => &[],
        };
        let holds =
            |(origin, columns): &(Origin, BTreeSet<String>)| keys_of(origin).iter().any(|key| key.is_subset(columns));
        let rules = self.nodes.get(&node.id).into_iter().flat_map(|traced| &traced.keys);
        for rule in rules.filter(|rule| rule.conditions.iter().all(holds)) {
            match &rule.of {
                TracedKeysOf::Query(columns) => found.push(columns.clone()),
                TracedKeysOf::Node(origin, names) => {
                    let here = |key: &BTreeSet<String>| key.iter().map(|name| names.get(name).cloned()).collect();
                    found.extend(keys_of(origin).iter().filter_map(here).collect::<Vec<BTreeSet<String>>>());
                }
            }
        }
        found.sort();
        found.dedup();
        found.truncate(MOST_KEYS);
        self.keys.insert(node.id.clone(), found);
    }

    /// Sets of columns of a node, in lower case, of which no two rows share all values: promised, or made so by its SQL. Rows
    /// with a null in one of them do not count.
    pub fn keys(&self, id: &UniqueId) -> &[BTreeSet<String>] {
        self.keys.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether a column of a node can be null.
    pub fn nullability(&self, id: &UniqueId, column: &str) -> Nullability {
        let column = ColumnId { of: Origin::Node(id.clone()), name: column.to_lowercase() };
        self.nullability.get(&column).copied().unwrap_or_default()
    }

    /// The nodes, by id.
    pub fn ids(&self) -> impl Iterator<Item = &UniqueId> {
        self.nodes.keys()
    }

    /// The columns of a node in order, in lower case.
    pub fn columns(&self, id: &UniqueId) -> impl Iterator<Item = &str> {
        self.nodes.get(id).into_iter().flat_map(|node| node.columns.iter().map(|column| column.name.as_str()))
    }

    /// What a column comes from directly, and why that is not known, or not all of it.
    pub fn inputs(&self, id: &UniqueId, column: &str) -> Option<(&[ColumnEdge], Option<&str>)> {
        let columns = &self.nodes.get(id)?.columns;
        let found = columns.iter().find(|own| own.name == column)?;
        Some((&found.edges, found.unknown.as_deref()))
    }

    /// What influences all rows of a node.
    pub fn row_inputs(&self, id: &UniqueId) -> &[ColumnEdge] {
        self.nodes.get(id).map_or(&[], |node| &node.rows)
    }

    /// The columns that come from a column directly, as node and column; an empty column stands for all rows of the node.
    pub fn readers(&self, column: &ColumnId) -> impl Iterator<Item = &(UniqueId, String)> {
        self.readers.get(column).into_iter().flatten()
    }

    /// How many queries were read as the engine writes them, because sqlparser leaves something of them unknown.
    pub fn read_by_engine(&self) -> usize {
        self.nodes.values().filter(|node| node.by_engine).count()
    }

    /// How many columns of queries there are, and those of them whose inputs are not known, with the reason.
    pub fn unknown(&self) -> (usize, Vec<(&UniqueId, &str, &str)>) {
        let queries = self.nodes.iter().filter(|(_, node)| node.is_query);
        let columns = queries.flat_map(|(id, node)| node.columns.iter().map(move |column| (id, column)));
        let mut total = 0;
        let mut unknown = Vec::new();
        for (id, column) in columns {
            total += 1;
            unknown.extend(column.unknown.as_deref().map(|reason| (id, column.name.as_str(), reason)));
        }
        (total, unknown)
    }
}

fn trace(
    node: &TracedNode,
    nodes: &[TracedNode],
    relations: &HashMap<Key, usize>,
    engine: &(dyn SqlEngine + Sync),
) -> Traced {
    let names = node.columns.clone().unwrap_or_default();
    let Some(query) = &node.query else {
        let column = |name: &String| TracedColumn {
            name: name.to_lowercase(),
            edges: Vec::new(),
            unknown: None,
            nulls: ColumnNulls::Told(Nullability::Unknown),
        };
        return Traced { columns: names.iter().map(column).collect(), ..Traced::default() };
    };
    let database = node.relation.as_ref().and_then(|relation| relation.database.as_deref()).unwrap_or_default();
    let known = Known { relations, nodes, database: database.to_lowercase() };
    let found = lineage_with_engine(query, &known, node.columns.as_deref(), engine);
    let edges = |inputs: &[crate::sql::Input]| inputs.iter().map(|input| edge(&found, input, &known)).collect();
    let columns = found.outputs.iter().map(|output| TracedColumn {
        name: output.name.clone().unwrap_or_default(),
        edges: edges(&output.inputs),
        unknown: output.unknown.clone(),
        nulls: nulls(&found, &output.nulls, &known),
    });
    let keys = found.keys.iter().map(|rule| traced_keys(&found, rule, &known)).collect();
    Traced {
        columns: columns.collect(),
        rows: edges(&found.indirect),
        keys,
        is_query: true,
        by_engine: found.by_engine,
    }
}

fn traced_keys(found: &Lineage, rule: &Keys, known: &Known<'_>) -> TracedKeys {
    let of = match &rule.of {
        KeysOf::Query(columns) => TracedKeysOf::Query(columns.clone()),
        KeysOf::Relation(relation, names) => TracedKeysOf::Node(origin(found, *relation, known), names.clone()),
    };
    let conditions =
        rule.conditions.iter().map(|(relation, columns)| (origin(found, *relation, known), columns.clone()));
    TracedKeys { of, conditions: conditions.collect() }
}

fn nulls(found: &Lineage, nulls: &Nulls, known: &Known<'_>) -> ColumnNulls {
    match nulls {
        Nulls::Never => ColumnNulls::Told(Nullability::NotNull),
        Nulls::Maybe => ColumnNulls::Told(Nullability::Nullable),
        Nulls::Unknown => ColumnNulls::Told(Nullability::Unknown),
        Nulls::As { columns, exact } => {
            let id = |(relation, name): &(usize, String)| ColumnId {
                of: origin(found, *relation, known),
                name: name.clone(),
            };
            ColumnNulls::As { columns: columns.iter().map(id).collect(), exact: *exact }
        }
    }
}

/// What a relation of a query is.
fn origin(found: &Lineage, relation: usize, known: &Known<'_>) -> Origin {
    let table = &found.relations[relation].table;
    match known.node(table).filter(|_| !found.relations[relation].external) {
        Some(node) => Origin::Node(node.id.clone()),
        None => Origin::Outside(table.to_string()),
    }
}

fn edge(found: &Lineage, input: &crate::sql::Input, known: &Known<'_>) -> ColumnEdge {
    let of = origin(found, input.relation, known);
    ColumnEdge {
        from: ColumnId { of, name: input.column.clone() },
        transformation: input.transformation,
        span: input.span,
    }
}
