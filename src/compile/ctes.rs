//! Common table expressions in front of a statement.

/// Puts `ctes`, each ` name as (...)`, in front of `sql`: into its own `with` where it begins with one, else into a new one.
///
/// The layout is dbt's, so that compiled files compare equal.
pub fn inject(sql: &str, ctes: &[&str]) -> String {
    if ctes.is_empty() {
        return sql.to_string();
    }
    let joined = ctes.join(", ");
    match after_with(sql) {
        Some(end) => {
            let start = end + (sql[end..].len() - sql[end..].trim_start().len());
            format!("{}{joined}, {}", &sql[..start], &sql[start..])
        }
        None => {
            // As dbt does: behind white space, in front of the first word or comment.
            let start = sql.len() - sql.trim_start().len();
            format!("{}with{joined} {}", &sql[..start], &sql[start..])
        }
    }
}

/// Byte offset behind the leading `with` (and `recursive`) of a statement.
fn after_with(sql: &str) -> Option<usize> {
    let start = skip_blanks(sql, 0);
    let end = keyword(sql, start, "with")?;
    let next = skip_blanks(sql, end);
    Some(keyword(sql, next, "recursive").unwrap_or(end))
}

fn keyword(sql: &str, start: usize, word: &str) -> Option<usize> {
    let end = start + word.len();
    let found = sql.get(start..end).is_some_and(|text| text.eq_ignore_ascii_case(word));
    let ends = sql[end.min(sql.len())..].chars().next().is_none_or(|letter| !letter.is_alphanumeric() && letter != '_');
    (found && ends).then_some(end)
}

/// Past white space and comments.
fn skip_blanks(sql: &str, mut at: usize) -> usize {
    loop {
        let rest = &sql[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let comment = if trimmed.starts_with("--") {
            trimmed.find('\n').map(|end| end + 1).unwrap_or(trimmed.len())
        } else if trimmed.starts_with("/*") {
            trimmed.find("*/").map(|end| end + 2).unwrap_or(trimmed.len())
        } else {
            return at;
        };
        at += comment;
    }
}

#[cfg(test)]
mod tests;
