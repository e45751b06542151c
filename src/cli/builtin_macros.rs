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
mod tests;
