//! Sources: one node for each table.
//! Source: <https://docs.getdbt.com/reference/source-properties>.

use super::config::typed;
use super::external_location;
use super::node::{self, Draft, in_node};
use super::patch::{self, Properties};
use super::relation_name;
use super::template::Captured;
use super::universe::Universe;
use super::unresolved::UnresolvedNode;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{
    Checksum, ConfigMap, Freshness, FreshnessLimit, JsonMap, NodeKind, Relation, ResourceType, Source,
};
use crate::project::properties::{
    FreshnessProperties, FreshnessTime, Period, Quoting, Setting, SourceProperties, SourceTableProperties,
};
use crate::project::yaml::Yaml;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// All sources of a domain.
pub(super) fn parse(
    universe: &Universe<'_>,
    properties: &[Properties],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<UnresolvedNode> {
    let mut nodes = Vec::new();
    for file in properties {
        for source in &file.content.sources {
            for table in &source.tables {
                nodes.extend(build(universe, file, source, table, diagnostics));
            }
        }
    }
    nodes
}

fn build(
    universe: &Universe<'_>,
    file: &Properties,
    source: &SourceProperties,
    table: &SourceTableProperties,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnresolvedNode> {
    let package = universe.package(&file.package)?;
    let package_name = package.file.name.as_str();
    let (source_name, name) = (source.name.as_str(), table.name.as_str());
    let mut fqn = super::universe::fqn(package_name, &file.path.relative, false, source_name);
    fqn.push(name.into());
    let draft = Draft {
        kind: ResourceType::Source,
        package,
        fqn,
        name: name.to_string(),
        path: file.path.original.to_string(),
        original_file_path: file.path.original.to_string(),
        file: file.path.full.clone(),
        place: table.span.clone(),
        raw_code: "",
        offset: 0,
        checksum: Checksum { algorithm: "none".into(), value: String::new() },
        patch: None,
        id_rest: Some(format!("{source_name}.{name}")),
    };
    let mut node = node::empty(universe, &draft);
    let own = config(source, table);
    let sum = universe.config(ResourceType::Source, package, &draft.fqn, Some(&own), &ConfigMap::new());
    node.unrendered_config =
        universe.unrendered_config(ResourceType::Source, package, &draft.fqn, Some(&own), &ConfigMap::new());
    let (typed, problems) = typed(ResourceType::Source, sum.clone());
    for problem in problems {
        let diagnostic = Diagnostic::error(ErrorCode::InvalidConfig, problem.message);
        diagnostics.push(in_node(diagnostic.at(table.span.clone()), &node));
    }
    node.config = Arc::new(typed);
    let text = table.description.as_ref().map_or("", |text| text.as_str());
    (node.description, node.doc_blocks) = universe.docs.render(universe, package_name, text, &table.span, diagnostics);
    node.columns = patch::columns(universe, package_name, &table.columns.iter().collect::<Vec<_>>(), diagnostics);
    let target = &universe.input.domain.target;
    let identifier = table.identifier.as_ref().map_or(name, |text| text.as_str());
    let quoting = quoting(source.quoting, table.quoting);
    // The project's own quoting says nothing about tables that others make.
    node.relation = Some(Relation {
        quoting: relation_name::quoting(crate::manifest::QuotePolicy::default(), Some(&Json::Object(quoting.clone()))),
        ..Relation::new(
            source.database.as_ref().map_or(target.database.as_str(), |text| text.as_str()),
            source.schema.as_ref().map_or(source_name, |text| text.as_str()),
            identifier,
        )
    });
    node.alias = identifier.to_string();
    let source_text = source.description.as_ref().map_or("", |text| text.as_str());
    let text = |name: &str| sum.get(name).and_then(Json::as_str).map(str::to_string);
    let written = |yaml: &Option<Yaml>| yaml.as_ref().map(Yaml::to_python_str);
    node.kind = NodeKind::Source(Box::new(Source {
        source_name: source_name.into(),
        source_description: universe.docs.render(universe, package_name, source_text, &source.span, diagnostics).0,
        loader: source.loader.as_ref().map(|text| text.as_str().to_string()).unwrap_or_default(),
        source_meta: source_meta(source),
        loaded_at_field: text("loaded_at_field"),
        loaded_at_query: text("loaded_at_query"),
        freshness: freshness(sum.get("freshness")),
        external_location: None,
        external: table.external.as_ref().map(Yaml::to_json),
        unrendered_database: written(&source.unrendered_database),
        unrendered_schema: written(&source.unrendered_schema),
        quoting,
    }));
    diagnostics.extend(super::unsupported::in_configs(&node, &table.span));
    match external_location::of(&node) {
        Ok(location) => {
            if let NodeKind::Source(source) = &mut node.kind {
                source.external_location = location.map(Into::into);
            }
        }
        Err(message) => {
            let diagnostic = Diagnostic::error(ErrorCode::InvalidConfig, message).at(table.span.clone());
            let hint = "names in `external_location` are those of the table (name, identifier, schema, database) and of its \
                        configs and meta";
            diagnostics.push(in_node(diagnostic.hint(hint), &node));
        }
    }
    let mut finished =
        UnresolvedNode::finished(universe, node, Captured::default(), &ConfigMap::new(), table.span.clone());
    finished.column_places = patch::column_places(&table.columns.iter().collect::<Vec<_>>());
    Some(finished)
}

fn map_of(yaml: Option<&Yaml>) -> JsonMap {
    yaml.map(Yaml::to_json).and_then(|json| json.as_object().cloned()).unwrap_or_default()
}

fn source_meta(source: &SourceProperties) -> JsonMap {
    let mut meta = map_of(source.meta.as_ref());
    meta.extend(map_of(source.config.as_ref().and_then(|config| config.get("meta"))));
    meta
}

/// What the entry of the source and that of the table say together; the table wins, tags and meta add up.
fn config(source: &SourceProperties, table: &SourceTableProperties) -> ConfigMap {
    let mut config = map_of(source.config.as_ref());
    let of_table = map_of(table.config.as_ref());
    let mut tags: Vec<String> = Vec::new();
    for tag in source.tags.iter().chain(&table.tags) {
        tags.push(tag.as_str().to_string());
    }
    for layer in [&config, &of_table] {
        tags.extend(patch::texts(layer.get("tags")));
    }
    tags.sort();
    tags.dedup();
    let mut meta = source_meta(source);
    meta.extend(map_of(table.meta.as_ref()));
    meta.extend(of_table.get("meta").and_then(Json::as_object).cloned().unwrap_or_default());
    config.extend(of_table.clone());
    config.insert("tags".to_string(), tags.into());
    config.insert("meta".to_string(), Json::Object(meta));
    let in_config = |layer: &JsonMap| layer.get("freshness").cloned();
    let written = [
        setting(&source.freshness),
        in_config(&map_of(source.config.as_ref())),
        setting(&table.freshness),
        in_config(&of_table),
    ];
    match merged_freshness(&written) {
        Some(freshness) => config.insert("freshness".to_string(), freshness),
        None => config.remove("freshness"),
    };
    let field = match &table.loaded_at_field {
        Setting::Given(text) => Some(text.as_str().to_string()),
        Setting::Null => None,
        Setting::Absent => source.loaded_at_field.as_ref().map(|text| text.as_str().to_string()),
    };
    let query =
        table.loaded_at_query.as_ref().or(source.loaded_at_query.as_ref()).map(|text| text.as_str().to_string());
    let or_null = |text: Option<String>| text.map_or(Json::Null, Json::from);
    for (name, value) in [("loaded_at_field", or_null(field)), ("loaded_at_query", or_null(query))] {
        if !value.is_null() || !config.contains_key(name) {
            config.insert(name.to_string(), value);
        }
    }
    config
}

fn setting(freshness: &Setting<FreshnessProperties>) -> Option<Json> {
    match freshness {
        Setting::Absent => None,
        Setting::Null => Some(Json::Null),
        Setting::Given(freshness) => {
            let mut map = JsonMap::new();
            for (name, limit) in [("warn_after", &freshness.warn_after), ("error_after", &freshness.error_after)] {
                match limit {
                    Setting::Absent => {}
                    Setting::Null => {
                        map.insert(name.to_string(), Json::Null);
                    }
                    Setting::Given(time) => {
                        map.insert(name.to_string(), time_json(*time));
                    }
                }
            }
            if let Some(filter) = &freshness.filter {
                map.insert("filter".to_string(), filter.as_str().into());
            }
            Some(Json::Object(map))
        }
    }
}

fn time_json(time: FreshnessTime) -> Json {
    let period = time.period.map(|period| match period {
        Period::Minute => "minute",
        Period::Hour => "hour",
        Period::Day => "day",
    });
    json!({"count": time.count, "period": period})
}

/// The later setting wins limit by limit; null switches freshness off.
fn merged_freshness(settings: &[Option<Json>]) -> Option<Json> {
    let mut sum: Option<Json> = None;
    for setting in settings.iter().flatten() {
        match (&mut sum, setting) {
            (Some(Json::Object(sum)), Json::Object(later)) => sum.extend(later.clone()),
            (sum, later) => *sum = Some(later.clone()),
        }
    }
    if let Some(Json::Object(map)) = &mut sum {
        for name in ["warn_after", "error_after"] {
            map.entry(name).or_insert_with(|| json!({"count": null, "period": null}));
        }
        map.entry("filter").or_insert(Json::Null);
    }
    sum
}

fn quoting(source: Quoting, table: Quoting) -> JsonMap {
    let parts = [
        ("database", table.database.or(source.database)),
        ("schema", table.schema.or(source.schema)),
        ("identifier", table.identifier.or(source.identifier)),
        ("column", table.column.or(source.column)),
    ];
    parts.into_iter().map(|(name, flag)| (name.to_string(), flag.map_or(Json::Null, Json::from))).collect()
}

fn freshness(json: Option<&Json>) -> Option<Freshness> {
    let json = json?.as_object()?;
    let limit = |name: &str| {
        let limit = json.get(name)?.as_object()?;
        Some(FreshnessLimit {
            count: limit.get("count").and_then(Json::as_i64),
            period: limit.get("period").and_then(Json::as_str).map(str::to_string),
        })
    };
    Some(Freshness {
        warn_after: limit("warn_after"),
        error_after: limit("error_after"),
        filter: json.get("filter").and_then(Json::as_str).map(str::to_string),
    })
}
