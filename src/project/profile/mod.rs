//! `profiles.yml`: which profile, which target, and how to reach the database.
//!
//! Owns the search for the file, the choice of profile and target (`dbt/config/profile.py`), and the credentials of dbt-duckdb
//! (`dbt/adapters/duckdb/credentials.py`). Opens no database.

mod credentials;
mod secrets;

pub use credentials::{Attachment, Credentials, Extension, Retries, database_name};
pub use secrets::{SECRET_PREFIX, Secrets};

use super::fields::Report;
use super::render::{RenderRule, RenderString, RenderedScalar, render_tree};
use super::tree::{FileTree, join};
use super::yaml::{Yaml, YamlMap, YamlValue, load};
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap, Span};
use std::sync::Arc;

/// The name of the file.
pub const PROFILES_FILE: &str = "profiles.yml";

/// The target where neither the command line nor the profile names one.
const DEFAULT_TARGET: &str = "default";

/// Where `profiles.yml` is looked for, in the order of the fields. Each folder stands with the tree that holds it.
#[derive(Clone, Copy, Default)]
pub struct ProfileFolders<'a> {
    /// `--profiles-dir`
    pub flag: Option<(&'a dyn FileTree, &'a str)>,
    /// `DBT_PROFILES_DIR`
    pub environment: Option<(&'a dyn FileTree, &'a str)>,
    /// The root of the mesh.
    pub mesh: Option<(&'a dyn FileTree, &'a str)>,
    /// The folder of the project.
    pub project: Option<(&'a dyn FileTree, &'a str)>,
    /// `~/.dbt`
    pub home: Option<(&'a dyn FileTree, &'a str)>,
}

impl<'a> ProfileFolders<'a> {
    /// The folder to read: one that was named, else the first that has the file.
    fn find(&self) -> Option<(&'a dyn FileTree, &'a str)> {
        let has_file = |(tree, folder): &(&dyn FileTree, &str)| tree.is_file(&join(folder, PROFILES_FILE));
        let searched = [self.mesh, self.project, self.home].into_iter().flatten();
        self.flag.or(self.environment).or_else(|| searched.into_iter().find(has_file))
    }
}

/// A `profiles.yml` that was read and not yet rendered.
#[derive(Debug, Clone)]
pub struct ProfilesFile {
    /// The file as displayed.
    pub file: Arc<str>,
    /// Its content.
    pub tree: Yaml,
}

impl ProfilesFile {
    /// Finds and reads the file.
    pub fn find(
        folders: &ProfileFolders<'_>,
        sources: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ProfilesFile> {
        let found = folders.find().map(|(tree, folder)| (tree, join(folder, PROFILES_FILE)));
        let Some((tree, path)) = found.filter(|(tree, path)| tree.is_file(path)) else {
            let named = folders.flag.or(folders.environment).map(|(_, folder)| folder);
            let place = named.map_or_else(String::new, |folder| format!(" in `{folder}`"));
            let error = Diagnostic::error(ErrorCode::ProfileNotFound, format!("there is no {PROFILES_FILE}{place}"));
            diagnostics.push(
                error.hint("it is looked for in --profiles-dir, DBT_PROFILES_DIR, the mesh, the project and ~/.dbt"),
            );
            return None;
        };
        let file: Arc<str> = Arc::from(path.as_str());
        let text = tree.read_text(&path).map_err(|error| diagnostics.push(error.into())).ok()?;
        sources.insert(file.clone(), text.clone());
        match load(&file, &text, diagnostics).ok()? {
            Some(tree) if tree.as_map().is_some_and(|map| !map.is_empty()) => Some(ProfilesFile { file, tree }),
            _ => {
                let message = format!("The {PROFILES_FILE} file at {file} is empty");
                diagnostics.push(Diagnostic::error(ErrorCode::InvalidProfile, message).at(Span::file(file)));
                None
            }
        }
    }
}

/// What decides about profile and target.
#[derive(Clone, Copy)]
pub struct ProfileChoice<'a> {
    /// `--profile`, else the project's profile, else the mesh's; rendered.
    pub profile: Option<&'a str>,
    /// Where the profile is named, for messages.
    pub named_at: Option<&'a Span>,
    /// `--target` or `DBT_TARGET`.
    pub target: Option<&'a str>,
    /// `--threads`
    pub threads: Option<u32>,
    /// Renders with `env_var` and `var` alone; `env_var` gives placeholders for secrets.
    pub renderer: &'a dyn RenderString,
    /// The secrets of the environment.
    pub secrets: &'a Secrets,
}

/// A target of a profile.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The profile's name.
    pub profile_name: Arc<str>,
    /// The target's name.
    pub target_name: Arc<str>,
    /// How many workers.
    pub threads: u32,
    /// How to reach the database.
    pub credentials: Credentials,
    /// Where the output stands.
    pub span: Span,
}

impl Profile {
    /// Chooses and reads a target. What is found wrong is told without secrets.
    pub fn choose(
        file: &ProfilesFile,
        choice: &ProfileChoice<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Profile> {
        let before = diagnostics.len();
        let profile = choose(file, choice, diagnostics);
        for diagnostic in diagnostics.split_off(before) {
            diagnostics.push(choice.secrets.scrub_diagnostic(diagnostic));
        }
        profile
    }

    /// The variable `target` of templates, without secrets' settings taken apart: dbt's connection keys and names.
    pub fn target_entries(&self) -> Vec<(&'static str, YamlValue)> {
        let text = |text: &str| YamlValue::String(Arc::from(text));
        let mut entries = self.credentials.connection_entries();
        entries.extend([
            ("type", text("duckdb")),
            ("threads", YamlValue::Int(i64::from(self.threads))),
            ("name", text(&self.target_name)),
            ("target_name", text(&self.target_name)),
            ("profile_name", text(&self.profile_name)),
        ]);
        entries
    }
}

/// Renders, and puts secrets in the place of their placeholders.
struct Revealing<'a>(&'a ProfileChoice<'a>);

impl RenderString for Revealing<'_> {
    fn render(&self, text: &str, span: &Span) -> Result<RenderedScalar, Diagnostic> {
        Ok(match self.0.renderer.render(text, span)? {
            YamlValue::String(text) => YamlValue::String(Arc::from(self.0.secrets.reveal(&text))),
            value => value,
        })
    }
}

fn choose(file: &ProfilesFile, choice: &ProfileChoice<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Profile> {
    let Some(name) = choice.profile else {
        diagnostics.push(no_profile(file));
        return None;
    };
    let Some(profile) = file.tree.get(name) else {
        diagnostics.push(unknown_profile(file, name, choice.named_at));
        return None;
    };
    let Some(map) = profile.as_map().filter(|map| !map.is_empty()) else {
        let message = format!("Profile {name} in {PROFILES_FILE} is empty");
        let error = Diagnostic::error(ErrorCode::InvalidProfile, message).at(profile.span.clone());
        diagnostics.push(error.hint("outputs:\n  dev:\n    type: duckdb\n    path: warehouse.duckdb"));
        return None;
    };
    let renderer = Revealing(choice);
    let target_name = target_name(map, choice, &renderer, diagnostics)?;
    let output = find_output(name, profile, &target_name, diagnostics)?;
    let before = diagnostics.len();
    let rendered = render_tree(output, RenderRule::Everything, &renderer, diagnostics);
    let failed = diagnostics[before..].iter().any(Diagnostic::is_error);
    let report = Report::new(
        ErrorCode::InvalidProfile,
        format!("Credentials in profile \"{name}\", target \"{target_name}\" invalid: "),
    );
    let read = credentials::read(&rendered, name, &target_name, &report);
    let has_errors = report.drain_into(diagnostics) || failed;
    let (credentials, threads) = read.filter(|_| !has_errors)?;
    Some(Profile {
        profile_name: Arc::from(name),
        target_name: Arc::from(target_name),
        threads: choice.threads.unwrap_or(threads),
        credentials,
        span: output.span.clone(),
    })
}

fn no_profile(file: &ProfilesFile) -> Diagnostic {
    let message = format!(
        "dbt cannot run because no profile was specified for this dbt project.\nTo specify a profile for this project, add a \
         line like the this to\nyour dbt_project.yml file:\n\nprofile: [profile name]\n\nHere, [profile name] should be \
         replaced with a profile name\ndefined in your profiles.yml file. You can find profiles.yml here:\n\n{}",
        file.file
    );
    Diagnostic::error(ErrorCode::ProfileNotFound, message)
        .hint("write `profile:` with a name of profiles.yml into dbt_project.yml")
}

fn unknown_profile(file: &ProfilesFile, name: &str, named_at: Option<&Span>) -> Diagnostic {
    let names: Vec<&str> =
        file.tree.as_map().into_iter().flat_map(YamlMap::string_entries).map(|(key, _)| key.as_ref()).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| *name != "config").collect();
    let error = Diagnostic::error(ErrorCode::ProfileNotFound, format!("Could not find profile named '{name}'"));
    let error = match named_at {
        Some(span) => error.at(span.clone()).also(file.tree.span.clone(), "looked for here"),
        None => error.at(Span::file(file.file.clone())),
    };
    match super::fields::closest(name, &names) {
        Some(similar) => error.hint(format!("did you mean `{similar}`?")),
        None => error.hint(format!("{} has: {}", file.file, names.join(", "))),
    }
}

fn target_name(
    profile: &YamlMap,
    choice: &ProfileChoice<'_>,
    renderer: &dyn RenderString,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    if let Some(target) = choice.target {
        return Some(target.to_owned());
    }
    let Some(target) = profile.get("target") else { return Some(DEFAULT_TARGET.to_owned()) };
    let before = diagnostics.len();
    let rendered = render_tree(target, RenderRule::Everything, renderer, diagnostics);
    let failed = diagnostics[before..].iter().any(Diagnostic::is_error);
    (!failed).then(|| rendered.to_python_str())
}

fn find_output<'a>(name: &str, profile: &'a Yaml, target: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a Yaml> {
    let Some(outputs) = profile.get("outputs").and_then(Yaml::as_map) else {
        let message = format!("outputs not specified in profile '{name}'");
        let error = Diagnostic::error(ErrorCode::InvalidProfile, message).at(profile.span.clone());
        diagnostics.push(error.hint("outputs:\n  dev:\n    type: duckdb\n    path: warehouse.duckdb"));
        return None;
    };
    match outputs.get(target) {
        Some(output) if output.as_map().is_some() => Some(output),
        Some(output) => {
            let message = format!("output '{target}' of profile '{name}' is misconfigured in {PROFILES_FILE}");
            diagnostics.push(Diagnostic::error(ErrorCode::InvalidProfile, message).at(output.span.clone()));
            None
        }
        None => {
            let valid: Vec<String> = outputs.iter().map(|(key, _)| format!(" - {}", key.to_python_str())).collect();
            let message = format!(
                "The profile '{name}' does not have a target named '{target}'. The valid target names for this profile \
                 are:\n{}",
                valid.join("\n")
            );
            // Where the command line names the target, the profile's own `target:` is not to blame.
            let own = profile.get("target").filter(|own| own.as_str() == Some(target));
            let span =
                own.or_else(|| profile.get("outputs")).map_or_else(|| profile.span.clone(), |at| at.span.clone());
            let names: Vec<&str> = outputs.iter().filter_map(|(key, _)| key.as_str()).collect();
            let error = Diagnostic::error(ErrorCode::TargetNotFound, message).at(span);
            diagnostics.push(match super::fields::closest(target, &names) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("add it below `outputs:`, or name another with --target or `target:`"),
            });
            None
        }
    }
}

#[cfg(test)]
mod tests;
