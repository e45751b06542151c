//! `str()` and `repr()` as Python writes them.

use std::fmt::{self, Write};
use std::sync::{Arc, LazyLock};

use fancy_regex::Regex;
use minijinja::value::{Object, Value, ValueKind};

use super::bytes::write_bytes;
use super::{DictView, PyDict, PyList, PySet, is_undefined};

/// Python's `str(value)`.
pub fn to_str(value: &Value) -> String {
    let mut out = String::new();
    write_str(&mut out, value);
    out
}

/// Python's `repr(value)`.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(&mut out, value);
    out
}

/// Appends `str(value)`.
pub fn write_str(out: &mut String, value: &Value) {
    match super::text_of(value) {
        Some(text) => out.push_str(text),
        None if is_undefined(value) => {}
        None => Writer::new(out).display(value),
    }
}

/// Appends `repr(value)`.
pub fn write_repr(out: &mut String, value: &Value) {
    Writer::new(out).value(value);
}

/// The body of an object's `Object::render`: how Python prints it.
pub(crate) fn render<T: Object + 'static>(object: &Arc<T>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str(&repr(&Value::from_dyn_object(object.clone())))
}

/// Writes nested values; remembers the containers that it is inside of, because a list may hold itself.
struct Writer<'a> {
    out: &'a mut String,
    inside: Vec<usize>,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut String) -> Writer<'a> {
        Writer { out, inside: Vec::new() }
    }

    /// A value within another one.
    fn value(&mut self, value: &Value) {
        match value.kind() {
            ValueKind::String => {
                let text = value.as_str().unwrap_or_default();
                if value.is_safe() {
                    self.out.push_str("Markup(");
                    write_quoted(self.out, text);
                    self.out.push(')');
                } else {
                    write_quoted(self.out, text);
                }
            }
            _ if is_undefined(value) => self.out.push_str("Undefined"),
            _ => match super::temporal::write_repr(self.out, value) || super::decimal::write_repr(self.out, value) {
                true => {}
                false => self.display(value),
            },
        }
    }

    /// Everything whose `str` and `repr` are the same, and the outermost `str` of the rest.
    fn display(&mut self, value: &Value) {
        match value.kind() {
            ValueKind::None => self.out.push_str("None"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "True" } else { "False" }),
            ValueKind::Number => write_number(self.out, value),
            ValueKind::Bytes => write_bytes(self.out, value.as_bytes().unwrap_or_default()),
            _ => self.object(value),
        }
    }

    fn object(&mut self, value: &Value) {
        if let Some(list) = value.downcast_object_ref::<PyList>() {
            let id = std::ptr::from_ref(list) as usize;
            self.guarded(id, "[...]", |writer| writer.sequence("[", list.snapshot(), "]"));
        } else if let Some(dict) = value.downcast_object_ref::<PyDict>() {
            let id = std::ptr::from_ref(dict) as usize;
            self.guarded(id, "{...}", |writer| writer.mapping(dict.snapshot()));
        } else if value.is_tuple() {
            let items: Vec<Value> = value.try_iter().map(Iterator::collect).unwrap_or_default();
            let close = if items.len() == 1 { ",)" } else { ")" };
            self.sequence("(", items, close);
        } else if let Some(set) = value.downcast_object_ref::<PySet>() {
            match set.is_empty() {
                true => self.out.push_str("set()"),
                false => self.sequence("{", set.snapshot(), "}"),
            }
        } else if let Some(view) = value.downcast_object_ref::<DictView>() {
            self.out.push_str(view.kind.type_name());
            self.sequence("([", view.snapshot(), "])");
        } else if is_native_container(value) {
            self.native(value);
        } else {
            let _ = write!(self.out, "{value}");
        }
    }

    /// minijinja's own lists and maps, which Rust code may hand in.
    fn native(&mut self, value: &Value) {
        if self.inside.len() > 200 {
            self.out.push_str("...");
            return;
        }
        self.inside.push(0);
        let items = value.try_iter().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
        if value.kind() == ValueKind::Map {
            let entry = |key: Value| value.get_item(&key).map(|item| (key, item));
            self.mapping(items.into_iter().filter_map(|key| entry(key).ok()));
        } else {
            self.sequence("[", items, "]");
        }
        self.inside.pop();
    }

    fn guarded(&mut self, id: usize, again: &str, write: impl FnOnce(&mut Self)) {
        if self.inside.contains(&id) || self.inside.len() > 200 {
            self.out.push_str(again);
            return;
        }
        self.inside.push(id);
        write(self);
        self.inside.pop();
    }

    fn sequence(&mut self, open: &str, items: impl IntoIterator<Item = Value>, close: &str) {
        self.out.push_str(open);
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(&item);
        }
        self.out.push_str(close);
    }

    fn mapping(&mut self, entries: impl IntoIterator<Item = (Value, Value)>) {
        self.out.push('{');
        for (index, (key, value)) in entries.into_iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(&key);
            self.out.push_str(": ");
            self.value(&value);
        }
        self.out.push('}');
    }
}

/// Whether the value is a container of minijinja's own, which has to be printed as Python's would be: containers that
/// Rust code made from its own collections. Objects of our own say themselves how they print.
fn is_native_container(value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    match value.kind() {
        ValueKind::Seq => object.is::<Vec<Value>>(),
        ValueKind::Map => {
            value.is_kwargs()
                || object.is::<indexmap::IndexMap<Value, Value>>()
                || object.is::<std::collections::BTreeMap<String, Value>>()
                || object.is::<std::collections::HashMap<String, Value>>()
                || object.is::<std::collections::BTreeMap<Value, Value>>()
        }
        _ => false,
    }
}

/// Characters that Python escapes in `repr` beside the control characters of ASCII.
static UNPRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}--\x20]").ok());

fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    match UNPRINTABLE.as_ref() {
        Some(pattern) => !pattern.is_match(text).unwrap_or(false),
        None => !character.is_control(),
    }
}

/// Appends a string in quotes, with Python's choice of quotes and escapes.
pub(crate) fn write_quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.reserve(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(quote);
            }
            _ if is_printable(character) => out.push(character),
            _ => {
                let code = character as u32;
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

fn write_number(out: &mut String, value: &Value) {
    if value.is_integer() {
        let _ = write!(out, "{value}");
    } else {
        write_float(out, f64::try_from(value.clone()).unwrap_or(f64::NAN));
    }
}

/// Appends a float as Python's `repr` does: the shortest digits that read back as the same number.
pub(crate) fn write_float(out: &mut String, number: f64) {
    if number.is_nan() {
        out.push_str("nan");
        return;
    }
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "inf" } else { "-inf" });
        return;
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
        return;
    }
    let start = out.len();
    let _ = write!(out, "{number}");
    if !out[start..].contains('.') {
        out.push_str(".0");
    }
}
