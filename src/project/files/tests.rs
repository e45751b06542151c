use super::*;
use crate::diagnostic::SourceMap;
use crate::project::project_file::{ProjectSource, ReadOptions};
use crate::project::render::Unrendered;
use crate::project::tree::MemoryTree;

fn listed(tree: &MemoryTree, folder: &str) -> Vec<String> {
    let mut diagnostics = Vec::new();
    let options = ReadOptions { renderer: &Unrendered, verify_version: true, target_path: None };
    let source = ProjectSource::load(tree, folder, &SourceMap::default(), &mut diagnostics).expect("a file");
    let project = source.read(&options, &mut diagnostics).expect("a project");
    let ignore = IgnoreRules::load(tree, folder, &mut diagnostics);
    let files = find_files(
        tree,
        &Search { folder, paths: &project.paths, ignore: &ignore, jinja_extensions: false },
        &FileKind::ALL,
    );
    assert_eq!(diagnostics, []);
    files.iter().map(|file| format!("{:?} {} ({})", file.kind, file.path.original, file.path.relative)).collect()
}

#[test]
fn files_are_found_by_folder_and_extension() {
    let mut tree = MemoryTree::new().with("shop/dbt_project.yml", "name: shop").with("shop/.dbtignore", "*_old.sql\n");
    for file in [
        "models/a.sql",
        "models/staging/b.SQL",
        "models/c.py",
        "models/.hidden.sql",
        "models/~x.sql",
        "models/d_old.sql",
        "models/schema.yml",
        "models/docs.md",
        "models/sub/props.yaml",
        "seeds/s.csv",
        "seeds/s.yml",
        "tests/t.sql",
        "tests/generic/g.sql",
        "tests/fixtures/f.csv",
        "tests/deep/generic/h.sql",
        "macros/m.sql",
        "macros/m.yml",
        "snapshots/sn.sql",
        "analyses/an.sql",
        "functions/fn.sql",
        "target/compiled/a.sql",
        "README.md",
        "models/noext",
    ] {
        tree.insert(format!("shop/{file}"), "x");
    }
    let expected = [
        "Macro macros/m.sql (m.sql)",
        "Model models/a.sql (a.sql)",
        "Model models/c.py (c.py)",
        "Model models/staging/b.SQL (staging/b.SQL)",
        "Snapshot snapshots/sn.sql (sn.sql)",
        "Analysis analyses/an.sql (an.sql)",
        "SingularTest tests/deep/generic/h.sql (deep/generic/h.sql)",
        "SingularTest tests/t.sql (t.sql)",
        "GenericTest tests/generic/g.sql (g.sql)",
        "Seed seeds/s.csv (s.csv)",
        "Documentation models/docs.md (docs.md)",
        "Properties models/schema.yml (schema.yml)",
        "Properties models/sub/props.yaml (sub/props.yaml)",
        "Properties seeds/s.yml (s.yml)",
        "Properties macros/m.yml (m.yml)",
        "Fixture tests/fixtures/f.csv (f.csv)",
        "Function functions/fn.sql (fn.sql)",
    ];
    assert_eq!(listed(&tree, "shop"), expected);
}

#[test]
fn paths_may_be_written_in_odd_ways() {
    let tree = MemoryTree::new()
        .with("dbt_project.yml", "name: shop\nmodel-paths: [./models/, models/staging]\n")
        .with("models/staging/a.sql", "x");
    assert_eq!(listed(&tree, ""), ["Model ./models/staging/a.sql (staging/a.sql)"]);
}

#[test]
fn contents_are_stripped_and_hashed() {
    let tree = MemoryTree::new().with("models/a.sql", "\n  select 1\n\n").with("seeds/s.csv", "a,b\n");
    let path = |original: &str| FilePath {
        searched: Arc::from("models"),
        relative: Arc::from(original.rsplit('/').next().unwrap_or_default()),
        original: Arc::from(original),
        full: Arc::from(original),
    };
    let model = ResourceFile { kind: FileKind::Model, path: path("models/a.sql") };
    let seed = ResourceFile { kind: FileKind::Seed, path: path("seeds/s.csv") };
    let files = read_files(&tree, &[model, seed]);
    let model = files[0].as_ref().expect("read");
    assert_eq!(model.contents(), ("select 1", 3));
    assert_eq!(model.file.path.stem(), "a");
    // sha256 of `select 1`
    assert_eq!(model.checksum.value(), "822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f");
    let seed = files[1].as_ref().expect("read");
    assert_eq!((seed.text.as_ref(), seed.checksum.name()), ("", "sha256"));
    let large = MemoryTree::new().with("seeds/s.csv", vec![b'x'; 1024 * 1024 + 1]);
    let seed = SourceFile::read(&large, &seed.file).expect("read");
    assert_eq!(seed.checksum, Checksum::Path("seeds/s.csv".to_owned()));
}
