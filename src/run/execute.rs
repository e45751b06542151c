//! One node: compiled, then built or tested through its materialization.

use super::failure::Failure;
use super::foreign_keys::ForeignKeys;
use super::freshness::{self, SourceFreshness};
use super::prepare::stores_failures;
use super::result::{CompiledResult, NodeResult, Subject, Timing, TimingStep, seconds};
use super::scheduler::Work;
use super::unit_test;
use crate::compile::{CompileError, CompiledNode, Program, SessionEngine, SqlFinding};
use crate::diagnostic::Diagnostic;
use crate::jinja::context::{DuckDBRelation, NodeScope, missing_materialization, response_of};
use crate::jinja::runtime::Phase;
use crate::jinja::value::{PyDict, Table, from_json, iterate, to_str};
use crate::jinja::warehouse::{AdapterResponse, Session};
use crate::jinja::{Engine, MacroDefinition, MacroNamespace, RenderError};
use crate::manifest::{JsonMap, Materialization, Node, NodeKind, NodeStatus, ResourceType, TestSeverity};
use chrono::Utc;
use minijinja::Value;
use serde_json::Value as Json;
use std::sync::Arc;

/// Executes nodes of one program.
pub(super) struct Executor {
    pub program: Arc<Program>,
    pub work: Work,
    pub foreign_keys: ForeignKeys,
}

/// Which hooks of a node its materialization runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hooks {
    pub before: bool,
    pub after: bool,
}

/// A result, and what should be said beside it.
pub(super) struct Finished {
    pub result: NodeResult,
    pub notes: Vec<Diagnostic>,
}

/// What executing gave, before it becomes a result.
#[derive(Default)]
pub(super) struct Executed {
    pub status: Option<NodeStatus>,
    pub message: Option<String>,
    pub failures: Option<i64>,
    pub response: JsonMap,
    pub compiled: Option<CompiledNode>,
    pub freshness: Option<SourceFreshness>,
    pub diagnostic: Option<Diagnostic>,
}

/// What came of a node or a step of it; with a failure goes what it was compiled to, if it came that far.
pub(super) type Outcome<T = Executed> = Result<T, (Failure, Option<CompiledNode>)>;

impl Executor {
    /// A node that nothing is done for.
    pub fn no_op(&self, node: &Arc<Node>) -> Finished {
        let mut timing = Vec::new();
        for step in [TimingStep::Compile, TimingStep::Execute] {
            let now = Utc::now();
            timing.push(Timing { step, started_at: now, completed_at: now });
        }
        let mut result = self.result(node, timing, Executed { status: Some(NodeStatus::NoOp), ..Executed::default() });
        result.message = Some("NO-OP".to_string());
        result.failures = Some(0);
        Finished { result, notes: Vec::new() }
    }

    /// Compiles a node, and unless only that was asked for, builds or tests it.
    pub fn execute(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Finished {
        let mut timing = Vec::new();
        let mut notes = Vec::new();
        let outcome = self.steps(node, session, &mut timing, &mut notes);
        // Whatever a failed materialization left open is undone before the connection serves another node.
        session.rollback();
        Finished { result: self.result_of(node, timing, outcome), notes }
    }

    /// The result of a node that was executed, or that failed at it.
    pub fn result_of(&self, node: &Arc<Node>, timing: Vec<Timing>, outcome: Outcome) -> NodeResult {
        let executed = outcome.unwrap_or_else(|(failure, compiled)| Executed {
            status: Some(match node.kind {
                NodeKind::Source(_) => NodeStatus::RuntimeError,
                _ => failure.status(),
            }),
            message: Some(failure.message(node)),
            diagnostic: Some(failure.into_diagnostic(&self.program, node, compiled.as_ref())),
            compiled,
            ..Executed::default()
        });
        self.result(node, timing, executed)
    }

    fn steps(
        &self,
        node: &Arc<Node>,
        session: &Arc<dyn Session>,
        timing: &mut Vec<Timing>,
        notes: &mut Vec<Diagnostic>,
    ) -> Outcome {
        if let NodeKind::UnitTest(test) = &node.kind {
            let started_at = Utc::now();
            // Nothing is compiled ahead of the test itself.
            timing.push(Timing { step: TimingStep::Compile, started_at, completed_at: started_at });
            let outcome = unit_test::execute(self, node, test, session);
            timing.push(Timing { step: TimingStep::Execute, started_at, completed_at: Utc::now() });
            return outcome.map_err(|failure| (failure, None));
        }
        if let Some(outcome) = self.uncompiled(node, session, timing) {
            return outcome.map_err(|failure| (failure, None));
        }
        let compiled = self.compile(node, session, timing, notes)?;
        if self.work == Work::Compile || node.resource_type() == ResourceType::Analysis {
            let now = Utc::now();
            timing.push(Timing { step: TimingStep::Execute, started_at: now, completed_at: now });
            return Ok(Executed { status: Some(NodeStatus::Success), compiled: Some(compiled), ..Executed::default() });
        }
        let started_at = Utc::now();
        let outcome = match node.resource_type() {
            ResourceType::DataTest => self.data_test(node, &compiled, session),
            _ => self.build(node, &compiled, session),
        };
        timing.push(Timing { step: TimingStep::Execute, started_at, completed_at: Utc::now() });
        with_compiled(outcome, compiled)
    }

    /// The first step of a node: its SQL.
    pub fn compile(
        &self,
        node: &Arc<Node>,
        session: &Arc<dyn Session>,
        timing: &mut Vec<Timing>,
        notes: &mut Vec<Diagnostic>,
    ) -> Outcome<CompiledNode> {
        let started_at = Utc::now();
        let compiled = match node.kind {
            NodeKind::Seed(_) => CompiledNode::default(),
            _ => self.program.compile(node, Some(session.clone())).map_err(|error| (Failure::Compile(error), None))?,
        };
        for finding in self.program.references().check(&self.program, node, &compiled, &SessionEngine(&**session)) {
            match finding {
                SqlFinding::Warning(diagnostic) => notes.push(diagnostic),
                SqlFinding::Error(diagnostic) => {
                    let error = CompileError::Diagnostic(Box::new(diagnostic));
                    return Err((Failure::Compile(error), Some(compiled)));
                }
            }
        }
        timing.push(Timing { step: TimingStep::Compile, started_at, completed_at: Utc::now() });
        Ok(compiled)
    }

    /// What is done without compiling the node: its freshness asked, or its relation in another state copied.
    fn uncompiled(
        &self,
        node: &Arc<Node>,
        session: &Arc<dyn Session>,
        timing: &mut Vec<Timing>,
    ) -> Option<Result<Executed, Failure>> {
        let started_at = Utc::now();
        let outcome = match &node.kind {
            NodeKind::Source(source) => freshness::execute(&self.program, node, source, session),
            _ if self.work == Work::Clone => self.clone_relation(node, session),
            _ => return None,
        };
        timing.push(Timing { step: TimingStep::Compile, started_at, completed_at: started_at });
        timing.push(Timing { step: TimingStep::Execute, started_at, completed_at: Utc::now() });
        Some(outcome)
    }

    fn clone_relation(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Result<Executed, Failure> {
        let other = self.program.run.deferred.get(&node.unique_id);
        // Where tables cannot be copied without their rows, what is made is a view of this text.
        let code = other.map(|other| format!("select * from {other}")).unwrap_or_default();
        let compiled = CompiledNode { own_code: code.clone(), code, ..CompiledNode::default() };
        let scope = self.materialization_scope(node, &compiled, session)?;
        let returned = self.materialize(node, "clone", &scope)?;
        self.remember(node, &returned)?;
        let response = main_response(&scope);
        Ok(Executed {
            status: Some(NodeStatus::Success),
            message: Some(response.as_ref().map_or("No-op", |response| response.message.as_str()).to_string()),
            response: response.as_ref().map(response_json).unwrap_or_default(),
            ..Executed::default()
        })
    }

    /// Runs the materialization and keeps what it made in the cache.
    fn build(
        &self,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        session: &Arc<dyn Session>,
    ) -> Result<Executed, Failure> {
        let _turn = self.foreign_keys.turn(node, &**session).map_err(|cause| Failure::Message(cause.message))?;
        let scope = self.materialization_scope(node, compiled, session)?;
        let returned = self.materialize(node, node.config.materialized.as_str(), &scope)?;
        let response = match node.kind {
            // What it makes is no relation.
            NodeKind::Function(_) => main_response(&scope).unwrap_or_default(),
            _ => self.built(node, &scope, &returned)?,
        };
        if let (NodeKind::Model(_), Some(built)) = (&node.kind, self.relations(node, &returned)?.first()) {
            self.point_at_latest_version(node, &built.name, session)?;
        }
        Ok(Executed {
            status: Some(NodeStatus::Success),
            message: Some(response.message.clone()),
            response: response_json(&response),
            ..Executed::default()
        })
    }

    /// Keeps what a materialization made in the cache, and gives the engine's answer to its main statement.
    pub fn built(&self, node: &Node, scope: &NodeScope, returned: &Value) -> Result<AdapterResponse, Failure> {
        self.remember(node, returned)?;
        main_response(scope)
            .ok_or_else(|| Failure::Message("main is not being called during running model".to_string()))
    }

    /// Keeps what a materialization made in the cache.
    fn remember(&self, node: &Node, returned: &Value) -> Result<(), Failure> {
        for relation in self.relations(node, returned)? {
            let name = &relation.name;
            if let (Some(kind), Some(database), Some(schema), Some(identifier)) =
                (relation.relation_type, &name.database, &name.schema, &name.identifier)
            {
                self.program.cache.add(database, schema, identifier, kind);
            }
        }
        Ok(())
    }

    fn relations(&self, node: &Node, returned: &Value) -> Result<Vec<Arc<DuckDBRelation>>, Failure> {
        let materialized = node.config.materialized.as_str();
        let invalid = |message: String| {
            Failure::Message(format!(
                "Compilation Error in {} {} ({})\n  {message}",
                node.resource_type(),
                node.name,
                node.original_file_path
            ))
        };
        let Some(dict) = returned.downcast_object_ref::<PyDict>() else {
            return Err(invalid(match returned.as_str() {
                Some(_) => format!(
                    "The materialization (\"{materialized}\") did not explicitly return a list of relations to add to the cache."
                ),
                None => format!(
                    "Invalid return value from materialization, expected a dict with key \"relations\", got: {}",
                    to_str(returned)
                ),
            }));
        };
        let Some(relations) = dict.get_text("relations") else {
            return Err(invalid(
                "Invalid return value from materialization, \"relations\" not found in keys".to_string(),
            ));
        };
        let relations = iterate(&relations).map_err(|cause| invalid(cause.to_string()))?;
        Ok(relations.iter().filter_map(DuckDBRelation::of).collect())
    }

    /// Runs the materialization of a data test and judges the row that it gives.
    pub fn data_test(
        &self,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        session: &Arc<dyn Session>,
    ) -> Result<Executed, Failure> {
        let scope = self.materialization_scope(node, compiled, session)?;
        self.materialize(node, "test", &scope)?;
        let response = main_response(&scope).unwrap_or_default();
        let table = main_table(&scope).ok_or_else(|| {
            Failure::Message(format!("dbt internally failed to execute {}: it has no result", node.unique_id))
        })?;
        let internal = |what: &str, found: usize, expected: usize| {
            Failure::Message(format!(
                "dbt internally failed to execute {}: Returned {found} {what}s, but expected {expected} {what}{}",
                node.unique_id,
                if expected == 1 { "" } else { "s" }
            ))
        };
        if table.len() != 1 {
            return Err(internal("row", table.len(), 1));
        }
        if table.column_names().len() != 3 {
            return Err(internal("column", table.column_names().len(), 3));
        }
        let value = |name: &str| {
            let index = table.column_names().iter().position(|known| known.eq_ignore_ascii_case(name));
            index.and_then(|index| table.column(index).into_iter().next()).unwrap_or(Value::from(()))
        };
        let row = ["failures", "should_warn", "should_error"].map(value);
        Ok(self.test_outcome(node, &row, &response))
    }

    /// Status and message of a data test, of whose statement `row` has the values `failures`, `should_warn` and
    /// `should_error`; of one that passes, dbt counts no failures.
    pub fn test_outcome(&self, node: &Node, row: &[Value; 3], response: &AdapterResponse) -> Executed {
        let [failures, warns, errs] = row;
        let (failures, warns, errs) = (whole_number(failures), truth(warns), truth(errs));
        let config = &node.config;
        let expression = |name: &str| config.text(name).unwrap_or("!= 0").to_string();
        let results = if failures == 1 { "result" } else { "results" };
        let (status, message, failures) = if config.severity == TestSeverity::Error && errs {
            let message = format!("Got {failures} {results}, configured to fail if {}", expression("error_if"));
            (NodeStatus::Fail, Some(message), failures)
        } else if warns && warnings_fail(&self.program) {
            let message = format!("Got {failures} {results}, configured to fail if {}", expression("warn_if"));
            (NodeStatus::Fail, Some(message), failures)
        } else if warns {
            let message = format!("Got {failures} {results}, configured to warn if {}", expression("warn_if"));
            (NodeStatus::Warn, Some(message), failures)
        } else {
            (NodeStatus::Pass, None, 0)
        };
        let response = response_json(response);
        Executed { status: Some(status), message, failures: Some(failures), response, ..Executed::default() }
    }

    /// The context that a materialization runs in.
    pub fn materialization_scope(
        &self,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        session: &Arc<dyn Session>,
    ) -> Result<Arc<NodeScope>, Failure> {
        let scope = self.program.scope(node, Some(session.clone()));
        let mut scope = scope.ok_or_else(|| Failure::Message(format!("the domain {} is not known", node.domain)))?;
        let (program, shown, code) = (self.program.clone(), node.clone(), compiled.clone());
        if let Some(view) = &mut scope.node {
            view.dict = Arc::new(move || program.dict(&shown, Some(&code)));
        }
        let hooks = Hooks { before: true, after: true };
        Ok(Arc::new(self.with_materialization_locals(node, compiled, scope, hooks)))
    }

    /// The variables that a materialization finds beside those of every template.
    pub fn with_materialization_locals(
        &self,
        node: &Node,
        compiled: &CompiledNode,
        scope: NodeScope,
        run: Hooks,
    ) -> NodeScope {
        let code = Value::from(compiled.code.as_str());
        let hooks = |hooks: &str, run: bool| {
            let given = node.config.values.get(hooks).filter(|_| run);
            given.map_or_else(|| from_json(&Json::Array(Vec::new())), from_json)
        };
        let deferred = self.program.run.deferred.get(&node.unique_id).cloned();
        let deferred = deferred.map_or(Value::from(()), |relation| DuckDBRelation::new(relation, None).into_value());
        let relation = node.relation.as_ref();
        let part = |part: Option<&Arc<str>>| part.map_or(Value::from(()), |part| Value::from(&**part));
        scope
            .with_local("sql", code.clone())
            .with_local("compiled_code", code)
            .with_local("pre_hooks", hooks("pre-hook", run.before))
            .with_local("post_hooks", hooks("post-hook", run.after))
            .with_local("database", part(relation.and_then(|relation| relation.database.as_ref())))
            .with_local("schema", part(relation.and_then(|relation| relation.schema.as_ref())))
            .with_local("defer_relation", deferred)
    }

    /// The macros that `node` sees.
    pub fn namespace(&self, node: &Node) -> Result<Arc<MacroNamespace>, Failure> {
        self.program.namespace(node).ok_or_else(|| Failure::Message("no macros".to_string()))
    }

    /// Calls the macro of a materialization; what it returns is a dict with the relations it made.
    pub fn materialize(&self, node: &Arc<Node>, name: &str, scope: &Arc<NodeScope>) -> Result<Value, Failure> {
        self.materialize_in(node, name, scope, &self.namespace(node)?)
    }

    /// The same with other macros than the node's own.
    pub fn materialize_in(
        &self,
        node: &Arc<Node>,
        name: &str,
        scope: &Arc<NodeScope>,
        namespace: &Arc<MacroNamespace>,
    ) -> Result<Value, Failure> {
        let Some(definition) = find_materialization(&self.program, node, name) else {
            return Err(Failure::Message(format!(
                "Compilation Error in {} {} ({})\n  {}",
                node.resource_type(),
                node.name,
                node.original_file_path,
                missing_materialization(name, "duckdb")
            )));
        };
        let languages = &definition.block.supported_languages;
        let language = node.language.as_str();
        if (is_built(node) || matches!(node.kind, NodeKind::Function(_)))
            && !languages.iter().any(|known| known == language)
            && !(languages.is_empty() && language == "sql")
        {
            let known = if languages.is_empty() { vec!["sql".to_string()] } else { languages.clone() };
            let known: Vec<String> = known.iter().map(|known| format!("'{known}'")).collect();
            return Err(Failure::Message(format!(
                "Runtime Error in {} {} ({})\n  Materialization \"{}\" only supports languages [{}]; got \"{language}\"",
                node.resource_type(),
                node.name,
                node.original_file_path,
                definition.name,
                known.join(", ")
            )));
        }
        let called = Engine::new().call_macro(Phase::Execute, &definition, &[], namespace, scope.clone());
        called.map(|called| called.output).map_err(|cause| failed(cause).into())
    }

    fn result(&self, node: &Arc<Node>, timing: Vec<Timing>, executed: Executed) -> NodeResult {
        let execution_time = seconds(&timing);
        let has_sql = !node.is_description() && !matches!(node.kind, NodeKind::Seed(_) | NodeKind::Source(_));
        let compiled = has_sql.then(|| CompiledResult {
            compiled: executed.compiled.is_some(),
            compiled_code: executed.compiled.as_ref().map(|compiled| compiled.code.as_str().into()),
            compiled_path: executed.compiled.is_some().then(|| {
                let path = self.program.compiled_path("compiled", node, None);
                path.to_string_lossy().as_ref().into()
            }),
            relation_name: match stores_failures(&self.program, node) {
                true => node.relation.as_ref().map(ToString::to_string),
                false => node.relation_name(),
            },
            ctes: executed.compiled.as_ref().map(|compiled| compiled.ctes.clone()).unwrap_or_default(),
            foreign_keys: executed.compiled.as_ref().map(|compiled| compiled.foreign_keys.clone()).unwrap_or_default(),
            overloads: executed.compiled.as_ref().map(|compiled| compiled.overloads.clone()).unwrap_or_default(),
        });
        let thread = std::thread::current();
        NodeResult {
            subject: Subject::Node(node.clone()),
            status: executed.status.unwrap_or(NodeStatus::Error),
            timing,
            thread_id: thread.name().unwrap_or("MainThread").into(),
            execution_time,
            adapter_response: executed.response,
            message: executed.message,
            failures: executed.failures,
            compiled,
            batch_results: None,
            overload_results: None,
            freshness: executed.freshness,
            diagnostic: executed.diagnostic.map(Arc::new),
        }
    }
}

/// The macro of a materialization: of DuckDB before any engine's, of the root project before packages before built-ins.
/// A package's override of a built-in one counts only where its project says so.
pub fn find_materialization(program: &Program, node: &Node, name: &str) -> Option<Arc<MacroDefinition>> {
    let domain = program.manifest.domain(&node.domain)?;
    let macros = program.macros.get(&node.domain)?;
    let library = &macros.library;
    let of = |package: &str, adapter: &str| {
        library.by_unique_id(&format!("macro.{package}.materialization_{name}_{adapter}")).cloned()
    };
    let internal = |adapter: &str| ["dbt_duckdb", "dbt"].iter().find_map(|package| of(package, adapter));
    let is_builtin = ["duckdb", "default"].iter().any(|adapter| internal(adapter).is_some());
    for adapter in ["duckdb", "default"] {
        if let Some(found) = of(domain.name.as_str(), adapter) {
            return Some(found);
        }
        let packages = domain.packages.iter().skip(1).filter(|_| !is_builtin);
        if let Some(found) = packages.rev().find_map(|package| of(package, adapter)) {
            return Some(found);
        }
        if let Some(found) = internal(adapter) {
            return Some(found);
        }
    }
    None
}

/// What came of the second step of a node, with what its first one gave.
pub(super) fn with_compiled(outcome: Result<Executed, Failure>, compiled: CompiledNode) -> Outcome {
    match outcome {
        Ok(executed) => Ok(Executed { compiled: Some(compiled), ..executed }),
        Err(failure) => Err((failure, Some(compiled))),
    }
}

pub(super) fn failed(cause: RenderError) -> CompileError {
    CompileError::Render(Box::new(cause))
}

/// What the statement called `main` answered.
pub(super) fn main_response(scope: &NodeScope) -> Option<AdapterResponse> {
    let results = scope.results();
    let main = results.get("main")?.as_ref()?;
    let response = main.downcast_object_ref::<PyDict>()?.get_text("response")?;
    Some(
        response_of(&response)
            .unwrap_or_else(|| AdapterResponse { message: to_str(&response), ..AdapterResponse::default() }),
    )
}

/// The rows of the statement called `main`.
pub(super) fn main_table(scope: &NodeScope) -> Option<Arc<Table>> {
    let results = scope.results();
    let main = results.get("main")?.as_ref()?;
    main.downcast_object_ref::<PyDict>()?.get_text("table")?.downcast_object::<Table>()
}

pub(super) fn response_json(response: &AdapterResponse) -> JsonMap {
    let mut map = JsonMap::new();
    map.insert("_message".to_string(), response.message.as_str().into());
    if let Some(code) = &response.code {
        map.insert("code".to_string(), code.as_str().into());
    }
    if let Some(rows) = response.rows_affected {
        map.insert("rows_affected".to_string(), rows.into());
    }
    map
}

fn whole_number(value: &Value) -> i64 {
    value.as_i64().or_else(|| to_str(value).parse::<f64>().ok().map(|number| number as i64)).unwrap_or_default()
}

/// Truth of what the engine calls a boolean, a number or a word.
fn truth(value: &Value) -> bool {
    match value.as_str() {
        Some(word) => ["y", "yes", "t", "true", "on", "1"].contains(&word.to_lowercase().as_str()),
        None => value.is_true(),
    }
}

/// Whether `--warn-error` or its options make errors of the warnings of tests (dbt's event `LogTestResult`).
fn warnings_fail(program: &Program) -> bool {
    let options = program.invocation.flags.get("WARN_ERROR_OPTIONS");
    let errors = options.and_then(|options| options.get("error"));
    program.invocation.flag("WARN_ERROR")
        || match errors {
            Some(Json::String(_)) => true,
            Some(Json::Array(names)) => names.iter().any(|name| name == "LogTestResult"),
            _ => false,
        }
}

/// Whether a node is built at all.
pub(super) fn is_built(node: &Node) -> bool {
    node.resource_type().is_refable() && node.config.materialized != Materialization::Ephemeral
}
