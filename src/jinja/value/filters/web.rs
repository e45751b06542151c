//! Jinja2's filters for HTML and addresses.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::LazyLock;

use fancy_regex::Regex;
use minijinja::value::{Value, ValueKind};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::html::escape;
use crate::jinja::value::{PyDict, is_undefined, iterate, repr, text_of, to_str, type_name};

use super::Filter;

pub(super) static FILTERS: &[(&str, Filter)] = &[
    ("striptags", |_, value, _| Ok(Value::from(strip_tags(&to_str(value))))),
    ("xmlattr", |_, value, arguments| attributes(value, arguments)),
    ("urlencode", |_, value, _| url_encode(value)),
    ("urlize", |_, value, arguments| urlize(value, arguments)),
];

/// The text without tags and comments, spaces made one, entities resolved.
fn strip_tags(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find('<') {
        let end = match rest[start..].strip_prefix("<!--") {
            Some(comment) => comment.find("-->").map(|end| start + 4 + end + 3),
            None => rest[start..].find('>').map(|end| start + end + 1),
        };
        let Some(end) = end else { break };
        kept.push_str(&rest[..start]);
        rest = &rest[end..];
    }
    kept.push_str(rest);
    let words: Vec<&str> = kept.split_whitespace().collect();
    unescape(&words.join(" "))
}

/// Resolves numeric entities and the named ones that are in use.
fn unescape(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest.find(';').and_then(|end| Some((entity(&rest[1..end])?, end + 1)));
        let (character, length) = entity.unwrap_or(('&', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    if let Some(code) = name.strip_prefix('#') {
        let code = match code.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => code.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "laquo" => '«',
        "raquo" => '»',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "euro" => '€',
        _ => return None,
    })
}

fn attributes(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [auto_space] = arguments.after_implicit().bind("do_xmlattr", ["autospace"], 0)?;
    let Some(dict) = value.downcast_object_ref::<PyDict>() else {
        return Err(error(format!("'{}' object has no attribute 'items'", type_name(value))));
    };
    let mut parts = Vec::new();
    for (key, value) in dict.snapshot() {
        if value.is_none() || is_undefined(&value) {
            continue;
        }
        let Some(name) = text_of(&key) else {
            return Err(error(format!("expected string or bytes-like object, got '{}'", type_name(&key))));
        };
        if name.contains(|character: char| character.is_ascii_whitespace() || matches!(character, '/' | '>' | '=')) {
            return Err(error(format!("Invalid character in attribute name: {}", repr(&key))));
        }
        let shown = if value.is_safe() { to_str(&value) } else { escape(&to_str(&value)) };
        parts.push(format!("{}=\"{shown}\"", escape(name)));
    }
    let joined = parts.join(" ");
    let space = auto_space.is_none_or(|space| space.is_true()) && !joined.is_empty();
    Ok(Value::from(if space { format!(" {joined}") } else { joined }))
}

fn quote(value: &Value, for_query: bool) -> String {
    let text = to_str(value);
    let bytes = if value.kind() == ValueKind::Bytes { value.as_bytes().unwrap_or_default() } else { text.as_bytes() };
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(*byte)),
            b'/' if !for_query => out.push('/'),
            b' ' if for_query => out.push('+'),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

fn url_encode(value: &Value) -> Outcome {
    let pairs = if let Some(dict) = value.downcast_object_ref::<PyDict>() {
        dict.snapshot().into_iter().collect()
    } else if text_of(value).is_some() || matches!(value.kind(), ValueKind::None | ValueKind::Number | ValueKind::Bool)
    {
        return Ok(Value::from(quote(value, false)));
    } else {
        let mut pairs = Vec::new();
        for item in iterate(value)? {
            let not_iterable = |_| error(format!("cannot unpack non-iterable {} object", type_name(&item)));
            let pair = iterate(&item).map_err(not_iterable)?;
            let [key, value] = pair.as_slice() else {
                let message = match pair.len() {
                    0 | 1 => format!("not enough values to unpack (expected 2, got {})", pair.len()),
                    _ => "too many values to unpack (expected 2)".to_string(),
                };
                return Err(error(message));
            };
            pairs.push((key.clone(), value.clone()));
        }
        pairs
    };
    let parts: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{}={}", quote(key, true), quote(value, true))).collect();
    Ok(Value::from(parts.join("&")))
}

/// What counts as a web address; the rules are those of Jinja2's `utils.urlize`.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let domain = r"(?:https?://|www\.)(?:(?:[\w%-]+\.)+)?(?:[a-z]{2,63}|xn--[\w%]{2,59})";
    let known = r"(?:[\w%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)";
    let number = r"https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\])";
    Regex::new(&format!(r"(?i)^(?:{domain}|{known}|{number})(?::\d{{1,5}})?(?:[/?#]\S*)?$")).ok()
});
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\S+@\w[\w.-]*\.\w+$").ok());

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
}

/// How links are written.
struct Links {
    limit: Option<usize>,
    attributes: String,
    schemes: Vec<String>,
}

fn urlize(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let names = ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"];
    let [limit, no_follow, target, rel, schemes] = arguments.after_implicit().bind("do_urlize", names, 0)?;
    let text = |value: Option<Value>| value.filter(|value| value.is_true()).map(|value| to_str(&value));
    let rel = text(rel).unwrap_or_default();
    let mut rel: BTreeSet<&str> = rel.split_whitespace().chain(["noopener"]).collect();
    if no_follow.is_some_and(|follow| follow.is_true()) {
        rel.insert("nofollow");
    }
    let rel: Vec<&str> = rel.into_iter().collect();
    let mut attributes = format!(" rel=\"{}\"", escape(&rel.join(" ")));
    if let Some(target) = text(target) {
        attributes.push_str(&format!(" target=\"{}\"", escape(&target)));
    }
    let schemes = match schemes.filter(|schemes| !schemes.is_none()) {
        Some(schemes) => iterate(&schemes)?.iter().map(to_str).collect(),
        None => Vec::new(),
    };
    let links = Links { limit: limit.and_then(|limit| limit.as_usize()), attributes, schemes };
    let escaped = escape(&to_str(value));
    let mut out = String::with_capacity(escaped.len() * 2);
    let mut rest = escaped.as_str();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        links.word(&mut out, &rest[..end]);
        rest = &rest[end..];
        let space = rest.find(|character: char| !character.is_whitespace()).unwrap_or(rest.len());
        out.push_str(&rest[..space]);
        rest = &rest[space..];
    }
    Ok(Value::from(out))
}

impl Links {
    fn word(&self, out: &mut String, word: &str) {
        let mut middle = word;
        while let Some(rest) = middle.strip_prefix(['(', '<']).or_else(|| middle.strip_prefix("&lt;")) {
            middle = rest;
        }
        out.push_str(&word[..word.len() - middle.len()]);
        let whole = middle;
        while let Some(rest) = middle.strip_suffix([')', '>', '.', ',', '\n']).or_else(|| middle.strip_suffix("&gt;")) {
            middle = rest;
        }
        let mut tail = &whole[middle.len()..];
        // Closing brackets belong to the address as far as they close one of its own.
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
            let opened = middle.matches(open).count();
            if opened <= middle.matches(close).count() {
                continue;
            }
            for _ in 0..opened.min(tail.matches(close).count()) {
                let Some(end) = tail.find(close).map(|index| index + close.len()) else { break };
                middle = &whole[..middle.len() + end];
                tail = &tail[end..];
            }
        }
        self.link(out, middle);
        out.push_str(tail);
    }

    fn link(&self, out: &mut String, middle: &str) {
        let attributes = &self.attributes;
        if matches(&ADDRESS, middle) {
            let has_scheme = middle.starts_with("https://") || middle.starts_with("http://");
            let scheme = if has_scheme { "" } else { "https://" };
            let shown = match self.limit {
                Some(limit) if middle.chars().count() > limit => middle.chars().take(limit).collect::<String>() + "...",
                _ => middle.to_string(),
            };
            let _ = write!(out, "<a href=\"{scheme}{middle}\"{attributes}>{shown}</a>");
            return;
        }
        if let Some(address) = middle.strip_prefix("mailto:").filter(|address| matches(&MAIL, address)) {
            let _ = write!(out, "<a href=\"{middle}\">{address}</a>");
        } else if middle.contains('@')
            && !middle.starts_with("www.")
            && !middle.starts_with('@')
            && !middle.contains(':')
            && matches(&MAIL, middle)
        {
            let _ = write!(out, "<a href=\"mailto:{middle}\">{middle}</a>");
        } else if self.schemes.iter().any(|scheme| middle != scheme && middle.starts_with(scheme.as_str())) {
            let _ = write!(out, "<a href=\"{middle}\"{attributes}>{middle}</a>");
        } else {
            out.push_str(middle);
        }
    }
}
