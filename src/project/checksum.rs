//! Checksums of files as dbt computes them (`dbt/artifacts/resources/base.py`, class FileHash).

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A checksum with the name of its method.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Checksum {
    /// SHA-256 of the stripped content.
    Sha256(String),
    /// The path, for seeds that are too large to be hashed.
    Path(String),
    /// Nothing was hashed.
    None,
}

impl Checksum {
    /// The checksum of a text, white space around it stripped.
    pub fn of_text(text: &str) -> Self {
        Self::of_bytes(strip(text).as_bytes())
    }

    /// The checksum of bytes as they are.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut hex = String::with_capacity(64);
        for byte in digest {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Checksum::Sha256(hex)
    }

    /// The method, as in the manifest.
    pub fn name(&self) -> &'static str {
        match self {
            Checksum::Sha256(_) => "sha256",
            Checksum::Path(_) => "path",
            Checksum::None => "none",
        }
    }

    /// The value, as in the manifest.
    pub fn value(&self) -> &str {
        match self {
            Checksum::Sha256(value) | Checksum::Path(value) => value,
            Checksum::None => "",
        }
    }
}

/// `text` without the white space around it, as Python's `str.strip`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_python_space)
}

/// What Python's `str.strip` takes away: Unicode white space and four control characters.
pub(crate) fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}
