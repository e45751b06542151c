//! YAML as PyYAML's `safe_dump` writes it: block style, two spaces, lines of 80 characters, nothing beyond ASCII.
//!
//! The rules of quoting and folding are those of PyYAML's `emitter.py`.

use std::collections::HashMap;

use minijinja::value::{Value, ValueKind};

use super::compare::sort_by_key;
use super::error::{Outcome, error};
use super::number::Number;
use super::temporal::DateTime;
use super::text::write_float;
use super::yaml_scalar::{Scalar, resolve};
use super::{PyDict, PyList, PySet, iterate, repr, text_of, to_str, type_name};

const WIDTH: usize = 80;
const INDENT: usize = 2;
/// The longest key that stands on one line with its value.
const SIMPLE_KEY: usize = 128;
const MAX_DEPTH: usize = 200;

/// Writes a value as a YAML document.
///
/// # Errors
/// Values that PyYAML's safe dumper refuses, and values that hold themselves too deeply.
pub(crate) fn dump(value: &Value, sort_keys: bool) -> Outcome<String> {
    Emitter { sort_keys, ..Emitter::default() }.document(value)
}

/// As [`dump`] with sorted keys, but lists are indented below their key: the layout of dbt's lists of packages.
pub(crate) fn dump_indented(value: &Value) -> Outcome<String> {
    Emitter { sort_keys: true, indents_lists: true, ..Emitter::default() }.document(value)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Sequence,
    Mapping,
    SimpleKey,
}

#[derive(Default)]
struct Emitter {
    out: String,
    sort_keys: bool,
    indents_lists: bool,
    column: usize,
    /// The indentation of the collection that is written; nothing outside of any.
    indent: Option<usize>,
    /// Whether the last character was a space or line end.
    whitespace: bool,
    /// Whether the line holds nothing but indentation and indicators.
    indention: bool,
    /// Whether the document needs an end mark.
    open_ended: bool,
    /// How often each list and dict occurs, and the anchor of those that occur again.
    seen: HashMap<usize, usize>,
    anchors: HashMap<usize, String>,
}

/// The identity of a list or dict.
fn identity(value: &Value) -> Option<usize> {
    let list = value.downcast_object_ref::<PyList>().map(|list| std::ptr::from_ref(list) as usize);
    list.or_else(|| value.downcast_object_ref::<PyDict>().map(|dict| std::ptr::from_ref(dict) as usize))
}

fn is_sequence(value: &Value) -> bool {
    matches!(type_name(value), "list" | "tuple")
}

fn entries(value: &Value, sort_keys: bool) -> Outcome<Vec<(Value, Value)>> {
    let entries: indexmap::IndexMap<Value, Value> = match value.downcast_object_ref::<PyDict>() {
        Some(dict) => dict.snapshot(),
        None => {
            iterate(value)?.into_iter().map(|key| Ok((key.clone(), value.get_item(&key)?))).collect::<Outcome<_>>()?
        }
    };
    let keys = entries.keys().cloned().collect();
    match sort_keys.then(|| sort_by_key(keys, false, |key| Ok(key.clone()))) {
        Some(Ok(keys)) => {
            Ok(keys.into_iter().filter_map(|key| entries.get(&key).cloned().map(|value| (key, value))).collect())
        }
        _ => Ok(entries.into_iter().collect()),
    }
}

/// A scalar's text and whether it may be written without quotes.
fn scalar(value: &Value) -> Outcome<(String, bool)> {
    if let Some(text) = text_of(value) {
        return Ok((text.to_string(), resolve(text) == Scalar::String));
    }
    let text = match value.kind() {
        ValueKind::None => "null".to_string(),
        ValueKind::Bool => if value.is_true() { "true" } else { "false" }.to_string(),
        _ => match (Number::of(value), type_name(value)) {
            (Some(Number::Float(number)), _) => float(number),
            (Some(_), _) => repr(value),
            (None, "datetime.date") => to_str(value),
            (None, "datetime.datetime") => match value.downcast_object_ref::<DateTime>() {
                Some(datetime) => datetime.iso(" ", "auto")?,
                None => to_str(value),
            },
            _ => return Err(error(format!("('cannot represent an object', {})", repr(value)))),
        },
    };
    Ok((text, true))
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_string();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_string();
    }
    let mut text = String::new();
    write_float(&mut text, number);
    if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank(character: Option<&char>) -> bool {
    character.is_none_or(|character| matches!(character, '\0' | ' ' | '\t' | '\r') || is_break(*character))
}

/// What the characters of a text allow.
struct Analysis {
    empty: bool,
    multiline: bool,
    plain: bool,
    single: bool,
}

fn analyze(text: &[char]) -> Analysis {
    if text.is_empty() {
        return Analysis { empty: true, multiline: false, plain: true, single: true };
    }
    let start: String = text.iter().take(3).collect();
    let mut indicators = start == "---" || start == "...";
    let (mut breaks, mut special, mut space_break, mut break_space) = (false, false, false, false);
    let mut previous = None;
    for (index, character) in text.iter().enumerate() {
        let followed = is_blank(text.get(index + 1));
        let preceded = index == 0 || is_blank(previous.as_ref());
        indicators |= match character {
            '#' => preceded,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => index == 0,
            '?' | '-' => index == 0 && followed,
            ':' => followed,
            _ => false,
        };
        breaks |= is_break(*character);
        special |= !(*character == '\n' || (' '..='~').contains(character));
        break_space |= *character == ' ' && previous.is_some_and(is_break);
        space_break |= is_break(*character) && previous == Some(' ');
        previous = Some(*character);
    }
    let edge = |character: Option<&char>| character.is_some_and(|edge| *edge == ' ' || is_break(*edge));
    let edges = edge(text.first()) || edge(text.last());
    Analysis {
        empty: false,
        multiline: breaks,
        plain: !(edges || break_space || space_break || special || breaks || indicators),
        single: !(break_space || space_break || special),
    }
}

impl Emitter {
    fn document(mut self, value: &Value) -> Outcome<String> {
        self.count(value, 0)?;
        self.node(value, Context::Root)?;
        self.write_indent();
        if self.open_ended {
            self.indicator("...", true, false, false);
            self.write_indent();
        }
        Ok(self.out)
    }

    /// Counts how often lists and dicts occur: those that occur again get an anchor.
    fn count(&mut self, value: &Value, depth: usize) -> Outcome<()> {
        if depth > MAX_DEPTH {
            return Err(error("maximum recursion depth exceeded"));
        }
        if let Some(id) = identity(value) {
            let seen = self.seen.entry(id).or_insert(0);
            *seen += 1;
            if *seen == 2 {
                let name = format!("id{:03}", self.anchors.len() + 1);
                self.anchors.insert(id, name);
            }
            if *seen > 1 {
                return Ok(());
            }
        }
        if is_sequence(value) {
            return iterate(value)?.iter().try_for_each(|item| self.count(item, depth + 1));
        }
        if type_name(value) == "dict" {
            for (key, value) in entries(value, self.sort_keys)? {
                self.count(&key, depth + 1)?;
                self.count(&value, depth + 1)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn indicator(&mut self, text: &str, need_space: bool, whitespace: bool, indention: bool) {
        if need_space && !self.whitespace && !self.out.is_empty() {
            self.push(" ");
        }
        self.push(text);
        self.whitespace = whitespace;
        self.indention &= indention;
    }

    fn line_break(&mut self, character: char) {
        self.out.push(character);
        (self.column, self.whitespace, self.indention) = (0, true, true);
    }

    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        let at_start = self.out.is_empty();
        if !at_start && (!self.indention || self.column > indent || self.column == indent && !self.whitespace) {
            self.line_break('\n');
        }
        if at_start {
            (self.whitespace, self.indention) = (true, true);
        }
        if self.column < indent {
            self.whitespace = true;
            self.push(&" ".repeat(indent - self.column));
        }
    }

    fn node(&mut self, value: &Value, context: Context) -> Outcome<()> {
        if let Some(id) = identity(value)
            && let Some(name) = self.anchors.get(&id).cloned()
        {
            // The first time it stands here with its anchor, then by its name only.
            if self.seen.get(&id) == Some(&0) {
                self.indicator(&format!("*{name}"), true, false, false);
                return Ok(());
            }
            self.seen.insert(id, 0);
            self.indicator(&format!("&{name}"), true, false, false);
        }
        if is_sequence(value) {
            return self.sequence(&iterate(value)?, context);
        }
        if type_name(value) == "dict" {
            return self.mapping(&entries(value, self.sort_keys)?);
        }
        if let Some(set) = value.downcast_object_ref::<PySet>() {
            self.indicator("!!set", true, false, false);
            let entries: Vec<(Value, Value)> =
                set.snapshot().into_iter().map(|member| (member, super::none())).collect();
            return self.mapping(&entries);
        }
        self.scalar(value, context)
    }

    fn sequence(&mut self, items: &[Value], context: Context) -> Outcome<()> {
        if items.is_empty() {
            self.indicator("[", true, true, false);
            self.indicator("]", false, false, false);
            return Ok(());
        }
        let outer = self.indent;
        let indentless = context == Context::Mapping && !self.indention && !self.indents_lists;
        self.indent = Some(match outer {
            None => 0,
            Some(indent) if indentless => indent,
            Some(indent) => indent + INDENT,
        });
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Context::Sequence)?;
        }
        self.indent = outer;
        Ok(())
    }

    fn mapping(&mut self, entries: &[(Value, Value)]) -> Outcome<()> {
        if entries.is_empty() {
            self.indicator("{", true, true, false);
            self.indicator("}", false, false, false);
            return Ok(());
        }
        let outer = self.indent;
        self.indent = Some(outer.map_or(0, |indent| indent + INDENT));
        for (key, value) in entries {
            self.write_indent();
            if is_simple_key(key)? {
                self.node(key, Context::SimpleKey)?;
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.node(key, Context::Mapping)?;
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Context::Mapping)?;
        }
        self.indent = outer;
        Ok(())
    }

    fn scalar(&mut self, value: &Value, context: Context) -> Outcome<()> {
        let (text, implicit) = scalar(value)?;
        let characters: Vec<char> = text.chars().collect();
        let analysis = analyze(&characters);
        let outer = self.indent;
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        let is_key = context == Context::SimpleKey;
        let fits_key = !(is_key && (analysis.empty || analysis.multiline));
        if implicit && fits_key && analysis.plain {
            self.open_ended |= context == Context::Root;
            self.plain(&characters, !is_key);
        } else if analysis.single && !(is_key && analysis.multiline) {
            self.single_quoted(&characters, !is_key);
        } else {
            self.double_quoted(&characters, !is_key);
        }
        self.indent = outer;
        Ok(())
    }

    /// Writes a run of words; a single space where the line is full becomes a line end.
    fn plain(&mut self, text: &[char], split: bool) {
        if !self.whitespace && !self.out.is_empty() {
            self.push(" ");
        }
        (self.whitespace, self.indention) = (false, false);
        for run in text.chunk_by(|left, right| (*left == ' ') == (*right == ' ')) {
            if run == [' '] && split && self.column > WIDTH {
                self.write_indent();
                (self.whitespace, self.indention) = (false, false);
            } else {
                self.push(&run.iter().collect::<String>());
            }
        }
    }

    fn single_quoted(&mut self, text: &[char], split: bool) {
        self.indicator("'", true, false, false);
        let class = |character: char| if character == ' ' { 0 } else { 1 + u8::from(is_break(character)) };
        let mut end = 0;
        for run in text.chunk_by(|left, right| class(*left) == class(*right)) {
            let start = end;
            end += run.len();
            match class(run[0]) {
                0 if run.len() == 1 && split && self.column > WIDTH && start != 0 && end != text.len() => {
                    self.write_indent();
                }
                2 => {
                    if run[0] == '\n' {
                        self.line_break('\n');
                    }
                    run.iter().for_each(|character| self.line_break(*character));
                    self.write_indent();
                }
                _ => self.push(&run.iter().collect::<String>().replace('\'', "''")),
            }
        }
        self.indicator("'", false, false, false);
    }

    fn double_quoted(&mut self, text: &[char], split: bool) {
        self.indicator("\"", true, false, false);
        let mut start = 0;
        for end in 0..=text.len() {
            let character = text.get(end).copied();
            let is_plain = |character: char| (' '..='~').contains(&character) && !matches!(character, '"' | '\\');
            if !character.is_some_and(is_plain) {
                if start < end {
                    self.push(&text[start..end].iter().collect::<String>());
                    start = end;
                }
                if let Some(character) = character {
                    self.push(&escaped(character));
                    start = end + 1;
                }
            }
            let within = 0 < end && end + 1 < text.len();
            let full = self.column + end.saturating_sub(start) > WIDTH;
            if within && (character == Some(' ') || start >= end) && full && split {
                if start < end {
                    self.push(&text[start..end].iter().collect::<String>());
                    start = end;
                }
                self.push("\\");
                self.write_indent();
                (self.whitespace, self.indention) = (false, false);
                if text.get(start) == Some(&' ') {
                    self.push("\\");
                }
            }
        }
        self.indicator("\"", false, false, false);
    }
}

fn escaped(character: char) -> String {
    let short = match character {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match character as u32 {
                code @ 0..=0xff => format!("\\x{code:02X}"),
                code @ 0x100..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

/// Whether a key stands on one line before its colon.
fn is_simple_key(key: &Value) -> Outcome<bool> {
    if is_sequence(key) || matches!(type_name(key), "dict" | "set") {
        return Ok(key.len() == Some(0));
    }
    let (text, _) = scalar(key)?;
    let characters: Vec<char> = text.chars().collect();
    let analysis = analyze(&characters);
    Ok(characters.len() < SIMPLE_KEY && !analysis.empty && !analysis.multiline)
}
