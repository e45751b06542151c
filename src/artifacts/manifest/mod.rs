//! `manifest.json`, version 12: the whole mesh as dbt would write it, or one domain of it.
//! Source: <https://schemas.getdbt.com/dbt/manifest/v12.json>
//!
//! Written as a stream, node by node: no second tree of the mesh is ever built in memory.

mod code;
mod document;
mod node;
mod others;
mod saved;
mod scope;
mod semantic;

pub use code::{CompiledInfo, ExtraCte};
pub use document::{ManifestArtifact, ManifestMetadata};
pub use saved::{SavedManifest, saved_manifest};
pub use scope::ManifestView;

pub(super) use scope::{Scope, Section};
pub(super) use semantic::{NodeRelationFields, described, given};

use super::file::{self, ArtifactError, Written};
use crate::manifest::{Group, Manifest, Node, NodeKind};
use document::{Document, Stamp};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How much of an old manifest is read to find its metadata.
const HEAD_BYTES: u64 = 1 << 16;

/// Writes `artifact` to `path`, unless what stands there differs in nothing but when and by whom it was written.
pub fn write_manifest(path: &Path, artifact: &ManifestArtifact<'_>) -> Result<Written, ArtifactError> {
    let scope = Scope::new(artifact.manifest, artifact.view);
    // The old file is compared with what would be written at the time and by the invocation that the old file names.
    if let Some(stamp) = stamp_of(path)
        && file::holds(path, &Document::new(artifact, &scope, &stamp))
    {
        return Ok(Written::Unchanged);
    }
    let stamp = Stamp::of(&artifact.metadata.invocation);
    file::write_json(path, &Document::new(artifact, &scope, &stamp))?;
    Ok(Written::Replaced)
}

/// A node as the manifest shows it, outside of a manifest: what templates get as `model` and `graph`. `root` is the
/// absolute path of the mesh's root.
pub fn node_dict(node: &Node, root: &str) -> serde_json::Value {
    let (manifest, compiled) = (Manifest::default(), HashMap::new());
    let view = ManifestView::Mesh;
    let context = document::Context { manifest: &manifest, view, compiled: &compiled, root, created_at: 0.0 };
    let dict = match &node.kind {
        NodeKind::Source(_) => others::SourceFields::new(node, &context).map(serde_json::to_value),
        NodeKind::Exposure(_) => others::ExposureFields::new(node, &context).map(serde_json::to_value),
        NodeKind::UnitTest(_) => others::UnitTestFields::new(node, &context).map(serde_json::to_value),
        NodeKind::Metric(_) => semantic::MetricFields::new(node, &context).map(serde_json::to_value),
        NodeKind::SemanticModel(_) => semantic::SemanticModelFields::new(node, &context).map(serde_json::to_value),
        NodeKind::SavedQuery(_) => semantic::SavedQueryFields::new(node, &context).map(serde_json::to_value),
        _ => Some(serde_json::to_value(node::NodeFields::new(node, &context))),
    };
    dict.and_then(Result::ok).unwrap_or_default()
}

/// A group as the manifest of a project shows it: what templates get in `graph`.
pub fn group_dict(group: &Group) -> serde_json::Value {
    let id = group.unique_id.without_domain();
    serde_json::to_value(others::GroupFields::new(group, id.as_str().into())).unwrap_or_default()
}

/// When and by whom the manifest at `path` was written; `None` when it was not written by this module.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let metadata = head.strip_prefix(br#"{"metadata":"#)?;
    serde_json::Deserializer::from_slice(metadata).into_iter().next()?.ok()
}
