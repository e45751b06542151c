//! What tells two states of a file apart without reading it.

use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::Path;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts([bytes])
    }

    /// Of all `parts`, one behind the other.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        use sha2::Digest as _;
        let mut hasher = Sha256::new();
        parts.into_iter().for_each(|part| hasher.update(part));
        Digest(hasher.finalize().into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A time of the file system, in nanoseconds since 1970.
pub type FileTime = i128;

/// The state of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    size: u64,
    modified: FileTime,
    changed: FileTime,
    device: u64,
    inode: u64,
}

impl Stat {
    /// Of the file at `path`, links followed; `None` if there is none, or none whose state can be told.
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().filter(Metadata::is_file).and_then(|data| Self::from_metadata(&data))
    }

    #[cfg(unix)]
    fn from_metadata(data: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Some(Stat {
            size: data.size(),
            modified: time(data.mtime(), data.mtime_nsec()),
            changed: time(data.ctime(), data.ctime_nsec()),
            device: data.dev(),
            inode: data.ino(),
        })
    }

    /// Elsewhere nothing tells that a file with an old time was put in place of another: nothing is kept.
    #[cfg(not(unix))]
    fn from_metadata(_data: &Metadata) -> Option<Self> {
        None
    }

    /// Whether the file was last changed before `time`, so that a later change has left a trace.
    pub fn is_older_than(&self, time: FileTime) -> bool {
        self.modified.max(self.changed) < time
    }
}

/// The time now by the clock of the file system that `folder` is on. `None` if it cannot be written to.
pub fn now_in(folder: &Path) -> Option<FileTime> {
    let file = tempfile::tempfile_in(folder).ok()?;
    let write = |mut file: &std::fs::File| io::Write::write_all(&mut file, b"now");
    write(&file).ok()?;
    Stat::from_metadata(&file.metadata().ok()?).map(|stat| stat.modified)
}
