//! What happens during a run, as plain data that reporters turn into lines.
//!
//! Owns [`RunEvent`]. Events carry their own time and thread, so that a reporter needs no clock and a log replays alike.
//! Never formats a line: texts here are facts (names, messages of the engine), layout belongs to `report`.

use super::batch::{BatchInProgress, BatchResult};
use super::overload::{OverloadInProgress, OverloadResult};
use super::result::{Hook, NodeResult};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Language, Node, NodeKind, NodeStatus};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// One thing that happened, when, and on which thread.
#[derive(Debug, Clone)]
pub struct RunEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// Name of the thread: `MainThread`, `Thread-1 (worker)`.
    pub thread: Arc<str>,
    /// What.
    pub kind: EventKind,
}

impl RunEvent {
    /// An event on the current thread, now. Threads without a name, and Rust's `main`, are dbt's `MainThread`.
    pub fn now(kind: EventKind) -> Self {
        let thread = std::thread::current();
        let name = thread.name().filter(|name| *name != "main").unwrap_or("MainThread");
        RunEvent { at: Utc::now(), thread: name.into(), kind }
    }
}

/// Everything that can happen. Each variant says what dbt's log calls it.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// The program has started (`MainReportVersion`).
    InvocationStarted {
        /// Version of the program, such as `0.1.0`.
        version: Arc<str>,
    },
    /// The last parse is taken over, because nothing has changed (`PartialParsingSkipParsing`).
    ParseTakenOver,
    /// The mesh has been read (`FoundStats`).
    Found {
        /// `8 models, 1 seed, 512 macros`.
        counts: String,
    },
    /// A default selector of `selectors.yml` applies (`DefaultSelector`).
    DefaultSelector {
        /// Its name.
        name: String,
    },
    /// Nothing matches the selection (`NoNodesSelected`).
    NoNodesSelected,
    /// Everything that was selected needs no work (`NothingToDo`).
    NothingToDo,
    /// The run begins (`ConcurrencyLine`).
    RunStarted {
        /// Number of workers.
        threads: usize,
        /// Name of the profile's target.
        target: String,
        /// Number of nodes that get a line; ephemeral models do not.
        total: usize,
    },
    /// A project hook begins (`LogHookStartLine`).
    HookStarted {
        /// The hook.
        hook: Arc<Hook>,
    },
    /// A project hook has ended (`LogHookEndLine`).
    HookFinished {
        /// The hook.
        hook: Arc<Hook>,
        /// How.
        result: Arc<NodeResult>,
    },
    /// A node begins (`NodeStart`, and `LogStartLine` for what is executed).
    NodeStarted {
        /// The node and its place in the run.
        node: NodeInProgress,
    },
    /// A node has ended (`LogModelResult`, `LogSeedResult`, `LogSnapshotResult`, `LogTestResult`, `LogNodeNoOpResult`,
    /// and `NodeFinished`).
    NodeFinished {
        /// The node and its place in the run.
        node: NodeInProgress,
        /// How.
        result: Arc<NodeResult>,
    },
    /// A batch of a microbatch model begins (`LogStartBatch`).
    BatchStarted {
        /// The model and its place in the run.
        node: NodeInProgress,
        /// The batch and its place in the model.
        batch: BatchInProgress,
    },
    /// A batch of a microbatch model has ended (`LogBatchResult`, and `GenericExceptionOnRun` when it failed).
    BatchFinished {
        /// The model and its place in the run.
        node: NodeInProgress,
        /// The batch and its place in the model.
        batch: BatchInProgress,
        /// How.
        result: Arc<BatchResult>,
    },
    /// An overload of a function is about to be made (`LogStartOverload`).
    OverloadStarted {
        /// The function and its place in the run.
        node: NodeInProgress,
        /// The overload and its place in the function.
        overload: OverloadInProgress,
    },
    /// An overload of a function was made, or was not (`LogOverloadResult`).
    OverloadFinished {
        /// The function and its place in the run.
        node: NodeInProgress,
        /// The overload and its place in the function.
        overload: OverloadInProgress,
        /// How.
        result: Arc<OverloadResult>,
    },
    /// A node is not run (`SkippingDetails`, `LogSkipBecauseError`).
    NodeSkipped {
        /// The node and its place in the run.
        node: NodeInProgress,
        /// Why.
        reason: SkipReason,
    },
    /// `--fail-fast` ends the run at this result.
    FailedFast {
        /// The first failure.
        result: Arc<NodeResult>,
    },
    /// A statement goes to the engine (`SQLQuery`).
    StatementStarted {
        /// Name of the connection: the node's id.
        connection: Arc<str>,
        /// The statement.
        sql: Arc<str>,
    },
    /// The engine has answered (`SQLQueryStatus`).
    StatementFinished {
        /// The engine's answer, such as `OK`.
        status: String,
        /// Seconds.
        elapsed: f64,
    },
    /// A statement is being interrupted (`LogCancelLine`).
    Cancelled {
        /// Name of the connection: the node's id.
        connection: Arc<str>,
    },
    /// `log()` in a template (`JinjaLogInfo`, `JinjaLogDebug`).
    Log {
        /// The text.
        message: String,
        /// Whether `info=true` was given; else the line is for the log file.
        info: bool,
    },
    /// `print()` in a template, or a command's own output (`PrintEvent`): shown as it is, with `--quiet` too.
    Print {
        /// The text.
        message: String,
    },
    /// A remark (`Note`).
    Note {
        /// The text.
        message: String,
    },
    /// A problem.
    Diagnostic(Arc<Diagnostic>),
    /// The command cannot do its work (`MainEncounteredError`).
    EncounteredError {
        /// Why: everything that is wrong.
        diagnostics: Arc<[Diagnostic]>,
    },
    /// An artifact was written (`ArtifactWritten`).
    ArtifactWritten {
        /// dbt's name of the type: `WritableManifest`, `RunExecutionResult`, `CatalogArtifact`.
        artifact_type: &'static str,
        /// Path.
        path: String,
    },
    /// All nodes and hooks have ended (`FinishedRunningStats`, `EndOfRunSummary`, `StatsLine`, `FreshnessCheckComplete`).
    RunFinished {
        /// What is told of them.
        told: EndOfRun,
        /// Every result, in the order of ending.
        results: Arc<[Arc<NodeResult>]>,
        /// Seconds.
        elapsed: f64,
        /// Whether the user interrupted the run.
        interrupted: bool,
    },
    /// The command ends (`CommandCompleted`).
    CommandFinished {
        /// `meshbuild run`.
        command: String,
        /// Whether it ends with exit code 0.
        success: bool,
        /// Seconds.
        elapsed: f64,
    },
}

/// What a command tells at the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfRun {
    /// What ran, and how it ended.
    All,
    /// How it ended: `clone`.
    Outcome,
    /// What ran, and what went wrong: `source freshness`.
    Freshness,
    /// Nothing that people see: `compile` where all went well, and where there was nothing to do.
    Nothing,
}

/// A node and its place in the run.
#[derive(Debug, Clone)]
pub struct NodeInProgress {
    /// Place in the run, from 1; 0 for ephemeral models, which get no line.
    pub index: usize,
    /// How many nodes get a line.
    pub total: usize,
    /// The node.
    pub node: Arc<Node>,
    /// What [`describe_node`] says of it.
    pub description: Arc<str>,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

/// Why a node is not run.
#[derive(Debug, Clone)]
pub enum SkipReason {
    /// Something that it depends on failed or was skipped.
    Upstream,
    /// An ephemeral model that it includes failed or was skipped.
    Ephemeral {
        /// The result of the ephemeral model.
        cause: Arc<NodeResult>,
    },
    /// A hook before the run failed.
    Hook,
}

/// What a line says of a node: `sql table model main.orders`, `seed file main.raw`, `test not_null_a`, `exposure dash`,
/// `freshness of raw.orders`.
/// `target_database` is the database that is left out of names.
pub fn describe_node(node: &Node, target_database: &str) -> String {
    match &node.kind {
        NodeKind::Model(_) => {
            let language = match node.language {
                Language::Sql => "sql",
                Language::Python => "python",
            };
            let materialized = node.config.materialized.as_str();
            let materialized = if node.microbatch().is_some() { "microbatch" } else { materialized };
            format!("{language} {materialized} model {}", relation_for_people(node, target_database))
        }
        NodeKind::Seed(_) => format!("seed file {}", relation_for_people(node, target_database)),
        NodeKind::Snapshot(_) => format!("snapshot {}", relation_for_people(node, target_database)),
        NodeKind::UnitTest(test) => {
            let version = test.version.as_ref().map(|version| format!("_v{version}")).unwrap_or_default();
            format!("unit_test {}::{}{version}", test.model, node.name)
        }
        NodeKind::Source(source) => format!("freshness of {}.{}", source.source_name, node.name),
        NodeKind::Function(_) => format!("function {}", relation_for_people(node, target_database)),
        NodeKind::SavedQuery(_) => format!("saved query {}", node.name),
        _ => format!("{} {}", node.resource_type(), node.name),
    }
}

/// What a line says of a batch: `batch 2020-01-03 of main.sessions`.
pub fn describe_batch(node: &Node, label: &str, target_database: &str) -> String {
    format!("batch {label} of {}", relation_for_people(node, target_database))
}

/// The unquoted name of what a node is built as, without the database when it is the target's own.
pub fn relation_for_people(node: &Node, target_database: &str) -> String {
    let Some(relation) = &node.relation else { return node.name.to_string() };
    let database = relation.database.as_deref().filter(|database| *database != target_database);
    let parts = [database, relation.schema.as_deref(), relation.identifier.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(".")
}

impl SkipReason {
    /// How what is to blame ended, as far as a line shows it.
    pub fn status(&self) -> Option<NodeStatus> {
        match self {
            SkipReason::Ephemeral { cause } => Some(cause.status),
            SkipReason::Upstream | SkipReason::Hook => None,
        }
    }
}
