//! A unit: one piece of dbt's Jinja (a model, a macro, the body of a call block) printed as minijinja source, with all
//! that is needed to bind its arguments and to find source places again.
//!
//! Owns the data and its construction from a syntax tree. Never renders.

use super::ast::{Body, Parameter, TextRange};
use super::printer;
use minijinja::Template;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// One piece of Jinja, ready to be compiled and rendered. Compiled at most once for each [`Phase`](super::Phase) when
/// it is used repeatedly; share it by `Arc`.
pub struct Unit {
    /// Name of the minijinja template: what the unit is called for readers, and a number that no other unit has.
    pub(super) template_name: String,
    /// The path to show in diagnostics.
    pub(super) file: Arc<str>,
    /// Source for minijinja.
    pub(super) printed: String,
    /// Which part of `printed` came from which part of the file, inner expressions before outer ones.
    pub(super) places: Box<[PrintedPlace]>,
    pub(super) signature: Signature,
    /// Bodies of call blocks and of macros inside this unit.
    pub(super) closures: Vec<Arc<Unit>>,
    pub(super) compiled: [Compiled; 2],
}

/// Parameters of a macro or `caller`.
#[derive(Default)]
pub(super) struct Signature {
    /// The name in messages about arguments; none for `caller`.
    pub(super) name: Option<String>,
    pub(super) parameters: Vec<ParameterSpec>,
    /// Whether the body mentions `varargs`, `kwargs` and `caller`: only then are they accepted.
    pub(super) takes_varargs: bool,
    pub(super) takes_kwargs: bool,
    pub(super) takes_caller: bool,
}

pub(super) struct ParameterSpec {
    pub(super) name: String,
    /// `Missing` when the unit computes the default itself.
    pub(super) default: Option<minijinja::Value>,
}

/// A part of the printed source and the part of the file that it stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct PrintedPlace {
    pub(super) printed: TextRange,
    pub(super) source: TextRange,
}

/// The compiled unit in one environment. A unit that is rendered a second time is kept; most models never are.
#[derive(Default)]
pub(super) struct Compiled {
    pub(super) rendered_before: AtomicBool,
    pub(super) template: OnceLock<Template<'static, 'static>>,
}

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

impl Unit {
    /// A unit without parameters: the text of a model, a snapshot, a hook, a string in a YAML file.
    ///
    /// `name` is for readers of minijinja's own messages; `file` is the path to show in diagnostics.
    pub fn template(name: &str, file: &Arc<str>, body: &Body) -> Arc<Unit> {
        Arc::new(printer::print_template(name, file, body))
    }

    /// Like [`Unit::template`] for [`Engine::render_native`](super::Engine::render_native).
    pub fn native(name: &str, file: &Arc<str>, body: &Body) -> Arc<Unit> {
        Arc::new(printer::print_native(name, file, body))
    }

    /// A macro. `variable` is the name that Jinja2 would know it by, such as `dbt_macro__x`.
    pub fn macro_body(variable: &str, file: &Arc<str>, parameters: &[Parameter], body: &Body) -> Arc<Unit> {
        Arc::new(printer::print_macro(variable, file, parameters, body))
    }

    pub(super) fn unique_template_name(name: &str) -> String {
        format!("{name}#{}", NEXT_NUMBER.fetch_add(1, Ordering::Relaxed))
    }

    /// The path to show in diagnostics.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// The source that minijinja gets.
    pub fn printed(&self) -> &str {
        &self.printed
    }

    /// The bodies of call blocks and inner macros, each a unit of its own.
    pub fn closures(&self) -> &[Arc<Unit>] {
        &self.closures
    }

    /// The part of the file that the given part of the printed source came from.
    pub(super) fn source_range(&self, printed: &std::ops::Range<usize>) -> Option<TextRange> {
        let length = |range: TextRange| range.end - range.start;
        let overlaps = |place: &&PrintedPlace| {
            (place.printed.start as usize) < printed.end.max(printed.start + 1)
                && printed.start < place.printed.end as usize
        };
        let holds = |place: &&PrintedPlace| {
            place.printed.start as usize <= printed.start && printed.end <= place.printed.end as usize
        };
        let smallest = self.places.iter().filter(holds).min_by_key(|place| length(place.printed));
        let inside = || self.places.iter().filter(overlaps).min_by_key(|place| place.printed.start);
        smallest.or_else(inside).map(|place| place.source)
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unit").field("name", &self.template_name).field("printed", &self.printed).finish()
    }
}
