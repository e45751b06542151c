//! Names of tables and views in the warehouse.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RelationType {
    /// A table.
    Table,
    /// A view.
    View,
    /// A common table expression that stands in for an ephemeral model.
    Cte,
    /// A materialized view; DuckDB has none, projects may name it.
    MaterializedView,
    /// Something outside, such as a file.
    External,
    /// A user-defined function.
    Function,
}

impl RelationType {
    /// dbt's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            RelationType::Table => "table",
            RelationType::View => "view",
            RelationType::Cte => "cte",
            RelationType::MaterializedView => "materialized_view",
            RelationType::External => "external",
            RelationType::Function => "function",
        }
    }

    /// The type that dbt calls `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "table" => RelationType::Table,
            "view" => RelationType::View,
            "cte" => RelationType::Cte,
            "materialized_view" => RelationType::MaterializedView,
            "external" => RelationType::External,
            "function" => RelationType::Function,
            _ => return None,
        })
    }
}

/// Which parts of a relation's name are written in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QuotePolicy {
    /// The database.
    pub database: bool,
    /// The schema.
    pub schema: bool,
    /// The table itself.
    pub identifier: bool,
}

impl Default for QuotePolicy {
    fn default() -> Self {
        QuotePolicy { database: true, schema: true, identifier: true }
    }
}

/// A three-part name. Always complete for what meshbuild builds; a part can be left out for what a project only names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Relation {
    /// DuckDB's catalog.
    pub database: Option<Arc<str>>,
    /// Schema.
    pub schema: Option<Arc<str>>,
    /// Table or view.
    pub identifier: Option<Arc<str>>,
    /// Which parts are quoted.
    pub quoting: QuotePolicy,
}

impl Relation {
    /// A fully quoted three-part name.
    pub fn new(database: impl Into<Arc<str>>, schema: impl Into<Arc<str>>, identifier: impl Into<Arc<str>>) -> Self {
        Relation {
            database: Some(database.into()),
            schema: Some(schema.into()),
            identifier: Some(identifier.into()),
            quoting: QuotePolicy::default(),
        }
    }

    /// A key that is equal for two spellings of one relation: DuckDB compares names without regard to case.
    pub fn key(&self) -> (String, String, String) {
        let lower = |part: &Option<Arc<str>>| part.as_deref().unwrap_or_default().to_lowercase();
        (lower(&self.database), lower(&self.schema), lower(&self.identifier))
    }
}

impl fmt::Display for Relation {
    /// `"database"."schema"."identifier"`, as dbt renders it: parts that are absent are left out, quotes are not doubled.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (&self.database, self.quoting.database),
            (&self.schema, self.quoting.schema),
            (&self.identifier, self.quoting.identifier),
        ];
        let mut first = true;
        for (part, quoted) in parts {
            let Some(part) = part.as_deref().filter(|part| !part.is_empty()) else { continue };
            if !first {
                f.write_str(".")?;
            }
            first = false;
            if quoted { write!(f, "\"{part}\"")? } else { f.write_str(part)? }
        }
        Ok(())
    }
}
