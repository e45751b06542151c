//! Python models: run by the user's own Python in a process of its own.
//!
//! DuckDB lets one process open a file, and that is this one. So data is handed over: what a model reads is exported to
//! Parquet when its code asks for it, what it returns is read from Parquet, and the statements that write the table run on
//! the node's own connection, inside its transaction. `runner.py` is the other end.

mod hand_over;
mod interpreter;

use super::session::DuckDbSession;
use crate::jinja::warehouse::{AdapterResponse, PythonJob, WarehouseError};
use hand_over::HandOver;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The other end, as text for `python -c`.
const RUNNER: &str = include_str!("python/runner.py");

/// The Python process of a connection, while one runs: another thread may end it.
#[derive(Default)]
pub(super) struct Running(Mutex<Option<Child>>);

impl Running {
    /// Ends the process, if there is one.
    pub fn kill(&self) {
        if let Some(child) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            // One that has ended already needs no killing.
            let _ = child.kill();
        }
    }

    fn keep(&self, child: Child) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
    }

    /// Waits for the end of the process; what it ended with.
    fn wait(&self) -> String {
        let child = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match child.map(|mut child| child.wait()) {
            Some(Ok(status)) => status.to_string(),
            Some(Err(cause)) => cause.to_string(),
            None => String::new(),
        }
    }
}

fn failed(message: String) -> WarehouseError {
    WarehouseError { message, offset: None, cancelled: false }
}

/// Runs a model's code to its end.
///
/// # Errors
/// When there is no Python; when the code raises, with its traceback.
pub(super) fn run(session: &DuckDbSession, job: &PythonJob) -> Result<AdapterResponse, WarehouseError> {
    let folder = tempfile::Builder::new().prefix("meshbuild-python-").tempdir();
    let folder = folder.map_err(|cause| failed(format!("a folder for temporary files: {cause}")))?;
    let python = interpreter::find();
    let mut child = Command::new(&python)
        .args(["-u", "-c", RUNNER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|cause| failed(format!("Python not found: '{}' could not be started: {cause}", python.display())))?;
    let (input, output, printed) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    session.python().keep(child);
    let outcome = std::thread::scope(|scope| {
        if let Some(printed) = printed {
            scope.spawn(move || {
                for line in BufReader::new(printed).lines().map_while(Result::ok) {
                    session.said(&line);
                }
            });
        }
        let (Some(input), Some(output)) = (input, output) else { return Ok(Ended::Early) };
        let outcome = HandOver::new(session, folder.path())
            .and_then(|hand_over| converse(&hand_over, job, &mut { input }, BufReader::new(output)));
        if outcome.is_err() {
            session.python().kill();
        }
        outcome
    });
    let status = session.python().wait();
    match outcome? {
        Ended::Done => Ok(AdapterResponse::default()),
        Ended::Failed(traceback) => {
            let asked = format!("(run by {})", python.display());
            Err(failed(format!("Python model failed:\n{}\n{asked}", traceback.trim_end())))
        }
        Ended::Early => Err(failed(format!("Python model failed:\nthe Python process ended early ({status})"))),
    }
}

/// How a conversation ends.
enum Ended {
    Done,
    /// With this traceback.
    Failed(String),
    /// The process is gone.
    Early,
}

/// Answers requests until the model is done.
fn converse(
    hand_over: &HandOver<'_>,
    job: &PythonJob,
    input: &mut ChildStdin,
    output: BufReader<ChildStdout>,
) -> Result<Ended, WarehouseError> {
    let (database, schema) = hand_over.defaults()?;
    let first = json!({
        "name": job.name, "file": job.file, "code": job.code, "folder": hand_over.folder(), "database": database,
        "schema": schema,
    });
    // A process that has died reads nothing; its end is noticed below.
    let mut send = |message: &Json| writeln!(input, "{message}").and_then(|()| input.flush()).is_ok();
    if !send(&first) {
        return Ok(Ended::Early);
    }
    for line in output.lines().map_while(Result::ok) {
        let Ok(request) = serde_json::from_str::<Json>(&line) else { continue };
        let text = |name: &str| request.get(name).and_then(Json::as_str).unwrap_or_default();
        let answer = match text("do") {
            "done" => return Ok(Ended::Done),
            "failed" => return Ok(Ended::Failed(text("text").to_string())),
            "load" => hand_over.load(text("relation")),
            "register" => hand_over.register(text("name"), text("path"), &columns(&request)),
            "unregister" => hand_over.unregister(text("name")),
            "execute" => hand_over.execute(text("sql")),
            other => Err(failed(format!("'{other}' is no request"))),
        };
        let reply = match answer {
            Ok(reply) => reply,
            Err(cause) if cause.cancelled => return Err(cause),
            Err(cause) => json!({ "error": cause.message }),
        };
        if !send(&reply) {
            break;
        }
    }
    Ok(Ended::Early)
}

/// The names and types of a request.
fn columns(request: &Json) -> Vec<(String, String)> {
    let pairs = request.get("columns").and_then(Json::as_array).into_iter().flatten();
    let text = |pair: &Json, at: usize| pair.get(at).and_then(Json::as_str).map(str::to_string);
    pairs.filter_map(|pair| Some((text(pair, 0)?, text(pair, 1)?))).collect()
}

#[cfg(test)]
mod tests;
