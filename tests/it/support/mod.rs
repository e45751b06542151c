//! What the tests share: where the repository is, and small projects to run the binary on.

use std::path::PathBuf;

/// The folder that holds `Cargo.toml`.
pub fn repository_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
