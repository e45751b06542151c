//! Everything that is tested from outside: the repository's own rules, and the binary on small projects.

mod architecture;
mod broken;
mod commands;
mod contracts;
mod deps;
mod graph;
mod hooks;
mod incremental;
mod mesh;
mod readme;
mod retail;
mod snapshots;
mod support;
mod unit_tests;
