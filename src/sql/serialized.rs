//! DuckDB's syntax tree as `json_serialize_sql` gives it. Owns which relations such a tree reads; columns stay unknown.

use super::reference::{ExternalRead, Read, References, TableReference, TextSpan, UsedColumns};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

/// The relations of `tree`, which is DuckDB's serialization of `sql`; `offset` is the place of `sql` in the whole text.
///
/// # Errors
/// DuckDB's message when the tree says that the text does not parse.
pub(super) fn references(tree: &Value, sql: &str, offset: usize) -> Result<References, String> {
    if tree.get("error").and_then(Value::as_bool) != Some(false) {
        let message = tree.get("error_message").and_then(Value::as_str);
        return Err(message.unwrap_or("not serialized").to_string());
    }
    let mut walk = Walk { sql, offset, ctes: Vec::new(), found: References::default() };
    walk.value(tree.get("statements").unwrap_or(&Value::Null));
    walk.found.reads.sort_by_key(|read| read.table.span);
    Ok(walk.found)
}

struct Walk<'a> {
    sql: &'a str,
    offset: usize,
    ctes: Vec<HashSet<String>>,
    found: References,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(_) => self.object(value),
            _ => {}
        }
    }

    fn object(&mut self, node: &Value) {
        match text(node, "type").unwrap_or_default() {
            "BASE_TABLE" => self.base_table(node),
            "TABLE_FUNCTION" => self.table_function(node),
            "RECURSIVE_CTE_NODE" => {
                let own = text(node, "cte_name").unwrap_or_default().to_lowercase();
                self.ctes.push(HashSet::from([own]));
                self.scoped(node);
                self.ctes.pop();
            }
            _ => self.scoped(node),
        }
    }

    /// A node whose common table expressions are visible in the rest of it, each one in those behind it.
    fn scoped(&mut self, node: &Value) {
        self.ctes.push(HashSet::new());
        let defined = node.get("cte_map").and_then(|map| map.get("map")).and_then(Value::as_array);
        for entry in defined.into_iter().flatten() {
            self.value(entry.get("value").unwrap_or(&Value::Null));
            if let (Some(scope), Some(name)) = (self.ctes.last_mut(), text(entry, "key")) {
                scope.insert(name.to_lowercase());
            }
        }
        for (key, child) in node.as_object().into_iter().flatten() {
            if key != "cte_map" {
                self.value(child);
            }
        }
        self.ctes.pop();
    }

    fn base_table(&mut self, node: &Value) {
        let part = |key: &str| text(node, key).filter(|name| !name.is_empty()).map(str::to_string);
        let name = part("table_name").unwrap_or_default();
        let schema = part("schema_name");
        let lower = name.to_lowercase();
        if schema.is_none() && self.ctes.iter().any(|scope| scope.contains(&lower)) {
            return;
        }
        let database = part("catalog_name");
        let span = self.span(node, [&database, &schema], &name);
        if self.character(span.start) == Some('\'') {
            self.found.external.push(ExternalRead { function: String::new(), arguments: vec![name], span });
            return;
        }
        let quoted = [false, false, self.sql.get(..span.end - self.offset).is_some_and(|text| text.ends_with('"'))];
        self.found.reads.push(Read {
            table: TableReference { database, schema, name, quoted, span },
            columns: UsedColumns::Unknown,
            mentions: BTreeSet::new(),
            ambiguous: BTreeSet::new(),
        });
    }

    fn table_function(&mut self, node: &Value) {
        let Some(function) = node.get("function") else { return };
        let name = text(function, "function_name").unwrap_or_default().to_lowercase();
        let mut arguments = Vec::new();
        literals(function.get("children").unwrap_or(&Value::Null), &mut arguments);
        let span = self.span(function, [&None, &None], &name);
        self.found.external.push(ExternalRead { function: name, arguments, span });
        self.value(function.get("children").unwrap_or(&Value::Null));
    }

    /// The place of a name: DuckDB tells where it begins; it ends where the written name ends.
    fn span(&self, node: &Value, qualifiers: [&Option<String>; 2], name: &str) -> TextSpan {
        let start = node.get("query_location").and_then(Value::as_u64).unwrap_or(0) as usize;
        let start = start.min(self.sql.len());
        let mut end = start;
        let written = self.sql.get(start..).unwrap_or("");
        let parts = qualifiers.into_iter().flatten().count() + usize::from(!name.is_empty());
        for part in 0..parts {
            end += identifier_length(&written[end - start..]);
            if part + 1 < parts {
                end += usize::from(written[end - start..].starts_with('.'));
            }
        }
        TextSpan { start: start + self.offset, end: end + self.offset }
    }

    fn character(&self, place: usize) -> Option<char> {
        self.sql.get(place - self.offset..)?.chars().next()
    }
}

/// Bytes of the identifier or string that `text` starts with.
fn identifier_length(text: &str) -> usize {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].find(quote).map_or(text.len(), |end| end + 2),
        _ => text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(text.len()),
    }
}

fn literals(children: &Value, found: &mut Vec<String>) {
    for child in children.as_array().into_iter().flatten() {
        match text(child, "class") {
            Some("CONSTANT") => match child.get("value").and_then(|value| value.get("value")) {
                Some(Value::String(value)) => found.push(value.clone()),
                Some(Value::Null) | None => {}
                Some(value) => found.push(value.to_string()),
            },
            // A list of files, and `name = value`.
            Some("FUNCTION" | "COMPARISON" | "OPERATOR") => {
                literals(child.get("children").unwrap_or(&Value::Null), found);
                if let Some(right) = child.get("right") {
                    literals(&Value::Array(vec![right.clone()]), found);
                }
            }
            _ => {}
        }
    }
}

fn text<'v>(node: &'v Value, key: &str) -> Option<&'v str> {
    node.get(key).and_then(Value::as_str)
}
