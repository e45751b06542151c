//! `init`: a project to begin with, and a profile for it. Asks nothing: what dbt would ask for has a default, and the file
//! can be changed.

use super::Failed;
use super::arguments::{Arguments, InitArguments};
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap};
use crate::project::project_file::ProjectSource;
use crate::project::tree::DiskTree;
use crate::project::yaml::{Yaml, load};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files of a new project; `{name}` and `{profile}` stand for the project's names.
const FILES: [(&str, &str); 6] = [
    ("dbt_project.yml", include_str!("init/dbt_project.yml")),
    ("README.md", include_str!("init/README.md")),
    (".gitignore", include_str!("init/gitignore")),
    ("models/example/numbers.sql", include_str!("init/numbers.sql")),
    ("models/example/first_number.sql", include_str!("init/first_number.sql")),
    ("models/example/schema.yml", include_str!("init/schema.yml")),
];

/// Folders that are empty in a new project; a file keeps them in git.
const EMPTY: [&str; 5] = ["analyses", "macros", "seeds", "snapshots", "tests"];

/// Writes what is missing, and says what was written.
pub(super) fn init(
    arguments: &Arguments,
    init: &InitArguments,
    variables: &BTreeMap<String, String>,
    cwd: &Path,
) -> Result<String, Failed> {
    let options = &arguments.global.project;
    let profiles = match (&options.profiles_dir, variables.get("HOME")) {
        (Some(folder), _) => cwd.join(folder),
        (None, Some(home)) => Path::new(home).join(".dbt"),
        (None, None) => cwd.to_path_buf(),
    };
    let root = options.project_dir.as_ref().map_or_else(|| cwd.to_path_buf(), |folder| cwd.join(folder));
    if root.join("dbt_project.yml").is_file() {
        if options.profile.is_some() {
            let message = "Can not init existing project with specified profile, edit dbt_project.yml instead";
            return Err(refused(message, "leave --profile out"));
        }
        return match init.skip_profile_setup {
            true => Ok("There is a project here already: nothing to do".to_string()),
            false => add_profile(&profiles, &profile_of(&root)?),
        };
    }
    let name = checked_name(init.project_name.as_deref())?;
    let folder = root.join(&name);
    if folder.exists() {
        return Ok(format!("A project called {name} already exists here."));
    }
    if let Some(profile) = &options.profile
        && !has_profile(&profiles, profile)?
    {
        let message = format!("Could not find profile named '{profile}'");
        return Err(refused(&message, &format!("the profiles are looked for in {}", profiles.display())));
    }
    let profile = options.profile.as_deref().unwrap_or(&name);
    write_project(&folder, &name, profile).map_err(|(path, cause)| unwritable(&path, &cause))?;
    let mut said = format!("Your new dbt project \"{name}\" was created!");
    if options.profile.is_none() && !init.skip_profile_setup {
        said = format!("{said}\n{}", add_profile(&profiles, profile)?);
    }
    Ok(said)
}

fn refused(message: &str, hint: &str) -> Failed {
    Failed(vec![Diagnostic::error(ErrorCode::BadOptionValue, message).hint(hint)])
}

fn unwritable(path: &Path, cause: &io::Error) -> Failed {
    let message = format!("{} cannot be written: {cause}", path.display());
    Failed(vec![Diagnostic::error(ErrorCode::UnreadableFile, message)])
}

/// A name that a project may have (letters, digits and underscores, no digit first).
fn checked_name(name: Option<&str>) -> Result<String, Failed> {
    let Some(name) = name else {
        return Err(refused("the new project has no name", "name it: meshbuild init <project_name>"));
    };
    let is_word = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_word || name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit()) {
        let message = format!("{name} is not a valid project name.");
        return Err(refused(&message, "letters, digits and underscores, and no digit in front"));
    }
    Ok(name.to_string())
}

fn write_project(folder: &Path, name: &str, profile: &str) -> Result<(), (PathBuf, io::Error)> {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| fs::write(&path, text)).map_err(|cause| (path, cause))
    };
    for (path, text) in FILES {
        write(path, &text.replace("{name}", name).replace("{profile}", profile))?;
    }
    EMPTY.iter().try_for_each(|folder| write(&format!("{folder}/.gitkeep"), ""))
}

fn profile_of(root: &Path) -> Result<String, Failed> {
    let mut diagnostics = Vec::new();
    let source = ProjectSource::load(&DiskTree::new(root), "", &SourceMap::default(), &mut diagnostics);
    let Some(source) = source else { return Err(Failed(diagnostics)) };
    let named = source.profile().and_then(Yaml::as_str).or_else(|| source.name());
    named
        .map(str::to_string)
        .ok_or_else(|| refused("the project names no profile", "write profile: into dbt_project.yml"))
}

/// Whether `profiles.yml` has an entry of this name.
fn has_profile(profiles: &Path, name: &str) -> Result<bool, Failed> {
    let file: Arc<str> = "profiles.yml".into();
    let Ok(text) = fs::read_to_string(profiles.join(&*file)) else { return Ok(false) };
    let mut diagnostics = Vec::new();
    let tree = load(&file, &text, &mut diagnostics).map_err(|_| Failed(diagnostics))?;
    Ok(tree.is_some_and(|tree| tree.get(name).is_some()))
}

/// Adds a profile on one DuckDB file beside the project, unless there is one of that name.
fn add_profile(profiles: &Path, name: &str) -> Result<String, Failed> {
    let path = profiles.join("profiles.yml");
    if has_profile(profiles, name)? {
        return Ok(format!("{} has a profile '{name}' already", path.display()));
    }
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text += &format!(
        "{name}:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: {name}.duckdb\n      threads: 4\n"
    );
    let written = fs::create_dir_all(profiles).and_then(|()| fs::write(&path, text));
    written.map_err(|cause| unwritable(&path, &cause))?;
    Ok(format!("Profile {name} written to {}", path.display()))
}
