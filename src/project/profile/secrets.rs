//! Values that must never be shown.

use crate::diagnostic::{Diagnostic, masked};

/// Environment variables whose names begin so hold secrets (`dbt_common/constants.py`).
pub const SECRET_PREFIX: &str = "DBT_ENV_SECRET";

/// The secrets of an environment. While a file is rendered they are placeholders, so that no filter can take them apart.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Names and values, longest value first, so that no value hides the rest of another.
    values: Vec<(String, String)>,
    /// Values without a name: no placeholder stands for them.
    unnamed: Vec<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.values.iter().map(|(name, _)| name)).finish()
    }
}

impl Secrets {
    /// The secrets among `variables`.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let is_secret = |(name, value): &(String, String)| name.starts_with(SECRET_PREFIX) && !value.is_empty();
        let mut values: Vec<(String, String)> = variables.into_iter().filter(is_secret).collect();
        values.sort_by(|one, two| two.1.len().cmp(&one.1.len()).then_with(|| one.0.cmp(&two.0)));
        Secrets { values, unnamed: Vec::new() }
    }

    /// These, and values that are only to be hidden: no text can ask for them.
    #[must_use]
    pub fn and(mut self, values: impl IntoIterator<Item = String>) -> Self {
        self.unnamed.extend(values);
        self
    }

    /// Whether a variable of this name is a secret.
    pub fn is_secret_name(name: &str) -> bool {
        name.starts_with(SECRET_PREFIX)
    }

    /// What `env_var` gives for a secret while a file is rendered.
    pub fn placeholder(name: &str) -> String {
        format!("$$$DBT_SECRET_START$$${name}$$$DBT_SECRET_END$$$")
    }

    /// `text` with the values in the place of their placeholders.
    pub fn reveal(&self, text: &str) -> String {
        let reveal = |text: String, (name, value): &(String, String)| text.replace(&Self::placeholder(name), value);
        if text.contains("$$$DBT_SECRET_START$$$") {
            self.values.iter().fold(text.to_owned(), reveal)
        } else {
            text.to_owned()
        }
    }

    /// `text` with stars in the place of every secret, percent-encoded ones included.
    pub fn scrub(&self, text: &str) -> String {
        let mut all: Vec<&str> =
            self.values.iter().map(|(_, value)| value).chain(&self.unnamed).map(String::as_str).collect();
        all.sort_by_key(|value| std::cmp::Reverse(value.len()));
        masked(text, all).into_owned()
    }

    /// A diagnostic whose words hold no secret.
    #[must_use]
    pub fn scrub_diagnostic(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.message = self.scrub(&diagnostic.message);
        for hint in &mut diagnostic.hints {
            *hint = self.scrub(hint);
        }
        for label in diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary) {
            label.message = self.scrub(&label.message);
        }
        diagnostic
    }
}
