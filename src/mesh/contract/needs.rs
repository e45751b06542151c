//! Input ports: what a reader says that it needs of a model, judged against what the model promises.
//!
//! Owns the form of `meta: mesh: consumes:`. A need is judged whether or not anything changed: a promise that is weaker than
//! it breaks the reader.

use super::service::{LATENCY, Level, Shift};
use super::{Promise, PromisedColumn};
use crate::manifest::{Node, RefCall, UniqueId, Version};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// What one reader needs of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The model as a `ref` from the reader names it.
    pub model: RefCall,
    /// The columns that it needs.
    pub columns: Vec<NeededColumn>,
    /// How old the rows may be.
    pub freshness: Option<Level>,
}

/// A column that a reader needs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeededColumn {
    /// Its name; letter case does not count.
    pub name: String,
    /// The type that it has to have, in any of the engine's spellings.
    pub data_type: Option<String>,
    /// Whether it must never be null.
    #[serde(default)]
    pub not_null: bool,
    /// Whether no two rows may share a value.
    #[serde(default)]
    pub unique: bool,
    /// The values that the reader can deal with.
    pub accepted_values: Option<Vec<Value>>,
}

/// What a promise lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// The column in lower case, where it is about one.
    pub column: Option<String>,
    /// In words.
    pub detail: String,
}

/// A need that a promise does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Who needs it.
    pub consumer: UniqueId,
    /// The model that would have to promise it.
    pub model: UniqueId,
    /// What is lacking.
    pub shortfall: Shortfall,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    model: String,
    version: Option<Value>,
    #[serde(default)]
    columns: Vec<WrittenColumn>,
    freshness: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenColumn {
    Name(String),
    Column(NeededColumn),
}

/// What a node says in `meta: mesh: consumes:`.
///
/// # Errors
/// What is wrong with it, for people, for each entry that cannot be read.
pub fn needs(node: &Node) -> Vec<Result<Need, String>> {
    read(node.config.meta.get("mesh").and_then(|mesh| mesh.get("consumes")))
}

pub(super) fn read(consumes: Option<&Value>) -> Vec<Result<Need, String>> {
    match consumes {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(entries)) => entries.iter().map(need).collect(),
        Some(_) => vec![Err("`consumes` is a list".to_string())],
    }
}

fn need(entry: &Value) -> Result<Need, String> {
    // A name alone says that the model has to be there.
    if let Some(name) = entry.as_str() {
        return Ok(Need { model: reference(name, None), columns: Vec::new(), freshness: None });
    }
    // Which of the forms of a column was meant is told by its own error, not by that of the choice.
    let columns = entry.get("columns").and_then(Value::as_array).into_iter().flatten();
    for column in columns.filter(|column| !column.is_string()) {
        serde_json::from_value::<NeededColumn>(column.clone()).map_err(|cause| format!("{column}: {cause}"))?;
    }
    let written: Written = serde_json::from_value(entry.clone()).map_err(|cause| cause.to_string())?;
    let freshness = match &written.freshness {
        None | Some(Value::Null) => None,
        Some(level) => Some(Level::of_period(level).ok_or("`freshness` is {count: 24, period: hour}".to_string())?),
    };
    let columns = written.columns.into_iter().map(|column| match column {
        WrittenColumn::Name(name) => NeededColumn { name, ..NeededColumn::default() },
        WrittenColumn::Column(column) => column,
    });
    Ok(Need { model: reference(&written.model, written.version.as_ref()), columns: columns.collect(), freshness })
}

/// `customer.dim_customers.v2` as the arguments of a `ref`.
fn reference(text: &str, version: Option<&Value>) -> RefCall {
    let (package, name) = match text.split_once('.') {
        Some((domain, name)) if !is_version(name) => (Some(domain.to_string()), name),
        _ => (None, text),
    };
    let (name, behind) = match name.rsplit_once('.') {
        Some((name, version)) if is_version(version) => (name, Some(version[1..].to_string())),
        _ => (name, None),
    };
    let version = version.filter(|version| !version.is_null()).map(shown).or(behind);
    RefCall { package, name: name.to_string(), version: version.map(Version::Text) }
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit()))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

impl Need {
    /// What a promise lacks of it. `type_name` gives the engine's own name of a type.
    pub fn lacking(&self, promise: &Promise, type_name: &dyn Fn(&str) -> Option<String>) -> Vec<Shortfall> {
        let mut lacking = Vec::new();
        if let (Some(needed), Some(detail)) = (&self.freshness, self.staleness(promise)) {
            let detail = format!("its rows must not be older than {needed}, and {detail}");
            lacking.push(Shortfall { column: None, detail });
        }
        let Some(columns) = &promise.columns else {
            if !self.columns.is_empty() {
                let detail = "its columns are not known, so that nothing promises them".to_string();
                lacking.push(Shortfall { column: None, detail });
            }
            return lacking;
        };
        for needed in &self.columns {
            let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(&needed.name));
            let details = match column {
                Some(column) => needed.lacking(column, promise, type_name),
                None => vec![format!("there is no column `{}`", needed.name)],
            };
            let column = Some(needed.name.to_lowercase());
            lacking.extend(details.into_iter().map(|detail| Shortfall { column: column.clone(), detail }));
        }
        lacking
    }

    fn staleness(&self, promise: &Promise) -> Option<String> {
        let needed = self.freshness.as_ref()?;
        match promise.levels.get(LATENCY) {
            None => Some("nothing says how old they may be".to_string()),
            Some(promised) if needed.shift(promised, LATENCY) == Shift::Worse => Some(format!("may be {promised} old")),
            Some(_) => None,
        }
    }
}

impl NeededColumn {
    fn lacking(
        &self,
        column: &PromisedColumn,
        promise: &Promise,
        type_name: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<String> {
        let name = column.name.to_lowercase();
        let mut details = Vec::new();
        if let Some(needed) = &self.data_type {
            let wanted = type_name(needed).unwrap_or_else(|| needed.clone());
            match &column.data_type {
                Some(actual) if actual.eq_ignore_ascii_case(&wanted) => {}
                Some(actual) => details.push(format!("`{name}` must be {wanted} and is {actual}")),
                None => details.push(format!("`{name}` must be {wanted}, and its type is not known")),
            }
        }
        if self.not_null && !promise.is_never_null(&name) {
            details.push(format!("`{name}` must not be null, and nothing promises that"));
        }
        if self.unique && !promise.is_unique(&BTreeSet::from([name.clone()])) {
            details.push(format!("`{name}` must be unique, and nothing promises that"));
        }
        if let Some(values) = &self.accepted_values {
            let known: BTreeSet<String> = values.iter().map(shown).collect();
            match promise.accepted.get(&name) {
                None => details.push(format!("`{name}` must be one of some values, and may have any")),
                Some(promised) => {
                    let more: Vec<&str> = promised.difference(&known).map(String::as_str).collect();
                    if !more.is_empty() {
                        details.push(format!("`{name}` may be {} too", more.join(", ")));
                    }
                }
            }
        }
        details
    }
}
