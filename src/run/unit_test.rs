//! Unit tests: a model's SQL over given rows, compared with expected rows.
//! Source: <https://docs.getdbt.com/docs/build/unit-tests>.

use super::execute::{Executed, Executor, failed, main_response, main_table, response_json};
use super::failure::Failure;
use crate::compile::{CompileError, CompiledNode, Program, inject};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::context::{DuckDBRelation, Host, NodeScope, NodeView};
use crate::jinja::runtime::Phase;
use crate::jinja::value::error::error;
use crate::jinja::value::{Outcome, Table, from_json, to_str};
use crate::jinja::warehouse::Session;
use crate::jinja::{Engine, MacroNamespace, Unit, parse_template};
use crate::manifest::{
    ConfigMap, Domain, Found, FunctionCall, Node, NodeKind, NodeStatus, RefCall, Relation, SourceCall, UniqueId,
    UnitTest, UnitTestFixture,
};
use minijinja::Value;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Runs one unit test.
pub(super) fn execute(
    executor: &Executor,
    node: &Arc<Node>,
    test: &UnitTest,
    session: &Arc<dyn Session>,
) -> Result<Executed, Failure> {
    let program = &executor.program;
    let tested = test.tested_node.as_ref().and_then(|id| program.manifest.node(id));
    let tested = tested.ok_or_else(|| Failure::Message(format!("Unable to find model '{}'", test.model)))?;
    let domain = program.manifest.domain(&node.domain);
    let domain = domain.ok_or_else(|| Failure::Message(format!("there is no domain {}", node.domain)))?;
    let setting = Setting { program, domain, node, test, tested, session };
    let inputs = setting.inputs()?;
    let code = setting.compile(&inputs)?;
    let scope = setting.scope(None, Some(&code));
    executor.materialize(node, "unit", &scope).map_err(|failure| setting.in_definition(failure))?;
    let response = main_response(&scope).unwrap_or_default();
    let table = main_table(&scope).ok_or_else(|| Failure::Message("the unit test has no result".to_string()))?;
    let difference = difference(&rows(&table, "expected"), &rows(&table, "actual"), &table);
    let compiled = Some(CompiledNode { code, ..CompiledNode::default() });
    let mut executed = Executed { response: response_json(&response), compiled, ..Executed::default() };
    match difference {
        None => {
            executed.status = Some(NodeStatus::Pass);
            executed.failures = Some(0);
        }
        Some(shown) => {
            executed.status = Some(NodeStatus::Fail);
            executed.failures = Some(1);
            executed.message = Some(format!("\n\nactual differs from expected:\n\n{shown}\n"));
        }
    }
    Ok(executed)
}

struct Setting<'a> {
    program: &'a Arc<Program>,
    domain: &'a Arc<Domain>,
    node: &'a Arc<Node>,
    test: &'a UnitTest,
    tested: &'a Arc<Node>,
    session: &'a Arc<dyn Session>,
}

/// The given rows of one input, as a common table expression.
struct Input {
    id: UniqueId,
    cte: String,
    sql: String,
}

impl Setting<'_> {
    fn problem(&self, message: String) -> Failure {
        let diagnostic = Diagnostic::error(ErrorCode::UnitTest, message);
        Failure::Compile(CompileError::Diagnostic(Box::new(diagnostic)))
    }

    fn in_definition(&self, failure: Failure) -> Failure {
        let message = failure.message(self.node);
        let message = format!(
            "An error occurred during execution of unit test '{}'. There may be an error in the unit test definition: check \
             the data types.\n {message}",
            self.node.name
        );
        Failure::Described(message, Box::new(failure))
    }

    fn inputs(&self) -> Result<Vec<Input>, Failure> {
        self.test.given.iter().map(|given| self.input(given)).collect()
    }

    fn input(&self, given: &UnitTestFixture) -> Result<Input, Failure> {
        let original = self.original(given)?;
        let name = match &original.kind {
            NodeKind::Source(source) => format!("{}__{}", source.source_name, original.name),
            _ => original.alias.clone(),
        };
        let sql = self.fixture(&original, given)?;
        Ok(Input { id: original.unique_id.clone(), cte: format!("__dbt__cte__{name}"), sql })
    }

    /// The node that an input stands for.
    fn original(&self, given: &UnitTestFixture) -> Result<Arc<Node>, Failure> {
        let input = given.input.as_str();
        if input.trim() == "this" {
            return Ok(self.tested.clone());
        }
        let missing = || {
            self.problem(format!(
                "Unit test '{}' had an input ({input}) which was not found in the manifest.",
                self.node.name
            ))
        };
        let Some(reference) = &given.reference else {
            return Err(self
                .problem(format!("Unexpected 'input' value of '{input}', 'input' must be a ref, a source or `this`")));
        };
        let found = self.program.lookup.named(&self.node.domain, &self.node.package_name, reference);
        let Found::Node(id) = found else { return Err(missing()) };
        self.program.manifest.node(&id).cloned().ok_or_else(missing)
    }

    /// The SQL of given rows: written out, or made of them with the types of the relation they stand for.
    fn fixture(&self, original: &Arc<Node>, given: &UnitTestFixture) -> Result<String, Failure> {
        let rows = given.rows.clone().unwrap_or(Json::Array(Vec::new()));
        let scope = self.scope(Some(original), None);
        let namespace = self.namespace()?;
        if let Json::String(sql) = &rows {
            return self.render(sql, &scope, &namespace);
        }
        let of = |package: &str| namespace.get_from_package(Some(package), "get_fixture_sql").ok().flatten();
        let definition = of(self.node.domain.as_str()).or_else(|| of("dbt"));
        let definition = definition.ok_or_else(|| Failure::Message("there is no macro get_fixture_sql".to_string()))?;
        let arguments = [from_json(&rows), Value::from(())];
        let called = Engine::new().call_macro(Phase::Execute, &definition, &arguments, &namespace, scope);
        called.map(|called| to_str(&called.output)).map_err(|cause| failed(cause).into())
    }

    fn render(
        &self,
        template: &str,
        scope: &Arc<NodeScope>,
        namespace: &Arc<MacroNamespace>,
    ) -> Result<String, Failure> {
        let file: Arc<str> = self.program.display_path(self.tested).into();
        let body = parse_template(&file, template).map_err(|cause| CompileError::Diagnostic(Box::new(cause)))?;
        let unit = Unit::template(&self.node.name, &file, &body);
        let rendered = Engine::new().render(Phase::Execute, &unit, namespace, scope.clone());
        rendered.map(|rendered| rendered.output).map_err(|cause| failed(cause).into())
    }

    /// The macros of the tested model, with the test's overrides in place of some.
    fn namespace(&self) -> Result<Arc<MacroNamespace>, Failure> {
        let namespace = self.program.namespace(self.tested);
        let namespace = namespace.ok_or_else(|| Failure::Message("no macros".to_string()))?;
        let overrides = self.test.macro_overrides.iter().map(|(name, value)| {
            let value = from_json(value);
            match name.split_once('.') {
                Some((package, name)) => (Some(package), name, value),
                None => (None, name.as_str(), value),
            }
        });
        Ok(if self.test.macro_overrides.is_empty() { namespace } else { namespace.with_overrides(overrides) })
    }

    /// The tested model's SQL with its inputs in front.
    fn compile(&self, inputs: &[Input]) -> Result<String, Failure> {
        let mut host_inputs = HashMap::new();
        for input in inputs {
            host_inputs.insert(input.id.clone(), input.cte.clone());
        }
        let host = Arc::new(FixtureHost { program: self.program.clone(), inputs: host_inputs });
        let mut scope = self.bare_scope(Some(host));
        if let Some(this) = inputs.iter().find(|input| input.id == self.tested.unique_id) {
            scope = scope.with_local("this", Value::from(this.cte.as_str()));
        }
        let sql = self.render(&self.tested.raw_code, &Arc::new(scope), &self.namespace()?)?;
        let ctes: Vec<String> = inputs.iter().map(|input| format!(" {} as (\n{}\n)", input.cte, input.sql)).collect();
        Ok(inject(&sql, &ctes.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    fn bare_scope(&self, host: Option<Arc<dyn Host>>) -> NodeScope {
        let mut domain = (**self.domain).clone();
        domain.vars.command_line.extend(self.test.var_overrides.clone());
        let host = host.unwrap_or_else(|| self.program.clone());
        let pass = crate::jinja::context::Pass::Execute;
        let mut scope =
            NodeScope::new(pass, self.program.invocation.clone(), Arc::new(domain), Some(self.view(None, None)), host)
                .with_session(self.session.clone(), self.program.cache.clone());
        scope.environment =
            self.test.env_var_overrides.iter().map(|(name, value)| (name.clone(), to_str(&from_json(value)))).collect();
        scope
    }

    /// The context of the test itself, or of one input.
    fn scope(&self, input: Option<&Arc<Node>>, code: Option<&str>) -> Arc<NodeScope> {
        let mut scope = self.bare_scope(None);
        scope.node = Some(self.view(input, code));
        let code = code.map_or(Value::from(()), Value::from);
        let deferred = input.and_then(|input| self.program.run.deferred.get(&input.unique_id)).cloned();
        let deferred = deferred.map_or(Value::from(()), |relation| DuckDBRelation::new(relation, None).into_value());
        Arc::new(
            scope
                .with_local("sql", code.clone())
                .with_local("compiled_code", code)
                .with_local("pre_hooks", from_json(&json!([])))
                .with_local("post_hooks", from_json(&json!([])))
                .with_local("defer_relation", deferred),
        )
    }

    fn view(&self, input: Option<&Arc<Node>>, code: Option<&str>) -> NodeView {
        let node = input.unwrap_or(self.node);
        let relation = match input {
            Some(input) => input.relation.clone(),
            None => self
                .node
                .relation
                .clone()
                .map(|relation| Relation { identifier: Some(self.node.name.clone()), ..relation }),
        };
        let mut config = ConfigMap::new();
        if input.is_none() {
            let (rows, sql) = match &self.test.expect.rows {
                Some(Json::String(sql)) => (json!([]), Json::String(sql.clone())),
                Some(rows) => (rows.clone(), Json::Null),
                None => (json!([]), Json::Null),
            };
            config.insert("materialized".to_string(), "unit".into());
            config.insert("expected_rows".to_string(), rows);
            config.insert("expected_sql".to_string(), sql);
        }
        let kind = if input.is_some() { "model" } else { "unit_test" };
        let dict = json!({
            "name": &*node.name, "resource_type": kind, "package_name": &*node.package_name,
            "alias": &*node.name, "unique_id": node.unique_id.as_str(),
            "database": relation.as_ref().and_then(|relation| relation.database.as_deref()),
            "schema": relation.as_ref().and_then(|relation| relation.schema.as_deref()),
            "config": config.clone(), "compiled_code": code, "raw_code": &*self.tested.raw_code,
            "original_file_path": node.original_file_path.as_str(), "columns": {},
        });
        NodeView {
            unique_id: node.unique_id.clone(),
            name: node.name.clone(),
            package_name: self.tested.package_name.clone(),
            resource_type: kind,
            original_file_path: node.original_file_path.as_str().into(),
            relation,
            config: Arc::new(config),
            depends_on: None,
            dict: Arc::new(move || from_json(&dict)),
        }
    }
}

/// `ref` and `source` inside a unit test: only what was given is there.
struct FixtureHost {
    program: Arc<Program>,
    inputs: HashMap<UniqueId, String>,
}

impl FixtureHost {
    fn given(&self, found: Found, named: &str) -> Outcome<DuckDBRelation> {
        let cte = match &found {
            Found::Node(id) => self.inputs.get(id),
            _ => None,
        };
        let cte = cte.ok_or_else(|| {
            error(format!("the unit test gives no rows for {named}: every ref and source of the model needs an input"))
        })?;
        Ok(DuckDBRelation::ephemeral(cte.strip_prefix("__dbt__cte__").unwrap_or(cte)))
    }
}

impl Host for FixtureHost {
    fn reference(&self, scope: &NodeScope, call: &RefCall) -> Outcome<DuckDBRelation> {
        let found = self.program.lookup.reference(&scope.domain.name, scope.package_name(), call);
        self.given(found, &format!("ref('{}')", call.name))
    }

    fn source(&self, scope: &NodeScope, call: &SourceCall) -> Outcome<DuckDBRelation> {
        let found = self.program.lookup.source(&scope.domain.name, scope.package_name(), call);
        self.given(found, &format!("source('{}', '{}')", call.source_name, call.table_name))
    }

    fn function(&self, scope: &NodeScope, call: &FunctionCall) -> Outcome<DuckDBRelation> {
        self.program.function(scope, call)
    }

    fn graph(&self, scope: &NodeScope) -> Value {
        self.program.graph(scope)
    }

    fn selected_resources(&self) -> Vec<UniqueId> {
        self.program.selected_resources()
    }

    fn write(&self, scope: &NodeScope, payload: &str) -> Outcome<()> {
        self.program.write(scope, payload)
    }

    fn seed_path(&self, scope: &NodeScope) -> String {
        self.program.seed_path(scope)
    }

    fn load_seed(&self, scope: &NodeScope) -> Outcome {
        self.program.load_seed(scope)
    }

    fn database_schemas(&self, scope: &NodeScope) -> Vec<(String, String)> {
        self.program.database_schemas(scope)
    }
}

type Row = Vec<String>;

/// The rows that carry `label`, as text, sorted: unit tests compare without regard to order.
fn rows(table: &Table, label: &str) -> Vec<Row> {
    let names = table.column_names();
    let Some(labels) = names.iter().position(|name| name == "actual_or_expected") else { return Vec::new() };
    let mut rows: Vec<Row> = table
        .rows()
        .iter()
        .filter(|row| row.values().get(labels).is_some_and(|value| to_str(value) == label))
        .map(|row| {
            let cells = row.values().iter().enumerate().filter(|(index, _)| *index != labels);
            cells.map(|(_, value)| if value.is_none() { "NULL".to_string() } else { to_str(value) }).collect()
        })
        .collect();
    rows.sort();
    rows
}

/// Both sides as one table with a mark on each row that only one of them has; nothing when they are equal.
fn difference(expected: &[Row], actual: &[Row], table: &Table) -> Option<String> {
    if expected == actual {
        return None;
    }
    let names: Vec<String> =
        table.column_names().iter().filter(|name| *name != "actual_or_expected").cloned().collect();
    let mut lines: Vec<(&str, &Row)> = Vec::new();
    let (mut left, mut right) = (expected.iter().peekable(), actual.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(one), Some(other)) if one == other => {
                lines.push(("", one));
                left.next();
                right.next();
            }
            (Some(one), Some(other)) if one > other => {
                lines.push(("+++", other));
                right.next();
            }
            (Some(one), _) => {
                lines.push(("---", one));
                left.next();
            }
            (None, Some(other)) => {
                lines.push(("+++", other));
                right.next();
            }
        }
    }
    let width = |index: usize| {
        let cells = lines.iter().map(|(_, row)| row.get(index).map_or(0, |cell| cell.chars().count()));
        cells.chain([names[index].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let line = |mark: &str, row: &[String]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("| {mark:<3} | {} |", cells.join(" | "))
    };
    let mut shown = vec![line("@@", &names)];
    shown.extend(lines.iter().map(|(mark, row)| line(mark, row)));
    Some(shown.join("\n"))
}
