//! From values by name to [`Arguments`]: the one place that knows which name is which field.

use super::command_line::{CommandLine, Source};
use super::commands::{CommandKind, Work};
use super::types::*;
use super::usage::Stop;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::JsonMap;
use crate::report::{LogFormat, LogLevel};
use crate::selector::{IndirectSelection, ResourceTypeArgument};
use clap_complete::Shell;
use serde_json::Value;
use std::path::PathBuf;

/// The typed form of `line`, whose values are final.
pub(super) fn arguments(line: &CommandLine) -> Result<Arguments, Stop> {
    Ok(Arguments {
        command: command(line)?,
        global: global(line),
        invocation: line.invocation.clone(),
        warnings: line.warnings.clone(),
        parameters: parameters(line),
    })
}

/// dbt's parameters: what meshbuild adds is not among them.
fn parameters(line: &CommandLine) -> JsonMap {
    let known = line.settings.iter().filter(|setting| !setting.spec.own);
    let mut parameters: JsonMap = known.map(|setting| (setting.spec.name.to_owned(), setting.value.clone())).collect();
    if let CommandKind::Works(Work::RunOperation) = line.command.kind {
        parameters.insert("macro".to_owned(), Value::from(line.positional.clone()));
    }
    parameters
}

fn command(line: &CommandLine) -> Result<Command, Stop> {
    let CommandKind::Works(work) = line.command.kind else {
        return Err(line.invocation.usage_error("Missing command.").into());
    };
    let positional = || line.positional.clone().unwrap_or_default();
    Ok(match work {
        Work::Build => Command::Build(BuildArguments {
            selection: selection(line),
            full_refresh: line.is_on("full_refresh"),
            empty: line.is_on("empty"),
            store_failures: line.is_on("store_failures"),
            show: line.is_on("show"),
        }),
        Work::Run => Command::Run(RunArguments {
            selection: selection(line),
            full_refresh: line.is_on("full_refresh"),
            empty: line.is_on("empty"),
            no_tests: line.is_on("no_tests"),
        }),
        Work::Test => {
            Command::Test(TestArguments { selection: selection(line), store_failures: line.is_on("store_failures") })
        }
        Work::Seed => Command::Seed(SeedArguments {
            selection: selection(line),
            full_refresh: line.is_on("full_refresh"),
            empty: line.is_on("empty_seeds"),
            show: line.is_on("show"),
        }),
        Work::Snapshot => {
            Command::Snapshot(SnapshotArguments { selection: selection(line), empty: line.is_on("empty") })
        }
        Work::Compile => Command::Compile(CompileArguments {
            selection: selection(line),
            inline: line.text("inline"),
            output: show_output(line),
            full_refresh: line.is_on("full_refresh"),
            empty: line.is_on("empty"),
            inject_ephemeral_ctes: line.is_on("inject_ephemeral_ctes"),
        }),
        Work::Show => Command::Show(ShowArguments {
            selection: selection(line),
            inline: line.text("inline"),
            inline_direct: line.text("inline_direct"),
            output: show_output(line),
            limit: line.integer("limit").and_then(|rows| u64::try_from(rows).ok()),
            full_refresh: line.is_on("full_refresh"),
        }),
        Work::List => Command::List(list(line)?),
        Work::Parse => Command::Parse,
        Work::DocsGenerate => Command::DocsGenerate(DocsGenerateArguments {
            selection: selection(line),
            compile: line.is_on("compile"),
            empty_catalog: line.is_on("empty_catalog"),
            static_page: line.is_on("static"),
        }),
        Work::DocsServe => Command::DocsServe(serve(line)?),
        Work::Init => Command::Init(InitArguments {
            project_name: line.positional.clone(),
            skip_profile_setup: line.is_on("skip_profile_setup"),
        }),
        Work::SourceFreshness => {
            Command::SourceFreshness(FreshnessArguments { selection: selection(line), output: line.path("output") })
        }
        Work::Clone => {
            Command::Clone(CloneArguments { selection: selection(line), full_refresh: line.is_on("full_refresh") })
        }
        Work::Retry => Command::Retry,
        Work::RunOperation => Command::RunOperation(run_operation(line)?),
        Work::Deps => Command::Deps(deps(line)?),
        Work::Debug => Command::Debug(DebugArguments {
            config_dir: line.is_on("config_dir"),
            connection: line.is_on("connection"),
        }),
        Work::Check => Command::Check(CheckArguments { selection: selection(line), no_tests: line.is_on("no_tests") }),
        Work::ContractDiff => Command::ContractDiff(ContractDiffArguments {
            against: line.text("against").unwrap_or_default(),
            format: match line.text("format").as_deref() {
                Some("json") => DiffFormat::Json,
                Some("markdown") => DiffFormat::Markdown,
                Some("github") => DiffFormat::Github,
                Some("sarif") => DiffFormat::Sarif,
                Some("junit") => DiffFormat::Junit,
                _ => DiffFormat::Text,
            },
        }),
        Work::ContractInfer => {
            Command::ContractInfer(ContractInferArguments { selection: selection(line), write: line.is_on("write") })
        }
        Work::Lineage => Command::Lineage(lineage(line)?),
        Work::Clean => Command::Clean(CleanArguments { project_files_only: line.is_on("clean_project_files_only") }),
        Work::Explain => Command::Explain { code: positional() },
        Work::Completions => Command::Completions { shell: shell(line, &positional())? },
    })
}

fn run_operation(line: &CommandLine) -> Result<RunOperationArguments, Stop> {
    let arguments = line.text("args");
    let refused =
        |message: &str, hint: &str| -> Stop { Diagnostic::error(ErrorCode::BadOptionValue, message).hint(hint).into() };
    let operation = match (line.positional.clone(), line.text("sql")) {
        (Some(name), None) => Operation::Macro(name),
        (None, Some(_)) if arguments.as_deref().is_some_and(|text| text.trim() != "{}") => {
            let message = "--args cannot be used with --sql; pass arguments directly in the SQL";
            return Err(refused(message, "write the values into the SQL"));
        }
        (None, Some(sql)) => Operation::Sql(sql),
        (Some(_), Some(_)) => {
            let message = "Cannot specify both a macro name and --sql for run-operation";
            return Err(refused(message, "leave one of the two out"));
        }
        (None, None) => return Err(line.invocation.usage_error("Missing argument 'MACRO'.").into()),
    };
    Ok(RunOperationArguments { operation, arguments, domains: line.words("domain") })
}

fn lineage(line: &CommandLine) -> Result<LineageArguments, Stop> {
    if line.is_on("upstream") && line.is_on("downstream") {
        return Err(bad_value("\"upstream\" and \"downstream\" are mutually exclusive arguments".to_owned()).into());
    }
    let format = match line.text("format").as_deref() {
        Some("json") => LineageFormat::Json,
        Some("mermaid") => LineageFormat::Mermaid,
        Some("dot") => LineageFormat::Dot,
        _ => LineageFormat::Text,
    };
    Ok(LineageArguments { node: line.positional.clone(), downstream: line.is_on("downstream"), format })
}

fn selection(line: &CommandLine) -> Selection {
    let types = |name| line.words(name).iter().filter_map(|word| ResourceTypeArgument::parse(word)).collect();
    Selection {
        select: line.words("select"),
        exclude: line.words("exclude"),
        selector: line.text("selector"),
        resource_types: types("resource_types"),
        exclude_resource_types: types("exclude_resource_types"),
        domains: line.words("domain"),
    }
}

/// `--models` of `list` is a selection that excludes the others (`dbt/task/list.py`).
fn list(line: &CommandLine) -> Result<ListArguments, Stop> {
    let mut selection = selection(line);
    let models = line.words("models");
    let models_only = !models.is_empty();
    if models_only {
        for (name, taken) in
            [("select", !selection.select.is_empty()), ("resource_type", !selection.resource_types.is_empty())]
        {
            if taken {
                let message = format!("\"models\" and \"{name}\" are mutually exclusive arguments");
                return Err(bad_value(message).into());
            }
        }
        selection.select = models;
    }
    let output = match line.text("output").as_deref() {
        Some("json") => ListOutput::Json,
        Some("name") => ListOutput::Name,
        Some("path") => ListOutput::Path,
        _ => ListOutput::Selector,
    };
    Ok(ListArguments { selection, models_only, output, output_keys: line.words("output_keys") })
}

fn serve(line: &CommandLine) -> Result<ServeArguments, Stop> {
    let port = line.integer("port").unwrap_or_default();
    let port = u16::try_from(port)
        .map_err(|_| line.invocation.invalid_value("'--port'", &format!("{port} is not in the range 0<=x<=65535.")))?;
    Ok(ServeArguments { host: line.text("host").unwrap_or_default(), port, browser: line.is_on("browser") })
}

fn deps(line: &CommandLine) -> Result<DepsArguments, Stop> {
    let word = line.text("source");
    let source = match word.as_deref() {
        Some("git") => PackageSource::Git,
        Some("local") => PackageSource::Local,
        _ => PackageSource::Hub,
    };
    let add_package = line.text("add_package").map(|text| match text.split_once('@') {
        // as dbt: with two of them the whole text is the name
        Some((name, version)) if !version.contains('@') => NewPackage {
            name: name.to_owned(),
            version: Some(version.to_owned()).filter(|version| !version.is_empty()),
        },
        _ => NewPackage { name: text, version: None },
    });
    if source != PackageSource::Local && add_package.as_ref().is_some_and(|package| package.version.is_none()) {
        let word = word.unwrap_or_default();
        let message = format!("Version is required in --add-package when a package when source is {word}");
        return Err(Diagnostic::error(ErrorCode::BadOptionValue, message)
            .hint("write `--add-package name@version`, or `--source local` for a folder")
            .into());
    }
    Ok(DepsArguments { lock: line.is_on("lock"), upgrade: line.is_on("upgrade"), add_package, source })
}

fn shell(line: &CommandLine, name: &str) -> Result<Shell, Stop> {
    name.to_ascii_lowercase().parse().map_err(|_| {
        let known = ["bash", "elvish", "fish", "powershell", "zsh"].map(|shell| format!("'{shell}'")).join(", ");
        line.invocation.invalid_value("'SHELL'", &format!("'{name}' is not one of {known}.")).into()
    })
}

fn show_output(line: &CommandLine) -> ShowOutput {
    if line.text("output").as_deref() == Some("json") { ShowOutput::Json } else { ShowOutput::Text }
}

fn global(line: &CommandLine) -> GlobalOptions {
    let threads = line.integer("threads").and_then(|number| usize::try_from(number).ok());
    GlobalOptions {
        project: project(line),
        output: output(line),
        warnings: WarningOptions { warn_error: line.is_on("warn_error"), warn_error_options: warn_error_source(line) },
        state: StateOptions {
            state: line.path("state"),
            defer: line.is_on("defer"),
            defer_state: line.path("defer_state"),
            favor_state: line.is_on("favor_state"),
        },
        indirect_selection: line
            .text("indirect_selection")
            .and_then(|word| IndirectSelection::parse(&word))
            .unwrap_or_default(),
        fail_fast: line.is_on("fail_fast"),
        threads: if line.is_on("single_threaded") { Some(1) } else { threads },
        write_json: line.is_on("write_json"),
        version_check: line.is_on("version_check"),
        partial_parse: line.is_on("partial_parse"),
        invocation_id: line.text("invocation_id"),
    }
}

fn project(line: &CommandLine) -> ProjectOptions {
    ProjectOptions {
        project_dir: line.path("project_dir"),
        profiles_dir: line.path("profiles_dir"),
        target_path: line.path("target_path"),
        mesh_dir: line.path("mesh_dir"),
        no_mesh: line.is_on("no_mesh"),
        profile: line.text("profile"),
        target: line.text("target"),
        vars: line.text("vars").unwrap_or_else(|| "{}".to_owned()),
    }
}

fn output(line: &CommandLine) -> OutputOptions {
    let format = |name| line.text(name).and_then(|word| word.parse::<LogFormat>().ok());
    let level = |name| line.text(name).and_then(|word| LogLevel::parse(&word)).flatten();
    OutputOptions {
        debug: line.is_on("debug"),
        quiet: line.is_on("quiet"),
        print: line.is_on("print"),
        printer_width: line.integer("printer_width").and_then(|columns| usize::try_from(columns).ok()).unwrap_or(80),
        use_colors: color_choice(line, "use_colors"),
        use_colors_file: color_choice(line, "use_colors_file"),
        log_format: format("log_format"),
        log_format_file: format("log_format_file"),
        log_level: level("log_level"),
        log_level_file: level("log_level_file"),
        log_path: line.path("log_path"),
        log_file_max_bytes: line.integer("log_file_max_bytes").and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        show_all_deprecations: line.is_on("show_all_deprecations"),
        log_cache_events: line.is_on("log_cache_events"),
    }
}

fn color_choice(line: &CommandLine, name: &str) -> ColorChoice {
    match line.setting(name) {
        Some(setting) if setting.source == Source::Default => ColorChoice::Auto,
        _ if line.is_on(name) => ColorChoice::Always,
        _ => ColorChoice::Never,
    }
}

fn warn_error_source(line: &CommandLine) -> WarnErrorSource {
    match line.setting("warn_error_options") {
        Some(setting) if setting.source != Source::Default => match &setting.value {
            Value::Object(map) => WarnErrorSource::Map(map.clone()),
            value => WarnErrorSource::Text(value.as_str().unwrap_or_default().to_owned()),
        },
        _ => WarnErrorSource::Absent,
    }
}

fn bad_value(message: String) -> Diagnostic {
    Diagnostic::error(ErrorCode::BadOptionValue, message).hint("leave one of the two out")
}

/// Values by name. A name that the command does not have is absent, off or empty.
impl CommandLine {
    fn value(&self, name: &str) -> Option<&Value> {
        self.setting(name).map(|setting| &setting.value)
    }

    fn is_on(&self, name: &str) -> bool {
        self.value(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.value(name).and_then(Value::as_str).map(str::to_owned)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(Value::as_i64)
    }

    fn words(&self, name: &str) -> Vec<String> {
        let words = self.value(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    }
}
