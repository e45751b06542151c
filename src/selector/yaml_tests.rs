use super::*;
use serde_json::json;

fn parse(content: Value) -> Result<Selectors, Vec<String>> {
    Selectors::parse(&content, "selectors.yml", &[], IndirectSelection::Eager)
        .map_err(|diagnostics| diagnostics.iter().map(ToString::to_string).collect())
}

fn error(definition: Value) -> String {
    parse(json!({"selectors": [{"name": "s", "definition": definition}]})).expect_err("a mistake").join("\n")
}

#[test]
fn mistakes_name_the_selector() {
    let prefix = "MB0705: Could not read selector file data: in selector 's': ";
    for (definition, expected) in [
        (
            json!({"union": [], "intersection": []}),
            "Only a single 'union' or 'intersection' key is allowed in a root level selector definition; found union,intersection.",
        ),
        (json!({"union": "a"}), "Invalid value for key \"union\". Expected a list."),
        (json!({"union": [1]}), "Invalid value type a number in key \"union\", expected dict or str (value: 1)."),
        (json!([]), "Expected to find union, intersection, str or dict, instead found a list: []"),
        (
            json!({"method": "tag", "values": 1}),
            "Expected either 1 key or else \"method\" and \"value\" keys, but got ['method', 'values']",
        ),
        (json!({"method": "selector", "value": "later"}), "Existing selector definition for later not found."),
        (
            json!({"union": [{"exclude": ["a"]}, {"exclude": ["b"]}]}),
            "You cannot provide multiple exclude arguments to the same selector set operator",
        ),
        (
            json!({"method": "tag", "value": "a", "indirect_selection": "lazy"}),
            "\"lazy\" is not a valid IndirectSelection",
        ),
        (
            json!({"method": "tag", "value": "a", "parents": true, "parents_depth": "far"}),
            "Invalid node spec - could not handle parent depth \"far\"",
        ),
    ] {
        assert_eq!(error(definition), format!("{prefix}{expected}"));
    }
    assert!(error(json!({"picker": "a"})).contains("in selector 's': 'picker' is not a valid method name"));
    assert!(error(json!({"tags": "a"})).starts_with("MB0702"));
    assert!(
        error(json!({"method": "tag", "value": "a", "children": true, "childrens_parents": true}))
            .contains("\"@\" prefix and \"+\" suffix are incompatible")
    );
}

#[test]
fn malformed_files_are_told_apart() {
    for (content, expected) in [
        (json!([1]), "MB0705: The selectors.yml file in this project is malformed: it is a list, not a mapping"),
        (
            json!({"selector": []}),
            "MB0705: The selectors.yml file in this project is malformed: it has no list 'selectors'",
        ),
        (json!({"selectors": [1]}), "MB0705: each entry of 'selectors' is a mapping, not a number"),
        (json!({"selectors": [{}]}), "MB0705: a selector has no 'name'"),
        (
            json!({"selectors": [{"name": "a"}]}),
            "MB0705: Could not read selector file data: in selector 'a': it has no 'definition'",
        ),
        (
            json!({"selectors": [
                {"name": "a", "definition": "x", "default": true}, {"name": "b", "definition": "x", "default": true},
            ]}),
            "MB0705: Error when parsing the selector file. Found multiple selectors with `default: true`:a and b",
        ),
    ] {
        assert_eq!(parse(content).map(|_| ()), Err(vec![expected.to_string()]));
    }
    assert_eq!(parse(Value::Null), Ok(Selectors::default()));
}

#[test]
fn the_stronger_file_wins() {
    let named =
        |name: &str, tag: &str, default: bool| json!({"name": name, "definition": {"tag": tag}, "default": default});
    let domain = parse(json!({"selectors": [named("a", "domain", false), named("b", "domain", true)]})).expect("ok");
    let root = parse(json!({"selectors": [named("a", "root", true), named("c", "root", false)]})).expect("ok");
    let both = domain.clone().over(root.clone());
    assert_eq!(both.get("a").expect("a"), domain.get("a").expect("a"));
    assert_eq!(both.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(both.default_selector().map(|(name, _)| name), Some("b"));
    let missing = both.get("d").expect_err("no such selector");
    assert_eq!(missing.message, "Could not find selector named d, expected one of ['a', 'b', 'c']");
}

#[test]
fn operators_and_modes_are_read() {
    let selectors = parse(json!({"selectors": [{"name": "s", "definition": {
        "method": "config.materialized", "value": "table", "parents": true, "parents_depth": 2, "children": true,
        "children_depth": 0, "indirect_selection": "buildable",
    }}]}))
    .expect("ok");
    let SelectorExpr::Criterion(criterion) = &selectors.get("s").expect("s").expression else {
        panic!("one criterion")
    };
    assert_eq!((criterion.parents, criterion.children), (Reach::Steps(2), Reach::All));
    assert_eq!(criterion.indirect_selection, IndirectSelection::Buildable);
}
