//! What dbt gives to templates: its functions, objects and variables.
//!
//! Owns the context of a node ([`NodeScope`]) and everything that names in it stand for. Never looks references up and
//! never talks to an engine by itself: [`Host`] and [`crate::jinja::warehouse::Session`] are implemented elsewhere.

mod adapter;
mod api;
mod batch;
mod cache;
mod column;
mod config;
mod exceptions;
mod function;
mod host;
mod invocation;
mod modules;
mod names;
mod references;
mod relation;
mod results;
mod runtime_config;
mod scope;
mod test_arguments;
mod variables;

pub use batch::Batch;
pub use cache::RelationCache;
pub use column::DuckDBColumn;
pub use exceptions::missing_materialization;
pub use function::function;
pub use host::Host;
pub use invocation::{Invocation, Messages, Silent};
pub use names::DBT_VERSION;
pub use references::{metric_call, ref_call, source_call};
pub use relation::{DuckDBRelation, EventTimeFilter, python_time};
pub use results::{response_of, table};
pub use scope::{Capture, GroupDict, NodeDict, NodeScope, NodeView, Pass, StatementComment, scope_of};
pub use test_arguments::{TEST_KWARGS, map_test_argument};
pub use variables::{SECRET_PREFIX, find_var};
