//! The dictionary of a YAML tree: ordered, with look-up by string key.

use super::{Yaml, YamlValue};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Above this size a dictionary carries a hash index; below, a scan is faster.
const INDEX_FROM: usize = 9;

/// Keys and values in the order of first writing. No key stands twice.
#[derive(Clone, Default)]
pub struct YamlMap {
    entries: Vec<(Yaml, Yaml)>,
    index: Option<HashMap<Arc<str>, usize>>,
}

/// A key that was written a second time.
#[derive(Debug, Clone)]
pub struct DuplicateKey {
    /// The key as it was first written.
    pub first: Yaml,
    /// The key as it was written again.
    pub second: Yaml,
}

impl fmt::Debug for YamlMap {
    /// The entries in their order; the index, which has none, says nothing more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|(key, value)| (key, value))).finish()
    }
}

impl PartialEq for YamlMap {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.entries.iter().all(|(key, value)| other.get_by(key).is_some_and(|found| found == value))
    }
}

impl YamlMap {
    /// A dictionary of `entries`. Of a key that stands twice, the first place and the last value are kept, as in Python.
    pub fn new(entries: impl IntoIterator<Item = (Yaml, Yaml)>) -> Self {
        Self::with_duplicates(entries).0
    }

    /// As [`YamlMap::new`], with the keys that stood twice.
    pub fn with_duplicates(entries: impl IntoIterator<Item = (Yaml, Yaml)>) -> (Self, Vec<DuplicateKey>) {
        let entries = entries.into_iter();
        let mut map = YamlMap { entries: Vec::with_capacity(entries.size_hint().0), index: None };
        let mut duplicates = Vec::new();
        let mut positions: HashMap<Arc<str>, usize> = HashMap::new();
        for (key, value) in entries {
            let identity = identity(&key);
            let found = if map.entries.len() < INDEX_FROM {
                map.entries.iter().position(|(known, _)| self::identity(known) == identity)
            } else {
                if positions.is_empty() {
                    positions =
                        map.entries.iter().enumerate().map(|(at, (key, _))| (shared_identity(key), at)).collect();
                }
                positions.get(identity.as_ref()).copied()
            };
            match found {
                Some(at) => {
                    duplicates.push(DuplicateKey { first: map.entries[at].0.clone(), second: key });
                    map.entries[at].1 = value;
                }
                None => {
                    if !positions.is_empty() {
                        positions.insert(shared_identity(&key), map.entries.len());
                    }
                    map.entries.push((key, value));
                }
            }
        }
        map.index = (!positions.is_empty()).then_some(positions);
        (map, duplicates)
    }

    /// The value of a string key.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value of a string key.
    pub fn entry(&self, key: &str) -> Option<&(Yaml, Yaml)> {
        match &self.index {
            Some(index) => index.get(key).map(|at| &self.entries[*at]),
            None => self.entries.iter().find(|(known, _)| known.as_str() == Some(key)),
        }
    }

    /// Whether the string key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Keys and values in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Yaml, Yaml)> {
        self.entries.iter()
    }

    /// String keys and their values in order; other keys are left out.
    pub fn string_entries(&self) -> impl Iterator<Item = (&Arc<str>, &Yaml)> {
        self.entries.iter().filter_map(|(key, value)| match &key.value {
            YamlValue::String(text) => Some((text, value)),
            _ => None,
        })
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn get_by(&self, key: &Yaml) -> Option<&Yaml> {
        let identity = identity(key);
        match &self.index {
            Some(index) => index.get(identity.as_ref()).map(|at| &self.entries[*at].1),
            None => self.entries.iter().find(|(known, _)| self::identity(known) == identity).map(|(_, value)| value),
        }
    }
}

impl<'a> IntoIterator for &'a YamlMap {
    type Item = &'a (Yaml, Yaml);
    type IntoIter = std::slice::Iter<'a, (Yaml, Yaml)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn shared_identity(key: &Yaml) -> Arc<str> {
    match &key.value {
        YamlValue::String(text) => text.clone(),
        _ => identity(key).into(),
    }
}

/// What makes two keys the same. Strings stand for themselves, all else begins with a control character that no YAML
/// text may hold. As in Python `1`, `1.0` and `true` are one key.
fn identity(key: &Yaml) -> Cow<'_, str> {
    match &key.value {
        YamlValue::String(text) => Cow::Borrowed(text),
        YamlValue::Null => Cow::Borrowed("\u{1}null"),
        YamlValue::Bool(value) => Cow::Owned(format!("\u{1}{}", i64::from(*value))),
        YamlValue::Int(value) => Cow::Owned(format!("\u{1}{value}")),
        YamlValue::BigInt(value) => Cow::Owned(format!("\u{1}{value}")),
        YamlValue::Float(value) => Cow::Owned(format!("\u{1}{value}")),
        YamlValue::Date(value) => Cow::Owned(format!("\u{1}d{value}")),
        YamlValue::DateTime(value) => Cow::Owned(format!("\u{1}t{}", value.isoformat())),
        YamlValue::Seq(_) | YamlValue::Map(_) => Cow::Borrowed("\u{1}container"),
    }
}
