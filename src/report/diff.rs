//! What changed for readers of public models, told in the formats that people and machines read.

use crate::mesh::contract::{ChangeKind, Class};
use crate::run::counted;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A comparison of two states of a mesh.
#[derive(Debug)]
pub struct Report {
    /// The revision as it was named.
    pub against: String,
    /// The commit that was compared with.
    pub commit: String,
    /// The public models that changed, by id.
    pub products: Vec<Product>,
}

/// A public model that changed.
#[derive(Debug)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// `domain.model`.
    pub name: String,
    /// Its file.
    pub file: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// `meta: mesh: version:` before and now.
    pub version: (Option<String>, Option<String>),
    /// The worst of its changes; needs that are not met are none.
    pub class: Class,
    /// Its changes and the needs that it does not meet, the worst first.
    pub changes: Vec<Told>,
}

/// One change, or a need that is not met.
#[derive(Debug)]
pub struct Told {
    /// What it is.
    pub kind: ChangeKind,
    /// The column that it is about.
    pub column: Option<String>,
    /// In words.
    pub detail: String,
    /// Who breaks.
    pub broken: Vec<Broken>,
    /// Why it is let pass.
    pub waived: Option<String>,
}

/// A reader that breaks.
#[derive(Debug, Serialize)]
pub struct Broken {
    /// Its id.
    pub id: String,
    /// Its domain.
    pub domain: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The column that it reads.
    pub column: Option<String>,
    /// Whether it reads the model itself.
    pub direct: bool,
    /// Its file.
    pub file: String,
    /// The line of the first use; 0 where it is not known.
    pub line: usize,
    /// The character in the line.
    pub character: usize,
}

impl Told {
    fn class(&self) -> Class {
        self.kind.class()
    }

    fn rule(&self) -> &'static str {
        self.kind.as_str()
    }

    /// Whether it breaks and nobody answers for it.
    fn breaks(&self) -> bool {
        self.class() == Class::Breaking && self.waived.is_none()
    }

    /// How loud it is where tools know errors, warnings and remarks.
    fn level(&self) -> Level {
        match self.class() {
            _ if self.breaks() => Level::Error,
            Class::Breaking | Class::Behaviour => Level::Warning,
            Class::Additive | Class::None => Level::Note,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Note,
}

impl Broken {
    fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}:{}", self.file, self.character),
        }
    }
}

impl Product {
    /// Whether its version moved as far as its changes ask; none where it has no version.
    fn is_bumped(&self) -> Option<bool> {
        let (before, now) = (parts(self.version.0.as_deref()?), parts(self.version.1.as_deref()?));
        let moved = match self.class {
            Class::None => true,
            Class::Breaking => now.0 > before.0,
            Class::Additive => (now.0, now.1) > (before.0, before.1),
            Class::Behaviour => now > before,
        };
        Some(moved)
    }

    fn breaks(&self) -> bool {
        self.is_bumped() == Some(false) || self.changes.iter().any(Told::breaks)
    }

    fn version_line(&self) -> Option<String> {
        let bump = self.class.bump()?;
        let needed = self.version.0.as_deref().map(|before| next(before, self.class));
        Some(match (needed, self.is_bumped()) {
            (Some(needed), Some(false)) => format!("its version must move by a {bump}: {needed}"),
            (Some(_), Some(true)) => format!("its version moved by a {bump}, as it must"),
            _ => format!("needs a {bump} version"),
        })
    }
}

/// Major, minor and patch.
fn parts(version: &str) -> (u64, u64, u64) {
    let mut numbers = version.split(['.', '-', '+']).map(|part| part.trim_start_matches('v').parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

fn next(version: &str, class: Class) -> String {
    let (major, minor, patch) = parts(version);
    match class {
        Class::Breaking => format!("{}.0.0", major + 1),
        Class::Additive => format!("{major}.{}.0", minor + 1),
        Class::Behaviour | Class::None => format!("{major}.{minor}.{}", patch + 1),
    }
}

impl Report {
    /// Whether something breaks that nobody answers for.
    pub fn breaks(&self) -> bool {
        self.products.iter().any(Product::breaks)
    }

    fn changes(&self) -> impl Iterator<Item = (&Product, &Told)> {
        self.products.iter().flat_map(|product| product.changes.iter().map(move |change| (product, change)))
    }

    fn summary(&self) -> String {
        let (needs, changes): (Vec<_>, Vec<_>) = self.changes().partition(|(_, change)| change.kind.is_need());
        let count = |class: Class| changes.iter().filter(|(_, change)| change.class() == class).count();
        let models: BTreeSet<&str> = changes.iter().map(|(product, _)| product.id.as_str()).collect();
        let since = format!("since {} ({})", self.against, short(&self.commit));
        let changed = match changes.len() {
            0 => format!("No public model changed {since}"),
            total => format!(
                "{} of {} {since}: {} breaking, {} additive, {} behaviour",
                counted(total, "change"),
                counted(models.len(), "public model"),
                count(Class::Breaking),
                count(Class::Additive),
                count(Class::Behaviour)
            ),
        };
        match needs.len() {
            0 => format!("{changed}."),
            total => format!("{changed}; {} not met.", counted(total, "need")),
        }
    }

    /// For people at a terminal.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for product in &self.products {
            let version = product.version_line().map(|line| format!(", {line}")).unwrap_or_default();
            lines.push(format!("{} ({}): {}{version}", product.name, product.id, product.class));
            for change in &product.changes {
                lines.push(format!("  {:<9}  {}  {}", change.class().as_str(), change.rule(), change.detail));
                if let Some(reason) = &change.waived {
                    lines.push(format!("             waived: {reason}"));
                }
                for reader in &change.broken {
                    lines.push(format!("             {}", reader_line(reader)));
                }
                if change.class() == Class::Breaking && change.broken.is_empty() {
                    lines.push("             no reader in this mesh".to_string());
                }
            }
        }
        lines.push(self.summary());
        lines.join("\n")
    }

    /// For programs: `docs/contract-diff.md` describes it.
    pub fn json(&self) -> String {
        let change = |change: &Told| {
            json!({
                "class": change.class().as_str(),
                "rule": change.rule(),
                "column": change.column,
                "detail": change.detail,
                "waived": change.waived,
                "broken": change.broken,
            })
        };
        let product = |product: &Product| {
            json!({
                "id": product.id,
                "name": product.name,
                "file": product.file,
                "owner": product.owner,
                "class": product.class.as_str(),
                "required_bump": product.class.bump(),
                "version": {"before": product.version.0, "now": product.version.1, "moved": product.is_bumped()},
                "changes": product.changes.iter().map(change).collect::<Vec<_>>(),
            })
        };
        pretty(&json!({
            "version": 1,
            "against": self.against,
            "commit": self.commit,
            "breaks": self.breaks(),
            "products": self.products.iter().map(product).collect::<Vec<_>>(),
        }))
    }

    /// For a comment in a pull request.
    pub fn markdown(&self) -> String {
        let mut lines = vec!["## Contracts between domains".to_string(), String::new(), self.summary()];
        for product in &self.products {
            let version = product.version_line().map(|line| format!(", {line}")).unwrap_or_default();
            lines.extend([String::new(), format!("### `{}`: {}{version}", product.name, product.class), String::new()]);
            lines.push("| class | rule | what |".to_string());
            lines.push("|---|---|---|".to_string());
            for change in &product.changes {
                let waived = change.waived.as_ref().map(|reason| format!(" (waived: {reason})")).unwrap_or_default();
                let detail = format!("{}{waived}", change.detail).replace('|', "\\|");
                lines.push(format!("| {} | {} | {detail} |", change.class(), change.rule()));
            }
            let readers: Vec<&Broken> = product.changes.iter().flat_map(|change| &change.broken).collect();
            if !readers.is_empty() {
                lines.extend([String::new(), "Who breaks:".to_string(), String::new()]);
                lines.extend(readers.iter().map(|reader| format!("- {}", reader_line(reader))));
            }
        }
        lines.join("\n")
    }

    /// Workflow commands of GitHub Actions: an annotation for each change and each reader.
    pub fn github(&self) -> String {
        let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let mut lines = Vec::new();
        for (product, change) in self.changes() {
            let level = match change.level() {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "notice",
            };
            let file = product.file.as_deref().map(|file| format!(" file={file},")).unwrap_or_else(|| " ".to_string());
            let message = escaped(&format!("{}: {}", product.name, change.detail));
            lines.push(format!("::{level}{file}title={}::{message}", change.rule()));
            for reader in change.broken.iter().filter(|reader| reader.line > 0) {
                let message = escaped(&format!("{} reads what {} changes: {}", reader.id, product.name, change.detail));
                lines.push(format!(
                    "::{level} file={},line={},col={},title={}::{message}",
                    reader.file,
                    reader.line,
                    reader.character,
                    change.rule()
                ));
            }
        }
        lines.push(self.summary());
        lines.join("\n")
    }

    /// SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
    pub fn sarif(&self) -> String {
        let result = |(product, change): (&Product, &Told)| {
            let level = match change.level() {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "note",
            };
            let readers = change.broken.iter().enumerate().map(|(index, reader)| {
                let mut location = location(&reader.file, reader.line, reader.character);
                location["id"] = index.into();
                location["message"] = json!({"text": format!("{} reads it", reader.id)});
                location
            });
            json!({
                "ruleId": change.rule(),
                "level": level,
                "message": {"text": format!("{}: {}", product.name, change.detail)},
                "locations": product.file.iter().map(|file| location(file, 0, 0)).collect::<Vec<_>>(),
                "relatedLocations": readers.collect::<Vec<_>>(),
            })
        };
        let mut rules: Vec<&str> = self.changes().map(|(_, change)| change.rule()).collect();
        rules.sort_unstable();
        rules.dedup();
        pretty(&json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "meshbuild",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules.iter().map(|rule| json!({"id": rule})).collect::<Vec<_>>(),
                }},
                "results": self.changes().map(result).collect::<Vec<_>>(),
            }],
        }))
    }

    /// JUnit: a test case for each change, failed when it breaks.
    pub fn junit(&self) -> String {
        let escaped =
            |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let failures = self.changes().filter(|(_, change)| change.breaks()).count();
        let mut lines = vec!["<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_string()];
        let total = self.changes().count();
        lines.push(format!("<testsuite name=\"contract diff\" tests=\"{total}\" failures=\"{failures}\">"));
        for (product, change) in self.changes() {
            let name = escaped(&format!("{} {}", change.rule(), change.detail));
            let head = format!("  <testcase classname=\"{}\" name=\"{name}\"", escaped(&product.name));
            if !change.breaks() {
                lines.push(format!("{head}/>"));
                continue;
            }
            let readers: Vec<String> = change.broken.iter().map(reader_line).collect();
            lines.push(format!("{head}>"));
            lines.push(format!("    <failure message=\"{name}\">{}</failure>", escaped(&readers.join("\n"))));
            lines.push("  </testcase>".to_string());
        }
        lines.push("</testsuite>".to_string());
        lines.join("\n")
    }
}

fn location(file: &str, line: usize, character: usize) -> Value {
    let mut place = json!({"artifactLocation": {"uri": file}});
    if line > 0 {
        place["region"] = json!({"startLine": line, "startColumn": character});
    }
    json!({"physicalLocation": place})
}

fn reader_line(reader: &Broken) -> String {
    let column = reader.column.as_ref().map(|column| format!(" (reads {column})")).unwrap_or_default();
    let owner = reader.owner.as_ref().map(|owner| format!("  {owner}")).unwrap_or_default();
    let how = if reader.direct { "breaks" } else { "depends on it" };
    format!("{how}: {}{column}  {}{owner}", reader.id, reader.place())
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
