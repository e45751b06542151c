//! Why a node failed: as dbt says it, and as a diagnostic with a place and a remedy.
//!
//! Owns [`Failure`], and how a place that the engine names in a statement is found in the file of the model.

mod python;

use crate::compile::{CompileError, CompiledNode, Program};
use crate::diagnostic::{Diagnostic, ErrorCode, Span, closest};
use crate::manifest::{Node, NodeKind, NodeStatus};
use std::ops::Range;

/// How an error of the engine begins that came through a template.
const OF_THE_ENGINE: &str = "Runtime Error\n";

/// Materializations of every project.
const MATERIALIZATIONS: &[&str] =
    &["view", "table", "incremental", "ephemeral", "external", "materialized_view", "snapshot"];

/// Why a node failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It could not be compiled, or its materialization failed.
    Compile(CompileError),
    /// Something else, in words.
    Message(String),
    /// Another failure, with words that say what it means.
    Described(String, Box<Failure>),
}

impl From<CompileError> for Failure {
    fn from(error: CompileError) -> Self {
        Failure::Compile(error)
    }
}

impl Failure {
    /// How the node ends: one whose ephemeral model failed counts as skipped.
    pub fn status(&self) -> NodeStatus {
        match self {
            Failure::Compile(CompileError::Ephemeral(..)) => NodeStatus::Skipped,
            _ => NodeStatus::Error,
        }
    }

    /// dbt's words for it.
    pub fn message(&self, node: &Node) -> String {
        match self {
            Failure::Message(message) | Failure::Described(message, _) => message.clone(),
            Failure::Compile(error) => {
                let engine = match error {
                    CompileError::Render(cause) => cause.message.strip_prefix(OF_THE_ENGINE),
                    CompileError::Diagnostic(_) | CompileError::Ephemeral(..) => None,
                };
                match engine {
                    Some(rest) => {
                        let described = format!("{} {} ({})", node.resource_type(), node.name, node.original_file_path);
                        format!("Runtime Error in {described}\n{rest}")
                    }
                    None => error.message(node),
                }
            }
        }
    }

    /// Code, place and hints; the words stand in [`Failure::message`], so that its own are those of the code's page.
    pub fn into_diagnostic(self, program: &Program, node: &Node, compiled: Option<&CompiledNode>) -> Diagnostic {
        let mut diagnostic = match self {
            Failure::Described(_, inner) => return inner.into_diagnostic(program, node, compiled),
            Failure::Message(message) => of_message(program, node, &message),
            Failure::Compile(CompileError::Render(cause)) if cause.message.starts_with(OF_THE_ENGINE) => {
                of_engine(program, node, compiled, &cause.message)
            }
            Failure::Compile(error) => error.into_diagnostic(node),
        };
        if matches!(node.kind, NodeKind::Seed(_)) {
            diagnostic.code = ErrorCode::SeedNotRead;
            if diagnostic.hints.is_empty() {
                diagnostic
                    .hints
                    .push("compare the rows of the file with its header and with `column_types`".to_string());
            }
        }
        if diagnostic.primary.is_none()
            && let Some(place) = place_of(program, node)
        {
            diagnostic = diagnostic.at(place);
        }
        diagnostic.message = diagnostic.code.title().to_string();
        diagnostic.for_node(node.unique_id.as_arc().clone())
    }
}

/// Where the node is defined; an overload of a function in its own file.
fn place_of(program: &Program, node: &Node) -> Option<Span> {
    let place = program.manifest.places.get(&node.unique_id)?;
    let own = program.manifest.node(&node.unique_id)?;
    if own.original_file_path == node.original_file_path {
        return Some(place.clone());
    }
    let first_line = node.raw_code.find('\n').unwrap_or(node.raw_code.len());
    Some(Span::new(program.display_path(node), 0..first_line))
}

fn of_message(program: &Program, node: &Node, message: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(ErrorCode::NodeFailed, message);
    if message.contains("only supports languages") {
        return diagnostic.hint("materialized: table or incremental, where the model or its properties file says so");
    }
    if message.contains("Could not compute freshness") {
        return diagnostic.hint("name the column that holds the time of loading: loaded_at_field, or loaded_at_query");
    }
    let Some(name) = message.split_once("No materialization '").and_then(|(_, rest)| rest.split_once('\'')) else {
        return diagnostic;
    };
    let diagnostic = match closest(name.0, MATERIALIZATIONS.iter().copied()) {
        Some(near) => diagnostic.hint(format!("did you mean '{near}'?")),
        None => diagnostic.hint(format!("define it: {{% materialization {}, adapter='duckdb' %}}", name.0)),
    };
    match only(&node.raw_code, name.0) {
        Some(range) => diagnostic.at(Span::new(program.display_path(node), range)),
        None => diagnostic,
    }
}

fn of_engine(program: &Program, node: &Node, compiled: Option<&CompiledNode>, message: &str) -> Diagnostic {
    if let Some(diagnostic) = python::explain(program, node, message) {
        return diagnostic;
    }
    let diagnostic = Diagnostic::error(ErrorCode::NodeFailed, message);
    let diagnostic = match remedy(message) {
        Some(hint) => diagnostic.hint(hint),
        None if matches!(node.kind, NodeKind::Seed(_)) => diagnostic,
        None => diagnostic.hint(format!("see the SQL: meshbuild compile --select {}", node.name)),
    };
    let Some(complaint) = Complaint::of(message) else { return diagnostic };
    if is_sql(node)
        && let Some(range) = complaint.place_in(&node.raw_code)
    {
        return diagnostic.at(Span::new(program.display_path(node), range));
    }
    let range = compiled.and_then(|compiled| complaint.place_in(&compiled.code));
    match range {
        Some(range) => {
            let path = program.compiled_path("compiled", node, compiled.and_then(|compiled| compiled.batch.as_deref()));
            let diagnostic = diagnostic.at(Span::new(path.to_string_lossy(), range));
            match program.manifest.places.get(&node.unique_id) {
                Some(place) => diagnostic.also(place.clone(), "compiled from this"),
                None => diagnostic,
            }
        }
        None => diagnostic,
    }
}

/// Whether the node's code stands in its file as it is.
fn is_sql(node: &Node) -> bool {
    node.stands_in_sql_file()
}

/// What the engine's own words suggest.
fn remedy(message: &str) -> Option<String> {
    if let Some((_, rest)) = message.split_once("Candidate bindings: \"") {
        return rest.split_once('"').map(|(name, _)| format!("did you mean `{name}`?"));
    }
    let is_table = message.contains("Table with name") && message.contains("not exist");
    is_table.then(|| {
        "read what the project builds with ref(...), and declare what stands in the database already as a source"
            .to_string()
    })
}

/// `LINE 3: select nme` and the caret below it.
struct Complaint<'m> {
    line: &'m str,
    /// Characters before the caret.
    caret: usize,
    /// Whether the engine cut the line.
    is_cut: bool,
}

impl<'m> Complaint<'m> {
    fn of(message: &'m str) -> Option<Self> {
        let mut lines = message.lines();
        let shown = lines.find(|line| line.trim_start().starts_with("LINE "))?;
        let caret = lines.next()?.find('^')?;
        let line = shown.split_once(": ").map(|(_, line)| line)?;
        let before = shown.chars().count() - line.chars().count();
        let caret = caret.checked_sub(before)?;
        let (line, caret, cut_before) = match line.strip_prefix("...") {
            Some(rest) => (rest, caret.checked_sub(3)?, true),
            None => (line, caret, false),
        };
        let (line, cut_behind) = line.strip_suffix("...").map_or((line, false), |line| (line, true));
        Some(Complaint { line, caret, is_cut: cut_before || cut_behind })
    }

    /// Where the word at the caret stands in `text`, if the line stands there exactly once.
    fn place_in(&self, text: &str) -> Option<Range<usize>> {
        let line_start = match self.is_cut {
            true => only(text, self.line)?.start,
            false => only_line(text, self.line.trim_end())?,
        };
        let (offset, _) = self.line.char_indices().nth(self.caret)?;
        let start = line_start + offset;
        let word = text.get(start..)?.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_');
        let length = word.map(char::len_utf8).sum::<usize>();
        let length = if length == 0 { text.get(start..)?.chars().next()?.len_utf8() } else { length };
        Some(start..start + length)
    }
}

/// Where `part` stands in `text`, if that is one place.
fn only(text: &str, part: &str) -> Option<Range<usize>> {
    let mut places = text.match_indices(part);
    let (start, _) = places.next()?;
    places.next().is_none().then_some(start..start + part.len())
}

/// Where the only line begins that is `line`, blanks at its end aside.
fn only_line(text: &str, line: &str) -> Option<usize> {
    let mut offset = 0;
    let mut found = None;
    for candidate in text.split_inclusive('\n') {
        if candidate.trim_end() == line && found.replace(offset).is_some() {
            return None;
        }
        offset += candidate.len();
    }
    found
}

#[cfg(test)]
mod tests;
