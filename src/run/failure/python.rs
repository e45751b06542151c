//! Why a Python model failed: the place in its file, read off the traceback, and what to install.

use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::manifest::Node;
use std::ops::Range;

/// How the adapter's messages begin, behind the words that all engine's errors begin with.
const MISSING: &str = "Python not found:";
const FAILED: &str = "Python model failed:";

/// The diagnostic for a message about a Python model; nothing for any other.
pub(super) fn explain(program: &Program, node: &Node, message: &str) -> Option<Diagnostic> {
    let rest = message.strip_prefix(super::OF_THE_ENGINE)?.trim_start();
    if rest.starts_with(MISSING) {
        let diagnostic = Diagnostic::error(ErrorCode::PythonMissing, message);
        return Some(diagnostic.hint("name an interpreter that has duckdb: MESHBUILD_PYTHON=/path/to/venv/bin/python"));
    }
    if !rest.starts_with(FAILED) {
        return None;
    }
    let diagnostic = match missing_module(rest) {
        Some(module) => Diagnostic::error(ErrorCode::PythonMissing, message)
            .hint(format!("install it for the Python that runs models{}: pip install {module}", interpreter(rest)))
            .hint("MESHBUILD_PYTHON names another interpreter"),
        None => Diagnostic::error(ErrorCode::PythonModelFailed, message)
            .hint("what the model prints stands in logs/dbt.log; target/run holds the code that ran"),
    };
    let place = last_line(rest, &node.original_file_path).and_then(|line| line_range(&node.raw_code, line));
    // The code stands in the file as it is, behind the blanks that its file begins with.
    let start = program.manifest.places.get(&node.unique_id).map_or(0, |place| place.start);
    Some(match place {
        Some(range) => diagnostic.at(Span::new(program.display_path(node), range.start + start..range.end + start)),
        None => diagnostic,
    })
}

/// `x` of `ModuleNotFoundError: No module named 'x.y'`.
fn missing_module(message: &str) -> Option<&str> {
    let (_, rest) = message.rsplit_once("ModuleNotFoundError: No module named '")?;
    rest.split(['\'', '.']).next()
}

/// ` (run by /usr/bin/python3)`, as the adapter says.
fn interpreter(message: &str) -> String {
    let path = message.rsplit_once("(run by ").and_then(|(_, rest)| rest.split_once(')'));
    path.map(|(path, _)| format!(", {path}")).unwrap_or_default()
}

/// The last line of `file` that a traceback names, counted from 1.
fn last_line(traceback: &str, file: &str) -> Option<usize> {
    let (_, rest) = traceback.rsplit_once(&format!("File \"{file}\", line "))?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// Where the text of a line stands, blanks around it aside; nothing for the generated lines behind the model.
fn line_range(code: &str, line: usize) -> Option<Range<usize>> {
    let mut offset = 0;
    for (index, text) in code.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            let indent = text.len() - text.trim_start().len();
            return Some(offset + indent..offset + text.trim_end().len().max(indent));
        }
        offset += text.len();
    }
    None
}

#[cfg(test)]
mod tests;
