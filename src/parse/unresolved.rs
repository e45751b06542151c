//! What parsing hands on: nodes whose references are still names.

use super::template::Captured;
use super::universe::Universe;
use crate::diagnostic::Span;
use crate::manifest::{ConfigMap, DocsBlock, Domain, Group, JsonMap, Macro, Node};
use std::collections::HashMap;
use std::sync::Arc;

/// One domain, parsed: everything its files say, before any name is looked up.
#[derive(Debug, Clone)]
pub struct ParsedDomain {
    /// The domain.
    pub domain: Arc<Domain>,
    /// Nodes of its project and of its packages, enabled or not.
    pub nodes: Vec<UnresolvedNode>,
    /// Hooks of its project and of its packages.
    pub operations: Vec<UnresolvedNode>,
    /// Macros of its project and of its packages.
    pub macros: Vec<Macro>,
    /// Docs blocks.
    pub docs: Vec<DocsBlock>,
    /// Groups.
    pub groups: Vec<(Group, Span)>,
}

/// A node that still names what it reads.
///
/// `node.depends_on.nodes` and what else `resolve` fills in (`relation`, `latest_version` of a reader...) is empty.
#[derive(Debug, Clone)]
pub struct UnresolvedNode {
    /// The node, with `refs` and `sources` as written. In a box, because lists of nodes are split and joined.
    pub node: Box<Node>,
    /// Where it is defined: its file, or its entry in a properties file.
    pub place: Span,
    /// Where each of `node.refs` stands, as far as that is known.
    pub ref_places: Vec<Option<Span>>,
    /// Where each of `node.sources` stands, as far as that is known.
    pub source_places: Vec<Option<Span>>,
    /// Where a properties file names its columns, by their names as written.
    pub column_places: HashMap<String, Span>,
    /// `database`, `schema` and `alias` as configured, which the `generate_*_name` macros turn into a relation.
    pub custom_name: CustomName,
}

/// What a node's configs say about its name in the warehouse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomName {
    /// `database`.
    pub database: Option<String>,
    /// `schema`.
    pub schema: Option<String>,
    /// `alias`.
    pub alias: Option<String>,
    /// `target_database` of an old-style snapshot, taken as it is.
    pub target_database: Option<String>,
    /// `target_schema` of an old-style snapshot, taken as it is.
    pub target_schema: Option<String>,
}

impl UnresolvedNode {
    /// The node with what its templates asked for.
    pub(super) fn finished(
        universe: &Universe<'_>,
        mut node: Node,
        captured: Captured,
        config: &ConfigMap,
        place: Span,
    ) -> Self {
        universe.shared.share(&mut node);
        let (refs, ref_places): (Vec<_>, Vec<_>) = captured.refs.into_iter().unzip();
        let (sources, source_places): (Vec<_>, Vec<_>) = captured.sources.into_iter().unzip();
        node.refs = refs;
        node.sources = sources;
        node.functions = captured.functions;
        node.metrics = captured.metrics;
        node.depends_on.macros.extend(captured.macros);
        UnresolvedNode {
            custom_name: CustomName::from_config(config),
            node: Box::new(node),
            place,
            ref_places,
            source_places,
            column_places: HashMap::new(),
        }
    }
}

impl CustomName {
    /// Reads the configs that matter for the name.
    pub fn from_config(values: &JsonMap) -> Self {
        let text = |name: &str| values.get(name).and_then(serde_json::Value::as_str).map(str::to_string);
        CustomName {
            database: text("database"),
            schema: text("schema"),
            alias: text("alias"),
            target_database: text("target_database"),
            target_schema: text("target_schema"),
        }
    }
}
