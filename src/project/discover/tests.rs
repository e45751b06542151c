use super::*;
use crate::project::tree::MemoryTree;

fn retail() -> MemoryTree {
    MemoryTree::new()
        .with("work/retail/mesh.yml", "domains: [orders, customer]")
        .with("work/retail/orders/dbt_project.yml", "name: orders")
        .with("work/retail/orders/models/a.sql", "")
        .with("work/retail/customer/dbt_project.yml", "name: customer")
        .with("work/retail/sandbox/dbt_project.yml", "name: sandbox")
        .with("work/loose/a/dbt_project.yml", "name: a")
        .with("work/loose/b/dbt_project.yml", "name: b")
        .with("work/tool/projects/x/dbt_project.yml", "name: x")
        .with("work/tool/src/main.rs", "")
        .with("work/broken/mesh.yml", "domains: [nowhere]")
        .with("work/empty/mesh.yml", "")
}

fn shown(cwd: &str, flags: &RootFlags) -> String {
    let mut diagnostics = Vec::new();
    match find_root(&retail(), cwd, flags, &SourceMap::default(), &mut diagnostics) {
        Some(Root::Project { folder }) => format!("project {folder}"),
        Some(Root::Mesh(mesh)) => {
            let domains: Vec<&str> = mesh.domains.iter().map(|domain| domain.relative.as_str()).collect();
            let member = mesh.member.map(|member| mesh.domains[member].relative.clone());
            format!("mesh {} {domains:?} {}", mesh.folder, member.unwrap_or_default()).trim_end().to_owned()
        }
        None => diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn roots_are_found_from_a_working_folder() {
    let mesh = "mesh work/retail [\"customer\", \"orders\"]";
    for (cwd, expected) in [
        ("work/retail", mesh.to_owned()),
        ("work/retail/orders", format!("{mesh} orders")),
        ("work/retail/orders/models", format!("{mesh} orders")),
        ("work/retail/sandbox", "project work/retail/sandbox".to_owned()),
        ("work/loose/a", "project work/loose/a".to_owned()),
        ("work/loose", "mesh work/loose [\"a\", \"b\"]".to_owned()),
        ("work/tool", "mesh work/tool/projects [\"x\"]".to_owned()),
        ("work/broken", "MB0112: the domain `nowhere` has no work/broken/nowhere/dbt_project.yml".to_owned()),
        (
            "work/empty",
            "MB0101: the mesh at `work/empty` has no domains: no folder right below it holds a dbt_project.yml"
                .to_owned(),
        ),
        (
            "work/tool/src",
            "MB0101: no mesh.yml and no dbt_project.yml here, in a folder above, or in ./projects".to_owned(),
        ),
    ] {
        assert_eq!(shown(cwd, &RootFlags::default()), expected, "{cwd}");
    }
}

#[test]
fn flags_name_the_place() {
    let project =
        |folder: &str, no_mesh| RootFlags { project_dir: Some(folder.to_owned()), no_mesh, ..RootFlags::default() };
    let mesh = |folder: &str| RootFlags { mesh_dir: Some(folder.to_owned()), ..RootFlags::default() };
    for (flags, expected) in [
        (project("work/retail/orders", false), "mesh work/retail [\"customer\", \"orders\"] orders"),
        (project("work/retail/orders", true), "project work/retail/orders"),
        (
            project("work/retail", false),
            "MB0101: No dbt_project.yml found at expected path work/retail/dbt_project.yml",
        ),
        (mesh("work/loose"), "mesh work/loose [\"a\", \"b\"]"),
        (mesh("work/retail"), "mesh work/retail [\"customer\", \"orders\"]"),
    ] {
        assert_eq!(shown("", &flags), expected, "{flags:?}");
    }
    let no_mesh = RootFlags { no_mesh: true, ..RootFlags::default() };
    assert_eq!(shown("work/retail/orders/models", &no_mesh), "project work/retail/orders");
}
