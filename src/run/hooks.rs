//! Statements of `on-run-start` and `on-run-end`.
//! Source: <https://docs.getdbt.com/reference/project-configs/on-run-start-on-run-end>.

use super::result::{CompiledResult, Hook, HookPhase, NodeResult, Subject, Timing, TimingStep};
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::context::{NodeScope, Pass, function};
use crate::jinja::runtime::Phase;
use crate::jinja::value::{dict, from_json, list};
use crate::jinja::warehouse::{Fetch, Session};
use crate::jinja::{Engine, Unit, parse_template};
use crate::manifest::{JsonMap, Node, NodeStatus};
use crate::plan::{HookMoment, HookTask, Task};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use std::sync::Arc;

/// The hook that a task stands for.
pub(super) fn describe(program: &Program, task: &Task, hook: &HookTask) -> Arc<Hook> {
    let domain = program.manifest.domain(&task.domain);
    let (phase, hooks) = match hook.moment {
        HookMoment::Start => (HookPhase::Start, domain.map(|domain| &domain.on_run_start)),
        HookMoment::End => (HookPhase::End, domain.map(|domain| &domain.on_run_end)),
    };
    let name = task.unique_id.as_str().splitn(3, '.').nth(2).unwrap_or_default();
    Arc::new(Hook {
        unique_id: task.unique_id.clone(),
        domain: task.domain.clone(),
        package_name: hook.package_name.clone(),
        name: name.into(),
        phase,
        index: hook.index + 1,
        total: hooks.map_or(0, Vec::len),
    })
}

/// Renders and runs a hook. `results` are those of its domain so far, which `on-run-end` sees.
pub(super) fn execute(
    program: &Arc<Program>,
    hook: &Arc<Hook>,
    session: &Arc<dyn Session>,
    results: &[Arc<NodeResult>],
) -> NodeResult {
    let started_at = Utc::now();
    let rendered = render(program, hook, session, results);
    let rendered_at = Utc::now();
    let outcome = rendered.and_then(|sql| run(&sql, session).map(|()| sql));
    session.rollback();
    let completed_at = Utc::now();
    let name = hook.statement();
    let (status, message, code) = match outcome {
        Ok(sql) => (NodeStatus::Success, format!("{name} passed"), Some(sql)),
        Err(message) => (NodeStatus::Error, format!("{name} failed, error:\n {message}"), None),
    };
    let diagnostic = (status == NodeStatus::Error).then(|| {
        let file = match program.manifest.domain(&hook.domain).map_or("", |domain| domain.root.as_str()) {
            "" => "dbt_project.yml".to_string(),
            root => format!("{root}/dbt_project.yml"),
        };
        let key = match hook.phase {
            HookPhase::Start => "on-run-start",
            HookPhase::End => "on-run-end",
        };
        let title = ErrorCode::NodeFailed.title();
        let hint = format!("this is statement {} of `{key}` of the project {}", hook.index, hook.package_name);
        Arc::new(Diagnostic::error(ErrorCode::NodeFailed, title).at(Span::file(file)).hint(hint))
    });
    NodeResult {
        subject: Subject::Hook(hook.clone()),
        status,
        timing: vec![
            Timing { step: TimingStep::Compile, started_at, completed_at: rendered_at },
            Timing { step: TimingStep::Execute, started_at: rendered_at, completed_at },
        ],
        thread_id: std::thread::current().name().unwrap_or("MainThread").into(),
        execution_time: (completed_at - started_at).as_seconds_f64(),
        adapter_response: JsonMap::new(),
        message: Some(message),
        failures: Some(i64::from(status == NodeStatus::Error)),
        compiled: Some(CompiledResult {
            compiled: code.is_some(),
            compiled_code: code.map(Arc::from),
            ..CompiledResult::default()
        }),
        batch_results: None,
        overload_results: None,
        freshness: None,
        diagnostic,
    }
}

fn render(
    program: &Arc<Program>,
    hook: &Hook,
    session: &Arc<dyn Session>,
    results: &[Arc<NodeResult>],
) -> Result<String, String> {
    let domain = program.manifest.domain(&hook.domain).ok_or_else(|| format!("there is no domain {}", hook.domain))?;
    let hooks = match hook.phase {
        HookPhase::Start => &domain.on_run_start,
        HookPhase::End => &domain.on_run_end,
    };
    let (_, template) = hooks.get(hook.index - 1).ok_or_else(|| format!("there is no hook {}", hook.name))?;
    let file: Arc<str> = "dbt_project.yml".into();
    let described = format!("operation {} (./dbt_project.yml)", hook.name);
    let body = parse_template(&file, template)
        .map_err(|cause| format!("Compilation Error in {described}\n  {}", cause.message))?;
    let unit = Unit::template(&hook.name, &file, &body);
    let macros = program.macros.get(&hook.domain).ok_or_else(|| format!("there is no domain {}", hook.domain))?;
    let mut scope = NodeScope::new(Pass::Execute, program.invocation.clone(), domain.clone(), None, program.clone())
        .with_session(session.clone(), program.cache.clone());
    if hook.phase == HookPhase::End {
        let nodes = results.iter().filter_map(|result| Some(shown(program, result, result.subject.node()?)));
        scope = scope.with_local("results", list(nodes.collect()));
    }
    let namespace = macros.namespace(&hook.package_name);
    let rendered = Engine::new().render(Phase::Execute, &unit, &namespace, Arc::new(scope));
    rendered.map(|rendered| rendered.output).map_err(|cause| match cause.message.strip_prefix("Runtime Error\n") {
        Some(rest) => format!("Runtime Error in {described}\n{rest}"),
        None => cause.dbt_text(&described),
    })
}

fn run(sql: &str, session: &Arc<dyn Session>) -> Result<(), String> {
    if sql.trim().is_empty() {
        return Ok(());
    }
    session
        .execute(sql, Fetch::Nothing)
        .map_err(|cause| format!("Database Error\n  {}", cause.message.replace('\n', "\n  ")))?;
    session.commit().map_err(|cause| cause.message)
}

/// A result as `results` shows it.
fn shown(program: &Program, result: &NodeResult, node: &Node) -> minijinja::Value {
    let fields = json!({
        "unique_id": result.unique_id().as_str(),
        "status": result.status.as_str(),
        "message": result.message,
        "failures": result.failures,
        "execution_time": result.execution_time,
        "thread_id": &*result.thread_id,
        "adapter_response": result.adapter_response,
    });
    // As artifacts have it: microseconds, and `Z`.
    let time = |time: &DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
    let timing = result.timing.iter().map(|timing| {
        json!({
            "name": timing.step.as_str(),
            "started_at": time(&timing.started_at),
            "completed_at": time(&timing.completed_at),
        })
    });
    let timing: Vec<serde_json::Value> = timing.collect();
    let shown_node = with_compiled(program.dict_json(node), result);
    let mut whole = fields.clone();
    if let Some(whole) = whole.as_object_mut() {
        whole.insert("node".to_owned(), shown_node.clone());
        whole.insert("timing".to_owned(), timing.clone().into());
    }
    let objects = [
        ("node".into(), object(&shown_node, &shown_node)),
        ("timing".into(), list(timing.iter().map(|step| object(step, step)).collect())),
    ];
    extended(&fields, &whole, objects)
}

/// A node with what was compiled of it.
fn with_compiled(mut node: serde_json::Value, result: &NodeResult) -> serde_json::Value {
    if let (Some(entries), Some(compiled)) = (node.as_object_mut(), &result.compiled)
        && let Some(code) = compiled.compiled_code.as_deref()
    {
        entries.insert("compiled".to_owned(), true.into());
        entries.insert("compiled_code".to_owned(), code.into());
        entries.insert("compiled_path".to_owned(), compiled.compiled_path.as_deref().into());
    }
    node
}

/// A dictionary with dbt's `to_dict`: its results, their nodes and their timings are objects that become dictionaries on
/// demand.
fn object(fields: &serde_json::Value, whole: &serde_json::Value) -> minijinja::Value {
    extended(fields, whole, [])
}

fn extended<const N: usize>(
    fields: &serde_json::Value,
    whole: &serde_json::Value,
    more: [(minijinja::Value, minijinja::Value); N],
) -> minijinja::Value {
    let whole = from_json(whole);
    let to_dict = function("to_dict", move |_, _| Ok(whole.clone()));
    let entries = fields.as_object().into_iter().flatten().map(|(key, field)| (key.as_str().into(), from_json(field)));
    dict(entries.chain(more).chain([("to_dict".into(), to_dict)]).collect())
}
