//! What a command line asks for, as typed data without behaviour.

use crate::diagnostic::Diagnostic;
use crate::manifest::JsonMap;
use crate::report::{LogFormat, LogLevel};
use crate::selector::{IndirectSelection, ResourceTypeArgument};
use std::path::PathBuf;

/// Everything that the command line, the environment and the project's `flags:` say.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    /// What to do.
    pub command: Command,
    /// What holds for every command.
    pub global: GlobalOptions,
    /// How the program was called.
    pub invocation: Invocation,
    /// Deprecated spellings that were used, and project flags that could not be.
    pub warnings: Vec<Diagnostic>,
    /// dbt's parameters by dbt's names with their final values, as `invocation_args_dict` is made from.
    pub(super) parameters: JsonMap,
}

impl Arguments {
    /// Whether `--empty` was given: relations are read without rows.
    pub fn is_empty_run(&self) -> bool {
        match &self.command {
            Command::Build(build) => build.empty,
            Command::Run(run) => run.empty,
            Command::Seed(seed) => seed.empty,
            Command::Snapshot(snapshot) => snapshot.empty,
            Command::Compile(compile) => compile.empty,
            _ => false,
        }
    }

    /// The text of `event_time_start`, `event_time_end` or `sample`, where it was given.
    pub fn event_time(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(serde_json::Value::as_str)
    }

    /// `--domain`: the domains that the command is restricted to; none means all.
    pub fn domains(&self) -> &[String] {
        match &self.command {
            Command::Build(build) => &build.selection.domains,
            Command::Run(run) => &run.selection.domains,
            Command::Test(test) => &test.selection.domains,
            Command::Seed(seed) => &seed.selection.domains,
            Command::Snapshot(snapshot) => &snapshot.selection.domains,
            Command::Compile(compile) => &compile.selection.domains,
            Command::Show(show) => &show.selection.domains,
            Command::List(list) => &list.selection.domains,
            Command::Check(check) => &check.selection.domains,
            Command::ContractInfer(infer) => &infer.selection.domains,
            Command::DocsGenerate(docs) => &docs.selection.domains,
            Command::SourceFreshness(freshness) => &freshness.selection.domains,
            Command::Clone(clone) => &clone.selection.domains,
            Command::RunOperation(operation) => &operation.domains,
            Command::Parse
            | Command::Retry
            | Command::DocsServe(_)
            | Command::Init(_)
            | Command::Deps(_)
            | Command::ContractDiff(_)
            | Command::Lineage(_)
            | Command::Debug(_)
            | Command::Clean(_) => &[],
            Command::Explain { .. } | Command::Completions { .. } => &[],
        }
    }
}

/// How the program was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// `dbt` or `meshbuild`: the file name that it was started by.
    pub program: &'static str,
    /// The names of the command: `["docs", "generate"]`.
    pub path: Vec<String>,
    /// The words behind the program, joined by spaces, behind `dbt`: `flags.INVOCATION_COMMAND`.
    pub text: String,
    pub(super) usage: String,
}

/// A command with what only it takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `build`
    Build(BuildArguments),
    /// `run`
    Run(RunArguments),
    /// `test`
    Test(TestArguments),
    /// `seed`
    Seed(SeedArguments),
    /// `snapshot`
    Snapshot(SnapshotArguments),
    /// `compile`
    Compile(CompileArguments),
    /// `show`
    Show(ShowArguments),
    /// `list`, `ls`
    List(ListArguments),
    /// `parse`
    Parse,
    /// `docs generate`
    DocsGenerate(DocsGenerateArguments),
    /// `docs serve`
    DocsServe(ServeArguments),
    /// `init`
    Init(InitArguments),
    /// `source freshness`
    SourceFreshness(FreshnessArguments),
    /// `clone`
    Clone(CloneArguments),
    /// `retry`
    Retry,
    /// `run-operation`
    RunOperation(RunOperationArguments),
    /// `deps`
    Deps(DepsArguments),
    /// `debug`
    Debug(DebugArguments),
    /// `check`
    Check(CheckArguments),
    /// `contract diff`
    ContractDiff(ContractDiffArguments),
    /// `contract infer`
    ContractInfer(ContractInferArguments),
    /// `lineage`
    Lineage(LineageArguments),
    /// `clean`
    Clean(CleanArguments),
    /// `explain`
    Explain {
        /// The code, as it was written.
        code: String,
    },
    /// `completions`
    Completions {
        /// The shell to complete in.
        shell: clap_complete::Shell,
    },
}

/// Which nodes: see [`crate::selector`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// `--select`, or `--models`: the words, each a criterion or several in a union.
    pub select: Vec<String>,
    /// `--exclude`
    pub exclude: Vec<String>,
    /// `--selector`
    pub selector: Option<String>,
    /// `--resource-type`
    pub resource_types: Vec<ResourceTypeArgument>,
    /// `--exclude-resource-type`
    pub exclude_resource_types: Vec<ResourceTypeArgument>,
    /// `--domain`: names of domains; none means all.
    pub domains: Vec<String>,
}

impl Selection {
    /// Whether nothing was named, so that everything is meant.
    pub fn is_everything(&self) -> bool {
        self.select.is_empty() && self.exclude.is_empty() && self.selector.is_none() && self.domains.is_empty()
    }
}

/// What `build` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--full-refresh`
    pub full_refresh: bool,
    /// `--empty`
    pub empty: bool,
    /// `--store-failures`
    pub store_failures: bool,
    /// `--show`: print rows of seeds.
    pub show: bool,
}

/// What `check` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckArguments {
    /// Which nodes; what they read is bound with them.
    pub selection: Selection,
    /// `--no-tests`: data tests are not bound.
    pub no_tests: bool,
}

/// What `contract diff` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractDiffArguments {
    /// `--against`: a revision.
    pub against: String,
    /// `--format`
    pub format: DiffFormat,
}

/// What `contract infer` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct ContractInferArguments {
    /// Which models; all public ones when nothing is named.
    pub selection: Selection,
    /// `--write`: properties files are changed.
    pub write: bool,
}

/// How a comparison of contracts is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a comment in a pull request.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit.
    Junit,
}

/// What `lineage` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageArguments {
    /// A node, or a node and a column; the whole mesh is summed up when there is none.
    pub node: Option<String>,
    /// `--downstream`: what comes from it; else what it comes from.
    pub downstream: bool,
    /// `--format`
    pub format: LineageFormat,
}

/// How lineage is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineageFormat {
    /// A tree for people.
    Text,
    /// JSON.
    Json,
    /// A flowchart for Markdown (<https://mermaid.js.org>).
    Mermaid,
    /// A graph for Graphviz.
    Dot,
}

/// What `run` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct RunArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--full-refresh`
    pub full_refresh: bool,
    /// `--empty`
    pub empty: bool,
    /// `--no-tests`: in a mesh, leave out the data tests right after each model.
    pub no_tests: bool,
}

/// What `test` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct TestArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--store-failures`
    pub store_failures: bool,
}

/// What `seed` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--full-refresh`
    pub full_refresh: bool,
    /// `--empty`: tables without rows, as since dbt 1.12.
    pub empty: bool,
    /// `--show`: print rows of what was loaded.
    pub show: bool,
}

/// What `snapshot` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--empty`
    pub empty: bool,
}

/// What `compile` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct CompileArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--inline`: SQL with Jinja instead of nodes.
    pub inline: Option<String>,
    /// `--output`
    pub output: ShowOutput,
    /// `--full-refresh`
    pub full_refresh: bool,
    /// `--empty`
    pub empty: bool,
    /// `--inject-ephemeral-ctes`: whether ephemeral models are put into their readers' SQL.
    pub inject_ephemeral_ctes: bool,
}

/// What `show` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct ShowArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--inline`: SQL with Jinja instead of a node.
    pub inline: Option<String>,
    /// `--inline-direct`: SQL that goes to the warehouse as it is, without reading the project.
    pub inline_direct: Option<String>,
    /// `--output`
    pub output: ShowOutput,
    /// `--limit`: rows at most; `None` (written `-1`) means all.
    pub limit: Option<u64>,
    /// `--full-refresh`
    pub full_refresh: bool,
}

/// Form of what `compile` and `show` print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShowOutput {
    /// A table, or the SQL.
    Text,
    /// One JSON object.
    Json,
}

/// What `list` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct ListArguments {
    /// Which nodes.
    pub selection: Selection,
    /// Whether `--models` was given: then nothing but models is listed.
    pub models_only: bool,
    /// `--output`
    pub output: ListOutput,
    /// `--output-keys`: keys of each JSON line; none means dbt's own set.
    pub output_keys: Vec<String>,
}

/// Form of what `list` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOutput {
    /// What `--select` would take: the default.
    Selector,
    /// The name.
    Name,
    /// The path of the file.
    Path,
    /// One JSON object.
    Json,
}

/// What `docs generate` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct DocsGenerateArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--compile`
    pub compile: bool,
    /// `--empty-catalog`
    pub empty_catalog: bool,
    /// `--static`: also write one page that holds everything.
    pub static_page: bool,
}

/// What `docs serve` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeArguments {
    /// `--host`
    pub host: String,
    /// `--port`; 0 is any that is free.
    pub port: u16,
    /// `--browser`: whether one is opened.
    pub browser: bool,
}

/// What `init` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitArguments {
    /// The name of the new project; without one, an existing project gets its profile.
    pub project_name: Option<String>,
    /// `--skip-profile-setup`
    pub skip_profile_setup: bool,
}

/// What `source freshness` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct FreshnessArguments {
    /// Which sources.
    pub selection: Selection,
    /// `--output`: the file to write instead of `sources.json` in the target folder.
    pub output: Option<PathBuf>,
}

/// What `clone` takes.
#[derive(Debug, Clone, PartialEq)]
pub struct CloneArguments {
    /// Which nodes.
    pub selection: Selection,
    /// `--full-refresh`: also what stands there already.
    pub full_refresh: bool,
}

/// What `run-operation` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOperationArguments {
    /// What to run.
    pub operation: Operation,
    /// `--args`: a YAML mapping as text; see [`Invocation::invalid_yaml`].
    pub arguments: Option<String>,
    /// `--domain`
    pub domains: Vec<String>,
}

/// What `run-operation` runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A macro: `name` or `package.name`.
    Macro(String),
    /// `--sql`: SQL with Jinja, as since dbt 1.12.
    Sql(String),
}

/// What `deps` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepsArguments {
    /// `--lock`: write the lock file and install nothing.
    pub lock: bool,
    /// `--upgrade`: take the newest versions that are allowed.
    pub upgrade: bool,
    /// `--add-package`
    pub add_package: Option<NewPackage>,
    /// `--source`: where the added package comes from.
    pub source: PackageSource,
}

/// A package to add to `packages.yml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPackage {
    /// Its name, URL or path.
    pub name: String,
    /// Its version; only a local package has none.
    pub version: Option<String>,
}

/// Where a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageSource {
    /// The package hub.
    Hub,
    /// A git repository.
    Git,
    /// A folder.
    Local,
}

/// What `debug` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebugArguments {
    /// `--config-dir`: say where `profiles.yml` is looked for, and nothing else.
    pub config_dir: bool,
    /// `--connection`: try the connection only.
    pub connection: bool,
}

/// What `clean` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanArguments {
    /// `--clean-project-files-only`: refuse to delete what lies outside the project.
    pub project_files_only: bool,
}

/// What holds for every command.
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalOptions {
    /// Where everything is.
    pub project: ProjectOptions,
    /// What is printed and logged.
    pub output: OutputOptions,
    /// Which warnings are errors.
    pub warnings: WarningOptions,
    /// Comparing with and reading from another environment.
    pub state: StateOptions,
    /// `--indirect-selection`
    pub indirect_selection: IndirectSelection,
    /// `--fail-fast`
    pub fail_fast: bool,
    /// `--threads`, at least 1; `None` leaves it to the profile. `--single-threaded` is 1.
    pub threads: Option<usize>,
    /// `--write-json`
    pub write_json: bool,
    /// `--version-check`: whether `require-dbt-version` is looked at.
    pub version_check: bool,
    /// `--partial-parse`: whether the last parse is taken over where nothing has changed.
    pub partial_parse: bool,
    /// `--invocation-id`; `None` asks for a random one.
    pub invocation_id: Option<String>,
}

/// Where everything is. Paths are as written: relative ones count from the working folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectOptions {
    /// `--project-dir`
    pub project_dir: Option<PathBuf>,
    /// `--profiles-dir`
    pub profiles_dir: Option<PathBuf>,
    /// `--target-path`
    pub target_path: Option<PathBuf>,
    /// `--mesh-dir`
    pub mesh_dir: Option<PathBuf>,
    /// `--no-mesh`
    pub no_mesh: bool,
    /// `--profile`
    pub profile: Option<String>,
    /// `--target`
    pub target: Option<String>,
    /// `--vars`: a YAML mapping as text, `{}` when absent; see [`Invocation::invalid_yaml`].
    pub vars: String,
}

/// What is printed and logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputOptions {
    /// `--debug`
    pub debug: bool,
    /// `--quiet`: errors only; what `print()` says is not affected.
    pub quiet: bool,
    /// `--print`: whether `print()` prints.
    pub print: bool,
    /// `--printer-width`: columns, at least 1.
    pub printer_width: usize,
    /// Colours on the terminal.
    pub use_colors: ColorChoice,
    /// Colours in the log file; follows `use_colors` unless it was set itself.
    pub use_colors_file: ColorChoice,
    /// `--log-format`: `None` is dbt's `default`, which is [`LogFormat::Text`] unless the logger knows better.
    pub log_format: Option<LogFormat>,
    /// `--log-format-file`; follows `log_format` unless it was set itself.
    pub log_format_file: Option<LogFormat>,
    /// `--log-level`; `None` is the word `none`: no log.
    pub log_level: Option<LogLevel>,
    /// `--log-level-file`; follows `log_level` unless it was set itself.
    pub log_level_file: Option<LogLevel>,
    /// `--log-path`: `None` is `logs` in the project.
    pub log_path: Option<PathBuf>,
    /// `--log-file-max-bytes`: 0 means no limit.
    pub log_file_max_bytes: u64,
    /// `--show-all-deprecations`
    pub show_all_deprecations: bool,
    /// `--log-cache-events`
    pub log_cache_events: bool,
}

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorChoice {
    /// Nobody said: colours where the output can show them.
    Auto,
    /// Somebody said so, by any means.
    Always,
    /// Somebody forbade them.
    Never,
}

/// Which warnings are errors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WarningOptions {
    /// `--warn-error`: all of them.
    pub warn_error: bool,
    /// `--warn-error-options`, before it is read by [`super::WarnErrorOptions::from_map`].
    pub warn_error_options: WarnErrorSource,
}

/// `--warn-error-options` as it was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum WarnErrorSource {
    /// Nowhere.
    #[default]
    Absent,
    /// On the command line or in the environment: a YAML mapping as text; see [`Invocation::invalid_yaml`].
    Text(String),
    /// Among the project's flags.
    Map(JsonMap),
}

/// Comparing with and reading from another environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateOptions {
    /// `--state`
    pub state: Option<PathBuf>,
    /// `--defer`
    pub defer: bool,
    /// `--defer-state`
    pub defer_state: Option<PathBuf>,
    /// `--favor-state`
    pub favor_state: bool,
}
