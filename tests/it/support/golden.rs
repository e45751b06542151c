//! Texts that can be compared with a golden file: times, durations, ids, versions and paths replaced.

use fancy_regex::Regex;
use std::sync::LazyLock;

static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "<time>"),
        (r"(?m)^\d\d:\d\d:\d\d(\.\d+)?", "<time>"),
        (r"\(PID \d+\)", "(PID <id>)"),
        (r"\d+ macros", "<n> macros"),
        (r"\d+ hours \d+ minutes and \d+\.\d+ seconds", "<duration>"),
        (r"\d+\.\d+ ?s(econds)?\b", "<duration>"),
    ]
    .map(|(pattern, text)| (Regex::new(pattern).expect("a pattern"), text))
    .into()
});

static COLOUR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\x1b\[[0-9;]*m").expect("a pattern"));

/// `text` without what colours it on a terminal.
pub fn without_colours(text: &str) -> String {
    COLOUR.replace_all(text, "").into_owned()
}

/// `text` with everything that differs from run to run replaced.
pub fn redact(text: &str) -> String {
    let text = without_colours(text).replace(env!("CARGO_PKG_VERSION"), "<version>");
    RULES.iter().fold(text, |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned())
}

/// Runs `assert` with golden files in the repository's `snapshots/`, named by the test alone.
pub fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(super::repository_root().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
