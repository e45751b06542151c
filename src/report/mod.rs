//! Telling the user what happens: terminal, JSON lines, log file. Fed by events only.
//!
//! Owns [`Reporter`] and everything that turns a [`RunEvent`] into lines, in dbt's words and layout. Never decides what
//! happens, asks no clock, and writes only to the writers it was given.

mod batch;
mod delayed;
pub mod diff;
mod line;
mod log_event;
mod log_file;
mod logger;
mod node_info;
mod overload;
mod progress;
mod scrub;
mod summary;
mod warning;

pub use delayed::{Delayed, write_logs};
pub use line::colours_wanted;
pub use log_file::{DEFAULT_LOG_FILE_BYTES, LogFileError, RotatingFile};
pub use logger::{LogFormat, LogLevel, LogReporter, LogSettings};
pub use progress::ProgressReporter;
pub use scrub::Scrubber;
pub use warning::{WarningEvent, warning_event};

use crate::run::RunEvent;
use std::sync::Arc;

/// Something that is told what happens. Called from all threads of a run; must be quick and must not fail: a terminal
/// that has gone away is no reason to stop building.
pub trait Reporter: Send + Sync {
    /// Takes note of `event`.
    fn event(&self, event: &RunEvent);

    /// Takes note of events that come at once, such as the lines of a list.
    fn events(&self, events: &[RunEvent]) {
        events.iter().for_each(|event| self.event(event));
    }
}

/// Several reporters as one: each is told of every event, in order.
#[derive(Default)]
pub struct MultiReporter {
    reporters: Vec<Arc<dyn Reporter>>,
}

impl MultiReporter {
    /// All of `reporters`.
    pub fn new(reporters: Vec<Arc<dyn Reporter>>) -> Self {
        MultiReporter { reporters }
    }
}

impl Reporter for MultiReporter {
    fn event(&self, event: &RunEvent) {
        for reporter in &self.reporters {
            reporter.event(event);
        }
    }

    fn events(&self, events: &[RunEvent]) {
        for reporter in &self.reporters {
            reporter.events(events);
        }
    }
}

#[cfg(test)]
mod tests;
