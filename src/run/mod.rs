//! Running a plan: what happens on the way, and how each node ended.
//!
//! Owns the scheduler, the execution of one node, and the vocabulary that runners and reporters share. Knows engines only
//! through the trait of [`crate::jinja::warehouse`]. Never prints and never writes an artifact.

mod batch;
mod event;
mod execute;
mod failure;
mod foreign_keys;
mod freshness;
mod hooks;
mod latest_version;
mod overload;
mod prepare;
mod result;
mod scheduler;
mod test_group;
mod unit_test;

pub use batch::{BatchInProgress, BatchResult};
pub use event::{
    EndOfRun, EventKind, NodeInProgress, RunEvent, SkipReason, describe_batch, describe_node, relation_for_people,
};
pub use execute::find_materialization;
pub use freshness::SourceFreshness;
pub use overload::{OverloadInProgress, OverloadResult};
pub use prepare::{missing_relations, prepare};
pub use result::{
    CompiledResult, Hook, HookPhase, NodeResult, Subject, Timing, TimingStep, counted, counts_for_people,
    inventory_for_people,
};
pub use scheduler::{RunOptions, RunOutcome, Work, run};

#[cfg(test)]
pub(crate) mod fixtures;

#[cfg(test)]
mod tests;
