//! From a profile's target to an open database.

use super::Failed;
use super::console::Console;
use super::workspace::{DatabasePath, LoadedDomain};
use crate::adapter::DuckDbWarehouse;
use crate::adapter::duckdb::{AdapterError, Attachment, Database, Extension, Secret, SecretValue, Settings};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::project::Text;
use crate::project::profile::Credentials;
use crate::project::yaml::{Yaml, YamlMap, YamlValue};
use std::sync::Arc;

/// The warehouse of a domain's target.
pub(super) fn open(domain: &LoadedDomain, console: &Arc<Console>) -> Result<DuckDbWarehouse, Failed> {
    let credentials = &domain.profile.credentials;
    let settings = settings(credentials, &domain.database_path);
    let database = Database::open(&settings).map_err(|cause| failed(&cause, domain))?;
    Ok(DuckDbWarehouse::new(database, credentials.disable_transactions, console.clone()))
}

fn failed(cause: &AdapterError, domain: &LoadedDomain) -> Failed {
    let code = cause.code().unwrap_or(ErrorCode::EngineSetting);
    let diagnostic = Diagnostic::error(code, cause.to_string()).at(domain.profile.span.clone());
    Failed(vec![cause.remedy().into_iter().fold(diagnostic, Diagnostic::hint)])
}

/// dbt-duckdb's keys as the adapter wants them.
pub(super) fn settings(credentials: &Credentials, path: &DatabasePath) -> Settings {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_string());
    Settings {
        path: match path {
            DatabasePath::Memory => None,
            DatabasePath::File(path) => Some(path.clone()),
        },
        read_only: false,
        config: pairs(credentials.config_options.as_ref()),
        extensions: credentials
            .extensions
            .iter()
            .map(|extension| Extension { name: extension.name.as_str().to_string(), repository: text(&extension.repo) })
            .collect(),
        secrets: credentials.secrets.iter().filter_map(Yaml::as_map).map(secret).collect(),
        attach: credentials
            .attach
            .iter()
            .map(|attachment| Attachment {
                path: attachment.path.as_str().to_string(),
                alias: text(&attachment.alias),
                kind: text(&attachment.kind),
                secret: text(&attachment.secret),
                read_only: attachment.read_only,
                options: options(attachment.options.as_ref()),
            })
            .collect(),
        settings: pairs(credentials.settings.as_ref()),
        default_database: None,
    }
}

fn entries(yaml: Option<&Yaml>) -> impl Iterator<Item = (&str, &Yaml)> {
    yaml.and_then(Yaml::as_map).into_iter().flat_map(YamlMap::string_entries).map(|(key, value)| (key.as_ref(), value))
}

fn pairs(yaml: Option<&Yaml>) -> Vec<(String, String)> {
    entries(yaml).map(|(key, value)| (key.to_string(), value.to_python_str())).collect()
}

/// Options of `ATTACH`: text is quoted, `true` is the bare word, `false` leaves it out (dbt-duckdb's `Attachment.to_sql`).
fn options(yaml: Option<&Yaml>) -> Vec<(String, Option<String>)> {
    let option = |(key, value): (&str, &Yaml)| match &value.value {
        YamlValue::Bool(true) => Some((key.to_string(), None)),
        YamlValue::Bool(false) => None,
        YamlValue::String(text) => Some((key.to_string(), Some(format!("'{}'", text.replace('\'', "''"))))),
        _ => Some((key.to_string(), Some(value.to_python_str()))),
    };
    entries(yaml).filter_map(option).collect()
}

fn secret(map: &YamlMap) -> Secret {
    let text = |key: &str| map.get(key).filter(|value| !value.is_null()).map(Yaml::to_python_str);
    let own = ["type", "name", "persistent", "provider"];
    let parameters = map.string_entries().filter(|(key, _)| !own.contains(&key.as_ref()));
    Secret {
        kind: text("type").unwrap_or_default(),
        name: text("name"),
        persistent: map.get("persistent").and_then(Yaml::as_bool).unwrap_or(false),
        provider: text("provider"),
        parameters: parameters.map(|(key, value)| (key.to_string(), secret_value(value))).collect(),
    }
}

fn secret_value(value: &Yaml) -> SecretValue {
    if let Some(items) = value.as_seq() {
        return SecretValue::List(items.iter().map(Yaml::to_python_str).collect());
    }
    match value.as_map() {
        Some(_) => SecretValue::Map(pairs(Some(value))),
        None => SecretValue::Text(value.to_python_str()),
    }
}
