//! What parsing any node of a domain can see: its projects and their configs, macros, docs blocks, the run.

use super::config::{SharedConfigs, defaults, lay_over};
use super::docs::DocsIndex;
use super::host::ParseHost;
use super::relation_name::NameMacros;
use super::{DomainInput, PackageInput, ParseContext};
use crate::jinja::context::{Host, NodeScope, NodeView, Pass};
use crate::jinja::{DomainMacros, Engine, MacroNamespace};
use crate::manifest::{ConfigMap, DocsBlock, DomainName, ResourceType, UniqueId};
use crate::project::project_file::{ConfigSection, Configs};
use std::sync::Arc;

/// The universe of one domain. Shared by the threads that parse it.
pub(super) struct Universe<'a> {
    pub input: &'a DomainInput,
    pub context: &'a ParseContext,
    pub macros: Arc<DomainMacros>,
    pub docs: DocsIndex,
    pub names: NameMacros,
    pub engine: Engine,
    /// Where nodes that are configured alike find their configs.
    pub shared: SharedConfigs,
    host: Arc<dyn Host>,
}

impl<'a> Universe<'a> {
    pub fn new(
        input: &'a DomainInput,
        context: &'a ParseContext,
        macros: Arc<DomainMacros>,
        docs: &[DocsBlock],
    ) -> Self {
        Universe {
            input,
            context,
            names: NameMacros::new(&macros.library),
            macros,
            docs: DocsIndex::new(docs),
            engine: Engine::new(),
            host: Arc::new(ParseHost),
            shared: SharedConfigs::default(),
        }
    }

    /// The name of the domain, which is that of its own project.
    pub fn name(&self) -> &DomainName {
        &self.input.domain.name
    }

    /// The domain's own project.
    pub fn root(&self) -> &'a PackageInput {
        &self.input.packages[0]
    }

    /// The project called `name`.
    pub fn package(&self, name: &str) -> Option<&'a PackageInput> {
        self.input.packages.iter().find(|package| package.file.name.as_str() == name)
    }

    /// Whether `package` is the domain's own project.
    pub fn is_root(&self, package: &str) -> bool {
        self.name().as_str() == package
    }

    /// The id of something in `package`.
    pub fn id(&self, prefix: &str, package: &str, rest: &str) -> UniqueId {
        let domain = (self.input.in_mesh && !self.is_root(package)).then(|| self.name());
        UniqueId::with_prefix(prefix, package, domain, rest)
    }

    /// What the nodes of `package` see of macros.
    pub fn namespace(&self, package: &str) -> Arc<MacroNamespace> {
        self.macros.namespace(package)
    }

    /// A context of this domain.
    pub fn scope(&self, pass: Pass, node: Option<NodeView>) -> NodeScope {
        NodeScope::new(pass, self.context.invocation.clone(), self.input.domain.clone(), node, self.host.clone())
    }

    /// All configs of a node: defaults, the mesh's, its own project's by folder, its properties', its own calls', and
    /// for a package's node those of the domain's project again.
    pub fn config(
        &self,
        kind: ResourceType,
        package: &PackageInput,
        fqn: &[Arc<str>],
        properties: Option<&ConfigMap>,
        calls: &ConfigMap,
    ) -> ConfigMap {
        let mut sum = defaults(kind).clone();
        self.lay_levels(&mut sum, &self.input.defaults, kind, fqn);
        self.lay_levels(&mut sum, &package.file.configs, kind, fqn);
        if let Some(properties) = properties {
            lay_over(&mut sum, properties);
        }
        lay_over(&mut sum, calls);
        if !self.is_root(package.file.name.as_str()) {
            self.lay_levels(&mut sum, &self.root().file.configs, kind, fqn);
        }
        sum
    }

    /// The configs of a group: `meta`, and whatever else the project file says of models in its place.
    pub fn group_config(&self, package: &PackageInput, fqn: &[Arc<str>], own: &ConfigMap) -> ConfigMap {
        let mut sum = ConfigMap::from_iter([("meta".to_string(), ConfigMap::new().into())]);
        let kind = ResourceType::Model;
        self.lay_levels(&mut sum, &self.input.defaults, kind, fqn);
        self.lay_levels(&mut sum, &package.file.configs, kind, fqn);
        lay_over(&mut sum, own);
        if !self.is_root(package.file.name.as_str()) {
            self.lay_levels(&mut sum, &self.root().file.configs, kind, fqn);
        }
        sum
    }

    /// The same before rendering: what was written, the last one wins.
    pub fn unrendered_config(
        &self,
        kind: ResourceType,
        package: &PackageInput,
        fqn: &[Arc<str>],
        properties: Option<&ConfigMap>,
        calls: &ConfigMap,
    ) -> Arc<ConfigMap> {
        // dbt looks for these two under another key than `dbt_project.yml` has them under.
        let has_levels = !matches!(kind, ResourceType::SemanticModel | ResourceType::SavedQuery);
        let mut sum = ConfigMap::new();
        let mut add = |configs: &Configs| {
            // Of functions, dbt shows here what their own properties say.
            if kind == ResourceType::Function {
                return;
            }
            for level in configs.section(section(kind)).config_levels(fqn) {
                sum.extend(level.entries().map(|entry| (entry.name.to_string(), entry.value.to_json())));
            }
        };
        if has_levels {
            add(&package.file.unrendered_configs);
        }
        for layer in properties.into_iter().chain([calls]) {
            sum.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        if has_levels && !self.is_root(package.file.name.as_str()) {
            for level in self.root().file.unrendered_configs.section(section(kind)).config_levels(fqn) {
                sum.extend(level.entries().map(|entry| (entry.name.to_string(), entry.value.to_json())));
            }
        }
        Arc::new(sum)
    }

    fn lay_levels(&self, sum: &mut ConfigMap, configs: &Configs, kind: ResourceType, fqn: &[Arc<str>]) {
        for level in configs.section(section(kind)).config_levels(fqn) {
            let layer: ConfigMap =
                level.entries().map(|entry| (entry.name.to_string(), entry.value.to_json())).collect();
            if !layer.is_empty() {
                lay_over(sum, &layer);
            }
        }
    }
}

/// The key of `dbt_project.yml` that configures nodes of this kind.
fn section(kind: ResourceType) -> ConfigSection {
    match kind {
        ResourceType::Seed => ConfigSection::Seeds,
        ResourceType::Snapshot => ConfigSection::Snapshots,
        ResourceType::Source => ConfigSection::Sources,
        ResourceType::DataTest => ConfigSection::DataTests,
        ResourceType::UnitTest => ConfigSection::UnitTests,
        ResourceType::Exposure => ConfigSection::Exposures,
        ResourceType::Function => ConfigSection::Functions,
        ResourceType::Metric => ConfigSection::Metrics,
        ResourceType::SemanticModel => ConfigSection::SemanticModels,
        ResourceType::SavedQuery => ConfigSection::SavedQueries,
        _ => ConfigSection::Models,
    }
}

/// Package, folders of `path` without its file, and `name`.
pub(super) fn fqn(package: &str, path: &str, with_file: bool, name: &str) -> Vec<Arc<str>> {
    let mut fqn: Vec<Arc<str>> = vec![package.into()];
    let without_extension = match path.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => stem,
        _ => path,
    };
    let mut parts: Vec<&str> = without_extension.split('/').collect();
    if !with_file {
        parts.pop();
    }
    fqn.extend(parts.into_iter().map(Arc::from));
    fqn.push(name.into());
    fqn
}
