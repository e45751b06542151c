//! What a command leaves in the target folder: artifacts, compiled SQL.

use super::console::Console;
use super::load::{Loaded, Setup};
use crate::artifacts::{
    ArtifactError, CompiledInfo, ExtraCte, GraphSummary, Invocation, ManifestArtifact, ManifestMetadata, ManifestView,
    RunResultsArtifact, SemanticManifest, write_json, write_manifest,
};
use crate::compile::{CompiledNode, Program, compiled_file};
use crate::manifest::{JsonMap, Node, NodeKind, UniqueId};
use crate::run::{BatchResult, CompiledResult, EventKind, NodeResult, RunOutcome, Subject};
use chrono::Utc;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What artifacts carry of the environment: variables with this prefix.
const ARTIFACT_VARIABLES: &str = "DBT_ENV_CUSTOM_ENV_";

/// What a command that does nothing but parse leaves in the target folder.
pub(super) fn parse_artifacts(folder: &Path) -> [PathBuf; 3] {
    ["manifest.json", "graph_summary.json", "semantic_manifest.json"].map(|name| folder.join(name))
}

impl Console {
    fn wrote(&self, artifact_type: &'static str, path: &Path) {
        let path = path.to_string_lossy().into_owned();
        self.event(EventKind::ArtifactWritten { artifact_type, path });
    }

    /// Tells of the artifacts of a parse that dbt tells of.
    pub(super) fn wrote_parse(&self, folder: &Path) {
        let [manifest, _, semantic] = parse_artifacts(folder);
        self.wrote("WritableManifest", &manifest);
        self.wrote("SemanticManifest", &semantic);
    }
}

impl Setup {
    /// What artifacts carry of the environment.
    pub(super) fn artifact_variables(&self) -> BTreeMap<String, String> {
        let variables = self.place.environment.iter();
        let carried = |(name, value): (&String, &String)| {
            Some((name.strip_prefix(ARTIFACT_VARIABLES)?.to_string(), value.clone()))
        };
        variables.filter_map(carried).collect()
    }
}

impl Loaded {
    /// The target folder on this machine.
    pub fn target_folder(&self) -> PathBuf {
        self.setup.target_folder(&self.workspace)
    }

    /// Keeps the SQL that a diagnostic about a failed node may point into.
    pub(super) fn remember_compiled(&self, program: &Program, result: &NodeResult) {
        let Some(node) = result.subject.node() else { return };
        let code = result.compiled.as_ref().and_then(|compiled| compiled.compiled_code.clone());
        if let (Some(_), Some(code)) = (&result.diagnostic, code) {
            self.setup.sources.insert(program.compiled_path("compiled", node, None).to_string_lossy(), code);
        }
    }

    /// The same for one batch of a model.
    pub(super) fn remember_batch(&self, program: &Program, node: &Node, label: &str, result: &BatchResult) {
        if let (Some(_), Some(code)) = (&result.diagnostic, result.compiled_code.clone()) {
            let path = program.compiled_path("compiled", node, Some(label));
            self.setup.sources.insert(path.to_string_lossy(), code);
        }
    }

    /// The target folder as it is shown.
    pub fn shown_target(&self) -> PathBuf {
        let written = self.setup.arguments.global.project.target_path.clone();
        written.unwrap_or_else(|| self.workspace.target_path())
    }

    /// Which part of the mesh artifacts show.
    pub(super) fn view(&self) -> ManifestView<'_> {
        match &self.workspace.member {
            Some(member) => ManifestView::Member(member),
            None => ManifestView::Mesh,
        }
    }

    pub(super) fn artifact_invocation(&self) -> Invocation {
        let env = self.setup.artifact_variables();
        Invocation {
            id: self.setup.invocation_id.as_str().into(),
            started_at: self.setup.started_at,
            generated_at: Utc::now(),
            env,
        }
    }

    /// Writes what every command that parses leaves: the manifest, the graph, the semantic manifest.
    pub fn write_manifest(
        &self,
        compiled: &HashMap<UniqueId, CompiledInfo>,
        test_edges: Option<&[(UniqueId, UniqueId)]>,
    ) -> Result<(), ArtifactError> {
        if !self.setup.arguments.global.write_json {
            return Ok(());
        }
        let folder = self.target_folder();
        let artifacts = parse_artifacts(&folder);
        let of_parse = compiled.is_empty() && test_edges.is_none();
        let has_written = || self.keeping.before().is_some_and(|kept| kept.has_written(&artifacts));
        if self.is_outline || (of_parse && has_written()) {
            self.setup.console.wrote_parse(&folder);
            return Ok(());
        }
        let root = self.workspace.root.to_string_lossy().into_owned();
        let main = &self.workspace.main_domain().domain;
        let project_name = match (&self.workspace.member, self.workspace.is_mesh) {
            (None, true) => self.workspace.name.clone(),
            _ => main.name.to_string(),
        };
        let selectors = JsonMap::new();
        let artifact = ManifestArtifact {
            manifest: &self.manifest,
            view: self.view(),
            metadata: ManifestMetadata { invocation: self.artifact_invocation(), project_name, quoting: main.quoting },
            compiled,
            selectors: &selectors,
            root: &root,
        };
        let [manifest, graph, semantic] = &artifacts;
        write_manifest(manifest, &artifact)?;
        let summary = GraphSummary {
            manifest: &self.manifest,
            view: self.view(),
            invocation_id: &self.setup.invocation_id,
            test_edges,
        };
        write_json(graph, &summary)?;
        write_json(semantic, &SemanticManifest { manifest: &self.manifest, view: self.view() })?;
        self.setup.console.wrote_parse(&folder);
        if of_parse && let Some(kept) = self.keeping.wait() {
            kept.wrote(&artifacts);
        }
        Ok(())
    }

    /// Writes the results of a run.
    pub fn write_results(&self, outcome: &RunOutcome, args: &JsonMap) -> Result<(), ArtifactError> {
        let invocation = self.artifact_invocation();
        let artifact = RunResultsArtifact {
            invocation: &invocation,
            results: &outcome.results,
            view: self.view(),
            elapsed_time: outcome.elapsed,
            args,
        };
        self.write("RunExecutionResult", "run_results.json", &artifact)
    }

    /// Writes one artifact into the target folder.
    pub fn write(&self, kind: &'static str, name: &str, artifact: &impl Serialize) -> Result<(), ArtifactError> {
        self.write_to(kind, &self.target_folder().join(name), artifact)
    }

    /// Writes one artifact to `path`.
    pub fn write_to(&self, kind: &'static str, path: &Path, artifact: &impl Serialize) -> Result<(), ArtifactError> {
        if !self.setup.arguments.global.write_json {
            return Ok(());
        }
        write_json(path, artifact)?;
        self.setup.console.wrote(kind, path);
        Ok(())
    }
}

/// Writes compiled and executed SQL below the target folder as nodes end, and remembers it for the manifest.
pub(super) struct CompiledFiles {
    folder: PathBuf,
    enabled: bool,
    program: Arc<Program>,
    infos: Mutex<HashMap<UniqueId, CompiledInfo>>,
    failed: Mutex<Option<ArtifactError>>,
}

impl CompiledFiles {
    pub fn new(loaded: &Loaded, program: &Arc<Program>) -> Self {
        CompiledFiles {
            folder: loaded.target_folder(),
            enabled: loaded.setup.arguments.global.write_json,
            program: program.clone(),
            infos: Mutex::default(),
            failed: Mutex::default(),
        }
    }

    /// Takes the code of a node that has ended.
    pub fn take(&self, result: &NodeResult) {
        let node = match &result.subject {
            Subject::Node(node) => node,
            Subject::Hook(hook) => return self.take_hook(&hook.unique_id, result),
        };
        if matches!(node.kind, NodeKind::Seed(_)) {
            let executed = self.program.take_written(&node.unique_id, None);
            let build_path = executed.and_then(|code| self.write("run", node, None, &code));
            return self.keep(&node.unique_id, CompiledInfo { build_path, ..CompiledInfo::default() });
        }
        let Some(compiled @ CompiledResult { compiled_code: Some(code), .. }) = &result.compiled else { return };
        // As in dbt, the SQL of a snapshot is kept only as it ran.
        let is_snapshot = matches!(node.kind, NodeKind::Snapshot(_));
        let compiled_path = if is_snapshot { None } else { self.write("compiled", node, None, code) };
        let executed = self.program.take_written(&node.unique_id, None);
        let build_path = executed.as_ref().and_then(|code| self.write("run", node, None, code));
        let info = CompiledInfo {
            compiled_code: code.clone(),
            compiled_path,
            build_path,
            extra_ctes: extra_ctes(&compiled.ctes),
            foreign_keys: compiled.foreign_keys.clone(),
            overloads: compiled.overloads.clone(),
            relation_name: compiled.relation_name.clone(),
        };
        self.keep(&node.unique_id, info);
    }

    fn keep(&self, id: &UniqueId, info: CompiledInfo) {
        self.infos.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), info);
    }

    /// Takes a hook of a project.
    fn take_hook(&self, id: &UniqueId, result: &NodeResult) {
        let Some(node) = self.program.manifest.operations.get(id) else { return };
        if let Some(code) = result.compiled.as_ref().and_then(|compiled| compiled.compiled_code.clone()) {
            let compiled_path = self.write("compiled", node, None, &code);
            self.keep(id, CompiledInfo { compiled_code: code, compiled_path, ..CompiledInfo::default() });
        }
    }

    /// Takes an ephemeral model, which has no result of its own unless it was selected.
    fn take_ephemeral(&self, id: &UniqueId, compiled: &CompiledNode) {
        let Some(node) = self.program.manifest.node(id) else { return };
        if self.infos.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id) {
            return;
        }
        let info = CompiledInfo {
            compiled_code: compiled.code.as_str().into(),
            compiled_path: self.write("compiled", node, None, &compiled.code),
            extra_ctes: extra_ctes(&compiled.ctes),
            ..CompiledInfo::default()
        };
        self.keep(id, info);
    }

    /// Takes the code of a batch that has ended. The manifest knows nothing of it.
    pub fn take_batch(&self, node: &Node, label: &str, result: &BatchResult) {
        let executed = self.program.take_written(&node.unique_id, Some(label));
        for (section, code) in [("compiled", result.compiled_code.as_deref()), ("run", executed.as_deref())] {
            if let Some(code) = code {
                self.write(section, node, Some(label), code);
            }
        }
    }

    /// What was compiled.
    ///
    /// # Errors
    /// The first file that could not be written.
    pub fn finish(&self) -> Result<HashMap<UniqueId, CompiledInfo>, ArtifactError> {
        for (id, compiled) in self.program.ephemeral_models() {
            self.take_ephemeral(&id, &compiled);
        }
        match self.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut *self.infos.lock().unwrap_or_else(PoisonError::into_inner))),
        }
    }

    /// Writes one file and says how artifacts name it.
    fn write(&self, section: &str, node: &Node, batch: Option<&str>, code: &str) -> Option<String> {
        let path = self.folder.join(section).join(compiled_file(node, batch));
        let shown = self.program.compiled_path(section, node, batch).to_string_lossy().into_owned();
        if !self.enabled {
            return None;
        }
        // Most files have neighbours: the folder is there.
        let written = std::fs::write(&path, code).or_else(|cause| match (cause.kind(), path.parent()) {
            (std::io::ErrorKind::NotFound, Some(folder)) => {
                std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, code))
            }
            _ => Err(cause),
        });
        if let Err(source) = written {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.get_or_insert(ArtifactError { path, source });
        }
        Some(shown)
    }
}

fn extra_ctes(ctes: &[(UniqueId, String)]) -> Vec<ExtraCte> {
    ctes.iter().map(|(id, sql)| ExtraCte { id: id.clone(), sql: sql.clone() }).collect()
}
