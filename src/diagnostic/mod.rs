//! What went wrong, where, and what to do about it.
//!
//! Owns [`Diagnostic`], [`ErrorCode`], [`Span`] and [`SourceMap`], the plain-text rendering of one diagnostic, and the
//! masking of secrets in texts.
//! Never prints and never ends the process: whoever holds the terminal does.

mod codes;
mod mask;
mod render;
mod source_map;
mod suggest;

pub use codes::ErrorCode;
pub use mask::masked;
pub use render::{RenderStyle, render};
pub use source_map::{SourceMap, line_column};
pub use suggest::closest;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How serious a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// The work goes on; the reader should know.
    Warning,
    /// The thing the diagnostic is about cannot be used.
    Error,
}

/// A byte range of one file. The file is named as it is shown to the user: relative to the mesh's root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Path as displayed, with forward slashes.
    pub file: Arc<str>,
    /// Byte offset of the first character.
    pub start: usize,
    /// Byte offset just behind the last character.
    pub end: usize,
}

impl Span {
    /// A span over `range` of `file`.
    pub fn new(file: impl Into<Arc<str>>, range: Range<usize>) -> Self {
        Span { file: file.into(), start: range.start, end: range.end }
    }

    /// A span that names the file and no place in it.
    pub fn file(file: impl Into<Arc<str>>) -> Self {
        Span { file: file.into(), start: 0, end: 0 }
    }

    /// The byte range without the file.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A span with words of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub message: String,
}

/// One problem, told to the user: what, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The stable code, explained by `meshbuild explain`.
    pub code: ErrorCode,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence without a final full stop; may hold further lines (dbt's own text).
    pub message: String,
    /// The place that is to blame.
    pub primary: Option<Label>,
    /// Further places that explain it.
    pub secondary: Vec<Label>,
    /// What the reader can do, each a sentence or a line to write.
    pub hints: Vec<String>,
    /// Unique id of the node that this is about.
    pub node: Option<Arc<str>>,
}

impl Diagnostic {
    /// An error with `code`.
    pub fn error(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning with `code`.
    pub fn warning(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    fn new(code: ErrorCode, severity: Severity, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            hints: Vec::new(),
            node: None,
        }
    }

    /// Sets the primary place.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        self.labelled(span, "")
    }

    /// Sets the primary place with words beside it.
    #[must_use]
    pub fn labelled(mut self, span: Span, message: impl Into<String>) -> Self {
        self.primary = Some(Label { span, message: message.into() });
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Self {
        self.secondary.push(Label { span, message: message.into() });
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Names the node.
    #[must_use]
    pub fn for_node(mut self, unique_id: impl Into<Arc<str>>) -> Self {
        self.node = Some(unique_id.into());
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests;
