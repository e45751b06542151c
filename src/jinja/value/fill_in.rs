//! Texts with names in them, filled in by each of Python's three ways.

use super::error::{Outcome, error};
use super::{from_json, percent, str_format, to_str};
use crate::manifest::JsonMap;

/// How names are written in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextStyle {
    /// `{name}`: `str.format_map`.
    Braces,
    /// `%(name)s`: the operator `%`.
    Percent,
    /// `$name` or `${name}`: `string.Template`.
    Dollar,
}

/// `text` with the values of `names` in it.
///
/// # Errors
/// Python's words for a name that is missing or a text that is malformed.
pub fn fill_in(style: TextStyle, text: &str, names: &JsonMap) -> Result<String, String> {
    let values = from_json(&serde_json::Value::Object(names.clone()));
    let filled = match style {
        TextStyle::Braces => str_format::format(text, str_format::Source::Mapping(&values)),
        TextStyle::Percent => percent::format(text, &values).map(|value| to_str(&value)),
        TextStyle::Dollar => substitute(text, names),
    };
    filled.map_err(|cause| cause.detail().map_or_else(|| cause.to_string(), str::to_string))
}

/// `string.Template(text).substitute(names)`
fn substitute(text: &str, names: &JsonMap) -> Outcome<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
            continue;
        }
        let (name, behind) = placeholder(rest).ok_or_else(|| {
            let column = text.len() - rest.len();
            error(format!("Invalid placeholder in string: line 1, col {column}"))
        })?;
        let value = names.get(name).ok_or_else(|| error(format!("'{name}'")))?;
        out.push_str(&to_str(&from_json(value)));
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// The name behind a `$`, and what follows it.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let body = braced.unwrap_or(text);
    let end = body.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(body.len());
    let (name, behind) = body.split_at(end);
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let behind = if braced.is_some() { behind.strip_prefix('}')? } else { behind };
    is_name.then_some((name, behind))
}

#[cfg(test)]
mod tests;
