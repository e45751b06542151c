//! Where templates meet what is not the same on every run: the clock and chance, the environment and the command line.
//!
//! Everything here leaves a mark, so that a cache can know what a rendered text depends on.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Local, Utc};

thread_local! {
    static IMPURE: Cell<bool> = const { Cell::new(false) };
}

static READS: Mutex<Reads> = Mutex::new(Reads { volatile: false, invocation: false, environment: BTreeSet::new() });

/// What the templates of this process have asked for so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// The clock, chance, or what names this run of the program.
    pub volatile: bool,
    /// The command line: `flags`, `invocation_args_dict`.
    pub invocation: bool,
    /// Environment variables, whether they were set or not.
    pub environment: BTreeSet<String>,
}

/// What the templates of this process have asked for so far.
pub fn reads() -> Reads {
    READS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Marks what this thread renders as not the same on every run.
pub fn mark() {
    IMPURE.with(|cell| cell.set(true));
    READS.lock().unwrap_or_else(PoisonError::into_inner).volatile = true;
}

/// Marks what this thread renders as depending on the environment variable `name`.
pub(crate) fn mark_variable(name: &str) {
    let mut reads = READS.lock().unwrap_or_else(PoisonError::into_inner);
    if !reads.environment.contains(name) {
        reads.environment.insert(name.to_string());
    }
}

/// Marks what this thread renders as depending on the command line.
pub(crate) fn mark_invocation() {
    READS.lock().unwrap_or_else(PoisonError::into_inner).invocation = true;
}

/// Whether this thread has read the clock or drawn by chance since this was last asked.
pub fn take() -> bool {
    IMPURE.with(|cell| cell.replace(false))
}

/// The time now, in UTC.
pub(crate) fn now() -> DateTime<Utc> {
    mark();
    Utc::now()
}

/// The time now, as the clocks of this machine's zone show it.
pub(crate) fn local_now() -> DateTime<Local> {
    mark();
    Local::now()
}

/// A number drawn by chance.
pub(crate) fn random() -> u128 {
    mark();
    uuid::Uuid::new_v4().as_u128() >> 8
}
