//! The files of a project, by what they are read as.
//!
//! Owns which folder and extension makes a model, a seed, a macro... (`dbt/parser/read_files.py`), and reading them in parallel.
//! Never looks into a file.

use super::checksum::{Checksum, strip};
use super::ignore::IgnoreRules;
use super::project_file::ProjectPaths;
use super::tree::{FileTree, ReadError, as_text, join, normalize};
use std::collections::HashSet;
use std::sync::Arc;

/// Seeds above this size are not hashed, in bytes (`dbt/constants.py`).
const LARGEST_HASHED_SEED: u64 = 1024 * 1024;

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `.sql` below `macro-paths`.
    Macro,
    /// `.sql` and `.py` below `model-paths`.
    Model,
    /// `.sql` below `snapshot-paths`.
    Snapshot,
    /// `.sql` below `analysis-paths`.
    Analysis,
    /// `.sql` below `test-paths`, but for the folders `generic` and `fixtures`.
    SingularTest,
    /// `.sql` below `generic` of `test-paths`.
    GenericTest,
    /// `.csv` below `seed-paths`.
    Seed,
    /// `.md` below `docs-paths`.
    Documentation,
    /// `.yml` and `.yaml` below any of the paths but `docs-paths`.
    Properties,
    /// `.csv` and `.sql` below `fixtures` of `test-paths`.
    Fixture,
    /// `.sql` and `.py` below `function-paths`.
    Function,
}

impl FileKind {
    /// Every kind, in dbt's order.
    pub const ALL: [FileKind; 11] = [
        FileKind::Macro,
        FileKind::Model,
        FileKind::Snapshot,
        FileKind::Analysis,
        FileKind::SingularTest,
        FileKind::GenericTest,
        FileKind::Seed,
        FileKind::Documentation,
        FileKind::Properties,
        FileKind::Fixture,
        FileKind::Function,
    ];

    fn extensions(self) -> &'static [&'static str] {
        match self {
            FileKind::Model | FileKind::Function => &[".sql", ".py"],
            FileKind::Seed => &[".csv"],
            FileKind::Documentation => &[".md"],
            FileKind::Properties => &[".yml", ".yaml"],
            FileKind::Fixture => &[".csv", ".sql"],
            FileKind::Macro
            | FileKind::Snapshot
            | FileKind::Analysis
            | FileKind::SingularTest
            | FileKind::GenericTest => &[".sql"],
        }
    }

    fn folders(self, paths: &ProjectPaths) -> Vec<String> {
        let below_tests = |name: &str| paths.tests.iter().map(|path| join(path.trim_end_matches('/'), name)).collect();
        match self {
            FileKind::Macro => paths.macros.clone(),
            FileKind::Model => paths.models.clone(),
            FileKind::Snapshot => paths.snapshots.clone(),
            FileKind::Analysis => paths.analyses.clone(),
            FileKind::SingularTest => paths.tests.clone(),
            FileKind::GenericTest => below_tests("generic"),
            FileKind::Fixture => below_tests("fixtures"),
            FileKind::Seed => paths.seeds.clone(),
            FileKind::Documentation => paths.docs.clone(),
            FileKind::Properties => paths.all_sources(),
            FileKind::Function => paths.functions.clone(),
        }
    }
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilePath {
    /// The resource folder that it was found in, such as `models`.
    pub searched: Arc<str>,
    /// The path below that folder: dbt's `path`.
    pub relative: Arc<str>,
    /// The path below the project: dbt's `original_file_path`.
    pub original: Arc<str>,
    /// The path within the tree of files, as displayed.
    pub full: Arc<str>,
}

impl FilePath {
    /// The file's name without its last extension: the name of what it defines. An extension of Jinja behind that one
    /// does not count.
    pub fn stem(&self) -> &str {
        let name = without_jinja_extension(self.relative.rsplit('/').next().unwrap_or_default());
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The last extension with its point, in lower case; empty if there is none.
    pub fn extension(&self) -> String {
        let name = self.relative.rsplit('/').next().unwrap_or_default();
        name.rfind('.').map(|at| name[at..].to_lowercase()).unwrap_or_default()
    }
}

/// Extensions behind `.sql` and `.md` that editors know as Jinja, since dbt 1.12.
const JINJA_EXTENSIONS: [&str; 3] = [".j2", ".jinja2", ".jinja"];

/// A name or path without its extension of Jinja.
pub fn without_jinja_extension(name: &str) -> &str {
    JINJA_EXTENSIONS.iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(name)
}

/// A file that belongs to a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceFile {
    /// What it is read as.
    pub kind: FileKind,
    /// Where it is.
    pub path: FilePath,
}

/// Where the files of a project are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The folder of the project.
    pub folder: &'a str,
    /// Its folders for each kind.
    pub paths: &'a ProjectPaths,
    /// What it leaves out.
    pub ignore: &'a IgnoreRules,
    /// Whether `.sql.jinja` and the like count as `.sql`, and `.md.jinja` as `.md`.
    pub jinja_extensions: bool,
}

/// The files of `kinds` of a project, by kind and then by path. One file may be there for two kinds.
pub fn find_files(tree: &dyn FileTree, search: &Search<'_>, kinds: &[FileKind]) -> Vec<ResourceFile> {
    kinds.iter().flat_map(|kind| files_of_kind(tree, search, *kind)).collect()
}

/// Which files are looked for.
#[derive(Clone, Copy)]
struct Wanted {
    kind: FileKind,
    jinja_extensions: bool,
}

fn files_of_kind(tree: &dyn FileTree, search: &Search<'_>, kind: FileKind) -> Vec<ResourceFile> {
    let Search { folder, paths, ignore, jinja_extensions } = *search;
    let wanted = Wanted { kind, jinja_extensions };
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for searched in kind.folders(paths) {
        let written = searched.trim_end_matches('/');
        let below = normalize(&join(folder, written));
        let searched: Arc<str> = Arc::from(written);
        for full in tree.files_below(&below) {
            let relative = if below.is_empty() { full.as_str() } else { &full[below.len() + 1..] };
            let original = join(written, relative);
            if !wanted.takes(relative) || ignore.ignores(&normalize(&original)) || !seen.insert(full.clone()) {
                continue;
            }
            let (relative, original) = (Arc::from(relative), Arc::from(original));
            let path = FilePath { searched: searched.clone(), relative, original, full: Arc::from(full) };
            files.push(ResourceFile { kind, path });
        }
    }
    files
}

impl Wanted {
    /// Whether a file of a kind's folder is of that kind, by its name: hidden and temporary ones are not.
    fn takes(self, relative: &str) -> bool {
        let kind = self.kind;
        let name = relative.rsplit('/').next().unwrap_or(relative);
        let is_template = !matches!(kind, FileKind::Seed | FileKind::Properties | FileKind::Fixture);
        let bare = if self.jinja_extensions && is_template { without_jinja_extension(name) } else { name };
        let has_extension = |extension: &&str| {
            let at = bare.len().checked_sub(extension.len()).filter(|at| *at > 0 && bare.is_char_boundary(*at));
            // Python has no Jinja.
            let counts = bare.len() == name.len() || **extension != *".py";
            counts && at.is_some_and(|at| bare[at..].eq_ignore_ascii_case(extension))
        };
        let is_other_test = kind == FileKind::SingularTest && {
            let first = relative.split('/').next().unwrap_or_default();
            matches!(first, "generic" | "fixtures")
        };
        !name.starts_with(['.', '#', '~']) && kind.extensions().iter().any(has_extension) && !is_other_test
    }
}

/// A file with its content.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Which file.
    pub file: ResourceFile,
    /// The whole text; empty for seeds, whose content only the engine reads.
    pub text: Arc<str>,
    /// The checksum of the stripped text.
    pub checksum: Checksum,
}

impl SourceFile {
    /// Reads a file. Seeds are hashed and not kept.
    ///
    /// # Errors
    /// A file that cannot be read or is no UTF-8.
    pub fn read(tree: &dyn FileTree, file: &ResourceFile) -> Result<SourceFile, ReadError> {
        let path = &file.path.full;
        let is_large = || tree.size(path).is_some_and(|size| size > LARGEST_HASHED_SEED);
        let (text, checksum) = match file.kind {
            FileKind::Seed if is_large() => (Arc::from(""), Checksum::Path(file.path.original.as_ref().to_owned())),
            // Its byte order mark belongs to what dbt hashes.
            FileKind::Seed => (Arc::from(""), Checksum::of_text(as_text(path, &tree.read_bytes(path)?)?)),
            _ => {
                let text = tree.read_text(path)?;
                (text.clone(), Checksum::of_text(&text))
            }
        };
        Ok(SourceFile { file: file.clone(), text, checksum })
    }

    /// The text as dbt takes it, without white space around it, and its byte offset in the file.
    pub fn contents(&self) -> (&str, usize) {
        let stripped = strip(&self.text);
        let offset = self.text.len() - self.text.trim_start_matches(super::checksum::is_python_space).len();
        (stripped, offset)
    }
}

/// Reads all `files` in parallel; the order is kept.
pub fn read_files(tree: &dyn FileTree, files: &[ResourceFile]) -> Vec<Result<SourceFile, ReadError>> {
    use rayon::prelude::*;
    files.par_iter().map(|file| SourceFile::read(tree, file)).collect()
}

#[cfg(test)]
mod tests;
