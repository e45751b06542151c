//! What a command works on: the mesh or project that was found, its files' typed heads, its profiles.

use super::arguments::{Arguments, Stop};
use super::config_scope::ConfigScope;
use crate::diagnostic::{Diagnostic, ErrorCode, Label, SourceMap, Span};
use crate::jinja::value::from_json;
use crate::manifest::{Domain, DomainName, JsonMap, Owner, QuotePolicy, Target, Vars};
use crate::parse::{DomainInput, PackageInput};
use crate::project::discover::{DomainFolder, Root, RootFlags, find_root};
use crate::project::files::{find_files, read_files};
use crate::project::ignore::IgnoreRules;
use crate::project::mesh_file::{Isolation, MeshFile};
use crate::project::packages::{Dependencies, PackageSource, check_installed, installed_packages};
use crate::project::profile::{PROFILES_FILE, Profile, ProfileChoice, ProfileFolders, ProfilesFile, Secrets};
use crate::project::project_file::{Configs, ProjectFile, ProjectSource, ReadOptions};
use crate::project::render::{RenderRule, render_tree};
use crate::project::tree::{DiskTree, FileTree, ReadError, join, normalize};
use crate::project::yaml::{Yaml, YamlValue, load};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a command was called, and with what.
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
    /// Files below it.
    pub tree: DiskTree,
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
pub(super) struct FoundRoot {
    pub folder: PathBuf,
    pub tree: DiskTree,
    pub root: Root,
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
    let Some(root) = find_root(&DiskTree::new("/"), &to_tree(&place.cwd), &flags, &scratch, &mut first) else {
        let cwd = to_tree(&place.cwd);
        diagnostics.extend(first.into_iter().map(|diagnostic| seen_from(&cwd, diagnostic, &scratch, sources)));
        return None;
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
    Some(FoundRoot { folder: disk, tree, root })
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
        tree: &found.tree,
        root: &found.folder,
        arguments,
        place,
        sources: &sources,
        secrets: &secrets,
        mesh_file: mesh_file.as_ref(),
        is_mesh,
        folders: &folders,
    };
    let mut domains = Vec::new();
    for folder in &folders {
        domains.extend(reader.domain(folder, diagnostics));
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
        root: found.folder.clone(),
        tree: DiskTree::new(&found.folder),
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
    tree: &DiskTree,
    folder: &str,
    place: &Place,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Dependencies {
    let renderer = ConfigScope::new(&place.environment, &place.vars, true).renderer();
    Dependencies::load(tree, folder, &renderer, sources, diagnostics)
}

impl FoundRoot {
    /// The folder of the domain that the command was called in, or else the root.
    pub fn member_folder(&self) -> PathBuf {
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

struct Reader<'a> {
    tree: &'a DiskTree,
    root: &'a Path,
    arguments: &'a Arguments,
    place: &'a Place,
    sources: &'a SourceMap,
    secrets: &'a Secrets,
    mesh_file: Option<&'a MeshFile>,
    is_mesh: bool,
    /// The folders of all domains.
    folders: &'a [String],
}

impl Reader<'_> {
    fn domain(&self, folder: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<LoadedDomain> {
        let source = ProjectSource::load(self.tree, folder, self.sources, diagnostics)?;
        let name = DomainName::from(source.name().unwrap_or_default());
        let profile = self.profile(folder, &source, diagnostics)?;
        let shared = self.uses_shared_profile(&source);
        let target = self.target(&profile, &name, shared);
        let target_value = target_value(&target);
        let scope = || {
            ConfigScope::new(&self.place.environment, &self.place.vars, false)
                .with_target(from_json(&target_value))
                .renderer()
        };
        let renderer = scope();
        let target_path =
            self.arguments.global.project.target_path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let options = ReadOptions {
            renderer: &renderer,
            verify_version: self.arguments.global.version_check,
            target_path: target_path.as_deref(),
        };
        let project = source.read(&options, diagnostics)?;
        let dependencies = packages_of(self.tree, folder, self.place, self.sources, diagnostics);
        let installed = installed_packages(self.tree, folder, &project.paths);
        // A package that is a domain is not installed but named among `projects:`, which `check_mesh` says.
        let is_domain = |package: &PackageSource| match package {
            PackageSource::Local { path } => self.folders.contains(&normalize(&join(folder, path.as_str()))),
            _ => false,
        };
        let lists_domain = dependencies.packages.iter().any(|package| is_domain(&package.source));
        if !lists_domain && let Some(diagnostic) = check_installed(&dependencies, installed.len(), &project.paths) {
            diagnostics.push(diagnostic);
            return None;
        }
        let mut projects = vec![project];
        for package in &installed {
            let source = ProjectSource::load(self.tree, package, self.sources, diagnostics)?;
            projects.push(source.read(&options, diagnostics)?);
        }
        let database_path = self.database_path(&profile, shared);
        let selectors = self.selectors(folder, &renderer, diagnostics);
        let domain = self.assemble(folder, name, &projects, &dependencies, target);
        let profiles_folder = self.profiles_folder(folder);
        Some(LoadedDomain {
            domain: Arc::new(domain),
            projects,
            profile,
            profiles_folder,
            database_path,
            selectors,
            dependencies,
        })
    }

    /// The first folder that `profiles.yml` is looked for in and that has one.
    fn profiles_folder(&self, folder: &str) -> Option<PathBuf> {
        let flag = self.arguments.global.project.profiles_dir.as_ref().map(|folder| self.place.cwd.join(folder));
        let home = self.place.environment.get("HOME").map(|home| Path::new(home).join(".dbt"));
        let mesh = self.is_mesh.then(|| self.root.to_path_buf());
        let candidates = [flag, mesh, Some(self.root.join(folder)), home];
        candidates.into_iter().flatten().find(|folder| folder.join(PROFILES_FILE).is_file())
    }

    /// Whether the domain is on the mesh's own profile, so that its name becomes its schema.
    fn uses_shared_profile(&self, source: &ProjectSource) -> bool {
        let Some(shared) = self.mesh_file.and_then(|file| file.profile.as_ref()) else { return false };
        match source.profile().and_then(Yaml::as_str) {
            Some(own) => own == shared.as_str(),
            None => true,
        }
    }

    fn profile(&self, folder: &str, source: &ProjectSource, diagnostics: &mut Vec<Diagnostic>) -> Option<Profile> {
        let options = &self.arguments.global.project;
        let named = |path: &Path| DiskTree::new(self.place.cwd.join(path));
        let flag = options.profiles_dir.as_deref().map(named);
        let home = self.place.environment.get("HOME").map(|home| DiskTree::new(Path::new(home).join(".dbt")));
        fn at(tree: &Option<DiskTree>) -> Option<(&dyn FileTree, &str)> {
            tree.as_ref().map(|tree| (tree as &dyn FileTree, ""))
        }
        let folders = ProfileFolders {
            flag: at(&flag),
            environment: None,
            mesh: self.is_mesh.then_some((self.tree as &dyn FileTree, "")),
            project: Some((self.tree as &dyn FileTree, folder)),
            home: at(&home),
        };
        let file = ProfilesFile::find(&folders, self.sources, diagnostics)?;
        let renderer = ConfigScope::new(&self.place.environment, &self.place.vars, true).renderer();
        let own = source.profile().map(|profile| render_tree(profile, RenderRule::Everything, &renderer, diagnostics));
        let shared = self.mesh_file.and_then(|file| file.profile.as_ref());
        let (profile, named_at) = match (&options.profile, &own, shared) {
            (Some(flag), _, _) => (Some(flag.clone()), None),
            (None, Some(own), _) => (own.as_str().map(str::to_string), Some(own.span.clone())),
            (None, None, Some(shared)) => (Some(shared.as_str().to_string()), Some(shared.span.clone())),
            (None, None, None) => (None, Some(Span::file(source.file().clone()))),
        };
        let threads = self.arguments.global.threads.and_then(|threads| u32::try_from(threads).ok());
        let choice = ProfileChoice {
            profile: profile.as_deref(),
            named_at: named_at.as_ref(),
            target: options.target.as_deref(),
            threads,
            renderer: &renderer,
            secrets: self.secrets,
        };
        Profile::choose(&file, &choice, diagnostics)
    }

    fn target(&self, profile: &Profile, name: &DomainName, shared: bool) -> Target {
        let credentials = &profile.credentials;
        let schema = match credentials.schema.as_deref() {
            None | Some("main") if shared => name.to_string(),
            Some(schema) if shared => format!("{schema}_{name}"),
            _ => credentials.schema_or_main().to_string(),
        };
        let fields = profile
            .target_entries()
            .into_iter()
            .map(|(key, value)| (key.to_string(), Yaml::new(profile.span.clone(), value).to_json()));
        Target {
            profile_name: profile.profile_name.to_string(),
            name: profile.target_name.to_string(),
            database: credentials.database.to_string(),
            schema,
            threads: profile.threads as usize,
            fields: fields.collect(),
        }
    }

    /// The database of the mesh's own profile stands relative to the mesh; any other where dbt would put it.
    fn database_path(&self, profile: &Profile, shared: bool) -> DatabasePath {
        let path = &*profile.credentials.path;
        if path == ":memory:" {
            return DatabasePath::Memory;
        }
        let base = if shared { self.root } else { &self.place.cwd };
        DatabasePath::File(base.join(path))
    }

    fn selectors(
        &self,
        folder: &str,
        renderer: &crate::parse::YamlRenderer,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<SelectorFile> {
        let path = join(folder, "selectors.yml");
        if !self.tree.is_file(&path) {
            return None;
        }
        let file: Arc<str> = path.as_str().into();
        let text = self.tree.read_text(&path).map_err(|cause| diagnostics.push(cause.into())).ok()?;
        self.sources.insert(file.clone(), text.clone());
        let tree = load(&file, &text, diagnostics).ok().flatten()?;
        let rendered = render_tree(&tree, RenderRule::Everything, renderer, diagnostics);
        let listed = tree.get("selectors");
        let entries = listed.and_then(Yaml::as_seq).unwrap_or_default();
        let places = match (entries, listed) {
            ([], Some(listed)) => vec![listed.span.clone()],
            ([], None) => vec![tree.span.clone()],
            (entries, _) => entries.iter().map(|entry| entry.span.clone()).collect(),
        };
        Some(SelectorFile { file, content: rendered.to_json(), places })
    }

    fn assemble(
        &self,
        folder: &str,
        name: DomainName,
        projects: &[ProjectFile],
        dependencies: &Dependencies,
        target: Target,
    ) -> Domain {
        let root = &projects[0];
        let quoting = root.quoting;
        let hooks = |of: fn(&ProjectFile) -> &Vec<crate::project::Text>| {
            let hooks = projects.iter().flat_map(|project| {
                let package: Arc<str> = project.name.as_str().into();
                of(project).iter().map(move |hook| (package.clone(), hook.as_str().to_string()))
            });
            hooks.collect()
        };
        let owner = self.mesh_file.and_then(|file| {
            let (_, owner) = file.owners.iter().find(|(owned, _)| owned.as_str() == name.as_str())?;
            Some(owner_of(owner))
        });
        Domain {
            root: folder.to_string(),
            depends_on: dependencies.projects.iter().map(|project| DomainName::from(project.as_str())).collect(),
            packages: projects.iter().map(|project| project.name.as_str().into()).collect(),
            owner,
            target,
            quoting: QuotePolicy {
                database: quoting.database.unwrap_or(true),
                schema: quoting.schema.unwrap_or(true),
                identifier: quoting.identifier.unwrap_or(true),
            },
            on_run_start: hooks(|project| &project.on_run_start),
            on_run_end: hooks(|project| &project.on_run_end),
            vars: vars(projects, &self.place.vars),
            dispatch: root
                .dispatch
                .iter()
                .map(|entry| {
                    let order = entry.search_order.iter().map(|package| package.as_str().to_string()).collect();
                    (entry.macro_namespace.as_str().to_string(), order)
                })
                .collect(),
            flags: root
                .flags
                .tree()
                .map(Yaml::to_json)
                .and_then(|flags| flags.as_object().cloned())
                .unwrap_or_default(),
            restricted_packages: projects
                .iter()
                .filter(|project| project.restrict_access)
                .map(|project| project.name.as_str().into())
                .collect(),
            name,
        }
    }
}

fn owner_of(owner: &crate::project::mesh_file::Owner) -> Owner {
    let text = |text: &Option<crate::project::Text>| text.as_ref().map(|text| text.as_str().to_string());
    Owner { name: text(&owner.team), email: text(&owner.email).map(Into::into), extra: JsonMap::new() }
}

/// Variables of the domain's projects, each layer under the name of its package.
fn vars(projects: &[ProjectFile], command_line: &JsonMap) -> Vars {
    let map =
        |yaml: Option<&Yaml>| yaml.map(Yaml::to_json).and_then(|json| json.as_object().cloned()).unwrap_or_default();
    let mut packages = IndexMap::new();
    let root = &projects[0];
    for project in projects {
        let name = project.name.as_str();
        let mut layer = map(project.vars.tree());
        layer.extend(map(project.vars.tree().and_then(|tree| tree.get(name))));
        packages.insert(Arc::from(name), layer);
        let from_root = map(root.vars.tree().and_then(|tree| tree.get(name)));
        packages.insert(Arc::from(format!("{}/{name}", root.name.as_str())), from_root);
    }
    Vars { command_line: command_line.clone(), packages }
}

fn target_value(target: &Target) -> serde_json::Value {
    let mut map = target.fields.clone();
    map.insert("name".to_string(), target.name.as_str().into());
    map.insert("target_name".to_string(), target.name.as_str().into());
    map.insert("profile_name".to_string(), target.profile_name.as_str().into());
    map.insert("type".to_string(), "duckdb".into());
    map.insert("database".to_string(), target.database.as_str().into());
    map.insert("schema".to_string(), target.schema.as_str().into());
    map.insert("threads".to_string(), target.threads.into());
    serde_json::Value::Object(map)
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
        match (&self.member, self.is_mesh) {
            (Some(_), _) => self.root.join(&self.main_domain().domain.root),
            _ => self.root.clone(),
        }
    }

    /// The target folder as it is named.
    pub fn target_path(&self) -> PathBuf {
        if self.is_mesh && self.member.is_none() {
            return PathBuf::from("target");
        }
        PathBuf::from(&self.main_domain().projects[0].paths.target)
    }

    /// Reads all files of all domains.
    pub fn inputs(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<DomainInput> {
        use rayon::prelude::*;
        let defaults = self.mesh_file.as_ref().and_then(|file| file.defaults.as_ref());
        let defaults = defaults.map(Configs::new).unwrap_or_default();
        let read: Vec<(DomainInput, Vec<Diagnostic>)> = self
            .domains
            .par_iter()
            .map(|loaded| {
                let mut found = Vec::new();
                let packages = loaded.projects.iter().map(|project| self.package(project, &mut found)).collect();
                let in_mesh = self.domains.len() > 1;
                (DomainInput { domain: loaded.domain.clone(), in_mesh, packages, defaults: defaults.clone() }, found)
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

    fn package(&self, project: &ProjectFile, diagnostics: &mut Vec<Diagnostic>) -> PackageInput {
        let ignore = IgnoreRules::load(&self.tree, &project.folder, diagnostics);
        let listed = find_files(&self.tree, &project.folder, &project.paths, &ignore);
        let mut files = Vec::with_capacity(listed.len());
        for file in read_files(&self.tree, &listed) {
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
