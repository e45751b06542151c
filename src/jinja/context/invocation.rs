//! What is the same for all templates of one run of the program.

use crate::manifest::{JsonMap, TimeWindow};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One run of the program.
pub struct Invocation {
    /// `invocation_id`: a random UUID.
    pub id: String,
    /// `run_started_at`, in UTC.
    pub started_at: DateTime<Utc>,
    /// The command: `run`, `build`, `compile`...
    pub command: String,
    /// `flags`: names in capitals, as dbt shows them.
    pub flags: IndexMap<String, serde_json::Value>,
    /// `invocation_args_dict`.
    pub arguments: JsonMap,
    /// Environment variables, read once.
    pub environment: BTreeMap<String, String>,
    /// `--empty`: relations are read without rows.
    pub empty: bool,
    /// `seed --empty`: seeds are tables without rows.
    pub empty_seeds: bool,
    /// What counts as now for batches and samples: the start, or that of the run that is tried again.
    pub now: DateTime<Utc>,
    /// `--event-time-start` and `--event-time-end`: the batches to build.
    pub event_time: Option<TimeWindow>,
    /// `--sample`: of what has an `event_time`, only these rows are read.
    pub sample: Option<TimeWindow>,
    /// Where `log`, `print` and `exceptions.warn` go.
    pub messages: Arc<dyn Messages>,
    cancelled: AtomicBool,
}

impl Invocation {
    /// A run of `command` that started at `started_at`.
    pub fn new(id: String, started_at: DateTime<Utc>, command: &str, messages: Arc<dyn Messages>) -> Self {
        Invocation {
            id,
            started_at,
            command: command.to_string(),
            flags: IndexMap::new(),
            arguments: JsonMap::new(),
            environment: BTreeMap::new(),
            empty: false,
            empty_seeds: false,
            now: started_at,
            event_time: None,
            sample: None,
            messages,
            cancelled: AtomicBool::new(false),
        }
    }

    /// A flag by its name in capitals.
    pub fn flag(&self, name: &str) -> bool {
        self.flags.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    /// Asks everything that runs to end.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    /// Whether the run was asked to end.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for Invocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<invocation {} of {}>", self.id, self.command)
    }
}

/// Where templates' messages go.
pub trait Messages: Send + Sync {
    /// `log(message, info=...)`: to the terminal when `info`, else to the log file.
    fn log(&self, node: Option<&str>, message: &str, info: bool);
    /// `print(message)`: to standard output, also when the run is quiet.
    fn print(&self, message: &str);
    /// `exceptions.warn(message)`; an error text when warnings are errors.
    fn warn(&self, node: Option<&str>, message: &str) -> Option<String>;
}

/// Messages that nobody wants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Messages for Silent {
    fn log(&self, _node: Option<&str>, _message: &str, _info: bool) {}
    fn print(&self, _message: &str) {}
    fn warn(&self, _node: Option<&str>, _message: &str) -> Option<String> {
        None
    }
}
