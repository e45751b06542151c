//! The tables of `docs/architecture.md`, which are the one place of these facts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const PAGE: &str = "docs/architecture.md";

/// Module -> modules that it may import besides `diagnostic` and `manifest`; `None` where the row says "all".
pub type Imports = BTreeMap<String, Option<BTreeSet<String>>>;

/// The table under the heading "Modules".
pub fn imports(root: &Path) -> Imports {
    let rows = rows(root, "## Modules");
    rows.iter().map(|row| (name(&row[0]), (row[2].trim() != "all").then(|| names(&row[2])))).collect()
}

/// What reaches outside -> the only modules that may use it, from the table under "Reach".
pub fn reach(root: &Path) -> Vec<(String, BTreeSet<String>)> {
    let rows = rows(root, "## Reach");
    rows.iter().flat_map(|row| names(&row[0]).into_iter().map(|path| (path, names(&row[1])))).collect()
}

/// The cells of the first table under a heading, without its head.
fn rows(root: &Path, heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root.join(PAGE)).expect("the architecture's page");
    let lines = page.lines().skip_while(|line| *line != heading).skip_while(|line| !line.starts_with('|'));
    let table = lines.take_while(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<String>> =
        table.map(|line| line.trim_matches('|').split(" | ").map(str::to_owned).collect()).collect();
    assert!(!rows.is_empty(), "{PAGE} has no table under '{heading}'");
    rows
}

fn name(cell: &str) -> String {
    let names = names(cell);
    assert_eq!(names.len(), 1, "{PAGE}: one name in backticks expected in '{cell}'");
    names.into_iter().next().unwrap_or_default()
}

/// What stands in backticks.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
