//! What holds between the domains of a mesh. So far: which column comes from which, across all of them.
//!
//! Owns [`ColumnGraph`]. Pure: SQL and columns come in as texts and names, whoever bound them.

mod columns;

pub use columns::{ColumnEdge, ColumnGraph, ColumnId, Origin, TracedNode};
