//! What `docs/architecture.md` promises, checked on the sources: which module imports which, who reaches outside, and
//! the rules for texts that every file keeps.

mod source;
mod tables;

use crate::support::repository_root;
use meshbuild::diagnostic::ErrorCode;
use proc_macro2::{TokenStream, TokenTree};
use source::{Found, SourceFile, crate_paths, foreign_paths, source_files};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// More lines than this belong into two files.
const LONGEST_FILE: usize = 700;

fn assert_none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}\n  {}", problems.join("\n  "));
}

fn at(file: &SourceFile, line: usize, message: &str) -> String {
    format!("{}:{line}: {message}", file.path)
}

#[test]
fn modules_import_only_what_the_table_lists() {
    let root = repository_root();
    let table = tables::imports(&root);
    let mut problems = Vec::new();
    for file in source_files(&root) {
        if file.module.is_empty() {
            continue;
        }
        let Some(allowed) = table.get(file.top()) else {
            problems.push(at(&file, 1, &format!("the module '{}' has no row", file.top())));
            continue;
        };
        for Found { path, line } in crate_paths(&file) {
            let message = match allowed {
                _ if path == "*" || path == "as" => "the crate's root, whole or under another name".to_owned(),
                _ if path == file.top() || path == "diagnostic" || path == "manifest" => continue,
                None if table.contains_key(&path) => continue,
                Some(allowed) if allowed.contains(&path) => continue,
                _ => format!("{} -> {path}", file.top()),
            };
            problems.push(at(&file, line, &message));
        }
    }
    assert_none(&problems, "arrows that are not in the table 'Modules' of docs/architecture.md:");
}

#[test]
fn the_table_has_no_row_and_no_arrow_that_nobody_uses() {
    let root = repository_root();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in source_files(&root).iter().filter(|file| !file.module.is_empty()) {
        used.entry(file.top().to_owned()).or_default().extend(crate_paths(file).into_iter().map(|found| found.path));
    }
    let mut problems = Vec::new();
    for (module, allowed) in tables::imports(&root) {
        let Some(used) = used.get(&module) else {
            problems.push(format!("{module}: there is no such module"));
            continue;
        };
        problems.extend(allowed.unwrap_or_default().difference(used).map(|name| format!("{module} -> {name}")));
    }
    assert_none(&problems, "in the table 'Modules' of docs/architecture.md, but not in the code:");
}

#[test]
fn the_table_has_no_circle() {
    let table = tables::imports(&repository_root());
    let mut done = BTreeSet::from(["diagnostic".to_owned(), "manifest".to_owned()]);
    loop {
        let next: Vec<&String> = table
            .iter()
            .filter(|(module, allowed)| {
                let allowed = allowed.as_ref();
                !done.contains(*module)
                    && allowed.map_or(done.len() + 1 == table.len(), |allowed| allowed.is_subset(&done))
            })
            .map(|(module, _)| module)
            .collect();
        if next.is_empty() {
            break;
        }
        done.extend(next.into_iter().cloned());
    }
    let left: Vec<String> = table.keys().filter(|module| !done.contains(*module)).cloned().collect();
    assert_none(&left, "modules that import each other in a circle, or that import one that does:");
}

#[test]
fn only_edges_reach_outside() {
    let root = repository_root();
    let reach = tables::reach(&root);
    let firsts: BTreeSet<&str> = reach.iter().filter_map(|(path, _)| path.split("::").next()).collect();
    let firsts: Vec<&str> = firsts.into_iter().collect();
    let mut problems = Vec::new();
    for file in source_files(&root).iter().filter(|file| !file.is_test && !file.module.is_empty()) {
        for Found { path, line } in foreign_paths(&file.tokens, &firsts, 2) {
            let forbidden = reach.iter().find(|(rule, only)| touches(&path, rule) && !only.contains(file.top()));
            if let Some((rule, _)) = forbidden {
                problems.push(at(file, line, &format!("{path} ('{rule}' is not for '{}')", file.top())));
            }
        }
    }
    assert_none(&problems, "reached from a module that the table 'Reach' of docs/architecture.md does not list:");
}

/// Whether using `path` is using what `rule` names, or hides whether it is.
fn touches(path: &str, rule: &str) -> bool {
    let within = |inner: &str, outer: &str| inner == outer || inner.starts_with(&format!("{outer}::"));
    within(path, rule) || within(rule, path.trim_end_matches("::*"))
}

#[test]
fn files_are_short() {
    let files = source_files(&repository_root());
    let long = files.iter().map(|file| (file, file.text.lines().count())).filter(|(_, lines)| *lines > LONGEST_FILE);
    let problems: Vec<String> = long.map(|(file, lines)| at(file, lines, "the end")).collect();
    assert_none(&problems, "files of more than 700 lines:");
}

#[test]
fn nothing_unwraps_outside_tests() {
    let mut problems = Vec::new();
    for file in source_files(&repository_root()).iter().filter(|file| !file.is_test) {
        let mut lines = Vec::new();
        unwraps(file.tokens.clone(), &mut lines);
        problems.extend(lines.into_iter().map(|(line, method)| at(file, line, &method)));
    }
    assert_none(&problems, "what a user can cause is a diagnostic; these would panic:");
}

/// Calls of `unwrap()`, and of `expect` with a text (parsers have methods of that name with other arguments).
fn unwraps(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for window in tokens.windows(3) {
        let [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(arguments)] = window else { continue };
        let first = arguments.stream().into_iter().next();
        let panics = match method.to_string().as_str() {
            "unwrap" => first.is_none(),
            "expect" => matches!(first, Some(TokenTree::Literal(_))),
            _ => false,
        };
        if dot.as_char() == '.' && panics {
            found.push((method.span().start().line, format!(".{method}(...)")));
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            unwraps(group.stream(), found);
        }
    }
}

/// The compiler refuses `unsafe` (`Cargo.toml`) but where a file takes the refusal back: one does.
#[test]
fn one_file_is_unsafe() {
    let files = source_files(&repository_root());
    let unsafe_files: Vec<&str> =
        files.iter().filter(|file| file.text.contains("unsafe_code")).map(|file| file.path.as_str()).collect();
    assert_eq!(unsafe_files, ["src/adapter/duckdb/library.rs"]);
}

#[test]
fn tests_stand_in_files_of_their_own() {
    let mut problems = Vec::new();
    for file in source_files(&repository_root()).iter().filter(|file| !file.is_test) {
        let parsed = syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        for item in parsed.items {
            match item {
                syn::Item::Mod(module) if module.content.is_some() && source::is_for_tests(&module.attrs) => {
                    problems.push(at(file, module.ident.span().start().line, "tests between the code"));
                }
                syn::Item::Fn(function) if source::is_for_tests(&function.attrs) => {
                    problems.push(at(file, function.sig.ident.span().start().line, "a test between the code"));
                }
                _ => {}
            }
        }
    }
    assert_none(&problems, "unit tests that do not stand in a sibling file:");
}

#[test]
fn every_file_is_compiled() {
    let files = source_files(&repository_root());
    let declared: BTreeSet<Vec<String>> = files.iter().flat_map(source::declared).map(|one| one.module).collect();
    let orphans = files.iter().filter(|file| !file.module.is_empty() && !declared.contains(&file.module));
    let problems: Vec<String> = orphans.map(|file| file.path.clone()).collect();
    assert_none(&problems, "files that no `mod` names, so that they are not compiled and their tests do not run:");
}

#[test]
fn every_error_code_has_a_page_and_every_page_a_code() {
    let mut expected = BTreeSet::new();
    let mut problems = Vec::new();
    for code in ErrorCode::ALL {
        expected.insert(format!("{code}.md"));
        let page = code.page();
        if !page.starts_with(&format!("# {code}: ")) {
            problems.push(format!("{code}.md does not start with '# {code}: title'"));
        }
        for heading in ["\n## Example\n", "\n## Remedy\n"] {
            if !page.contains(heading) {
                problems.push(format!("{code}.md has no '{}'", heading.trim()));
            }
        }
    }
    let folder = std::fs::read_dir(repository_root().join("docs/errors")).expect("docs/errors");
    let pages: BTreeSet<String> = folder.flatten().map(|entry| entry.file_name().to_string_lossy().into()).collect();
    problems.extend(pages.difference(&expected).map(|page| format!("{page} is about no code")));
    assert_none(&problems, "pages of docs/errors:");
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert!(codes.is_sorted_by(|one, other| one < other), "codes out of order or twice: {codes:?}");
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let root = repository_root();
    let mut problems = Vec::new();
    each_text(&root, &root, &mut |path, text| {
        for (number, line) in text.lines().enumerate() {
            if names_machine(line) {
                problems.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    });
    assert_none(&problems, "absolute paths of one machine:");
}

fn names_machine(line: &str) -> bool {
    let folders = ["root", "work", "home"].map(|folder| format!("/{folder}/"));
    folders.iter().any(|folder| {
        let starts =
            |at: usize| !line[..at].ends_with(|before: char| before.is_alphanumeric() || "}_-.*".contains(before));
        line.match_indices(folder.as_str()).any(|(at, _)| starts(at))
    })
}

/// Calls `visit` with every text of the repository; what git ignores is not part of it.
fn each_text(root: &Path, folder: &Path, visit: &mut impl FnMut(&str, &str)) {
    const NOT_OURS: [&str; 8] =
        [".git", ".duckdb", "target", "logs", "dbt_packages", "node_modules", "__pycache__", ".meshbuild"];
    let mut entries: Vec<_> = std::fs::read_dir(folder).expect("a folder of the repository").flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries.iter().filter(|entry| !NOT_OURS.iter().any(|name| entry.file_name() == *name)) {
        let path = entry.path();
        let kind = entry.file_type().expect("a kind of file");
        if kind.is_dir() {
            each_text(root, &path, visit);
        } else if kind.is_file()
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            visit(&path.strip_prefix(root).unwrap_or(&path).to_string_lossy(), &text);
        }
    }
}

/// The guard is worth something only if it finds what it looks for.
#[test]
fn the_guard_finds_every_form_of_a_path() {
    let text = "
        use crate::run::Event;
        use crate::{plan::{Task, Plan as P}, sql as other};
        use super::super::state;
        pub(crate) fn f(x: crate::mesh::Domain) -> super::Sibling {
            call!(crate::selector::parse(self.x), super::super::cli::run());
            self::own()
        }
        mod inner { use super::super::super::report::Line; use super::super::sibling; }
        use crate as root;
        use super::super::*;
        macro_rules! m { () => { $crate::cache::get() }; }
    ";
    let file = SourceFile {
        path: "src/jinja/value.rs".into(),
        module: vec!["jinja".into(), "value".into()],
        is_test: false,
        text: text.into(),
        tokens: text.parse().expect("Rust"),
    };
    let found: String = crate_paths(&file).iter().fold(String::new(), |mut text, found| {
        let _ = write!(text, "{}:{} ", found.line, found.path);
        text
    });
    assert_eq!(found, "2:run 3:plan 3:sql 4:state 5:mesh 6:selector 6:cli 9:report 10:as 11:* 12:cache ");
    let text = "use std::{io, fs::{self, File}, collections::*}; fn f() { ::std::env::var(x); chrono::Utc::now(); a::std::net; }";
    let found = foreign_paths(&text.parse().expect("Rust"), &["std", "Utc"], 2);
    let found: Vec<&str> = found.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(found, ["std::io", "std::fs", "std::collections", "std::env", "Utc::now"]);
    assert!(names_machine(&["see ", "/wo", "rk/x"].concat()) && !names_machine("docs/work/x, ~/home"));
}
