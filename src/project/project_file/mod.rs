//! `dbt_project.yml`.
//!
//! Owns its keys, defaults and checks (`dbt/config/project.py`, `dbt/contracts/project.py`). Reading goes in two steps, because
//! Jinja in the file needs the target, and the target's profile is named in the file: [`ProjectSource::load`], then
//! [`ProjectSource::read`].

mod config_tree;
mod flags;
mod read;

pub use config_tree::{ConfigEntry, ConfigLevel, ConfigPath, ConfigSection, ConfigTree};
pub use flags::{BehaviorFlag, ProjectFlags};
pub use read::ReadOptions;

use super::fields::Text;
use super::tree::{FileTree, join};
use super::version::VersionSpecifier;
use super::yaml::{Yaml, load};
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap, Span};
use crate::project::checksum::Checksum;
use std::sync::Arc;

/// The name of the file.
pub const PROJECT_FILE: &str = "dbt_project.yml";

/// A `dbt_project.yml` that was read and not yet rendered.
#[derive(Debug, Clone)]
pub struct ProjectSource {
    folder: String,
    file: Arc<str>,
    checksum: Checksum,
    tree: Yaml,
    vars_file: Option<Yaml>,
}

/// The name of the file that may hold the vars of a project in place of its `dbt_project.yml`, since dbt 1.12.
pub const VARS_FILE: &str = "vars.yml";

impl ProjectSource {
    /// Reads the `dbt_project.yml` of `folder`.
    pub fn load(
        tree: &dyn FileTree,
        folder: &str,
        sources: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let path = join(folder, PROJECT_FILE);
        if !tree.is_file(&path) {
            let message = format!("No {PROJECT_FILE} found at expected path {path}");
            diagnostics.push(Diagnostic::error(ErrorCode::NoProject, message));
            return None;
        }
        let file: Arc<str> = Arc::from(path.as_str());
        let text = match tree.read_text(&path) {
            Ok(text) => text,
            Err(error) => {
                diagnostics.push(error.into());
                return None;
            }
        };
        sources.insert(file.clone(), text.clone());
        let root = load(&file, &text, diagnostics).ok()?;
        match root.filter(|root| root.as_map().is_some()) {
            Some(tree) => {
                let (folder, checksum) = (folder.to_owned(), Checksum::of_text(&text));
                Some(ProjectSource { folder, file, checksum, tree, vars_file: None })
            }
            None => {
                let message = format!("{PROJECT_FILE} does not parse to a dictionary");
                diagnostics.push(Diagnostic::error(ErrorCode::InvalidProjectFile, message).at(Span::file(file)));
                None
            }
        }
    }

    /// The same with the `vars.yml` beside it, which counts for the project that commands are about and not for packages.
    /// `None` where it cannot be used, or where both files have vars.
    pub fn with_vars_file(
        mut self,
        tree: &dyn FileTree,
        sources: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let path = join(&self.folder, VARS_FILE);
        if !tree.is_file(&path) {
            return Some(self);
        }
        let file: Arc<str> = Arc::from(path.as_str());
        let text = tree.read_text(&path).map_err(|error| diagnostics.push(error.into())).ok()?;
        sources.insert(file.clone(), text.clone());
        let root = load(&file, &text, diagnostics).ok()?;
        let Some(vars) = root.as_ref().and_then(|root| root.get("vars")).filter(|vars| vars.is_truthy()) else {
            return Some(self);
        };
        let refused = |message: String| Diagnostic::error(ErrorCode::InvalidProjectFile, message).at(vars.span.clone());
        if vars.as_map().is_none() {
            let message = format!("`vars` of {VARS_FILE} must be a dictionary of names and values");
            diagnostics.push(refused(message).hint("write vars:\n  name: value"));
            return None;
        }
        if let Some(own) = self.tree.get("vars").filter(|own| own.is_truthy()) {
            let message = format!("Variables cannot be defined in both {VARS_FILE} and {PROJECT_FILE}.");
            let error = refused(message).also(own.span.clone(), "and here");
            diagnostics.push(error.hint(format!("move all of them into {VARS_FILE}")));
            return None;
        }
        self.vars_file = Some(vars.clone());
        Some(self)
    }

    /// The vars of `vars.yml`.
    pub fn vars_file(&self) -> Option<&Yaml> {
        self.vars_file.as_ref()
    }

    /// The name as written; names are not rendered before they are used.
    pub fn name(&self) -> Option<&str> {
        self.tree.get("name").and_then(Yaml::as_str)
    }

    /// The profile as written: Jinja in it is rendered without a target.
    pub fn profile(&self) -> Option<&Yaml> {
        self.tree.get("profile").filter(|profile| !profile.is_null())
    }

    /// The file as displayed.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// `packages-install-path`, before anything is rendered.
    pub fn packages_install_path(&self) -> Option<&str> {
        self.tree.get("packages-install-path").and_then(Yaml::as_str)
    }

    /// `flags`, before anything is rendered.
    pub fn flags(&self) -> Option<&Yaml> {
        self.tree.get("flags")
    }

    /// The content as written.
    pub fn tree(&self) -> &Yaml {
        &self.tree
    }
}

/// A `dbt_project.yml`.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    /// The project's folder within the tree of files.
    pub folder: String,
    /// The file as displayed.
    pub file: Arc<str>,
    /// Checksum of the file, which dbt takes for that of every hook in it.
    pub checksum: Checksum,
    /// `name`
    pub name: Text,
    /// `version`: text or a number, as written.
    pub version: Option<Yaml>,
    /// `profile`
    pub profile: Option<Text>,
    /// All the `*-path` and `*-paths` keys.
    pub paths: ProjectPaths,
    /// `vars`, never rendered.
    pub vars: Vars,
    /// The rendered configs, by section.
    pub configs: Configs,
    /// The configs as written.
    pub unrendered_configs: Configs,
    /// `on-run-start`, to be rendered when they run.
    pub on_run_start: Vec<Text>,
    /// `on-run-end`, to be rendered when they run.
    pub on_run_end: Vec<Text>,
    /// `dispatch`
    pub dispatch: Vec<Dispatch>,
    /// `quoting`
    pub quoting: ProjectQuoting,
    /// `query-comment`, to be rendered for each statement.
    pub query_comment: QueryComment,
    /// `flags`
    pub flags: ProjectFlags,
    /// `require-dbt-version`; empty where nothing is required.
    pub require_dbt_version: Vec<VersionSpecifier>,
    /// `restrict-access`
    pub restrict_access: bool,
    /// `config-version`
    pub config_version: i64,
    /// `dbt-cloud`
    pub dbt_cloud: Option<Yaml>,
}

/// The folders of a project, relative to its own, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectPaths {
    /// `model-paths`, once `source-paths`
    pub models: Vec<String>,
    /// `seed-paths`, once `data-paths`
    pub seeds: Vec<String>,
    /// `snapshot-paths`
    pub snapshots: Vec<String>,
    /// `analysis-paths`
    pub analyses: Vec<String>,
    /// `macro-paths`
    pub macros: Vec<String>,
    /// `test-paths`
    pub tests: Vec<String>,
    /// `function-paths`
    pub functions: Vec<String>,
    /// `docs-paths`: where `.md` files with docs blocks are looked for; by default all of the above.
    pub docs: Vec<String>,
    /// `asset-paths`
    pub assets: Vec<String>,
    /// `target-path`
    pub target: String,
    /// `log-path`
    pub log: String,
    /// `packages-install-path`
    pub packages_install: String,
    /// `clean-targets`
    pub clean_targets: Vec<String>,
}

impl ProjectPaths {
    /// All folders that may hold properties files, each once, in the order of the keys.
    pub fn all_sources(&self) -> Vec<String> {
        let lists =
            [&self.models, &self.seeds, &self.snapshots, &self.analyses, &self.macros, &self.tests, &self.functions];
        let mut all: Vec<String> = Vec::new();
        for path in lists.into_iter().flatten().map(|path| path.trim_end_matches('/')) {
            if !all.iter().any(|known| known == path) {
                all.push(path.to_owned());
            }
        }
        all
    }
}

/// `vars`: values for all packages, and dictionaries named after a package with values for that one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vars {
    tree: Option<Yaml>,
}

impl Vars {
    /// The variables of a dictionary.
    pub fn new(tree: Option<Yaml>) -> Self {
        Vars { tree }
    }

    /// The value of a variable for a node of `package`.
    pub fn get(&self, package: &str, name: &str) -> Option<&Yaml> {
        let tree = self.tree.as_ref()?;
        tree.get(package).and_then(|own| own.get(name)).or_else(|| tree.get(name))
    }

    /// All of them as written.
    pub fn tree(&self) -> Option<&Yaml> {
        self.tree.as_ref()
    }
}

/// The configs of all sections.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Configs {
    sections: Vec<(ConfigSection, ConfigTree)>,
    empty: ConfigTree,
}

impl Configs {
    /// The configs of a `dbt_project.yml`.
    pub(crate) fn new(root: &Yaml) -> Self {
        let tree = |section: ConfigSection| {
            let value = match section {
                ConfigSection::DataTests => root.get("data_tests").or_else(|| root.get("tests")),
                section => root.get(section.key()),
            };
            (section, ConfigTree::new(value.cloned()))
        };
        Configs { sections: ConfigSection::ALL.map(tree).to_vec(), empty: ConfigTree::default() }
    }

    /// One section.
    pub fn section(&self, section: ConfigSection) -> &ConfigTree {
        let found = self.sections.iter().find(|(known, _)| *known == section);
        found.map_or(&self.empty, |(_, tree)| tree)
    }
}

/// An entry of `dispatch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch {
    /// `macro_namespace`
    pub macro_namespace: Text,
    /// `search_order`
    pub search_order: Vec<Text>,
}

/// `quoting` of a project; `None` leaves it to the adapter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProjectQuoting {
    /// `database`, or its other name `project`.
    pub database: Option<bool>,
    /// `schema`
    pub schema: Option<bool>,
    /// `identifier`
    pub identifier: Option<bool>,
}

/// `query-comment`.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryComment {
    /// dbt's own comment.
    Default,
    /// No comment.
    Off,
    /// A template of the project.
    Custom {
        /// The template; `None` is dbt's own.
        comment: Option<Text>,
        /// Behind the statement instead of before it.
        append: bool,
        /// As the label of a job, which DuckDB does not have.
        job_label: bool,
    },
}

#[cfg(test)]
mod tests;
