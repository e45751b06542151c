//! A writer that collects what it is given and passes it on a moment later: a build logs more lines than it runs statements.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::Duration;

/// How long a line waits at most.
const DELAY: Duration = Duration::from_millis(100);

/// What is collected before it is passed on at once, in bytes.
const COLLECTED: usize = 1 << 16;

/// Every writer that may hold something back.
static OPEN: Mutex<Vec<Weak<Mutex<Pending>>>> = Mutex::new(Vec::new());

/// Passes on what all delayed writers hold back: before the process ends, and when it meets a bug.
pub fn write_logs() {
    let open = match OPEN.try_lock() {
        Ok(open) => open,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    for pending in open.iter().filter_map(Weak::upgrade) {
        // Whoever panics may be just writing; what it writes is on its way.
        match pending.try_lock() {
            Ok(mut pending) => pending.pass_on(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().pass_on(),
            Err(TryLockError::WouldBlock) => {}
        }
    }
}

/// Collects whole writes and passes them on after a tenth of a second, or when they are many. Nothing that was written is lost
/// but by a process that is killed.
pub struct Delayed {
    pending: Arc<Mutex<Pending>>,
}

struct Pending {
    to: Box<dyn Write + Send>,
    text: Vec<u8>,
}

impl Pending {
    fn pass_on(&mut self) {
        if !self.text.is_empty() {
            // A full disk must not stop the build.
            let _ = self.to.write_all(&self.text).and_then(|()| self.to.flush());
            self.text.clear();
        }
    }
}

impl Delayed {
    /// Writes to `to`.
    pub fn around(to: Box<dyn Write + Send>) -> Delayed {
        let pending = Arc::new(Mutex::new(Pending { to, text: Vec::new() }));
        let written = Arc::downgrade(&pending);
        OPEN.lock().unwrap_or_else(PoisonError::into_inner).push(written.clone());
        let write_later = move || {
            while let Some(pending) = written.upgrade() {
                lock(&pending).pass_on();
                drop(pending);
                std::thread::sleep(DELAY);
            }
        };
        // Where the system gives no thread, what is collected is passed on when it is much, and at the end.
        let _ = std::thread::Builder::new().name("log".to_string()).spawn(write_later);
        Delayed { pending }
    }
}

fn lock(pending: &Mutex<Pending>) -> MutexGuard<'_, Pending> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Write for Delayed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pending = lock(&self.pending);
        pending.text.extend_from_slice(bytes);
        if pending.text.len() >= COLLECTED {
            pending.pass_on();
        }
        Ok(bytes.len())
    }

    /// What is collected is passed on soon.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Delayed {
    fn drop(&mut self) {
        lock(&self.pending).pass_on();
    }
}
