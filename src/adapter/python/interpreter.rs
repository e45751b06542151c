//! Which Python runs models.

use std::ffi::OsString;
use std::path::PathBuf;

/// The variable that names an interpreter.
const SETTING: &str = "MESHBUILD_PYTHON";

/// The interpreter for this machine's environment.
pub(super) fn find() -> PathBuf {
    choose(|name| std::env::var_os(name))
}

/// `MESHBUILD_PYTHON`, else that of the active virtual environment, else what the `PATH` has.
pub(super) fn choose(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let in_environment = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    given(SETTING)
        .or_else(|| given("VIRTUAL_ENV").map(|folder| folder.join(in_environment)))
        .unwrap_or_else(|| PathBuf::from(if cfg!(windows) { "python" } else { "python3" }))
}
