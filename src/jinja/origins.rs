//! Which part of a template each part of its output came from.
//!
//! Owns the marks that are put into a syntax tree before it is rendered, and taken out of the output again. A template is
//! rendered with marks only when somebody asks for a place; whether the output without its marks is the output that the
//! place was meant for is for the caller to compare.

use super::ast::{Body, For, Statement, StatementKind, TextRange};
use std::ops::Range;

/// Characters around the number of a mark: of a private use plane, so that no template holds them by accident.
const OPEN: char = '\u{F5EB0}';
const CLOSE: char = '\u{F5EB1}';

/// A template with marks, and what they stand for.
pub struct Marked {
    /// The tree to render.
    pub body: Body,
    origins: Vec<Origin>,
}

/// What stands behind one mark.
#[derive(Debug, Clone, Copy)]
struct Origin {
    source: TextRange,
    /// Whether the output is the source itself, byte by byte.
    verbatim: bool,
}

/// Output without marks, and where its parts came from.
#[derive(Debug)]
pub struct Traced {
    /// What the template renders to.
    pub output: String,
    /// Start of each piece in the output, in order.
    pieces: Vec<(usize, Origin)>,
}

/// Puts a mark in front of everything that prints.
///
/// Text inside of `{% set %}`, `{% call %}` and `{% filter %}` blocks gets none: what becomes of it is not known, and a
/// mark could change it. Such a block as a whole has one where it prints.
pub fn mark(source: &str, body: &Body) -> Marked {
    let mut marker = Marker { source, origins: Vec::new() };
    let body = marker.body(body);
    Marked { body, origins: marker.origins }
}

struct Marker<'a> {
    source: &'a str,
    origins: Vec<Origin>,
}

impl Marker<'_> {
    fn body(&mut self, body: &Body) -> Body {
        let mut marked = Vec::with_capacity(body.len() * 2);
        for statement in body {
            if let Some(origin) = self.origin(statement) {
                let text = format!("{OPEN}{}{CLOSE}", self.origins.len());
                self.origins.push(origin);
                marked.push(Statement { kind: StatementKind::Text(text), range: statement.range });
            }
            marked.push(Statement { kind: self.inside(&statement.kind), range: statement.range });
        }
        marked
    }

    /// What a statement that prints by itself came from.
    fn origin(&self, statement: &Statement) -> Option<Origin> {
        match &statement.kind {
            StatementKind::Text(text) => {
                let whole = self.source.get(statement.range.as_usize())?;
                // White space that a neighbouring tag takes away belongs to the range and not to the text.
                let found = whole.find(text.as_str()).map(|at| statement.range.start as usize + at);
                Some(match found {
                    Some(start) => Origin { source: TextRange::new(start, start + text.len()), verbatim: true },
                    None => Origin { source: statement.range, verbatim: false },
                })
            }
            StatementKind::Print(value) => Some(Origin { source: value.range, verbatim: false }),
            StatementKind::Call(_) | StatementKind::FilterBlock(..) => {
                Some(Origin { source: statement.range, verbatim: false })
            }
            _ => None,
        }
    }

    fn inside(&mut self, kind: &StatementKind) -> StatementKind {
        match kind {
            StatementKind::If { arms, otherwise } => StatementKind::If {
                arms: arms.iter().map(|(condition, body)| (condition.clone(), self.body(body))).collect(),
                otherwise: self.body(otherwise),
            },
            StatementKind::For(repeated) => {
                let body = self.body(&repeated.body);
                let otherwise = self.body(&repeated.otherwise);
                StatementKind::For(Box::new(For { body, otherwise, ..(**repeated).clone() }))
            }
            StatementKind::With(values, body) => StatementKind::With(values.clone(), self.body(body)),
            StatementKind::Block(body) => StatementKind::Block(self.body(body)),
            other => other.clone(),
        }
    }
}

impl Marked {
    /// Takes the marks out of what the tree rendered to.
    pub fn trace(&self, rendered: &str) -> Traced {
        let mut output = String::with_capacity(rendered.len());
        let mut pieces = Vec::new();
        let mut rest = rendered;
        while let Some(at) = rest.find(OPEN) {
            output.push_str(&rest[..at]);
            rest = &rest[at + OPEN.len_utf8()..];
            let number = rest.split_once(CLOSE).and_then(|(number, behind)| {
                let origin = self.origins.get(number.parse::<usize>().ok()?)?;
                Some((*origin, behind))
            });
            match number {
                Some((origin, behind)) => {
                    pieces.push((output.len(), origin));
                    rest = behind;
                }
                None => output.push(OPEN),
            }
        }
        output.push_str(rest);
        Traced { output, pieces }
    }
}

/// Where a byte of the output was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// In text of the template: from the byte itself to the end of that text.
    Text(Range<usize>),
    /// By an expression or block: all of it.
    Expression(Range<usize>),
}

impl Traced {
    /// What of the template's source (in bytes) the output at `offset` came from. None in front of the first piece.
    pub fn source_of(&self, offset: usize) -> Option<Written> {
        let (start, origin) = self.pieces[..self.pieces.partition_point(|(start, _)| *start <= offset)].last()?;
        let source = origin.source.as_usize();
        if !origin.verbatim {
            return Some(Written::Expression(source));
        }
        let place = source.start + (offset - start);
        // Behind the last byte of a text: the end of the output.
        (place <= source.end).then_some(Written::Text(place..source.end))
    }
}

#[cfg(test)]
mod tests;
