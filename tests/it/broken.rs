//! Broken projects: what each of them is answered with.
//!
//! A case is a few lines of `tests/it/broken/*.txt`, one file for each phase:
//!
//! ```text
//! === a name, which is the golden file's too
//! says: MB0501
//! run: build --select a
//! --- models/a.sql
//! select * from {{ ref('b') }}
//! ```
//!
//! Lines of the head, all but `says` with a default: `run` (`build`), `exit` (2), `mesh` (domains as in
//! [`Project::mesh`], by commas; else the case is a project), `first` (a command to run before; may stand more than
//! once), `with` (a variable of the environment, as `NAME=value`), `meanwhile` (a command that is still running; it writes `held.csv` when it is ready), `without` (a file of
//! the boilerplate to leave out), `no place` and `no hint` with the reason why the answer has none. A file called
//! `... (bytes)` is written as Latin-1.
//!
//! Whatever the case, the answer has the code, a place as `file:line:column`, a hint, an exit code of 1 or 2, and is no
//! panic; the golden file in `snapshots/broken` holds all of it, to be read aloud.

use crate::support::{Outcome, Project, repository_root, settings};
use fancy_regex::Regex;
use std::panic::catch_unwind;
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// `file:line:column` as a diagnostic names its place.
static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(-->|:::) \S.*:\d+:\d+").expect("a pattern"));

/// One broken project, and what is run on it.
#[derive(Default)]
struct Case<'a> {
    name: &'a str,
    says: Vec<&'a str>,
    run: &'a str,
    exit: i32,
    mesh: Option<&'a str>,
    first: Vec<&'a str>,
    meanwhile: Option<&'a str>,
    with: Vec<(&'a str, &'a str)>,
    without: Vec<&'a str>,
    no_place: bool,
    no_hint: bool,
    files: Vec<(&'a str, String)>,
}

impl<'a> Case<'a> {
    fn parse(text: &'a str) -> Self {
        let (name, rest) = text.split_once('\n').expect("a case has lines below its name");
        let mut case = Case { name: name.trim(), run: "build", exit: 2, ..Case::default() };
        let mut parts = rest.split("\n--- ");
        let head = parts.next().unwrap_or_default();
        for line in head.lines().filter(|line| !line.trim().is_empty()) {
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{}: what is `{line}`?", case.name));
            case.set(key, value.trim());
        }
        for part in parts {
            let (path, text) = part.split_once('\n').unwrap_or((part, ""));
            case.files.push((path.trim(), format!("{}\n", text.trim_end_matches('\n'))));
        }
        assert!(!case.says.is_empty(), "{}: which code does it say?", case.name);
        case
    }

    fn set(&mut self, key: &str, value: &'a str) {
        match key {
            "says" => self.says.extend(value.split_whitespace()),
            "run" => self.run = value,
            "exit" => self.exit = value.parse().expect("an exit code"),
            "mesh" => self.mesh = Some(value),
            "first" => self.first.push(value),
            "meanwhile" => self.meanwhile = Some(value),
            "with" => self.with.extend(value.split_once('=')),
            "without" => self.without.push(value),
            "no place" => self.no_place = !value.is_empty(),
            "no hint" => self.no_hint = !value.is_empty(),
            _ => panic!("{}: what is `{key}`?", self.name),
        }
    }

    fn project(&self) -> Project {
        let mut project = match self.mesh {
            Some(domains) => Project::mesh(&domains.split(',').map(str::trim).collect::<Vec<_>>()),
            None => Project::new(),
        };
        for path in &self.without {
            std::fs::remove_file(project.path(path)).expect("a file of the boilerplate");
        }
        if !self.without.contains(&"profiles.yml") {
            // One worker: lines come in one order.
            project.write("profiles.yml", &project.read("profiles.yml").replace("threads: 2", "threads: 1"));
        }
        for (path, text) in &self.files {
            project = match path.strip_suffix(" (bytes)") {
                Some(path) => project.bytes(path, &latin_1(text)),
                None => project.file(path, text),
            };
        }
        project
    }

    fn check(&self) {
        let project = self.project();
        for command in &self.first {
            project.run(words(command).iter().map(String::as_str));
        }
        let held = self.meanwhile.map(|command| Held::start(&project, command));
        let outcome = project.run_with(&self.with, words(self.run).iter().map(String::as_str));
        drop(held);
        let mut settings = settings();
        settings.set_snapshot_path(repository_root().join("snapshots/broken"));
        settings.set_description(format!("meshbuild {}", self.run));
        settings.bind(|| insta::assert_snapshot!(self.name.replace(' ', "_"), outcome.golden()));
        self.check_answer(&outcome);
    }

    fn check_answer(&self, outcome: &Outcome) {
        let text = outcome.golden();
        assert_eq!(outcome.code, Some(self.exit), "{}\n{text}", self.name);
        assert!(self.exit == 1 || self.exit == 2, "{}: a broken project does not end with {}", self.name, self.exit);
        assert!(!text.contains("has met a bug"), "{}: a panic\n{text}", self.name);
        for code in &self.says {
            assert!(
                text.contains(&if code.starts_with("MB") { format!("[{code}]") } else { (*code).to_owned() }),
                "{}: no {code} in\n{text}",
                self.name
            );
        }
        let has_place = PLACE.is_match(&text).unwrap_or(false);
        assert_eq!(has_place, !self.no_place, "{}: is there a file:line:column?\n{text}", self.name);
        assert_eq!(text.contains("help:"), !self.no_hint, "{}: is there a hint?\n{text}", self.name);
    }
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("a letter of Latin-1")).collect()
}

/// Words of a command line; single quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// A command that holds the database for as long as this value lives.
struct Held(Child);

impl Held {
    fn start(project: &Project, command: &str) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_meshbuild"))
            .args(words(command))
            .current_dir(project.path(""))
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the binary starts");
        let begin = Instant::now();
        while !project.path("held.csv").exists() {
            assert!(begin.elapsed() < Duration::from_secs(60), "`{command}` never wrote held.csv");
            std::thread::sleep(Duration::from_millis(20));
        }
        Held(child)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Checks every case of a file, and only then fails for those that are wrong.
fn check_file(text: &str) {
    let cases: Vec<Case<'_>> = format_cases(text);
    let only = std::env::var("BROKEN_CASE").ok();
    let wrong: Vec<&str> = cases
        .iter()
        .filter(|case| only.as_deref().is_none_or(|only| case.name.contains(only)))
        .filter(|case| catch_unwind(std::panic::AssertUnwindSafe(|| case.check())).is_err())
        .map(|case| case.name)
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases are wrong: {wrong:#?}", wrong.len(), cases.len());
}

fn format_cases(text: &str) -> Vec<Case<'_>> {
    let text = text.strip_prefix("=== ").expect("a file begins with a case");
    text.split("\n=== ").map(Case::parse).collect()
}

macro_rules! broken {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check_file(include_str!(concat!("broken/", stringify!($name), ".txt")));
        })*

        const FILES: &[&str] = &[$(include_str!(concat!("broken/", stringify!($name), ".txt"))),*];
    };
}

broken! { check command_line execution graph jinja mesh project_files properties selection yaml }

#[test]
fn there_are_sixty_cases_of_different_names() {
    let names: Vec<&str> = FILES.iter().flat_map(|text| format_cases(text)).map(|case| case.name).collect();
    let different: std::collections::BTreeSet<&&str> = names.iter().collect();
    assert_eq!(names.len(), different.len());
    assert!(names.len() >= 60, "{}", names.len());
}

#[test]
fn every_golden_file_belongs_to_a_case() {
    let cases: Vec<Case<'_>> = FILES.iter().flat_map(|text| format_cases(text)).collect();
    for entry in std::fs::read_dir(repository_root().join("snapshots/broken")).expect("the golden files").flatten() {
        let file = entry.file_name().to_string_lossy().replace('_', " ");
        let Some(name) = file.strip_suffix(".snap") else { continue };
        assert!(cases.iter().any(|case| case.name == name), "no case is called '{name}'");
    }
}
