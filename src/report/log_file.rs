//! A log file that starts anew when it grows too large: `dbt.log`, `dbt.log.1` ... `dbt.log.5`.

use crate::diagnostic::{Diagnostic, ErrorCode};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Size at which a log file is rotated unless the user says otherwise: 10 MiB, as in dbt.
pub const DEFAULT_LOG_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// How many old files are kept. Source: dbt.
const BACKUPS: usize = 5;

/// The log file cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open {}: {source}", path.display())]
pub struct LogFileError {
    /// The log file.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl LogFileError {
    /// The same, told to the user.
    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::error(ErrorCode::LogFileNotWritten, self.to_string())
            .hint("name another folder with --log-path, or do without with --log-level-file none")
    }
}

/// A file that is appended to, and rotated before a write would take it past its limit.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    file: File,
    size: u64,
    /// 0 means no limit.
    limit: u64,
}

impl RotatingFile {
    /// Opens `dbt.log` in `folder`, which is made if it is not there. `limit` is in bytes, 0 for none.
    pub fn open(folder: &Path, limit: u64) -> Result<Self, LogFileError> {
        let path = folder.join("dbt.log");
        Self::open_file(path.clone(), limit).map_err(|source| LogFileError { path, source })
    }

    fn open_file(path: PathBuf, limit: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let size = file.metadata()?.len();
        Ok(RotatingFile { path, file, size, limit })
    }

    fn rotate(&mut self) -> io::Result<()> {
        let numbered = |number: usize| self.path.with_file_name(format!("dbt.log.{number}"));
        for number in (1..BACKUPS).rev() {
            if numbered(number).exists() {
                fs::rename(numbered(number), numbered(number + 1))?;
            }
        }
        fs::rename(&self.path, numbered(1))?;
        self.file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

impl Write for RotatingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.limit > 0 && self.size > 0 && self.size + bytes.len() as u64 > self.limit {
            self.rotate()?;
        }
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
