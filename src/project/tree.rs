//! Files, wherever they are kept.
//!
//! Owns the [`FileTree`] trait and its two plain implementations. Paths are relative to the root of the tree, with
//! forward slashes and without `.` or empty parts; `""` is the root. Never interprets what a file holds.

use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Read access to a tree of files. All methods may be called from many threads at once.
pub trait FileTree: Send + Sync {
    /// All files below `folder`, sorted by path, with nothing left out but symbolic links to folders and what cannot be
    /// listed. A folder that does not exist has no files.
    fn files_below(&self, folder: &str) -> Vec<String>;

    /// The names of the folders right below `folder`, sorted. Symbolic links to folders count.
    fn folders_in(&self, folder: &str) -> Vec<String>;

    /// The content of a file.
    ///
    /// # Errors
    /// [`ReadError`] when there is no such file, when it cannot be read, or when it is a database.
    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The size of a file in bytes, if there is such a file.
    fn size(&self, path: &str) -> Option<u64>;

    /// Whether `path` is a folder.
    fn is_dir(&self, path: &str) -> bool;

    /// Whether `path` is a file.
    fn is_file(&self, path: &str) -> bool {
        self.size(path).is_some()
    }

    /// Whether there is a file or folder at `path`.
    fn exists(&self, path: &str) -> bool {
        self.is_file(path) || self.is_dir(path)
    }

    /// The text of a file without its byte order mark.
    ///
    /// # Errors
    /// As [`FileTree::read_bytes`], and when the file is not UTF-8.
    fn read_text(&self, path: &str) -> Result<Arc<str>, ReadError> {
        let bytes = self.read_bytes(path)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        as_text(path, bytes).map(Arc::from)
    }
}

/// The content of the file at `path` as text.
///
/// # Errors
/// [`ReadError::NotUtf8`].
pub(super) fn as_text<'b>(path: &str, bytes: &'b [u8]) -> Result<&'b str, ReadError> {
    std::str::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 { path: path.to_owned(), at: error.valid_up_to() })
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no file {path}")]
    NotFound {
        /// The path within the tree.
        path: String,
    },
    /// The operating system refused.
    #[error("{path} cannot be read: {error}")]
    Io {
        /// The path within the tree.
        path: String,
        /// What it said.
        error: io::Error,
    },
    /// The file is no UTF-8 text.
    #[error("{path} is not UTF-8 text (byte {at})")]
    NotUtf8 {
        /// The path within the tree.
        path: String,
        /// Offset of the first byte that does not belong.
        at: usize,
    },
    /// The file is a database, which nothing but the engine may open: closing it would drop the engine's lock.
    #[error("{path} is a DuckDB database and is not read as a file")]
    Database {
        /// The path within the tree.
        path: String,
    },
}

impl From<ReadError> for Diagnostic {
    fn from(error: ReadError) -> Self {
        let message = error.to_string();
        match error {
            ReadError::NotUtf8 { path, at } => Diagnostic::error(ErrorCode::UnreadableFile, message)
                .at(Span::new(path, at..at + 1))
                .hint("save the file with the encoding UTF-8"),
            ReadError::NotFound { path } | ReadError::Io { path, .. } | ReadError::Database { path } => {
                Diagnostic::error(ErrorCode::UnreadableFile, message).at(Span::file(path))
            }
        }
    }
}

/// Whether a file of this name is a DuckDB database or its write-ahead log, by its extension.
pub fn is_database_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".wal").or_else(|| name.strip_suffix(".tmp")).unwrap_or(name);
    [".duckdb", ".db", ".ddb"].iter().any(|extension| name.to_ascii_lowercase().ends_with(extension))
}

/// `folder/name`, where either may be empty.
pub fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// `path` without `.`, empty parts and, where it can be resolved, `..`; with forward slashes. Leading `..` stay.
pub fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The files below a folder of the disk.
#[derive(Debug, Clone)]
pub struct DiskTree {
    root: PathBuf,
}

impl DiskTree {
    /// The files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        DiskTree { root: root.into() }
    }

    /// The folder on the disk.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where `path` of the tree is on the disk.
    pub fn disk_path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }
}

impl FileTree for DiskTree {
    fn files_below(&self, folder: &str) -> Vec<String> {
        let start = self.disk_path(folder);
        // As Python's os.walk: the folder itself may be a link, links below it are not followed into.
        let walk = walkdir::WalkDir::new(&start).follow_root_links(true).into_iter().filter_map(Result::ok);
        let mut files: Vec<String> = walk
            .filter(|entry| !entry.file_type().is_dir() && (entry.file_type().is_file() || entry.path().is_file()))
            .filter_map(|entry| entry.path().strip_prefix(&self.root).ok().and_then(slashed))
            .collect();
        files.sort_unstable();
        files
    }

    fn folders_in(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.disk_path(folder)) else { return Vec::new() };
        let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
        let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        if is_database_name(path) {
            return Err(ReadError::Database { path: path.to_owned() });
        }
        std::fs::read(self.disk_path(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ReadError::NotFound { path: path.to_owned() },
            _ => ReadError::Io { path: path.to_owned(), error },
        })
    }

    fn size(&self, path: &str) -> Option<u64> {
        std::fs::metadata(self.disk_path(path)).ok().filter(std::fs::Metadata::is_file).map(|data| data.len())
    }

    fn is_dir(&self, path: &str) -> bool {
        self.disk_path(path).is_dir()
    }
}

fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// Files kept in memory, for tests and for what has no disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl MemoryTree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, content: impl AsRef<[u8]>) {
        self.files.insert(path.into(), Arc::from(content.as_ref()));
    }

    /// As [`MemoryTree::insert`], to be chained.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, content: impl AsRef<[u8]>) -> Self {
        self.insert(path, content);
        self
    }

    fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a String> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let start = prefix.clone();
        self.files.range(start..).map(|(path, _)| path).take_while(move |path| path.starts_with(&prefix))
    }
}

impl FileTree for MemoryTree {
    fn files_below(&self, folder: &str) -> Vec<String> {
        self.below(folder).cloned().collect()
    }

    fn folders_in(&self, folder: &str) -> Vec<String> {
        let skip = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let mut names: Vec<String> = self
            .below(folder)
            .filter_map(|path| path[skip..].split_once('/'))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.files.get(path) {
            Some(content) => Ok(content.to_vec()),
            None => Err(ReadError::NotFound { path: path.to_owned() }),
        }
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.files.get(path).and_then(|content| u64::try_from(content.len()).ok())
    }

    fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || self.below(path).next().is_some()
    }
}

#[cfg(test)]
mod tests;
