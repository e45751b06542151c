//! The command line: arguments, one file for each command, and the wiring. The only module that sees everything.

pub mod arguments;
pub mod completions;
pub mod explain;
