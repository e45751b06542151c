//! What goes wrong while a template is rendered: message, place and the macros on the way.
//!
//! Owns [`RenderError`] and how it is collected from minijinja's errors; the layout of dbt's messages is here too.

use super::library::MacroDefinition;
use super::unit::Unit;
use super::value;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use minijinja::{Error, ErrorKind};
use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

/// What dbt adds to the message when a node's own text uses something undefined.
const UNDEFINED_REMEDY: &str = "This can happen when calling a macro that does not exist. Check for typos and/or install \
                                package dependencies with \"dbt deps\".";

/// A template that could not be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderError {
    /// What happened, in dbt's words.
    pub message: String,
    /// Whether something undefined was used.
    pub undefined: bool,
    /// The innermost place that is known.
    pub span: Option<Span>,
    /// The macros that were being called, innermost first.
    pub macro_stack: Vec<MacroCall>,
    /// The place in the template itself that led there, if it is another one than `span`.
    pub template_span: Option<Span>,
    /// The diagnostic that a context function failed with, if it was one.
    pub source_diagnostic: Option<Diagnostic>,
}

/// A macro in the stack of a [`RenderError`].
#[derive(Debug, Clone, PartialEq)]
pub struct MacroCall {
    /// `macro.package.name`
    pub unique_id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its file, relative to its project.
    pub path: Arc<str>,
    /// The place in it that failed or called the next one.
    pub span: Option<Span>,
}

impl MacroCall {
    fn is_builtin(&self) -> bool {
        ["macro.dbt.", "macro.dbt_duckdb."].iter().any(|package| self.unique_id.starts_with(package))
    }
}

impl RenderError {
    /// dbt's text for a failure in a node, such as `model x (models/x.sql)`:
    ///
    /// ```text
    /// Compilation Error in model x (models/x.sql)
    ///   message
    ///
    ///   > in macro inner (macros/inner.sql)
    ///   > called by model x (models/x.sql)
    /// ```
    pub fn dbt_text(&self, node: &str) -> String {
        let mut lines: Vec<String> = self.message.split('\n').map(str::to_string).collect();
        if !self.macro_stack.is_empty() {
            lines.push(String::new());
            lines.extend(self.stack_lines());
            lines.push(format!("> called by {node}"));
        }
        let lines: Vec<String> = lines.into_iter().map(|line| format!("  {line}")).collect();
        format!("Compilation Error in {node}\n{}", lines.join("\n"))
    }

    fn stack_lines(&self) -> impl Iterator<Item = String> {
        let place = |(index, call): (usize, &MacroCall)| {
            let verb = if index == 0 { "in" } else { "called by" };
            format!("> {verb} macro {} ({})", call.name, call.path)
        };
        self.macro_stack.iter().enumerate().map(place)
    }

    /// The error as a diagnostic, with the macro stack in the message and every place that is known.
    pub fn into_diagnostic(self) -> Diagnostic {
        let code = if self.undefined { ErrorCode::JinjaUndefined } else { ErrorCode::JinjaRender };
        let mut diagnostic = match &self.source_diagnostic {
            Some(source) => source.clone(),
            None => Diagnostic::error(code, self.message.clone()),
        };
        for line in self.stack_lines().collect::<Vec<_>>() {
            diagnostic.message.push('\n');
            diagnostic.message.push_str(&line);
        }
        if diagnostic.hints.is_empty() {
            diagnostic.hints.extend(super::remedy::of_rendering(&self.message));
        }
        for (span, label) in self.places() {
            diagnostic = match &diagnostic.primary {
                None => diagnostic.labelled(span, label),
                Some(_) if label.is_empty() => diagnostic.also(span, "called here"),
                Some(_) => diagnostic.also(span, label),
            };
        }
        diagnostic
    }

    /// Places in files of the user, innermost first. Those in built-in macros are nothing that can be mended.
    fn places(&self) -> Vec<(Span, String)> {
        let mut places = Vec::new();
        if !self.macro_stack.first().is_some_and(MacroCall::is_builtin) {
            places.extend(self.span.clone().map(|span| (span, String::new())));
        }
        for call in self.macro_stack.iter().skip(1).filter(|call| !call.is_builtin()) {
            places.extend(call.span.clone().map(|span| (span, format!("called by macro {}", call.name))));
        }
        places.extend(self.template_span.clone().map(|span| (span, "called here".to_string())));
        places
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RenderError {}

/// A step of an error on its way out: the place in one unit, and the macro that the unit is.
#[derive(Debug)]
struct Step {
    span: Option<Span>,
    definition: Option<Arc<MacroDefinition>>,
    inner: Error,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

impl std::error::Error for Step {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.inner)
    }
}

/// Notes where in `unit` the error came up, before it leaves the unit. The kind and text of the error stay.
pub(super) fn trace(error: Error, unit: &Unit, definition: Option<&Arc<MacroDefinition>>) -> Error {
    let detail = error.detail().unwrap_or_default().to_string();
    let span = span_of(&error, unit);
    Error::new(error.kind(), detail).with_source(Step { span, definition: definition.cloned(), inner: error })
}

fn span_of(error: &Error, unit: &Unit) -> Option<Span> {
    // Errors without a name were made before any instruction of the unit ran, such as those about its arguments.
    error.name().filter(|name| *name == unit.template_name)?;
    let range = unit.source_range(&error.range()?)?;
    Some(Span::new(unit.file.clone(), range.as_usize()))
}

/// The error of a whole render of `unit`.
pub(super) fn render_error(error: Error, unit: &Unit) -> RenderError {
    let own_span = span_of(&error, unit);
    let mut steps: Vec<(Option<Span>, Option<MacroCall>)> = Vec::new();
    let mut source_diagnostic = None;
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(step) = source.downcast_ref::<Step>() {
            steps.push((step.span.clone(), step.definition.as_ref().map(|found| macro_call(found, &step.span))));
        }
        if let Some(diagnostic) = source.downcast_ref::<Diagnostic>() {
            source_diagnostic = Some(diagnostic.clone());
        }
        next = source.source();
    }
    let innermost = steps.iter().rev().find_map(|(span, _)| span.clone());
    let undefined = error.kind() == ErrorKind::UndefinedError;
    let mut message = match &source_diagnostic {
        Some(diagnostic) => diagnostic.message.clone(),
        None => message_of(&error),
    };
    let macro_stack: Vec<MacroCall> = steps.into_iter().rev().filter_map(|(_, call)| call).collect();
    if undefined && macro_stack.is_empty() {
        message = format!("{message}. {UNDEFINED_REMEDY}");
    }
    let template_span = innermost.is_some().then(|| own_span.clone()).flatten();
    RenderError { message, undefined, span: innermost.or(own_span), macro_stack, template_span, source_diagnostic }
}

fn macro_call(definition: &MacroDefinition, span: &Option<Span>) -> MacroCall {
    MacroCall {
        unique_id: definition.unique_id.clone(),
        name: definition.name.clone(),
        path: definition.path.clone(),
        span: span.clone(),
    }
}

/// Jinja2's words for an error: those of our own values are its words already, minijinja's are translated.
fn message_of(error: &Error) -> String {
    let detail = error.detail().unwrap_or_default();
    let named = |what: &str| {
        let name = detail.strip_prefix(what).and_then(|rest| rest.strip_suffix(" is unknown"));
        name.map(|name| format!("No {what} named {}.", value::repr(&minijinja::Value::from(name.trim()))))
    };
    let translated = match error.kind() {
        ErrorKind::UnknownFilter => named("filter"),
        ErrorKind::UnknownTest => named("test"),
        _ => detail
            .strip_prefix("value of type ")
            .and_then(|rest| rest.strip_suffix(" is not callable"))
            .map(not_callable),
    };
    match translated {
        Some(message) => message,
        None if detail.is_empty() => error.kind().to_string(),
        None => detail.to_string(),
    }
}

fn not_callable(kind: &str) -> String {
    let python = match kind {
        "none" => "NoneType",
        "string" => "str",
        "number" => "int",
        "sequence" => "tuple",
        "map" => "dict",
        other => other,
    };
    format!("'{python}' object is not callable")
}
