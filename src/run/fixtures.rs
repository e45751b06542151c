//! A small mesh with every kind of node, and results for it: what tests of reporters and artifacts are fed with.
//! `tests/differential/artifacts/project` holds the dbt project that it mirrors.

use super::*;
use crate::manifest::graph::Graph;
use crate::manifest::*;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::sync::Arc;

/// Noon on the last day of January.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-01-31T12:00:00Z".parse().expect("a valid time")
}

pub(crate) fn event(kind: EventKind) -> RunEvent {
    RunEvent { at: noon(), thread: "MainThread".into(), kind }
}

pub(crate) fn map(value: serde_json::Value) -> JsonMap {
    value.as_object().expect("an object").clone()
}

/// A domain whose target is `<name>.main`.
pub(crate) fn domain(name: &str, packages: &[&str]) -> Arc<Domain> {
    Arc::new(Domain {
        name: name.into(),
        root: name.to_string(),
        depends_on: Vec::new(),
        packages: packages.iter().map(|package| Arc::from(*package)).collect(),
        owner: None,
        target: Target { name: "dev".into(), database: name.into(), schema: "main".into(), ..Target::default() },
        quoting: QuotePolicy::default(),
        on_run_start: Vec::new(),
        on_run_end: Vec::new(),
        vars: Vars::default(),
        dispatch: Default::default(),
        flags: JsonMap::new(),
        query_comment: None,
        restricted_packages: Default::default(),
        projects: Default::default(),
    })
}

/// A node of `domain` that stands in `file`, with an id and nothing unusual.
pub(crate) fn node(domain: &str, kind: NodeKind, rest: &str, file: &str) -> Node {
    let mut node = Node {
        unique_id: "".into(),
        domain: domain.into(),
        package_name: domain.into(),
        name: rest.split('.').next().unwrap_or(rest).into(),
        fqn: vec![domain.into(), rest.into()],
        path: file.rsplit('/').next().unwrap_or(file).into(),
        original_file_path: file.into(),
        patch_path: None,
        raw_code: "select 1".into(),
        language: Language::Sql,
        checksum: Checksum { algorithm: "sha256".into(), value: "c0ffee".into() },
        description: String::new(),
        doc_blocks: Vec::new(),
        columns: Default::default(),
        config: NodeConfig { enabled: true, ..NodeConfig::default() }.into(),
        unrendered_config: Arc::default(),
        relation: None,
        alias: String::new(),
        refs: Vec::new(),
        sources: Vec::new(),
        functions: Vec::new(),
        metrics: Vec::new(),
        depends_on: DependsOn::default(),
        show_in_docs: true,
        node_color: None,
        kind,
    };
    node.unique_id = UniqueId::new(node.resource_type(), domain, None, rest);
    node.alias = node.name.to_string();
    node.relation = Some(Relation::new(domain, "main", node.alias.as_str()));
    Arc::make_mut(&mut node.config).materialized = match node.kind {
        NodeKind::Seed(_) => Materialization::Seed,
        NodeKind::Snapshot(_) => Materialization::Snapshot,
        NodeKind::DataTest(_) => Materialization::Test,
        NodeKind::UnitTest(_) => Materialization::Unit,
        _ => Materialization::View,
    };
    node
}

pub(crate) fn model(name: &str, materialized: &str, reads: &[&str]) -> Node {
    let mut node = node("shop", NodeKind::Model(Box::default()), name, &format!("models/{name}.sql"));
    Arc::make_mut(&mut node.config).materialized = materialized.into();
    Arc::make_mut(&mut node.config).values = map(json!({ "enabled": true, "materialized": materialized })).into();
    node.depends_on.nodes = reads.iter().map(|id| UniqueId::from(*id)).collect();
    node
}

fn generic_test(name: &str, hash: &str, column: &str) -> Node {
    let test = DataTest {
        metadata: Some(TestMetadata {
            name: "not_null".into(),
            kwargs: map(json!({ "column_name": column })),
            namespace: None,
        }),
        column_name: Some(column.into()),
        file_key_name: Some("models.customers".into()),
        attached_node: Some("model.shop.customers".into()),
    };
    let mut node = node("shop", NodeKind::DataTest(Box::new(test)), &format!("{name}.{hash}"), "models/schema.yml");
    node.depends_on.nodes = vec!["model.shop.customers".into()];
    node.checksum = Checksum { algorithm: "none".into(), value: String::new() };
    node.relation = Some(Relation::new("shop", "main_dbt_test__audit", name));
    node
}

fn unit_test(name: &str) -> Node {
    let test = UnitTest {
        model: "inc".into(),
        given: vec![UnitTestFixture {
            input: "ref('customers')".into(),
            rows: Some(json!([{ "id": 1 }])),
            format: "dict".into(),
            ..UnitTestFixture::default()
        }],
        expect: UnitTestFixture { rows: Some(json!([{ "id": 1 }])), format: "dict".into(), ..Default::default() },
        macro_overrides: map(json!({ "is_incremental": false })),
        ..UnitTest::default()
    };
    let mut node = node("shop", NodeKind::UnitTest(Box::new(test)), &format!("inc.{name}"), "models/schema.yml");
    node.name = name.into();
    node.relation = None;
    node.depends_on.nodes = vec!["model.shop.inc".into()];
    Arc::make_mut(&mut node.config).values =
        map(json!({ "tags": [], "meta": {}, "enabled": true, "static_analysis": null })).into();
    node
}

fn customers() -> Node {
    let mut node = model("customers", "table", &["seed.shop.raw_customers"]);
    node.patch_path = Some("shop://models/schema.yml".into());
    node.description = "A customer.".into();
    node.doc_blocks = vec!["doc.shop.cust".into()];
    node.refs = vec![RefCall { package: None, name: "raw_customers".into(), version: None }];
    node.depends_on.macros = vec!["macro.shop.is_one".into()];
    Arc::make_mut(&mut node.config).group = Some("core".into());
    Arc::make_mut(&mut node.config).tags = vec!["core".into()];
    Arc::make_mut(&mut node.config).contract.enforced = true;
    let not_null = Constraint { constraint_type: "not_null".into(), warn_unsupported: true, ..Default::default() };
    let id = Column {
        name: "id".into(),
        data_type: Some("bigint".into()),
        constraints: vec![not_null],
        meta: map(json!({ "a": 1 })),
        tags: vec!["pk".into()],
        extra: map(json!({ "further": true })),
        ..Column::default()
    };
    node.columns.insert("id".into(), id);
    let check = Constraint {
        constraint_type: "check".into(),
        expression: Some("id > 0".into()),
        warn_unenforced: true,
        warn_unsupported: true,
        ..Default::default()
    };
    node.kind = NodeKind::Model(Box::new(Model {
        access: Access::Public,
        constraints: vec![check],
        primary_key: vec!["id".into()],
        contract_checksum: Some("beef".into()),
        ..Model::default()
    }));
    node
}

fn source() -> Node {
    let source = Source {
        source_name: "raw".into(),
        source_description: "the raw".into(),
        loader: "hand".into(),
        loaded_at_field: Some("now()".into()),
        freshness: Some(Freshness {
            warn_after: Some(FreshnessLimit { count: Some(1), period: Some("day".into()) }),
            ..Freshness::default()
        }),
        unrendered_schema: Some("main".into()),
        ..Source::default()
    };
    let mut node = node("shop", NodeKind::Source(Box::new(source)), "raw.ext", "models/schema.yml");
    node.name = "ext".into();
    node.relation = Some(Relation::new("shop", "main", "raw_customers"));
    Arc::make_mut(&mut node.config).values = map(json!({ "enabled": true, "tags": [] })).into();
    node
}

fn exposure() -> Node {
    let exposure = Exposure {
        exposure_type: "dashboard".into(),
        owner: Owner { name: Some("A".into()), email: Some(json!("a@b.c")), extra: JsonMap::new() },
        label: Some("Dash".into()),
        maturity: Some("high".into()),
        url: Some("http://x".into()),
    };
    let mut node = node("shop", NodeKind::Exposure(Box::new(exposure)), "dash", "models/schema.yml");
    node.relation = None;
    node.depends_on.nodes = vec!["source.shop.raw.ext".into(), "model.shop.orders".into()];
    node.refs = vec![RefCall { package: None, name: "orders".into(), version: None }];
    node.sources = vec![SourceCall { source_name: "raw".into(), table_name: "ext".into() }];
    node
}

/// The domain `shop` with every kind of node.
pub(crate) fn shop() -> Manifest {
    let versioned =
        Model { version: Some(Version::Integer(1)), latest_version: Some(Version::Integer(1)), ..Model::default() };
    let mut vm = model("vm_v1", "view", &[]);
    vm.unique_id = "model.shop.vm.v1".into();
    vm.name = "vm".into();
    vm.kind = NodeKind::Model(Box::new(versioned));
    let mut strict = generic_test("strict_name", "be36fcba94", "name");
    Arc::make_mut(&mut strict.config).store_failures = Some(true);
    let mut singular = node("shop", NodeKind::DataTest(Box::default()), "singular", "tests/singular.sql");
    singular.depends_on.nodes = vec!["model.shop.customers".into()];
    let mut analysis = node("shop", NodeKind::Analysis(Analysis), "an", "analyses/an.sql");
    analysis.depends_on.nodes = vec!["model.shop.customers".into()];
    let mut snapshot = node("shop", NodeKind::Snapshot(Snapshot), "snap", "models/schema.yml");
    snapshot.depends_on.nodes = vec!["model.shop.customers".into()];
    let nodes = vec![
        model("orders", "view", &["model.shop.eph", "source.shop.raw.ext"]),
        model("broken", "view", &["model.shop.customers"]),
        customers(),
        model("inc", "incremental", &["model.shop.customers"]),
        model("eph", "ephemeral", &["model.shop.customers"]),
        model("after_broken", "view", &["model.shop.broken"]),
        analysis,
        singular,
        node("shop", NodeKind::Seed(Seed { root: "shop".into() }), "raw_customers", "seeds/raw_customers.csv"),
        node("shop", NodeKind::Operation, "shop-on-run-start-0", "./dbt_project.yml"),
        vm,
        generic_test("not_null_customers_id", "422908bfae", "id"),
        generic_test("not_null_customers_name", "1b78bf32b9", "name"),
        strict,
        snapshot,
        source(),
        exposure(),
        unit_test("ut"),
        unit_test("ut_bad"),
    ];
    let mut manifest = Manifest::default();
    manifest.domains.insert("shop".into(), domain("shop", &["shop"]));
    add_nodes(&mut manifest, nodes);
    let off = model("off", "view", &[]);
    manifest.disabled.insert(off.unique_id.clone(), vec![Arc::new(off)]);
    add_others(&mut manifest);
    manifest
}

/// Adds nodes and the edges between them.
pub(crate) fn add_nodes(manifest: &mut Manifest, nodes: Vec<Node>) {
    manifest.nodes.extend(nodes.into_iter().map(|node| (node.unique_id.clone(), Arc::new(node))));
    manifest.graph = Graph::of_nodes(&manifest.nodes);
}

fn add_others(manifest: &mut Manifest) {
    let found = Macro {
        unique_id: "macro.shop.is_one".into(),
        domain: Some("shop".into()),
        package_name: "shop".into(),
        name: "is_one".into(),
        macro_sql: "{% macro is_one(x) %}{{ x }} = 1{% endmacro %}".into(),
        original_file_path: "macros/is_one.sql".into(),
        depends_on: Vec::new(),
        description: String::new(),
        meta: JsonMap::new(),
        arguments: vec![MacroArgument { name: "x".into(), data_type: Some("int".into()), description: String::new() }],
        patch_path: None,
        supported_languages: None,
        show_in_docs: true,
    };
    let built_in = Macro {
        unique_id: "macro.dbt.materialization_view_default".into(),
        domain: None,
        package_name: "dbt".into(),
        name: "materialization_view_default".into(),
        supported_languages: Some(vec!["sql".into()]),
        ..found.clone()
    };
    manifest.macros.extend([found, built_in].map(|found| (found.unique_id.clone(), Arc::new(found))));
    let block = DocsBlock {
        unique_id: "doc.shop.cust".into(),
        domain: Some("shop".into()),
        package_name: "shop".into(),
        name: "cust".into(),
        path: "docs.md".into(),
        original_file_path: "models/docs.md".into(),
        block_contents: "A customer.".into(),
    };
    manifest.docs.insert(block.unique_id.clone(), Arc::new(block));
    let group = Group {
        unique_id: "group.shop.core".into(),
        domain: "shop".into(),
        package_name: "shop".into(),
        name: "core".into(),
        path: "schema.yml".into(),
        original_file_path: "models/schema.yml".into(),
        owner: Owner { name: Some("Ann".into()), email: Some(json!("a@b.c")), extra: map(json!({ "slack": "x" })) },
        description: None,
        config: map(json!({ "meta": {} })),
    };
    manifest.groups.insert(group.unique_id.clone(), Arc::new(group));
}

pub(crate) fn hook(phase: HookPhase) -> Arc<Hook> {
    let name = format!("shop-{}-0", phase.as_str());
    Arc::new(Hook {
        unique_id: format!("operation.shop.{name}").into(),
        domain: "shop".into(),
        package_name: "shop".into(),
        name: name.into(),
        phase,
        index: 1,
        total: 1,
    })
}

/// A result with a step of each kind, `seconds` long in all.
pub(crate) fn result(subject: Subject, status: NodeStatus, seconds: f64, message: Option<&str>) -> NodeResult {
    let mut result = NodeResult::skipped(subject, "Thread-1 (worker)", message.map(ToString::to_string));
    let end = noon() + TimeDelta::microseconds((seconds * 1e6) as i64);
    result.status = status;
    if status == NodeStatus::Skipped {
        return result;
    }
    result.timing = vec![
        Timing { step: TimingStep::Compile, started_at: noon(), completed_at: noon() },
        Timing { step: TimingStep::Execute, started_at: noon(), completed_at: end },
    ];
    result.execution_time = seconds;
    let file = result.subject.original_file_path().to_string();
    let path = match (result.subject.resource_type(), file.ends_with(".yml")) {
        (ResourceType::UnitTest, _) => format!("target/compiled/shop/{file}/models/{}.sql", result.subject.name()),
        (_, true) => format!("target/compiled/shop/{file}/{}.sql", result.subject.name()),
        (_, false) => format!("target/compiled/shop/{file}"),
    };
    if result.subject.resource_type() == ResourceType::UnitTest {
        result.compiled = Some(CompiledResult::default());
    }
    if let Some(compiled) = &mut result.compiled {
        compiled.compiled = true;
        compiled.compiled_code = Some("select 1".into());
        compiled.compiled_path = Some(path.into());
    }
    result
}

/// The event stream of `dbt build` on the project that [`shop`] mirrors.
pub(crate) fn build_events(manifest: &Manifest) -> Vec<RunEvent> {
    let mut build = Build { manifest, events: Vec::new(), results: Vec::new(), index: 0 };
    build.add(EventKind::InvocationStarted { version: "1.2.3".into() });
    build.add(EventKind::Found { counts: "8 models, 1 seed".into() });
    build.add(EventKind::RunStarted { threads: 1, target: "dev".into(), total: 13 });
    build.hook(HookPhase::Start);
    build.node("model.shop.vm.v1", NodeStatus::Success, 0.10, Some("OK"), None);
    build.node("seed.shop.raw_customers", NodeStatus::Success, 0.06, Some("INSERT 2"), None);
    build.node("model.shop.customers", NodeStatus::Success, 0.154, Some("OK"), None);
    build.node("test.shop.not_null_customers_id.422908bfae", NodeStatus::Pass, 0.02, None, Some(0));
    let warning = Some("Got 1 result, configured to warn if != 0");
    build.node("test.shop.not_null_customers_name.1b78bf32b9", NodeStatus::Warn, 0.12, warning, Some(1));
    let failure = Some("Got 1 result, configured to fail if != 0");
    build.node("test.shop.strict_name.be36fcba94", NodeStatus::Fail, 0.01, failure, Some(1));
    let error =
        "Runtime Error in model broken (models/broken.sql)\n  Binder Error: Referenced column \"nope\" not found";
    build.node("model.shop.broken", NodeStatus::Error, 0.01, Some(error), None);
    build.node("unit_test.shop.inc.ut", NodeStatus::Pass, 0.09, None, Some(0));
    let diff = "\n\nactual differs from expected:\n\n@@ ,id\n+++,1\n---,2\n\n";
    build.node("unit_test.shop.inc.ut_bad", NodeStatus::Fail, 0.04, Some(diff), Some(1));
    build.skip("model.shop.inc", SkipReason::Upstream);
    build.node("snapshot.shop.snap", NodeStatus::Success, 0.06, Some("OK"), None);
    build.add(EventKind::Log { message: "hello info".into(), info: true });
    build.add(EventKind::Log { message: "hello log".into(), info: false });
    build.add(EventKind::Print { message: "printed".into() });
    let cause = Arc::new(result(build.subject("model.shop.eph"), NodeStatus::Skipped, 0.0, None));
    build.skip("model.shop.orders", SkipReason::Ephemeral { cause });
    build.node("exposure.shop.dash", NodeStatus::NoOp, 0.0, Some("NO-OP"), Some(0));
    build.hook(HookPhase::End);
    let results = build.results.clone().into();
    build.add(EventKind::RunFinished { told: crate::run::EndOfRun::All, results, elapsed: 3661.5, interrupted: false });
    build.events
}

struct Build<'a> {
    manifest: &'a Manifest,
    events: Vec<RunEvent>,
    results: Vec<Arc<NodeResult>>,
    index: usize,
}

impl Build<'_> {
    fn add(&mut self, kind: EventKind) {
        self.events.push(event(kind));
    }

    fn subject(&self, id: &str) -> Subject {
        Subject::Node(self.manifest.nodes[id].clone())
    }

    fn in_progress(&mut self, id: &str) -> NodeInProgress {
        self.index += 1;
        let node = self.manifest.nodes[id].clone();
        let description = describe_node(&node, "shop").into();
        NodeInProgress { index: self.index, total: 13, node, description, started_at: noon() }
    }

    fn node(&mut self, id: &str, status: NodeStatus, seconds: f64, message: Option<&str>, failures: Option<i64>) {
        let node = self.in_progress(id);
        let mut result = result(self.subject(id), status, seconds, message);
        result.failures = failures;
        let result = Arc::new(result);
        self.results.push(result.clone());
        self.add(EventKind::NodeStarted { node: node.clone() });
        self.add(EventKind::NodeFinished { node, result });
    }

    fn skip(&mut self, id: &str, reason: SkipReason) {
        let node = self.in_progress(id);
        let message = match reason {
            SkipReason::Ephemeral { .. } => Some("Compilation Error in model.shop.orders"),
            _ => None,
        };
        self.results.push(Arc::new(result(self.subject(id), NodeStatus::Skipped, 0.0, message)));
        self.add(EventKind::NodeSkipped { node, reason });
    }

    fn hook(&mut self, phase: HookPhase) {
        let hook = hook(phase);
        let mut result = result(Subject::Hook(hook.clone()), NodeStatus::Success, 0.01, Some("passed"));
        result.failures = Some(0);
        let result = Arc::new(result);
        self.results.push(result.clone());
        self.add(EventKind::HookStarted { hook: hook.clone() });
        self.add(EventKind::HookFinished { hook, result });
    }
}
