//! `deps`: makes the packages that a project lists available to it. Local ones are linked; others are refused.

use super::arguments::DepsArguments;
use super::console::Console;
use super::workspace::{Place, packages_of};
use super::{Done, Failed};
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap};
use crate::jinja::value::python_json;
use crate::project::discover::Root;
use crate::project::packages::{Dependencies, LOCK_FILE, PackageEntry, PackageSource};
use crate::project::project_file::ProjectSource;
use crate::project::tree::{DiskTree, join, normalize};
use crate::project::yaml::Yaml;
use crate::run::EventKind;
use serde_json::json;
use sha1::{Digest, Sha1};
use std::io;
use std::path::Path;

/// A package that can be installed.
struct Installable {
    /// The package's own name.
    name: String,
    /// The folder as the project names it.
    local: String,
    /// The folder below the root.
    folder: String,
}

/// Installs the packages of every project that the command is about.
pub(super) fn deps(
    found: &super::workspace::FoundRoot,
    place: &Place,
    console: &Console,
    sources: &SourceMap,
    arguments: &DepsArguments,
) -> Done {
    if arguments.add_package.is_some() {
        let message = "`deps --add-package` is not supported yet";
        return Err(Failed(vec![
            Diagnostic::error(ErrorCode::UnsupportedOption, message)
                .hint("write the package into packages.yml:\npackages:\n  - local: ../shared"),
        ]));
    }
    let folders: Vec<String> = match &found.root {
        Root::Project { folder } => vec![folder.clone()],
        Root::Mesh(mesh) => match mesh.member.and_then(|index| mesh.domains.get(index)) {
            Some(member) => vec![member.folder.clone()],
            None => mesh.domains.iter().map(|domain| domain.folder.clone()).collect(),
        },
    };
    let mut diagnostics = Vec::new();
    for folder in &folders {
        let dependencies = packages_of(&found.tree, folder, place, sources, &mut diagnostics);
        let installables = installable(&found.tree, folder, &dependencies, place, sources, &mut diagnostics);
        let errors = console.warn(std::mem::take(&mut diagnostics));
        if !errors.is_empty() {
            return Err(Failed(errors));
        }
        if dependencies.packages.is_empty() {
            let message = "Warning: No packages were found in packages.yml".to_string();
            console.event(EventKind::Note { message });
            continue;
        }
        let written = write_lock(&found.folder.join(folder), &dependencies.packages, &installables);
        written.map_err(|cause| unwritable(&found.folder.join(folder).join(LOCK_FILE), &cause))?;
        if !arguments.lock {
            let target = install_folder(&found.tree, folder, sources);
            install(&found.folder, &join(folder, &target), &installables, console)?;
        }
    }
    Ok(true)
}

/// The listed packages, and behind them what they list themselves.
fn installable(
    tree: &DiskTree,
    project: &str,
    dependencies: &Dependencies,
    place: &Place,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Installable> {
    let mut found: Vec<Installable> = Vec::new();
    let mut waiting: Vec<(String, PackageEntry)> =
        dependencies.packages.iter().rev().map(|entry| (project.to_string(), entry.clone())).collect();
    while let Some((base, entry)) = waiting.pop() {
        let PackageSource::Local { path } = &entry.source else {
            diagnostics.push(
                Diagnostic::error(ErrorCode::Unsupported, "packages that are not local are not supported yet")
                    .at(entry.span.clone())
                    .hint("install them with dbt's `dbt deps`: meshbuild reads the folder that it leaves"),
            );
            continue;
        };
        let folder = normalize(&join(&base, path.as_str()));
        if found.iter().any(|known| known.folder == folder) {
            continue;
        }
        let Some(source) = ProjectSource::load(tree, &folder, sources, diagnostics) else { continue };
        let name = source.name().unwrap_or_default().to_string();
        if let Some(other) = found.iter().find(|known| known.name == name) {
            let message = format!("two packages are called '{name}': {} and {folder}", other.folder);
            diagnostics.push(Diagnostic::error(ErrorCode::InvalidPackages, message).at(entry.span.clone()));
            continue;
        }
        let own = packages_of(tree, &folder, place, sources, diagnostics);
        waiting.extend(own.packages.into_iter().rev().map(|entry| (folder.clone(), entry)));
        found.push(Installable { name, local: path.as_str().to_string(), folder });
    }
    found
}

fn install_folder(tree: &DiskTree, project: &str, sources: &SourceMap) -> String {
    let source = ProjectSource::load(tree, project, sources, &mut Vec::new());
    source
        .and_then(|source| source.packages_install_path().map(str::to_string))
        .unwrap_or_else(|| "dbt_packages".to_string())
}

fn install(root: &Path, target: &str, packages: &[Installable], console: &Console) -> Result<(), Failed> {
    let target = root.join(target);
    std::fs::create_dir_all(&target).map_err(|cause| unwritable(&target, &cause))?;
    for package in packages {
        console.event(EventKind::Note { message: format!("Installing {}", package.name) });
        let link = target.join(&package.name);
        let source = root.join(&package.folder);
        replace(&link, &source).map_err(|cause| unwritable(&link, &cause))?;
        let message = format!("Installed from <local @ {}>", package.local);
        console.event(EventKind::Note { message });
    }
    Ok(())
}

/// Links `link` to `folder`, in the place of what was installed there before.
fn replace(link: &Path, folder: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(link) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(link)?,
        Ok(_) => std::fs::remove_file(link)?,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(cause),
    }
    std::os::unix::fs::symlink(folder, link)
}

/// `package-lock.yml`, with the checksum of the list that dbt makes (`_create_sha1_hash` of `dbt/task/deps.py`).
fn write_lock(project: &Path, listed: &[PackageEntry], installed: &[Installable]) -> io::Result<()> {
    let mut texts: Vec<String> = listed
        .iter()
        .filter_map(|entry| {
            let PackageSource::Local { path } = &entry.source else { return None };
            Some(python_json(&json!({ "local": path.as_str(), "unrendered": Yaml::to_json(&entry.unrendered) })))
        })
        .collect();
    texts.sort();
    let hash: String = Sha1::digest(texts.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut text = "packages:\n".to_string();
    for package in installed {
        let quote = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let plain = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter));
        let value = |text: &str| if plain(text) { text.to_string() } else { quote(text) };
        text += &format!("  - local: {}\n    name: {}\n", value(&package.local), value(&package.name));
    }
    text += &format!("sha1_hash: {hash}\n");
    std::fs::write(project.join(LOCK_FILE), text)
}

fn unwritable(path: &Path, cause: &io::Error) -> Failed {
    let message = format!("{} cannot be written: {cause}", path.display());
    Failed(vec![Diagnostic::error(ErrorCode::InvalidPackages, message)])
}
