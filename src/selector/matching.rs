//! What each selection method finds.

use super::evaluate::SelectionContext;
use super::expression::{Matcher, TestType, VersionKind};
use super::index::Index;
use super::node_set::NodeSet;
use super::pattern::PathPattern;
use crate::diagnostic::Diagnostic;
use crate::manifest::{DataTest, Node, NodeKind, ResourceType, UniqueId};
use serde_json::Value;

/// The nodes that `matcher` finds. `Err` if it needs a state that is not there.
pub(super) fn find(
    matcher: &Matcher,
    context: &SelectionContext,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<NodeSet, Box<Diagnostic>> {
    let index = context.index;
    Ok(match matcher {
        Matcher::Fqn(text) => index.find_fqn(text),
        Matcher::Tag(tag) => index.filter(|node| node.config.tags.iter().any(|own| tag.matches(own))),
        Matcher::Group(group) => index.filter(|node| {
            is_parsed(node) && node.config.group.as_deref().is_some_and(|own| !own.is_empty() && group.matches(own))
        }),
        Matcher::Access(access) => {
            index.filter(|node| node.as_model().is_some_and(|model| model.access.as_str() == access))
        }
        Matcher::Source { package, source, table } => index.filter(|node| {
            node.as_source().is_some_and(|own| {
                package.matches(&node.package_name) && source.matches(&own.source_name) && table.matches(&node.name)
            })
        }),
        Matcher::Path(pattern) => index.filter(|node| is_at(node, pattern, index)),
        Matcher::File(pattern) => index.filter(|node| {
            let file = node.original_file_path.rsplit('/').next().unwrap_or_default();
            pattern.matches(file) || pattern.matches(stem(file))
        }),
        Matcher::ThisPackage => index.filter(|node| *node.package_name == *node.domain.as_str()),
        Matcher::Package(pattern) => index.filter(|node| pattern.matches(&node.package_name)),
        Matcher::Config { keys, value } => index.filter(|node| {
            (is_parsed(node) || matches!(node.kind, NodeKind::Source(_))) && has_config(node, keys, value)
        }),
        Matcher::TestName(pattern) => index.filter(|node| match &node.kind {
            NodeKind::DataTest(test) => test.metadata.as_ref().is_some_and(|test| pattern.matches(&test.name)),
            NodeKind::UnitTest(_) => pattern.matches(&node.name),
            _ => false,
        }),
        Matcher::TestType(wanted) => index.filter(|node| is_test(node, *wanted)),
        Matcher::ResourceType(wanted) => index.filter(|node| Some(node.resource_type()) == *wanted),
        Matcher::Named { resource_type, package, name } => index.filter(|node| {
            node.resource_type() == *resource_type && package.matches(&node.package_name) && name.matches(&node.name)
        }),
        Matcher::Version(kind) => index.filter(|node| is_version(node, *kind)),
        // Selectors are made of criteria: the evaluation asks for those.
        Matcher::Selector { .. } => NodeSet::default(),
        Matcher::Domain(pattern) => index.filter(|node| pattern.matches(node.domain.as_str())),
        Matcher::State(check) => places(index, context.comparison.nodes_where(*check, diagnostics)?),
        Matcher::Result(status) => places(index, context.comparison.nodes_with_result(status)?),
        Matcher::SourceStatus(status) => {
            let fresher = context.comparison.fresher_sources()?;
            if status == "fresher" { places(index, fresher) } else { NodeSet::default() }
        }
    })
}

fn places(index: &Index, ids: Vec<&UniqueId>) -> NodeSet {
    ids.into_iter().filter_map(|id| index.place(id)).collect()
}

/// Whether dbt keeps the node in `manifest.nodes`, and not in a list of its own.
fn is_parsed(node: &Node) -> bool {
    !node.is_description() && !matches!(node.kind, NodeKind::Source(_) | NodeKind::UnitTest(_))
}

fn is_test(node: &Node, wanted: TestType) -> bool {
    match (&node.kind, wanted) {
        (NodeKind::DataTest(_), TestType::Data) | (NodeKind::UnitTest(_), TestType::Unit) => true,
        (NodeKind::DataTest(test), TestType::Generic) => is_generic(test),
        (NodeKind::DataTest(test), TestType::Singular) => !is_generic(test),
        _ => false,
    }
}

fn is_generic(test: &DataTest) -> bool {
    test.metadata.is_some()
}

fn is_version(node: &Node, kind: VersionKind) -> bool {
    let Some(model) = node.as_model() else { return false };
    let pair = model.version.as_ref().zip(model.latest_version.as_ref());
    match kind {
        VersionKind::None => model.version.is_none(),
        VersionKind::Latest => pair.is_some_and(|(own, latest)| own == latest),
        VersionKind::Prerelease => pair.is_some_and(|(own, latest)| own > latest),
        VersionKind::Old => pair.is_some_and(|(own, latest)| own < latest),
    }
}

/// File name without its last ending.
fn stem(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

/// Whether the node's file, a folder it is in, or the properties file that describes it matches: relative to its
/// package, or for a domain's own nodes relative to the mesh's root.
///
/// dbt looks for paths in the project and then for nodes of any package with such a path: a package's node is found by
/// `path:models` if the project has a folder `models` too.
fn is_at(node: &Node, pattern: &PathPattern, index: &Index) -> bool {
    let properties = node.patch_path.as_deref().and_then(|path| path.split_once("://")).map(|(_, path)| path);
    if *node.package_name != *node.domain.as_str() {
        let exists = |path: &str| index.has_path(&node.domain, path);
        return pattern.matches_within(&node.original_file_path, exists)
            || properties.is_some_and(|path| exists(path) && pattern.matches(path));
    }
    let matches = |file: &str, properties: Option<&str>| {
        pattern.matches_within(file, |_| true) || properties.is_some_and(|path| pattern.matches(path))
    };
    let root = index.manifest().domain(&node.domain).map_or("", |domain| domain.root.as_str());
    matches(&node.original_file_path, properties)
        || (!root.is_empty()
            && matches(
                &format!("{root}/{}", node.original_file_path),
                properties.map(|path| format!("{root}/{path}")).as_deref(),
            ))
}

/// Whether the config that `keys` lead to is `wanted`, or a list that holds it.
fn has_config(node: &Node, keys: &[String], wanted: &Value) -> bool {
    let Some((first, rest)) = keys.split_first() else { return false };
    let mut value = node.config.values.get(first);
    for key in rest {
        value = value.and_then(|value| value.get(key));
    }
    let ignores_case = first == "severity" && rest.is_empty();
    match value {
        None => false,
        Some(Value::Array(values)) => values.iter().any(|value| is_config(value, wanted, ignores_case)),
        Some(value) => is_config(value, wanted, ignores_case),
    }
}

/// Text from the command line can mean a boolean, in any case; everything else must be equal.
fn is_config(value: &Value, wanted: &Value, ignores_case: bool) -> bool {
    match (value, wanted) {
        (Value::Bool(flag), Value::String(text)) => text.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
        (Value::String(value), Value::String(text)) if ignores_case => value.eq_ignore_ascii_case(text),
        (Value::Number(value), Value::Number(number)) => value == number || value.as_f64() == number.as_f64(),
        _ => value == wanted,
    }
}

/// Names to suggest when `matcher` finds nothing: (what was written, what there is).
pub(super) fn candidates<'t, 'a>(matcher: &'t Matcher, index: &Index<'a>) -> Option<(&'t str, Vec<&'a str>)> {
    let of_kind = |kind: ResourceType| {
        index.nodes().iter().filter(|node| node.resource_type() == kind).map(|node| &*node.name).collect()
    };
    Some(match matcher {
        Matcher::Fqn(text) => (text, index.names().collect()),
        Matcher::Tag(tag) => {
            let tags = index.nodes().iter().flat_map(|node| node.config.tags.iter().map(String::as_str));
            (tag.as_str(), tags.collect())
        }
        Matcher::Domain(domain) => {
            (domain.as_str(), index.manifest().domains.keys().map(|domain| domain.as_str()).collect())
        }
        Matcher::Package(package) => (package.as_str(), index.nodes().iter().map(|node| &*node.package_name).collect()),
        Matcher::Source { source, .. } => {
            let sources = index.nodes().iter().filter_map(|node| node.as_source());
            (source.as_str(), sources.map(|source| &*source.source_name).collect())
        }
        Matcher::Named { resource_type, name, .. } => (name.as_str(), of_kind(*resource_type)),
        _ => return None,
    })
}
