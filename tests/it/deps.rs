//! `deps`: folders, git repositories, a hub and archives, all of them on this machine.

use crate::support::server::{Server, archive};
use crate::support::{Outcome, Project};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// Runs git in a folder as somebody.
fn git(folder: &Path, words: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
    let done = Command::new("git").args(identity).args(words).current_dir(folder).output().expect("git");
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// A project beside a repository `tools`: tag 1.0.0 with a macro, then a branch `next` with another one, and a package in
/// a folder of it.
fn with_repository() -> (Project, String) {
    let project = Project::new()
        .file("tools/dbt_project.yml", "name: tools\n")
        .file("tools/macros/one.sql", "{% macro number() %}1{% endmacro %}")
        .file("tools/below/inner/dbt_project.yml", "name: inner\n")
        .file("tools/below/inner/macros/inner.sql", "{% macro inner() %}3{% endmacro %}")
        .file("models/a.sql", "select {{ tools.number() }} as id");
    let tools = project.path("tools");
    git(&tools, &["init", "--quiet"]);
    git(&tools, &["add", "."]);
    git(&tools, &["commit", "--quiet", "-m", "one"]);
    git(&tools, &["tag", "1.0.0"]);
    let commit = git(&tools, &["rev-parse", "HEAD"]);
    git(&tools, &["checkout", "--quiet", "-b", "next"]);
    project.write("tools/macros/one.sql", "{% macro number() %}2{% endmacro %}");
    git(&tools, &["commit", "--quiet", "-am", "two"]);
    git(&tools, &["checkout", "--quiet", "main"]);
    (project, commit)
}

fn repository(project: &Project) -> String {
    format!("file://{}", project.path("tools").display())
}

fn lock(project: &Project) -> String {
    let text = project.read("package-lock.yml");
    text.lines().filter(|line| !line.starts_with("sha1_hash")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn folders_are_linked_and_what_they_list_too() {
    let project = Project::new()
        .file("packages.yml", "packages:\n  - local: \"{{ env_var('WHERE', 'shared') }}\"\n")
        .file("shared/dbt_project.yml", "name: shared\n")
        .file("shared/packages.yml", "packages:\n  - local: deeper\n")
        .file("deeper/dbt_project.yml", "name: deeper\n")
        .file("deeper/macros/m.sql", "{% macro m() %}7{% endmacro %}")
        .file("models/a.sql", "select {{ deeper.m() }} as id");
    project.succeed(["deps"]).says(&["Installing shared", "Installed from <local @ shared>", "Updating lock file in"]);
    assert_eq!(lock(&project), "packages:\n  - local: shared\n    name: shared\n  - local: deeper\n    name: deeper\n");
    assert!(project.path("dbt_packages/shared").is_symlink());
    project.succeed(["run"]);
    assert_eq!(project.rows("select id from {{ ref('a') }}"), ["7"]);
    let again = project.succeed(["deps"]);
    assert!(!again.text().contains("Updating lock file"), "{}", again.text());
}

#[test]
fn a_tag_a_branch_and_a_commit_are_checked_out() {
    let (project, commit) = with_repository();
    let at = |revision: &str| format!("packages:\n  - git: {}\n    revision: {revision}\n", repository(&project));
    for (revision, expected) in [("1.0.0", "1"), ("next", "2"), (commit.as_str(), "1")] {
        project.write("packages.yml", &at(revision));
        project.succeed(["deps"]).says(&["Installed from revision "]);
        project.succeed(["run"]);
        assert_eq!(project.rows("select id from {{ ref('a') }}"), [expected], "{revision}");
    }
    let expected = format!("packages:\n  - git: {}\n    name: tools\n    revision: {commit}\n", repository(&project));
    assert_eq!(lock(&project), expected);
}

#[test]
fn a_branch_that_moved_is_installed_with_upgrade_only() {
    let (project, _) = with_repository();
    let text = format!("packages:\n  - git: {}\n    revision: next\n", repository(&project));
    project.write("packages.yml", &text);
    project.succeed(["deps"]);
    let tools = project.path("tools");
    git(&tools, &["checkout", "--quiet", "next"]);
    project.write("tools/macros/one.sql", "{% macro number() %}5{% endmacro %}");
    git(&tools, &["commit", "--quiet", "-am", "three"]);
    let number = || project.read("dbt_packages/tools/macros/one.sql");
    // The server has to give a commit that no branch points at any more.
    git(&tools, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    project.succeed(["deps"]);
    assert!(number().contains('2'), "{}", number());
    project.succeed(["deps", "--lock", "--upgrade"]);
    assert!(number().contains('2'), "{}", number());
    project.succeed(["deps"]);
    assert!(number().contains('5'), "{}", number());
}

#[test]
fn a_folder_of_a_repository_is_a_package() {
    let (project, commit) = with_repository();
    let git = repository(&project);
    let text = format!("packages:\n  - git: {git}\n    revision: 1.0.0\n    subdirectory: below/inner\n");
    project.write("packages.yml", &text);
    project.succeed(["deps"]).says(&["and subdirectory below/inner"]);
    let expected =
        format!("packages:\n  - git: {git}\n    name: inner\n    revision: {commit}\n    subdirectory: below/inner\n");
    assert_eq!(lock(&project), expected);
    assert!(project.path("dbt_packages/inner/macros/inner.sql").is_file());
    project.write("packages.yml", &text.replace("below/inner", "../up"));
    project.run(["deps"]).ends_with(2).says(&["MB0115", "is not a folder within the repository"]);
}

#[test]
fn a_revision_that_is_not_pinned_is_warned_of() {
    let (project, _) = with_repository();
    let text = format!("packages:\n  - git: {}\n", repository(&project));
    project.write("packages.yml", &text);
    project.succeed(["deps"]).says(&["MB0117", "is not pinned, using HEAD (default branch)"]);
    project.run(["--warn-error", "deps", "--upgrade"]).ends_with(2);
    project.write("packages.yml", &format!("{text}    warn-unpinned: false\n"));
    let quiet = project.succeed(["deps"]);
    assert!(!quiet.text().contains("MB0117"), "{}", quiet.text());
}

#[test]
fn one_repository_in_two_revisions_is_a_conflict() {
    let (project, _) = with_repository();
    let git = repository(&project);
    project.write(
        "packages.yml",
        &format!("packages:\n  - git: {git}\n    revision: 1.0.0\n  - git: {git}.git\n    revision: next\n"),
    );
    project.run(["deps"]).ends_with(2).says(&[
        "MB0114",
        "git dependencies should contain exactly one version.",
        "contains: {'1.0.0', 'next'}",
    ]);
}

#[test]
fn a_repository_that_is_not_there_leaves_what_was_installed() {
    let (project, _) = with_repository();
    project.write("packages.yml", &format!("packages:\n  - git: {}\n    revision: 1.0.0\n", repository(&project)));
    project.succeed(["deps"]);
    project.write("packages.yml", "packages:\n  - git: file:///nowhere/at/all\n    revision: 1.0.0\n");
    project.run(["deps"]).ends_with(2).says(&["MB0115", "Error checking out spec='1.0.0' for repo", "help:"]);
    assert!(project.path("dbt_packages/tools/dbt_project.yml").is_file());
    let left: Vec<String> = std::fs::read_dir(project.path(""))
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".dbt_packages"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_secret_is_never_shown_nor_locked() {
    let (project, _) = with_repository();
    let secret = "s3cret-t0ken";
    let link = project.path(secret);
    std::os::unix::fs::symlink(project.path("tools"), link).expect("a link");
    let at = |tail: &str| {
        let folder = project.path("");
        format!(
            "packages:\n  - git: \"file://{}/{{{{ env_var('DBT_ENV_SECRET_TOKEN') }}}}{tail}\"\n    revision: 1.0.0\n",
            folder.display().to_string().trim_end_matches('/')
        )
    };
    let shows_nothing = |outcome: &Outcome| {
        for text in [outcome.text(), project.read("logs/dbt.log"), project.read("package-lock.yml")] {
            assert!(!text.contains(secret), "{text}");
        }
    };
    project.write("packages.yml", &at(""));
    let done = project.run_with(&[("DBT_ENV_SECRET_TOKEN", secret)], ["--log-level", "debug", "deps"]).ends_with(0);
    shows_nothing(&done);
    assert!(project.read("package-lock.yml").contains("DBT_ENV_SECRET_TOKEN"));
    assert!(!project.path("dbt_packages/tools/.git").exists());
    project.run_with(&[("DBT_ENV_SECRET_TOKEN", secret)], ["deps"]).ends_with(0);
    project.write("packages.yml", &at("/missing"));
    let failed = project.run_with(&[("DBT_ENV_SECRET_TOKEN", secret)], ["--log-level", "debug", "deps"]).ends_with(2);
    shows_nothing(&failed);
}

#[test]
fn a_token_opens_a_private_repository_and_is_never_shown_nor_locked() {
    let (project, commit) = with_repository();
    let token = "s3cret-t0ken";
    // Nobody listens there; git is told to look in the project's folder instead.
    let url = "https://{token}@127.0.0.1:1/acme/{repo}.git";
    let info = json!([{ "org": "acme", "url": url, "token": token, "provider": "github" }]).to_string();
    let here = format!("url.{}.insteadOf", repository(&project));
    let there = format!("https://{token}@127.0.0.1:1/acme/tools.git");
    let known = ("DBT_ENV_PRIVATE_GIT_PROVIDER_INFO", info.as_str());
    let redirected = [known, ("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", &here), ("GIT_CONFIG_VALUE_0", &there)];
    let shows_nothing = |outcome: &Outcome| {
        for text in [outcome.text(), project.read("logs/dbt.log"), project.read("package-lock.yml")] {
            assert!(!text.contains(token), "{text}");
        }
    };
    project.write("packages.yml", "packages:\n  - private: acme/tools\n    provider: github\n    revision: 1.0.0\n");
    let done = project.run_with(&redirected, ["--log-level", "debug", "deps"]).ends_with(0);
    shows_nothing(&done);
    let expected =
        format!("packages:\n  - name: tools\n    private: acme/tools\n    provider: github\n    revision: {commit}\n");
    assert_eq!(lock(&project), expected);
    assert!(!project.path("dbt_packages/tools/.git").exists());
    // From the lock.
    let again = project.run_with(&redirected, ["--log-level", "debug", "deps"]).ends_with(0);
    shows_nothing(&again);
    project.succeed(["build"]);

    let failed = project.run_with(&[known], ["--log-level", "debug", "deps", "--upgrade"]).ends_with(2);
    shows_nothing(&failed.says(&["Error checking out spec='1.0.0'", "127.0.0.1"]));
    project.write("packages.yml", "packages:\n  - private: other/tools\n");
    let message = "No matching Git URLs for private definition other/tools with provider None";
    shows_nothing(&project.run_with(&redirected, ["deps"]).ends_with(2).says(&[message, "packages.yml:2"]));
    let broken = ("DBT_ENV_PRIVATE_GIT_PROVIDER_INFO", &*info.replace("github\"", "gitea\""));
    let message = "DBT_ENV_PRIVATE_GIT_PROVIDER_INFO has an unknown provider in entry 1";
    shows_nothing(&project.run_with(&[broken], ["deps"]).ends_with(2).says(&[message]));
}

#[test]
fn a_token_that_git_writes_otherwise_is_not_shown_either() {
    let server = Server::refusing();
    let (token, encoded) = ("tok+en=", "tok%2Ben%3D");
    let host = server.url("").replace("http://", "");
    let url = format!("http://{{token}}@{host}/acme/{{repo}}.git");
    let info = json!([{ "org": "acme", "url": url, "token": token, "provider": "github" }]).to_string();
    let project = Project::new().file("packages.yml", "packages: [{private: acme/tools, revision: 1.0.0}]\n");
    let variables = [("DBT_ENV_PRIVATE_GIT_PROVIDER_INFO", info.as_str()), ("GIT_TERMINAL_PROMPT", "0")];
    let failed = project.run_with(&variables, ["--log-level", "debug", "deps"]).ends_with(2);
    assert!(!server.asked().is_empty());
    for text in [failed.says(&["Error checking out spec='1.0.0'"]).text(), project.read("logs/dbt.log")] {
        let text = text.to_lowercase();
        assert!(!text.contains(token) && !text.contains(&encoded.to_lowercase()), "{text}");
    }
}

#[test]
fn nothing_that_is_written_in_a_list_stands_for_a_token() {
    let (token, server) = ("t0k3n", Server::start());
    let info = json!([{ "org": "acme", "url": "https://{token}@h/acme/{repo}", "token": token, "provider": "github" }]);
    let (info, project) = (info.to_string(), Project::new());
    for name in ["DBT_ENV_SECRET_UNNAMED_0", "DBT_ENV_SECRET_0", "DBT_ENV_PRIVATE_GIT_PROVIDER_INFO", ""] {
        let git = server.url(&format!("/$$$DBT_SECRET_START$$${name}$$$DBT_SECRET_END$$$"));
        project.write("packages.yml", &format!("packages: [{{git: \"{git}\", revision: 1.0.0}}]\n"));
        let variables = [("DBT_ENV_PRIVATE_GIT_PROVIDER_INFO", info.as_str()), ("GIT_TERMINAL_PROMPT", "0")];
        project.run_with(&variables, ["deps"]).ends_with(2);
    }
    let asked = server.asked();
    assert!(!asked.is_empty() && asked.iter().all(|path| !path.contains(token)), "{asked:?}");
}

#[test]
fn without_a_private_package_the_variable_for_them_is_of_no_account() {
    let (project, _) = with_repository();
    project.write("packages.yml", &format!("packages:\n  - git: {}\n    revision: 1.0.0\n", repository(&project)));
    project.run_with(&[("DBT_ENV_PRIVATE_GIT_PROVIDER_INFO", "no JSON")], ["deps"]).ends_with(0);
}

/// A hub with `a/one` in some versions, the package `b/two` that needs it, and their archives.
fn hub() -> Server {
    let server = Server::start();
    let version = |name: &str, version: &str, needs: serde_json::Value, dbt: serde_json::Value| {
        let path = format!("/files/{name}-{version}.tar.gz");
        let project = format!("name: {name}\nversion: {version}\n");
        let top = format!("org-{name}-abc");
        let files = [(format!("{top}/dbt_project.yml"), project), (format!("{top}/v.txt"), version.to_owned())];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        server.put(&path, archive(&files));
        json!({
            "name": name, "packages": needs, "require_dbt_version": dbt, "downloads": {"tarball": server.url(&path)}
        })
    };
    let none = || json!([]);
    let one = json!({"name": "one", "namespace": "a", "versions": {
        "1.0.0": version("one", "1.0.0", none(), none()),
        "1.2.0": version("one", "1.2.0", none(), none()),
        "1.10.0": version("one", "1.10.0", none(), json!([">=1.0.0", "<2.0.0"])),
        "1.11.0-rc1": version("one", "1.11.0-rc1", none(), none()),
        "2.0.0": version("one", "2.0.0", none(), json!([">=2.0.0"])),
    }});
    let two = json!({"name": "two", "namespace": "b", "redirectnamespace": "c", "versions": {
        "0.1.0": version("two", "0.1.0", json!([{"package": "a/one", "version": [">=1.0.0", "<1.5.0"]}]), none()),
    }});
    server.put("/api/v1/index.json", json!(["a/one", "b/two"]).to_string());
    server.put("/api/v1/a/one.json", one.to_string());
    server.put("/api/v1/b/two.json", two.to_string());
    server
}

fn deps_of(hub: &Server, packages: &str, words: &[&str]) -> (Project, Outcome) {
    let project = Project::new().file("packages.yml", packages);
    let outcome = project.run_with(&[("DBT_PACKAGE_HUB_URL", &hub.url("/"))], words.iter().copied());
    (project, outcome)
}

#[test]
fn the_best_version_of_the_hub_is_installed() {
    let hub = hub();
    for (version, words, expected) in [
        ("'>=1.0.0'", vec!["deps"], "1.10.0"),
        ("['>=1.0.0', '<1.10.0']", vec!["deps"], "1.2.0"),
        ("1.0.0", vec!["deps"], "1.0.0"),
        ("'>=1.0.0'", vec!["deps", "--no-version-check"], "2.0.0"),
        ("1.11.0-rc1", vec!["deps"], "1.11.0-rc1"),
        ("'>=1.0.0'\n    install_prerelease: true", vec!["deps"], "1.11.0-rc1"),
    ] {
        let (project, outcome) =
            deps_of(&hub, &format!("packages:\n  - package: a/one\n    version: {version}\n"), &words);
        outcome.ends_with(0).says(&["Installing a/one", &format!("Installed from version {expected}")]);
        assert_eq!(project.read("dbt_packages/one/v.txt"), expected, "{version}");
        assert_eq!(lock(&project), format!("packages:\n  - name: one\n    package: a/one\n    version: {expected}\n"));
    }
}

#[test]
fn what_packages_of_the_hub_need_narrows_the_range() {
    let hub = hub();
    let text = "packages:\n  - package: b/two\n    version: 0.1.0\n  - package: a/one\n    version: '>=1.0.0'\n";
    let (project, outcome) = deps_of(&hub, text, &["deps"]);
    outcome.ends_with(0).says(&[
        "MB0118",
        "in favor of `c/two`",
        "Updated version available: 1.10.0",
        "Up to date!",
        "Updates available for packages: ['a/one']",
    ]);
    assert_eq!(project.read("dbt_packages/one/v.txt"), "1.2.0");
    let text = text.replace(">=1.0.0", ">=1.6.0");
    let (_, outcome) = deps_of(&hub, &text, &["deps"]);
    outcome.ends_with(2).says(&[
        "MB0114",
        "Version error for package a/one: Could not find a satisfactory version from options: ['>=1.6.0', '>=1.0.0', '<1.5.0']",
    ]);
}

#[test]
fn what_the_hub_does_not_have_is_told() {
    let hub = hub();
    let (_, outcome) = deps_of(&hub, "packages:\n  - package: a/zero\n    version: 1.0.0\n", &["deps"]);
    outcome.ends_with(2).says(&["MB0116", "Package a/zero was not found in the package index", "packages.yml:2"]);
    let (_, outcome) = deps_of(&hub, "packages:\n  - package: a/one\n    version: '>=3.0.0'\n", &["deps"]);
    outcome.ends_with(2).says(&[
        "Could not find a matching compatible version for package a/one",
        "Requested range: >=3.0.0",
        "Compatible versions: ['1.0.0', '1.2.0', '1.10.0']",
        "run 'dbt --no-version-check deps'",
    ]);
    let (_, outcome) = deps_of(&hub, "packages:\n  - package: a/one\n    version: '1.0'\n", &["deps"]);
    outcome.ends_with(2).says(&["\"1.0\" is not a valid semantic version."]);
}

#[test]
fn a_lock_that_is_current_asks_the_hub_for_what_it_installs_only() {
    let hub = hub();
    let (project, outcome) =
        deps_of(&hub, "packages:\n  - package: a/one\n    version: '<1.5.0'\n", &["deps", "--lock"]);
    outcome.ends_with(0);
    assert!(!project.path("dbt_packages").exists());
    assert!(!hub.asked().iter().any(|path| path.starts_with("/files")), "{:?}", hub.asked());
    let again = project.run_with(&[("DBT_PACKAGE_HUB_URL", &hub.url("/"))], ["deps"]).ends_with(0);
    assert!(!again.text().contains("Updating lock file"), "{}", again.text());
    assert_eq!(project.read("dbt_packages/one/v.txt"), "1.2.0");
}

#[test]
fn without_a_network_the_error_says_what_can_be_done() {
    let project = Project::new().file("packages.yml", "packages:\n  - package: a/one\n    version: 1.0.0\n");
    // Nobody listens at the port of discarded data.
    let outcome = project.run_with(&[("DBT_PACKAGE_HUB_URL", "http://127.0.0.1:9/")], ["deps"]);
    outcome.ends_with(2).says(&["MB0115", "External connection exception occurred", "DBT_PACKAGE_HUB_URL", "`local:`"]);
}

#[test]
fn archives_are_unpacked_and_never_outside() {
    let server = Server::start();
    server.put("/good.tar.gz", archive(&[("top/dbt_project.yml", "name: something\n"), ("top/a/b.txt", "here")]));
    server.put("/bad.tar.gz", archive(&[("top/dbt_project.yml", "name: bad\n"), ("top/../../escaped.txt", "there")]));
    server.put("/two.tar.gz", archive(&[("one/dbt_project.yml", "name: bad\n"), ("two/b.txt", "there")]));
    let of = |file: &str| format!("packages:\n  - tarball: {}\n    name: tools\n", server.url(file));
    let project = Project::new().file("packages.yml", &of("/good.tar.gz"));
    project.succeed(["deps"]).says(&["Installing tools", "Installed from tarball (url: http://"]);
    assert_eq!(project.read("dbt_packages/tools/a/b.txt"), "here");
    assert_eq!(lock(&project), format!("packages:\n  - name: tools\n    tarball: {}\n", server.url("/good.tar.gz")));
    for (file, reason) in [
        ("/bad.tar.gz", "leads out of the archive"),
        ("/two.tar.gz", "does not lie in the same folder"),
        ("/none.tar.gz", "404 Not Found"),
    ] {
        project.write("packages.yml", &of(file));
        project.run(["deps"]).ends_with(2).says(&["MB0115", reason]);
        assert_eq!(project.read("dbt_packages/tools/a/b.txt"), "here");
        assert!(!project.path("escaped.txt").exists() && !project.path("../escaped.txt").exists());
    }
}

#[test]
fn packages_are_added_to_the_list() {
    let hub = hub();
    let text = "# ours\npackages:\n  - git: https://example.com/one.git\n    revision: 0.1.0\n";
    let words = ["deps", "--lock", "--add-package", "a/one@>=1.0.0,<1.5.0"];
    let (project, outcome) = deps_of(&hub, text, &words);
    outcome
        .ends_with(0)
        .says(&["Found duplicate package in packages.yml, removing: {'git'", "Added new package a/one@"]);
    let expected = "packages:\n  - package: a/one\n    version:\n      - '>=1.0.0'\n      - <1.5.0\n";
    assert_eq!(project.read("packages.yml"), expected);
    assert_eq!(lock(&project), "packages:\n  - name: one\n    package: a/one\n    version: 1.2.0\n");
}

#[test]
fn two_packages_of_one_name_and_one_of_the_projects_name_are_errors() {
    let project = Project::new()
        .file("packages.yml", "packages:\n  - local: a\n  - local: b\n")
        .file("a/dbt_project.yml", "name: same\n")
        .file("b/dbt_project.yml", "name: same\n");
    project.run(["deps"]).ends_with(2).says(&["MB0114", "Found duplicate project \"same\"."]);
    project.write("packages.yml", "packages:\n  - local: a\n");
    project.write("a/dbt_project.yml", "name: shop\n");
    project.run(["deps"]).ends_with(2).says(&["Found a dependency with the same name as the root project \"shop\""]);
}

#[test]
fn packages_may_list_each_other_in_a_circle() {
    let project = Project::new()
        .file("packages.yml", "packages:\n  - local: a\n")
        .file("a/dbt_project.yml", "name: a\n")
        .file("a/packages.yml", "packages:\n  - local: b\n")
        .file("b/dbt_project.yml", "name: b\n")
        .file("b/packages.yml", "packages:\n  - local: a\n");
    project.succeed(["deps"]);
    assert_eq!(lock(&project), "packages:\n  - local: a\n    name: a\n  - local: b\n    name: b\n");
}

#[test]
fn every_domain_has_packages_of_its_own() {
    let hub = hub();
    let project = Project::mesh(&["orders", "customer"])
        .file("orders/packages.yml", "packages:\n  - package: a/one\n    version: 1.0.0\n")
        .file("customer/dependencies.yml", "packages:\n  - package: a/one\n    version: 1.2.0\n");
    project.run_with(&[("DBT_PACKAGE_HUB_URL", &hub.url("/"))], ["deps"]).ends_with(0);
    assert_eq!(project.read("orders/dbt_packages/one/v.txt"), "1.0.0");
    assert_eq!(project.read("customer/dbt_packages/one/v.txt"), "1.2.0");
    project.succeed(["parse"]);
}

#[test]
fn what_packages_look_at_is_there() {
    let project = Project::new()
        .file(
            "dbt_project.yml",
            "name: shop\nprofile: test\nvars:\n  size: \"{{ 5 if target.type == 'x' else 10 }}\"\n",
        )
        .file("packages.yml", "packages:\n  - local: tools\n")
        .file("tools/dbt_project.yml", "name: tools\nversion: 1.2.3\n")
        .file("tools/macros/m.sql", "{% macro half(size=var('size') | int) %}{{ size / 2 }}{% endmacro %}")
        .file("models/a.sql", "select 1 as id")
        .file(
            "models/b.sql",
            "select {{ tools.half() }} as half, '{{ builtins.ref.config.dependencies['tools'].version }}' as version,
             {{ ref('a') is mapping }} as is_relation{% if execute %},
             {{ graph.nodes['model.shop.a'].patch_path is none }} as has_no_patch,
             '{{ this.incorporate(path={'identifier': 'x', 'table': 'y'}).identifier }}' as part{% endif %}",
        )
        .file("macros/say.sql", "{% macro say(results) %}{{ print(results[0].to_dict().status ~ results[0].node.to_dict().name ~ results[0].timing[0].to_dict().name) }}{% endmacro %}");
    let file = project.read("dbt_project.yml") + "on-run-end: \"{{ say(results) }}\"\n";
    project.write("dbt_project.yml", &file);
    project.succeed(["deps"]);
    project.succeed(["run"]).says(&["\nsuccessacompile\n"]);
    assert_eq!(project.rows("select * from {{ ref('b') }}"), ["5.0\t1.2.3\ttrue\ttrue\tx"]);
}

#[test]
fn a_variable_that_names_itself_is_an_error() {
    let project = Project::new()
        .file("dbt_project.yml", "name: shop\nprofile: test\nvars:\n  a: \"{{ var('a') }}\"\n")
        .file("models/a.sql", "select {{ var('a') }} as id");
    project.run(["run"]).ends_with(1).says(&["the variable 'a' is defined by itself"]);
}

#[test]
fn properties_that_a_package_wrote_for_its_own_seed_hold_for_the_one_that_replaces_it() {
    let project = Project::new()
        .file("dbt_project.yml", "name: shop\nprofile: test\nseeds: {tools: {exceptions: {+enabled: false}}}\n")
        .file("packages.yml", "packages: [{local: tools}]\n")
        .file("tools/dbt_project.yml", "name: tools\nmodels: {+schema: apart}\non-run-start: [select 1]\n")
        .file("tools/seeds/exceptions.csv", "id\n1\n")
        .file("tools/seeds/seeds.yml", "seeds: [{name: exceptions, description: said by tools}]\n")
        .bytes("seeds/exceptions.csv", b"\xef\xbb\xbfid\n2\n");
    project.succeed(["deps"]);
    let manifest = project.succeed(["parse"]).manifest();
    let seed = &manifest["nodes"]["seed.shop.exceptions"];
    assert_eq!(seed["description"], "said by tools");
    assert_eq!(seed["patch_path"], "tools://seeds/seeds.yml");
    // printf '\xef\xbb\xbfid\n2' | sha256sum
    assert_eq!(seed["checksum"]["checksum"], "e1c07a046b6f3bc25bce99e1b98ac138f023b6e88a736faae3171daa21fe3733");
    assert_eq!(manifest["nodes"]["operation.tools.tools-on-run-start-0"]["schema"], "main_apart");
}
