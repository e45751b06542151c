use super::lock;
use super::*;
use crate::project::render::Unrendered;
use crate::project::tree::MemoryTree;

/// `json.dumps`, as far as the lists below need it.
fn python_json(json: &serde_json::Value) -> String {
    use serde_json::Value;
    match json {
        Value::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("\"{key}\": {}", python_json(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string().replace('é', "\\u00e9"),
    }
}

fn hash(text: &str) -> String {
    let tree = MemoryTree::new().with("packages.yml", text);
    let mut diagnostics = Vec::new();
    let read = Dependencies::load(&tree, "", &Unrendered, &SourceMap::default(), &mut diagnostics);
    assert_eq!(diagnostics, []);
    let notation = Notation { json: python_json, yaml: python_json };
    lock::hash(&read.packages, &Secrets::default(), notation)
}

/// Written down from dbt-core 1.11.16.
#[test]
fn the_checksum_of_a_list_is_dbts() {
    for (text, expected) in CHECKSUMS {
        assert_eq!(hash(text), *expected, "{text}");
    }
}

const CHECKSUMS: &[(&str, &str)] = &[
    ("packages: [{package: a/b, version: ['>=1.0.0', '<2.0.0']}]", "3fb81c1ba79cf8f4ae304803deaa6a9f1b48f61d"),
    (
        "packages: [{package: a/c, version: 1.0, name: x, install_prerelease: null}, {package: a/d, version: 1.0.0, install_prerelease: true}]",
        "27d6ac04675356ad391bacba575912b43a11a7b0",
    ),
    (
        "packages: [{git: 'https://x/y.git', revision: 1.0, warn-unpinned: false, subdirectory: sub}, {git: 'https://x/z.git'}]",
        "a7ab20fc8f820186544bae47483787c28b3e3a1d",
    ),
    (
        "packages: [{local: ../a}, {local: ../é, name: q}, {tarball: 'http://a', name: b}]",
        "d8ce47458b664e5b4f12937796e1feb90a5bde54",
    ),
    ("packages: [{private: a/b, provider: github}]", "c7eb991dd788a00d06e51c528671d3aadbee417e"),
];
