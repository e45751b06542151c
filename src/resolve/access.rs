//! Who may read whom, and what follows from tests.

use crate::manifest::{Access, DomainName, Node, NodeKind, UniqueId};
use crate::parse::UnresolvedNode;
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What a reader must know of a node to judge a reference to it.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub access: Access,
    pub is_model: bool,
    pub group: Option<String>,
    pub package_name: Arc<str>,
    pub domain: DomainName,
    pub place: crate::diagnostic::Span,
}

pub(super) fn facts(nodes: &[UnresolvedNode]) -> HashMap<UniqueId, Facts> {
    nodes
        .iter()
        .map(|unresolved| {
            let node = &unresolved.node;
            let facts = Facts {
                access: node.access(),
                is_model: node.as_model().is_some(),
                group: node.config.group.clone(),
                package_name: node.package_name.clone(),
                domain: node.domain.clone(),
                place: unresolved.place.clone(),
            };
            (node.unique_id.clone(), facts)
        })
        .collect()
}

/// The columns that tell the rows of each model apart, by dbt's rule: a primary key constraint, else a unique constraint
/// with not-null, else columns with both a `unique` and a `not_null` test, else those with a `unique` test alone.
pub(super) fn primary_keys(nodes: &IndexMap<UniqueId, Box<Node>>) -> Vec<(UniqueId, Vec<String>)> {
    let mut tested: HashMap<&UniqueId, Tested> = HashMap::new();
    for (test, enabled) in nodes.values().filter_map(|node| Some((node.as_data_test()?, node.config.enabled))) {
        if let (Some(metadata), Some(attached), true) = (&test.metadata, &test.attached_node, enabled) {
            let columns = key_columns(test.column_name.as_deref(), &metadata.kwargs);
            let tested = tested.entry(attached).or_default();
            match (metadata.namespace.as_deref(), metadata.name.as_str()) {
                (None, "unique") | (Some("dbt_utils"), "unique_combination_of_columns") => {
                    tested.unique.extend(columns)
                }
                (None, "not_null") => tested.not_null.extend(columns),
                _ => {}
            }
        }
    }
    nodes
        .iter()
        .filter_map(|(id, node)| {
            let NodeKind::Model(model) = &node.kind else { return None };
            let key = by_constraint(node, model).or_else(|| tested.get(id).and_then(Tested::key))?;
            Some((id.clone(), key))
        })
        .collect()
}

#[derive(Debug, Default)]
struct Tested {
    unique: BTreeSet<Vec<String>>,
    not_null: BTreeSet<Vec<String>>,
}

impl Tested {
    fn key(&self) -> Option<Vec<String>> {
        let both: Vec<&Vec<String>> =
            self.unique.iter().filter(|columns| columns.len() > 1 || self.not_null.contains(*columns)).collect();
        let keys = if both.is_empty() { self.unique.iter().collect() } else { both };
        if keys.is_empty() {
            None
        } else {
            Some(keys.into_iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect())
        }
    }
}

fn key_columns(column: Option<&str>, kwargs: &crate::manifest::JsonMap) -> Option<Vec<String>> {
    if let Some(columns) = kwargs.get("combination_of_columns").and_then(serde_json::Value::as_array) {
        return Some(columns.iter().filter_map(|column| column.as_str().map(str::to_string)).collect());
    }
    column.map(|column| vec![column.to_string()])
}

fn by_constraint(node: &Node, model: &crate::manifest::Model) -> Option<Vec<String>> {
    let of_model = model.constraints.iter().find(|constraint| constraint.constraint_type == "primary_key");
    if let Some(constraint) = of_model {
        return Some(constraint.columns.clone());
    }
    let of_columns: Vec<String> = node
        .columns
        .values()
        .filter(|column| column.constraints.iter().any(|constraint| constraint.constraint_type == "primary_key"))
        .map(|column| column.name.clone())
        .collect();
    if of_columns.is_empty() { None } else { Some(of_columns) }
}
