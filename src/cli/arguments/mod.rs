//! The command line: words and environment variables in, typed [`Arguments`] out.
//!
//! Owns which commands and options exist, what dbt's and click's rules make of them, and the texts of `--help`,
//! `--version` and of usage errors. Never reads a file or the process's environment, never prints, never ends the
//! process: the caller hands the words in and does what [`Stop`] says.
//!
//! In three steps, because `flags:` of `dbt_project.yml` is stronger than a default and weaker than everything else, and
//! the project is found by the command line:
//!
//! 1. [`parse`] makes a [`CommandLine`], in which every value knows where it comes from;
//! 2. [`CommandLine::arguments`] is enough to find the project;
//! 3. [`CommandLine::merge_project_flags`] makes the final [`Arguments`].

mod command_line;
mod commands;
mod dictionaries;
mod event_names;
mod help;
mod option;
mod options;
mod previous;
mod project_flags;
mod tree;
mod typed;
mod types;
mod usage;
mod value;
mod warn_error;

pub use command_line::{CommandLine, parse};
pub use dictionaries::ResolvedPaths;
pub use help::version_text;
pub use types::*;
pub use usage::{Stop, UsageError};
pub use warn_error::{ErrorNames, WarnErrorOptions};

pub(super) use tree::completion_tree;

#[cfg(test)]
mod tests;
