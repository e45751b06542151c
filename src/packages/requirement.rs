//! What is asked for: an entry of a list of packages, and what several entries for one package come to.

use super::{Outcome, Request, private};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::project::packages::{PackageEntry, PackageSource};
use crate::project::version::{VersionRange, VersionSpecifier};
use crate::project::yaml::Yaml;

/// A package that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Requirement {
    pub origin: Origin,
    /// Where it is asked for.
    pub span: Span,
}

/// Where a package comes from, with everything that was asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Origin {
    Local {
        path: String,
    },
    Git {
        git: String,
        /// The address as written: what may stand in the lock.
        unrendered: String,
        revisions: Vec<String>,
        subdirectory: Option<String>,
        warn_unpinned: bool,
        private: Option<Private>,
    },
    Hub {
        package: String,
        versions: Vec<VersionSpecifier>,
        install_prerelease: bool,
    },
    Tarball {
        url: String,
        /// The address as written.
        unrendered: String,
        name: String,
    },
}

/// A private repository as it is written, and as it may stand in the lock.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Private {
    /// `organization/repository`
    pub name: String,
    pub provider: Option<String>,
}

impl Requirement {
    /// The requirement of an entry.
    pub fn new(entry: &PackageEntry, request: &Request<'_>) -> Outcome<Requirement> {
        let secrets = request.secrets;
        let written =
            |key: &str, value: &str| entry.unrendered.get(key).and_then(Yaml::as_str).unwrap_or(value).to_owned();
        let origin = match &entry.source {
            PackageSource::Local { path } => Origin::Local { path: secrets.reveal(path.as_str()) },
            PackageSource::Git { git, revision, subdirectory, warn_unpinned } => Origin::Git {
                unrendered: written("git", git.as_str()),
                git: secrets.reveal(git.as_str()),
                revisions: revision.iter().map(|revision| secrets.reveal(revision.as_str())).collect(),
                subdirectory: subdirectory.as_ref().map(|folder| folder.as_str().to_owned()),
                warn_unpinned: *warn_unpinned != Some(false),
                private: None,
            },
            PackageSource::Hub { package, versions, install_prerelease } => {
                let versions = versions.iter().map(|version| {
                    VersionSpecifier::parse(version.as_str()).map_err(|cause| {
                        let error = Diagnostic::error(ErrorCode::InvalidPackages, cause.to_string());
                        Box::new(error.at(version.span.clone()).hint("a version has three numbers, such as 1.3.0"))
                    })
                });
                let versions: Outcome<Vec<VersionSpecifier>> = versions.collect();
                let package = package.as_str().to_owned();
                Origin::Hub { package, versions: versions?, install_prerelease: *install_prerelease }
            }
            PackageSource::Tarball { url } => Origin::Tarball {
                unrendered: written("tarball", url.as_str()),
                url: secrets.reveal(url.as_str()),
                name: entry.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            },
            PackageSource::Private { private: name, provider, revision, subdirectory, warn_unpinned } => {
                let address = private::address(request.environment, name, provider.as_ref())?;
                let name = name.as_str().to_owned();
                let provider = provider.as_ref().map(|provider| provider.as_str().to_owned());
                Origin::Git {
                    unrendered: name.clone(),
                    git: address,
                    revisions: revision.iter().map(|revision| secrets.reveal(revision.as_str())).collect(),
                    subdirectory: subdirectory.as_ref().map(|folder| folder.as_str().to_owned()),
                    warn_unpinned: *warn_unpinned != Some(false),
                    private: Some(Private { name, provider: provider.filter(|provider| !provider.is_empty()) }),
                }
            }
        };
        Ok(Requirement { origin, span: entry.span.clone() })
    }

    /// The name that requirements of the same package share.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::Local { path } => path.clone(),
            Origin::Git { git, subdirectory: Some(folder), .. } => format!("{git}/{folder}"),
            Origin::Git { git, .. } => git.clone(),
            Origin::Hub { package, .. } => package.clone(),
            Origin::Tarball { url, .. } => url.clone(),
        }
    }

    /// All names that are as good: a repository may be named with `.git` or without.
    pub fn all_names(&self) -> Vec<String> {
        let Origin::Git { git, subdirectory, .. } = &self.origin else { return vec![self.name()] };
        let other = git.strip_suffix(".git").map_or_else(|| format!("{git}.git"), str::to_owned);
        let other = match subdirectory {
            Some(folder) => format!("{other}/{folder}"),
            None => other,
        };
        vec![self.name(), other]
    }

    /// What both requirements come to.
    pub fn incorporate(&self, other: &Requirement) -> Outcome<Requirement> {
        let mut both = self.clone();
        match (&mut both.origin, &other.origin) {
            (Origin::Local { .. }, Origin::Local { .. }) | (Origin::Tarball { .. }, Origin::Tarball { .. }) => {}
            (
                Origin::Git { revisions, warn_unpinned, .. },
                Origin::Git { revisions: more, warn_unpinned: warns, .. },
            ) => {
                revisions.extend(more.iter().filter(|revision| !self.asks_for(revision)).cloned());
                *warn_unpinned &= *warns;
            }
            (Origin::Hub { versions, .. }, Origin::Hub { versions: more, .. }) => versions.extend(more.iter().cloned()),
            _ => {
                let message = format!(
                    "Cannot incorporate {} ({}) in {} ({}): mismatched types",
                    other.name(),
                    other.kind(),
                    self.name(),
                    self.kind()
                );
                let error = Diagnostic::error(ErrorCode::PackageConflict, message);
                return Err(Box::new(error.at(other.span.clone()).also(self.span.clone(), "and here")));
            }
        }
        Ok(both)
    }

    fn asks_for(&self, revision: &str) -> bool {
        matches!(&self.origin, Origin::Git { revisions, .. } if revisions.iter().any(|known| known == revision))
    }

    /// dbt's name for the kind.
    fn kind(&self) -> &'static str {
        match self.origin {
            Origin::Local { .. } => "LocalUnpinnedPackage",
            Origin::Git { .. } => "GitUnpinnedPackage",
            Origin::Hub { .. } => "RegistryUnpinnedPackage",
            Origin::Tarball { .. } => "TarballUnpinnedPackage",
        }
    }

    /// The one revision of a git package; `HEAD` where none is asked for.
    pub fn revision(&self) -> Outcome<&str> {
        let Origin::Git { revisions, .. } = &self.origin else { return Ok("HEAD") };
        match revisions.as_slice() {
            [] => Ok("HEAD"),
            [revision] => Ok(revision),
            several => {
                let listed = several.iter().map(|revision| format!("'{revision}'")).collect::<Vec<_>>().join(", ");
                let message = format!(
                    "git dependencies should contain exactly one version. {} contains: {{{listed}}}",
                    self.name()
                );
                let error = Diagnostic::error(ErrorCode::PackageConflict, message).at(self.span.clone());
                Err(Box::new(error.hint("write the same `revision:` wherever the package is listed")))
            }
        }
    }

    /// The range of versions that satisfies everything that was asked of a package of the hub.
    pub fn range(&self) -> Outcome<VersionRange> {
        let Origin::Hub { package, versions, .. } = &self.origin else {
            return Ok(VersionRange { start: None, end: None });
        };
        VersionRange::of(versions).ok_or_else(|| {
            let listed = versions.iter().map(|version| format!("'{version}'")).collect::<Vec<_>>().join(", ");
            let message = format!(
                "Version error for package {package}: Could not find a satisfactory version from options: [{listed}]"
            );
            Box::new(Diagnostic::error(ErrorCode::PackageConflict, message).at(self.span.clone()))
        })
    }
}
