//! `this`, what `ref` and `source` return, and `api.Relation`: a name in the warehouse as an object of templates.
//!
//! Attributes and methods are those of dbt's `DuckDBRelation`.
//! Source: <https://docs.getdbt.com/reference/dbt-classes#relation>.

use super::function::function;
use crate::jinja::value::error::{error, no_attribute};
use crate::jinja::value::{self, Arguments, Outcome, PyDict, is_undefined, to_str};
use crate::manifest::event_time::python_text;
use crate::manifest::{QuotePolicy, Relation, RelationType, TimeWindow};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use minijinja::State;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Which parts of the name are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Include {
    database: bool,
    schema: bool,
    identifier: bool,
}

/// A time in UTC as Python's `datetime`.
pub fn python_time(time: DateTime<Utc>) -> Value {
    Value::from_object(value::temporal::DateTime::in_pytz_utc(time.naive_utc()))
}

/// Which rows of a relation are read: those whose `column` lies in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTimeFilter {
    /// The column, quoted where it has to be.
    pub column: String,
    /// The window.
    pub window: TimeWindow,
}

impl EventTimeFilter {
    fn condition(&self) -> String {
        let (column, window) = (&self.column, self.window);
        let (start, end) = (python_text(window.start), python_text(window.end));
        format!("{column} >= '{start}' and {column} < '{end}'")
    }

    fn value(&self) -> Value {
        let entries = [
            ("field_name", Value::from(self.column.as_str())),
            ("start", python_time(self.window.start)),
            ("end", python_time(self.window.end)),
        ];
        value::dict(entries.into_iter().map(|(name, value)| (Value::from(name), value)).collect())
    }
}

/// A relation as templates see it. The name of the type is the one that Python's messages show.
#[derive(Clone, PartialEq)]
pub struct DuckDBRelation {
    /// Its name.
    pub name: Relation,
    /// What it is, where that is known.
    pub relation_type: Option<RelationType>,
    include: Include,
    /// `--empty` reads zero rows, others a number of them.
    limit: Option<u64>,
    /// Rows of a window of time only.
    event_time: Option<EventTimeFilter>,
    /// Text that stands for the name: `read_parquet(...)` and the like.
    external: Option<Arc<str>>,
    /// The view of an information schema.
    information_schema_view: Option<Arc<str>>,
}

impl DuckDBRelation {
    /// The relation called `name`.
    pub fn new(name: Relation, relation_type: Option<RelationType>) -> Self {
        let include = Include { database: true, schema: true, identifier: true };
        DuckDBRelation {
            name,
            relation_type,
            include,
            limit: None,
            event_time: None,
            external: None,
            information_schema_view: None,
        }
    }

    /// The common table expression that stands in for an ephemeral model built as `identifier`.
    pub fn ephemeral(identifier: &str) -> Self {
        let name = Relation {
            database: None,
            schema: None,
            identifier: Some(format!("__dbt__cte__{identifier}").into()),
            quoting: QuotePolicy { identifier: false, ..QuotePolicy::default() },
        };
        DuckDBRelation::new(name, Some(RelationType::Cte))
    }

    /// The same, read with at most `limit` rows.
    #[must_use]
    pub fn limited(mut self, limit: Option<u64>) -> Self {
        self.limit = limit;
        self
    }

    /// The same, with only the rows that `filter` lets through.
    #[must_use]
    pub fn filtered(mut self, filter: Option<EventTimeFilter>) -> Self {
        self.event_time = filter;
        self
    }

    /// The same, read through `text` instead of its name.
    #[must_use]
    pub fn external(mut self, text: impl Into<Arc<str>>) -> Self {
        self.external = Some(text.into());
        self
    }

    /// As a value of templates.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The relation that `value` is, if it is one.
    pub fn of(value: &Value) -> Option<Arc<DuckDBRelation>> {
        value.downcast_object::<DuckDBRelation>()
    }

    /// The bare name, without limit: dbt's `render()`.
    pub fn render_name(&self) -> String {
        if let Some(external) = &self.external {
            return external.to_string();
        }
        let part = |included: bool, part: &Option<Arc<str>>| if included { part.clone() } else { None };
        let shown = Relation {
            database: part(self.include.database, &self.name.database),
            schema: part(self.include.schema, &self.name.schema),
            identifier: part(self.include.identifier, &self.name.identifier),
            quoting: self.name.quoting,
        };
        let mut text = shown.to_string();
        if let Some(view) = &self.information_schema_view {
            text.push('.');
            text.push_str(view);
        }
        text
    }

    fn attribute(&self, name: &str) -> Option<Value> {
        let part = |part: &Option<Arc<str>>| part.as_deref().map_or(Value::from(()), Value::from);
        let is = |wanted: RelationType| Value::from(self.relation_type == Some(wanted));
        Some(match name {
            "database" => part(&self.name.database),
            "schema" => part(&self.name.schema),
            "identifier" | "name" | "table" => part(&self.name.identifier),
            "type" => self.relation_type.map_or(Value::from(()), |kind| Value::from(kind.as_str())),
            "is_table" => is(RelationType::Table),
            "is_view" => is(RelationType::View),
            "is_cte" => is(RelationType::Cte),
            "is_materialized_view" => is(RelationType::MaterializedView),
            "is_function" => is(RelationType::Function),
            "is_pointer" | "dbt_created" | "require_alias" => Value::from(false),
            "can_be_renamed" | "can_be_replaced" => Value::from(false),
            "renameable_relations" | "replaceable_relations" => value::tuple(Vec::new()),
            "Table" => Value::from("table"),
            "View" => Value::from("view"),
            "CTE" => Value::from("cte"),
            "External" => Value::from("external"),
            "MaterializedView" => Value::from("materialized_view"),
            "Function" => Value::from("function"),
            "get_relation_type" => relation_type_names(),
            "quote_character" => Value::from("\""),
            "limit" => self.limit.map_or(Value::from(()), Value::from),
            "event_time_filter" => self.event_time.as_ref().map_or(Value::from(()), EventTimeFilter::value),
            "catalog" => Value::from(()),
            "external" => part(&self.external),
            "information_schema_view" => part(&self.information_schema_view),
            "path" => parts(&self.name.database, &self.name.schema, &self.name.identifier),
            "quote_policy" => flags(self.name.quoting.database, self.name.quoting.schema, self.name.quoting.identifier),
            "include_policy" => flags(self.include.database, self.include.schema, self.include.identifier),
            _ => return None,
        })
    }

    fn method(&self, name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
        Some(match name {
            "render" => Ok(Value::from(self.render_name())),
            "get_function_config" => function_config(arguments),
            "get_function_macro_name" => function_macro_name(arguments),
            "include" => self.with_flags(name, arguments, |relation, database, schema, identifier| {
                replace(&mut relation.include.database, database);
                replace(&mut relation.include.schema, schema);
                replace(&mut relation.include.identifier, identifier);
            }),
            "quote" => self.with_flags(name, arguments, |relation, database, schema, identifier| {
                replace(&mut relation.name.quoting.database, database);
                replace(&mut relation.name.quoting.schema, schema);
                replace(&mut relation.name.quoting.identifier, identifier);
            }),
            "replace_path" => self.replace_path(arguments),
            "incorporate" => self.incorporate(arguments),
            "without_identifier" => {
                let mut relation = self.clone();
                relation.include.identifier = false;
                relation.name.identifier = None;
                Ok(relation.into_value())
            }
            "information_schema" => arguments.bind(name, ["view_name"], 0).map(|[view]| self.information_schema(view)),
            "information_schema_only" => Ok(self.information_schema(None)),
            "quoted" => arguments.one(name).map(|identifier| Value::from(format!("\"{}\"", to_str(identifier)))),
            "matches" => self.matches(arguments),
            "get" => arguments.bind(name, ["key", "default"], 1).map(|[key, default]| self.get(key, default)),
            "to_dict" => Ok(self.to_dict()),
            "create" => create(QuotePolicy::default(), arguments),
            "create_from_relation" | "add_ephemeral_prefix" => {
                arguments.one(name).map(|name| Value::from(format!("__dbt__cte__{}", to_str(name))))
            }
            _ => return None,
        })
    }

    fn with_flags(
        &self,
        name: &str,
        arguments: &Arguments<'_>,
        change: impl Fn(&mut DuckDBRelation, Option<bool>, Option<bool>, Option<bool>),
    ) -> Outcome {
        let [database, schema, identifier] = arguments.bind(name, ["database", "schema", "identifier"], 0)?;
        let flag = |value: Option<Value>| value.filter(|value| !value.is_none()).map(|value| value.is_true());
        let mut relation = self.clone();
        change(&mut relation, flag(database), flag(schema), flag(identifier));
        Ok(relation.into_value())
    }

    fn replace_path(&self, arguments: &Arguments<'_>) -> Outcome {
        let mut relation = self.clone();
        for (name, value) in arguments.keywords() {
            *relation.part_mut(&name)? = optional_text(Some(value));
        }
        Ok(relation.into_value())
    }

    fn part_mut(&mut self, name: &str) -> Outcome<&mut Option<Arc<str>>> {
        match name {
            "database" => Ok(&mut self.name.database),
            "schema" => Ok(&mut self.name.schema),
            "identifier" => Ok(&mut self.name.identifier),
            _ => Err(error(format!("Path.__init__() got an unexpected keyword argument '{name}'"))),
        }
    }

    fn incorporate(&self, arguments: &Arguments<'_>) -> Outcome {
        let mut relation = self.clone();
        for (name, value) in arguments.keywords() {
            match name.as_str() {
                "path" => {
                    // What a path does not have is left out here; `replace_path` refuses it.
                    for (part, value) in entries(&value) {
                        if let Ok(part) = relation.part_mut(&part) {
                            *part = optional_text(Some(value));
                        }
                    }
                }
                "type" => relation.relation_type = relation_type(Some(value))?,
                "quote_policy" => lay_over_quoting(&mut relation.name.quoting, &value),
                "include_policy" => {
                    for (part, value) in entries(&value) {
                        match part.as_str() {
                            "database" => relation.include.database = value.is_true(),
                            "schema" => relation.include.schema = value.is_true(),
                            "identifier" => relation.include.identifier = value.is_true(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(relation.into_value())
    }

    fn information_schema(&self, view: Option<Value>) -> Value {
        let mut relation = self.clone();
        relation.name.schema = None;
        relation.name.identifier = Some("INFORMATION_SCHEMA".into());
        relation.name.quoting.identifier = false;
        relation.include = Include { database: self.name.database.is_some(), schema: false, identifier: true };
        relation.information_schema_view = view.as_ref().and_then(value::text_of).map(Arc::from);
        relation.into_value()
    }

    fn matches(&self, arguments: &Arguments<'_>) -> Outcome {
        let bound = arguments.bind("matches", ["database", "schema", "identifier"], 0)?;
        let wanted = bound.map(optional_text);
        if wanted.iter().all(Option::is_none) {
            return Err(error("Tried to match relation, but no search path was passed!"));
        }
        let own = [&self.name.database, &self.name.schema, &self.name.identifier];
        let lower = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_lowercase();
        Ok(Value::from(wanted.iter().zip(own).all(|(wanted, own)| wanted.is_none() || lower(wanted) == lower(own))))
    }

    fn get(&self, key: Option<Value>, default: Option<Value>) -> Value {
        let key = key.as_ref().map(to_str).unwrap_or_default();
        if key == "metadata" {
            return value::dict(IndexMap::from_iter([(Value::from("type"), Value::from("DuckDBRelation"))]));
        }
        self.attribute(&key).or(default).unwrap_or(Value::from(()))
    }

    fn to_dict(&self) -> Value {
        let names = ["path", "type", "quote_character", "include_policy", "quote_policy", "dbt_created"];
        value::dict(names.iter().filter_map(|name| Some((Value::from(*name), self.attribute(name)?))).collect())
    }
}

fn replace(slot: &mut bool, value: Option<bool>) {
    if let Some(value) = value {
        *slot = value;
    }
}

fn parts(database: &Option<Arc<str>>, schema: &Option<Arc<str>>, identifier: &Option<Arc<str>>) -> Value {
    let part = |part: &Option<Arc<str>>| part.as_deref().map_or(Value::from(()), Value::from);
    named([("database", part(database)), ("schema", part(schema)), ("identifier", part(identifier))])
}

fn flags(database: bool, schema: bool, identifier: bool) -> Value {
    named([("database", database.into()), ("schema", schema.into()), ("identifier", identifier.into())])
}

fn named<const COUNT: usize>(entries: [(&str, Value); COUNT]) -> Value {
    value::dict(entries.into_iter().map(|(name, value)| (Value::from(name), value)).collect())
}

fn relation_type_names() -> Value {
    named([
        ("Table", "table".into()),
        ("View", "view".into()),
        ("CTE", "cte".into()),
        ("MaterializedView", "materialized_view".into()),
        ("External", "external".into()),
        ("Function", "function".into()),
    ])
}

fn entries(value: &Value) -> Vec<(String, Value)> {
    match value.downcast_object_ref::<PyDict>() {
        Some(dict) => dict.snapshot().into_iter().map(|(key, value)| (to_str(&key), value)).collect(),
        None => Vec::new(),
    }
}

/// The text of a part of a name: none and undefined leave it out.
fn optional_text(value: Option<Value>) -> Option<Arc<str>> {
    value.filter(|value| !value.is_none() && !is_undefined(value)).map(|value| to_str(&value).into())
}

fn relation_type(value: Option<Value>) -> Outcome<Option<RelationType>> {
    let Some(text) = optional_text(value) else { return Ok(None) };
    match RelationType::parse(&text) {
        Some(kind) => Ok(Some(kind)),
        None => Err(error(format!("'{text}' is not a valid RelationType"))),
    }
}

fn lay_over_quoting(quoting: &mut QuotePolicy, value: &Value) {
    for (part, value) in entries(value) {
        match part.as_str() {
            "database" => quoting.database = value.is_true(),
            "schema" => quoting.schema = value.is_true(),
            "identifier" => quoting.identifier = value.is_true(),
            _ => {}
        }
    }
}

/// `api.Relation.create(database=, schema=, identifier=, type=, quote_policy=...)`.
pub fn create(quoting: QuotePolicy, arguments: &Arguments<'_>) -> Outcome {
    let positional = arguments.positional();
    let keyword = |index: usize, name: &str| positional.get(index).cloned().or_else(|| arguments.keyword(name));
    let mut name = Relation {
        database: optional_text(keyword(0, "database")),
        schema: optional_text(keyword(1, "schema")),
        identifier: optional_text(keyword(2, "identifier")),
        quoting,
    };
    if let Some(policy) = arguments.keyword("quote_policy") {
        lay_over_quoting(&mut name.quoting, &policy);
    }
    let relation = DuckDBRelation::new(name, relation_type(keyword(3, "type"))?);
    let limit = arguments.keyword("limit").and_then(|limit| limit.as_usize()).map(|limit| limit as u64);
    let relation = relation.limited(limit);
    Ok(match optional_text(arguments.keyword("external")) {
        Some(external) => relation.external(external).into_value(),
        None => relation.into_value(),
    })
}

/// `api.Relation`: the class, with `create` and the names of types. Relations it creates are quoted by `quoting`.
pub fn relation_class(quoting: QuotePolicy) -> Value {
    Value::from_object(RelationClass { quoting })
}

#[derive(Debug)]
struct RelationClass {
    quoting: QuotePolicy,
}

impl Object for RelationClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let quoting = self.quoting;
        match value::text_of(key)? {
            "create" => Some(function("create", move |_, arguments| create(quoting, &Arguments::new(arguments)))),
            name @ ("Table" | "View" | "CTE" | "External" | "MaterializedView" | "Function" | "get_relation_type") => {
                DuckDBRelation::ephemeral("").attribute(name)
            }
            name => Some(value::undefined(format!("type object 'DuckDBRelation' has no attribute '{name}'"))),
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        match (name, self.get_value(&Value::from(name))) {
            ("scd_args", _) => scd_args(&Arguments::new(arguments)),
            (_, Some(callable)) => callable.call(state, arguments),
            (_, None) => Err(error(format!("type object 'DuckDBRelation' has no attribute '{name}'"))),
        }
    }
}

/// What decides how a function is made, from the node as a dict; nothing for other nodes.
fn function_config(arguments: &Arguments<'_>) -> Outcome {
    let [model] = arguments.bind("get_function_config", ["model"], 1)?;
    let model = model.unwrap_or_default();
    let entry =
        |of: &Value, name: &str| of.get_attr(name).ok().filter(|value| !value.is_none() && !value.is_undefined());
    let text = |value: Option<Value>| value.as_ref().map(value::to_str).unwrap_or_default();
    if text(entry(&model, "resource_type")) != "function" {
        return Ok(Value::from(()));
    }
    let config = entry(&model, "config").unwrap_or_default();
    let language = text(entry(&model, "language"));
    let required = ["runtime_version", "entry_point"].into_iter().filter(|_| language == "python");
    for (name, article) in required.zip(["A", "An"]) {
        if entry(&config, name).is_none() {
            return Err(error(format!("Runtime Error\n  {article} `{name}` is required for python functions")));
        }
    }
    let mut entries = vec![("language", Value::from(language)), ("type", Value::from(text(entry(&config, "type"))))];
    for name in ["runtime_version", "entry_point"] {
        entries.push((name, entry(&config, name).unwrap_or(Value::from(()))));
    }
    Ok(value::dict(entries.into_iter().map(|(name, value)| (Value::from(name), value)).collect()))
}

/// `scalar_function_sql`: the macro that makes a function of this kind and language.
fn function_macro_name(arguments: &Arguments<'_>) -> Outcome {
    let [config] = arguments.bind("get_function_macro_name", ["config"], 1)?;
    let config = config.unwrap_or_default();
    let text = |name: &str| config.get_attr(name).as_ref().map(value::to_str).unwrap_or_default();
    Ok(Value::from(format!("{}_function_{}", text("type"), text("language"))))
}

fn scd_args(arguments: &Arguments<'_>) -> Outcome {
    let [key, updated_at] = arguments.bind("scd_args", ["primary_key", "updated_at"], 2)?;
    let key = key.unwrap_or_default();
    let mut columns = if value::text_of(&key).is_some() { vec![key] } else { value::iterate(&key)? };
    columns.extend(updated_at);
    Ok(value::list(columns))
}

impl fmt::Debug for DuckDBRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<DuckDBRelation {}>", self.render_name())
    }
}

const METHODS: &[&str] = &[
    "render",
    "include",
    "quote",
    "replace_path",
    "incorporate",
    "without_identifier",
    "information_schema",
    "information_schema_only",
    "quoted",
    "matches",
    "get",
    "to_dict",
    "create",
    "get_function_config",
    "get_function_macro_name",
];

impl Object for DuckDBRelation {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = value::text_of(key)?;
        if let Some(value) = self.attribute(name) {
            return Some(value);
        }
        if let Some(method) = METHODS.iter().find(|method| **method == name) {
            let relation = self.clone();
            return Some(function(method, move |state, arguments| relation.call_method(state, method, arguments)));
        }
        Some(value::undefined(format!("'DuckDBRelation object' has no attribute '{name}'")))
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        match self.method(name, &Arguments::new(arguments)) {
            Some(outcome) => outcome,
            None => Err(no_attribute(&Value::from_dyn_object(self.clone()), name)),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.render_name();
        let limited = match self.limit {
            None => name,
            Some(0) => format!("(select * from {name} where false limit 0)"),
            Some(limit) => format!("(select * from {name} limit {limit})"),
        };
        match &self.event_time {
            None => f.write_str(&limited),
            Some(filter) => write!(f, "(select * from {limited} where {})", filter.condition()),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<DuckDBRelation>()?;
        if **self == *other {
            Some(Ordering::Equal)
        } else {
            Some(self.render_name().cmp(&other.render_name()).then(Ordering::Less))
        }
    }
}
