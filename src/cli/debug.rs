//! `debug`: what was found where, and whether the database opens.

use super::arguments::DebugArguments;
use super::console::Console;
use super::workspace::{DatabasePath, Workspace};
use super::{Done, database};
use crate::adapter::duckdb::ENGINE_VERSION;
use crate::jinja::warehouse::{Fetch, Warehouse};
use crate::run::EventKind;
use std::sync::Arc;

/// Says what there is, and tries each database once.
pub(super) fn debug(workspace: &Workspace, console: &Arc<Console>, arguments: DebugArguments) -> Done {
    let say = |message: String| console.event(EventKind::Note { message });
    if arguments.config_dir {
        say(format!("To view your profiles.yml file, run:\n\nopen {}", workspace.profiles_folder().display()));
        return Ok(true);
    }
    say(format!("meshbuild version: {}", env!("CARGO_PKG_VERSION")));
    say(format!("adapter type: duckdb, DuckDB {ENGINE_VERSION}"));
    say(format!("Using profiles dir at {}", workspace.profiles_folder().display()));
    if !arguments.connection {
        let kind = if workspace.is_mesh { "mesh" } else { "project" };
        say(format!("Using {kind} '{}' at {}", workspace.name, workspace.root.display()));
        for loaded in workspace.domains.iter().filter(|_| workspace.is_mesh) {
            say(format!("  domain {} in {}", loaded.domain.name, loaded.domain.root));
        }
    }
    let main = workspace.main_domain();
    let credentials = &main.profile.credentials;
    say("Connection:".to_string());
    say(format!("  profile: {}, target: {}", main.profile.profile_name, main.profile.target_name));
    say(format!("  database: {}", credentials.database));
    say(format!("  schema: {}", main.domain.target.schema));
    say(match &main.database_path {
        DatabasePath::Memory => "  path: :memory:".to_string(),
        DatabasePath::File(path) => format!("  path: {}", path.display()),
    });
    let warehouse = database::open(main, console)?;
    let session = warehouse.session().map_err(|cause| super::execute::engine_failed(&cause))?;
    session.execute("select 1 as id", Fetch::All).map_err(|cause| super::execute::engine_failed(&cause))?;
    say("  Connection test: OK connection ok".to_string());
    say("All checks passed!".to_string());
    Ok(true)
}
