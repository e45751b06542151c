//! One project of a workspace: its file, packages, profile, target and selectors.

use super::{DatabasePath, LoadedDomain, Place, SelectorFile, packages_of};
use crate::cli::arguments::Arguments;
use crate::cli::config_scope::ConfigScope;
use crate::diagnostic::{Diagnostic, SourceMap, Span};
use crate::jinja::value::from_json;
use crate::manifest::{Domain, DomainName, JsonMap, Owner, ProjectFacts, QueryComment, QuotePolicy, Target, Vars};
use crate::project::mesh_file::MeshFile;
use crate::project::packages::{Dependencies, PackageSource, check_installed, installed_packages};
use crate::project::profile::{PROFILES_FILE, Profile, ProfileChoice, ProfileFolders, ProfilesFile, Secrets};
use crate::project::project_file::{self, ProjectFile, ProjectSource, ReadOptions};
use crate::project::render::{RenderRule, render_tree};
use crate::project::tree::{DiskTree, FileTree, join, normalize};
use crate::project::yaml::{Yaml, load};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the projects of one workspace.
pub(super) struct Reader<'a> {
    pub(super) tree: &'a dyn FileTree,
    pub(super) root: &'a Path,
    pub(super) arguments: &'a Arguments,
    pub(super) place: &'a Place,
    pub(super) sources: &'a SourceMap,
    pub(super) secrets: &'a Secrets,
    pub(super) mesh_file: Option<&'a MeshFile>,
    pub(super) is_mesh: bool,
    /// The folders of all domains.
    pub(super) folders: &'a [String],
}

impl Reader<'_> {
    /// The project in `folder` with its packages and its profile.
    pub(super) fn domain(&self, folder: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<LoadedDomain> {
        let source = ProjectSource::load(self.tree, folder, self.sources, diagnostics)?;
        let source = source.with_vars_file(self.tree, self.sources, diagnostics)?;
        let config_vars = config_vars(&source, &self.place.vars);
        let name = DomainName::from(source.name().unwrap_or_default());
        let profile = self.profile(folder, &source, diagnostics)?;
        let shared = self.uses_shared_profile(&source);
        let target = self.target(&profile, &name, shared);
        let target_value = target_value(&target);
        let scope = || {
            ConfigScope::new(&self.place.environment, &config_vars, false)
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
        let dependencies =
            packages_of(self.tree, folder, &self.place.environment, &config_vars, self.sources, diagnostics);
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
            mesh: self.is_mesh.then_some((self.tree, "")),
            project: Some((self.tree, folder)),
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
            ducklakes: credentials.ducklakes().collect(),
            fields: fields.collect(),
        }
    }

    /// The database of the mesh's own profile stands relative to the mesh; any other where dbt would put it.
    fn database_path(&self, profile: &Profile, shared: bool) -> DatabasePath {
        let path = &*profile.credentials.path;
        if path == ":memory:" {
            return DatabasePath::Memory;
        }
        if path.to_lowercase().starts_with("ducklake:") {
            return DatabasePath::File(path.into());
        }
        let base = if shared { self.root } else { &self.place.cwd };
        DatabasePath::File(base.join(path))
    }

    /// `selectors.yml` of the project in `folder`.
    pub(super) fn selectors(
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
            query_comment: match &root.query_comment {
                project_file::QueryComment::Custom { comment: Some(comment), append, .. } => {
                    Some(QueryComment { template: comment.as_str().to_string(), append: *append })
                }
                _ => None,
            },
            restricted_packages: projects
                .iter()
                .filter(|project| project.restrict_access)
                .map(|project| project.name.as_str().into())
                .collect(),
            projects: projects.iter().map(|project| (project.name.as_str().into(), facts(project))).collect(),
            name,
        }
    }
}

fn facts(project: &ProjectFile) -> ProjectFacts {
    let vars = project.vars.tree().map(Yaml::to_json).and_then(|vars| vars.as_object().cloned());
    ProjectFacts {
        version: project.version.as_ref().map(Yaml::to_json).unwrap_or_default(),
        vars: vars.unwrap_or_default(),
    }
}

fn owner_of(owner: &crate::project::mesh_file::Owner) -> Owner {
    let text = |text: &Option<crate::project::Text>| text.as_ref().map(|text| text.as_str().to_string());
    Owner { name: text(&owner.team), email: text(&owner.email).map(Into::into), extra: JsonMap::new() }
}

/// The vars that Jinja in `dbt_project.yml` and `packages.yml` sees: those of `vars.yml`, the command line's over them.
pub(in crate::cli) fn config_vars(source: &ProjectSource, command_line: &JsonMap) -> JsonMap {
    let mut vars = source.vars_file().map(Yaml::to_json).and_then(|vars| vars.as_object().cloned()).unwrap_or_default();
    vars.extend(command_line.clone());
    vars
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
