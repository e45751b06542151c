//! Writing a file so that a reader sees the old one or the new one and nothing between.

use crate::diagnostic::{Diagnostic, ErrorCode};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// An artifact could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct ArtifactError {
    /// The artifact.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl ArtifactError {
    /// The same, told to the user.
    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::error(ErrorCode::ArtifactNotWritten, self.to_string())
            .hint("name another folder with --target-path, or leave artifacts out with --no-write-json")
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is new, or has new content.
    Replaced,
    /// It holds the same already and was left alone.
    Unchanged,
}

/// Writes `value` as JSON to `path`, replacing what stands there in one step. Missing folders are made.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ArtifactError> {
    let json = |writer: &mut BufWriter<File>| serde_json::to_writer(writer, value).map_err(io::Error::from);
    replace(path, json).map_err(|source| ArtifactError { path: path.to_path_buf(), source })
}

/// Writes `text` to `path`, replacing what stands there in one step. The permissions stay.
pub fn write_text(path: &Path, text: &str) -> io::Result<()> {
    replace(path, |writer| {
        if let Ok(known) = fs::metadata(path) {
            writer.get_ref().set_permissions(known.permissions())?;
        }
        writer.write_all(text.as_bytes())
    })
}

fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // The process id keeps two runs on one folder from writing into each other's file.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_to(&temporary, write).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell; a left-over temporary file does no harm.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_to(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(1 << 16, File::create(path)?);
    write(&mut writer)?;
    writer.flush()
}

/// Whether `path` holds exactly `value` as this module writes it. Stops reading at the first difference.
pub(super) fn holds(path: &Path, value: &impl Serialize) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let compare = Compare { expected: BufReader::with_capacity(1 << 16, file), buffer: Vec::new() };
    let mut writer = BufWriter::with_capacity(1 << 16, compare);
    let same = serde_json::to_writer(&mut writer, value).is_ok() && writer.flush().is_ok();
    same && matches!(writer.get_mut().expected.read(&mut [0]), Ok(0))
}

/// A writer that takes only the bytes that a file holds.
struct Compare<R> {
    expected: R,
    buffer: Vec<u8>,
}

impl<R: Read> Write for Compare<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.resize(bytes.len(), 0);
        self.expected.read_exact(&mut self.buffer)?;
        if self.buffer == bytes { Ok(bytes.len()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
