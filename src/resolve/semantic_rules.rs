//! What MetricFlow requires of semantic models and metrics, beyond that their names are known.
//!
//! Source: the validations of `dbt-semantic-interfaces`. Only those that a project meets in practice; what a query would
//! need (types of joins, reserved words) is left to MetricFlow.

use super::newer_semantic_rules::{self, GRANULARITIES};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{DomainName, Metric, MetricType, Node, NodeKind, SemanticModel};
use crate::parse::UnresolvedNode;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The model that serves as a time spine of days when none says that it is one.
const LEGACY_TIME_SPINE: &str = "metricflow_time_spine";

/// Granularities of a day or finer.
const FINE: &[&str] = GRANULARITIES.split_at(7).0;

/// Everything that is wrong with the semantic models and metrics of all domains.
pub(super) fn check(nodes: &[UnresolvedNode]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    check_time_spines(nodes, &mut diagnostics);
    let custom = custom_granularities(nodes);
    let nodes = computed(nodes);
    check_measures_unique(&nodes, &mut diagnostics);
    diagnostics.extend(newer_semantic_rules::check(&nodes, &custom));
    for unresolved in nodes {
        let (errors, warnings) = match &unresolved.node.kind {
            NodeKind::SemanticModel(model) => (model_problems(&unresolved.node.name, model), Vec::new()),
            NodeKind::Metric(metric) => metric_problems(&unresolved.node.name, metric),
            _ => continue,
        };
        diagnostics.extend(errors.into_iter().map(|message| placed(Diagnostic::error, message, unresolved)));
        diagnostics.extend(warnings.into_iter().map(|message| placed(Diagnostic::warning, message, unresolved)));
    }
    diagnostics
}

fn custom_granularities(nodes: &[UnresolvedNode]) -> newer_semantic_rules::CustomGranularities<'_> {
    let spines = nodes.iter().filter_map(|unresolved| {
        let node = &unresolved.node;
        Some((&node.domain, node.as_model()?.time_spine.as_ref()?))
    });
    spines
        .flat_map(|(domain, spine)| spine.custom_granularities.iter().map(move |(name, _)| (domain, name.as_str())))
        .collect()
}

/// Semantic models and metrics of domains that have both: dbt looks at no others.
fn computed(nodes: &[UnresolvedNode]) -> Vec<&UnresolvedNode> {
    let is_model = |node: &Node| matches!(node.kind, NodeKind::SemanticModel(_));
    let is_metric = |node: &Node| matches!(node.kind, NodeKind::Metric(_));
    let having = |wanted: &dyn Fn(&Node) -> bool| -> HashSet<&DomainName> {
        nodes.iter().map(|unresolved| &unresolved.node).filter(|node| wanted(node)).map(|node| &node.domain).collect()
    };
    let (models, metrics) = (having(&is_model), having(&is_metric));
    let counts = |node: &Node| models.contains(&node.domain) && metrics.contains(&node.domain);
    let wanted = |node: &Node| (is_model(node) || is_metric(node)) && counts(node);
    nodes.iter().filter(|unresolved| wanted(&unresolved.node)).collect()
}

pub(super) fn placed(
    make: fn(ErrorCode, String) -> Diagnostic,
    message: String,
    unresolved: &UnresolvedNode,
) -> Diagnostic {
    let id = unresolved.node.unique_id.as_arc().clone();
    make(ErrorCode::InvalidMetric, message).at(unresolved.place.clone()).for_node(id)
}

/// A domain with semantic models has a time spine of days or finer.
fn check_time_spines(nodes: &[UnresolvedNode], diagnostics: &mut Vec<Diagnostic>) {
    let with_spine: HashSet<&DomainName> = nodes
        .iter()
        .map(|unresolved| &unresolved.node)
        .filter(|node| is_fine_spine(node))
        .map(|node| &node.domain)
        .collect();
    let mut told: HashSet<&DomainName> = HashSet::new();
    for unresolved in nodes {
        let node = &unresolved.node;
        let has_model = matches!(node.kind, NodeKind::SemanticModel(_));
        if has_model && !with_spine.contains(&node.domain) && told.insert(&node.domain) {
            let message = "The semantic layer requires a time spine model with granularity DAY or smaller in the project, but \
                           none was found. Guidance on creating this model can be found on our docs site \
                           (https://docs.getdbt.com/docs/build/metricflow-time-spine).";
            let diagnostic = placed(Diagnostic::error, message.to_string(), unresolved);
            diagnostics.push(diagnostic.hint(
                "describe a model of days:\nmodels:\n  - name: all_days\n    time_spine:\n      standard_granularity_column: \
                 day\n    columns:\n      - name: day\n        granularity: day",
            ));
        }
    }
}

fn is_fine_spine(node: &Node) -> bool {
    let Some(model) = node.as_model() else { return false };
    match &model.time_spine {
        None => *node.name == *LEGACY_TIME_SPINE,
        Some(spine) => node
            .columns
            .get(&spine.standard_granularity_column)
            .and_then(|column| column.granularity.as_deref())
            .is_some_and(|granularity| FINE.contains(&granularity.to_lowercase().as_str())),
    }
}

fn check_measures_unique(nodes: &[&UnresolvedNode], diagnostics: &mut Vec<Diagnostic>) {
    let mut owners: HashMap<(&DomainName, &str), &str> = HashMap::new();
    for unresolved in nodes {
        let node = &unresolved.node;
        let NodeKind::SemanticModel(model) = &node.kind else { continue };
        for measure in model.measure_names() {
            if let Some(earlier) = owners.insert((&node.domain, measure), &node.name) {
                let message = format!(
                    "Found measure with name {measure} in multiple semantic models with names (['{earlier}']), and in '{}'",
                    node.name
                );
                let diagnostic = placed(Diagnostic::error, message, unresolved);
                diagnostics.push(diagnostic.hint("rename one of the measures: metrics name them without their model"));
            }
        }
    }
}

pub(super) fn text<'a>(element: &'a Value, key: &str) -> Option<&'a str> {
    element.get(key).and_then(Value::as_str)
}

fn model_problems(name: &str, model: &SemanticModel) -> Vec<String> {
    let mut problems: Vec<String> = primary_entity_problem(name, model).into_iter().collect();
    problems.extend(reused_names(name, model));
    let dimension = |wanted: &str| model.dimensions.iter().find(|dimension| text(dimension, "name") == Some(wanted));
    let is_time = |wanted: &str| dimension(wanted).is_some_and(|found| text(found, "type") == Some("time"));
    let default = model.defaults.as_ref().and_then(|defaults| text(defaults, "agg_time_dimension"));
    for measure in &model.measures {
        let own = text(measure, "name").unwrap_or_default();
        match text(measure, "agg_time_dimension").or(default) {
            None => problems.push(format!(
                "Aggregation time dimension for measure {own} on semantic model {name} is not set! To fix this either specify a \
                 default `agg_time_dimension` for the semantic model or define an `agg_time_dimension` on the measure directly."
            )),
            Some(wanted) if !is_time(wanted) => problems.push(format!(
                "In semantic model '{name}', measure '{own}' has the aggregation time dimension set to '{wanted}', which is not \
                 a valid time dimension in the semantic model"
            )),
            Some(_) => {}
        }
        let non_additive = measure.get("non_additive_dimension").and_then(|params| text(params, "name"));
        if let Some(wanted) = non_additive.filter(|wanted| dimension(wanted).is_none()) {
            problems.push(format!(
                "Measure '{own}' has a non_additive_dimension with name '{wanted}' that is not defined as a dimension in \
                 semantic model '{name}'."
            ));
        }
        problems.extend(aggregation_problem("Measure", own, measure, text(measure, "expr")));
    }
    problems
}

fn primary_entity_problem(name: &str, model: &SemanticModel) -> Option<String> {
    let of_type = |entity: &&Value| text(entity, "type") == Some("primary");
    let names: Vec<&str> = model.entities.iter().filter(of_type).filter_map(|entity| text(entity, "name")).collect();
    match (names.as_slice(), &model.primary_entity) {
        ([], None) if !model.dimensions.is_empty() => Some(format!(
            "The semantic model {name} contains dimensions, but it does not define a primary entity. Either add an entity with \
             type PRIMARY or set a value for the primary_entity key."
        )),
        ([only], Some(field)) => Some(format!(
            "The semantic model `{name}` has an entity named `{only}` with type primary but it also has the `primary_entity` \
             field set to `{field}`. Both should not be present in the model."
        )),
        ([_, _, ..], _) => Some(format!(
            "Semantic models can have only one primary entity. The semantic model `{name}` has {}: {}",
            names.len(),
            names.join(", ")
        )),
        _ => None,
    }
}

/// A name stands for one element of a semantic model.
fn reused_names(model_name: &str, model: &SemanticModel) -> Vec<String> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    let mut problems = Vec::new();
    let kinds = [("measure", &model.measures), ("entity", &model.entities), ("dimension", &model.dimensions)];
    for (kind, elements) in kinds {
        for name in elements.iter().filter_map(|element| text(element, "name")) {
            match seen.get(name) {
                Some(earlier) => problems.push(format!(
                    "In semantic model `{model_name}`, can't use name `{name}` for a {kind} when it was already used for a \
                     {earlier}"
                )),
                None => {
                    seen.insert(name, kind);
                }
            }
        }
    }
    problems
}

/// What is wrong with the `agg` and `agg_params` of a measure or a metric; `kind` says of which.
pub(super) fn aggregation_problem(kind: &str, name: &str, params: &Value, expression: Option<&str>) -> Option<String> {
    let percentile = params.get("agg_params").and_then(|params| params.get("percentile")).and_then(Value::as_f64);
    match (text(params, "agg")?, percentile) {
        ("count", _) if expression.is_none() => Some(format!(
            "{kind} '{name}' uses a COUNT aggregation, which requires an expr to be provided. Provide 'expr: 1' if a count of \
             all rows is desired."
        )),
        ("percentile", None) => Some(format!(
            "{kind} '{name}' uses a PERCENTILE aggregation, which requires agg_params.percentile to be provided."
        )),
        ("percentile", Some(given)) if given <= 0.0 || given >= 1.0 => Some(format!(
            "Percentile aggregation parameter for {} '{name}' is '{given}', but must be between 0 and 1 (non-inclusive). For \
             example, to indicate the 65th percentile value, set 'percentile: 0.65'.",
            kind.to_lowercase()
        )),
        _ => None,
    }
}

/// Errors, and warnings.
fn metric_problems(name: &str, metric: &Metric) -> (Vec<String>, Vec<String>) {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let param = |key: &str| metric.type_params.get(key).filter(|value| !value.is_null());
    match metric.metric_type {
        MetricType::Cumulative => {
            let nested = |key: &str| {
                param("cumulative_type_params").and_then(|params| params.get(key)).is_some_and(|value| !value.is_null())
            };
            if nested("window") && nested("grain_to_date") {
                errors.push(
                    "Both window and grain_to_date set for cumulative metric. Please set one or the other.".into(),
                );
            }
            if param("window").is_some() || param("grain_to_date").is_some() {
                warnings.push(
                    "Cumulative fields `type_params.window` and `type_params.grain_to_date` have been moved and will soon be \
                     deprecated. Please nest those values under `type_params.cumulative_type_params.window` and \
                     `type_params.cumulative_type_params.grain_to_date`. See documentation on behavior changes: \
                     https://docs.getdbt.com/reference/global-configs/behavior-changes."
                        .into(),
                );
            }
        }
        MetricType::Derived => derived_problems(name, metric, &mut errors, &mut warnings),
        _ => {}
    }
    (errors, warnings)
}

fn derived_problems(name: &str, metric: &Metric, errors: &mut Vec<String>, warnings: &mut Vec<String>) {
    let inputs = metric.input_metrics();
    if inputs.is_empty() {
        errors.push(format!(
            "No input metrics found for derived metric '{name}'. Please add metrics to type_params.metrics."
        ));
    }
    let mut used: HashSet<&str> = HashSet::new();
    for input in &inputs {
        let (own, alias) = (text(input, "name").unwrap_or_default(), text(input, "alias"));
        if let Some(alias) = alias.filter(|alias| !used.insert(alias)) {
            errors.push(format!(
                "Alias '{alias}' for input metric: '{own}' is already being used. Please choose another alias."
            ));
        }
        if !input["offset_window"].is_null() && !input["offset_to_grain"].is_null() {
            errors.push(format!(
                "Both offset_window and offset_to_grain set for derived metric '{name}' on input metric '{own}'. Please set one \
                 or the other."
            ));
        }
    }
    let Some(expression) = metric.type_params.get("expr").and_then(Value::as_str) else {
        warnings.push(format!(
            "No `expr` set for derived metric {name}. Please add an `expr` that references all input metrics."
        ));
        return;
    };
    for input in inputs.iter().filter_map(|input| text(input, "alias").or_else(|| text(input, "name"))) {
        if !expression.contains(input) {
            warnings.push(format!(
                "Input metric '{input}' is not used in `expr`: '{expression}' for derived metric '{name}'. Please update the \
                 `expr` or remove the input metric."
            ));
        }
    }
}
