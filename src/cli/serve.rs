//! `docs serve`: the files of the target folder over HTTP, for a browser on this machine.

use super::arguments::ServeArguments;
use super::console::Console;
use super::{Done, Failed};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::run::EventKind;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use tiny_http::{Header, Method, Request, Response, Server};

/// What a folder without an index of its own shows.
const INDEX: &str = include_str!("serve/index.html");

/// Listens until the process is ended.
pub(super) fn serve(folder: &Path, console: &Console, arguments: &ServeArguments) -> Done {
    let address = (arguments.host.as_str(), arguments.port);
    let server = Server::http(address).map_err(|cause| refused(arguments, &cause.to_string()))?;
    let port = server.server_addr().to_ip().map_or(arguments.port, |address| address.port());
    let shown = if arguments.host == "127.0.0.1" { "localhost" } else { arguments.host.as_str() };
    let place = format!("http://{shown}:{port}");
    let say = |message: String| console.event(EventKind::Note { message });
    say(format!("Serving docs at {port}"));
    say(format!("To access from your browser, navigate to: {place}"));
    say("Press Ctrl+C to exit.".to_string());
    if arguments.browser {
        open_browser(&place);
    }
    for request in server.incoming_requests() {
        answer(folder, request);
    }
    Ok(true)
}

fn refused(arguments: &ServeArguments, cause: &str) -> Failed {
    let message = format!("cannot listen on {}:{}: {cause}", arguments.host, arguments.port);
    Failed(vec![Diagnostic::error(ErrorCode::BadOptionValue, message).hint("name a port that is free with --port")])
}

/// A browser that has gone away in the middle of an answer is no reason to stop.
fn answer(folder: &Path, request: Request) {
    if !matches!(request.method(), Method::Get | Method::Head) {
        let _ = request.respond(Response::empty(405));
        return;
    }
    let path = request.url().split(['?', '#']).next().unwrap_or_default().to_string();
    let Some(file) = below(folder, &path) else {
        let _ = request.respond(Response::empty(404));
        return;
    };
    let _ = match File::open(&file).ok().filter(|_| file.is_file()) {
        Some(open) => request.respond(with_type(Response::from_file(open), &file)),
        None if path == "/" => request.respond(with_type(Response::from_string(INDEX), &file)),
        None => request.respond(Response::empty(404)),
    };
}

/// The file that a path of a URL names; nothing outside of the folder.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = match path {
        "/" => "index.html",
        other => other.strip_prefix('/')?,
    };
    let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    // A link may still lead out of it, which whoever made the link has asked for.
    is_plain.then(|| folder.join(path))
}

fn with_type<R: Read>(mut response: Response<R>, file: &Path) -> Response<R> {
    if let Some(header) = content_type(file) {
        response.add_header(header);
    }
    response
}

/// A machine without a browser is no reason to stop: the address has been printed.
fn open_browser(place: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let _ = Command::new(program).arg(place).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

fn content_type(file: &Path) -> Option<Header> {
    let kind = match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
    Header::from_bytes("Content-Type", kind).ok()
}
