//! Every option of dbt 1.11 (`dbt/cli/params.py`) and of meshbuild: the one table of them.

use super::option::{Default, Group, Kind, OptionSpec, Support, option};
use Default::{Bool, Integer, Text};
use Group::{Compatibility, Execution, Output, Project, Selection, State};
use Kind::{Choice, ChoiceWords, Flag, Path, Switch, Words};
use Support::NoEffect;

const LOG_FORMATS: &[&str] = &["text", "debug", "json", "default"];
const LOG_LEVELS: &[&str] = &["debug", "info", "warn", "error", "none"];
const AT_LEAST_ZERO: Kind = Kind::Integer { least: 0 };
const AT_LEAST_ONE: Kind = Kind::Integer { least: 1 };
const ANY_INTEGER: Kind = Kind::Integer { least: i64::MIN };

/// Accepted without effect.
const fn inert(name: &'static str, long: &'static [&'static str], kind: Kind, help: &'static str) -> OptionSpec {
    option(name, long, kind, Compatibility, help).support(NoEffect)
}

/// Options that every command of dbt takes, before or after its name (`global_flags` of `dbt/cli/main.py`).
pub(super) const GLOBAL: &[OptionSpec] = &[
    option("profile", &["profile"], Kind::Text, Project, "Profile to use instead of the project's")
        .variable("DBT_PROFILE"),
    option("target", &["target"], Kind::Text, Project, "Target of the profile").short(&['t']).variable("DBT_TARGET"),
    option("mesh_dir", &["mesh-dir"], Path, Project, "Folder of the mesh, instead of looking upward for mesh.yml")
        .own(),
    option("no_mesh", &["no-mesh"], Flag, Project, "Take the project for itself, even if a mesh.yml lists it").own(),
    option(
        "version_check",
        &["version-check"],
        Switch("no-version-check"),
        Project,
        "Hold the project to its require-dbt-version",
    )
    .variable("DBT_VERSION_CHECK")
    .default(Bool(true)),
    option(
        "partial_parse",
        &["partial-parse"],
        Switch("no-partial-parse"),
        Project,
        "Take over the last parse where nothing has changed",
    )
    .variable("DBT_PARTIAL_PARSE")
    .default(Bool(true)),
    option("fail_fast", &["fail-fast"], Switch("no-fail-fast"), Execution, "Stop at the first failure")
        .short(&['x'])
        .variable("DBT_FAIL_FAST"),
    option(
        "indirect_selection",
        &["indirect-selection"],
        Choice(&["eager", "cautious", "buildable", "empty"]),
        Selection,
        "Which tests come along with selected nodes",
    )
    .variable("DBT_INDIRECT_SELECTION")
    .default(Text("eager")),
    option("warn_error", &["warn-error"], Flag, Execution, "Treat every warning as an error")
        .variable("DBT_WARN_ERROR")
        .default(Default::Absent),
    option(
        "warn_error_options",
        &["warn-error-options"],
        Kind::Text,
        Execution,
        "Which warnings are errors, as YAML with the keys error, warn and silence",
    )
    .variable("DBT_WARN_ERROR_OPTIONS")
    .default(Text("{}")),
    option("write_json", &["write-json"], Switch("no-write-json"), Execution, "Write artifacts to the target folder")
        .variable("DBT_WRITE_JSON")
        .default(Bool(true)),
    option("single_threaded", &["single-threaded"], Switch("no-single-threaded"), Execution, "Run one node at a time")
        .variable("DBT_SINGLE_THREADED")
        .hidden(),
    option("invocation_id", &["invocation-id"], Kind::Text, Execution, "Id of this run instead of a random one").own(),
    option("state", &["state"], Path, State, "Folder of the artifacts to compare with and to defer to")
        .variable("DBT_STATE"),
    option("defer", &["defer"], Switch("no-defer"), State, "Read what is not selected where the state has it")
        .variable("DBT_DEFER"),
    option("defer_state", &["defer-state"], Path, State, "Folder of the artifacts to defer to, if it is not --state")
        .variable("DBT_DEFER_STATE"),
    option(
        "favor_state",
        &["favor-state"],
        Switch("no-favor-state"),
        State,
        "Defer even where the relation stands in this target as well",
    )
    .variable("DBT_FAVOR_STATE"),
    option("debug", &["debug"], Switch("no-debug"), Output, "Say everything").short(&['d']).variable("DBT_DEBUG"),
    option("quiet", &["quiet"], Switch("no-quiet"), Output, "Print errors only").short(&['q']).variable("DBT_QUIET"),
    option("print", &["print"], Switch("no-print"), Output, "Print what print() says")
        .variable("DBT_PRINT")
        .default(Bool(true)),
    option("printer_width", &["printer-width"], AT_LEAST_ONE, Output, "Columns of the terminal")
        .variable("DBT_PRINTER_WIDTH")
        .default(Integer(80)),
    option(
        "use_colors",
        &["use-colors", "color"],
        Switch("no-use-colors"),
        Output,
        "Colours on the terminal and in the log",
    )
    .variable("DBT_USE_COLORS")
    .default(Bool(true)),
    option("use_colors_file", &["use-colors-file"], Switch("no-use-colors-file"), Output, "Colours in the log file")
        .variable("DBT_USE_COLORS_FILE")
        .default(Bool(true)),
    option("log_format", &["log-format"], Choice(LOG_FORMATS), Output, "Format of the terminal and the log file")
        .variable("DBT_LOG_FORMAT")
        .default(Text("default")),
    option("log_format_file", &["log-format-file"], Choice(LOG_FORMATS), Output, "Format of the log file")
        .variable("DBT_LOG_FORMAT_FILE")
        .default(Text("debug")),
    option("log_level", &["log-level"], Choice(LOG_LEVELS), Output, "Least level on the terminal and in the log file")
        .variable("DBT_LOG_LEVEL")
        .default(Text("info")),
    option("log_level_file", &["log-level-file"], Choice(LOG_LEVELS), Output, "Least level in the log file")
        .variable("DBT_LOG_LEVEL_FILE")
        .default(Text("debug")),
    option("log_path", &["log-path"], Path, Output, "Folder of the log file").variable("DBT_LOG_PATH"),
    option(
        "log_file_max_bytes",
        &["log-file-max-bytes"],
        AT_LEAST_ZERO,
        Output,
        "Size at which the log file rolls over",
    )
    .variable("DBT_LOG_FILE_MAX_BYTES")
    .default(Integer(10 * 1024 * 1024))
    .hidden(),
    option(
        "show_all_deprecations",
        &["show-all-deprecations"],
        Switch("no-show-all-deprecations"),
        Output,
        "Show each deprecation every time, not once",
    ),
    option("log_cache_events", &["log-cache-events"], Switch("no-log-cache-events"), Output, "Log what the cache does")
        .variable("DBT_LOG_CACHE_EVENTS"),
    option("macro_debugging", &["macro-debugging"], Switch("no-macro-debugging"), Compatibility, "")
        .variable("DBT_MACRO_DEBUGGING")
        .support(NoEffect)
        .hidden(),
    inert("partial_parse_file_path", &["partial-parse-file-path"], Path, "")
        .variable("DBT_PARTIAL_PARSE_FILE_PATH")
        .hidden(),
    inert("partial_parse_file_diff", &["partial-parse-file-diff"], Switch("no-partial-parse-file-diff"), "")
        .variable("DBT_PARTIAL_PARSE_FILE_DIFF")
        .default(Bool(true))
        .hidden(),
    inert("static_parser", &["static-parser"], Switch("no-static-parser"), "Parse simple models without Jinja")
        .variable("DBT_STATIC_PARSER")
        .default(Bool(true)),
    inert(
        "use_experimental_parser",
        &["use-experimental-parser"],
        Switch("no-use-experimental-parser"),
        "dbt's experimental parser",
    )
    .variable("DBT_USE_EXPERIMENTAL_PARSER"),
    inert("populate_cache", &["populate-cache"], Switch("no-populate-cache"), "Look relations up before the run")
        .variable("DBT_POPULATE_CACHE")
        .default(Bool(true)),
    inert(
        "cache_selected_only",
        &["cache-selected-only"],
        Switch("no-cache-selected-only"),
        "Look relations up in the selected nodes' schemas only",
    )
    .variable("DBT_CACHE_SELECTED_ONLY"),
    inert(
        "send_anonymous_usage_stats",
        &["send-anonymous-usage-stats"],
        Switch("no-send-anonymous-usage-stats"),
        "Nothing is ever sent",
    )
    .variable("DBT_SEND_ANONYMOUS_USAGE_STATS")
    .default(Bool(true)),
    inert("record_timing_info", &["record-timing-info"], Path, "Python profile of dbt itself").short(&['r']),
    inert("use_fast_test_edges", &["use-fast-test-edges"], Switch("no-use-fast-test-edges"), "")
        .variable("DBT_USE_FAST_TEST_EDGES")
        .hidden(),
    inert(
        "upload_to_artifacts_ingest_api",
        &["upload-to-artifacts-ingest-api"],
        Switch("no-upload-to-artifacts-ingest-api"),
        "Upload artifacts to dbt Cloud",
    )
    .variable("DBT_UPLOAD_TO_ARTIFACTS_INGEST_API")
    .support(Support::RefusedOn)
    .hidden(),
];

/// Options that dbt takes before the command only.
pub(super) const ROOT_ONLY: &[OptionSpec] =
    &[inert("show_resource_report", &["show-resource-report"], Switch("no-show-resource-report"), "")
        .variable("DBT_SHOW_RESOURCE_REPORT")
        .hidden()];

/// Where the project is; on every command that reads one.
pub(super) const PROJECT: &[OptionSpec] = &[
    option("project_dir", &["project-dir"], Path, Project, "Folder of the project, instead of looking upward")
        .variable("DBT_PROJECT_DIR"),
    option("profiles_dir", &["profiles-dir"], Path, Project, "Folder of profiles.yml").variable("DBT_PROFILES_DIR"),
    option("vars", &["vars"], Kind::Text, Project, "Variables as YAML, stronger than those of the project")
        .default(Text("{}")),
];

/// Where results are written.
pub(super) const TARGET_PATH: OptionSpec =
    option("target_path", &["target-path"], Path, Project, "Folder for artifacts and compiled files")
        .variable("DBT_TARGET_PATH");

/// How many nodes run at once.
pub(super) const THREADS: OptionSpec =
    option("threads", &["threads"], AT_LEAST_ONE, Execution, "Nodes that run at once, instead of the profile's number");

/// Which nodes.
pub(super) const SELECTION: &[OptionSpec] = &[
    option("select", &["select", "models", "model"], Words, Selection, "Nodes to include").short(&['s', 'm']),
    EXCLUDE,
    SELECTOR,
    DOMAIN,
];

const EXCLUDE: OptionSpec = option("exclude", &["exclude"], Words, Selection, "Nodes to leave out");
const SELECTOR: OptionSpec =
    option("selector", &["selector"], Kind::Text, Selection, "Name of a selector of selectors.yml");

/// Which domains of the mesh.
pub(super) const DOMAIN: OptionSpec =
    option("domain", &["domain"], Words, Selection, "Domains of the mesh to include; may be repeated").own();

/// Which nodes, as `list` takes them: `--models` means models only.
pub(super) const LIST_SELECTION: &[OptionSpec] = &[
    option("select", &["select"], Words, Selection, "Nodes to include").short(&['s']),
    option("models", &["models", "model"], Words, Selection, "Models to include, and nothing but models").short(&['m']),
    EXCLUDE,
    SELECTOR,
    DOMAIN,
];

/// Which kinds of nodes.
pub(super) const RESOURCE_TYPES: &[OptionSpec] = &[
    option(
        "resource_types",
        &["resource-types", "resource-type"],
        ChoiceWords(&[
            "metric",
            "semantic_model",
            "saved_query",
            "source",
            "analysis",
            "function",
            "model",
            "test",
            "unit_test",
            "exposure",
            "snapshot",
            "seed",
            "default",
            "all",
        ]),
        Selection,
        "Kinds of nodes to include",
    )
    .variable("DBT_RESOURCE_TYPES"),
    option(
        "exclude_resource_types",
        &["exclude-resource-types", "exclude-resource-type"],
        ChoiceWords(&[
            "metric",
            "semantic_model",
            "saved_query",
            "source",
            "analysis",
            "model",
            "test",
            "unit_test",
            "exposure",
            "snapshot",
            "seed",
            "function",
            "default",
        ]),
        Selection,
        "Kinds of nodes to leave out",
    )
    .variable("DBT_EXCLUDE_RESOURCE_TYPES"),
];

/// Limits of `sqlparse`, a Python library.
pub(super) const SQLPARSE: OptionSpec = inert("sqlparse", &["sqlparse"], Kind::Text, "")
    .variable("DBT_ENGINE_SQLPARSE")
    .default(Text("{\"MAX_GROUPING_DEPTH\": null, \"MAX_GROUPING_TOKENS\": null}"))
    .hidden();

/// Rebuild incremental models.
pub(super) const FULL_REFRESH: OptionSpec =
    option("full_refresh", &["full-refresh"], Flag, Execution, "Build incremental models and seeds anew")
        .short(&['f'])
        .variable("DBT_FULL_REFRESH");

/// Read no rows.
pub(super) const EMPTY: OptionSpec =
    option("empty", &["empty"], Switch("no-empty"), Execution, "Read no rows from refs and sources")
        .variable("DBT_EMPTY");

/// Keep failing rows.
pub(super) const STORE_FAILURES: OptionSpec =
    option("store_failures", &["store-failures"], Flag, Execution, "Keep the rows that fail a test in a table")
        .variable("DBT_STORE_FAILURES");

/// Show rows of seeds.
pub(super) const SHOW_ROWS: OptionSpec = option("show", &["show"], Flag, Output, "Show rows of what was loaded");

/// Which batches are built, and which rows are read.
pub(super) const EVENT_TIME: &[OptionSpec] = &[
    option(
        "event_time_start",
        &["event-time-start"],
        Kind::Time,
        Execution,
        "Build microbatch models from this time on",
    )
    .variable("DBT_EVENT_TIME_START"),
    option("event_time_end", &["event-time-end"], Kind::Time, Execution, "Build microbatch models up to this time")
        .variable("DBT_EVENT_TIME_END"),
    option("sample", &["sample"], Kind::Text, Execution, "Read only rows of a window of time, such as '3 days'")
        .variable("DBT_SAMPLE"),
];

/// Saved queries, which no adapter of dbt-core exports.
pub(super) const SAVED_QUERIES: &[OptionSpec] = &[
    inert("export_saved_queries", &["export-saved-queries"], Switch("no-export-saved-queries"), "")
        .variable("DBT_EXPORT_SAVED_QUERIES")
        .hidden(),
    inert("include_saved_query", &["include-saved-query"], Switch("no-include-saved-query"), "")
        .variable("DBT_INCLUDE_SAVED_QUERY")
        .hidden(),
];

/// `run` without the tests that a mesh adds to it.
pub(super) const NO_TESTS: OptionSpec =
    option("no_tests", &["no-tests"], Flag, Execution, "In a mesh, do not test each model after it is built").own();

/// Which way lineage goes, and how it is printed.
pub(super) const LINEAGE: &[OptionSpec] = &[
    option("upstream", &["upstream"], Flag, Execution, "What the columns come from; the rule").own(),
    option("downstream", &["downstream"], Flag, Execution, "What comes from the columns").own(),
    option("format", &["format"], Choice(&["text", "json", "mermaid", "dot"]), Output, "How to print it")
        .default(Text("text"))
        .own(),
];

/// What `contract diff` compares with, and how it tells.
pub(super) const CONTRACT_DIFF: &[OptionSpec] = &[
    option(
        "against",
        &["against"],
        Kind::Text,
        Execution,
        "What to compare with: a revision, whose merge base with HEAD counts, or a folder with a manifest.json",
    )
    .default(Text("origin/main"))
    .own(),
    option(
        "format",
        &["format"],
        Choice(&["text", "json", "markdown", "github", "sarif", "junit"]),
        Output,
        "How to tell it",
    )
    .default(Text("text"))
    .own(),
];

/// `contract infer` that changes files.
pub(super) const WRITE: OptionSpec =
    option("write", &["write"], Flag, Execution, "Write it into the properties files; comments and order stay").own();

/// `check` without data tests.
pub(super) const CHECK_TESTS: OptionSpec =
    option("no_tests", &["no-tests"], Flag, Execution, "Do not bind data tests").own();

/// SQL that is given with the command.
pub(super) const INLINE: OptionSpec =
    option("inline", &["inline"], Kind::Text, Selection, "SQL with Jinja to take instead of a node");

/// SQL that is given with the command and not rendered.
pub(super) const INLINE_DIRECT: OptionSpec =
    option("inline_direct", &["inline-direct"], Kind::Text, Selection, "").hidden();

/// Whether queries may be asked while compiling; dbt fills its cache or does not.
pub(super) const INTROSPECT: OptionSpec =
    inert("introspect", &["introspect"], Switch("no-introspect"), "Look relations up before compiling")
        .variable("DBT_INTROSPECT")
        .default(Bool(true));

/// Whether ephemeral models become CTEs.
pub(super) const INJECT_EPHEMERAL: OptionSpec =
    option("inject_ephemeral_ctes", &["inject-ephemeral-ctes"], Switch("no-inject-ephemeral-ctes"), Execution, "")
        .default(Bool(true))
        .hidden();

/// Form of what `compile` and `show` print.
pub(super) const SHOW_OUTPUT: OptionSpec =
    option("output", &["output"], Choice(&["json", "text"]), Output, "Form of the result").default(Text("text"));

/// Rows that `show` prints.
pub(super) const LIMIT: OptionSpec =
    option("limit", &["limit"], ANY_INTEGER, Output, "Rows to show; -1 for all").default(Integer(5));

/// Form of what `list` prints.
pub(super) const LIST_OUTPUT: &[OptionSpec] = &[
    option("output", &["output"], Choice(&["json", "name", "path", "selector"]), Output, "Form of each line")
        .default(Text("selector")),
    option("output_keys", &["output-keys"], Words, Output, "Keys of each JSON line, with dots for nested ones"),
];

/// Where `source freshness` writes to.
pub(super) const SOURCES_OUTPUT: OptionSpec = option(
    "output",
    &["output"],
    Path,
    Output,
    "File to write instead of sources.json in the target folder (deprecated)",
)
.short(&['o']);

/// What `docs generate` makes.
pub(super) const DOCS: &[OptionSpec] = &[
    option("compile", &["compile"], Switch("no-compile"), Execution, "Compile the nodes first").default(Bool(true)),
    option("empty_catalog", &["empty-catalog"], Flag, Execution, "Do not ask the warehouse for the catalog"),
    option("static", &["static"], Flag, Execution, "Also write one page that holds everything"),
];

/// Where `docs serve` listens.
pub(super) const SERVE: &[OptionSpec] = &[
    option("host", &["host"], Kind::Text, Execution, "Address to listen on")
        .variable("DBT_HOST")
        .default(Text("127.0.0.1")),
    option("port", &["port"], AT_LEAST_ZERO, Execution, "Port to listen on; 0 takes any that is free")
        .default(Integer(8080)),
    option("browser", &["browser"], Switch("no-browser"), Execution, "Open a browser").default(Bool(true)),
];

/// Whether `init` leaves profiles.yml alone.
pub(super) const SKIP_PROFILE_SETUP: OptionSpec =
    option("skip_profile_setup", &["skip-profile-setup"], Flag, Execution, "Do not write a profile").short(&['s']);

/// `seed` without rows; not among the parameters that dbt 1.11 knows.
pub(super) const EMPTY_SEEDS: OptionSpec =
    option("empty_seeds", &["empty"], Flag, Execution, "Make the tables without rows").own();

/// A statement in place of a macro; not among the parameters that dbt 1.11 knows.
pub(super) const OPERATION_SQL: OptionSpec =
    option("sql", &["sql"], Kind::Text, Execution, "SQL with Jinja to run in place of a macro").own();

/// Arguments of a macro.
pub(super) const MACRO_ARGUMENTS: OptionSpec =
    option("args", &["args"], Kind::Text, Execution, "Arguments of the macro as YAML");

/// What `deps` does.
pub(super) const DEPS: &[OptionSpec] = &[
    option("lock", &["lock"], Flag, Execution, "Write package-lock.yml and install nothing"),
    option("upgrade", &["upgrade"], Flag, Execution, "Take the newest versions that are allowed"),
    option("add_package", &["add-package"], Kind::Text, Execution, "Add name@version to the packages"),
    option("source", &["source"], Choice(&["hub", "git", "local"]), Execution, "Where the added package comes from")
        .default(Text("hub")),
];

/// What `debug` looks at.
pub(super) const DEBUG: &[OptionSpec] = &[
    option("config_dir", &["config-dir"], Flag, Output, "Print where profiles.yml is looked for, and nothing else"),
    option("connection", &["connection"], Flag, Execution, "Try the connection only"),
];

/// What `clean` may delete.
pub(super) const CLEAN: OptionSpec = option(
    "clean_project_files_only",
    &["clean-project-files-only"],
    Switch("no-clean-project-files-only"),
    Execution,
    "Refuse to delete what lies outside the project",
)
.variable("DBT_CLEAN_PROJECT_FILES_ONLY")
.default(Bool(true));
