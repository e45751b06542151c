//! Python models: what their source refers to and how it configures itself, read without running it.
//!
//! Owns the calls that are looked for (`dbt.ref`, `dbt.source`, `dbt.config`, `dbt.config.get`, `dbt.config.meta_get`), where in
//! the syntax tree they count, and what a file must look like to be a model (`dbt/parser/models.py`). Needs no Python.

mod calls;
mod literal;

use super::config::add_call;
use super::template::Captured;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::context::{ref_call, source_call};
use crate::jinja::value::{Arguments, to_json};
use crate::manifest::ConfigMap;
use calls::{Call, Function};
use minijinja::Value;
use minijinja::value::Kwargs;
use std::ops::Range;
use std::sync::Arc;
use tree_sitter::Node;

/// The text of a Python model and where it stands.
#[derive(Clone, Copy)]
pub(super) struct PythonSource<'a> {
    pub text: &'a str,
    /// The file as displayed.
    pub file: &'a Arc<str>,
    /// Byte offset of the text in the file.
    pub offset: usize,
}

/// What is wrong with a Python model, in dbt's words, and where.
struct Problem {
    message: String,
    range: Range<usize>,
    hint: &'static str,
}

impl Problem {
    fn new(message: impl Into<String>, range: Range<usize>, hint: &'static str) -> Self {
        Problem { message: message.into(), range, hint }
    }
}

/// Reads a Python model.
///
/// # Errors
/// When it is no Python, no model, or a call has arguments that are not literals.
pub(super) fn capture(source: PythonSource<'_>) -> Result<Captured, Diagnostic> {
    read(source).map_err(|problem| {
        let range = problem.range.start + source.offset..problem.range.end + source.offset;
        let place = Span::new(source.file.clone(), range);
        Diagnostic::error(ErrorCode::InvalidPythonModel, problem.message).at(place).hint(problem.hint)
    })
}

fn read(source: PythonSource<'_>) -> Result<Captured, Problem> {
    without_jinja(source.text)?;
    let mut parser = tree_sitter::Parser::new();
    let ready = parser.set_language(&tree_sitter_python::LANGUAGE.into());
    let tree = ready.ok().and_then(|()| parser.parse(source.text, None));
    let Some(tree) = tree else {
        return Err(Problem::new("the file could not be parsed as Python", 0..0, "report this file"));
    };
    let root = tree.root_node();
    if root.has_error() {
        return Err(syntax_error(root, source));
    }
    let mut cursor = root.walk();
    let has_statements = root.named_children(&mut cursor).any(|child| child.kind() != "comment");
    if !has_statements {
        return Ok(Captured::default());
    }
    check_model(root, source.text)?;
    let mut captured = Captured::default();
    let mut keys = KeysUsed::default();
    for call in calls::find(root, source.text)? {
        add(call, source, &mut captured, &mut keys)?;
    }
    keys.add_to(&mut captured.config);
    Ok(captured)
}

/// Jinja is refused, because dbt does not render the code that runs.
fn without_jinja(text: &str) -> Result<(), Problem> {
    match ["{{", "{%", "{#"].iter().filter_map(|mark| text.find(mark)).min() {
        None => Ok(()),
        Some(start) => Err(Problem::new(
            "No jinja in python model code is allowed",
            start..start + 2,
            "read values with dbt.config.get(...), set in a properties file, where Jinja is allowed; put a blank between braces",
        )),
    }
}

fn syntax_error(root: Node<'_>, source: PythonSource<'_>) -> Problem {
    let mut node = root;
    // The innermost place that the parser complains of.
    loop {
        let mut cursor = node.walk();
        let inner = node.children(&mut cursor).find(|child| child.has_error() || child.is_missing());
        match inner {
            Some(child) => node = child,
            None => break,
        }
    }
    let row = node.start_position().row;
    let line = source.text.lines().nth(row).unwrap_or_default();
    let message = format!("invalid syntax ({}, line {})\n{line}", source.file, row + 1);
    let end = node.end_byte().max(node.start_byte());
    Problem::new(message, node.start_byte()..end, "correct the Python code; python -m py_compile FILE says more")
}

/// Exactly one `def model(dbt, session)` that ends by returning one thing.
fn check_model(root: Node<'_>, text: &str) -> Result<(), Problem> {
    let mut models = Vec::new();
    collect_models(root, text, &mut models);
    let [model] = models.as_slice() else {
        let range = models.get(1).map_or(0..0, |model| calls::name_range(*model));
        return Err(Problem::new(
            format!("dbt allows exactly one model defined per python file, found {}", models.len()),
            range,
            "write one function: def model(dbt, session)",
        ));
    };
    let mut messages = Vec::new();
    let parameters = calls::parameters(*model, text);
    if parameters.first().is_some_and(|first| first != "dbt") {
        messages.push("'dbt' not provided for model as the first argument");
    }
    if parameters.len() != 2 {
        messages.push("model function should have two args, `dbt` and a session to current warehouse");
    }
    if !calls::ends_with_one_return(*model) {
        messages.push("In current version, model function should return only one dataframe object");
    }
    match messages.is_empty() {
        true => Ok(()),
        false => Err(Problem::new(
            messages.join("\n"),
            calls::name_range(*model),
            "def model(dbt, session): ... with `return df` as its last statement",
        )),
    }
}

/// Functions called `model`, but for those inside other functions.
fn collect_models<'t>(node: Node<'t>, text: &str, found: &mut Vec<Node<'t>>) {
    if node.kind() == "function_definition" && !calls::is_async(node) {
        if calls::field_text(node, "name", text) == Some("model") {
            found.push(node);
        }
        return;
    }
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        collect_models(child, text, found);
    }
}

/// What `dbt.config.get` and `dbt.config.meta_get` ask for; the macros that write the code look it up.
#[derive(Default)]
struct KeysUsed {
    config: Vec<(Value, Value)>,
    meta: Vec<(Value, Value)>,
}

impl KeysUsed {
    fn add_to(self, config: &mut ConfigMap) {
        if self.config.is_empty() && self.meta.is_empty() {
            return;
        }
        for (name, pairs) in [("config", self.config), ("meta", self.meta)] {
            let (keys, defaults): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            for (what, values) in [("used", keys), ("defaults", defaults)] {
                let values = values.iter().map(|value| to_json(value).unwrap_or_default()).collect();
                config.insert(format!("{name}_keys_{what}"), serde_json::Value::Array(values));
            }
        }
    }
}

/// Adds one call to what the model asks for.
fn add(call: Call, source: PythonSource<'_>, captured: &mut Captured, keys: &mut KeysUsed) -> Result<(), Problem> {
    let range = call.range.clone();
    let place = Some(Span::new(source.file.clone(), range.start + source.offset..range.end + source.offset));
    let wrong = |cause: minijinja::Error| {
        let message = cause.detail().map_or_else(|| cause.to_string(), str::to_string);
        Problem::new(
            message,
            range.clone(),
            "dbt.ref('model'), dbt.ref('package', 'model'), dbt.source('source', 'table')",
        )
    };
    let mut values = call.positional.clone();
    match call.function {
        Function::Get => keys.config.push(key_and_default(&call, "get")?),
        Function::MetaGet => keys.meta.push(key_and_default(&call, "meta_get")?),
        Function::Ref => {
            if !call.keywords.is_empty() {
                values.push(Value::from(call.keywords.into_iter().collect::<Kwargs>()));
            }
            captured.refs.push((ref_call(&Arguments::new(&values)).map_err(wrong)?, place));
        }
        Function::Source => captured.sources.push((source_call(&Arguments::new(&values)).map_err(wrong)?, place)),
        Function::Config => {
            let entries = call.keywords.iter().map(|(name, value)| Ok((name.clone(), to_json(value)?)));
            let entries: Result<ConfigMap, minijinja::Error> = entries.collect();
            add_call(&mut captured.config, &entries.map_err(wrong)?);
        }
    }
    Ok(())
}

fn key_and_default(call: &Call, name: &str) -> Result<(Value, Value), Problem> {
    let message = match call.positional.as_slice() {
        [key] => return Ok((key.clone(), Value::from(()))),
        [key, default] => return Ok((key.clone(), default.clone())),
        [] => format!("dbt.config.{name}() requires at least one argument"),
        given => format!("dbt.config.{name}() takes at most 2 arguments ({} given)", given.len()),
    };
    Err(Problem::new(message, call.range.clone(), "dbt.config.get('key'), or dbt.config.get('key', 'default')"))
}

#[cfg(test)]
mod tests;
