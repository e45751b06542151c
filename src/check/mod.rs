//! The whole mesh bound in an empty database: what columns and types every relation will have, without data.
//!
//! Owns the order in which nodes are bound, what stands in for sources and seeds, and the diagnostics about SQL that does
//! not fit the columns it reads. Names, types and "did you mean" are the engine's own. Never opens the warehouse of a
//! profile: the caller gives an empty one. What depends on rows is [`Binding::Unknown`], never guessed.

mod binder;
mod columns;
mod complaint;
mod contract;
mod needs;
mod promises;
mod relations;
mod session;
mod sharing;

pub use columns::column_graph;
pub use promises::promises;
pub use relations::TypedColumn;

use crate::compile::{CompiledNode, Program};
use crate::diagnostic::Diagnostic;
use crate::jinja::warehouse::{Warehouse, WarehouseError};
use crate::manifest::{Node, UniqueId};
use crate::mesh::contract::Unmet;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What is known about tables that no SQL of the mesh makes.
pub trait Given: Sync {
    /// The columns of a seed or source, where somebody knows them; `Err` says why a seed cannot be read.
    ///
    /// # Errors
    /// The reason, for people.
    fn columns(&self, node: &Node) -> Result<Option<Vec<TypedColumn>>, String>;
}

/// What came of one node.
#[derive(Debug, Clone)]
pub enum Binding {
    /// Its columns, in order. A data test and a function have none.
    Bound(Vec<TypedColumn>),
    /// Nobody can tell without data. Columns are those that an enforced contract promises.
    Unknown(Unknown, Option<Vec<TypedColumn>>),
    /// Its SQL is wrong; the diagnostic stands in [`Bound::diagnostics`]. Columns as for `Unknown`.
    Failed(Option<Vec<TypedColumn>>),
}

impl Binding {
    /// The columns, where they are known or promised.
    pub fn columns(&self) -> Option<&[TypedColumn]> {
        match self {
            Binding::Bound(columns) => Some(columns),
            Binding::Unknown(_, columns) | Binding::Failed(columns) => columns.as_deref(),
        }
    }
}

/// Why the columns of a node are not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// Its template reads rows: what it renders to depends on data. The query it ran.
    Rows(String),
    /// It is written in Python.
    Python,
    /// A source whose types are neither declared nor in a catalog.
    Undeclared,
    /// What it reads is not known.
    Upstream(UniqueId),
    /// It reads a relation that the mesh does not know, or a file that is not there: the engine's words.
    Outside(String),
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unknown::Rows(_) => f.write_str("its SQL depends on rows"),
            Unknown::Python => f.write_str("it is written in Python"),
            Unknown::Undeclared => f.write_str("its columns have no declared types"),
            Unknown::Upstream(id) => write!(f, "{id} is not known"),
            Unknown::Outside(message) => write!(f, "it reads what is not there: {message}"),
        }
    }
}

/// A mesh whose nodes were bound.
#[derive(Debug, Default)]
pub struct Bound {
    /// Every seed, source, model, snapshot, function and data test.
    pub nodes: BTreeMap<UniqueId, Binding>,
    /// The compiled SQL of models, snapshots and tests.
    pub compiled: BTreeMap<UniqueId, Arc<CompiledNode>>,
    /// The query that gives the columns of a model or snapshot: of a snapshot, the one with the columns that it adds. Also of
    /// those that read what is not known.
    pub queries: BTreeMap<UniqueId, Arc<str>>,
    /// Nodes that were taken over from another binding, because they and the columns that they read are as there.
    pub taken: BTreeSet<UniqueId>,
    /// Needs of readers that the models they read do not promise to meet; the diagnostics tell of them too.
    pub unmet: Vec<Unmet>,
    /// What is wrong with the SQL.
    pub diagnostics: Vec<Diagnostic>,
    /// Statements of hooks that were not run, by their words: they would have touched data or the world outside.
    pub skipped: BTreeSet<String>,
}

impl Bound {
    /// The columns of a node, where they are known or promised.
    pub fn columns(&self, id: &UniqueId) -> Option<&[TypedColumn]> {
        self.nodes.get(id)?.columns()
    }
}

/// What to bind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Only these nodes and what they read; all when absent.
    pub only: Option<&'a BTreeSet<UniqueId>>,
    /// Whether data tests are bound too.
    pub tests: bool,
    /// Nodes that are written as in another binding, and are bound again only where the columns that they read differ.
    pub shared: Option<Shared<'a>>,
}

/// What two bindings have in common.
#[derive(Debug, Clone, Copy)]
pub struct Shared<'a> {
    /// The other binding.
    pub bound: &'a Bound,
    /// The nodes that are written alike on both sides, whatever they read.
    pub nodes: &'a BTreeSet<UniqueId>,
}

/// Binds the nodes of a program in `warehouse`, an empty database in memory that has the databases of the mesh.
///
/// # Errors
/// What the engine says outside of any node: a schema that cannot be made, a connection that it does not give.
pub fn bind(
    program: &Arc<Program>,
    warehouse: &dyn Warehouse,
    given: &dyn Given,
    options: Options<'_>,
) -> Result<Bound, WarehouseError> {
    binder::Binder::new(program, warehouse, given)?.run(options)
}
