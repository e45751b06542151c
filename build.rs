//! Lists the built-in macros for the binary to carry, and lets it find `libduckdb.so` without environment variables: the
//! folder is written into it, for `src/adapter/duckdb/library.rs` or, without the feature `load`, for the system's linker.

#![allow(clippy::print_stderr, reason = "a build script speaks to people through stderr")]

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    list_macros()?;
    find_duckdb();
    Ok(())
}

/// Writes `builtin_macros.rs`: package, path below it and text of every file of `macros/`.
fn list_macros() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=macros");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("macros");
    let mut list = String::from("const BUILTIN_MACROS: &[(&str, &str, &str)] = &[\n");
    for package in ["dbt", "dbt_duckdb"] {
        let folder = root.join(package);
        let mut files = Vec::new();
        sql_files(&folder, &mut files)?;
        files.sort();
        for file in files {
            let path = file.strip_prefix(&folder)?.to_string_lossy().replace('\\', "/");
            writeln!(list, "    ({package:?}, {path:?}, include_str!({:?})),", file.to_string_lossy())?;
        }
    }
    list.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("builtin_macros.rs"), list)?;
    Ok(())
}

fn sql_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sql_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    Ok(())
}

fn find_duckdb() {
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    let load = env::var_os("CARGO_FEATURE_LOAD").is_some();
    if env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        if load {
            eprintln!("DuckDB is either loaded or compiled in: add --no-default-features to --features bundled.");
            std::process::exit(1)
        }
        return;
    }
    let folder = env::var("DUCKDB_LIB_DIR").unwrap_or_default();
    let names = ["libduckdb.so", "libduckdb.dylib", "duckdb.dll", "duckdb.lib"];
    let Ok(folder) = Path::new(&folder).canonicalize() else { stop(&folder) };
    if !names.iter().any(|name| folder.join(name).is_file()) {
        stop(&folder.to_string_lossy());
    }
    if load {
        println!("cargo:rustc-env=MESHBUILD_BUILT_WITH={}", folder.display());
    } else if env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("unix") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}

fn stop(folder: &str) -> ! {
    eprintln!("There is no DuckDB library in '{folder}'.");
    eprintln!("Get it with        ./dev setup");
    eprintln!("or name its folder DUCKDB_LIB_DIR=/path/to/folder cargo build");
    eprintln!("or compile DuckDB  cargo build --no-default-features --features bundled   (about 25 minutes)");
    std::process::exit(1)
}
