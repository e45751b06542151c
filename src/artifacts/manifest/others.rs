//! Entries of the other sections: sources, macros, docs, exposures, groups, unit tests.

use super::document::Context;
use super::node::{
    ColumnsFields, Dependencies, DocsSettings, MacroDependencies, RefFields, metrics, place, refs, sources,
};
use crate::manifest::{
    DocsBlock, Freshness, FreshnessLimit, Group, JsonMap, Macro, Node, NodeKind, Owner, UnitTest, UnitTestFixture,
    Version,
};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// An entry of `sources`.
#[derive(Serialize)]
pub(super) struct SourceFields<'a> {
    database: Option<&'a str>,
    schema: &'a str,
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    fqn: &'a [Arc<str>],
    source_name: &'a str,
    source_description: &'a str,
    loader: &'a str,
    identifier: &'a str,
    quoting: QuotingFields<'a>,
    loaded_at_field: Option<&'a str>,
    loaded_at_query: Option<&'a str>,
    freshness: Option<FreshnessFields<'a>>,
    external: Option<&'a Value>,
    description: &'a str,
    columns: ColumnsFields<'a>,
    meta: &'a JsonMap,
    source_meta: &'a JsonMap,
    tags: &'a [String],
    config: &'a JsonMap,
    patch_path: Option<&'a str>,
    unrendered_config: &'a JsonMap,
    relation_name: Option<String>,
    created_at: f64,
    unrendered_database: Option<&'a str>,
    unrendered_schema: Option<&'a str>,
    doc_blocks: &'a [String],
}

impl<'a> SourceFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        let source = node.as_source()?;
        let (database, schema) = place(node, context);
        let identifier = node.relation.as_ref().and_then(|relation| relation.identifier.as_deref());
        let part = |part: &str| source.quoting.get(part);
        Some(SourceFields {
            database,
            schema,
            name: &node.name,
            resource_type: "source",
            package_name: &node.package_name,
            path: &node.path,
            original_file_path: &node.original_file_path,
            unique_id: context.view.id(&node.unique_id),
            fqn: &node.fqn,
            source_name: &source.source_name,
            source_description: &source.source_description,
            loader: &source.loader,
            identifier: identifier.unwrap_or(&node.name),
            quoting: QuotingFields {
                database: part("database"),
                schema: part("schema"),
                identifier: part("identifier"),
                column: part("column"),
            },
            loaded_at_field: source.loaded_at_field.as_deref(),
            loaded_at_query: source.loaded_at_query.as_deref(),
            freshness: source.freshness.as_ref().map(FreshnessFields::new),
            external: source.external.as_ref(),
            description: &node.description,
            columns: ColumnsFields::new(&node.columns, None),
            meta: &node.config.meta,
            source_meta: &source.source_meta,
            tags: &node.config.tags,
            config: &node.config.values,
            patch_path: node.patch_path.as_deref(),
            unrendered_config: &node.unrendered_config,
            relation_name: node.relation_name(),
            created_at: context.created_at,
            unrendered_database: source.unrendered_database.as_deref(),
            unrendered_schema: source.unrendered_schema.as_deref(),
            doc_blocks: &node.doc_blocks,
        })
    }
}

#[derive(Serialize)]
struct QuotingFields<'a> {
    database: Option<&'a Value>,
    schema: Option<&'a Value>,
    identifier: Option<&'a Value>,
    column: Option<&'a Value>,
}

#[derive(Serialize)]
struct FreshnessFields<'a> {
    warn_after: LimitFields<'a>,
    error_after: LimitFields<'a>,
    filter: Option<&'a str>,
}

#[derive(Serialize, Default)]
struct LimitFields<'a> {
    count: Option<i64>,
    period: Option<&'a str>,
}

impl<'a> FreshnessFields<'a> {
    fn new(freshness: &'a Freshness) -> Self {
        let limit = |limit: &'a Option<FreshnessLimit>| match limit {
            Some(FreshnessLimit { count, period }) => LimitFields { count: *count, period: period.as_deref() },
            None => LimitFields::default(),
        };
        FreshnessFields {
            warn_after: limit(&freshness.warn_after),
            error_after: limit(&freshness.error_after),
            filter: freshness.filter.as_deref(),
        }
    }
}

/// An entry of `exposures`.
#[derive(Serialize)]
pub(super) struct ExposureFields<'a> {
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    fqn: &'a [Arc<str>],
    #[serde(rename = "type")]
    exposure_type: &'a str,
    owner: OwnerFields<'a>,
    description: &'a str,
    label: Option<&'a str>,
    maturity: Option<&'a str>,
    meta: &'a JsonMap,
    tags: &'a [String],
    config: &'a JsonMap,
    unrendered_config: &'a JsonMap,
    url: Option<&'a str>,
    depends_on: Dependencies<'a>,
    refs: Vec<RefFields<'a>>,
    sources: Vec<[&'a str; 2]>,
    metrics: Vec<Vec<&'a str>>,
    created_at: f64,
}

impl<'a> ExposureFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        let NodeKind::Exposure(exposure) = &node.kind else { return None };
        Some(ExposureFields {
            name: &node.name,
            resource_type: "exposure",
            package_name: &node.package_name,
            path: &node.path,
            original_file_path: &node.original_file_path,
            unique_id: context.view.id(&node.unique_id),
            fqn: &node.fqn,
            exposure_type: &exposure.exposure_type,
            owner: OwnerFields::new(&exposure.owner),
            description: &node.description,
            label: exposure.label.as_deref(),
            maturity: exposure.maturity.as_deref(),
            meta: &node.config.meta,
            tags: &node.config.tags,
            config: &node.config.values,
            unrendered_config: &node.unrendered_config,
            url: exposure.url.as_deref(),
            depends_on: Dependencies::new(node, context),
            refs: refs(&node.refs),
            sources: sources(&node.sources),
            metrics: metrics(&node.metrics),
            created_at: context.created_at,
        })
    }
}

#[derive(Serialize)]
struct OwnerFields<'a> {
    email: Option<&'a Value>,
    name: Option<&'a str>,
    #[serde(flatten)]
    extra: &'a JsonMap,
}

impl<'a> OwnerFields<'a> {
    fn new(owner: &'a Owner) -> Self {
        OwnerFields { email: owner.email.as_ref(), name: owner.name.as_deref(), extra: &owner.extra }
    }
}

/// An entry of `unit_tests`.
#[derive(Serialize)]
pub(super) struct UnitTestFields<'a> {
    model: &'a str,
    given: Vec<InputFields<'a>>,
    expect: FixtureFields<'a>,
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    fqn: &'a [Arc<str>],
    description: &'a str,
    overrides: Option<OverrideFields<'a>>,
    depends_on: Dependencies<'a>,
    config: &'a JsonMap,
    checksum: Option<&'a str>,
    schema: &'a str,
    created_at: f64,
    versions: Option<&'a Value>,
    version: Option<Value>,
}

impl<'a> UnitTestFields<'a> {
    pub fn new(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        let NodeKind::UnitTest(test) = &node.kind else { return None };
        Some(UnitTestFields {
            model: &test.model,
            given: test.given.iter().map(InputFields::new).collect(),
            expect: FixtureFields::new(&test.expect),
            name: &node.name,
            resource_type: "unit_test",
            package_name: &node.package_name,
            path: &node.path,
            original_file_path: &node.original_file_path,
            unique_id: context.view.id(&node.unique_id),
            fqn: &node.fqn,
            description: &node.description,
            overrides: OverrideFields::new(test),
            depends_on: Dependencies::new(node, context),
            config: &node.config.values,
            checksum: test.test_checksum.as_deref(),
            schema: place(node, context).1,
            created_at: context.created_at,
            versions: test.versions.as_ref(),
            version: test.version.as_ref().map(Version::to_json),
        })
    }
}

#[derive(Serialize)]
struct InputFields<'a> {
    input: &'a str,
    #[serde(flatten)]
    fixture: FixtureFields<'a>,
}

impl<'a> InputFields<'a> {
    fn new(fixture: &'a UnitTestFixture) -> Self {
        InputFields { input: &fixture.input, fixture: FixtureFields::new(fixture) }
    }
}

#[derive(Serialize)]
struct FixtureFields<'a> {
    rows: Option<&'a Value>,
    format: &'a str,
    fixture: Option<&'a str>,
}

impl<'a> FixtureFields<'a> {
    fn new(fixture: &'a UnitTestFixture) -> Self {
        let format = if fixture.format.is_empty() { "dict" } else { &fixture.format };
        FixtureFields { rows: fixture.rows.as_ref(), format, fixture: fixture.fixture.as_deref() }
    }
}

#[derive(Serialize)]
struct OverrideFields<'a> {
    macros: &'a JsonMap,
    vars: &'a JsonMap,
    env_vars: &'a JsonMap,
}

impl<'a> OverrideFields<'a> {
    fn new(test: &'a UnitTest) -> Option<Self> {
        let fields = OverrideFields {
            macros: &test.macro_overrides,
            vars: &test.var_overrides,
            env_vars: &test.env_var_overrides,
        };
        let written = [fields.macros, fields.vars, fields.env_vars].iter().any(|map| !map.is_empty());
        written.then_some(fields)
    }
}

/// An entry of `macros`.
#[derive(Serialize)]
pub(super) struct MacroFields<'a> {
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    macro_sql: &'a str,
    depends_on: MacroDependencies<'a>,
    description: &'a str,
    meta: &'a JsonMap,
    docs: DocsSettings<'a>,
    config: MacroConfigFields<'a>,
    patch_path: Option<&'a str>,
    arguments: Vec<ArgumentFields<'a>>,
    created_at: f64,
    supported_languages: Option<&'a [String]>,
}

#[derive(Serialize)]
struct MacroConfigFields<'a> {
    meta: &'a JsonMap,
    docs: DocsSettings<'a>,
}

#[derive(Serialize)]
struct ArgumentFields<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    data_type: Option<&'a str>,
    description: &'a str,
}

impl<'a> MacroFields<'a> {
    pub fn new(found: &'a Macro, context: &Context<'a>) -> Self {
        let docs = || DocsSettings { show: found.show_in_docs, node_color: None };
        let arguments = found.arguments.iter().map(|argument| ArgumentFields {
            name: &argument.name,
            data_type: argument.data_type.as_deref(),
            description: &argument.description,
        });
        MacroFields {
            name: &found.name,
            resource_type: "macro",
            package_name: &found.package_name,
            path: &found.original_file_path,
            original_file_path: &found.original_file_path,
            unique_id: context.view.id(&found.unique_id),
            macro_sql: &found.macro_sql,
            depends_on: MacroDependencies { macros: context.view.ids(&found.depends_on) },
            description: &found.description,
            meta: &found.meta,
            docs: docs(),
            config: MacroConfigFields { meta: &found.meta, docs: docs() },
            patch_path: found.patch_path.as_deref(),
            arguments: arguments.collect(),
            created_at: context.created_at,
            supported_languages: found.supported_languages.as_deref(),
        }
    }
}

/// An entry of `docs`.
#[derive(Serialize)]
pub(super) struct DocsFields<'a> {
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    block_contents: &'a str,
}

impl<'a> DocsFields<'a> {
    pub fn new(block: &'a DocsBlock, context: &Context<'a>) -> Self {
        DocsFields {
            name: &block.name,
            resource_type: "doc",
            package_name: &block.package_name,
            path: &block.path,
            original_file_path: &block.original_file_path,
            unique_id: context.view.id(&block.unique_id),
            block_contents: &block.block_contents,
        }
    }
}

/// An entry of `groups`.
#[derive(Serialize)]
pub(super) struct GroupFields<'a> {
    name: &'a str,
    resource_type: &'static str,
    package_name: &'a str,
    path: &'a str,
    original_file_path: &'a str,
    unique_id: Cow<'a, str>,
    owner: OwnerFields<'a>,
    description: Option<&'a str>,
    config: &'a JsonMap,
}

impl<'a> GroupFields<'a> {
    pub fn new(group: &'a Group, unique_id: Cow<'a, str>) -> Self {
        GroupFields {
            name: &group.name,
            resource_type: "group",
            package_name: &group.package_name,
            path: &group.path,
            original_file_path: &group.original_file_path,
            unique_id,
            owner: OwnerFields::new(&group.owner),
            description: group.description.as_deref(),
            config: &group.config,
        }
    }
}
