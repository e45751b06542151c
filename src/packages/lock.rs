//! `package-lock.yml`.

use super::fetch::{Fetcher, Pinned, Place};
use super::requirement::{Private, Requirement};
use super::resolve::resolve;
use super::{NO_PACKAGES, Notation, Outcome, Request, unwritable};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::project::packages::{Dependencies, PackageEntry, PackageSource};
use crate::project::profile::Secrets;
use crate::project::yaml::Yaml;
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};
use std::path::Path;

/// The checksum of a list of packages that dbt makes (`_create_sha1_hash` of `dbt/task/deps.py`): whether a lock is of it.
pub(super) fn hash(entries: &[PackageEntry], secrets: &Secrets, notation: Notation) -> String {
    let mut texts: Vec<String> =
        entries.iter().map(|entry| secrets.reveal(&(notation.json)(&sorted(&contract(entry))))).collect();
    texts.sort();
    Sha1::digest(texts.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An entry with all the keys that dbt gives it.
fn contract(entry: &PackageEntry) -> Value {
    let mut keys = match &entry.source {
        PackageSource::Local { .. } | PackageSource::Tarball { .. } => json!({}),
        PackageSource::Git { .. } => json!({ "revision": null, "subdirectory": null, "warn-unpinned": null }),
        PackageSource::Hub { .. } => json!({ "install_prerelease": false }),
        PackageSource::Private { .. } => {
            json!({ "provider": null, "revision": null, "subdirectory": null, "warn-unpinned": null })
        }
    };
    if let (Some(keys), Value::Object(rendered)) = (keys.as_object_mut(), entry.rendered.to_json()) {
        keys.extend(rendered);
        if keys.get("name").is_some_and(Value::is_null) {
            keys.remove("name");
        }
        keys.insert("unrendered".to_owned(), Yaml::to_json(&entry.unrendered));
    }
    keys
}

/// The same with sorted keys.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(entries) => {
            let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        other => other.clone(),
    }
}

/// Resolves the packages and writes the lock.
pub(super) fn update(
    request: &Request<'_>,
    fetcher: &mut Fetcher<'_>,
    dependencies: &Dependencies,
    hash: &str,
) -> Outcome<()> {
    if dependencies.packages.is_empty() {
        request.listener.note(NO_PACKAGES.to_owned());
        return Ok(());
    }
    let required = dependencies.packages.iter().map(|entry| Requirement::new(entry, request));
    let resolved = resolve(request.name, required.collect::<Outcome<_>>()?, fetcher)?;
    let mut locked = Vec::new();
    for (pinned, name) in &resolved {
        locked.push(entry(request, &fetcher.settled(pinned)?, name)?);
    }
    let text = (request.notation.yaml)(&json!({ "packages": locked, "sha1_hash": hash }));
    let path = request.lock_path();
    write(&path, &text)?;
    request.listener.note(format!("Updating lock file in file path: {}", path.display()));
    Ok(())
}

/// Writes a file beside its place, then puts it there.
pub(super) fn write(path: &Path, text: &str) -> Outcome<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|cause| {
        // There may be nothing to remove.
        let _ = std::fs::remove_file(&beside);
        unwritable(path, &cause)
    })
}

fn entry(request: &Request<'_>, pinned: &Pinned, name: &str) -> Outcome<Value> {
    let mut keys = Map::new();
    let mut put = |key: &str, value: &str| keys.insert(key.to_owned(), Value::from(value));
    match &pinned.place {
        Place::Local { path } => {
            put("local", path);
        }
        Place::Git { unrendered, revision, subdirectory, private, .. } => {
            match private {
                None => {
                    put("git", &scrubbed(request, unrendered, pinned)?);
                }
                Some(Private { name, provider }) => {
                    put("private", name);
                    provider.iter().for_each(|provider| {
                        put("provider", provider);
                    });
                }
            }
            put("revision", revision);
            subdirectory.iter().for_each(|folder| {
                put("subdirectory", folder);
            });
        }
        Place::Hub { package, version, .. } => {
            put("package", package);
            put("version", version);
        }
        Place::Tarball { unrendered, .. } => {
            put("tarball", &scrubbed(request, unrendered, pinned)?);
        }
    }
    put("name", name);
    Ok(Value::Object(keys))
}

/// A written address without the secrets that somebody wrote into it, and a warning where there were some.
fn scrubbed(request: &Request<'_>, address: &str, pinned: &Pinned) -> Outcome<String> {
    let scrubbed = request.secrets.scrub(address);
    if scrubbed != address {
        let message = format!(
            "Detected secret env var in {scrubbed}. dbt will write a scrubbed representation to the lock file. This will cause \
             issues with subsequent 'dbt deps' using the lock file, requiring 'dbt deps --upgrade'"
        );
        let warning = Diagnostic::warning(ErrorCode::SecretInPackage, message).at(pinned.span.clone());
        request.warn(warning.hint("write {{ env_var('DBT_ENV_SECRET_...') }} in the place of the secret"))?;
    }
    Ok(scrubbed)
}
