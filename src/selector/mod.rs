//! Which nodes a command is about: dbt's selection grammar, parsed and then evaluated over a manifest.
//!
//! Owns [`SelectorExpr`] and its two syntaxes (command line, `selectors.yml`), the [`Index`] it is evaluated with and
//! the [`Selection`] that comes out. Reads no files and never orders anything: `plan` does.
//! Source: <https://docs.getdbt.com/reference/node-selection/syntax>.

mod evaluate;
mod expression;
mod filter;
mod index;
mod matching;
mod node_set;
mod parse;
mod pattern;
mod suggest;
mod yaml;

pub use evaluate::{Scope, SelectionContext, select};
pub use expression::{
    Criterion, Expected, Group, IndirectSelection, Matcher, Method, Reach, SelectorExpr, SetOperator, TestType,
    VersionKind,
};
pub use filter::{Command, ResourceFilter, ResourceTypeArgument, parse_resource_type};
pub use index::Index;
pub use parse::SelectionArguments;
pub use pattern::{PathPattern, Pattern};
pub use yaml::{NamedSelector, Selectors};

use crate::diagnostic::Diagnostic;
use crate::manifest::UniqueId;

/// The nodes that were selected, sorted by id as `dbt ls` lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Sorted, each once.
    ids: Vec<UniqueId>,
}

impl Selection {
    /// The ids, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &UniqueId> + DoubleEndedIterator + Clone {
        self.ids.iter()
    }

    /// Whether `id` was selected.
    pub fn contains(&self, id: &UniqueId) -> bool {
        self.ids.binary_search(id).is_ok()
    }

    /// How many were selected.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether nothing was selected.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl FromIterator<UniqueId> for Selection {
    fn from_iter<T: IntoIterator<Item = UniqueId>>(ids: T) -> Self {
        let mut ids: Vec<UniqueId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Selection { ids }
    }
}

/// What a selection came to.
#[derive(Debug, Clone, Default)]
pub struct Selected {
    /// The nodes; empty if there are errors.
    pub selection: Selection,
    /// Warnings about criteria that match nothing, and errors.
    pub diagnostics: Vec<Diagnostic>,
}

#[cfg(test)]
mod tests;
