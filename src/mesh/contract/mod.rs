//! Contracts between domains: what a public model promises, and which changes of that break its readers.
//!
//! Owns [`Promise`] and the classes of changes. A promise is read off the properties, the tests and the SQL of a model.

mod changes;
mod needs;
mod normal;
mod service;

pub use changes::{Change, ChangeKind, Class, compare};
pub use needs::{Need, NeededColumn, Shortfall, Unmet, needs};
pub use normal::{Body, BodyShape, normal_form};
pub use service::{LATENCY, Level, Shift, levels};

use super::{ColumnGraph, Nullability};
use crate::manifest::{Access, Node, NodeKind, UniqueId, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A column of a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromisedColumn {
    /// Its name as defined.
    pub name: String,
    /// The engine's type; none where it is not known.
    pub data_type: Option<String>,
}

/// What readers of a public model rely on.
#[derive(Debug, Clone, Default)]
pub struct Promise {
    /// Its columns in order; none where they are not known.
    pub columns: Option<Vec<PromisedColumn>>,
    /// Columns in lower case that are never null, by constraint or test.
    pub not_null: BTreeSet<String>,
    /// All sets of columns in lower case that are known to be unique: promised, or made so by the SQL.
    pub keys: Vec<BTreeSet<String>>,
    /// What else is known of nulls, by column in lower case: from the SQL, and from what the columns come from.
    pub nullability: BTreeMap<String, Nullability>,
    /// Sets of columns in lower case that are unique, by constraint or test.
    pub unique: BTreeSet<Vec<String>>,
    /// The values that a column may have, by test.
    pub accepted: BTreeMap<String, BTreeSet<String>>,
    /// Where it is built.
    pub relation: Option<String>,
    /// Whether nothing is built: its readers hold its SQL.
    pub ephemeral: bool,
    /// Who may read it.
    pub access: Access,
    /// Whether its contract is enforced.
    pub enforced: bool,
    /// Its version, and the version that an unpinned `ref` means.
    pub version: Option<(Version, Option<Version>)>,
    /// After which day it may go.
    pub deprecation_date: Option<String>,
    /// Levels of service by property: how old its rows may be, and what else `meta: mesh: sla:` says.
    pub levels: BTreeMap<String, Level>,
    /// `meta: mesh: version:` of the product.
    pub product_version: Option<String>,
    /// Its own SQL and that of the models of its domain that it is made of, in normal form, by id.
    pub bodies: BTreeMap<UniqueId, Arc<Body>>,
}

impl Promise {
    /// What the properties of a node say; columns and SQL are to be added.
    pub fn of(node: &Node) -> Promise {
        let NodeKind::Model(model) = &node.kind else { return Promise::default() };
        let mut promise = Promise {
            relation: node.relation.as_ref().map(ToString::to_string),
            ephemeral: node.is_ephemeral(),
            access: model.access,
            enforced: node.config.contract.enforced,
            version: model.version.clone().map(|version| (version, model.latest_version.clone())),
            deprecation_date: model.deprecation_date.clone(),
            levels: levels(node),
            product_version: product_version(node),
            ..Promise::default()
        };
        let of_columns = node.columns.values().flat_map(|column| {
            column.constraints.iter().map(|constraint| (constraint, vec![column.name.to_lowercase()]))
        });
        let of_model = model.constraints.iter().map(|constraint| {
            (constraint, constraint.columns.iter().map(|name| name.to_lowercase()).collect::<Vec<String>>())
        });
        for (constraint, columns) in of_columns.chain(of_model) {
            promise.add_constraint(&constraint.constraint_type, columns);
        }
        promise
    }

    /// Adds what the graph knows of nulls in the columns, which have to be there, and of keys.
    pub fn infer(&mut self, id: &UniqueId, graph: &ColumnGraph) {
        let names = self.columns.iter().flatten().map(|column| column.name.to_lowercase());
        self.nullability = names.map(|name| (name.clone(), graph.nullability(id, &name))).collect();
        self.keys = graph.keys(id).to_vec();
    }

    /// Whether a column, in lower case, is never null for all that is known.
    pub fn is_never_null(&self, column: &str) -> bool {
        self.not_null.contains(column) || self.nullability.get(column) == Some(&Nullability::NotNull)
    }

    /// Whether some of these columns, in lower case, are known to be unique.
    pub fn is_unique(&self, columns: &BTreeSet<String>) -> bool {
        self.keys.iter().any(|key| key.is_subset(columns))
            || self.unique.iter().any(|key| key.iter().all(|column| columns.contains(column)))
    }

    fn add_constraint(&mut self, kind: &str, mut columns: Vec<String>) {
        columns.sort();
        if matches!(kind, "not_null" | "primary_key") {
            self.not_null.extend(columns.iter().cloned());
        }
        if matches!(kind, "unique" | "primary_key") {
            self.unique.insert(columns);
        }
    }

    /// What a data test of the model promises.
    pub fn add_test(&mut self, test: &Node) {
        let Some(metadata) = test.as_data_test().and_then(|test| test.metadata.as_ref()) else { return };
        // A test with a condition promises less than it names.
        if test.config.get("where").is_some() {
            return;
        }
        let text = |name: &str| metadata.kwargs.get(name).and_then(serde_json::Value::as_str).map(str::to_lowercase);
        let list = |name: &str| -> Vec<String> {
            let items = metadata.kwargs.get(name).and_then(serde_json::Value::as_array);
            let shown = |item: &serde_json::Value| item.as_str().map_or_else(|| item.to_string(), str::to_string);
            items.into_iter().flatten().map(shown).collect()
        };
        match (metadata.name.as_str(), text("column_name")) {
            (kind @ ("not_null" | "unique"), Some(column)) => self.add_constraint(kind, vec![column]),
            ("accepted_values", Some(column)) => {
                self.accepted.insert(column, list("values").into_iter().collect());
            }
            ("unique_combination_of_columns", _) => {
                let columns = list("combination_of_columns").iter().map(|name| name.to_lowercase()).collect();
                self.add_constraint("unique", columns);
            }
            _ => {}
        }
    }
}

fn product_version(node: &Node) -> Option<String> {
    match node.config.meta.get("mesh")?.get("version")? {
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
