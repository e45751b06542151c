//! SQL in a form that is the same for texts that mean the same but for their looks.
//!
//! White space, comments, the letter case of words, quotes that are not needed, names of common table expressions and other
//! spellings of types do not count. The order of columns in the last select list is kept apart.

use crate::sql::{NormalToken, normal_tokens};
use std::collections::BTreeMap;

/// A query in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The items of the outermost select list, in order.
    pub items: Vec<String>,
    /// Everything else.
    pub rest: String,
    /// What of it decides on nulls and on what a row stands for.
    pub shape: BodyShape,
}

/// Counts of what may make a column null, and the keys of groups, anywhere in a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BodyShape {
    /// Joins that keep only rows with a partner.
    pub inner_joins: usize,
    /// Joins that fill up with nulls.
    pub outer_joins: usize,
    /// Calls of `coalesce` and `ifnull`.
    pub coalesces: usize,
    /// The keys of each `group by`, in the order of the text; `distinct` groups by everything.
    pub grain: Vec<String>,
}

impl Body {
    /// Whether both mean the same but for the order of their columns.
    pub fn same_but_for_order(&self, other: &Body) -> bool {
        let sorted = |body: &Body| {
            let mut items = body.items.clone();
            items.sort();
            items
        };
        self.rest == other.rest && sorted(self) == sorted(other)
    }
}

/// The normal form of a query; a text that cannot be tokenized stands for itself.
pub fn normal_form(sql: &str) -> Body {
    let Some(tokens) = normal_tokens(sql) else {
        return Body { items: Vec::new(), rest: sql.to_string(), shape: BodyShape::default() };
    };
    let tokens = renamed(tokens);
    let shape = shape(&tokens);
    let (start, end) = last_select(&tokens);
    let items = split(&tokens[start..end]);
    let mut rest: Vec<&str> = tokens[..start].iter().map(|token| token.text.as_str()).collect();
    rest.push("\u{2026}");
    rest.extend(tokens[end..].iter().map(|token| token.text.as_str()));
    Body { items, rest: rest.join(" "), shape }
}

fn shape(tokens: &[NormalToken]) -> BodyShape {
    let text = |place: usize| tokens.get(place).map_or("", |token| token.text.as_str());
    let before = |place: usize, back: usize| place.checked_sub(back).map_or("", text);
    let mut shape = BodyShape::default();
    for place in 0..tokens.len() {
        match text(place) {
            "join" => {
                let kind = if before(place, 1) == "outer" { before(place, 2) } else { before(place, 1) };
                match kind {
                    "left" | "right" | "full" => shape.outer_joins += 1,
                    _ => shape.inner_joins += 1,
                }
            }
            "coalesce" | "ifnull" if text(place + 1) == "(" => shape.coalesces += 1,
            "by" if before(place, 1) == "group" => shape.grain.push(group_keys(&tokens[place + 1..])),
            "distinct" if before(place, 1) == "select" => shape.grain.push("distinct".to_string()),
            _ => {}
        }
    }
    shape
}

/// The keys at the beginning of `tokens`, sorted.
fn group_keys(tokens: &[NormalToken]) -> String {
    const ENDS: [&str; 9] = ["having", "qualify", "order", "limit", "window", "union", "except", "intersect", "offset"];
    let mut depth = 0usize;
    let end = tokens.iter().position(|token| match token.text.as_str() {
        "(" | "[" | "{" => {
            depth += 1;
            false
        }
        ")" | "]" | "}" if depth == 0 => true,
        ")" | "]" | "}" => {
            depth -= 1;
            false
        }
        word => depth == 0 && ENDS.contains(&word),
    });
    let keys = split(&tokens[..end.unwrap_or(tokens.len())]);
    // What a column is qualified with is a name of this query alone.
    let is_column = |key: &str| key.split(" . ").all(|part| !part.contains(' '));
    let bare = |key: String| if is_column(&key) { key.rsplit(" . ").next().map(str::to_string) } else { Some(key) };
    let mut keys: Vec<String> = keys.into_iter().filter_map(bare).collect();
    keys.sort();
    keys.join(", ")
}

/// Names of common table expressions become numbers, in the order of their definition.
fn renamed(mut tokens: Vec<NormalToken>) -> Vec<NormalToken> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for place in 0..tokens.len() {
        let behind = |offset: usize| tokens.get(place + offset).map(|token| token.text.as_str());
        let before = place.checked_sub(1).and_then(|place| tokens.get(place)).map(|token| token.text.as_str());
        let opens = matches!(before, Some("with" | "recursive" | ","));
        let is_definition = opens
            && tokens[place].is_name
            && behind(1) == Some("as")
            && (behind(2) == Some("(") || matches!(behind(2), Some("materialized" | "not")));
        if is_definition {
            let number = format!("cte{}", names.len());
            names.entry(tokens[place].text.clone()).or_insert(number);
        }
    }
    for place in 0..tokens.len() {
        let is_part = place > 0 && tokens[place - 1].text == ".";
        if tokens[place].is_name
            && !is_part
            && let Some(name) = names.get(&tokens[place].text)
        {
            tokens[place].text = name.clone();
        }
    }
    tokens
}

/// The items between the last `select` outside of brackets and its `from`.
fn last_select(tokens: &[NormalToken]) -> (usize, usize) {
    let mut depth = 0usize;
    let (mut start, mut end) = (0, 0);
    let mut open = false;
    for (place, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "select" if depth == 0 => {
                (start, end, open) = (place + 1, tokens.len(), true);
            }
            "from" | "union" | "except" | "intersect" | "where" | "order" if depth == 0 && open => {
                (end, open) = (place, false);
            }
            _ => {}
        }
    }
    (start, end.max(start))
}

/// Tokens split at commas outside of brackets.
fn split(tokens: &[NormalToken]) -> Vec<String> {
    let mut items: Vec<Vec<&str>> = vec![Vec::new()];
    let mut depth = 0usize;
    for token in tokens {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                items.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(&token.text);
        }
    }
    items.into_iter().map(|item| item.join(" ")).filter(|item| !item.is_empty()).collect()
}
