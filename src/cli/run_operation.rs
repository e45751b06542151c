//! `run-operation`: calls a macro, and how other commands call one.

use super::arguments::{Arguments, Command, Operation, RunOperationArguments};
use super::load::Loaded;
use super::show::{Inline, inline};
use super::{Done, Failed, database, execute, workspace};
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::context::{NodeScope, Pass};
use crate::jinja::runtime::Phase;
use crate::jinja::value::from_json;
use crate::jinja::warehouse::{Fetch, Session, Warehouse};
use crate::jinja::{Engine, MacroDefinition, MacroNamespace};
use crate::manifest::{Domain, JsonMap, NodeStatus, UniqueId};
use crate::run::{EventKind, Hook, HookPhase, NodeResult, RunOutcome, Subject, Timing, TimingStep};
use chrono::{DateTime, Utc};
use minijinja::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// `--args` as a mapping, if the command has it and it is one.
pub(super) fn macro_arguments(arguments: &Arguments) -> Option<JsonMap> {
    match &arguments.command {
        Command::RunOperation(operation) => workspace::yaml_mapping(operation.arguments.as_deref().unwrap_or_default()),
        _ => None,
    }
}

/// Runs what was named and writes what dbt writes of it.
pub(super) fn run_operation(loaded: &Loaded, arguments: &RunOperationArguments) -> Done {
    let written = loaded.write_manifest(&HashMap::new(), None);
    let ran = match &arguments.operation {
        Operation::Macro(name) => {
            let domain = domain_of(loaded, arguments)?;
            written.map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
            call_by_name(loaded, &domain, name)?
        }
        Operation::Sql(sql) => {
            written.map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
            execute_sql(loaded, sql)?
        }
    };
    let failed = ran.result.status == NodeStatus::Error;
    let outcome =
        RunOutcome { elapsed: ran.result.execution_time, results: vec![Arc::new(ran.result)], interrupted: false };
    if let Some(diagnostic) = ran.diagnostic {
        loaded.console().report(diagnostic);
    }
    let args = loaded.setup.with_paths(&loaded.workspace, |paths| loaded.setup.arguments.operation_args_dict(paths));
    loaded.write_results(&outcome, &args).map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    Ok(!failed)
}

/// What came of an operation.
struct Ran {
    result: NodeResult,
    diagnostic: Option<Diagnostic>,
}

impl Ran {
    /// The result of `hook`, which was run since `started_at`; `shown` is in front of what went wrong.
    fn new(hook: Hook, started_at: DateTime<Utc>, shown: &str, outcome: Result<(), Wrong>) -> Self {
        let completed_at = Utc::now();
        let (message, diagnostic) = match outcome {
            Ok(()) => (None, None),
            Err(Wrong { text, diagnostic }) => {
                let message = format!("Encountered an error while running operation: {shown}{text}");
                let diagnostic = Diagnostic { code: ErrorCode::OperationFailed, message, ..*diagnostic };
                (Some(text), Some(diagnostic))
            }
        };
        let failed = message.is_some();
        let mut result = NodeResult::skipped(Subject::Hook(Arc::new(hook)), "MainThread", message);
        result.status = if failed { NodeStatus::Error } else { NodeStatus::Success };
        result.timing = vec![
            Timing { step: TimingStep::Compile, started_at, completed_at: started_at },
            Timing { step: TimingStep::Execute, started_at, completed_at },
        ];
        result.execution_time = (completed_at - started_at).as_seconds_f64();
        result.failures = Some(i64::from(failed));
        Ran { result, diagnostic }
    }
}

/// Why an operation failed: as dbt says it, and as a diagnostic.
struct Wrong {
    text: String,
    diagnostic: Box<Diagnostic>,
}

/// What `run_results.json` calls an operation.
fn operation(unique_id: UniqueId, domain: &Domain, package: &Arc<str>, name: &str) -> Hook {
    let (domain, package_name) = (domain.name.clone(), package.clone());
    Hook { unique_id, domain, package_name, name: name.into(), phase: HookPhase::Start, index: 1, total: 1 }
}

/// The domain in which a macro is called.
fn domain_of(loaded: &Loaded, arguments: &RunOperationArguments) -> Result<Arc<Domain>, Failed> {
    let domain = match loaded.scope(&arguments.domains)?.as_deref() {
        Some([only]) => only.clone(),
        Some(_) => return Err(refused("an operation runs in one domain".to_string(), "name one with --domain")),
        None if loaded.workspace.domains.len() == 1 => loaded.workspace.main_domain().domain.name.clone(),
        None => return Err(refused("in which domain should the operation run?".to_string(), "name it with --domain")),
    };
    let found = loaded.manifest.domain(&domain).cloned();
    found.ok_or_else(|| refused(format!("there is no domain '{domain}'"), "check the name"))
}

fn call_by_name(loaded: &Loaded, domain: &Arc<Domain>, name: &str) -> Result<Ran, Failed> {
    let program = Arc::new(loaded.program());
    let (definition, namespace) = find(&program, domain, name)?;
    let arguments = macro_arguments(&loaded.setup.arguments).unwrap_or_default();
    let arguments: Vec<Value> = match arguments.is_empty() {
        true => Vec::new(),
        false => vec![
            minijinja::value::Kwargs::from_iter(arguments.iter().map(|(name, value)| (name.clone(), from_json(value))))
                .into(),
        ],
    };
    let warehouse = database::open(loaded.workspace.main_domain(), loaded.console())?;
    let session = warehouse.session().map_err(|cause| execute::engine_failed(&cause))?;
    let started_at = Utc::now();
    let scope = scope(&program, domain, &session);
    let outcome = Engine::new().call_macro(Phase::Execute, &definition, &arguments, &namespace, Arc::new(scope));
    // As in dbt, a macro that opens a transaction has to commit it.
    session.rollback();
    let unique_id = UniqueId::with_prefix("macro", &definition.package, None, &definition.name);
    let outcome = outcome
        .map(drop)
        .map_err(|cause| Wrong { text: cause.message.clone(), diagnostic: Box::new(cause.into_diagnostic()) });
    let hook = operation(unique_id, domain, &definition.package, name);
    Ok(Ran::new(hook, started_at, &format!("{name}\n"), outcome))
}

/// Runs SQL of the command line, which may name everything that its domain may.
///
/// What it did is kept, unless it has taken that into its own hands with `begin`. (dbt 1.12.6 leaves its transaction open,
/// so that on DuckDB nothing stays.)
fn execute_sql(loaded: &Loaded, sql: &str) -> Result<Ran, Failed> {
    let Inline { program, session, node } = inline(loaded, sql)?;
    let Some(domain) = program.manifest.domain(&node.domain).cloned() else {
        return Err(refused(format!("there is no domain '{}'", node.domain), "check the name"));
    };
    let started_at = Utc::now();
    let note = |message: &str| loaded.console().event(EventKind::Note { message: message.to_string() });
    note("1 of 1 START executing inline_query");
    let outcome = program
        .compile(&node, Some(session.clone()))
        .map_err(|cause| Wrong { text: cause.message(&node), diagnostic: Box::new(cause.into_diagnostic(&node)) });
    let outcome = outcome.and_then(|compiled| {
        let run = session.execute(&compiled.code, Fetch::Nothing).and_then(|_| session.commit());
        run.map_err(|cause| {
            let text = format!("Runtime Error\n  {}", cause.message.replace('\n', "\n  "));
            let diagnostic = Diagnostic::error(ErrorCode::OperationFailed, text.clone());
            let hint = "the statement stands behind --sql; Jinja in it is rendered first";
            Wrong { text, diagnostic: Box::new(diagnostic.hint(hint)) }
        })
    });
    session.rollback();
    note(if outcome.is_ok() { "1 of 1 OK executed inline_query" } else { "1 of 1 ERROR executing inline_query" });
    let hook = operation(node.unique_id.clone(), &domain, &node.package_name, &node.name);
    Ok(Ran::new(hook, started_at, "", outcome))
}

fn refused(message: String, hint: &str) -> Failed {
    Failed(vec![Diagnostic::error(ErrorCode::OperationFailed, message).hint(hint)])
}

/// `name` or `package.name`, as the domain's own code would find it.
fn find(program: &Program, domain: &Domain, name: &str) -> Result<(Arc<MacroDefinition>, Arc<MacroNamespace>), Failed> {
    let Some(macros) = program.macros.get(&domain.name) else {
        return Err(refused(format!("the domain '{}' has no macros", domain.name), "check the project's files"));
    };
    let namespace = macros.namespace(domain.name.as_str());
    let found = match name.split_once('.') {
        Some((package, name)) => namespace.get_from_package(Some(package), name).ok().flatten(),
        None => namespace.get_from_package(None, name).ok().flatten(),
    };
    match found {
        Some(definition) => Ok((definition, namespace)),
        None => {
            let message = format!("dbt could not find a macro with the name '{name}' in any package");
            let error = Diagnostic::error(ErrorCode::OperationFailed, message);
            let names: Vec<&str> = namespace.names().map(|name| &**name).collect();
            Err(Failed(vec![match crate::diagnostic::closest(name, names) {
                Some(close) => error.hint(format!("did you mean `{close}`?")),
                None => error.hint("the macro stands in `macros/` of the project, or is called `package.name`"),
            }]))
        }
    }
}

/// The context of code that belongs to a domain and to none of its nodes.
fn scope(program: &Arc<Program>, domain: &Arc<Domain>, session: &Arc<dyn Session>) -> NodeScope {
    NodeScope::new(Pass::Execute, program.invocation.clone(), domain.clone(), None, program.clone())
        .with_session(session.clone(), program.cache.clone())
}

/// Calls a macro that every project has.
pub(super) fn call(
    program: &Arc<Program>,
    domain: &Arc<Domain>,
    name: &str,
    arguments: &[Value],
    session: &Arc<dyn Session>,
) -> Result<Value, Failed> {
    let (definition, namespace) = find(program, domain, name)?;
    let scope = Arc::new(scope(program, domain, session));
    Engine::new()
        .call_macro(Phase::Execute, &definition, arguments, &namespace, scope)
        .map(|rendered| rendered.output)
        .map_err(|cause| Failed(vec![cause.into_diagnostic()]))
}
