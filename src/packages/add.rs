//! `deps --add-package`: an entry more in the file that lists the packages.

use super::{Outcome, Request, lock};
use crate::diagnostic::Diagnostic;
use crate::project::packages::{DEPENDENCIES_FILE, Dependencies, PACKAGES_FILE};
use crate::project::render::Unrendered;
use crate::project::tree::{FileTree, MemoryTree, join};
use crate::project::yaml::{Yaml, load};
use serde_json::{Value, json};

/// The package that is added.
pub struct NewPackage<'a> {
    /// The key of its entry: `package`, `git` or `local`.
    pub kind: &'static str,
    /// Its name, address or folder.
    pub name: &'a str,
    /// The version, several separated by commas, or the revision.
    pub version: Option<&'a str>,
}

/// Writes the package into the file that lists packages, in the place of those of the same name.
///
/// # Errors
/// A file that cannot be read or would not be valid, which is then left as it is.
pub fn add(request: &Request<'_>, new: &NewPackage<'_>) -> Result<(), Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let mut read = |name: &str| read(request, name, &mut diagnostics);
    let (file, content) = match read(DEPENDENCIES_FILE) {
        Some(content) if content.get("packages").is_some() => (DEPENDENCIES_FILE, content),
        _ => (PACKAGES_FILE, read(PACKAGES_FILE).unwrap_or_else(|| json!({}))),
    };
    let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let path = request.project().join(file);
    if !path.exists() {
        request.listener.note("Created packages.yml".to_owned());
    }
    let content = with_package(request, content, new);
    let text = (request.notation.yaml)(&content);
    check(file, &text)?;
    write(&path, &text).map_err(|error| vec![*error])?;
    let version = new.version.unwrap_or("None");
    request.listener.note(format!("Added new package {}@{version} to {}", new.name, path.display()));
    Ok(())
}

fn write(path: &std::path::Path, text: &str) -> Outcome<()> {
    lock::write(path, text)
}

fn read(request: &Request<'_>, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Value> {
    let path = join(request.folder, name);
    if !request.tree.is_file(&path) {
        return None;
    }
    let text = request.tree.read_text(&path).map_err(|error| diagnostics.push(error.into())).ok()?;
    request.sources.insert(path.as_str(), text.clone());
    load(&path.as_str().into(), &text, diagnostics).ok()?.as_ref().map(Yaml::to_json)
}

fn with_package(request: &Request<'_>, mut content: Value, new: &NewPackage<'_>) -> Value {
    let mut listed: Vec<Value> = content.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
    // As in dbt, the last one is told first.
    for entry in listed.iter().rev().filter(|entry| is_same(entry, new.name)) {
        let texts: Vec<String> =
            entry.as_object().into_iter().flatten().filter_map(|(key, value)| shown(key, value)).collect();
        let message = format!("Found duplicate package in packages.yml, removing: {{{}}}", texts.join(", "));
        request.listener.note(request.secrets.scrub(&message));
    }
    listed.retain(|entry| !is_same(entry, new.name));
    let mut entry = json!({ new.kind: new.name });
    if let (Some(version), Some(keys)) = (new.version, entry.as_object_mut()) {
        let key = if new.kind == "git" { "revision" } else { "version" };
        let value = if version.contains(',') { json!(version.split(',').collect::<Vec<_>>()) } else { json!(version) };
        keys.insert(key.to_owned(), value);
    }
    listed.push(entry);
    if let Some(keys) = content.as_object_mut() {
        keys.insert("packages".to_owned(), Value::Array(listed));
    }
    content
}

fn shown(key: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(format!("'{key}': '{text}'")),
        Value::Number(number) => Some(format!("'{key}': {number}")),
        _ => None,
    }
}

/// Whether an entry names the package: as a whole word of its address, with underscores or hyphens.
fn is_same(entry: &Value, name: &str) -> bool {
    let kinds = ["package", "git", "local", "tarball", "private"];
    let Some(address) = kinds.iter().find_map(|kind| entry.get(kind).and_then(Value::as_str)) else { return false };
    let short = name.rsplit('/').next().unwrap_or(name);
    [name, short].iter().any(|name| {
        [(*name).to_owned(), name.replace('_', "-"), name.replace('-', "_")].iter().any(|name| is_word(address, name))
    })
}

fn is_word(text: &str, word: &str) -> bool {
    let Some(at) = text.find(word) else { return false };
    let is_border = |letter: Option<char>| letter.is_none_or(|letter| letter == '/' || letter == '.');
    is_border(text[..at].chars().next_back()) && is_border(text[at + word.len()..].chars().next())
}

/// Whether what would be written could be read again.
fn check(file: &str, text: &str) -> Result<(), Vec<Diagnostic>> {
    let tree = MemoryTree::new().with(file, text);
    let mut diagnostics = Vec::new();
    Dependencies::load(&tree, "", &Unrendered, &crate::diagnostic::SourceMap::default(), &mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) { Err(diagnostics) } else { Ok(()) }
}
