//! From the files of a domain to unresolved nodes.

pub mod config;
mod unresolved;

pub use unresolved::{CustomName, ParsedDomain, UnresolvedNode};
