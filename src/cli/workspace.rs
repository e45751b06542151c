//! What a command works on: the mesh or project that was found, its files' typed heads, its profiles.

use super::arguments::{Arguments, Stop};
use super::config_scope::ConfigScope;
use crate::diagnostic::{Diagnostic, ErrorCode, Label, SourceMap, Span};
use crate::manifest::{Domain, DomainName, JsonMap};
use crate::parse::{DomainInput, PackageInput};
use crate::project::discover::{DomainFolder, Root, RootFlags, find_root};
use crate::project::files::{FileKind, Search, find_files, read_files};
use crate::project::ignore::IgnoreRules;
use crate::project::mesh_file::{Isolation, MeshFile};
use crate::project::packages::{Dependencies, PackageSource};
use crate::project::profile::{Profile, Secrets};
use crate::project::project_file::{Configs, PROJECT_FILE, ProjectFile};
use crate::project::tree::{DiskTree, FileTree, ReadError, join, normalize};
use crate::project::yaml::{Yaml, YamlValue, load};
use indexmap::IndexMap;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod reader;

use reader::Reader;
pub(super) use reader::config_vars;

/// Where a command was called, and with what.
#[derive(Clone)]
pub(super) struct Place {
    /// The working folder.
    pub cwd: PathBuf,
    /// All environment variables.
    pub environment: BTreeMap<String, String>,
    /// `--vars`.
    pub vars: JsonMap,
}

/// The mesh or project of a command.
pub(super) struct Workspace {
    /// The folder that all paths are relative to: of the mesh, or of the project.
    pub root: PathBuf,
    /// Files below it: of the disk, or of a revision.
    pub tree: Arc<dyn FileTree>,
    /// Name for people: of the mesh, or of the project.
    pub name: String,
    /// Whether there is more than one project.
    pub is_mesh: bool,
    /// The domain whose folder the command was called in.
    pub member: Option<DomainName>,
    /// The domains.
    pub domains: Vec<LoadedDomain>,
    /// `selectors.yml` at the root of the mesh.
    pub selectors: Option<SelectorFile>,
    /// Where `profiles.yml` was found.
    profiles_folder: PathBuf,
    /// The folder of links that stands in for the member's.
    links: Option<PathBuf>,
    /// `mesh.yml`.
    pub mesh_file: Option<MeshFile>,
    /// Texts for diagnostics.
    pub sources: Arc<SourceMap>,
}

/// A domain with its project file and profile.
pub(super) struct LoadedDomain {
    /// For the manifest.
    pub domain: Arc<Domain>,
    /// `dbt_project.yml` of the project and of its packages.
    pub projects: Vec<ProjectFile>,
    /// The chosen target.
    pub profile: Profile,
    /// The folder of its `profiles.yml`.
    profiles_folder: Option<PathBuf>,
    /// The database file.
    pub database_path: DatabasePath,
    /// `selectors.yml`, if the project has one.
    pub selectors: Option<SelectorFile>,
    /// What the project depends on.
    pub dependencies: Dependencies,
}

impl LoadedDomain {
    /// The folder that packages are installed in, relative to the mesh's root.
    pub fn installed_packages(&self) -> String {
        normalize(&join(&self.domain.root, &self.projects[0].paths.packages_install))
    }
}

/// A `selectors.yml` that was read.
pub(super) struct SelectorFile {
    /// Its displayed path.
    pub file: Arc<str>,
    /// What it holds, rendered.
    pub content: serde_json::Value,
    /// Where each of its selectors stands.
    pub places: Vec<Span>,
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DatabasePath {
    /// In memory.
    Memory,
    /// A file.
    File(PathBuf),
}

/// A found root, before any project was read.
#[derive(Clone)]
pub(super) struct FoundRoot {
    pub folder: PathBuf,
    pub tree: DiskTree,
    pub root: Root,
    /// The folder of links that stands in for the member's.
    links: Option<PathBuf>,
}

/// Finds the mesh or project of a command.
pub(super) fn find(
    arguments: &Arguments,
    place: &Place,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FoundRoot> {
    let options = &arguments.global.project;
    let absolute = |path: &Path| normalize(&to_tree(&place.cwd.join(path)));
    let flags = RootFlags {
        mesh_dir: options.mesh_dir.as_deref().map(absolute),
        project_dir: options.project_dir.as_deref().map(absolute),
        no_mesh: options.no_mesh,
    };
    let scratch = SourceMap::default();
    let mut first = Vec::new();
    let everything = DiskTree::new("/");
    let Some(root) = find_root(&everything, &to_tree(&place.cwd), &flags, &scratch, &mut first) else {
        let cwd = to_tree(&place.cwd);
        diagnostics.extend(first.into_iter().map(|diagnostic| seen_from(&cwd, diagnostic, &scratch, sources)));
        return None;
    };
    let (root, links) = match root {
        Root::Project { folder } if !flags.no_mesh => linked_member(&everything, folder),
        root => (root, None),
    };
    let folder = match &root {
        Root::Mesh(mesh) => mesh.folder.clone(),
        Root::Project { folder } => folder.clone(),
    };
    let disk = PathBuf::from("/").join(&folder);
    let tree = DiskTree::new(&disk);
    // Once more from the root that was found, so that paths are shown relative to it.
    let root = match root {
        Root::Project { .. } => Root::Project { folder: String::new() },
        Root::Mesh(mesh) => {
            let below = |domain: &DomainFolder| domain.relative.clone();
            let member = mesh.member.and_then(|index| mesh.domains.get(index)).map(below);
            let flags = RootFlags { mesh_dir: Some(String::new()), project_dir: member, no_mesh: false };
            find_root(&tree, "", &flags, sources, diagnostics)?
        }
    };
    Some(FoundRoot { folder: disk, tree, root, links })
}

/// A project of which the project file is a link to that of a member of a mesh is that member.
///
/// Orchestrators run a project in a scratch folder that holds links to its files. Artifacts and logs belong there.
fn linked_member(everything: &DiskTree, folder: String) -> (Root, Option<PathBuf>) {
    let links = PathBuf::from("/").join(&folder);
    let file = links.join(PROJECT_FILE);
    let real = match file.symlink_metadata() {
        Ok(found) if found.is_symlink() => file.canonicalize().ok(),
        _ => None,
    };
    if let Some(project) = real.as_deref().and_then(Path::parent).map(to_tree) {
        let flags = RootFlags { project_dir: Some(project), ..RootFlags::default() };
        // Whatever is wrong with the mesh above is told when it is read again; a project alone does not need it.
        if let Some(mesh @ Root::Mesh(_)) = find_root(everything, "", &flags, &SourceMap::default(), &mut Vec::new()) {
            return (mesh, Some(links));
        }
    }
    (Root::Project { folder }, None)
}

/// A diagnostic of the tree at `/` with its paths as somebody in the folder `cwd` names them.
fn seen_from(cwd: &str, diagnostic: Diagnostic, absolute: &SourceMap, sources: &SourceMap) -> Diagnostic {
    let below = format!("{cwd}/");
    let shown = |label: Label| {
        let file: Arc<str> = match label.span.file.strip_prefix(&below) {
            Some(path) => path.into(),
            None => format!("/{}", label.span.file).into(),
        };
        if let Some(text) = absolute.text(&label.span.file) {
            sources.insert(file.clone(), text);
        }
        Label { span: Span { file, ..label.span }, ..label }
    };
    Diagnostic {
        message: diagnostic.message.replace(&below, ""),
        primary: diagnostic.primary.map(shown),
        secondary: diagnostic.secondary.into_iter().map(shown).collect(),
        ..diagnostic
    }
}

/// An absolute path as the tree at `/` names it.
fn to_tree(path: &Path) -> String {
    path.to_string_lossy().trim_start_matches('/').to_string()
}

/// Reads the projects and profiles of what was found.
pub(super) fn read(
    found: &FoundRoot,
    tree: Arc<dyn FileTree>,
    arguments: &Arguments,
    place: &Place,
    sources: Arc<SourceMap>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Workspace> {
    let secrets = Secrets::new(place.environment.clone());
    let (mesh, folders) = match &found.root {
        Root::Project { folder } => (None, vec![folder.clone()]),
        Root::Mesh(mesh) => (Some(mesh), mesh.domains.iter().map(|domain| domain.folder.clone()).collect()),
    };
    let mesh_file = mesh.and_then(|mesh| mesh.file.clone());
    if let Some(file) = &mesh_file
        && let Some(isolation) = file.isolation.as_ref().filter(|isolation| isolation.value == Isolation::File)
    {
        let message =
            "`isolation: file` is not supported yet: the domains of this mesh would need a database file each";
        let error = Diagnostic::error(ErrorCode::Unsupported, message).at(isolation.span.clone());
        diagnostics.push(error.hint("write isolation: schema"));
        return None;
    }
    let is_mesh = mesh.is_some();
    let reader = Reader {
        tree: &*tree,
        root: &found.folder,
        arguments,
        place,
        sources: &sources,
        secrets: &secrets,
        mesh_file: mesh_file.as_ref(),
        is_mesh,
        folders: &folders,
    };
    let read = |folder: &String| {
        let mut found = Vec::new();
        (reader.domain(folder, &mut found), found)
    };
    let mut domains = Vec::new();
    for (domain, found) in folders.par_iter().map(read).collect::<Vec<_>>() {
        domains.extend(domain);
        diagnostics.extend(found);
    }
    if domains.len() != folders.len() {
        return None;
    }
    check_mesh(&domains, is_mesh, diagnostics);
    let member =
        mesh.and_then(|mesh| mesh.member).and_then(|index| domains.get(index)).map(|domain| domain.domain.name.clone());
    let name = match (&mesh_file, domains.first()) {
        (Some(file), _) => Some(file.name.as_str().to_string()),
        (None, Some(only)) if !is_mesh => Some(only.domain.name.to_string()),
        _ => None,
    };
    let name = name.unwrap_or_else(|| "mesh".to_string());
    let renderer = ConfigScope::new(&place.environment, &place.vars, false).renderer();
    let selectors = if is_mesh { reader.selectors("", &renderer, diagnostics) } else { None };
    let profiles_folder = domains.first().and_then(|domain| domain.profiles_folder.clone());
    Some(Workspace {
        selectors,
        profiles_folder: profiles_folder.unwrap_or_else(|| found.folder.clone()),
        links: found.links.clone(),
        root: found.folder.clone(),
        tree,
        name,
        is_mesh,
        member,
        domains,
        mesh_file,
        sources: sources.clone(),
    })
}

/// What the project in `folder` depends on.
pub(super) fn packages_of(
    tree: &dyn FileTree,
    folder: &str,
    environment: &BTreeMap<String, String>,
    vars: &JsonMap,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Dependencies {
    let renderer = ConfigScope::new(environment, vars, true).renderer();
    Dependencies::load(tree, folder, &renderer, sources, diagnostics)
}

impl FoundRoot {
    /// The same place with what is there at another time.
    pub fn with_root(&self, root: Root) -> Self {
        FoundRoot { root, ..self.clone() }
    }

    /// The folder of the domain that the command was called in, or else the root.
    pub fn member_folder(&self) -> PathBuf {
        if let Some(links) = &self.links {
            return links.clone();
        }
        let member = match &self.root {
            Root::Mesh(mesh) => mesh.member.and_then(|index| mesh.domains.get(index)),
            Root::Project { .. } => None,
        };
        member.map_or_else(|| self.folder.clone(), |domain| self.folder.join(&domain.folder))
    }
}

/// What can be wrong between domains before anything is parsed.
fn check_mesh(domains: &[LoadedDomain], is_mesh: bool, diagnostics: &mut Vec<Diagnostic>) {
    if !is_mesh {
        return;
    }
    let mut seen: IndexMap<&str, &str> = IndexMap::new();
    for loaded in domains {
        let (name, root) = (loaded.domain.name.as_str(), loaded.domain.root.as_str());
        if let Some(other) = seen.insert(name, root) {
            let message = format!("two domains have the name '{name}': {other} and {root}");
            let place = |root: &str| {
                let found = domains.iter().find(|domain| domain.domain.root == root);
                found.map_or_else(|| Span::file(root), |domain| domain.projects[0].name.span.clone())
            };
            diagnostics.push(
                Diagnostic::error(ErrorCode::DuplicateName, message)
                    .labelled(place(root), "this one")
                    .also(place(other), "and this one")
                    .hint("a domain has the name of its project: give one of them another `name:`"),
            );
        }
        for wanted in &loaded.dependencies.projects {
            if !domains.iter().any(|other| other.domain.name.as_str() == wanted.as_str()) {
                let message =
                    format!("the domain '{name}' depends on '{}', which the mesh does not have", wanted.as_str());
                let names = domains.iter().map(|other| other.domain.name.as_str());
                let diagnostic = Diagnostic::error(ErrorCode::UnknownDomain, message).at(wanted.span.clone());
                diagnostics.push(match crate::diagnostic::closest(wanted.as_str(), names) {
                    Some(nearest) => diagnostic.hint(format!("did you mean '{nearest}'?")),
                    None => diagnostic,
                });
            }
        }
        for package in &loaded.dependencies.packages {
            let PackageSource::Local { path } = &package.source else { continue };
            let folder = normalize(&join(root, path.as_str()));
            if let Some(other) = domains.iter().find(|other| other.domain.root == folder) {
                let message =
                    format!("'{name}' lists {folder} as a package, which is the domain '{}'", other.domain.name);
                diagnostics.push(
                    Diagnostic::error(ErrorCode::LocalPackageIsDomain, message)
                        .at(package.span.clone())
                        .hint(format!("write into dependencies.yml:\nprojects:\n  - name: {}", other.domain.name)),
                );
            }
        }
    }
    if let Some((first, rest)) = domains.split_first() {
        for other in rest {
            if other.database_path != first.database_path {
                let message = format!(
                    "the domains '{}' and '{}' would be built in different databases",
                    first.domain.name, other.domain.name
                );
                diagnostics.push(
                    Diagnostic::error(ErrorCode::DomainsShareNoDatabase, message)
                        .labelled(other.profile.span.clone(), format!("of {}", other.domain.name))
                        .also(first.profile.span.clone(), format!("of {}", first.domain.name))
                        .hint("let all domains use the profile of mesh.yml"),
                );
                break;
            }
        }
    }
}

impl Workspace {
    /// The domain that the command belongs to where there is one: the member, or the only one.
    pub fn main_domain(&self) -> &LoadedDomain {
        let member = self.member.as_ref();
        let found = member.and_then(|member| self.domains.iter().find(|domain| domain.domain.name == *member));
        found.unwrap_or(&self.domains[0])
    }

    /// The folder of `profiles.yml`.
    pub fn profiles_folder(&self) -> &Path {
        &self.profiles_folder
    }

    /// The folder that artifacts go below: of the member, of the mesh or of the project.
    pub fn artifacts_root(&self) -> PathBuf {
        match (&self.links, &self.member) {
            (Some(links), _) => links.clone(),
            (None, Some(_)) => self.root.join(&self.main_domain().domain.root),
            (None, None) => self.root.clone(),
        }
    }

    /// The target folder as it is named.
    pub fn target_path(&self) -> PathBuf {
        if self.is_mesh && self.member.is_none() {
            return PathBuf::from("target");
        }
        PathBuf::from(&self.main_domain().projects[0].paths.target)
    }

    /// Reads the files of `kinds` of all domains from `tree`, which is [`Workspace::tree`] or tells the same.
    pub fn inputs(
        &self,
        tree: &dyn FileTree,
        kinds: &[FileKind],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<DomainInput> {
        let defaults = self.mesh_file.as_ref().and_then(|file| file.defaults.as_ref());
        let defaults = defaults.map(Configs::new).unwrap_or_default();
        let read: Vec<(DomainInput, Vec<Diagnostic>)> = self
            .domains
            .par_iter()
            .enumerate()
            .map(|(index, loaded)| {
                let mut found = Vec::new();
                let packages = loaded
                    .projects
                    .iter()
                    .map(|project| self.package(tree, kinds, (loaded, project), &mut found))
                    .collect();
                let input = DomainInput {
                    domain: loaded.domain.clone(),
                    in_mesh: self.domains.len() > 1,
                    is_first: index == 0,
                    packages,
                    defaults: defaults.clone(),
                };
                (input, found)
            })
            .collect();
        let mut inputs = Vec::new();
        for (input, found) in read {
            inputs.push(input);
            diagnostics.extend(found);
        }
        inputs
    }

    /// Keeps what can be shown of a file that is no text: what stands before the place is as it was.
    fn remember_broken(&self, cause: &ReadError) {
        if let ReadError::NotUtf8 { path, .. } = cause
            && let Ok(bytes) = self.tree.read_bytes(path)
        {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            self.sources.insert(path.as_str(), String::from_utf8_lossy(bytes).into_owned());
        }
    }

    fn package(
        &self,
        tree: &dyn FileTree,
        kinds: &[FileKind],
        (domain, project): (&LoadedDomain, &ProjectFile),
        diagnostics: &mut Vec<Diagnostic>,
    ) -> PackageInput {
        let ignore = IgnoreRules::load(tree, &project.folder, diagnostics);
        // A flag of the project that commands are about, for its packages too.
        let jinja_extensions = domain.projects[0].flags.get("allow_jinja_file_extensions").and_then(Yaml::as_bool);
        let jinja_extensions = jinja_extensions.unwrap_or(false);
        let search = Search { folder: &project.folder, paths: &project.paths, ignore: &ignore, jinja_extensions };
        let listed = find_files(tree, &search, kinds);
        let mut files = Vec::with_capacity(listed.len());
        for file in read_files(tree, &listed) {
            match file {
                Ok(file) => {
                    self.sources.insert(file.file.path.full.clone(), file.text.clone());
                    files.push(file);
                }
                Err(cause) => {
                    self.remember_broken(&cause);
                    diagnostics.push(cause.into());
                }
            }
        }
        PackageInput { file: project.clone(), files }
    }
}

/// `--vars` as a mapping.
///
/// # Errors
/// When it is no YAML mapping.
pub(super) fn vars_of(arguments: &Arguments) -> Result<JsonMap, Stop> {
    yaml_mapping(&arguments.global.project.vars)
        .ok_or_else(|| arguments.invocation.invalid_yaml("--vars", &arguments.global.project.vars).into())
}

/// A YAML mapping given as text; an empty text is an empty mapping.
pub(super) fn yaml_mapping(text: &str) -> Option<JsonMap> {
    let file: Arc<str> = "--vars".into();
    let mut diagnostics = Vec::new();
    match load(&file, text, &mut diagnostics).ok()? {
        None => Some(JsonMap::new()),
        Some(Yaml { value: YamlValue::Map(map), span }) => {
            Yaml::new(span, YamlValue::Map(map)).to_json().as_object().cloned()
        }
        Some(_) => None,
    }
}
