use super::*;
use crate::project::tree::MemoryTree;

fn read(text: &str) -> (Option<MeshFile>, Vec<String>) {
    let tree = MemoryTree::new().with("retail/mesh.yml", text);
    let mut diagnostics = Vec::new();
    let mesh = MeshFile::load(&tree, "retail", &SourceMap::default(), &mut diagnostics);
    (mesh, diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn a_mesh_is_typed() {
    let text = "
name: retail
domains: [product, ./orders/]
profile: retail
isolation: file
defaults: {models: {+materialized: view}}
owners: {orders: {team: orders, email: o@example.com}}
grants:
  - {product: customer.dim_customers, to: [orders], columns: {except: [email]}}
policies: [governance/]
history: .history/
threads: 4
";
    let (mesh, messages) = read(text);
    assert_eq!(messages, Vec::<String>::new());
    let mesh = mesh.expect("a mesh");
    let domains: Vec<&str> = mesh.domains.as_deref().unwrap_or_default().iter().map(Text::as_str).collect();
    assert_eq!((mesh.name.as_str(), domains), ("retail", vec!["product", "orders"]));
    assert_eq!(mesh.isolation.map(|isolation| isolation.value), Some(Isolation::File));
    assert_eq!(mesh.owners[0].1.email.as_ref().map(Text::as_str), Some("o@example.com"));
    assert!(matches!(&mesh.grants[0].columns, Some(GrantedColumns::Except(columns)) if columns[0].as_str() == "email"));
    assert_eq!((mesh.history.as_str(), mesh.threads.map(|threads| threads.value)), (".history", Some(4)));
}

#[test]
fn an_empty_file_has_defaults() {
    let (mesh, messages) = read("");
    let mesh = mesh.expect("a mesh");
    assert_eq!((messages, mesh.name.as_str(), mesh.domains), (Vec::<String>::new(), "retail", None));
    assert_eq!((mesh.isolation, mesh.history.as_str()), (None, ".meshbuild"));
}

#[test]
fn mistakes_are_errors() {
    for (text, expected) in [
        ("name: a\nname: b", "MB0202: Duplicate key 'name' in file `retail/mesh.yml`"),
        ("nam: a", "MB0111: at path []: Additional properties are not allowed ('nam' was unexpected)"),
        ("isolation: database", "MB0111: at path ['isolation']: 'database' is not one of ['schema', 'file']"),
        ("domains: [../x]", "MB0111: at path ['domains'][0]: '../x' is not a folder below the mesh"),
        (
            "grants: [{product: a, to: [b]}]",
            "MB0111: at path ['grants'][0]['product']: 'a' is not of the form <domain>.<model>",
        ),
        ("grants: [{product: a.b}]", "MB0111: at path ['grants'][0]: 'to' is a required property"),
        (
            "grants: [{product: a.b, to: [c], columns: {}}]",
            "MB0111: at path ['grants'][0]['columns']: give either `only` or `except`",
        ),
        ("threads: 0", "MB0111: at path ['threads']: 0 is less than the minimum of 1"),
        ("[]", "MB0111: at path []: [] is not of type 'object'"),
    ] {
        let (mesh, messages) = read(text);
        assert!(mesh.is_none(), "{text}");
        assert_eq!(messages, [expected], "{text}");
    }
}
