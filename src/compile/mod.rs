//! From a node to the SQL that runs.
//!
//! Owns [`Program`] (the manifest together with everything needed to render it) and [`CompiledNode`]. Pure but for what
//! templates themselves ask of the warehouse through the session they are given. Never runs the SQL it makes.

mod constraints;
mod ctes;
mod engine;
mod event_time;
mod files;
mod host;
mod overloads;
mod places;
mod query_comment;
mod references;
mod test_arguments;

pub use ctes::inject;
pub use engine::SessionEngine;
pub use files::compiled_file;
pub use references::{CrossDomainRead, SqlFinding, SqlReferences};

use crate::diagnostic::Diagnostic;
use crate::jinja::context::{Batch, GroupDict, Invocation, NodeDict, NodeScope, NodeView, Pass, RelationCache};
use crate::jinja::runtime::Phase;
use crate::jinja::value::PyDict;
use crate::jinja::value::temporal::DateTime as PythonTime;
use crate::jinja::warehouse::Session;
use crate::jinja::{DomainMacros, Engine, MacroNamespace, RenderError, Unit, parse_template};
use crate::manifest::event_time::python_text;
use crate::manifest::{
    BatchResults, DomainName, Language, Lookup, Manifest, Node, NodeKind, OverloadResults, Relation, UniqueId,
};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a run selected, and what it reads from elsewhere.
#[derive(Debug, Default)]
pub struct RunScope {
    /// `selected_resources`.
    pub selected: Vec<UniqueId>,
    /// The target folder as it is shown; compiled files are named below it.
    pub target: std::path::PathBuf,
    /// Relations of an earlier state that stand in for nodes that were not built here (`--defer`).
    pub deferred: HashMap<UniqueId, Relation>,
    /// The batches of the run that is tried again: of these models only those are built that failed then.
    pub previous_batches: HashMap<UniqueId, BatchResults>,
    /// The overloads of the run that is tried again: of these functions only those are made that failed then.
    pub previous_overloads: HashMap<UniqueId, OverloadResults>,
}

/// What generates the code behind that of a Python model.
const PYTHON_POSTFIX: &str = "{{ py_script_postfix(model) }}";

/// An ephemeral model, compiled by whoever needs it first.
type CompiledOnce = OnceLock<Result<Arc<CompiledNode>, CompileError>>;

/// The manifest and everything needed to render its templates. Shared by all workers of a run.
pub struct Program {
    /// The mesh.
    pub manifest: Arc<Manifest>,
    /// What `ref` and `source` mean.
    pub lookup: Lookup,
    /// Macros by domain.
    pub macros: HashMap<DomainName, Arc<DomainMacros>>,
    /// What is the same for the whole run.
    pub invocation: Arc<Invocation>,
    /// What the run selected.
    pub run: RunScope,
    /// What is known of the warehouse.
    pub cache: Arc<RelationCache>,
    /// Folder of the mesh on this machine; seeds are read below it.
    pub root: std::path::PathBuf,
    node_dict: Arc<NodeDict>,
    group_dict: GroupDict,
    units: Mutex<HashMap<UniqueId, Arc<Unit>>>,
    ephemeral: Mutex<HashMap<UniqueId, Arc<CompiledOnce>>>,
    /// What was run, by node and label of its batch.
    written: Mutex<HashMap<(UniqueId, Option<String>), String>>,
    graphs: Mutex<HashMap<DomainName, minijinja::Value>>,
    references: SqlReferences,
}

/// A node after rendering.
#[derive(Debug, Clone, Default)]
pub struct CompiledNode {
    /// The SQL, with ephemeral models in it as common table expressions.
    pub code: String,
    /// The SQL as it was rendered, without them.
    pub own_code: String,
    /// The label of the batch that it is for.
    pub batch: Option<String>,
    /// The common table expressions, innermost first: id of the model and `name as (...)`.
    pub ctes: Vec<(UniqueId, String)>,
    /// Relations that foreign keys point at, by the text that stands in `to`.
    pub foreign_keys: BTreeMap<String, String>,
    /// The bodies of a function's overloads, in their order.
    pub overloads: Vec<String>,
}

/// Why a node could not be compiled.
#[derive(Debug, Clone)]
pub enum CompileError {
    /// Its template failed.
    Render(Box<RenderError>),
    /// Something else is wrong with it.
    Diagnostic(Box<Diagnostic>),
    /// An ephemeral model in it could not be compiled.
    Ephemeral(UniqueId, Box<CompileError>),
}

impl CompileError {
    /// As a diagnostic about `node`.
    pub fn into_diagnostic(self, node: &Node) -> Diagnostic {
        let diagnostic = match self {
            CompileError::Render(error) => error.into_diagnostic(),
            CompileError::Diagnostic(diagnostic) => *diagnostic,
            CompileError::Ephemeral(id, error) => {
                let diagnostic = error.into_diagnostic(node);
                return diagnostic.for_node(id.as_arc().clone());
            }
        };
        diagnostic.for_node(node.unique_id.as_arc().clone())
    }

    /// dbt's text for it, as `run_results.json` has it.
    pub fn message(&self, node: &Node) -> String {
        let described = format!("{} {} ({})", node.resource_type(), node.name, node.original_file_path);
        match self {
            CompileError::Render(error) => error.dbt_text(&described),
            CompileError::Diagnostic(diagnostic) => {
                format!("Compilation Error in {described}\n  {}", diagnostic.message.replace('\n', "\n  "))
            }
            CompileError::Ephemeral(id, _) => caused_by_ephemeral(&node.unique_id, id),
        }
    }
}

/// dbt's words for a node that is skipped because an ephemeral model in it failed.
pub fn caused_by_ephemeral(node: &UniqueId, ephemeral: &UniqueId) -> String {
    format!("Compilation Error in {node}, caused by compilation error in referenced ephemeral model {ephemeral}")
}

impl Program {
    /// A program over `manifest`.
    pub fn new(
        manifest: Arc<Manifest>,
        macros: HashMap<DomainName, Arc<DomainMacros>>,
        invocation: Arc<Invocation>,
        node_dict: Arc<NodeDict>,
        group_dict: GroupDict,
        root: std::path::PathBuf,
    ) -> Self {
        let disabled = manifest.disabled.values().flatten().map(|node| &**node);
        let lookup = Lookup::new(manifest.domains.values(), manifest.nodes.values().map(|node| &**node), disabled);
        Program {
            manifest,
            lookup,
            macros,
            invocation,
            run: RunScope::default(),
            cache: Arc::new(RelationCache::default()),
            root,
            node_dict,
            group_dict,
            units: Mutex::default(),
            ephemeral: Mutex::default(),
            written: Mutex::default(),
            graphs: Mutex::default(),
            references: SqlReferences::default(),
        }
    }

    /// The macros that `node` sees.
    pub fn namespace(&self, node: &Node) -> Option<Arc<MacroNamespace>> {
        self.macros.get(&node.domain).map(|macros| macros.namespace(&node.package_name))
    }

    /// The context in which the templates of `node` run.
    pub fn scope(self: &Arc<Self>, node: &Arc<Node>, session: Option<Arc<dyn Session>>) -> Option<NodeScope> {
        let domain = self.manifest.domain(&node.domain)?.clone();
        let view = self.view(node);
        let mut scope = NodeScope::new(Pass::Execute, self.invocation.clone(), domain, Some(view), self.clone());
        scope.cache = self.cache.clone();
        scope.session = session;
        scope.comment = self.statement_comment(&scope.domain, Some(node));
        Some(scope)
    }

    fn view(self: &Arc<Self>, node: &Arc<Node>) -> NodeView {
        let (program, shown) = (self.clone(), node.clone());
        NodeView {
            unique_id: node.unique_id.clone(),
            name: node.name.clone(),
            package_name: node.package_name.clone(),
            resource_type: node.resource_type().as_str(),
            original_file_path: node.original_file_path.as_str().into(),
            relation: node.relation.clone(),
            config: node.config.values.clone(),
            depends_on: Some(node.depends_on.nodes.clone().into()),
            dict: Arc::new(move || program.dict(&shown, None)),
        }
    }

    /// The same as [`Program::scope`] for one batch of `node`.
    pub fn batch_scope(
        self: &Arc<Self>,
        node: &Arc<Node>,
        batch: &Batch,
        session: Option<Arc<dyn Session>>,
    ) -> Option<NodeScope> {
        let mut scope = self.scope(node, session)?;
        let mut view = scope.node.take()?;
        let mut config = (*view.config).clone();
        // dbt's former way to say what `model.batch` says, which it still has.
        for (name, time) in [("start", batch.window.start), ("end", batch.window.end)] {
            config.insert(format!("__dbt_internal_microbatch_event_time_{name}"), python_text(time).into());
        }
        view.config = Arc::new(config);
        let (program, shown, batch) = (self.clone(), node.clone(), batch.clone());
        scope.batch = Some(batch.clone());
        view.dict = Arc::new(move || with_batch(program.dict(&shown, None), &batch));
        scope.node = Some(view);
        Some(scope)
    }

    /// `model`: the node as a dict, with its compiled code where that is known.
    pub fn dict(&self, node: &Node, compiled: Option<&CompiledNode>) -> minijinja::Value {
        let mut dict = self.dict_json(node);
        if let Some(entries) = dict.as_object_mut() {
            entries.retain(|_, value| !value.is_null());
            if let Some(compiled) = compiled {
                entries.insert("compiled".to_string(), true.into());
                entries.insert("compiled_code".to_string(), compiled.code.as_str().into());
                entries.insert("compiled_sql".to_string(), compiled.code.as_str().into());
                constraints::point_at_relations(entries, &compiled.foreign_keys);
            }
            if let NodeKind::Function(_) = &node.kind {
                overloads::show(entries, compiled.map_or(&[][..], |compiled| &compiled.overloads));
            }
        }
        let model = crate::jinja::value::from_json(&dict);
        if let Some(microbatch) = node.microbatch() {
            show_begin_as_time(&model, microbatch.begin);
        }
        model
    }

    /// The node as a dict, as JSON.
    pub fn dict_json(&self, node: &Node) -> serde_json::Value {
        (self.node_dict)(node)
    }

    /// Compiles `node`. Templates that query the warehouse do so through `session`.
    ///
    /// # Errors
    /// Whatever is wrong with its template or with an ephemeral model in it.
    pub fn compile(
        self: &Arc<Self>,
        node: &Arc<Node>,
        session: Option<Arc<dyn Session>>,
    ) -> Result<CompiledNode, CompileError> {
        let Some(scope) = self.scope(node, session.clone()) else { return Ok(CompiledNode::default()) };
        self.compile_in(node, scope, session)
    }

    /// Compiles `node` in a context that the caller has prepared.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_in(
        self: &Arc<Self>,
        node: &Arc<Node>,
        scope: NodeScope,
        session: Option<Arc<dyn Session>>,
    ) -> Result<CompiledNode, CompileError> {
        let scope = test_arguments::add(self, node, scope)?;
        let scope = Arc::new(scope);
        let own_code = match node.language {
            Language::Sql => self.render(node, &node.raw_code, &scope)?,
            Language::Python => {
                let generated = self.render(node, PYTHON_POSTFIX, &scope)?;
                // Ephemeral models have no relation that Python could read, and no place in its code.
                let code = format!("{}\n\n{generated}", node.raw_code);
                let foreign_keys = constraints::foreign_keys(self, node)?;
                let batch = scope.batch.as_ref().map(|batch| batch.label.clone());
                return Ok(CompiledNode {
                    own_code: code.clone(),
                    code,
                    batch,
                    foreign_keys,
                    ..CompiledNode::default()
                });
            }
        };
        let referred = std::mem::take(&mut scope.capture().ephemeral);
        let batch = scope.batch.as_ref().map(|batch| batch.label.clone());
        let compiled = self.assemble(own_code, &referred, session.clone())?;
        let overloads = self.overload_bodies(node, &scope, session)?;
        Ok(CompiledNode { batch, foreign_keys: constraints::foreign_keys(self, node)?, overloads, ..compiled })
    }

    /// Renders a template in the context of `node`.
    ///
    /// # Errors
    /// When the template is wrong.
    pub fn render(&self, node: &Node, template: &str, scope: &Arc<NodeScope>) -> Result<String, CompileError> {
        let unit = self.unit(node, template)?;
        let Some(namespace) = self.namespace(node) else { return Ok(String::new()) };
        let rendered = Engine::new().render(Phase::Execute, &unit, &namespace, scope.clone());
        rendered.map(|rendered| rendered.output).map_err(|error| CompileError::Render(Box::new(error)))
    }

    /// The unit of a node's own template is kept, since `run` renders it after `compile`.
    fn unit(&self, node: &Node, template: &str) -> Result<Arc<Unit>, CompileError> {
        let file: Arc<str> = self.display_path(node).into();
        let is_own = std::ptr::eq(template, &*node.raw_code);
        if is_own && let Some(unit) = self.units.lock().unwrap_or_else(PoisonError::into_inner).get(&node.unique_id) {
            return Ok(unit.clone());
        }
        let body = parse_template(&file, template).map_err(|error| CompileError::Diagnostic(Box::new(error)))?;
        let unit = Unit::template(&node.name, &file, &body);
        if is_own {
            self.units.lock().unwrap_or_else(PoisonError::into_inner).insert(node.unique_id.clone(), unit.clone());
        }
        Ok(unit)
    }

    /// The node's file as it is shown: relative to the mesh's root.
    pub fn display_path(&self, node: &Node) -> String {
        self.shown_path(&node.domain, &node.original_file_path)
    }

    /// A path in a domain's project, as diagnostics show it.
    pub fn shown_path(&self, domain: &DomainName, path: &str) -> String {
        match self.manifest.domain(domain).map_or("", |domain| domain.root.as_str()) {
            "" => path.to_string(),
            root => format!("{root}/{path}"),
        }
    }

    fn assemble(
        self: &Arc<Self>,
        own_code: String,
        referred: &[UniqueId],
        session: Option<Arc<dyn Session>>,
    ) -> Result<CompiledNode, CompileError> {
        let mut ctes: Vec<(UniqueId, String)> = Vec::new();
        for id in referred {
            let inner = self.ephemeral(id, session.clone()).map_err(|error| match error {
                CompileError::Ephemeral(..) => error,
                own => CompileError::Ephemeral(id.clone(), Box::new(own)),
            })?;
            let Some(node) = self.manifest.node(id) else { continue };
            for cte in &inner.ctes {
                if !ctes.iter().any(|(known, _)| known == &cte.0) {
                    ctes.push(cte.clone());
                }
            }
            if !ctes.iter().any(|(known, _)| known == id) {
                ctes.push((id.clone(), format!(" __dbt__cte__{} as (\n{}\n)", node.alias, inner.own_code)));
            }
        }
        let texts: Vec<&str> = ctes.iter().map(|(_, text)| text.as_str()).collect();
        Ok(CompiledNode { code: inject(&own_code, &texts), own_code, ctes, ..CompiledNode::default() })
    }

    /// An ephemeral model is compiled once, however many read it.
    fn ephemeral(
        self: &Arc<Self>,
        id: &UniqueId,
        session: Option<Arc<dyn Session>>,
    ) -> Result<Arc<CompiledNode>, CompileError> {
        let cell = self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner).entry(id.clone()).or_default().clone();
        let compile = || match self.manifest.node(id) {
            Some(node) => self.compile(node, session).map(Arc::new),
            None => Ok(Arc::default()),
        };
        cell.get_or_init(compile).clone()
    }

    /// The ephemeral models that were compiled because another node reads them.
    pub fn ephemeral_models(&self) -> Vec<(UniqueId, Arc<CompiledNode>)> {
        let models = self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner);
        let compiled = |cell: &CompiledOnce| cell.get().and_then(|result| result.as_ref().ok()).cloned();
        let mut found: Vec<_> = models.iter().filter_map(|(id, cell)| Some((id.clone(), compiled(cell)?))).collect();
        found.sort_by(|left, right| left.0.cmp(&right.0));
        found
    }

    /// Where the SQL of a node, or of one of its batches, is kept below the target folder, as it is shown; `section` is
    /// `compiled` or `run`.
    pub fn compiled_path(&self, section: &str, node: &Node, batch: Option<&str>) -> std::path::PathBuf {
        self.run.target.join(section).join(compiled_file(node, batch))
    }

    /// What was found in the SQL of the run so far.
    pub fn references(&self) -> &SqlReferences {
        &self.references
    }

    /// What `write` kept for a node, or for the batch of it with this label: the statement that was run.
    pub fn take_written(&self, id: &UniqueId, batch: Option<&str>) -> Option<String> {
        let key = (id.clone(), batch.map(str::to_string));
        self.written.lock().unwrap_or_else(PoisonError::into_inner).remove(&key)
    }
}

/// `model` of one batch.
pub fn with_batch(model: minijinja::Value, batch: &Batch) -> minijinja::Value {
    if let Some(entries) = model.downcast_object_ref::<PyDict>() {
        entries.insert("batch".into(), batch.value());
    }
    model
}

/// `model.config.begin` is a `datetime` in Python.
fn show_begin_as_time(model: &minijinja::Value, begin: DateTime<Utc>) {
    let config = model.downcast_object_ref::<PyDict>().and_then(|model| model.get_text("config"));
    if let Some(config) = config.as_ref().and_then(|config| config.downcast_object_ref::<PyDict>()) {
        config.insert("begin".into(), minijinja::Value::from_object(PythonTime::naive(begin.naive_utc())));
    }
}
