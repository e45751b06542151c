//! A node in two halves: what a list shows and what nodes are selected by, and the rest.

use crate::manifest::{
    Checksum, Column, DependsOn, DomainName, FunctionCall, JsonMap, Language, MetricCall, Node, NodeConfig, NodeKind,
    RefCall, Relation, SourceCall, UniqueId,
};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The first half, to be written.
#[derive(Debug, Serialize)]
pub(super) struct Head<'a> {
    unique_id: &'a UniqueId,
    domain: &'a DomainName,
    package_name: &'a Arc<str>,
    name: &'a Arc<str>,
    fqn: &'a Vec<Arc<str>>,
    original_file_path: &'a String,
    patch_path: &'a Option<String>,
    kind: &'a NodeKind,
    nodes: &'a [UniqueId],
    config: usize,
}

/// The first half, read.
#[derive(Debug, Deserialize)]
pub(super) struct HeadIn {
    unique_id: UniqueId,
    domain: DomainName,
    package_name: Arc<str>,
    name: Arc<str>,
    fqn: Vec<Arc<str>>,
    original_file_path: String,
    patch_path: Option<String>,
    kind: NodeKind,
    nodes: Vec<UniqueId>,
    /// The place of its configs among those of all nodes.
    pub config: usize,
}

/// The second half, to be written.
#[derive(Debug, Serialize)]
pub(super) struct Rest<'a> {
    path: &'a String,
    raw_code: &'a Arc<str>,
    language: &'a Language,
    checksum: &'a Checksum,
    description: &'a String,
    doc_blocks: &'a Vec<String>,
    columns: &'a IndexMap<String, Column>,
    relation: &'a Option<Relation>,
    alias: &'a String,
    refs: &'a Vec<RefCall>,
    sources: &'a Vec<SourceCall>,
    functions: &'a Vec<FunctionCall>,
    metrics: &'a Vec<MetricCall>,
    show_in_docs: bool,
    node_color: &'a Option<String>,
    macros: &'a [UniqueId],
    unrendered_config: usize,
}

/// The second half, read; or empty, where nobody looks at it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RestIn {
    path: String,
    raw_code: Arc<str>,
    language: Language,
    checksum: Checksum,
    description: String,
    doc_blocks: Vec<String>,
    columns: IndexMap<String, Column>,
    relation: Option<Relation>,
    alias: String,
    refs: Vec<RefCall>,
    sources: Vec<SourceCall>,
    functions: Vec<FunctionCall>,
    metrics: Vec<MetricCall>,
    show_in_docs: bool,
    node_color: Option<String>,
    macros: Vec<UniqueId>,
    /// Likewise.
    pub unrendered_config: usize,
}

impl<'a> Head<'a> {
    /// Of a node that has the configs at `config`.
    pub fn of(node: &'a Node, config: usize) -> Self {
        Head {
            unique_id: &node.unique_id,
            domain: &node.domain,
            package_name: &node.package_name,
            name: &node.name,
            fqn: &node.fqn,
            original_file_path: &node.original_file_path,
            patch_path: &node.patch_path,
            kind: &node.kind,
            nodes: &node.depends_on.nodes,
            config,
        }
    }
}

impl<'a> Rest<'a> {
    /// Of a node that has the unrendered configs at `unrendered_config`.
    pub fn of(node: &'a Node, unrendered_config: usize) -> Self {
        Rest {
            path: &node.path,
            raw_code: &node.raw_code,
            language: &node.language,
            checksum: &node.checksum,
            description: &node.description,
            doc_blocks: &node.doc_blocks,
            columns: &node.columns,
            relation: &node.relation,
            alias: &node.alias,
            refs: &node.refs,
            sources: &node.sources,
            functions: &node.functions,
            metrics: &node.metrics,
            show_in_docs: node.show_in_docs,
            node_color: &node.node_color,
            macros: &node.depends_on.macros,
            unrendered_config,
        }
    }
}

/// Both halves.
pub(super) fn joined(head: HeadIn, rest: RestIn, config: Arc<NodeConfig>, unrendered: Arc<JsonMap>) -> Node {
    Node {
        unique_id: head.unique_id,
        domain: head.domain,
        package_name: head.package_name,
        name: head.name,
        fqn: head.fqn,
        original_file_path: head.original_file_path,
        patch_path: head.patch_path,
        kind: head.kind,
        path: rest.path,
        raw_code: rest.raw_code,
        language: rest.language,
        checksum: rest.checksum,
        description: rest.description,
        doc_blocks: rest.doc_blocks,
        columns: rest.columns,
        relation: rest.relation,
        alias: rest.alias,
        refs: rest.refs,
        sources: rest.sources,
        functions: rest.functions,
        metrics: rest.metrics,
        show_in_docs: rest.show_in_docs,
        node_color: rest.node_color,
        config,
        unrendered_config: unrendered,
        depends_on: DependsOn { nodes: head.nodes, macros: rest.macros },
    }
}
