//! Entries of `nodes`: models, seeds, snapshots, data tests, analyses and operations.

use super::code::{CompiledFields, ExtraCteFields};
use super::document::Context;
use crate::manifest::{
    Checksum, Column, Constraint, FunctionArgument, FunctionCall, FunctionOverload, FunctionReturns, JsonMap,
    MetricCall, Model, Node, NodeKind, RefCall, SourceCall, TimeSpine, UniqueId,
};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// A node, its fields in dbt's order.
#[derive(Serialize)]
pub(super) struct NodeFields<'a> {
    #[serde(flatten)]
    resource: ResourceFields<'a>,
    #[serde(flatten)]
    code: CodeFields<'a>,
    #[serde(flatten)]
    kind: Option<KindFields<'a>>,
}

/// What every entry of `nodes` begins with.
#[derive(Serialize)]
struct ResourceFields<'a> {
    database: Option<&'a str>,
    schema: &'a str,
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    fqn: Cow<'a, [Arc<str>]>,
    alias: &'a str,
    checksum: ChecksumFields<'a>,
    config: &'a JsonMap,
    tags: &'a [String],
    description: &'a str,
    columns: ColumnsFields<'a>,
    meta: &'a JsonMap,
    group: Option<&'a str>,
    docs: DocsSettings<'a>,
    patch_path: Option<&'a str>,
    build_path: Option<&'a str>,
    unrendered_config: Cow<'a, JsonMap>,
    created_at: f64,
    relation_name: Option<String>,
    raw_code: &'a str,
    doc_blocks: &'a [String],
}

/// Seeds have no code; everything else does.
#[derive(Serialize)]
#[serde(untagged)]
enum CodeFields<'a> {
    Seed { root_path: String, depends_on: MacroDependencies<'a> },
    Code(Box<SqlFields<'a>>),
}

#[derive(Serialize)]
struct SqlFields<'a> {
    language: &'static str,
    refs: Vec<RefFields<'a>>,
    sources: Vec<[&'a str; 2]>,
    metrics: Vec<Vec<&'a str>>,
    functions: Vec<Vec<&'a str>>,
    depends_on: Dependencies<'a>,
    compiled_path: Option<&'a str>,
    #[serde(flatten)]
    compiled: Option<CompiledFields<'a>>,
    contract: ContractFields<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum KindFields<'a> {
    Model(ModelFields<'a>),
    GenericTest {
        column_name: Option<&'a str>,
        file_key_name: Option<&'a str>,
        attached_node: Option<Cow<'a, str>>,
        test_metadata: TestMetadataFields<'a>,
    },
    Operation {
        index: Option<usize>,
    },
    Function {
        arguments: Vec<FunctionArgumentFields<'a>>,
        returns: FunctionReturnsFields<'a>,
        /// dbt-core 1.11 knows none.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        overloads: Vec<FunctionOverloadFields<'a>>,
    },
}

#[derive(Serialize)]
struct ModelFields<'a> {
    access: &'static str,
    constraints: Vec<ModelConstraintFields<'a>>,
    version: Option<Value>,
    latest_version: Option<Value>,
    deprecation_date: Option<&'a str>,
    primary_key: &'a [String],
    time_spine: Option<TimeSpineFields<'a>>,
}

#[derive(Serialize)]
struct TimeSpineFields<'a> {
    standard_granularity_column: &'a str,
    custom_granularities: Vec<CustomGranularityFields<'a>>,
}

#[derive(Serialize)]
struct CustomGranularityFields<'a> {
    name: &'a str,
    column_name: Option<&'a str>,
}

impl<'a> TimeSpineFields<'a> {
    fn new(spine: &'a TimeSpine) -> Self {
        let custom = spine.custom_granularities.iter();
        TimeSpineFields {
            standard_granularity_column: &spine.standard_granularity_column,
            custom_granularities: custom
                .map(|(name, column)| CustomGranularityFields { name, column_name: column.as_deref() })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct FunctionArgumentFields<'a> {
    name: &'a str,
    data_type: &'a str,
    description: Option<&'a str>,
    default_value: Option<&'a Value>,
}

#[derive(Serialize)]
struct FunctionReturnsFields<'a> {
    data_type: &'a str,
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct FunctionOverloadFields<'a> {
    defined_in: &'a str,
    arguments: Vec<FunctionArgumentFields<'a>>,
    returns: Option<FunctionReturnsFields<'a>>,
    description: Option<&'a str>,
    raw_body: &'a str,
    compiled_body: Option<&'a str>,
}

impl<'a> FunctionOverloadFields<'a> {
    fn new(overload: &'a FunctionOverload, compiled_body: Option<&'a str>) -> Self {
        FunctionOverloadFields {
            defined_in: &overload.defined_in,
            arguments: overload.arguments.iter().map(FunctionArgumentFields::new).collect(),
            returns: overload.returns.as_ref().map(FunctionReturnsFields::new),
            description: overload.description.as_deref(),
            raw_body: &overload.raw_body,
            compiled_body,
        }
    }
}

impl<'a> FunctionReturnsFields<'a> {
    fn new(returns: &'a FunctionReturns) -> Self {
        FunctionReturnsFields { data_type: &returns.data_type, description: returns.description.as_deref() }
    }
}

/// A `function` call as a list of its one or two names.
fn function_call(call: &FunctionCall) -> Vec<&str> {
    call.package.as_deref().into_iter().chain([call.name.as_str()]).collect()
}

#[derive(Serialize)]
struct TestMetadataFields<'a> {
    name: &'a str,
    kwargs: &'a JsonMap,
    namespace: Option<&'a str>,
}

impl<'a> NodeFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Self {
        NodeFields {
            resource: ResourceFields::new(node, context),
            code: CodeFields::new(node, context),
            kind: KindFields::new(node, context),
        }
    }
}

impl<'a> ResourceFields<'a> {
    fn new(node: &'a Node, context: &Context<'a>) -> Self {
        let (database, schema) = place(node, context);
        let compiled = context.compiled.get(&node.unique_id);
        ResourceFields {
            database,
            schema,
            name: &node.name,
            resource_type: node.resource_type().as_str(),
            package_name: &node.package_name,
            path: &node.path,
            original_file_path: &node.original_file_path,
            unique_id: context.view.id(&node.unique_id),
            fqn: Cow::Borrowed(&node.fqn),
            alias: &node.alias,
            checksum: ChecksumFields::new(&node.checksum),
            config: &node.config.values,
            tags: &node.config.tags,
            description: &node.description,
            columns: ColumnsFields::new(&node.columns, compiled.map(|compiled| &compiled.foreign_keys)),
            meta: &node.config.meta,
            group: node.config.group.as_deref(),
            docs: DocsSettings { show: node.show_in_docs, node_color: node.node_color.as_deref() },
            patch_path: node.patch_path.as_deref(),
            build_path: compiled.and_then(|compiled| compiled.build_path.as_deref()),
            unrendered_config: Cow::Borrowed(&node.unrendered_config),
            created_at: context.created_at,
            relation_name: compiled
                .and_then(|compiled| compiled.relation_name.clone())
                .or_else(|| node.relation_name()),
            // The rows of a seed are not code.
            raw_code: if matches!(node.kind, NodeKind::Seed(_)) { "" } else { &node.raw_code },
            doc_blocks: &node.doc_blocks,
        }
    }
}

/// Database and schema of a node; of the target for what is never built.
pub(super) fn place<'a>(node: &'a Node, context: &Context<'a>) -> (Option<&'a str>, &'a str) {
    let target = context.target(&node.domain);
    let relation = node.relation.as_ref();
    let database = relation.and_then(|relation| relation.database.as_deref()).or(target.map(|(database, _)| database));
    let schema = relation.and_then(|relation| relation.schema.as_deref()).or(target.map(|(_, schema)| schema));
    (database, schema.unwrap_or_default())
}

impl<'a> CodeFields<'a> {
    fn new(node: &'a Node, context: &Context<'a>) -> Self {
        if let NodeKind::Seed(seed) = &node.kind {
            let separator = if seed.root.is_empty() || context.root.is_empty() { "" } else { "/" };
            let root_path = format!("{}{separator}{}", context.root, seed.root);
            let macros = context.view.ids(&node.depends_on.macros);
            return CodeFields::Seed { root_path, depends_on: MacroDependencies { macros } };
        }
        let compiled = context.compiled.get(&node.unique_id);
        let cte = |cte: &'a super::ExtraCte| ExtraCteFields { id: context.view.id(&cte.id), sql: &cte.sql };
        CodeFields::Code(Box::new(SqlFields {
            language: node.language.as_str(),
            refs: refs(&node.refs),
            sources: sources(&node.sources),
            metrics: metrics(&node.metrics),
            functions: node.functions.iter().map(function_call).collect(),
            depends_on: Dependencies::new(node, context),
            compiled_path: compiled.and_then(|compiled| compiled.compiled_path.as_deref()),
            compiled: compiled.map(|compiled| CompiledFields {
                compiled: true,
                compiled_code: &compiled.compiled_code,
                extra_ctes_injected: true,
                extra_ctes: compiled.extra_ctes.iter().map(cte).collect(),
            }),
            contract: ContractFields {
                enforced: node.config.contract.enforced,
                alias_types: node.config.contract.alias_types,
                checksum: node.as_model().and_then(|model| model.contract_checksum.as_deref()),
            },
        }))
    }
}

impl<'a> KindFields<'a> {
    fn new(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        match &node.kind {
            NodeKind::Model(model) => {
                let compiled = context.compiled.get(&node.unique_id);
                Some(KindFields::Model(ModelFields::new(model, compiled.map(|compiled| &compiled.foreign_keys))))
            }
            NodeKind::DataTest(test) => test.metadata.as_ref().map(|metadata| KindFields::GenericTest {
                column_name: test.column_name.as_deref(),
                file_key_name: test.file_key_name.as_deref(),
                attached_node: test.attached_node.as_ref().map(|id| context.view.id(id)),
                test_metadata: TestMetadataFields {
                    name: &metadata.name,
                    kwargs: &metadata.kwargs,
                    namespace: metadata.namespace.as_deref(),
                },
            }),
            NodeKind::Operation => {
                // The number in the name counts from 0; once a hook has run, dbt counts it from 1.
                let number = node.name.rsplit('-').next().and_then(|number| number.parse::<usize>().ok());
                let ran = usize::from(context.compiled.contains_key(&node.unique_id));
                Some(KindFields::Operation { index: number.map(|number| number + ran) })
            }
            NodeKind::Function(function) => Some(KindFields::Function {
                arguments: function.arguments.iter().map(FunctionArgumentFields::new).collect(),
                returns: FunctionReturnsFields::new(&function.returns),
                overloads: {
                    let bodies = context.compiled.get(&node.unique_id).map_or(&[][..], |compiled| &compiled.overloads);
                    let bodies = bodies.iter().map(|body| Some(body.as_str())).chain(std::iter::repeat(None));
                    let overloads = function.overloads.iter().zip(bodies);
                    overloads.map(|(overload, body)| FunctionOverloadFields::new(overload, body)).collect()
                },
            }),
            _ => None,
        }
    }
}

impl<'a> FunctionArgumentFields<'a> {
    fn new(argument: &'a FunctionArgument) -> Self {
        FunctionArgumentFields {
            name: &argument.name,
            data_type: &argument.data_type,
            description: argument.description.as_deref(),
            default_value: argument.default_value.as_ref(),
        }
    }
}

impl<'a> ModelFields<'a> {
    fn new(model: &'a Model, relations: ForeignKeys<'a>) -> Self {
        let constraint = |constraint| ModelConstraintFields::new(constraint, relations);
        ModelFields {
            access: model.access.as_str(),
            constraints: model.constraints.iter().map(constraint).collect(),
            version: model.version.as_ref().map(crate::manifest::Version::to_json),
            latest_version: model.latest_version.as_ref().map(crate::manifest::Version::to_json),
            deprecation_date: model.deprecation_date.as_deref(),
            primary_key: &model.primary_key,
            time_spine: model.time_spine.as_ref().map(TimeSpineFields::new),
        }
    }
}

/// A public model of another domain: its name and what a consumer may know, no code and no path.
#[derive(Serialize)]
pub(super) struct ExternalFields<'a> {
    #[serde(flatten)]
    resource: ResourceFields<'a>,
    #[serde(flatten)]
    code: SqlFields<'a>,
    #[serde(flatten)]
    model: ModelFields<'a>,
}

impl<'a> ExternalFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Self {
        static NONE: LazyLock<JsonMap> = LazyLock::new(JsonMap::new);
        static NO_MODEL: LazyLock<Model> = LazyLock::new(Model::default);
        static NO_COLUMNS: LazyLock<IndexMap<String, Column>> = LazyLock::new(IndexMap::new);
        let model = node.as_model().unwrap_or(&NO_MODEL);
        let version = model.version.as_ref().map(|version| format!("v{version}").into());
        let fqn = [node.package_name.clone(), node.name.clone()].into_iter().chain(version);
        let resource = ResourceFields {
            path: "",
            original_file_path: "",
            fqn: fqn.collect(),
            checksum: external_checksum(node),
            config: &EXTERNAL_CONFIG,
            tags: &[],
            description: "",
            columns: ColumnsFields::new(&NO_COLUMNS, None),
            meta: &NONE,
            group: None,
            docs: DocsSettings { show: true, node_color: None },
            patch_path: None,
            build_path: None,
            unrendered_config: Cow::Owned(external_unrendered_config(node)),
            raw_code: "",
            doc_blocks: &[],
            ..ResourceFields::new(node, context)
        };
        let code = SqlFields {
            language: "sql",
            refs: Vec::new(),
            sources: Vec::new(),
            metrics: Vec::new(),
            functions: Vec::new(),
            depends_on: Dependencies { macros: Vec::new(), nodes: Vec::new() },
            compiled_path: None,
            compiled: None,
            contract: ContractFields { enforced: false, alias_types: true, checksum: None },
        };
        let model = ModelFields { constraints: Vec::new(), primary_key: &[], ..ModelFields::new(model, None) };
        ExternalFields { resource, code, model }
    }
}

/// The checksum of an external model. dbt hashes its id with the time at which it was published; here the code of another
/// domain does not show and equal meshes give equal manifests, so it is the id alone.
fn external_checksum(node: &Node) -> ChecksumFields<'static> {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(node.unique_id.as_str().as_bytes());
    let checksum: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    ChecksumFields { name: "sha256", checksum: Cow::Owned(checksum) }
}

/// What dbt calls the unrendered config of an external model: the parts of its relation.
fn external_unrendered_config(node: &Node) -> JsonMap {
    let relation = node.relation.as_ref();
    let schema = relation.and_then(|relation| relation.schema.as_deref());
    let database = relation.and_then(|relation| relation.database.as_deref());
    let parts = [("alias", Some(node.alias.as_str())), ("schema", schema), ("database", database)];
    let written = parts.into_iter().filter_map(|(key, value)| Some((key.to_string(), Value::from(value?))));
    written.collect()
}

/// The config that dbt gives every external model: nothing but defaults.
static EXTERNAL_CONFIG: LazyLock<JsonMap> = LazyLock::new(|| {
    let config = serde_json::json!({
        "enabled": true, "alias": null, "schema": null, "database": null, "tags": [], "meta": {}, "group": null,
        "static_analysis": null, "materialized": "view", "incremental_strategy": null, "batch_size": null,
        "lookback": 1, "begin": null, "persist_docs": {}, "post-hook": [], "pre-hook": [], "quoting": {},
        "column_types": {}, "full_refresh": null, "unique_key": null, "on_schema_change": "ignore",
        "on_configuration_change": "apply", "grants": {}, "packages": [],
        "docs": { "show": true, "node_color": null }, "contract": { "enforced": false, "alias_types": true },
        "event_time": null, "concurrent_batches": null, "access": "protected", "freshness": null,
    });
    match config {
        Value::Object(map) => map,
        _ => JsonMap::new(),
    }
});

#[derive(Serialize)]
pub(super) struct ChecksumFields<'a> {
    name: &'a str,
    checksum: Cow<'a, str>,
}

impl<'a> ChecksumFields<'a> {
    fn new(checksum: &'a Checksum) -> Self {
        let name = if checksum.algorithm.is_empty() { "none" } else { &*checksum.algorithm };
        ChecksumFields { name, checksum: Cow::Borrowed(&checksum.value) }
    }
}

#[derive(Serialize)]
pub(super) struct DocsSettings<'a> {
    pub show: bool,
    pub node_color: Option<&'a str>,
}

#[derive(Serialize)]
struct ContractFields<'a> {
    enforced: bool,
    alias_types: bool,
    checksum: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct RefFields<'a> {
    name: &'a str,
    package: Option<&'a str>,
    version: Option<Value>,
}

pub(super) fn refs(calls: &[RefCall]) -> Vec<RefFields<'_>> {
    let fields = calls.iter().map(|call| RefFields {
        name: &call.name,
        package: call.package.as_deref(),
        version: call.version.as_ref().map(crate::manifest::Version::to_json),
    });
    fields.collect()
}

/// `metric` calls as artifacts list them.
pub(super) fn metrics(calls: &[MetricCall]) -> Vec<Vec<&str>> {
    calls.iter().map(MetricCall::words).collect()
}

pub(super) fn sources(calls: &[SourceCall]) -> Vec<[&str; 2]> {
    calls.iter().map(|call| [call.source_name.as_str(), call.table_name.as_str()]).collect()
}

#[derive(Serialize)]
pub(super) struct MacroDependencies<'a> {
    pub macros: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
pub(super) struct Dependencies<'a> {
    macros: Vec<Cow<'a, str>>,
    nodes: Vec<Cow<'a, str>>,
}

impl<'a> Dependencies<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Self {
        let ids = |ids: &'a [UniqueId]| context.view.ids(ids);
        Dependencies { macros: ids(&node.depends_on.macros), nodes: ids(&node.depends_on.nodes) }
    }
}

/// Relations that foreign keys point at, by the text that stands in `to`; once a node is compiled, they take its place.
type ForeignKeys<'a> = Option<&'a BTreeMap<String, String>>;

/// Columns by name.
pub(super) struct ColumnsFields<'a> {
    columns: &'a IndexMap<String, Column>,
    relations: ForeignKeys<'a>,
}

impl<'a> ColumnsFields<'a> {
    pub fn new(columns: &'a IndexMap<String, Column>, relations: ForeignKeys<'a>) -> Self {
        ColumnsFields { columns, relations }
    }
}

impl Serialize for ColumnsFields<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_map(self.columns.iter().map(|(name, column)| (name, ColumnFields::new(column, self.relations))))
    }
}

#[derive(Serialize)]
struct ColumnFields<'a> {
    name: &'a str,
    description: &'a str,
    meta: &'a JsonMap,
    data_type: Option<&'a str>,
    constraints: Vec<ConstraintFields<'a>>,
    quote: Option<bool>,
    config: ColumnConfigFields<'a>,
    tags: &'a [String],
    granularity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimension: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'a Value>,
    doc_blocks: &'a [String],
    #[serde(flatten)]
    extra: &'a JsonMap,
}

impl<'a> ColumnFields<'a> {
    fn new(column: &'a Column, relations: ForeignKeys<'a>) -> Self {
        let constraint = |constraint| ConstraintFields::new(constraint, relations);
        ColumnFields {
            name: &column.name,
            description: &column.description,
            meta: &column.meta,
            data_type: column.data_type.as_deref(),
            constraints: column.constraints.iter().map(constraint).collect(),
            quote: column.quote,
            config: ColumnConfigFields(column),
            tags: &column.tags,
            granularity: column.granularity.as_deref(),
            dimension: column.dimension.as_ref(),
            entity: column.entity.as_ref(),
            doc_blocks: &column.doc_blocks,
            extra: &column.extra,
        }
    }
}

/// `config:` of a column, which dbt fills with the column's own `meta` and `tags`.
struct ColumnConfigFields<'a>(&'a Column);

impl Serialize for ColumnConfigFields<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let Column { config, meta, tags, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        match config.get("meta") {
            Some(written) => map.serialize_entry("meta", written)?,
            None => map.serialize_entry("meta", meta)?,
        }
        match config.get("tags") {
            Some(written) => map.serialize_entry("tags", written)?,
            None => map.serialize_entry("tags", tags)?,
        }
        for (key, value) in config.iter().filter(|(key, _)| *key != "meta" && *key != "tags") {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct ConstraintFields<'a> {
    #[serde(rename = "type")]
    constraint_type: &'a str,
    name: Option<&'a str>,
    expression: Option<&'a str>,
    warn_unenforced: bool,
    warn_unsupported: bool,
    to: Option<&'a str>,
    to_columns: &'a [String],
}

impl<'a> ConstraintFields<'a> {
    fn new(constraint: &'a Constraint, relations: ForeignKeys<'a>) -> Self {
        let to = constraint.to.as_deref();
        ConstraintFields {
            constraint_type: &constraint.constraint_type,
            name: constraint.name.as_deref(),
            expression: constraint.expression.as_deref(),
            warn_unenforced: constraint.warn_unenforced,
            warn_unsupported: constraint.warn_unsupported,
            to: to.map(|to| relations.and_then(|relations| relations.get(to)).map_or(to, String::as_str)),
            to_columns: &constraint.to_columns,
        }
    }
}

#[derive(Serialize)]
struct ModelConstraintFields<'a> {
    #[serde(flatten)]
    constraint: ConstraintFields<'a>,
    columns: &'a [String],
}

impl<'a> ModelConstraintFields<'a> {
    fn new(constraint: &'a Constraint, relations: ForeignKeys<'a>) -> Self {
        let fields = ConstraintFields::new(constraint, relations);
        ModelConstraintFields { constraint: fields, columns: &constraint.columns }
    }
}
