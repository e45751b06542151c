//! Macros and how a name finds one: dbt's rules of `dbt/context/macros.py` and `dbt/context/macro_resolver.py`.
//!
//! Owns definitions ([`MacroDefinition`]), the macros of one project and its packages ([`MacroLibrary`]) and what a node
//! of one package sees of them ([`MacroNamespace`]). Never runs a macro.

use super::blocks::Block;
use super::extract::{PossibleMacroCall, possible_macro_calls};
use super::runtime::{MacroGenerator, MacroOverride, PackageNamespace};
use super::unit::Unit;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use indexmap::IndexMap;
use minijinja::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

#[cfg(test)]
mod tests;

/// The name under which templates reach the macros of all internal packages: `dbt.name`.
pub const GLOBAL_PROJECT: &str = "dbt";

/// A macro, test or materialization. Shared by every namespace that holds it.
pub struct MacroDefinition {
    /// The package it belongs to.
    pub package: Arc<str>,
    /// The name dbt registers it under.
    pub name: Arc<str>,
    /// `macro.package.name`
    pub unique_id: Arc<str>,
    /// Path of the file relative to its project, as dbt prints it.
    pub path: Arc<str>,
    /// Text of the whole file.
    pub text: Arc<str>,
    /// The block in it.
    pub block: Block,
    /// Path to show in diagnostics.
    file: Arc<str>,
    /// Most macros are never called.
    unit: OnceLock<Arc<Unit>>,
    calls: OnceLock<Vec<PossibleMacroCall>>,
}

impl MacroDefinition {
    /// A macro from a block of a file.
    ///
    /// `path` is relative to the project (dbt's `original_file_path`); `file` is the path to show in diagnostics.
    pub fn new(package: &Arc<str>, path: &Arc<str>, file: &Arc<str>, text: &Arc<str>, block: Block) -> Arc<Self> {
        Arc::new(MacroDefinition {
            package: package.clone(),
            name: block.name.as_str().into(),
            unique_id: format!("macro.{package}.{}", block.name).into(),
            path: path.clone(),
            text: text.clone(),
            block,
            file: file.clone(),
            unit: OnceLock::new(),
            calls: OnceLock::new(),
        })
    }

    /// What is rendered.
    pub fn unit(&self) -> &Arc<Unit> {
        let Block { name, parameters, body, .. } = &self.block;
        self.unit.get_or_init(|| Unit::macro_body(&format!("dbt_macro__{name}"), &self.file, parameters, body))
    }

    /// The calls in it that may be calls of macros; the same in all domains that share it.
    pub fn possible_calls(&self) -> &[PossibleMacroCall] {
        self.calls.get_or_init(|| possible_macro_calls(&self.block.parameters, &self.block.body))
    }

    /// dbt's `macro_sql`: the block as written.
    pub fn macro_sql(&self) -> &str {
        self.text.get(self.block.range.as_usize()).unwrap_or_default()
    }

    /// The macro as a value that templates can call.
    pub fn value(self: &Arc<Self>) -> Value {
        Value::from_object(MacroGenerator::new(self.clone()))
    }

    fn span(&self) -> Span {
        Span::new(self.file.clone(), self.block.range.as_usize())
    }
}

impl fmt::Debug for MacroDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unique_id)
    }
}

type Macros = IndexMap<Arc<str>, Arc<MacroDefinition>>;

/// The macros that come with the program: shared by all domains, built once.
#[derive(Debug)]
pub struct InternalMacros {
    packages: IndexMap<Arc<str>, Macros>,
    /// Of the same name, the one of the package that comes first in the order.
    by_name: Macros,
    namespace: Arc<PackageNamespace>,
}

impl InternalMacros {
    /// `packages` in the order of precedence, first wins: the adapter's before `dbt`.
    ///
    /// # Errors
    /// Two macros of one package have the same name.
    pub fn new(
        packages: &[&str],
        definitions: impl IntoIterator<Item = Arc<MacroDefinition>>,
    ) -> Result<Arc<Self>, Diagnostic> {
        let mut by_package: IndexMap<Arc<str>, Macros> =
            packages.iter().map(|package| (Arc::from(*package), Macros::new())).collect();
        for definition in definitions {
            insert(by_package.entry(definition.package.clone()).or_default(), definition)?;
        }
        let mut by_name = Macros::new();
        for macros in by_package.values().rev() {
            by_name.extend(macros.iter().map(|(name, definition)| (name.clone(), definition.clone())));
        }
        let namespace = Arc::new(PackageNamespace::new(&by_name));
        Ok(Arc::new(InternalMacros { packages: by_package, by_name, namespace }))
    }

    /// No macros at all: for strings that see none.
    pub fn none() -> Arc<Self> {
        let by_name = Macros::new();
        let namespace = Arc::new(PackageNamespace::new(&by_name));
        Arc::new(InternalMacros { packages: IndexMap::new(), by_name, namespace })
    }

    /// The names of the internal packages, first in precedence first.
    pub fn package_names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.packages.keys()
    }

    /// All internal macros, by package.
    pub fn definitions(&self) -> impl Iterator<Item = &Arc<MacroDefinition>> {
        self.packages.values().flat_map(Macros::values)
    }
}

/// All macros of one project: its own, those of its packages and the internal ones.
#[derive(Debug)]
pub struct MacroLibrary {
    root_package: Arc<str>,
    internal: Arc<InternalMacros>,
    packages: IndexMap<Arc<str>, Macros>,
}

impl MacroLibrary {
    /// A library with nothing but the internal macros.
    pub fn new(root_package: impl Into<Arc<str>>, internal: Arc<InternalMacros>) -> Self {
        MacroLibrary { root_package: root_package.into(), internal, packages: IndexMap::new() }
    }

    /// Adds a macro of the project or of a package.
    ///
    /// # Errors
    /// The package has a macro of this name already.
    pub fn add(&mut self, definition: Arc<MacroDefinition>) -> Result<(), Diagnostic> {
        insert(self.packages.entry(definition.package.clone()).or_default(), definition)
    }

    /// The project that the library belongs to.
    pub fn root_package(&self) -> &Arc<str> {
        &self.root_package
    }

    /// Every macro, those of packages in the order in which they were added, then the internal ones.
    pub fn definitions(&self) -> impl Iterator<Item = &Arc<MacroDefinition>> {
        self.project_definitions().chain(self.internal.definitions())
    }

    /// The macros of the project and its packages, in the order in which the packages were added.
    pub fn project_definitions(&self) -> impl Iterator<Item = &Arc<MacroDefinition>> {
        self.packages.values().flat_map(Macros::values)
    }

    /// The macro with a unique id such as `macro.dbt.ref`.
    pub fn by_unique_id(&self, unique_id: &str) -> Option<&Arc<MacroDefinition>> {
        let (package, name) = unique_id.strip_prefix("macro.")?.split_once('.')?;
        self.package(package)?.get(name)
    }

    /// The macro that dbt finds for `name` from a node of `package` without rendering: the package's own, the root
    /// project's, one of any package (of the last that has one), an internal one (`MacroResolver.get_macro`).
    pub fn resolve(&self, package: &str, name: &str) -> Option<&Arc<MacroDefinition>> {
        let of_package = self.package(package).and_then(|macros| macros.get(name));
        let of_root = || self.packages.get(&self.root_package).and_then(|macros| macros.get(name));
        let of_any = || self.packages.values().rev().find_map(|macros| macros.get(name));
        of_package.or_else(of_root).or_else(of_any).or_else(|| self.internal.by_name.get(name))
    }

    fn package(&self, package: &str) -> Option<&Macros> {
        self.internal.packages.get(package).or_else(|| self.packages.get(package))
    }

    /// What nodes of `search_package` see. Build it once for each package and share it.
    pub fn namespace(&self, search_package: &str) -> Arc<MacroNamespace> {
        let packages: HashMap<Arc<str>, Arc<PackageNamespace>> = self
            .packages
            .iter()
            .map(|(name, macros)| (name.clone(), Arc::new(PackageNamespace::new(macros))))
            .collect();
        let mut names: HashMap<Arc<str>, Value> = HashMap::new();
        names.extend(self.internal.namespace.members());
        names.insert(GLOBAL_PROJECT.into(), Value::from_dyn_object(self.internal.namespace.clone()));
        names.extend(packages.iter().map(|(name, package)| (name.clone(), Value::from_dyn_object(package.clone()))));
        for package in [&*self.root_package, search_package] {
            if let Some(package) = packages.get(package) {
                names.extend(package.members());
            }
        }
        Arc::new(MacroNamespace {
            root_package: self.root_package.clone(),
            search_package: search_package.into(),
            names,
            packages,
            internal: self.internal.namespace.clone(),
        })
    }
}

/// What the nodes of one package see: macros by name, packages by name.
pub struct MacroNamespace {
    root_package: Arc<str>,
    search_package: Arc<str>,
    names: HashMap<Arc<str>, Value>,
    packages: HashMap<Arc<str>, Arc<PackageNamespace>>,
    internal: Arc<PackageNamespace>,
}

impl MacroNamespace {
    /// A macro, or a package as a mapping of its macros.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.get(name)
    }

    /// Every name that [`Self::get`] knows.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.names.keys()
    }

    /// A macro by name, or of one package; `dbt` is all internal packages (`MacroNamespace.get_from_package`).
    ///
    /// # Errors
    /// There is no such package.
    pub fn get_from_package(
        &self,
        package: Option<&str>,
        name: &str,
    ) -> Result<Option<Arc<MacroDefinition>>, UnknownPackage> {
        let Some(package) = package else { return Ok(self.names.get(name).and_then(definition_of)) };
        if package == GLOBAL_PROJECT {
            return Ok(self.internal.definition(name));
        }
        match self.packages.get(package) {
            Some(macros) => Ok(macros.definition(name)),
            None => Err(UnknownPackage(package.to_string())),
        }
    }

    /// The same namespace with macros that give a fixed result: dbt's `overrides.macros` of unit tests
    /// (`generate_runtime_unit_test_context`). Each override is a package or none, a name, and the result. An override of
    /// a `dbt` macro holds for its plain name and the reverse; plain names go before names with a package. Names that are
    /// no macros are left out: they are variables of the scope.
    pub fn with_overrides<'o>(
        &self,
        overrides: impl IntoIterator<Item = (Option<&'o str>, &'o str, Value)>,
    ) -> Arc<MacroNamespace> {
        let (plain, packaged): (Vec<_>, Vec<_>) = overrides.into_iter().partition(|(package, ..)| package.is_none());
        let mut names = self.names.clone();
        let mut packages: HashMap<Arc<str>, PackageNamespace> = HashMap::new();
        for (package, name, result) in packaged.into_iter().chain(plain) {
            let plain_name = package.is_none_or(|package| package == GLOBAL_PROJECT);
            if plain_name && let Some(definition) = names.get(name).and_then(definition_of) {
                names.insert(name.into(), Value::from_object(MacroOverride::new(definition, result.clone())));
            }
            let package = package.unwrap_or(GLOBAL_PROJECT);
            let original = if package == GLOBAL_PROJECT { Some(&self.internal) } else { self.packages.get(package) };
            let Some(original) = original else { continue };
            if let Some(definition) = original.definition(name) {
                let changed = packages.entry(package.into()).or_insert_with(|| (**original).clone());
                changed.replace(name, Value::from_object(MacroOverride::new(definition, result)));
            }
        }
        names.extend(packages.into_iter().map(|(name, changed)| (name, Value::from_object(changed))));
        Arc::new(MacroNamespace {
            root_package: self.root_package.clone(),
            search_package: self.search_package.clone(),
            names,
            packages: self.packages.clone(),
            internal: self.internal.clone(),
        })
    }

    /// The project that the nodes belong to or depend from.
    pub fn root_package(&self) -> &Arc<str> {
        &self.root_package
    }

    /// The package of the nodes that this namespace is for.
    pub fn search_package(&self) -> &Arc<str> {
        &self.search_package
    }
}

impl fmt::Debug for MacroNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<macros of {} in {}>", self.search_package, self.root_package)
    }
}

/// A package that the project does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Could not find package '{0}'")]
pub struct UnknownPackage(pub String);

/// The definition of a macro value.
pub fn definition_of(value: &Value) -> Option<Arc<MacroDefinition>> {
    value.downcast_object_ref::<MacroGenerator>().map(|generator| generator.definition().clone())
}

fn insert(macros: &mut Macros, definition: Arc<MacroDefinition>) -> Result<(), Diagnostic> {
    let Some(first) = macros.get(&definition.name) else {
        macros.insert(definition.name.clone(), definition);
        return Ok(());
    };
    let place = |definition: &MacroDefinition| format!("- {} ({})", definition.unique_id, definition.path);
    let message = format!(
        "dbt found two macros with the name \"{}\" in the namespace \"{}\". Since these macros have the same name and \
         exist in the same namespace, dbt will be unable to decide which to call. To fix this, change the name of one of \
         these macros:\n{}\n{}",
        definition.name,
        definition.package,
        place(first),
        place(&definition),
    );
    Err(Diagnostic::error(ErrorCode::JinjaDuplicateMacro, message)
        .hint("rename one of the two, or take it out")
        .at(definition.span())
        .also(first.span(), "first defined here"))
}
