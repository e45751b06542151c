//! Lets the binary and the tests find `libduckdb.so` without environment variables.

#![allow(clippy::print_stderr, reason = "a build script speaks to people through stderr")]

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    if env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        return;
    }
    let folder = env::var("DUCKDB_LIB_DIR").unwrap_or_default();
    let names = ["libduckdb.so", "libduckdb.dylib", "duckdb.lib"];
    let Ok(folder) = Path::new(&folder).canonicalize() else { stop(&folder) };
    if !names.iter().any(|name| folder.join(name).is_file()) {
        stop(&folder.to_string_lossy());
    }
    if env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("unix") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}

fn stop(folder: &str) -> ! {
    eprintln!("There is no DuckDB library in '{folder}'.");
    eprintln!("Get it with        ./dev setup");
    eprintln!("or name its folder DUCKDB_LIB_DIR=/path/to/folder cargo build");
    eprintln!("or compile DuckDB  cargo build --features bundled   (about 25 minutes)");
    std::process::exit(1)
}
