//! Configs of `dbt_project.yml` that no resource lies under.
//!
//! Source: `warn_for_unused_resource_config_paths` of `dbt/config/runtime.py`.

use super::universe::Universe;
use super::unresolved::UnresolvedNode;
use crate::diagnostic::{Diagnostic, ErrorCode, closest};
use crate::manifest::ResourceType;
use crate::project::project_file::{ConfigPath, ConfigSection};
use std::collections::HashSet;
use std::sync::Arc;

/// How many suggestions there are, and for how many of the paths they are looked for.
const SUGGESTIONS: usize = 3;
const LOOKED_AT: usize = 12;

/// Configs whose value is a dictionary: without a `+`, their names are those of folders.
const DICTIONARIES: &[&str] =
    &["column_types", "contract", "docs", "freshness", "grants", "meta", "persist_docs", "quoting"];

/// A folder of configs and its place in the file.
struct Configured {
    section: ConfigSection,
    path: ConfigPath,
}

impl Configured {
    /// `models.shop.staging`
    fn shown(&self) -> String {
        let section = self.section.key().replace('-', "_");
        std::iter::once(section.as_str()).chain(self.path.keys.iter().map(|key| &**key)).collect::<Vec<_>>().join(".")
    }
}

/// Warns about the folders of the domain's own project file that hold configs for nothing; what is disabled counts. After an
/// error nobody knows what else there would be.
pub(super) fn check(universe: &Universe<'_>, nodes: &[UnresolvedNode], diagnostics: &mut Vec<Diagnostic>) {
    if diagnostics.iter().any(Diagnostic::is_error) {
        return;
    }
    let configs = &universe.root().file.configs;
    let configured: Vec<Configured> = ConfigSection::ALL
        .into_iter()
        .flat_map(|section| configs.section(section).config_paths().into_iter().map(move |path| (section, path)))
        .map(|(section, path)| Configured { section, path })
        .collect();
    let Some(depth) = configured.iter().map(|configured| configured.path.keys.len()).max() else { return };
    let mut used: HashSet<(Option<ConfigSection>, &[Arc<str>])> = HashSet::new();
    for UnresolvedNode { node, .. } in nodes {
        // What is disabled uses the configs of every section, as in dbt.
        let section = if node.config.enabled { section_of(node.resource_type()) } else { None };
        if section.is_some() || !node.config.enabled {
            used.extend((0..=depth.min(node.fqn.len())).map(|length| (section, &node.fqn[..length])));
        }
    }
    let is_used = |configured: &Configured| {
        let keys = configured.path.keys.as_slice();
        used.contains(&(Some(configured.section), keys)) || used.contains(&(None, keys))
    };
    let unused: Vec<Configured> = configured.into_iter().filter(|configured| !is_used(configured)).collect();
    let Some((first, others)) = unused.split_first() else { return };
    let list: Vec<String> = unused.iter().map(|configured| format!("- {}", configured.shown())).collect();
    let message = format!(
        "Configuration paths exist in your dbt_project.yml file which do not apply to any resources.\n\
         There are {} unused configuration paths:\n{}",
        list.len(),
        list.join("\n")
    );
    let warning = Diagnostic::warning(ErrorCode::UnusedConfigPath, message).at(first.path.place.clone());
    let warning = others.iter().fold(warning, |warning, other| warning.also(other.path.place.clone(), ""));
    let hints: Vec<String> = unused
        .iter()
        .take(LOOKED_AT)
        .filter_map(|configured| suggestion(configured, nodes))
        .take(SUGGESTIONS)
        .collect();
    diagnostics.push(match hints.is_empty() {
        true => warning.hint("name the project and the folders below it, as paths have them; configs begin with `+`"),
        false => hints.into_iter().fold(warning, Diagnostic::hint),
    });
}

/// What may have been meant: a config that lacks its `+`, or another folder.
fn suggestion(configured: &Configured, nodes: &[UnresolvedNode]) -> Option<String> {
    let (name, folder) = configured.path.keys.split_last()?;
    if DICTIONARIES.contains(&&**name) {
        return Some(format!("`{}`: write `+{name}` if the config is meant", configured.shown()));
    }
    let beside = nodes
        .iter()
        .map(|unresolved| &unresolved.node)
        .filter(|node| section_of(node.resource_type()) == Some(configured.section))
        .filter_map(|node| node.fqn.strip_prefix(folder)?.first());
    let near = closest(name, beside.map(|name| &**name))?;
    Some(format!("`{}`: did you mean `{near}`?", configured.shown()))
}

fn section_of(kind: ResourceType) -> Option<ConfigSection> {
    match kind {
        ResourceType::Model => Some(ConfigSection::Models),
        ResourceType::Seed => Some(ConfigSection::Seeds),
        ResourceType::Snapshot => Some(ConfigSection::Snapshots),
        ResourceType::Source => Some(ConfigSection::Sources),
        ResourceType::DataTest => Some(ConfigSection::DataTests),
        ResourceType::UnitTest => Some(ConfigSection::UnitTests),
        ResourceType::Metric => Some(ConfigSection::Metrics),
        ResourceType::SemanticModel => Some(ConfigSection::SemanticModels),
        ResourceType::SavedQuery => Some(ConfigSection::SavedQueries),
        ResourceType::Exposure => Some(ConfigSection::Exposures),
        ResourceType::Function => Some(ConfigSection::Functions),
        ResourceType::Analysis | ResourceType::Operation => None,
    }
}
