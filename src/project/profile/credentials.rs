//! The keys of a DuckDB target.

use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::project::fields::{Allowed, Fields, Null, Refused, Report, Text, Value};
use crate::project::yaml::{Yaml, YamlMap, YamlValue};
use std::sync::Arc;

/// How to reach a DuckDB database.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The path of the file, or `:memory:`.
    pub path: Arc<str>,
    /// The database's name: of the file, or of an attachment.
    pub database: Arc<str>,
    /// The schema; `None` where the profile names none, which is `main` to dbt.
    pub schema: Option<Arc<str>>,
    /// Extensions to install and load.
    pub extensions: Vec<Extension>,
    /// Settings of each connection.
    pub settings: Option<Yaml>,
    /// Options for opening the database.
    pub config_options: Option<Yaml>,
    /// Further databases.
    pub attach: Vec<Attachment>,
    /// Secrets of DuckDB's secrets manager, each a dictionary with `type` and, if given, `name`.
    pub secrets: Vec<Yaml>,
    /// The folder of external materializations.
    pub external_root: Arc<str>,
    /// Whether statements run outside of transactions.
    pub disable_transactions: bool,
    /// Whether the connection stays open between commands.
    pub keep_open: bool,
    /// What is tried again.
    pub retries: Option<Retries>,
    /// Whether the database is a DuckLake.
    pub is_ducklake: bool,
    /// The output as a tree, for `target`.
    tree: Yaml,
}

/// An extension.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// Its name.
    pub name: Text,
    /// The repository, where it is not the core one.
    pub repo: Option<Text>,
}

/// A further database.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// `path`
    pub path: Text,
    /// `alias`
    pub alias: Option<Text>,
    /// `type`
    pub kind: Option<Text>,
    /// `secret`
    pub secret: Option<Text>,
    /// `read_only`
    pub read_only: bool,
    /// `is_ducklake`
    pub is_ducklake: bool,
    /// `options`
    pub options: Option<Yaml>,
}

/// `retries`
#[derive(Debug, Clone, PartialEq)]
pub struct Retries {
    /// How often opening the database is tried.
    pub connect_attempts: u32,
    /// How often a statement is tried.
    pub query_attempts: Option<u32>,
    /// The names of Python's exceptions that are tried again.
    pub retryable_exceptions: Vec<Text>,
}

/// Keys that stand for what runs outside of this process, with what to do instead.
const REFUSED: [(&str, &str); 6] = [
    ("plugins", "plug-ins of dbt-duckdb are Python; read files with `read_csv` or `read_parquet`, or use `attach:`"),
    ("module_paths", "Python modules are not loaded; take the key out"),
    ("remote", "Buena Vista servers are not supported; use a file as `path`"),
    ("filesystems", "fsspec is Python; use the extension `httpfs` with `secrets:`"),
    ("flights", "MotherDuck is not supported; take the key out"),
    ("motherduck_token", "MotherDuck is not supported; take the key out"),
];

/// Credentials and `threads` of a rendered output. `None` where `report` says why.
pub(super) fn read(output: &Yaml, profile: &str, target: &str, report: &Report) -> Option<(Credentials, u32)> {
    let value = Value::root(output, report);
    let fields = value.fields()?;
    check_type(fields, profile, target)?;
    for (key, remedy) in REFUSED {
        if let Some((written, _)) = fields.map.entry(key).filter(|(_, value)| value.is_truthy()) {
            refuse(report, written.span.clone(), format!("`{key}` is not supported"), remedy);
        }
    }
    let path = fields.text("path", Refused);
    if let Some(path) = &path {
        check_path(report, path);
    }
    let attach = fields.list("attach", Allowed, read_attachment);
    attach.iter().for_each(|attachment| check_path(report, &attachment.path));
    let path_text = path.as_ref().map_or_else(|| Arc::from(":memory:"), |path| path.value.clone());
    let is_ducklake = fields.boolean("is_ducklake", Allowed).unwrap_or(false);
    let credentials = Credentials {
        database: read_database(fields, &path_text, &attach)?,
        schema: fields.text("schema", Refused).map(|schema| schema.value),
        extensions: fields.list("extensions", Allowed, read_extension),
        settings: fields.tree("settings", Allowed),
        config_options: fields.tree("config_options", Allowed),
        secrets: read_secrets(fields),
        external_root: fields.text("external_root", Refused).map_or_else(|| Arc::from("."), |root| root.value),
        disable_transactions: fields.boolean("disable_transactions", Refused).unwrap_or(false),
        keep_open: fields.boolean("keep_open", Refused).unwrap_or(true),
        retries: fields.read("retries", Allowed, read_retries),
        is_ducklake: is_ducklake || path_text.to_lowercase().contains("ducklake:"),
        path: path_text,
        attach,
        tree: output.clone(),
    };
    let threads = fields.read("threads", Allowed, read_positive).unwrap_or(1);
    Some((credentials, threads))
}

fn check_type(fields: Fields<'_>, profile: &str, target: &str) -> Option<()> {
    let Some((_, kind)) = fields.map.entry("type") else {
        let message = format!("required field \"type\" not found in profile {profile} and target {target}");
        fields.report().push(Diagnostic::error(ErrorCode::InvalidProfile, message).at(fields.span()));
        return None;
    };
    if kind.as_str() == Some("duckdb") {
        return Some(());
    }
    let message = format!("the adapter {} is not supported", kind.to_python());
    refuse(fields.report(), kind.span.clone(), message, "meshbuild runs on DuckDB: `type: duckdb`");
    None
}

fn refuse(report: &Report, span: Span, message: String, remedy: &str) {
    report.push(Diagnostic::error(ErrorCode::UnsupportedProfile, message).at(span).hint(remedy));
}

fn check_path(report: &Report, path: &Text) {
    if matches!(scheme(path.as_str()), "md" | "motherduck") {
        refuse(report, path.span.clone(), "MotherDuck is not supported".to_owned(), "use a local file as `path`");
    }
}

/// The scheme of a URL, in lower case as Python's `urlparse` gives it for the schemes that matter here.
fn scheme(path: &str) -> &str {
    let Some((scheme, _)) = path.split_once(':') else { return "" };
    let is_scheme = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.');
    let starts_well = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    if starts_well && scheme.chars().all(is_scheme) { scheme } else { "" }
}

/// The name that DuckDB gives to the database at `path`; `None` where there is none.
pub fn database_name(path: &str) -> Option<String> {
    if path == ":memory:" {
        return Some("memory".to_owned());
    }
    let scheme = scheme(path);
    let mut rest = path;
    if !scheme.is_empty() {
        rest = &path[scheme.len() + 1..];
        if let Some(behind) = rest.strip_prefix("//") {
            rest = behind.find('/').map_or("", |slash| &behind[slash..]);
        }
    }
    rest = rest.split(['?', '#']).next().unwrap_or_default();
    let file = rest.rsplit('/').next().unwrap_or_default();
    let name = match scheme.to_ascii_lowercase().as_str() {
        "ducklake" => {
            let stem = file.rsplit_once('.').map_or(file, |(stem, _)| if stem.is_empty() { file } else { stem });
            stem.rsplit(':').next().unwrap_or_default()
        }
        _ => file.trim_start_matches('.').split('.').next().unwrap_or_default(),
    };
    (!name.is_empty()).then(|| name.to_owned())
}

fn read_database(fields: Fields<'_>, path: &str, attach: &[Attachment]) -> Option<Arc<str>> {
    let given = fields.text("database", Refused);
    let Some(derived) = database_name(path) else {
        let message = "Unable to determine target database name from 'path' field in profile";
        fields.value.wrong(message);
        return None;
    };
    let Some(given) = given else { return Some(Arc::from(derived)) };
    let is_attached = attach.iter().filter_map(|attachment| attachment.alias.as_ref()).any(|alias| *alias == given);
    if given.as_str() != derived && !is_attached {
        let message = format!(
            "Inconsistency detected between 'path' and 'database' fields in profile; the 'database' property must be set to \
             '{derived}' to match the 'path'"
        );
        let error = fields.value.diagnostic(message).at(given.span.clone());
        fields.report().push(error.hint("take `database` out: it follows from `path`"));
        return None;
    }
    Some(given.value)
}

fn read_extension(value: Value<'_>) -> Option<Extension> {
    if let YamlValue::String(_) = value.yaml.value {
        return Some(Extension { name: value.text()?, repo: None });
    }
    let fields = value.fields()?;
    let name = fields.required("name", |value| value.text());
    let repo = fields.required("repo", |value| value.text());
    Some(Extension { name: name?, repo: Some(repo?) })
}

fn read_attachment(value: Value<'_>) -> Option<Attachment> {
    let fields = value.fields()?;
    fields.deny_unknown(&["path", "type", "alias", "secret", "read_only", "options", "is_ducklake"]);
    let path = fields.required("path", |value| value.text());
    let options = fields.tree("options", Allowed);
    let read_only = fields.boolean("read_only", Refused).unwrap_or(false);
    let kind = fields.text("type", Allowed);
    let secret = fields.text("secret", Allowed);
    check_conflicts(
        &value,
        options.as_ref(),
        [("type", kind.is_some()), ("secret", secret.is_some()), ("read_only", read_only)],
    );
    let path = path?;
    let is_ducklake = fields.boolean("is_ducklake", Allowed).unwrap_or(false);
    Some(Attachment {
        is_ducklake: is_ducklake || path.as_str().to_lowercase().contains("ducklake:"),
        alias: fields.text("alias", Allowed),
        path,
        kind,
        secret,
        read_only,
        options,
    })
}

/// What is given both directly and among the options.
fn check_conflicts(value: &Value<'_>, options: Option<&Yaml>, given: [(&str, bool); 3]) {
    let is_option = |key: &str| options.is_some_and(|options| options.get(key).is_some());
    let conflicts = given.iter().filter(|(key, is_given)| *is_given && is_option(key));
    let conflicts: Vec<String> = conflicts.map(|(key, _)| format!("'{key}'")).collect();
    if !conflicts.is_empty() {
        value.wrong(format_args!(
            "Attachment option(s) [{}] specified in both direct fields and options dict. Please specify each option in only \
             one location.",
            conflicts.join(", ")
        ));
    }
}

fn read_secrets(fields: Fields<'_>) -> Vec<Yaml> {
    let mut secrets = fields.list("secrets", Allowed, |item| {
        item.object()?;
        item.fields()?.required("type", |value| value.text())?;
        Some(item.yaml.clone())
    });
    let Some(provider) = fields.text("use_credential_provider", Allowed) else { return secrets };
    if provider.as_str() != "aws" {
        let message = format!("Unsupported value for use_credential_provider: {}", provider.as_str());
        fields.report().push(fields.value.diagnostic(message).at(provider.span));
        return secrets;
    }
    let text = |text: &str| Yaml::new(provider.span.clone(), YamlValue::String(Arc::from(text)));
    let entries = [(text("type"), text("s3")), (text("provider"), text("credential_chain"))];
    secrets.push(Yaml::new(provider.span.clone(), YamlValue::Map(Arc::new(YamlMap::new(entries)))));
    secrets
}

fn read_retries(value: Value<'_>) -> Option<Retries> {
    let fields = value.fields()?;
    fields.deny_unknown(&["connect_attempts", "query_attempts", "retryable_exceptions"]);
    let attempts = |key: &str, null: Null| fields.read(key, null, read_positive);
    let exceptions = fields.texts("retryable_exceptions", Refused);
    let default = || Text::new(Arc::from("IOException"), fields.span());
    let is_given = fields.map.contains_key("retryable_exceptions");
    Some(Retries {
        connect_attempts: attempts("connect_attempts", Refused).unwrap_or(1),
        query_attempts: attempts("query_attempts", Allowed),
        retryable_exceptions: if is_given { exceptions } else { vec![default()] },
    })
}

fn read_positive(value: Value<'_>) -> Option<u32> {
    let number = value.integer()?;
    let positive = u32::try_from(number).ok().filter(|number| *number > 0);
    if positive.is_none() {
        value.wrong(format_args!("{number} is less than the minimum of 1"));
    }
    positive
}

impl Credentials {
    /// The schema to write to, where generated names say nothing else.
    pub fn schema_or_main(&self) -> &str {
        self.schema.as_deref().unwrap_or("main")
    }

    /// Names of the databases that are DuckLakes: the target's own, attached ones.
    pub fn ducklakes(&self) -> impl Iterator<Item = String> {
        let own = self.is_ducklake.then(|| database_name(&self.path)).flatten();
        let attached = self.attach.iter().filter(|attachment| attachment.is_ducklake).filter_map(|attachment| {
            let alias = attachment.alias.as_ref().map(|alias| alias.as_str().to_owned());
            alias.or_else(|| database_name(attachment.path.as_str()))
        });
        own.into_iter().chain(attached)
    }

    /// dbt's connection keys with their values, as `target` shows them.
    pub(super) fn connection_entries(&self) -> Vec<(&'static str, YamlValue)> {
        let text = |text: &str| YamlValue::String(Arc::from(text));
        let written = |key: &str| self.tree.get(key).map_or(YamlValue::Null, |value| value.value.clone());
        let empty_map = || YamlValue::Map(Arc::default());
        vec![
            ("database", text(&self.database)),
            ("schema", text(self.schema_or_main())),
            ("path", text(&self.path)),
            ("config_options", written("config_options")),
            ("extensions", written("extensions")),
            ("settings", self.settings.as_ref().map_or_else(empty_map, |settings| settings.value.clone())),
            ("external_root", text(&self.external_root)),
            ("use_credential_provider", written("use_credential_provider")),
            ("attach", written("attach")),
            ("filesystems", YamlValue::Null),
            ("remote", YamlValue::Null),
            ("plugins", YamlValue::Null),
            ("disable_transactions", YamlValue::Bool(self.disable_transactions)),
        ]
    }
}
