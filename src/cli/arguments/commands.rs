//! The table of commands: which options each takes, and what the help says.

use super::option::OptionSpec;
use super::options as o;

/// A part of the list of commands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chapter {
    /// Commands that change the warehouse.
    Build,
    /// Commands that show something.
    Inspect,
    /// Commands about a project's files.
    Project,
    /// Commands about meshbuild.
    Help,
}

impl Chapter {
    /// Every chapter, as the help orders them.
    pub(super) const ALL: [Chapter; 4] = [Chapter::Build, Chapter::Inspect, Chapter::Project, Chapter::Help];

    /// The heading.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Chapter::Build => "Build",
            Chapter::Inspect => "Look",
            Chapter::Project => "Project",
            Chapter::Help => "Help",
        }
    }
}

/// What stands behind a command's name without an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Positional {
    /// Nothing.
    None,
    /// One value: its name for the program, and as it is shown.
    One(&'static str, &'static str),
    /// One value or none.
    Perhaps(&'static str, &'static str),
}

/// Who a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandKind {
    /// A command that works; the name is its own documentation.
    Works(Work),
    /// A name in front of further commands.
    Family,
}

/// The commands that work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Build,
    Run,
    Test,
    Seed,
    Snapshot,
    Compile,
    Show,
    List,
    Parse,
    DocsGenerate,
    DocsServe,
    Init,
    SourceFreshness,
    Clone,
    Retry,
    RunOperation,
    Deps,
    Debug,
    Check,
    Lineage,
    ContractDiff,
    ContractInfer,
    Clean,
    Explain,
    Completions,
}

/// One command.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommandSpec {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether the help leaves it out.
    pub(super) hidden: bool,
    /// Who it is.
    pub(super) kind: CommandKind,
    /// Groups of options beside the global ones.
    pub(super) options: &'static [&'static [OptionSpec]],
    /// What stands behind its name.
    pub(super) positional: Positional,
    /// The commands behind it, if it is a family.
    pub(super) children: &'static [CommandSpec],
    /// Where the help lists it.
    pub(super) chapter: Chapter,
    /// What the help says.
    pub(super) about: &'static str,
}

const fn works(
    name: &'static str,
    work: Work,
    chapter: Chapter,
    about: &'static str,
    options: &'static [&'static [OptionSpec]],
) -> CommandSpec {
    CommandSpec {
        name,
        hidden: false,
        kind: CommandKind::Works(work),
        options,
        positional: Positional::None,
        children: &[],
        chapter,
        about,
    }
}

const fn family(name: &'static str, about: &'static str, children: &'static [CommandSpec]) -> CommandSpec {
    CommandSpec {
        name,
        hidden: false,
        kind: CommandKind::Family,
        options: &[],
        positional: Positional::None,
        children,
        chapter: Chapter::Inspect,
        about,
    }
}

const fn list(name: &'static str) -> CommandSpec {
    let options: &[&[OptionSpec]] =
        &[o::LIST_SELECTION, o::RESOURCE_TYPES, o::LIST_OUTPUT, o::PROJECT, &[o::TARGET_PATH]];
    works(name, Work::List, Chapter::Inspect, "List nodes", options)
}

const fn freshness(name: &'static str) -> CommandSpec {
    let options: &[&[OptionSpec]] =
        &[o::SELECTION, &[o::SOURCES_OUTPUT, o::THREADS, o::SQLPARSE], o::PROJECT, &[o::TARGET_PATH]];
    works(name, Work::SourceFreshness, Chapter::Inspect, "Ask how fresh sources are", options)
}

impl CommandSpec {
    const fn behind(mut self, id: &'static str, shown: &'static str) -> Self {
        self.positional = Positional::One(id, shown);
        self
    }

    const fn perhaps_behind(mut self, id: &'static str, shown: &'static str) -> Self {
        self.positional = Positional::Perhaps(id, shown);
        self
    }

    const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Whether dbt's global options apply: everywhere but in meshbuild's own commands.
    pub(super) fn takes_global_options(&self) -> bool {
        !matches!(self.kind, CommandKind::Works(Work::Explain | Work::Completions))
    }

    /// Its options in the order of the help, the global ones last.
    pub(super) fn all_options(&self) -> impl Iterator<Item = &'static OptionSpec> + use<> {
        let global: &'static [OptionSpec] = if self.takes_global_options() { o::GLOBAL } else { &[] };
        self.options.iter().copied().flatten().chain(global)
    }
}

/// Every command, as the help orders them.
pub(super) const COMMANDS: &[CommandSpec] = &[
    works(
        "build",
        Work::Build,
        Chapter::Build,
        "Run seeds, models, snapshots and their tests in order",
        &[
            o::SELECTION,
            o::RESOURCE_TYPES,
            &[o::FULL_REFRESH, o::EMPTY, o::STORE_FAILURES, o::THREADS],
            o::EVENT_TIME,
            o::SAVED_QUERIES,
            &[o::SHOW_ROWS, o::SQLPARSE],
            o::PROJECT,
            &[o::TARGET_PATH],
        ],
    ),
    works(
        "run",
        Work::Run,
        Chapter::Build,
        "Run models",
        &[
            o::SELECTION,
            &[o::FULL_REFRESH, o::EMPTY, o::NO_TESTS, o::THREADS],
            o::EVENT_TIME,
            &[o::SQLPARSE],
            o::PROJECT,
            &[o::TARGET_PATH],
        ],
    ),
    works(
        "test",
        Work::Test,
        Chapter::Build,
        "Test the data of what was built",
        &[
            o::SELECTION,
            o::RESOURCE_TYPES,
            &[o::STORE_FAILURES, o::THREADS, o::SQLPARSE],
            o::PROJECT,
            &[o::TARGET_PATH],
        ],
    ),
    works(
        "seed",
        Work::Seed,
        Chapter::Build,
        "Load CSV files",
        &[
            o::SELECTION,
            &[o::FULL_REFRESH, o::EMPTY_SEEDS, o::THREADS, o::SHOW_ROWS, o::SQLPARSE],
            o::PROJECT,
            &[o::TARGET_PATH],
        ],
    ),
    works(
        "snapshot",
        Work::Snapshot,
        Chapter::Build,
        "Record how rows have changed",
        &[o::SELECTION, &[o::EMPTY, o::THREADS, o::SQLPARSE], o::PROJECT, &[o::TARGET_PATH]],
    ),
    works(
        "run-operation",
        Work::RunOperation,
        Chapter::Build,
        "Run a macro, or a statement",
        &[&[o::MACRO_ARGUMENTS, o::OPERATION_SQL, o::DOMAIN, o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
    )
    .perhaps_behind("macro", "[MACRO]"),
    works(
        "clone",
        Work::Clone,
        Chapter::Build,
        "Make views of what another state has built",
        &[o::SELECTION, o::RESOURCE_TYPES, &[o::FULL_REFRESH, o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
    ),
    works(
        "retry",
        Work::Retry,
        Chapter::Build,
        "Run again what failed or was skipped in the last run",
        &[&[o::FULL_REFRESH, o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
    ),
    works(
        "check",
        Work::Check,
        Chapter::Inspect,
        "Type the whole mesh without data: unknown columns, wrong types, broken contracts",
        &[o::SELECTION, &[o::CHECK_TESTS, o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
    ),
    family(
        "contract",
        "Compare what public models promise, or write it down (contract diff, contract infer)",
        &[
            works(
                "diff",
                Work::ContractDiff,
                Chapter::Inspect,
                "Tell what changed for readers since a revision, and who breaks",
                &[o::CONTRACT_DIFF, &[o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
            ),
            works(
                "infer",
                Work::ContractInfer,
                Chapter::Inspect,
                "Print the whole contract of public models, or write it into their properties files",
                &[o::SELECTION, &[o::WRITE, o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
            ),
        ],
    ),
    works(
        "lineage",
        Work::Lineage,
        Chapter::Inspect,
        "Tell which columns a column comes from, or what comes from it",
        &[o::LINEAGE, &[o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
    )
    .perhaps_behind("node", "[NODE[.COLUMN]]"),
    works(
        "compile",
        Work::Compile,
        Chapter::Inspect,
        "Write the SQL that would run",
        &[
            o::SELECTION,
            &[o::INLINE, o::FULL_REFRESH, o::EMPTY, o::THREADS, o::SHOW_OUTPUT],
            &[o::INTROSPECT, o::INJECT_EPHEMERAL, o::SQLPARSE],
            o::PROJECT,
            &[o::TARGET_PATH],
        ],
    ),
    works(
        "show",
        Work::Show,
        Chapter::Inspect,
        "Show the first rows of a node or a query",
        &[
            o::SELECTION,
            &[o::INLINE, o::INLINE_DIRECT, o::FULL_REFRESH, o::THREADS, o::SHOW_OUTPUT, o::LIMIT],
            &[o::INTROSPECT, o::SQLPARSE],
            o::PROJECT,
            &[o::TARGET_PATH],
        ],
    ),
    list("list"),
    list("ls").hidden(),
    family(
        "docs",
        "Write and show the documentation (docs generate, docs serve)",
        &[
            works(
                "generate",
                Work::DocsGenerate,
                Chapter::Inspect,
                "Write manifest, catalog and the documentation's page",
                &[o::SELECTION, o::DOCS, &[o::THREADS, o::SQLPARSE], o::PROJECT, &[o::TARGET_PATH]],
            ),
            works(
                "serve",
                Work::DocsServe,
                Chapter::Inspect,
                "Show the target folder in a browser",
                &[o::SERVE, o::PROJECT, &[o::TARGET_PATH]],
            ),
        ],
    ),
    family(
        "source",
        "Ask how fresh sources are (source freshness)",
        &[freshness("freshness"), freshness("snapshot-freshness").hidden()],
    ),
    works(
        "parse",
        Work::Parse,
        Chapter::Project,
        "Read the project and write its manifest",
        &[&[o::THREADS], o::PROJECT, &[o::TARGET_PATH]],
    ),
    works("deps", Work::Deps, Chapter::Project, "Install packages", &[o::DEPS, o::PROJECT]),
    works("debug", Work::Debug, Chapter::Project, "Check settings and connection", &[o::DEBUG, o::PROJECT]),
    works(
        "clean",
        Work::Clean,
        Chapter::Project,
        "Delete the folders of clean-targets",
        &[&[o::CLEAN], o::PROJECT, &[o::TARGET_PATH]],
    ),
    works(
        "init",
        Work::Init,
        Chapter::Project,
        "Write a project to begin with",
        &[&[o::SKIP_PROFILE_SETUP], o::PROJECT],
    )
    .perhaps_behind("project_name", "[PROJECT_NAME]"),
    works("explain", Work::Explain, Chapter::Help, "Explain an error code, such as MB0503", &[]).behind("code", "CODE"),
    works("completions", Work::Completions, Chapter::Help, "Print a script that completes commands in a shell", &[])
        .behind("shell", "SHELL"),
];

/// The command that is called so among `commands`.
pub(super) fn find(commands: &'static [CommandSpec], name: &str) -> Option<&'static CommandSpec> {
    commands.iter().find(|command| command.name == name)
}
