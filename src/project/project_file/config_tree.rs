//! The configs of `dbt_project.yml`, by section and folder.
//!
//! Owns the look-up along a fully qualified name (`dbt/context/context_config.py`, `dbt/utils/utils.py`). Never merges levels:
//! how two values of a config combine is known by its reader.

use crate::diagnostic::Span;
use crate::project::yaml::{Yaml, YamlMap};
use std::sync::Arc;

/// A top-level key of `dbt_project.yml` that holds configs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConfigSection {
    /// `models:`, also for analyses and operations.
    Models,
    /// `seeds:`
    Seeds,
    /// `snapshots:`
    Snapshots,
    /// `sources:`
    Sources,
    /// `data_tests:`, once `tests:`
    DataTests,
    /// `unit_tests:`
    UnitTests,
    /// `metrics:`
    Metrics,
    /// `semantic-models:`
    SemanticModels,
    /// `saved-queries:`
    SavedQueries,
    /// `exposures:`
    Exposures,
    /// `functions:`
    Functions,
}

impl ConfigSection {
    /// Every section.
    pub const ALL: [ConfigSection; 11] = [
        ConfigSection::Models,
        ConfigSection::Seeds,
        ConfigSection::Snapshots,
        ConfigSection::Sources,
        ConfigSection::DataTests,
        ConfigSection::UnitTests,
        ConfigSection::Metrics,
        ConfigSection::SemanticModels,
        ConfigSection::SavedQueries,
        ConfigSection::Exposures,
        ConfigSection::Functions,
    ];

    /// The key in `dbt_project.yml`.
    pub fn key(self) -> &'static str {
        match self {
            ConfigSection::Models => "models",
            ConfigSection::Seeds => "seeds",
            ConfigSection::Snapshots => "snapshots",
            ConfigSection::Sources => "sources",
            ConfigSection::DataTests => "data_tests",
            ConfigSection::UnitTests => "unit_tests",
            ConfigSection::Metrics => "metrics",
            ConfigSection::SemanticModels => "semantic-models",
            ConfigSection::SavedQueries => "saved-queries",
            ConfigSection::Exposures => "exposures",
            ConfigSection::Functions => "functions",
        }
    }
}

/// One section of configs: folders with configs among them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigTree {
    root: Option<Yaml>,
}

/// The configs of one folder.
#[derive(Debug, Clone, Copy)]
pub struct ConfigLevel<'a> {
    map: &'a YamlMap,
}

/// One config of a level.
#[derive(Debug, Clone, Copy)]
pub struct ConfigEntry<'a> {
    /// The name without `+`.
    pub name: &'a str,
    /// The key as written.
    pub key: &'a Yaml,
    /// The value.
    pub value: &'a Yaml,
}

impl ConfigTree {
    /// The section whose value is `root`; no dictionary is an empty section.
    pub fn new(root: Option<Yaml>) -> Self {
        ConfigTree { root: root.filter(|root| root.as_map().is_some()) }
    }

    /// The whole section.
    pub fn root(&self) -> Option<&Yaml> {
        self.root.as_ref()
    }

    /// The levels that apply to a fully qualified name, from the section's own to the deepest folder.
    pub fn config_levels<'a, S: AsRef<str>>(&'a self, fqn: &[S]) -> Vec<ConfigLevel<'a>> {
        let Some(mut map) = self.root.as_ref().and_then(Yaml::as_map) else { return Vec::new() };
        let mut levels = vec![ConfigLevel { map }];
        for part in fqn {
            let Some(next) = map.get(part.as_ref()).and_then(Yaml::as_map) else { break };
            levels.push(ConfigLevel { map: next });
            map = next;
        }
        levels
    }

    /// The folders that hold a config, as paths of keys, each once. dbt warns about those that no resource lies in.
    pub fn config_paths(&self) -> Vec<ConfigPath> {
        let mut paths = Vec::new();
        if let Some(root) = &self.root {
            collect_paths(root, root, &mut Vec::new(), &mut paths);
        }
        paths
    }
}

/// A folder of a [`ConfigTree`] that holds a config.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigPath {
    /// The keys from the section to the folder; empty for the section itself.
    pub keys: Vec<Arc<str>>,
    /// Where the folder is named; for the section itself, where its first config is.
    pub place: Span,
}

fn collect_paths(name: &Yaml, folder: &Yaml, keys: &mut Vec<Arc<str>>, paths: &mut Vec<ConfigPath>) {
    let Some(map) = folder.as_map() else { return };
    let is_folder = |key: &str, value: &Yaml| value.as_map().is_some() && !key.starts_with('+');
    if let Some((first, _)) = map.iter().find(|(key, value)| key.as_str().is_some_and(|key| !is_folder(key, value))) {
        let place = if keys.is_empty() { first } else { name };
        paths.push(ConfigPath { keys: keys.clone(), place: place.span.clone() });
    }
    for (key, value) in map.iter() {
        let Some(name) = key.as_str().filter(|name| is_folder(name, value)) else { continue };
        keys.push(name.into());
        collect_paths(key, value, keys, paths);
        keys.pop();
    }
}

impl<'a> ConfigLevel<'a> {
    /// The configs of this level in order: keys with `+`, and keys without whose value is no dictionary.
    pub fn entries(self) -> impl Iterator<Item = ConfigEntry<'a>> {
        self.map.iter().filter_map(|(key, value)| {
            let written = key.as_str()?;
            let name = match written.strip_prefix('+') {
                Some(name) => name.trim(),
                None if value.as_map().is_none() => written,
                None => return None,
            };
            Some(ConfigEntry { name, key, value })
        })
    }

    /// The value of one config of this level; of `+name` and `name` the later.
    pub fn get(self, name: &str) -> Option<&'a Yaml> {
        self.entries().filter(|entry| entry.name == name).last().map(|entry| entry.value)
    }
}
