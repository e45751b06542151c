//! Libraries that are not there or are others, and that no function of the crate is forgotten.

use super::{FUNCTIONS, first_of, functions, install, load, version};
use crate::adapter::duckdb::{AdapterError, ENGINE_VERSION};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn reason(error: AdapterError) -> String {
    match error {
        AdapterError::Library { reason } => reason,
        other => panic!("another error: {other}"),
    }
}

#[test]
fn the_first_place_that_has_a_library_is_taken() {
    assert_eq!(load(), Ok(()));
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("libduckdb.so");
    std::fs::write(&text, "no library").expect("a file");
    let places: Vec<PathBuf> = super::places().into_iter().collect();
    let with_text: Vec<PathBuf> = [text.clone()].into_iter().chain(places).collect();
    let (library, path) = first_of(&with_text).expect("DuckDB's library");
    assert_ne!(path, text);
    assert_eq!(version(&library), Ok(format!("v{ENGINE_VERSION}")));
    assert!(
        functions(&library)
            .is_ok_and(|table| table.duckdb_open_ext.is_some() && table.duckdb_create_table_function.is_none())
    );
}

#[test]
fn without_a_library_every_place_says_why() {
    let missing = [PathBuf::from("/nowhere/libduckdb.so"), PathBuf::from("/neither/libduckdb.so")];
    let text = reason(first_of(&missing).expect_err("there is none"));
    assert!(text.contains("/nowhere/libduckdb.so") && text.contains("/neither/libduckdb.so"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_of_something_else_is_refused() {
    let other = first_of(&[PathBuf::from("libm.so.6")]).expect("the library of mathematics");
    let text = reason(install(other).expect_err("it is not DuckDB"));
    assert!(text.contains("libm.so.6") && text.contains("duckdb_library_version"), "{text}");
}

/// Parts of the crate that this program does not use.
const UNUSED: &[&str] = &[
    "vtab",
    "vscalar",
    "appender",
    "arrow_interop",
    "callback.rs",
    "callback",
    "profiling.rs",
    "data_chunk.rs",
    "vector",
];

/// The crate panics at a function that is not in the table: all that its used parts name have to be there.
#[test]
fn the_table_holds_what_the_crate_calls() {
    let cargo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO")).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output();
        String::from_utf8(output.expect("cargo starts").stdout).expect("cargo's text")
    };
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("the platform");
    // What other platforms need was not downloaded.
    let metadata = cargo(&["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", host]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("cargo's JSON");
    let package = |name: &str| {
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let found =
            packages.filter(|package| package["name"] == name).find_map(|package| package["manifest_path"].as_str());
        Path::new(found.expect("the package")).parent().expect("its folder").join("src")
    };
    let declared = text_below(&package("libduckdb-sys"));
    let known: BTreeSet<&str> = names(&declared).collect();
    let called = text_below(&package("duckdb"));
    let called: BTreeSet<&str> = names(&called).filter(|name| known.contains(name)).collect();
    let listed: BTreeSet<&str> = FUNCTIONS.iter().copied().collect();
    assert!(called.len() > 50, "{called:?}");
    assert_eq!(called.difference(&listed).collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// The functions' names in a text: `duckdb_open` in `ffi::duckdb_open(` and in `pub unsafe fn duckdb_open(`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter_map(|word| word.strip_suffix('(')).filter(|word| word.starts_with("duckdb_"))
}

fn text_below(folder: &Path) -> String {
    let files = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| !UNUSED.iter().any(|unused| entry.file_name() == *unused));
    let files = files.map(|entry| entry.expect("a file of the crate")).filter(|entry| entry.file_type().is_file());
    files.map(|entry| std::fs::read_to_string(entry.path()).expect("its text")).collect()
}
