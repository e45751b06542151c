//! `semantic_manifest.json` of a project without semantic models, metrics and saved queries, which dbt writes as well.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::json;

/// The file's content.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptySemanticManifest;

impl Serialize for EmptySemanticManifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("semantic_models", &json!([]))?;
        map.serialize_entry("metrics", &json!([]))?;
        map.serialize_entry(
            "project_configuration",
            &json!({
                "time_spine_table_configurations": [],
                "metadata": null,
                "dsi_package_version": { "major_version": "0", "minor_version": "9", "patch_version": "0" },
                "time_spines": [],
            }),
        )?;
        map.serialize_entry("saved_queries", &json!([]))?;
        map.end()
    }
}
