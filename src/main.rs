//! The program `meshbuild`: hands the command line over, and asks for a report when it meets a bug.

use meshbuild::jinja::RENDER_STACK;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

/// The allocator of the whole process: `override` puts it under DuckDB too. Parsing and binding are many small allocations, of
/// which glibc makes a quarter of their time.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code of a program that could not do its work.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    ask_for_reports();
    // Templates render inside each other, on this thread and on those of the pool.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(RENDER_STACK).build_global();
    let work = || {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let words: Vec<String> = std::env::args_os().map(text).collect();
        let variables: BTreeMap<String, String> =
            std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        match std::env::current_dir() {
            Ok(cwd) => meshbuild::cli::main(words, variables, cwd),
            Err(cause) => {
                let _ = writeln!(std::io::stderr(), "meshbuild: the working folder cannot be used: {cause}");
                COULD_NOT_RUN
            }
        }
    };
    let worker = std::thread::Builder::new().name("MainThread".to_string()).stack_size(RENDER_STACK).spawn(work);
    let code = match (pool, worker) {
        (Ok(()), Ok(worker)) => worker.join().unwrap_or(COULD_NOT_RUN),
        _ => {
            let _ = writeln!(std::io::stderr(), "meshbuild: the system gives no more threads");
            COULD_NOT_RUN
        }
    };
    ExitCode::from(code)
}

/// A panic is a bug: whoever meets one learns what to do with it.
fn ask_for_reports() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let message = payload.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        meshbuild::report::write_logs();
        let _ = writeln!(
            std::io::stderr(),
            "meshbuild has met a bug: {message} ({place}, version {}).\nPlease report it with the command and, if you can, the \
             smallest project that shows it.",
            env!("CARGO_PKG_VERSION")
        );
    }));
}
