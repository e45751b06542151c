//! What properties files may hold and is not supported yet: said, never passed over in silence.

use super::patch::Properties;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::project::yaml::Yaml;

/// The entries of one kind in a file.
type Entries = fn(&Properties) -> &Vec<Yaml>;

/// One diagnostic for each kind of thing, at the first of them. Nothing that is built depends on metrics and their like,
/// so that those are left out with a warning; SQL calls functions.
pub(super) fn report(properties: &[Properties], diagnostics: &mut Vec<Diagnostic>) {
    let kinds: [(&str, Entries); 4] = [
        ("functions", |file| &file.content.functions),
        ("metrics", |file| &file.content.metrics),
        ("semantic_models", |file| &file.content.semantic_models),
        ("saved_queries", |file| &file.content.saved_queries),
    ];
    for (kind, entries) in kinds {
        let mut all = properties.iter().flat_map(entries);
        let Some(first) = all.next() else { continue };
        let count = 1 + all.count();
        let diagnostic = match kind {
            "functions" => Diagnostic::error(ErrorCode::Unsupported, "`functions` are not supported yet")
                .hint("write a macro, or create the function in on-run-start"),
            _ => {
                let message = format!("`{kind}` are not supported yet: {count} left out");
                Diagnostic::warning(ErrorCode::Unsupported, message)
                    .hint("models, seeds, snapshots and tests are built as ever")
            }
        };
        diagnostics.push(diagnostic.at(first.span.clone()));
    }
}
