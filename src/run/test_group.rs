//! Data tests that are asked in one statement.
//!
//! What a small test costs is mostly the statement: parsing, planning, a transaction. So tests that are ready at the same
//! time share one: a `UNION ALL` of their own statements, one row a test. Each is planned and answered on its own inside,
//! from statistics where DuckDB can. Each keeps a result of its own, and when the group fails every test is asked alone.

use super::execute::{Executor, Finished, failed, with_compiled};
use super::failure::Failure;
use super::prepare::stores_failures;
use super::result::{Timing, TimingStep};
use super::scheduler::{RunOptions, Work};
use crate::compile::{CompiledNode, Program};
use crate::diagnostic::Diagnostic;
use crate::jinja::runtime::Phase;
use crate::jinja::value::to_str;
use crate::jinja::warehouse::{AdapterResponse, Fetch, Session};
use crate::jinja::{Engine, MacroLibrary};
use crate::manifest::{DomainName, Node, NodeKind};
use chrono::{DateTime, Utc};
use minijinja::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Tests in a statement. More of them gain nothing (`docs/benchmarks.md`), and end later.
const MOST: usize = 16;

/// As long as the tests of a group take less than this each, the next group is larger.
const QUICK: Duration = Duration::from_millis(2);

/// After a statement that took longer, the next test is asked alone; so are the tests of what took longer to build.
pub(super) const SLOW: Duration = Duration::from_millis(100);

/// Macros that a test's statement comes from; a project may have its own in their place, under these names or with the
/// prefix of an adapter.
const MACROS: &[&str] = &[
    "statement",
    "should_store_failures",
    "get_limit_subquery_sql",
    "get_test_sql",
    "materialization_test_default",
    "materialization_test_duckdb",
];

/// Which tests may be asked together, and how many.
///
/// Nothing says ahead how long a test takes: a table may be large, a view dear. Groups grow while tests are quick, and when
/// one was slow the next tests are asked one by one.
pub(super) struct TestGroups {
    /// Those in which nothing takes the place of the macros that make the statement of a test.
    domains: HashSet<DomainName>,
    /// Of the next group; workers that finish at the same time may overwrite each other's, which harms nothing.
    size: AtomicUsize,
}

impl TestGroups {
    /// No groups where the first failure has to end the run: that would be known only when the whole group has ended.
    pub fn new(program: &Program, options: RunOptions) -> Self {
        let groups = options.work == Work::Build && !options.fail_fast;
        let plain = program.macros.iter().filter(|(_, macros)| groups && is_plain(&macros.library));
        TestGroups { domains: plain.map(|(domain, _)| domain.clone()).collect(), size: AtomicUsize::new(2) }
    }

    /// Whether `node` is a test that may share a statement: one that counts rows, and does nothing else.
    pub fn may_hold(&self, program: &Program, node: &Node) -> bool {
        let config = &node.config;
        matches!(node.kind, NodeKind::DataTest(_))
            && self.domains.contains(&node.domain)
            && !stores_failures(program, node)
            && config.text("fail_calc") == Some("count(*)")
            && config.text("sql_header").is_none()
    }

    /// How many tests the next group may have.
    pub fn size(&self) -> usize {
        self.size.load(Ordering::Relaxed)
    }

    /// Learns from how long the statement of `count` tests took.
    pub fn took(&self, count: usize, time: Duration) {
        if time > SLOW {
            self.size.store(1, Ordering::Relaxed);
        } else if time < QUICK * count as u32 {
            self.size.store((count * 2).clamp(self.size(), MOST), Ordering::Relaxed);
        }
    }
}

/// Whether all macros that make the statement of a test are the built-in ones.
fn is_plain(library: &MacroLibrary) -> bool {
    library.project_definitions().all(|definition| {
        let name = definition.name.split_once("__").map_or(&*definition.name, |(_, name)| name);
        !MACROS.contains(&name)
    })
}

/// A test whose statement is ready to be run.
struct Prepared {
    node: Arc<Node>,
    compiled: CompiledNode,
    /// With the comment of the project on it.
    statement: String,
    timing: Vec<Timing>,
    notes: Vec<Diagnostic>,
    started_at: DateTime<Utc>,
}

/// What the statement of each test said: `failures`, `should_warn`, `should_error`.
type Answers = HashMap<String, [Value; 3]>;

impl Executor {
    /// Compiles tests and runs them in one statement; results in the order of `nodes`.
    pub fn execute_tests(&self, nodes: &[Arc<Node>], groups: &TestGroups, session: &Arc<dyn Session>) -> Vec<Finished> {
        let prepare = |node| match self.prepare_test(node, session) {
            // Its template has begun a transaction, which no other test may see or end.
            Ok(test) if session.in_transaction() => Err(self.finish_test(test, None, session)),
            prepared => prepared,
        };
        let prepared: Vec<Result<Prepared, Finished>> = nodes.iter().map(prepare).collect();
        let tests: Vec<&Prepared> = prepared.iter().filter_map(|prepared| prepared.as_ref().ok()).collect();
        let begin = Instant::now();
        let mut answers = ask(&tests, &**session).unwrap_or_default();
        groups.took(tests.len(), begin.elapsed());
        let finish = |prepared: Result<Prepared, Finished>| match prepared {
            Err(finished) => finished,
            Ok(test) => {
                let answer = answers.remove(test.node.unique_id.as_str());
                self.finish_test(test, answer, session)
            }
        };
        prepared.into_iter().map(finish).collect()
    }

    /// The statement of a test, or how the test ended before there was one.
    fn prepare_test(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Result<Prepared, Finished> {
        session.rename(node.unique_id.as_str());
        let (mut timing, mut notes) = (Vec::new(), Vec::new());
        let outcome = self.compile(node, session, &mut timing, &mut notes).and_then(|compiled| {
            let started_at = Utc::now();
            match self.statement(node, &compiled, session) {
                Ok(statement) => Ok((compiled, statement, started_at)),
                Err(failure) => {
                    timing.push(Timing { step: TimingStep::Execute, started_at, completed_at: Utc::now() });
                    Err((failure, Some(compiled)))
                }
            }
        });
        match outcome {
            Ok((compiled, statement, started_at)) => {
                Ok(Prepared { node: node.clone(), compiled, statement, timing, notes, started_at })
            }
            Err(failed) => {
                session.rollback();
                Err(Finished { result: self.result_of(node, timing, Err(failed)), notes })
            }
        }
    }

    fn statement(
        &self,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        session: &Arc<dyn Session>,
    ) -> Result<String, Failure> {
        let scope = self.materialization_scope(node, compiled, session)?;
        let namespace = self.namespace(node)?;
        let Ok(Some(definition)) = namespace.get_from_package(Some("dbt"), "meshbuild_statement_of_grouped_test")
        else {
            return Err(Failure::Message("the macros of data tests are missing".to_string()));
        };
        let called = Engine::new().call_macro(Phase::Execute, &definition, &[], &namespace, scope.clone());
        let statement = to_str(&called.map_err(failed)?.output);
        match &scope.comment {
            None => Ok(statement),
            Some(comment) => {
                comment.on(&statement).map_err(|message| Failure::Message(format!("Runtime Error\n  {message}")))
            }
        }
    }

    /// The result of a test, which is run by itself where its group gave no answer.
    fn finish_test(&self, test: Prepared, answer: Option<[Value; 3]>, session: &Arc<dyn Session>) -> Finished {
        let Prepared { node, compiled, mut timing, notes, started_at, .. } = test;
        let executed = match answer {
            Some(row) => Ok(self.test_outcome(&node, &row, &AdapterResponse::default())),
            None => {
                session.rename(node.unique_id.as_str());
                self.data_test(&node, &compiled, session)
            }
        };
        session.rollback();
        timing.push(Timing { step: TimingStep::Execute, started_at, completed_at: Utc::now() });
        Finished { result: self.result_of(&node, timing, with_compiled(executed, compiled)), notes }
    }
}

/// Runs the statements of several tests as one; nothing where there are too few of them, or where it fails.
fn ask(tests: &[&Prepared], session: &dyn Session) -> Option<Answers> {
    if tests.len() < 2 {
        return None;
    }
    let executed = session.execute(&grouped_sql(tests), Fetch::All).ok()?;
    let rows = executed.rows?;
    let answer = |row: usize| {
        let values = ["failures", "should_warn", "should_error"].map(|name| rows.get(row, name).cloned());
        let [Some(failures), Some(warns), Some(errs)] = values else { return None };
        Some((to_str(rows.get(row, "test")?), [failures, warns, errs]))
    };
    (0..rows.len()).map(answer).collect()
}

/// One row for each test, by its id: rows of a `UNION ALL` have no order.
fn grouped_sql(tests: &[&Prepared]) -> String {
    let part = |test: &&Prepared| {
        let id = test.node.unique_id.as_str().replace('\'', "''");
        let statement = test.statement.trim();
        format!(
            "select '{id}' as test, failures, should_warn, should_error\nfrom (\n{statement}\n) as dbt_internal_group"
        )
    };
    tests.iter().map(part).collect::<Vec<_>>().join("\nunion all\n")
}

#[cfg(test)]
mod tests;
