//! What lies behind `ref`, `source`, `graph` and `write`: the trait through which templates reach the rest of the program.

use super::relation::DuckDBRelation;
use super::scope::NodeScope;
use crate::jinja::value::Outcome;
use crate::manifest::{FunctionCall, RefCall, SourceCall, UniqueId};
use minijinja::value::Value;

/// The world outside templates. Parsing has one that knows nothing yet; compiling has one with the manifest.
pub trait Host: Send + Sync {
    /// What `ref` returns.
    ///
    /// # Errors
    /// When the call names nothing that the node may read.
    fn reference(&self, scope: &NodeScope, call: &RefCall) -> Outcome<DuckDBRelation>;

    /// What `source` returns.
    ///
    /// # Errors
    /// As [`Host::reference`].
    fn source(&self, scope: &NodeScope, call: &SourceCall) -> Outcome<DuckDBRelation>;

    /// What `function` returns.
    ///
    /// # Errors
    /// As [`Host::reference`].
    fn function(&self, scope: &NodeScope, call: &FunctionCall) -> Outcome<DuckDBRelation>;

    /// `graph` as this domain sees it.
    fn graph(&self, scope: &NodeScope) -> Value;

    /// `selected_resources`: the ids that this run selected.
    fn selected_resources(&self) -> Vec<UniqueId>;

    /// `write(payload)`: keeps `payload` as what was run for the node.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self, scope: &NodeScope, payload: &str) -> Outcome<()>;

    /// Where the CSV file of the node, a seed, is: folder and path.
    fn seed_path(&self, scope: &NodeScope) -> String;

    /// `load_agate_table()`: the rows of the node, a seed.
    ///
    /// # Errors
    /// When the file cannot be read as CSV.
    fn load_seed(&self, scope: &NodeScope) -> Outcome;

    /// `schemas` and `database_schemas` of hooks: (database, schema) of everything that was selected in the domain.
    fn database_schemas(&self, scope: &NodeScope) -> Vec<(String, String)>;
}
