//! meshbuild: a dbt-compatible compiler and runner for data meshes on DuckDB.
//!
//! `docs/architecture.md` describes the modules and the arrows between them.

pub mod adapter;
pub mod artifacts;
pub mod cache;
pub mod check;
pub mod cli;
pub mod compile;
pub mod diagnostic;
pub mod jinja;
pub mod manifest;
pub mod mesh;
pub mod packages;
pub mod parse;
pub mod plan;
pub mod project;
pub mod report;
pub mod resolve;
pub mod run;
pub mod selector;
pub mod sql;
pub mod state;
