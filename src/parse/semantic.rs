//! Metrics, semantic models and saved queries as nodes.
//!
//! Their definitions arrive in the layout of `manifest.json`; here they get configs, rendered descriptions, and the metrics
//! that measures ask for.

use super::config::typed;
use super::node::{self, in_node};
use super::others::{draft, literal_reference, map_of};
use super::patch::{self, Properties};
use super::relation_name;
use super::template::Captured;
use super::universe::{Universe, fqn};
use super::unresolved::{CustomName, UnresolvedNode};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{
    ConfigMap, JsonMap, Metric, MetricCall, MetricType, Node, NodeKind, Reference, ResourceType, SavedQuery,
    SemanticModel,
};
use crate::project::properties::SemanticProperties;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// All of a domain. Those in entries of models come with the models among `nodes` that the entries describe.
pub(super) fn parse(
    universe: &Universe<'_>,
    properties: &[Properties],
    nodes: &[UnresolvedNode],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<UnresolvedNode> {
    let described = described_models(properties, nodes);
    let mut nodes = Vec::new();
    for file in properties {
        let patch_path = file.patch_path();
        let mut reader = Reader { universe, file, diagnostics };
        for model in &file.content.models {
            let Some(semantics) = &model.semantics else { continue };
            if described.contains(&(patch_path.as_str(), model.node.name.as_str())) {
                reader.semantic_model(&semantics.semantic_model, &mut nodes);
                nodes.extend(semantics.metrics.iter().filter_map(|metric| reader.metric(metric)));
            }
        }
        nodes.extend(file.content.metrics.iter().filter_map(|metric| reader.metric(metric)));
        for model in &file.content.semantic_models {
            reader.semantic_model(model, &mut nodes);
        }
        nodes.extend(file.content.saved_queries.iter().filter_map(|query| reader.saved_query(query)));
    }
    nodes
}

/// Models that an entry with a semantic model speaks of, by that entry's file and their name.
fn described_models<'n>(properties: &[Properties], nodes: &'n [UnresolvedNode]) -> HashSet<(&'n str, &'n str)> {
    if properties.iter().flat_map(|file| &file.content.models).all(|model| model.semantics.is_none()) {
        return HashSet::new();
    }
    let models = nodes.iter().map(|unresolved| &unresolved.node).filter(|node| node.as_model().is_some());
    models.filter_map(|node| Some((node.patch_path.as_deref()?, &*node.name))).collect()
}

/// The definitions of one file.
struct Reader<'a, 'u> {
    universe: &'a Universe<'u>,
    file: &'a Properties,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    /// A node with its name, configs and description.
    fn node(&mut self, kind: ResourceType, properties: &SemanticProperties) -> Option<Node> {
        let (universe, file) = (self.universe, self.file);
        let package = universe.package(&file.package)?;
        let name = properties.name.as_str();
        let fqn = fqn(&file.package, &file.path.relative, false, name);
        let draft = draft(kind, package, file, name, fqn, &properties.span);
        let mut node = node::empty(universe, &draft);
        node.relation = None;
        let none = ConfigMap::new();
        let own = map_of(properties.config.as_ref());
        let sum = universe.config(kind, package, &draft.fqn, Some(&own), &none);
        let written = map_of(properties.unrendered_config.as_ref());
        node.unrendered_config = universe.unrendered_config(kind, package, &draft.fqn, Some(&written), &none);
        let (config, problems) = typed(kind, sum);
        for problem in problems {
            let diagnostic = Diagnostic::error(ErrorCode::InvalidConfig, problem.message);
            self.diagnostics.push(in_node(diagnostic.at(properties.span.clone()), &node));
        }
        node.config = Arc::new(config);
        let text = properties.description.as_ref().map_or("", |text| text.as_str());
        node.description = self.described(text, properties);
        Some(node)
    }

    fn described(&mut self, text: &str, properties: &SemanticProperties) -> String {
        let place = properties.description.as_ref().map_or(&properties.span, |text| &text.span);
        let mut found = Vec::new();
        let described = self.universe.docs.render(self.universe, &self.file.package, text, place, &mut found).0;
        // Where it is the description of a model or column as well, it has been complained about there.
        found.retain(|diagnostic| !properties.in_model || !self.is_reported(diagnostic));
        self.diagnostics.extend(found);
        described
    }

    fn is_reported(&self, diagnostic: &Diagnostic) -> bool {
        self.diagnostics.iter().any(|known| known.code == diagnostic.code && known.message == diagnostic.message)
    }

    fn metric(&mut self, properties: &SemanticProperties) -> Option<UnresolvedNode> {
        let mut node = self.node(ResourceType::Metric, properties)?;
        let config = Arc::make_mut(&mut node.config);
        if config.meta.is_empty() {
            config.meta = map_of(properties.meta.as_ref());
        }
        config.tags = properties.tags.clone();
        let definition = &properties.definition;
        let word = definition.get("type").and_then(Value::as_str).unwrap_or_default();
        node.kind = NodeKind::Metric(Box::new(Metric {
            label: properties.label.as_ref().map(|label| label.as_str().to_string()).unwrap_or_default(),
            metric_type: MetricType::parse(word).unwrap_or_default(),
            type_params: definition.get("type_params").and_then(Value::as_object).cloned().unwrap_or_default(),
            filter: definition.get("filter").filter(|filter| !filter.is_null()).cloned(),
            time_granularity: text(definition, "time_granularity"),
        }));
        Some(UnresolvedNode::finished(
            self.universe,
            node,
            Captured::default(),
            &ConfigMap::new(),
            properties.span.clone(),
        ))
    }

    fn semantic_model(&mut self, properties: &SemanticProperties, nodes: &mut Vec<UnresolvedNode>) {
        let Some(mut node) = self.node(ResourceType::SemanticModel, properties) else { return };
        let meta = node.config.meta.clone();
        let mut elements = |key: &str| {
            let mut list = properties.definition.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            for element in list.iter_mut().filter_map(Value::as_object_mut) {
                self.element(element, &meta, properties);
            }
            list
        };
        let model = text(&properties.definition, "model").unwrap_or_default();
        let kind = SemanticModel {
            entities: elements("entities"),
            measures: elements("measures"),
            dimensions: elements("dimensions"),
            label: properties.label.as_ref().map(|label| label.as_str().to_string()),
            defaults: properties.definition.get("defaults").filter(|defaults| !defaults.is_null()).cloned(),
            primary_entity: text(&properties.definition, "primary_entity"),
            in_model: properties.in_model,
            node_relation: None,
            model,
        };
        let mut captured = Captured::default();
        match literal_reference(&self.file.path.full, &kind.model) {
            Some(Reference::Ref(call)) => captured.refs.push((call, Some(properties.span.clone()))),
            _ => self.diagnostics.push(in_node(
                Diagnostic::error(ErrorCode::InvalidReference, format!("'{}' is no ref", kind.model))
                    .at(properties.span.clone())
                    .hint("name the model of a semantic model like a call: model: ref('fct_orders')"),
                &node,
            )),
        }
        let enabled = node.config.enabled;
        let created: Vec<_> = kind
            .measures
            .iter()
            .filter(|measure| properties.created_metrics.iter().any(|name| measure["name"] == name.as_str()))
            .cloned()
            .collect();
        node.kind = NodeKind::SemanticModel(Box::new(kind));
        nodes.push(UnresolvedNode::finished(self.universe, node, captured, &ConfigMap::new(), properties.span.clone()));
        for measure in created {
            nodes.extend(self.created_metric(&measure, enabled, &meta, properties));
        }
    }

    /// An entity, measure or dimension: its description, and `meta` laid over that of its semantic model.
    fn element(&mut self, element: &mut JsonMap, meta: &JsonMap, properties: &SemanticProperties) {
        if let Some(description) = text(element, "description") {
            element.insert("description".to_string(), self.described(&description, properties).into());
        }
        let own = element.get("config").and_then(|config| config.get("meta")).and_then(Value::as_object);
        let mut all = meta.clone();
        all.extend(own.cloned().unwrap_or_default());
        element.insert("config".to_string(), json!({ "meta": all }));
    }

    /// The metric of a measure with `create_metric`.
    fn created_metric(
        &mut self,
        measure: &Value,
        enabled: bool,
        meta: &JsonMap,
        model: &SemanticProperties,
    ) -> Option<UnresolvedNode> {
        let name = measure["name"].as_str()?;
        let or = |key: &str, other: String| measure[key].as_str().map_or(other, str::to_string);
        let config = json!({"enabled": enabled, "meta": meta}).as_object().cloned().unwrap_or_default();
        let described = or("description", format!("Metric created from measure {name}"));
        let with_name =
            SemanticProperties { name: crate::project::Spanned::new(name.into(), model.span.clone()), ..model.clone() };
        let mut node = self
            .node(ResourceType::Metric, &SemanticProperties { config: None, unrendered_config: None, ..with_name })?;
        // Its configs are those of the project file, with what its semantic model has laid over them.
        let mut sum = (*node.config.values).clone();
        super::config::lay_over(&mut sum, &config);
        Arc::make_mut(&mut node.unrendered_config).extend(config);
        node.config = Arc::new(typed(ResourceType::Metric, sum).0);
        node.description = described;
        let definition = crate::project::properties::measured(name, &or("expr", name.to_string()));
        node.kind = NodeKind::Metric(Box::new(Metric {
            label: or("label", name.to_string()),
            type_params: definition,
            ..Metric::default()
        }));
        Some(UnresolvedNode::finished(self.universe, node, Captured::default(), &ConfigMap::new(), model.span.clone()))
    }

    fn saved_query(&mut self, properties: &SemanticProperties) -> Option<UnresolvedNode> {
        let mut node = self.node(ResourceType::SavedQuery, properties)?;
        let mut tags = properties.tags.clone();
        tags.extend(patch::texts(node.config.values.get("tags")));
        tags.sort();
        tags.dedup();
        Arc::make_mut(&mut node.config).tags = tags;
        let definition = &properties.definition;
        let params = definition.get("query_params").and_then(Value::as_object).cloned().unwrap_or_default();
        let metrics = params.get("metrics").and_then(Value::as_array).into_iter().flatten();
        let captured = Captured {
            metrics: metrics
                .filter_map(|name| Some(MetricCall { package: None, name: name.as_str()?.to_string() }))
                .collect(),
            ..Captured::default()
        };
        let query = SavedQuery {
            label: properties.label.as_ref().map(|label| label.as_str().to_string()),
            query_params: params,
            exports: Vec::new(),
        };
        node.kind = NodeKind::SavedQuery(Box::new(query.clone()));
        let exports = definition.get("exports").and_then(Value::as_array).into_iter().flatten();
        let exports = exports.map(|export| self.export(export, &node, properties)).collect();
        node.kind = NodeKind::SavedQuery(Box::new(SavedQuery { exports, ..query }));
        Some(UnresolvedNode::finished(self.universe, node, captured, &ConfigMap::new(), properties.span.clone()))
    }

    /// An export, with the names that the macros of the project give it.
    fn export(&mut self, export: &Value, query: &Node, properties: &SemanticProperties) -> Value {
        let written = export.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut config = (*query.config.values).clone();
        config.extend(written.clone());
        let name = export.get("name").and_then(Value::as_str).unwrap_or_default();
        let schema_name = text(&config, "schema_name").or_else(|| text(&config, "schema"));
        let as_word = text(&config, "export_as").filter(|word| matches!(word.as_str(), "table" | "view" | "cache"));
        if as_word.is_none() {
            let message = match config.get("export_as").filter(|value| !value.is_null()) {
                Some(other) => format!("{other} is not a valid ExportDestinationType (export '{name}')"),
                None => format!(
                    "Field \"export_as\" of type ExportDestinationType is missing in ExportConfig instance (export '{name}')"
                ),
            };
            let diagnostic = Diagnostic::error(ErrorCode::InvalidProperties, message).at(properties.span.clone());
            self.diagnostics.push(in_node(diagnostic.hint("export_as: table or export_as: view"), query));
        }
        let mut named = Node { name: name.into(), alias: name.to_string(), ..query.clone() };
        let target = &self.universe.input.domain.target;
        named.relation = Some(crate::manifest::Relation::new(&*target.database, &*target.schema, name));
        let custom = CustomName {
            database: text(&config, "database"),
            schema: schema_name.clone(),
            alias: text(&config, "alias"),
            ..CustomName::default()
        };
        if let Err(diagnostic) = relation_name::assign(self.universe, &mut named, &custom) {
            self.diagnostics.push(in_node(diagnostic.at(properties.span.clone()), query));
        }
        let relation = named.relation.as_ref();
        let schema = relation.and_then(|relation| relation.schema.as_deref().map(str::to_string));
        let database = relation.and_then(|relation| relation.database.as_deref().map(str::to_string));
        json!({
            "name": name,
            "config": {
                "export_as": as_word,
                "schema_name": schema_name.or(schema),
                "alias": text(&config, "alias").or(Some(named.alias)),
                "database": database,
            },
            "unrendered_config": written,
        })
    }
}

fn text(map: &JsonMap, key: &str) -> Option<String> {
    map.get(key).and_then(Value::as_str).map(str::to_string)
}
