//! The example mesh in `projects/`, and what happens when more domains join it.

use crate::support::{Project, repository_root};

const FIRST: usize = 5;
const ALL: usize = 10;

/// A domain that reads the customers of the mesh and the domain before it.
fn add_domain(project: &Project, number: usize) {
    let (name, before) = (format!("extra{number}"), number.checked_sub(1).filter(|before| *before > FIRST));
    project.write(&format!("{name}/dbt_project.yml"), &format!("name: {name}\nprofile: retail\n"));
    let other = before.map(|before| format!("  - name: extra{before}\n")).unwrap_or_default();
    project.write(&format!("{name}/dependencies.yml"), &format!("projects:\n  - name: customer\n{other}"));
    let joined = before
        .map(|before| format!("cross join {{{{ ref('extra{before}', 'product{before}') }}}}"))
        .unwrap_or_default();
    project.write(
        &format!("{name}/models/product{number}.sql"),
        &format!("select count(*) as customers from {{{{ ref('customer', 'dim_customers') }}}} {joined}"),
    );
    project.write(
        &format!("{name}/models/schema.yml"),
        &format!(
            "models:\n  - name: product{number}\n    access: public\n    columns: [{{name: customers, data_tests: [not_null]}}]\n"
        ),
    );
    let mesh = project.read("mesh.yml").replacen("domains:\n", &format!("domains:\n  - {name}\n"), 1);
    project.write("mesh.yml", &mesh);
}

#[test]
fn five_domains_and_five_more() {
    let project = Project::copy_of(&repository_root().join("projects"));
    for number in FIRST + 1..=ALL {
        add_domain(&project, number);
    }
    let outcome = project.succeed(["build"]);
    let results = outcome.results();
    let failed: Vec<&String> = results
        .iter()
        .filter(|line| !["success", "pass", "no-op"].contains(&line.rsplit(' ').next().unwrap_or("")))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    for number in FIRST + 1..=ALL {
        assert!(results.contains(&format!("product{number} success")), "product{number} is missing");
    }
    let domains = project.succeed(["--quiet", "ls", "--resource-type", "model", "--select", "domain:extra10"]).stdout;
    assert_eq!(domains.trim(), "extra10.product10");
}
