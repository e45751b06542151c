//! dbt's rules for a contract that changes between two states, and what it says about a breaking change.
//!
//! The check of contracts between domains has rules of its own, in `mesh`; these are those of `state:modified.contract`.
//! Source: <https://docs.getdbt.com/reference/resource-configs/contract#detecting-breaking-changes>.

use super::previous::{PreviousColumn, PreviousConstraint, PreviousNode};
use super::same::moment;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{Column, Constraint, Model, Node, NodeKind, Version};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Whether the contract of a model is the same; other nodes have none. Breaking changes are told: a warning, or an error
/// if the model has versions, because then a new version could have been made.
pub(super) fn same(node: &Node, old: &PreviousNode, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let NodeKind::Model(model) = &node.kind else { return true };
    let enforced = node.config.contract.enforced;
    if !old.contract.enforced {
        return !enforced;
    }
    if enforced && model.contract_checksum == old.contract.checksum {
        return true;
    }
    let changes = breaking_changes(node, model, old);
    if !changes.is_empty() {
        let about = About {
            name: &node.name,
            file: &node.original_file_path,
            unique_id: Arc::clone(node.unique_id.as_arc()),
            version: model.version.as_ref(),
        };
        diagnostics.push(about.diagnostic(&changes));
    }
    false
}

/// Tells of the contract of a model that was switched off, unless its deprecation date has passed.
pub(super) fn disabled(node: &Node, now: DateTime<Utc>, diagnostics: &mut Vec<Diagnostic>) {
    let NodeKind::Model(model) = &node.kind else { return };
    if !node.config.contract.enforced || is_past(model.deprecation_date.as_deref(), now) {
        return;
    }
    let change = format!("Contracted model '{}' was disabled.", node.unique_id);
    let about = About {
        name: &node.name,
        file: &node.original_file_path,
        unique_id: Arc::clone(node.unique_id.as_arc()),
        version: model.version.as_ref(),
    };
    diagnostics.push(about.diagnostic(&[change]));
}

/// Tells of the contract of a model that is gone, unless its deprecation date had passed.
pub(super) fn removed(id: &str, old: &PreviousNode, now: DateTime<Utc>, diagnostics: &mut Vec<Diagnostic>) {
    if !old.contract.enforced || is_past(old.deprecation_date.as_deref(), now) {
        return;
    }
    let change = format!("Contracted model '{id}' was deleted or renamed.");
    let version = super::previous::version(&old.version);
    let about =
        About { name: &old.name, file: &old.original_file_path, unique_id: id.into(), version: version.as_ref() };
    diagnostics.push(about.diagnostic(&[change]));
}

fn is_past(date: Option<&str>, now: DateTime<Utc>) -> bool {
    date.and_then(moment).is_some_and(|date| date < now)
}

/// The model that a breaking change is about.
struct About<'a> {
    name: &'a str,
    file: &'a str,
    unique_id: Arc<str>,
    version: Option<&'a Version>,
}

impl About<'_> {
    fn diagnostic(&self, changes: &[String]) -> Diagnostic {
        let code = ErrorCode::ContractBreakingChange;
        let reasons = changes.join("\n  - ");
        let diagnostic = if self.version.is_some() {
            Diagnostic::error(
                code,
                format!(
                    "While comparing to previous project state, dbt detected a breaking change to an enforced \
                     contract.\n  - {reasons}"
                ),
            )
            .hint("Consider making an additive (non-breaking) change instead, if possible.")
            .hint(
                "Otherwise, create a new model version: \
                 https://docs.getdbt.com/docs/collaborate/govern/model-versions",
            )
        } else {
            Diagnostic::warning(
                code,
                format!(
                    "Breaking change to contracted, unversioned model {} ({})\nWhile comparing to previous project \
                     state, dbt detected a breaking change to an unversioned model.\n  - {reasons}",
                    self.name, self.file
                ),
            )
        };
        diagnostic.for_node(Arc::clone(&self.unique_id))
    }
}

/// Everything in which the model promises less than it did, each as dbt says it.
fn breaking_changes(node: &Node, model: &Model, old: &PreviousNode) -> Vec<String> {
    let was_table = enforces_constraints(old.materialized());
    let columns: Vec<&PreviousColumn> = sorted_columns(old);
    let mut changes = Vec::new();
    if !node.config.contract.enforced {
        changes.push(
            "Contract enforcement was removed: Previously, this model had an enforced contract. It is no longer \
             configured to enforce its contract, and this is a breaking change."
                .to_string(),
        );
    }
    let now = |column: &PreviousColumn| node.columns.get(&column.name);
    push_list(
        &mut changes,
        "Columns were removed",
        columns.iter().filter(|old| now(old).is_none()).map(|old| old.name.clone()),
    );
    push_list(
        &mut changes,
        "Columns with data_type changes",
        columns.iter().filter_map(|old| type_change(old, now(old)?)),
    );
    if was_table {
        let removed = columns.iter().filter_map(|old| Some((old, now(old)?))).flat_map(|(old, now)| {
            old.constraints
                .iter()
                .filter(|constraint| is_removed(constraint, &now.constraints))
                .map(|constraint| format!("'{}' constraint on column {}", label(constraint), old.name))
        });
        push_list(&mut changes, "Enforced column level constraints were removed", removed);
        let removed = old.constraints.iter().filter(|constraint| is_removed(constraint, &model.constraints));
        let removed = removed
            .map(|constraint| format!("'{}' constraint on columns {}", label(constraint), listed(&constraint.columns)));
        push_list(&mut changes, "Enforced model level constraints were removed", removed);
    }
    let had_constraints = !old.constraints.is_empty() || columns.iter().any(|column| !column.constraints.is_empty());
    let materialized = node.config.materialized.as_str();
    if was_table && had_constraints && !enforces_constraints(Some(materialized)) {
        let change = format!("{} -> {materialized}", old.materialized().unwrap_or_default());
        push_list(&mut changes, "Materialization changed with enforced constraints", std::iter::once(change));
    }
    changes
}

fn sorted_columns(old: &PreviousNode) -> Vec<&PreviousColumn> {
    let mut columns: Vec<(&String, &PreviousColumn)> = old.columns.iter().collect();
    columns.sort_by_key(|(name, _)| *name);
    columns.into_iter().map(|(_, column)| column).collect()
}

fn push_list(changes: &mut Vec<String>, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if !items.is_empty() {
        changes.push(format!("{title}: \n    - {}", items.join("\n    - ")));
    }
}

fn enforces_constraints(materialized: Option<&str>) -> bool {
    matches!(materialized, Some("table" | "incremental"))
}

/// A change of type; size, precision and scale do not count.
fn type_change(old: &PreviousColumn, now: &Column) -> Option<String> {
    let base = |data_type: &Option<String>| {
        data_type.as_deref().map(|text| text.split('(').next().unwrap_or_default().trim().to_lowercase())
    };
    let shown = |data_type: &Option<String>| data_type.clone().unwrap_or_else(|| "None".to_string());
    (base(&old.data_type) != base(&now.data_type))
        .then(|| format!("{} ({} -> {})", old.name, shown(&old.data_type), shown(&now.data_type)))
}

/// Whether a constraint that DuckDB enforces is no longer there. It enforces all but custom ones.
fn is_removed(old: &PreviousConstraint, now: &[Constraint]) -> bool {
    old.constraint_type != "custom" && !now.iter().any(|now| is_same_constraint(old, now))
}

fn is_same_constraint(old: &PreviousConstraint, now: &Constraint) -> bool {
    old.constraint_type == now.constraint_type
        && old.name == now.name
        && old.expression == now.expression
        && old.warn_unenforced == now.warn_unenforced
        && old.warn_unsupported == now.warn_unsupported
        && old.to == now.to
        && old.to_columns == now.to_columns
        && old.columns == now.columns
}

fn label(constraint: &PreviousConstraint) -> &str {
    constraint.name.as_deref().unwrap_or(&constraint.constraint_type)
}

fn listed(columns: &[String]) -> String {
    format!("[{}]", columns.iter().map(|column| format!("'{column}'")).collect::<Vec<_>>().join(", "))
}
