//! `packages.yml`, `dependencies.yml`, `package-lock.yml`, and the packages that are installed.
//!
//! Owns the forms of an entry (`dbt/contracts/project.py`) and which folders count as installed. Never fetches anything.

use super::fields::{Allowed, Fields, Refused, Report, Spanned, Text, Value};
use super::project_file::ProjectPaths;
use super::render::{RenderRule, RenderString, render_tree};
use super::tree::{FileTree, join, normalize};
use super::yaml::{Yaml, YamlValue, load};
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap, Span};
use std::sync::Arc;

/// Where packages are listed.
pub const PACKAGES_FILE: &str = "packages.yml";
/// Where packages and projects are listed.
pub const DEPENDENCIES_FILE: &str = "dependencies.yml";
/// What was installed last.
pub const LOCK_FILE: &str = "package-lock.yml";

/// What a project depends on.
#[derive(Debug, Clone, Default)]
pub struct Dependencies {
    /// `packages`, from either file.
    pub packages: Vec<PackageEntry>,
    /// The file that lists the packages, as displayed.
    pub packages_file: Option<Arc<str>>,
    /// `projects` of `dependencies.yml`: other domains.
    pub projects: Vec<Text>,
}

/// An entry of `packages`.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageEntry {
    /// Where the package comes from.
    pub source: PackageSource,
    /// `name`
    pub name: Option<Text>,
    /// The whole entry as written, before rendering.
    pub unrendered: Yaml,
    /// The whole entry, rendered.
    pub rendered: Yaml,
    /// Where it stands.
    pub span: Span,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PackageSource {
    /// `package`: the hub.
    Hub {
        /// `namespace/name`
        package: Text,
        /// `version`: each a version or a range.
        versions: Vec<Text>,
        /// `install_prerelease`
        install_prerelease: bool,
    },
    /// `git`
    Git {
        /// The repository.
        git: Text,
        /// `revision`
        revision: Option<Text>,
        /// `subdirectory`
        subdirectory: Option<Text>,
        /// `warn-unpinned`
        warn_unpinned: Option<bool>,
    },
    /// `local`: a folder, relative to the project.
    Local {
        /// The folder as written.
        path: Text,
    },
    /// `tarball`
    Tarball {
        /// The address.
        url: Text,
    },
    /// `private`: a repository of a provider, reached with git over SSH, since dbt 1.12.
    Private {
        /// `owner/repository`; with Azure DevOps `organization/project/repository`.
        private: Text,
        /// `provider`; GitHub when there is none.
        provider: Option<Text>,
        /// `revision`
        revision: Option<Text>,
        /// `subdirectory`
        subdirectory: Option<Text>,
        /// `warn-unpinned`
        warn_unpinned: Option<bool>,
    },
}

impl Dependencies {
    /// Reads both files of the project in `folder`; a project without them depends on nothing. As in dbt, Jinja counts in
    /// `packages.yml` only.
    pub fn load(
        tree: &dyn FileTree,
        folder: &str,
        renderer: &dyn RenderString,
        sources: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Dependencies {
        let dependencies = read_file(tree, &join(folder, DEPENDENCIES_FILE), sources, diagnostics);
        let packages = read_file(tree, &join(folder, PACKAGES_FILE), sources, diagnostics);
        let mut result = Dependencies::default();
        if let Some((file, written)) = &dependencies {
            result.read(file, written, written, true, diagnostics);
        }
        if let Some((file, written)) = &packages {
            let own = written.as_map().and_then(|map| map.entry("packages"));
            let other = dependencies.as_ref().and_then(|(_, tree)| tree.as_map()).and_then(|map| map.entry("packages"));
            if let (Some((own, _)), Some((other, _))) = (own, other) {
                let message = "The 'packages' key cannot be specified in both packages.yml and dependencies.yml";
                let error = Diagnostic::error(ErrorCode::InvalidPackages, message).at(own.span.clone());
                diagnostics.push(error.also(other.span.clone(), "and here"));
                return result;
            }
            let rendered = render_tree(written, RenderRule::Everything, renderer, diagnostics);
            result.read(file, written, &rendered, false, diagnostics);
        }
        result
    }

    fn read(
        &mut self,
        file: &Arc<str>,
        written: &Yaml,
        rendered: &Yaml,
        with_projects: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let report = Report::new(ErrorCode::InvalidPackages, format!("The {file} file in this project is malformed: "));
        if let Some(fields) = Value::root(rendered, &report).fields() {
            check_keys(fields, with_projects);
            if fields.map.contains_key("packages") {
                let written = written.get("packages").and_then(Yaml::as_seq).unwrap_or_default();
                self.packages = read_packages(fields, written);
                self.packages_file = Some(file.clone());
            }
            if with_projects {
                self.projects = fields.list("projects", Allowed, read_project);
            }
        }
        report.drain_into(diagnostics);
    }
}

fn read_file(
    tree: &dyn FileTree,
    path: &str,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Arc<str>, Yaml)> {
    if !tree.is_file(path) {
        return None;
    }
    let file: Arc<str> = Arc::from(path);
    let text = tree.read_text(path).map_err(|error| diagnostics.push(error.into())).ok()?;
    sources.insert(file.clone(), text.clone());
    let root = load(&file, &text, diagnostics).ok()??;
    Some((file, root))
}

fn check_keys(fields: Fields<'_>, with_projects: bool) {
    if with_projects {
        // dbt looks at nothing else in this file.
        return;
    }
    if let Some((key, _)) = fields.map.entry("projects") {
        let message = "The 'projects' key cannot be specified in packages.yml";
        let error = Diagnostic::error(ErrorCode::InvalidPackages, message).at(key.span.clone());
        fields.report().push(error.hint("write `projects:` in dependencies.yml"));
    } else {
        fields.deny_unknown(&["packages", "sha1_hash"]);
    }
}

fn read_project(value: Value<'_>) -> Option<Text> {
    let fields = value.fields()?;
    fields.required("name", |value| value.text())
}

fn read_packages(fields: Fields<'_>, written: &[Yaml]) -> Vec<PackageEntry> {
    fields.list("packages", Refused, |value| {
        let at = match value.path {
            super::fields::Path::Index(_, at) => at,
            _ => 0,
        };
        read_package(value, written.get(at).unwrap_or(value.yaml))
    })
}

fn read_package(value: Value<'_>, written: &Yaml) -> Option<PackageEntry> {
    let fields = value.fields()?;
    let kinds = ["package", "git", "local", "tarball", "private"];
    let Some(kind) = kinds.into_iter().find(|kind| fields.map.contains_key(kind)) else {
        value.no_schema();
        return None;
    };
    let place = fields.required(kind, |value| value.text())?;
    if place.as_str().is_empty() {
        let what = if kind == "package" { "hub" } else { kind };
        value.wrong(format_args!("A {what} package is missing the value. It is a required property."));
        return None;
    }
    let source = match kind {
        "package" => read_hub(fields, place)?,
        "git" => {
            fields.deny_unknown(&["git", "revision", "warn-unpinned", "subdirectory", "name"]);
            PackageSource::Git {
                git: place,
                revision: fields.read("revision", Allowed, version_text),
                subdirectory: fields.text("subdirectory", Allowed),
                warn_unpinned: fields.boolean("warn-unpinned", Allowed),
            }
        }
        "local" => {
            fields.deny_unknown(&["local", "name"]);
            PackageSource::Local { path: place }
        }
        "tarball" => {
            fields.deny_unknown(&["tarball", "name"]);
            fields.required("name", |value| value.text())?;
            PackageSource::Tarball { url: place }
        }
        _ => PackageSource::Private {
            private: place,
            provider: fields.text("provider", Allowed),
            revision: fields.read("revision", Allowed, version_text),
            subdirectory: fields.text("subdirectory", Allowed),
            warn_unpinned: fields.boolean("warn-unpinned", Allowed),
        },
    };
    Some(PackageEntry {
        source,
        name: fields.text("name", Allowed),
        unrendered: written.clone(),
        rendered: value.yaml.clone(),
        span: fields.span(),
    })
}

fn read_hub(fields: Fields<'_>, package: Text) -> Option<PackageSource> {
    fields.deny_unknown(&["package", "version", "install_prerelease", "name"]);
    let shown = package.as_str();
    if !fields.map.get("version").is_some_and(Yaml::is_truthy) {
        fields.value.wrong(format_args!(
            "{shown} is missing the version. When installing from the Hub package index, version is a required property"
        ));
        return None;
    }
    if !shown.contains('/') {
        fields.value.wrong(format_args!(
            "{shown} was not found in the package index. Packages on the index require a namespace, e.g dbt-labs/dbt_utils"
        ));
        return None;
    }
    let versions = fields.read("version", Refused, |value| match &value.yaml.value {
        YamlValue::Seq(_) => Some(value.items(version_text)),
        _ => version_text(value).map(|version| vec![version]),
    })?;
    let install_prerelease = fields.boolean("install_prerelease", Allowed).unwrap_or(false);
    Some(PackageSource::Hub { package, versions, install_prerelease })
}

/// A version or revision: text, or a number as it is written.
fn version_text(value: Value<'_>) -> Option<Text> {
    match &value.yaml.value {
        YamlValue::String(_) => value.text(),
        YamlValue::Int(_) | YamlValue::Float(_) => {
            Some(Spanned::new(Arc::from(value.yaml.to_python()), value.yaml.span.clone()))
        }
        _ => {
            value.no_schema();
            None
        }
    }
}

/// `package-lock.yml`.
#[derive(Debug, Clone, Default)]
pub struct PackageLock {
    /// What was installed; `name` is the package's own.
    pub packages: Vec<PackageEntry>,
    /// `sha1_hash`: of the list that it was resolved from.
    pub sha1_hash: Option<Text>,
}

impl PackageLock {
    /// Reads the lock of the project in `folder`, if there is one. Jinja counts in it, as in `packages.yml`.
    pub fn load(
        tree: &dyn FileTree,
        folder: &str,
        renderer: &dyn RenderString,
        sources: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<PackageLock> {
        let (file, written) = read_file(tree, &join(folder, LOCK_FILE), sources, diagnostics)?;
        let root = render_tree(&written, RenderRule::Everything, renderer, diagnostics);
        let report = Report::new(ErrorCode::InvalidPackages, format!("The {file} file in this project is malformed: "));
        let lock = Value::root(&root, &report).fields().map(|fields| PackageLock {
            packages: read_packages(fields, written.get("packages").and_then(Yaml::as_seq).unwrap_or_default()),
            sha1_hash: fields.text("sha1_hash", Allowed),
        });
        let has_errors = report.drain_into(diagnostics);
        lock.filter(|_| !has_errors)
    }
}

/// The folders of installed packages of the project in `folder`, sorted: those in its install path whose names do not begin
/// with `__` (`dbt/config/runtime.py`).
pub fn installed_packages(tree: &dyn FileTree, folder: &str, paths: &ProjectPaths) -> Vec<String> {
    let install = normalize(&join(folder, &paths.packages_install));
    let names = tree.folders_in(&install).into_iter().filter(|name| !name.starts_with("__"));
    names.map(|name| join(&install, &name)).collect()
}

/// The error that dbt gives where fewer packages are installed than listed.
pub fn check_installed(dependencies: &Dependencies, installed: usize, paths: &ProjectPaths) -> Option<Diagnostic> {
    let specified = dependencies.packages.len();
    let first = dependencies.packages.first()?;
    if specified <= installed {
        return None;
    }
    let file = dependencies.packages_file.as_ref().and_then(|file| file.rsplit('/').next()).unwrap_or(PACKAGES_FILE);
    let message = format!(
        "dbt found {specified} package(s) specified in {file}, but only {installed} package(s) installed in {}. Run \"dbt \
         deps\" to install package dependencies.",
        paths.packages_install
    );
    let error = Diagnostic::error(ErrorCode::PackageNotInstalled, message).at(first.span.clone());
    Some(error.hint("meshbuild deps"))
}

#[cfg(test)]
mod tests;
