//! dbt's artifacts: the JSON files that other programs read.
//!
//! Owns their layout (names, order and defaults of every field, as dbt 1.11 writes them) and how files are replaced. Never
//! changes what it is given, and never computes what a phase before it should have known.

mod catalog;
mod file;
mod graph_summary;
mod manifest;
mod metadata;
mod run_results;
mod semantic_manifest;
mod sources;

pub use catalog::{CatalogArtifact, CatalogRow, catalog_columns};
pub use file::{ArtifactError, Written, write_json, write_text};
pub use graph_summary::GraphSummary;
pub use manifest::{
    CompiledInfo, ExtraCte, ManifestArtifact, ManifestMetadata, ManifestView, SavedManifest, group_dict, node_dict,
    saved_manifest, write_manifest,
};
pub use metadata::{DBT_VERSION, Invocation};
pub use run_results::RunResultsArtifact;
pub use semantic_manifest::SemanticManifest;
pub use sources::SourcesArtifact;

#[cfg(test)]
mod tests;
