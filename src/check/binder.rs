//! Binding: level by level of the graph, each node compiled against the empty relations of what it reads, and made an
//! empty relation itself.

use super::complaint::{self, Attempt};
use super::contract::{self, TypeNames};
use super::needs::Needs;
use super::relations::{self, Key, TypedColumn};
use super::session::Watched;
use super::sharing::Sharing;
use super::{Binding, Bound, Given, Options, Unknown};
use crate::compile::{CompileError, CompiledNode, Program};
use crate::diagnostic::Diagnostic;
use crate::jinja::context::{NodeScope, Pass};
use crate::jinja::runtime::Phase;
use crate::jinja::warehouse::{Fetch, Session, Warehouse, WarehouseError};
use crate::jinja::{Engine, Unit, parse_template};
use crate::manifest::{
    DomainName, HookConfig, Language, Materialization, Node, NodeKind, Relation, RelationType, UniqueId,
};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Renders to the table that the first run of a snapshot makes, by the project's own macros.
const SNAPSHOT_TABLE: &str = "{% set strategy = strategy_dispatch(config.get('strategy'))\
    (model, 'snapshotted_data', 'source_data', model['config'], false) %}\
    {{ build_snapshot_table(strategy, model['compiled_code']) }}";
/// Renders to the statement that makes a function, by the project's own macros.
const FUNCTION: &str = "{% set dispatch_by_name = adapter.dispatch %}\
    {% set create_macro = dispatch_by_name(this.get_function_macro_name(this.get_function_config(model)), 'dbt') %}\
    {{ create_macro(this.incorporate(type=this.Function)) }}";

pub(super) struct Binder<'a> {
    program: &'a Arc<Program>,
    given: &'a dyn Given,
    sessions: Vec<Arc<dyn Session>>,
    /// What seeds make.
    seeds: HashSet<Key>,
    /// What models, seeds and snapshots make.
    built: HashSet<Key>,
}

/// What came of one node, before its columns are read.
struct Outcome {
    state: State,
    compiled: Option<CompiledNode>,
    query: Option<Arc<str>>,
    diagnostics: Vec<Diagnostic>,
    skipped: Vec<String>,
}

enum State {
    /// A relation was made, or needs none.
    Made,
    /// Not known; the columns that an enforced contract promises were made instead.
    Unknown(Unknown),
    /// Wrong.
    Failed,
}

impl Outcome {
    fn of(state: State) -> Self {
        Outcome { state, compiled: None, query: None, diagnostics: Vec::new(), skipped: Vec::new() }
    }

    fn failed(diagnostic: Diagnostic) -> Self {
        Outcome { diagnostics: vec![diagnostic], ..Outcome::of(State::Failed) }
    }
}

impl<'a> Binder<'a> {
    pub fn new(
        program: &'a Arc<Program>,
        warehouse: &dyn Warehouse,
        given: &'a dyn Given,
    ) -> Result<Self, WarehouseError> {
        let workers = rayon::current_num_threads().max(1);
        let sessions = (0..workers).map(|_| warehouse.session()).collect::<Result<Vec<_>, _>>()?;
        let keys = |wanted: fn(&Node) -> bool| {
            let nodes = program.manifest.nodes.values().filter(|node| wanted(node));
            nodes.filter_map(|node| node.relation.as_ref()).map(Relation::key).collect()
        };
        let seeds = keys(|node| matches!(node.kind, NodeKind::Seed(_)));
        let built = keys(|node| node.resource_type().is_refable() && !node.is_ephemeral());
        Ok(Binder { program, given, sessions, seeds, built })
    }

    pub fn run(self, options: Options<'_>) -> Result<Bound, WarehouseError> {
        let levels = self.levels(options);
        let mut bound = Bound::default();
        let schemas = self.make_schemas()?;
        for domain in self.program.manifest.domains.keys() {
            self.start_hooks(domain, &mut bound);
        }
        for (database, schema) in &schemas {
            let listed = self.sessions[0].relations(database, schema)?;
            self.program.cache.fill(database, schema, listed);
        }
        let mut sharing = options.shared.map(|shared| Sharing::new(shared, &self.program.manifest));
        let mut unknown: HashSet<UniqueId> = HashSet::new();
        let mut outcomes: Vec<(Arc<Node>, Outcome)> = Vec::new();
        for level in levels {
            let level = match &mut sharing {
                Some(sharing) => take_over(level, sharing, &mut unknown),
                None => level,
            };
            let done = self.level(&level, sharing.as_ref(), &unknown);
            let is_made = |outcome: &Outcome| matches!(outcome.state, State::Made);
            unknown.extend(done.iter().filter(|(_, done)| !is_made(done)).map(|(node, _)| node.unique_id.clone()));
            if let Some(sharing) = sharing.as_mut().filter(|_| !done.is_empty()) {
                let columns = relations::all_columns(&*self.sessions[0])?;
                for (node, outcome) in &done {
                    let found = self.columns_of(node, &columns).filter(|_| is_made(outcome));
                    sharing.bound(node, found.as_deref());
                }
            }
            outcomes.extend(done);
        }
        let columns = relations::all_columns(&*self.sessions[0])?;
        for (node, outcome) in outcomes {
            bound.diagnostics.extend(outcome.diagnostics);
            bound.skipped.extend(outcome.skipped);
            let found = self.columns_of(&node, &columns);
            let binding = match outcome.state {
                State::Made => Binding::Bound(found.unwrap_or_default()),
                State::Unknown(reason) => Binding::Unknown(reason, found),
                State::Failed => Binding::Failed(found),
            };
            if let Some(query) = outcome.query {
                bound.queries.insert(node.unique_id.clone(), query);
            }
            if let Some(compiled) = outcome.compiled {
                bound.compiled.insert(node.unique_id.clone(), Arc::new(compiled));
            }
            bound.nodes.insert(node.unique_id.clone(), binding);
        }
        sharing.into_iter().for_each(|sharing| sharing.hand_over(&mut bound));
        let needs = Needs::of(self.program);
        let mut written = contract::written_types(self.program);
        written.extend(needs.types());
        let names = TypeNames::ask(&written, &*self.sessions[0]);
        let told = contract::compare(self.program, &bound, &names);
        bound.diagnostics.extend(told);
        needs.judge(&mut bound, &names, &*self.sessions[0]);
        Ok(bound)
    }

    /// Binds nodes that do not read each other.
    fn level(
        &self,
        level: &[Arc<Node>],
        sharing: Option<&Sharing<'_>>,
        unknown: &HashSet<UniqueId>,
    ) -> Vec<(Arc<Node>, Outcome)> {
        let size = level.len().div_ceil(self.sessions.len()).max(1);
        let done: Vec<Vec<(Arc<Node>, Outcome)>> = level
            .par_chunks(size)
            .zip(&self.sessions)
            .map(|(nodes, session)| {
                let bind = |node: &Arc<Node>| {
                    if let Some(sharing) = sharing {
                        // A relation that was made there can be made here.
                        sharing.prepare(node, &|read, columns| drop(self.make(read, columns, session)));
                    }
                    self.node(node, session, unknown)
                };
                nodes.iter().map(|node| (node.clone(), bind(node))).collect()
            })
            .collect();
        done.into_iter().flatten().collect()
    }

    /// The nodes by the length of the longest path to them: those of one level do not read each other.
    fn levels(&self, options: Options<'_>) -> Vec<Vec<Arc<Node>>> {
        let manifest = &self.program.manifest;
        let wanted: Option<HashSet<&UniqueId>> = options.only.map(|only| {
            let above = manifest.graph.ancestors(only.iter(), None);
            only.iter().chain(above).collect()
        });
        let Ok(order) = manifest.graph.topological_order() else { return Vec::new() };
        let mut depths: HashMap<&UniqueId, usize> = HashMap::new();
        let mut levels: Vec<Vec<Arc<Node>>> = Vec::new();
        for id in order {
            let depth =
                manifest.graph.parents(id).iter().filter_map(|parent| depths.get(parent)).max().map_or(0, |d| d + 1);
            depths.insert(id, depth);
            let Some(node) = manifest.node(id).filter(|_| wanted.as_ref().is_none_or(|wanted| wanted.contains(id)))
            else {
                continue;
            };
            let counts = match &node.kind {
                NodeKind::Model(_) | NodeKind::Seed(_) | NodeKind::Snapshot(_) => true,
                NodeKind::Source(_) | NodeKind::Function(_) => true,
                NodeKind::DataTest(_) => options.tests,
                _ => false,
            };
            if counts {
                // Sources may name what a seed or model of the mesh makes: they give way to it.
                let depth = if node.as_source().is_some() { 0 } else { depth + 1 };
                levels.resize_with(levels.len().max(depth + 1), Vec::new);
                levels[depth].push(node.clone());
            }
        }
        levels
    }

    /// Makes the schemas that the mesh's relations stand in, and gives them as database and schema.
    fn make_schemas(&self) -> Result<Vec<(String, String)>, WarehouseError> {
        let relations = self.program.manifest.nodes.values().filter_map(|node| node.relation.as_ref());
        let schemas: BTreeSet<(&Arc<str>, &Arc<str>)> = relations
            .filter_map(|relation| relation.database.as_ref().zip(relation.schema.as_ref()))
            .filter(|(database, schema)| !database.is_empty() && !schema.is_empty())
            .collect();
        for (database, schema) in &schemas {
            let sql = format!("create schema if not exists \"{database}\".\"{schema}\"");
            self.sessions[0].execute(&sql, Fetch::Nothing)?;
        }
        Ok(schemas.into_iter().map(|(database, schema)| (database.to_string(), schema.to_string())).collect())
    }

    /// Functions, macros and tables that a project makes before its first node.
    fn start_hooks(&self, name: &DomainName, bound: &mut Bound) {
        let Some(domain) = self.program.manifest.domain(name) else { return };
        let Some(macros) = self.program.macros.get(name) else { return };
        for (package, template) in &domain.on_run_start {
            let file: Arc<str> = "dbt_project.yml".into();
            let Ok(body) = parse_template(&file, template) else { continue };
            let unit = Unit::template("on-run-start", &file, &body);
            let watched = Watched::new(self.sessions[0].clone());
            let invocation = self.program.invocation.clone();
            let scope = NodeScope::new(Pass::Execute, invocation, domain.clone(), None, self.program.clone())
                .with_session(watched.clone(), self.program.cache.clone());
            let namespace = macros.namespace(package);
            if let Ok(rendered) = Engine::new().render(Phase::Execute, &unit, &namespace, Arc::new(scope)) {
                // A hook that needs data, or something outside, has nothing to do here.
                let _ = watched.execute(&rendered.output, Fetch::Nothing);
            }
            bound.skipped.extend(watched.skipped());
        }
    }

    fn node(&self, node: &Arc<Node>, session: &Arc<dyn Session>, unknown: &HashSet<UniqueId>) -> Outcome {
        match &node.kind {
            NodeKind::Seed(_) => self.seed(node, session),
            NodeKind::Source(_) => self.source(node, session),
            NodeKind::Function(_) => self.function(node, session),
            _ if node.language == Language::Python => {
                let promised = self.promise(node, session);
                Outcome { diagnostics: promised.into_iter().collect(), ..Outcome::of(State::Unknown(Unknown::Python)) }
            }
            _ => self.query(node, session, unknown),
        }
    }

    fn seed(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Outcome {
        match self.given.columns(node) {
            Ok(Some(columns)) => self.make(node, &columns, session),
            Ok(None) => Outcome::of(State::Unknown(Unknown::Undeclared)),
            Err(reason) => Outcome::failed(complaint::unreadable_seed(self.program, node, &reason)),
        }
    }

    fn source(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Outcome {
        let columns = relations::declared(node).or_else(|| self.given.columns(node).ok().flatten());
        match columns {
            Some(columns) => self.make(node, &columns, session),
            None if self.is_made_elsewhere(node, session) => Outcome::of(State::Made),
            None => Outcome::of(State::Unknown(Unknown::Undeclared)),
        }
    }

    /// Whether a hook has made the relation of a source, or a seed will before anything reads it.
    fn is_made_elsewhere(&self, source: &Node, session: &Arc<dyn Session>) -> bool {
        let Some(relation) = &source.relation else { return false };
        let key = relation.key();
        self.seeds.contains(&key)
            || self.program.cache.find(&**session, &key.0, &key.1, &key.2).is_ok_and(|found| found.is_some())
    }

    fn make(&self, node: &Node, columns: &[TypedColumn], session: &Arc<dyn Session>) -> Outcome {
        let Some(relation) = &node.relation else { return Outcome::of(State::Made) };
        match session.execute(&relations::create_empty(relation, columns), Fetch::Nothing) {
            Ok(_) => {
                self.remember(relation);
                Outcome::of(State::Made)
            }
            Err(cause) => Outcome::failed(complaint::wrong_type(self.program, node, columns, &cause, &**session)),
        }
    }

    /// Templates ask the cache what exists.
    fn remember(&self, relation: &Relation) {
        let part = |part: &Option<Arc<str>>| part.as_deref().unwrap_or_default().to_string();
        let (database, schema, name) = (part(&relation.database), part(&relation.schema), part(&relation.identifier));
        self.program.cache.add(&database, &schema, &name, RelationType::Table);
    }

    fn function(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Outcome {
        let watched = Watched::new(session.clone());
        let statement = |node: &Arc<Node>, compiled: &CompiledNode| match self.scope_with(node, compiled, &watched) {
            Some(scope) => self.program.render(node, FUNCTION, &scope),
            None => Ok(String::new()),
        };
        let made = self.program.compile(node, Some(watched.clone())).and_then(|compiled| {
            let own = statement(node, &compiled)?;
            let overloads = self.program.overloads(node, &compiled.overloads).into_iter();
            let others = overloads.map(|(node, compiled)| statement(&node, &compiled));
            std::iter::once(Ok(own)).chain(others).collect::<Result<Vec<_>, _>>()
        });
        let statements = match made {
            Ok(statements) => statements,
            Err(error) => return Outcome::failed(error.into_diagnostic(node)),
        };
        match statements.iter().find_map(|sql| session.execute(sql, Fetch::Nothing).err()) {
            None => Outcome::of(State::Made),
            Some(cause) => Outcome::failed(complaint::of_statement(self.program, node, &cause)),
        }
    }

    /// A model, snapshot or data test.
    fn query(&self, node: &Arc<Node>, session: &Arc<dyn Session>, unknown: &HashSet<UniqueId>) -> Outcome {
        let watched = Watched::new(session.clone());
        let compiled = self.program.compile(node, Some(watched.clone()));
        let mut outcome = match (watched.asked_for_rows(), compiled) {
            (Some(query), compiled) => {
                let compiled = compiled.ok();
                Outcome { compiled, ..Outcome::of(State::Unknown(Unknown::Rows(query))) }
            }
            (None, Ok(compiled)) => self.bind(node, compiled, session, unknown),
            (None, Err(CompileError::Ephemeral(id, _))) => Outcome::of(State::Unknown(Unknown::Upstream(id))),
            (None, Err(error)) => self.not_compiled(node, error, unknown),
        };
        outcome.skipped.extend(watched.skipped());
        if !matches!(outcome.state, State::Made) {
            outcome.diagnostics.extend(self.promise(node, session));
        }
        outcome
    }

    /// A template that fails because of what it is told of an unknown relation is not to blame.
    fn not_compiled(&self, node: &Arc<Node>, error: CompileError, unknown: &HashSet<UniqueId>) -> Outcome {
        match self.unknown_parent(node, unknown) {
            Some(parent) => Outcome::of(State::Unknown(Unknown::Upstream(parent))),
            None => Outcome::failed(error.into_diagnostic(node)),
        }
    }

    fn bind(
        &self,
        node: &Arc<Node>,
        compiled: CompiledNode,
        session: &Arc<dyn Session>,
        unknown: &HashSet<UniqueId>,
    ) -> Outcome {
        let attempt = match self.attempt(node, &compiled, session) {
            Ok(attempt) => attempt,
            Err(error) => return self.not_compiled(node, error, unknown),
        };
        let mut skipped = self.node_hooks(node, &node.config.pre_hooks, session);
        if let Err(cause) = attempt.run(&**session) {
            let failed = self.not_bound(node, &compiled, &attempt, &cause, session, unknown);
            // Its columns are not known, but what it reads can be traced.
            let query = matches!(failed.state, State::Unknown(_)).then(|| Arc::from(attempt.query()));
            return Outcome { compiled: Some(compiled), query, skipped, ..failed };
        }
        skipped.extend(self.node_hooks(node, &node.config.post_hooks, session));
        let query = self.relation_of(node).map(|_| Arc::from(attempt.query()));
        let mut outcome = Outcome { compiled: Some(compiled), query, skipped, ..Outcome::of(State::Made) };
        if let Some(relation) = self.relation_of(node).filter(|_| !node.is_ephemeral()) {
            self.remember(relation);
            if node.config.materialized == Materialization::Incremental {
                outcome.diagnostics.extend(self.second_run(node, session));
            }
        }
        outcome
    }

    /// Runs what a node's hooks define (a macro, a further column), and gives the first words of what was left out.
    fn node_hooks(&self, node: &Arc<Node>, hooks: &[HookConfig], session: &Arc<dyn Session>) -> Vec<String> {
        let mut skipped = Vec::new();
        for hook in hooks {
            let watched = Watched::new(session.clone());
            let Some(scope) = self.program.scope(node, Some(watched.clone())) else { continue };
            if let Ok(sql) = self.program.render(node, &hook.sql, &Arc::new(scope)) {
                // What a hook says of data is not for a database without any.
                let _ = watched.execute(&sql, Fetch::Nothing);
            }
            skipped.extend(watched.skipped());
        }
        skipped
    }

    /// The statement that tells whether a node's SQL fits what it reads.
    fn attempt(
        &self,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        session: &Arc<dyn Session>,
    ) -> Result<Attempt, CompileError> {
        let Some(relation) = self.relation_of(node) else { return Ok(Attempt::describe(&compiled.code)) };
        if !matches!(node.kind, NodeKind::Snapshot(_)) {
            return Ok(Attempt::create(relation, &compiled.code));
        }
        match self.scope_with(node, compiled, &Watched::new(session.clone())) {
            Some(scope) => {
                let table = self.program.render(node, SNAPSHOT_TABLE, &scope)?;
                Ok(Attempt::create_around(relation, &table, &compiled.code))
            }
            None => Ok(Attempt::create(relation, &compiled.code)),
        }
    }

    /// An incremental model is bound once more as it is when its table exists.
    fn second_run(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Option<Diagnostic> {
        let watched = Watched::new(session.clone());
        let compiled = self.program.compile(node, Some(watched.clone()));
        if watched.asked_for_rows().is_some() {
            return None;
        }
        let compiled = match compiled {
            Ok(compiled) => compiled,
            Err(error) => return Some(error.into_diagnostic(node)),
        };
        let attempt = Attempt::describe(&compiled.code);
        let cause = attempt.run(&**session).err()?;
        if complaint::is_about_the_outside(&cause) {
            return None;
        }
        let session: Arc<dyn Session> = watched;
        Some(complaint::diagnose(self.program, node, &compiled, &attempt, &cause, &session))
    }

    fn not_bound(
        &self,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        attempt: &Attempt,
        cause: &WarehouseError,
        session: &Arc<dyn Session>,
        unknown: &HashSet<UniqueId>,
    ) -> Outcome {
        if let Some(parent) = self.unknown_parent(node, unknown)
            // The SQL of an ephemeral model stands in that of its reader, and has been told about.
            && (complaint::is_about_a_relation(cause) || self.program.manifest.node(&parent).is_some_and(|p| p.is_ephemeral()))
        {
            return Outcome::of(State::Unknown(Unknown::Upstream(parent)));
        }
        if complaint::is_about_the_outside(cause) {
            return Outcome::of(State::Unknown(Unknown::Outside(complaint::first_line(&cause.message).to_string())));
        }
        let session: Arc<dyn Session> = Watched::new(session.clone());
        Outcome::failed(complaint::diagnose(self.program, node, compiled, attempt, cause, &session))
    }

    /// Something that the node reads, also through ephemeral models, and whose columns are not known.
    fn unknown_parent(&self, node: &Node, unknown: &HashSet<UniqueId>) -> Option<UniqueId> {
        let mut waiting: Vec<&UniqueId> = node.depends_on.nodes.iter().rev().collect();
        let mut seen: HashSet<&UniqueId> = HashSet::new();
        while let Some(id) = waiting.pop() {
            if unknown.contains(id) {
                return Some(id.clone());
            }
            if let Some(inner) = self.program.manifest.node(id).filter(|inner| inner.is_ephemeral() && seen.insert(id))
            {
                waiting.extend(inner.depends_on.nodes.iter().rev());
            }
        }
        None
    }

    /// Makes the relation that an enforced contract promises, where the SQL does not tell.
    fn promise(&self, node: &Arc<Node>, session: &Arc<dyn Session>) -> Option<Diagnostic> {
        let relation = self.relation_of(node)?;
        let columns = relations::declared(node).filter(|_| node.config.contract.enforced)?;
        match session.execute(&relations::create_empty(relation, &columns), Fetch::Nothing) {
            Ok(_) => {
                self.remember(relation);
                None
            }
            Err(cause) => Some(complaint::wrong_type(self.program, node, &columns, &cause, &**session)),
        }
    }

    /// The context of a node in which `model` holds its compiled code.
    fn scope_with(&self, node: &Arc<Node>, compiled: &CompiledNode, session: &Arc<Watched>) -> Option<Arc<NodeScope>> {
        let session: Arc<dyn Session> = session.clone();
        let mut scope = self.program.scope(node, Some(session))?;
        let (program, shown, code) = (self.program.clone(), node.clone(), compiled.clone());
        if let Some(view) = &mut scope.node {
            view.dict = Arc::new(move || program.dict(&shown, Some(&code)));
        }
        Some(Arc::new(scope))
    }

    /// The relation that is made for a node's SQL. Ephemeral models get one too, for their columns, unless something else
    /// has its name.
    fn relation_of<'n>(&self, node: &'n Node) -> Option<&'n Relation> {
        let has_query = matches!(node.kind, NodeKind::Model(_) | NodeKind::Snapshot(_));
        let relation = node.relation.as_ref().filter(|_| has_query)?;
        (!node.is_ephemeral() || !self.built.contains(&relation.key())).then_some(relation)
    }

    fn columns_of(&self, node: &Node, columns: &HashMap<Key, Vec<TypedColumn>>) -> Option<Vec<TypedColumn>> {
        let given = node.relation.as_ref().filter(|_| matches!(node.kind, NodeKind::Seed(_) | NodeKind::Source(_)));
        given.or_else(|| self.relation_of(node)).and_then(|relation| columns.get(&relation.key())).cloned()
    }
}

/// The nodes of a level that are to be bound; the others are taken over from the other binding.
fn take_over(level: Vec<Arc<Node>>, sharing: &mut Sharing<'_>, unknown: &mut HashSet<UniqueId>) -> Vec<Arc<Node>> {
    let mut rest = Vec::new();
    for node in level {
        match sharing.same(&node) {
            None => rest.push(node),
            Some(binding) => {
                if !matches!(binding, Binding::Bound(_)) {
                    unknown.insert(node.unique_id.clone());
                }
                sharing.take(&node);
            }
        }
    }
    rest
}
