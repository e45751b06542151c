//! `retry`: the last command once more, for what failed or was skipped in it.

use super::Failed;
use super::arguments::{Command, CommandLine, Stop};
use super::load::{Loaded, Setup};
use super::selection::read;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::event_time::parse_iso;
use crate::manifest::{BatchResults, NodeStatus, OverloadResults, UniqueId};
use crate::selector::Selection;
use crate::state::{PreviousResult, PreviousRunResults};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// How a node ended that is run again; with `--warn-error` also [`NodeStatus::Warn`].
const RETRIED: [NodeStatus; 5] =
    [NodeStatus::Error, NodeStatus::Fail, NodeStatus::Skipped, NodeStatus::RuntimeError, NodeStatus::PartialSuccess];

/// What is left of an earlier run.
#[derive(Debug, Clone, Default)]
pub(super) struct Retried {
    /// Ids of the nodes that run again, as artifacts show them.
    pub ids: Vec<String>,
    /// Batches of models that were built in part, by id.
    pub batches: HashMap<String, BatchResults>,
    /// Overloads of functions of which some were not made, by id.
    pub overloads: HashMap<String, OverloadResults>,
    /// When the earlier run began: its batches end then.
    pub began: Option<DateTime<Utc>>,
}

/// The command of the last run in place of `retry`, of which `line` is the command line.
pub(super) fn resume(setup: Setup, line: &CommandLine) -> Result<Setup, Failed> {
    let warn_error = setup.arguments.global.warnings.warn_error;
    let (setup, workspace) = setup.read()?;
    let project = &setup.arguments.global.project;
    let target = setup.target_folder(&workspace);
    let (folder, shown) = match &setup.arguments.global.state.state {
        Some(state) => (setup.place.cwd.join(state), state.clone()),
        None => (target, project.target_path.clone().unwrap_or_else(|| workspace.target_path())),
    };
    let Some(previous) = read(&folder.join("run_results.json"), PreviousRunResults::from_json)? else {
        let message = format!("Could not find previous run in '{}' target directory", shown.display());
        let error = Diagnostic::error(ErrorCode::StateMissing, message);
        return Err(Failed(vec![
            error.hint("run something first, or name the folder of its run_results.json with --state"),
        ]));
    };
    let is_operation = previous.args.get("which").is_some_and(|which| which == "run-operation");
    let is_retried = |result: &&PreviousResult| {
        let statuses = RETRIED.into_iter().chain(warn_error.then_some(NodeStatus::Warn));
        let is_hook = result.unique_id.starts_with("operation.");
        statuses.into_iter().any(|status| status.as_str() == result.status) && (is_operation || !is_hook)
    };
    let results: Vec<&PreviousResult> = previous.results.iter().filter(is_retried).collect();
    let batches = results.iter().filter_map(|result| Some((result.unique_id.clone(), result.batch_results.clone()?)));
    let overloads =
        results.iter().filter_map(|result| Some((result.unique_id.clone(), result.overload_results.clone()?)));
    let retried = Retried {
        overloads: overloads.filter(|(_, found)| !found.failed.is_empty()).collect(),
        // A model of which some batches were built goes on with the others; else it is built as a whole.
        batches: batches.filter(|(_, found)| !found.successful.is_empty() && !found.failed.is_empty()).collect(),
        ids: results.iter().map(|result| result.unique_id.clone()).collect(),
        began: previous.metadata.invocation_started_at.as_deref().and_then(parse_iso),
    };
    let again = line.again(&previous.args).and_then(|line| setup.again(&line, retried));
    again.map_err(|stop| match stop {
        Stop::Refused(diagnostic) => Failed(vec![*diagnostic]),
        Stop::Usage(error) => Failed(vec![Diagnostic::error(ErrorCode::BadOptionValue, error.message)]),
        Stop::Text(text) | Stop::NoCommand(text) => Failed(vec![Diagnostic::error(ErrorCode::BadOptionValue, text)]),
    })
}

/// Whether a retried operation had succeeded, so that nothing is left to do.
pub(super) fn is_done(setup: &Setup) -> bool {
    let is_operation = matches!(setup.arguments.command, Command::RunOperation(_));
    is_operation && setup.retried.as_ref().is_some_and(|retried| retried.ids.is_empty())
}

/// The nodes that artifacts show as `ids`.
pub(super) fn selection(loaded: &Loaded, ids: &[String]) -> Result<Selection, Failed> {
    let view = loaded.view();
    let shown = loaded.manifest.nodes.values().filter(|node| view.shows(Some(&node.domain)));
    let known: HashMap<String, &UniqueId> =
        shown.map(|node| (view.id(&node.unique_id).into_owned(), &node.unique_id)).collect();
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match known.get(id) {
            Some(id) => found.push((*id).clone()),
            None => missing.push(
                Diagnostic::error(
                    ErrorCode::NoNodesForCriterion,
                    format!("Couldn't find model '{id}' -- does it exist or is it disabled?"),
                )
                .hint("the project has changed since that run: run the command anew"),
            ),
        }
    }
    if missing.is_empty() { Ok(found.into_iter().collect()) } else { Err(Failed(missing)) }
}
