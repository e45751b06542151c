//! Which macros have changed, or call one that has.

use super::previous::PreviousManifest;
use crate::manifest::{Macro, Manifest, UniqueId};
use std::collections::{HashMap, HashSet};

/// Ids of all macros that differ from `previous` and of all macros that call one of them, directly or not.
///
/// Macros that the binary carries are left out: their text belongs to the program that wrote the state, which can be
/// another one, and says nothing about the project.
pub(super) fn modified_macros<'a>(manifest: &'a Manifest, previous: &PreviousManifest) -> HashSet<&'a UniqueId> {
    let mut callers: HashMap<&UniqueId, Vec<&'a UniqueId>> = HashMap::new();
    for (id, called_by) in &manifest.macros {
        for called in &called_by.depends_on {
            callers.entry(called).or_default().push(id);
        }
    }
    let mut waiting: Vec<&UniqueId> = manifest
        .macros
        .values()
        .filter(|candidate| differs(candidate, previous))
        .map(|candidate| &candidate.unique_id)
        .collect();
    let mut modified: HashSet<&UniqueId> = waiting.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        for caller in callers.get(id).into_iter().flatten() {
            if modified.insert(caller) {
                waiting.push(caller);
            }
        }
    }
    modified
}

fn differs(candidate: &Macro, previous: &PreviousManifest) -> bool {
    let Some(domain) = &candidate.domain else { return false };
    let id = &candidate.unique_id;
    let old = super::comparison::spellings(id, &candidate.package_name, domain)
        .find_map(|spelling| previous.macros.get(spelling.as_str()));
    old.is_none_or(|old| *old.macro_sql != *candidate.macro_sql)
}
