//! What compiling adds to a node of the manifest.

use crate::manifest::UniqueId;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What compiling, and running, has made of a node; absent for nodes that were not compiled.
#[derive(Debug, Clone, Default)]
pub struct CompiledInfo {
    /// The SQL, ephemeral models put in.
    pub compiled_code: Arc<str>,
    /// The file it was written to, relative to the project: `target/compiled/shop/models/a.sql`.
    pub compiled_path: Option<String>,
    /// The file with the statements that ran: `target/run/shop/models/a.sql`.
    pub build_path: Option<String>,
    /// Ephemeral models that were put in.
    pub extra_ctes: Vec<ExtraCte>,
    /// Relations that foreign keys point at, by the text that stands in `to`.
    pub foreign_keys: BTreeMap<String, String>,
    /// The bodies of a function's overloads, in their order.
    pub overloads: Vec<String>,
    /// The relation, where the command line has changed it (`--store-failures`); else the node's own stands.
    pub relation_name: Option<String>,
}

/// An ephemeral model within another node's SQL.
#[derive(Debug, Clone)]
pub struct ExtraCte {
    /// Id of the ephemeral model.
    pub id: UniqueId,
    /// ` __dbt__cte__name as (...)`.
    pub sql: String,
}

/// The fields that only a compiled node has.
#[derive(Serialize)]
pub(super) struct CompiledFields<'a> {
    pub compiled: bool,
    pub compiled_code: &'a str,
    pub extra_ctes_injected: bool,
    pub extra_ctes: Vec<ExtraCteFields<'a>>,
}

#[derive(Serialize)]
pub(super) struct ExtraCteFields<'a> {
    pub id: Cow<'a, str>,
    pub sql: &'a str,
}
