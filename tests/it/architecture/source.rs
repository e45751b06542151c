//! The Rust files of `src`, and the paths that stand in them. Reads tokens, so that what stands in a macro counts too.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One file of `src`.
pub struct SourceFile {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// The modules it stands in: `jinja`, `value`, `list` for `src/jinja/value/list.rs`; nothing for `src/lib.rs`.
    pub module: Vec<String>,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
    /// Its text.
    pub text: String,
    /// Its tokens.
    pub tokens: TokenStream,
}

impl SourceFile {
    /// The folder or file directly in `src` that it belongs to.
    pub fn top(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

/// A path that starts at the root of a crate, and where.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// The segments that were asked for, joined by `::`; `*` for a glob and `as` for the root under another name.
    pub path: String,
    /// Counted from one.
    pub line: usize,
}

/// Every file of `src`, sorted by path.
pub fn source_files(root: &Path) -> Vec<SourceFile> {
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    paths.sort();
    let mut files: Vec<SourceFile> = paths.iter().map(|path| read(root, path)).collect();
    let declared = files.iter().flat_map(declared).filter(|declared| declared.is_for_tests);
    let tests: BTreeSet<Vec<String>> = declared.map(|declared| declared.module).collect();
    for file in &mut files {
        file.is_test = (1..=file.module.len()).any(|length| tests.contains(&file.module[..length]));
    }
    files
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn read(root: &Path, path: &Path) -> SourceFile {
    let text = std::fs::read_to_string(path).expect("a source file");
    let path = path.strip_prefix(root).expect("a path in the repository").to_string_lossy().replace('\\', "/");
    let tokens = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut module: Vec<String> =
        path.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|name| name == "mod") || module == ["lib"] || module == ["main"] {
        module.pop();
    }
    SourceFile { path, module, is_test: false, text, tokens }
}

/// A module in a file of its own that some file declares.
pub struct Declared {
    /// Its path, by `#[path]` where there is one.
    pub module: Vec<String>,
    /// Whether `#[cfg(test)]` stands before it.
    pub is_for_tests: bool,
}

/// The `mod name;` lines of a file.
pub fn declared(file: &SourceFile) -> Vec<Declared> {
    let parsed = syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
    let modules = parsed.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() => Some(module),
        _ => None,
    });
    modules
        .map(|module| {
            let renamed = module.attrs.iter().find_map(path_attribute);
            let mut path = file.module.clone();
            if renamed.is_some() && !file.path.ends_with("/mod.rs") {
                path.pop();
            }
            let name = renamed.map(|path| path.trim_end_matches(".rs").to_owned());
            path.extend(name.unwrap_or_else(|| module.ident.to_string()).split('/').map(str::to_owned));
            Declared { module: path, is_for_tests: is_for_tests(&module.attrs) }
        })
        .collect()
}

fn path_attribute(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) if pair.path.is_ident("path") => {
            Some(path.value())
        }
        _ => None,
    }
}

/// Whether one of the attributes is `#[cfg(test)]` or `#[test]`.
pub fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::NameValue(_) => false,
    })
}

/// The first segment behind the crate's root of every path that reaches it: `crate::x`, `super::super::x`, a group
/// `crate::{x, y as z}`, in a `use`, inline or in a macro.
pub fn crate_paths(file: &SourceFile) -> Vec<Found> {
    let mut walk = Walk { module: file.module.clone(), found: Vec::new() };
    walk.tokens(&trees(file.tokens.clone()));
    walk.found
}

/// The first `depth` segments of every path that starts with one of `crates`, groups opened. A type's name (`Utc`) counts
/// wherever it stands in a path.
pub fn foreign_paths(tokens: &TokenStream, crates: &[&str], depth: usize) -> Vec<Found> {
    let mut found = Vec::new();
    foreign(&trees(tokens.clone()), crates, depth, &mut found);
    found
}

fn trees(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

fn ident(token: Option<&TokenTree>) -> Option<(String, usize)> {
    match token {
        Some(TokenTree::Ident(ident)) => Some((ident.to_string(), ident.span().start().line)),
        _ => None,
    }
}

fn branches(tokens: &[TokenTree]) -> impl Iterator<Item = &[TokenTree]> {
    tokens.split(|token| is_punct(Some(token), ',')).filter(|branch| !branch.is_empty())
}

struct Walk {
    module: Vec<String>,
    found: Vec<Found>,
}

impl Walk {
    fn tokens(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            if let Some((module, body)) = inline_module(tokens, at) {
                self.module.push(module);
                self.tokens(&body);
                self.module.pop();
                at += 3;
                continue;
            }
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(&trees(group.stream())),
                TokenTree::Ident(_) if !continues(tokens, at) => self.path(&tokens[at..], self.module.clone(), false),
                _ => {}
            }
            at += 1;
        }
    }

    /// Follows one path from `base`; `rooted` once a segment has said where it starts.
    fn path(&mut self, tokens: &[TokenTree], mut base: Vec<String>, mut rooted: bool) {
        let mut at = 0;
        while let Some((segment, line)) = ident(tokens.get(at)) {
            match segment.as_str() {
                "crate" => base.clear(),
                "super" => drop(base.pop()),
                "self" => {}
                _ if rooted && base.is_empty() => return self.found.push(Found { path: segment, line }),
                _ => return,
            }
            rooted = true;
            let renamed = ident(tokens.get(at + 1)).is_some_and(|(word, _)| word == "as");
            if renamed && base.is_empty() {
                return self.found.push(Found { path: "as".into(), line });
            }
            if !is_separator(tokens, at + 1) {
                return;
            }
            at += 3;
        }
        match tokens.get(at) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                for branch in branches(&trees(group.stream())) {
                    self.path(branch, base.clone(), rooted);
                }
            }
            Some(TokenTree::Punct(star)) if star.as_char() == '*' && rooted && base.is_empty() => {
                self.found.push(Found { path: "*".into(), line: star.span().start().line });
            }
            _ => {}
        }
    }
}

fn inline_module(tokens: &[TokenTree], at: usize) -> Option<(String, Vec<TokenTree>)> {
    let (word, _) = ident(tokens.get(at))?;
    let (name, _) = ident(tokens.get(at + 1))?;
    match tokens.get(at + 2) {
        Some(TokenTree::Group(group)) if word == "mod" && group.delimiter() == Delimiter::Brace => {
            Some((name, trees(group.stream())))
        }
        _ => None,
    }
}

fn foreign(tokens: &[TokenTree], crates: &[&str], depth: usize, found: &mut Vec<Found>) {
    for at in 0..tokens.len() {
        if let TokenTree::Group(group) = &tokens[at] {
            foreign(&trees(group.stream()), crates, depth, found);
        }
        let Some((name, line)) = ident(tokens.get(at)) else { continue };
        let is_type = name.starts_with(char::is_uppercase);
        if !crates.contains(&name.as_str()) || (continues(tokens, at) && !is_type) {
            continue;
        }
        if is_separator(tokens, at + 1) {
            segments(&tokens[at + 3..], name, line, depth - 1, found);
        } else if ident(tokens.get(at + 1)).is_some_and(|(word, _)| word == "as") {
            found.push(Found { path: name, line });
        }
    }
}

/// Whether the segment at `at` stands behind another one; `::std` does not.
fn continues(tokens: &[TokenTree], at: usize) -> bool {
    let behind = at >= 3 && is_separator(tokens, at - 2);
    behind && (is_punct(tokens.get(at - 3), '>') || ident(tokens.get(at - 3)).is_some_and(|(word, _)| word != "use"))
}

/// Adds `path` with up to `depth` more segments from `tokens`.
fn segments(tokens: &[TokenTree], path: String, line: usize, depth: usize, found: &mut Vec<Found>) {
    match tokens.first() {
        _ if depth == 0 => found.push(Found { path, line }),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            for branch in branches(&trees(group.stream())) {
                segments(branch, path.clone(), line, depth, found);
            }
        }
        Some(TokenTree::Ident(name)) => {
            let path = if name == "self" { path } else { format!("{path}::{name}") };
            let line = name.span().start().line;
            match is_separator(tokens, 1) {
                true => segments(&tokens[3..], path, line, depth - 1, found),
                false => found.push(Found { path, line }),
            }
        }
        Some(TokenTree::Punct(star)) if star.as_char() == '*' => found.push(Found { path: format!("{path}::*"), line }),
        _ => found.push(Found { path, line }),
    }
}
