//! What a database is opened with, and the statements that say so. The words are dbt-duckdb's profile keys
//! (`dbt/adapters/duckdb/credentials.py`, `secrets.py` of 1.11.1). Runs nothing.

use std::path::PathBuf;

/// How to open a database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// The file; `None` is a database in memory.
    pub path: Option<PathBuf>,
    /// Opens the file without writing to it.
    pub read_only: bool,
    /// `config_options`: options that only count when the instance starts.
    pub config: Vec<(String, String)>,
    /// Extensions in the order in which they are loaded.
    pub extensions: Vec<Extension>,
    /// Secrets to create.
    pub secrets: Vec<Secret>,
    /// Databases to attach.
    pub attach: Vec<Attachment>,
    /// `settings`: a `SET` for every connection.
    pub settings: Vec<(String, String)>,
    /// The database that names without one mean (`USE`), for every connection.
    pub default_database: Option<String>,
}

impl Settings {
    /// A database in memory without anything else.
    pub fn in_memory() -> Self {
        Settings::default()
    }

    /// The database in the file at `path`.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Settings { path: Some(path.into()), ..Settings::default() }
    }

    /// The statements that every new connection runs. Values are strings: DuckDB casts them.
    pub(super) fn session_statements(&self) -> Vec<String> {
        let set = self.settings.iter().map(|(key, value)| format!("SET {key} = {}", literal(value)));
        set.chain(self.default_database.iter().map(|name| format!("USE {}", quoted(name)))).collect()
    }
}

/// An extension to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// The repository (`community`, `core_nightly`, or a URL); `None` is DuckDB's own.
    pub repository: Option<String>,
}

impl Extension {
    pub(super) fn install_sql(&self) -> String {
        let name = quoted(&self.name);
        match &self.repository {
            None => format!("INSTALL {name}"),
            Some(address) if address.contains([':', '/', '.']) => format!("INSTALL {name} FROM {}", literal(address)),
            Some(alias) => format!("INSTALL {name} FROM {}", quoted(alias)),
        }
    }
}

/// A database to attach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// File or address.
    pub path: String,
    /// The catalog's name; DuckDB derives one from the path when there is none.
    pub alias: Option<String>,
    /// `TYPE`, for databases of other systems.
    pub kind: Option<String>,
    /// The secret to use.
    pub secret: Option<String>,
    /// Attaches without writing to it.
    pub read_only: bool,
    /// Further options; one without a value is a flag. A value is written as it stands: quote strings.
    pub options: Vec<(String, Option<String>)>,
}

impl Attachment {
    /// The `ATTACH` statement.
    pub fn to_sql(&self) -> String {
        let path = match self.path.split_once('?') {
            Some((path, _)) if path.starts_with("md:") || path.starts_with("motherduck:") => path,
            _ => &self.path,
        };
        let mut sql = format!("ATTACH IF NOT EXISTS {}", literal(path));
        if let Some(alias) = &self.alias {
            sql.push_str(&format!(" AS {}", quoted(alias)));
        }
        let mut options = Vec::new();
        options.extend(self.kind.as_ref().map(|kind| format!("TYPE {kind}")));
        options.extend(self.secret.as_ref().map(|secret| format!("SECRET {secret}")));
        options.extend(self.read_only.then(|| "READ_ONLY".to_string()));
        options.extend(self.options.iter().map(|(key, value)| match value {
            Some(value) => format!("{} {value}", key.to_uppercase()),
            None => key.to_uppercase(),
        }));
        if !options.is_empty() {
            sql.push_str(&format!(" ({})", options.join(", ")));
        }
        sql
    }
}

/// The value of a secret's parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretValue {
    /// One value.
    Text(String),
    /// Several values; of `scope` each becomes a parameter of its own.
    List(Vec<String>),
    /// Names and values, such as HTTP headers.
    Map(Vec<(String, String)>),
}

/// A secret of DuckDB's secret manager.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// `s3`, `azure`, `http`, ...
    pub kind: String,
    /// Its name; without one it is DuckDB's default secret of its kind.
    pub name: Option<String>,
    /// Whether DuckDB keeps it on disk.
    pub persistent: bool,
    /// `config`, `credential_chain`, ...
    pub provider: Option<String>,
    /// The other parameters in order, `scope` among them.
    pub parameters: Vec<(String, SecretValue)>,
}

impl std::fmt::Debug for Secret {
    /// Names what it is and none of its values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("kind", &self.kind).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Secret {
    /// The `CREATE SECRET` statement as dbt-duckdb writes it.
    pub fn to_sql(&self) -> String {
        let mut parameters = vec![format!("type {}", self.kind)];
        parameters.extend(self.provider.as_ref().map(|provider| format!("provider {provider}")));
        let (scopes, others): (Vec<_>, Vec<_>) = self.parameters.iter().partition(|(key, _)| key == "scope");
        for (key, value) in others {
            parameters.push(parameter(key, value));
        }
        for (_, value) in scopes {
            let texts = match value {
                SecretValue::Text(text) => std::slice::from_ref(text),
                SecretValue::List(texts) => texts,
                SecretValue::Map(_) => &[],
            };
            parameters.extend(texts.iter().map(|text| format!("scope {}", literal(text))));
        }
        let name = self.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let replace = if name.is_empty() { "" } else { " OR REPLACE" };
        let persistent = if self.persistent { " PERSISTENT" } else { "" };
        format!("CREATE{replace}{persistent} SECRET{name} (\n    {}\n)", parameters.join(",\n    "))
    }
}

fn parameter(key: &str, value: &SecretValue) -> String {
    match value {
        SecretValue::Text(text) if key == "extra_http_headers" => format!("{key} {text}"),
        SecretValue::Text(text) => format!("{key} {}", literal(text)),
        SecretValue::List(texts) => {
            format!("{key} array [{}]", texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", "))
        }
        SecretValue::Map(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{}: {}", literal(k), literal(v))).collect();
            format!("{key} map {{{}}}", pairs.join(", "))
        }
    }
}

/// `text` as a string literal.
pub(in crate::adapter) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `name` as a quoted identifier.
pub(in crate::adapter) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
