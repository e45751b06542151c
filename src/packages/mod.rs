//! `deps`: which packages a project needs, where they come from, and their folders.
//!
//! Owns the resolution of what packages list themselves, `package-lock.yml`, and the only code that fetches anything: git
//! through its command, the hub and archives over HTTP. Never decides what a package means to a project, and never leaves
//! a folder half-written: everything is put together beside the install path and then renamed.

mod add;
mod archive;
mod fetch;
mod git;
mod http;
mod hub;
mod install;
mod lock;
mod private;
mod requirement;
mod resolve;

pub use add::{NewPackage, add};
pub use private::git_tokens;

use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap};
use crate::project::packages::{Dependencies, LOCK_FILE, PackageLock};
use crate::project::profile::Secrets;
use crate::project::render::RenderString;
use crate::project::tree::DiskTree;
use fetch::Fetcher;
use install::Staging;
use requirement::Requirement;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The outcome of a step: what is wrong is one diagnostic, as what follows needs the step.
#[allow(clippy::result_large_err, reason = "a failing step ends the command")]
type Outcome<T> = Result<T, Box<Diagnostic>>;

/// Told what happens while it happens.
pub trait Listener {
    /// Something for everybody.
    fn note(&self, message: String);
    /// Something for the log.
    fn debug(&self, message: String);
    /// A warning. Gives it back as an error where the user wants it to be one.
    fn warn(&self, warning: Diagnostic) -> Option<Diagnostic>;
}

/// Texts as Python's `json.dumps` and PyYAML's `yaml.dump` write them.
#[derive(Clone, Copy)]
pub struct Notation {
    /// `json.dumps`.
    pub json: fn(&serde_json::Value) -> String,
    /// `yaml.dump`, with sorted keys.
    pub yaml: fn(&serde_json::Value) -> String,
}

/// The project whose packages are wanted, and what there is to get them with.
pub struct Request<'a> {
    /// Files, with paths as they are displayed.
    pub tree: &'a DiskTree,
    /// The project's folder within the tree.
    pub folder: &'a str,
    /// The project's name.
    pub name: &'a str,
    /// `packages-install-path`
    pub install_path: PathBuf,
    /// Jinja in lists of packages.
    pub renderer: &'a dyn RenderString,
    /// What the renderer left placeholders for.
    pub secrets: &'a Secrets,
    /// `DBT_PACKAGE_HUB_URL`, `DBT_HTTP_TIMEOUT` and the like.
    pub environment: &'a BTreeMap<String, String>,
    /// Whether versions that need another dbt are left out.
    pub version_check: bool,
    /// Texts for diagnostics.
    pub sources: &'a SourceMap,
    /// How the lock is written.
    pub notation: Notation,
    /// Who is told.
    pub listener: &'a dyn Listener,
}

impl Request<'_> {
    /// The project's folder on the disk.
    pub fn project(&self) -> PathBuf {
        self.tree.disk_path(self.folder)
    }

    fn lock_path(&self) -> PathBuf {
        self.project().join(LOCK_FILE)
    }

    fn warn(&self, warning: Diagnostic) -> Outcome<()> {
        self.listener.warn(self.secrets.scrub_diagnostic(warning)).map_or(Ok(()), |error| Err(Box::new(error)))
    }
}

/// Resolves and locks the packages of `dependencies` where the lock is not of this list or `upgrade` says so, and installs
/// what the lock holds, unless only the lock is wanted.
///
/// # Errors
/// Everything that keeps the packages from being there. What was installed before stays then.
pub fn deps(
    request: &Request<'_>,
    dependencies: &Dependencies,
    upgrade: bool,
    lock_only: bool,
) -> Result<(), Vec<Diagnostic>> {
    let scrubbed = |error: Box<Diagnostic>| vec![request.secrets.scrub_diagnostic(*error)];
    let staging = Staging::new(&request.install_path).map_err(scrubbed)?;
    let mut fetcher = Fetcher::new(request, staging.downloads()).map_err(scrubbed)?;
    let hash = lock::hash(&dependencies.packages, request.secrets, request.notation);
    let locked = read_lock(request)?;
    let is_current = locked.and_then(|lock| lock.sha1_hash).is_some_and(|known| known.as_str() == hash);
    if upgrade || !is_current {
        lock::update(request, &mut fetcher, dependencies, &hash).map_err(scrubbed)?;
    }
    if lock_only {
        return Ok(());
    }
    let locked = read_lock(request)?.map(|lock| lock.packages).unwrap_or_default();
    let required: Result<Vec<Requirement>, _> = locked.iter().map(|entry| Requirement::new(entry, request)).collect();
    if locked.is_empty() {
        request.listener.note(NO_PACKAGES.to_owned());
    }
    required.and_then(|required| install::install(request, &mut fetcher, staging, required)).map_err(scrubbed)
}

const NO_PACKAGES: &str = "Warning: No packages were found in packages.yml";

fn read_lock(request: &Request<'_>) -> Result<Option<PackageLock>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let lock = PackageLock::load(request.tree, request.folder, request.renderer, request.sources, &mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) { Err(diagnostics) } else { Ok(lock) }
}

/// The error for a file or folder that cannot be made.
fn unwritable(path: &Path, cause: &std::io::Error) -> Box<Diagnostic> {
    let message = format!("{} cannot be written: {cause}", path.display());
    Box::new(Diagnostic::error(ErrorCode::PackagesUnwritable, message))
}

#[cfg(test)]
mod tests;
