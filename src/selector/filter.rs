//! Which kinds of nodes a command takes from a selection.
//!
//! Owns [`Command`] and [`ResourceFilter`]. Source: what dbt's commands select, observed with `dbt ls` and `dbt build`.

use crate::manifest::{FreshnessLimit, Node, NodeKind, ResourceType};
use ResourceType::{
    Analysis, DataTest, Exposure, Function, Metric, Model, Operation, SavedQuery, Seed, SemanticModel, Snapshot,
    Source, UnitTest,
};
use std::collections::BTreeSet;

/// Every kind of node, in dbt's order.
pub(super) const RESOURCE_TYPES: [ResourceType; 13] = [
    Model,
    Analysis,
    DataTest,
    Snapshot,
    Operation,
    Seed,
    Source,
    Exposure,
    Metric,
    SavedQuery,
    SemanticModel,
    UnitTest,
    Function,
];

/// The kind that dbt calls `text`.
pub fn parse_resource_type(text: &str) -> Option<ResourceType> {
    RESOURCE_TYPES.into_iter().find(|kind| kind.as_str() == text)
}

/// The commands that select nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `run`.
    Run {
        /// Whether data tests run right after their models, as `run` does in a mesh.
        tests: bool,
    },
    /// `test`.
    Test,
    /// `build`.
    Build,
    /// `seed`.
    Seed,
    /// `snapshot`.
    Snapshot,
    /// `compile`, `check`, `show` and `docs generate`.
    Compile,
    /// `list`.
    List,
    /// `clone`.
    Clone,
    /// `source freshness`.
    SourceFreshness,
}

impl Command {
    /// Kinds selected when no flag says otherwise.
    fn default_types(self) -> &'static [ResourceType] {
        match self {
            Command::Run { tests: false } => &[Model],
            Command::Run { tests: true } => &[Model, DataTest],
            Command::Test => &[DataTest, UnitTest],
            Command::Build => &[Model, Snapshot, Seed, DataTest, UnitTest, SavedQuery, Exposure, Function],
            Command::Seed => &[Seed],
            Command::Snapshot => &[Snapshot],
            Command::Compile => &[Model, DataTest, Snapshot, Analysis, Operation, Seed, Function],
            Command::List => &[
                Model,
                Snapshot,
                Seed,
                DataTest,
                Source,
                Exposure,
                Metric,
                SavedQuery,
                SemanticModel,
                UnitTest,
                Function,
            ],
            Command::Clone => &[Model, Seed, Snapshot],
            Command::SourceFreshness => &[Source],
        }
    }

    /// What `--resource-type all` means.
    fn all_types(self) -> BTreeSet<ResourceType> {
        let mut types: BTreeSet<_> = self.default_types().iter().copied().collect();
        if self == Command::List {
            types.insert(Analysis);
        }
        types
    }

    /// Whether the command has `--resource-type` at all; others always take their own kinds.
    fn has_flags(self) -> bool {
        matches!(self, Command::List | Command::Build | Command::Test | Command::Clone)
    }
}

/// A value of `--resource-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceTypeArgument {
    /// `all`.
    All,
    /// `default`.
    Default,
    /// One kind.
    One(ResourceType),
}

impl ResourceTypeArgument {
    /// The value written as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "all" => ResourceTypeArgument::All,
            "default" => ResourceTypeArgument::Default,
            other => ResourceTypeArgument::One(parse_resource_type(other)?),
        })
    }
}

/// What a command takes from a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceFilter {
    types: BTreeSet<ResourceType>,
    empty_nodes: bool,
    only_with_freshness: bool,
}

impl ResourceFilter {
    /// What `command` takes, given the values of `--resource-type` and `--exclude-resource-type`.
    pub fn new(command: Command, include: &[ResourceTypeArgument], exclude: &[ResourceTypeArgument]) -> Self {
        let default: BTreeSet<_> = command.default_types().iter().copied().collect();
        let mut types = default;
        if command.has_flags() {
            if !include.is_empty() {
                types = include.iter().flat_map(|argument| expand(*argument, command)).collect();
            }
            for excluded in exclude.iter().flat_map(|argument| expand(*argument, command)) {
                types.remove(&excluded);
            }
            let all = command.all_types();
            types.retain(|kind| all.contains(kind));
        }
        ResourceFilter {
            types,
            empty_nodes: command == Command::List,
            only_with_freshness: command == Command::SourceFreshness,
        }
    }

    /// Whether the command takes `node`.
    pub fn accepts(&self, node: &Node) -> bool {
        self.types.contains(&node.resource_type())
            && (self.empty_nodes || !is_empty(node))
            && (!self.only_with_freshness || has_freshness(node))
    }
}

fn expand(argument: ResourceTypeArgument, command: Command) -> BTreeSet<ResourceType> {
    match argument {
        ResourceTypeArgument::All => command.all_types(),
        ResourceTypeArgument::Default => command.default_types().iter().copied().collect(),
        ResourceTypeArgument::One(kind) => BTreeSet::from([kind]),
    }
}

/// A file with nothing in it is listed and never run.
fn is_empty(node: &Node) -> bool {
    match node.kind {
        NodeKind::Model(_)
        | NodeKind::Snapshot(_)
        | NodeKind::DataTest(_)
        | NodeKind::Analysis(_)
        | NodeKind::Function(_)
        | NodeKind::Operation => node.raw_code.trim().is_empty(),
        _ => false,
    }
}

fn has_freshness(node: &Node) -> bool {
    let set = |limit: &Option<FreshnessLimit>| {
        limit.as_ref().is_some_and(|limit| limit.count.is_some() && limit.period.is_some())
    };
    let freshness = node.as_source().and_then(|source| source.freshness.as_ref());
    freshness.is_some_and(|freshness| set(&freshness.warn_after) || set(&freshness.error_after))
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
