//! What metrics are made of: measures of semantic models, and other metrics.

use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{Found, Lookup, Metric, MetricType, Node, NodeKind, NodeRelation, UniqueId};
use crate::parse::UnresolvedNode;
use serde_json::Value;
use std::collections::HashMap;

/// Fills in the input measures of all metrics and what they depend on.
pub(super) fn settle_metrics(nodes: &mut [UnresolvedNode], lookup: &Lookup) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut inputs: HashMap<UniqueId, Inputs> = HashMap::new();
    for unresolved in nodes.iter() {
        if let Some(found) = inputs_of(unresolved, lookup, &mut diagnostics) {
            inputs.insert(unresolved.node.unique_id.clone(), found);
        }
    }
    let measures = all_measures(&inputs);
    for node in nodes.iter_mut().map(|unresolved| &mut unresolved.node) {
        let Some(found) = inputs.remove(&node.unique_id) else { continue };
        for read in found.models.into_iter().chain(found.metrics) {
            if !node.depends_on.nodes.contains(&read) {
                node.depends_on.nodes.push(read);
            }
        }
        let all = measures.get(&node.unique_id).cloned().unwrap_or_default();
        if let NodeKind::Metric(metric) = &mut node.kind {
            metric.type_params.insert("input_measures".to_string(), Value::Array(all));
        }
    }
    diagnostics
}

/// What one metric names itself.
struct Inputs {
    measures: Vec<Value>,
    models: Vec<UniqueId>,
    metrics: Vec<UniqueId>,
    /// Whether the measures of those metrics are its own as well.
    takes_measures: bool,
}

fn inputs_of(unresolved: &UnresolvedNode, lookup: &Lookup, diagnostics: &mut Vec<Diagnostic>) -> Option<Inputs> {
    let node = &unresolved.node;
    let NodeKind::Metric(metric) = &node.kind else { return None };
    let mut inputs = Inputs { measures: Vec::new(), models: Vec::new(), metrics: Vec::new(), takes_measures: false };
    inputs.models.extend(attached_model(unresolved, metric, lookup, diagnostics));
    let mut wrong = |message: String, hint: &str| {
        let diagnostic = Diagnostic::error(ErrorCode::InvalidMetric, message).at(unresolved.place.clone());
        diagnostics.push(diagnostic.hint(hint).for_node(node.unique_id.as_arc().clone()));
    };
    if let Some((message, hint)) = incomplete(node) {
        wrong(message, hint);
    }
    for measure in metric.own_measures() {
        let name = measure["name"].as_str().unwrap_or_default();
        add_once(&mut inputs.measures, measure);
        match lookup.measure(&node.domain, &node.package_name, name) {
            Found::Node(id) => inputs.models.push(id),
            Found::Ambiguous(ids) => inputs.models.extend(ids.into_iter().take(1)),
            Found::Disabled(id) => wrong(
                format!("The measure `{name}` is referenced on disabled semantic model `{}`.", last_part(&id)),
                "enable the semantic model, or disable the metric",
            ),
            Found::Missing => wrong(
                format!("A semantic model having a measure `{name}` does not exist but was referenced."),
                "measures are declared below `measures:` of a semantic model",
            ),
        }
    }
    // What a cumulative or conversion metric is made of does not count among its measures.
    let takes_measures = matches!(metric.metric_type, MetricType::Ratio | MetricType::Derived);
    inputs.takes_measures = takes_measures;
    let by = if takes_measures { format!(" by metric `{}`", node.name) } else { String::new() };
    for input in metric.input_metrics() {
        let name = input["name"].as_str().unwrap_or_default();
        match lookup.metric(&node.domain, &node.package_name, None, name) {
            Found::Node(id) => inputs.metrics.push(id),
            Found::Ambiguous(ids) => inputs.metrics.extend(ids.into_iter().take(1)),
            Found::Disabled(_) => wrong(
                format!("The metric `{name}` is disabled and thus cannot be referenced."),
                "enable it, or disable what is made of it",
            ),
            Found::Missing => wrong(
                format!("The metric `{name}` does not exist but was referenced{by}."),
                "name a metric of `metrics:`, or a measure with `create_metric: true`",
            ),
        }
    }
    Some(inputs)
}

/// The semantic model beside which a metric of the newer shape is written.
fn attached_model(
    unresolved: &UnresolvedNode,
    metric: &Metric,
    lookup: &Lookup,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UniqueId> {
    let node = &unresolved.node;
    let name = metric.semantic_model()?;
    let (make, id, reason, hint): (fn(_, String) -> _, _, _, _) =
        match lookup.semantic_model(&node.domain, &node.package_name, name) {
            Found::Node(id) => return Some(id),
            Found::Ambiguous(ids) => return ids.into_iter().next(),
            // dbt lets it pass; no query could be made of it.
            Found::Disabled(id) => (
                Diagnostic::warning,
                Some(id),
                format!("disabled semantic model `{name}`"),
                "enable the semantic model, or disable the metric",
            ),
            Found::Missing => (
                Diagnostic::error,
                None,
                format!("semantic model `{name}`, which does not exist"),
                "give the model `semantic_model: true`",
            ),
        };
    let message = format!("The metric `{}` is attached to {reason}.", node.name);
    let diagnostic = make(ErrorCode::InvalidMetric, message).at(unresolved.place.clone()).hint(hint);
    diagnostics.push(diagnostic.for_node(node.unique_id.as_arc().clone()));
    id
}

/// What a metric of its type has to have and this one has not.
fn incomplete(node: &Node) -> Option<(String, &'static str)> {
    let NodeKind::Metric(metric) = &node.kind else { return None };
    match metric.metric_type {
        MetricType::Ratio if metric.input_metrics().len() < 2 && metric.is_newer_shape() => Some((
            "Invalid ratio metric. Both a numerator and denominator must be specified".to_string(),
            "numerator: one_metric\ndenominator: another_metric",
        )),
        // What the newer shape has to have was looked at when it was read.
        _ if metric.is_newer_shape() => None,
        MetricType::Simple | MetricType::Cumulative if metric.own_measures().is_empty() => Some((
            format!("{} should have a measure defined, but it does not.", node.unique_id),
            "type_params:\n  measure: name_of_a_measure",
        )),
        MetricType::Conversion if metric.own_measures().is_empty() => Some((
            format!("{} is a conversion metric and must have conversion_type_params defined.", node.name),
            "type_params:\n  conversion_type_params: ...",
        )),
        MetricType::Ratio if metric.input_metrics().len() < 2 => Some((
            "Invalid ratio metric. Both a numerator and denominator must be specified".to_string(),
            "type_params:\n  numerator: one_metric\n  denominator: another_metric",
        )),
        _ => None,
    }
}

/// The measures of each metric: its own, or those of the metrics it is made of. Metrics that are made of themselves are
/// left out; the graph says so of them.
fn all_measures(inputs: &HashMap<UniqueId, Inputs>) -> HashMap<UniqueId, Vec<Value>> {
    let mut done: HashMap<UniqueId, Vec<Value>> = HashMap::new();
    let mut opened: std::collections::HashSet<&UniqueId> = std::collections::HashSet::new();
    for start in inputs.keys() {
        let mut stack = vec![start];
        while let Some(id) = stack.pop() {
            let Some(found) = inputs.get(id).filter(|_| !done.contains_key(id)) else { continue };
            let open: Vec<&UniqueId> = found.metrics.iter().filter(|metric| !done.contains_key(*metric)).collect();
            if !open.is_empty() && opened.insert(id) {
                stack.push(id);
                stack.extend(open);
                continue;
            }
            let mut all = found.measures.clone();
            let taken = found.metrics.iter().filter(|_| found.takes_measures);
            for measure in taken.filter_map(|metric| done.get(metric)).flatten() {
                add_once(&mut all, measure);
            }
            done.insert(id.clone(), all);
        }
    }
    done
}

fn add_once(list: &mut Vec<Value>, value: &Value) {
    if !list.contains(value) {
        list.push(value.clone());
    }
}

fn last_part(id: &UniqueId) -> &str {
    id.as_str().rsplit('.').next().unwrap_or_default()
}

/// Tells each semantic model where its model is built.
pub(super) fn place_semantic_models(nodes: &mut [UnresolvedNode]) {
    let read =
        |node: &Node| matches!(node.kind, NodeKind::SemanticModel(_)).then(|| node.depends_on.nodes.first().cloned());
    let wanted: std::collections::HashSet<UniqueId> =
        nodes.iter().filter_map(|unresolved| read(&unresolved.node).flatten()).collect();
    let found: HashMap<UniqueId, NodeRelation> = nodes
        .iter()
        .map(|unresolved| &unresolved.node)
        .filter(|node| wanted.contains(&node.unique_id))
        .map(|node| (node.unique_id.clone(), NodeRelation::of(node)))
        .collect();
    for node in nodes.iter_mut().map(|unresolved| &mut unresolved.node) {
        let relation = node.depends_on.nodes.first().and_then(|id| found.get(id)).cloned();
        if let NodeKind::SemanticModel(model) = &mut node.kind {
            model.node_relation = relation;
        }
    }
}
