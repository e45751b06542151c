//! What the tests share: where the repository is, small projects to run the binary on, and golden texts.

mod golden;
mod project;
pub mod server;

pub use golden::{redact, settings};
pub use project::{Outcome, Project};

use std::path::PathBuf;

/// The folder that holds `Cargo.toml`.
pub fn repository_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
