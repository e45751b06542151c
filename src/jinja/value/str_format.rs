//! Python's `str.format`: replacement fields with attributes, items, conversions and nested specifications.

use minijinja::value::Value;

use super::arguments::Arguments;
use super::attribute::{get_attr, get_item};
use super::error::{Outcome, error};
use super::format_spec::format_value;
use super::{is_undefined, repr, to_str};

/// How deeply specifications may nest.
const MAX_DEPTH: usize = 2;

/// Jinja2's sandbox formats with Python's `string.Formatter`, which has one text for both ways to mix fields.
const SWITCHED: &str = "cannot switch from manual field specification to automatic field numbering";

/// Where a format string takes its values from.
pub(crate) enum Source<'a> {
    /// The arguments of `format`
    Arguments(Arguments<'a>),
    /// The mapping of `format_map`
    Mapping(&'a Value),
}

struct Formatter<'a> {
    source: Source<'a>,
    /// The number of the next `{}`; nothing once fields were numbered by hand.
    automatic: Option<usize>,
    manual: bool,
}

/// `format.format(...)`
///
/// # Errors
/// A malformed format string or missing arguments, with Python's texts.
pub(crate) fn format(format: &str, source: Source<'_>) -> Outcome<String> {
    Formatter { source, automatic: Some(0), manual: false }.run(format, MAX_DEPTH)
}

impl Formatter<'_> {
    fn run(&mut self, format: &str, depth: usize) -> Outcome<String> {
        let mut out = String::with_capacity(format.len());
        let mut rest = format;
        while let Some(index) = rest.find(['{', '}']) {
            out.push_str(&rest[..index]);
            let brace = &rest[index..=index];
            let after = &rest[index + 1..];
            if let Some(next) = after.strip_prefix(brace) {
                out.push_str(brace);
                rest = next;
            } else if brace == "}" {
                return Err(error("Single '}' encountered in format string"));
            } else {
                let (field, next) = field_end(after)?;
                out.push_str(&self.field(field, depth)?);
                rest = next;
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, field: &str, depth: usize) -> Outcome<String> {
        if depth == 0 {
            return Err(error("Max string recursion exceeded"));
        }
        let (name, conversion, spec) = parts(field)?;
        let value = self.value(name)?;
        let spec = if spec.contains(['{', '}']) { self.run(spec, depth - 1)? } else { spec.to_string() };
        let value = match conversion {
            None => value,
            Some("s") => Value::from(to_str(&value)),
            Some("r") => Value::from(repr(&value)),
            Some("a") => Value::from(ascii(&repr(&value))),
            Some(other) => return Err(error(format!("Unknown conversion specifier {other}"))),
        };
        format_value(&value, &spec)
    }

    /// The value that `name.attribute[item]` refers to.
    fn value(&mut self, path: &str) -> Outcome {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, mut rest) = path.split_at(end);
        let mut value = self.argument(name)?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return Err(error("Empty attribute in format string"));
                }
                value = get_attr(&value, &after[..end])?;
                rest = &after[end..];
            } else {
                let Some(after) = rest.strip_prefix('[') else {
                    return Err(error("Only '.' or '[' may follow ']' in format field specifier"));
                };
                let end = after.find(']').ok_or_else(|| error("Missing ']' in format string"))?;
                let key = &after[..end];
                let key = key.parse::<u64>().map_or_else(|_| Value::from(key), Value::from);
                value = get_item(&value, &key)?;
                rest = &after[end + 1..];
            }
        }
        Ok(value)
    }

    fn argument(&mut self, name: &str) -> Outcome {
        let index = if name.is_empty() {
            if self.manual {
                return Err(error(SWITCHED));
            }
            let index = self.automatic.unwrap_or(0);
            self.automatic = Some(index + 1);
            Some(index)
        } else {
            let index = name.parse::<usize>().ok();
            if index.is_some() {
                if self.automatic.is_some_and(|next| next > 0) {
                    return Err(error(SWITCHED));
                }
                self.manual = true;
            }
            index
        };
        match (&self.source, index) {
            (Source::Mapping(_), Some(_)) => Err(error("Format string contains positional fields")),
            (Source::Mapping(mapping), None) => {
                let name = Value::from(name);
                let found = get_item(mapping, &name)?;
                if is_undefined(&found) { Err(error(repr(&name))) } else { Ok(found) }
            }
            (Source::Arguments(arguments), Some(index)) => {
                arguments.positional().get(index).cloned().ok_or_else(|| error("tuple index out of range"))
            }
            (Source::Arguments(arguments), None) => {
                arguments.keyword(name).ok_or_else(|| error(repr(&Value::from(name))))
            }
        }
    }
}

/// Splits off the replacement field that `text` starts with, at the brace that ends it.
fn field_end(text: &str) -> Outcome<(&str, &str)> {
    let mut depth = 1;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok((&text[..index], &text[index + 1..]));
        }
    }
    let message =
        if text.is_empty() { "Single '{' encountered in format string" } else { "expected '}' before end of string" };
    Err(error(message))
}

/// Name, conversion and specification of a field.
fn parts(field: &str) -> Outcome<(&str, Option<&str>, &str)> {
    // Within brackets anything goes.
    let mut inside = false;
    let end = field.find(|character| {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        !inside && matches!(character, '!' | ':')
    });
    let Some(end) = end else { return Ok((field, None, "")) };
    let (name, rest) = field.split_at(end);
    if let Some(spec) = rest.strip_prefix(':') {
        return Ok((name, None, spec));
    }
    let rest = &rest[1..];
    match rest.split_once(':') {
        Some((conversion, spec)) if conversion.chars().count() == 1 => Ok((name, Some(conversion), spec)),
        None if rest.chars().count() == 1 => Ok((name, Some(rest), "")),
        None if rest.is_empty() => Err(error("end of string while looking for conversion specifier")),
        _ => Err(error("expected ':' after conversion specifier")),
    }
}

/// Text with everything outside ASCII escaped, as `ascii()` gives it.
pub(crate) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character as u32 {
            0..=0x7f => out.push(character),
            code @ 0x80..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ 0x100..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}
