//! Python's literals as values: what `ast.literal_eval` takes.

use super::Problem;
use crate::jinja::value;
use indexmap::IndexMap;
use minijinja::Value;
use tree_sitter::Node;

const HINT: &str = "write the value itself: names, calls and f-strings are not known while the project is parsed";

/// The value of a literal.
///
/// # Errors
/// dbt's text when it is anything else.
pub(super) fn value(node: Node<'_>, text: &str) -> Result<Value, Problem> {
    let refused = || not_literal(node);
    let source = text.get(node.start_byte()..node.end_byte()).unwrap_or_default();
    let mut cursor = node.walk();
    let children = || -> Vec<Node<'_>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
    };
    Ok(match node.kind() {
        "none" => Value::from(()),
        "true" => Value::from(true),
        "false" => Value::from(false),
        "integer" => integer(source).ok_or_else(refused)?,
        "float" => Value::from(source.replace('_', "").parse::<f64>().map_err(|_| refused())?),
        "string" => Value::from(string(node, text).ok_or_else(refused)?),
        "concatenated_string" => {
            let parts: Option<String> = children().into_iter().map(|part| string(part, text)).collect();
            Value::from(parts.ok_or_else(refused)?)
        }
        "parenthesized_expression" => {
            let inner = node.named_children(&mut cursor).find(|child| child.kind() != "comment");
            value(inner.ok_or_else(refused)?, text)?
        }
        "list" | "set" => value::list(values(&children(), text)?),
        "tuple" => value::tuple(values(&children(), text)?),
        "dictionary" => {
            let mut entries = IndexMap::new();
            for pair in children() {
                let (Some(key), Some(item)) = (pair.child_by_field_name("key"), pair.child_by_field_name("value"))
                else {
                    return Err(not_literal(pair));
                };
                entries.insert(value(key, text)?, value(item, text)?);
            }
            value::dict(entries)
        }
        "unary_operator" => {
            let operand = node.child_by_field_name("argument").ok_or_else(refused)?;
            signed(source, &value(operand, text)?).ok_or_else(refused)?
        }
        _ => return Err(refused()),
    })
}

fn values(nodes: &[Node<'_>], text: &str) -> Result<Vec<Value>, Problem> {
    nodes.iter().map(|node| value(*node, text)).collect()
}

fn not_literal(node: Node<'_>) -> Problem {
    let message = format!(
        "Error when trying to literal_eval an arg to dbt.ref(), dbt.source(), dbt.config() or dbt.config.get() \n\
         malformed node or string on line {}\n\
         https://docs.python.org/3/library/ast.html#ast.literal_eval\n\
         In dbt python model, `dbt.ref`, `dbt.source`, `dbt.config`, `dbt.config.get` function args only support Python literal \
         structures",
        node.start_position().row + 1
    );
    Problem::new(message, node.start_byte()..node.end_byte(), HINT)
}

fn integer(source: &str) -> Option<Value> {
    let digits = source.replace('_', "").to_lowercase();
    let number = match digits.get(..2) {
        Some("0x") => i64::from_str_radix(&digits[2..], 16),
        Some("0o") => i64::from_str_radix(&digits[2..], 8),
        Some("0b") => i64::from_str_radix(&digits[2..], 2),
        _ => digits.parse(),
    };
    number.ok().map(Value::from)
}

fn signed(source: &str, operand: &Value) -> Option<Value> {
    if operand.kind() != minijinja::value::ValueKind::Number {
        return None;
    }
    match (source.chars().next()?, operand.is_integer()) {
        ('+', _) => Some(operand.clone()),
        ('-', true) => operand.as_i64().map(|number| Value::from(-number)),
        ('-', false) => f64::try_from(operand.clone()).ok().map(|number| Value::from(-number)),
        _ => None,
    }
}

/// The text of a string; nothing for f-strings and bytes.
fn string(node: Node<'_>, text: &str) -> Option<String> {
    let mut cursor = node.walk();
    let mut prefix = String::new();
    let mut content = String::new();
    for part in node.children(&mut cursor) {
        let written = text.get(part.start_byte()..part.end_byte())?;
        match part.kind() {
            "string_start" => prefix = written.trim_end_matches(['"', '\'']).to_lowercase(),
            "string_content" => content.push_str(written),
            "interpolation" => return None,
            _ => {}
        }
    }
    match prefix.as_str() {
        "" | "u" => unescaped(&content),
        "r" => Some(content),
        _ => None,
    }
}

/// The text with Python's escape sequences replaced; nothing for characters by name (`\N{...}`).
fn unescaped(written: &str) -> Option<String> {
    let mut text = String::with_capacity(written.len());
    let mut letters = written.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        let escaped = letters.next()?;
        let digits = match escaped {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        match escaped {
            '\n' => {}
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'a' => text.push('\u{7}'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'v' => text.push('\u{b}'),
            '\\' | '\'' | '"' => text.push(escaped),
            '0'..='7' => {
                let rest = letters.as_str();
                let more = rest.chars().take(2).take_while(|digit| ('0'..='7').contains(digit)).count();
                let octal = format!("{escaped}{}", &rest[..more]);
                letters = rest[more..].chars();
                text.push(char::from_u32(u32::from_str_radix(&octal, 8).ok()?)?);
            }
            'N' => return None,
            _ if digits > 0 => {
                let hex: String = letters.by_ref().take(digits).collect();
                text.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
            }
            // What is no escape sequence stands for itself.
            other => text.extend(['\\', other]),
        }
    }
    Some(text)
}
