use super::*;
use crate::diagnostic::ErrorCode;
use crate::manifest::{DomainName, Manifest};
use crate::state::testing::{manifest, manifest_from_text};
use crate::state::{Comparison, PreviousManifest, PreviousRunResults, PreviousSources, PreviousState};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::path::Path;

mod golden;
mod methods;
mod properties;

/// A moment at which no deprecation date of the tests has passed.
pub(super) fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default()
}

/// What `expression` selects with everything else left at its default.
pub(super) fn run(manifest: &Manifest, arguments: &SelectionArguments, scope: &Scope) -> Selected {
    let index = Index::new(manifest);
    let state = PreviousState::default();
    let comparison = Comparison::new(manifest, &state, moment());
    let context = SelectionContext { index: &index, comparison: &comparison, scope, selectors: &Selectors::default() };
    match arguments.parse() {
        Ok(expression) => select(&expression, &ResourceFilter::new(Command::List, &[], &[]), &context),
        Err(diagnostics) => Selected { diagnostics, ..Selected::default() },
    }
}

pub(super) fn arguments(select: &str) -> SelectionArguments {
    SelectionArguments { select: vec![select.to_string()], ..SelectionArguments::default() }
}

/// Ids that `--select select` selects.
pub(super) fn selected(manifest: &Manifest, select: &str) -> Vec<String> {
    let selected = run(manifest, &arguments(select), &Scope::default());
    selected.selection.iter().map(ToString::to_string).collect()
}
