//! From the packages that a project lists to all that it needs: what packages list themselves, layer by layer.

use super::Outcome;
use super::fetch::Pinned;
use super::requirement::Requirement;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use indexmap::IndexMap;
use std::collections::HashSet;

/// What has to be known of a package to go on.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    /// The project's name.
    pub name: String,
    /// What it needs itself.
    pub requirements: Vec<Requirement>,
}

/// Where packages are looked up.
pub(super) trait Source {
    /// The one version that a requirement comes to.
    fn pin(&mut self, requirement: &Requirement) -> Outcome<Pinned>;
    /// Name and requirements of a version.
    fn metadata(&mut self, pinned: &Pinned) -> Outcome<Metadata>;
}

/// Requirements by the names of their packages, in the order in which they came.
#[derive(Default)]
pub(super) struct Listing {
    packages: IndexMap<String, Requirement>,
}

impl Listing {
    pub fn of(requirements: impl IntoIterator<Item = Requirement>) -> Outcome<Listing> {
        let mut listing = Listing::default();
        for requirement in requirements {
            listing.incorporate(&requirement)?;
        }
        Ok(listing)
    }

    /// Adds a requirement, and gives what is now asked of its package.
    fn incorporate(&mut self, requirement: &Requirement) -> Outcome<Requirement> {
        let known = requirement.all_names().into_iter().find(|name| self.packages.contains_key(name));
        let name = known.unwrap_or_else(|| requirement.name());
        let merged = match self.packages.get(&name) {
            Some(existing) => existing.incorporate(requirement)?,
            None => requirement.clone(),
        };
        self.packages.insert(name, merged.clone());
        Ok(merged)
    }

    pub fn pinned(&self, source: &mut dyn Source) -> Outcome<Vec<Pinned>> {
        self.packages.values().map(|requirement| source.pin(requirement)).collect()
    }
}

/// Everything that `requirements` come to, with each package's own name.
pub(super) fn resolve(
    root: &str,
    requirements: Vec<Requirement>,
    source: &mut dyn Source,
) -> Outcome<Vec<(Pinned, String)>> {
    let mut pending = Listing::of(requirements)?;
    let mut found = Listing::default();
    // Packages may list each other in a circle.
    let mut followed = HashSet::new();
    while !pending.packages.is_empty() {
        let mut next = Vec::new();
        for requirement in pending.packages.values() {
            let pinned = source.pin(&found.incorporate(requirement)?)?;
            if followed.insert(pinned.key()) {
                next.extend(source.metadata(&pinned)?.requirements);
            }
        }
        pending = Listing::of(next)?;
    }
    let mut named = Vec::new();
    for pinned in found.pinned(source)? {
        let name = source.metadata(&pinned)?.name;
        named.push((pinned, name));
    }
    check_names(root, &named)?;
    Ok(named)
}

fn check_names(root: &str, packages: &[(Pinned, String)]) -> Outcome<()> {
    let mut seen: IndexMap<&str, &Span> = IndexMap::new();
    for (pinned, name) in packages {
        let conflict = |message: String| Diagnostic::error(ErrorCode::PackageConflict, message).at(pinned.span.clone());
        if let Some(other) = seen.insert(name, &pinned.span) {
            let message = format!(
                "Found duplicate project \"{name}\". This occurs when a dependency has the same project name as some other \
                 dependency."
            );
            return Err(Box::new(conflict(message).also(other.clone(), "the other one")));
        }
        if name == root {
            let message = format!(
                "Found a dependency with the same name as the root project \"{name}\". Package names must be unique in a \
                 project. Please rename one of these packages."
            );
            return Err(Box::new(conflict(message)));
        }
    }
    Ok(())
}
