//! `check`: the whole mesh typed in an empty database, offline and without data.

use super::arguments::CheckArguments;
use super::empty_warehouse::{GivenTables, open};
use super::execute::engine_failed;
use super::load::Loaded;
use super::selection::choose;
use super::{Done, Failed};
use crate::check::{Binding, Bound, Options, Unknown, bind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::{Manifest, NodeKind, UniqueId};
use crate::run::{EventKind, counted};
use crate::selector::{Command, Index};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Binds what is selected and what it reads, and tells what is wrong.
pub(super) fn check(loaded: &Loaded, arguments: &CheckArguments) -> Done {
    let words = &arguments.selection;
    let everything = words.is_everything() && loaded.workspace.member.is_none();
    let only: Option<BTreeSet<UniqueId>> = match everything {
        true => None,
        false => {
            let index = Index::new(&loaded.manifest);
            Some(choose(loaded, &index, words, Command::Compile)?.iter().cloned().collect())
        }
    };
    let bound = bound(loaded, Options { only: only.as_ref(), tests: !arguments.no_tests, shared: None })?;
    let told: Vec<&Diagnostic> = bound
        .diagnostics
        .iter()
        // What stands above the selection was bound because it is read; its own faults are its own.
        .filter(|found| only.as_ref().is_none_or(|only| found.node.as_deref().is_none_or(|id| only.contains(id))))
        .collect();
    let mut sorted = told.clone();
    sorted.sort_by_key(|found| found.severity == Severity::Error);
    for diagnostic in sorted {
        loaded.console().report(diagnostic.clone());
    }
    let errors = told.iter().filter(|found| found.is_error()).count();
    tell(loaded, &bound, only.as_ref(), errors);
    Ok(!loaded.console().has_errors())
}

/// Binds the mesh that was loaded.
pub(super) fn bound(loaded: &Loaded, options: Options<'_>) -> Result<Bound, Failed> {
    let warehouse = open(loaded)?;
    let given = GivenTables::new(loaded, &*loaded.workspace.tree);
    let mut program = loaded.program();
    program.run.target = loaded.shown_target();
    let program = Arc::new(program);
    bind(&program, &warehouse, &given, options).map_err(|cause| engine_failed(&cause))
}

/// How many nodes were typed, and which were not and why.
fn tell(loaded: &Loaded, bound: &Bound, only: Option<&BTreeSet<UniqueId>>, errors: usize) {
    let note = |message: String| loaded.console().event(EventKind::Note { message });
    let of_interest = |id: &UniqueId| only.is_none_or(|only| only.contains(id)) && has_columns(&loaded.manifest, id);
    let nodes: Vec<(&UniqueId, &Binding)> = bound.nodes.iter().filter(|(id, _)| of_interest(id)).collect();
    let count = |wanted: fn(&Binding) -> bool| nodes.iter().filter(|(_, binding)| wanted(binding)).count();
    let typed = count(|binding| matches!(binding, Binding::Bound(_)));
    let on_rows = count(|binding| matches!(binding, Binding::Unknown(Unknown::Rows(_), _)));
    let unknown = count(|binding| matches!(binding, Binding::Unknown(..))) - on_rows;
    for (id, binding) in &nodes {
        if let Binding::Unknown(reason, _) = binding {
            note(format!("unknown: {id}: {reason}"));
        }
    }
    let mut parts = vec![format!("{typed} typed")];
    if on_rows > 0 {
        parts.push(format!("{on_rows} depend on rows"));
    }
    if unknown > 0 {
        parts.push(format!("{unknown} unknown"));
    }
    parts.push(counted(errors, "error"));
    note(format!("Checked {}: {}", counted(nodes.len(), "relation"), parts.join(", ")));
}

fn has_columns(manifest: &Manifest, id: &UniqueId) -> bool {
    manifest.node(id).is_some_and(|node| {
        matches!(node.kind, NodeKind::Model(_) | NodeKind::Seed(_) | NodeKind::Snapshot(_) | NodeKind::Source(_))
    })
}
