//! `selectors.yml`: named selections.
//!
//! Owns the meaning of the file's content; reading and rendering it are somebody else's. Messages name the selector.
//! Source: <https://docs.getdbt.com/reference/node-selection/yaml-selectors>.

use super::expression::{Criterion, IndirectSelection, Reach, SelectorExpr, SetOperator};
use super::parse::{check_operators, criterion, group, matcher, parse_method};
use super::suggest::{did_you_mean, in_words};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::sync::Arc;

type Entries = Map<String, Value>;
type Parsed<T> = Result<T, Box<Diagnostic>>;

/// The selectors of one `selectors.yml`, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selectors {
    selectors: IndexMap<String, NamedSelector>,
}

/// A selection with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSelector {
    /// For people.
    pub description: String,
    /// Whether it applies when nothing is selected.
    pub default: bool,
    /// What it selects.
    pub expression: SelectorExpr,
}

impl Selectors {
    /// The selectors of a file's rendered content (`null` for an empty file). `file` is its displayed path;
    /// `indirect_selection` is the command line's, for criteria that name none.
    /// `places` are those of its entries, as far as they are known.
    pub fn parse(
        content: &Value,
        file: &str,
        places: &[Span],
        indirect_selection: IndirectSelection,
    ) -> Result<Self, Vec<Diagnostic>> {
        let in_file = |index: usize, diagnostic: Box<Diagnostic>| {
            let place = places.get(index).cloned().unwrap_or_else(|| Span::file(file));
            if diagnostic.primary.is_some() { *diagnostic } else { diagnostic.at(place) }
        };
        let entries = match selector_entries(content) {
            Ok(entries) => entries,
            Err(diagnostic) => return Err(vec![in_file(0, diagnostic)]),
        };
        let mut known = Selectors::default();
        let mut diagnostics = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if let Err(diagnostic) = known.add(entry, indirect_selection) {
                diagnostics.push(in_file(index, diagnostic));
            }
        }
        if diagnostics.is_empty() { Ok(known) } else { Err(diagnostics) }
    }

    /// The selector called `name`.
    pub fn get(&self, name: &str) -> Result<&NamedSelector, Box<Diagnostic>> {
        self.selectors.get(name).ok_or_else(|| {
            let names = || self.selectors.keys().map(String::as_str);
            let listed = names().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            let message = format!("Could not find selector named {name}, expected one of [{listed}]");
            let mut diagnostic = Diagnostic::error(ErrorCode::UnknownSelector, message);
            diagnostic.hints.extend(did_you_mean(name, names()).map(|close| format!("did you mean `{close}`?")));
            Box::new(diagnostic)
        })
    }

    /// The selector that applies when nothing is selected, with its name.
    pub fn default_selector(&self) -> Option<(&str, &NamedSelector)> {
        self.iter().find(|(_, selector)| selector.default)
    }

    /// Every selector with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &NamedSelector)> {
        self.selectors.iter().map(|(name, selector)| (name.as_str(), selector))
    }

    /// These selectors, and behind them those of `weaker` whose names are not taken: a domain's file over the root's.
    /// A default of `weaker` counts only if these have none.
    #[must_use]
    pub fn over(mut self, weaker: Selectors) -> Selectors {
        let has_default = self.default_selector().is_some();
        for (name, mut selector) in weaker.selectors {
            selector.default &= !has_default;
            self.selectors.entry(name).or_insert(selector);
        }
        self
    }

    fn add(&mut self, entry: &Value, indirect_selection: IndirectSelection) -> Parsed<()> {
        let Value::Object(entry) = entry else {
            return Err(invalid(format!("each entry of 'selectors' is a mapping, not {}", kind(entry))));
        };
        let Some(Value::String(name)) = entry.get("name") else {
            return Err(invalid("a selector has no 'name'".to_string()));
        };
        let about = |diagnostic: Box<Diagnostic>| {
            let mut diagnostic = diagnostic;
            diagnostic.message =
                format!("Could not read selector file data: in selector '{name}': {}", diagnostic.message);
            diagnostic
        };
        let selector = self.selector(entry, indirect_selection).map_err(about)?;
        if selector.default
            && let Some((first, _)) = self.default_selector()
        {
            return Err(invalid(format!(
                "Error when parsing the selector file. Found multiple selectors with `default: true`:{first} and {name}"
            )));
        }
        self.selectors.insert(name.clone(), selector);
        Ok(())
    }

    fn selector(&self, entry: &Entries, indirect_selection: IndirectSelection) -> Parsed<NamedSelector> {
        const KEYS: [&str; 4] = ["name", "definition", "description", "default"];
        if let Some(key) = entry.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let diagnostic = invalid(format!("'{key}' is not a key of a selector"));
            return Err(Box::new(diagnostic.hint(format!("the keys are {}", in_words(KEYS)))));
        }
        let default = match entry.get("default") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(default)) => *default,
            Some(other) => return Err(invalid(format!("'default' is true or false, not {other}"))),
        };
        let description = entry.get("description").and_then(Value::as_str).unwrap_or_default().to_string();
        let Some(definition) = entry.get("definition") else {
            return Err(Box::new(invalid("it has no 'definition'".into()).hint("definition: tag:nightly")));
        };
        let reader = Reader { known: self, indirect_selection };
        Ok(NamedSelector { description, default, expression: reader.root(definition)? })
    }
}

fn selector_entries(content: &Value) -> Parsed<&[Value]> {
    match content {
        Value::Null => Ok(&[]),
        Value::Object(map) => match map.get("selectors") {
            Some(Value::Array(entries)) => Ok(entries),
            None if map.is_empty() => Ok(&[]),
            _ => Err(malformed("it has no list 'selectors'")),
        },
        other => Err(malformed(&format!("it is {}, not a mapping", kind(other)))),
    }
}

fn malformed(why: &str) -> Box<Diagnostic> {
    let diagnostic = invalid(format!("The selectors.yml file in this project is malformed: {why}"));
    Box::new(diagnostic.hint("https://docs.getdbt.com/reference/node-selection/yaml-selectors"))
}

fn invalid(message: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(ErrorCode::InvalidSelectorFile, message))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// Reads definitions; earlier selectors can be used in them.
struct Reader<'s> {
    known: &'s Selectors,
    indirect_selection: IndirectSelection,
}

impl Reader<'_> {
    fn root(&self, definition: &Value) -> Parsed<SelectorExpr> {
        if let Value::Object(entries) = definition
            && entries.len() > 1
            && (entries.contains_key("union") || entries.contains_key("intersection"))
        {
            let keys = entries.keys().map(String::as_str).collect::<Vec<_>>().join(",");
            return Err(invalid(format!(
                "Only a single 'union' or 'intersection' key is allowed in a root level selector definition; found {keys}."
            )));
        }
        self.definition(definition)
    }

    fn definition(&self, definition: &Value) -> Parsed<SelectorExpr> {
        match definition {
            Value::String(text) => Ok(single(criterion(text, None, self.indirect_selection)?)),
            Value::Object(entries) if entries.contains_key("union") => self.set(SetOperator::Union, entries, "union"),
            Value::Object(entries) if entries.contains_key("intersection") => {
                self.set(SetOperator::Intersection, entries, "intersection")
            }
            Value::Object(entries) => self.full(entries),
            other => Err(invalid(format!(
                "Expected to find union, intersection, str or dict, instead found {}: {other}",
                kind(other)
            ))),
        }
    }

    /// `union:` or `intersection:`, one of whose parts can be an `exclude:`.
    fn set(&self, operator: SetOperator, entries: &Entries, key: &str) -> Parsed<SelectorExpr> {
        let mut included = Vec::new();
        let mut excluded = None;
        for part in list(entries, key)? {
            match part {
                // As in dbt, also when the mapping has a method beside: then only its `exclude` counts.
                Value::Object(map) if map.contains_key("exclude") => {
                    if excluded.is_some() {
                        return Err(invalid(
                            "You cannot provide multiple exclude arguments to the same selector set operator".into(),
                        ));
                    }
                    excluded = Some(self.exclusion(map)?);
                }
                other => included.push(self.definition(other)?),
            }
        }
        Ok(difference(eager(operator, included), excluded.flatten()))
    }

    /// What an `exclude:` takes away; `None` for an empty list.
    fn exclusion(&self, entries: &Entries) -> Parsed<Option<SelectorExpr>> {
        let parts = list(entries, "exclude")?;
        let mut parts = parts.iter().map(|part| self.definition(part)).collect::<Parsed<Vec<_>>>()?;
        Ok(if parts.len() > 1 { Some(eager(SetOperator::Union, parts)) } else { parts.pop() })
    }

    /// `{tag: nightly}`, `{method: tag, value: nightly, ...}` or `{method: selector, value: <name>}`.
    fn full(&self, entries: &Entries) -> Parsed<SelectorExpr> {
        if entries.len() == 1
            && let Some((method, value)) = entries.iter().next()
        {
            return Ok(single(self.criterion(entries, method, value)?));
        }
        let (Some(method), Some(value)) = (entries.get("method"), entries.get("value")) else {
            let keys = entries.keys().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ");
            return Err(invalid(format!(
                "Expected either 1 key or else \"method\" and \"value\" keys, but got [{keys}]"
            )));
        };
        let Value::String(method) = method else {
            return Err(invalid(format!("'method' is a text, not {method}")));
        };
        if method == "selector" {
            return self.inherited(value);
        }
        let base = single(self.criterion(entries, method, value)?);
        let excluded = if entries.contains_key("exclude") { self.exclusion(entries)? } else { None };
        Ok(difference(base, excluded))
    }

    fn inherited(&self, name: &Value) -> Parsed<SelectorExpr> {
        let known = name.as_str().and_then(|name| self.known.selectors.get(name));
        known.map(|selector| selector.expression.clone()).ok_or_else(|| {
            let shown = name.as_str().map_or_else(|| name.to_string(), str::to_string);
            let diagnostic = invalid(format!("Existing selector definition for {shown} not found."));
            Box::new(diagnostic.hint("a selector can use only selectors that stand above it in the file"))
        })
    }

    fn criterion(&self, entries: &Entries, method: &str, value: &Value) -> Parsed<Criterion> {
        let (method, arguments) = parse_method(method)?;
        let indirect_selection = match entries.get("indirect_selection") {
            None => self.indirect_selection,
            Some(mode) => mode.as_str().and_then(IndirectSelection::parse).ok_or_else(|| {
                let diagnostic = invalid(format!("{mode} is not a valid IndirectSelection"));
                diagnostic.hint(format!("expected one of {}", in_words(IndirectSelection::WORDS)))
            })?,
        };
        let criterion = Criterion {
            text: Value::Object(entries.clone()).to_string(),
            span: None,
            matcher: matcher(method, arguments, value)?,
            childrens_parents: is_true(entries.get("childrens_parents")),
            parents: reach(entries, "parents")?,
            children: reach(entries, "children")?,
            indirect_selection,
        };
        check_operators(&criterion)?;
        Ok(criterion)
    }
}

fn single(criterion: Criterion) -> SelectorExpr {
    SelectorExpr::Criterion(Arc::new(criterion))
}

/// A set operator from the file. dbt looks for completed tests only at the operators of the command line.
fn eager(operator: SetOperator, parts: Vec<SelectorExpr>) -> SelectorExpr {
    group(operator, parts, IndirectSelection::Eager, None)
}

fn difference(base: SelectorExpr, excluded: Option<SelectorExpr>) -> SelectorExpr {
    match excluded {
        Some(excluded) => eager(SetOperator::Difference, vec![base, excluded]),
        None => base,
    }
}

fn list<'e>(entries: &'e Entries, key: &str) -> Parsed<&'e [Value]> {
    let Some(Value::Array(parts)) = entries.get(key) else {
        return Err(invalid(format!("Invalid value for key \"{key}\". Expected a list.")));
    };
    match parts.iter().find(|part| !part.is_object() && !part.is_string()) {
        Some(part) => Err(invalid(format!(
            "Invalid value type {} in key \"{key}\", expected dict or str (value: {part}).",
            kind(part)
        ))),
        None => Ok(parts),
    }
}

/// Whether Python would take the value for true.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
    }
}

/// `parents: true` with `parents_depth: n`; a depth of 0 counts as none given.
fn reach(entries: &Entries, key: &str) -> Parsed<Reach> {
    if !is_true(entries.get(key)) {
        return Ok(Reach::Nothing);
    }
    let depth = entries.get(&format!("{key}_depth")).filter(|depth| is_true(Some(depth)));
    let Some(depth) = depth else { return Ok(Reach::All) };
    let steps = match depth {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let steps = steps.and_then(|steps| usize::try_from(steps).ok());
    steps.map(Reach::Steps).ok_or_else(|| invalid(format!("Invalid node spec - could not handle parent depth {depth}")))
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
