use super::*;
use crate::project::render::Unrendered;
use crate::project::tree::MemoryTree;

fn read(text: &str) -> (Option<ProjectFile>, Vec<Diagnostic>) {
    let tree = MemoryTree::new().with("shop/dbt_project.yml", text);
    let mut diagnostics = Vec::new();
    let options = ReadOptions { renderer: &Unrendered, verify_version: true, target_path: None };
    let source = ProjectSource::load(&tree, "shop", &SourceMap::default(), &mut diagnostics);
    let project = source.and_then(|source| source.read(&options, &mut diagnostics));
    (project, diagnostics)
}

fn messages(text: &str) -> Vec<String> {
    read(text).1.iter().map(ToString::to_string).collect()
}

#[test]
fn a_name_is_enough() {
    let (project, diagnostics) = read("name: shop\n");
    let project = project.expect("a project");
    assert_eq!(diagnostics, []);
    assert_eq!(project.paths.models, ["models"]);
    assert_eq!(project.paths.docs, ["models", "seeds", "snapshots", "analyses", "macros", "tests", "functions"]);
    assert_eq!((project.paths.target.as_str(), project.paths.packages_install.as_str()), ("target", "dbt_packages"));
    assert_eq!(project.paths.clean_targets, ["target"]);
    assert_eq!(project.query_comment, QueryComment::Default);
    assert!(project.flags.behavior(BehaviorFlag::GenericTestArgumentsProperty));
    assert_eq!(project.config_version, 2);
}

#[test]
fn mistakes_are_told_in_dbts_words() {
    for (text, expected) in [
        ("profile: p", "MB0103: Required \"name\" field not present in project"),
        ("name: shop\nfoo: 1", "MB0103: at path []: Additional properties are not allowed ('foo' was unexpected)"),
        (
            "name: shop\nmodel-paths: models",
            "MB0103: at path ['model-paths']: 'models' is not valid under any of the given schemas",
        ),
        ("name: shop\nmodel-paths: [1]", "MB0103: at path ['model-paths'][0]: 1 is not of type 'string'"),
        ("name: my-shop", "MB0103: at path ['name']: 'my-shop' does not match '^[^\\\\d\\\\W]\\\\w*$'"),
        ("name: ref", "MB0103: at path ['name']: Invalid project name: ref is a reserved word"),
        ("name: shop\nversion: x", "MB0103: at path ['version']: 'x' is not valid under any of the given schemas"),
        ("name: shop\nrequire-dbt-version: '1.0'", "MB0104: \"1.0\" is not a valid semantic version."),
        ("name: shop\nsources:", "MB0103: at path ['sources']: None is not of type 'object'"),
        ("name: shop\nvars: []", "MB0103: at path ['vars']: [] is not of type 'object'"),
        (
            "name: shop\ndispatch: [{macro_namespace: x}]",
            "MB0103: at path ['dispatch'][0]: Invalid project dispatch config: {'macro_namespace': 'x'}",
        ),
        (
            "name: shop\ntests: {a: 1}\ndata_tests: {a: 1}",
            "MB0103: at path []: Invalid project config: cannot have both 'tests' and 'data_tests' defined",
        ),
        ("[]", "MB0103: dbt_project.yml does not parse to a dictionary"),
        ("", "MB0103: dbt_project.yml does not parse to a dictionary"),
        (
            "name: shop\nrequire-dbt-version: '>=2.0.0'",
            "MB0104: This version of dbt is not supported with the 'shop' package.\n  Installed version of dbt: =1.11.16\n  \
             Required version of dbt for 'shop': ['>=2.0.0']\nCheck for a different version of the 'shop' package, or run \
             dbt again with --no-version-check",
        ),
        (
            "name: shop\nsource-paths: [a]\nmodel-paths: [b]",
            "MB0103: source-paths and model-paths cannot both be defined. The `source-paths` config has been deprecated in \
             favor of `model-paths`. Please update your `dbt_project.yml` configuration to reflect this change.",
        ),
    ] {
        let (project, diagnostics) = read(text);
        assert!(project.is_none(), "{text}");
        assert_eq!(diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected], "{text}");
    }
    let (_, diagnostics) = read("name: shop\nmodel_paths: [a]");
    assert_eq!(diagnostics[0].hints, ["did you mean `model-paths`?"]);
}

#[test]
fn several_mistakes_are_told_at_once() {
    assert_eq!(messages("name: 1\nprofile: 2\nvars: 3\n").len(), 3);
}

#[test]
fn deprecated_names_work_and_warn() {
    let (project, diagnostics) = read("name: shop\nsource-paths: [a]\ntarget-path: out\nlog-path: logs\n");
    let project = project.expect("a project");
    assert_eq!(project.paths.models, ["a"]);
    assert_eq!(project.paths.target, "out");
    let messages: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), 2);
    assert!(messages[0].starts_with("MB0105: The `source-paths` config has been renamed to `model-paths`."));
    assert!(messages[1].contains("please use the --target-path CLI flag or DBT_TARGET_PATH env var instead."));
}

#[test]
fn configs_are_found_along_a_name() {
    let text = "
name: shop
models:
  +schema: top
  shop:
    +materialized: view
    enabled: true
    + tags : [a]
    staging:
      materialized: table
      +meta: {owner: me}
  other: {+enabled: false}
tests: {+severity: warn}
";
    let (project, _) = read(text);
    let project = project.expect("a project");
    let models = project.configs.section(ConfigSection::Models);
    let shown = |fqn: &[&str]| -> Vec<String> {
        let entries = |level: ConfigLevel<'_>| {
            let entries = level.entries().map(|entry| format!("{}={}", entry.name, entry.value.to_python()));
            entries.collect::<Vec<_>>().join(" ")
        };
        models.config_levels(fqn).into_iter().map(entries).collect()
    };
    let top = "schema='top'";
    let shop = "materialized='view' enabled=True tags=['a']";
    assert_eq!(shown(&["shop", "staging", "orders"]), [top, shop, "materialized='table' meta={'owner': 'me'}"]);
    assert_eq!(shown(&["shop", "marts", "orders"]), [top, shop]);
    assert_eq!(shown(&["unknown"]), [top]);
    let paths: Vec<String> = models.config_paths().iter().map(|path| path.keys.join(".")).collect();
    assert_eq!(paths, ["", "shop", "shop.staging", "other"]);
    let tests = project.configs.section(ConfigSection::DataTests);
    assert_eq!(tests.config_levels(&["shop"])[0].get("severity").and_then(Yaml::as_str), Some("warn"));
    assert!(project.configs.section(ConfigSection::Seeds).config_levels(&["shop"]).is_empty());
}

#[test]
fn vars_of_a_package_win() {
    let (project, _) = read("name: shop\nvars:\n  a: 1\n  b: 2\n  shop: {a: 3}\n");
    let vars = project.expect("a project").vars;
    assert_eq!(vars.get("shop", "a").and_then(Yaml::as_int), Some(3));
    assert_eq!(vars.get("shop", "b").and_then(Yaml::as_int), Some(2));
    assert_eq!(vars.get("other", "a").and_then(Yaml::as_int), Some(1));
    assert!(vars.get("shop", "c").is_none());
}

#[test]
fn the_rest_is_typed() {
    let text = "
name: shop
version: 1.0
profile: p
on-run-start: 'select 1'
on-run-end: ['{{ a }}', 'b']
dispatch: [{macro_namespace: dbt_utils, search_order: [shop, dbt_utils]}]
quoting: {project: true, identifier: false}
query-comment: {comment: hi, append: true}
restrict-access: true
flags: {fail_fast: true, require_generic_test_arguments_property: false}
require-dbt-version: ['>=1.7.0', '<2.0.0']
";
    let (project, diagnostics) = read(text);
    assert_eq!(diagnostics, []);
    let project = project.expect("a project");
    assert_eq!(project.on_run_start[0].as_str(), "select 1");
    assert_eq!(project.on_run_end[0].as_str(), "{{ a }}");
    assert_eq!(project.dispatch[0].search_order[0].as_str(), "shop");
    assert_eq!(project.quoting, ProjectQuoting { database: Some(true), schema: None, identifier: Some(false) });
    assert!(matches!(&project.query_comment, QueryComment::Custom { append: true, .. }));
    assert!(project.restrict_access);
    assert!(!project.flags.behavior(BehaviorFlag::GenericTestArgumentsProperty));
    assert_eq!(project.flags.get("fail_fast").and_then(Yaml::as_bool), Some(true));
    assert_eq!(project.require_dbt_version.len(), 2);
    let (project, _) = read("name: shop\nquery-comment:\n");
    assert_eq!(project.expect("a project").query_comment, QueryComment::Off);
}
