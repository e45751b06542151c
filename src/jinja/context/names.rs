//! Every name of dbt's context and what it stands for.
//! Source: <https://docs.getdbt.com/reference/dbt-jinja-functions>.

use super::runtime_config::RefFunction;
use super::scope::{NodeScope, Pass};
use super::{adapter, api, config, exceptions, modules, references, results, variables};
use crate::jinja::context::function::function;
use crate::jinja::context::relation::DuckDBRelation;
use crate::jinja::runtime::return_value;
use crate::jinja::value::{self, Arguments, from_json, to_str};
use indexmap::IndexMap;
use minijinja::value::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The version of dbt-core whose behaviour this program has.
pub const DBT_VERSION: &str = "1.11.16";

/// The names whose values are the same in every context.
static CONSTANTS: LazyLock<HashMap<&'static str, Value>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Value> = HashMap::from([
        (
            "return",
            function("return", |_, arguments| {
                let value = Arguments::new(arguments).bind("return", ["data"], 0)?;
                let [value] = value;
                Err(return_value(value.unwrap_or(Value::from(()))))
            }),
        ),
        ("ref", function("ref", references::call_ref)),
        ("source", function("source", references::call_source)),
        ("config", Value::from_object(config::ConfigFunction)),
        ("var", Value::from_object(variables::VarFunction)),
        ("env_var", function("env_var", variables::env_var)),
        ("log", function("log", exceptions::log)),
        ("print", function("print", exceptions::print)),
        ("exceptions", exceptions::namespace()),
        ("adapter_macro", function("adapter_macro", adapter::adapter_macro)),
        ("column", Value::from_object(super::column::ColumnClass)),
        ("load_result", function("load_result", results::load_result)),
        ("store_result", function("store_result", results::store_result)),
        ("store_raw_result", function("store_raw_result", results::store_raw_result)),
        ("load_agate_table", function("load_agate_table", results::load_agate_table)),
        ("write", function("write", results::write)),
        ("render", function("render", results::render)),
        ("try_or_compiler_error", function("try_or_compiler_error", exceptions::try_or_compiler_error)),
        ("diff_of_two_dicts", function("diff_of_two_dicts", modules::diff_of_two_dicts)),
        ("submit_python_job", function("submit_python_job", adapter::submit_python_job)),
        ("metric", function("metric", references::call_metric)),
        ("function", function("function", references::call_function)),
        ("validation", modules::validation()),
        ("modules", value::modules()),
        ("dbt_version", Value::from(DBT_VERSION)),
        ("sql_now", Value::from("now()")),
    ]);
    names.extend(modules::functions());
    names
});

/// Names that depend on the context, for iteration.
const VARYING: &[&str] = &[
    "adapter",
    "builtins",
    "target",
    "env",
    "project_name",
    "database",
    "schema",
    "this",
    "model",
    "graph",
    "execute",
    "flags",
    "invocation_id",
    "run_started_at",
    "thread_id",
    "invocation_args_dict",
    "dbt_metadata_envs",
    "selected_resources",
    "api",
    "_sql_results",
    "pre_hooks",
    "post_hooks",
    "sql",
    "compiled_code",
    "defer_relation",
    "schemas",
    "database_schemas",
    "context_macro_stack",
];

/// Every name of the context.
pub(super) fn all() -> Vec<String> {
    let mut names: Vec<String> = CONSTANTS.keys().chain(VARYING).map(|name| (*name).to_string()).collect();
    names.sort();
    names
}

fn builtins(scope: &NodeScope) -> Value {
    let names = ["source", "config", "metric", "function"];
    let found = names.iter().filter_map(|name| Some((Value::from(*name), CONSTANTS.get(name)?.clone())));
    let reference = (Value::from("ref"), RefFunction::with_config(scope));
    value::dict(std::iter::once(reference).chain(found).collect())
}

/// What `name` stands for in `scope`.
pub(super) fn lookup(scope: &NodeScope, name: &str) -> Option<Value> {
    if let Some(constant) = CONSTANTS.get(name) {
        return Some(constant.clone());
    }
    let invocation = &scope.invocation;
    Some(match name {
        "execute" => Value::from(scope.executes()),
        "this" => this(scope)?,
        "adapter" => Value::from_object(adapter::AdapterObject::new(scope.domain.clone())),
        "model" => scope.node.as_ref().map(|_| scope.model())?,
        // `model.unique_id` for whoever needs nothing else of the model: making that is dear.
        "meshbuild_unique_id" => scope.node.as_ref().map(|node| Value::from(node.unique_id.as_str()))?,
        "builtins" => builtins(scope),
        "target" | "env" => target(scope),
        "project_name" => Value::from(scope.domain.name.as_str()),
        "database" => Value::from(scope.domain.target.database.as_str()),
        "schema" => own_schema(scope),
        "graph" if scope.pass == Pass::Execute => scope.host.graph(scope),
        "graph" => value::dict(IndexMap::new()),
        "flags" => flags(scope),
        "invocation_id" => {
            value::impure::mark();
            Value::from(invocation.id.as_str())
        }
        "run_started_at" => {
            value::impure::mark();
            Value::from_object(value::temporal::DateTime::with_offset(invocation.started_at.naive_utc(), 0))
        }
        "thread_id" => {
            value::impure::mark();
            Value::from(std::thread::current().name().unwrap_or("MainThread"))
        }
        "invocation_args_dict" => {
            value::impure::mark_invocation();
            from_json(&serde_json::Value::Object(invocation.arguments.clone()))
        }
        "dbt_metadata_envs" => metadata_environment(scope),
        "selected_resources" => {
            value::list(scope.host.selected_resources().iter().map(|id| Value::from(id.as_str())).collect())
        }
        "api" => api::namespace(&scope.domain),
        "_sql_results" => results::all(scope),
        "database_schemas" => {
            let pairs = scope.host.database_schemas(scope).into_iter();
            value::list(pairs.map(|(database, schema)| value::tuple(vec![database.into(), schema.into()])).collect())
        }
        "schemas" => {
            let mut schemas: Vec<String> =
                scope.host.database_schemas(scope).into_iter().map(|(_, schema)| schema).collect();
            schemas.dedup();
            value::list(schemas.into_iter().map(Value::from).collect())
        }
        "pre_hooks" | "post_hooks" | "sql" | "compiled_code" => scope.node.as_ref().map(|_| Value::from(()))?,
        _ => return None,
    })
}

fn this(scope: &NodeScope) -> Option<Value> {
    let relation = scope.node.as_ref()?.relation.clone()?;
    Some(DuckDBRelation::new(relation, None).into_value())
}

/// `schema` is the node's own where there is one, else the target's.
fn own_schema(scope: &NodeScope) -> Value {
    let own =
        scope.node.as_ref().and_then(|node| node.relation.as_ref()).and_then(|relation| relation.schema.as_deref());
    Value::from(own.unwrap_or(&scope.domain.target.schema))
}

fn target(scope: &NodeScope) -> Value {
    let target = &scope.domain.target;
    let mut entries: IndexMap<Value, Value> =
        target.fields.iter().map(|(name, value)| (Value::from(name.as_str()), from_json(value))).collect();
    let own = [
        ("name", Value::from(target.name.as_str())),
        ("target_name", Value::from(target.name.as_str())),
        ("profile_name", Value::from(target.profile_name.as_str())),
        ("type", Value::from("duckdb")),
        ("database", Value::from(target.database.as_str())),
        ("schema", Value::from(target.schema.as_str())),
        ("threads", Value::from(target.threads)),
    ];
    entries.extend(own.into_iter().map(|(name, value)| (Value::from(name), value)));
    value::dict(entries)
}

fn flags(scope: &NodeScope) -> Value {
    value::impure::mark_invocation();
    let flags = scope.invocation.flags.iter().map(|(name, value)| (Value::from(name.as_str()), from_json(value)));
    value::dict(flags.chain([(Value::from("WHICH"), Value::from(scope.invocation.command.as_str()))]).collect())
}

/// `DBT_ENV_CUSTOM_ENV_<name>` as `<name>`.
fn metadata_environment(scope: &NodeScope) -> Value {
    // Which variables there are is more than the values of some.
    value::impure::mark();
    let custom = scope.invocation.environment.iter().filter_map(|(name, value)| {
        Some((Value::from(name.strip_prefix("DBT_ENV_CUSTOM_ENV_")?), Value::from(value.as_str())))
    });
    value::dict(custom.collect())
}

/// A dict of functions and values, such as `exceptions`.
pub(super) fn namespace(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    value::dict(entries.into_iter().map(|(name, value)| (Value::from(name), value)).collect())
}

/// The text of an argument.
pub(super) fn text(value: Option<Value>) -> Option<String> {
    value.filter(|value| !value.is_none()).map(|value| to_str(&value))
}
