//! YAML texts as values: PyYAML's `safe_load`.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};
use minijinja::value::Value;
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::compare::hashable;
use super::error::{Outcome, error};
use super::number::big_integer;
use super::temporal::{Date, DateTime};
use super::yaml_scalar::{Scalar, resolve};
use super::{PyDict, dict, iterate, list, none, set, text_of};

/// How deeply values may nest.
const MAX_DEPTH: usize = 200;

/// The value of a YAML text that holds one document or none.
///
/// # Errors
/// A text that PyYAML's safe loader refuses.
pub(crate) fn load(text: &str) -> Outcome {
    let mut loader = Loader { parser: Parser::new_from_str(text), anchors: HashMap::new() };
    let mut document = None;
    loop {
        match loader.next()? {
            Event::StreamEnd => return Ok(document.unwrap_or_else(none)),
            Event::DocumentStart(_) if document.is_some() => {
                return Err(error("expected a single document in the stream"));
            }
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            event => document = Some(loader.node(event, 0)?.0),
        }
    }
}

struct Loader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Value>,
}

/// The name of a tag of YAML's own, such as `str`; other tags as they are written.
fn tag_name(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() { tag.suffix.clone() } else { tag.to_string() }
}

impl<'a> Loader<'a> {
    fn next(&mut self) -> Outcome<Event<'a>> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(failure)) => Err(error(failure.to_string())),
            None => Ok(Event::StreamEnd),
        }
    }

    /// The value that starts with an event, and whether it is the plain scalar `<<`.
    fn node(&mut self, event: Event<'a>, depth: usize) -> Outcome<(Value, bool)> {
        if depth > MAX_DEPTH {
            return Err(error("the values nest too deeply"));
        }
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                return value.map(|value| (value, false)).ok_or_else(|| error("found undefined alias"));
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| tag_name(&tag));
                let is_plain = style == ScalarStyle::Plain;
                if is_plain && tag.is_none() && text == "<<" {
                    return Ok((Value::from("<<"), true));
                }
                (scalar(&text, is_plain, tag.as_deref())?, anchor)
            }
            Event::SequenceStart(anchor, tag) => (self.sequence(tag.map(|tag| tag_name(&tag)), depth)?, anchor),
            Event::MappingStart(anchor, tag) => (self.mapping(tag.map(|tag| tag_name(&tag)), depth)?, anchor),
            _ => return Err(error("expected a value")),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok((value, false))
    }

    fn sequence(&mut self, tag: Option<String>, depth: usize) -> Outcome {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => break,
                event => items.push(self.value(event, depth)?),
            }
        }
        match tag.as_deref() {
            None | Some("seq" | "!") => Ok(list(items)),
            Some(tag) => Err(unknown_tag(tag)),
        }
    }

    /// A value that is no key: a `<<` has no meaning there.
    fn value(&mut self, event: Event<'a>, depth: usize) -> Outcome {
        match self.node(event, depth + 1)? {
            (_, true) => Err(unknown_tag("tag:yaml.org,2002:merge")),
            (value, false) => Ok(value),
        }
    }

    fn mapping(&mut self, tag: Option<String>, depth: usize) -> Outcome {
        let (mut own, mut merged) = (Vec::new(), IndexMap::new());
        loop {
            let event = match self.next()? {
                Event::MappingEnd => break,
                event => event,
            };
            let (key, is_merge) = self.node(event, depth + 1)?;
            let event = self.next()?;
            let value = self.value(event, depth)?;
            if is_merge {
                merge(&mut merged, &value)?;
            } else {
                hashable(&key)?;
                own.push((key, value));
            }
        }
        merged.extend(own);
        match tag.as_deref() {
            None | Some("map" | "!") => Ok(dict(merged)),
            Some("set") => Ok(set(merged.into_keys().collect::<IndexSet<_>>())),
            Some(tag) => Err(unknown_tag(tag)),
        }
    }
}

/// Adds the entries that a `<<` names: a mapping, or several of which the first wins.
fn merge(merged: &mut IndexMap<Value, Value>, value: &Value) -> Outcome<()> {
    if let Some(dict) = value.downcast_object_ref::<PyDict>() {
        merged.extend(dict.snapshot());
        return Ok(());
    }
    let mut mappings = match text_of(value) {
        None => iterate(value)?,
        Some(_) => return Err(error("expected a mapping or list of mappings for merging")),
    };
    mappings.reverse();
    for mapping in &mappings {
        match mapping.downcast_object_ref::<PyDict>() {
            Some(dict) => merged.extend(dict.snapshot()),
            None => return Err(error("expected a mapping for merging")),
        }
    }
    Ok(())
}

fn unknown_tag(tag: &str) -> minijinja::Error {
    error(format!("could not determine a constructor for the tag '{tag}'"))
}

fn scalar(text: &str, is_plain: bool, tag: Option<&str>) -> Outcome {
    match tag {
        None if is_plain => plain(text),
        None | Some("str" | "!") => Ok(Value::from(text)),
        Some("null") => Ok(none()),
        Some("bool" | "int" | "timestamp") => plain(text),
        Some("float") => match resolve(text) {
            Scalar::Int(number) => Ok(Value::from(number as f64)),
            _ => text.parse::<f64>().map(Value::from).or_else(|_| plain(text)),
        },
        Some(tag) => Err(unknown_tag(tag)),
    }
}

/// The value of a plain scalar.
pub(crate) fn plain(text: &str) -> Outcome {
    Ok(match resolve(text) {
        Scalar::Null => none(),
        Scalar::Bool(value) => Value::from(value),
        Scalar::Int(number) => Value::from(number),
        Scalar::BigInt(number) => big_integer(number),
        Scalar::Float(number) => Value::from(number),
        Scalar::Date(date) => Value::from_object(Date(date)),
        Scalar::DateTime { local, offset: None } => Value::from_object(DateTime::naive(local)),
        Scalar::DateTime { local, offset: Some(seconds) } => Value::from_object(DateTime::with_offset(local, seconds)),
        Scalar::String => Value::from(text),
        Scalar::Merge => return Err(unknown_tag("tag:yaml.org,2002:merge")),
        Scalar::Value => return Err(unknown_tag("tag:yaml.org,2002:value")),
        Scalar::Invalid(message) => return Err(error(message)),
    })
}
