//! Functions that templates call by name: Jinja2's globals, and those of dbt's that need nothing of a project.

mod cycle;
pub(crate) mod markup;

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use md5::{Digest, Md5};
use minijinja::value::{Rest, Value, ValueOrKwargs};

use super::arguments::Arguments;
use super::compare::hashable;
use super::error::{Outcome, error};
use super::methods::dict::entries_of;
use super::{Generator, Range, dict, generator, is_undefined, iterate, none, set, text_of, tuple, type_name};

/// A function of a template.
type Body = fn(Arguments<'_>) -> Outcome;

/// A function value.
pub(crate) fn function(body: Body) -> Value {
    Value::from_function(move |rest: Rest<ValueOrKwargs>| body(Arguments::new(&rest.into_values())))
}

/// Jinja2's global functions as dbt's environment has them. `namespace` is minijinja's own.
pub(crate) fn jinja_globals() -> Vec<(&'static str, Value)> {
    vec![
        ("range", function(range)),
        ("dict", function(|arguments| entries_of(arguments, "dict").map(dict))),
        ("cycler", function(cycle::cycler)),
        ("joiner", function(cycle::joiner)),
    ]
}

/// dbt's functions that need no project: what its base context holds beside `var`, `env_var`, `log` and their like.
pub fn dbt_functions() -> IndexMap<&'static str, Value> {
    IndexMap::from([
        ("set", function(to_set)),
        ("set_strict", function(|arguments| set_of(arguments.one("set_strict")?))),
        ("zip", function(zip)),
        ("zip_strict", function(|arguments| zipped(arguments.positional()))),
        ("tojson", function(markup::to_json)),
        ("fromjson", function(markup::from_json)),
        ("toyaml", function(markup::to_yaml)),
        ("fromyaml", function(markup::from_yaml)),
        ("local_md5", function(local_md5)),
    ])
}

/// A whole number that fits 64 bits, for functions that take nothing else.
pub(crate) fn whole(value: &Value) -> Outcome<i64> {
    let is_whole = matches!(type_name(value), "int" | "bool");
    let name = if is_undefined(value) { "Undefined" } else { type_name(value) };
    let message = || error(format!("'{name}' object cannot be interpreted as an integer"));
    value.as_i64().filter(|_| is_whole).ok_or_else(message)
}

fn range(arguments: Arguments<'_>) -> Outcome {
    if arguments.has_keywords() {
        return Err(error("range() takes no keyword arguments"));
    }
    let numbers = arguments.positional().iter().map(whole).collect::<Outcome<Vec<i64>>>()?;
    let range = match numbers.as_slice() {
        [] => return Err(error("range expected at least 1 argument, got 0")),
        [stop] => Range::new(0, *stop, 1),
        [start, stop] => Range::new(*start, *stop, 1),
        [start, stop, step] => Range::new(*start, *stop, *step),
        more => return Err(error(format!("range expected at most 3 arguments, got {}", more.len()))),
    };
    range.map(Value::from_object)
}

fn set_of(value: &Value) -> Outcome {
    let items = iterate(value)?;
    items.iter().try_for_each(hashable)?;
    Ok(set(items.into_iter().collect::<IndexSet<_>>()))
}

fn to_set(arguments: Arguments<'_>) -> Outcome {
    let [value, default] = arguments.bind("BaseContext._set", ["value", "default"], 1)?;
    Ok(set_of(&value.unwrap_or_default()).unwrap_or_else(|_| default.unwrap_or_else(none)))
}

/// The items of several sequences side by side, as far as the shortest goes. Iterators without an end are read along.
fn zipped(sequences: &[Value]) -> Outcome {
    let endless = |value: &Value| value.downcast_object::<Generator>().filter(|generator| generator.is_endless());
    let columns = sequences.iter().map(|value| match endless(value) {
        Some(generator) => Ok(Err(generator)),
        None => iterate(value).map(Ok),
    });
    let columns = columns.collect::<Outcome<Vec<_>>>()?;
    let lengths = columns.iter().filter_map(|column| column.as_ref().ok().map(Vec::len));
    let length = match (lengths.min(), sequences.is_empty()) {
        (Some(length), _) => length,
        (None, true) => 0,
        (None, false) => return Err(error("zip() needs one argument that has an end")),
    };
    let item = |column: &Result<Vec<Value>, Arc<Generator>>, index: usize| match column {
        Ok(items) => items[index].clone(),
        Err(generator) => generator.next().unwrap_or_default(),
    };
    let row = |index: usize| tuple(columns.iter().map(|column| item(column, index)).collect());
    Ok(generator("zip", (0..length).map(row).collect()))
}

fn zip(arguments: Arguments<'_>) -> Outcome {
    let default = || arguments.keyword("default").unwrap_or_else(none);
    Ok(zipped(arguments.positional()).unwrap_or_else(|_| default()))
}

fn local_md5(arguments: Arguments<'_>) -> Outcome {
    let [value] = arguments.bind("BaseContext.local_md5", ["value"], 1)?;
    let value = value.unwrap_or_default();
    let Some(text) = text_of(&value) else {
        let name = if is_undefined(&value) { "Undefined" } else { type_name(&value) };
        return Err(error(format!("'{name}' object has no attribute 'encode'")));
    };
    let digest = Md5::digest(text.as_bytes());
    Ok(Value::from(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}
