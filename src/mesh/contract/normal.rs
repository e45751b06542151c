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
        return Body { items: Vec::new(), rest: sql.to_string() };
    };
    let tokens = renamed(tokens);
    let (start, end) = last_select(&tokens);
    let items = split(&tokens[start..end]);
    let mut rest: Vec<&str> = tokens[..start].iter().map(|token| token.text.as_str()).collect();
    rest.push("\u{2026}");
    rest.extend(tokens[end..].iter().map(|token| token.text.as_str()));
    Body { items, rest: rest.join(" ") }
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
