//! Checkouts, through the git command: its credentials, proxies and protocols are the user's own.

use super::{Outcome, Request, unwritable};
use crate::diagnostic::{Diagnostic, ErrorCode};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A revision of a repository on the disk.
#[derive(Debug, Clone)]
pub(super) struct Checkout {
    /// The package's folder in it.
    pub folder: PathBuf,
    /// The commit.
    pub commit: String,
}

/// Clones the one commit that `revision` means into `folder`.
pub(super) fn check_out(
    request: &Request<'_>,
    repository: &str,
    revision: &str,
    subdirectory: Option<&str>,
    folder: &Path,
) -> Outcome<Checkout> {
    let git = Git { request, repository, revision };
    git.check_words(subdirectory)?;
    let mut clone = vec!["clone", "--depth", "1"];
    if subdirectory.is_some() {
        clone.extend(["--filter=blob:none", "--sparse"]);
    }
    let target = folder.to_string_lossy();
    clone.extend(["--", repository, &target]);
    git.run(None, &clone)?;
    if let Some(subdirectory) = subdirectory {
        git.run(Some(folder), &["sparse-checkout", "set", subdirectory])?;
    }
    if revision != "HEAD" {
        git.fetch(folder)?;
    }
    let commit = git.run(Some(folder), &["rev-parse", "HEAD"])?;
    if request.secrets.scrub(repository) != repository {
        // The checkout becomes the installed package, and git has written down in many places what opened the repository.
        std::fs::remove_dir_all(folder.join(".git")).map_err(|cause| unwritable(folder, &cause))?;
    }
    let package = subdirectory.map_or_else(|| folder.to_path_buf(), |subdirectory| folder.join(subdirectory));
    if !package.is_dir() {
        let folder = subdirectory.unwrap_or_default();
        return Err(Box::new(git.error(&format!("the repository has no folder '{folder}' at this revision"))));
    }
    Ok(Checkout { folder: package, commit })
}

struct Git<'a> {
    request: &'a Request<'a>,
    repository: &'a str,
    revision: &'a str,
}

impl Git<'_> {
    /// Words of a file must not become options of git, nor lead out of the checkout.
    fn check_words(&self, subdirectory: Option<&str>) -> Outcome<()> {
        let leads_out = |folder: &str| {
            Path::new(folder).is_absolute() || folder.split(['/', '\\']).any(|part| part == ".." || part == ".git")
        };
        if self.revision.starts_with('-') {
            return Err(Box::new(self.error("a revision does not begin with '-'")));
        }
        match subdirectory {
            Some(folder) if folder.starts_with('-') || leads_out(folder) => {
                Err(Box::new(self.error(&format!("the subdirectory '{folder}' is not a folder within the repository"))))
            }
            _ => Ok(()),
        }
    }

    /// Gets the revision, and makes it what is checked out. A tag is preferred to a branch of the same name.
    fn fetch(&self, folder: &Path) -> Outcome<()> {
        if is_commit(self.revision) {
            self.run(Some(folder), &["fetch", "origin", "--depth", "1", self.revision])?;
            self.run(Some(folder), &["reset", "--hard", self.revision])?;
            return Ok(());
        }
        self.run(Some(folder), &["remote", "set-branches", "origin", self.revision])?;
        self.run(Some(folder), &["fetch", "origin", "--depth", "1", "--tags", self.revision])?;
        let tags = self.run(Some(folder), &["tag", "--list"])?;
        let is_tag = tags.lines().any(|tag| tag == self.revision);
        let place = if is_tag { "tags" } else { "origin" };
        self.run(Some(folder), &["reset", "--hard", &format!("{place}/{}", self.revision)])?;
        Ok(())
    }

    /// Runs git, in English, and gives what it printed.
    fn run(&self, folder: Option<&Path>, words: &[&str]) -> Outcome<String> {
        self.request.listener.debug(self.request.secrets.scrub(&format!("git {}", words.join(" "))));
        let mut command = Command::new("git");
        command.args(words).env("LC_ALL", "C").current_dir(folder.unwrap_or(self.request.tree.root()));
        let Output { status, stdout, stderr } = command.output().map_err(|cause| {
            let message = format!("git cannot be run: {cause}. Make sure git is installed on your machine.");
            Box::new(Diagnostic::error(ErrorCode::PackageUnreachable, message))
        })?;
        if status.success() {
            return Ok(String::from_utf8_lossy(&stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&stderr);
        let said = said.split("\nusage: git").next().unwrap_or_default();
        Err(Box::new(self.error(said.trim())))
    }

    fn error(&self, said: &str) -> Diagnostic {
        let message = format!("Error checking out spec='{}' for repo {}\n{said}", self.revision, self.repository);
        let message = self.request.secrets.scrub(&message);
        Diagnostic::error(ErrorCode::PackageUnreachable, message).hint(
            "try `git ls-remote` with this address; without a network, list a copy of the package with `local:` instead",
        )
    }
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
