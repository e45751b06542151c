//! Exposures, groups and unit tests.

use super::PackageInput;
use super::config::typed;
use super::node::{self, Draft, in_node};
use super::patch::{self, Properties};
use super::template::Captured;
use super::universe::{Universe, fqn};
use super::unresolved::UnresolvedNode;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::context::{metric_call, ref_call, source_call};
use crate::jinja::extract::{LiteralFunction, literal_calls};
use crate::jinja::parse_template;
use crate::jinja::value::{Arguments, to_str};
use crate::manifest::{
    Checksum, ConfigMap, Exposure, Group, JsonMap, MetricCall, NodeKind, Owner, Reference, ResourceType, UniqueId,
    UnitTest, UnitTestFixture, Version,
};
use crate::project::files::{FileKind, SourceFile};
use crate::project::properties::{
    ExposureKind, ExposureProperties, Maturity, OwnerProperties, UnitTestFormat, UnitTestOutput, UnitTestProperties,
    UnitTestRows,
};
use crate::project::yaml::Yaml;
use minijinja::Value;
use minijinja::value::Kwargs;
use serde_json::Value as Json;
use std::sync::Arc;

/// The call that `text` is, such as `ref('orders')`; nothing if it is anything else.
pub(super) fn literal_reference(file: &Arc<str>, text: &str) -> Option<Reference> {
    let body = parse_template(file, &format!("{{{{ {text} }}}}")).ok()?;
    let calls = literal_calls(&body)?;
    let [call] = calls.as_slice() else { return None };
    let mut values = call.positional.clone();
    if !call.keywords.is_empty() {
        values.push(Value::from(call.keywords.iter().cloned().collect::<Kwargs>()));
    }
    let arguments = Arguments::new(&values);
    match call.function {
        LiteralFunction::Ref => ref_call(&arguments).ok().map(Reference::Ref),
        LiteralFunction::Source => source_call(&arguments).ok().map(Reference::Source),
        LiteralFunction::Config | LiteralFunction::Var | LiteralFunction::Metric => None,
    }
}

/// The call of `metric` that `text` is.
fn literal_metric(file: &Arc<str>, text: &str) -> Option<MetricCall> {
    let body = parse_template(file, &format!("{{{{ {text} }}}}")).ok()?;
    let calls = literal_calls(&body)?;
    let [call] = calls.as_slice() else { return None };
    let is_metric = call.function == LiteralFunction::Metric && call.keywords.is_empty();
    is_metric.then(|| metric_call(&Arguments::new(&call.positional)).ok()).flatten()
}

pub(super) fn draft<'p>(
    kind: ResourceType,
    package: &'p PackageInput,
    file: &Properties,
    name: &str,
    fqn: Vec<Arc<str>>,
    place: &Span,
) -> Draft<'p> {
    Draft {
        kind,
        package,
        name: name.to_string(),
        fqn,
        path: file.path.relative.to_string(),
        original_file_path: file.path.original.to_string(),
        file: file.path.full.clone(),
        place: place.clone(),
        raw_code: "",
        offset: 0,
        checksum: Checksum { algorithm: "none".into(), value: String::new() },
        patch: None,
        id_rest: None,
    }
}

/// All exposures of a domain.
pub(super) fn exposures(
    universe: &Universe<'_>,
    properties: &[Properties],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<UnresolvedNode> {
    let mut nodes = Vec::new();
    for file in properties {
        for exposure in &file.content.exposures {
            nodes.extend(self::exposure(universe, file, exposure, diagnostics));
        }
    }
    nodes
}

fn exposure(
    universe: &Universe<'_>,
    file: &Properties,
    exposure: &ExposureProperties,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnresolvedNode> {
    let package = universe.package(&file.package)?;
    let name = exposure.name.as_str();
    let fqn = fqn(&file.package, &file.path.relative, false, name);
    let draft = draft(ResourceType::Exposure, package, file, name, fqn, &exposure.span);
    let mut node = node::empty(universe, &draft);
    let own = map_of(exposure.config.as_ref());
    let mut sum = universe.config(ResourceType::Exposure, package, &draft.fqn, Some(&own), &ConfigMap::new());
    node.unrendered_config = universe.unrendered_config(
        ResourceType::Exposure,
        package,
        &draft.fqn,
        Some(&map_of(exposure.unrendered_config.as_ref())),
        &ConfigMap::new(),
    );
    let mut tags: Vec<String> = exposure.tags.iter().map(|tag| tag.as_str().to_string()).collect();
    tags.extend(patch::texts(sum.get("tags")));
    tags.sort();
    tags.dedup();
    let mut meta = map_of(exposure.meta.as_ref());
    meta.extend(sum.get("meta").and_then(Json::as_object).cloned().unwrap_or_default());
    sum.insert("tags".to_string(), tags.into());
    sum.insert("meta".to_string(), Json::Object(meta));
    let (config, problems) = typed(ResourceType::Exposure, sum);
    for problem in problems {
        let diagnostic = Diagnostic::error(ErrorCode::InvalidConfig, problem.message);
        diagnostics.push(in_node(diagnostic.at(exposure.span.clone()), &node));
    }
    node.config = Arc::new(config);
    node.relation = None;
    let text = exposure.description.as_ref().map_or("", |text| text.as_str());
    (node.description, node.doc_blocks) =
        universe.docs.render(universe, &file.package, text, &exposure.span, diagnostics);
    let mut captured = Captured::default();
    for reference in &exposure.depends_on {
        match literal_reference(&file.path.full, reference.as_str()) {
            Some(Reference::Ref(call)) => captured.refs.push((call, Some(reference.span.clone()))),
            Some(Reference::Source(call)) => captured.sources.push((call, Some(reference.span.clone()))),
            None if literal_metric(&file.path.full, reference.as_str()).is_some() => {
                captured.metrics.extend(literal_metric(&file.path.full, reference.as_str()));
            }
            None => diagnostics.push(in_node(
                Diagnostic::error(
                    ErrorCode::InvalidReference,
                    format!("'{}' is no ref, no source and no metric", reference.as_str()),
                )
                .at(reference.span.clone())
                .hint("write it like a call: ref('fct_orders')"),
                &node,
            )),
        }
    }
    node.kind = NodeKind::Exposure(Box::new(Exposure {
        exposure_type: match exposure.kind.value {
            ExposureKind::Dashboard => "dashboard",
            ExposureKind::Notebook => "notebook",
            ExposureKind::Analysis => "analysis",
            ExposureKind::MachineLearning => "ml",
            ExposureKind::Application => "application",
        }
        .to_string(),
        owner: owner(&exposure.owner),
        label: exposure.label.as_ref().map(|text| text.as_str().to_string()),
        maturity: exposure.maturity.as_ref().map(|maturity| {
            match maturity.value {
                Maturity::Low => "low",
                Maturity::Medium => "medium",
                Maturity::High => "high",
            }
            .to_string()
        }),
        url: exposure.url.as_ref().map(|text| text.as_str().to_string()),
    }));
    Some(UnresolvedNode::finished(universe, node, captured, &ConfigMap::new(), exposure.span.clone()))
}

pub(super) fn map_of(yaml: Option<&Yaml>) -> JsonMap {
    yaml.map(Yaml::to_json).and_then(|json| json.as_object().cloned()).unwrap_or_default()
}

fn owner(owner: &OwnerProperties) -> Owner {
    Owner {
        name: owner.name.as_ref().map(|name| name.as_str().to_string()),
        email: owner.tree.get("email").map(Yaml::to_json).filter(|email| !email.is_null()),
        extra: owner.extra.iter().map(|(name, value)| (name.as_str().to_string(), value.to_json())).collect(),
    }
}

/// All groups of a domain.
pub(super) fn groups(universe: &Universe<'_>, properties: &[Properties]) -> Vec<(Group, Span)> {
    let mut groups = Vec::new();
    for file in properties {
        for group in &file.content.groups {
            let name = group.name.as_str();
            let Some(package) = universe.package(&file.package) else { continue };
            // dbt lays what the project file says of models over groups too.
            let fqn = fqn(&file.package, &file.path.relative, false, name);
            let own = map_of(group.config.as_ref());
            groups.push((
                Group {
                    unique_id: universe.id("group", &file.package, name),
                    domain: universe.name().clone(),
                    package_name: file.package.clone(),
                    name: name.into(),
                    path: file.path.relative.to_string(),
                    original_file_path: file.path.original.to_string(),
                    owner: owner(&group.owner),
                    description: group.description.as_ref().map(|text| text.as_str().to_string()),
                    config: universe.group_config(package, &fqn, &own),
                },
                group.span.clone(),
            ));
        }
    }
    groups
}

/// All unit tests of a domain, one for each version of a versioned model.
pub(super) fn unit_tests(
    universe: &Universe<'_>,
    properties: &[Properties],
    nodes: &[UnresolvedNode],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<UnresolvedNode> {
    let mut tests = Vec::new();
    for file in properties {
        for test in &file.content.unit_tests {
            tests.extend(unit_test(universe, file, test, nodes, diagnostics));
        }
    }
    tests
}

fn unit_test(
    universe: &Universe<'_>,
    file: &Properties,
    test: &UnitTestProperties,
    nodes: &[UnresolvedNode],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<UnresolvedNode> {
    let Some(package) = universe.package(&file.package) else { return Vec::new() };
    let (name, model) = (test.name.as_str(), test.model.as_str());
    let tested: Vec<&UnresolvedNode> = nodes
        .iter()
        .filter(|unresolved| {
            let node = &unresolved.node;
            node.as_model().is_some() && *node.package_name == *file.package && *node.name == *model
        })
        .collect();
    let below = file.path.original.split_once('/').map_or(&*file.path.original, |(_, below)| below);
    let mut fqn = fqn(&file.package, below, false, model);
    fqn.push(name.into());
    let draft = draft(ResourceType::UnitTest, package, file, name, fqn, &test.span);
    if tested.is_empty() {
        let message =
            format!("Unable to find model '{}.{model}' for unit test '{name}' in {}", file.package, file.path.original);
        let known = nodes.iter().filter(|node| node.node.as_model().is_some()).map(|node| &*node.node.name);
        let diagnostic = Diagnostic::error(ErrorCode::UnitTest, message).at(test.model.span.clone());
        diagnostics.push(match crate::diagnostic::closest(model, known) {
            Some(nearest) => diagnostic.hint(format!("did you mean '{nearest}'?")),
            None => diagnostic,
        });
        return Vec::new();
    }
    let wanted: Vec<&&UnresolvedNode> =
        tested.iter().filter(|unresolved| is_wanted(test, unresolved.node.version())).collect();
    wanted
        .into_iter()
        .filter_map(|unresolved| one_unit_test(universe, package, file, test, &draft, unresolved, diagnostics))
        .collect()
}

fn is_wanted(test: &UnitTestProperties, version: Option<&Version>) -> bool {
    let Some(version) = version else { return true };
    let is_listed = |versions: &[crate::project::Spanned<crate::project::properties::NodeVersion>]| {
        versions.iter().any(|listed| patch::version(&listed.value) == *version)
    };
    match (&test.include_versions, &test.exclude_versions) {
        (Some(include), _) if !include.is_empty() => is_listed(include),
        (_, Some(exclude)) => !is_listed(exclude),
        _ => true,
    }
}

fn one_unit_test(
    universe: &Universe<'_>,
    package: &PackageInput,
    file: &Properties,
    test: &UnitTestProperties,
    draft: &Draft<'_>,
    tested: &UnresolvedNode,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnresolvedNode> {
    let (name, model) = (test.name.as_str(), test.model.as_str());
    let version = tested.node.version().cloned();
    let rest = match &version {
        Some(version) => format!("{model}.{name}_v{version}"),
        None => format!("{model}.{name}"),
    };
    let mut node = node::empty(universe, draft);
    node.unique_id = universe.id("unit_test", &file.package, &rest);
    let own = map_of(test.config.as_ref());
    let sum = universe.config(ResourceType::UnitTest, package, &draft.fqn, Some(&own), &ConfigMap::new());
    let mut config = typed(ResourceType::UnitTest, sum).0;
    config.enabled &= tested.node.config.enabled;
    node.config = Arc::new(config);
    node.relation = tested.node.relation.clone();
    node.description = test.description.as_ref().map(|text| text.as_str().to_string()).unwrap_or_default();
    node.depends_on.nodes = vec![tested.node.unique_id.clone()];
    let overrides = &test.overrides;
    check_incremental(test, tested, &node.unique_id, diagnostics);
    let given: Option<Vec<UnitTestFixture>> = test
        .given
        .iter()
        .map(|given| fixture(universe, package, test, given.input.as_str(), &given.content, diagnostics))
        .collect();
    let expect = fixture(universe, package, test, "", &test.expect, diagnostics);
    let versions = [("include", &test.include_versions), ("exclude", &test.exclude_versions)];
    let versions: JsonMap = versions
        .into_iter()
        .map(|(name, list)| {
            let list = list.as_ref().map(|list| list.iter().map(|version| patch::version(&version.value).to_json()));
            (name.to_string(), list.map_or(Json::Null, |list| Json::Array(list.collect())))
        })
        .collect();
    node.kind = NodeKind::UnitTest(Box::new(UnitTest {
        model: model.to_string(),
        tested_node: Some(tested.node.unique_id.clone()),
        given: given?,
        expect: expect?,
        macro_overrides: map_of(overrides.macros.as_ref()),
        var_overrides: map_of(overrides.vars.as_ref()),
        env_var_overrides: map_of(overrides.env_vars.as_ref()),
        version,
        versions: versions.values().any(|list| !list.is_null()).then_some(Json::Object(versions)),
        test_checksum: None,
    }));
    let mut finished =
        UnresolvedNode::finished(universe, node, Captured::default(), &ConfigMap::new(), test.span.clone());
    if let NodeKind::UnitTest(unit) = &mut finished.node.kind {
        unit.test_checksum = Some(checksum(unit));
    }
    Some(finished)
}

/// A unit test of an incremental model must say in which of its two ways the model is meant.
fn check_incremental(
    test: &UnitTestProperties,
    tested: &UnresolvedNode,
    id: &UniqueId,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let calls = tested.node.depends_on.macros.iter().any(|called| called.as_str() == "macro.dbt.is_incremental");
    let override_ = test.overrides.macros.as_ref().and_then(|macros| macros.get("is_incremental"));
    let (name, model) = (test.name.as_str(), test.model.as_str());
    let message = match override_.and_then(Yaml::as_bool) {
        None if calls => {
            format!("Boolean override for 'is_incremental' must be provided for unit test '{name}' in model '{model}'")
        }
        Some(true) if calls && !test.given.iter().any(|given| given.input.as_str() == "this") => {
            format!("Unit test '{name}' for incremental model '{model}' must have a 'this' input")
        }
        _ => return,
    };
    let diagnostic = Diagnostic::error(ErrorCode::UnitTest, message).at(test.span.clone());
    let diagnostic = diagnostic.hint("overrides:\n  macros:\n    is_incremental: false");
    diagnostics.push(diagnostic.for_node(id.as_arc().clone()));
}

/// The rows of an input or of the expectation, as the manifest has them: dicts, or SQL.
fn fixture(
    universe: &Universe<'_>,
    package: &PackageInput,
    test: &UnitTestProperties,
    input: &str,
    output: &UnitTestOutput,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnitTestFixture> {
    let mut wrong = |message: String| {
        diagnostics.push(Diagnostic::error(ErrorCode::UnitTest, message).at(output.span.clone()));
        None
    };
    let text: Option<String> = match (&output.fixture, &output.rows) {
        (Some(fixture), _) => match find_fixture(universe, package, fixture.as_str()) {
            Some(file) => Some(file.text.to_string()),
            None => return wrong(format!("Could not find fixture file {} for unit test", fixture.as_str())),
        },
        (None, Some(UnitTestRows::Text(text))) => Some(text.as_str().to_string()),
        (None, _) => None,
    };
    let format = match output.format {
        UnitTestFormat::Csv => "csv",
        UnitTestFormat::Dict => "dict",
        UnitTestFormat::Sql => "sql",
    };
    let rows = match (output.format, text, &output.rows) {
        (UnitTestFormat::Sql, Some(text), _) => Json::String(text),
        (UnitTestFormat::Sql, None, _) => {
            return wrong(format!("Unit test {} has no rows of SQL", test.name.as_str()));
        }
        (UnitTestFormat::Csv, Some(text), _) => match csv_rows(&text) {
            Ok(rows) => rows,
            Err(cause) => return wrong(format!("The rows of unit test {} are no CSV: {cause}", test.name.as_str())),
        },
        (UnitTestFormat::Dict, Some(_), _) => {
            return wrong(format!("Unit test {} has rows of text, but its format is dict", test.name.as_str()));
        }
        (_, None, Some(UnitTestRows::Dicts(rows))) => Json::Array(rows.iter().map(Yaml::to_json).collect()),
        (_, None, _) => Json::Array(Vec::new()),
    };
    Some(UnitTestFixture {
        input: input.to_string(),
        reference: literal_reference(&test.span.file, input),
        rows: Some(first_row_complete(rows)),
        format: format.to_string(),
        fixture: output.fixture.as_ref().map(|fixture| fixture.as_str().to_string()),
    })
}

fn find_fixture<'p>(universe: &Universe<'p>, package: &'p PackageInput, name: &str) -> Option<&'p SourceFile> {
    let of = |package: &'p PackageInput| {
        package.files.iter().find(|file| file.file.kind == FileKind::Fixture && file.file.path.stem() == name)
    };
    of(package).or_else(|| of(universe.root()))
}

fn csv_rows(text: &str) -> Result<Json, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start().as_bytes());
    let header = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let row = header
            .iter()
            .enumerate()
            // As in dbt, an empty value is null.
            .map(|(index, name)| (name.to_string(), record.get(index).filter(|value| !value.is_empty()).into()));
        rows.push(Json::Object(row.collect()));
    }
    Ok(Json::Array(rows))
}

/// The types of a fixture are read off its first row: a row without nulls is put there, as dbt does.
fn first_row_complete(rows: Json) -> Json {
    let Json::Array(mut rows) = rows else { return rows };
    let is_complete = |row: &Json| row.as_object().is_some_and(|row| row.values().all(|value| !value.is_null()));
    if let Some(index) = rows.iter().position(is_complete).filter(|index| *index > 0) {
        rows.swap(0, index);
    }
    Json::Array(rows)
}

/// dbt's checksum of a unit test: everything but its description, as Python prints dbt's classes.
fn checksum(test: &UnitTest) -> String {
    use crate::jinja::value::{from_json, repr};
    let shown = |value: &Json| repr(&from_json(value));
    let text = |text: &str| repr(&Value::from(text));
    let rows = |fixture: &UnitTestFixture| fixture.rows.as_ref().map_or("None".to_string(), shown);
    let content = |fixture: &UnitTestFixture| {
        let format = match fixture.format.as_str() {
            "csv" => "<UnitTestFormat.CSV: 'csv'>",
            "sql" => "<UnitTestFormat.SQL: 'sql'>",
            _ => "<UnitTestFormat.Dict: 'dict'>",
        };
        let name = fixture.fixture.as_deref().map_or("None".to_string(), text);
        format!("rows={}, format={format}, fixture={name}", rows(fixture))
    };
    let given: Vec<String> = test
        .given
        .iter()
        .map(|given| format!("UnitTestInputFixture(input={}, {})", text(&given.input), content(given)))
        .collect();
    let part = |name: &str| test.versions.as_ref().and_then(|versions| versions.get(name)).map_or("None".into(), shown);
    let versions = match &test.versions {
        None => "None".to_string(),
        Some(_) => format!("UnitTestNodeVersions(include={}, exclude={})", part("include"), part("exclude")),
    };
    let overrides = [&test.macro_overrides, &test.var_overrides, &test.env_var_overrides];
    let overrides = match overrides.map(|map| shown(&Json::Object(map.clone()))) {
        _ if overrides.iter().all(|map| map.is_empty()) => "None".to_string(),
        [macros, vars, env_vars] => format!("UnitTestOverrides(macros={macros}, vars={vars}, env_vars={env_vars})"),
    };
    let mut state = format!(
        "{}-{versions}-[{}]-UnitTestOutputFixture({})-{overrides}",
        test.model,
        given.join(", "),
        content(&test.expect),
    );
    for given in test.given.iter().filter(|given| given.fixture.is_some()) {
        state += &format!("-{}", given.rows.as_ref().map_or("None".to_string(), |rows| to_str(&from_json(rows))));
    }
    crate::project::checksum::Checksum::of_bytes(state.as_bytes()).value().to_string()
}
