//! `run-operation`: calls a macro, and how other commands call one.

use super::arguments::{Arguments, Command, RunOperationArguments};
use super::load::Loaded;
use super::{Done, Failed, database, execute, workspace};
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::context::{NodeScope, Pass};
use crate::jinja::runtime::Phase;
use crate::jinja::value::from_json;
use crate::jinja::warehouse::{Session, Warehouse};
use crate::jinja::{Engine, MacroDefinition, MacroNamespace, RenderError};
use crate::manifest::{Domain, JsonMap, NodeStatus, UniqueId};
use crate::run::{Hook, HookPhase, NodeResult, RunOutcome, Subject, Timing, TimingStep};
use chrono::Utc;
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

/// Calls the macro and writes what dbt writes of it.
pub(super) fn run_operation(loaded: &Loaded, operation: &RunOperationArguments) -> Done {
    let domain = match loaded.scope(&operation.domains)?.as_deref() {
        Some([only]) => only.clone(),
        Some(_) => return Err(refused("an operation runs in one domain".to_string(), "name one with --domain")),
        None if loaded.workspace.domains.len() == 1 => loaded.workspace.main_domain().domain.name.clone(),
        None => return Err(refused("in which domain should the operation run?".to_string(), "name it with --domain")),
    };
    let Some(domain) = loaded.manifest.domain(&domain).cloned() else { return Ok(false) };
    let written = loaded.write_manifest(&HashMap::new(), None);
    written.map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    let program = Arc::new(loaded.program());
    let (definition, namespace) = find(&program, &domain, &operation.macro_name)?;
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
    let scope = scope(&program, &domain, &session);
    let outcome = Engine::new().call_macro(Phase::Execute, &definition, &arguments, &namespace, Arc::new(scope));
    // As in dbt, a macro that opens a transaction has to commit it.
    session.rollback();
    let completed_at = Utc::now();
    let message = outcome.as_ref().err().map(|cause| cause.message.clone());
    let failed = message.is_some();
    if let Err(cause) = outcome {
        let text = cause.message.clone();
        loaded.console().report(failure(cause, &operation.macro_name, &text));
    }
    let hook = Hook {
        unique_id: UniqueId::with_prefix("macro", &definition.package, None, &definition.name),
        domain: domain.name.clone(),
        package_name: definition.package.clone(),
        name: operation.macro_name.as_str().into(),
        phase: HookPhase::Start,
        index: 1,
        total: 1,
    };
    let elapsed = (completed_at - started_at).as_seconds_f64();
    let mut result = NodeResult::skipped(Subject::Hook(Arc::new(hook)), "MainThread", message);
    result.status = if failed { NodeStatus::Error } else { NodeStatus::Success };
    result.timing = vec![
        Timing { step: TimingStep::Compile, started_at, completed_at: started_at },
        Timing { step: TimingStep::Execute, started_at, completed_at },
    ];
    result.execution_time = elapsed;
    result.failures = Some(i64::from(failed));
    let outcome = RunOutcome { results: vec![Arc::new(result)], elapsed, interrupted: false };
    let args = loaded.setup.with_paths(&loaded.workspace, |paths| loaded.setup.arguments.operation_args_dict(paths));
    loaded.write_results(&outcome, &args).map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    Ok(!failed)
}

fn failure(cause: RenderError, name: &str, text: &str) -> Diagnostic {
    let diagnostic = cause.into_diagnostic();
    Diagnostic {
        code: ErrorCode::OperationFailed,
        message: format!("Encountered an error while running operation: {name}\n{text}"),
        ..diagnostic
    }
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
