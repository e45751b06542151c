//! `.dbtignore`.
//!
//! Owns the patterns of git's ignore files as dbt applies them (Python's `pathspec`): the last pattern that matches decides,
//! and a file below an excluded folder may be taken in again.

use super::tree::{FileTree, join};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The name of the file.
pub const IGNORE_FILE: &str = ".dbtignore";

/// Which files of a project are not looked at.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules {
    globs: GlobSet,
    /// For each glob, whether it takes files out (or, with `!`, in again).
    excludes: Vec<bool>,
}

impl IgnoreRules {
    /// The rules of the project in `folder`; none where it has no `.dbtignore`.
    pub fn load(tree: &dyn FileTree, folder: &str, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let path = join(folder, IGNORE_FILE);
        if !tree.is_file(&path) {
            return IgnoreRules::default();
        }
        match tree.read_text(&path) {
            Ok(text) => Self::parse(&path, &text, diagnostics),
            Err(error) => {
                diagnostics.push(error.into());
                IgnoreRules::default()
            }
        }
    }

    /// The rules of `text`. A line that is no pattern is reported and left out.
    pub fn parse(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut excludes = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let place = Span::new(file, start..start + line.trim_end().len());
            start += line.len();
            let Some((pattern, exclude)) = pattern(line) else { continue };
            for glob in globs(&pattern) {
                match GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build() {
                    Ok(glob) => {
                        builder.add(glob);
                        excludes.push(exclude);
                    }
                    Err(error) => {
                        let message = format!("this line is no pattern: {}", error.kind());
                        diagnostics.push(Diagnostic::warning(ErrorCode::UnreadableFile, message).at(place.clone()));
                        break;
                    }
                }
            }
        }
        match builder.build() {
            Ok(globs) => IgnoreRules { globs, excludes },
            Err(_) => IgnoreRules::default(),
        }
    }

    /// Whether the file at `path`, relative to the project, is left out.
    pub fn ignores(&self, path: &str) -> bool {
        self.globs.matches(path).into_iter().max().is_some_and(|last| self.excludes[last])
    }
}

/// The pattern of a line, and whether it excludes. Blank lines and comments have none.
fn pattern(line: &str) -> Option<(String, bool)> {
    let line = line.trim_end_matches(['\n', '\r']);
    let trimmed = line.trim_end();
    // A blank behind a backslash counts.
    let line = if trimmed.ends_with('\\') && line.len() > trimmed.len() { &line[..=trimmed.len()] } else { trimmed };
    if line.is_empty() || line.starts_with('#') || line == "/" {
        return None;
    }
    match line.strip_prefix('!') {
        Some("") => None,
        Some(rest) => Some((rest.to_owned(), false)),
        None => Some((line.to_owned(), true)),
    }
}

/// The globs of a pattern over whole paths: what it names, and what lies below.
fn globs(pattern: &str) -> Vec<String> {
    let folder_only = pattern.ends_with('/');
    let body = pattern.trim_end_matches('/');
    let anchored = body.contains('/');
    let body = body.trim_start_matches('/').replace('{', "[{]").replace('}', "[}]");
    let body = if anchored || body.starts_with("**/") { body } else { format!("**/{body}") };
    let below = format!("{body}/**");
    match (body.ends_with("/**"), folder_only) {
        (true, _) => vec![body],
        (false, true) => vec![below],
        (false, false) => vec![body, below],
    }
}

#[cfg(test)]
mod tests;
