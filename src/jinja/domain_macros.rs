//! The macros of one domain, ready to render with.

use super::library::{InternalMacros, MacroLibrary, MacroNamespace};
use std::collections::HashMap;
use std::sync::Arc;

/// Macros of one domain, as each of its packages sees them.
#[derive(Debug)]
pub struct DomainMacros {
    /// All macros of the domain.
    pub library: MacroLibrary,
    namespaces: HashMap<Arc<str>, Arc<MacroNamespace>>,
    empty: Arc<MacroNamespace>,
}

impl DomainMacros {
    /// The macros of a domain with these packages, its own project among them.
    pub fn new(library: MacroLibrary, packages: &[Arc<str>]) -> Self {
        let namespaces = packages.iter().map(|package| (package.clone(), library.namespace(package))).collect();
        let root = library.root_package().clone();
        let empty = MacroLibrary::new(root.clone(), InternalMacros::none()).namespace(&root);
        DomainMacros { library, namespaces, empty }
    }

    /// What the nodes of `package` see.
    pub fn namespace(&self, package: &str) -> Arc<MacroNamespace> {
        self.namespaces.get(package).cloned().unwrap_or_else(|| self.library.namespace(package))
    }

    /// For what sees no macros: strings in YAML files, descriptions.
    pub fn without_macros(&self) -> Arc<MacroNamespace> {
        self.empty.clone()
    }
}
