//! From the events of `libyaml-safer` to the tree.
//!
//! Owns what lies between syntax and values: tags, anchors, merge keys, duplicate keys, byte offsets, and limits against
//! hostile files. `docs/decisions/yaml.md` says why this parser.

use super::map::DuplicateKey;
use super::{PlainScalar, Yaml, YamlMap, YamlValue, resolve};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::project::checksum::is_python_space;
use libyaml_safer::{Error, Event, EventData, Mark, Parser, ScalarStyle};
use std::collections::HashMap;
use std::io::Read as _;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Collections may nest this deep; everything that walks a tree may therefore recurse.
const DEEPEST: usize = 200;
/// Values that aliases may add up to, each counted as often as it is repeated.
const LARGEST: usize = 5_000_000;

/// Reads the one document of `text`, whose spans name `file`. `None` is a file without content.
///
/// White space around the text does not count, as dbt strips what it reads. Duplicate keys are warnings.
///
/// # Errors
/// Pushes a diagnostic and returns `Err(())` for text that is no YAML, has several documents, or holds what PyYAML's safe
/// loader refuses.
#[allow(clippy::result_unit_err, reason = "the error is in the diagnostics")]
pub fn load(file: &Arc<str>, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Result<Option<Yaml>, ()> {
    let stripped = text.trim_start_matches(is_python_space);
    let base = text.len() - stripped.len();
    let stripped = stripped.trim_end_matches(is_python_space);
    let mut loader = Loader::new(file, stripped, base);
    // libyaml-safer 0.3 still panics at a tag right before a comma (`[!a,b]`), which libyaml reads.
    let result = catch_unwind(AssertUnwindSafe(|| loader.run())).unwrap_or_else(|_| Err(Box::new(loader.given_up())));
    diagnostics.append(&mut loader.warnings);
    match result {
        Ok(root) => Ok(root),
        Err(error) => {
            diagnostics.push(*error);
            Err(())
        }
    }
}

/// A finished node with how many values it stands for.
#[derive(Clone)]
struct Node {
    yaml: Yaml,
    weight: usize,
}

enum Key {
    Own(Yaml),
    Merge,
}

enum Items {
    Seq(Vec<Yaml>),
    Map { merged: Vec<(Yaml, Yaml)>, own: Vec<(Yaml, Yaml)>, key: Option<Key>, merge_first: bool },
}

struct Frame {
    start: usize,
    anchor: Option<String>,
    weight: usize,
    items: Items,
}

struct Loader<'a> {
    file: &'a Arc<str>,
    base: usize,
    text: &'a str,
    frames: Vec<Frame>,
    /// By name; `None` as long as the value is not complete.
    anchors: HashMap<String, Option<Node>>,
    root: Option<Yaml>,
    documents: usize,
    aliased: usize,
    /// Where the last token with content ended.
    last_end: usize,
    warnings: Vec<Diagnostic>,
}

type Step<T> = Result<T, Box<Diagnostic>>;

impl<'a> Loader<'a> {
    fn new(file: &'a Arc<str>, text: &'a str, base: usize) -> Self {
        Loader {
            file,
            base,
            text,
            frames: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            documents: 0,
            aliased: 0,
            last_end: 0,
            warnings: Vec::new(),
        }
    }

    fn run(&mut self) -> Step<Option<Yaml>> {
        // The parser panics at a block that ends with the text, so a line break follows; `scalar` takes it away again.
        let mut input = self.text.as_bytes().chain(b"\n".as_slice());
        let mut parser = Parser::new();
        parser.set_input(&mut input);
        for event in &mut parser {
            let Event { data, start_mark, end_mark, .. } =
                event.map_err(|error| Box::new(self.syntax_error(&error)))?;
            let range = self.byte(start_mark)..self.byte(end_mark);
            self.on_event(data, range)?;
        }
        Ok(self.root.take())
    }

    fn on_event(&mut self, event: EventData, range: Range<usize>) -> Step<()> {
        match event {
            EventData::DocumentStart { .. } => self.start_document(&range),
            EventData::Scalar { anchor, tag, value, style, .. } => {
                self.scalar(&value, style, anchor, tag.as_deref(), range)
            }
            EventData::Alias { anchor } => self.alias(&anchor, range),
            EventData::SequenceStart { anchor, tag, .. } => {
                self.refuse_tag(tag.as_deref(), "seq", &range)?;
                self.open(Items::Seq(Vec::new()), anchor, &range)
            }
            EventData::MappingStart { anchor, tag, .. } => {
                self.refuse_tag(tag.as_deref(), "map", &range)?;
                let items = Items::Map { merged: Vec::new(), own: Vec::new(), key: None, merge_first: false };
                self.open(items, anchor, &range)
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.close(&range),
            EventData::StreamStart { .. } | EventData::StreamEnd | EventData::DocumentEnd { .. } => Ok(()),
        }
    }

    fn start_document(&mut self, range: &Range<usize>) -> Step<()> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let error = self.refused(range, "expected a single document in the stream but found another document");
        Err(Box::new(error.hint("split the file, or take out the line `---`")))
    }

    fn open(&mut self, items: Items, anchor: Option<String>, range: &Range<usize>) -> Step<()> {
        self.declare(anchor.as_deref(), range)?;
        if self.frames.len() >= DEEPEST {
            return Err(Box::new(self.refused(range, format!("lists and dictionaries nest deeper than {DEEPEST}"))));
        }
        self.frames.push(Frame { start: range.start, anchor, weight: 1, items });
        Ok(())
    }

    fn close(&mut self, range: &Range<usize>) -> Step<()> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let is_flow = !range.is_empty() && self.text[range.start..].starts_with(['}', ']']);
        let end = if is_flow { range.end } else { self.last_end };
        self.last_end = self.last_end.max(end);
        let span = self.span(frame.start..end.max(frame.start));
        let value = match frame.items {
            Items::Seq(items) => YamlValue::Seq(Arc::new(items)),
            Items::Map { merged, own, merge_first, .. } => {
                YamlValue::Map(Arc::new(self.finish_map(merged, own, merge_first)))
            }
        };
        self.complete(Node { yaml: Yaml::new(span, value), weight: frame.weight }, frame.anchor)
    }

    /// Puts merged keys before own ones, as PyYAML does. Like dbt, does not warn when the first key is `<<`.
    fn finish_map(&mut self, merged: Vec<(Yaml, Yaml)>, own: Vec<(Yaml, Yaml)>, merge_first: bool) -> YamlMap {
        let (own, duplicates) = YamlMap::with_duplicates(own);
        if !merge_first {
            for duplicate in &duplicates {
                let warning = self.duplicate_key(duplicate);
                self.warnings.push(warning);
            }
        }
        if merged.is_empty() { own } else { YamlMap::new(merged.into_iter().chain(own.iter().cloned())) }
    }

    fn given_up(&self) -> Diagnostic {
        let message = "the YAML reader cannot go on behind this place";
        let error = Diagnostic::error(ErrorCode::UnsupportedYaml, message);
        error.at(self.shown(&(self.last_end..self.last_end))).hint("quote what begins with `!`")
    }

    fn duplicate_key(&self, duplicate: &DuplicateKey) -> Diagnostic {
        let key = duplicate.second.to_python_str();
        let message = format!("Duplicate key '{key}' in file `{}`", self.file);
        Diagnostic::warning(ErrorCode::DuplicateYamlKey, message)
            .labelled(duplicate.second.span.clone(), "this value counts")
            .also(duplicate.first.span.clone(), "first written here")
            .hint("keep one of the two; an earlier one is silently lost")
    }

    /// Notes that an anchor's value begins.
    fn declare(&mut self, anchor: Option<&str>, range: &Range<usize>) -> Step<()> {
        let Some(name) = anchor else { return Ok(()) };
        if self.anchors.insert(name.to_owned(), None).is_some() {
            let error = self.refused(range, format!("found duplicate anchor '{name}'"));
            return Err(Box::new(error.hint("give each anchor of a file a name of its own")));
        }
        Ok(())
    }

    fn alias(&mut self, anchor: &str, range: Range<usize>) -> Step<()> {
        let node = match self.anchors.get(anchor) {
            Some(Some(node)) => node.clone(),
            Some(None) => {
                let message = "Cycle detected: this alias refers to the value that it is part of";
                return Err(Box::new(self.refused(&range, message)));
            }
            None => {
                let error = self.refused(&range, format!("found undefined alias '{anchor}'"));
                return Err(Box::new(
                    error.hint("quote text that begins with `*`, or write the anchor before its alias"),
                ));
            }
        };
        self.aliased += node.weight;
        if self.aliased > LARGEST {
            return Err(Box::new(self.refused(&range, format!("aliases repeat more than {LARGEST} values"))));
        }
        self.last_end = range.end;
        self.complete(node, None)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: Option<String>,
        tag: Option<&str>,
        range: Range<usize>,
    ) -> Step<()> {
        self.declare(anchor.as_deref(), &range)?;
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let ends_text = is_block && range.end >= self.text.len();
        let text = text.strip_suffix('\n').filter(|_| ends_text).unwrap_or(text);
        let range = self.trim(range, style, text.is_empty());
        let awaits_key = matches!(self.frames.last(), Some(Frame { items: Items::Map { key: None, .. }, .. }));
        let plain = match (style, tag.map(tag_name)) {
            (_, Some(name)) => self.tagged(name, text, &range)?,
            (ScalarStyle::Plain, None) => {
                resolve(text).map_err(|error| Box::new(self.bad_scalar(text, &error.message, &range)))?
            }
            (_, None) => PlainScalar::Text,
        };
        let value = match plain {
            PlainScalar::Merge if awaits_key => return self.merge_key(),
            PlainScalar::Merge => {
                let message = "could not determine a constructor for the tag 'tag:yaml.org,2002:merge'";
                return Err(Box::new(self.bad_scalar(text, message, &range)));
            }
            PlainScalar::Null => YamlValue::Null,
            PlainScalar::Bool(value) => YamlValue::Bool(value),
            PlainScalar::Int(value) => YamlValue::Int(value),
            PlainScalar::BigInt(value) => YamlValue::BigInt(Arc::new(value)),
            PlainScalar::Float(value) => YamlValue::Float(value),
            PlainScalar::Date(value) => YamlValue::Date(value),
            PlainScalar::DateTime(value) => YamlValue::DateTime(value),
            PlainScalar::Text => YamlValue::String(Arc::from(text)),
        };
        let yaml = Yaml::new(self.span(range), value);
        self.complete(Node { yaml, weight: 1 }, anchor)
    }

    /// The place of a scalar: without the white space that the parser counts in, and right behind its key where nothing
    /// was written.
    fn trim(&mut self, range: Range<usize>, style: ScalarStyle, is_empty: bool) -> Range<usize> {
        let range = if style == ScalarStyle::Plain && is_empty {
            self.last_end..self.last_end
        } else {
            let start = range.start.min(self.text.len());
            let written = self.text[start..range.end.max(start)].trim_end();
            start..start + written.len()
        };
        self.last_end = self.last_end.max(range.end);
        range
    }

    fn merge_key(&mut self) -> Step<()> {
        if let Some(Frame { items: Items::Map { own, merged, key, merge_first }, .. }) = self.frames.last_mut() {
            *merge_first |= own.is_empty() && merged.is_empty();
            *key = Some(Key::Merge);
        }
        Ok(())
    }

    fn tagged(&self, name: &str, text: &str, range: &Range<usize>) -> Step<PlainScalar> {
        let resolved = || resolve(text).map_err(|error| Box::new(self.bad_scalar(text, &error.message, range)));
        let refused = || {
            let message = format!("'{text}' is not a value of the tag 'tag:yaml.org,2002:{name}'");
            Err(Box::new(self.bad_scalar(text, &message, range)))
        };
        match name {
            "str" | "!" => Ok(PlainScalar::Text),
            "null" => Ok(PlainScalar::Null),
            "bool" => match resolved()? {
                value @ PlainScalar::Bool(_) => Ok(value),
                _ => refused(),
            },
            "int" => match resolved()? {
                value @ (PlainScalar::Int(_) | PlainScalar::BigInt(_)) => Ok(value),
                _ => refused(),
            },
            "float" => match resolved()? {
                value @ PlainScalar::Float(_) => Ok(value),
                PlainScalar::Int(_) | PlainScalar::Text => {
                    text.replace('_', "").parse().map_or_else(|_| refused(), |value| Ok(PlainScalar::Float(value)))
                }
                _ => refused(),
            },
            "timestamp" => match resolved()? {
                value @ (PlainScalar::Date(_) | PlainScalar::DateTime(_)) => Ok(value),
                _ => refused(),
            },
            _ => Err(Box::new(self.unknown_tag(name, range))),
        }
    }

    fn refuse_tag(&self, tag: Option<&str>, allowed: &str, range: &Range<usize>) -> Step<()> {
        match tag.map(tag_name) {
            None => Ok(()),
            Some(name) if name == allowed || name == "!" => Ok(()),
            Some(name) => Err(Box::new(self.unknown_tag(name, range))),
        }
    }

    /// Hands a finished node to whoever waits for it.
    fn complete(&mut self, node: Node, anchor: Option<String>) -> Step<()> {
        if let Some(name) = anchor {
            self.anchors.insert(name, Some(node.clone()));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node.yaml);
            return Ok(());
        };
        frame.weight += node.weight;
        match &mut frame.items {
            Items::Seq(items) => items.push(node.yaml),
            Items::Map { merged, own, key, .. } => match key.take() {
                Some(Key::Own(key)) => own.push((key, node.yaml)),
                Some(Key::Merge) => {
                    if let Err(span) = merge(&node.yaml, merged) {
                        return Err(Box::new(self.bad_merge(span)));
                    }
                }
                None if matches!(node.yaml.value, YamlValue::Seq(_) | YamlValue::Map(_)) => {
                    return Err(Box::new(self.unhashable_key(&node.yaml)));
                }
                None => *key = Some(Key::Own(node.yaml)),
            },
        }
        Ok(())
    }

    /// The byte offset of a mark, at a character of the text.
    fn byte(&self, mark: Mark) -> usize {
        let mut offset = usize::try_from(mark.index).unwrap_or(usize::MAX).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span { file: self.file.clone(), start: self.base + range.start, end: self.base + range.end }
    }

    /// A span that shows at least one character, for a diagnostic.
    fn shown(&self, range: &Range<usize>) -> Span {
        let mut start = range.start.min(self.text.trim_end().len());
        if start == self.text.len() {
            start -= self.text.chars().next_back().map_or(0, char::len_utf8);
        }
        let next = self.text[start..].chars().next().map_or(0, char::len_utf8);
        self.span(start..range.end.max(start + next))
    }

    fn refused(&self, range: &Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(ErrorCode::UnsupportedYaml, message).at(self.shown(range))
    }

    fn bad_scalar(&self, text: &str, message: &str, range: &Range<usize>) -> Diagnostic {
        self.refused(range, message).hint(format!("quote it when text is meant: '{text}'"))
    }

    fn bad_merge(&self, span: Span) -> Diagnostic {
        let message = "expected a mapping or list of mappings for merging";
        Diagnostic::error(ErrorCode::UnsupportedYaml, message)
            .at(span)
            .hint("`<<` takes an alias of a dictionary (`<<: *name`) or a list of such")
    }

    fn unknown_tag(&self, name: &str, range: &Range<usize>) -> Diagnostic {
        let is_yaml = matches!(name, "binary" | "omap" | "pairs" | "set" | "seq" | "map" | "merge" | "value");
        let shown = if is_yaml { format!("tag:yaml.org,2002:{name}") } else { name.to_owned() };
        self.refused(range, format!("could not determine a constructor for the tag '{shown}'"))
            .hint("take the tag out, or quote the value when it is text that begins with `!`")
    }

    fn unhashable_key(&self, key: &Yaml) -> Diagnostic {
        let error = Diagnostic::error(ErrorCode::UnsupportedYaml, "found unhashable key").at(key.span.clone());
        let is_jinja = self.text[..key.span.start.saturating_sub(self.base)].ends_with('{');
        error.hint(if is_jinja {
            "quote Jinja that begins a value: \"{{ ... }}\""
        } else {
            "a list or a dictionary cannot be a key"
        })
    }

    fn syntax_error(&self, error: &Error) -> Diagnostic {
        let mark = error.problem_mark().or_else(|| error.context_mark()).unwrap_or_default();
        let at = self.byte(mark);
        let line_start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        let line = &self.text[line_start..line_end];
        let mut message = format!("Syntax error near line {}: ", mark.line + 1);
        if let Some(context) = error.context() {
            message.push_str(context);
            message.push_str(", ");
        }
        message.push_str(error.problem());
        let mut diagnostic = Diagnostic::error(ErrorCode::YamlSyntax, message).at(self.shown(&(at..at)));
        if let (Some(context), Some(mark)) = (error.context(), error.context_mark()) {
            let start = self.byte(mark);
            diagnostic = diagnostic.also(self.shown(&(start..start)), context);
        }
        diagnostic.hint(syntax_hint(line, error.problem()))
    }
}

/// What most likely is wrong with `line`.
fn syntax_hint(line: &str, problem: &str) -> &'static str {
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start_matches(['-', ' ']);
    let indentation = &line[..line.len() - line.trim_start().len()];
    if indentation.contains('\t') {
        "indent with spaces: YAML takes no tab there"
    } else if value.starts_with("{{") || value.starts_with("{%") {
        "quote Jinja that begins a value: \"{{ ... }}\""
    } else if problem.contains("mapping values") {
        "quote a value that holds `: `, and check that the keys of one dictionary stand in one column"
    } else if value.starts_with(['@', '`', '%', '&', '*', '!']) {
        "quote a value that begins with one of @ ` % & * !"
    } else if problem.contains("quoted scalar") || problem.contains("end of stream") {
        "something is not closed: a quote or a bracket"
    } else {
        "check the indentation here and in the line before"
    }
}

fn merge(value: &Yaml, merged: &mut Vec<(Yaml, Yaml)>) -> Result<(), Span> {
    match &value.value {
        YamlValue::Map(map) => merged.extend(map.iter().cloned()),
        YamlValue::Seq(items) => {
            // The first dictionary of a list wins, so it comes last.
            for item in items.iter().rev() {
                merged.extend(item.as_map().ok_or_else(|| item.span.clone())?.iter().cloned());
            }
        }
        _ => return Err(value.span.clone()),
    }
    Ok(())
}

/// The name of a tag: without its prefix when it is one of YAML's own.
fn tag_name(tag: &str) -> &str {
    tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag)
}
