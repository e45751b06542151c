//! Hooks of projects (`on-run-start`, `on-run-end`) as the nodes that the manifest shows.

use super::config::typed;
use super::node::{self, Draft, in_node};
use super::template::{self, Captured, Source};
use super::universe::Universe;
use super::unresolved::UnresolvedNode;
use crate::diagnostic::{Diagnostic, Span};
use crate::jinja::context::Pass;
use crate::manifest::{ConfigMap, NodeKind, ResourceType};
use std::collections::HashMap;
use std::sync::Arc;

/// All hooks of a domain, each numbered within its package.
pub(super) fn parse(universe: &Universe<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<UnresolvedNode> {
    let domain = universe.input.domain.clone();
    let mut found = Vec::new();
    for (phase, hooks) in [("on-run-start", &domain.on_run_start), ("on-run-end", &domain.on_run_end)] {
        let mut of_package: HashMap<&str, usize> = HashMap::new();
        for (package, template) in hooks {
            let number = of_package.entry(package).or_default();
            found.extend(operation(universe, package, phase, *number, template, diagnostics));
            *number += 1;
        }
    }
    found
}

fn operation(
    universe: &Universe<'_>,
    package: &Arc<str>,
    phase: &str,
    number: usize,
    template: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnresolvedNode> {
    let input = universe.package(package)?;
    let name = format!("{package}-{phase}-{number}");
    let file: Arc<str> = match input.file.folder.as_str() {
        "" => "dbt_project.yml".into(),
        folder => format!("{folder}/dbt_project.yml").into(),
    };
    let draft = Draft {
        kind: ResourceType::Operation,
        package: input,
        fqn: vec![package.clone(), "hooks".into(), name.as_str().into()],
        path: format!("hooks/{name}.sql"),
        original_file_path: "./dbt_project.yml".to_string(),
        place: Span::file(file.clone()),
        file,
        name,
        raw_code: template,
        offset: 0,
        checksum: node::checksum_of(&input.file.checksum),
        patch: None,
        id_rest: None,
    };
    let mut node = node::empty(universe, &draft);
    let sum = universe.config(ResourceType::Operation, input, &draft.fqn, None, &ConfigMap::new());
    node.unrendered_config =
        universe.unrendered_config(ResourceType::Operation, input, &draft.fqn, None, &ConfigMap::new());
    // As for every node, the schema of a hook is the configured one.
    if let Err(diagnostic) = node::name(universe, &mut node, &sum) {
        diagnostics.push(diagnostic.at(draft.place.clone()));
    }
    let mut config = typed(ResourceType::Operation, sum).0;
    config.tags.push(phase.to_string());
    node.config = Arc::new(config);
    node.kind = NodeKind::Operation;
    let view = super::relation_name::view_of(universe, &node);
    let source = Source { text: template, file: &draft.file, offset: 0 };
    let captured = match template::capture(universe, package, source, || universe.scope(Pass::Parse, Some(view))) {
        Ok(captured) => captured,
        Err(mut diagnostic) => {
            // Where in the project file the hook stands is not known.
            diagnostic.secondary.clear();
            diagnostics.push(in_node(diagnostic.labelled(draft.place.clone(), format!("in {phase}")), &node));
            Captured::default()
        }
    };
    Some(UnresolvedNode::finished(universe, node, captured, &ConfigMap::new(), draft.place.clone()))
}
