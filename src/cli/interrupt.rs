//! Ctrl-C and termination: the first asks a run to end cleanly, the second ends the program at once.

use crate::jinja::context::Invocation;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What the signal cancels at the moment.
static RUNNING: OnceLock<Mutex<Option<Arc<Invocation>>>> = OnceLock::new();

/// Exit code of a program that a user interrupted twice: 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: i32 = 130;

fn running() -> &'static Mutex<Option<Arc<Invocation>>> {
    RUNNING.get_or_init(Mutex::default)
}

/// Until the guard is dropped, a signal cancels `invocation`.
pub(super) fn cancels(invocation: &Arc<Invocation>) -> Guard {
    let first = RUNNING.get().is_none();
    *running().lock().unwrap_or_else(PoisonError::into_inner) = Some(invocation.clone());
    if first {
        // Without a handler the signal ends the program, which loses the summary and nothing else.
        let _ = ctrlc::set_handler(|| {
            let running = running().lock().unwrap_or_else(PoisonError::into_inner).clone();
            match running.filter(|invocation| !invocation.is_cancelled()) {
                Some(invocation) => invocation.cancel(),
                None => {
                    crate::report::write_logs();
                    std::process::exit(INTERRUPTED)
                }
            }
        });
    }
    Guard
}

/// Keeps a signal from ending the program.
pub(super) struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        *running().lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
