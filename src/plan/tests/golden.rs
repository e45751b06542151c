//! What `dbt build` skips when a node fails: see `tests/differential/selector/generate.py`.

use super::*;

fn read(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/selector");
    std::fs::read_to_string(folder.join(name)).expect("the golden file is there")
}

#[test]
fn a_failure_skips_what_dbt_skips() {
    let manifest = manifest_from_text(&read("manifest.json"));
    let golden: BTreeMap<String, Vec<String>> = serde_json::from_str(&read("skipped.json")).expect("JSON");
    let kinds = ["model", "test", "seed", "snapshot", "exposure", "unit_test"];
    let plan = plan_of(&manifest, BUILD, |id| kinds.contains(&id.split('.').next().unwrap_or_default()));
    let built: Vec<&str> = names(&plan);
    for (failed, expected) in &golden {
        if !built.contains(&failed.as_str()) {
            continue;
        }
        let expected: Vec<&str> = expected.iter().map(String::as_str).filter(|id| built.contains(id)).collect();
        let found = skipped(&plan, &[failed]);
        let found: Vec<&str> = found.into_iter().filter(|id| !id.starts_with("unit_test")).collect();
        assert_eq!(found, expected, "when {failed} fails");
    }
}
