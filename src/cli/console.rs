//! Where everything that a command has to say goes: reporters, warnings that are errors, messages of templates.

use super::arguments::{Arguments, ColorChoice, WarnErrorOptions};
use crate::adapter::StatementListener;
use crate::diagnostic::{Diagnostic, ErrorCode, Severity, SourceMap};
use crate::jinja::context::Messages;
use crate::packages::git_tokens;
use crate::project::profile::Secrets;
use crate::report::{
    Delayed, LogFormat, LogLevel, LogReporter, LogSettings, MultiReporter, ProgressReporter, Reporter, RotatingFile,
    Scrubber, WarningEvent, colours_wanted, warning_event,
};
use crate::run::{EventKind, RunEvent};
use chrono::Utc;
use std::collections::BTreeMap;
use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Lines of output that are made before they are passed on.
const PRINTED_AT_ONCE: usize = 500;

/// What a command reports through.
pub(super) struct Console {
    reporter: MultiReporter,
    warnings: WarnErrorOptions,
    quiet_prints: bool,
    errors: AtomicUsize,
    /// Deprecations by code: without `--show-all-deprecations` only the first of each is shown, as in dbt.
    deprecations: Mutex<BTreeMap<ErrorCode, usize>>,
    show_all_deprecations: bool,
}

impl Console {
    /// The console of a command: the terminal, and the log file in `log_folder` if there is one.
    pub fn new(
        arguments: &Arguments,
        environment: &BTreeMap<String, String>,
        invocation_id: &str,
        log_folder: Option<&Path>,
        sources: &Arc<SourceMap>,
        warnings: WarnErrorOptions,
    ) -> Self {
        let output = &arguments.global.output;
        let secrets =
            environment.iter().filter(|(name, _)| Secrets::is_secret_name(name)).map(|(_, value)| value.clone());
        let scrubber = Scrubber::new(secrets.chain(git_tokens(environment)));
        let no_color = environment.get("NO_COLOR").map(String::as_str);
        let colours = |choice: ColorChoice, terminal: bool| {
            let said = match choice {
                ColorChoice::Auto => None,
                ColorChoice::Always => Some(true),
                ColorChoice::Never => Some(false),
            };
            colours_wanted(said, no_color, terminal)
        };
        let is_terminal = stdout().is_terminal();
        let settings = |format: Option<LogFormat>, level, colours| LogSettings {
            format: format.unwrap_or(LogFormat::Text),
            level,
            colours,
            invocation_id: invocation_id.into(),
            process_id: std::process::id(),
        };
        let mut reporters: Vec<Arc<dyn Reporter>> = Vec::new();
        let level = match output.log_level {
            _ if output.quiet => Some(LogLevel::Error),
            _ if output.debug => Some(LogLevel::Debug),
            level => level,
        };
        if let Some(level) = level {
            let settings = settings(output.log_format, level, colours(output.use_colors, is_terminal));
            let shows_progress = is_terminal && settings.format == LogFormat::Text && level == LogLevel::Info;
            let log = Arc::new(LogReporter::new(settings, scrubber.clone(), sources.clone(), Box::new(stdout())));
            reporters.push(match shows_progress {
                true => Arc::new(ProgressReporter::new(log)),
                false => log,
            });
        }
        let mut unwritable = None;
        if let (Some(folder), Some(level)) = (log_folder, output.log_level_file) {
            match RotatingFile::open(folder, output.log_file_max_bytes) {
                Ok(file) => {
                    // A colour in a file is only there when somebody asked for it.
                    let settings = LogSettings {
                        format: output.log_format_file.unwrap_or(LogFormat::Debug),
                        ..settings(None, level, output.use_colors_file == ColorChoice::Always)
                    };
                    reporters.push(Arc::new(LogReporter::new(
                        settings,
                        scrubber,
                        sources.clone(),
                        Box::new(Delayed::around(Box::new(file))),
                    )));
                }
                Err(cause) => unwritable = Some(cause.to_diagnostic()),
            }
        }
        let console = Console {
            reporter: MultiReporter::new(reporters),
            warnings,
            quiet_prints: !output.print,
            errors: AtomicUsize::new(0),
            deprecations: Mutex::default(),
            show_all_deprecations: output.show_all_deprecations,
        };
        if let Some(Diagnostic { code, message, hints, .. }) = unwritable {
            // A log that cannot be kept is no reason not to build.
            let warning = Diagnostic { hints, ..Diagnostic::warning(code, message) };
            console.event(EventKind::Diagnostic(Arc::new(warning)));
        }
        console
    }

    /// Tells what happened, now.
    pub fn event(&self, kind: EventKind) {
        self.reporter.event(&RunEvent::now(kind));
    }

    /// Passes on what a run tells.
    pub fn pass_on(&self, event: RunEvent) {
        match event.kind {
            EventKind::Diagnostic(diagnostic) => self.report(Arc::unwrap_or_clone(diagnostic)),
            EventKind::Print { .. } if self.quiet_prints => {}
            _ => self.reporter.event(&event),
        }
    }

    /// A command's own output: shown as it is, also with `--quiet`.
    pub fn print(&self, message: impl Into<String>) {
        self.event(EventKind::Print { message: message.into() });
    }

    /// The same for many lines.
    pub fn print_all(&self, messages: impl IntoIterator<Item = String>) {
        let mut messages = messages.into_iter();
        let RunEvent { thread, .. } = RunEvent::now(EventKind::Print { message: String::new() });
        let print = |message| RunEvent { at: Utc::now(), thread: thread.clone(), kind: EventKind::Print { message } };
        loop {
            let events: Vec<RunEvent> = messages.by_ref().take(PRINTED_AT_ONCE).map(print).collect();
            if events.is_empty() {
                return;
            }
            self.reporter.events(&events);
        }
    }

    /// A warning or an error, by the rules of `--warn-error`.
    pub fn report(&self, diagnostic: Diagnostic) {
        let Some(diagnostic) = self.judge(diagnostic) else { return };
        if diagnostic.is_error() {
            self.errors.fetch_add(1, Ordering::SeqCst);
        }
        self.event(EventKind::Diagnostic(Arc::new(diagnostic)));
    }

    /// Shows the warnings among `diagnostics` and gives back the errors, those that warnings were made into included.
    pub fn warn(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        for diagnostic in diagnostics.into_iter().filter_map(|diagnostic| self.judge(diagnostic)) {
            if diagnostic.is_error() {
                errors.push(diagnostic);
            } else {
                self.event(EventKind::Diagnostic(Arc::new(diagnostic)));
            }
        }
        errors
    }

    /// Whether a warning became an error after the nodes had been chosen.
    pub fn has_errors(&self) -> bool {
        self.errors.load(Ordering::SeqCst) > 0
    }

    /// Counts a deprecation, and says whether it need not be shown again.
    fn is_repeated(&self, code: ErrorCode) -> bool {
        let mut deprecations = self.deprecations.lock().unwrap_or_else(PoisonError::into_inner);
        let count = deprecations.entry(code).or_default();
        *count += 1;
        *count > 1 && !self.show_all_deprecations
    }

    /// Says how many deprecations were not shown.
    pub fn sum_up_deprecations(&self) {
        if self.show_all_deprecations {
            return;
        }
        for (code, count) in &*self.deprecations.lock().unwrap_or_else(PoisonError::into_inner) {
            if *count > 1 {
                let message = format!("{} more of {code}: --show-all-deprecations shows them", count - 1);
                self.event(EventKind::Note { message });
            }
        }
    }

    /// Applies `--warn-error-options`; `None` for what is not shown.
    fn judge(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        if diagnostic.is_error() {
            return Some(diagnostic);
        }
        let WarningEvent { name: event, is_deprecation: deprecation, .. } = warning_event(diagnostic.code);
        if self.warnings.errors(event, deprecation) {
            diagnostic.severity = Severity::Error;
        } else if self.warnings.silences(event, deprecation) || (deprecation && self.is_repeated(diagnostic.code)) {
            return None;
        }
        Some(diagnostic)
    }
}

impl Messages for Console {
    fn log(&self, _node: Option<&str>, message: &str, info: bool) {
        self.event(EventKind::Log { message: message.to_string(), info });
    }

    fn print(&self, message: &str) {
        if !self.quiet_prints {
            self.event(EventKind::Print { message: message.to_string() });
        }
    }

    fn warn(&self, node: Option<&str>, message: &str) -> Option<String> {
        if self.warnings.errors("JinjaLogWarning", false) {
            return Some(message.to_string());
        }
        if !self.warnings.silences("JinjaLogWarning", false) {
            let warning = Diagnostic::warning(ErrorCode::JinjaWarning, message);
            let warning = match node {
                Some(node) => warning.for_node(node),
                None => warning,
            };
            self.event(EventKind::Diagnostic(Arc::new(warning)));
        }
        None
    }
}

impl StatementListener for Console {
    fn started(&self, connection: &str, sql: &str) {
        self.event(EventKind::StatementStarted { connection: connection.into(), sql: sql.into() });
    }

    fn finished(&self, _connection: &str, outcome: Result<(), &str>, seconds: f64) {
        let status = outcome.err().unwrap_or("OK").to_string();
        self.event(EventKind::StatementFinished { status, elapsed: seconds });
    }

    fn printed(&self, connection: &str, line: &str) {
        self.event(EventKind::Log { message: format!("{connection}: {line}"), info: false });
    }
}
