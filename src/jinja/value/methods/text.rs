//! The methods of `str`: dispatch, tests, and what changes case, trims or pads. Splitting and searching stand beside.

use std::sync::LazyLock;

use fancy_regex::Regex;
use indexmap::IndexMap;
use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error, unsupported_attribute};
use crate::jinja::value::str_format::{self, Source};
use crate::jinja::value::{PyDict, dict, is_undefined, iterate, none, text_of, type_name};

use super::{text_search as search, text_split as split};

/// The names of the methods.
pub(crate) const NAMES: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

/// Calls a method.
pub(crate) fn call(text: &str, name: &str, arguments: &[Value]) -> Outcome {
    let arguments = Arguments::new(arguments);
    match name {
        "strip" | "lstrip" | "rstrip" => strip(text, name, arguments),
        "split" | "rsplit" => split::split(text, name, arguments),
        "splitlines" => split::split_lines(text, arguments),
        "partition" | "rpartition" => split::partition(text, name, arguments),
        "replace" => search::replace(text, arguments),
        "find" | "rfind" | "index" | "rindex" => search::find(text, name, arguments),
        "count" => search::count(text, arguments),
        "startswith" | "endswith" => search::affix(text, name, arguments),
        "join" => join(text, arguments),
        "format" => str_format::format(text, Source::Arguments(arguments)).map(Value::from),
        "format_map" => str_format::format(text, Source::Mapping(arguments.one("str.format_map")?)).map(Value::from),
        "removeprefix" | "removesuffix" => {
            let affix = text_argument(arguments.one(&format!("str.{name}"))?, name)?;
            let rest = if name == "removeprefix" { text.strip_prefix(affix) } else { text.strip_suffix(affix) };
            Ok(Value::from(rest.unwrap_or(text)))
        }
        "center" | "ljust" | "rjust" => pad(text, name, arguments),
        "zfill" => zero_fill(text, arguments),
        "expandtabs" => expand_tabs(text, arguments),
        "encode" => encode(text, arguments),
        "translate" => translate(text, arguments),
        "maketrans" => make_translation(arguments),
        _ => without_arguments(text, name, arguments),
    }
}

fn without_arguments(text: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
    let result = match name {
        "upper" => Value::from(text.to_uppercase()),
        "lower" => Value::from(text.to_lowercase()),
        "casefold" => Value::from(casefold(text)),
        "title" => Value::from(title(text)),
        "capitalize" => Value::from(capitalize(text)),
        "swapcase" => Value::from(swap_case(text)),
        _ => match test(text, name) {
            Some(result) => Value::from(result),
            None => return Err(unsupported_attribute("str", name)),
        },
    };
    if !arguments.positional().is_empty() || arguments.has_keywords() {
        arguments.none(&format!("str.{name}"))?;
    }
    Ok(result)
}

/// Python's white space: Unicode's, and the separators of ASCII.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

static DECIMAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}+$").ok());
static DIGIT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{Nd}\u00B2\u00B3\u00B9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468]+$").ok());
static UNPRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}--\x20]").ok());

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
}

/// The methods that ask what a text consists of; nothing when there is none of this name.
fn test(text: &str, name: &str) -> Option<bool> {
    let all = |holds: fn(char) -> bool| !text.is_empty() && text.chars().all(holds);
    Some(match name {
        "isdecimal" if text.is_ascii() => all(|character| character.is_ascii_digit()),
        "isdigit" if text.is_ascii() => all(|character| character.is_ascii_digit()),
        "isdecimal" => matches(&DECIMAL, text),
        "isdigit" => matches(&DIGIT, text),
        "isnumeric" => all(char::is_numeric),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(is_space),
        "isascii" => text.is_ascii(),
        "isprintable" => !matches(&UNPRINTABLE, text),
        "isupper" => is_upper(text),
        "islower" => is_lower(text),
        "istitle" => is_title(text),
        "isidentifier" => {
            let mut characters = text.chars();
            characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
                && characters.all(|character| character == '_' || character.is_alphanumeric())
        }
        _ => return None,
    })
}

/// Python's `text.isupper()`.
pub(crate) fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// Python's `text.islower()`.
pub(crate) fn is_lower(text: &str) -> bool {
    text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)
}

fn is_cased(character: char) -> bool {
    character.is_uppercase() || character.is_lowercase()
}

fn is_title(text: &str) -> bool {
    let (mut previous_cased, mut found) = (false, false);
    for character in text.chars() {
        if character.is_uppercase() && previous_cased || character.is_lowercase() && !previous_cased {
            return false;
        }
        previous_cased = is_cased(character);
        found |= previous_cased;
    }
    found
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous_cased = false;
    for character in text.chars() {
        if previous_cased {
            out.extend(character.to_lowercase());
        } else {
            out.extend(character.to_uppercase());
        }
        previous_cased = is_cased(character);
    }
    out
}

/// Python's `text.capitalize()`.
pub(crate) fn capitalize(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters.as_str().to_lowercase().chars()).collect(),
        None => String::new(),
    }
}

fn swap_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_uppercase() {
            out.extend(character.to_lowercase());
        } else {
            out.extend(character.to_uppercase());
        }
    }
    out
}

fn casefold(text: &str) -> String {
    text.to_lowercase().replace('ß', "ss").replace('ς', "σ")
}

/// The text of an argument that must be text.
pub(super) fn text_argument<'a>(value: &'a Value, function: &str) -> Outcome<&'a str> {
    let name = if is_undefined(value) { "Undefined" } else { type_name(value) };
    text_of(value).ok_or_else(|| match function {
        "replace" => error(format!("replace() argument 1 must be str, not {name}")),
        "removeprefix" | "removesuffix" => error(format!("{function}() argument must be str, not {name}")),
        _ => error(format!("must be str, not {name}")),
    })
}

fn strip(text: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
    let [characters] = arguments.bind(name, ["chars"], 0)?;
    let set: Option<Vec<char>> = match characters {
        Some(value) if !value.is_none() => {
            let set = text_of(&value).ok_or_else(|| error(format!("{name} arg must be None or str")))?;
            Some(set.chars().collect())
        }
        _ => None,
    };
    let remove = |character: char| match &set {
        Some(set) => set.contains(&character),
        None => is_space(character),
    };
    let text = if name == "rstrip" { text } else { text.trim_start_matches(remove) };
    Ok(Value::from(if name == "lstrip" { text } else { text.trim_end_matches(remove) }))
}

fn join(separator: &str, arguments: Arguments<'_>) -> Outcome {
    let items = iterate(arguments.one("str.join")?).map_err(|failure| match failure.detail() {
        Some(detail) if detail.ends_with("is not iterable") => error("can only join an iterable"),
        _ => failure,
    })?;
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        match text_of(item) {
            Some(text) => out.push_str(text),
            None => {
                let name = if is_undefined(item) { "Undefined" } else { type_name(item) };
                return Err(error(format!("sequence item {index}: expected str instance, {name} found")));
            }
        }
    }
    Ok(Value::from(out))
}

/// A width, within what a template may ask for.
fn width(value: Option<Value>) -> Outcome<usize> {
    let value = value.unwrap_or_default();
    let number = super::list::place(&value, 0)?;
    Ok(usize::try_from(number.max(0)).unwrap_or(0).min(1_000_000))
}

fn pad(text: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
    let [wanted, fill] = arguments.bind(name, ["width", "fillchar"], 1)?;
    let wanted = width(wanted)?;
    let fill = fill.as_ref().map_or(Ok(" "), |fill| text_argument(fill, name))?;
    if fill.chars().count() != 1 {
        return Err(error("The fill character must be exactly one character long"));
    }
    let missing = wanted.saturating_sub(text.chars().count());
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        // Python puts the odd one to the left when the width is odd.
        _ => missing / 2 + (missing & wanted & 1),
    };
    Ok(Value::from(format!("{}{text}{}", fill.repeat(left), fill.repeat(missing - left))))
}

fn zero_fill(text: &str, arguments: Arguments<'_>) -> Outcome {
    let missing = width(Some(arguments.one("str.zfill")?.clone()))?.saturating_sub(text.chars().count());
    let (sign, digits) = if text.starts_with(['+', '-']) { text.split_at(1) } else { ("", text) };
    Ok(Value::from(format!("{sign}{}{digits}", "0".repeat(missing))))
}

fn expand_tabs(text: &str, arguments: Arguments<'_>) -> Outcome {
    let [size] = arguments.bind("expandtabs", ["tabsize"], 0)?;
    let size = size.map_or(Ok(8), |size| width(Some(size)))?;
    let (mut out, mut column) = (String::with_capacity(text.len()), 0);
    for character in text.chars() {
        match character {
            '\t' => {
                let spaces = if size == 0 { 0 } else { size - column % size };
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\n' | '\r' => {
                out.push(character);
                column = 0;
            }
            _ => {
                out.push(character);
                column += 1;
            }
        }
    }
    Ok(Value::from(out))
}

fn encode(text: &str, arguments: Arguments<'_>) -> Outcome {
    let [encoding, _errors] = arguments.bind("encode", ["encoding", "errors"], 0)?;
    let encoding = encoding.as_ref().map_or(Ok("utf-8"), |name| text_argument(name, "encode"))?.to_ascii_lowercase();
    match encoding.as_str() {
        "utf-8" | "utf8" => Ok(Value::from_bytes(text.as_bytes().to_vec())),
        "ascii" | "us-ascii" | "latin-1" | "latin1" | "iso-8859-1" => {
            let limit = if encoding.contains("ascii") { 0x80 } else { 0x100 };
            let name = if limit == 0x80 { "ascii" } else { "latin-1" };
            let mut bytes = Vec::with_capacity(text.len());
            for (position, character) in text.chars().enumerate() {
                match u8::try_from(character as u32) {
                    Ok(byte) if u32::from(byte) < limit => bytes.push(byte),
                    _ => {
                        let shown = str_format::ascii(&character.to_string());
                        return Err(error(format!(
                            "'{name}' codec can't encode character '{shown}' in position {position}: ordinal not in \
                             range({limit})"
                        )));
                    }
                }
            }
            Ok(Value::from_bytes(bytes))
        }
        other => Err(error(format!("unknown encoding: {other}"))),
    }
}

/// `str.maketrans`: a dict from code points to what replaces them.
fn make_translation(arguments: Arguments<'_>) -> Outcome {
    let [from, to, removed] = arguments.bind("maketrans", ["x", "y", "z"], 1)?;
    let from = from.unwrap_or_default();
    let mut entries = IndexMap::new();
    let code = |character: char| Value::from(character as u32);
    match (text_of(&from), to.as_ref().and_then(text_of)) {
        (Some(from), Some(to)) => {
            if from.chars().count() != to.chars().count() {
                return Err(error("the first two maketrans arguments must have equal length"));
            }
            entries.extend(from.chars().map(code).zip(to.chars().map(code)));
            let removed = removed.unwrap_or_default();
            entries.extend(text_of(&removed).unwrap_or_default().chars().map(|removed| (code(removed), none())));
        }
        _ => {
            let Some(table) = from.downcast_object_ref::<PyDict>() else {
                return Err(error("if you give only one argument to maketrans it must be a dict"));
            };
            for (key, value) in table.snapshot() {
                let mut characters = text_of(&key).unwrap_or_default().chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => entries.insert(code(character), value),
                    (Some(_), Some(_)) => return Err(error("string keys in translate table must be of length 1")),
                    _ => entries.insert(key, value),
                };
            }
        }
    }
    Ok(dict(entries))
}

fn translate(text: &str, arguments: Arguments<'_>) -> Outcome {
    let table = arguments.one("str.translate")?;
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let replacement = table.get_item(&Value::from(character as u32))?;
        if is_undefined(&replacement) {
            out.push(character);
        } else if let Some(text) = text_of(&replacement) {
            out.push_str(text);
        } else if let Some(code) = replacement.as_usize() {
            let code = u32::try_from(code).ok().and_then(char::from_u32);
            out.push(code.ok_or_else(|| error("character mapping must be in range(0x110000)"))?);
        }
    }
    Ok(Value::from(out))
}
