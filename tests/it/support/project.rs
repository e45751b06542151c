//! A folder of files given as text, and the binary run in it.

use super::golden;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// One DuckDB file beside the project, two workers.
const PROFILES: &str = "
test:
  target: dev
  outputs:
    dev: {type: duckdb, path: warehouse.duckdb, threads: 2}
";

const DBT_PROJECT: &str = "
name: shop
profile: test
";

/// A project, or a mesh of several, in a folder of its own that goes away with it.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A dbt project called `shop` without any models, with a profile.
    pub fn new() -> Self {
        Project::empty().file("dbt_project.yml", DBT_PROJECT)
    }

    /// A mesh called `retail` of these domains, each with the dependencies that are named behind its colon:
    /// `orders: customer product`.
    pub fn mesh(domains: &[&str]) -> Self {
        let mut project = Project::empty();
        let mut mesh = "name: retail\nprofile: test\ndomains:\n".to_owned();
        for line in domains {
            let (name, needs) = line.split_once(':').unwrap_or((line, ""));
            mesh.push_str(&format!("  - {name}\n"));
            project = project.file(&format!("{name}/dbt_project.yml"), &format!("name: {name}\nprofile: test\n"));
            let needs: String = needs.split_whitespace().map(|need| format!("  - name: {need}\n")).collect();
            if !needs.is_empty() {
                project = project.file(&format!("{name}/dependencies.yml"), &format!("projects:\n{needs}"));
            }
        }
        project.file("mesh.yml", &mesh)
    }

    /// Only a profile.
    pub fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("meshbuild-it-").tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("home")).expect("a home");
        std::fs::create_dir(folder.path().join("project")).expect("a folder for the project");
        Project { folder }.file("profiles.yml", PROFILES)
    }

    /// A copy of a folder of the repository.
    pub fn copy_of(folder: &Path) -> Self {
        let project = Project::empty();
        std::fs::remove_file(project.path("profiles.yml")).expect("the default profile");
        copy(folder, &project.path(""));
        project
    }

    /// Writes a file, or writes it anew.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Writes a file that is no text.
    pub fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        self.write(path, "");
        std::fs::write(self.path(path), bytes).expect("a file");
        self
    }

    /// Writes a file between two runs.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Where a file of the project is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("project").join(path)
    }

    /// The text of a file that a run has written; the empty text if it has not.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// Runs the binary in the project's folder with nothing of this machine's environment.
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        self.run_with(&[], arguments)
    }

    /// Runs the binary with these environment variables.
    pub fn run_with<'a>(&self, variables: &[(&str, &str)], arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        let output = Command::new(env!("CARGO_BIN_EXE_meshbuild"))
            .args(&arguments)
            .current_dir(self.path(""))
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .env("TZ", "UTC")
            .envs(variables.iter().copied())
            .output()
            .expect("the binary starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Outcome {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            manifest: self.read("target/manifest.json"),
            run_results: self.read("target/run_results.json"),
            folder: self.folder.path().to_string_lossy().into_owned(),
        }
    }

    /// Runs the binary and demands that it ends with 0.
    pub fn succeed<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        self.run(arguments).ends_with(0)
    }

    /// The rows of a query on the project's database, read by the program itself with `show`: cells by tabs, sorted.
    pub fn rows(&self, query: &str) -> Vec<String> {
        let outcome = self.succeed(["--quiet", "show", "--inline", query, "--output", "json", "--limit", "-1"]);
        let start = outcome.stdout.find('{').expect("JSON");
        let shown: Value = serde_json::from_str(&outcome.stdout[start..]).expect("JSON");
        let rows = shown["show"].as_array().unwrap_or_else(|| panic!("rows in {shown}"));
        let cell = |cell: &Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
        let row = |row: &Value| row.as_object().expect("a row").values().map(cell).collect::<Vec<_>>().join("\t");
        let mut rows: Vec<String> = rows.iter().map(row).collect();
        rows.sort();
        rows
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["target", "logs"].contains(&name.as_str()) || name.contains(".duckdb") {
            continue;
        }
        if source.is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&source, &target);
        } else {
            std::fs::copy(&source, &target).expect("a copy");
        }
    }
}

/// What one run of the binary left behind.
pub struct Outcome {
    command: String,
    /// The exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// Everything on stdout.
    pub stdout: String,
    /// Everything on stderr.
    pub stderr: String,
    manifest: String,
    run_results: String,
    folder: String,
}

impl Outcome {
    /// Both streams.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Demands this exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "meshbuild {}\n{}", self.command, self.text());
        self
    }

    /// Demands that each of `parts` stands in what was printed, colours aside.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        let text = golden::without_colours(&self.text());
        for part in parts {
            assert!(text.contains(part), "meshbuild {}: no '{part}' in\n{text}", self.command);
        }
        self
    }

    /// `target/manifest.json`.
    #[track_caller]
    pub fn manifest(&self) -> Value {
        self.json("manifest.json", &self.manifest)
    }

    /// `target/run_results.json`.
    #[track_caller]
    pub fn run_results(&self) -> Value {
        self.json("run_results.json", &self.run_results)
    }

    /// What `run_results.json` says of the node with this name.
    #[track_caller]
    pub fn result(&self, name: &str) -> Value {
        let results = self.run_results();
        let all = results["results"].as_array().cloned().unwrap_or_default();
        let is_named =
            |result: &Value| result["unique_id"].as_str().is_some_and(|id| id.ends_with(&format!(".{name}")));
        all.into_iter().find(is_named).unwrap_or_else(|| panic!("no result of {name}"))
    }

    /// `name status` of every result of `target/run_results.json`, sorted; without the type of node and the project.
    #[track_caller]
    pub fn results(&self) -> Vec<String> {
        let results = self.json("run_results.json", &self.run_results);
        let results = results["results"].as_array().expect("results");
        let line = |result: &Value| {
            let id = result["unique_id"].as_str().unwrap_or_default();
            let name = id.splitn(3, '.').nth(2).unwrap_or(id);
            format!("{name} {}", result["status"].as_str().unwrap_or_default())
        };
        let mut lines: Vec<String> = results.iter().map(line).collect();
        lines.sort();
        lines
    }

    #[track_caller]
    fn json(&self, name: &str, text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| {
            panic!("meshbuild {}: target/{name}: {error}\n{}", self.command, self.text());
        })
    }

    /// What was printed, with all that differs from run to run and from machine to machine replaced.
    pub fn golden(&self) -> String {
        let text =
            self.text().replace(&self.folder, "<folder>").replace(env!("CARGO_BIN_EXE_meshbuild"), "<meshbuild>");
        golden::redact(&text)
    }
}
