//! `source freshness`: how fresh sources are, and `sources.json`.

use super::arguments::FreshnessArguments;
use super::execute::{run_nodes, succeeded};
use super::load::Loaded;
use super::{Done, Failed};
use crate::artifacts::{ArtifactError, SourcesArtifact};
use crate::diagnostic::{Diagnostic, ErrorCode};

/// Asks, and writes what dbt writes of it.
pub(super) fn freshness(loaded: &Loaded, arguments: &FreshnessArguments) -> Done {
    if let Some(path) = &arguments.output {
        let message = format!(
            "Custom output path usage `--output {}` usage detected in `dbt source freshness` command.",
            path.display()
        );
        let warning = Diagnostic::warning(ErrorCode::DeprecatedOption, message);
        let errors =
            loaded.console().warn([warning.hint("leave --output out: sources.json stands in the target folder")]);
        if !errors.is_empty() {
            return Err(Failed(errors));
        }
    }
    let written = |cause: ArtifactError| Failed(vec![cause.to_diagnostic()]);
    let ran = run_nodes(loaded)?;
    let invocation = loaded.artifact_invocation();
    let artifact = SourcesArtifact {
        invocation: &invocation,
        results: &ran.outcome.results,
        view: loaded.view(),
        elapsed_time: ran.outcome.elapsed,
    };
    let path = match &arguments.output {
        Some(path) => loaded.setup.place.cwd.join(path),
        None => loaded.target_folder().join("sources.json"),
    };
    loaded.write_manifest(&ran.compiled, None).map_err(written)?;
    loaded.write_to("FreshnessResult", &path, &artifact).map_err(written)?;
    Ok(succeeded(loaded, &ran.outcome))
}
