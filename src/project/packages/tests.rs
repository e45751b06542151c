use super::*;
use crate::project::render::Unrendered;
use crate::project::tree::MemoryTree;

fn load_files(files: &[(&str, &str)]) -> (Dependencies, Vec<String>) {
    let mut tree = MemoryTree::new();
    for (file, text) in files {
        tree.insert(*file, text);
    }
    let mut diagnostics = Vec::new();
    let dependencies = Dependencies::load(&tree, "", &Unrendered, &SourceMap::default(), &mut diagnostics);
    (dependencies, diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn entries_are_typed() {
    let text = "
packages:
  - {package: dbt-labs/dbt_utils, version: ['>=1.0.0', '<2.0.0']}
  - {package: a/b, version: 1.3, install_prerelease: true}
  - {git: 'https://x/y.git', revision: 1.0, subdirectory: z}
  - {local: ../shared}
  - {tarball: 'https://x/y.tar.gz', name: y}
projects: [{name: customer}]
";
    let (dependencies, messages) = load_files(&[("dependencies.yml", text)]);
    assert_eq!(messages, Vec::<String>::new());
    assert_eq!(dependencies.projects[0].as_str(), "customer");
    let [utils, number, git, local, tarball] = dependencies.packages.as_slice() else { panic!("five packages") };
    assert!(matches!(&utils.source, PackageSource::Hub { versions, .. } if versions[1].as_str() == "<2.0.0"));
    assert!(
        matches!(&number.source, PackageSource::Hub { versions, install_prerelease: true, .. } if versions[0].as_str() == "1.3")
    );
    assert!(matches!(&git.source, PackageSource::Git { revision: Some(revision), .. } if revision.as_str() == "1.0"));
    assert!(matches!(&local.source, PackageSource::Local { path } if path.as_str() == "../shared"));
    assert_eq!(tarball.name.as_ref().map(|name| name.as_str()), Some("y"));
}

#[test]
fn mistakes_are_told_in_dbts_words() {
    let malformed = "MB0110: The packages.yml file in this project is malformed: at path ";
    for (text, expected) in [
        (
            "packages: [{package: dbt_utils, version: 1.0.0}]",
            format!(
                "{malformed}['packages'][0]: dbt_utils was not found in the package index. Packages on the index require a namespace, e.g dbt-labs/dbt_utils"
            ),
        ),
        (
            "packages: [{package: a/b}]",
            format!(
                "{malformed}['packages'][0]: a/b is missing the version. When installing from the Hub package index, version is a required property"
            ),
        ),
        (
            "packages: [{local: ''}]",
            format!("{malformed}['packages'][0]: A local package is missing the value. It is a required property."),
        ),
        (
            "packages: [{foo: x}]",
            format!("{malformed}['packages'][0]: {{'foo': 'x'}} is not valid under any of the given schemas"),
        ),
        ("package: []", format!("{malformed}[]: Additional properties are not allowed ('package' was unexpected)")),
        ("projects: []", "MB0110: The 'projects' key cannot be specified in packages.yml".to_owned()),
    ] {
        assert_eq!(load_files(&[("packages.yml", text)]).1, [expected], "{text}");
    }
    let both = load_files(&[("packages.yml", "packages: []"), ("dependencies.yml", "packages: []")]);
    assert_eq!(both.1, ["MB0110: The 'packages' key cannot be specified in both packages.yml and dependencies.yml"]);
    assert_eq!(load_files(&[]).1, Vec::<String>::new());
    assert_eq!(load_files(&[("packages.yml", "")]).1, Vec::<String>::new());
}

#[test]
fn locks_are_read() {
    let text = "packages:\n  - name: dbt_utils\n    package: dbt-labs/dbt_utils\n    version: 1.3.0\nsha1_hash: abc\n";
    let tree = MemoryTree::new().with("shop/package-lock.yml", text);
    let mut diagnostics = Vec::new();
    let lock = PackageLock::load(&tree, "shop", &Unrendered, &SourceMap::default(), &mut diagnostics).expect("a lock");
    assert_eq!((lock.packages.len(), lock.sha1_hash.as_ref().map(|hash| hash.as_str())), (1, Some("abc")));
    assert_eq!(diagnostics, []);
}

#[test]
fn installed_packages_are_folders() {
    let mut tree = MemoryTree::new()
        .with("shop/dbt_project.yml", "name: shop")
        .with("shop/packages.yml", "packages: [{local: a}, {local: b}]");
    for file in ["b/dbt_project.yml", "a/dbt_project.yml", "__cache/x", "readme.md"] {
        tree.insert(format!("shop/dbt_packages/{file}"), "");
    }
    let mut diagnostics = Vec::new();
    let options =
        crate::project::project_file::ReadOptions { renderer: &Unrendered, verify_version: true, target_path: None };
    let source =
        crate::project::project_file::ProjectSource::load(&tree, "shop", &SourceMap::default(), &mut diagnostics);
    let project = source.and_then(|source| source.read(&options, &mut diagnostics)).expect("a project");
    let installed = installed_packages(&tree, "shop", &project.paths);
    assert_eq!(installed, ["shop/dbt_packages/a", "shop/dbt_packages/b"]);
    let dependencies = Dependencies::load(&tree, "shop", &Unrendered, &SourceMap::default(), &mut diagnostics);
    assert!(check_installed(&dependencies, 2, &project.paths).is_none());
    let error = check_installed(&dependencies, 1, &project.paths).expect("too few");
    assert!(error.message.starts_with(
        "dbt found 2 package(s) specified in packages.yml, but only 1 package(s) installed in dbt_packages."
    ));
}
