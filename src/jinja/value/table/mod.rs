//! Tables as query results reach templates: what dbt's macros and packages use of agate's tables.
//!
//! Tables, rows and columns cannot change; a method that changes something gives a new table.

mod print;
mod sequence;

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::arguments::Arguments;
use super::bound_method::method_or;
use super::compare::{py_eq, sort_by_key};
use super::error::{Outcome, error, unsupported_attribute};
use super::undefined::undefined_attribute;
use super::{PyDict, iterate, none, repr, text_of, to_str, tuple};

pub use sequence::{Column, MappedSequence, Row};

const TYPE_NAME: &str = "agate.table.Table";

const METHODS: &[&str] = &[
    "distinct",
    "exclude",
    "find",
    "limit",
    "order_by",
    "print_structure",
    "print_table",
    "rename",
    "select",
    "where",
];

/// A table of named columns.
pub struct Table {
    names: Arc<[String]>,
    rows: Vec<Arc<Row>>,
    /// The engine's types of the columns, where they are known.
    types: Arc<[String]>,
}

impl Table {
    /// A table of columns of equal length; where one is shorter its values are none.
    pub fn new(names: Vec<String>, columns: Vec<Vec<Value>>) -> Table {
        let names: Arc<[String]> = names.into();
        let length = columns.iter().map(Vec::len).max().unwrap_or(0);
        let mut columns: Vec<std::vec::IntoIter<Value>> = columns.into_iter().map(Vec::into_iter).collect();
        let rows = (0..length).map(|_| {
            let values = columns.iter_mut().map(|column| column.next().unwrap_or_else(none)).collect();
            Arc::new(Row::new(names.clone(), values))
        });
        Table { rows: rows.collect(), names, types: Arc::new([]) }
    }

    /// The same with the engine's types of the columns.
    #[must_use]
    pub fn with_types(mut self, types: Vec<String>) -> Table {
        self.types = types.into();
        self
    }

    /// The engine's type of the column at this position, where it is known.
    pub fn database_type(&self, index: usize) -> Option<&str> {
        self.types.get(index).map(String::as_str)
    }

    /// The rows as a list of tuples: dbt's `data` of a result.
    pub fn matrix(&self) -> Value {
        super::list(self.rows.iter().map(|row| super::tuple(row.values().to_vec())).collect())
    }

    /// A table without columns and rows, for statements that have no result.
    pub fn empty() -> Table {
        Table { names: Arc::new([]), rows: Vec::new(), types: Arc::new([]) }
    }

    /// The names of the columns.
    pub fn column_names(&self) -> &[String] {
        &self.names
    }

    /// The rows.
    pub fn rows(&self) -> &[Arc<Row>] {
        &self.rows
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The values of the column at this position.
    pub fn column(&self, index: usize) -> Vec<Value> {
        self.rows.iter().map(|row| row.values().get(index).cloned().unwrap_or_else(none)).collect()
    }

    /// The table as a value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    fn row_values(&self) -> Vec<Value> {
        self.rows.iter().map(|row| Value::from_dyn_object(row.clone())).collect()
    }

    fn rows_value(&self) -> Value {
        Value::from_object(MappedSequence::new(None, self.row_values()))
    }

    fn columns_value(&self) -> Value {
        let column =
            |(index, name): (usize, &String)| Value::from_object(Column::new(index, name.clone(), self.column(index)));
        let columns = self.names.iter().enumerate().map(column).collect();
        Value::from_object(MappedSequence::new(Some(self.names.clone()), columns))
    }

    fn of_rows(&self, rows: Vec<Arc<Row>>) -> Value {
        Table { names: self.names.clone(), rows, types: self.types.clone() }.into_value()
    }

    /// The positions of the columns that an argument names: one name or several.
    fn positions(&self, key: &Value) -> Outcome<Vec<usize>> {
        let names = match text_of(key) {
            Some(_) => vec![key.clone()],
            None => iterate(key)?,
        };
        let position = |name: &Value| self.names.iter().position(|known| Some(known.as_str()) == text_of(name));
        names.iter().map(|name| position(name).ok_or_else(|| error("tuple.index(x): x not in tuple"))).collect()
    }

    fn select(&self, positions: &[usize]) -> Value {
        let names: Arc<[String]> = positions.iter().map(|index| self.names[*index].clone()).collect();
        let row = |row: &Arc<Row>| {
            let values = positions.iter().map(|index| row.values()[*index].clone()).collect();
            Arc::new(Row::new(names.clone(), values))
        };
        Table { rows: self.rows.iter().map(row).collect(), names: names.clone(), types: Arc::new([]) }.into_value()
    }

    fn rename(&self, names: &Value) -> Outcome {
        let renamed: Vec<String> = match names.downcast_object_ref::<PyDict>() {
            Some(names) => {
                let new = |name: &String| names.get_text(name).map_or_else(|| name.clone(), |new| to_str(&new));
                self.names.iter().map(new).collect()
            }
            None if names.is_none() => self.names.to_vec(),
            None => iterate(names)?.iter().map(to_str).collect(),
        };
        if renamed.len() != self.names.len() {
            return Err(error("column_names and column_types must be the same length."));
        }
        let names: Arc<[String]> = renamed.into();
        let rows = self.rows.iter().map(|row| Arc::new(Row::new(names.clone(), row.values().to_vec()))).collect();
        Ok(Table { names, rows, types: Arc::new([]) }.into_value())
    }

    fn limit(&self, arguments: Arguments<'_>) -> Outcome {
        let [start, stop, step] = arguments.bind("limit", ["start_or_stop", "stop", "step"], 0)?;
        let (start, stop, step) = (start.unwrap_or_else(none), stop.unwrap_or_else(none), step.unwrap_or_else(none));
        let rows = match stop.is_true() || step.is_true() {
            true => super::operators::slice(&self.rows_value(), &start, &stop, &step)?,
            false => super::operators::slice(&self.rows_value(), &none(), &start, &none())?,
        };
        Ok(self.of_rows(iterate(&rows)?.iter().filter_map(Value::downcast_object::<Row>).collect()))
    }

    /// What a key of `order_by` or `distinct` is of a row: a column, several, or what a function gives.
    fn key(&self, state: &mut State<'_, '_>, key: &Value, row: &Value) -> Outcome {
        if text_of(key).is_some() {
            return row.get_item(key);
        }
        match key.kind() {
            minijinja::value::ValueKind::Plain => key.call(state, std::slice::from_ref(row)),
            _ => iterate(key)?.iter().map(|name| row.get_item(name)).collect::<Outcome<_>>().map(tuple),
        }
    }

    fn order_by(&self, state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome {
        let [key, reverse] = arguments.bind("order_by", ["key", "reverse"], 1)?;
        let (key, reverse) = (key.unwrap_or_default(), reverse.is_some_and(|reverse| reverse.is_true()));
        let sorted = sort_by_key(self.row_values(), reverse, |row| {
            let key = self.key(state, &key, row)?;
            // Nulls come last.
            Ok(tuple(vec![Value::from(key.is_none()), if key.is_none() { Value::from(0) } else { key }]))
        })?;
        Ok(self.of_rows(sorted.iter().filter_map(Value::downcast_object::<Row>).collect()))
    }

    fn distinct(&self, state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome {
        let [key] = arguments.bind("distinct", ["key"], 0)?;
        let key = key.filter(|key| !key.is_none());
        let mut seen = indexmap::IndexSet::new();
        let mut rows = Vec::new();
        for row in &self.rows {
            let value = match &key {
                Some(key) => self.key(state, key, &Value::from_dyn_object(row.clone()))?,
                None => tuple(row.values().to_vec()),
            };
            if seen.insert(value) {
                rows.push(row.clone());
            }
        }
        Ok(self.of_rows(rows))
    }

    fn matching(&self, state: &mut State<'_, '_>, test: &Value, first: bool) -> Outcome<Vec<Arc<Row>>> {
        let mut rows = Vec::new();
        for row in &self.rows {
            if test.call(state, &[Value::from_dyn_object(row.clone())])?.is_true() {
                rows.push(row.clone());
                if first {
                    break;
                }
            }
        }
        Ok(rows)
    }
}

/// Hands a text to dbt's function `print`, where the template has one.
fn print_text(state: &mut State<'_, '_>, text: String) -> Outcome {
    if let Some(print) = state.lookup("print") {
        print.call(state, &[Value::from(text)])?;
    }
    Ok(none())
}

impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&print::structure(self))
    }
}

impl Object for Table {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_usize(), text_of(key)) {
            (Some(index), _) => self.rows.get(index).map(|row| Value::from_dyn_object(row.clone())),
            (None, Some(name)) => self.get_value_by_str(name),
            _ => None,
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "rows" => self.rows_value(),
            "columns" => self.columns_value(),
            "column_names" => tuple(self.names.iter().map(|name| Value::from(name.as_str())).collect()),
            "column_types" => {
                tuple((0..self.names.len()).map(|index| Value::from(print::type_of(&self.column(index)))).collect())
            }
            "row_names" => none(),
            _ => method_or(self, METHODS, key, || undefined_attribute(TYPE_NAME, key)),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.row_values())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        let arguments = Arguments::new(arguments);
        match name {
            "select" => Ok(Table::select(self, &self.positions(arguments.one("select")?)?)),
            "exclude" => {
                let excluded = arguments.one("exclude")?;
                let excluded = if text_of(excluded).is_some() { vec![excluded.clone()] } else { iterate(excluded)? };
                let is_kept = |name: &String| !excluded.iter().any(|other| py_eq(other, &Value::from(name.as_str())));
                let kept: Vec<usize> = (0..self.names.len()).filter(|index| is_kept(&self.names[*index])).collect();
                Ok(Table::select(self, &kept))
            }
            "rename" => {
                let [names] = arguments.bind("rename", ["column_names"], 0)?;
                self.rename(&names.unwrap_or_else(none))
            }
            "limit" => self.limit(arguments),
            "order_by" => self.order_by(state, arguments),
            "distinct" => self.distinct(state, arguments),
            "where" => {
                let rows = self.matching(state, arguments.one("where")?, false)?;
                Ok(self.of_rows(rows))
            }
            "find" => {
                let found = self.matching(state, arguments.one("find")?, true)?;
                Ok(found.into_iter().next().map_or_else(none, Value::from_dyn_object))
            }
            "print_table" => {
                let names = ["max_rows", "max_columns", "output", "max_column_width"];
                let [rows, columns, _, width] = arguments.bind("print_table", names, 0)?;
                let limit = |value: Option<Value>, default: usize| match value {
                    Some(value) if value.is_none() => usize::MAX,
                    value => value.and_then(|value| value.as_usize()).unwrap_or(default),
                };
                print_text(state, print::table(self, limit(rows, 20), limit(columns, 6), limit(width, 20)))
            }
            "print_structure" => print_text(state, print::structure(self)),
            _ => Err(unsupported_attribute(TYPE_NAME, name)),
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// How a sequence of agate's prints: its first five values.
fn sample(type_name: &str, values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().take(5).map(repr).collect();
    let more = if values.len() > 5 { ", ..." } else { "" };
    format!("<agate.{type_name}: ({}{more})>", shown.join(", "))
}
