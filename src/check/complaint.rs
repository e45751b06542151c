//! The engine's complaints about a statement, as diagnostics at the line of the model that is to blame.
//!
//! Owns [`Attempt`] (a statement with a node's SQL in it) and which kind of complaint has which code. The words are the
//! engine's own.

use super::relations::{self, TypedColumn};
use crate::compile::{CompiledNode, Program};
use crate::diagnostic::{Diagnostic, ErrorCode, Span, closest};
use crate::jinja::warehouse::{Fetch, Session, WarehouseError};
use crate::manifest::{Node, Relation};
use std::ops::Range;
use std::sync::Arc;

/// Lines of a complaint that are shown.
const MOST_LINES: usize = 10;

/// A statement that binds a node's SQL, and where the SQL stands in it.
pub(super) struct Attempt {
    statement: String,
    /// Where the query stands in the statement.
    query: Range<usize>,
    start: Option<usize>,
    length: usize,
}

impl Attempt {
    /// Only asks for the columns.
    pub fn describe(code: &str) -> Self {
        Attempt::around("describe select * from (\n", code, "\n)")
    }

    /// Makes an empty table.
    pub fn create(relation: &Relation, code: &str) -> Self {
        let (front, behind) = relations::around_query(relation);
        Attempt::around(&front, code, behind)
    }

    /// Makes an empty table of a query that holds `code` somewhere.
    pub fn create_around(relation: &Relation, query: &str, code: &str) -> Self {
        let (front, behind) = relations::around_query(relation);
        let start = query.find(code).map(|start| front.len() + start);
        let statement = format!("{front}{query}{behind}");
        Attempt { statement, query: front.len()..front.len() + query.len(), start, length: code.len() }
    }

    fn around(front: &str, code: &str, behind: &str) -> Self {
        let query = front.len()..front.len() + code.len();
        Attempt { statement: format!("{front}{code}{behind}"), query, start: Some(front.len()), length: code.len() }
    }

    /// The query whose columns are asked for.
    pub fn query(&self) -> &str {
        &self.statement[self.query.clone()]
    }

    pub fn run(&self, session: &dyn Session) -> Result<(), WarehouseError> {
        session.execute(&self.statement, Fetch::Nothing).map(drop)
    }

    /// The place of an error in the node's own SQL.
    fn in_code(&self, offset: usize) -> Option<usize> {
        let inside = offset.checked_sub(self.start?)?;
        (inside <= self.length).then_some(inside)
    }
}

/// Whether a relation was not found.
pub(super) fn is_about_a_relation(cause: &WarehouseError) -> bool {
    cause.message.contains("Table with name") && cause.message.contains("does not exist")
        || cause.message.starts_with("Catalog Error: Catalog \"")
        || cause.message.starts_with("Binder Error: Catalog \"")
}

/// Whether the complaint is about something that is not part of the mesh: an undeclared relation, a file, a network, an
/// extension.
pub(super) fn is_about_the_outside(cause: &WarehouseError) -> bool {
    let kinds =
        ["IO Error", "HTTP Error", "Permission Error", "Missing Extension Error", "Invalid Configuration Error"];
    is_about_a_relation(cause)
        || kinds.iter().any(|kind| cause.message.starts_with(kind))
        || cause.message.contains("exists in the") && cause.message.contains("extension")
}

/// The engine's first line.
pub(super) fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// A complaint about the SQL of a node.
pub(super) fn diagnose(
    program: &Arc<Program>,
    node: &Arc<Node>,
    compiled: &CompiledNode,
    attempt: &Attempt,
    cause: &WarehouseError,
    session: &Arc<dyn Session>,
) -> Diagnostic {
    let diagnostic = of_message(node, &cause.message);
    let inside = cause.offset.and_then(|offset| attempt.in_code(offset));
    let written = inside.and_then(|at| program.source_place(node, compiled, at, Some(session.clone())));
    if let Some(place) = written {
        return diagnostic.at(place);
    }
    let diagnostic = match inside {
        Some(at) => {
            let path = program.compiled_path("compiled", node, None);
            diagnostic.hint(format!(
                "see line {} of {} after `meshbuild compile --select {}`",
                compiled.code[..at].matches('\n').count() + 1,
                path.display(),
                node.search_name()
            ))
        }
        None => diagnostic,
    };
    placed(program, node, diagnostic)
}

/// A complaint about a statement that was made for a node.
pub(super) fn of_statement(program: &Program, node: &Node, cause: &WarehouseError) -> Diagnostic {
    placed(program, node, of_message(node, &cause.message))
}

/// A seed's file cannot be read.
pub(super) fn unreadable_seed(program: &Program, node: &Node, reason: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(ErrorCode::SeedNotRead, reason.to_string());
    let diagnostic = diagnostic.hint("compare the rows of the file with its header and with `column_types`");
    placed(program, node, diagnostic.for_node(node.unique_id.as_arc().clone()))
}

/// A declared type that the engine does not know: which of them, found by asking for each.
pub(super) fn wrong_type(
    program: &Program,
    node: &Node,
    columns: &[TypedColumn],
    cause: &WarehouseError,
    session: &dyn Session,
) -> Diagnostic {
    let is_wrong = |column: &&TypedColumn| {
        session.execute(&format!("describe select null::{}", column.data_type), Fetch::Nothing).is_err()
    };
    let wrong = columns.iter().find(is_wrong);
    let message = match wrong {
        Some(column) => format!(
            "the type `{}` of column `{}` is not known: {}",
            column.data_type,
            column.name,
            first_line(&cause.message)
        ),
        None => cause.message.clone(),
    };
    let diagnostic = Diagnostic::error(ErrorCode::UnknownType, message)
        .hint("write a type of DuckDB, such as varchar, bigint, decimal(18, 2) or timestamp")
        .for_node(node.unique_id.as_arc().clone());
    let written = program.manifest.column_places.get(&node.unique_id);
    match wrong.and_then(|column| written?.get(&column.name)) {
        Some(place) => diagnostic.at(place.clone()),
        None => placed(program, node, diagnostic),
    }
}

fn placed(program: &Program, node: &Node, diagnostic: Diagnostic) -> Diagnostic {
    match program.manifest.places.get(&node.unique_id) {
        Some(place) => diagnostic.at(place.clone()),
        None => diagnostic.at(Span::file(program.display_path(node))),
    }
}

fn of_message(node: &Node, message: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(code(message), shortened(words(message)));
    let diagnostic = diagnostic.for_node(node.unique_id.as_arc().clone());
    match near(message) {
        Some(name) => diagnostic.hint(format!("did you mean `{name}`?")),
        None => diagnostic,
    }
}

/// The candidate of the engine that could have been meant: the engine names what it has, also where nothing is close.
fn near(message: &str) -> Option<&str> {
    let (complaint, rest) = message.split_once("\nCandidate")?;
    let missing = complaint.split('"').nth(1)?;
    let candidates = rest.lines().next()?.split('"').skip(1).step_by(2);
    closest(missing.rsplit('.').next()?, candidates.map(|name| name.rsplit('.').next().unwrap_or(name)))
}

/// The engine's words without the picture of the statement, which the place in the file stands for.
fn words(message: &str) -> &str {
    message.split("\n\nLINE ").next().unwrap_or(message).split("\nLINE ").next().unwrap_or(message)
}

/// A long list of candidates is cut.
fn shortened(words: &str) -> String {
    let lines: Vec<&str> = words.trim_end().lines().collect();
    match lines.len().checked_sub(MOST_LINES) {
        None | Some(0) => lines.join("\n"),
        Some(rest) => format!("{}\n... and {rest} more", lines[..MOST_LINES].join("\n")),
    }
}

/// Which words of the engine have which code; the first that are found count.
const COMPLAINTS: [(&str, ErrorCode); 17] = [
    ("Parser Error", ErrorCode::SqlSyntax),
    ("Syntax Error", ErrorCode::SqlSyntax),
    ("Ambiguous reference", ErrorCode::AmbiguousColumn),
    ("Ambiguous column", ErrorCode::AmbiguousColumn),
    ("does not have a column named", ErrorCode::UnknownColumn),
    ("Referenced column", ErrorCode::UnknownColumn),
    ("must appear in the GROUP BY clause", ErrorCode::NotGrouped),
    ("Set operations can only apply", ErrorCode::UnionWidth),
    ("No function matches", ErrorCode::TypeMismatch),
    ("Cannot compare values", ErrorCode::TypeMismatch),
    ("Cannot mix values", ErrorCode::TypeMismatch),
    ("Cannot combine types", ErrorCode::TypeMismatch),
    ("Cannot cast", ErrorCode::TypeMismatch),
    ("Conversion Error", ErrorCode::TypeMismatch),
    ("Function with name", ErrorCode::UnknownFunction),
    ("Referenced table", ErrorCode::UnknownTableName),
    ("Type with name", ErrorCode::UnknownType),
];

fn code(message: &str) -> ErrorCode {
    COMPLAINTS.iter().find(|(words, _)| message.contains(words)).map_or(ErrorCode::NotBound, |(_, code)| *code)
}

#[cfg(test)]
mod tests;
