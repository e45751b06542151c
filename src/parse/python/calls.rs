//! The calls of dbt's functions in a syntax tree, found where dbt finds them (`PythonParseVisitor` of `dbt/parser/models.py`):
//! a call among the arguments of another one counts only directly, in a list, a tuple, a dict or an f-string.

use super::{Problem, literal};
use minijinja::Value;
use std::ops::Range;
use tree_sitter::Node;

/// A function of dbt's that parsing knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Ref,
    Source,
    Config,
    Get,
    MetaGet,
}

impl Function {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "dbt.ref" => Function::Ref,
            "dbt.source" => Function::Source,
            "dbt.config" => Function::Config,
            "dbt.config.get" => Function::Get,
            "dbt.config.meta_get" => Function::MetaGet,
            _ => return None,
        })
    }
}

/// One call with its arguments.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub function: Function,
    pub positional: Vec<Value>,
    pub keywords: Vec<(String, Value)>,
    pub range: Range<usize>,
}

/// All calls below `root`, in the order of their places.
pub(super) fn find(root: Node<'_>, text: &str) -> Result<Vec<Call>, Problem> {
    let mut found = Vec::new();
    walk(root, text, &mut found)?;
    Ok(found)
}

fn walk(node: Node<'_>, text: &str, found: &mut Vec<Call>) -> Result<(), Problem> {
    if node.kind() == "call" {
        return call(node, text, found);
    }
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        walk(child, text, found)?;
    }
    Ok(())
}

fn call(node: Node<'_>, text: &str, found: &mut Vec<Call>) -> Result<(), Problem> {
    let (Some(function), Some(list)) = (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return Ok(());
    };
    if let Some(function) = dotted(function, text).as_deref().and_then(Function::named) {
        let mut call =
            Call { function, positional: Vec::new(), keywords: Vec::new(), range: node.start_byte()..node.end_byte() };
        for argument in arguments(list) {
            match argument.kind() {
                "keyword_argument" => {
                    let name = field_text(argument, "name", text).unwrap_or_default().to_string();
                    let value = argument.child_by_field_name("value").unwrap_or(argument);
                    call.keywords.push((name, literal::value(value, text)?));
                }
                _ => call.positional.push(literal::value(argument, text)?),
            }
        }
        found.push(call);
    }
    for argument in arguments(list) {
        let value = argument.child_by_field_name("value").filter(|_| argument.kind() == "keyword_argument");
        in_argument(value.unwrap_or(argument), text, found)?;
    }
    // `dbt.ref("a").filter(...)`: what the function is an attribute of.
    let mut object = function;
    while object.kind() == "attribute" {
        let Some(inner) = object.child_by_field_name("object") else { return Ok(()) };
        object = inner;
    }
    if object.id() != function.id() && object.kind() == "call" {
        return self::call(object, text, found);
    }
    Ok(())
}

fn in_argument(argument: Node<'_>, text: &str, found: &mut Vec<Call>) -> Result<(), Problem> {
    let mut cursor = argument.walk();
    let inner: Vec<Node<'_>> = match argument.kind() {
        "call" => vec![argument],
        "parenthesized_expression" => {
            let inner = argument.named_children(&mut cursor).next();
            return inner.map_or(Ok(()), |inner| in_argument(inner, text, found));
        }
        "list" | "tuple" => argument.named_children(&mut cursor).collect(),
        "dictionary" => argument
            .named_children(&mut cursor)
            .filter_map(|pair| if pair.kind() == "pair" { pair.child_by_field_name("value") } else { None })
            .collect(),
        "string" => argument
            .named_children(&mut cursor)
            .filter(|part| part.kind() == "interpolation")
            .filter_map(|part| part.child_by_field_name("expression"))
            .collect(),
        _ => Vec::new(),
    };
    for node in inner.into_iter().filter(|node| node.kind() == "call") {
        call(node, text, found)?;
    }
    Ok(())
}

/// The arguments of a call; a generator stands there without a list of its own.
fn arguments(list: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = list.walk();
    match list.kind() {
        "argument_list" => list.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect(),
        _ => Vec::new(),
    }
}

/// `dbt.config.get` for an attribute of attributes of a name.
fn dotted(node: Node<'_>, text: &str) -> Option<String> {
    match node.kind() {
        "identifier" => node.utf8_text(text.as_bytes()).ok().map(str::to_string),
        "attribute" => {
            let object = dotted(node.child_by_field_name("object")?, text)?;
            Some(format!("{object}.{}", field_text(node, "attribute", text)?))
        }
        _ => None,
    }
}

/// The text of a field of a node.
pub(super) fn field_text<'t>(node: Node<'_>, field: &str, text: &'t str) -> Option<&'t str> {
    node.child_by_field_name(field).and_then(|child| text.get(child.start_byte()..child.end_byte()))
}

/// Where the name of a function stands.
pub(super) fn name_range(function: Node<'_>) -> Range<usize> {
    let name = function.child_by_field_name("name").unwrap_or(function);
    name.start_byte()..name.end_byte()
}

/// `async def`, which dbt does not look at.
pub(super) fn is_async(function: Node<'_>) -> bool {
    function.child(0).is_some_and(|first| first.kind() == "async")
}

/// The names of a function's ordinary parameters: not those behind a star, nor those before a slash.
pub(super) fn parameters(function: Node<'_>, text: &str) -> Vec<String> {
    let Some(list) = function.child_by_field_name("parameters") else { return Vec::new() };
    let mut names = Vec::new();
    let mut cursor = list.walk();
    for parameter in list.named_children(&mut cursor) {
        let name = match parameter.kind() {
            "identifier" => text.get(parameter.start_byte()..parameter.end_byte()),
            "default_parameter" | "typed_default_parameter" => field_text(parameter, "name", text),
            "typed_parameter" => match parameter.named_child(0) {
                Some(name) if name.kind() == "identifier" => text.get(name.start_byte()..name.end_byte()),
                _ => break,
            },
            "positional_separator" => {
                names.clear();
                None
            }
            "comment" => None,
            _ => break,
        };
        names.extend(name.map(str::to_string));
    }
    names
}

/// Whether the last statement of a function returns something that is no tuple.
pub(super) fn ends_with_one_return(function: Node<'_>) -> bool {
    let Some(body) = function.child_by_field_name("body") else { return false };
    let mut cursor = body.walk();
    let last = body.named_children(&mut cursor).filter(|child| child.kind() != "comment").last();
    let Some(last) = last.filter(|last| last.kind() == "return_statement") else { return false };
    let mut returned = last.named_child(0);
    while let Some(inner) = returned.filter(|node| node.kind() == "parenthesized_expression") {
        returned = inner.named_child(0);
    }
    !returned.is_some_and(|value| matches!(value.kind(), "tuple" | "expression_list"))
}
