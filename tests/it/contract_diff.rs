//! `contract diff`: what changed for readers since a revision, and who breaks. The table of changes is tested in `mesh`.

use crate::support::{Outcome, Project};
use std::process::Command;

fn git(project: &Project, words: &[&str]) -> String {
    let identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(words).current_dir(project.path("")).output().expect("git");
    assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const DIM: &str = "{{ config(access='public') }}\nselect 1 as id, 'A' as name, 2.5::decimal(9, 2) as amount";
const PROPERTIES: &str = "
models:
  - name: dim
    config: {meta: {mesh: {version: 1.2.3}}}
    columns:
      - {name: id, data_tests: [not_null, unique]}
";

/// Two domains in a git repository, on a branch beside `main`.
fn repository() -> Project {
    let project = Project::mesh(&["customer", "orders: customer"])
        .file(".gitignore", "target/\nlogs/\n")
        .file("customer/models/dim.sql", DIM)
        .file("customer/models/dim.yml", PROPERTIES)
        .file(
            "orders/models/fct.sql",
            "{{ config(materialized='table') }}\nselect\n    d.id,\n    upper(d.name) as name\nfrom {{ ref('customer', 'dim') }} as d",
        )
        .file("orders/models/top.sql", "select name from {{ ref('fct') }}")
        .file("orders/models/other.sql", "select id from {{ ref('customer', 'dim') }}")
        .file(
            "orders/models/exposures.yml",
            "exposures: [{name: board, type: dashboard, owner: {name: Finance, email: a@example.com}, depends_on: [ref('top')]}]",
        );
    git(&project, &["init", "--quiet", "--initial-branch", "main", "."]);
    git(&project, &["add", "."]);
    git(&project, &["commit", "--quiet", "--message", "base"]);
    git(&project, &["checkout", "--quiet", "-b", "change"]);
    project
}

fn diff(project: &Project, more: &[&str]) -> Outcome {
    project.run(["--quiet", "contract", "diff", "--against", "main"].into_iter().chain(more.iter().copied()))
}

#[test]
fn nothing_has_changed() {
    diff(&repository(), &[]).ends_with(0).says(&["No public model changed since main"]);
}

#[test]
fn a_removed_column_names_its_readers_their_lines_and_owners_and_nobody_else() {
    let project = repository();
    project.write("customer/models/dim.sql", &DIM.replace("'A' as name, ", ""));
    let before = git(&project, &["status", "--short"]);
    let told = diff(&project, &[]).ends_with(1).says(&[
        "customer.dim (model.customer.dim): breaking, its version must move by a major: 2.0.0",
        "breaking   column-removed  `name` is gone",
        "breaks: model.orders.fct (reads name)  orders/models/fct.sql:4:13",
        "depends on it: model.orders.top (reads name)  orders/models/top.sql",
        "depends on it: exposure.orders.board  orders/models/exposures.yml  Finance",
        // The binder says so too.
        "MB0403",
    ]);
    assert!(!told.text().contains("model.orders.other"), "other does not read it");
    assert_eq!(git(&project, &["status", "--short"]), before, "uncommitted work stays where it is");
}

#[test]
fn a_reader_that_the_same_change_mends_does_not_break() {
    let project = repository();
    project.write("customer/models/dim.sql", &DIM.replace("'A' as name, ", ""));
    project.write("customer/models/dim.yml", &PROPERTIES.replace("1.2.3", "2.0.0"));
    project.write("orders/models/fct.sql", "select d.id, 'none' as name from {{ ref('customer', 'dim') }} as d");
    let told = diff(&project, &[]).ends_with(1).says(&["column-removed", "no reader in this mesh", "moved by a major"]);
    assert!(!told.text().contains("MB0403"));
}

#[test]
fn additions_pass_and_so_do_looks() {
    let project = repository();
    project.write("customer/models/dim.sql", &DIM.replace("select 1", "SELECT   1 -- one\n"));
    diff(&project, &[]).ends_with(0).says(&["No public model changed"]);
    project.write("customer/models/dim.sql", &DIM.replace("1 as id", "1 as id, true as is_new"));
    project.write("customer/models/dim.yml", &PROPERTIES.replace("1.2.3", "1.3.0"));
    diff(&project, &[]).ends_with(0).says(&["additive   column-added  `is_new` BOOLEAN", "moved by a minor"]);
    project.write("customer/models/dim.yml", &PROPERTIES.replace("1.2.3", "1.2.4"));
    diff(&project, &[]).ends_with(1).says(&["its version must move by a minor: 1.3.0"]);
}

#[test]
fn tests_are_promises_too() {
    let project = repository();
    project.write("customer/models/dim.yml", &PROPERTIES.replace("not_null, unique", "unique"));
    diff(&project, &[]).ends_with(1).says(&[
        "breaking   nullability-loosened  `id` was promised to be never null, and is not",
        "breaks: model.orders.other (reads id)",
    ]);
}

#[test]
fn a_model_that_goes_takes_everything_behind_it() {
    let project = repository();
    std::fs::remove_file(project.path("customer/models/dim.sql")).expect("a file");
    std::fs::remove_file(project.path("customer/models/dim.yml")).expect("a file");
    for name in ["fct", "other", "top"] {
        project.write(&format!("orders/models/{name}.sql"), "select 1 as id, 'x' as name");
    }
    diff(&project, &[]).ends_with(1).says(&["breaking   model-removed", "breaks: model.orders.other"]);
}

#[test]
fn references_that_lead_nowhere_now_are_told_beside_it() {
    let project = repository();
    std::fs::remove_file(project.path("customer/models/dim.sql")).expect("a file");
    diff(&project, &[]).ends_with(1).says(&[
        "breaking   model-removed",
        "breaks: model.orders.fct  orders/models/fct.sql:5:9",
        "error[MB0501]",
        "--> orders/models/fct.sql:5:9",
    ]);
    let json = diff(&project, &["--format", "json"]).ends_with(1).stdout;
    serde_json::from_str::<serde_json::Value>(&json).expect("one document");
}

#[test]
fn waivers_let_pass_until_their_day() {
    let project = repository();
    project.write("customer/models/dim.sql", &DIM.replace(", 2.5::decimal(9, 2) as amount", ""));
    project.write("customer/models/dim.yml", &PROPERTIES.replace("1.2.3", "2.0.0"));
    let waiver = "waivers:\n  - {rule: column-removed, model: customer.dim, reason: never read, owner: Customer data, expires: 2999-01-31}\n";
    diff(&project, &[]).ends_with(1).says(&["`amount` is gone", "no reader in this mesh"]);
    project.write("governance/waivers.yml", waiver);
    diff(&project, &[]).ends_with(0).says(&["waived: never read (Customer data, until 2999-01-31)"]);
    project.write("governance/waivers.yml", &waiver.replace("2999", "2020"));
    diff(&project, &[]).ends_with(2).says(&["MB0614", "expired on 2020-01-31", "governance/waivers.yml:2:5"]);
    project.write("governance/waivers.yml", &waiver.replace("reason: never read, ", ""));
    diff(&project, &[]).ends_with(2).says(&["a waiver needs reason"]);
}

#[test]
fn every_format_tells_it() {
    let project = repository();
    project.write("customer/models/dim.sql", &DIM.replace("2.5::decimal(9, 2)", "2.5::double"));
    let told = |format: &str| diff(&project, &["--format", format]).ends_with(1).stdout;
    let json: serde_json::Value = serde_json::from_str(&told("json")).expect("JSON");
    assert_eq!(json["products"][0]["changes"][0]["rule"], "type-changed");
    assert_eq!(json["products"][0]["changes"][0]["detail"], "`amount` was DECIMAL(9,2) and is DOUBLE");
    assert_eq!(json["products"][0]["required_bump"], "major");
    let sarif: serde_json::Value = serde_json::from_str(&told("sarif")).expect("JSON");
    assert_eq!((&sarif["version"], &sarif["runs"][0]["results"][0]["level"]), (&"2.1.0".into(), &"error".into()));
    assert!(told("junit").contains("<testsuite name=\"contract diff\" tests=\"2\" failures=\"1\">"));
    assert!(told("github").contains("::error file=customer/models/dim.sql,title=type-changed::"));
    assert!(told("markdown").contains("| breaking | type-changed | `amount` was DECIMAL(9,2) and is DOUBLE |"));
}

#[test]
fn a_revision_that_is_not_there() {
    let project = repository();
    project.run(["contract", "diff", "--against", "mian"]).ends_with(2).says(&["MB0613", "there is no such revision"]);
}

/// What `orders.fct` says that it needs of `customer.dim`.
const NEEDS: &str = "
models:
  - name: fct
    config:
      meta:
        mesh:
          consumes:
            - model: customer.dim
              columns: [id, {name: name, data_type: varchar, unique: true}]
              freshness: {count: 12, period: hour}
";

#[test]
fn a_need_that_is_not_met_breaks_though_nothing_changed() {
    let project = repository();
    project.write("orders/models/fct.yml", NEEDS);
    project.run(["check"]).ends_with(1).says(&[
        "error[MB0616]: model.orders.fct needs of model.customer.dim: its rows must not be older than 12 hour, and nothing says \
         how old they may be",
        "`name` must be unique, and nothing promises that",
        "--> orders/models/fct.yml",
    ]);
    diff(&project, &[]).ends_with(1).says(&[
        "customer.dim (model.customer.dim): none\n  breaking   need-unmet  its rows must not be older",
        "breaks: model.orders.fct  orders/models/fct.sql",
        "No public model changed since main",
        "; 2 needs not met.",
    ]);
    let json = diff(&project, &["--format", "json"]).ends_with(1).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["products"][0]["required_bump"], serde_json::Value::Null, "the model has not changed");
    assert_eq!(json["products"][0]["changes"][1]["broken"][0]["column"], "name");

    // The owner promises it.
    let promised = PROPERTIES
        .replace("{mesh: {version: 1.2.3}}", "{mesh: {version: 1.3.0, sla: [{property: latency, value: 4, unit: h}]}}")
        + "      - {name: name, data_tests: [unique]}\n";
    project.write("customer/models/dim.yml", &promised);
    project.run(["check"]).ends_with(0);
    diff(&project, &[]).ends_with(0).says(&["additive   service-tightened  latency is promised: 4 h"]);
}

#[test]
fn a_consumer_may_do_without_for_a_while() {
    let project = repository();
    project.write("orders/models/fct.yml", NEEDS);
    let waiver =
        "waivers: [{rule: need-unmet, model: orders.fct, reason: agreed, owner: Order data, expires: 2999-01-31}]\n";
    project.write("governance/waivers.yml", waiver);
    diff(&project, &[]).ends_with(0).says(&["waived: agreed (Order data, until 2999-01-31)", "2 needs not met"]);
}

#[test]
fn a_need_of_what_may_not_be_read() {
    let project = repository();
    for (model, reason) in [
        ("customer.dmi", "there is no model `dmi` in `customer`"),
        ("dim", "there is no model `dim` here; of another domain it is `domain.dim`"),
        ("customer.secret", "model.customer.secret is not public"),
        ("customer.dim\n              column: [id]", "unknown field `column`"),
    ] {
        project.write("customer/models/secret.sql", "select 1 as id");
        project.write("orders/models/fct.yml", &NEEDS.replace("customer.dim", model));
        project.run(["check"]).ends_with(1).says(&["error[MB0615]", reason]);
    }
}

#[test]
fn nulls_that_sql_lets_in_are_told_by_column_through_other_models() {
    let project = repository();
    let reads = "select d.id, e.name from {{ ref('customer', 'dim') }} as d join {{ ref('customer', 'dim') }} as e on d.name = e.name";
    project.write("orders/models/stg.sql", reads);
    project.write(
        "orders/models/pub.sql",
        "{{ config(access='public') }}select id, upper(name) as name from {{ ref('stg') }}",
    );
    git(&project, &["add", "."]);
    git(&project, &["commit", "--quiet", "--message", "public"]);
    git(&project, &["branch", "--force", "main"]);
    project.write("orders/models/stg.sql", &reads.replace(" join ", " left join "));
    let told = diff(&project, &[]).ends_with(1).says(&[
        "breaking   nullability-loosened  its SQL kept nulls out of `name`, and does not any more",
        "breaking   join-loosened",
    ]);
    assert!(!told.text().contains("nulls out of `id`"), "a test keeps them out");
    // What the SQL keeps out needs no test to meet a need.
    project.write("orders/models/stg.sql", reads);
    project.write(
        "orders/models/fct.yml",
        &NEEDS
            .replace("customer.dim", "pub")
            .replace("unique: true", "not_null: true")
            .replace("              freshness: {count: 12, period: hour}\n", ""),
    );
    project.run(["check"]).ends_with(0);
}

#[test]
fn a_row_that_stands_for_something_else_is_told_through_other_models() {
    let project = repository();
    let grouped = "select id, count(*) as n from {{ ref('customer', 'dim') }} group by id";
    project.write("orders/models/stg.sql", grouped);
    project.write(
        "orders/models/pub.sql",
        "{{ config(access='public') }}select id as key, n from {{ ref('stg') }} where n > 0",
    );
    project.write(
        "orders/models/fct.yml",
        "models: [{name: fct, config: {meta: {mesh: {consumes: [{model: pub, columns: [{name: key, unique: true}]}]}}}}]",
    );
    project.run(["check"]).ends_with(0);
    git(&project, &["add", "."]);
    git(&project, &["commit", "--quiet", "--message", "public"]);
    git(&project, &["branch", "--force", "main"]);
    project.write(
        "orders/models/stg.sql",
        &grouped.replace("group by id", "group by id, name").replace("id,", "id, name,"),
    );
    project.write(
        "orders/models/pub.sql",
        "{{ config(access='public') }}select id as key, n, name from {{ ref('stg') }} where n > 0",
    );
    diff(&project, &[]).ends_with(1).says(&[
        "breaking   grain-changed  its SQL gave one row for (key), and gives one for (key, name) now",
        "breaking   need-unmet  `key` must be unique, and nothing promises that",
    ]);
}

#[test]
fn only_what_reads_other_columns_is_bound_again() {
    let project = repository();
    // The type of a column reaches `top` through `fct`; a changed body with the same columns reaches nobody.
    project.write("customer/models/dim.sql", &DIM.replace("'A' as name", "'B' as name"));
    project.write("customer/models/dim.yml", &PROPERTIES.replace("1.2.3", "1.2.4"));
    diff(&project, &[]).ends_with(0).says(&["1 change of 1 public model", "logic-changed"]);
    project.write(
        "orders/models/fct.sql",
        "{{ config(access='public') }}select d.* from {{ ref('customer', 'dim') }} as d",
    );
    git(&project, &["add", "."]);
    git(&project, &["commit", "--quiet", "--message", "public"]);
    git(&project, &["branch", "--force", "main"]);
    project.write("customer/models/dim.sql", &DIM.replace("2.5::decimal(9, 2)", "2.5::double"));
    diff(&project, &[]).ends_with(1).says(&[
        "customer.dim (model.customer.dim): breaking",
        "orders.fct (model.orders.fct): breaking",
        "breaking   type-changed  `amount` was DECIMAL(9,2) and is DOUBLE",
    ]);
}

/// The artifacts of a command on the base, kept in a folder of their own.
fn saved(project: &Project, command: &str) {
    project.run(["--quiet", command]).ends_with(0);
    let kept = project.path("state");
    std::fs::create_dir_all(&kept).expect("a folder");
    std::fs::copy(project.path("target/manifest.json"), kept.join("manifest.json")).expect("a manifest");
}

fn diff_with_state(project: &Project) -> Outcome {
    project.run(["--quiet", "contract", "diff", "--against", "state"])
}

#[test]
fn an_earlier_manifest_is_a_base_too() {
    for command in ["compile", "parse", "build"] {
        let project = repository();
        saved(&project, command);
        diff_with_state(&project).ends_with(0).says(&["No public model changed since state (20"]);
        project.write("customer/models/dim.sql", &DIM.replace("'A' as name, ", ""));
        diff_with_state(&project).ends_with(1).says(&[
            "customer.dim (model.customer.dim): breaking, its version must move by a major: 2.0.0",
            "breaking   column-removed  `name` is gone",
            "breaks: model.orders.fct (reads name)  orders/models/fct.sql:4:13",
            "depends on it: exposure.orders.board",
        ]);
        // A test, a type, a whole model.
        project.write("customer/models/dim.sql", &DIM.replace("2.5::decimal(9, 2)", "2.5::double"));
        project.write("customer/models/dim.yml", &PROPERTIES.replace("not_null, unique", "unique"));
        diff_with_state(&project).ends_with(1).says(&[
            "breaking   type-changed  `amount` was DECIMAL(9,2) and is DOUBLE",
            "breaking   nullability-loosened  `id` was promised to be never null, and is not",
        ]);
        std::fs::remove_file(project.path("customer/models/dim.sql")).expect("a file");
        std::fs::remove_file(project.path("customer/models/dim.yml")).expect("a file");
        for name in ["fct", "other", "top"] {
            project.write(&format!("orders/models/{name}.sql"), "select 1 as id, 'x' as name");
        }
        diff_with_state(&project).ends_with(1).says(&["breaking   model-removed", "breaks: model.orders.other"]);
    }
}

#[test]
fn a_manifest_of_another_target_moves_nothing() {
    let project = repository();
    saved(&project, "compile");
    let text = project.read("state/manifest.json").replace("\\\"customer\\\".", "\\\"prod_customer\\\".");
    project.write("state/manifest.json", &text.replace("\"schema\":\"customer\"", "\"schema\":\"prod_customer\""));
    diff_with_state(&project).ends_with(0).says(&["No public model changed"]);
    project.write("customer/models/dim.sql", &DIM.replace("2.5::decimal(9, 2)", "2.5::double"));
    let told = diff_with_state(&project).ends_with(1).says(&["breaking   type-changed"]);
    assert!(!told.text().contains("model-moved"));
}

#[test]
fn the_manifest_of_one_domain_is_compared_with_that_domain() {
    let project = repository();
    project.run(["--quiet", "compile", "--project-dir", "customer"]).ends_with(0);
    std::fs::create_dir_all(project.path("state")).expect("a folder");
    std::fs::copy(project.path("customer/target/manifest.json"), project.path("state/manifest.json"))
        .expect("a manifest");
    diff_with_state(&project).ends_with(0).says(&["No public model changed"]);
    project.write("customer/models/dim.sql", &DIM.replace("'A' as name, ", ""));
    diff_with_state(&project).ends_with(1).says(&["column-removed", "breaks: model.orders.fct (reads name)"]);
}

#[test]
fn a_folder_whose_manifest_is_none() {
    let project = repository();
    project.write("state/manifest.json", "{");
    diff_with_state(&project).ends_with(2).says(&["MB0613", "the manifest in 'state' cannot be compared with"]);
    project.write("state/manifest.json", "{}");
    diff_with_state(&project).ends_with(2).says(&["it has no `nodes`"]);
}
