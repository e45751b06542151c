//! The hub: an index of packages, and a list of versions for each.

use super::http::{Failure, Http};
use super::requirement::{Origin, Requirement};
use super::{Outcome, Request};
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap};
use crate::project::packages::{Dependencies, PACKAGES_FILE, PackageEntry};
use crate::project::render::Unrendered;
use crate::project::tree::MemoryTree;
use crate::project::version::{DBT_VERSION, VersionSpecifier, compatible};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Where dbt Labs keep it.
const PUBLIC: &str = "https://hub.getdbt.com/";

/// What was read of a hub.
pub(super) struct Hub {
    base: String,
    index: Option<HashSet<String>>,
    packages: HashMap<String, IndexMap<String, Value>>,
    versions: HashMap<(String, String), HubVersion>,
}

/// One version of a package.
#[derive(Debug, Clone)]
pub(super) struct HubVersion {
    /// The project's name.
    pub name: String,
    /// What it needs.
    pub packages: Vec<PackageEntry>,
    /// Where its files are.
    pub tarball: String,
}

impl Hub {
    /// The hub at `base`, or the public one.
    pub fn new(base: Option<&str>) -> Hub {
        let base = base.filter(|base| !base.is_empty()).unwrap_or(PUBLIC).to_owned();
        Hub { base, index: None, packages: HashMap::new(), versions: HashMap::new() }
    }

    /// The best version that satisfies a requirement, and the best one of all that may be installed.
    pub fn pin(&mut self, http: &Http<'_>, request: &Request<'_>, wanted: &Requirement) -> Outcome<(String, String)> {
        let Origin::Hub { package, versions: asked, install_prerelease } = &wanted.origin else {
            return Ok(Default::default());
        };
        let missing =
            |message: String| Box::new(Diagnostic::error(ErrorCode::PackageNotFound, message).at(wanted.span.clone()));
        let placed = |error: Box<Diagnostic>| Box::new(error.at(wanted.span.clone()));
        if !self.index(http).map_err(placed)?.contains(package) {
            return Err(missing(format!("Package {package} was not found in the package index")));
        }
        let range = wanted.range()?;
        let prerelease = *install_prerelease || asked.iter().any(|version| version.prerelease.is_some());
        let versions = self.package(http, request, package).map_err(placed)?;
        let mut installable: Vec<(VersionSpecifier, &str)> = Vec::new();
        for (text, info) in versions {
            if request.version_check && !suits_dbt(info) {
                continue;
            }
            let version = VersionSpecifier::parse(text).map_err(|cause| missing(cause.to_string()))?;
            if prerelease || version.prerelease.is_none() {
                installable.push((version, text));
            }
        }
        installable.sort_by(|(one, _), (two, _)| one.compare(two));
        let mut best: Option<&(VersionSpecifier, &str)> = None;
        for candidate in installable.iter().filter(|(version, _)| range.holds(version)) {
            if best.is_none_or(|best| best.0.compare(&candidate.0).is_lt()) {
                best = Some(candidate);
            }
        }
        match (best, installable.last()) {
            (Some((_, version)), Some((_, latest))) => Ok(((*version).to_owned(), (*latest).to_owned())),
            _ => {
                let listed: Vec<String> = installable.iter().map(|(_, text)| format!("'{text}'")).collect();
                let mut message = format!(
                    "Could not find a matching compatible version for package {package}\n  Requested range: {range}\n  \
                     Compatible versions: [{}]",
                    listed.join(", ")
                );
                if request.version_check {
                    message += "\n\n  Not shown: package versions incompatible with installed version of dbt-core\n  To \
                                include them, run 'dbt --no-version-check deps'";
                }
                Err(missing(message))
            }
        }
    }

    /// A version by its number.
    pub fn version(
        &mut self,
        http: &Http<'_>,
        request: &Request<'_>,
        package: &str,
        version: &str,
    ) -> Outcome<&HubVersion> {
        let key = (package.to_owned(), version.to_owned());
        if !self.versions.contains_key(&key) {
            let info = self.package(http, request, package)?.get(version);
            let read = info.and_then(read_version).ok_or_else(|| {
                let message = format!("the hub says nothing of use about version {version} of {package}");
                Box::new(Diagnostic::error(ErrorCode::PackageNotFound, message))
            })?;
            self.versions.insert(key.clone(), read);
        }
        self.versions
            .get(&key)
            .ok_or_else(|| Box::new(Diagnostic::error(ErrorCode::PackageNotFound, format!("no version {version}"))))
    }

    fn index(&mut self, http: &Http<'_>) -> Outcome<&HashSet<String>> {
        let index = match self.index.take() {
            Some(index) => index,
            None => http.fetch(&self.url("index"), |body| {
                let listed: Vec<String> = serde_json::from_reader(body).map_err(|cause| unexpected(&cause))?;
                Ok(listed.into_iter().collect())
            })?,
        };
        Ok(self.index.insert(index))
    }

    fn package(&mut self, http: &Http<'_>, request: &Request<'_>, package: &str) -> Outcome<&IndexMap<String, Value>> {
        if !self.packages.contains_key(package) {
            let answer = http.fetch(&self.url(package), |body| {
                let answer: Value = serde_json::from_reader(body).map_err(|cause| unexpected(&cause))?;
                match (answer.get("name"), answer.get("versions").and_then(Value::as_object)) {
                    (Some(_), Some(versions)) => {
                        let versions: IndexMap<String, Value> =
                            versions.iter().map(|(version, info)| (version.clone(), info.clone())).collect();
                        Ok((redirection(package, &answer), versions))
                    }
                    _ => Err(unexpected(&"it has no `name` and `versions`")),
                }
            })?;
            let (redirection, versions) = answer;
            if let Some(warning) = redirection {
                request.warn(warning)?;
            }
            self.packages.insert(package.to_owned(), versions);
        }
        self.packages
            .get(package)
            .ok_or_else(|| Box::new(Diagnostic::error(ErrorCode::PackageNotFound, format!("no package {package}"))))
    }

    fn url(&self, name: &str) -> String {
        format!("{}api/v1/{name}.json", self.base)
    }
}

fn unexpected(cause: &dyn std::fmt::Display) -> Failure {
    Failure { message: format!("the answer is not that of a package hub: {cause}"), passing: true }
}

/// The warning about a package that has a new name.
fn redirection(package: &str, answer: &Value) -> Option<Diagnostic> {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    if answer.get("redirectnamespace").is_none() && answer.get("redirectname").is_none() {
        return None;
    }
    let namespace = text("redirectnamespace").or(text("namespace"))?;
    let name = text("redirectname").or(text("name"))?;
    let message = format!(
        "The `{package}` package is deprecated in favor of `{namespace}/{name}`. Please update your `packages.yml` \
         configuration to use `{namespace}/{name}` instead."
    );
    Some(Diagnostic::warning(ErrorCode::RedirectedPackage, message))
}

/// Whether a version works with the dbt that is followed; what is not said or not understood does.
fn suits_dbt(info: &Value) -> bool {
    let texts: Vec<&str> = match info.get("require_dbt_version") {
        Some(Value::String(text)) if !text.is_empty() => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => return true,
    };
    let wanted: Result<Vec<VersionSpecifier>, _> = texts.into_iter().map(VersionSpecifier::parse).collect();
    match (wanted, VersionSpecifier::parse(DBT_VERSION)) {
        (Ok(wanted), Ok(installed)) => compatible(std::iter::once(&installed).chain(&wanted)),
        _ => true,
    }
}

fn read_version(info: &Value) -> Option<HubVersion> {
    let name = info.get("name")?.as_str()?.to_owned();
    let tarball = info.get("downloads")?.get("tarball")?.as_str()?.to_owned();
    // What a package needs has the form of packages.yml, and JSON is YAML.
    let packages = json!({ "packages": info.get("packages").cloned().unwrap_or_else(|| json!([])) });
    let tree = MemoryTree::new().with(PACKAGES_FILE, packages.to_string());
    let mut diagnostics = Vec::new();
    let read = Dependencies::load(&tree, "", &Unrendered, &SourceMap::default(), &mut diagnostics);
    diagnostics.is_empty().then_some(HubVersion { name, packages: read.packages, tarball })
}
