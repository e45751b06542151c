//! What the last parse came to, kept on disk, and never taken for more than it is.
//!
//! Owns the rule by which a parse need not be done again: everything that it read, or learnt of the file system, is as it
//! was. Never decides what a parse depends on beyond files: whoever parses says so with a [`Key`] and with [`Reads`].
//!
//! A file is the same when its size, its times and its inode are, by git's rule for its index: a file that was changed
//! when the reading had begun, or later, may have changed once more without a trace, and is compared by content. So is a
//! file whose times alone are new. Source: <https://git-scm.com/docs/racy-git>.

mod body;
mod node;
mod observations;
mod recorder;
mod stat;

pub use observations::Observations;
pub use recorder::Recorder;
pub use stat::{Digest, Stat};

use crate::diagnostic::Diagnostic;
use crate::manifest::{Domain, DomainName, Manifest};
use crate::project::tree::DiskTree;
use body::Body;
use indexmap::IndexMap;
use observations::Verdict;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The layout of the files. To be raised when it changes; programs of another version never read each other's files anyway.
const LAYOUT: u32 = 1;

/// The folder below the target folder.
const FOLDER: &str = "parse_cache";
const INPUTS: &str = "inputs.msgpack";
const MANIFEST: &str = "manifest.msgpack";
const ARTIFACTS: &str = "artifacts.msgpack";

/// What a parse depends on, files and what it asked for while it went on aside: the program, its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The program: two builds of it differ.
    pub program: String,
    /// Everything that was handed to the parse.
    pub configuration: Digest,
}

/// What templates asked for while they were parsed. Values are kept as digests: none of them is to be read off the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// Environment variables by name; `None` for one that is not set.
    pub environment: BTreeMap<String, Option<Digest>>,
    /// The command line, if any template looked at it.
    pub invocation: Option<Digest>,
}

/// What a template said while it was parsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// `log`.
    Log {
        /// The node that it came from.
        node: Option<String>,
        /// The text.
        message: String,
        /// Whether it was for the terminal too.
        info: bool,
    },
    /// `print`.
    Print {
        /// The text.
        message: String,
    },
    /// `exceptions.warn`.
    Warn {
        /// The node that warned.
        node: Option<String>,
        /// The text.
        message: String,
    },
}

/// What a parse said to the user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Messages of templates.
    pub messages: Vec<Message>,
    /// What there is, for people: `2 models, 1 seed`.
    pub inventory: String,
}

/// What a parse depended on and said.
#[derive(Debug, Serialize, Deserialize)]
struct Inputs {
    layout: u32,
    key: Key,
    reads: Reads,
    observations: Observations,
    said: Said,
    /// The manifest that belongs to it.
    manifest: Digest,
}

/// The state of artifacts that were written from a manifest.
#[derive(Debug, Serialize, Deserialize)]
struct Artifacts {
    manifest: Digest,
    files: Vec<(PathBuf, Stat)>,
}

/// The cache of one target folder.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// What is still true of the last parse.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    manifest: Digest,
    /// What it said.
    pub said: Said,
    /// It is no longer true: nothing more need be read of it.
    is_outdated: AtomicBool,
}

impl Cache {
    /// The cache in the target folder `target`.
    pub fn new(target: &Path) -> Self {
        Cache { folder: target.join(FOLDER) }
    }

    /// Begins to record what is read of `tree`. `None` when there is no place to keep it.
    pub fn record(&self, tree: DiskTree) -> Option<Recorder> {
        fs::create_dir_all(&self.folder).ok()?;
        Some(Recorder::new(tree, stat::now_in(&self.folder)?))
    }

    /// The last parse, if nothing that it depended on has changed. `current` tells what is read now of what was read then.
    ///
    /// `ahead` is done with the parse while the files are compared, and what it gives counts if they are the same. Reading
    /// the manifest ends early, with `None`, as soon as one of them is not.
    pub fn find<T: Send>(
        &self,
        tree: &DiskTree,
        key: &Key,
        current: impl FnOnce(&Reads) -> Reads,
        ahead: impl FnOnce(&Kept) -> T + Send,
    ) -> Option<(Kept, T)> {
        let mut inputs: Inputs = read(&self.folder.join(INPUTS))?;
        if inputs.layout != LAYOUT || inputs.key != *key || current(&inputs.reads) != inputs.reads {
            return None;
        }
        let now = stat::now_in(&self.folder)?;
        let kept = self.kept(inputs.manifest, std::mem::take(&mut inputs.said));
        let compare = || {
            let verdict = inputs.observations.check(tree, now);
            kept.is_outdated.store(verdict == Verdict::Changed, Ordering::Relaxed);
            verdict
        };
        let (verdict, made) = rayon::join(compare, || ahead(&kept));
        match verdict {
            Verdict::Changed => return None,
            Verdict::Same => {}
            Verdict::Touched(observations) => {
                inputs.observations = observations;
                inputs.said = kept.said.clone();
                // Without it the files are compared by content next time too.
                let _ = write(&self.folder.join(INPUTS), &inputs);
            }
        }
        Some((kept, made))
    }

    fn kept(&self, manifest: Digest, said: Said) -> Kept {
        Kept { folder: self.folder.clone(), manifest, said, is_outdated: AtomicBool::new(false) }
    }

    /// Keeps a parse that had no errors. What cannot be written is not kept.
    pub fn keep(
        &self,
        key: Key,
        reads: Reads,
        observations: Observations,
        said: Said,
        manifest: &Manifest,
    ) -> Option<Kept> {
        let (parts, digest) = body::encode(manifest)?;
        replace(&self.folder.join(MANIFEST), |file| parts.iter().try_for_each(|part| file.write_all(part))).ok()?;
        let inputs = Inputs { layout: LAYOUT, key, reads, observations, said, manifest: digest };
        write(&self.folder.join(INPUTS), &inputs).ok()?;
        Some(self.kept(digest, inputs.said))
    }
}

impl Kept {
    /// The manifest of the parse, with the domains as they were read now. `None` when it cannot be read.
    pub fn manifest(&self, domains: IndexMap<DomainName, Arc<Domain>>) -> Option<Manifest> {
        let bytes = fs::read(self.folder.join(MANIFEST)).ok()?;
        Body::of(&bytes, self.manifest)?.manifest(domains, &self.is_outdated)
    }

    /// The same with no more than lists of nodes show, and than nodes can be selected by: of a node its id, names, files,
    /// configs, parents and kind. The graph is whole; macros, docs, groups and places are left out.
    pub fn outline(&self, domains: IndexMap<DomainName, Arc<Domain>>) -> Option<Manifest> {
        let bytes = fs::read(self.folder.join(MANIFEST)).ok()?;
        Body::of(&bytes, self.manifest)?.outline(domains, &self.is_outdated)
    }

    /// Remembers that `files` were written from the manifest, and from nothing else.
    pub fn wrote(&self, files: &[PathBuf]) {
        let stats = files.iter().map(|path| Some((path.clone(), Stat::of(path)?))).collect::<Option<Vec<_>>>();
        if let Some(files) = stats {
            // Without it they are written again.
            let _ = write(&self.folder.join(ARTIFACTS), &Artifacts { manifest: self.manifest, files });
        }
    }

    /// Whether each of `files` is as it was when it was written from the manifest.
    pub fn has_written(&self, files: &[PathBuf]) -> bool {
        let Some(known) = read::<Artifacts>(&self.folder.join(ARTIFACTS)) else { return false };
        let same = |path: &PathBuf| {
            let known = known.files.iter().find(|(known, _)| known == path);
            known.is_some_and(|(_, known)| Stat::of(path).as_ref() == Some(known))
        };
        known.manifest == self.manifest && files.iter().all(same)
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    rmp_serde::from_slice(&fs::read(path).ok()?).ok()
}

fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let bytes = rmp_serde::to_vec(value).map_err(io::Error::other)?;
    replace(path, |file| file.write_all(&bytes))
}

/// A reader sees the old file or the new one.
fn replace(path: &Path, fill: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    fill(file.as_file_mut())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests;
