//! meshbuild: a dbt-compatible compiler and runner for data meshes on DuckDB.
//!
//! `docs/architecture.md` describes the modules and the arrows between them.

pub mod diagnostic;
pub mod project;
