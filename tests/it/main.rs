//! Everything that is tested from outside: the repository's own rules, and the binary on small projects.

mod architecture;
mod broken;
mod check;
mod commands;
mod contract_diff;
mod contract_infer;
mod contracts;
mod deps;
mod external;
mod functions;
mod graph;
mod hooks;
mod incremental;
mod lineage;
mod mesh;
mod microbatch;
mod newer;
mod python_models;
mod readme;
mod retail;
mod semantic;
mod setup;
mod snapshots;
mod state;
mod support;
mod unit_tests;
