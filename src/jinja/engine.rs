//! The door to rendering: [`Engine`].
//!
//! Owns the two minijinja environments, one for each [`Phase`]. They are the same for every domain and invocation and
//! live as long as the process, which is what lets units keep their compiled templates without a lock.

use super::error::{RenderError, render_error};
use super::library::{MacroDefinition, MacroNamespace};
use super::native;
use super::runtime::{Frame, Phase, Render, Scope, call_definition, is_missing, lock, make_closure};
use super::unit::Unit;
use super::value;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, Template, UndefinedBehavior, Value};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

#[cfg(test)]
mod tests;

/// minijinja's own limit, for loops that call themselves.
const RECURSION_LIMIT: usize = 400;
/// A render inside another takes about 40 KiB of stack in optimised builds and several times that in others.
const STACK_RED_ZONE: usize = 512 * 1024;
const STACK_GROWTH: usize = 4 * 1024 * 1024;
/// Stack that minijinja's parser takes at its own limit of nesting, in unoptimised builds, and what its code generator
/// takes for each byte of source in the worst case, a long chain of filters.
const COMPILER_STACK: usize = 4 * 1024 * 1024;
const COMPILER_STACK_PER_BYTE: usize = 512;
const COMPILER_STACK_LIMIT: usize = 16 * 1024 * 1024;

/// Stack for threads that render: with as much, an ordinary render never has to ask for more.
pub const RENDER_STACK: usize = 16 * 1024 * 1024;

/// Renders units. It has no state of its own: make as many as you like, use one from any number of threads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Engine;

/// What a render gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered<T = String> {
    /// The output.
    pub output: T,
    /// Unique ids of the macros that the text itself called, in order of the first call: what dbt adds to
    /// `depends_on.macros` of a node. Macros that these call are not among them.
    pub macros_called: Vec<Arc<str>>,
}

impl Engine {
    /// An engine.
    pub fn new() -> Self {
        Engine
    }

    /// Renders a unit without parameters, such as a model.
    ///
    /// # Errors
    /// Whatever goes wrong in the template, in the macros it calls or in functions of the scope.
    pub fn render(
        &self,
        phase: Phase,
        unit: &Arc<Unit>,
        namespace: &Arc<MacroNamespace>,
        scope: Arc<dyn Scope>,
    ) -> Result<Rendered, RenderError> {
        let (render, frame) = start(phase, unit, namespace, scope);
        let output = render_frame(phase, unit, &frame).map_err(|error| render_error(error, unit))?;
        Ok(Rendered { output, macros_called: render.macros_called() })
    }

    /// Renders a unit made by [`Unit::native`] to a value, as dbt renders strings in YAML: a template that is one
    /// expression gives its value, all else gives text.
    ///
    /// # Errors
    /// As [`Engine::render`]; also a value that `as_bool` or `as_number` cannot convert.
    pub fn render_native(
        &self,
        phase: Phase,
        unit: &Arc<Unit>,
        namespace: &Arc<MacroNamespace>,
        scope: Arc<dyn Scope>,
    ) -> Result<Rendered<Value>, RenderError> {
        let (render, frame) = start(phase, unit, namespace, scope);
        let output = render_frame(phase, unit, &frame)
            .and_then(|text| native::result(text, std::mem::take(&mut *lock(&frame.printed_values))))
            .map_err(|error| render_error(error, unit))?;
        Ok(Rendered { output, macros_called: render.macros_called() })
    }

    /// Calls a macro from outside of any template, as dbt calls `generate_schema_name` or an operation.
    /// `arguments` may end with a [`minijinja::value::Kwargs`] value.
    ///
    /// # Errors
    /// As [`Engine::render`].
    pub fn call_macro(
        &self,
        phase: Phase,
        definition: &Arc<MacroDefinition>,
        arguments: &[Value],
        namespace: &Arc<MacroNamespace>,
        scope: Arc<dyn Scope>,
    ) -> Result<Rendered<Value>, RenderError> {
        let render = Render::new(phase, namespace.clone(), scope);
        let output =
            call_definition(&render, definition, arguments).map_err(|error| render_error(error, definition.unit()))?;
        Ok(Rendered { output, macros_called: render.macros_called() })
    }

    /// Compiles a unit and the units in it without rendering, to find out what cannot be compiled.
    ///
    /// # Errors
    /// What minijinja says.
    pub fn check(&self, unit: &Unit) -> Result<(), RenderError> {
        let environment = environment(Phase::Execute);
        with_compiler_stack(unit, || environment.template_from_named_str(&unit.template_name, &unit.printed).map(drop))
            .map_err(|error| render_error(error, unit))?;
        unit.closures.iter().try_for_each(|closure| self.check(closure))
    }
}

fn start(
    phase: Phase,
    unit: &Arc<Unit>,
    namespace: &Arc<MacroNamespace>,
    scope: Arc<dyn Scope>,
) -> (Arc<Render>, Arc<Frame>) {
    let render = Render::new(phase, namespace.clone(), scope);
    (render.clone(), Arc::new(Frame::of_template(render, unit.clone())))
}

fn render_frame(phase: Phase, unit: &Unit, frame: &Arc<Frame>) -> Result<String, Error> {
    let root = Value::from_dyn_object(frame.clone());
    value::with_chainable(frame.chainable, || {
        if unit.compiled[index(phase)].rendered_before.swap(true, Ordering::Relaxed) {
            return render_kept(phase, unit, root);
        }
        let environment = environment(phase);
        let template =
            with_compiler_stack(unit, || environment.template_from_named_str(&unit.template_name, &unit.printed))?;
        with_stack(|| template.render(root))
    })
}

/// Renders a unit and keeps its compiled template.
pub(super) fn render_kept(phase: Phase, unit: &Unit, root: Value) -> Result<String, Error> {
    with_stack(|| {
        let compiled = &unit.compiled[index(phase)].template;
        match compiled.get() {
            Some(template) => template.render(root),
            None => {
                let template = load(phase, unit)?;
                compiled.get_or_init(|| template).render(root)
            }
        }
    })
}

fn with_stack<T>(action: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_RED_ZONE, STACK_GROWTH, action)
}

/// minijinja's compiler recurses over chains of operators as well, which may be long.
fn with_compiler_stack<T>(unit: &Unit, action: impl FnOnce() -> T) -> T {
    let needed = (COMPILER_STACK + unit.printed.len() * COMPILER_STACK_PER_BYTE).min(COMPILER_STACK_LIMIT);
    stacker::maybe_grow(needed, needed + STACK_GROWTH, action)
}

fn index(phase: Phase) -> usize {
    match phase {
        Phase::Parse => 0,
        Phase::Execute => 1,
    }
}

fn environment(phase: Phase) -> &'static Environment<'static> {
    static ENVIRONMENTS: LazyLock<[Environment<'static>; 2]> = LazyLock::new(|| {
        [make_environment(UndefinedBehavior::Chainable), make_environment(UndefinedBehavior::Lenient)]
    });
    &ENVIRONMENTS[index(phase)]
}

thread_local! {
    /// The source that the loader of an environment hands out next.
    static LOADING: Cell<Option<String>> = const { Cell::new(None) };
}

/// Compiles a unit into its environment, where it stays.
fn load(phase: Phase, unit: &Unit) -> Result<Template<'static, 'static>, Error> {
    LOADING.set(Some(unit.printed.clone()));
    let template = with_compiler_stack(unit, || environment(phase).get_template(&unit.template_name));
    LOADING.set(None);
    template
}

fn make_environment(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    match SyntaxConfig::builder().keep_trailing_newline(true).build() {
        Ok(syntax) => environment.set_syntax(syntax),
        Err(error) => unreachable!("the default delimiters are valid: {error}"),
    }
    environment.set_recursion_limit(RECURSION_LIMIT);
    environment.set_undefined_behavior(undefined);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_debug(false);
    environment.set_loader(|_| Ok(LOADING.take()));
    value::install(&mut environment);
    environment.add_filter("__attr", |value: &Value, name: &str| value::get_attr(value, name));
    environment.add_filter("__item", value::get_item);
    environment.add_filter("__closure", make_closure);
    environment.add_test("__missing", |value: &Value| is_missing(value));
    native::install(&mut environment);
    environment
}

/// A variable that every template sees: Jinja2's own functions.
pub(super) fn global(name: &str) -> Option<Value> {
    static GLOBALS: LazyLock<HashMap<String, Value>> = LazyLock::new(|| {
        environment(Phase::Execute).globals().map(|(name, value)| (name.to_string(), value)).collect()
    });
    GLOBALS.get(name).cloned()
}
