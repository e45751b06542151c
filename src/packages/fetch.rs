//! Packages where they are: a local folder, a checkout, the hub's list, an unpacked archive.
//!
//! Whatever is fetched lies in a folder for downloads and is fetched once, for its metadata and for its installation.

use super::git::{self, Checkout};
use super::http::Http;
use super::hub::{Hub, HubVersion};
use super::requirement::{Origin, Private, Requirement};
use super::resolve::{Metadata, Source};
use super::{Outcome, Request, archive};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::project::packages::Dependencies;
use crate::project::project_file::ProjectSource;
use crate::project::tree::{DiskTree, join, normalize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// One version of a package.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pinned {
    pub place: Place,
    pub span: Span,
}

/// Where a version lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Local {
        path: String,
    },
    Git {
        git: String,
        unrendered: String,
        revision: String,
        subdirectory: Option<String>,
        warn_unpinned: bool,
        private: Option<Private>,
    },
    Hub {
        package: String,
        version: String,
        latest: String,
    },
    Tarball {
        url: String,
        unrendered: String,
        name: String,
    },
}

impl Pinned {
    /// What tells versions apart.
    pub fn key(&self) -> String {
        match &self.place {
            Place::Local { path } => path.clone(),
            Place::Git { git, revision, subdirectory, .. } => {
                format!("{git} {} {revision}", subdirectory.as_deref().unwrap_or_default())
            }
            Place::Hub { package, version, .. } => format!("{package} {version}"),
            Place::Tarball { url, .. } => url.clone(),
        }
    }

    /// The name under which its installation is told.
    pub fn shown(&self) -> String {
        match &self.place {
            Place::Local { path } => path.clone(),
            Place::Git { git, subdirectory: Some(folder), .. } => format!("{git}/{folder}"),
            Place::Git { git, .. } => git.clone(),
            Place::Hub { package, .. } => package.clone(),
            Place::Tarball { name, .. } => name.clone(),
        }
    }

    /// The version in words.
    pub fn version(&self) -> String {
        match &self.place {
            Place::Local { path } => format!("<local @ {path}>"),
            Place::Git { revision, .. } if revision == "HEAD" => "HEAD (default revision)".to_owned(),
            Place::Git { revision, .. } => format!("revision {revision}"),
            Place::Hub { version, .. } => format!("version {version}"),
            Place::Tarball { url, .. } => format!("tarball (url: {url})"),
        }
    }
}

/// What was fetched, and how more is.
pub(super) struct Fetcher<'a> {
    request: &'a Request<'a>,
    downloads: PathBuf,
    http: Http<'a>,
    hub: Hub,
    checkouts: HashMap<String, Checkout>,
    unpacked: HashMap<String, PathBuf>,
    metadata: HashMap<String, Metadata>,
}

impl<'a> Fetcher<'a> {
    pub fn new(request: &'a Request<'a>, downloads: PathBuf) -> Outcome<Self> {
        Ok(Fetcher {
            request,
            downloads,
            http: Http::new(request)?,
            hub: Hub::new(request.environment.get("DBT_PACKAGE_HUB_URL").map(String::as_str)),
            checkouts: HashMap::new(),
            unpacked: HashMap::new(),
            metadata: HashMap::new(),
        })
    }

    /// The folder of a version on the disk. What is not local was fetched for this run and may be moved away.
    pub fn folder(&mut self, pinned: &Pinned) -> Outcome<PathBuf> {
        match &pinned.place {
            Place::Local { path } => Ok(self.local_folder(path)),
            Place::Git { .. } => Ok(self.checkout(pinned)?.folder.clone()),
            Place::Hub { .. } => {
                let url = self.hub_version(pinned)?.tarball.clone();
                self.unpack(&url, pinned)
            }
            Place::Tarball { url, .. } => self.unpack(url, pinned),
        }
    }

    /// A pinned git package names the commit that was found.
    pub fn settled(&mut self, pinned: &Pinned) -> Outcome<Pinned> {
        let mut settled = pinned.clone();
        if matches!(pinned.place, Place::Git { .. }) {
            let commit = self.checkout(pinned)?.commit.clone();
            if let Place::Git { revision, .. } = &mut settled.place {
                *revision = commit;
            }
        }
        Ok(settled)
    }

    /// As in dbt, a local folder is relative to the project that is installed for, whoever lists it.
    fn local_folder(&self, path: &str) -> PathBuf {
        let path = match (path.strip_prefix("~/"), self.request.environment.get("HOME")) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => PathBuf::from(path),
        };
        if path.is_absolute() {
            return PathBuf::from("/").join(normalize(&path.to_string_lossy()));
        }
        self.request.tree.disk_path(&normalize(&join(self.request.folder, &path.to_string_lossy())))
    }

    fn checkout(&mut self, pinned: &Pinned) -> Outcome<&Checkout> {
        let key = pinned.key();
        if !self.checkouts.contains_key(&key) {
            let Place::Git { git, revision, subdirectory, warn_unpinned, .. } = &pinned.place else {
                return Err(Box::new(Diagnostic::error(ErrorCode::PackageUnreachable, "no git package")));
            };
            let folder = self.downloads.join(format!("git-{}", self.checkouts.len()));
            let found = git::check_out(self.request, git, revision, subdirectory.as_deref(), &folder)
                .map_err(|error| Box::new(error.at(pinned.span.clone())))?;
            if *warn_unpinned && matches!(revision.as_str(), "HEAD" | "main" | "master") {
                self.request.warn(unpinned(git, revision, &pinned.span))?;
            }
            let commit = Pinned {
                place: Place::Git {
                    revision: found.commit.clone(),
                    git: git.clone(),
                    unrendered: String::new(),
                    subdirectory: subdirectory.clone(),
                    warn_unpinned: *warn_unpinned,
                    private: None,
                },
                span: pinned.span.clone(),
            };
            self.checkouts.insert(commit.key(), found.clone());
            self.checkouts.insert(key.clone(), found);
        }
        self.checkouts
            .get(&key)
            .ok_or_else(|| Box::new(Diagnostic::error(ErrorCode::PackageUnreachable, "no checkout")))
    }

    fn hub_version(&mut self, pinned: &Pinned) -> Outcome<&HubVersion> {
        let Place::Hub { package, version, .. } = &pinned.place else {
            return Err(Box::new(Diagnostic::error(ErrorCode::PackageNotFound, "no package of the hub")));
        };
        self.hub
            .version(&self.http, self.request, package, version)
            .map_err(|error| Box::new(error.at(pinned.span.clone())))
    }

    fn unpack(&mut self, url: &str, pinned: &Pinned) -> Outcome<PathBuf> {
        if let Some(folder) = self.unpacked.get(url) {
            return Ok(folder.clone());
        }
        let target = self.downloads.join(format!("archive-{}", self.unpacked.len()));
        let unpacked = self.http.fetch(url, |bytes| archive::unpack(bytes, &target));
        let folder = unpacked.map_err(|error| Box::new(error.at(pinned.span.clone())))?;
        self.unpacked.insert(url.to_owned(), folder.clone());
        Ok(folder)
    }

    /// Name and requirements that the files in a folder tell.
    fn read(&self, folder: &Path, span: &Span) -> Outcome<Metadata> {
        let (tree, folder) = self.tree_of(folder);
        let mut diagnostics = Vec::new();
        let source = ProjectSource::load(&tree, &folder, self.request.sources, &mut diagnostics);
        let dependencies =
            Dependencies::load(&tree, &folder, self.request.renderer, self.request.sources, &mut diagnostics);
        if let Some(error) = diagnostics.into_iter().find(Diagnostic::is_error) {
            let error = if error.primary.is_some() { error } else { error.at(span.clone()) };
            return Err(Box::new(error));
        }
        let name = source.as_ref().and_then(ProjectSource::name).unwrap_or_default().to_owned();
        if !is_project_name(&name) {
            let message =
                format!("Invalid package name '{name}': a project has a name of letters, digits and underscores");
            return Err(Box::new(Diagnostic::error(ErrorCode::InvalidPackages, message).at(span.clone())));
        }
        let entries = dependencies.packages.iter();
        let requirements = entries.map(|entry| Requirement::new(entry, self.request)).collect::<Outcome<_>>()?;
        Ok(Metadata { name, requirements })
    }

    /// The tree and the folder in it that show a folder of the disk as the user knows it.
    fn tree_of(&self, folder: &Path) -> (DiskTree, String) {
        let downloads = self.downloads.as_path();
        for root in [downloads, self.request.tree.root()] {
            if let Ok(below) = folder.strip_prefix(root) {
                return (DiskTree::new(root), below.to_string_lossy().into_owned());
            }
        }
        (DiskTree::new("/"), folder.to_string_lossy().trim_start_matches('/').to_owned())
    }
}

impl Source for Fetcher<'_> {
    fn pin(&mut self, requirement: &Requirement) -> Outcome<Pinned> {
        let place = match &requirement.origin {
            Origin::Local { path } => Place::Local { path: path.clone() },
            Origin::Git { git, unrendered, subdirectory, warn_unpinned, private, .. } => Place::Git {
                private: private.clone(),
                git: git.clone(),
                unrendered: unrendered.clone(),
                revision: requirement.revision()?.to_owned(),
                subdirectory: subdirectory.clone(),
                warn_unpinned: *warn_unpinned,
            },
            Origin::Hub { package, .. } => {
                let (version, latest) = self.hub.pin(&self.http, self.request, requirement)?;
                Place::Hub { package: package.clone(), version, latest }
            }
            Origin::Tarball { url, unrendered, name } => {
                Place::Tarball { url: url.clone(), unrendered: unrendered.clone(), name: name.clone() }
            }
        };
        Ok(Pinned { place, span: requirement.span.clone() })
    }

    fn metadata(&mut self, pinned: &Pinned) -> Outcome<Metadata> {
        if let Some(metadata) = self.metadata.get(&pinned.key()) {
            return Ok(metadata.clone());
        }
        let metadata = match &pinned.place {
            Place::Hub { .. } => {
                let version = self.hub_version(pinned)?.clone();
                let entries = version.packages.iter();
                let requirements = entries.map(|entry| Requirement::new(entry, self.request));
                Metadata { name: version.name, requirements: requirements.collect::<Outcome<_>>()? }
            }
            _ => {
                let folder = self.folder(pinned)?;
                self.read(&folder, &pinned.span)?
            }
        };
        let metadata = match &pinned.place {
            Place::Tarball { name, .. } if !name.is_empty() => Metadata { name: name.clone(), ..metadata },
            _ => metadata,
        };
        if !is_project_name(&metadata.name) {
            let message = format!(
                "Invalid package name '{}': resolves outside of the packages-install-path ('{}')",
                metadata.name,
                self.request.install_path.display()
            );
            return Err(Box::new(Diagnostic::error(ErrorCode::InvalidPackages, message).at(pinned.span.clone())));
        }
        self.metadata.insert(pinned.key(), metadata.clone());
        Ok(metadata)
    }
}

/// Whether a name can be that of a folder of its own.
fn is_project_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0'])
}

fn unpinned(git: &str, revision: &str, span: &Span) -> Diagnostic {
    let how = match revision {
        "HEAD" => "not pinned, using HEAD (default branch)".to_owned(),
        branch => format!("pinned to the \"{branch}\" branch"),
    };
    let message = format!(
        "The git package \"{git}\" \n\tis {how}.\n\tThis can introduce breaking changes into your project without warning!"
    );
    Diagnostic::warning(ErrorCode::UnpinnedPackage, message)
        .at(span.clone())
        .hint("write `revision:` with a tag or a commit, or `warn-unpinned: false`")
}
