//! What `dbt ls` selects for the same project: see `tests/differential/selector/generate.py`.

use super::*;

/// Things that dbt says differently on purpose: a state that is missing is one kind of error here.
fn message(error: &str) -> &str {
    error.split_once('\n').map_or(error, |(_, message)| message.trim())
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/selector")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("the golden file is there")
}

/// A command line of `dbt ls`, read as the program will.
#[derive(Default)]
struct Line {
    arguments: SelectionArguments,
    selector: Option<String>,
    include: Vec<ResourceTypeArgument>,
    exclude: Vec<ResourceTypeArgument>,
}

impl Line {
    fn read(words: &[Value]) -> Line {
        let mut line = Line::default();
        let mut flag = "";
        for word in words.iter().filter_map(Value::as_str) {
            match (flag, word) {
                (_, word) if word.starts_with("--") => flag = word,
                ("--select", word) => line.arguments.select.push(word.to_string()),
                ("--exclude", word) => line.arguments.exclude.push(word.to_string()),
                ("--selector", word) => line.selector = Some(word.to_string()),
                ("--indirect-selection", word) => {
                    line.arguments.indirect_selection = IndirectSelection::parse(word).expect("a mode");
                }
                ("--resource-type", word) => line.include.extend(ResourceTypeArgument::parse(word)),
                ("--exclude-resource-type", word) => line.exclude.extend(ResourceTypeArgument::parse(word)),
                (flag, word) => panic!("{flag} {word} is not read by this test"),
            }
        }
        line
    }

    fn expression(&self, selectors: &Value) -> Result<SelectorExpr, Vec<Diagnostic>> {
        let Some(name) = &self.selector else { return self.arguments.parse() };
        let selectors = Selectors::parse(selectors, "selectors.yml", &[], self.arguments.indirect_selection)?;
        let selector = selectors.get(name).map_err(|diagnostic| vec![*diagnostic])?;
        Ok(selector.expression.clone())
    }
}

fn check(golden: &str, manifest: &Manifest, state: &PreviousState) {
    let index = Index::new(manifest);
    let comparison = Comparison::new(manifest, state, moment());
    let scope = Scope::default();
    let none = Selectors::default();
    let context = SelectionContext { index: &index, comparison: &comparison, scope: &scope, selectors: &none };
    let selectors: Value = serde_json::from_str(&read("selectors.json")).expect("JSON");
    let mut wrong = Vec::new();
    for entry in read(golden).lines() {
        let entry: Value = serde_json::from_str(entry).expect("each line is JSON");
        let words = entry["arguments"].as_array().cloned().unwrap_or_default();
        let line = Line::read(&words);
        let filter = ResourceFilter::new(Command::List, &line.include, &line.exclude);
        let outcome = match line.expression(&selectors) {
            Ok(expression) => select(&expression, &filter, &context),
            Err(diagnostics) => Selected { diagnostics, ..Selected::default() },
        };
        let ids: Vec<Value> = outcome.selection.iter().map(|id| json!(id.as_str())).collect();
        let error = outcome.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        let is_right = match (&entry["error"], error) {
            (Value::String(expected), Some(error)) => error.message.contains(message(expected)),
            (Value::Null, None) => {
                entry["ids"] == Value::Array(ids.clone()) && entry["unmatched"] == unmatched(&outcome.diagnostics)
            }
            _ => false,
        };
        if !is_right {
            let found =
                error.map_or_else(|| format!("{ids:?} {}", unmatched(&outcome.diagnostics)), ToString::to_string);
            wrong.push(format!("{entry}\n    found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// The criteria that match nothing, as dbt names them.
fn unmatched(diagnostics: &[Diagnostic]) -> Value {
    let warnings = diagnostics.iter().filter(|diagnostic| diagnostic.code == ErrorCode::NoNodesForCriterion);
    warnings.filter_map(|diagnostic| diagnostic.message.split('\'').nth(1)).collect()
}

#[test]
fn selects_what_dbt_selects() {
    let manifest = manifest_from_text(&read("manifest.json"));
    check("golden_base.jsonl", &manifest, &PreviousState::default());
}

#[test]
fn selects_by_state_what_dbt_selects() {
    let manifest = manifest_from_text(&read("manifest_changed.json"));
    let previous = PreviousManifest::from_json(&read("manifest.json")).expect("an earlier manifest");
    let results = PreviousRunResults::from_json(&read("run_results.json")).expect("earlier results");
    let sources = |name: &str| Some(PreviousSources::from_json(&read(name)).expect("earlier sources"));
    let state = PreviousState {
        manifest: Some(previous),
        results: Some(results),
        sources: sources("sources.json"),
        sources_current: sources("sources_current.json"),
    };
    check("golden_changed.jsonl", &manifest, &state);
}
