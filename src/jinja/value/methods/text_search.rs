//! The methods of `str` that look for a part of it, or replace one.

use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::{is_undefined, iterate, text_of, type_name};

use super::list::place;
use super::text::text_argument;

/// The part of a text that optional bounds in characters select, and the position at which it starts.
fn bounded(text: &str, start: Option<Value>, stop: Option<Value>) -> Outcome<Option<(usize, &str)>> {
    let given = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_none());
    if !given(&start) && !given(&stop) {
        return Ok(Some((0, text)));
    }
    let length = text.chars().count();
    let bound = |value: Option<Value>, default: usize| match value {
        Some(value) if !value.is_none() => {
            let place = place(&value, length)
                .map_err(|_| error("slice indices must be integers or None or have an __index__ method"))?;
            Ok::<usize, minijinja::Error>(usize::try_from(place.max(0)).unwrap_or(0))
        }
        _ => Ok(default),
    };
    let (start, stop) = (bound(start, 0)?, bound(stop, length)?.min(length));
    if start > stop {
        return Ok(None);
    }
    let offset = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(offset, _)| offset);
    Ok(Some((start, &text[offset(start)..offset(stop)])))
}

/// `find`, `rfind`, `index` and `rindex`.
pub(super) fn find(text: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
    let [part, start, stop] = arguments.bind(name, ["sub", "start", "end"], 1)?;
    let part = part.unwrap_or_default();
    let part = text_argument(&part, name)?;
    let found = bounded(text, start, stop)?.and_then(|(start, within)| {
        let offset = if name.starts_with('r') { within.rfind(part) } else { within.find(part) }?;
        Some(start + within[..offset].chars().count())
    });
    match found {
        Some(index) => Ok(Value::from(index)),
        None if name.ends_with("index") => Err(error("substring not found")),
        None => Ok(Value::from(-1)),
    }
}

/// `count`
pub(super) fn count(text: &str, arguments: Arguments<'_>) -> Outcome {
    let [part, start, stop] = arguments.bind("count", ["sub", "start", "end"], 1)?;
    let part = part.unwrap_or_default();
    let part = text_argument(&part, "count")?;
    Ok(Value::from(match bounded(text, start, stop)? {
        None => 0,
        Some((_, within)) if part.is_empty() => within.chars().count() + 1,
        Some((_, within)) => within.matches(part).count(),
    }))
}

/// `startswith` and `endswith`: one text or a tuple of them.
pub(super) fn affix(text: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
    let [affix, start, stop] = arguments.bind(name, ["prefix", "start", "end"], 1)?;
    let affix = affix.unwrap_or_default();
    let Some((_, within)) = bounded(text, start, stop)? else { return Ok(Value::from(false)) };
    let matches = |part: &str| if name == "startswith" { within.starts_with(part) } else { within.ends_with(part) };
    if let Some(part) = text_of(&affix) {
        return Ok(Value::from(matches(part)));
    }
    let kind = |value: &Value| if is_undefined(value) { "Undefined" } else { type_name(value) };
    if !affix.is_tuple() {
        return Err(error(format!("{name} first arg must be str or a tuple of str, not {}", kind(&affix))));
    }
    for part in iterate(&affix)? {
        match text_of(&part) {
            Some(part) if matches(part) => return Ok(Value::from(true)),
            Some(_) => {}
            None => return Err(error(format!("tuple for {name} must only contain str, not {}", kind(&part)))),
        }
    }
    Ok(Value::from(false))
}

/// `replace`
pub(super) fn replace(text: &str, arguments: Arguments<'_>) -> Outcome {
    if arguments.has_keywords() {
        return Err(error("str.replace() takes no keyword arguments"));
    }
    let given = arguments.positional();
    let (old, new, count) = match given {
        [old, new] => (old, new, -1),
        [old, new, count] => (old, new, place(count, 0)?),
        [_] | [] => return Err(error(format!("replace expected at least 2 arguments, got {}", given.len()))),
        _ => return Err(error(format!("replace expected at most 3 arguments, got {}", given.len()))),
    };
    let argument = |value: &Value, number: usize| {
        let name = match type_name(value) {
            _ if is_undefined(value) => "Undefined",
            "NoneType" => "None",
            name => name,
        };
        error(format!("replace() argument {number} must be str, not {name}"))
    };
    let old = text_of(old).ok_or_else(|| argument(old, 1))?;
    let new = text_of(new).ok_or_else(|| argument(new, 2))?;
    Ok(Value::from(match usize::try_from(count) {
        Ok(count) => text.replacen(old, new, count),
        Err(_) => text.replace(old, new),
    }))
}
