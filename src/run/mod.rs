//! Running a plan: what happens on the way, and how each node ended.
//!
//! Owns the vocabulary that runner and reporters share. Never prints and never writes an artifact.

mod event;
mod result;

pub use event::{EventKind, NodeInProgress, RunEvent, SkipReason, describe_node, relation_for_people};
pub use result::{
    CompiledResult, Hook, HookPhase, NodeResult, Subject, Timing, TimingStep, counted, counts_for_people,
    inventory_for_people,
};

#[cfg(test)]
pub(crate) mod fixtures;

#[cfg(test)]
mod tests;
