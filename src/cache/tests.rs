use super::observations::Verdict;
use super::stat::FileTime;
use super::*;
use crate::project::tree::FileTree;
use std::fs::File;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Long after every change that a test makes.
const LATER: FileTime = 4_000_000_000_000_000_000;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in [("models/a.sql", "select 1"), ("models/b.sql", "select 2"), ("seeds/c.csv", "id\n1\n")] {
        write(&folder, path, text);
    }
    folder
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn set_time(folder: &TempDir, path: &str, time: SystemTime) {
    let file = File::options().write(true).open(folder.path().join(path)).expect("a file");
    file.set_modified(time).expect("a time");
}

fn time_of(folder: &TempDir, path: &str) -> SystemTime {
    folder.path().join(path).metadata().and_then(|data| data.modified()).expect("a time")
}

/// What a reader that wants to know everything learns; `began` is when it says that it began.
fn observed(folder: &TempDir, began: FileTime) -> Observations {
    let recorder = Recorder::new(DiskTree::new(folder.path()), began);
    for name in ["models", "seeds", "absent"] {
        recorder.is_dir(name);
        for path in recorder.files_below(name) {
            recorder.read_bytes(&path).expect("a file");
        }
    }
    recorder.size("seeds/c.csv");
    recorder.is_file("models/.ignore");
    recorder.folders_in("");
    recorder.finish().expect("observations")
}

fn check(folder: &TempDir, observations: &Observations) -> Verdict {
    observations.check(&DiskTree::new(folder.path()), LATER)
}

type Change = fn(&TempDir);

#[test]
fn what_is_different_is_seen() {
    let changes: [(&str, Change); 11] = [
        ("another text", |folder| write(folder, "models/a.sql", "select 11")),
        ("another text of the same length", |folder| write(folder, "models/a.sql", "select 9")),
        ("another text of the same length and time", |folder| {
            let time = time_of(folder, "models/a.sql");
            write(folder, "models/a.sql", "select 9");
            set_time(folder, "models/a.sql", time);
        }),
        ("another file of the same length and time", |folder| {
            let time = time_of(folder, "models/a.sql");
            write(folder, "models/new", "select 9");
            set_time(folder, "models/new", time);
            std::fs::rename(folder.path().join("models/new"), folder.path().join("models/a.sql")).expect("a file");
        }),
        ("a new file", |folder| write(folder, "models/deep/d.sql", "select 3")),
        ("a file less", |folder| std::fs::remove_file(folder.path().join("models/b.sql")).expect("a file")),
        ("another name", |folder| {
            let path = |name: &str| folder.path().join("models").join(name);
            std::fs::rename(path("b.sql"), path("c.sql")).expect("a file");
        }),
        ("a file where there was none", |folder| write(folder, "models/.ignore", "")),
        ("a folder where there was none", |folder| write(folder, "absent/x", "")),
        ("a folder more", |folder| write(folder, "new/x", "")),
        ("a longer file", |folder| write(folder, "seeds/c.csv", "id\n1\n2\n")),
    ];
    for (what, change) in changes {
        let folder = folder();
        let observations = observed(&folder, LATER);
        assert_eq!(check(&folder, &observations), Verdict::Same, "before {what}");
        change(&folder);
        assert_eq!(check(&folder, &observations), Verdict::Changed, "{what}");
    }
}

#[test]
fn what_is_the_same_is_found_to_be_so() {
    let folder = folder();
    let observations = observed(&folder, LATER);
    write(&folder, "models/a.sql", "select 1");
    set_time(&folder, "models/b.sql", SystemTime::now() - Duration::from_secs(1000));
    let Verdict::Touched(touched) = check(&folder, &observations) else { panic!("files were touched") };
    assert_eq!(check(&folder, &touched), Verdict::Same, "what was learnt is kept");
    write(&folder, "models/a.sql", "select 7");
    assert_eq!(check(&folder, &touched), Verdict::Changed);
}

/// A file that was changed when the reading had begun can change again and look the same.
#[test]
fn a_file_that_is_as_new_as_the_cache_is_compared_by_content() {
    let folder = folder();
    let observations = observed(&folder, 0);
    assert!(matches!(check(&folder, &observations), Verdict::Touched(_)));
    let mut racy = observed(&folder, 0);
    write(&folder, "models/a.sql", "select 5");
    racy.files[0].1.stat = Stat::of(&folder.path().join("models/a.sql"));
    assert_eq!(racy.files[0].0, "models/a.sql");
    assert_eq!(check(&folder, &racy), Verdict::Changed, "its state is that of the cache, its text is not");
    racy.began = LATER;
    assert_eq!(check(&folder, &racy), Verdict::Same, "which is why the time matters");
}

#[cfg(unix)]
#[test]
fn links_are_followed() {
    let folder = folder();
    write(&folder, "elsewhere/x.sql", "select 1");
    let link = folder.path().join("models/link.sql");
    std::os::unix::fs::symlink("../elsewhere/x.sql", &link).expect("a link");
    let observations = observed(&folder, LATER);
    assert_eq!(check(&folder, &observations), Verdict::Same);
    write(&folder, "elsewhere/x.sql", "select 2");
    assert_eq!(check(&folder, &observations), Verdict::Changed);
    std::fs::remove_file(folder.path().join("elsewhere/x.sql")).expect("a file");
    assert_eq!(check(&folder, &observations), Verdict::Changed, "the link leads nowhere");
}

#[test]
fn what_cannot_be_read_is_not_kept() {
    let folder = folder();
    let recorder = Recorder::new(DiskTree::new(folder.path()), LATER);
    recorder.read_bytes("models/absent.sql").expect_err("no file");
    assert!(recorder.finish().is_none());
}

fn key(program: &str) -> Key {
    Key { program: program.into(), configuration: Digest::of(b"configuration") }
}

fn kept(folder: &TempDir) -> (Cache, Option<Kept>) {
    let cache = Cache::new(&folder.path().join("target"));
    let recorder = cache.record(DiskTree::new(folder.path())).expect("a recorder");
    recorder.read_bytes("models/a.sql").expect("a file");
    let reads = Reads {
        environment: [("COLOUR".to_string(), Some(Digest::of(b"red")))].into(),
        invocation: Some(Digest::of(b"parse")),
    };
    let said = Said { inventory: "1 model".into(), ..Said::default() };
    let kept = cache.keep(key("1"), reads, recorder.finish().expect("observations"), said, &Manifest::default());
    (cache, kept)
}

#[test]
fn a_parse_is_found_again() {
    let folder = folder();
    let (cache, kept) = kept(&folder);
    assert!(kept.is_some());
    let tree = DiskTree::new(folder.path());
    let same = |reads: &Reads| reads.clone();
    let manifest = |kept: &Kept| kept.manifest(IndexMap::new());
    let (found, ahead) = cache.find(&tree, &key("1"), same, manifest).expect("the parse");
    assert_eq!(ahead.map(|manifest| manifest.nodes.len()), Some(0));
    assert_eq!(found.said.inventory, "1 model");
    assert_eq!(found.manifest(IndexMap::new()).map(|manifest| manifest.nodes.len()), Some(0));
    assert!(cache.find(&tree, &key("2"), same, manifest).is_none(), "another program");
    let unset = |reads: &Reads| Reads { environment: [("COLOUR".to_string(), None)].into(), ..reads.clone() };
    assert!(cache.find(&tree, &key("1"), unset, manifest).is_none(), "another environment");
    let other = |reads: &Reads| Reads { invocation: Some(Digest::of(b"run")), ..reads.clone() };
    assert!(cache.find(&tree, &key("1"), other, manifest).is_none(), "another command line");
}

#[test]
fn files_that_are_damaged_or_of_another_parse_are_not_used() {
    let manifest = |folder: &TempDir| folder.path().join("target").join(FOLDER).join(MANIFEST);
    let damage: [Change; 3] = [
        |folder| std::fs::write(folder.path().join("target/parse_cache/manifest.msgpack"), b"").expect("a file"),
        |folder| {
            std::fs::write(folder.path().join("target/parse_cache/manifest.msgpack"), [0xc1; 200]).expect("a file")
        },
        |folder| std::fs::remove_file(folder.path().join("target/parse_cache/manifest.msgpack")).expect("a file"),
    ];
    for change in damage {
        let folder = folder();
        let (_, kept) = kept(&folder);
        let kept = kept.expect("the parse");
        assert!(manifest(&folder).is_file());
        change(&folder);
        assert!(kept.manifest(IndexMap::new()).is_none());
    }
    let folder = folder();
    let (cache, _) = kept(&folder);
    let inputs = folder.path().join("target").join(FOLDER).join(INPUTS);
    let bytes = std::fs::read(&inputs).expect("the inputs");
    for length in 0..bytes.len() {
        std::fs::write(&inputs, &bytes[..length]).expect("a file");
        assert!(cache.find(&DiskTree::new(folder.path()), &key("1"), Reads::clone, |_| ()).is_none(), "{length} bytes");
    }
}

#[test]
fn artifacts_that_somebody_else_wrote_are_not_taken_for_ours() {
    let folder = folder();
    let (_, kept) = kept(&folder);
    let kept = kept.expect("the parse");
    let files = [folder.path().join("target/manifest.json"), folder.path().join("target/other.json")];
    files.iter().for_each(|path| std::fs::write(path, "{}").expect("a file"));
    assert!(!kept.has_written(&files), "nothing is known of them");
    kept.wrote(&files);
    assert!(kept.has_written(&files));
    std::fs::write(&files[0], "{ }").expect("a file");
    assert!(!kept.has_written(&files));
    assert!(kept.has_written(&files[1..]));
}
