//! `clean`: deletes what a project's `clean-targets` name.

use super::arguments::CleanArguments;
use super::console::Console;
use super::workspace::Workspace;
use super::{Done, Failed};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::project::project_file::ProjectFile;
use crate::project::tree::join;
use crate::run::EventKind;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Deletes the folders of every project that the command is about; nothing is deleted if one of them may not be.
pub(super) fn clean(workspace: &Workspace, console: &Console, arguments: CleanArguments) -> Done {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut refused = Vec::new();
    for loaded in &workspace.domains {
        if workspace.member.as_ref().is_some_and(|member| *member != loaded.domain.name) {
            continue;
        }
        let project = &loaded.projects[0];
        let root = match &workspace.member {
            Some(_) => workspace.artifacts_root(),
            None => workspace.root.join(&project.folder),
        };
        for target in &project.paths.clean_targets {
            let folder = root.join(target);
            match check(project, &root, target, arguments.project_files_only) {
                None => folders.push(folder),
                Some(reason) => refused.push(refusal(&folder, reason)),
            }
        }
    }
    if workspace.is_mesh && workspace.member.is_none() {
        folders.push(workspace.root.join("target"));
    }
    if !refused.is_empty() {
        return Err(Failed(refused));
    }
    for folder in folders {
        remove(&folder, console)?;
    }
    console.event(EventKind::Note { message: "Finished cleaning all paths.".to_string() });
    Ok(true)
}

fn refusal(folder: &Path, reason: &str) -> Diagnostic {
    let message = format!("dbt will not clean {}: {reason}", folder.display());
    let error = Diagnostic::error(ErrorCode::InvalidProjectFile, message);
    error.hint("take it out of `clean-targets`, or give --no-clean-project-files-only if it lies outside on purpose")
}

fn check(project: &ProjectFile, root: &Path, target: &str, inside_only: bool) -> Option<&'static str> {
    let wanted = join("", target);
    let is_source = |path: &String| {
        let path = join("", path);
        path == wanted || path.starts_with(&format!("{wanted}/"))
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = real(&root.join(target));
    if real(root).starts_with(&folder) {
        return Some("the project itself lies in it");
    }
    if project.paths.all_sources().iter().any(is_source) {
        return Some("the project's own files stand there");
    }
    (inside_only && !folder.starts_with(real(root))).then_some("it lies outside the project")
}

fn remove(folder: &Path, console: &Console) -> Result<(), Failed> {
    console.event(EventKind::Note { message: format!("Checking {}/*", folder.display()) });
    let removed = match std::fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(folder),
        Ok(_) => std::fs::remove_file(folder),
        Err(cause) => Err(cause),
    };
    match removed {
        Ok(()) => {}
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => {
            let message = format!("{} cannot be deleted: {cause}", folder.display());
            return Err(Failed(vec![Diagnostic::error(ErrorCode::UnreadableFile, message)]));
        }
    }
    console.event(EventKind::Note { message: format!("Cleaned {}/*", folder.display()) });
    Ok(())
}
