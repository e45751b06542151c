//! The texts of `--help`, `--version` and usage lines.

use super::commands::{COMMANDS, Chapter, CommandSpec, Positional};
use super::option::{Default, Kind, OptionSpec};
use crate::adapter::duckdb::ENGINE_VERSION;
use crate::jinja::context::DBT_VERSION;
use std::fmt::Write;

/// What stands for the program in texts that [`named`] finishes, none of which holds a user's words.
pub(super) const PROGRAM: &str = "{program}";

/// What the program is.
pub(super) const ABOUT: &str = "A dbt-compatible compiler and runner for data meshes on DuckDB";

/// Columns of a name in the list of commands.
const NAME_WIDTH: usize = 15;

/// `text` with the name that the program was called by.
pub(super) fn named(text: &str, program: &str) -> String {
    text.replace(PROGRAM, program)
}

/// What `--version` prints.
pub fn version_text() -> String {
    format!(
        "meshbuild {}\n  follows dbt {DBT_VERSION} (dbt-core with dbt-duckdb)\n  runs on DuckDB {ENGINE_VERSION}\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// The usage line of the program itself.
pub(super) fn root_usage() -> String {
    format!("{PROGRAM} [OPTIONS] [COMMAND] [ARGS]...")
}

/// The usage line of a command that is reached by `path`.
pub(super) fn usage(spec: &CommandSpec, path: &str) -> String {
    let behind = match spec.positional {
        Positional::One(_, shown) | Positional::Perhaps(_, shown) => format!(" {shown}"),
        _ if !spec.children.is_empty() => " COMMAND [ARGS]...".to_owned(),
        _ => String::new(),
    };
    format!("{PROGRAM} {path} [OPTIONS]{behind}")
}

/// What the help says about an option: its sentence, what ends it when it is on by default, its environment variable.
pub(super) fn option_help(spec: &OptionSpec) -> String {
    let mut text = spec.help.to_owned();
    if let (Kind::Switch(opposite), Default::Bool(true)) = (spec.kind, spec.default) {
        let _ = write!(text, " (the default; --{opposite} ends it)");
    }
    if let Some(variable) = spec.variable {
        let _ = write!(text, " [{variable}]");
    }
    text
}

/// The help of the program itself: the commands in their chapters.
pub(super) fn root_help() -> String {
    let mut text = format!("{ABOUT}\n\nUsage: {}\n", root_usage());
    for chapter in Chapter::ALL {
        let _ = writeln!(text, "\n{}:", chapter.heading());
        for command in COMMANDS.iter().filter(|command| command.chapter == chapter) {
            if !command.hidden {
                let _ = writeln!(text, "  {:NAME_WIDTH$}{}", command.name, command.about);
            }
        }
    }
    let _ = write!(
        text,
        "\nOptions that most commands take:\n  \
         -s, --select WORDS       Nodes to include: names, paths, tag:x, +model+, domain:orders\n      \
         --exclude WORDS      Nodes to leave out\n      \
         --domain WORDS       Domains of the mesh to include\n  \
         -t, --target NAME        Target of the profile\n      \
         --project-dir PATH   Folder of the project\n      \
         --vars YAML          Variables of the project\n\n\
         `{PROGRAM} COMMAND --help` shows all options of a command, `{PROGRAM} --version` the versions.\n\
         Command line and options are those of dbt; `dbt` as the program's name works as well.\n"
    );
    text
}
