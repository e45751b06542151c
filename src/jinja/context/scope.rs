//! What the templates of one node see besides macros: the node, its domain, the invocation, the warehouse.

use super::batch::Batch;
use super::cache::RelationCache;
use super::host::Host;
use super::invocation::Invocation;
use crate::jinja::runtime::{self, Scope};
use crate::jinja::value::Outcome;
use crate::jinja::value::error::error;
use crate::jinja::warehouse::Session;
use crate::manifest::{
    ConfigMap, Domain, FunctionCall, Group, MetricCall, Node, RefCall, Relation, SourceCall, UniqueId,
};
use minijinja::State;
use minijinja::value::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// In which of dbt's passes a template runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// References and configs are collected; there is no warehouse.
    Parse,
    /// Names of relations are generated: no warehouse, but configs can be read.
    GenerateName,
    /// SQL is compiled and run.
    Execute,
}

/// What a template asked for while it was parsed.
#[derive(Debug, Clone, Default)]
pub struct Capture {
    /// `ref` calls in order.
    pub refs: Vec<RefCall>,
    /// `source` calls in order.
    pub sources: Vec<SourceCall>,
    /// `function` calls in order.
    pub functions: Vec<FunctionCall>,
    /// `metric` calls in order.
    pub metrics: Vec<MetricCall>,
    /// The arguments of each `config()` call.
    pub config_calls: Vec<ConfigMap>,
    /// Ephemeral models that were referred to while compiling, in order: they become common table expressions.
    pub ephemeral: Vec<UniqueId>,
}

/// A comment on every statement, as it was rendered.
#[derive(Debug, Clone)]
pub struct StatementComment {
    /// Its text, or why there is none.
    pub text: Result<Arc<str>, Arc<str>>,
    /// Whether it stands behind the statement.
    pub append: bool,
}

impl StatementComment {
    /// `sql` with the comment on it.
    ///
    /// # Errors
    /// When the comment could not be rendered.
    pub fn on(&self, sql: &str) -> Result<String, Arc<str>> {
        let text = self.text.clone()?;
        let text = text.trim();
        Ok(match (text, self.append) {
            ("", _) => sql.to_string(),
            (_, false) => format!("/* {text} */\n{sql}"),
            (_, true) => match sql.trim_end().strip_suffix(';') {
                Some(bare) => format!("{bare}\n/* {text} */;"),
                None => format!("{}\n/* {text} */", sql.trim_end()),
            },
        })
    }
}

/// How a node is shown to templates as a dict, which is its layout in `manifest.json`.
pub type NodeDict = dyn Fn(&Node) -> serde_json::Value + Send + Sync;

/// The same of a group.
pub type GroupDict = fn(&Group) -> serde_json::Value;

/// The node that a template belongs to, as far as its context needs it.
#[derive(Clone)]
pub struct NodeView {
    /// Its id.
    pub unique_id: UniqueId,
    /// Its name.
    pub name: Arc<str>,
    /// Its package.
    pub package_name: Arc<str>,
    /// dbt's word for its kind.
    pub resource_type: &'static str,
    /// Its file, for messages.
    pub original_file_path: Arc<str>,
    /// Where it is built.
    pub relation: Option<Relation>,
    /// Its configs.
    pub config: Arc<ConfigMap>,
    /// The ids it may refer to; `None` where everything may be referred to (operations).
    pub depends_on: Option<Arc<[UniqueId]>>,
    /// `model`: the node as a dict, made when it is first asked for.
    pub dict: Arc<dyn Fn() -> Value + Send + Sync>,
}

/// The context of one node in one pass. Implements the look-up of names for the Jinja runtime.
pub struct NodeScope {
    /// Which pass.
    pub pass: Pass,
    /// What is the same for the whole run.
    pub invocation: Arc<Invocation>,
    /// The node's domain.
    pub domain: Arc<Domain>,
    /// The node; none for what belongs to a project as a whole.
    pub node: Option<NodeView>,
    /// What lies behind `ref`, `source` and `graph`.
    pub host: Arc<dyn Host>,
    /// The warehouse; none while parsing.
    pub session: Option<Arc<dyn Session>>,
    /// The batch of a microbatch model that is built.
    pub batch: Option<Batch>,
    /// What is put on every statement.
    pub comment: Option<StatementComment>,
    /// Environment variables that a unit test gives other values.
    pub environment: HashMap<String, String>,
    /// What is known of the warehouse.
    pub cache: Arc<RelationCache>,
    /// Variables of a materialization or a hook (`sql`, `pre_hooks`, `results`...), which hide the context's own.
    pub locals: HashMap<&'static str, Value>,
    capture: Mutex<Capture>,
    results: Mutex<HashMap<String, Option<Value>>>,
    model: OnceLock<Value>,
}

impl NodeScope {
    /// A context without locals.
    pub fn new(
        pass: Pass,
        invocation: Arc<Invocation>,
        domain: Arc<Domain>,
        node: Option<NodeView>,
        host: Arc<dyn Host>,
    ) -> Self {
        NodeScope {
            pass,
            invocation,
            domain,
            node,
            host,
            session: None,
            batch: None,
            comment: None,
            environment: HashMap::new(),
            cache: Arc::new(RelationCache::default()),
            locals: HashMap::new(),
            capture: Mutex::default(),
            results: Mutex::default(),
            model: OnceLock::new(),
        }
    }

    /// The same with a connection to the warehouse.
    #[must_use]
    pub fn with_session(mut self, session: Arc<dyn Session>, cache: Arc<RelationCache>) -> Self {
        self.session = Some(session);
        self.cache = cache;
        self
    }

    /// The same with a variable that hides the context's own.
    #[must_use]
    pub fn with_local(mut self, name: &'static str, value: Value) -> Self {
        self.locals.insert(name, value);
        self
    }

    /// What the template asked for.
    pub fn capture(&self) -> MutexGuard<'_, Capture> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Results that statements stored, by name; `None` once they were loaded.
    pub fn results(&self) -> MutexGuard<'_, HashMap<String, Option<Value>>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether statements run.
    pub fn executes(&self) -> bool {
        self.pass == Pass::Execute
    }

    /// The package that names are looked up for.
    pub fn package_name(&self) -> &str {
        self.node.as_ref().map_or(self.domain.name.as_str(), |node| &node.package_name)
    }

    /// The connection.
    ///
    /// # Errors
    /// While parsing, when there is none.
    pub fn session(&self) -> Outcome<&Arc<dyn Session>> {
        self.session.as_ref().ok_or_else(|| error("there is no connection to the warehouse while a project is parsed"))
    }

    /// `model`.
    pub fn model(&self) -> Value {
        let make = || self.node.as_ref().map_or(Value::from(()), |node| (node.dict)());
        self.model.get_or_init(make).clone()
    }
}

impl fmt::Debug for NodeScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.node.as_ref().map_or(self.domain.name.as_str(), |node| node.unique_id.as_str());
        write!(f, "<context of {node}>")
    }
}

impl Scope for NodeScope {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.locals.get(name).cloned().or_else(|| super::names::lookup(self, name))
    }

    fn names(&self) -> Vec<String> {
        self.locals.keys().map(|name| (*name).to_string()).chain(super::names::all()).collect()
    }
}

/// The context of the node whose template is running.
///
/// # Errors
/// When the template runs outside dbt's context.
pub fn scope_of(state: &State<'_, '_>) -> Outcome<Arc<NodeScope>> {
    runtime::scope_as::<NodeScope>(state).ok_or_else(|| error("this function needs the context of a node"))
}
