//! From the files of a domain to unresolved nodes.

pub mod config;
