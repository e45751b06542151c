//! Jinja2's filters on text.

use std::sync::LazyLock;

use fancy_regex::Regex;
use indexmap::IndexMap;
use minijinja::Error;
use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error, unsupported};
use crate::jinja::value::methods::text as methods;
use crate::jinja::value::methods::text_split::lines;
use crate::jinja::value::operators::length as value_length;
use crate::jinja::value::{dict, html, percent, text_of, to_str, tuple, type_name};

use super::{Filter, wrap};

pub(super) static FILTERS: &[(&str, Filter)] = &[
    ("upper", |_, value, _| method(value, "upper", &[])),
    ("lower", |_, value, _| method(value, "lower", &[])),
    ("capitalize", |_, value, _| method(value, "capitalize", &[])),
    ("title", |_, value, _| Ok(Value::from(title(&to_str(value))))),
    ("trim", |_, value, arguments| {
        let [characters] = arguments.bind("do_trim", ["chars"], 0)?;
        method(value, "strip", &characters.map_or_else(Vec::new, |characters| vec![characters]))
    }),
    ("center", |_, value, arguments| {
        let [width] = arguments.bind("do_center", ["width"], 0)?;
        method(value, "center", &[width.unwrap_or_else(|| Value::from(80))])
    }),
    ("replace", |_, value, arguments| replace(value, arguments)),
    ("string", |_, value, _| Ok(soft_text(value))),
    ("safe", |_, value, _| Ok(Value::from_safe_string(to_str(value)))),
    ("e", |_, value, _| Ok(escape(value))),
    ("escape", |_, value, _| Ok(escape(value))),
    ("forceescape", |_, value, _| Ok(Value::from_safe_string(html::escape(&to_str(value))))),
    ("format", |_, value, arguments| format(value, arguments)),
    ("indent", |_, value, arguments| indent(value, arguments)),
    ("truncate", |_, value, arguments| truncate(value, arguments)),
    ("wordcount", |_, value, _| word_count(value)),
    ("wordwrap", |_, value, arguments| wrap::word_wrap(value, arguments)),
];

fn method(value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    match text_of(value) {
        Some(text) => methods::call(text, name, arguments),
        None => methods::call(&to_str(value), name, arguments),
    }
}

/// Text stays as it is, so that what is marked as HTML stays marked.
fn soft_text(value: &Value) -> Value {
    if text_of(value).is_some() { value.clone() } else { Value::from(to_str(value)) }
}

fn escape(value: &Value) -> Value {
    if value.is_safe() { value.clone() } else { Value::from_safe_string(html::escape(&to_str(value))) }
}

/// Words start after spaces, hyphens and opening brackets.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for character in text.chars() {
        let between = methods::is_space(character) || matches!(character, '-' | '(' | '{' | '[' | '<');
        if start && !between {
            out.extend(character.to_uppercase());
        } else {
            out.extend(character.to_lowercase());
        }
        start = between;
    }
    out
}

fn replace(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [old, new, count] = arguments.after_implicit().bind("do_replace", ["old", "new", "count"], 2)?;
    let mut call = vec![soft_text(&old.unwrap_or_default()), soft_text(&new.unwrap_or_default())];
    call.extend(count.filter(|count| !count.is_none()));
    method(value, "replace", &call)
}

fn format(value: &Value, arguments: Arguments<'_>) -> Outcome {
    if arguments.has_keywords() && !arguments.positional().is_empty() {
        return Err(error("can't handle positional and keyword arguments at the same time"));
    }
    let values = if arguments.has_keywords() {
        let entries = arguments.keywords().into_iter().map(|(name, value)| (Value::from(name), value));
        dict(entries.collect::<IndexMap<_, _>>())
    } else {
        tuple(arguments.positional().to_vec())
    };
    percent::format(&to_str(value), &values)
}

fn indent(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [width, first, blank] = arguments.bind("do_indent", ["width", "first", "blank"], 0)?;
    let indentation = match &width {
        None => " ".repeat(4),
        Some(width) => match text_of(width) {
            Some(text) => text.to_string(),
            None => " ".repeat(methods_width(width)?),
        },
    };
    let is_set = |value: Option<Value>| value.is_some_and(|value| value.is_true());
    let (first, blank) = (is_set(first), is_set(blank));
    let Some(text) = text_of(value) else { return Err(not_indentable(value)) };
    let mut out = String::with_capacity(text.len() + 16);
    if first {
        out.push_str(&indentation);
    }
    // The added line end keeps an empty last line, which splitting into lines would drop.
    for (index, line) in lines(&format!("{text}\n")).into_iter().enumerate() {
        if index > 0 {
            out.push('\n');
            if blank || !line.is_empty() {
                out.push_str(&indentation);
            }
        }
        out.push_str(line);
    }
    Ok(Value::from(out))
}

/// Jinja2 adds a line end to the value and splits the result into lines, which fails in two ways.
fn not_indentable(value: &Value) -> Error {
    unsupported(value, || match type_name(value) {
        "list" => "'list' object has no attribute 'splitlines'".to_string(),
        name => format!("unsupported operand type(s) for +=: '{name}' and 'str'"),
    })
}

fn methods_width(width: &Value) -> Outcome<usize> {
    let name = type_name(width);
    let width = width.as_i64().ok_or_else(|| error(format!("can't multiply sequence by non-int of type '{name}'")))?;
    Ok(usize::try_from(width.max(0)).unwrap_or(0).min(1_000_000))
}

fn truncate(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [length, kill_words, end, leeway] =
        arguments.bind("do_truncate", ["length", "killwords", "end", "leeway"], 0)?;
    let number = |value: Option<Value>, default: i64| match value {
        Some(value) if !value.is_none() => value.as_i64().ok_or_else(|| error("expected a whole number")),
        _ => Ok(default),
    };
    let (length, leeway) = (number(length, 255)?, number(leeway, 5)?);
    let end = end.map_or_else(|| "...".to_string(), |end| to_str(&end));
    let end_length = end.chars().count() as i64;
    if length < end_length {
        return Err(error(format!("expected length >= {end_length}, got {length}")));
    }
    if leeway < 0 {
        return Err(error(format!("expected leeway >= 0, got {leeway}")));
    }
    if value_length(value)? as i64 <= length + leeway {
        return Ok(value.clone());
    }
    let name = type_name(value);
    let text = text_of(value).ok_or_else(|| error(format!("'{name}' object has no attribute 'rsplit'")))?;
    let kept: String = text.chars().take((length - end_length) as usize).collect();
    if kill_words.is_some_and(|kill| kill.is_true()) {
        return Ok(Value::from(kept + &end));
    }
    let kept = kept.rsplit_once(' ').map_or(kept.as_str(), |(before, _)| before);
    Ok(Value::from(format!("{kept}{end}")))
}

static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\w+").ok());

fn word_count(value: &Value) -> Outcome {
    let text = to_str(value);
    Ok(Value::from(WORD.as_ref().map_or(0, |pattern| pattern.find_iter(&text).count())))
}
