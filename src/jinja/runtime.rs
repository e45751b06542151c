//! What a render is while it runs: where names are looked up, which macros are being called, how macros and the bodies
//! of call blocks are called as values.
//!
//! Owns [`Scope`] (the door through which dbt's context comes in) and the functions by which context functions see the
//! render they are called from. Never compiles anything; `engine` does.

use super::library::{MacroDefinition, MacroNamespace};
use super::printer::source_name;
use super::unit::Unit;
use super::value;
use indexmap::IndexSet;
use minijinja::value::{Enumerator, Object};
use minijinja::{Error, State, Value};
use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

mod binding;
mod closures;
mod context_view;
mod macros;
mod returning;

pub use closures::Closure;
pub use context_view::ContextView;
pub use macros::{MacroGenerator, MacroOverride, PackageNamespace};
pub use returning::{return_value, returned};

pub(super) use closures::make_closure;
pub(super) use macros::call_definition;

/// How deep macros and call blocks may call each other. Python's own recursion limit stops dbt at about 110.
pub(super) const MAXIMUM_DEPTH: usize = 200;

/// What a render is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// To find out what a node refers to: undefined names in the node's own text can be called and chained.
    Parse,
    /// To get the text that runs: undefined names are errors when used.
    Execute,
}

/// The variables and functions that a node sees beside macros: dbt's context, implemented elsewhere.
pub trait Scope: Any + Send + Sync {
    /// The value of a name, if the scope has it.
    fn lookup(&self, name: &str) -> Option<Value>;

    /// Every name that [`Scope::lookup`] knows, for iteration over `context`.
    fn names(&self) -> Vec<String>;
}

/// A scope without names.
#[derive(Debug)]
pub struct EmptyScope;

impl Scope for EmptyScope {
    fn lookup(&self, _name: &str) -> Option<Value> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// One render with all macro calls in it.
pub(super) struct Render {
    pub(super) phase: Phase,
    pub(super) namespace: Arc<MacroNamespace>,
    pub(super) scope: Arc<dyn Scope>,
    /// Renders that are running inside each other, of macros and of closures.
    depth: AtomicUsize,
    /// The macros that are being called, outermost first.
    stack: Mutex<Vec<Arc<MacroDefinition>>>,
    /// The macros that the node's own text has called, in order of the first call.
    called: Mutex<IndexSet<Arc<str>>>,
}

impl Render {
    pub(super) fn new(phase: Phase, namespace: Arc<MacroNamespace>, scope: Arc<dyn Scope>) -> Arc<Self> {
        Arc::new(Render {
            phase,
            namespace,
            scope,
            depth: AtomicUsize::new(0),
            stack: Mutex::default(),
            called: Mutex::default(),
        })
    }

    pub(super) fn macros_called(&self) -> Vec<Arc<str>> {
        lock(&self.called).iter().cloned().collect()
    }

    fn lookup(&self, name: &str) -> Option<Value> {
        self.namespace.get(name).cloned().or_else(|| self.scope.lookup(name))
    }

    /// Runs `action` as the call of a macro; the call of a closure has no definition.
    fn nested<T>(
        &self,
        definition: Option<&Arc<MacroDefinition>>,
        action: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.depth.fetch_add(1, Ordering::Relaxed) >= MAXIMUM_DEPTH {
            self.depth.fetch_sub(1, Ordering::Relaxed);
            return Err(value::error::error("maximum recursion depth exceeded"));
        }
        if let Some(definition) = definition {
            let mut stack = lock(&self.stack);
            if stack.is_empty() {
                lock(&self.called).insert(definition.unique_id.clone());
            }
            stack.push(definition.clone());
        }
        let result = action();
        if definition.is_some() {
            lock(&self.stack).pop();
        }
        self.depth.fetch_sub(1, Ordering::Relaxed);
        result
    }
}

/// The names of one unit while it is rendered; minijinja's root context.
pub(super) struct Frame {
    pub(super) render: Arc<Render>,
    pub(super) unit: Arc<Unit>,
    /// Values of the unit's parameters, in their order.
    pub(super) arguments: Vec<Value>,
    /// `varargs`, `kwargs`, `caller` and captured names.
    pub(super) extra: Vec<(Arc<str>, Value)>,
    /// The macro that the unit belongs to.
    pub(super) definition: Option<Arc<MacroDefinition>>,
    /// Whether undefined values made here can be called and chained.
    pub(super) chainable: bool,
    /// What a native template has printed.
    pub(super) printed_values: Mutex<Vec<Value>>,
}

/// The name by which a frame hands out itself. No template can spell it.
const FRAME: &str = "<frame>";

impl Frame {
    /// A frame for a unit that is not called.
    pub(super) fn of_template(render: Arc<Render>, unit: Arc<Unit>) -> Self {
        let chainable = render.phase == Phase::Parse;
        Frame {
            render,
            unit,
            arguments: Vec::new(),
            extra: Vec::new(),
            definition: None,
            chainable,
            printed_values: Mutex::default(),
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<frame of {:?}>", self.unit)
    }
}

impl Object for Frame {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        let parameters = &self.unit.signature.parameters;
        if let Some(index) = parameters.iter().position(|parameter| parameter.name == name) {
            return self.arguments.get(index).cloned();
        }
        if let Some((_, found)) = self.extra.iter().find(|(extra, _)| &**extra == name) {
            return Some(found.clone());
        }
        if let Some(found) = self.render.lookup(name) {
            return Some(found);
        }
        match &*source_name(name) {
            FRAME => Some(Value::from_dyn_object(self.clone())),
            "context" => Some(Value::from_object(ContextView::new(self.render.clone()))),
            name => super::engine::global(name).or_else(|| Some(value::undefined_name(name))),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }
}

pub(super) fn frame_of(state: &State<'_, '_>) -> Result<Arc<Frame>, Error> {
    let frame = state.lookup(FRAME).and_then(|frame| frame.downcast_object::<Frame>());
    frame.ok_or_else(|| value::error::error("this can only be called while a template is rendered"))
}

/// The scope of the render that `state` belongs to; down-cast it with `Arc<dyn Any + Send + Sync>`.
pub fn scope_of(state: &State<'_, '_>) -> Option<Arc<dyn Scope>> {
    frame_of(state).ok().map(|frame| frame.render.scope.clone())
}

/// The scope of the render, if it is a `T`.
pub fn scope_as<T: Scope>(state: &State<'_, '_>) -> Option<Arc<T>> {
    let scope: Arc<dyn Any + Send + Sync> = scope_of(state)?;
    scope.downcast().ok()
}

/// The macros that the render sees.
pub fn namespace_of(state: &State<'_, '_>) -> Option<Arc<MacroNamespace>> {
    frame_of(state).ok().map(|frame| frame.render.namespace.clone())
}

/// What the render is for.
pub fn phase_of(state: &State<'_, '_>) -> Option<Phase> {
    frame_of(state).ok().map(|frame| frame.render.phase)
}

/// The macros that are being called, outermost first; empty in the node's own text.
pub fn macro_stack(state: &State<'_, '_>) -> Vec<Arc<MacroDefinition>> {
    frame_of(state).map(|frame| lock(&frame.render.stack).clone()).unwrap_or_default()
}

/// The macro that is being called last, if any.
pub fn current_macro(state: &State<'_, '_>) -> Option<Arc<MacroDefinition>> {
    frame_of(state).ok().and_then(|frame| lock(&frame.render.stack).last().cloned())
}

/// The package of the macro that is being called last.
pub fn current_macro_package(state: &State<'_, '_>) -> Option<Arc<str>> {
    current_macro(state).map(|definition| definition.package.clone())
}

/// Calls a macro from a context function, with the macro stack and the scope of the render that `state` belongs to.
/// `arguments` may end with a [`minijinja::value::Kwargs`] value.
pub fn call_macro(
    state: &State<'_, '_>,
    definition: &Arc<MacroDefinition>,
    arguments: &[Value],
) -> Result<Value, Error> {
    call_definition(&frame_of(state)?.render, definition, arguments)
}

/// What stands for an argument that the caller left out and whose default the macro computes itself.
#[derive(Debug)]
struct Missing;

impl Object for Missing {}

pub(super) fn missing() -> Value {
    static MISSING: OnceLock<Value> = OnceLock::new();
    MISSING.get_or_init(|| Value::from_object(Missing)).clone()
}

pub(super) fn is_missing(value: &Value) -> bool {
    value.downcast_object_ref::<Missing>().is_some()
}

/// Locks, also after another thread panicked while it held the lock.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
