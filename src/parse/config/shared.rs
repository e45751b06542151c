//! One copy of configs that many nodes have: most nodes of a project are configured alike.

use crate::manifest::{JsonMap, Node, NodeConfig};
use serde_json::Value;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// The configs of the nodes of one domain, each of them once. Filled by many threads at once.
#[derive(Debug, Default)]
pub struct SharedConfigs {
    configs: Pool<NodeConfig>,
    unrendered: Pool<JsonMap>,
}

impl SharedConfigs {
    /// Gives `node` the copy that an earlier node has of the same configs.
    pub fn share(&self, node: &mut Node) {
        self.configs.share(&mut node.config, |config| &config.values);
        self.unrendered.share(&mut node.unrendered_config, |map| map);
    }
}

/// Values by the hash of a map that they hold.
#[derive(Debug)]
struct Pool<T>(Mutex<HashMap<u64, Vec<Arc<T>>>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Pool(Mutex::default())
    }
}

impl<T: PartialEq> Pool<T> {
    /// Maps that are equal may still show their keys in another order, and keep it.
    fn share(&self, value: &mut Arc<T>, map: impl Fn(&T) -> &JsonMap) {
        let mut hasher = DefaultHasher::new();
        hash_map(map(value), &mut hasher);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = known.entry(hasher.finish()).or_default();
        let same = |other: &&Arc<T>| ***other == **value && same_order(map(other), map(value));
        match alike.iter().find(same) {
            Some(other) => *value = other.clone(),
            None => alike.push(value.clone()),
        }
    }
}

fn hash_map(map: &JsonMap, hasher: &mut impl Hasher) {
    map.len().hash(hasher);
    for (key, value) in map {
        key.hash(hasher);
        hash_value(value, hasher);
    }
}

fn hash_value(value: &Value, hasher: &mut impl Hasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Null => {}
        Value::Bool(flag) => flag.hash(hasher),
        Value::Number(number) => number.hash(hasher),
        Value::String(text) => text.hash(hasher),
        Value::Array(items) => items.iter().for_each(|item| hash_value(item, hasher)),
        Value::Object(map) => hash_map(map, hasher),
    }
}

/// Whether two equal maps have their keys in the same order, all the way down.
fn same_order(left: &JsonMap, right: &JsonMap) -> bool {
    left.iter()
        .zip(right)
        .all(|((left_key, left), (right_key, right))| left_key == right_key && same_order_within(left, right))
}

fn same_order_within(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => same_order(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.iter().zip(right).all(|(left, right)| same_order_within(left, right))
        }
        _ => true,
    }
}
