//! What lies behind `ref` and `graph` while parsing: nothing yet.

use crate::jinja::context::{DuckDBRelation, Host, NodeScope};
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Outcome};
use crate::manifest::{FunctionCall, RefCall, SourceCall, UniqueId};
use minijinja::Value;

/// The host of a parse. References are collected by the context itself and never arrive here.
pub(super) struct ParseHost;

impl Host for ParseHost {
    fn reference(&self, _scope: &NodeScope, _call: &RefCall) -> Outcome<DuckDBRelation> {
        Err(error("references are not resolved while a project is parsed"))
    }

    fn source(&self, _scope: &NodeScope, _call: &SourceCall) -> Outcome<DuckDBRelation> {
        Err(error("sources are not resolved while a project is parsed"))
    }

    fn function(&self, _scope: &NodeScope, _call: &FunctionCall) -> Outcome<DuckDBRelation> {
        Err(error("functions are not resolved while a project is parsed"))
    }

    fn graph(&self, _scope: &NodeScope) -> Value {
        value::dict(indexmap::IndexMap::new())
    }

    fn selected_resources(&self) -> Vec<UniqueId> {
        Vec::new()
    }

    fn write(&self, _scope: &NodeScope, _payload: &str) -> Outcome<()> {
        Ok(())
    }

    fn seed_path(&self, _scope: &NodeScope) -> String {
        String::new()
    }

    fn load_seed(&self, _scope: &NodeScope) -> Outcome {
        Err(error("seeds are not read while a project is parsed"))
    }

    fn database_schemas(&self, _scope: &NodeScope) -> Vec<(String, String)> {
        Vec::new()
    }
}
