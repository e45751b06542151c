//! What is written about columns compared with what their SQL gives.
//!
//! An enforced contract names every column with its type, as dbt has it; other properties may name some columns, with or
//! without a type, and are held to what they say.

use super::relations::TypedColumn;
use super::{Binding, Bound};
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode, Span, closest};
use crate::jinja::value::to_str;
use crate::jinja::warehouse::{Fetch, Session};
use crate::manifest::{Column, Node, NodeKind};
use std::collections::{BTreeSet, HashMap};

/// The engine's own names of types that a project writes: `int` is `INTEGER`.
#[derive(Debug, Default)]
pub(super) struct TypeNames(HashMap<String, Option<String>>);

impl TypeNames {
    /// Asks the engine for all types at once, and one by one when one of them is unknown.
    pub fn ask(written: &BTreeSet<&str>, session: &dyn Session) -> Self {
        let describe = |types: &[&str]| -> Option<Vec<String>> {
            let columns: Vec<String> =
                types.iter().enumerate().map(|(place, name)| format!("null::{name} as c{place}")).collect();
            let rows = session.execute(&format!("describe select {}", columns.join(", ")), Fetch::All).ok()?.rows?;
            let found = (0..rows.len()).map(|row| rows.get(row, "column_type").map(to_str).unwrap_or_default());
            Some(found.collect())
        };
        let all: Vec<&str> = written.iter().copied().collect();
        let known: Vec<Option<String>> = match all.is_empty() {
            true => Vec::new(),
            false => match describe(&all).filter(|found| found.len() == all.len()) {
                Some(found) => found.into_iter().map(Some).collect(),
                None => all.iter().map(|one| describe(&[one]).and_then(|found| found.into_iter().next())).collect(),
            },
        };
        TypeNames(all.iter().map(ToString::to_string).zip(known).collect())
    }

    /// The engine's name of a type that was asked for; `None` when it knows no such type.
    pub fn of(&self, written: &str) -> Option<&str> {
        self.0.get(written)?.as_deref()
    }
}

/// The types that nodes declare.
pub(super) fn written_types(program: &Program) -> BTreeSet<&str> {
    let nodes = program.manifest.nodes.values().filter(|node| has_contract(node));
    nodes.flat_map(|node| node.columns.values()).filter_map(|column| column.data_type.as_deref()).collect()
}

fn has_contract(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_) | NodeKind::Snapshot(_) | NodeKind::Seed(_))
}

/// What is written and is not so.
pub(super) fn compare(program: &Program, bound: &Bound, names: &TypeNames) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (id, binding) in bound.nodes.iter().filter(|(id, _)| !bound.taken.contains(*id)) {
        let Binding::Bound(columns) = binding else { continue };
        let Some(node) = program.manifest.node(id).filter(|node| has_contract(node)) else { continue };
        diagnostics.extend(Comparison { program, node, columns, names }.diagnostics());
    }
    diagnostics
}

struct Comparison<'a> {
    program: &'a Program,
    node: &'a Node,
    columns: &'a [TypedColumn],
    names: &'a TypeNames,
}

impl Comparison<'_> {
    fn diagnostics(&self) -> Vec<Diagnostic> {
        let enforced = self.node.config.contract.enforced;
        let mut found = Vec::new();
        for written in self.node.columns.values() {
            let actual = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(&written.name));
            match (actual, &written.data_type) {
                (None, _) => found.push(self.missing(&written.name, enforced)),
                (Some(_), None) if enforced => found.push(self.untyped(&written.name)),
                (Some(_), None) => {}
                (Some(actual), Some(_)) => found.extend(self.other_type(actual, written, enforced)),
            }
        }
        if enforced {
            let written = |column: &TypedColumn| {
                self.node.columns.values().any(|written| written.name.eq_ignore_ascii_case(&column.name))
            };
            found.extend(self.columns.iter().filter(|column| !written(column)).map(|column| self.unwritten(column)));
        }
        found
    }

    fn missing(&self, name: &str, enforced: bool) -> Diagnostic {
        let message = format!("`{name}` is written as a column of {} and its SQL gives none", self.node.unique_id);
        let code = if enforced { ErrorCode::ContractBroken } else { ErrorCode::WrittenColumnMissing };
        let diagnostic = self.told(code, message, enforced, Some(name));
        match closest(name, self.columns.iter().map(|column| column.name.as_str())) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic.hint("take it out of the properties file, or select it"),
        }
    }

    fn untyped(&self, name: &str) -> Diagnostic {
        let message = format!("`{name}` of {} has no data_type, and the contract is enforced", self.node.unique_id);
        let actual = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        let data_type = actual.map_or("", |column| column.data_type.as_str()).to_lowercase();
        self.told(ErrorCode::ContractBroken, message, true, Some(name)).hint(format!("write data_type: {data_type}"))
    }

    fn unwritten(&self, column: &TypedColumn) -> Diagnostic {
        let message = format!("`{}` of {} is not in its enforced contract", column.name, self.node.unique_id);
        let line = format!("- {{name: {}, data_type: {}}}", column.name, column.data_type.to_lowercase());
        self.told(ErrorCode::ContractBroken, message, true, None).hint(format!("write {line} under columns"))
    }

    fn other_type(&self, actual: &TypedColumn, column: &Column, enforced: bool) -> Option<Diagnostic> {
        let written = column.data_type.as_deref()?;
        let message = match self.names.of(written) {
            Some(name) if name.eq_ignore_ascii_case(&actual.data_type) => return None,
            Some(_) => format!(
                "`{}` of {} is written as {written} and is {}",
                actual.name, self.node.unique_id, actual.data_type
            ),
            None => format!("`{}` of {} is written as {written}, which is no type", actual.name, self.node.unique_id),
        };
        let code = if enforced { ErrorCode::ContractBroken } else { ErrorCode::WrittenTypeDiffers };
        let cast = format!("cast({} as {written})", actual.name);
        let hint = format!("write data_type: {}, or {cast} in the SQL", actual.data_type.to_lowercase());
        Some(self.told(code, message, enforced, Some(&column.name)).hint(hint))
    }

    /// Said at the column's name in the properties file, or at the node.
    fn told(&self, code: ErrorCode, message: String, is_error: bool, column: Option<&str>) -> Diagnostic {
        let diagnostic = if is_error { Diagnostic::error(code, message) } else { Diagnostic::warning(code, message) };
        let diagnostic = diagnostic.for_node(self.node.unique_id.as_arc().clone());
        let manifest = &self.program.manifest;
        let columns = manifest.column_places.get(&self.node.unique_id);
        let place = columns.zip(column).and_then(|(places, name)| places.get(name));
        match place.or_else(|| manifest.places.get(&self.node.unique_id)) {
            Some(place) => diagnostic.at(place.clone()),
            None => diagnostic.at(Span::file(self.program.display_path(self.node))),
        }
    }
}
