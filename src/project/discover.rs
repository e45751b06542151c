//! Where the mesh or the project is, seen from a working folder.
//!
//! Owns the rules of looking for `mesh.yml` and `dbt_project.yml`, and of which projects are domains. Reads `mesh.yml` and no
//! project.

use super::fields::Text;
use super::mesh_file::{MESH_FILE, MeshFile};
use super::project_file::PROJECT_FILE;
use super::tree::{FileTree, join};
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap, Span};

/// The folder that is looked for projects where nothing else is found.
const PROJECTS_FOLDER: &str = "projects";

/// What the command line says about the place; folders within the tree of files.
#[derive(Debug, Clone, Default)]
pub struct RootFlags {
    /// `--mesh-dir`
    pub mesh_dir: Option<String>,
    /// `--project-dir`
    pub project_dir: Option<String>,
    /// `--no-mesh`: a project is taken for itself.
    pub no_mesh: bool,
}

/// What a command works on.
#[derive(Debug, Clone)]
pub enum Root {
    /// A mesh.
    Mesh(Box<MeshRoot>),
    /// A project that belongs to no mesh.
    Project {
        /// Its folder.
        folder: String,
    },
}

/// A mesh and its domains.
#[derive(Debug, Clone)]
pub struct MeshRoot {
    /// Its folder.
    pub folder: String,
    /// Its `mesh.yml`, if it has one.
    pub file: Option<MeshFile>,
    /// Its domains, sorted by folder.
    pub domains: Vec<DomainFolder>,
    /// The domain, as an index of `domains`, that the command was called in or with `--project-dir`.
    pub member: Option<usize>,
}

/// The folder of a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainFolder {
    /// The folder relative to the mesh.
    pub relative: String,
    /// The folder within the tree of files.
    pub folder: String,
    /// Where `mesh.yml` lists it.
    pub listed: Option<Text>,
}

/// Finds what a command works on that was called in the folder `cwd`.
///
/// # Errors
/// Pushes diagnostics and returns `None` where nothing is found or `mesh.yml` cannot be used.
pub fn find_root(
    tree: &dyn FileTree,
    cwd: &str,
    flags: &RootFlags,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Root> {
    let mut search = Search { tree, sources, diagnostics };
    if let Some(folder) = &flags.mesh_dir {
        let member = flags.project_dir.as_deref();
        return search.mesh(folder, member).map(|mesh| Root::Mesh(Box::new(mesh)));
    }
    if let Some(folder) = &flags.project_dir {
        return search.given_project(folder, flags.no_mesh);
    }
    for folder in upward(cwd) {
        if !flags.no_mesh && search.is_mesh_file(folder) {
            return search.mesh(folder, None).map(|mesh| Root::Mesh(Box::new(mesh)));
        }
        if search.is_project(folder) {
            return search.project(folder, flags.no_mesh);
        }
    }
    for folder in [join(cwd, PROJECTS_FOLDER), cwd.to_owned()] {
        let is_mesh = search.is_mesh_file(&folder) || !search.projects_in(&folder).is_empty();
        if is_mesh {
            return search.mesh(&folder, None).map(|mesh| Root::Mesh(Box::new(mesh)));
        }
    }
    let message = "no mesh.yml and no dbt_project.yml here, in a folder above, or in ./projects";
    let error = Diagnostic::error(ErrorCode::NoProject, message);
    search.diagnostics.push(error.hint("name the place with --project-dir or --mesh-dir"));
    None
}

/// `folder` and those above it.
fn upward(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        if folder.is_empty() { None } else { Some(folder.rsplit_once('/').map_or("", |(parent, _)| parent)) }
    })
}

struct Search<'a> {
    tree: &'a dyn FileTree,
    sources: &'a SourceMap,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Search<'_> {
    fn is_mesh_file(&self, folder: &str) -> bool {
        self.tree.is_file(&join(folder, MESH_FILE))
    }

    fn is_project(&self, folder: &str) -> bool {
        self.tree.is_file(&join(folder, PROJECT_FILE))
    }

    /// The folders right below that hold a project.
    fn projects_in(&self, folder: &str) -> Vec<String> {
        let folders = self.tree.folders_in(folder).into_iter();
        folders.filter(|name| !name.starts_with('.') && self.is_project(&join(folder, name))).collect()
    }

    fn given_project(&mut self, folder: &str, no_mesh: bool) -> Option<Root> {
        if self.is_project(folder) {
            return self.project(folder, no_mesh);
        }
        let path = join(folder, PROJECT_FILE);
        let message = format!("No {PROJECT_FILE} found at expected path {path}");
        let error = Diagnostic::error(ErrorCode::NoProject, message);
        let is_mesh = self.is_mesh_file(folder);
        self.diagnostics.push(error.hint(match is_mesh {
            true => "this is a mesh: use --mesh-dir",
            false => "name the folder that holds the project file",
        }));
        None
    }

    /// A project, as a member of the mesh above that lists it.
    fn project(&mut self, folder: &str, no_mesh: bool) -> Option<Root> {
        let above = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !no_mesh && !folder.is_empty() {
            let meshes: Vec<&str> = upward(above).filter(|mesh_folder| self.is_mesh_file(mesh_folder)).collect();
            for mesh_folder in meshes {
                let mesh = self.mesh(mesh_folder, Some(folder))?;
                if mesh.member.is_some() {
                    return Some(Root::Mesh(Box::new(mesh)));
                }
            }
        }
        Some(Root::Project { folder: folder.to_owned() })
    }

    fn mesh(&mut self, folder: &str, member: Option<&str>) -> Option<MeshRoot> {
        let file = if self.is_mesh_file(folder) {
            Some(MeshFile::load(self.tree, folder, self.sources, self.diagnostics)?)
        } else {
            None
        };
        let listed = file.as_ref().and_then(|file| file.domains.clone());
        let mut domains: Vec<DomainFolder> = match listed {
            Some(listed) => {
                listed.into_iter().map(|name| domain(folder, name.value.as_ref().to_owned(), Some(name))).collect()
            }
            None => self.projects_in(folder).into_iter().map(|name| domain(folder, name, None)).collect(),
        };
        domains.sort_by(|one, two| one.relative.cmp(&two.relative));
        self.check_domains(folder, file.as_ref(), &domains).then_some(())?;
        let member = member.and_then(|member| domains.iter().position(|domain| domain.folder == member));
        Some(MeshRoot { folder: folder.to_owned(), file, domains, member })
    }

    /// Whether there are domains, each with a project of its own.
    fn check_domains(&mut self, folder: &str, file: Option<&MeshFile>, domains: &[DomainFolder]) -> bool {
        let before = self.diagnostics.len();
        if domains.is_empty() {
            let message =
                format!("the mesh at `{folder}` has no domains: no folder right below it holds a {PROJECT_FILE}");
            let error = Diagnostic::error(ErrorCode::NoProject, message);
            self.diagnostics.push(match file {
                Some(file) => error.at(Span::file(file.file.clone())),
                None => error,
            });
        }
        for domain in domains.iter().filter(|domain| !self.tree.is_file(&join(&domain.folder, PROJECT_FILE))) {
            let message = format!("the domain `{}` has no {}", domain.relative, join(&domain.folder, PROJECT_FILE));
            let error = Diagnostic::error(ErrorCode::NoDomainFolder, message)
                .hint("make the folder a dbt project, or take it out of `domains:`");
            self.diagnostics.push(match &domain.listed {
                Some(listed) => error.at(listed.span.clone()),
                None => error,
            });
        }
        for pair in domains.windows(2).filter(|pair| pair[0].relative == pair[1].relative) {
            let message = format!("the domain `{}` is listed twice", pair[0].relative);
            let error = Diagnostic::error(ErrorCode::NoDomainFolder, message).hint("take one of the two out");
            self.diagnostics.push(match (&pair[0].listed, &pair[1].listed) {
                (Some(first), Some(second)) => {
                    error.at(second.span.clone()).also(first.span.clone(), "first listed here")
                }
                _ => error,
            });
        }
        self.diagnostics.len() == before
    }
}

fn domain(mesh: &str, relative: String, listed: Option<Text>) -> DomainFolder {
    DomainFolder { folder: join(mesh, &relative), relative, listed }
}

#[cfg(test)]
mod tests;
