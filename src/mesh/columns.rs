//! Column lineage across nodes: every column of every node, and the columns of other nodes that it comes from.

use crate::manifest::{Relation, UniqueId};
use crate::sql::{Columns, Lineage, TableReference, TextSpan, Transformation, lineage};
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

/// What is known of one node.
#[derive(Debug, Clone, Default)]
struct Traced {
    /// The columns in order, in lower case, with what each comes from, or why that is not known.
    columns: Vec<(String, Vec<ColumnEdge>, Option<String>)>,
    /// What influences all of its rows.
    rows: Vec<ColumnEdge>,
    /// Whether it has a query.
    is_query: bool,
}

/// The columns of a mesh and what they come from.
#[derive(Debug, Default)]
pub struct ColumnGraph {
    nodes: BTreeMap<UniqueId, Traced>,
    /// Readers of each column: node and column; an empty column stands for all rows.
    readers: HashMap<ColumnId, BTreeSet<(UniqueId, String)>>,
}

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
    /// Traces all nodes. Where a source declares what a model builds, the model is what is read: it stands later in `nodes`.
    pub fn new(nodes: &[TracedNode]) -> Self {
        ColumnGraph::sharing(nodes, None)
    }

    /// The same where some nodes, and the columns that they read, are as in another graph.
    pub fn sharing(nodes: &[TracedNode], shared: Option<(&ColumnGraph, &BTreeSet<UniqueId>)>) -> Self {
        let known = |id: &UniqueId| {
            let (other, same) = shared?;
            other.nodes.get(id).filter(|_| same.contains(id)).cloned()
        };
        let keyed = nodes.iter().enumerate().filter_map(|(index, node)| Some((node.relation.as_ref()?.key(), index)));
        let relations: HashMap<Key, usize> = keyed.collect();
        let traced: Vec<(UniqueId, Traced)> = nodes
            .par_iter()
            .map(|node| {
                let traced = known(&node.id).unwrap_or_else(|| trace(node, nodes, &relations));
                (node.id.clone(), traced)
            })
            .collect();
        let mut graph = ColumnGraph { nodes: traced.into_iter().collect(), readers: HashMap::new() };
        for (id, traced) in &graph.nodes {
            let of_columns =
                traced.columns.iter().flat_map(|(name, edges, _)| edges.iter().map(move |e| (e, name.as_str())));
            for (edge, reader) in of_columns.chain(traced.rows.iter().map(|edge| (edge, ""))) {
                let readers = graph.readers.entry(edge.from.clone()).or_default();
                readers.insert((id.clone(), reader.to_string()));
            }
        }
        graph
    }

    /// The nodes, by id.
    pub fn ids(&self) -> impl Iterator<Item = &UniqueId> {
        self.nodes.keys()
    }

    /// The columns of a node in order, in lower case.
    pub fn columns(&self, id: &UniqueId) -> impl Iterator<Item = &str> {
        self.nodes.get(id).into_iter().flat_map(|node| node.columns.iter().map(|(name, _, _)| name.as_str()))
    }

    /// What a column comes from directly, and why that is not known, or not all of it.
    pub fn inputs(&self, id: &UniqueId, column: &str) -> Option<(&[ColumnEdge], Option<&str>)> {
        let columns = &self.nodes.get(id)?.columns;
        let (_, edges, unknown) = columns.iter().find(|(name, _, _)| name == column)?;
        Some((edges, unknown.as_deref()))
    }

    /// What influences all rows of a node.
    pub fn row_inputs(&self, id: &UniqueId) -> &[ColumnEdge] {
        self.nodes.get(id).map_or(&[], |node| &node.rows)
    }

    /// The columns that come from a column directly, as node and column; an empty column stands for all rows of the node.
    pub fn readers(&self, column: &ColumnId) -> impl Iterator<Item = &(UniqueId, String)> {
        self.readers.get(column).into_iter().flatten()
    }

    /// How many columns of queries there are, and those of them whose inputs are not known, with the reason.
    pub fn unknown(&self) -> (usize, Vec<(&UniqueId, &str, &str)>) {
        let queries = self.nodes.iter().filter(|(_, node)| node.is_query);
        let columns = queries.flat_map(|(id, node)| node.columns.iter().map(move |column| (id, column)));
        let mut total = 0;
        let mut unknown = Vec::new();
        for (id, (name, _, reason)) in columns {
            total += 1;
            unknown.extend(reason.as_deref().map(|reason| (id, name.as_str(), reason)));
        }
        (total, unknown)
    }
}

fn trace(node: &TracedNode, nodes: &[TracedNode], relations: &HashMap<Key, usize>) -> Traced {
    let names = node.columns.clone().unwrap_or_default();
    let Some(query) = &node.query else {
        let columns = names.iter().map(|name| (name.to_lowercase(), Vec::new(), None)).collect();
        return Traced { columns, ..Traced::default() };
    };
    let database = node.relation.as_ref().and_then(|relation| relation.database.as_deref()).unwrap_or_default();
    let known = Known { relations, nodes, database: database.to_lowercase() };
    let found = lineage(query, &known, node.columns.as_deref());
    let edges = |inputs: &[crate::sql::Input]| inputs.iter().map(|input| edge(&found, input, &known)).collect();
    let columns = found
        .outputs
        .iter()
        .map(|output| (output.name.clone().unwrap_or_default(), edges(&output.inputs), output.unknown.clone()));
    Traced { columns: columns.collect(), rows: edges(&found.indirect), is_query: true }
}

fn edge(found: &Lineage, input: &crate::sql::Input, known: &Known<'_>) -> ColumnEdge {
    let table = &found.relations[input.relation].table;
    let of = match known.node(table).filter(|_| !found.relations[input.relation].external) {
        Some(node) => Origin::Node(node.id.clone()),
        None => Origin::Outside(table.to_string()),
    };
    ColumnEdge {
        from: ColumnId { of, name: input.column.clone() },
        transformation: input.transformation,
        span: input.span,
    }
}
