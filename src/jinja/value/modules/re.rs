//! `modules.re`

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Rest, Value, ValueOrKwargs};

use crate::jinja::value::arguments::{Arguments, missing_arguments};
use crate::jinja::value::bound_method::method_or;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::functions::{function, whole};
use crate::jinja::value::undefined::{undefined_attribute, undefined_item};
use crate::jinja::value::{dict, generator, is_undefined, list, none, pair, repr, text_of, tuple, type_name};

use super::pattern::{Captures, Compiled, DOT_ALL, IGNORE_CASE, MULTI_LINE, Mode, VERBOSE, compile};
use super::replacement::Template;

const PATTERN_METHODS: &[&str] = &["findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"];
const MATCH_METHODS: &[&str] = &["end", "expand", "group", "groupdict", "groups", "span", "start"];

/// The module as a dict of its functions and flags.
pub(super) fn module() -> Value {
    let flags = [
        ("NOFLAG", 0),
        ("I", IGNORE_CASE),
        ("IGNORECASE", IGNORE_CASE),
        ("L", 4),
        ("LOCALE", 4),
        ("M", MULTI_LINE),
        ("MULTILINE", MULTI_LINE),
        ("S", DOT_ALL),
        ("DOTALL", DOT_ALL),
        ("U", 32),
        ("UNICODE", 32),
        ("X", VERBOSE),
        ("VERBOSE", VERBOSE),
        ("A", 256),
        ("ASCII", 256),
    ];
    let mut members: indexmap::IndexMap<Value, Value> =
        flags.into_iter().map(|(name, flag)| (Value::from(name), Value::from(flag))).collect();
    for name in PATTERN_METHODS {
        let call = move |state: &mut State<'_, '_>, rest: Rest<ValueOrKwargs>| {
            module_function(name, state, Arguments::new(&rest.into_values()))
        };
        members.insert(Value::from(*name), Value::from_function(call));
    }
    members.insert(Value::from("compile"), function(compile_pattern));
    members.insert(Value::from("escape"), function(escape));
    members.insert(Value::from("purge"), function(|_| Ok(none())));
    dict(members)
}

fn compile_pattern(arguments: Arguments<'_>) -> Outcome {
    let [source, flags] = arguments.bind("compile", ["pattern", "flags"], 1)?;
    Ok(Value::from_object(Pattern(pattern_of(&source.unwrap_or_default(), flags)?)))
}

/// The pattern that an argument is: a compiled one, or text.
fn pattern_of(source: &Value, flags: Option<Value>) -> Outcome<Arc<Compiled>> {
    if let Some(pattern) = source.downcast_object_ref::<Pattern>() {
        return Ok(pattern.0.clone());
    }
    let text = text_of(source).ok_or_else(|| error("first argument must be string or compiled pattern"))?;
    let flags = flags.map_or(Ok(0), |flags| whole(&flags))?;
    compile(text, u32::try_from(flags).unwrap_or(0))
}

/// `re.search(pattern, string, flags)` and its like, by way of the pattern's method.
fn module_function(name: &'static str, state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome {
    let parameters: &[&str] = match name {
        "sub" | "subn" => &["pattern", "repl", "string", "count", "flags"],
        "split" => &["pattern", "string", "maxsplit", "flags"],
        _ => &["pattern", "string", "flags"],
    };
    let mut bound = parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| arguments.positional().get(index).cloned().or_else(|| arguments.keyword(parameter)));
    let pattern = bound.next().flatten();
    let mut rest: Vec<Option<Value>> = bound.collect();
    let flags = rest.pop().flatten();
    let required = if name.starts_with("sub") { 3 } else { 2 };
    let given: Vec<Option<&Value>> = std::iter::once(pattern.as_ref()).chain(rest.iter().map(Option::as_ref)).collect();
    let missing = parameters.iter().zip(&given).take(required).filter(|(_, value)| value.is_none());
    let missing: Vec<&str> = missing.map(|(parameter, _)| *parameter).collect();
    if !missing.is_empty() {
        return Err(missing_arguments(name, &missing));
    }
    let pattern = pattern.unwrap_or_default();
    let call: Vec<Value> = rest.into_iter().flatten().collect();
    Pattern(pattern_of(&pattern, flags)?).call(name, state, Arguments::new(&call))
}

fn escape(arguments: Arguments<'_>) -> Outcome {
    let text = arguments.one("escape")?;
    let text = subject(text)?;
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    Ok(Value::from(out))
}

fn subject(value: &Value) -> Outcome<&str> {
    let name = if is_undefined(value) { "Undefined" } else { type_name(value) };
    text_of(value).ok_or_else(|| error(format!("expected string or bytes-like object, got '{name}'")))
}

/// A compiled pattern as a value.
struct Pattern(Arc<Compiled>);

impl Pattern {
    fn call(&self, name: &str, state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome {
        match name {
            "match" => self.find(arguments, Mode::Match),
            "fullmatch" => self.find(arguments, Mode::FullMatch),
            "search" => self.find(arguments, Mode::Search),
            "findall" => {
                let [text] = arguments.bind(name, ["string"], 1)?;
                let text = text.unwrap_or_default();
                let found = self.0.find_all(subject(&text)?, usize::MAX)?;
                Ok(list(found.iter().map(|captures| self.listed(captures)).collect()))
            }
            "finditer" => {
                let [text] = arguments.bind(name, ["string"], 1)?;
                let text = text.unwrap_or_default();
                let found = self.0.find_all(subject(&text)?, usize::MAX)?;
                let matches = found.iter().map(|captures| self.matched(&text, captures)).collect();
                Ok(generator("callable_iterator", matches))
            }
            "split" => self.split(arguments),
            "sub" => self.substitute(state, arguments).map(|(text, _)| text),
            "subn" => self.substitute(state, arguments).map(|(text, count)| pair(text, Value::from(count))),
            _ => Err(unsupported_attribute("re.Pattern", name)),
        }
    }

    fn find(&self, arguments: Arguments<'_>, mode: Mode) -> Outcome {
        let [text, from, to] = arguments.bind("search", ["string", "pos", "endpos"], 1)?;
        let text = text.unwrap_or_default();
        let whole_text = subject(&text)?;
        let offset = |position: Option<Value>, default: usize| match position {
            Some(position) => {
                let position = usize::try_from(whole(&position)?.max(0)).unwrap_or(0);
                Outcome::Ok(whole_text.char_indices().nth(position).map_or(whole_text.len(), |(offset, _)| offset))
            }
            None => Ok(default),
        };
        let (from, to) = (offset(from, 0)?, offset(to, whole_text.len())?);
        let within = &whole_text[..to.max(from)];
        // Anchored patterns start at the position, so they see the text from there on.
        let found = match mode {
            Mode::Search => self.0.find(within, from, mode)?.map(|captures| (0, captures)),
            _ => self.0.find(&within[from..], 0, mode)?.map(|captures| (from, captures)),
        };
        Ok(found.map_or_else(none, |(base, captures)| Value::from_object(self.capture(&text, base, &captures))))
    }

    fn capture(&self, text: &Value, base: usize, captures: &Captures<'_>) -> Match {
        let group = |index: usize| captures.get(index).map(|group| (base + group.start(), base + group.end()));
        Match { pattern: self.0.clone(), text: text.clone(), groups: (0..captures.len()).map(group).collect() }
    }

    fn matched(&self, text: &Value, captures: &Captures<'_>) -> Value {
        Value::from_object(self.capture(text, 0, captures))
    }

    /// What `findall` lists of a match: its only group, all its groups, or the whole.
    fn listed(&self, captures: &Captures<'_>) -> Value {
        let group = |index: usize| Value::from(captures.get(index).map_or("", |group| group.as_str()));
        match self.0.groups() {
            0 => group(0),
            1 => group(1),
            count => tuple((1..=count).map(group).collect()),
        }
    }

    fn split(&self, arguments: Arguments<'_>) -> Outcome {
        let [text, limit] = arguments.bind("split", ["string", "maxsplit"], 1)?;
        let text = text.unwrap_or_default();
        let text = subject(&text)?;
        let (mut pieces, mut last) = (Vec::new(), 0);
        for captures in self.0.find_all(text, count_limit(limit)?)? {
            let Some(whole) = captures.get(0) else { continue };
            pieces.push(Value::from(&text[last..whole.start()]));
            for group in 1..captures.len() {
                pieces.push(captures.get(group).map_or_else(none, |group| Value::from(group.as_str())));
            }
            last = whole.end();
        }
        pieces.push(Value::from(&text[last..]));
        Ok(list(pieces))
    }

    /// The text with matches replaced, and how many were.
    fn substitute(&self, state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome<(Value, usize)> {
        let [replacement, text, limit] = arguments.bind("sub", ["repl", "string", "count"], 2)?;
        let (replacement, value) = (replacement.unwrap_or_default(), text.unwrap_or_default());
        let text = subject(&value)?;
        let template = text_of(&replacement).map(|template| Template::parse(template, &self.0)).transpose()?;
        let found = self.0.find_all(text, count_limit(limit)?)?;
        let (mut out, mut last) = (String::with_capacity(text.len()), 0);
        for captures in &found {
            let Some(whole) = captures.get(0) else { continue };
            out.push_str(&text[last..whole.start()]);
            match &template {
                Some(template) => template.expand(&mut out, captures),
                None => {
                    let replaced = replacement.call(state, &[self.matched(&value, captures)])?;
                    if !replaced.is_none() {
                        let name = type_name(&replaced);
                        let wrong = || error(format!("expected str instance, {name} found"));
                        out.push_str(text_of(&replaced).ok_or_else(wrong)?);
                    }
                }
            }
            last = whole.end();
        }
        out.push_str(&text[last..]);
        Ok((Value::from(out), found.len()))
    }
}

/// Zero means that there is no limit.
fn count_limit(value: Option<Value>) -> Outcome<usize> {
    let limit = value.map_or(Ok(0), |value| whole(&value))?;
    Ok(match usize::try_from(limit) {
        Ok(0) => usize::MAX,
        Ok(limit) => limit,
        Err(_) => 0,
    })
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "re.compile({}", repr(&Value::from(self.0.source.as_str())))?;
        let names = [
            (IGNORE_CASE, "re.IGNORECASE"),
            (MULTI_LINE, "re.MULTILINE"),
            (DOT_ALL, "re.DOTALL"),
            (VERBOSE, "re.VERBOSE"),
        ];
        let set: Vec<&str> = names.iter().filter(|(flag, _)| self.0.flags & flag != 0).map(|(_, name)| *name).collect();
        if !set.is_empty() {
            write!(formatter, ", {}", set.join("|"))?;
        }
        formatter.write_str(")")
    }
}

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "pattern" => Value::from(self.0.source.as_str()),
            "flags" => Value::from(self.0.flags | 32),
            "groups" => Value::from(self.0.groups()),
            "groupindex" => {
                let names = self.0.names().into_iter().enumerate();
                dict(names.filter_map(|(index, name)| Some((Value::from(name?), Value::from(index + 1)))).collect())
            }
            _ => method_or(self, PATTERN_METHODS, key, || undefined_attribute("re.Pattern", key)),
        })
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        Pattern::call(self, name, state, Arguments::new(arguments))
    }
}

/// A match: the text and where its groups are, in bytes.
struct Match {
    pattern: Arc<Compiled>,
    text: Value,
    groups: Vec<Option<(usize, usize)>>,
}

impl Match {
    fn text(&self) -> &str {
        text_of(&self.text).unwrap_or_default()
    }

    fn index(&self, group: &Value) -> Outcome<usize> {
        let index = match text_of(group) {
            Some(name) => self.pattern.group_of(name),
            None => group.as_usize(),
        };
        index.filter(|index| *index < self.groups.len()).ok_or_else(|| error("no such group"))
    }

    fn group(&self, index: usize, default: &Value) -> Value {
        match self.groups[index] {
            Some((start, end)) => Value::from(&self.text()[start..end]),
            None => default.clone(),
        }
    }

    /// First and last position of a group in characters; -1 for one that took no part.
    fn span(&self, arguments: Arguments<'_>) -> Outcome<(i64, i64)> {
        let [group] = arguments.bind("span", ["group"], 0)?;
        let index = group.map_or(Ok(0), |group| self.index(&group))?;
        let position = |offset: usize| self.text()[..offset].chars().count() as i64;
        Ok(self.groups[index].map_or((-1, -1), |(start, end)| (position(start), position(end))))
    }

    fn last_index(&self) -> Option<usize> {
        self.groups.iter().enumerate().skip(1).filter(|(_, group)| group.is_some()).map(|(index, _)| index).next_back()
    }
}

impl fmt::Debug for Match {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = self.span(Arguments::new(&[])).unwrap_or_default();
        write!(formatter, "<re.Match object; span=({start}, {end}), match={}>", repr(&self.group(0, &none())))
    }
}

impl Object for Match {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (self.index(key), text_of(key)) {
            (Ok(index), _) => Some(self.group(index, &none())),
            (Err(_), Some(name)) => self.get_value_by_str(name),
            (Err(_), None) => Some(undefined_item("re.Match", key)),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "string" => self.text.clone(),
            "re" => Value::from_object(Pattern(self.pattern.clone())),
            "pos" => Value::from(0),
            "endpos" => Value::from(self.text().chars().count()),
            "lastindex" => self.last_index().map_or_else(none, Value::from),
            "lastgroup" => {
                let names = self.pattern.names();
                let name = self.last_index().and_then(|index| names.get(index - 1).copied().flatten());
                name.map_or_else(none, Value::from)
            }
            _ => method_or(self, MATCH_METHODS, key, || undefined_attribute("re.Match", key)),
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        let default = |arguments: Arguments<'_>| {
            let [default] = arguments.bind(name, ["default"], 0)?;
            Outcome::Ok(default.unwrap_or_else(none))
        };
        match name {
            "group" => match arguments.positional() {
                [] => Ok(self.group(0, &none())),
                [group] => Ok(self.group(self.index(group)?, &none())),
                groups => {
                    let groups = groups.iter().map(|group| Ok(self.group(self.index(group)?, &none())));
                    groups.collect::<Outcome<_>>().map(tuple)
                }
            },
            "groups" => {
                let default = default(arguments)?;
                Ok(tuple((1..self.groups.len()).map(|index| self.group(index, &default)).collect()))
            }
            "groupdict" => {
                let default = default(arguments)?;
                let names = self.pattern.names();
                let named = names
                    .iter()
                    .enumerate()
                    .filter_map(|(index, name)| Some((Value::from((*name)?), self.group(index + 1, &default))));
                Ok(dict(named.collect()))
            }
            "span" => self.span(arguments).map(|(start, end)| pair(Value::from(start), Value::from(end))),
            "start" => self.span(arguments).map(|(start, _)| Value::from(start)),
            "end" => self.span(arguments).map(|(_, end)| Value::from(end)),
            "expand" => {
                let template = Template::parse(subject(arguments.one("expand")?)?, &self.pattern)?;
                let start = self.groups[0].map_or(0, |(start, _)| start);
                let mut out = String::new();
                if let Some(captures) = self.pattern.find(self.text(), start, Mode::Search)? {
                    template.expand(&mut out, &captures);
                }
                Ok(Value::from(out))
            }
            _ => Err(unsupported_attribute("re.Match", name)),
        }
    }
}
