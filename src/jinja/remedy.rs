//! What a reader can do about a template that does not parse or fails, told by the words of the error.

use crate::diagnostic::closest;

/// Tags that a template may use.
const TAGS: &[&str] = &[
    "block",
    "break",
    "call",
    "continue",
    "do",
    "elif",
    "else",
    "filter",
    "for",
    "from",
    "if",
    "import",
    "include",
    "macro",
    "materialization",
    "raw",
    "set",
    "snapshot",
    "test",
    "with",
];

/// The hint for an error of the parser.
pub(super) fn of_syntax(message: &str) -> Option<String> {
    if let Some(tag) = between(message, "The innermost block that needs to be closed is '", "'") {
        return Some(format!("close it: {{% end{tag} %}}"));
    }
    if let Some(tag) = between(message, "Encountered unknown tag '", "'") {
        return Some(match (tag.strip_prefix("end"), closest(tag, TAGS.iter().copied())) {
            (Some(opened), _) => format!("take it out, or open it before: {{% {opened} ... %}}"),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "write text that is no tag inside {% raw %} and {% endraw %}".to_string(),
        });
    }
    if let Some(block) = between(message, "without finding a close tag for ", " ") {
        return Some(format!("close it: {{% end{block} %}}"));
    }
    if message.starts_with("Missing end of comment tag") {
        return Some("close it: #}".to_string());
    }
    let is_gap = message.starts_with("expected token") || message.starts_with("unexpected");
    is_gap.then(|| "check what stands right before: a quote, comma, bracket or value may be missing".to_string())
}

/// The hint for an error while rendering.
pub(super) fn of_rendering(message: &str) -> Option<String> {
    if let Some(name) = between(message, "Env var required but not provided: '", "'") {
        return Some(format!("set the variable, or give a default: env_var('{name}', '...')"));
    }
    if let Some(name) = between(message, "Required var '", "'") {
        return Some(format!(
            "set it below `vars:` in dbt_project.yml or with --vars '{{{name}: ...}}', or give a default: var('{name}', ...)"
        ));
    }
    if let Some(name) = between(message, "Documentation for '", "'") {
        return Some(format!("write it into a .md file: {{% docs {name} %}}...{{% enddocs %}}"));
    }
    if let Some(name) = between(message, "required config parameter '", "'") {
        return Some(format!("set it: {{{{ config({name}=...) }}}}"));
    }
    if let Some((name, _)) =
        message.split_once("' is undefined").and_then(|(start, rest)| Some((start.strip_prefix('\'')?, rest)))
    {
        return Some(format!(
            "define `{name}` as a macro or with {{% set %}}, or install the package that has it: meshbuild deps"
        ));
    }
    let fixed = [
        (
            "No filter named",
            "the filters are those of Jinja: https://jinja.palletsprojects.com/templates/#builtin-filters",
        ),
        ("No test named", "the tests are those of Jinja: https://jinja.palletsprojects.com/templates/#builtin-tests"),
        ("has no attribute", "check the name behind the dot; `... is defined` asks whether it is there"),
        ("unsupported operand", "make both sides of one type: `| int`, `| float`, or `~` to join texts"),
        ("ref() takes at most", "write ref('model') or ref('project', 'model')"),
        ("source() takes exactly", "write source('source', 'table')"),
        ("not more than", "compare the call with the arguments of the macro's definition"),
        ("unable to infer all dependencies", "write that line into the model"),
        ("enforced contract that failed", "make `columns:` of the model and its SQL agree: names, types and number"),
        ("incremental strategy macro", "DuckDB has the strategies append, delete+insert, merge and microbatch"),
        ("strategy macro", "a snapshot has the strategy timestamp or check"),
        ("in unit test fixture", "name the columns of the rows as the model or input has them"),
    ];
    fixed.iter().find(|(words, _)| message.contains(words)).map(|(_, hint)| (*hint).to_string())
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let start = text.find(before)? + before.len();
    let end = text[start..].find(after)?;
    Some(&text[start..start + end])
}

#[cfg(test)]
mod tests;
