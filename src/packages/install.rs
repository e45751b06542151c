//! From resolved packages to the install path, in one step that another process sees.

use super::fetch::{Fetcher, Pinned, Place};
use super::requirement::Requirement;
use super::resolve::{Listing, Source};
use super::{Outcome, Request, unwritable};
use std::io;
use std::path::{Path, PathBuf};

/// A folder beside the install path in which everything is made ready. It goes away with this value.
pub(super) struct Staging {
    folder: PathBuf,
    install_path: PathBuf,
}

impl Staging {
    pub fn new(install_path: &Path) -> Outcome<Staging> {
        let name = install_path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = install_path.with_file_name(format!(".{name}-{}", std::process::id()));
        let staging = Staging { folder, install_path: install_path.to_owned() };
        for folder in [staging.downloads(), staging.packages()] {
            std::fs::create_dir_all(&folder).map_err(|cause| unwritable(&folder, &cause))?;
        }
        Ok(staging)
    }

    /// Where downloads lie.
    pub fn downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }

    /// What will be the install path.
    fn packages(&self) -> PathBuf {
        self.folder.join("packages")
    }

    /// Puts what is ready in the place of what was installed before.
    fn publish(&self) -> io::Result<()> {
        let old = self.folder.join("old");
        match std::fs::symlink_metadata(&self.install_path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(cause),
            // A folder that lies elsewhere stays there.
            Ok(found) if found.is_symlink() => return self.publish_within(),
            Ok(_) => match std::fs::rename(&self.install_path, &old) {
                // A mount point cannot be renamed.
                Err(cause) if cause.kind() == io::ErrorKind::ResourceBusy => return self.publish_within(),
                renamed => renamed?,
            },
        }
        std::fs::rename(self.packages(), &self.install_path)
    }

    /// Replaces what is in the install path, one package after the other.
    fn publish_within(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.install_path)? {
            remove(&entry?.path())?;
        }
        for entry in std::fs::read_dir(self.packages())? {
            let entry = entry?;
            transfer(&entry.path(), &self.install_path.join(entry.file_name()))?;
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed does no harm.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Installs what a lock holds.
pub(super) fn install(
    request: &Request<'_>,
    fetcher: &mut Fetcher<'_>,
    staging: Staging,
    locked: Vec<Requirement>,
) -> Outcome<()> {
    let mut outdated = Vec::new();
    for pinned in Listing::of(locked)?.pinned(fetcher)? {
        let shown = request.secrets.scrub(&pinned.shown());
        request.listener.note(format!("Installing {shown}"));
        let name = fetcher.metadata(&pinned)?.name;
        let folder = fetcher.folder(&pinned)?;
        let target = staging.packages().join(&name);
        let placed = match pinned.place {
            Place::Local { .. } => link(request, &folder, &target),
            _ => transfer(&folder, &target),
        };
        placed.map_err(|cause| unwritable(&request.install_path.join(&name), &cause))?;
        tell(request, &pinned, shown, &mut outdated);
    }
    staging.publish().map_err(|cause| unwritable(&request.install_path, &cause))?;
    if !outdated.is_empty() {
        request.listener.note(String::new());
        let listed = outdated.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        request.listener.note(format!(
            "Updates available for packages: [{listed}]                 \nUpdate your versions in packages.yml, then run dbt deps"
        ));
    }
    Ok(())
}

fn tell(request: &Request<'_>, pinned: &Pinned, shown: String, outdated: &mut Vec<String>) {
    request.listener.note(request.secrets.scrub(&format!("Installed from {}", pinned.version())));
    match &pinned.place {
        Place::Hub { version, latest, .. } if version == latest => request.listener.note("Up to date!".to_owned()),
        Place::Hub { latest, .. } => {
            request.listener.note(format!("Updated version available: {latest}"));
            outdated.push(shown);
        }
        Place::Git { subdirectory: Some(folder), .. } => request.listener.note(format!("and subdirectory {folder}")),
        _ => {}
    }
}

/// Links a local package, or copies it where links cannot be made.
fn link(request: &Request<'_>, folder: &Path, target: &Path) -> io::Result<()> {
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(folder, target);
    #[cfg(windows)]
    let linked = std::os::windows::fs::symlink_dir(folder, target);
    linked.or_else(|_| {
        request.listener.debug("Symlinks are not available on this OS, copying dependency.".to_owned());
        copy(folder, target)
    })
}

/// Moves a folder, also to another file system.
fn transfer(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(cause) if cause.kind() == io::ErrorKind::CrossesDevices => {
            copy(from, to)?;
            std::fs::remove_dir_all(from)
        }
        renamed => renamed,
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in walkdir::WalkDir::new(from).follow_links(true) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from).map_err(io::Error::other)?);
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
}
