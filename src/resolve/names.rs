//! Names that two things cannot share, and names of groups that nobody has.

use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{Manifest, Node, ResourceType, UniqueId};
use crate::parse::UnresolvedNode;
use std::collections::HashMap;

/// Two enabled nodes with one id: two files of one name, or the same test written twice.
pub(super) fn duplicate_ids(nodes: &[UnresolvedNode]) -> Vec<Diagnostic> {
    let mut by_id: HashMap<&UniqueId, &UnresolvedNode> = HashMap::new();
    let mut names: HashMap<(&str, &str, &str), &UnresolvedNode> = HashMap::new();
    let mut diagnostics = Vec::new();
    for unresolved in nodes {
        let node = &unresolved.node;
        if let Some(earlier) = by_id.insert(&node.unique_id, unresolved) {
            diagnostics.push(duplicate(earlier, unresolved));
        } else if node.resource_type().is_refable() && node.version().is_none() {
            let key = (node.domain.as_str(), &*node.package_name, &*node.name);
            if let Some(earlier) = names.insert(key, unresolved) {
                diagnostics.push(duplicate(earlier, unresolved));
            }
        }
    }
    diagnostics
}

fn duplicate(earlier: &UnresolvedNode, later: &UnresolvedNode) -> Diagnostic {
    let (first, second) = (&earlier.node, &later.node);
    let kind = first.resource_type();
    let plural = if kind == second.resource_type() { plural(kind) } else { "resources" };
    let (name, action, formatted) = described(first);
    let message = format!(
        "dbt found two {plural} with the name \"{name}\".\n\nSince these resources have the same name, dbt will be unable to \
         find the correct resource\nwhen {action} {formatted}.\n\nTo fix this, change the name of one of these resources:\n\
         - {} ({})\n- {} ({})",
        first.unique_id, first.original_file_path, second.unique_id, second.original_file_path
    );
    Diagnostic::error(ErrorCode::DuplicateName, message)
        .labelled(later.place.clone(), "this one")
        .also(earlier.place.clone(), "and this one")
        .hint("rename one of the two, or take it out")
        .for_node(second.unique_id.as_arc().clone())
}

fn described(node: &Node) -> (String, &'static str, String) {
    if let Some(source) = node.as_source() {
        let name = format!("{}_{}", source.source_name, node.name);
        return (name, "looking for", format!("source(\"{}\", \"{}\")", source.source_name, node.name));
    }
    match node.as_data_test() {
        Some(test) if test.metadata.is_some() => {
            let column = test.column_name.as_ref().map(|column| format!("column \"{column}\" in ")).unwrap_or_default();
            let model = test.file_key_name.clone().unwrap_or_default();
            // dbt closes the quote of the name early, so that the sentence reads `"name" defined on ... "model"`.
            (format!("{}\" defined on {column}\"{model}", node.name), "running", "tests".to_string())
        }
        _ if node.resource_type().is_refable() => {
            (node.name.to_string(), "looking for", format!("ref(\"{}\")", node.name))
        }
        _ => (node.name.to_string(), "looking for", node.name.to_string()),
    }
}

fn plural(kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::Model => "models",
        ResourceType::Seed => "seeds",
        ResourceType::Snapshot => "snapshots",
        ResourceType::Source => "sources",
        ResourceType::DataTest => "data_tests",
        ResourceType::UnitTest => "unit_tests",
        ResourceType::Analysis => "analyses",
        ResourceType::Operation => "operations",
        ResourceType::Exposure => "exposures",
        ResourceType::Metric => "metrics",
        ResourceType::SemanticModel => "semantic_models",
        ResourceType::SavedQuery => "saved_queries",
        ResourceType::Function => "functions",
    }
}

/// Two nodes that would be built under one name in the warehouse, in one domain or in two.
pub(super) fn duplicate_relations(nodes: &[UnresolvedNode]) -> Vec<Diagnostic> {
    let mut by_relation: HashMap<(String, String, String), &UnresolvedNode> = HashMap::new();
    let mut diagnostics = Vec::new();
    for unresolved in nodes {
        let node = &unresolved.node;
        if !node.resource_type().is_refable() || node.is_ephemeral() {
            continue;
        }
        let Some(relation) = &node.relation else { continue };
        let Some(earlier) = by_relation.insert(relation.key(), unresolved) else { continue };
        let other = &earlier.node;
        // Two of one name have been told of already.
        let unversioned = node.version().is_none() && other.version().is_none();
        if unversioned
            && node.name == other.name
            && node.domain == other.domain
            && node.package_name == other.package_name
        {
            continue;
        }
        let message = format!(
            "dbt found two resources with the database representation \"{relation}\".\ndbt cannot create two resources with \
             identical database representations. To fix this,\nchange the configuration of one of these resources:\n\
             - {} ({})\n- {} ({})",
            other.unique_id, other.original_file_path, node.unique_id, node.original_file_path
        );
        let code =
            if other.domain == node.domain { ErrorCode::DuplicateRelation } else { ErrorCode::DomainsShareRelation };
        diagnostics.push(
            Diagnostic::error(code, message)
                .labelled(unresolved.place.clone(), "this one")
                .also(earlier.place.clone(), "and this one")
                .hint("give one of them another `alias` or `schema`")
                .for_node(node.unique_id.as_arc().clone()),
        );
    }
    diagnostics
}

/// Nodes in a group that is not declared.
pub(super) fn unknown_groups(nodes: &[UnresolvedNode], manifest: &Manifest) -> Vec<Diagnostic> {
    let known = |node: &Node, group: &str| {
        manifest.groups.values().any(|known| {
            known.domain == node.domain && *known.package_name == *node.package_name && *known.name == *group
        })
    };
    let mut seen: HashMap<(&str, &str, &str), bool> = HashMap::new();
    let mut diagnostics = Vec::new();
    for unresolved in nodes {
        let node = &unresolved.node;
        let Some(group) = node.config.group.as_deref() else { continue };
        let is_known =
            *seen.entry((node.domain.as_str(), &node.package_name, group)).or_insert_with(|| known(node, group));
        if !is_known {
            diagnostics.push(
                Diagnostic::error(
                    ErrorCode::UnknownGroup,
                    format!("Invalid group '{group}', expected one of {}", group_names(manifest, node)),
                )
                .at(unresolved.place.clone())
                .hint(format!(
                    "declare it in a properties file:\ngroups:\n  - name: {group}\n    owner:\n      email: ..."
                ))
                .for_node(node.unique_id.as_arc().clone()),
            );
        }
    }
    diagnostics
}

fn group_names(manifest: &Manifest, node: &Node) -> String {
    let names: Vec<String> = manifest
        .groups
        .values()
        .filter(|group| group.domain == node.domain && group.package_name == node.package_name)
        .map(|group| format!("'{}'", group.name))
        .collect();
    format!("[{}]", names.join(", "))
}
