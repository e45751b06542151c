//! The phases of a command, each by itself, on a project of 200 models with two tests each that is made in memory.
//!
//! `cargo bench --bench phases` shows the time of each; `-- resolve` of one. What a whole command takes beside other programs is
//! measured in `peers`, what may not grow unnoticed in `instructions`.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use indexmap::IndexMap;
use meshbuild::compile::Program;
use meshbuild::diagnostic::{Diagnostic, SourceMap};
use meshbuild::jinja::context::{Invocation, NodeDict, Silent};
use meshbuild::jinja::{DomainMacros, InternalMacros};
use meshbuild::manifest::{
    Domain, DomainName, JsonMap, Manifest, Node, NodeKind, QuotePolicy, ResourceType, Target, Vars,
};
use meshbuild::parse::{self, DomainInput, PackageInput, ParseContext, ParsedDomain};
use meshbuild::plan::{PlanOptions, plan};
use meshbuild::project::files::{FileKind, Search, find_files, read_files};
use meshbuild::project::ignore::IgnoreRules;
use meshbuild::project::project_file::{Configs, ProjectFile, ProjectSource, ReadOptions};
use meshbuild::project::render::Unrendered;
use meshbuild::project::tree::MemoryTree;
use meshbuild::project::yaml::load;
use meshbuild::selector::{
    Command, Index, ResourceFilter, Scope, SelectionArguments, SelectionContext, Selectors, select,
};
use meshbuild::sql::{NoColumns, lineage, references};
use meshbuild::state::{Comparison, PreviousState};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

include!(concat!(env!("OUT_DIR"), "/builtin_macros.rs"));

const MODELS: usize = 200;

fn name(model: usize) -> String {
    format!("model_{model:04}")
}

/// Each model reads up to two earlier ones; a tenth are incremental.
fn sql(model: usize) -> String {
    let kind = if model % 10 == 3 { "incremental" } else { "table" };
    let read = |at: usize| format!("select id, amount, status from {{{{ ref('{}') }}}}", name(at));
    let inputs = match model {
        0 => "select 1 as id, 2 as amount, 'a' as status".to_string(),
        1 | 2 => read(model - 1),
        _ => format!("{} union all {}", read(model - 1), read(model / 2)),
    };
    format!(
        "{{{{ config(materialized='{kind}', tags=['t{}']) }}}}\nwith inputs as (\n    {inputs}\n)\nselect id, sum(amount) as amount, \
         max(status) as status from inputs\n{{% if target.name == 'dev' %}} where id > 0 {{% endif %}}\ngroup by id",
        model % 7
    )
}

fn properties() -> String {
    let entry = |model: usize| {
        format!(
            "  - name: {}\n    description: number {model}\n    columns:\n      - name: id\n        data_tests: [unique, not_null]\n      \
             - {{name: amount, description: what it is worth}}\n",
            name(model)
        )
    };
    format!("models:\n{}", (0..MODELS).map(entry).collect::<String>())
}

fn tree() -> MemoryTree {
    let mut tree = MemoryTree::new().with("dbt_project.yml", "name: shop\nmodels:\n  shop:\n    +schema: marts\n");
    tree.insert("models/models.yml", properties());
    (0..MODELS).for_each(|model| tree.insert(format!("models/{}.sql", name(model)), sql(model)));
    tree
}

fn project(tree: &MemoryTree) -> ProjectFile {
    let mut diagnostics = Vec::new();
    let options = ReadOptions { renderer: &Unrendered, verify_version: false, target_path: None };
    let source = ProjectSource::load(tree, "", &SourceMap::default(), &mut diagnostics);
    let project = source.and_then(|source| source.read(&options, &mut diagnostics));
    expect_nothing(&diagnostics);
    project.unwrap_or_else(|| panic!("a project"))
}

fn expect_nothing(diagnostics: &[Diagnostic]) {
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
}

fn domain() -> Domain {
    let shop: Arc<str> = "shop".into();
    Domain {
        name: "shop".into(),
        root: String::new(),
        depends_on: Vec::new(),
        packages: vec![shop.clone()],
        owner: None,
        target: Target { database: "shop".into(), schema: "main".into(), name: "dev".into(), ..Target::default() },
        quoting: QuotePolicy::default(),
        on_run_start: Vec::new(),
        on_run_end: Vec::new(),
        vars: Vars { command_line: JsonMap::new(), packages: IndexMap::from([(shop, JsonMap::new())]) },
        dispatch: IndexMap::new(),
        flags: JsonMap::new(),
        query_comment: None,
        restricted_packages: Vec::new(),
        projects: IndexMap::new(),
    }
}

fn input(tree: &MemoryTree) -> DomainInput {
    let file = project(tree);
    let (ignore, paths) = (IgnoreRules::default(), file.paths.clone());
    let search = Search { folder: "", paths: &paths, ignore: &ignore, jinja_extensions: false };
    let files = read_files(tree, &find_files(tree, &search, &FileKind::ALL));
    let files = files.into_iter().map(|file| file.unwrap_or_else(|error| panic!("{error}"))).collect();
    let packages = vec![PackageInput { file, files }];
    DomainInput { domain: Arc::new(domain()), in_mesh: false, is_first: true, packages, defaults: Configs::default() }
}

fn internal() -> Arc<InternalMacros> {
    parse::internal_macros(BUILTIN_MACROS).unwrap_or_else(|error| panic!("{error}"))
}

fn context(internal: Arc<InternalMacros>) -> ParseContext {
    let node_dict: Arc<NodeDict> = Arc::new(|node| meshbuild::artifacts::node_dict(node, ""));
    let started_at = "2026-01-01T00:00:00Z".parse().unwrap_or_else(|error| panic!("{error}"));
    let invocation = Invocation::new("an-id".into(), started_at, "build", Arc::new(Silent));
    ParseContext { invocation: Arc::new(invocation), node_dict, internal, sources: Arc::default() }
}

fn parsed(input: &DomainInput, context: &ParseContext) -> (ParsedDomain, Arc<DomainMacros>) {
    let parsed = parse::parse(input, context);
    expect_nothing(&parsed.diagnostics);
    (parsed.domain, parsed.macros)
}

/// Everything that later phases begin with.
struct Mesh {
    input: DomainInput,
    context: ParseContext,
    parsed: ParsedDomain,
    macros: Arc<DomainMacros>,
    manifest: Arc<Manifest>,
}

fn mesh() -> Mesh {
    let (input, context) = (input(&tree()), context(internal()));
    let (domain, macros) = parsed(&input, &context);
    let (manifest, diagnostics) = meshbuild::resolve::resolve(vec![domain.clone()]);
    expect_nothing(&diagnostics);
    assert_eq!(manifest.nodes.len(), 3 * MODELS);
    Mesh { input, context, parsed: domain, macros, manifest: Arc::new(manifest) }
}

fn program(mesh: &Mesh) -> Arc<Program> {
    let macros: HashMap<DomainName, _> = HashMap::from([("shop".into(), mesh.macros.clone())]);
    let (invocation, node_dict) = (mesh.context.invocation.clone(), mesh.context.node_dict.clone());
    Arc::new(Program::new(
        mesh.manifest.clone(),
        macros,
        invocation,
        node_dict,
        meshbuild::artifacts::group_dict,
        "/".into(),
    ))
}

fn compiled(program: &Arc<Program>, node: &Arc<Node>) -> String {
    program.compile(node, None).unwrap_or_else(|error| panic!("{error:?}")).code
}

fn reading(criterion: &mut Criterion) {
    let (tree, text) = (tree(), properties());
    criterion.bench_function("read: files of 200 models", |bencher| bencher.iter(|| input(black_box(&tree))));
    criterion.bench_function("read: YAML of 200 models", |bencher| {
        let file: Arc<str> = "models.yml".into();
        bencher.iter(|| load(&file, black_box(&text), &mut Vec::new()));
    });
    criterion.bench_function("read: macros of the program", |bencher| bencher.iter(internal));
}

fn parsing(criterion: &mut Criterion) {
    let mesh = mesh();
    criterion.bench_function("parse: 200 models, 400 tests", |bencher| {
        bencher.iter(|| parsed(black_box(&mesh.input), &mesh.context));
    });
    criterion.bench_function("resolve: 600 nodes", |bencher| {
        let domain = || vec![mesh.parsed.clone()];
        bencher.iter_batched(domain, meshbuild::resolve::resolve, BatchSize::LargeInput);
    });
}

fn choosing(criterion: &mut Criterion) {
    let mesh = mesh();
    let words = |select: &str| SelectionArguments { select: vec![select.into()], ..SelectionArguments::default() };
    let nothing = PreviousState::default();
    let comparison = Comparison::new(&mesh.manifest, &nothing, mesh.context.invocation.started_at);
    let (scope, selectors) = (Scope { domains: None }, Selectors::default());
    let filter = ResourceFilter::new(Command::Build, &[], &[]);
    criterion.bench_function("select: index of 600 nodes", |bencher| {
        bencher.iter(|| Index::new(black_box(&mesh.manifest)));
    });
    let index = Index::new(&mesh.manifest);
    let context = SelectionContext { index: &index, comparison: &comparison, scope: &scope, selectors: &selectors };
    for text in ["model_0100+", "tag:t3,+model_0150", "path:models"] {
        criterion.bench_function(&format!("select: {text}"), |bencher| {
            let expression = words(text).parse().unwrap_or_else(|errors| panic!("{errors:?}"));
            bencher.iter(|| select(black_box(&expression), &filter, &context));
        });
    }
    let everything = words("shop").parse().unwrap_or_else(|errors| panic!("{errors:?}"));
    let selection = select(&everything, &filter, &context).selection;
    assert_eq!(selection.len(), 3 * MODELS);
    criterion.bench_function("plan: 600 nodes", |bencher| {
        bencher.iter(|| plan(&index, black_box(&selection), PlanOptions::default()));
    });
}

fn compiling(criterion: &mut Criterion) {
    let mesh = mesh();
    let of_kind = |kind| mesh.manifest.nodes.values().find(|node| node.resource_type() == kind);
    for kind in [ResourceType::Model, ResourceType::DataTest] {
        let Some(node) = of_kind(kind) else { panic!("there is a {kind}") };
        let program = program(&mesh);
        criterion.bench_function(&format!("compile: a {kind}"), |bencher| {
            bencher.iter(|| compiled(&program, black_box(node)));
        });
    }
    let program = program(&mesh);
    let mut models = mesh.manifest.nodes.values().filter(|node| matches!(node.kind, NodeKind::Model(_)));
    let Some(last) = models.next_back() else { panic!("there are models") };
    let text = compiled(&program, last);
    criterion.bench_function("sql: references of a model", |bencher| {
        bencher.iter(|| references(black_box(&text), &NoColumns));
    });
    criterion.bench_function("sql: lineage of a model", |bencher| {
        bencher.iter(|| lineage(black_box(&text), &NoColumns, None));
    });
}

criterion_group!(phases, reading, parsing, choosing, compiling);
criterion_main!(phases);
