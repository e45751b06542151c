use super::*;
use crate::project::tree::MemoryTree;

/// Renders `{{ secret }}`, `{{ four }}` and `{{ prod }}`.
struct Engine;

impl RenderString for Engine {
    fn render(&self, text: &str, span: &Span) -> Result<RenderedScalar, Diagnostic> {
        if text.contains("{{ fail }}") {
            return Err(Diagnostic::error(ErrorCode::JinjaSyntax, "failed with s3cr3t").at(span.clone()));
        }
        if text == "{{ four }}" {
            return Ok(YamlValue::Int(4));
        }
        let text = text.replace("{{ secret }}", &Secrets::placeholder("DBT_ENV_SECRET_X"));
        Ok(YamlValue::String(Arc::from(text.replace("{{ prod }}", "prod"))))
    }
}

fn choose_target(text: &str, profile: Option<&str>, target: Option<&str>) -> Result<Profile, Vec<String>> {
    let tree = MemoryTree::new().with("profiles.yml", text);
    let folders = ProfileFolders { project: Some((&tree, "")), ..ProfileFolders::default() };
    let mut diagnostics = Vec::new();
    let secrets =
        Secrets::new([("DBT_ENV_SECRET_X".to_owned(), "s3cr3t".to_owned()), ("A".to_owned(), "b".to_owned())]);
    let file = ProfilesFile::find(&folders, &SourceMap::default(), &mut diagnostics);
    let choice = ProfileChoice { profile, named_at: None, target, threads: None, renderer: &Engine, secrets: &secrets };
    let profile = file.and_then(|file| Profile::choose(&file, &choice, &mut diagnostics));
    profile.filter(|_| diagnostics.is_empty()).ok_or_else(|| diagnostics.iter().map(ToString::to_string).collect())
}

fn output(keys: &str) -> Result<Profile, Vec<String>> {
    choose_target(&format!("shop:\n  outputs:\n    default: {{type: duckdb, {keys}}}\n"), Some("shop"), None)
}

#[test]
fn a_target_is_typed() {
    let text = "
shop:
  target: '{{ prod }}'
  outputs:
    dev: {type: duckdb, path: '{{ fail }}'}
    prod:
      type: duckdb
      path: data/shop.duckdb
      schema: sales
      threads: '{{ four }}'
      extensions: [httpfs, {name: h3, repo: community}]
      settings: {memory_limit: 1GB}
      attach: [{path: raw.duckdb, alias: raw, read_only: true}]
      secrets: [{type: s3, key_id: '{{ secret }}'}]
      retries: {connect_attempts: 3}
";
    let profile = choose_target(text, Some("shop"), None).expect("a profile");
    assert_eq!((profile.target_name.as_ref(), profile.threads), ("prod", 4));
    let credentials = &profile.credentials;
    assert_eq!((credentials.database.as_ref(), credentials.schema_or_main()), ("shop", "sales"));
    assert_eq!(credentials.extensions[1].repo.as_ref().map(|repo| repo.as_str()), Some("community"));
    assert!(credentials.attach[0].read_only);
    assert_eq!(credentials.secrets[0].get("key_id").and_then(Yaml::as_str), Some("s3cr3t"));
    assert_eq!(credentials.retries.as_ref().map(|retries| retries.connect_attempts), Some(3));
    let target = profile.target_entries();
    let shown = |name| target.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    assert_eq!(shown("profile_name"), Some(YamlValue::String(Arc::from("shop"))));
    assert_eq!(shown("threads"), Some(YamlValue::Int(4)));
}

#[test]
fn defaults_are_dbts() {
    let profile = output("x: 1").expect("a profile");
    let credentials = &profile.credentials;
    assert_eq!((credentials.path.as_ref(), credentials.database.as_ref()), (":memory:", "memory"));
    assert_eq!((credentials.schema.as_deref(), credentials.schema_or_main()), (None, "main"));
    assert_eq!((profile.threads, credentials.keep_open, credentials.external_root.as_ref()), (1, true, "."));
}

#[test]
fn profile_and_target_must_exist() {
    let text = "shop:\n  target: dev\n  outputs: {prod: {type: duckdb}, odd: 1}\nempty:\nbare: {target: x}\n";
    let choose = |profile, target| choose_target(text, profile, target).expect_err("a mistake");
    assert_eq!(choose(Some("shpo"), None), ["MB0106: Could not find profile named 'shpo'"]);
    assert!(
        choose(None, None)[0]
            .starts_with("MB0106: dbt cannot run because no profile was specified for this dbt project.")
    );
    assert_eq!(choose(Some("empty"), None), ["MB0108: Profile empty in profiles.yml is empty"]);
    assert_eq!(choose(Some("bare"), None), ["MB0108: outputs not specified in profile 'bare'"]);
    assert_eq!(
        choose(Some("shop"), None),
        [
            "MB0107: The profile 'shop' does not have a target named 'dev'. The valid target names for this profile are:\n - prod\n - odd"
        ]
    );
    assert_eq!(
        choose(Some("shop"), Some("odd")),
        ["MB0108: output 'odd' of profile 'shop' is misconfigured in profiles.yml"]
    );
    assert_eq!(
        choose_target("", Some("a"), None).expect_err("empty"),
        ["MB0108: The profiles.yml file at profiles.yml is empty"]
    );
}

#[test]
fn what_cannot_work_is_refused() {
    let invalid = "MB0108: Credentials in profile \"shop\", target \"default\" invalid: at path ";
    for (keys, expected) in [
        ("path: 'md:x'", "MB0109: MotherDuck is not supported".to_owned()),
        ("attach: [{path: 'motherduck:x'}]", "MB0109: MotherDuck is not supported".to_owned()),
        ("plugins: [{module: excel}]", "MB0109: `plugins` is not supported".to_owned()),
        ("filesystems: [{fs: s3}]", "MB0109: `filesystems` is not supported".to_owned()),
        ("path: 5", format!("{invalid}['path']: 5 is not of type 'string'")),
        ("threads: 0", format!("{invalid}['threads']: 0 is less than the minimum of 1")),
        ("attach: [{alias: a}]", format!("{invalid}['attach'][0]: 'path' is a required property")),
        ("extensions: [{name: a}]", format!("{invalid}['extensions'][0]: 'repo' is a required property")),
        (
            "path: shop.duckdb, database: x",
            format!(
                "{invalid}[]: Inconsistency detected between 'path' and 'database' fields in profile; the 'database' property must be set to 'shop' to match the 'path'"
            ),
        ),
        ("use_credential_provider: gcp", format!("{invalid}[]: Unsupported value for use_credential_provider: gcp")),
        ("schema: '{{ fail }}'", "MB0301: failed with *****".to_owned()),
        ("settings: '{{ secret }}'", format!("{invalid}['settings']: '*****' is not of type 'object'")),
    ] {
        assert_eq!(output(keys).expect_err(keys), [expected], "{keys}");
    }
    let other = choose_target("shop: {outputs: {default: {type: postgres}}}", Some("shop"), None);
    assert_eq!(other.expect_err("postgres"), ["MB0109: the adapter 'postgres' is not supported"]);
    assert!(output("path: shop.duckdb, database: raw, attach: [{path: a.duckdb, alias: raw}]").is_ok());
}

#[test]
fn databases_are_named_as_in_dbt_duckdb() {
    for (path, expected) in [
        (":memory:", Some("memory")),
        ("shop.duckdb", Some("shop")),
        ("a/b/shop.duckdb", Some("shop")),
        ("/abs/shop.db", Some("shop")),
        ("my.db.duckdb", Some("my")),
        (".hidden.duckdb", Some("hidden")),
        ("shop", Some("shop")),
        ("C:/x/shop.duckdb", Some("shop")),
        ("s3://bucket/x/shop.duckdb", Some("shop")),
        ("s3://bucket", None),
        ("ducklake:meta.ducklake", Some("meta")),
        ("ducklake:sqlite:meta.sqlite", Some("meta")),
        ("ducklake:postgres:dbname=x", Some("dbname=x")),
        ("dir/", None),
        ("shop.duckdb?x=1", Some("shop")),
        ("a b.duckdb", Some("a b")),
        ("..duckdb", Some("duckdb")),
        ("file:shop.duckdb", Some("shop")),
        ("DUCKLAKE:meta.db", Some("meta")),
        ("ducklake:/a/b/meta.db", Some("meta")),
    ] {
        assert_eq!(database_name(path).as_deref(), expected, "{path}");
    }
}

#[test]
fn folders_are_searched_in_order() {
    let (one, two) = (
        MemoryTree::new().with("profiles.yml", "one: {a: 1}"),
        MemoryTree::new().with("x/profiles.yml", "two: {a: 1}"),
    );
    let empty = MemoryTree::new();
    let find = |folders: ProfileFolders<'_>| {
        let mut diagnostics = Vec::new();
        let file = ProfilesFile::find(&folders, &SourceMap::default(), &mut diagnostics);
        let key = file
            .and_then(|file| file.tree.as_map().and_then(|map| map.iter().next()).map(|(key, _)| key.to_python_str()));
        key.unwrap_or_else(|| diagnostics[0].to_string())
    };
    let none = ProfileFolders::default();
    assert_eq!(find(ProfileFolders { mesh: Some((&one, "")), home: Some((&two, "x")), ..none }), "one");
    assert_eq!(find(ProfileFolders { mesh: Some((&empty, "")), home: Some((&two, "x")), ..none }), "two");
    assert_eq!(find(ProfileFolders { environment: Some((&two, "x")), mesh: Some((&one, "")), ..none }), "two");
    assert_eq!(
        find(ProfileFolders { flag: Some((&empty, "y")), mesh: Some((&one, "")), ..none }),
        "MB0106: there is no profiles.yml in `y`"
    );
    assert_eq!(find(none), "MB0106: there is no profiles.yml");
}
