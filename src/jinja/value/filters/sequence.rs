//! Jinja2's filters that work on sequences as a whole: order, size, extremes, groups.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexSet;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::attribute::Path;
use crate::jinja::value::compare::{hashable, sort_by_key};
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::number::Operation;
use crate::jinja::value::operators::{length, operate};
use crate::jinja::value::{
    DictView, Generator, PyDict, PySet, generator, impure, is_undefined, iterate, list, pair, py_cmp, py_eq, text_of,
    to_str, type_name, undefined,
};

use super::Filter;

pub(super) static FILTERS: &[(&str, Filter)] = &[
    ("list", |_, value, arguments| {
        arguments.none("list")?;
        iterate(value).map(list)
    }),
    ("length", |_, value, _| length(value).map(Value::from)),
    ("count", |_, value, _| length(value).map(Value::from)),
    ("first", |_, value, _| first(value)),
    ("last", |_, value, _| last(value)),
    ("random", |_, value, _| random(value)),
    ("join", |_, value, arguments| join(value, arguments)),
    ("reverse", |_, value, _| reverse(value)),
    ("sort", |_, value, arguments| sort(value, arguments)),
    ("unique", |_, value, arguments| unique(value, arguments)),
    ("min", |_, value, arguments| extreme(value, arguments, "do_min", Ordering::Less)),
    ("max", |_, value, arguments| extreme(value, arguments, "do_max", Ordering::Greater)),
    ("sum", |_, value, arguments| sum(value, arguments)),
    ("batch", |_, value, arguments| batch(value, arguments)),
    ("slice", |_, value, arguments| slice(value, arguments)),
    ("groupby", |_, value, arguments| group_by(value, arguments)),
    ("dictsort", |_, value, arguments| sort_dict(value, arguments)),
    ("items", |_, value, _| items(value)),
];

/// Text in lower case, anything else as it is: what filters compare by unless they are case sensitive.
fn ignore_case(value: Value) -> Value {
    match text_of(&value) {
        Some(text) => Value::from(text.to_lowercase()),
        None => value,
    }
}

fn is_set(value: &Option<Value>) -> bool {
    value.as_ref().is_some_and(Value::is_true)
}

fn key_of(path: &Path, case_sensitive: bool, value: &Value, default: Option<&Value>) -> Outcome {
    let key = path.follow(value, default)?;
    Ok(if case_sensitive { key } else { ignore_case(key) })
}

fn path_of(attribute: &Option<Value>) -> Path {
    attribute.as_ref().map(Path::new).unwrap_or_default()
}

fn first(value: &Value) -> Outcome {
    let first = match value.downcast_object_ref::<Generator>() {
        Some(generator) => generator.next(),
        None => iterate(value)?.into_iter().next(),
    };
    Ok(first.unwrap_or_else(|| undefined("No first item, sequence was empty.")))
}

fn check_reversible(value: &Value) -> Outcome<()> {
    let once = value.downcast_object_ref::<Generator>().is_some() || value.downcast_object_ref::<PySet>().is_some();
    match once {
        true => Err(error(format!("'{}' object is not reversible", type_name(value)))),
        false => Ok(()),
    }
}

fn last(value: &Value) -> Outcome {
    check_reversible(value)?;
    let last = iterate(value).map_err(|_| error(format!("'{}' object is not reversible", type_name(value))))?.pop();
    Ok(last.unwrap_or_else(|| undefined("No last item, sequence was empty.")))
}

fn random(value: &Value) -> Outcome {
    let items = iterate(value)?;
    if items.is_empty() {
        return Ok(undefined("No random item, sequence was empty."));
    }
    let index = impure::random() % items.len() as u128;
    Ok(items[index as usize].clone())
}

fn join(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [separator, attribute] = arguments.after_implicit().bind("sync_do_join", ["d", "attribute"], 0)?;
    let separator = separator.map(|separator| to_str(&separator)).unwrap_or_default();
    let path = path_of(&attribute);
    let mut out = String::new();
    for (index, item) in iterate(value)?.iter().enumerate() {
        if index > 0 {
            out.push_str(&separator);
        }
        crate::jinja::value::text::write_str(&mut out, &path.follow(item, None)?);
    }
    Ok(Value::from(out))
}

fn reverse(value: &Value) -> Outcome {
    if let Some(text) = text_of(value) {
        return Ok(Value::from(text.chars().rev().collect::<String>()));
    }
    let not_iterable = |_| error("argument must be iterable");
    let mut items = iterate(value).map_err(not_iterable)?;
    items.reverse();
    let name = match type_name(value) {
        "list" => "list_reverseiterator",
        "range" => "range_iterator",
        "dict" => "dict_reversekeyiterator",
        "dict_keys" | "dict_values" | "dict_items" => "dict_reverseiterator",
        "set" | "generator" => return Ok(list(items)),
        _ if check_reversible(value).is_err() => return Ok(list(items)),
        _ => "reversed",
    };
    Ok(generator(name, items))
}

fn sort(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [reverse, case_sensitive, attribute] =
        arguments.after_implicit().bind("do_sort", ["reverse", "case_sensitive", "attribute"], 0)?;
    let case_sensitive = is_set(&case_sensitive);
    let paths = attribute.as_ref().filter(|attribute| !attribute.is_none()).map(Path::several).unwrap_or_default();
    let sorted = sort_by_key(iterate(value)?, is_set(&reverse), |item| match paths.as_slice() {
        [] => Ok(if case_sensitive { item.clone() } else { ignore_case(item.clone()) }),
        [path] => key_of(path, case_sensitive, item, None),
        paths => paths.iter().map(|path| key_of(path, case_sensitive, item, None)).collect::<Outcome<_>>().map(list),
    })?;
    Ok(list(sorted))
}

fn unique(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [case_sensitive, attribute] =
        arguments.after_implicit().bind("sync_do_unique", ["case_sensitive", "attribute"], 0)?;
    let (path, case_sensitive) = (path_of(&attribute), is_set(&case_sensitive));
    let (mut seen, mut kept) = (IndexSet::new(), Vec::new());
    for item in iterate(value)? {
        let key = key_of(&path, case_sensitive, &item, None)?;
        hashable(&key)?;
        if seen.insert(key) {
            kept.push(item);
        }
    }
    Ok(generator("generator", kept))
}

fn extreme(value: &Value, arguments: Arguments<'_>, function: &str, wanted: Ordering) -> Outcome {
    let [case_sensitive, attribute] = arguments.after_implicit().bind(function, ["case_sensitive", "attribute"], 0)?;
    let (path, case_sensitive) = (path_of(&attribute), is_set(&case_sensitive));
    let symbol = if wanted == Ordering::Less { "<" } else { ">" };
    let mut best: Option<(Value, Value)> = None;
    for item in iterate(value)? {
        let key = key_of(&path, case_sensitive, &item, None)?;
        let better = match &best {
            Some((best, _)) => py_cmp(&key, best, symbol)? == Some(wanted),
            None => true,
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or_else(|| undefined("No aggregated item, sequence was empty."), |(_, item)| item))
}

fn sum(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [attribute, start] = arguments.after_implicit().bind("sync_do_sum", ["attribute", "start"], 0)?;
    let path = path_of(&attribute);
    let mut total = start.unwrap_or_else(|| Value::from(0));
    if text_of(&total).is_some() {
        return Err(error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    for item in iterate(value)? {
        total = operate(Operation::Add, &total, &path.follow(&item, None)?)?;
    }
    Ok(total)
}

fn count(value: Option<Value>) -> Outcome<usize> {
    let value = value.unwrap_or_default();
    let message = || error(format!("'{}' object cannot be interpreted as an integer", type_name(&value)));
    value.as_usize().ok_or_else(message)
}

fn batch(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [size, fill] = arguments.bind("do_batch", ["linecount", "fill_with"], 1)?;
    let size = count(size)?;
    let items = iterate(value)?;
    let mut rows = Vec::new();
    // Python never reaches a size of zero, and then hands out everything in one row.
    for row in items.chunks(if size == 0 { items.len().max(1) } else { size }) {
        let mut row = row.to_vec();
        if let Some(fill) = fill.as_ref().filter(|fill| !fill.is_none()) {
            row.resize(row.len().max(size), fill.clone());
        }
        rows.push(list(row));
    }
    Ok(generator("generator", rows))
}

fn slice(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [slices, fill] = arguments.bind("sync_do_slice", ["slices", "fill_with"], 1)?;
    let slices = count(slices)?;
    if slices == 0 {
        return Err(error("integer division or modulo by zero"));
    }
    let items = iterate(value)?;
    let (each, longer) = (items.len() / slices, items.len() % slices);
    let fill = fill.filter(|fill| !fill.is_none());
    let (mut rest, mut parts) = (items.as_slice(), Vec::with_capacity(slices));
    for index in 0..slices {
        let (part, after) = rest.split_at(each + usize::from(index < longer));
        rest = after;
        let mut part = part.to_vec();
        if index >= longer {
            part.extend(fill.clone());
        }
        parts.push(list(part));
    }
    Ok(generator("generator", parts))
}

/// One group of `groupby`: a pair whose parts also have names.
#[derive(Debug)]
struct Group {
    grouper: Value,
    list: Value,
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_usize(), text_of(key)) {
            (Some(0), _) | (_, Some("grouper")) => Some(self.grouper.clone()),
            (Some(1), _) | (_, Some("list")) => Some(self.list.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(vec![self.grouper.clone(), self.list.clone()])
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(2)
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&to_str(&pair(self.grouper.clone(), self.list.clone())))
    }
}

fn group_by(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [attribute, default, case_sensitive] =
        arguments.after_implicit().bind("sync_do_groupby", ["attribute", "default", "case_sensitive"], 1)?;
    let path = path_of(&attribute);
    let default = default.filter(|default| !default.is_none());
    let key = |item: &Value| key_of(&path, is_set(&case_sensitive), item, default.as_ref());
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for item in sort_by_key(iterate(value)?, false, key)? {
        let key = key(&item)?;
        match groups.last_mut() {
            Some((last, members)) if py_eq(last, &key) => members.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let group = |(key, members): (Value, Vec<Value>)| {
        // The name of the group is written as its first member writes it.
        let grouper = match members.first() {
            Some(first) => path.follow(first, default.as_ref())?,
            None => key,
        };
        Ok(Value::from_object(Group { grouper, list: list(members) }))
    };
    groups.into_iter().map(group).collect::<Outcome<_>>().map(list)
}

/// The entries of a mapping of any kind.
fn entries(value: &Value) -> Option<Outcome<Vec<Value>>> {
    if let Some(dict) = value.downcast_object::<PyDict>() {
        return Some(Ok(DictView { kind: crate::jinja::value::ViewKind::Items, dict }.snapshot()));
    }
    if value.kind() != ValueKind::Map {
        return None;
    }
    let entry = |key: Value| Ok(pair(key.clone(), value.get_item(&key)?));
    Some(iterate(value).and_then(|keys| keys.into_iter().map(entry).collect()))
}

fn items(value: &Value) -> Outcome {
    if is_undefined(value) {
        return Ok(generator("generator", Vec::new()));
    }
    let entries = entries(value).unwrap_or_else(|| Err(error("Can only get item pairs from a mapping.")))?;
    Ok(generator("generator", entries))
}

fn sort_dict(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let [case_sensitive, by, reverse] = arguments.bind("do_dictsort", ["case_sensitive", "by", "reverse"], 0)?;
    let position = match by.as_ref().map_or(Some("key"), text_of) {
        Some("key") => 0,
        Some("value") => 1,
        _ => return Err(error("You can only sort by either \"key\" or \"value\"")),
    };
    let entries = match entries(value) {
        Some(entries) => entries?,
        None => {
            crate::jinja::value::compare::require_defined(value)?;
            return Err(error(format!("'{}' object has no attribute 'items'", type_name(value))));
        }
    };
    let case_sensitive = is_set(&case_sensitive);
    let sorted = sort_by_key(entries, is_set(&reverse), |entry| {
        let key = entry.get_item(&Value::from(position))?;
        Ok(if case_sensitive { key } else { ignore_case(key) })
    })?;
    Ok(list(sorted))
}
