//! A column of a relation, and `api.Column`. Attributes and methods are those of dbt's `DuckDBColumn`.
//! Source: <https://docs.getdbt.com/reference/dbt-classes#column>.

use super::function::function;
use crate::jinja::value::error::{error, no_attribute};
use crate::jinja::value::{self, Arguments, Outcome, to_str};
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr, Value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A column as templates see it. The name of the type is the one that Python's messages show.
#[derive(Debug, Clone, PartialEq)]
pub struct DuckDBColumn {
    /// Name.
    pub name: String,
    /// DuckDB's type, without the size that `char_size`, `numeric_precision` and `numeric_scale` hold.
    pub dtype: String,
    /// Size of a text.
    pub char_size: Option<i64>,
    /// Digits of a number.
    pub numeric_precision: Option<i64>,
    /// Digits behind the point.
    pub numeric_scale: Option<i64>,
}

impl DuckDBColumn {
    /// A column of this type, taken as it is.
    pub fn new(name: impl Into<String>, dtype: impl Into<String>) -> Self {
        DuckDBColumn {
            name: name.into(),
            dtype: dtype.into(),
            char_size: None,
            numeric_precision: None,
            numeric_scale: None,
        }
    }

    /// A column whose type is written with its size, such as `DECIMAL(10,2)`.
    ///
    /// # Errors
    /// When the sizes are no numbers.
    pub fn from_description(name: &str, raw_type: &str) -> Outcome<Self> {
        let Some((dtype, rest)) = raw_type.split_once('(') else { return Ok(DuckDBColumn::new(name, raw_type)) };
        let Some((sizes, _)) = rest.split_once(')') else { return Ok(DuckDBColumn::new(name, raw_type)) };
        let number = |text: &str| {
            text.trim().parse::<i64>().map_err(|_| {
                error(format!(
                    "Could not interpret data_type \"{raw_type}\": could not convert \"{text}\" to an integer"
                ))
            })
        };
        let mut column = DuckDBColumn::new(name, dtype);
        match sizes.split(',').collect::<Vec<_>>().as_slice() {
            [size] => column.char_size = Some(number(size)?),
            [precision, scale] => {
                column.numeric_precision = Some(number(precision)?);
                column.numeric_scale = Some(number(scale)?);
            }
            _ => {}
        }
        Ok(column)
    }

    /// As a value of templates.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.dtype.eq_ignore_ascii_case(name))
    }

    fn is_string(&self) -> bool {
        self.is_one_of(&["text", "character varying", "character", "varchar"])
    }

    fn is_float(&self) -> bool {
        self.is_one_of(&["real", "float", "float4", "float8", "double"])
    }

    fn is_integer(&self) -> bool {
        self.is_one_of(&[
            "tinyint",
            "smallint",
            "integer",
            "bigint",
            "hugeint",
            "utinyint",
            "usmallint",
            "uinteger",
            "ubigint",
            "int1",
            "int2",
            "int4",
            "int8",
            "short",
            "int",
            "signed",
            "long",
        ])
    }

    fn is_numeric(&self) -> bool {
        self.is_one_of(&["numeric", "decimal"])
    }

    fn is_struct(&self) -> bool {
        self.dtype.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("struct"))
    }

    fn string_size(&self) -> Outcome<i64> {
        if !self.is_string() {
            return Err(error("Called string_size() on non-string field!"));
        }
        Ok(if self.dtype == "text" { 256 } else { self.char_size.unwrap_or(256) })
    }

    /// The type with its size, as it is written in DDL.
    pub fn data_type(&self) -> String {
        if self.is_string() {
            return format!("character varying({})", self.string_size().unwrap_or(256));
        }
        match (self.is_numeric(), self.numeric_precision, self.numeric_scale) {
            (true, Some(precision), Some(scale)) => format!("{}({precision},{scale})", self.dtype),
            _ => self.dtype.clone(),
        }
    }

    /// The fields of a struct, each a column.
    fn fields(&self) -> Vec<DuckDBColumn> {
        let inside =
            self.dtype.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map_or("", |(inside, _)| inside);
        let mut fields = Vec::new();
        let (mut depth, mut start) = (0usize, 0);
        for (index, letter) in inside.char_indices() {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    fields.push(&inside[start..index]);
                    start = index + 1;
                }
                _ => {}
            }
        }
        fields.push(&inside[start..]);
        fields
            .into_iter()
            .filter_map(|field| field.trim().split_once(' '))
            .map(|(name, dtype)| DuckDBColumn::new(name, dtype))
            .collect()
    }

    fn flatten(&self) -> Vec<DuckDBColumn> {
        if !self.is_struct() {
            return vec![self.clone()];
        }
        self.fields()
            .iter()
            .flat_map(DuckDBColumn::flatten)
            .map(|field| DuckDBColumn { name: format!("{}.{}", self.name, field.name), ..field })
            .collect()
    }

    fn attribute(&self, name: &str) -> Option<Value> {
        let number = |number: Option<i64>| number.map_or(Value::from(()), Value::from);
        Some(match name {
            "name" | "column" => Value::from(self.name.as_str()),
            "dtype" => Value::from(self.dtype.as_str()),
            "data_type" | "expanded_data_type" => Value::from(self.data_type()),
            "quoted" => Value::from(format!("\"{}\"", self.name)),
            "char_size" => number(self.char_size),
            "numeric_precision" => number(self.numeric_precision),
            "numeric_scale" => number(self.numeric_scale),
            "fields" if self.is_struct() => {
                value::list(self.fields().into_iter().map(DuckDBColumn::into_value).collect())
            }
            "fields" => value::list(Vec::new()),
            _ => return None,
        })
    }

    fn method(&self, name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
        Some(match name {
            "is_string" => Ok(self.is_string().into()),
            "is_float" => Ok(self.is_float().into()),
            "is_integer" => Ok(self.is_integer().into()),
            "is_numeric" => Ok(self.is_numeric().into()),
            "is_number" => Ok((self.is_integer() || self.is_numeric() || self.is_float()).into()),
            "is_struct" => Ok(self.is_struct().into()),
            "string_size" => self.string_size().map(Value::from),
            "flatten" => Ok(value::list(self.flatten().into_iter().map(DuckDBColumn::into_value).collect())),
            "literal" => {
                arguments.one(name).map(|literal| Value::from(format!("{}::{}", to_str(literal), self.data_type())))
            }
            "can_expand_to" => arguments.one(name).map(|other| {
                let other = other.downcast_object_ref::<DuckDBColumn>();
                let size = |column: &DuckDBColumn| column.string_size().ok();
                Value::from(matches!((size(self), other.and_then(size)), (Some(own), Some(other)) if other > own))
            }),
            _ => return class_method(name, arguments),
        })
    }
}

/// What both a column and the class `api.Column` can do.
fn class_method(name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
    Some(match name {
        "translate_type" => arguments.one(name).map(|dtype| Value::from(translate_type(&to_str(dtype)))),
        "create" => arguments.bind(name, ["name", "label_or_dtype"], 2).map(|[name, dtype]| {
            let text = |value: Option<Value>| value.as_ref().map(to_str).unwrap_or_default();
            DuckDBColumn::new(text(name), translate_type(&text(dtype))).into_value()
        }),
        "from_description" => arguments.bind(name, ["name", "raw_data_type"], 2).and_then(|[name, dtype]| {
            let text = |value: Option<Value>| value.as_ref().map(to_str).unwrap_or_default();
            DuckDBColumn::from_description(&text(name), &text(dtype)).map(DuckDBColumn::into_value)
        }),
        "string_type" => arguments.one(name).map(|size| Value::from(format!("character varying({})", to_str(size)))),
        "numeric_type" => arguments.bind(name, ["dtype", "precision", "scale"], 3).map(|[dtype, precision, scale]| {
            let dtype = dtype.as_ref().map(to_str).unwrap_or_default();
            match (precision.filter(|value| !value.is_none()), scale.filter(|value| !value.is_none())) {
                (Some(precision), Some(scale)) => {
                    Value::from(format!("{dtype}({},{})", to_str(&precision), to_str(&scale)))
                }
                _ => Value::from(dtype),
            }
        }),
        _ => return None,
    })
}

/// dbt's one alias of a type on DuckDB.
pub fn translate_type(dtype: &str) -> String {
    if dtype.eq_ignore_ascii_case("string") { "TEXT".to_string() } else { dtype.to_string() }
}

const METHODS: &[&str] = &[
    "is_string",
    "is_float",
    "is_integer",
    "is_numeric",
    "is_number",
    "is_struct",
    "string_size",
    "flatten",
    "literal",
    "can_expand_to",
    "translate_type",
    "create",
    "from_description",
    "string_type",
    "numeric_type",
];

impl Object for DuckDBColumn {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = value::text_of(key)?;
        if let Some(value) = self.attribute(name) {
            return Some(value);
        }
        if let Some(method) = METHODS.iter().find(|method| **method == name) {
            let column = self.clone();
            return Some(function(method, move |state, arguments| column.call_method(state, method, arguments)));
        }
        Some(value::undefined(format!("'DuckDBColumn object' has no attribute '{name}'")))
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        match self.method(name, &Arguments::new(arguments)) {
            Some(outcome) => outcome,
            None => Err(no_attribute(&Value::from_dyn_object(self.clone()), name)),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<DuckDBColumn {} ({})>", self.name, self.data_type())
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<DuckDBColumn>()?;
        Some(self.name.cmp(&other.name).then_with(|| self.data_type().cmp(&other.data_type())))
    }
}

/// `api.Column`: callable as a constructor, with the class methods.
#[derive(Debug)]
pub struct ColumnClass;

impl Object for ColumnClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = value::text_of(key)?;
        let found = METHODS.iter().find(|method| **method == name);
        Some(match found {
            Some(method) => function(method, move |_, arguments| call_class_method(method, arguments)),
            None => value::undefined(format!("type object 'DuckDBColumn' has no attribute '{name}'")),
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        call_class_method(name, arguments)
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        let names = ["column", "dtype", "char_size", "numeric_precision", "numeric_scale"];
        let [column, dtype, size, precision, scale] =
            Arguments::new(arguments).bind("DuckDBColumn.__init__", names, 2)?;
        let text = |value: Option<Value>| value.as_ref().map(to_str).unwrap_or_default();
        let number = |value: Option<Value>| value.and_then(|value| value.as_i64());
        Ok(DuckDBColumn {
            name: text(column),
            dtype: text(dtype),
            char_size: number(size),
            numeric_precision: number(precision),
            numeric_scale: number(scale),
        }
        .into_value())
    }
}

fn call_class_method(name: &str, arguments: &[Value]) -> Outcome {
    class_method(name, &Arguments::new(arguments))
        .unwrap_or_else(|| Err(error(format!("type object 'DuckDBColumn' has no attribute '{name}'"))))
}
