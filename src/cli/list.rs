//! `list`: one line for each selected node.

use super::arguments::{ListArguments, ListOutput};
use super::load::Loaded;
use super::selection::choose;
use super::{Done, Failed};
use crate::jinja::value::python_json;
use crate::manifest::{Node, NodeKind, ResourceType};
use crate::run::EventKind;
use crate::selector::{Command, Index, ResourceTypeArgument};
use std::collections::HashMap;

/// Keys of a JSON line when none are named.
const DEFAULT_KEYS: [&str; 10] = [
    "alias",
    "name",
    "package_name",
    "depends_on",
    "tags",
    "config",
    "resource_type",
    "source_name",
    "original_file_path",
    "unique_id",
];

/// Prints the selection.
pub(super) fn list(loaded: &Loaded, arguments: &ListArguments) -> Done {
    let mut words = arguments.selection.clone();
    if arguments.models_only {
        words.resource_types = vec![ResourceTypeArgument::One(ResourceType::Model)];
    }
    let index = Index::new(&loaded.manifest);
    let chosen = choose(loaded, &index, &words, Command::List)?;
    if chosen.is_empty() {
        loaded.console().event(EventKind::NoNodesSelected);
    }
    let nodes = chosen.iter().filter_map(|id| loaded.manifest.node(id));
    loaded.console().print_all(nodes.map(|node| line(loaded, node, arguments)));
    loaded.write_manifest(&HashMap::new(), None).map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    Ok(true)
}

fn line(loaded: &Loaded, node: &Node, arguments: &ListArguments) -> String {
    match arguments.output {
        ListOutput::Selector => selector(node),
        ListOutput::Name => node.search_name(),
        ListOutput::Path => node.original_file_path.clone(),
        ListOutput::Json => json(loaded, node, &arguments.output_keys),
    }
}

/// What `--select` would take for this node.
fn selector(node: &Node) -> String {
    match &node.kind {
        NodeKind::Source(source) => format!("source:{}.{}.{}", node.package_name, source.source_name, node.name),
        NodeKind::Exposure(_) => format!("exposure:{}.{}", node.package_name, node.name),
        NodeKind::Metric(_) | NodeKind::SemanticModel(_) | NodeKind::SavedQuery(_) => {
            format!("{}:{}.{}", node.resource_type(), node.package_name, node.name)
        }
        NodeKind::UnitTest(test) => {
            let version = test.version.as_ref().map(|version| format!("_v{version}")).unwrap_or_default();
            format!("unit_test:{}.{}{version}", node.package_name, node.name)
        }
        _ => node.fqn.join("."),
    }
}

fn json(loaded: &Loaded, node: &Node, keys: &[String]) -> String {
    let dict = crate::artifacts::node_dict(node, &loaded.workspace.root.to_string_lossy());
    let mut shown = serde_json::Map::new();
    let Some(dict) = dict.as_object() else { return String::new() };
    if keys.is_empty() {
        shown.extend(dict.iter().filter(|(key, _)| DEFAULT_KEYS.contains(&key.as_str())).map(owned));
    } else {
        let wanted: Vec<&str> = keys.iter().flat_map(|keys| keys.split_whitespace()).collect();
        shown.extend(dict.iter().filter(|(key, _)| wanted.contains(&key.as_str())).map(owned));
        for path in wanted.iter().filter(|path| path.contains('.')) {
            let found = path.split('.').try_fold(None, |at: Option<&serde_json::Value>, part| match at {
                None => dict.get(part).map(Some),
                Some(value) => value.get(part).map(Some),
            });
            if let Some(Some(value)) = found {
                shown.insert((*path).to_string(), value.clone());
            }
        }
    }
    python_json(&serde_json::Value::Object(shown))
}

fn owned((key, value): (&String, &serde_json::Value)) -> (String, serde_json::Value) {
    (key.clone(), value.clone())
}
