//! From a command line to a mesh that was read, parsed and resolved: what almost every command begins with.

use super::arguments::{
    Arguments, Command, CommandLine, ListOutput, ResolvedPaths, Stop, WarnErrorOptions, WarnErrorSource,
};
use super::console::Console;
use super::event_time::EventTimes;
use super::output::parse_artifacts;
use super::parse_cache::{self, Keeping, Listening, ParseCache};
use super::retry::Retried;
use super::workspace::{self, FoundRoot, LoadedDomain, Place, Workspace};
use super::{Done, Failed, builtin_macros};
use crate::cache::{Kept, Recorder};
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap};
use crate::jinja::DomainMacros;
use crate::jinja::context::{Invocation, Messages, NodeDict, Silent};
use crate::manifest::event_time::iso;
use crate::manifest::{DomainName, JsonMap, Manifest};
use crate::parse::{self, ParseContext};
use crate::project::discover::Root;
use crate::project::files::FileKind;
use crate::project::project_file::{BehaviorFlag, ProjectSource};
use crate::project::tree::FileTree;
use crate::project::yaml::Yaml;
use crate::run::{EventKind, inventory_for_people};
use chrono::{DateTime, Utc};
use rayon::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A command with its mesh found, and nothing of it parsed yet.
pub(super) struct Setup {
    /// The command line, the project's flags included.
    pub arguments: Arguments,
    /// Where it was called.
    pub place: Place,
    /// The mesh or project.
    pub found: FoundRoot,
    /// Where to report.
    pub console: Arc<Console>,
    /// Texts for diagnostics.
    pub sources: Arc<SourceMap>,
    /// Id of this run of the program.
    pub invocation_id: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// The times that it is about.
    pub event_times: EventTimes,
    /// What `retry` runs again.
    pub retried: Option<Retried>,
    warnings: WarnErrorOptions,
    log_path: PathBuf,
    /// Whether templates say nothing: those of a revision that is only compared with.
    silent: bool,
}

/// Why there is no [`Setup`].
pub(super) enum NoSetup {
    /// Something about the command line.
    Stop(Stop),
    /// Something about the files, and the texts that it points at.
    Failed(Failed, Arc<SourceMap>),
}

impl From<Stop> for NoSetup {
    fn from(stop: Stop) -> Self {
        NoSetup::Stop(stop)
    }
}

impl Setup {
    /// Finds the project and merges its flags into the command line.
    pub fn new(line: &CommandLine, cwd: PathBuf, environment: BTreeMap<String, String>) -> Result<Setup, NoSetup> {
        let early = line.arguments()?;
        check_folders(&early, &cwd)?;
        let sources = Arc::new(SourceMap::default());
        let place = Place { cwd, environment, vars: workspace::vars_of(&early)? };
        if let Command::RunOperation(operation) = &early.command
            && let Some(text) = &operation.arguments
            && workspace::yaml_mapping(text).is_none()
        {
            return Err(Stop::from(early.invocation.invalid_yaml("--args", text)).into());
        }
        let mut diagnostics = Vec::new();
        let Some(found) = workspace::find(&early, &place, &sources, &mut diagnostics) else {
            return Err(NoSetup::Failed(Failed(diagnostics), sources));
        };
        let arguments = line.merge_project_flags(&project_flags(&found, &sources))?;
        let warnings = warn_error_options(&arguments)?;
        let started_at = Utc::now();
        let event_times = EventTimes::of(&arguments, &place.environment, started_at)?;
        let invocation_id = arguments.global.invocation_id.clone();
        let invocation_id = invocation_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let log_path = log_path(&arguments, &place, &found);
        let console =
            Console::new(&arguments, &place.environment, &invocation_id, Some(&log_path), &sources, warnings.clone());
        let setup = Setup {
            console: Arc::new(console),
            arguments,
            place,
            found,
            sources,
            invocation_id,
            started_at,
            event_times,
            retried: None,
            warnings,
            log_path,
            silent: false,
        };
        setup.console.event(EventKind::InvocationStarted { version: env!("CARGO_PKG_VERSION").into() });
        let errors = setup.console.warn(diagnostics.into_iter().chain(setup.arguments.warnings.iter().cloned()));
        if errors.is_empty() { Ok(setup) } else { Err(NoSetup::Failed(Failed(errors), setup.sources)) }
    }

    /// The same for the command line of an earlier run, of which the nodes `ids` are run again.
    pub fn again(mut self, line: &CommandLine, retried: Retried) -> Result<Setup, Stop> {
        self.arguments = line.merge_project_flags(&project_flags(&self.found, &self.sources))?;
        self.place.vars = workspace::vars_of(&self.arguments)?;
        self.warnings = warn_error_options(&self.arguments)?;
        let began = retried.began.unwrap_or(self.started_at);
        self.event_times = EventTimes::of(&self.arguments, &self.place.environment, began)?;
        self.retried = Some(retried);
        Ok(self)
    }

    /// The same command about other files of the same mesh, which says nothing.
    pub fn silently(&self, found: FoundRoot) -> Setup {
        Setup {
            arguments: self.arguments.clone(),
            place: self.place.clone(),
            found,
            console: self.console.clone(),
            sources: Arc::default(),
            invocation_id: self.invocation_id.clone(),
            started_at: self.started_at,
            event_times: self.event_times,
            retried: None,
            warnings: self.warnings.clone(),
            log_path: self.log_path.clone(),
            silent: true,
        }
    }

    /// Reads the projects and profiles.
    pub fn read(self) -> Result<(Setup, Workspace), Failed> {
        let mut diagnostics = Vec::new();
        let tree = Arc::new(self.found.tree.clone());
        let read =
            workspace::read(&self.found, tree, &self.arguments, &self.place, self.sources.clone(), &mut diagnostics);
        let errors = self.console.warn(diagnostics);
        match read {
            Some(workspace) if errors.is_empty() => Ok((self, workspace)),
            _ => Err(Failed(errors)),
        }
    }
}

/// dbt answers a folder that is not there as a mistake in the command line.
fn check_folders(arguments: &Arguments, cwd: &Path) -> Result<(), Stop> {
    let options = &arguments.global.project;
    for (option, folder) in [
        ("--project-dir", &options.project_dir),
        ("--profiles-dir", &options.profiles_dir),
        ("--mesh-dir", &options.mesh_dir),
    ] {
        // `debug` tells what is not there.
        let told = option == "--profiles-dir" && matches!(arguments.command, Command::Debug(_));
        if let Some(folder) = folder
            && !told
            && !cwd.join(folder).is_dir()
        {
            return Err(arguments.invocation.missing_path(option, &folder.to_string_lossy()).into());
        }
    }
    Ok(())
}

/// `flags:` of the project that the command is about; a mesh as a whole has those of `mesh.yml`.
fn project_flags(found: &FoundRoot, sources: &SourceMap) -> JsonMap {
    let folder = match &found.root {
        Root::Project { folder } => Some(folder.as_str()),
        Root::Mesh(mesh) => mesh.member.and_then(|index| mesh.domains.get(index)).map(|domain| domain.folder.as_str()),
    };
    let mut flags = JsonMap::new();
    if let Root::Mesh(mesh) = &found.root
        && let Some(file) = &mesh.file
    {
        flags.extend(file.fail_fast.map(|value| ("fail_fast".to_string(), value.into())));
        flags.extend(file.use_colors.map(|value| ("use_colors".to_string(), value.into())));
    }
    if let Some(folder) = folder
        && let Some(source) = ProjectSource::load(&found.tree, folder, sources, &mut Vec::new())
        && let Some(own) = source.flags().map(Yaml::to_json).as_ref().and_then(serde_json::Value::as_object)
    {
        flags.extend(own.clone());
    }
    flags
}

fn warn_error_options(arguments: &Arguments) -> Result<WarnErrorOptions, Stop> {
    let options = &arguments.global.warnings;
    if options.warn_error {
        return WarnErrorOptions::from_map(&JsonMap::from_iter([("error".to_string(), "all".into())]))
            .map_err(Stop::Refused);
    }
    let map = match &options.warn_error_options {
        WarnErrorSource::Absent => return Ok(WarnErrorOptions::default()),
        WarnErrorSource::Map(map) => map.clone(),
        WarnErrorSource::Text(text) => workspace::yaml_mapping(text)
            .ok_or_else(|| arguments.invocation.invalid_yaml("--warn-error-options", text))?,
    };
    WarnErrorOptions::from_map(&map).map_err(Stop::Refused)
}

fn log_path(arguments: &Arguments, place: &Place, found: &FoundRoot) -> PathBuf {
    match &arguments.global.output.log_path {
        Some(path) => place.cwd.join(path),
        None => found.member_folder().join("logs"),
    }
}

/// A mesh that was parsed and resolved.
pub(super) struct Loaded {
    /// The command, and where to report.
    pub setup: Setup,
    /// The mesh's files.
    pub workspace: Workspace,
    /// The mesh.
    pub manifest: Arc<Manifest>,
    /// Macros by domain.
    pub macros: HashMap<DomainName, Arc<DomainMacros>>,
    /// This run of the program, as templates see it.
    pub invocation: Arc<Invocation>,
    /// `args` of `run_results.json`.
    pub invocation_args: JsonMap,
    node_dict: Arc<NodeDict>,
    /// The parse, as it is kept for the next command.
    pub(super) keeping: Keeping,
    /// Whether the manifest is an outline, from which no artifact can be written.
    pub(super) is_outline: bool,
}

/// A mesh of which the files are found and nothing is parsed.
pub(super) struct Unparsed {
    setup: Setup,
    workspace: Workspace,
    invocation: Invocation,
    invocation_args: JsonMap,
    heard: Arc<Listening>,
    cache: Option<ParseCache>,
    /// The last parse, if this one would come out the same.
    recalled: Option<Recalled>,
}

impl Unparsed {
    /// Looks whether the mesh has to be parsed.
    pub fn new(setup: Setup, workspace: Workspace) -> Self {
        let messages: Arc<dyn Messages> = if setup.silent { Arc::new(Silent) } else { setup.console.clone() };
        let heard = Arc::new(Listening::new(messages));
        let invocation_args = setup.invocation_args(&workspace);
        let invocation = setup.invocation(&workspace, &invocation_args, heard.clone());
        let cache = ParseCache::new(&setup, &workspace);
        let take = |kept: &Kept| {
            let extent = Extent::of(&setup, &workspace, kept);
            (extent.of_manifest(kept, &workspace), extent)
        };
        let recalled = match setup.arguments.global.partial_parse {
            true => cache.as_ref().and_then(|cache| cache.find(&invocation, take)).map(Recalled::new),
            false => None,
        };
        Unparsed { setup, workspace, invocation, invocation_args, heard, cache, recalled }
    }

    /// `parse` of a mesh that is parsed and whose artifacts are written: says what it would say, and does nothing.
    /// `None` if there is something to do.
    pub fn is_done(&self) -> Option<Done> {
        let Recalled { kept, extent: Extent::Nothing, .. } = self.recalled.as_ref()? else { return None };
        let folder = self.setup.target_folder(&self.workspace);
        let errors = self.setup.console.warn(self.repeat(kept));
        if !errors.is_empty() {
            return Some(Err(Failed(errors)));
        }
        self.setup.console.event(EventKind::Found { counts: kept.said.inventory.clone() });
        self.setup.console.wrote_parse(&folder);
        Some(Ok(true))
    }

    /// Says what the templates of the kept parse said, and gives the warnings.
    fn repeat(&self, kept: &Kept) -> Vec<Diagnostic> {
        self.setup.console.event(EventKind::ParseTakenOver);
        let root = self.workspace.root.clone();
        parse_cache::read_when_asked(&self.setup, &root);
        parse_cache::repeat(&kept.said.messages, &*self.heard);
        let own = self.setup.state_is_target(&self.workspace);
        own.into_iter().chain(kept.said.diagnostics.iter().cloned()).collect()
    }

    /// The mesh, and what is wrong with it.
    pub fn load(mut self) -> Result<(Loaded, Vec<Diagnostic>), Failed> {
        let root = self.workspace.root.to_string_lossy().into_owned();
        let node_dict: Arc<NodeDict> = Arc::new(move |node| crate::artifacts::node_dict(node, &root));
        let recalled = self.recalled.take();
        let recalled = recalled.and_then(|Recalled { kept, extent, manifest }| Some((manifest?, kept, extent)));
        let diagnostics = recalled.as_ref().map(|(_, kept, _)| self.repeat(kept));
        let Unparsed { setup, workspace, invocation, invocation_args, heard, cache, .. } = self;
        let invocation = Arc::new(invocation);
        let context = || {
            let internal = builtin_macros::load().map_err(|diagnostic| Failed(vec![diagnostic]))?;
            let (invocation, node_dict, sources) = (invocation.clone(), node_dict.clone(), setup.sources.clone());
            Ok(ParseContext { invocation, node_dict, internal, sources })
        };
        let (parsed, keeping, is_outline) = match (recalled, diagnostics) {
            (Some((manifest, kept, extent)), Some(diagnostics)) => {
                heard.stop();
                let macros =
                    if extent == Extent::Everything { library(&workspace, &context()?) } else { HashMap::new() };
                (
                    Parsed { manifest: Arc::new(manifest), macros, diagnostics },
                    Keeping::done(kept),
                    extent == Extent::Outline,
                )
            }
            _ => {
                let recorder = cache.as_ref().and_then(ParseCache::record);
                let mut parsed = Parsed::now(&workspace, context, recorder.as_ref())?;
                let messages = heard.stop();
                let keeping = match (cache, recorder) {
                    (Some(cache), Some(recorder)) if !parsed.diagnostics.iter().any(Diagnostic::is_error) => {
                        let said = parse_cache::said(&parsed.diagnostics, messages, &parsed.manifest);
                        let keeper = cache.keeper(recorder, &invocation, said, &parsed.manifest);
                        keeper.map_or_else(Keeping::nothing, Keeping::begin)
                    }
                    _ => Keeping::nothing(),
                };
                parsed.diagnostics.splice(0..0, setup.state_is_target(&workspace));
                (parsed, keeping, false)
            }
        };
        let Parsed { manifest, macros, diagnostics } = parsed;
        let loaded =
            Loaded { setup, workspace, manifest, macros, invocation, invocation_args, node_dict, keeping, is_outline };
        Ok((loaded, diagnostics))
    }
}

/// What a command takes from a parse that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Nothing but what the parse said: all that `parse` writes is written.
    Nothing,
    /// What there is, without what is in it. The artifacts are written.
    Outline,
    /// The manifest.
    Manifest,
    /// The manifest, and macros to render with.
    Everything,
}

impl Extent {
    fn of(setup: &Setup, workspace: &Workspace, kept: &Kept) -> Self {
        let has_written = || kept.has_written(&parse_artifacts(&setup.target_folder(workspace)));
        match &setup.arguments.command {
            Command::Parse if has_written() => Extent::Nothing,
            Command::List(list) if list.output == ListOutput::Json || setup.compares() => Extent::Manifest,
            Command::List(_) if has_written() => Extent::Outline,
            Command::Parse | Command::List(_) => Extent::Manifest,
            _ => Extent::Everything,
        }
    }

    /// As much of the manifest of a parse, with the domains as they are now. `None` when it cannot be read.
    fn of_manifest(self, kept: &Kept, workspace: &Workspace) -> Option<Manifest> {
        let domains = workspace.domains.iter().map(|loaded| loaded.domain.clone());
        let domains = domains.map(|domain| (domain.name.clone(), domain)).collect();
        match self {
            Extent::Nothing => None,
            Extent::Outline => kept.outline(domains),
            Extent::Manifest | Extent::Everything => kept.manifest(domains),
        }
    }
}

/// A parse that need not be done again, and what of it the command takes.
struct Recalled {
    kept: Kept,
    extent: Extent,
    manifest: Option<Manifest>,
}

impl Recalled {
    fn new((kept, (manifest, extent)): (Kept, (Option<Manifest>, Extent))) -> Self {
        Recalled { kept, extent, manifest }
    }
}

/// The macros of a mesh of which nothing else is parsed.
fn library(workspace: &Workspace, context: &ParseContext) -> HashMap<DomainName, Arc<DomainMacros>> {
    let inputs = workspace.inputs(&*workspace.tree, &[FileKind::Macro, FileKind::GenericTest], &mut Vec::new());
    inputs.par_iter().map(|input| (input.domain.name.clone(), parse::library(input, context))).collect()
}

/// A mesh that was parsed, and what is wrong with it.
struct Parsed {
    manifest: Arc<Manifest>,
    macros: HashMap<DomainName, Arc<DomainMacros>>,
    diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Reads the files through `recorder` where there is one, while the context is made.
    fn now(
        workspace: &Workspace,
        context: impl FnOnce() -> Result<ParseContext, Failed> + Send,
        recorder: Option<&Recorder>,
    ) -> Result<Self, Failed> {
        let mut diagnostics = Vec::new();
        let tree = recorder.map_or(&*workspace.tree, |recorder| recorder as &dyn FileTree);
        let (context, inputs) = rayon::join(context, || workspace.inputs(tree, &FileKind::ALL, &mut diagnostics));
        let context = context?;
        let parsed: Vec<parse::Parsed> = inputs.par_iter().map(|input| parse::parse(input, &context)).collect();
        let (mut domains, mut macros) = (Vec::new(), HashMap::new());
        for (input, parsed) in inputs.iter().zip(parsed) {
            diagnostics.extend(parsed.diagnostics);
            domains.push(parsed.domain);
            macros.insert(input.domain.name.clone(), parsed.macros);
        }
        let (manifest, found) = crate::resolve::resolve(domains);
        diagnostics.extend(found);
        Ok(Parsed { manifest: Arc::new(manifest), macros, diagnostics })
    }
}

impl Loaded {
    /// Parses and resolves, and tells what was found.
    pub fn new(unparsed: Unparsed) -> Result<Loaded, Failed> {
        let console = unparsed.setup.console.clone();
        let inventory = unparsed.recalled.as_ref().map(|recalled| recalled.kept.said.inventory.clone());
        let (loaded, diagnostics) = unparsed.load()?;
        let errors = console.warn(diagnostics);
        if !errors.is_empty() {
            return Err(Failed(errors));
        }
        let counts = inventory.unwrap_or_else(|| inventory_for_people(&loaded.manifest));
        console.event(EventKind::Found { counts });
        Ok(loaded)
    }

    /// Parses and resolves, and gives what is wrong.
    pub fn parse(setup: Setup, workspace: Workspace) -> Result<(Loaded, Vec<Diagnostic>), Failed> {
        Unparsed::new(setup, workspace).load()
    }

    /// The same with another mesh of the same files, about which nothing is said.
    pub fn with_manifest(&self, manifest: Manifest) -> Result<Loaded, Failed> {
        let (setup, workspace) = self.setup.silently(self.setup.found.clone()).read()?;
        Ok(Loaded {
            setup: Setup { sources: self.setup.sources.clone(), ..setup },
            workspace,
            manifest: Arc::new(manifest),
            macros: self.macros.clone(),
            invocation: self.invocation.clone(),
            invocation_args: self.invocation_args.clone(),
            node_dict: self.node_dict.clone(),
            keeping: Keeping::nothing(),
            is_outline: false,
        })
    }

    /// Where to report.
    pub fn console(&self) -> &Arc<Console> {
        &self.setup.console
    }

    /// What compiles and runs nodes.
    pub fn program(&self) -> Program {
        Program::new(
            self.manifest.clone(),
            self.macros.clone(),
            self.invocation.clone(),
            self.node_dict.clone(),
            crate::artifacts::group_dict,
            self.workspace.root.clone(),
        )
    }

    /// Domains named by `--domain`, else the one whose folder the command runs in.
    pub fn scope(&self, domains: &[String]) -> Result<Option<Vec<DomainName>>, Failed> {
        if domains.is_empty() {
            return Ok(self.workspace.member.clone().map(|member| vec![member]));
        }
        let mut found = Vec::new();
        let mut unknown = Vec::new();
        for name in domains {
            match self.workspace.domains.iter().find(|loaded| loaded.domain.name.as_str() == name) {
                Some(loaded) => found.push(loaded.domain.name.clone()),
                None => unknown.push(self.unknown_domain(name)),
            }
        }
        if unknown.is_empty() { Ok(Some(found)) } else { Err(Failed(unknown)) }
    }

    fn unknown_domain(&self, name: &str) -> Diagnostic {
        let names: Vec<&str> = self.workspace.domains.iter().map(|loaded| loaded.domain.name.as_str()).collect();
        let error = Diagnostic::error(ErrorCode::UnknownDomain, format!("there is no domain '{name}'"));
        match crate::diagnostic::closest(name, names.iter().copied()) {
            Some(close) => error.hint(format!("did you mean '{close}'?")),
            None => error.hint(format!("the domains are {}", names.join(", "))),
        }
    }

    /// Number of workers: the command line's, the mesh's, the profile's.
    pub fn threads(&self) -> usize {
        let own = self.workspace.main_domain().profile.threads as usize;
        let of_mesh = self.workspace.mesh_file.as_ref().and_then(|file| file.threads.as_ref());
        match (self.setup.arguments.global.threads, of_mesh) {
            (Some(threads), _) => threads,
            (None, Some(threads)) => threads.value as usize,
            (None, None) => own,
        }
    }
}

impl Setup {
    fn behavior_flags(&self, domain: &LoadedDomain) -> JsonMap {
        let flags = &domain.projects[0].flags;
        BehaviorFlag::ALL
            .into_iter()
            .map(|flag| (flag.key_and_default().0.to_string(), flags.behavior(flag).into()))
            .collect()
    }

    fn invocation_args(&self, workspace: &Workspace) -> JsonMap {
        let mut args = self.with_paths(workspace, |paths| self.arguments.invocation_args_dict(paths));
        if let Some(sample) = self.event_times.sample {
            args.insert("sample".to_string(), json!({"start": iso(sample.start), "end": iso(sample.end)}));
        }
        args
    }

    /// Warns when what is compared with is about to be overwritten.
    fn state_is_target(&self, workspace: &Workspace) -> Option<Diagnostic> {
        let options = &self.arguments.global.state;
        let target = std::fs::canonicalize(self.target_folder(workspace)).ok()?;
        let is_target =
            |folder: &&PathBuf| std::fs::canonicalize(self.place.cwd.join(folder)).is_ok_and(|folder| folder == target);
        let folder = [&options.state, &options.defer_state].into_iter().flatten().find(is_target)?;
        let message = format!(
            "Warning: The state and target directories are the same: '{}'. This could lead to missing changes due to \
             overwritten state including non-idempotent retries.",
            folder.display()
        );
        let warning = Diagnostic::warning(ErrorCode::StateIsTarget, message);
        Some(warning.hint("keep a copy of the earlier artifacts, and name its folder with --state"))
    }

    /// The target folder on this machine.
    pub fn target_folder(&self, workspace: &Workspace) -> PathBuf {
        match &self.arguments.global.project.target_path {
            Some(path) => self.place.cwd.join(path),
            None => workspace.artifacts_root().join(workspace.target_path()),
        }
    }

    /// Gives `action` the paths as they are shown to templates and artifacts.
    pub fn with_paths<T>(&self, workspace: &Workspace, action: impl FnOnce(&ResolvedPaths<'_>) -> T) -> T {
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let project_dir = shown(&workspace.artifacts_root());
        let profiles_dir = match &self.arguments.global.project.profiles_dir {
            Some(folder) => shown(&self.place.cwd.join(folder)),
            None => shown(workspace.profiles_folder()),
        };
        let behavior_flags = self.behavior_flags(workspace.main_domain());
        let macro_arguments = super::run_operation::macro_arguments(&self.arguments);
        action(&ResolvedPaths {
            project_dir: &project_dir,
            profiles_dir: &profiles_dir,
            log_path: &shown(&self.log_path),
            vars: &self.place.vars,
            macro_arguments: macro_arguments.as_ref(),
            warn_error_options: &self.warnings,
            behavior_flags: &behavior_flags,
        })
    }

    /// Whether this is about a mesh of another time, of which nothing is said and nothing kept.
    pub(super) fn is_silent(&self) -> bool {
        self.silent
    }

    /// Which warnings are errors.
    pub(super) fn warn_error_options(&self) -> &WarnErrorOptions {
        &self.warnings
    }

    /// Whether the mesh is compared with an earlier one.
    fn compares(&self) -> bool {
        self.arguments.global.state.state.is_some()
    }

    fn invocation(&self, workspace: &Workspace, args: &JsonMap, messages: Arc<dyn Messages>) -> Invocation {
        let command = self.arguments.invocation.path.last().cloned().unwrap_or_default();
        let mut invocation = Invocation::new(self.invocation_id.clone(), self.started_at, &command, messages);
        invocation.flags = self.with_paths(workspace, |paths| self.arguments.jinja_flags(paths)).into_iter().collect();
        invocation.arguments = args.clone();
        invocation.environment = self.place.environment.clone();
        invocation.now = self.event_times.now;
        invocation.event_time = self.event_times.batches;
        invocation.sample = self.event_times.sample;
        invocation.empty = self.arguments.is_empty_run();
        invocation.empty_seeds = matches!(&self.arguments.command, Command::Seed(seed) if seed.empty);
        invocation
    }
}
