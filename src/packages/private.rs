//! Private repositories: the address behind `private: organization/repository`.
//!
//! Source: `dbt/deps/private_package.py` of dbt-core 1.12.6.

use super::Outcome;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::project::Text;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A JSON list of repositories with addresses and tokens, as dbt's cloud sets it.
const VARIABLE: &str = "DBT_ENV_PRIVATE_GIT_PROVIDER_INFO";

const PROVIDERS: [&str; 5] = ["github", "gitlab", "azure_active_directory", "azure_devops", "ado"];

/// Names of one thing: Azure DevOps.
const AZURE: [&str; 3] = ["azure_active_directory", "azure_devops", "ado"];

/// The providers whose packages may leave the project out of `organization/project/repository`.
const LEGACY: [&str; 2] = ["azure_active_directory", "azure_devops"];

/// What an address may have in braces.
const PLACEHOLDERS: [&str; 4] = ["token", "repo", "group", "project"];

/// Where private repositories are, and the tokens that open them; without any, git reaches them over SSH, with the keys of
/// whoever runs it.
#[derive(Default)]
struct GitProviders {
    repositories: Vec<Repository>,
}

/// An entry of the variable.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repository {
    org: String,
    /// `https://{token}@github.com/acme/{repo}.git`
    url: String,
    token: String,
    provider: String,
}

/// `organization/groups/repository`
struct Path<'a> {
    organization: &'a str,
    groups: String,
    repository: &'a str,
    /// Whether a path without groups may be meant.
    is_legacy: bool,
}

/// The address of a private repository, with the token that opens it where the environment has one.
pub(super) fn address(
    environment: &BTreeMap<String, String>,
    private: &Text,
    provider: Option<&Text>,
) -> Outcome<String> {
    let providers = GitProviders::read(environment).map_err(|error| Box::new(error.at(private.span.clone())))?;
    providers.address(private, provider)
}

impl GitProviders {
    /// Those of an environment.
    ///
    /// # Errors
    /// When the variable is not what dbt expects. Nothing of its value is told.
    fn read(environment: &BTreeMap<String, String>) -> Result<Self, Diagnostic> {
        let Some(text) = environment.get(VARIABLE).filter(|text| !text.trim().is_empty()) else {
            return Ok(GitProviders::default());
        };
        let wrong = |what: String| {
            let message = format!("the environment variable {VARIABLE} {what}");
            Diagnostic::error(ErrorCode::InvalidPackages, message).hint(
                "it is a JSON list such as [{\"org\": \"acme\", \"url\": \"https://{token}@github.com/acme/{repo}.git\", \
                 \"token\": \"...\", \"provider\": \"github\"}]; without it, git reaches private packages over SSH",
            )
        };
        // The words of the parser may quote the value, so only the place is taken over.
        let repositories: Vec<Repository> = serde_json::from_str(text).map_err(|cause| {
            let what = if cause.is_data() { "lacks a key or has a wrong one" } else { "is no JSON" };
            wrong(format!("{what} (at character {} of line {})", cause.column(), cause.line()))
        })?;
        for (index, repository) in repositories.iter().enumerate() {
            if !PROVIDERS.contains(&repository.provider.as_str()) {
                let known = PROVIDERS.join(", ");
                return Err(wrong(format!("has an unknown provider in entry {}; there are: {known}", index + 1)));
            }
            if filled(&repository.url, |name| PLACEHOLDERS.contains(&name).then(String::new)).is_none() {
                let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
                let what = format!("has a url in entry {} with other braces than {known}", index + 1);
                return Err(wrong(what));
            }
        }
        Ok(GitProviders { repositories })
    }

    /// The address of a private repository. Of several entries that hold it, the first.
    fn address(&self, private: &Text, provider: Option<&Text>) -> Outcome<String> {
        if self.repositories.is_empty() {
            return over_ssh(private, provider);
        }
        let name = private.as_str();
        let provider_name = provider.map(|provider| provider.as_str());
        if let Some(unknown) = provider_name.filter(|name| !PROVIDERS.contains(name)) {
            let message = format!("Invalid provider '{unknown}'. Valid providers: {}", PROVIDERS.join(", "));
            return refused(message, provider.unwrap_or(private), "name one of them, or leave `provider:` out");
        }
        let legacy = provider_name.is_some_and(|name| LEGACY.contains(&name));
        let Some(wanted) = Path::of(name, legacy) else {
            let message = format!("'{name}' is not the name of a private package");
            return refused(message, private, "write private: organization/repository");
        };
        let found = self.repositories.iter().find(|repository| repository.holds(&wanted, provider_name));
        let address = found.and_then(|repository| {
            filled(&repository.url, |placeholder| {
                Some(match placeholder {
                    "token" => repository.token.clone(),
                    "repo" => wanted.repository.to_owned(),
                    _ => wanted.groups.clone(),
                })
            })
        });
        match address {
            Some(address) => Ok(address),
            None => {
                let shown = provider_name.unwrap_or("None");
                let message = format!("No matching Git URLs for private definition {name} with provider {shown}");
                refused(message, private, &format!("add an entry for it to {VARIABLE}, or correct the name"))
            }
        }
    }
}

/// The tokens in an environment, as far as its variable can be read.
pub fn git_tokens(environment: &BTreeMap<String, String>) -> Vec<String> {
    let entries = environment.get(VARIABLE).and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let entries = entries.as_ref().and_then(serde_json::Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| entry.get("token")?.as_str()).map(str::to_owned).collect()
}

impl Repository {
    /// Whether the repository at `wanted` is one of these.
    fn holds(&self, wanted: &Path<'_>, provider: Option<&str>) -> bool {
        let is_azure = |provider: &str| AZURE.contains(&provider);
        let is_provider = |name: &str| name == self.provider || (is_azure(name) && is_azure(&self.provider));
        if self.org != wanted.organization || !provider.is_none_or(is_provider) {
            return false;
        }
        let legacy = LEGACY.contains(&self.provider.as_str());
        if legacy && provider == Some("ado") && wanted.groups.is_empty() {
            return false;
        }
        let Some(path) = path_of(&self.url) else { return false };
        let path = if is_azure(&self.provider) { path.replace("/_git/", "/") } else { path.to_owned() };
        Path::of(&path, legacy).is_some_and(|path| path.is_same(wanted))
    }
}

impl<'a> Path<'a> {
    fn of(path: &'a str, is_legacy: bool) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let [organization, groups @ .., repository] = parts.as_slice() else { return None };
        Some(Path { organization, groups: groups.join("/"), repository, is_legacy })
    }

    /// Whether both mean one repository. In an address, `{repo}` means any, `{group}` and `{project}` any groups.
    fn is_same(&self, other: &Path<'_>) -> bool {
        let matches = |one: &str, other: &str, any: &[&str]| {
            one == other || (any.contains(&one) && !other.is_empty()) || (any.contains(&other) && !one.is_empty())
        };
        let groups_count = match (self.is_legacy, other.is_legacy) {
            (true, true) => false,
            (true, false) => !other.groups.is_empty(),
            (false, true) => !self.groups.is_empty(),
            (false, false) => true,
        };
        self.organization == other.organization
            && matches(self.repository, other.repository, &["{repo}"])
            && (!groups_count || matches(&self.groups, &other.groups, &["{group}", "{project}"]))
    }
}

/// The path of an address, without the slash before it and `.git` behind it.
fn path_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Some(path.strip_suffix(".git").unwrap_or(path))
}

/// `template` with `value` in the place of what stands in braces, doubled braces being meant as they are; `None` where there
/// is no such value. Source: `str.format` of Python.
fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        text.push_str(&rest[..brace]);
        rest = &rest[brace..];
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            text.push_str(&rest[..1]);
            rest = after;
            continue;
        }
        let (name, after) = rest.strip_prefix('{')?.split_once('}')?;
        text.push_str(&value(name)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn over_ssh(private: &Text, provider: Option<&Text>) -> Outcome<String> {
    let name = private.as_str();
    match provider.map(|provider| provider.as_str()).filter(|name| !name.is_empty()).unwrap_or("github") {
        "github" => Ok(format!("git@github.com:{name}.git")),
        "gitlab" => Ok(format!("git@gitlab.com:{name}.git")),
        other @ ("ado" | "azure_devops") => match name.split('/').count() {
            0..3 => {
                let message =
                    format!("The '{other}' provider requires org/project/repo format (3 parts), got: '{name}'");
                refused(message, private, "write private: organization/project/repository")
            }
            _ => Ok(format!("git@ssh.dev.azure.com:v3/{name}")),
        },
        other => {
            let message = format!(
                "Invalid private package configuration: '{name}' provider: '{other}'. Valid providers are: github, gitlab, \
                 ado, azure_devops"
            );
            refused(message, provider.unwrap_or(private), "name one of them, or write `git:` with the whole address")
        }
    }
}

fn refused(message: String, at: &Text, hint: &str) -> Outcome<String> {
    let error = Diagnostic::error(ErrorCode::InvalidPackages, message).at(at.span.clone());
    Err(Box::new(error.hint(hint)))
}

#[cfg(test)]
mod tests;
