//! DuckDB's shared library: where it is looked for, and the table of its functions that the crate `duckdb` calls through.
//!
//! It is loaded when the first database is opened. That takes 12 ms or more of a processor, which commands without SQL
//! (`ls`, `parse`, `--version`) do not pay. The crate can call through a table instead of linked names, because an
//! extension of DuckDB must (its feature `loadable-extension`); here the table is filled from the library.
//!
//! Owns all of the program's `unsafe`; never opens a database.

#![expect(unsafe_code, reason = "the functions of a library that is loaded at run time have the types that we say")]

use super::error::{AdapterError, ENGINE_VERSION};
use ::duckdb::ffi;
use libloading::Library;
use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::error::Error as _;
use std::ffi::{CStr, c_char, c_void};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folder of the library, where the usual places do not have it or have another.
const FOLDER_VARIABLE: &str = "MESHBUILD_DUCKDB_LIB_DIR";

/// The library, whose functions `ffi` calls from then on; loaded once, and for as long as the process lives.
///
/// # Errors
/// [`AdapterError::Library`] when it is nowhere, or is no DuckDB of [`ENGINE_VERSION`].
pub(super) fn load() -> Result<(), AdapterError> {
    static LOADED: OnceLock<Result<Library, AdapterError>> = OnceLock::new();
    match LOADED.get_or_init(|| first_of(&places()).and_then(install)) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.clone()),
    }
}

/// Where the library is looked for, in order: the folder of [`FOLDER_VARIABLE`] and nowhere else; else the program's
/// own folder and `lib` beside it, the folder that the program was built with, and what the system searches.
fn places() -> Vec<PathBuf> {
    let file = format!("{DLL_PREFIX}duckdb{DLL_SUFFIX}");
    if let Some(folder) = env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
        return vec![PathBuf::from(folder).join(file)];
    }
    let program = env::current_exe().and_then(|path| path.canonicalize()).ok();
    let folder = program.as_deref().and_then(Path::parent);
    let beside = folder.into_iter().flat_map(|folder| [folder.to_path_buf(), folder.join("../lib")]);
    let built = option_env!("MESHBUILD_BUILT_WITH").map(PathBuf::from);
    let files = beside.chain(built).map(|folder| folder.join(&file)).filter(|path| path.is_file());
    files.chain([PathBuf::from(&file)]).collect()
}

/// The library at the first place that has one.
fn first_of(places: &[PathBuf]) -> Result<(Library, PathBuf), AdapterError> {
    let mut reasons = Vec::new();
    for place in places {
        // SAFETY: loading runs the library's initializers. Those of DuckDB only make its own objects; that a file of
        // its name in these places is DuckDB is what whoever put it there answers for, as with every shared library.
        match unsafe { Library::new(place) } {
            Ok(library) => return Ok((library, place.clone())),
            Err(error) => reasons.push(words(&error)),
        }
    }
    Err(AdapterError::Library { reason: reasons.join("\n") })
}

/// Lets the crate call the library's functions.
fn install((library, path): (Library, PathBuf)) -> Result<Library, AdapterError> {
    let failed = |reason: String| AdapterError::Library { reason: format!("{}: {reason}", path.display()) };
    let found = version(&library).map_err(failed)?;
    if found.trim_start_matches('v') != ENGINE_VERSION {
        return Err(failed(format!("it is DuckDB {found}")));
    }
    let mut table = functions(&library).map_err(failed)?;
    let access = ffi::duckdb_extension_access { set_error: None, get_database: None, get_api: Some(handed_over) };
    // SAFETY: `access` and `table` live until the call returns, which copies the table's pointers. The call does with
    // the first argument nothing but hand it to `handed_over`.
    let installed =
        unsafe { ffi::duckdb_rs_extension_api_init((&raw mut table).cast(), &raw const access, ENGINE_VERSION) };
    installed.map_err(|reason| failed(reason.to_owned()))?;
    Ok(library)
}

/// Gives the table to the crate, which asks its host for one: here the host's description is the table itself.
unsafe extern "C" fn handed_over(table: ffi::duckdb_extension_info, _version: *const c_char) -> *const c_void {
    table.cast_const().cast()
}

/// What the library says that it is: `v1.5.5`.
fn version(library: &Library) -> Result<String, String> {
    // SAFETY: DuckDB declares `const char *duckdb_library_version(void)`, whose text is static.
    let text = unsafe {
        let function = library.get::<unsafe extern "C" fn() -> *const c_char>(c"duckdb_library_version");
        CStr::from_ptr(function.map_err(|error| words(&error))?())
    };
    Ok(text.to_string_lossy().into_owned())
}

/// The system's words, which stand behind `dlopen failed`.
fn words(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// [`functions`], of these names.
macro_rules! functions {
    ($($name:ident),* $(,)?) => {
        /// The functions that the crate calls, outside of what makes functions and tables of one's own. The
        /// fields have the types that DuckDB's header gives their names. Others stay empty; the crate panics at those.
        fn functions(library: &Library) -> Result<ffi::duckdb_ext_api_v1, String> {
            // SAFETY: every field is an `Option` of a function's pointer, for which zero is `None`.
            let mut table: ffi::duckdb_ext_api_v1 = unsafe { std::mem::zeroed() };
            $(
                // SAFETY: in a library of this version, the name has the field's type.
                table.$name = unsafe { library.get(concat!(stringify!($name), "\0")) }
                    .map(|function| Some(*function))
                    .map_err(|error| words(&error))?;
            )*
            Ok(table)
        }

        #[cfg(test)]
        const FUNCTIONS: &[&str] = &[$(stringify!($name)),*];
    };
}

functions! {
    duckdb_appender_create, duckdb_appender_create_ext, duckdb_appender_destroy, duckdb_appender_error,
    duckdb_appender_error_data, duckdb_array_type_child_type, duckdb_bind_blob, duckdb_bind_boolean, duckdb_bind_date,
    duckdb_bind_decimal, duckdb_bind_double, duckdb_bind_float, duckdb_bind_hugeint, duckdb_bind_int16,
    duckdb_bind_int32, duckdb_bind_int64, duckdb_bind_int8, duckdb_bind_interval, duckdb_bind_null, duckdb_bind_time,
    duckdb_bind_timestamp, duckdb_bind_uhugeint, duckdb_bind_uint16, duckdb_bind_uint32, duckdb_bind_uint64,
    duckdb_bind_uint8, duckdb_bind_varchar_length, duckdb_clear_bindings, duckdb_close, duckdb_column_count,
    duckdb_column_logical_type, duckdb_column_name, duckdb_connect, duckdb_create_array_type, duckdb_create_config,
    duckdb_create_decimal_type, duckdb_create_error_data, duckdb_create_list_type, duckdb_create_logical_type,
    duckdb_create_map_type, duckdb_create_struct_type, duckdb_create_union_type, duckdb_data_chunk_get_size,
    duckdb_data_chunk_to_arrow, duckdb_decimal_scale, duckdb_decimal_width, duckdb_destroy_arrow_options,
    duckdb_destroy_config, duckdb_destroy_data_chunk, duckdb_destroy_error_data, duckdb_destroy_extracted,
    duckdb_destroy_logical_type, duckdb_destroy_prepare, duckdb_destroy_result, duckdb_destroy_value,
    duckdb_disconnect, duckdb_error_data_error_type, duckdb_error_data_has_error, duckdb_error_data_message,
    duckdb_execute_prepared, duckdb_execute_prepared_streaming, duckdb_extract_statements,
    duckdb_extract_statements_error, duckdb_fetch_chunk, duckdb_free, duckdb_geometry_type_get_crs,
    duckdb_get_map_key, duckdb_get_map_size, duckdb_get_map_value, duckdb_get_type_id, duckdb_get_varchar,
    duckdb_interrupt, duckdb_list_type_child_type, duckdb_logical_type_get_alias, duckdb_logical_type_set_alias,
    duckdb_map_type_key_type, duckdb_map_type_value_type, duckdb_nparams, duckdb_open, duckdb_open_ext,
    duckdb_parameter_name, duckdb_prepare_error, duckdb_prepare_extracted_statement,
    duckdb_prepared_statement_column_count, duckdb_prepared_statement_column_logical_type,
    duckdb_prepared_statement_type, duckdb_query, duckdb_result_error, duckdb_result_get_arrow_options,
    duckdb_row_count, duckdb_rows_changed, duckdb_set_config, duckdb_string_t_data, duckdb_string_t_length,
    duckdb_struct_type_child_count, duckdb_struct_type_child_name, duckdb_struct_type_child_type,
    duckdb_to_arrow_schema, duckdb_union_type_member_count, duckdb_union_type_member_name,
    duckdb_union_type_member_type,
}

#[cfg(test)]
mod tests;
