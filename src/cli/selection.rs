//! From `--select` and its companions to the nodes that a command is about.

use super::Failed;
use super::arguments::Selection as Words;
use super::load::Loaded;
use super::workspace::SelectorFile;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::run::EventKind;
use crate::selector::{
    Command, Index, ResourceFilter, Scope, Selection, SelectionArguments, SelectionContext, SelectorExpr, Selectors,
    select,
};
use crate::state::{Comparison, PreviousManifest, PreviousRunResults, PreviousSources, PreviousState};
use std::path::Path;

/// The nodes that `words` select for `command`.
pub(super) fn choose(loaded: &Loaded, index: &Index<'_>, words: &Words, command: Command) -> Result<Selection, Failed> {
    let domains = loaded.scope(&words.domains)?;
    let selectors = selectors(loaded)?;
    let expression = expression(loaded, words, &selectors)?;
    let filter = ResourceFilter::new(command, &words.resource_types, &words.exclude_resource_types);
    let state = previous_state(loaded)?;
    let comparison = Comparison::new(&loaded.manifest, &state, loaded.setup.started_at);
    let scope = Scope { domains };
    let context = SelectionContext { index, comparison: &comparison, scope: &scope, selectors: &selectors };
    let selected = select(&expression, &filter, &context);
    let errors = loaded.console().warn(selected.diagnostics);
    if errors.is_empty() { Ok(selected.selection) } else { Err(Failed(errors)) }
}

fn expression(loaded: &Loaded, words: &Words, selectors: &Selectors) -> Result<SelectorExpr, Failed> {
    let arguments = SelectionArguments {
        select: words.select.clone(),
        exclude: words.exclude.clone(),
        indirect_selection: loaded.setup.arguments.global.indirect_selection,
    };
    for (flag, text) in arguments.texts() {
        loaded.setup.sources.insert(flag, text);
    }
    if let Some(name) = &words.selector {
        return selectors.get(name).map(|selector| selector.expression.clone()).map_err(|error| Failed(vec![*error]));
    }
    if arguments.is_empty()
        && let Some((name, selector)) = selectors.default_selector()
    {
        loaded.console().event(EventKind::DefaultSelector { name: name.to_string() });
        return Ok(selector.expression.clone());
    }
    arguments.parse().map_err(Failed)
}

/// `selectors.yml` of the domain that the command is about, over the one at the mesh's root.
fn selectors(loaded: &Loaded) -> Result<Selectors, Failed> {
    let workspace = &loaded.workspace;
    let own = (workspace.member.is_some() || !workspace.is_mesh).then(|| workspace.main_domain().selectors.as_ref());
    let mut all = Selectors::default();
    for SelectorFile { file, content, places } in [own.flatten(), workspace.selectors.as_ref()].into_iter().flatten() {
        let mode = loaded.setup.arguments.global.indirect_selection;
        let parsed = Selectors::parse(content, file, places, mode).map_err(Failed)?;
        all = all.over(parsed);
    }
    Ok(all)
}

/// What `--state` names, and the results of the last run; without `--state` there is nothing to compare with.
fn previous_state(loaded: &Loaded) -> Result<PreviousState, Failed> {
    let Some(folder) = &loaded.setup.arguments.global.state.state else { return Ok(PreviousState::default()) };
    let folder = loaded.setup.place.cwd.join(folder);
    let target = loaded.target_folder();
    Ok(PreviousState {
        manifest: read(&folder.join("manifest.json"), PreviousManifest::from_json)?,
        results: read(&folder.join("run_results.json"), PreviousRunResults::from_json)?,
        sources: read(&folder.join("sources.json"), PreviousSources::from_json)?,
        sources_current: read(&target.join("sources.json"), PreviousSources::from_json)?,
    })
}

/// An artifact of an earlier run, if it is there.
pub(super) fn read<T>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, serde_json::Error>,
) -> Result<Option<T>, Failed> {
    let unusable = |cause: String| {
        let message = format!("{} cannot be used as a state: {cause}", path.display());
        Failed(vec![
            Diagnostic::error(ErrorCode::StateMissing, message)
                .hint("name the target folder of an earlier run with --state"),
        ])
    };
    match std::fs::read_to_string(path) {
        // Every artifact is an object; a list would be taken for one without any entries.
        Ok(text) if !text.trim_start().starts_with('{') => Err(unusable("it is no JSON object".to_string())),
        Ok(text) => parse(&text).map(Some).map_err(|cause| unusable(cause.to_string())),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unusable(cause.to_string())),
    }
}
