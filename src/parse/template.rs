//! What a template refers to and how it configures itself: read off where it is plain, learnt by rendering elsewhere.

use super::config::add_call;
use super::universe::Universe;
use crate::diagnostic::{Diagnostic, Span};
use crate::jinja::context::{NodeScope, metric_call, ref_call, source_call};
use crate::jinja::extract::{LiteralCall, LiteralFunction, literal_calls};
use crate::jinja::runtime::Phase;
use crate::jinja::value::{Arguments, to_json};
use crate::jinja::{MacroNamespace, Unit, parse_template};
use crate::manifest::{ConfigMap, FunctionCall, MetricCall, RefCall, SourceCall, UniqueId};
use minijinja::Value;
use minijinja::value::Kwargs;
use std::sync::Arc;

/// What a template asked for, each call with its place where that is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Captured {
    pub refs: Vec<(RefCall, Option<Span>)>,
    pub sources: Vec<(SourceCall, Option<Span>)>,
    pub functions: Vec<FunctionCall>,
    pub metrics: Vec<MetricCall>,
    /// The sum of all `config()` calls.
    pub config: ConfigMap,
    /// Macros that the text itself called.
    pub macros: Vec<UniqueId>,
}

impl Captured {
    /// Adds what another template of the same node asked for.
    pub fn add(&mut self, other: Captured) {
        self.refs.extend(other.refs);
        self.sources.extend(other.sources);
        self.functions.extend(other.functions);
        self.metrics.extend(other.metrics);
        for id in other.macros {
            if !self.macros.contains(&id) {
                self.macros.push(id);
            }
        }
    }
}

/// A template and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub text: &'a str,
    pub file: &'a Arc<str>,
    /// Byte offset of the text in the file.
    pub offset: usize,
}

/// Captures what a template asks for. `scope` is made only where the template has to be rendered.
///
/// # Errors
/// When it does not parse, or fails while it is rendered.
pub(super) fn capture(
    universe: &Universe<'_>,
    package: &str,
    source: Source<'_>,
    scope: impl FnOnce() -> NodeScope,
) -> Result<Captured, Diagnostic> {
    if !source.text.contains('{') {
        return Ok(Captured::default());
    }
    let body = parse_template(source.file, source.text).map_err(|cause| shifted(cause, source))?;
    let namespace = universe.namespace(package);
    if uses_builtins(&namespace)
        && let Some(calls) = literal_calls(&body)
        && let Some(captured) = from_calls(&calls, source)
    {
        return Ok(captured);
    }
    let unit = Unit::template("template", source.file, &body);
    render(universe, &unit, &namespace, Arc::new(scope())).map_err(|cause| shifted(cause, source))
}

/// Whether the five names still are dbt's own functions.
fn uses_builtins(namespace: &MacroNamespace) -> bool {
    ["ref", "source", "config", "var", "metric"].iter().all(|name| namespace.get(name).is_none())
}

/// Renders a unit while its context collects what it asks for.
///
/// # Errors
/// When rendering fails.
pub(super) fn render(
    universe: &Universe<'_>,
    unit: &Arc<Unit>,
    namespace: &Arc<MacroNamespace>,
    scope: Arc<NodeScope>,
) -> Result<Captured, Diagnostic> {
    let rendered = universe.engine.render(Phase::Parse, unit, namespace, scope.clone());
    let rendered = rendered.map_err(|cause| cause.into_diagnostic())?;
    let mut captured = collected(&scope);
    captured.macros = rendered.macros_called.iter().map(|id| macro_id(universe, id)).collect();
    Ok(captured)
}

/// What a context has collected so far.
pub(super) fn collected(scope: &NodeScope) -> Captured {
    let mut capture = scope.capture();
    let mut captured = Captured {
        refs: capture.refs.drain(..).map(|call| (call, None)).collect(),
        sources: capture.sources.drain(..).map(|call| (call, None)).collect(),
        functions: std::mem::take(&mut capture.functions),
        metrics: std::mem::take(&mut capture.metrics),
        ..Captured::default()
    };
    for call in capture.config_calls.drain(..) {
        add_call(&mut captured.config, &call);
    }
    captured
}

/// The id of a macro, with the domain where it belongs to a package.
pub(super) fn macro_id(universe: &Universe<'_>, id: &str) -> UniqueId {
    let mut parts = id.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(prefix), Some(package), Some(name)) if !super::macros::INTERNAL_PACKAGES.contains(&package) => {
            universe.id(prefix, package, name)
        }
        _ => UniqueId::from(id),
    }
}

fn from_calls(calls: &[LiteralCall], source: Source<'_>) -> Option<Captured> {
    let mut captured = Captured::default();
    for call in calls {
        let range = call.range.as_usize();
        let place = Some(Span::new(source.file.clone(), range.start + source.offset..range.end + source.offset));
        let mut values = call.positional.clone();
        if !call.keywords.is_empty() {
            values.push(Value::from(call.keywords.iter().cloned().collect::<Kwargs>()));
        }
        let arguments = Arguments::new(&values);
        // A call that is wrong is left to rendering, which says so.
        match call.function {
            LiteralFunction::Ref => captured.refs.push((ref_call(&arguments).ok()?, place)),
            LiteralFunction::Source => captured.sources.push((source_call(&arguments).ok()?, place)),
            LiteralFunction::Var => {}
            LiteralFunction::Metric => captured.metrics.push(metric_call(&arguments).ok()?),
            LiteralFunction::Config if call.positional.is_empty() && !call.keywords.is_empty() => {
                let call: Option<ConfigMap> =
                    call.keywords.iter().map(|(name, value)| Some((name.clone(), to_json(value).ok()?))).collect();
                add_call(&mut captured.config, &call?);
            }
            LiteralFunction::Config => return None,
        }
    }
    Some(captured)
}

/// A diagnostic about a text, its places moved to where the text stands in its file.
fn shifted(mut diagnostic: Diagnostic, source: Source<'_>) -> Diagnostic {
    for label in diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary) {
        if label.span.file == *source.file && label.span.end > 0 {
            label.span.start += source.offset;
            label.span.end += source.offset;
        }
    }
    diagnostic
}
