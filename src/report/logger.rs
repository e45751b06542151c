//! Writes the lines of events to one writer, in one of dbt's three formats.

use super::Reporter;
use super::line::Palette;
use super::log_event::{Lines, LogEvent};
use super::node_info::{Moment, node_info, utc_text};
use super::scrub::Scrubber;
use crate::diagnostic::SourceMap;
use crate::run::{EventKind, NodeInProgress, RunEvent};
use chrono::{DateTime, Timelike, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

/// Lines that dbt ties to the node they come from.
const OF_A_NODE: [&str; 5] = ["JinjaLogInfo", "JinjaLogDebug", "JinjaLogWarning", "SQLQuery", "SQLQueryStatus"];

/// Of many lines that come at once, about so many bytes are written together.
const WRITTEN_AT_ONCE: usize = 1 << 16;

/// How serious a line is, least first. `--log-level`, `--log-level-file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// For whoever looks for a fault.
    Debug,
    /// What a user wants to see.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

impl LogLevel {
    /// dbt's word.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        }
    }

    /// The level that the command line calls `text`; `None` inside for `none`, which means no log at all.
    pub fn parse(text: &str) -> Option<Option<Self>> {
        Some(Some(match text.to_ascii_lowercase().as_str() {
            "debug" => LogLevel::Debug,
            "info" => LogLevel::Info,
            "warn" => LogLevel::Warn,
            "error" => LogLevel::Error,
            "none" => return Some(None),
            _ => return None,
        }))
    }
}

/// How lines look: `--log-format`, `--log-format-file`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// `HH:MM:SS  message`.
    #[default]
    Text,
    /// Time with fractions, level, thread, message.
    Debug,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();

    /// `text`, `debug` or `json`; `default` is the caller's to decide.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(LogFormat::Text),
            "debug" => Ok(LogFormat::Debug),
            "json" => Ok(LogFormat::Json),
            _ => Err(()),
        }
    }
}

/// How one log is written.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Look of the lines.
    pub format: LogFormat,
    /// Lines below this level are left out. `--quiet` is [`LogLevel::Error`]; what `print()` says is always shown.
    pub level: LogLevel,
    /// Whether lines carry ANSI colours.
    pub colours: bool,
    /// Id of the invocation, for JSON lines and the separator in log files.
    pub invocation_id: Arc<str>,
    /// Id of the process, for JSON lines.
    pub process_id: u32,
}

/// Writes every event, as lines, to one writer: standard output, or a [`super::RotatingFile`].
pub struct LogReporter {
    settings: LogSettings,
    scrubber: Scrubber,
    sources: Arc<SourceMap>,
    writer: Mutex<Box<dyn Write + Send>>,
    /// The node that each thread is at, for lines that do not say it themselves.
    at_work: Mutex<HashMap<Arc<str>, NodeInProgress>>,
}

impl fmt::Debug for LogReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogReporter").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl LogReporter {
    /// A log with `settings` on `writer`. `sources` hold the lines that diagnostics point at.
    pub fn new(
        settings: LogSettings,
        scrubber: Scrubber,
        sources: Arc<SourceMap>,
        writer: Box<dyn Write + Send>,
    ) -> Self {
        LogReporter { settings, scrubber, sources, writer: Mutex::new(writer), at_work: Mutex::default() }
    }

    fn shows(&self, line: &LogEvent) -> bool {
        line.level >= self.settings.level || line.is_print()
    }

    fn text_line(&self, event: &RunEvent, line: &LogEvent) -> String {
        let message = self.scrubber.scrub(&line.message);
        if line.is_block {
            return message.into_owned();
        }
        format!("{}{}  {message}", self.colour_reset(), Clock(event.at))
    }

    fn debug_line(&self, event: &RunEvent, line: &LogEvent) -> String {
        let time = format!("{}.{:06}", Clock(event.at), event.at.timestamp_subsec_micros());
        let separator = match line.name {
            "MainReportVersion" => {
                let rule = "=".repeat(30);
                format!("\n\n{rule} {time} | {} {rule}\n", self.settings.invocation_id)
            }
            _ => String::new(),
        };
        let message = self.scrubber.scrub(&line.message);
        let (level, thread) = (line.level.as_str(), &*event.thread);
        format!("{separator}{}{time} [{level:<5}] [{thread:<10.10}]: {message}", self.colour_reset())
    }

    /// Remembers which node a thread is at.
    fn follow(&self, event: &RunEvent) {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        match &event.kind {
            EventKind::NodeStarted { node } => drop(at_work.insert(event.thread.clone(), node.clone())),
            EventKind::NodeFinished { .. } => drop(at_work.remove(&event.thread)),
            _ => {}
        }
    }

    /// Adds the node that the thread is at to a line of a template or a statement.
    fn add_node(&self, event: &RunEvent, line: &mut LogEvent) {
        if !OF_A_NODE.contains(&line.name) || line.data.contains_key("node_info") {
            return;
        }
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = at_work.get(&event.thread) {
            line.data.insert("node_info".to_string(), node_info(&node.node, &Moment::started(node)));
        }
    }

    fn json_line(&self, event: &RunEvent, line: LogEvent) -> String {
        let value = json!({
            "data": line.data,
            "info": {
                "category": "",
                "code": line.code,
                "extra": {},
                "invocation_id": &*self.settings.invocation_id,
                "level": line.level.as_str(),
                "msg": line.message,
                "name": line.name,
                "pid": self.settings.process_id,
                "thread": &*event.thread,
                "ts": utc_text(event.at),
            },
        });
        self.scrubbed(value).to_string()
    }

    /// `value` with its keys sorted, as dbt writes them, and every text scrubbed before quoting could hide a secret.
    fn scrubbed(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.scrubber.scrub(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.scrubbed(item)).collect(),
            Value::Object(map) => {
                let scrub =
                    |(key, value): (String, Value)| (self.scrubber.scrub(&key).into_owned(), self.scrubbed(value));
                let mut entries: Vec<(String, Value)> = map.into_iter().map(scrub).collect();
                entries.sort_by(|(left, _), (right, _)| left.cmp(right));
                Value::Object(entries.into_iter().collect())
            }
            other => other,
        }
    }

    /// dbt begins each line by switching off whatever colour an earlier line may have left on.
    fn colour_reset(&self) -> &'static str {
        if self.settings.colours { "\u{1b}[0m" } else { "" }
    }
}

/// A time of day, as `%H:%M:%S` of strftime, which is not read anew for each line.
struct Clock(DateTime<Utc>);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.0.hour(), self.0.minute(), self.0.second())
    }
}

impl LogReporter {
    /// Adds the lines of `event` that are shown, each with its end.
    fn add_lines(&self, event: &RunEvent, text: &mut String) {
        let json = self.settings.format == LogFormat::Json;
        let palette = Palette { colours: self.settings.colours };
        if json {
            self.follow(event);
        }
        for mut line in Lines::of(event, palette, json, &self.sources) {
            if !self.shows(&line) {
                continue;
            }
            *text += &match self.settings.format {
                LogFormat::Text => self.text_line(event, &line),
                LogFormat::Debug => self.debug_line(event, &line),
                LogFormat::Json => {
                    self.add_node(event, &mut line);
                    self.json_line(event, line)
                }
            };
            text.push('\n');
        }
    }

    fn write(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader that has gone away (`| head`) or a full disk must not stop the build.
        let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    }
}

impl Reporter for LogReporter {
    fn event(&self, event: &RunEvent) {
        let mut text = String::new();
        self.add_lines(event, &mut text);
        self.write(&text);
    }

    fn events(&self, events: &[RunEvent]) {
        let mut text = String::new();
        for event in events {
            self.add_lines(event, &mut text);
            if text.len() >= WRITTEN_AT_ONCE {
                self.write(&text);
                text.clear();
            }
        }
        self.write(&text);
    }
}
