//! Two manifests compared: what changed since an earlier state, and which relations can be read from it.
//!
//! Owns [`PreviousState`] (an earlier run's artifacts as far as a comparison needs them), the rules of `state:` and
//! deferral. Reads no files: whoever holds the disk hands over the JSON text.
//! Source: <https://docs.getdbt.com/reference/node-selection/state-selection>,
//! <https://docs.getdbt.com/reference/node-selection/defer>.

mod comparison;
mod contract;
mod defer;
mod macros;
mod previous;
mod same;
mod semantic;

pub use comparison::Comparison;
pub use defer::{DeferOptions, counterparts, defer};
pub use previous::{
    PreviousColumn, PreviousConstraint, PreviousContract, PreviousDependsOn, PreviousExposure, PreviousMacro,
    PreviousManifest, PreviousMetadata, PreviousNode, PreviousResult, PreviousRunResults, PreviousSource,
    PreviousSourceResult, PreviousSources, PreviousState, PreviousUnitTest,
};

/// The values of `state:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateCheck {
    /// There was no such node.
    New,
    /// There was.
    Old,
    /// Anything about it differs.
    Modified,
    /// Nothing does.
    Unmodified,
    /// Its text differs.
    Body,
    /// Its configs differ.
    Configs,
    /// A description that is stored in the warehouse differs.
    PersistedDescriptions,
    /// Its configured database, schema or alias differs.
    Relation,
    /// A macro that it calls, directly or not, differs.
    Macros,
    /// Its contract differs.
    Contract,
}

impl StateCheck {
    /// Every check, in dbt's order.
    pub const ALL: [StateCheck; 10] = [
        StateCheck::New,
        StateCheck::Old,
        StateCheck::Modified,
        StateCheck::Unmodified,
        StateCheck::Body,
        StateCheck::Configs,
        StateCheck::PersistedDescriptions,
        StateCheck::Relation,
        StateCheck::Macros,
        StateCheck::Contract,
    ];

    /// The word behind `state:`.
    pub fn as_str(self) -> &'static str {
        match self {
            StateCheck::New => "new",
            StateCheck::Old => "old",
            StateCheck::Modified => "modified",
            StateCheck::Unmodified => "unmodified",
            StateCheck::Body => "modified.body",
            StateCheck::Configs => "modified.configs",
            StateCheck::PersistedDescriptions => "modified.persisted_descriptions",
            StateCheck::Relation => "modified.relation",
            StateCheck::Macros => "modified.macros",
            StateCheck::Contract => "modified.contract",
        }
    }

    /// The check called `text`.
    pub fn parse(text: &str) -> Option<Self> {
        StateCheck::ALL.into_iter().find(|check| check.as_str() == text)
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
