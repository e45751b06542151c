//! A progress bar for people: drawn on standard error, wrapped around whatever writes the lines.

use super::Reporter;
use crate::run::{EventKind, RunEvent};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;

/// Draws how far the run is, and passes every event on. The bar is taken off the screen while a line is written.
pub struct ProgressReporter {
    bar: ProgressBar,
    inner: Arc<dyn Reporter>,
}

impl ProgressReporter {
    /// A bar on standard error. Where that is no terminal, nothing is ever drawn.
    pub fn new(inner: Arc<dyn Reporter>) -> Self {
        Self::with_target(inner, ProgressDrawTarget::stderr())
    }

    /// A bar on `target`.
    pub fn with_target(inner: Arc<dyn Reporter>, target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {elapsed_precise} {wide_msg}") {
            bar.set_style(style);
        }
        ProgressReporter { bar, inner }
    }

    fn update(&self, event: &RunEvent) {
        match &event.kind {
            EventKind::RunStarted { total, .. } => {
                self.bar.set_length(*total as u64);
                self.bar.reset();
            }
            EventKind::NodeStarted { node } if node.index > 0 => self.bar.set_message(node.node.name.to_string()),
            EventKind::NodeFinished { node, .. } | EventKind::NodeSkipped { node, .. } if node.index > 0 => {
                self.bar.inc(1);
            }
            EventKind::RunFinished { .. } => self.bar.finish_and_clear(),
            _ => {}
        }
    }
}

impl Reporter for ProgressReporter {
    fn event(&self, event: &RunEvent) {
        self.bar.suspend(|| self.inner.event(event));
        self.update(event);
    }

    fn events(&self, events: &[RunEvent]) {
        self.bar.suspend(|| self.inner.events(events));
        events.iter().for_each(|event| self.update(event));
    }
}
