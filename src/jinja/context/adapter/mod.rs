//! `adapter`: what templates can ask of the warehouse.
//!
//! Owns the table of methods and `dispatch`. What a method does to the warehouse goes through the macro of the same name
//! wherever dbt does it so, that projects can override it.
//! Source: <https://docs.getdbt.com/reference/dbt-jinja-functions/adapter>.

mod behavior;
mod catalogs;
mod constraints;
mod files;
mod names;
mod relations;
mod statements;

use super::function::function;
use super::scope::{NodeScope, scope_of};
use crate::jinja::runtime;
use crate::jinja::value::error::error;
use crate::jinja::value::{self, Arguments, Outcome, text_of, to_str};
use crate::jinja::warehouse::PythonJob;
use crate::manifest::Domain;
use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Value};
use std::sync::Arc;

/// A method: the context it is called from, what it is called with.
type Method = fn(&mut Call<'_, '_, '_>) -> Outcome;

/// One call of a method.
struct Call<'a, 'state, 'env> {
    name: &'static str,
    state: &'a mut State<'state, 'env>,
    scope: Arc<NodeScope>,
    arguments: Arguments<'a>,
}

impl Call<'_, '_, '_> {
    fn bind<const COUNT: usize>(&self, names: [&str; COUNT], required: usize) -> Outcome<[Option<Value>; COUNT]> {
        self.arguments.bind(self.name, names, required)
    }

    /// Calls the macro `name` of the internal packages or its override in the root project, as dbt's adapter does.
    fn call_macro(&mut self, name: &str, arguments: &[Value]) -> Outcome {
        let namespace = runtime::namespace_of(self.state);
        let definition = namespace.as_ref().and_then(|namespace| {
            let root = namespace.get_from_package(Some(namespace.root_package()), name).ok().flatten();
            root.or_else(|| namespace.get_from_package(Some("dbt"), name).ok().flatten())
        });
        match definition {
            Some(definition) => runtime::call_macro(self.state, &definition, arguments),
            None => Err(error(format!("dbt could not find a macro with the name '{name}' in any package"))),
        }
    }
}

/// What a method gives while the project is parsed.
#[derive(Clone, Copy)]
enum WhileParsing {
    /// The same as later: it needs no warehouse.
    Same,
    /// None.
    None,
    /// An empty list.
    List,
    /// False.
    False,
    /// An empty text and an empty table.
    EmptyResult,
    /// Two nones.
    NonePair,
}

impl WhileParsing {
    fn value(self) -> Option<Value> {
        Some(match self {
            WhileParsing::Same => return None,
            WhileParsing::None => Value::from(()),
            WhileParsing::List => value::list(Vec::new()),
            WhileParsing::False => Value::from(false),
            WhileParsing::EmptyResult => value::tuple(vec![Value::from(""), super::results::empty_table()]),
            WhileParsing::NonePair => value::tuple(vec![Value::from(()), Value::from(())]),
        })
    }
}

const METHODS: &[(&str, WhileParsing, Method)] = &[
    ("dispatch", WhileParsing::Same, names::dispatch),
    ("type", WhileParsing::Same, |_| Ok(Value::from("duckdb"))),
    ("commit", WhileParsing::Same, statements::commit),
    ("execute", WhileParsing::EmptyResult, statements::execute),
    ("add_query", WhileParsing::NonePair, statements::add_query),
    ("ensure_transaction", WhileParsing::None, statements::ensure_transaction),
    ("get_column_schema_from_query", WhileParsing::List, statements::column_schema),
    ("get_relation", WhileParsing::None, relations::get_relation),
    ("already_exists", WhileParsing::False, relations::already_exists),
    ("list_relations", WhileParsing::List, relations::list_relations),
    ("list_relations_without_caching", WhileParsing::List, relations::list_without_caching),
    ("check_schema_exists", WhileParsing::False, relations::check_schema_exists),
    ("create_schema", WhileParsing::None, relations::create_schema),
    ("drop_schema", WhileParsing::None, relations::drop_schema),
    ("drop_relation", WhileParsing::None, relations::drop_relation),
    ("truncate_relation", WhileParsing::None, relations::truncate_relation),
    ("rename_relation", WhileParsing::None, relations::rename_relation),
    ("get_columns_in_relation", WhileParsing::List, relations::get_columns),
    ("get_missing_columns", WhileParsing::List, relations::get_missing_columns),
    ("expand_target_column_types", WhileParsing::None, |_| Ok(Value::from(()))),
    ("valid_snapshot_target", WhileParsing::None, relations::valid_snapshot_target),
    ("assert_valid_snapshot_target_given_strategy", WhileParsing::None, relations::valid_snapshot_target_for_strategy),
    ("cache_added", WhileParsing::Same, relations::cache_added),
    ("cache_dropped", WhileParsing::Same, relations::cache_dropped),
    ("cache_renamed", WhileParsing::Same, relations::cache_renamed),
    ("existing_key_constraint_types", WhileParsing::List, relations::existing_key_constraint_types),
    ("catalog_supports_foreign_keys", WhileParsing::Same, catalogs::supports_foreign_keys),
    ("quote", WhileParsing::Same, names::quote),
    ("quote_as_configured", WhileParsing::Same, names::quote_as_configured),
    ("quote_seed_column", WhileParsing::Same, names::quote_seed_column),
    ("escape_sql_string", WhileParsing::Same, names::escape_sql_string),
    ("convert_type", WhileParsing::Same, names::convert_type),
    ("convert_datetimes_to_strs", WhileParsing::Same, names::convert_datetimes_to_strs),
    ("render_raw_columns_constraints", WhileParsing::Same, constraints::columns),
    ("render_raw_model_constraints", WhileParsing::Same, constraints::model),
    ("get_hard_deletes_behavior", WhileParsing::None, constraints::hard_deletes),
    ("standardize_grants_dict", WhileParsing::Same, names::standardize_grants),
    ("get_incremental_strategy_macro", WhileParsing::None, names::incremental_strategy_macro),
    ("valid_incremental_strategies", WhileParsing::Same, |_| Ok(names::strategies())),
    ("parse_index", WhileParsing::Same, names::parse_index),
    ("is_motherduck", WhileParsing::Same, |_| Ok(Value::from(false))),
    ("is_ducklake", WhileParsing::Same, catalogs::is_ducklake),
    ("use_ducklake_table_workarounds", WhileParsing::Same, |_| Ok(Value::from(false))),
    ("disable_transactions", WhileParsing::Same, |call| {
        Ok(Value::from(call.scope.session.as_ref().is_some_and(|session| session.transactions_disabled())))
    }),
    ("get_binding_char", WhileParsing::Same, |_| Ok(Value::from("?"))),
    ("get_seed_file_path", WhileParsing::Same, |call| Ok(Value::from(call.scope.host.seed_path(&call.scope)))),
    ("external_root", WhileParsing::Same, files::external_root),
    ("external_write_options", WhileParsing::Same, files::write_options),
    ("external_read_location", WhileParsing::Same, files::read_location),
    ("location_exists", WhileParsing::False, files::location_exists),
    ("warn_once", WhileParsing::None, names::warn_once),
    ("batch_id_for_model", WhileParsing::Same, relations::batch_id),
    ("get_temp_relation_path", WhileParsing::Same, relations::temp_relation_path),
    ("build_catalog_relation", WhileParsing::Same, |_| Ok(Value::from(()))),
    ("date_function", WhileParsing::Same, |_| Ok(Value::from("now()"))),
    ("load_csv", WhileParsing::None, statements::load_csv),
];

/// The object behind the name `adapter`.
#[derive(Debug)]
pub(super) struct AdapterObject {
    domain: Arc<Domain>,
}

impl AdapterObject {
    pub fn new(domain: Arc<Domain>) -> Self {
        AdapterObject { domain }
    }
}

impl Object for AdapterObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = text_of(key)?;
        if name == "behavior" {
            return Some(Value::from_object(behavior::Behavior::new(&self.domain.flags)));
        }
        if name == "Relation" {
            return Some(super::relation::relation_class(self.domain.quoting));
        }
        let (name, _, _) = METHODS.iter().find(|(method, _, _)| *method == name)?;
        Some(function(name, move |state, arguments| call(state, name, arguments)))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Outcome {
        call(state, method, arguments)
    }
}

fn call(state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
    let scope = scope_of(state)?;
    let Some((name, while_parsing, method)) = METHODS.iter().find(|(method, _, _)| *method == name) else {
        let wrapper = if scope.executes() { "RuntimeDatabaseWrapper" } else { "ParseDatabaseWrapper" };
        let missing = format!("'dbt.context.providers.{wrapper} object' has no attribute '{name}'");
        return crate::jinja::value::undefined(missing).call(state, arguments);
    };
    match while_parsing.value() {
        Some(value) if !scope.executes() => Ok(value),
        _ => method(&mut Call { name, state, scope, arguments: Arguments::new(arguments) }),
    }
}

pub(super) fn adapter_macro(_state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let name = arguments.first().map(to_str).unwrap_or_default();
    Err(error(format!(
        "The \"adapter_macro\" macro has been deprecated. Instead, use the `adapter.dispatch` method to find a macro and call \
         the result.  For more information, see: https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch) \
         adapter_macro was called for: {name}"
    )))
}

/// `submit_python_job(model, compiled_code)`.
pub(super) fn submit_python_job(state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
    let scope = scope_of(state)?;
    let [_, code] = Arguments::new(arguments).bind("submit_python_job", ["parsed_model", "compiled_code"], 2)?;
    let node = scope.node.as_ref();
    let job = PythonJob {
        name: node.map(|node| node.name.to_string()).unwrap_or_default(),
        file: node.map(|node| node.original_file_path.to_string()).unwrap_or_default(),
        code: code.as_ref().map(to_str).unwrap_or_default(),
    };
    let session = scope.session()?;
    if !session.transactions_disabled() {
        session.begin().map_err(statements::failed)?;
    }
    let response = session.run_python(&job).map_err(statements::failed)?;
    Ok(super::results::response(&response))
}
