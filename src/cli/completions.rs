//! `meshbuild completions SHELL`: a script that completes the command line in a shell.

use super::arguments::completion_tree;
use clap_complete::Shell;

/// The script that completes commands and options of `program` (`meshbuild` or `dbt`) in `shell`.
pub fn completions(shell: Shell, program: &'static str) -> String {
    let mut tree = completion_tree(program);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut tree, program, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests;
