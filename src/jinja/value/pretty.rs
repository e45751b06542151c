//! Python's `pprint.pformat`: values on several lines where one of 80 characters does not hold them.

use minijinja::value::Value;

use super::compare::sort_by_key;
use super::{PyDict, PyList, PySet, iterate, repr, text_of};

/// Characters of a line.
const WIDTH: usize = 80;

/// How deeply values may nest before they are written on one line.
const MAX_DEPTH: usize = 100;

/// `pprint.pformat(value)`
pub(crate) fn format(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, 0, 0);
    out
}

/// `repr` with the keys of dicts and the members of sets in order.
fn sorted_repr(value: &Value) -> String {
    if let Some(dict) = value.downcast_object_ref::<PyDict>() {
        let entries: Vec<String> = sorted_entries(dict)
            .iter()
            .map(|(key, value)| format!("{}: {}", sorted_repr(key), sorted_repr(value)))
            .collect();
        return format!("{{{}}}", entries.join(", "));
    }
    if let Some(list) = value.downcast_object_ref::<PyList>() {
        let items: Vec<String> = list.snapshot().iter().map(sorted_repr).collect();
        return format!("[{}]", items.join(", "));
    }
    repr(value)
}

fn sorted(items: Vec<Value>) -> Vec<Value> {
    sort_by_key(items.clone(), false, |item| Ok(item.clone())).unwrap_or_else(|_| {
        // Where Python finds no order it sorts by the type's name, then by identity.
        let mut items = items;
        items.sort_by_key(super::type_name);
        items
    })
}

fn sorted_entries(dict: &PyDict) -> Vec<(Value, Value)> {
    let entries = dict.snapshot();
    let keys = sorted(entries.keys().cloned().collect());
    keys.into_iter().filter_map(|key| entries.get(&key).cloned().map(|value| (key, value))).collect()
}

/// Writes a value that starts at column `indent`; `allowance` characters follow it on its last line.
fn write(out: &mut String, value: &Value, indent: usize, allowance: usize, depth: usize) {
    let line = sorted_repr(value);
    if line.chars().count() + indent + allowance <= WIDTH || depth > MAX_DEPTH {
        out.push_str(&line);
        return;
    }
    if let Some(dict) = value.downcast_object_ref::<PyDict>() {
        out.push('{');
        let entries = sorted_entries(dict);
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                new_line(out, indent + 1);
            }
            let key = sorted_repr(key);
            out.push_str(&key);
            out.push_str(": ");
            let after = if index + 1 == entries.len() { allowance + 1 } else { 1 };
            write(out, value, indent + key.chars().count() + 3, after, depth + 1);
        }
        out.push('}');
    } else if value.downcast_object_ref::<PyList>().is_some() || value.is_tuple() {
        let (open, close) = if value.is_tuple() { ('(', ')') } else { ('[', ']') };
        let items = iterate(value).unwrap_or_default();
        out.push(open);
        write_items(out, &items, indent + 1, allowance + 1, depth);
        if value.is_tuple() && items.len() == 1 {
            out.push(',');
        }
        out.push(close);
    } else if let Some(set) = value.downcast_object_ref::<PySet>() {
        out.push('{');
        write_items(out, &sorted(set.snapshot().into_iter().collect()), indent + 1, allowance + 1, depth);
        out.push('}');
    } else if let Some(text) = text_of(value) {
        write_text(out, text, indent, allowance, depth);
    } else {
        out.push_str(&line);
    }
}

fn write_items(out: &mut String, items: &[Value], indent: usize, allowance: usize, depth: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            new_line(out, indent);
        }
        let after = if index + 1 == items.len() { allowance } else { 1 };
        write(out, item, indent, after, depth + 1);
    }
}

fn new_line(out: &mut String, indent: usize) {
    out.push_str(",\n");
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Long text is cut between words into several literals, in parentheses where it stands alone.
fn write_text(out: &mut String, text: &str, indent: usize, allowance: usize, depth: usize) {
    let (indent, allowance) = if depth == 0 { (indent + 1, allowance + 1) } else { (indent, allowance) };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut chunks: Vec<String> = Vec::new();
    let room = WIDTH.saturating_sub(indent);
    for (index, line) in lines.iter().enumerate() {
        // What follows the value matters on its last line only.
        let last_room = room.saturating_sub(if index + 1 == lines.len() { allowance } else { 0 });
        let whole = repr(&Value::from(*line));
        if whole.chars().count() <= last_room {
            chunks.push(whole);
            continue;
        }
        let (words, mut current) = (words(line), String::new());
        for (position, word) in words.iter().enumerate() {
            let room = if position + 1 == words.len() { last_room } else { room };
            let candidate = format!("{current}{word}");
            if repr(&Value::from(candidate.as_str())).chars().count() <= room {
                current = candidate;
                continue;
            }
            if !current.is_empty() {
                chunks.push(repr(&Value::from(current)));
            }
            current = (*word).to_string();
        }
        chunks.push(repr(&Value::from(current)));
    }
    if chunks.len() == 1 {
        out.push_str(&chunks[0]);
        return;
    }
    let separator = format!("\n{}", " ".repeat(indent));
    match depth {
        0 => out.push_str(&format!("({})", chunks.join(&separator))),
        _ => out.push_str(&chunks.join(&separator)),
    }
}

/// Words with the spaces that follow them.
fn words(line: &str) -> Vec<&str> {
    let (mut words, mut start, mut in_space) = (Vec::new(), 0, false);
    for (index, character) in line.char_indices() {
        let is_space = super::methods::text::is_space(character);
        if in_space && !is_space {
            words.push(&line[start..index]);
            start = index;
        }
        in_space = is_space;
    }
    words.push(&line[start..]);
    words
}
