//! Text of `--select` and `--exclude` to [`SelectorExpr`].
//!
//! Owns the grammar `[@][n+][method:]value[+n]`, unions by spaces and intersections by commas. Knows no nodes.
//! Source: <https://docs.getdbt.com/reference/node-selection/syntax>.

use super::expression::{
    Criterion, Expected, Group, IndirectSelection, Matcher, Method, Reach, SelectorExpr, SetOperator, TestType,
    VersionKind,
};
use super::pattern::{PathPattern, Pattern};
use super::suggest::{did_you_mean, in_words};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::manifest::ResourceType;
use crate::state::StateCheck;
use serde_json::Value;
use std::sync::Arc;

/// What is selected when nothing is said: everything. Sources and exposures have methods of their own in dbt.
const EVERYTHING: &str = "fqn:* source:* exposure:* metric:* semantic_model:* function:*";

/// The selection as the command line has it. Each list holds the values of one flag, repeated or not.
#[derive(Debug, Clone, Default)]
pub struct SelectionArguments {
    /// Values of `--select`; none means everything.
    pub select: Vec<String>,
    /// Values of `--exclude`.
    pub exclude: Vec<String>,
    /// `--indirect-selection`.
    pub indirect_selection: IndirectSelection,
}

impl SelectionArguments {
    /// The text that spans of `--select` and `--exclude` point into, by flag: for the source map.
    pub fn texts(&self) -> [(&'static str, String); 2] {
        [("--select", self.select.join(" ")), ("--exclude", self.exclude.join(" "))]
    }

    /// Whether nothing was asked for, so that a default selector may apply.
    pub fn is_empty(&self) -> bool {
        self.select.is_empty() && self.exclude.is_empty()
    }

    /// The selection. Every criterion that cannot be read is one diagnostic.
    pub fn parse(&self) -> Result<SelectorExpr, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mode = self.indirect_selection;
        let [(select, select_text), (exclude, exclude_text)] = self.texts();
        let included = if self.select.is_empty() {
            union(None, EVERYTHING, mode, &mut diagnostics)
        } else {
            union(Some(select), &select_text, mode, &mut diagnostics)
        };
        let mut parts = vec![included];
        if !self.exclude.is_empty() {
            parts.push(union(Some(exclude), &exclude_text, mode, &mut diagnostics));
        }
        if diagnostics.is_empty() {
            Ok(group(SetOperator::Difference, parts, IndirectSelection::Eager, None))
        } else {
            Err(diagnostics)
        }
    }
}

/// A group of selections.
pub(super) fn group(
    operator: SetOperator,
    parts: Vec<SelectorExpr>,
    indirect_selection: IndirectSelection,
    expected: Option<Expected>,
) -> SelectorExpr {
    SelectorExpr::Group(Arc::new(Group { operator, parts, indirect_selection, expected }))
}

/// The union of the words of `text`; `flag` names it in spans, and says that each word should select something.
fn union(flag: Option<&str>, text: &str, mode: IndirectSelection, diagnostics: &mut Vec<Diagnostic>) -> SelectorExpr {
    let flag: Option<Arc<str>> = flag.map(Arc::from);
    let mut parts = Vec::new();
    let words = words(text);
    // `--select ""` selects nothing, and says so.
    let words = if words.is_empty() { vec![(0, "")] } else { words };
    for (start, word) in words {
        let place = |start: usize, length: usize| flag.clone().map(|flag| Span::new(flag, start..start + length));
        let mut criteria = Vec::new();
        let mut at = start;
        for piece in word.split(',') {
            match criterion(piece, place(at, piece.len()), mode) {
                Ok(criterion) => criteria.push(SelectorExpr::Criterion(Arc::new(criterion))),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
            at += piece.len() + 1;
        }
        let expected = flag.as_ref().map(|_| Expected { text: word.to_string(), span: place(start, word.len()) });
        parts.push(group(SetOperator::Intersection, criteria, mode, expected));
    }
    group(SetOperator::Union, parts, mode, None)
}

/// The words of `text` between single spaces, with their places.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let mut words = Vec::new();
    for word in text.split(' ') {
        if !word.is_empty() {
            words.push((at, word));
        }
        at += word.len() + 1;
    }
    words
}

/// One criterion, as in `--select` or a string in `selectors.yml`.
pub(super) fn criterion(
    text: &str,
    span: Option<Span>,
    indirect_selection: IndirectSelection,
) -> Result<Criterion, Box<Diagnostic>> {
    let shape = Shape::of(text);
    let located = |diagnostic: Diagnostic| {
        Box::new(match &span {
            Some(span) => diagnostic.at(span.clone()),
            None => diagnostic,
        })
    };
    let (method, arguments) = match shape.method {
        Some(written) => parse_method(written).map_err(|diagnostic| located(*diagnostic))?,
        None => (default_method(shape.value), Vec::new()),
    };
    let value = Value::String(shape.value.to_string());
    let matcher = matcher(method, arguments, &value).map_err(|diagnostic| located(*diagnostic))?;
    let criterion = Criterion {
        text: text.to_string(),
        span: span.clone(),
        matcher,
        childrens_parents: shape.childrens_parents,
        parents: shape.parents,
        children: shape.children,
        indirect_selection,
    };
    check_operators(&criterion).map_err(|diagnostic| located(*diagnostic))?;
    Ok(criterion)
}

/// Refuses `@` together with `+` behind.
pub(super) fn check_operators(criterion: &Criterion) -> Result<(), Box<Diagnostic>> {
    if !criterion.childrens_parents || criterion.children == Reach::Nothing {
        return Ok(());
    }
    let text = &criterion.text;
    let diagnostic = Diagnostic::error(
        ErrorCode::SelectorSyntax,
        format!("Invalid node spec {text} - \"@\" prefix and \"+\" suffix are incompatible"),
    );
    Err(Box::new(diagnostic.hint("`@` already takes all descendants: leave one of them out")))
}

/// The parts of a criterion's text.
struct Shape<'a> {
    childrens_parents: bool,
    parents: Reach,
    method: Option<&'a str>,
    value: &'a str,
    children: Reach,
}

impl<'a> Shape<'a> {
    fn of(text: &'a str) -> Self {
        let (childrens_parents, rest) = match text.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (parents, rest) = match rest.split_once('+') {
            Some((depth, rest)) if is_depth(depth) => (reach(depth), rest),
            _ => (Reach::Nothing, rest),
        };
        let (method, rest) = match rest.split_once(':') {
            Some((method, rest)) if is_method_word(method) => (Some(method), rest),
            _ => (None, rest),
        };
        let (value, children) = match rest.rsplit_once('+') {
            Some((value, depth)) if is_depth(depth) => (value, reach(depth)),
            _ => (rest, Reach::Nothing),
        };
        Shape { childrens_parents, parents, method, value, children }
    }
}

fn is_depth(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Depths too large for a number go all the way.
fn reach(depth: &str) -> Reach {
    depth.parse().map_or(Reach::All, Reach::Steps)
}

fn is_method_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '.'))
}

/// What a value without a method means.
fn default_method(value: &str) -> Method {
    let lower = value.to_lowercase();
    if value.contains('/') || (cfg!(windows) && value.contains('\\')) {
        Method::Path
    } else if [".sql", ".py", ".csv"].iter().any(|ending| lower.ends_with(ending)) {
        Method::File
    } else {
        Method::Fqn
    }
}

/// The method that `written` names and its arguments: `config.meta.owner` is `config` with `meta`, `owner`.
pub(super) fn parse_method(written: &str) -> Result<(Method, Vec<String>), Box<Diagnostic>> {
    let mut parts = written.split('.');
    let name = parts.next().unwrap_or_default();
    let Some(method) = Method::parse(name) else {
        let names = Method::ALL.map(Method::as_str);
        let mut diagnostic =
            Diagnostic::error(ErrorCode::UnknownSelectorMethod, format!("'{name}' is not a valid method name"));
        if let Some(close) = did_you_mean(name, names) {
            diagnostic = diagnostic.hint(format!("did you mean `{close}:`?"));
        }
        return Err(Box::new(diagnostic.hint(format!("must be one of [{}]", names.join(", ")))));
    };
    Ok((method, parts.map(str::to_string).collect()))
}

/// The method with its value, checked.
pub(super) fn matcher(method: Method, arguments: Vec<String>, value: &Value) -> Result<Matcher, Box<Diagnostic>> {
    if method == Method::Config {
        return Ok(Matcher::Config { keys: arguments, value: value.clone() });
    }
    let text = scalar_text(value).ok_or_else(|| {
        invalid(format!("Invalid value {value} of the selection method '{}': expected a text", method.as_str()))
    })?;
    let pattern = || Pattern::new(&text);
    let named = |resource_type, what, plural| named(resource_type, what, plural, &text);
    Ok(match method {
        Method::Config => Matcher::Config { keys: arguments, value: value.clone() },
        Method::Fqn => Matcher::Fqn(text),
        Method::Tag => Matcher::Tag(pattern()),
        Method::Group => Matcher::Group(pattern()),
        Method::Access => Matcher::Access(text),
        Method::Path => Matcher::Path(PathPattern::new(&text)),
        Method::File => Matcher::File(pattern()),
        Method::Package if text == "this" => Matcher::ThisPackage,
        Method::Package => Matcher::Package(pattern()),
        Method::TestName => Matcher::TestName(pattern()),
        Method::Result => Matcher::Result(text),
        Method::SourceStatus => Matcher::SourceStatus(text),
        Method::Domain => Matcher::Domain(pattern()),
        Method::Selector => Matcher::Selector { pattern: pattern(), text },
        Method::Source => source(&text)?,
        Method::TestType => Matcher::TestType(test_type(&text)?),
        Method::ResourceType => Matcher::ResourceType(resource_type(&text)?),
        Method::Version => Matcher::Version(version(&text)?),
        Method::State => Matcher::State(state(arguments, &text)?),
        Method::Exposure => named(ResourceType::Exposure, "exposure", "Exposures")?,
        Method::Metric => named(ResourceType::Metric, "metric", "Metrics")?,
        Method::SemanticModel => named(ResourceType::SemanticModel, "semantic model", "Semantic models")?,
        Method::SavedQuery => named(ResourceType::SavedQuery, "saved query", "Saved queries")?,
        Method::UnitTest => named(ResourceType::UnitTest, "unit test", "Unit tests")?,
        Method::Function => named(ResourceType::Function, "function", "Functions")?,
    })
}

/// A scalar as text: in YAML a tag may look like a number.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".to_string()),
        Value::Bool(false) => Some("False".to_string()),
        _ => None,
    }
}

fn invalid(message: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(ErrorCode::InvalidSelectorValue, message))
}

fn source(text: &str) -> Result<Matcher, Box<Diagnostic>> {
    let parts: Vec<&str> = text.split('.').collect();
    let (package, source, table) = match parts[..] {
        [source] => ("*", source, "*"),
        [source, table] => ("*", source, table),
        [package, source, table] => (package, source, table),
        _ => {
            return Err(invalid(format!(
                "Invalid source selector value \"{text}\". Sources must be of the form `${{source_name}}`, \
                 `${{source_name}}.${{target_name}}`, or `${{package_name}}.${{source_name}}.${{target_name}}"
            )));
        }
    };
    Ok(Matcher::Source { package: Pattern::new(package), source: Pattern::new(source), table: Pattern::new(table) })
}

fn named(resource_type: ResourceType, what: &str, plural: &str, text: &str) -> Result<Matcher, Box<Diagnostic>> {
    let (package, name) = match text.split_once('.') {
        None => ("*", text),
        Some((package, name)) if !name.contains('.') => (package, name),
        Some(_) => {
            let form = resource_type.as_str();
            return Err(invalid(format!(
                "Invalid {what} selector value \"{text}\". {plural} must be of the form ${{{form}_name}} or \
                 ${{{form}_package.{form}_name}}"
            )));
        }
    };
    Ok(Matcher::Named { resource_type, package: Pattern::new(package), name: Pattern::new(name) })
}

fn test_type(text: &str) -> Result<TestType, Box<Diagnostic>> {
    Ok(match text {
        "generic" | "schema" => TestType::Generic,
        "singular" => TestType::Singular,
        "unit" => TestType::Unit,
        "data" => TestType::Data,
        _ => {
            let message =
                format!("Invalid test type selector {text}: expected \"generic\", \"singular\", \"unit\", or \"data\"");
            return Err(invalid(message));
        }
    })
}

/// dbt's kinds that are never nodes of a selection, but are words that it knows.
const OTHER_RESOURCE_TYPES: [&str; 6] = ["rpc", "sql_operation", "doc", "macro", "group", "fixture"];

fn resource_type(text: &str) -> Result<Option<ResourceType>, Box<Diagnostic>> {
    if let Some(resource_type) = super::filter::parse_resource_type(text) {
        return Ok(Some(resource_type));
    }
    if OTHER_RESOURCE_TYPES.contains(&text) {
        return Ok(None);
    }
    let words = super::filter::RESOURCE_TYPES.map(ResourceType::as_str);
    let mut diagnostic = invalid(format!("Invalid resource_type selector \"{text}\""));
    let close = did_you_mean(text, words).map(|close| format!("did you mean `{close}`?"));
    diagnostic.hints.extend(close);
    diagnostic.hints.push(format!("expected one of {}", in_words(words)));
    Err(diagnostic)
}

fn version(text: &str) -> Result<VersionKind, Box<Diagnostic>> {
    Ok(match text {
        "latest" => VersionKind::Latest,
        "prerelease" => VersionKind::Prerelease,
        "old" => VersionKind::Old,
        "none" => VersionKind::None,
        _ => {
            return Err(invalid(format!(
                "Invalid version type selector {text}: expected one of: \"latest\", \"prerelease\", \"old\", or \"none\""
            )));
        }
    })
}

/// `state:modified.body`; arguments behind `state` itself are dbt's to ignore.
fn state(_arguments: Vec<String>, text: &str) -> Result<StateCheck, Box<Diagnostic>> {
    StateCheck::parse(text).ok_or_else(|| {
        let words = StateCheck::ALL.map(StateCheck::as_str);
        let listed = words.map(|word| format!("'{word}'")).join(", ");
        let mut diagnostic = invalid(format!("Got an invalid selector \"{text}\", expected one of \"[{listed}]\""));
        diagnostic.hints.extend(did_you_mean(text, words).map(|close| format!("did you mean `state:{close}`?")));
        diagnostic
    })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
