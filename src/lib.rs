//! meshbuild: a dbt-compatible compiler and runner for data meshes on DuckDB.
//!
//! `docs/architecture.md` describes the modules and the arrows between them.

pub mod diagnostic;
pub mod manifest;
pub mod parse;
pub mod plan;
pub mod selector;
pub mod state;
