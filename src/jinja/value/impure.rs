//! Where templates meet what is not the same on every run: the clock and chance.
//!
//! Everything here leaves a mark, so that a cache can know that a rendered text must not be used again.

use std::cell::Cell;

use chrono::{DateTime, Local, Utc};

thread_local! {
    static IMPURE: Cell<bool> = const { Cell::new(false) };
}

/// Marks what this thread renders as not the same on every run.
pub fn mark() {
    IMPURE.with(|cell| cell.set(true));
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
