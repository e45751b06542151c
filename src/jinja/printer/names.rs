//! Which names a piece of Jinja reads and which it assigns.

use crate::jinja::ast::{
    Body, Expression, ExpressionKind, Parameter, Part, Statement, StatementKind, default_values, walk_expressions,
};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Starts a name that minijinja cannot spell.
const ENCODED_PREFIX: &str = "__u_";
/// Names to Jinja2 where it expects a value, keywords to minijinja.
const KEYWORDS: [&str; 8] = ["and", "else", "elif", "if", "in", "is", "not", "or"];

/// A variable's name as minijinja gets it: letters beyond ASCII and keywords are encoded.
pub(crate) fn printed_name(name: &str) -> Cow<'_, str> {
    if name.is_ascii() && !KEYWORDS.contains(&name) && !name.starts_with(ENCODED_PREFIX) {
        return Cow::Borrowed(name);
    }
    let mut printed = ENCODED_PREFIX.to_string();
    for byte in name.bytes() {
        let _ = write!(printed, "{byte:02x}");
    }
    Cow::Owned(printed)
}

/// The name that [`printed_name`] encoded; all others as they are.
pub(crate) fn source_name(printed: &str) -> Cow<'_, str> {
    let decode = |digits: &str| {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes = digits.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?;
        String::from_utf8(bytes).ok()
    };
    match printed.strip_prefix(ENCODED_PREFIX).and_then(decode) {
        Some(name) => Cow::Owned(name),
        None => Cow::Borrowed(printed),
    }
}

/// Every name that `body` or a default of `parameters` mentions, in inner closures as well.
pub(super) fn names_read(parameters: &[Parameter], body: &Body) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut visit = |expression: &Expression| {
        if let ExpressionKind::Name(name) = &expression.kind
            && !names.contains(name)
        {
            names.insert(name.clone());
        }
    };
    default_values(parameters).for_each(|default| default.walk(&mut visit));
    walk_expressions(body, &mut visit);
    names
}

/// Which of `varargs`, `kwargs` and `caller` a macro mentions and does not have as a parameter (`macro_body` of
/// `jinja2/compiler.py`).
pub(super) fn special_names(parameters: &[Parameter], body: &Body) -> Vec<&'static str> {
    let mut found = [false; 3];
    const SPECIAL: [&str; 3] = ["caller", "kwargs", "varargs"];
    let mut visit = |expression: &Expression| {
        if let ExpressionKind::Name(name) = &expression.kind
            && let Some(index) = SPECIAL.iter().position(|special| special == name)
        {
            found[index] = true;
        }
    };
    default_values(parameters).for_each(|default| default.walk(&mut visit));
    walk_expressions(body, &mut visit);
    let is_parameter = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    SPECIAL.into_iter().zip(found).filter(|(name, found)| *found && !is_parameter(name)).map(|(name, _)| name).collect()
}

/// Adds every name that `body` assigns, other than inside closures.
pub(super) fn assigned_names(body: &[Statement], names: &mut BTreeSet<String>) {
    for statement in body {
        match &statement.kind {
            StatementKind::For(statement) => target_names(&statement.target, names),
            StatementKind::Set(target, _) | StatementKind::SetBlock(target, ..) => target_names(target, names),
            StatementKind::With(assignments, _) => {
                assignments.iter().for_each(|(target, _)| target_names(target, names));
            }
            StatementKind::Macro(definition) => {
                names.insert(definition.variable_name());
                continue;
            }
            StatementKind::Call(_) => continue,
            _ => {}
        }
        statement.parts(&mut |part| {
            if let Part::Body(body) = part {
                assigned_names(body, names);
            }
        });
    }
}

fn target_names(target: &Expression, names: &mut BTreeSet<String>) {
    match &target.kind {
        ExpressionKind::Name(name) => {
            names.insert(name.clone());
        }
        ExpressionKind::Tuple(items) => items.iter().for_each(|item| target_names(item, names)),
        _ => {}
    }
}
