use super::*;
use crate::diagnostic::{Diagnostic, ErrorCode, SourceMap, Span};
use crate::manifest::NodeStatus;
use crate::run::fixtures::{build_events, event, noon, result, shop};
use crate::run::{EventKind, Subject};
use std::io::{self, Write};
use std::sync::Mutex;

/// Where a test's log goes.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settings(format: LogFormat, level: LogLevel) -> LogSettings {
    LogSettings { format, level, colours: false, invocation_id: "an-id".into(), process_id: 7 }
}

fn sources() -> Arc<SourceMap> {
    let sources = SourceMap::default();
    sources.insert("models/a.sql", "select {{ nothing }}\n");
    Arc::new(sources)
}

fn log(settings: LogSettings, scrubber: Scrubber, events: &[RunEvent]) -> String {
    let page = Page::default();
    let reporter = LogReporter::new(settings, scrubber, sources(), Box::new(page.clone()));
    events.iter().for_each(|event| reporter.event(event));
    let bytes = page.0.lock().expect("no test panics while writing").clone();
    String::from_utf8(bytes).expect("logs are text")
}

fn text(events: &[RunEvent]) -> String {
    log(settings(LogFormat::Text, LogLevel::Info), Scrubber::default(), events)
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_build_reads_as_dbt_prints_it() {
    golden("build_text", &text(&build_events(&shop())));
}

#[test]
fn a_build_in_colours() {
    let coloured = LogSettings { colours: true, ..settings(LogFormat::Text, LogLevel::Info) };
    let log = log(coloured, Scrubber::default(), &build_events(&shop()));
    golden("build_coloured", &log.replace('\u{1b}', "ESC"));
}

#[test]
fn a_build_as_debug_lines() {
    golden(
        "build_debug",
        &log(settings(LogFormat::Debug, LogLevel::Debug), Scrubber::default(), &build_events(&shop())),
    );
}

#[test]
fn a_build_as_json_lines() {
    let log = log(settings(LogFormat::Json, LogLevel::Debug), Scrubber::default(), &build_events(&shop()));
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert_eq!(line["info"]["invocation_id"], "an-id");
    }
    golden("build_json", &log);
}

#[test]
fn quiet_leaves_errors_and_output() {
    golden(
        "build_quiet",
        &log(settings(LogFormat::Text, LogLevel::Error), Scrubber::default(), &build_events(&shop())),
    );
}

#[test]
fn ends_of_runs() {
    let manifest = shop();
    let one = |status, message: Option<&str>| {
        Arc::new(result(Subject::Node(manifest.nodes["model.shop.customers"].clone()), status, 0.25, message))
    };
    let cases: [(&str, NodeStatus, Option<&str>, bool); 5] = [
        ("success", NodeStatus::Success, Some("OK"), false),
        ("partial", NodeStatus::PartialSuccess, Some("PARTIAL SUCCESS (1/2)"), false),
        ("error without words", NodeStatus::Error, None, false),
        ("skipped with a reason", NodeStatus::Skipped, Some("Skipping due to fail_fast"), false),
        ("interrupted", NodeStatus::Error, Some("Interrupted"), true),
    ];
    let mut all = String::new();
    for (name, status, message, interrupted) in cases {
        let results = vec![one(status, message)].into();
        all += &format!("# {name}\n");
        all += &text(&[event(EventKind::RunFinished {
            told: crate::run::EndOfRun::All,
            results,
            elapsed: 0.4,
            interrupted,
        })]);
    }
    golden("ends_of_runs", &all);
}

#[test]
fn other_lines() {
    let diagnostic = Diagnostic::warning(ErrorCode::JinjaSyntax, "this is odd").at(Span::new("models/a.sql", 7..20));
    let manifest = shop();
    let failed = result(Subject::Node(manifest.nodes["model.shop.broken"].clone()), NodeStatus::Error, 0.1, Some("no"));
    let events = [
        EventKind::DefaultSelector { name: "nightly".into() },
        EventKind::NoNodesSelected,
        EventKind::NothingToDo,
        EventKind::StatementStarted { connection: "model.shop.a".into(), sql: "select 1".into() },
        EventKind::StatementFinished { status: "OK".into(), elapsed: 0.0014 },
        EventKind::Cancelled { connection: "model.shop.a".into() },
        EventKind::Note { message: "a remark".into() },
        EventKind::Diagnostic(Arc::new(diagnostic)),
        EventKind::ArtifactWritten { artifact_type: "WritableManifest", path: "target/manifest.json".into() },
        EventKind::FailedFast { result: Arc::new(failed) },
        EventKind::CommandFinished { command: "meshbuild run".into(), success: false, elapsed: 1.5 },
    ]
    .map(event);
    golden("other_text", &log(settings(LogFormat::Text, LogLevel::Debug), Scrubber::default(), &events));
    golden("other_json", &log(settings(LogFormat::Json, LogLevel::Debug), Scrubber::default(), &events));
}

#[test]
fn secrets_never_show() {
    let scrubber = Scrubber::new(["pass\"word".to_string(), "pass\"word-long".to_string(), "  ".to_string()]);
    assert_eq!(scrubber.scrub("a pass\"word-long b pass\"word"), "a ***** b *****");
    let events = [event(EventKind::Print { message: "it is pass\"word".into() })];
    for format in [LogFormat::Text, LogFormat::Debug, LogFormat::Json] {
        let log = log(settings(format, LogLevel::Info), scrubber.clone(), &events);
        assert!(log.contains("it is *****") && !log.contains("word"), "{log}");
    }
}

#[test]
fn long_hooks_are_cut_and_long_nodes_are_not() {
    let line = |message: &str, truncate| {
        line::StatusLine { progress: Some((1, 2)), message, status: "RUN", seconds: None, truncate }.render()
    };
    let long = "x".repeat(90);
    assert_eq!(line(&long, true), format!("1 of 2 {}... [RUN]", "x".repeat(70)));
    assert_eq!(line(&long, false), format!("1 of 2 {long}  [RUN]"));
    assert_eq!(line("é", false).chars().count(), 80 + " [RUN]".len());
}

#[test]
fn who_decides_on_colours() {
    for (command_line, no_color, terminal, expected) in [
        (None, None, true, true),
        (None, None, false, false),
        (None, Some("1"), true, false),
        (None, Some(""), true, true),
        (Some(true), Some("1"), false, true),
        (Some(false), None, true, false),
    ] {
        assert_eq!(colours_wanted(command_line, no_color, terminal), expected);
    }
}

#[test]
fn a_log_file_is_rotated_before_it_is_too_large() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = folder.path().join("logs");
    let mut file = RotatingFile::open(&logs, 10).expect("opens");
    for number in 0..8 {
        file.write_all(format!("line {number}\n").as_bytes()).expect("writes");
    }
    let read = |name: &str| std::fs::read_to_string(logs.join(name)).unwrap_or_default();
    assert_eq!(read("dbt.log"), "line 7\n");
    assert_eq!(read("dbt.log.1"), "line 6\n");
    assert_eq!(read("dbt.log.5"), "line 2\n");
    assert!(!logs.join("dbt.log.6").exists());
    let reopened = RotatingFile::open(&logs, 10)
        .and_then(|mut file| file.write_all(b"x\n").map_err(|source| LogFileError { path: logs.clone(), source }));
    assert!(reopened.is_ok());
    assert_eq!(read("dbt.log"), "line 7\nx\n");
}

#[test]
fn a_progress_bar_passes_every_event_on() {
    let page = Page::default();
    let inner = settings(LogFormat::Text, LogLevel::Info);
    let inner = Arc::new(LogReporter::new(inner, Scrubber::default(), sources(), Box::new(page.clone())));
    let events = build_events(&shop());
    let bar = ProgressReporter::with_target(inner, indicatif::ProgressDrawTarget::hidden());
    let all = MultiReporter::new(vec![Arc::new(bar)]);
    events.iter().for_each(|event| all.event(event));
    let bytes = page.0.lock().expect("no test panics while writing").clone();
    assert_eq!(String::from_utf8_lossy(&bytes), text(&events));
    assert_eq!(events[0].at, noon());
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no test panics while writing").clone()).expect("logs are text")
    }
}

#[test]
fn a_delayed_writer_holds_nothing_back_for_long() {
    let page = Page::default();
    let mut writer = Delayed::around(Box::new(page.clone()));
    writer.write_all(b"one\n").and_then(|()| writer.flush()).expect("written");
    let begin = std::time::Instant::now();
    while page.text().is_empty() && begin.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(page.text(), "one\n", "after a moment");
    writer.write_all(b"two\n").expect("written");
    write_logs();
    assert_eq!(page.text(), "one\ntwo\n", "when it is asked for");
    writer.write_all(b"three\n").expect("written");
    drop(writer);
    assert_eq!(page.text(), "one\ntwo\nthree\n", "at the end");
    let page = Page::default();
    let mut writer = Delayed::around(Box::new(page.clone()));
    let line = [b'x'; 1 << 10];
    (0..64).for_each(|_| writer.write_all(&line).expect("written"));
    assert_eq!(page.text().len(), 1 << 16, "when it is much");
}
