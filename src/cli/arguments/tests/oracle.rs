//! Our tables against dbt's own, which `tests/differential/commands/record.py` has written down.

use super::super::commands::{COMMANDS, CommandSpec, find};
use super::super::option::{Kind, OptionSpec};
use super::super::options::{GLOBAL, ROOT_ONLY};
use serde_json::Value;
use std::collections::BTreeSet;

/// Options that `tree` adds to every level by itself.
const OF_CLAP: [&str; 2] = ["version", "help"];

fn recorded() -> serde_json::Map<String, Value> {
    serde_json::from_str(include_str!("../../../../tests/differential/commands/dbt.json")).expect("the recording")
}

fn command(path: &str) -> Option<&'static CommandSpec> {
    let mut words = path.split(' ');
    let first = find(COMMANDS, words.next()?)?;
    match words.next() {
        Some(second) => find(first.children, second),
        None => Some(first),
    }
}

fn texts(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Everything that can be written for an option, and the variables that set it.
fn differences(theirs: &Value, ours: &OptionSpec) -> Vec<String> {
    let long = ours.long.iter().map(|name| format!("--{name}"));
    let on: BTreeSet<String> = long.chain(ours.short.iter().map(|name| format!("-{name}"))).collect();
    let off = if let Kind::Switch(opposite) = ours.kind { Some(format!("--{opposite}")) } else { None };
    let choices: BTreeSet<&str> = ours.kind.choices().unwrap_or_default().iter().copied().collect();
    let variables: BTreeSet<String> = ours.variables().into_iter().collect();
    let mut found = Vec::new();
    let mut compare = |what: &str, theirs: BTreeSet<&str>, ours: BTreeSet<&str>| {
        if !theirs.is_subset(&ours) {
            found.push(format!("{what}: dbt {theirs:?}, here {ours:?}"));
        }
    };
    compare("names", texts(&theirs["on"]), on.iter().map(String::as_str).collect());
    compare("opposites", texts(&theirs["off"]), off.iter().map(String::as_str).collect());
    compare("choices", texts(&theirs["choices"]), choices);
    compare("variables", texts(&theirs["variables"]), variables.iter().map(String::as_str).collect());
    let is_flag = matches!(ours.kind, Kind::Flag | Kind::Switch(_));
    if theirs["flag"].as_bool() != Some(is_flag) || theirs["multiple"].as_bool() != Some(ours.kind.takes_words()) {
        found.push(format!("it is {:?} here", ours.kind));
    }
    found
}

#[test]
fn every_option_of_dbt_is_known() {
    let mut missing = Vec::new();
    for (path, options) in recorded() {
        let ours: Vec<&OptionSpec> = match path.as_str() {
            "" => GLOBAL.iter().chain(ROOT_ONLY).collect(),
            path => match command(path) {
                Some(command) => command.all_options().chain(ROOT_ONLY).collect(),
                None => {
                    missing.push(format!("{path}: no such command"));
                    continue;
                }
            },
        };
        for option in options.as_array().into_iter().flatten() {
            let name = option["name"].as_str().unwrap_or_default();
            let is_former = name.starts_with("deprecated_");
            if OF_CLAP.contains(&name) || is_former || option["argument"] == true {
                continue;
            }
            match ours.iter().find(|spec| spec.name == name) {
                None => missing.push(format!("{path}: no option {name} {}", option["on"])),
                Some(spec) => {
                    let found = differences(option, spec);
                    missing.extend(found.into_iter().map(|difference| format!("{path}: {name}: {difference}")));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
