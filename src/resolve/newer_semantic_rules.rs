//! What MetricFlow requires of semantic models and metrics in the shape that dbt-core 1.12 added, and of their names among
//! those of both shapes.
//!
//! Source: the validations of `metricflow_semantic_interfaces`. What dbt 1.12 refuses is an error; what it lets pass
//! although MetricFlow could not compute it is a warning.

use super::semantic_rules::{aggregation_problem, placed, text};
use crate::diagnostic::Diagnostic;
use crate::manifest::{DomainName, Metric, MetricType, Node, NodeKind, SemanticModel};
use crate::parse::UnresolvedNode;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Granularities that every time dimension knows, the finest first.
pub(super) const GRANULARITIES: [&str; 11] =
    ["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// Where names of metrics and semantic models lead to.
struct Index<'n> {
    /// Granularities of a project's own, by domain.
    custom: &'n CustomGranularities<'n>,
    metrics: HashMap<(&'n DomainName, &'n str), &'n Metric>,
    models: HashMap<(&'n DomainName, &'n str), &'n SemanticModel>,
}

/// `custom_granularities` of time spines.
pub(super) type CustomGranularities<'n> = HashSet<(&'n DomainName, &'n str)>;

/// Errors and warnings of one node.
#[derive(Default)]
struct Problems {
    errors: Vec<String>,
    warnings: Vec<String>,
}

/// Everything that is wrong with what is written in the newer shape.
pub(super) fn check(nodes: &[&UnresolvedNode], custom: &CustomGranularities<'_>) -> Vec<Diagnostic> {
    let mut index = Index { custom, metrics: HashMap::new(), models: HashMap::new() };
    for node in nodes.iter().map(|unresolved| &unresolved.node) {
        match &node.kind {
            NodeKind::Metric(metric) => drop(index.metrics.insert((&node.domain, &node.name), metric)),
            NodeKind::SemanticModel(model) => drop(index.models.insert((&node.domain, &node.name), model)),
            _ => {}
        }
    }
    let (mut labels, mut entity_labels, mut pairs) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut diagnostics = Vec::new();
    for unresolved in nodes {
        let node = &unresolved.node;
        let mut problems = Problems::default();
        match &node.kind {
            NodeKind::Metric(metric) => {
                check_label(node, metric, &mut labels, &mut problems);
                if metric.is_newer_shape() {
                    check_metric(node, metric, &index, &mut problems);
                }
            }
            NodeKind::SemanticModel(model) => {
                if model.in_model {
                    check_model(&node.name, model, &mut problems);
                }
                check_entity_labels(node, model, &mut entity_labels, &mut problems);
                check_pairs(node, model, &mut pairs, &mut problems);
            }
            _ => {}
        }
        diagnostics.extend(problems.errors.into_iter().map(|message| placed(Diagnostic::error, message, unresolved)));
        let warnings = problems.warnings.into_iter();
        diagnostics.extend(warnings.map(|message| placed(Diagnostic::warning, message, unresolved)));
    }
    diagnostics
}

/// Two metrics do not have one label.
fn check_label<'n>(
    node: &'n Node,
    metric: &'n Metric,
    labels: &mut HashMap<(&'n DomainName, &'n str), &'n str>,
    problems: &mut Problems,
) {
    if let Some(earlier) = labels.get(&(&node.domain, metric.label.as_str())) {
        problems.errors.push(format!(
            "Can't use label `{}` for  metric `{}` as it's already used for metric `{earlier}`",
            metric.label, node.name
        ));
    } else {
        labels.insert((&node.domain, metric.label.as_str()), &node.name);
    }
}

/// An entity has one label, wherever it has any.
fn check_entity_labels<'n>(
    node: &'n Node,
    model: &'n SemanticModel,
    labels: &mut HashMap<(&'n DomainName, &'n str), (&'n str, &'n str)>,
    problems: &mut Problems,
) {
    for entity in &model.entities {
        let (Some(name), Some(label)) = (text(entity, "name"), text(entity, "label")) else { continue };
        let (earlier, known) = *labels.entry((&node.domain, name)).or_insert((&node.name, label));
        if known != label {
            problems.errors.push(format!(
                "Entities with the same name must have the same label or the label must be `None`. Entity `{name}` on semantic \
                 model `{}` has label `{label}` but the same entity on semantic model `{earlier}` has label `{known}`",
                node.name
            ));
        }
    }
}

/// A dimension is named in queries together with the primary entity of its semantic model.
fn check_pairs<'n>(
    node: &'n Node,
    model: &'n SemanticModel,
    pairs: &mut HashMap<(&'n DomainName, &'n str, &'n str), &'n str>,
    problems: &mut Problems,
) {
    let primary = model.entities.iter().find(|entity| text(entity, "type") == Some("primary"));
    let named = model.primary_entity.as_deref().or_else(|| primary.and_then(|entity| text(entity, "name")));
    let Some(primary) = named else { return };
    for dimension in model.dimensions.iter().filter_map(|dimension| text(dimension, "name")) {
        let earlier = *pairs.entry((&node.domain, primary, dimension)).or_insert(&node.name);
        if *earlier != *node.name {
            problems.errors.push(format!(
                "Duplicate dimension + primary entity pairing detected, dimension + primary entity pairings must be unique. \
                 Semantic model `{}` has a primary entity of `{primary}` and dimension `{dimension}`, but this pairing is already \
                 in use on semantic model `{earlier}`.",
                node.name
            ));
        }
    }
}

/// A name can be told from what else stands in a query.
fn check_name(name: &str, problems: &mut Problems) {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_valid = name.len() >= 2
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.ends_with(is_plain)
        && name.chars().all(|letter| is_plain(letter) || letter == '_')
        && !name.contains("__");
    if !is_valid {
        problems.errors.push(format!(
            "Invalid name `{name}` - names may only contain lower case letters, numbers, and underscores. Additionally, names \
             must start with a lower case letter, cannot end with an underscore, cannot contain dunders (double underscores, or \
             __), and must be at least 2 characters long."
        ));
    }
    let lower = name.to_lowercase();
    if GRANULARITIES.contains(&lower.as_str()) {
        let listed: Vec<String> = GRANULARITIES.iter().map(|word| format!("'{}'", word.to_uppercase())).collect();
        problems.errors.push(format!(
            "Invalid name `{name}` - names cannot match reserved time granularity keywords ([{}])",
            listed.join(", ")
        ));
    }
    let reason = match lower.as_str() {
        "metric_time" => {
            "Used as the query input for creating time series metrics from measures with different time dimension names."
        }
        "mf_internal_uuid" => "Used internally to reference a column that has a uuid generated by MetricFlow.",
        _ => return,
    };
    problems.errors.push(format!("Invalid name `{name}` - this name is reserved by MetricFlow. Reason: {reason}"));
}

fn check_model(name: &str, model: &SemanticModel, problems: &mut Problems) {
    check_name(name, problems);
    for element in model.entities.iter().chain(&model.dimensions) {
        check_name(text(element, "name").unwrap_or_default(), problems);
    }
    let default = model.defaults.as_ref().and_then(|defaults| text(defaults, "agg_time_dimension"));
    if let Some(wanted) = default.filter(|wanted| !has_time_dimension(model, wanted)) {
        problems.errors.push(format!(
            "Default aggregation time dimension was specified as '{wanted}' which doesn't exist as a time dimension in semantic \
             model named '{name}'."
        ));
    }
    for dimension in &model.dimensions {
        if text(dimension, "type") == Some("time") && dimension["type_params"].is_null() {
            problems.warnings.push(format!(
                "In semantic model `{name}`, time dimension `{}` must have a time granularity set.",
                text(dimension, "name").unwrap_or_default()
            ));
        }
    }
    check_labels_within(name, "Dimension", "dimensions", &model.dimensions, problems);
    check_labels_within(name, "Entity", "entities", &model.entities, problems);
    check_validity_window(name, model, problems);
}

fn check_labels_within(model: &str, kind: &str, kinds: &str, elements: &[Value], problems: &mut Problems) {
    let mut counts: indexmap::IndexMap<&str, usize> = indexmap::IndexMap::new();
    for label in elements.iter().filter_map(|element| text(element, "label")) {
        *counts.entry(label).or_default() += 1;
    }
    for (label, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
        problems.errors.push(format!(
            "{kind} labels must be unique within a semantic model. The label `{label}` was used for {count} {kinds} on semantic \
             model `{model}`"
        ));
    }
}

fn has_time_dimension(model: &SemanticModel, name: &str) -> bool {
    let is_it = |dimension: &Value| text(dimension, "name") == Some(name) && text(dimension, "type") == Some("time");
    model.dimensions.iter().any(is_it)
}

/// `validity_params`: one dimension says from when a row holds, another until when.
fn check_validity_window(name: &str, model: &SemanticModel, problems: &mut Problems) {
    let named = |element: &Value| text(element, "name").unwrap_or_default().to_string();
    let marked = |key: &str| -> Vec<String> {
        let is_marked = |dimension: &&Value| dimension["type_params"]["validity_params"][key] == true;
        model.dimensions.iter().filter(is_marked).map(named).collect()
    };
    let has_params = |dimension: &&Value| !dimension["type_params"]["validity_params"].is_null();
    let all: Vec<String> = model.dimensions.iter().filter(has_params).map(named).collect();
    if all.is_empty() {
        return;
    }
    let (starts, ends) = (marked("is_start"), marked("is_end"));
    let requirements = "Semantic models using dimension validity params to define a validity window must have exactly two time \
                        dimensions with validity params specified - one marked `is_start` and the other marked `is_end`.";
    if all.len() != 2 {
        problems.errors.push(format!(
            "Semantic model {name} has {} dimensions defined with validity params. They are: {}. There must be either zero or \
             two! If you wish to define a validity window for this semantic model, please follow these requirements: \
             {requirements}",
            all.len(),
            listed(&all)
        ));
    } else if starts.len() != 1 || ends.len() != 1 {
        problems.errors.push(format!(
            "Semantic model {name} has two validity param dimensions defined, but does not have exactly one each marked with \
             is_start and is_end! Dimensions: {}. is_start dimensions: {}. is_end dimensions: {}. {requirements}",
            listed(&all),
            listed(&starts),
            listed(&ends)
        ));
    }
    let of_type = |types: &[&str]| -> Vec<String> {
        let is_one = |entity: &&Value| text(entity, "type").is_some_and(|kind| types.contains(&kind));
        model.entities.iter().filter(is_one).map(named).collect()
    };
    let keys = of_type(&["primary", "unique"]);
    if of_type(&["natural"]).is_empty() {
        problems.errors.push(format!(
            "Semantic model {name} has validity param dimensions defined, but does not have an entity with type `natural` set. \
             The natural key for this semantic model is what we use to process a validity window join. Primary or unique \
             entities, if any, might be suitable for use as natural keys: ({}).",
            listed(&keys)
        ));
    }
    if !keys.is_empty() {
        problems.errors.push(format!(
            "Semantic model {name} has validity param dimensions defined and also has one or more entities designated as \
             `primary` or `unique`. This is not yet supported, as we do not currently process joins against these key types for \
             semantic models with validity windows specified."
        ));
    }
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", quoted.join(", "))
}

fn check_metric(node: &Node, metric: &Metric, index: &Index<'_>, problems: &mut Problems) {
    check_name(&node.name, problems);
    match metric.metric_type {
        MetricType::Simple => check_simple(node, metric, index, problems),
        MetricType::Cumulative => {
            let grain = metric.nested("cumulative_type_params", "grain_to_date").and_then(Value::as_str);
            if let Some(grain) = grain.filter(|grain| !GRANULARITIES.contains(&grain.to_lowercase().as_str())) {
                problems.errors.push(format!(
                    "Invalid time granularity found in `grain_to_date`: '{grain}'. Custom granularities are not supported for \
                     this field yet."
                ));
            }
            check_window(node, metric.nested("cumulative_type_params", "window"), false, index, problems);
        }
        MetricType::Derived => check_derived(node, metric, index, problems),
        MetricType::Conversion => {
            check_window(node, metric.nested("conversion_type_params", "window"), false, index, problems);
            check_conversion(node, metric, index, problems);
        }
        MetricType::Ratio => {}
    }
}

/// A window is counted in a granularity that is known.
fn check_window(node: &Node, window: Option<&Value>, allow_custom: bool, index: &Index<'_>, problems: &mut Problems) {
    let Some(granularity) = window.and_then(|window| text(window, "granularity")) else { return };
    let is_custom = |name: &str| index.custom.contains(&(&node.domain, name));
    let singular = granularity.strip_suffix('s').filter(|name| is_custom(name)).unwrap_or(granularity);
    let is_standard = GRANULARITIES.contains(&singular);
    if is_standard || (is_custom(singular) && allow_custom) {
        return;
    }
    let count = window.map_or(&Value::Null, |window| &window["count"]);
    let more = if is_custom(singular) { " Custom granularities are not supported for this field yet." } else { "" };
    problems.errors.push(format!("Invalid time granularity '{singular}' in window: '{count} {granularity}'{more}"));
}

fn check_derived(node: &Node, metric: &Metric, index: &Index<'_>, problems: &mut Problems) {
    let inputs = metric.input_metrics();
    let names: HashSet<&str> = inputs.iter().filter_map(|input| text(input, "name")).collect();
    for input in &inputs {
        let name = text(input, "name").unwrap_or_default();
        if let Some(alias) = text(input, "alias") {
            check_name(alias, problems);
            if names.contains(alias) {
                problems.errors.push(format!(
                    "Alias '{alias}' for input metric: '{name}' is already being used. Please choose another alias."
                ));
            }
        }
        check_window(node, input.get("offset_window"), true, index, problems);
        let grain = text(input, "offset_to_grain").map(str::to_lowercase);
        if let Some(grain) = grain.filter(|grain| !GRANULARITIES.contains(&grain.as_str())) {
            problems.errors.push(format!(
                "Invalid time granularity found in `offset_to_grain`: '{grain}'. Custom granularities are not supported for this \
                 field yet."
            ));
        }
    }
}

fn check_simple(node: &Node, metric: &Metric, index: &Index<'_>, problems: &mut Problems) {
    let Some(params) = metric.type_params.get("metric_aggregation_params") else { return };
    let expression = metric.type_params.get("expr").and_then(Value::as_str);
    if let Some(problem) = aggregation_problem("Metric", &node.name, params, expression) {
        match text(params, "agg") {
            Some("count") => problems.errors.push(problem),
            _ => problems.warnings.push(problem),
        }
    }
    check_percentile(&node.name, params, problems);
    let named = metric.semantic_model().and_then(|name| Some((name, index.models.get(&(&node.domain, name))?)));
    let Some((model_name, model)) = named else { return };
    if let Some(wanted) = text(params, "agg_time_dimension").filter(|wanted| !has_time_dimension(model, wanted)) {
        // The default of the semantic model has been looked at there.
        let default = model.defaults.as_ref().and_then(|defaults| text(defaults, "agg_time_dimension"));
        if default != Some(wanted) {
            problems.warnings.push(format!(
                "In semantic model '{model_name}', metric '{}' has the aggregation time dimension set to '{wanted}', which is \
                 not a valid time dimension in the semantic model",
                node.name
            ));
        }
    }
    let is_dimension = |wanted: &str| model.dimensions.iter().any(|dimension| text(dimension, "name") == Some(wanted));
    let non_additive = params.get("non_additive_dimension").and_then(|dimension| text(dimension, "name"));
    if let Some(wanted) = non_additive.filter(|wanted| !is_dimension(wanted)) {
        problems.warnings.push(format!(
            "Metric '{}' has a non_additive_dimension with name '{wanted}' that is not defined as a dimension in semantic model \
             '{model_name}'.",
            node.name
        ));
    }
}

/// `percentile` and `percentile_type` of metrics that are no percentiles.
fn check_percentile(name: &str, params: &Value, problems: &mut Problems) {
    let aggregation = text(params, "agg").unwrap_or_default();
    let given = params["agg_params"]["percentile"].as_f64();
    let is_set = |key: &str| params["agg_params"][key] == true;
    match aggregation {
        "percentile" => {}
        "median" => {
            if let Some(given) = given.filter(|given| (given - 0.5).abs() > f64::EPSILON) {
                problems.errors.push(format!(
                    "Metric '{name}' uses a MEDIAN aggregation, while percentile is set to '{given}', a conflicting value. Please \
                     remove the parameter or set to '0.5'."
                ));
            }
            if is_set("use_discrete_percentile") {
                problems.errors.push(format!(
                    "Metric '{name}' uses a MEDIAN aggregation, while use_discrete_percentile is set to true. Please remove the \
                     parameter or set to False."
                ));
            }
        }
        _ => {
            let mut written: Vec<&str> = given.map(|_| "percentile").into_iter().collect();
            written.extend(
                ["use_discrete_percentile", "use_approximate_percentile"].into_iter().filter(|key| is_set(key)),
            );
            if !written.is_empty() {
                problems.warnings.push(format!(
                    "Metric '{name}' with aggregation '{aggregation}' uses agg_params ({}) only relevant to Percentile metrics.",
                    written.join(", ")
                ));
            }
        }
    }
}

/// Both inputs of a conversion metric count something, in semantic models that have its entity and constant properties.
fn check_conversion(node: &Node, metric: &Metric, index: &Index<'_>, problems: &mut Problems) {
    let base = conversion_input(node, metric, "base_metric", index, problems);
    let conversion = conversion_input(node, metric, "conversion_metric", index, problems);
    let (Some((base, base_model)), Some((conversion, conversion_model))) = (base, conversion) else { return };
    let entity = metric.nested("conversion_type_params", "entity").and_then(Value::as_str).unwrap_or_default();
    let properties = metric.nested("conversion_type_params", "constant_properties").and_then(Value::as_array);
    for (side, name, model) in [("base", base, base_model), ("conversion", conversion, conversion_model)] {
        if model.entities.iter().all(|known| text(known, "name") != Some(entity)) {
            problems.errors.push(format!("Entity: {entity} not found in {side} semantic model: {name}."));
        }
        let key = format!("{side}_property");
        let elements = || model.entities.iter().chain(&model.dimensions).filter_map(|element| text(element, "name"));
        for property in properties.into_iter().flatten().filter_map(|property| text(property, &key)) {
            if elements().all(|known| known != property) {
                problems.errors.push(format!(
                    "The provided constant property: {property}, cannot be found in semantic model {name}"
                ));
            }
        }
    }
}

/// The semantic model behind one input of a conversion metric.
fn conversion_input<'n>(
    node: &Node,
    metric: &Metric,
    key: &str,
    index: &Index<'n>,
    problems: &mut Problems,
) -> Option<(&'n str, &'n SemanticModel)> {
    let input = metric.nested("conversion_type_params", key)?;
    let name = text(input, "name")?;
    let read = index.metrics.get(&(&node.domain, name))?;
    if read.metric_type != MetricType::Simple {
        problems.errors.push(format!(
            "Metric '{name}' is not a Simple metric, so it cannot be used as an input for Conversion metric '{}'.",
            node.name
        ));
    }
    let model = read.semantic_model().and_then(|model| index.models.get_key_value(&(&node.domain, model)));
    let Some((&(_, model_name), &model)) = model else {
        problems.errors.push(format!(
            "Input metric '{name}' for conversion metric '{}' is linked to a semantic model that does not exist in your manifest.",
            node.name
        ));
        return None;
    };
    let aggregation = read.nested("metric_aggregation_params", "agg").and_then(Value::as_str).unwrap_or_default();
    let counts_rows = aggregation == "sum" && read.type_params.get("expr").and_then(Value::as_str) == Some("1");
    if !matches!(aggregation, "count" | "count_distinct") && !counts_rows {
        problems.errors.push(format!(
            "For conversion metrics, the input metric must be COUNT/SUM(1)/COUNT_DISTINCT. Metric '{name}' is agg type: \
             AggregationType.{}",
            aggregation.to_uppercase()
        ));
    }
    if key == "conversion_metric" && !input["filter"].is_null() {
        problems.warnings.push(format!(
            "Metric input '{name}' has a filter. For conversion metrics, filtering on the conversion input is not fully supported \
             yet."
        ));
    }
    Some((model_name, model))
}
