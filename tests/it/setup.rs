//! Commands around a project: `init` and `docs serve`.

use crate::support::Project;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

#[test]
fn init_writes_a_project_that_builds() {
    let project = Project::empty();
    project
        .succeed(["init", "my_shop", "--profiles-dir", "."])
        .says(&["Your new dbt project \"my_shop\" was created!", "Profile my_shop written to"]);
    let profiles = project.read("profiles.yml");
    assert!(profiles.contains("my_shop:") && profiles.contains("test:"), "the old entry is kept:\n{profiles}");
    let built = ["build", "--project-dir", "my_shop", "--profiles-dir", "."];
    project.succeed(built).says(&["Done. PASS=6 WARN=0 ERROR=0"]);
    project.succeed(["init", "my_shop"]).says(&["A project called my_shop already exists here."]);
}

#[test]
fn init_takes_a_profile_that_is_there_and_no_bad_name() {
    let project = Project::empty();
    let named = ["init", "other", "--profile", "test", "--profiles-dir", "."];
    project.succeed(named).says(&["\"other\" was created!"]);
    assert!(project.read("other/dbt_project.yml").contains("profile: test"));
    let unknown = ["init", "third", "--profile", "nosuch", "--profiles-dir", "."];
    project.run(unknown).ends_with(2).says(&["Could not find profile named 'nosuch'"]);
    project.run(["init", "2bad"]).ends_with(2).says(&["2bad is not a valid project name."]);
    project.run(["init"]).ends_with(2).says(&["the new project has no name"]);
    project.succeed(["init", "plain", "--skip-profile-setup"]);
    assert!(!project.read("profiles.yml").contains("plain"));
}

/// Ends the server with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(port: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn docs_serve_shows_the_target_folder_and_nothing_else() {
    let project = Project::new().file("models/a.sql", "select 1 as id");
    project.succeed(["parse"]);
    let child = Command::new(env!("CARGO_BIN_EXE_meshbuild"))
        .args(["docs", "serve", "--port", "0", "--no-browser"])
        .current_dir(project.path(""))
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut server = Server(child);
    let mut lines = BufReader::new(server.0.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("Serving docs at")).expect("it says where");
    let port = line.rsplit(' ').next().expect("a port").to_string();
    assert!(get(&port, "/").contains("manifest.json"));
    let manifest = get(&port, "/manifest.json");
    assert!(manifest.contains("application/json") && manifest.contains("model.shop.a"), "{manifest:.300}");
    for outside in ["/../dbt_project.yml", "/nothing", "//etc/passwd", "/%2e%2e/profiles.yml"] {
        let answer = get(&port, outside);
        assert!(answer.starts_with("HTTP/1.0 404") || answer.starts_with("HTTP/1.1 404"), "{outside}: {answer:.200}");
    }
}

/// What `docs/duckdb-files.md` says of profiles.
#[test]
fn a_profile_says_how_its_files_are_made() {
    let project = Project::new()
        .file(
            "profiles.yml",
            "test:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: small.duckdb\n      config_options: \
             {default_block_size: 16384}\n      settings: {checkpoint_threshold: 1GB}\n      attach:\n        - {path: \
             other.duckdb, alias: other, options: {block_size: 32768}}\n",
        )
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "{{ config(database='other') }} select 1 as id");
    project.succeed(["build"]);
    let sizes =
        "select database_name, block_size from pragma_database_size() where database_name in ('other', 'small')";
    assert_eq!(project.rows(sizes), ["other\t32768", "small\t16384"]);
    assert_eq!(project.rows("select current_setting('checkpoint_threshold') as kept"), ["953.6 MiB"]);
}
