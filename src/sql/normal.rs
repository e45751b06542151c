//! The tokens of a text, spelled one way.

use super::text;
use sqlparser::tokenizer::Token;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalToken {
    /// Its text: words in lower case, names without quotes that they do not need.
    pub text: String,
    /// Whether it may be a name.
    pub is_name: bool,
}

/// Other names of types, and the one that stands for them (<https://duckdb.org/docs/stable/sql/data_types/overview>).
const TYPES: [(&str, &str); 22] = [
    ("int", "integer"),
    ("int4", "integer"),
    ("signed", "integer"),
    ("int8", "bigint"),
    ("long", "bigint"),
    ("int2", "smallint"),
    ("short", "smallint"),
    ("int1", "tinyint"),
    ("float8", "double"),
    ("float4", "real"),
    ("float", "real"),
    ("text", "varchar"),
    ("string", "varchar"),
    ("char", "varchar"),
    ("bpchar", "varchar"),
    ("bool", "boolean"),
    ("logical", "boolean"),
    ("numeric", "decimal"),
    ("datetime", "timestamp"),
    ("timestamptz", "timestamp with time zone"),
    ("bytea", "blob"),
    ("binary", "blob"),
];

/// The tokens of `sql` without white space and comments. None for a text that cannot be split into tokens.
pub fn normal_tokens(sql: &str) -> Option<Vec<NormalToken>> {
    let statements = text::statements(sql).ok()?;
    let tokens = statements.iter().flat_map(|statement| &statement.tokens);
    Some(tokens.map(|token| normal(&token.token)).collect())
}

fn normal(token: &Token) -> NormalToken {
    match token {
        Token::Word(word) => {
            let plain = |character: char| character.is_alphanumeric() || character == '_';
            let text = word.value.to_lowercase();
            let is_plain = !text.is_empty() && text.chars().all(plain);
            if word.quote_style.is_some() && !is_plain {
                return NormalToken { text: format!("\"{text}\""), is_name: true };
            }
            let other = TYPES.iter().find(|(name, _)| *name == text && word.quote_style.is_none());
            NormalToken { text: other.map_or(text, |(_, name)| (*name).to_string()), is_name: true }
        }
        Token::Neq => NormalToken { text: "!=".to_string(), is_name: false },
        other => NormalToken { text: other.to_string(), is_name: false },
    }
}
