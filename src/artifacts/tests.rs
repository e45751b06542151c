use super::*;
use crate::manifest::{Access, DependsOn, Manifest, Model, NodeKind, QuotePolicy, UniqueId};
use crate::run::fixtures::{add_nodes, build_events, domain, map, model, node, noon, shop};
use crate::run::{EventKind, NodeResult};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

fn invocation(id: &str) -> Invocation {
    let env = BTreeMap::from([("TEAM".to_string(), "a".to_string())]);
    Invocation { id: id.into(), started_at: noon(), generated_at: noon() + chrono::TimeDelta::seconds(2), env }
}

fn metadata(id: &str) -> ManifestMetadata {
    ManifestMetadata { invocation: invocation(id), project_name: "shop".into(), quoting: QuotePolicy::default() }
}

fn compiled() -> HashMap<UniqueId, CompiledInfo> {
    let info = CompiledInfo {
        compiled_code: "select 1".into(),
        compiled_path: Some("target/compiled/shop/models/orders.sql".into()),
        build_path: Some("target/run/shop/models/orders.sql".into()),
        extra_ctes: vec![ExtraCte { id: "model.shop.eph".into(), sql: " __dbt__cte__eph as (select 1)".into() }],
        ..CompiledInfo::default()
    };
    let all = ["model.shop.orders", "model.shop.customers", "model.shop.inc", "seed.shop.raw_customers"];
    let more = ["snapshot.shop.snap", "test.shop.singular", "analysis.shop.an", "operation.shop.shop-on-run-start-0"];
    let tests = ["test.shop.not_null_customers_id.422908bfae"];
    all.into_iter().chain(more).chain(tests).map(|id| (id.into(), info.clone())).collect()
}

fn write(path: &Path, manifest: &Manifest, view: ManifestView<'_>, id: &str) -> Written {
    let (compiled, selectors) = (compiled(), map(json!({ "nightly": { "definition": "tag:nightly" } })));
    let artifact = ManifestArtifact {
        manifest,
        view,
        metadata: metadata(id),
        compiled: &compiled,
        selectors: &selectors,
        root: "/mesh",
    };
    write_manifest(path, &artifact).expect("the folder is writable")
}

fn written(manifest: &Manifest, view: ManifestView<'_>) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target/manifest.json");
    write(&path, manifest, view, "an-id");
    read(&path)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file was written")).expect("it is JSON")
}

fn value(artifact: &impl Serialize) -> Value {
    // Through text, so that the order of keys is the file's own.
    serde_json::from_str(&serde_json::to_string(artifact).expect("serializes")).expect("it is JSON")
}

fn golden(name: &str, value: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    let text = serde_json::to_string_pretty(value).expect("serializes");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn results(manifest: &Manifest) -> Vec<Arc<NodeResult>> {
    let finished = build_events(manifest).into_iter().find_map(|event| match event.kind {
        EventKind::RunFinished { results, .. } => Some(results.to_vec()),
        _ => None,
    });
    finished.expect("the run ends")
}

fn catalog(manifest: &Manifest) -> CatalogArtifact {
    let row = |column: &str, index| CatalogRow {
        table_database: "Shop".into(),
        table_schema: "main".into(),
        table_name: "CUSTOMERS".into(),
        table_type: "BASE TABLE".into(),
        column_name: column.into(),
        column_index: index,
        column_type: "BIGINT".into(),
        ..CatalogRow::default()
    };
    let other = CatalogRow { table_name: "unknown".into(), ..row("id", 1) };
    let source = CatalogRow { table_name: "raw_customers".into(), ..row("id", 1) };
    let rows = [row("name", 2), row("id", 1), other, source];
    CatalogArtifact::new(manifest, ManifestView::Mesh, &rows, Vec::new(), &invocation("an-id"))
}

/// Keys of each kind in dbt's own artifacts; `tests/differential/artifacts/keys.py` wrote them.
fn dbt_keys() -> BTreeMap<String, Vec<String>> {
    serde_json::from_str(include_str!("../../tests/differential/artifacts/dbt_keys.json")).expect("it is JSON")
}

#[test]
fn every_kind_has_the_keys_that_dbt_writes_in_the_same_order() {
    let manifest = shop();
    let document = written(&manifest, ManifestView::Mesh);
    let all = results(&manifest);
    let (args, invocation) = (map(json!({})), invocation("an-id"));
    let run = RunResultsArtifact {
        invocation: &invocation,
        results: &all,
        view: ManifestView::Mesh,
        elapsed_time: 1.0,
        args: &args,
    };
    let (run, catalog) = (value(&run), value(&catalog(&manifest)));
    let summary =
        GraphSummary { manifest: &manifest, view: ManifestView::Mesh, invocation_id: "an-id", test_edges: None };
    let nodes = &document["nodes"];
    let customers = &nodes["model.shop.customers"];
    let first = |section: &str| document[section].as_object().and_then(|map| map.values().next()).cloned();
    let table = &catalog["nodes"]["model.shop.customers"];
    for (kind, expected) in dbt_keys() {
        let mut ours = match kind.as_str() {
            "manifest" => document.clone(),
            "manifest.metadata" => document["metadata"].clone(),
            "model" => nodes["model.shop.inc"].clone(),
            "contracted model" => customers.clone(),
            "seed" => nodes["seed.shop.raw_customers"].clone(),
            "snapshot" => nodes["snapshot.shop.snap"].clone(),
            "singular test" => nodes["test.shop.singular"].clone(),
            "generic test" => nodes["test.shop.not_null_customers_id.422908bfae"].clone(),
            "analysis" => nodes["analysis.shop.an"].clone(),
            "operation" => nodes["operation.shop.shop-on-run-start-0"].clone(),
            "uncompiled model" => document["disabled"]["model.shop.off"][0].clone(),
            "column" => customers["columns"]["id"].clone(),
            "column constraint" => customers["columns"]["id"]["constraints"][0].clone(),
            "model constraint" => customers["constraints"][0].clone(),
            "run_results" => run.clone(),
            "run_results.metadata" => run["metadata"].clone(),
            "result" => run["results"][0].clone(),
            "timing" => run["results"][0]["timing"][0].clone(),
            "catalog" => catalog.clone(),
            "catalog.metadata" => catalog["metadata"].clone(),
            "table" => table.clone(),
            "table.metadata" => table["metadata"].clone(),
            "table.column" => table["columns"]["id"].clone(),
            "semantic_manifest" => value(&SemanticManifest { manifest: &shop(), view: ManifestView::Mesh }),
            "graph_summary" => value(&summary),
            section => first(section).unwrap_or_else(|| panic!("{section} is written")),
        };
        let ours = ours.as_object_mut().unwrap_or_else(|| panic!("{kind} is an object"));
        // A column's further keys are the user's own.
        ours.shift_remove("further");
        assert_eq!(ours.keys().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>(), "{kind}");
    }
}

#[test]
fn golden_artifacts() {
    let manifest = shop();
    golden("manifest", &written(&manifest, ManifestView::Mesh));
    let all = results(&manifest);
    let args = map(json!({ "which": "build" }));
    let run = RunResultsArtifact {
        invocation: &invocation("an-id"),
        results: &all,
        view: ManifestView::Mesh,
        elapsed_time: 1.5,
        args: &args,
    };
    golden("run_results", &value(&run));
    golden("catalog", &value(&catalog(&manifest)));
    let edges = [("test.shop.singular".into(), "model.shop.eph".into())];
    let summary = GraphSummary {
        manifest: &manifest,
        view: ManifestView::Mesh,
        invocation_id: "an-id",
        test_edges: Some(&edges),
    };
    golden("graph_summary", &value(&summary));
}

/// Two domains: `reader` reads `shop`'s public model, and its own copy of a package.
fn mesh() -> Manifest {
    let mut manifest = Manifest::default();
    for (name, packages) in [("shop", &["shop"][..]), ("reader", &["reader", "tools"])] {
        manifest.domains.insert(name.into(), domain(name, packages));
    }
    let public = |name| {
        let mut found = model(name, "table", &["model.shop.secret"]);
        found.kind = NodeKind::Model(Box::new(Model { access: Access::Public, ..Model::default() }));
        found
    };
    let own = |name: &str, reads: &[&str]| {
        let mut found = node("reader", NodeKind::Model(Box::default()), name, &format!("models/{name}.sql"));
        found.depends_on.nodes = reads.iter().map(|id| UniqueId::from(*id)).collect();
        found
    };
    let mut package = own("calendar", &[]);
    package.unique_id = "model.tools@reader.calendar".into();
    package.package_name = "tools".into();
    package.depends_on = DependsOn { macros: vec!["macro.tools@reader.days".into()], nodes: Vec::new() };
    let reader = own("report", &["model.shop.open", "model.tools@reader.calendar"]);
    let nodes = vec![model("secret", "view", &[]), public("open"), public("unread"), package, reader];
    add_nodes(&mut manifest, nodes);
    manifest
}

#[test]
fn a_member_shows_its_own_nodes_and_the_public_models_it_reads() {
    let manifest = mesh();
    let reader = "reader".into();
    let document = written(&manifest, ManifestView::Member(&reader));
    let keys = |section: &str| document[section].as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
    let ids = ["model.tools.calendar", "model.reader.report", "model.shop.open"].map(String::from).to_vec();
    assert_eq!(keys("nodes"), Some(ids.clone()));
    assert_eq!(keys("parent_map"), Some(ids));
    assert_eq!(document["parent_map"]["model.reader.report"], json!(["model.shop.open", "model.tools.calendar"]));
    assert_eq!(document["parent_map"]["model.shop.open"], json!([]));
    assert_eq!(document["child_map"]["model.shop.open"], json!(["model.reader.report"]));
    assert_eq!(document["nodes"]["model.tools.calendar"]["depends_on"]["macros"], json!(["macro.tools.days"]));
    golden("external_node", &document["nodes"]["model.shop.open"]);
    assert!(!document.to_string().contains('@'), "ids are dbt's");
}

#[test]
fn the_mesh_shows_everything_with_domains_in_ids_of_packages() {
    let document = written(&mesh(), ManifestView::Mesh);
    let ids: Vec<_> = document["nodes"].as_object().into_iter().flat_map(|map| map.keys()).collect();
    assert_eq!(
        ids,
        [
            "model.shop.secret",
            "model.shop.open",
            "model.shop.unread",
            "model.tools@reader.calendar",
            "model.reader.report"
        ]
    );
    assert_eq!(document["child_map"]["model.tools@reader.calendar"], json!(["model.reader.report"]));
}

#[test]
fn a_manifest_is_left_alone_unless_its_content_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("manifest.json");
    let mut manifest = shop();
    assert_eq!(write(&path, &manifest, ManifestView::Mesh, "first"), Written::Replaced);
    assert_eq!(write(&path, &manifest, ManifestView::Mesh, "second"), Written::Unchanged);
    assert_eq!(read(&path)["metadata"]["invocation_id"], "first");
    let whole = std::fs::read(&path).expect("the file is there");
    for other in [&whole[..whole.len() - 1], &[&whole[..], b" "].concat(), b"", b"{\"metadata\":{}}"] {
        std::fs::write(&path, other).expect("writes");
        assert_eq!(write(&path, &manifest, ManifestView::Mesh, "first"), Written::Replaced);
    }
    add_nodes(&mut manifest, vec![model("new", "view", &[])]);
    assert_eq!(write(&path, &manifest, ManifestView::Mesh, "third"), Written::Replaced);
    assert_eq!(read(&path)["metadata"]["invocation_id"], "third");
    assert_eq!(std::fs::read_dir(folder.path()).map(Iterator::count).ok(), Some(1), "no temporary file is left");
}

#[test]
fn a_file_that_cannot_be_written_is_a_diagnostic() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("writes");
    let error = write_json(&file.join("manifest.json"), &json!({})).expect_err("a file is no folder");
    assert_eq!(error.to_diagnostic().code.as_str(), "MB0901");
}

#[test]
fn twenty_thousand_models_take_time_in_proportion() {
    let chain = |count: usize| {
        let mut manifest = Manifest::default();
        manifest.domains.insert("shop".into(), domain("shop", &["shop"]));
        let name = |number: usize| format!("m{number}");
        let models = (0..count).map(|number| {
            let parent = format!("model.shop.m{}", number.saturating_sub(1));
            let reads: &[&str] = if number == 0 { &[] } else { &[&parent] };
            model(&name(number), "view", reads)
        });
        add_nodes(&mut manifest, models.collect());
        manifest
    };
    let folder = tempfile::tempdir().expect("a folder");
    let time = |count: usize| {
        let manifest = chain(count);
        let start = std::time::Instant::now();
        write(&folder.path().join(format!("{count}.json")), &manifest, ManifestView::Mesh, "an-id");
        start.elapsed()
    };
    let (few, many) = (time(2_000), time(20_000));
    // Ten times the models; thrice that leaves room for a busy machine, and none for a square.
    assert!(many < few * 30 + std::time::Duration::from_millis(200), "{few:?} for 2,000 and {many:?} for 20,000");
}
