//! Keeps secrets out of everything that is shown or written.

use crate::diagnostic::masked;
use std::borrow::Cow;
use std::sync::Arc;

/// Replaces secret values in texts by `*****`, as dbt does with the values of `DBT_ENV_SECRET_*`.
#[derive(Debug, Clone, Default)]
pub struct Scrubber {
    /// Longest first: a secret that holds another one is replaced as a whole.
    secrets: Arc<[String]>,
}

impl Scrubber {
    /// Scrubs each of `secrets`; blank ones are left out, they would match everywhere.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<String> = secrets.into_iter().filter(|secret| !secret.trim().is_empty()).collect();
        secrets.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        secrets.dedup();
        Scrubber { secrets: secrets.into() }
    }

    /// `text` without secrets, percent-encoded ones included.
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        masked(text, self.secrets.iter().map(String::as_str))
    }
}
