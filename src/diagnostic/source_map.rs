//! Texts of the files that spans point into.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock, RwLock};

/// Where the text of a file is to be had that was not read yet.
type Reader = dyn Fn(&str) -> Option<Arc<str>> + Send + Sync;

/// The texts of all files that were read, by displayed path. Shared by all threads of a run; texts are only added.
#[derive(Default)]
pub struct SourceMap {
    texts: RwLock<BTreeMap<Arc<str>, Arc<str>>>,
    unread: OnceLock<Box<Reader>>,
}

impl fmt::Debug for SourceMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMap").field("texts", &self.texts).finish_non_exhaustive()
    }
}

impl SourceMap {
    /// Remembers the text of `file`; a later text of the same file replaces the earlier one.
    pub fn insert(&self, file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) {
        let mut texts = self.texts.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        texts.insert(file.into(), text.into());
    }

    /// Has texts that are not here read by `reader` when they are asked for. The first reader stays.
    pub fn read_with(&self, reader: impl Fn(&str) -> Option<Arc<str>> + Send + Sync + 'static) {
        let _ = self.unread.set(Box::new(reader));
    }

    /// The text of `file`, if it was remembered or can be read.
    pub fn text(&self, file: &str) -> Option<Arc<str>> {
        let known = self.texts.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(file).cloned();
        known.or_else(|| self.unread.get()?(file))
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
