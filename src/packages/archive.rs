//! Unpacking of `.tar.gz` files that strangers wrote.

use super::http::Failure;
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use tar::{Archive, EntryType};

/// Unpacks an archive into a folder of its own, and gives the one folder at its top. An archive that names anything outside
/// of itself is refused before that is touched.
pub(super) fn unpack(bytes: &mut dyn Read, target: &Path) -> Result<PathBuf, Failure> {
    if target.exists() {
        std::fs::remove_dir_all(target)?;
    }
    std::fs::create_dir_all(target)?;
    let mut top: Option<PathBuf> = None;
    let mut archive = Archive::new(GzDecoder::new(bytes));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        match entry.header().entry_type() {
            EntryType::XGlobalHeader => continue,
            EntryType::Regular | EntryType::Directory | EntryType::Continuous | EntryType::GNUSparse => {}
            EntryType::Symlink => check(&path.with_file_name(""), entry.link_name()?.as_deref(), &path)?,
            EntryType::Link => check(Path::new(""), entry.link_name()?.as_deref(), &path)?,
            _ => return Err(refused(&path, "is neither a file nor a folder nor a link")),
        }
        let Some(first) = first_part(&path)? else { continue };
        match &top {
            None => top = Some(first),
            Some(top) if *top == first => {}
            Some(_) => return Err(refused(&path, "does not lie in the same folder as the rest")),
        }
        if !entry.unpack_in(target)? {
            return Err(refused(&path, "leads out of the archive"));
        }
    }
    let folder = top.map(|top| target.join(top)).filter(|folder| folder.is_dir());
    folder.ok_or_else(|| refused(Path::new("it"), "does not hold one folder with the package in it"))
}

/// The first part of a path that stays within the archive.
fn first_part(path: &Path) -> Result<Option<PathBuf>, Failure> {
    let mut first = None;
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => first = first.or_else(|| Some(PathBuf::from(name))),
            _ => return Err(refused(path, "leads out of the archive")),
        }
    }
    Ok(first)
}

/// Refuses a link to anything outside of the archive.
fn check(base: &Path, link: Option<&Path>, path: &Path) -> Result<(), Failure> {
    let mut depth = 0_usize;
    for part in base.components().chain(link.unwrap_or(Path::new("")).components()) {
        depth = match part {
            Component::CurDir => depth,
            Component::Normal(_) => depth + 1,
            Component::ParentDir if depth > 0 => depth - 1,
            _ => return Err(refused(path, "is a link that leads out of the archive")),
        };
    }
    Ok(())
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure { message: format!("the archive is not unpacked: {} {why}", path.display()), passing: false }
}
