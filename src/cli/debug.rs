//! `debug`: what was found where, whether it can be read, and whether the database opens.

use super::arguments::DebugArguments;
use super::console::Console;
use super::load::Setup;
use super::workspace::{DatabasePath, LoadedDomain, Workspace};
use super::{Done, Failed, database};
use crate::adapter::duckdb::ENGINE_VERSION;
use crate::diagnostic::{Diagnostic, ErrorCode, RenderStyle, SourceMap, render};
use crate::jinja::warehouse::{Fetch, Warehouse};
use crate::run::EventKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// What came of the checks so far.
struct Checks<'a> {
    console: &'a Arc<Console>,
    sources: &'a SourceMap,
    /// One text for each check that failed.
    failed: Vec<String>,
}

/// Says what there is, checks the files, and tries the database once. Unlike other commands it does not stop at the
/// first file that cannot be read.
pub(super) fn debug(setup: Setup, arguments: DebugArguments) -> Done {
    let (console, sources) = (setup.console.clone(), setup.sources.clone());
    let mut checks = Checks { console: &console, sources: &sources, failed: Vec::new() };
    let folder = setup.found.folder.clone();
    let asked = setup.arguments.global.project.profiles_dir.clone();
    let there = asked.as_ref().map(|folder| setup.place.cwd.join(folder));
    let (workspace, errors) = match setup.read() {
        Ok((_, workspace)) => (Some(workspace), Vec::new()),
        Err(Failed(errors)) => (None, errors),
    };
    let profiles = workspace.as_ref().map(|workspace| workspace.profiles_folder().to_path_buf()).or(there);
    let profiles = profiles.unwrap_or_else(|| folder.clone());
    if arguments.config_dir {
        checks.say(format!("To view your profiles.yml file, run:\n\nopen {}", profiles.display()));
        return Ok(true);
    }
    checks.say(format!("meshbuild version: {}", env!("CARGO_PKG_VERSION")));
    checks.say(format!("os info: {} {}", std::env::consts::OS, std::env::consts::ARCH));
    checks.say(format!("Using profiles dir at {}", profiles.display()));
    checks.say(format!("Using profiles.yml file at {}", profiles.join("profiles.yml").display()));
    checks.projects(&folder, workspace.as_ref());
    checks.say("adapter type: duckdb".to_string());
    checks.say(format!("adapter version: {ENGINE_VERSION}"));
    let (of_profile, of_project): (Vec<_>, Vec<_>) = errors.into_iter().partition(is_about_profile);
    if arguments.connection {
        checks.say("Skipping steps before connection verification".to_string());
    } else {
        checks.configuration(&of_profile, &of_project);
        checks.git();
    }
    if !of_profile.is_empty() && !profiles.join("profiles.yml").is_file() {
        let file = asked.unwrap_or(profiles).join("profiles.yml");
        checks.failed.push(format!(
            "dbt looked for a profiles.yml file in {}, but did not find one. Name its folder with --profiles-dir, or write one.",
            file.display()
        ));
    } else {
        checks.explain("Profile", &of_profile);
    }
    checks.explain("Project", &of_project);
    match &workspace {
        Some(workspace) => checks.connection(workspace.main_domain()),
        None => checks.say("Connection test: skipped since there is no valid profile and project".to_string()),
    }
    Ok(checks.end())
}

fn is_about_profile(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.code,
        ErrorCode::ProfileNotFound
            | ErrorCode::TargetNotFound
            | ErrorCode::InvalidProfile
            | ErrorCode::UnsupportedProfile
    )
}

impl Checks<'_> {
    fn say(&self, message: String) {
        self.console.event(EventKind::Note { message });
    }

    fn projects(&self, folder: &Path, workspace: Option<&Workspace>) {
        let mesh = workspace.filter(|workspace| workspace.is_mesh);
        let Some(mesh) = mesh else {
            return self.say(format!("Using dbt_project.yml file at {}", folder.join("dbt_project.yml").display()));
        };
        self.say(format!("Using mesh '{}' at {}", mesh.name, mesh.root.display()));
        for loaded in &mesh.domains {
            self.say(format!("  domain {} in {}", loaded.domain.name, loaded.domain.root));
        }
    }

    fn configuration(&self, of_profile: &[Diagnostic], of_project: &[Diagnostic]) {
        let status = |errors: &[Diagnostic]| if errors.is_empty() { "OK found and valid" } else { "ERROR invalid" };
        // Which profile is meant stands in the project.
        let unknown = of_profile.is_empty() && !of_project.is_empty();
        let profile = if unknown { "not checked: the project cannot be read" } else { status(of_profile) };
        self.say("Configuration:".to_string());
        self.say(format!("  profiles.yml file [{profile}]"));
        self.say(format!("  dbt_project.yml file [{}]", status(of_project)));
    }

    /// `deps` calls git.
    fn git(&mut self) {
        self.say("Required dependencies:".to_string());
        let git = Command::new("git").arg("--version").stdin(Stdio::null()).output();
        match git {
            Ok(_) => self.say(" - git [OK found]\n".to_string()),
            Err(cause) => {
                self.say(" - git [ERROR]\n".to_string());
                self.failed.push(format!("Error from git --version: {cause}"));
            }
        }
    }

    fn explain(&mut self, what: &str, errors: &[Diagnostic]) {
        if errors.is_empty() {
            return;
        }
        let texts: Vec<String> = errors.iter().map(|error| render(error, self.sources, RenderStyle::Plain)).collect();
        self.failed.push(format!("{what} loading failed for the following reason:\n{}\n", texts.join("\n\n")));
    }

    fn connection(&mut self, main: &LoadedDomain) {
        self.say("Connection:".to_string());
        let path = match &main.database_path {
            DatabasePath::Memory => ":memory:".to_string(),
            DatabasePath::File(path) => path.display().to_string(),
        };
        let facts = [
            ("profile", main.profile.profile_name.to_string()),
            ("target", main.profile.target_name.to_string()),
            ("database", main.profile.credentials.database.to_string()),
            ("schema", main.domain.target.schema.clone()),
            ("path", path),
        ];
        for (name, value) in facts {
            self.say(format!("  {name}: {value}"));
        }
        match self.query(main) {
            Ok(()) => self.say("  Connection test: [OK connection ok]\n".to_string()),
            Err(Failed(errors)) => {
                self.say("  Connection test: [ERROR]\n".to_string());
                let texts: Vec<String> =
                    errors.iter().map(|error| render(error, self.sources, RenderStyle::Plain)).collect();
                self.failed.push(format!(
                    "dbt was unable to connect to the specified database.\nThe database returned the following error:\n\n{}",
                    texts.join("\n\n")
                ));
            }
        }
    }

    fn query(&self, main: &LoadedDomain) -> Result<(), Failed> {
        let warehouse = database::open(main, self.console)?;
        let session = warehouse.session().map_err(|cause| super::execute::engine_failed(&cause))?;
        session.execute("select 1 as id", Fetch::All).map_err(|cause| super::execute::engine_failed(&cause))?;
        Ok(())
    }

    fn end(self) -> bool {
        if self.failed.is_empty() {
            self.say("All checks passed!".to_string());
            return true;
        }
        self.say(format!("{} failed:", crate::run::counted(self.failed.len(), "check")));
        for text in &self.failed {
            self.say(text.clone());
        }
        false
    }
}
