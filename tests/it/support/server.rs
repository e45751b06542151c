//! A server of files on loopback, for what is fetched over HTTP.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Serves what it was given, and remembers what it was asked for. It ends with the process.
pub struct Server {
    address: String,
    files: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server without files, at a port of its own.
    pub fn start() -> Self {
        Self::answering("404 Not Found")
    }

    /// One that wants to know who asks, and is told by nobody.
    pub fn refusing() -> Self {
        Self::answering("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"here\"")
    }

    fn answering(without_file: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Server { address, files: Arc::default(), asked: Arc::default() };
        let (files, asked) = (server.files.clone(), server.asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let path = path_of(&stream);
                asked.lock().expect("a list").push(path.clone());
                let body = files.lock().expect("files").get(&path).cloned();
                answer(stream, body, without_file);
            }
        });
        server
    }

    /// The address of a file.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Adds a file.
    pub fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.files.lock().expect("files").insert(path.to_owned(), body.into());
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a list").clone()
    }
}

fn path_of(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    // The rest of the request says nothing of interest, but has to be read.
    lines.find(String::is_empty);
    first.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn answer(mut stream: TcpStream, body: Option<Vec<u8>>, without_file: &str) {
    let status = if body.is_some() { "200 OK" } else { without_file };
    let body = body.unwrap_or_default();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client that has gone away is its own affair.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

/// A `.tar.gz` of files and their texts.
pub fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        // Written as bytes: the crate refuses paths that lead out, which is what a test may want.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, text.as_bytes()).expect("an entry");
    }
    builder.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive")
}
