//! Several domains: references across them, and what is refused.

use crate::support::Project;

const PUBLIC: &str = "models: [{name: dim_customers, access: public}]";
const CUSTOMERS: &str = "{{ config(materialized='table') }} select 1 as id, 'Anna' as name";

fn two_domains(orders: &str) -> Project {
    Project::mesh(&["customer", orders])
        .file("customer/models/dim_customers.sql", CUSTOMERS)
        .file("customer/models/schema.yml", PUBLIC)
        .file("customer/models/stg_customers.sql", CUSTOMERS)
}

#[test]
fn a_domain_reads_a_public_model_of_another() {
    let project = two_domains("orders: customer")
        .file("orders/models/orders.sql", "select name from {{ ref('customer', 'dim_customers') }}");
    let outcome = project.succeed(["build"]);
    assert_eq!(outcome.results(), ["dim_customers success", "orders success", "stg_customers success"]);
    let schemas = "select table_schema, table_name from information_schema.tables";
    assert_eq!(project.rows(schemas), ["customer\tdim_customers", "customer\tstg_customers", "orders\torders"]);
}

#[test]
fn one_domain_is_built_on_what_stands() {
    let project = two_domains("orders: customer")
        .file("orders/models/orders.sql", "select name from {{ ref('customer', 'dim_customers') }}");
    project.succeed(["build", "--domain", "customer"]);
    assert_eq!(project.succeed(["build", "--domain", "orders"]).results(), ["orders success"]);
}

#[test]
fn a_domain_that_is_not_declared() {
    let project =
        two_domains("orders").file("orders/models/orders.sql", "select * from {{ ref('customer', 'dim_customers') }}");
    project.run(["build"]).ends_with(2).says(&["MB0601", "orders/models/orders.sql", "- name: customer"]);
}

#[test]
fn a_model_that_is_not_public() {
    let project = two_domains("orders: customer")
        .file("orders/models/orders.sql", "select * from {{ ref('customer', 'stg_customers') }}");
    project.run(["build"]).ends_with(2).says(&["MB0602", "stg_customers"]);
}

#[test]
fn a_foreign_model_without_its_domain() {
    let project =
        two_domains("orders: customer").file("orders/models/orders.sql", "select * from {{ ref('dim_customers') }}");
    project.run(["build"]).ends_with(2).says(&["MB0603", "ref('customer', 'dim_customers')"]);
}

#[test]
fn domains_may_depend_on_each_other_in_a_circle() {
    let project = two_domains("orders: customer")
        .file("customer/dependencies.yml", "projects: [{name: orders}]")
        .file("orders/models/orders.sql", "select id from {{ ref('customer', 'dim_customers') }}")
        .file("orders/models/schema.yml", "models: [{name: orders, access: public}]")
        .file("customer/models/active.sql", "select id from {{ ref('orders', 'orders') }}");
    let outcome = project.succeed(["build"]);
    assert_eq!(
        outcome.results(),
        ["active success", "dim_customers success", "orders success", "stg_customers success"]
    );
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let project = two_domains("orders: customer")
        .file("orders/models/one.sql", "select * from {{ ref('nowhere') }}")
        .file("orders/models/two.sql", "select * from {{ ref('customer', 'stg_customers') }}");
    project.run(["build"]).ends_with(2).says(&["MB0501", "MB0602", "orders/models/one.sql", "orders/models/two.sql"]);
}

/// As orchestrators do it that must not write into the project's folder.
#[cfg(unix)]
#[test]
fn a_folder_of_links_to_a_domain_stands_in_for_it() {
    let project = two_domains("orders: customer")
        .file("orders/models/orders.sql", "select name from {{ ref('customer', 'dim_customers') }}")
        .file("elsewhere/links/note.txt", "");
    project.succeed(["build", "--domain", "customer"]);
    for name in ["dbt_project.yml", "dependencies.yml", "models"] {
        let link = project.path("elsewhere/links").join(name);
        std::os::unix::fs::symlink(project.path("orders").join(name), link).expect("a link");
    }
    let at = ["--project-dir", "elsewhere/links"];
    project.succeed(["build"].into_iter().chain(at));
    assert_eq!(project.rows("select name from orders.orders"), ["Anna"]);
    assert!(project.read("elsewhere/links/target/run_results.json").contains("model.orders.orders"));
    assert!(project.path("elsewhere/links/logs/dbt.log").exists());
    assert!(!project.path("orders/target").exists());
    project
        .run(["parse", "--no-mesh", "--profiles-dir", "."].into_iter().chain(at))
        .ends_with(2)
        .says(&["MB0501", "dim_customers"]);
    project.succeed(["clean"].into_iter().chain(at));
    assert!(!project.path("elsewhere/links/target").exists());
}

#[test]
fn readers_in_other_domains_wait_for_the_tests_of_what_they_read() {
    for command in ["run", "build"] {
        Project::mesh(&["customer", "orders: customer"])
            .file(
                "customer/models/dim.sql",
                "{{ config(access='public', materialized='table') }} select null::int as id",
            )
            .file("customer/models/dim.yml", "models: [{name: dim, columns: [{name: id, data_tests: [not_null]}]}]")
            .file("orders/models/reader.sql", "select * from {{ ref('customer', 'dim') }}")
            .run([command])
            .ends_with(1)
            .says(&["FAIL 1 not_null_dim_id", "SKIP relation orders.reader", "PASS=1 WARN=0 ERROR=1 SKIP=1"]);
    }
}
