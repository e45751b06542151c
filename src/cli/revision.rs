//! A mesh as it was at a git revision: its files are read from git's objects into memory. Nothing is checked out, and
//! uncommitted work stays where it is.

use super::Failed;
use super::load::{Loaded, Setup};
use super::workspace::{self, FoundRoot};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::project::discover::{Root, RootFlags, find_root};
use crate::project::profile::PROFILES_FILE;
use crate::project::tree::{DiskTree, FileTree, MemoryTree, ReadError};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// The mesh at the merge base of `revision` and what is checked out; and that commit.
pub(super) fn at_merge_base(loaded: &Loaded, revision: &str) -> Result<(Loaded, String), Failed> {
    let root = &loaded.workspace.root;
    if revision.starts_with('-') {
        return Err(failed(revision, "a revision does not begin with '-'"));
    }
    let commit = git(root, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])
        .map_err(|_| failed(revision, "there is no such revision"))?;
    let commit = git(root, &["merge-base", "HEAD", commit.trim()]).map_err(|said| failed(revision, &said))?;
    let commit = commit.trim().to_string();
    let files = files_at(root, &commit).map_err(|said| failed(revision, &said))?;
    let installed: Vec<String> = loaded.workspace.domains.iter().map(|domain| domain.installed_packages()).collect();
    let tree: Arc<dyn FileTree> = Arc::new(Overlay { files, disk: DiskTree::new(root), installed });
    let found = found(loaded, &*tree).map_err(|found| at_revision(revision, found))?;
    let setup = loaded.setup.silently(found);
    let workspace = read(&setup, tree).map_err(|found| at_revision(revision, found))?;
    let (base, diagnostics) = Loaded::parse(setup, workspace)?;
    let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if errors.is_empty() { Ok((base, commit)) } else { Err(at_revision(revision, errors)) }
}

fn found(loaded: &Loaded, tree: &dyn FileTree) -> Result<FoundRoot, Vec<Diagnostic>> {
    let was = &loaded.setup.found;
    let member = match &was.root {
        Root::Mesh(mesh) => mesh.member.and_then(|index| mesh.domains.get(index)).map(|domain| domain.relative.clone()),
        Root::Project { .. } => return Ok(was.clone()),
    };
    let flags = RootFlags { mesh_dir: Some(String::new()), project_dir: member, no_mesh: false };
    let mut diagnostics = Vec::new();
    match find_root(tree, "", &flags, &crate::diagnostic::SourceMap::default(), &mut diagnostics) {
        Some(root) => Ok(was.with_root(root)),
        None => Err(diagnostics),
    }
}

fn read(setup: &Setup, tree: Arc<dyn FileTree>) -> Result<workspace::Workspace, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let sources = setup.sources.clone();
    let read = workspace::read(&setup.found, tree, &setup.arguments, &setup.place, sources, &mut diagnostics);
    diagnostics.retain(Diagnostic::is_error);
    match read {
        Some(workspace) if diagnostics.is_empty() => Ok(workspace),
        _ => Err(diagnostics),
    }
}

fn failed(revision: &str, said: &str) -> Failed {
    let message = format!("the revision '{revision}' cannot be compared with: {}", said.trim());
    let error = Diagnostic::error(ErrorCode::RevisionUnreadable, message);
    Failed(vec![error.hint("name a branch, tag or commit of this repository: --against origin/main")])
}

/// What is wrong with the mesh of the revision; its places are not those of the files here.
fn at_revision(revision: &str, found: Vec<Diagnostic>) -> Failed {
    let told = found.into_iter().map(|diagnostic| Diagnostic {
        message: format!("at {revision}: {}", diagnostic.message),
        primary: None,
        secondary: Vec::new(),
        ..diagnostic
    });
    Failed(told.collect())
}

/// Runs git in `folder` and gives what it printed; else what it said.
fn git(folder: &Path, words: &[&str]) -> Result<String, String> {
    let output = Command::new("git").args(words).env("LC_ALL", "C").current_dir(folder).stdin(Stdio::null()).output();
    let output = output.map_err(|cause| format!("git cannot be run: {cause}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The files below `folder` at a commit, by their paths relative to it.
fn files_at(folder: &Path, commit: &str) -> Result<MemoryTree, String> {
    let listed = git(folder, &["ls-tree", "-r", "-z", commit, "."])?;
    let mut names = Vec::new();
    for entry in listed.split('\0').filter(|entry| !entry.is_empty()) {
        let Some((head, path)) = entry.split_once('\t') else { continue };
        let mut head = head.split(' ');
        // Sub-modules and links are no files.
        if let (Some("100644" | "100755"), Some("blob"), Some(object)) = (head.next(), head.next(), head.next()) {
            names.push((object.to_string(), path.to_string()));
        }
    }
    let objects = blobs(folder, &names)?;
    let mut tree = MemoryTree::new();
    for ((_, path), content) in names.into_iter().zip(objects) {
        tree.insert(path, content);
    }
    Ok(tree)
}

/// The contents of objects, in order.
fn blobs(folder: &Path, names: &[(String, String)]) -> Result<Vec<Vec<u8>>, String> {
    let mut child = Command::new("git")
        .args(["cat-file", "--batch"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|cause| format!("git cannot be run: {cause}"))?;
    let asked: String = names.iter().map(|(object, _)| format!("{object}\n")).collect();
    let mut input = child.stdin.take().ok_or("git takes no input")?;
    // git answers while it reads: both ends are served at once.
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let output = child.wait_with_output().map_err(|cause| cause.to_string())?.stdout;
    let _ = writer.join();
    let mut rest = output.as_slice();
    let mut contents = Vec::with_capacity(names.len());
    for (object, _) in names {
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or("git's answer is cut off")?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size: usize = head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or(format!("no {object}"))?;
        let content = rest.get(end + 1..end + 1 + size).ok_or("git's answer is cut off")?;
        contents.push(content.to_vec());
        rest = rest.get(end + 2 + size..).unwrap_or_default();
    }
    Ok(contents)
}

/// The files of a revision. What git does not keep is taken from the disk: installed packages, and profiles.
struct Overlay {
    files: MemoryTree,
    disk: DiskTree,
    /// Folders of installed packages.
    installed: Vec<String>,
}

impl Overlay {
    fn tree(&self, path: &str) -> &dyn FileTree {
        let is_installed = self.installed.iter().any(|folder| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let is_profile = path.rsplit('/').next() == Some(PROFILES_FILE) && !self.files.is_file(path);
        if is_installed || is_profile { &self.disk } else { &self.files }
    }
}

impl FileTree for Overlay {
    fn files_below(&self, folder: &str) -> Vec<String> {
        self.tree(folder).files_below(folder)
    }

    fn folders_in(&self, folder: &str) -> Vec<String> {
        self.tree(folder).folders_in(folder)
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.tree(path).read_bytes(path)
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.tree(path).size(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.tree(path).is_dir(path)
    }
}
