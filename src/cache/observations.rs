//! What a parse learnt of the file system, and whether it would learn the same now.

use super::stat::{Digest, FileTime, Stat};
use crate::project::tree::{DiskTree, FileTree};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Every question that was asked of a tree of files, with its answer. Paths are those of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observations {
    /// When the first question was asked, by the clock of the file system.
    pub(super) began: FileTime,
    pub(super) files: Vec<(String, ReadFile)>,
    pub(super) below: Vec<(String, Vec<String>)>,
    pub(super) folders: Vec<(String, Vec<String>)>,
    pub(super) sizes: Vec<(String, Option<u64>)>,
    pub(super) dirs: Vec<(String, bool)>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReadFile {
    /// Its state just before; `None` where the system cannot tell.
    pub stat: Option<Stat>,
    pub digest: Digest,
}

/// What became of what was observed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is as it was.
    Same,
    /// It is as it was, though some files had to be read to know: these are the observations to go on with.
    Touched(Observations),
    /// Something is different.
    Changed,
}

impl Observations {
    /// Asks everything again; `now` is the time by the clock of the file system.
    pub(super) fn check(&self, tree: &DiskTree, now: FileTime) -> Verdict {
        let (listed, read) = rayon::join(|| self.lists_the_same(tree), || self.read_again(tree));
        match read {
            Some(touched) if listed && touched.is_empty() => Verdict::Same,
            Some(touched) if listed => {
                let mut observations = Observations { began: now, ..self.clone() };
                for (place, stat) in touched {
                    observations.files[place].1.stat = stat;
                }
                Verdict::Touched(observations)
            }
            _ => Verdict::Changed,
        }
    }

    fn lists_the_same(&self, tree: &DiskTree) -> bool {
        self.below.par_iter().all(|(folder, files)| tree.files_below(folder) == *files)
            && self.folders.iter().all(|(folder, folders)| tree.folders_in(folder) == *folders)
            && self.sizes.iter().all(|(path, size)| tree.size(path) == *size)
            && self.dirs.iter().all(|(path, is_dir)| tree.is_dir(path) == *is_dir)
    }

    /// The files whose content had to be compared, with their state now; `None` if one of them is another.
    fn read_again(&self, tree: &DiskTree) -> Option<Vec<(usize, Option<Stat>)>> {
        let looked_at = self.files.par_iter().enumerate().map(|(place, (path, read))| {
            let stat = Stat::of(&tree.disk_path(path));
            let untouched = stat.as_ref().is_some_and(|stat| stat.is_older_than(self.began)) && stat == read.stat;
            if untouched {
                return Some(None);
            }
            let bytes = tree.read_bytes(path).ok()?;
            (Digest::of(&bytes) == read.digest).then_some(Some((place, stat)))
        });
        let touched: Option<Vec<_>> = looked_at.collect();
        Some(touched?.into_iter().flatten().collect())
    }
}
