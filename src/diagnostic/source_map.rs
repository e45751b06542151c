//! Texts of the files that spans point into.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// The texts of all files that were read, by displayed path. Shared by all threads of a run; texts are only added.
#[derive(Debug, Default)]
pub struct SourceMap {
    texts: RwLock<BTreeMap<Arc<str>, Arc<str>>>,
}

impl SourceMap {
    /// Remembers the text of `file`; a later text of the same file replaces the earlier one.
    pub fn insert(&self, file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) {
        let mut texts = self.texts.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        texts.insert(file.into(), text.into());
    }

    /// The text of `file`, if it was remembered.
    pub fn text(&self, file: &str) -> Option<Arc<str>> {
        self.texts.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(file).cloned()
    }
}

/// Line and column (both from 1, the column in characters) of a byte offset in `text`.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
