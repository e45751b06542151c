//! Finding and reading the files of a project, and what stands in them.
//!
//! Owns files through a [`tree::FileTree`], YAML with places ([`yaml`]), and the typed, still unresolved content of
//! `dbt_project.yml`, `profiles.yml`, `packages.yml`, `dependencies.yml`, `mesh.yml` and properties files. Never renders
//! Jinja itself (see [`render::RenderString`]), never follows a reference and knows nothing of the graph.

pub mod checksum;
pub mod contract_edit;
pub mod discover;
mod fields;
pub mod files;
pub mod ignore;
pub mod mesh_file;
pub mod packages;
pub mod profile;
pub mod project_file;
pub mod properties;
pub mod render;
pub mod tree;
pub mod version;
pub mod yaml;

pub use fields::{Spanned, Text};
