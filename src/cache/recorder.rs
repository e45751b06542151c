//! A tree of files that remembers what it was asked.

use super::observations::{Observations, ReadFile};
use super::stat::{Digest, FileTime, Stat};
use crate::project::tree::{DiskTree, FileTree, ReadError};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The files of a folder of the disk, and what was learnt of them. Asked by many threads at once.
#[derive(Debug)]
pub struct Recorder {
    tree: DiskTree,
    began: FileTime,
    files: Mutex<BTreeMap<String, ReadFile>>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    below: BTreeMap<String, Vec<String>>,
    folders: BTreeMap<String, Vec<String>>,
    sizes: BTreeMap<String, Option<u64>>,
    dirs: BTreeMap<String, bool>,
    /// Whether something could not be read: that is not told again.
    failed: bool,
}

impl Recorder {
    /// Nothing has been asked yet. `began` is the time now by the clock of the file system.
    pub(super) fn new(tree: DiskTree, began: FileTime) -> Self {
        Recorder { tree, began, files: Mutex::default(), known: Mutex::default() }
    }

    /// What was learnt; `None` when a file could not be read.
    pub fn finish(self) -> Option<Observations> {
        let known = self.known.into_inner().unwrap_or_else(PoisonError::into_inner);
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        (!known.failed).then_some(Observations {
            began: self.began,
            files: files.into_iter().collect(),
            below: known.below.into_iter().collect(),
            folders: known.folders.into_iter().collect(),
            sizes: known.sizes.into_iter().collect(),
            dirs: known.dirs.into_iter().collect(),
        })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileTree for Recorder {
    /// One folder is walked once, however often it is asked for.
    fn files_below(&self, folder: &str) -> Vec<String> {
        if let Some(known) = self.known().below.get(folder) {
            return known.clone();
        }
        let files = self.tree.files_below(folder);
        self.known().below.entry(folder.to_string()).or_insert(files).clone()
    }

    fn folders_in(&self, folder: &str) -> Vec<String> {
        let folders = self.tree.folders_in(folder);
        self.known().folders.entry(folder.to_string()).or_insert(folders).clone()
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        // Before the content, so that a change in between shows.
        let stat = Stat::of(&self.tree.disk_path(path));
        let bytes = self.tree.read_bytes(path).inspect_err(|_| self.known().failed = true)?;
        let read = ReadFile { stat, digest: Digest::of(&bytes) };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.insert(path.to_string(), read.clone()).is_some_and(|earlier| earlier.digest != read.digest) {
            drop(files);
            self.known().failed = true;
        }
        Ok(bytes)
    }

    fn size(&self, path: &str) -> Option<u64> {
        let size = self.tree.size(path);
        self.known().sizes.insert(path.to_string(), size);
        size
    }

    fn is_dir(&self, path: &str) -> bool {
        let is_dir = self.tree.is_dir(path);
        self.known().dirs.insert(path.to_string(), is_dir);
        is_dir
    }
}
