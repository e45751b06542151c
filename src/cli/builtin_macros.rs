//! The macros that the binary carries: `macros/` of this repository.

use crate::diagnostic::Diagnostic;
use crate::jinja::InternalMacros;
use std::sync::Arc;

include!(concat!(env!("OUT_DIR"), "/builtin_macros.rs"));

/// Parses them.
///
/// # Errors
/// When one does not parse, which a test rules out.
pub(super) fn load() -> Result<Arc<InternalMacros>, Diagnostic> {
    crate::parse::internal_macros(BUILTIN_MACROS)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_builtin_macro_compiles() {
        let macros = super::load().unwrap_or_else(|cause| panic!("{cause}"));
        let engine = crate::jinja::Engine::new();
        let mut count = 0;
        for definition in macros.definitions() {
            engine.check(&definition.unit).unwrap_or_else(|cause| panic!("{}: {cause}", definition.unique_id));
            count += 1;
        }
        assert!(count > 400, "{count} macros");
    }
}
