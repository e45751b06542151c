//! From what happened to what dbt's log says of it: name, code, level, text and fields of each line.
//! Source of names, codes and texts: dbt's logs. <https://docs.getdbt.com/reference/events-logging>

use super::line::{Palette, StatusLine};
use super::logger::LogLevel;
use super::node_info::{Moment, hook_info, node_info, object, run_result, utc_text};
use super::warning::{WarningEvent, warning_event};
use super::{batch, overload, summary};
use crate::diagnostic::{Diagnostic, Label, RenderStyle, SourceMap, render};
use crate::manifest::{JsonMap, Node, NodeKind, NodeStatus};
use crate::run::{EventKind, Hook, HookPhase, NodeInProgress, NodeResult, RunEvent, SkipReason, Subject};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// One line of a log.
pub(super) struct LogEvent {
    pub name: &'static str,
    pub code: &'static str,
    pub level: LogLevel,
    pub message: String,
    /// Whether it begins at the left margin: output, and diagnostics, whose source lines are laid out under each other.
    pub is_block: bool,
    /// Fields of the line in JSON; empty when nobody asked for them.
    pub data: JsonMap,
}

impl LogEvent {
    /// Whether it is output rather than a log line: no time before it, and `--quiet` shows it.
    pub fn is_print(&self) -> bool {
        self.name == "PrintEvent"
    }
}

/// Collects the lines of one event.
pub(super) struct Lines<'a> {
    pub palette: Palette,
    /// Whether fields are wanted.
    pub with_data: bool,
    pub sources: &'a SourceMap,
    events: Vec<LogEvent>,
}

impl<'a> Lines<'a> {
    pub fn of(event: &RunEvent, palette: Palette, with_data: bool, sources: &'a SourceMap) -> Vec<LogEvent> {
        let mut lines = Lines { palette, with_data, sources, events: Vec::new() };
        lines.add_event(event);
        lines.events
    }

    pub fn add(
        &mut self,
        (name, code, level): (&'static str, &'static str, LogLevel),
        message: impl Into<String>,
        data: impl FnOnce() -> Value,
    ) {
        let data = if self.with_data { object(data()) } else { JsonMap::new() };
        let is_block = name == "PrintEvent";
        self.events.push(LogEvent { name, code, level, message: message.into(), is_block, data });
    }

    pub fn blank(&mut self, level: LogLevel) {
        self.add(("Formatting", "Z017", level), "", || json!({ "msg": "" }));
    }

    fn add_event(&mut self, event: &RunEvent) {
        match &event.kind {
            EventKind::RunStarted { threads, target, total } => self.run_started(*threads, target, *total),
            EventKind::HookStarted { hook } => self.hook_started(hook, event.at),
            EventKind::HookFinished { hook, result } => self.hook_finished(hook, result),
            EventKind::NodeStarted { node } => self.node_started(node),
            EventKind::NodeFinished { node, result } => self.node_finished(node, result, event.at),
            EventKind::BatchStarted { node, batch } => batch::started(self, node, batch),
            EventKind::BatchFinished { node, batch, result } => batch::finished(self, node, batch, result, event.at),
            EventKind::OverloadStarted { node, overload } => overload::started(self, node, overload),
            EventKind::OverloadFinished { node, overload, result } => {
                overload::finished(self, node, overload, result, event.at);
            }
            EventKind::NodeSkipped { node, reason } => self.node_skipped(node, reason, event.at),
            EventKind::FailedFast { result } => summary::add_problem(self, result, true, false),
            EventKind::RunFinished { told, results, elapsed, interrupted } => {
                summary::add_run(self, *told, results, (*elapsed, event.at), *interrupted);
            }
            EventKind::Diagnostic(diagnostic) => self.diagnostic(diagnostic),
            EventKind::EncounteredError { diagnostics } => self.encountered(diagnostics),
            other => self.plain(other, event.at),
        }
    }

    /// Events that become one line of fixed text.
    fn plain(&mut self, kind: &EventKind, at: DateTime<Utc>) {
        use LogLevel::{Debug, Error, Info, Warn};
        let msg = |message: &str| json!({ "msg": message });
        match kind {
            EventKind::InvocationStarted { version } => {
                let data = || json!({ "version": format!("={version}"), "log_version": 3 });
                self.add(("MainReportVersion", "A001", Info), format!("Running with meshbuild={version}"), data);
            }
            EventKind::Found { counts } => {
                self.add(("FoundStats", "W006", Info), format!("Found {counts}"), || json!({ "stat_line": counts }));
            }
            EventKind::ParseTakenOver => {
                let text = "Partial parsing enabled, no changes found, skipping parsing";
                self.add(("PartialParsingSkipParsing", "I017", Debug), text, || json!({}));
            }
            EventKind::DefaultSelector { name } => {
                let text = format!("Using default selector {name}");
                self.add(("DefaultSelector", "Q023", Info), text, || json!({ "name": name }));
            }
            EventKind::NoNodesSelected => {
                self.add(("NoNodesSelected", "Q038", Warn), "No nodes selected!", || json!({}));
            }
            EventKind::NothingToDo => {
                let text = "Nothing to do. Try checking your model configs and model specification args";
                self.add(("NothingToDo", "Q035", Warn), text, || json!({}));
            }
            EventKind::StatementStarted { connection, sql } => {
                let data = || json!({ "conn_name": &**connection, "sql": &**sql });
                self.add(("SQLQuery", "E016", Debug), format!("On {connection}: {sql}"), data);
            }
            EventKind::StatementFinished { status, elapsed } => {
                let text = format!("SQL status: {status} in {elapsed:.3} seconds");
                self.add(
                    ("SQLQueryStatus", "E017", Debug),
                    text,
                    || json!({ "status": status, "elapsed": elapsed, "query_id": "" }),
                );
            }
            EventKind::Cancelled { connection } => {
                let message = format!("CANCEL query {connection}");
                let status = self.palette.red("CANCEL");
                let line =
                    StatusLine { progress: None, message: &message, status: &status, seconds: None, truncate: false };
                self.add(("LogCancelLine", "Q022", Error), line.render(), || json!({ "conn_name": &**connection }));
            }
            EventKind::Log { message, info: true } => {
                self.add(("JinjaLogInfo", "I062", Info), message, || msg(message));
            }
            EventKind::Log { message, info: false } => {
                self.add(("JinjaLogDebug", "I063", Debug), message, || msg(message));
            }
            EventKind::Print { message } => self.add(("PrintEvent", "Z052", Info), message, || msg(message)),
            EventKind::Note { message } => self.add(("Note", "Z050", Info), message, || msg(message)),
            EventKind::ArtifactWritten { artifact_type, path } => {
                let data = || json!({ "artifact_type": artifact_type, "artifact_path": path });
                self.add(("ArtifactWritten", "P001", Debug), format!("Wrote artifact {artifact_type} to {path}"), data);
            }
            EventKind::CommandFinished { command, success, elapsed } => {
                let outcome = if *success { "succeeded" } else { "failed" };
                let time = at.format("%H:%M:%S%.6f");
                let text = format!("Command `{command}` {outcome} at {time} after {elapsed:.2} seconds");
                let data = || {
                    json!({
                        "command": command, "success": success, "elapsed": elapsed, "completed_at": utc_text(at),
                    })
                };
                self.add(("CommandCompleted", "Q039", Debug), text, data);
            }
            _ => {}
        }
    }

    fn run_started(&mut self, threads: usize, target: &str, total: usize) {
        self.blank(LogLevel::Info);
        let text = format!("Concurrency: {threads} threads (target='{target}')");
        self.add(
            ("ConcurrencyLine", "Q027", LogLevel::Info),
            text,
            || json!({ "num_threads": threads, "target_name": target, "node_count": total }),
        );
        self.blank(LogLevel::Info);
    }

    fn hook_started(&mut self, hook: &Hook, at: DateTime<Utc>) {
        if hook.phase == HookPhase::End && hook.index == 1 {
            self.blank(LogLevel::Info);
        }
        let statement = hook.statement();
        let message = format!("START hook: {statement}");
        let progress = Some((hook.index, hook.total));
        let line = StatusLine { progress, message: &message, status: "RUN", seconds: None, truncate: true };
        self.add(("LogHookStartLine", "Q032", LogLevel::Info), line.render(), || {
            let moment = Moment { status: "started", started_at: Some(at), finished_at: None };
            json!({
                "statement": statement, "index": hook.index, "total": hook.total,
                "node_info": hook_info(hook, &moment),
            })
        });
    }

    fn hook_finished(&mut self, hook: &Hook, result: &NodeResult) {
        let (word, status) = match result.status {
            NodeStatus::Success => ("OK", self.palette.green("OK")),
            NodeStatus::Skipped => ("SKIP", self.palette.yellow("SKIP")),
            _ => ("ERROR", self.palette.red("ERROR")),
        };
        let statement = hook.statement();
        let message = format!("{word} hook: {statement}");
        let progress = Some((hook.index, hook.total));
        let seconds = Some(result.execution_time);
        let line = StatusLine { progress, message: &message, status: &status, seconds, truncate: true };
        self.add(("LogHookEndLine", "Q033", LogLevel::Info), line.render(), || {
            let moment = Moment {
                status: result.status.as_str(),
                started_at: result.timing.first().map(|timing| timing.started_at),
                finished_at: result.timing.last().map(|timing| timing.completed_at),
            };
            json!({
                "statement": statement, "status": result.status.as_str(), "index": hook.index, "total": hook.total,
                "execution_time": result.execution_time, "node_info": hook_info(hook, &moment),
            })
        });
        if hook.phase == HookPhase::Start && hook.index == hook.total {
            self.blank(LogLevel::Info);
        }
    }

    fn node_started(&mut self, node: &NodeInProgress) {
        let info = || node_info(&node.node, &Moment::started(node));
        let text = format!("Began running node {}", node.node.unique_id);
        self.add(("NodeStart", "Q024", LogLevel::Debug), text, || json!({ "node_info": info() }));
        if node.index == 0 || !is_executed(&node.node.kind) {
            return;
        }
        let message = format!("START {}", node.description);
        let text = self.node_line(node, &message, "RUN", None);
        self.add(("LogStartLine", "Q011", LogLevel::Info), text, || {
            json!({
                "description": &*node.description, "index": node.index, "total": node.total, "node_info": info(),
            })
        });
    }

    fn node_finished(&mut self, node: &NodeInProgress, result: &NodeResult, at: DateTime<Utc>) {
        if node.index > 0 {
            match &node.node.kind {
                NodeKind::Model(_) | NodeKind::Seed(_) | NodeKind::Snapshot(_) | NodeKind::Function(_) => {
                    self.built(node, result, at);
                }
                NodeKind::DataTest(_) | NodeKind::UnitTest(_) => self.tested(node, result, at),
                NodeKind::Source(source) => self.freshness(node, &source.source_name, result, at),
                _ if result.status == NodeStatus::NoOp => self.no_op(node, result, at),
                _ => {}
            }
        }
        let text = format!("Finished running node {}", node.node.unique_id);
        self.add(("NodeFinished", "Q025", LogLevel::Debug), text, || {
            let info = node_info(&node.node, &Moment::finished(node, result.status, at));
            json!({ "node_info": info, "run_result": run_result(result) })
        });
    }

    fn built(&mut self, node: &NodeInProgress, result: &NodeResult, at: DateTime<Utc>) {
        let failed = result.status == NodeStatus::Error;
        let answer = match node.node.kind {
            NodeKind::Function(_) if result.status == NodeStatus::PartialSuccess => "PARTIAL SUCCESS",
            NodeKind::Function(_) if !failed => "SUCCESS",
            _ => result.message.as_deref().unwrap_or("OK"),
        };
        // dbt leaves the kind out behind "snapshotted".
        let (name, code, done, doing, description) = match &node.node.kind {
            NodeKind::Seed(_) => ("LogSeedResult", "Q016", "loaded", "loading", &*node.description),
            NodeKind::Snapshot(_) => {
                let relation = node.description.strip_prefix("snapshot ").unwrap_or(&node.description);
                ("LogSnapshotResult", "Q015", "snapshotted", "snapshotting", relation)
            }
            NodeKind::Function(_) => ("LogFunctionResult", "Q047", "created", "creating", &*node.description),
            _ => ("LogModelResult", "Q012", "created", "creating", &*node.description),
        };
        let (message, status) = if failed {
            (format!("ERROR {doing} {description}"), self.palette.red("ERROR"))
        } else if result.status == NodeStatus::PartialSuccess {
            (format!("PARTIALLY {done} {description}"), self.palette.yellow(&answer.to_uppercase()))
        } else {
            (format!("OK {done} {description}"), self.palette.green(answer))
        };
        let text = self.node_line(node, &message, &status, Some(result.execution_time));
        let level = if failed { LogLevel::Error } else { LogLevel::Info };
        self.add((name, code, level), text, || {
            let info = node_info(&node.node, &Moment::finished(node, result.status, at));
            let mut data = json!({
                "description": description, "index": node.index, "total": node.total,
                "execution_time": result.execution_time, "node_info": info,
                "status": if failed { "error" } else { answer },
            });
            if code != "Q012" {
                data["status"] = result.status.as_str().into();
                data["result_message"] = answer.into();
            }
            if let NodeKind::Snapshot(_) = &node.node.kind {
                data["cfg"] = config_texts(&node.node);
            }
            if let (NodeKind::Seed(_), Some(fields)) = (&node.node.kind, data.as_object_mut()) {
                fields.remove("description");
                fields.insert("relation".to_string(), node.node.alias.as_str().into());
                fields.insert("schema".to_string(), schema(node).into());
            }
            data
        });
    }

    fn tested(&mut self, node: &NodeInProgress, result: &NodeResult, at: DateTime<Utc>) {
        let failures = result.failures.unwrap_or_default();
        let (word, status, level) = match result.status {
            NodeStatus::Pass => ("PASS".to_string(), self.palette.green("PASS"), LogLevel::Info),
            NodeStatus::Warn => {
                let word = format!("WARN {failures}");
                let status = self.palette.yellow(&word);
                (word, status, LogLevel::Warn)
            }
            NodeStatus::Error => ("ERROR".to_string(), self.palette.red("ERROR"), LogLevel::Error),
            _ => {
                let word = format!("FAIL {failures}");
                let status = self.palette.red(&word);
                (word, status, LogLevel::Error)
            }
        };
        let name = node.description.split_once(' ').map_or(&*node.description, |(_, name)| name);
        let text = self.node_line(node, &format!("{word} {name}"), &status, Some(result.execution_time));
        self.add(("LogTestResult", "Q007", level), text, || {
            let attached = node.node.as_data_test().and_then(|test| test.attached_node.as_ref());
            json!({
                "name": name, "status": result.status.as_str(), "index": node.index, "num_models": node.total,
                "execution_time": result.execution_time, "num_failures": failures,
                "attached_node": attached.map(|id| id.as_str()).unwrap_or_default(),
                "node_info": node_info(&node.node, &Moment::finished(node, result.status, at)),
            })
        });
    }

    fn freshness(&mut self, node: &NodeInProgress, source_name: &str, result: &NodeResult, at: DateTime<Utc>) {
        let (word, status, level) = match result.status {
            NodeStatus::RuntimeError => ("ERROR", self.palette.red("ERROR"), LogLevel::Error),
            NodeStatus::Error => ("ERROR STALE", self.palette.red("ERROR STALE"), LogLevel::Error),
            NodeStatus::Warn => ("WARN", self.palette.yellow("WARN"), LogLevel::Warn),
            _ => ("PASS", self.palette.green("PASS"), LogLevel::Info),
        };
        let text = self.node_line(node, &format!("{word} {}", node.description), &status, Some(result.execution_time));
        self.add(("LogFreshnessResult", "Q018", level), text, || {
            json!({
                "status": result.status.as_str(), "source_name": source_name, "table_name": &*node.node.name,
                "index": node.index, "total": node.total, "execution_time": result.execution_time,
                "node_info": node_info(&node.node, &Moment::finished(node, result.status, at)),
            })
        });
    }

    fn no_op(&mut self, node: &NodeInProgress, result: &NodeResult, at: DateTime<Utc>) {
        let message = format!("NO-OP {}", node.description);
        let status = self.palette.yellow("NO-OP");
        let text = self.node_line(node, &message, &status, Some(result.execution_time));
        self.add(("LogNodeNoOpResult", "Q019", LogLevel::Info), text, || {
            json!({
                "description": &*node.description, "index": node.index, "total": node.total,
                "execution_time": result.execution_time, "status": "",
                "node_info": node_info(&node.node, &Moment::finished(node, result.status, at)),
            })
        });
    }

    /// dbt lets skipped nodes begin and end as well.
    fn node_skipped(&mut self, node: &NodeInProgress, reason: &SkipReason, at: DateTime<Utc>) {
        let text = format!("Began running node {}", node.node.unique_id);
        self.add(
            ("NodeStart", "Q024", LogLevel::Debug),
            text,
            || json!({ "node_info": node_info(&node.node, &Moment::started(node)) }),
        );
        if node.index > 0 {
            self.skipping(node, reason);
        }
        let text = format!("Finished running node {}", node.node.unique_id);
        self.add(("NodeFinished", "Q025", LogLevel::Debug), text, || {
            let skipped = NodeResult::skipped(Subject::Node(node.node.clone()), "", None);
            let info = node_info(&node.node, &Moment::finished(node, NodeStatus::Skipped, at));
            json!({ "node_info": info, "run_result": run_result(&skipped) })
        });
    }

    fn skipping(&mut self, node: &NodeInProgress, reason: &SkipReason) {
        let (index, total) = (node.index, node.total);
        let (schema, name) = (schema(node), &*node.node.name);
        if let SkipReason::Ephemeral { cause } = reason {
            let status = cause.status.as_str();
            let message = format!("SKIP relation {schema}.{name} due to ephemeral model status '{status}'");
            let text = self.node_line(node, &message, &self.palette.red("ERROR SKIP"), None);
            self.add(
                ("LogSkipBecauseError", "Z034", LogLevel::Error),
                text,
                || json!({ "schema": schema, "relation": name, "index": index, "total": total, "status": status }),
            );
            summary::add_problem(self, cause, false, false);
            return;
        }
        let message = match &node.node.kind {
            NodeKind::Model(_) | NodeKind::Seed(_) | NodeKind::Snapshot(_) => format!("SKIP relation {schema}.{name}"),
            _ => format!("SKIP {} {name}", node.node.resource_type()),
        };
        let text = self.node_line(node, &message, &self.palette.yellow("SKIP"), None);
        self.add(("SkippingDetails", "Q034", LogLevel::Info), text, || {
            let moment = Moment { status: "skipped", started_at: Some(node.started_at), finished_at: None };
            json!({
                "resource_type": node.node.resource_type().as_str(), "schema": schema, "node_name": name,
                "index": index, "total": total, "node_info": node_info(&node.node, &moment),
            })
        });
    }

    fn node_line(&self, node: &NodeInProgress, message: &str, status: &str, seconds: Option<f64>) -> String {
        let progress = Some((node.index, node.total));
        StatusLine { progress, message, status, seconds, truncate: false }.render()
    }

    fn style(&self) -> RenderStyle {
        if self.palette.colours { RenderStyle::Coloured } else { RenderStyle::Plain }
    }

    /// In one line, as dbt does it: everything that reads dbt's output looks for these words.
    fn encountered(&mut self, diagnostics: &[Diagnostic]) {
        let style = self.style();
        let texts: Vec<String> = diagnostics.iter().map(|diagnostic| render(diagnostic, self.sources, style)).collect();
        let text = texts.join("\n\n");
        let data = || json!({ "exc": text });
        self.add(("MainEncounteredError", "Z002", LogLevel::Error), format!("Encountered an error:\n{text}"), data);
    }

    pub fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        let style = self.style();
        let level = if diagnostic.is_error() { LogLevel::Error } else { LogLevel::Warn };
        let text = render(diagnostic, self.sources, style);
        let (name, code) = match warning_event(diagnostic.code) {
            WarningEvent { name, code, .. } if !diagnostic.is_error() && name != code => (name, code),
            _ => ("Diagnostic", diagnostic.code.as_str()),
        };
        let sources = self.sources;
        self.add((name, code, level), text, || {
            let label = |label: &Label| {
                json!({
                    "file": &*label.span.file, "start": label.span.start, "end": label.span.end,
                    "message": label.message,
                })
            };
            let mut data = json!({
                "msg": diagnostic.message,
                "code": diagnostic.code.as_str(),
                "primary": diagnostic.primary.as_ref().map(label),
                "secondary": diagnostic.secondary.iter().map(label).collect::<Vec<_>>(),
                "hints": diagnostic.hints,
                "unique_id": diagnostic.node.as_deref(),
            });
            if name == "NoNodesForSelectionCriteria" {
                data["spec_raw"] = diagnostic.primary.as_ref().and_then(|label| written(sources, label)).into();
            }
            data
        });
        if let Some(line) = self.events.last_mut() {
            line.is_block = true;
        }
    }
}

/// The words that a label points at.
fn written(sources: &SourceMap, label: &Label) -> Option<String> {
    let text = sources.text(&label.span.file)?;
    text.get(label.span.start..label.span.end).map(str::to_string)
}

/// A node's configs, each as a text.
fn config_texts(node: &Node) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let known = node.config.values.iter().filter(|(_, value)| !value.is_null());
    Value::Object(known.map(|(name, value)| (name.clone(), text(value).into())).collect())
}

/// Whether the engine is asked to do something: such nodes get a line when they begin.
fn is_executed(kind: &NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Model(_)
            | NodeKind::Seed(_)
            | NodeKind::Function(_)
            | NodeKind::Snapshot(_)
            | NodeKind::DataTest(_)
            | NodeKind::UnitTest(_)
            | NodeKind::Source(_)
    )
}

fn schema(node: &NodeInProgress) -> &str {
    node.node.relation.as_ref().and_then(|relation| relation.schema.as_deref()).unwrap_or_default()
}
