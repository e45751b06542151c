//! `deps`: installs the packages of every project that the command is about.

use super::arguments::{DepsArguments, PackageSource};
use super::config_scope::ConfigScope;
use super::console::Console;
use super::load::Setup;
use super::workspace::config_vars;
use super::{Done, Failed};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::value::{python_json, python_yaml};
use crate::packages::{self, Listener, NewPackage, Notation, Request};
use crate::parse::YamlRenderer;
use crate::project::discover::Root;
use crate::project::packages::Dependencies;
use crate::project::profile::Secrets;
use crate::project::project_file::ProjectSource;
use crate::project::render::RenderString;
use crate::project::yaml::Yaml;
use crate::run::EventKind;
use std::path::PathBuf;

/// Where a project's packages go when it does not say so.
const INSTALL_PATH: &str = "dbt_packages";

/// Installs the packages of every project that the command is about.
pub(super) fn deps(setup: &Setup, arguments: &DepsArguments) -> Done {
    let folders: Vec<String> = match &setup.found.root {
        Root::Project { folder } => vec![folder.clone()],
        Root::Mesh(mesh) => match mesh.member.and_then(|index| mesh.domains.get(index)) {
            Some(member) => vec![member.folder.clone()],
            None => mesh.domains.iter().map(|domain| domain.folder.clone()).collect(),
        },
    };
    if arguments.add_package.is_some() && folders.len() > 1 {
        let message = "`deps --add-package` does not say which domain of the mesh the package is for";
        let error = Diagnostic::error(ErrorCode::UnsupportedOption, message);
        return Err(Failed(vec![error.hint(format!("add --project-dir {}", folders[0]))]));
    }
    for folder in &folders {
        deps_of(setup, folder, arguments).map_err(Failed)?;
    }
    Ok(true)
}

fn deps_of(setup: &Setup, folder: &str, arguments: &DepsArguments) -> Result<(), Vec<Diagnostic>> {
    let environment = &setup.place.environment;
    let secrets = Secrets::new(environment.clone()).and(packages::git_tokens(environment));
    let mut diagnostics = Vec::new();
    let source = ProjectSource::load(&setup.found.tree, folder, &setup.sources, &mut diagnostics);
    let source = source.and_then(|source| source.with_vars_file(&setup.found.tree, &setup.sources, &mut diagnostics));
    let Some(source) = source else { return Err(diagnostics) };
    let vars = config_vars(&source, &setup.place.vars);
    let renderer = ConfigScope::new(environment, &vars, true).without_required_vars(&vars).renderer();
    let project = setup.found.tree.disk_path(folder);
    let request = Request {
        tree: &setup.found.tree,
        folder,
        name: source.name().unwrap_or_default(),
        install_path: project.join(install_path(setup, &source)?),
        renderer: &renderer,
        secrets: &secrets,
        environment,
        version_check: setup.arguments.global.version_check,
        sources: &setup.sources,
        notation: Notation { json: python_json, yaml: python_yaml },
        listener: setup.console.as_ref(),
    };
    if let Some(new) = &arguments.add_package {
        let kind = match arguments.source {
            PackageSource::Hub => "package",
            PackageSource::Git => "git",
            PackageSource::Local => "local",
        };
        packages::add(&request, &NewPackage { kind, name: &new.name, version: new.version.as_deref() })?;
    }
    let dependencies = read(setup, folder, &renderer)?;
    packages::deps(&request, &dependencies, arguments.upgrade, arguments.lock)
}

fn read(setup: &Setup, folder: &str, renderer: &YamlRenderer) -> Result<Dependencies, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let dependencies = Dependencies::load(&setup.found.tree, folder, renderer, &setup.sources, &mut diagnostics);
    let errors = setup.console.warn(diagnostics);
    if errors.is_empty() { Ok(dependencies) } else { Err(errors) }
}

fn install_path(setup: &Setup, source: &ProjectSource) -> Result<PathBuf, Vec<Diagnostic>> {
    let written = source.tree().get("packages-install-path").and_then(|path| Some((path.as_str()?, &path.span)));
    let Some((text, span)) = written else { return Ok(PathBuf::from(INSTALL_PATH)) };
    let renderer = ConfigScope::new(&setup.place.environment, &setup.place.vars, false)
        .without_required_vars(&setup.place.vars)
        .renderer();
    let rendered = renderer.render(text, span).map_err(|error| vec![error])?;
    Ok(PathBuf::from(Yaml::new(span.clone(), rendered).to_python_str()))
}

impl Listener for Console {
    fn note(&self, message: String) {
        self.event(EventKind::Note { message });
    }

    fn debug(&self, message: String) {
        self.event(EventKind::Log { message, info: false });
    }

    fn warn(&self, warning: Diagnostic) -> Option<Diagnostic> {
        Console::warn(self, [warning]).pop()
    }
}
