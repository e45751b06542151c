//! `mesh.yml`.
//!
//! Owns its keys and their types. Whether a grant names a product that exists, or a policy file is there, is found out later.

use super::fields::{Allowed, Fields, Refused, Report, Spanned, Text, Value};
use super::tree::{FileTree, join, normalize};
use super::yaml::{Yaml, YamlValue, load};
use crate::diagnostic::{Diagnostic, ErrorCode, Severity, SourceMap};
use std::sync::Arc;

/// The name of the file.
pub const MESH_FILE: &str = "mesh.yml";

/// How domains are kept apart in DuckDB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// One file, a schema for each domain.
    #[default]
    Schema,
    /// A file for each domain.
    File,
}

/// A `mesh.yml`.
#[derive(Debug, Clone)]
pub struct MeshFile {
    /// The file as displayed.
    pub file: Arc<str>,
    /// `name`
    pub name: Text,
    /// `domains`: folders relative to the mesh; `None` takes every folder with a `dbt_project.yml`.
    pub domains: Option<Vec<Text>>,
    /// `profile`: the profile of all domains that name none.
    pub profile: Option<Text>,
    /// `isolation`
    pub isolation: Option<Spanned<Isolation>>,
    /// `defaults`: what every domain's `dbt_project.yml` inherits, weakest in precedence.
    pub defaults: Option<Yaml>,
    /// `owners`, by domain.
    pub owners: Vec<(Text, Owner)>,
    /// `grants`
    pub grants: Vec<Grant>,
    /// `policies`: files and folders with policies, relative to the mesh.
    pub policies: Vec<Text>,
    /// `history`: the folder of run history and audit, relative to the mesh.
    pub history: String,
    /// `threads`
    pub threads: Option<Spanned<u32>>,
    /// `fail_fast`
    pub fail_fast: Option<bool>,
    /// `use_colors`
    pub use_colors: Option<bool>,
}

/// Who answers for a domain.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Owner {
    /// `team`
    pub team: Option<Text>,
    /// `name`
    pub name: Option<Text>,
    /// `email`
    pub email: Option<Text>,
}

/// An entry of `grants`: who may read a product.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// `product`: `<domain>.<model>`.
    pub product: Text,
    /// `to`: the domains that may read it.
    pub to: Vec<Text>,
    /// `columns`: which of them; `None` is all.
    pub columns: Option<GrantedColumns>,
}

/// The columns that a grant is about.
#[derive(Debug, Clone, PartialEq)]
pub enum GrantedColumns {
    /// `only`
    Only(Vec<Text>),
    /// `except`
    Except(Vec<Text>),
}

const KEYS: [&str; 12] = [
    "name",
    "domains",
    "profile",
    "isolation",
    "defaults",
    "owners",
    "grants",
    "policies",
    "history",
    "threads",
    "fail_fast",
    "use_colors",
];

impl MeshFile {
    /// Reads the `mesh.yml` of `folder`. `None` where a diagnostic says why it cannot be used.
    pub fn load(
        tree: &dyn FileTree,
        folder: &str,
        sources: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<MeshFile> {
        let path = join(folder, MESH_FILE);
        let file: Arc<str> = Arc::from(path.as_str());
        let text = tree.read_text(&path).map_err(|error| diagnostics.push(error.into())).ok()?;
        sources.insert(file.clone(), text.clone());
        let before = diagnostics.len();
        let root = load(&file, &text, diagnostics).ok()?;
        for diagnostic in &mut diagnostics[before..] {
            // What dbt only warns about is refused in a file that dbt never reads.
            diagnostic.severity = Severity::Error;
        }
        let has_duplicates = diagnostics.len() > before;
        // An empty file is a mesh named after its folder.
        let root = root.unwrap_or_else(|| Yaml::new(crate::diagnostic::Span::file(file.clone()), YamlValue::Null));
        let report = Report::new(ErrorCode::InvalidMeshFile, "");
        let mesh = read(&file, folder, &root, &report);
        let has_errors = report.drain_into(diagnostics) || has_duplicates;
        mesh.filter(|_| !has_errors)
    }
}

fn read(file: &Arc<str>, folder: &str, root: &Yaml, report: &Report) -> Option<MeshFile> {
    let empty = Yaml::new(root.span.clone(), YamlValue::Map(Arc::default()));
    let value = Value::root(if root.is_null() { &empty } else { root }, report);
    let fields = value.fields()?;
    fields.deny_unknown(&KEYS);
    let folder_name = folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("mesh");
    let name = fields.text("name", Allowed).unwrap_or_else(|| Spanned::new(Arc::from(folder_name), fields.span()));
    Some(MeshFile {
        file: file.clone(),
        name,
        domains: fields.read("domains", Allowed, |value| Some(value.items(read_domain))),
        profile: fields.text("profile", Allowed),
        isolation: read_isolation(fields),
        defaults: fields.tree("defaults", Allowed),
        owners: read_owners(fields),
        grants: fields.list("grants", Allowed, read_grant),
        policies: fields.texts("policies", Allowed),
        history: fields
            .text("history", Allowed)
            .map_or_else(|| ".meshbuild".to_owned(), |text| normalize(text.as_str())),
        threads: fields.read("threads", Allowed, read_threads),
        fail_fast: fields.boolean("fail_fast", Allowed),
        use_colors: fields.boolean("use_colors", Allowed),
    })
}

fn read_domain(value: Value<'_>) -> Option<Text> {
    let text = value.text()?;
    let folder = normalize(text.as_str());
    if folder.is_empty() || folder.starts_with("..") || text.as_str().starts_with('/') {
        value.wrong(format_args!("{} is not a folder below the mesh", value.yaml.to_python()));
        return None;
    }
    Some(Spanned::new(Arc::from(folder), text.span))
}

fn read_isolation(fields: Fields<'_>) -> Option<Spanned<Isolation>> {
    let names = [("schema", Isolation::Schema), ("file", Isolation::File)];
    fields.one_of("isolation", Allowed, &names)
}

fn read_threads(value: Value<'_>) -> Option<Spanned<u32>> {
    let number = value.integer()?;
    let Some(threads) = u32::try_from(number).ok().filter(|threads| *threads > 0) else {
        value.wrong(format_args!("{number} is less than the minimum of 1"));
        return None;
    };
    Some(Spanned::new(threads, value.yaml.span.clone()))
}

fn read_owners(fields: Fields<'_>) -> Vec<(Text, Owner)> {
    let owners = fields.read("owners", Allowed, |value| {
        let owners = value.fields()?;
        let read = |(key, _): &(Yaml, Yaml)| {
            let name = key.as_str()?;
            let owner = owners.read(name, Refused, read_owner)?;
            Some((Spanned::new(Arc::from(name), key.span.clone()), owner))
        };
        Some(owners.map.iter().filter_map(read).collect())
    });
    owners.unwrap_or_default()
}

fn read_owner(value: Value<'_>) -> Option<Owner> {
    let fields = value.fields()?;
    fields.deny_unknown(&["team", "name", "email"]);
    let text = |key| fields.text(key, Allowed);
    Some(Owner { team: text("team"), name: text("name"), email: text("email") })
}

fn read_grant(value: Value<'_>) -> Option<Grant> {
    let fields = value.fields()?;
    fields.deny_unknown(&["product", "to", "columns"]);
    let product = fields.required("product", |value| {
        let text = value.text()?;
        if text.as_str().split('.').filter(|part| !part.is_empty()).count() != 2 {
            value.wrong(format_args!("{} is not of the form <domain>.<model>", value.yaml.to_python()));
        }
        Some(text)
    });
    let to = fields.required("to", |value| Some(value.items(|item| item.text())));
    let columns = fields.read("columns", Allowed, read_granted_columns);
    Some(Grant { product: product?, to: to?, columns })
}

fn read_granted_columns(value: Value<'_>) -> Option<GrantedColumns> {
    let fields = value.fields()?;
    fields.deny_unknown(&["only", "except"]);
    match (fields.map.contains_key("only"), fields.map.contains_key("except")) {
        (true, false) => Some(GrantedColumns::Only(fields.texts("only", Refused))),
        (false, true) => Some(GrantedColumns::Except(fields.texts("except", Refused))),
        _ => {
            value.wrong("give either `only` or `except`");
            None
        }
    }
}

#[cfg(test)]
mod tests;
