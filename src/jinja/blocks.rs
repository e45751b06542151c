//! The blocks of macro, test, snapshot and docs files: found by one scan over the tags of the file, as dbt does
//! (`dbt_common/clients/_jinja_blocks.py`); text between blocks is never parsed.

use super::ast::{Body, ExpressionKind, Literal, MacroKind, Parameter, StatementKind, TextRange};
use super::parser::parse_range;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use std::sync::Arc;

mod tags;
#[cfg(test)]
mod tests;

use tags::{Tag, Tags};

/// What a file is read for; other blocks in it are left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockFile {
    /// `macro-paths`: macros, tests and materializations.
    Macros,
    /// `test-paths/generic`: tests.
    GenericTests,
    /// `snapshot-paths`: snapshots.
    Snapshots,
    /// Markdown files: docs.
    Docs,
}

impl BlockFile {
    fn kind(self, tag: &str) -> Option<BlockKind> {
        match (self, tag) {
            (BlockFile::Macros, "macro") => Some(BlockKind::Macro),
            (BlockFile::Macros, "materialization") => Some(BlockKind::Materialization),
            (BlockFile::Macros | BlockFile::GenericTests, "test" | "data_test") => Some(BlockKind::Test),
            (BlockFile::Snapshots, "snapshot") => Some(BlockKind::Snapshot),
            (BlockFile::Docs, "docs") => Some(BlockKind::Docs),
            _ => None,
        }
    }
}

/// The blocks that dbt knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BlockKind {
    Macro,
    Test,
    Materialization,
    Snapshot,
    Docs,
}

/// One block of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Which block it is.
    pub kind: BlockKind,
    /// The name that dbt registers it under, such as `test_unique` or `materialization_table_default`.
    pub name: String,
    /// The name as written.
    pub declared_name: String,
    /// Parameters of a macro, test or materialization.
    pub parameters: Vec<Parameter>,
    /// What a macro, test or materialization renders. Empty for snapshots and docs, whose text stands in `contents`.
    pub body: Body,
    /// The whole block: the text in this range is dbt's `macro_sql`.
    pub range: TextRange,
    /// What stands between the tags.
    pub contents: TextRange,
    /// The adapter of a materialization, `default` if it names none.
    pub adapter: Option<String>,
    /// `supported_languages` of a materialization, as far as they are written as strings.
    pub supported_languages: Vec<String>,
}

/// Every block of `text` that a file of this sort is read for, in order. `file` is the path to show in diagnostics.
pub fn parse_blocks(file: &Arc<str>, text: &str, sort: BlockFile) -> Result<Vec<Block>, Diagnostic> {
    let mut tags = Tags::new(text);
    let mut control_flow: Vec<&str> = Vec::new();
    let mut open: Option<(Tag<'_>, BlockKind)> = None;
    let mut blocks = Vec::new();
    let fail = |range: TextRange, message: String| {
        let hint = super::remedy::of_syntax(&message);
        let diagnostic = Diagnostic::error(ErrorCode::JinjaSyntax, message);
        hint.into_iter().fold(diagnostic.at(Span::new(file.clone(), range.as_usize())), Diagnostic::hint)
    };
    while let Some(tag) = tags.next().map_err(|(range, message)| fail(range, message))? {
        check_control_flow(&mut control_flow, &tag, &tags).map_err(|message| fail(tag.range, message))?;
        if let Some(kind) = sort.kind(tag.name) {
            if !control_flow.is_empty() {
                let place = tags.line_and_column(tag.range.start);
                return Err(fail(
                    tag.range,
                    format!(
                        "Got a block definition inside control flow at {place}. All dbt block definitions must be at \
                         the top level"
                    ),
                ));
            }
            if let Some((outer, _)) = &open {
                return Err(fail(tag.range, nested_tags(outer, &tag)));
            }
            open = Some((tag, kind));
        } else if let Some((start, kind)) = open.take_if(|(start, _)| tag.name.strip_prefix("end") == Some(start.name))
        {
            let range = start.range.to(tag.range);
            let contents = TextRange { start: start.range.end, end: tag.range.start };
            blocks.push(block(file, text, kind, &start, range, contents)?);
        }
    }
    match open {
        None => Ok(blocks),
        Some((tag, _)) => {
            let line = text[..tag.range.end as usize].matches('\n').count() + 1;
            let message =
                format!("Reached EOF without finding a close tag for {} (searched from line {line})", tag.name);
            Err(fail(tag.range, message))
        }
    }
}

fn check_control_flow<'text>(open: &mut Vec<&'text str>, tag: &Tag<'text>, tags: &Tags<'_>) -> Result<(), String> {
    let place = || tags.line_and_column(tag.range.start);
    match tag.name {
        "if" | "for" => open.push(tag.name),
        "endif" | "endfor" => match open.pop() {
            None => {
                return Err(format!(
                    "Got an unexpected control flow end tag, got {} but never saw a preceeding {} (@ {})",
                    tag.name,
                    &tag.name[3..],
                    place()
                ));
            }
            Some(found) if found != &tag.name[3..] => {
                return Err(format!(
                    "Got an unexpected control flow end tag, got {} but expected end{found} next (@ {})",
                    tag.name,
                    place()
                ));
            }
            Some(_) => {}
        },
        _ => {}
    }
    Ok(())
}

fn nested_tags(outer: &Tag<'_>, inner: &Tag<'_>) -> String {
    format!(
        "Got nested tags: {0} (started at {1}) did not have a matching {{% end{0} %}} before a subsequent {2} was found \
         (started at {3})",
        outer.name, outer.range.start, inner.name, inner.range.start
    )
}

fn block(
    file: &Arc<str>,
    text: &str,
    kind: BlockKind,
    start: &Tag<'_>,
    range: TextRange,
    contents: TextRange,
) -> Result<Block, Diagnostic> {
    let name = start.argument.unwrap_or_default().to_string();
    let mut block = Block {
        kind,
        name: name.clone(),
        declared_name: name,
        parameters: Vec::new(),
        body: Vec::new(),
        range,
        contents,
        adapter: None,
        supported_languages: Vec::new(),
    };
    if matches!(kind, BlockKind::Snapshot | BlockKind::Docs) {
        return if block.name.is_empty() {
            let message = format!("the {} block has no name", start.name);
            let diagnostic = Diagnostic::error(ErrorCode::JinjaSyntax, message);
            let hint = format!("write it like {{% {} orders %}}", start.name);
            Err(diagnostic.at(Span::new(file.clone(), start.range.as_usize())).hint(hint))
        } else {
            Ok(block)
        };
    }
    for statement in parse_range(file, text, range)? {
        if let StatementKind::Macro(definition) = statement.kind {
            block.name = definition.registered_name();
            block.supported_languages = supported_languages(definition.kind, &definition.parameters);
            block.declared_name = definition.name;
            block.parameters = definition.parameters;
            block.adapter = definition.adapter;
            block.body = definition.body;
        }
    }
    Ok(block)
}

fn supported_languages(kind: MacroKind, parameters: &[Parameter]) -> Vec<String> {
    let languages = parameters.iter().find(|parameter| parameter.name == "supported_languages");
    match languages.and_then(|parameter| parameter.default.as_ref()).map(|default| &default.kind) {
        Some(ExpressionKind::List(items)) if kind == MacroKind::Materialization => {
            let literal = |kind: &ExpressionKind| match kind {
                ExpressionKind::Literal(Literal::String(language)) => Some(language.clone()),
                _ => None,
            };
            items.iter().filter_map(|item| literal(&item.kind)).collect()
        }
        _ => Vec::new(),
    }
}
