//! Methods of `adapter` that write constraints as DDL.
//! Source: <https://docs.getdbt.com/reference/resource-properties/constraints>.

use super::Call;
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Outcome, PyDict, is_undefined, iterate, repr, to_str};
use minijinja::value::Value;

/// A constraint as its dict says.
struct Constraint {
    kind: String,
    name: Option<String>,
    expression: String,
    to: Option<String>,
    to_columns: Vec<String>,
    columns: Vec<String>,
}

impl Constraint {
    fn parse(raw: &Value) -> Outcome<Constraint> {
        let invalid = || error(format!("Could not parse constraint: {}", repr(raw)));
        let given = raw.downcast_object::<PyDict>().ok_or_else(invalid)?;
        let get = |name: &str| given.get_text(name).filter(|value| !value.is_none() && !is_undefined(value));
        let texts = |name: &str| -> Outcome<Vec<String>> {
            get(name).map_or(Ok(Vec::new()), |list| Ok(iterate(&list)?.iter().map(to_str).collect()))
        };
        let kind = get("type").map(|kind| to_str(&kind)).ok_or_else(invalid)?;
        if !["check", "not_null", "unique", "primary_key", "foreign_key", "custom"].contains(&kind.as_str()) {
            return Err(invalid());
        }
        Ok(Constraint {
            kind,
            name: get("name").map(|name| to_str(&name)),
            expression: get("expression").map(|expression| to_str(&expression)).unwrap_or_default(),
            to: get("to").map(|to| without_database(&to_str(&to))),
            to_columns: texts("to_columns")?,
            columns: texts("columns")?,
        })
    }

    fn references(&self) -> Option<String> {
        match &self.to {
            Some(to) if !self.to_columns.is_empty() => {
                Some(format!("references {to} ({})", self.to_columns.join(", ")))
            }
            _ if !self.expression.is_empty() => Some(format!("references {}", self.expression)),
            _ => None,
        }
    }

    fn of_column(&self) -> Option<String> {
        let text = match self.kind.as_str() {
            "check" if !self.expression.is_empty() => format!("check ({})", self.expression),
            "not_null" => format!("not null {}", self.expression),
            "unique" => format!("unique {}", self.expression),
            "primary_key" => format!("primary key {}", self.expression),
            "foreign_key" => self.references()?,
            "custom" if !self.expression.is_empty() => self.expression.clone(),
            _ => return None,
        };
        Some(text.trim().to_string())
    }

    fn of_model(&self) -> Option<String> {
        let columns = self.columns.join(", ");
        let expression = if self.expression.is_empty() { String::new() } else { format!(" {}", self.expression) };
        let text = match self.kind.as_str() {
            "check" if !self.expression.is_empty() => format!("check ({})", self.expression),
            "unique" => format!("unique{expression} ({columns})"),
            "primary_key" => format!("primary key{expression} ({columns})"),
            "foreign_key" => format!("foreign key ({columns}) {}", self.references()?),
            "custom" if !self.expression.is_empty() => self.expression.clone(),
            _ => return None,
        };
        let name = self.name.as_ref().map(|name| format!("constraint {name} ")).unwrap_or_default();
        Some(format!("{name}{text}"))
    }
}

/// DuckDB takes no catalog in the target of a foreign key.
fn without_database(relation: &str) -> String {
    match relation.splitn(3, '.').collect::<Vec<_>>().as_slice() {
        [_, schema, table] => format!("{schema}.{table}"),
        _ => relation.to_string(),
    }
}

pub(super) fn columns(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [raw] = call.bind(["raw_columns"], 1)?;
    let raw = raw.unwrap_or_default();
    let mut rendered = Vec::new();
    for key in iterate(&raw)? {
        let column = raw.get_item(&key)?;
        let get = |name: &str| column.get_attr(name).ok().filter(|value| !value.is_none() && !is_undefined(value));
        let name = get("name").as_ref().map(to_str).unwrap_or_default();
        let name = if get("quote").is_some_and(|quote| quote.is_true()) { format!("\"{name}\"") } else { name };
        let mut parts = vec![format!("{name} {}", get("data_type").as_ref().map(to_str).unwrap_or_default())];
        for constraint in get("constraints").map_or(Ok(Vec::new()), |list| iterate(&list))? {
            parts.extend(Constraint::parse(&constraint)?.of_column());
        }
        rendered.push(Value::from(parts.join(" ")));
    }
    Ok(value::list(rendered))
}

pub(super) fn model(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [raw] = call.bind(["raw_constraints"], 1)?;
    let mut rendered = Vec::new();
    for constraint in iterate(&raw.unwrap_or_default())? {
        rendered.extend(Constraint::parse(&constraint)?.of_model().map(Value::from));
    }
    Ok(value::list(rendered))
}

/// What happens to rows of a snapshot whose source is gone.
pub(super) fn hard_deletes(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [config] = call.bind(["config"], 1)?;
    let config = config.unwrap_or_default();
    let mut get = |name: &str| -> Outcome<Option<Value>> {
        let value = config.call_method(call.state, "get", &[Value::from(name), Value::from(())])?;
        Ok(Some(value).filter(|value| !value.is_none() && !is_undefined(value)))
    };
    let (invalidate, behaviour) = (get("invalidate_hard_deletes")?, get("hard_deletes")?);
    if invalidate.is_some() && behaviour.is_some() {
        return Err(error(
            "You cannot set both the invalidate_hard_deletes and hard_deletes config properties on the same snapshot.",
        ));
    }
    let behaviour = behaviour.as_ref().map(to_str);
    Ok(Value::from(match (invalidate.is_some_and(|value| value.is_true()), behaviour.as_deref()) {
        (true, _) | (_, Some("invalidate")) => "invalidate",
        (_, Some("new_record")) => "new_record",
        (_, None | Some("ignore")) => "ignore",
        _ => return Err(error("Invalid setting for property hard_deletes.")),
    }))
}
