use super::*;

#[test]
fn memory_and_disk_list_the_same() {
    let files = ["dbt_project.yml", "models/a.sql", "models/staging/b.sql", "models-old/c.sql", ".dbtignore"];
    let mut memory = MemoryTree::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in files {
        memory.insert(file, "x");
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        std::fs::write(path, "x").expect("written");
    }
    let disk = DiskTree::new(folder.path());
    for folder in ["", "models", "models/staging", "nowhere"] {
        assert_eq!(memory.files_below(folder), disk.files_below(folder), "{folder}");
        assert_eq!(memory.folders_in(folder), disk.folders_in(folder), "{folder}");
        assert_eq!(memory.is_dir(folder), disk.is_dir(folder), "{folder}");
    }
    assert_eq!(memory.files_below("models"), ["models/a.sql", "models/staging/b.sql"]);
    assert_eq!(memory.folders_in(""), ["models", "models-old"]);
    assert!(disk.exists("models/a.sql") && disk.exists("models") && !disk.exists("models/b.sql"));
}

#[test]
fn text_loses_its_mark_and_must_be_utf8() {
    let tree = MemoryTree::new().with("a.sql", b"\xef\xbb\xbfselect 1").with("b.sql", b"select '\xe9'");
    assert_eq!(tree.read_text("a.sql").expect("text").as_ref(), "select 1");
    let diagnostic = Diagnostic::from(tree.read_text("b.sql").expect_err("not UTF-8"));
    assert_eq!(diagnostic.to_string(), "MB0102: b.sql is not UTF-8 text (byte 8)");
    let diagnostic = Diagnostic::from(tree.read_text("c.sql").expect_err("absent"));
    assert_eq!(diagnostic.to_string(), "MB0102: there is no file c.sql");
}

#[test]
fn databases_are_not_opened() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("retail.duckdb"), "x").expect("written");
    let disk = DiskTree::new(folder.path());
    assert!(matches!(disk.read_bytes("retail.duckdb"), Err(ReadError::Database { .. })));
    for (name, expected) in
        [("x.duckdb", true), ("a/x.DuckDB.wal", true), ("x.db", true), ("x.sql", false), ("duckdb", false)]
    {
        assert_eq!(is_database_name(name), expected, "{name}");
    }
}

#[test]
fn paths_are_normalized() {
    for (path, expected) in [
        ("./models//a.sql", "models/a.sql"),
        ("a/../b", "b"),
        ("../a", "../a"),
        ("a/./b/", "a/b"),
        ("a\\b", "a/b"),
        ("../../a/..", "../.."),
    ] {
        assert_eq!(normalize(path), expected, "{path}");
    }
    assert_eq!(join("", "a"), "a");
    assert_eq!(join("a", "b"), "a/b");
}
