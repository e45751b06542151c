//! `show`, and what `compile` prints: rows or SQL of a few nodes, or of SQL given on the command line.

use super::arguments::{CompileArguments, Selection, ShowArguments, ShowOutput};
use super::execute::{self, Ran, engine_failed, run_nodes, succeeded};
use super::load::Loaded;
use super::{Done, Failed, database, run_operation};
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::context::table;
use crate::jinja::value::{Table, to_json, to_str};
use crate::jinja::warehouse::{Fetch, Rows, Session, Warehouse};
use crate::manifest::{Checksum, DependsOn, Language, Node, NodeKind, NodeStatus, ResourceType, UniqueId};
use crate::project::render::has_jinja;
use crate::run::{CompiledResult, EventKind, NodeResult, RunOutcome, Subject, Timing, TimingStep};
use chrono::Utc;
use indexmap::IndexMap;
use minijinja::Value;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Name of the node that `--inline` makes.
const INLINE: &str = "inline_query";

/// Rows that are shown when nobody says how many.
const ROWS_FOR_PEOPLE: usize = 20;

/// `compile`.
pub(super) fn compile(loaded: &Loaded, arguments: &CompileArguments) -> Done {
    if let Some(sql) = &arguments.inline {
        let Inline { program, session, node } = inline(loaded, sql)?;
        let code = compiled(&program, &node, &session)?;
        loaded.console().print(match arguments.output {
            ShowOutput::Text => format!("Compiled inline node is:\n{code}"),
            ShowOutput::Json => pretty(&json!({ "compiled": code })),
        });
        return Ok(true);
    }
    let ran = run_nodes(loaded)?;
    loaded.write_manifest(&ran.compiled, None).map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    loaded.write_results(&ran.outcome, &loaded.invocation_args).map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    if !arguments.selection.select.is_empty() {
        for (name, code) in texts(&ran) {
            if !is_named(loaded, &arguments.selection, &name) {
                continue;
            }
            loaded.console().print(match arguments.output {
                ShowOutput::Text => format!("Compiled node '{name}' is:\n{code}"),
                ShowOutput::Json => pretty(&json!({ "node": name, "compiled": code })),
            });
        }
    }
    Ok(succeeded(loaded, &ran.outcome))
}

/// As in dbt, what was selected without its name standing in the selection, such as the tests of a model, is compiled and
/// not shown.
fn is_named(loaded: &Loaded, selection: &Selection, name: &str) -> bool {
    let is_named = selection.select.iter().any(|text| text.contains(name));
    if !is_named {
        loaded.console().event(EventKind::Note { message: format!("Excluded node '{name}' from results") });
    }
    is_named
}

fn texts(ran: &Ran) -> Vec<(String, String)> {
    let results = ran.outcome.results.iter().filter(|result| result.status == NodeStatus::Success);
    let texts = results.filter_map(|result| {
        let code = result.compiled.as_ref()?.compiled_code.as_ref()?;
        Some((result.subject.name().to_string(), code.to_string()))
    });
    texts.collect()
}

/// `show`.
pub(super) fn show(loaded: &Loaded, arguments: &ShowArguments) -> Done {
    if arguments.inline.is_none() && arguments.inline_direct.is_none() && arguments.selection.select.is_empty() {
        let message = "Either --select or --inline must be passed to show";
        return Err(Failed(vec![
            Diagnostic::error(ErrorCode::BadOptionValue, message).hint("meshbuild show --select <model>"),
        ]));
    }
    if let Some(sql) = &arguments.inline_direct {
        let warehouse = database::open(loaded.workspace.main_domain(), loaded.console())?;
        let session = warehouse.session().map_err(|cause| engine_failed(&cause))?;
        let rows = query(&session, sql, arguments.limit)?;
        print(loaded, arguments, None, rows);
        return Ok(true);
    }
    if let Some(sql) = &arguments.inline {
        let Inline { program, session, node } = inline(loaded, sql)?;
        let mut results = Vec::new();
        let code = compiled(&program, &node, &session)?;
        let rows = preview(&program, &node, &code, arguments.limit, &session, &mut results)?;
        print(loaded, arguments, None, rows);
        write_results(loaded, results)?;
        return Ok(true);
    }
    let ran = run_nodes(loaded)?;
    let mut results = Vec::new();
    let session = ran.warehouse.session().map_err(|cause| engine_failed(&cause))?;
    let mut shown = true;
    for result in &ran.outcome.results {
        let Some(node) = result.subject.node() else { continue };
        if !is_named(loaded, &arguments.selection, &node.name) {
            continue;
        }
        let code = match (&node.kind, &result.compiled) {
            (NodeKind::Seed(_), _) => match node.relation_name() {
                Some(name) => format!("select * from {name}"),
                None => continue,
            },
            (_, Some(compiled)) => match &compiled.compiled_code {
                Some(code) => code.to_string(),
                None => continue,
            },
            _ => continue,
        };
        match preview(&ran.program, node, &code, arguments.limit, &session, &mut results) {
            Ok(rows) => print(loaded, arguments, Some(&node.name), rows),
            Err(Failed(diagnostics)) => {
                shown = false;
                for diagnostic in diagnostics {
                    loaded.console().report(diagnostic.for_node(node.unique_id.as_arc().clone()));
                }
            }
        }
    }
    write_results(loaded, results)?;
    Ok(shown && succeeded(loaded, &ran.outcome))
}

/// `run_results.json` of what was shown.
fn write_results(loaded: &Loaded, results: Vec<Arc<NodeResult>>) -> Result<(), Failed> {
    let elapsed = results.iter().map(|result| result.execution_time).sum();
    let outcome = RunOutcome { results, elapsed, interrupted: false };
    loaded.write_results(&outcome, &loaded.invocation_args).map_err(|cause| Failed(vec![cause.to_diagnostic()]))
}

/// The rows of a node's SQL, as many as asked for; what was sent is added to `results`.
fn preview(
    program: &Arc<Program>,
    node: &Arc<Node>,
    code: &str,
    limit: Option<u64>,
    session: &Arc<dyn Session>,
    results: &mut Vec<Arc<NodeResult>>,
) -> Result<Rows, Failed> {
    let Some(domain) = program.manifest.domain(&node.domain) else { return Ok(Rows::default()) };
    let header = node.config.text("sql_header").map_or(Value::from(()), Value::from);
    let limit = limit.map_or(Value::from(()), Value::from);
    let sql = run_operation::call(program, domain, "get_show_sql", &[Value::from(code), header, limit], session)?;
    let sql = to_str(&sql);
    let started_at = Utc::now();
    let rows = query(session, &sql, None)?;
    let completed_at = Utc::now();
    let mut result = NodeResult::skipped(Subject::Node(node.clone()), "MainThread", None);
    result.status = NodeStatus::Success;
    result.timing = vec![
        Timing { step: TimingStep::Compile, started_at, completed_at: started_at },
        Timing { step: TimingStep::Execute, started_at, completed_at },
    ];
    result.execution_time = (completed_at - started_at).as_seconds_f64();
    result.compiled = Some(CompiledResult {
        compiled: true,
        compiled_code: Some(sql.into()),
        relation_name: node.relation_name(),
        ..CompiledResult::default()
    });
    results.push(Arc::new(result));
    Ok(rows)
}

fn query(session: &Arc<dyn Session>, sql: &str, limit: Option<u64>) -> Result<Rows, Failed> {
    let fetch = limit.and_then(|limit| usize::try_from(limit).ok()).map_or(Fetch::All, Fetch::AtMost);
    let executed = session.execute(sql, fetch).map_err(|cause| {
        let message = format!("Runtime Error\n  {}", cause.message.replace('\n', "\n  "));
        Failed(vec![Diagnostic::error(ErrorCode::NodeFailed, message)])
    })?;
    Ok(executed.rows.unwrap_or_default())
}

fn print(loaded: &Loaded, arguments: &ShowArguments, name: Option<&str>, rows: Rows) {
    let text = match arguments.output {
        ShowOutput::Json => {
            let mut object = serde_json::Map::new();
            object.extend(name.map(|name| ("node".to_string(), name.into())));
            object.insert("show".to_string(), json_rows(&rows));
            pretty(&Json::Object(object))
        }
        ShowOutput::Text => {
            let limit = arguments.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(ROWS_FOR_PEOPLE);
            let table = table(rows);
            let printed = table.downcast_object_ref::<Table>().map(|table| table.printed(limit)).unwrap_or_default();
            match name {
                Some(name) => format!("Previewing node '{name}':\n{printed}"),
                None => format!("Previewing inline node:\n{printed}"),
            }
        }
    };
    loaded.console().print(text);
}

fn json_rows(rows: &Rows) -> Json {
    let row = |index: usize| {
        let cells = rows.names.iter().zip(&rows.columns);
        let cell = |value: &Value| to_json(value).unwrap_or_else(|_| to_str(value).into());
        Json::Object(cells.map(|(name, values)| (name.clone(), cell(&values[index]))).collect())
    };
    (0..rows.len()).map(row).collect()
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn compiled(program: &Arc<Program>, node: &Arc<Node>, session: &Arc<dyn Session>) -> Result<String, Failed> {
    let code = program.compile(node, Some(session.clone()));
    code.map(|compiled| compiled.code).map_err(|cause| Failed(vec![cause.into_diagnostic(node)]))
}

/// SQL of the command line, ready to be compiled.
pub(super) struct Inline {
    /// What compiles it.
    pub program: Arc<Program>,
    /// Where it runs.
    pub session: Arc<dyn Session>,
    /// The node that stands for it.
    pub node: Arc<Node>,
}

/// A node of SQL of the command line, which may read everything that its domain may.
pub(super) fn inline(loaded: &Loaded, sql: &str) -> Result<Inline, Failed> {
    let domain = match loaded.scope(loaded.setup.arguments.domains())?.as_deref() {
        Some([only]) => only.clone(),
        None if loaded.workspace.domains.len() == 1 || !has_jinja(sql) => {
            loaded.workspace.main_domain().domain.name.clone()
        }
        _ => {
            let message = "whose names does the query use? In a mesh, it runs in one domain";
            return Err(Failed(vec![
                Diagnostic::error(ErrorCode::BadOptionValue, message).hint("name the domain with --domain"),
            ]));
        }
    };
    loaded.setup.sources.insert(INLINE, sql);
    let path = INLINE.to_string();
    let node = Node {
        unique_id: UniqueId::with_prefix("sql_operation", domain.as_str(), None, INLINE),
        package_name: domain.as_arc().clone(),
        name: INLINE.into(),
        fqn: vec![domain.as_arc().clone(), INLINE.into()],
        path: path.clone(),
        original_file_path: path,
        patch_path: None,
        raw_code: sql.into(),
        language: Language::Sql,
        checksum: Checksum::default(),
        description: String::new(),
        doc_blocks: Vec::new(),
        columns: IndexMap::new(),
        config: Arc::default(),
        unrendered_config: Arc::default(),
        relation: None,
        alias: INLINE.to_string(),
        refs: Vec::new(),
        sources: Vec::new(),
        functions: Vec::new(),
        metrics: Vec::new(),
        depends_on: DependsOn { nodes: loaded.manifest.nodes.keys().cloned().collect(), macros: Vec::new() },
        show_in_docs: true,
        node_color: None,
        kind: NodeKind::Operation,
        domain,
    };
    debug_assert_eq!(node.resource_type(), ResourceType::Operation);
    let warehouse = database::open(loaded.workspace.main_domain(), loaded.console())?;
    let session = warehouse.session().map_err(|cause| execute::engine_failed(&cause))?;
    Ok(Inline { program: Arc::new(loaded.program()), session, node: Arc::new(node) })
}
