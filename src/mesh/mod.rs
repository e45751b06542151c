//! What holds between the domains of a mesh: which column comes from which, and what public models promise.
//!
//! Owns [`ColumnGraph`] and [`contract`]. Pure: SQL and columns come in as texts and names, whoever bound them.

mod columns;
pub mod contract;

pub use columns::{ColumnEdge, ColumnGraph, ColumnId, Nullability, Origin, TracedNode};
