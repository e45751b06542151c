//! From the tree of a `dbt_project.yml` to its typed content.

use super::{
    Configs, Dispatch, ProjectFile, ProjectFlags, ProjectPaths, ProjectQuoting, ProjectSource, QueryComment, Vars,
};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::project::fields::{Allowed, Fields, Refused, Report, Spanned, Text, Value};
use crate::project::render::{RenderRule, RenderString, render_tree};
use crate::project::version::{DBT_VERSION, VersionSpecifier, compatible, parse_requirement};
use crate::project::yaml::{Yaml, YamlValue};

/// Names that no project may have, because templates use them (`dbt/contracts/project.py`).
const RESERVED_NAMES: [&str; 40] = [
    "_sql_results",
    "adapter",
    "api",
    "column",
    "config",
    "context",
    "database",
    "env",
    "env_var",
    "exceptions",
    "execute",
    "flags",
    "fromjson",
    "fromyaml",
    "graph",
    "invocation_id",
    "load_agate_table",
    "load_result",
    "log",
    "model",
    "modules",
    "post_hooks",
    "pre_hooks",
    "ref",
    "render",
    "return",
    "run_started_at",
    "schema",
    "source",
    "sql",
    "sql_now",
    "store_result",
    "store_raw_result",
    "target",
    "this",
    "tojson",
    "toyaml",
    "try_or_compiler_error",
    "var",
    "write",
];

const KEYS: [&str; 44] = [
    "name",
    "config-version",
    "version",
    "project-root",
    "source-paths",
    "model-paths",
    "macro-paths",
    "data-paths",
    "seed-paths",
    "test-paths",
    "analysis-paths",
    "docs-paths",
    "asset-paths",
    "function-paths",
    "target-path",
    "snapshot-paths",
    "clean-targets",
    "profile",
    "log-path",
    "packages-install-path",
    "quoting",
    "on-run-start",
    "on-run-end",
    "require-dbt-version",
    "dispatch",
    "models",
    "seeds",
    "snapshots",
    "analyses",
    "sources",
    "tests",
    "data_tests",
    "unit_tests",
    "metrics",
    "semantic-models",
    "saved-queries",
    "exposures",
    "functions",
    "vars",
    "packages",
    "query-comment",
    "restrict-access",
    "dbt-cloud",
    "flags",
];

/// How a `dbt_project.yml` is read.
#[derive(Clone, Copy)]
pub struct ReadOptions<'a> {
    /// Renders the Jinja of the file.
    pub renderer: &'a dyn RenderString,
    /// Whether `require-dbt-version` is checked; `--no-version-check` says no.
    pub verify_version: bool,
    /// `--target-path` or `DBT_TARGET_PATH`, which wins over the file.
    pub target_path: Option<&'a str>,
}

impl ProjectSource {
    /// The typed content. `None` where a diagnostic says why it cannot be used.
    pub fn read(&self, options: &ReadOptions<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<ProjectFile> {
        let before = diagnostics.len();
        let root = render_tree(&self.tree, RenderRule::Project, options.renderer, diagnostics);
        let report = Report::new(ErrorCode::InvalidProjectFile, "");
        let project = Value::root(&root, &report).fields().and_then(|fields| self.read_fields(fields, &root, options));
        let has_errors = report.drain_into(diagnostics);
        let has_errors = has_errors || diagnostics[before..].iter().any(Diagnostic::is_error);
        project.filter(|_| !has_errors)
    }

    fn read_fields(&self, fields: Fields<'_>, root: &Yaml, options: &ReadOptions<'_>) -> Option<ProjectFile> {
        check_keys(fields);
        let name = read_name(fields);
        let require_dbt_version = read_requirement(fields);
        if let (Some(name), true) = (&name, options.verify_version) {
            check_version(fields, name, &require_dbt_version);
        }
        Some(ProjectFile {
            folder: self.folder.clone(),
            file: self.file.clone(),
            checksum: self.checksum.clone(),
            version: read_version(fields),
            profile: fields.text("profile", Allowed),
            paths: read_paths(fields, options),
            vars: Vars::new(self.vars_file().cloned().or_else(|| fields.tree("vars", Allowed))),
            configs: Configs::new(root),
            unrendered_configs: Configs::new(&self.tree),
            on_run_start: read_hooks(fields, "on-run-start"),
            on_run_end: read_hooks(fields, "on-run-end"),
            dispatch: fields.list("dispatch", Refused, read_dispatch),
            quoting: fields.read("quoting", Allowed, read_quoting).unwrap_or_default(),
            query_comment: read_query_comment(fields),
            flags: ProjectFlags::new(fields.tree("flags", Refused)),
            require_dbt_version,
            restrict_access: fields.boolean("restrict-access", Refused).unwrap_or(false),
            config_version: fields.read("config-version", Allowed, |value| value.integer()).unwrap_or(2),
            dbt_cloud: fields.tree("dbt-cloud", Allowed),
            name: name?,
        })
    }
}

fn check_keys(fields: Fields<'_>) {
    fields.deny_unknown(&KEYS);
    for section in super::ConfigSection::ALL.iter().map(|section| section.key()).chain(["tests", "analyses"]) {
        // A section without a value is an empty one in dbt where it has a post-processor, and an error elsewhere.
        let null = if matches!(section, "models" | "seeds" | "snapshots") { Allowed } else { Refused };
        fields.read(section, null, |value| value.object().map(|_| ()));
    }
    if let (Some((key, tests)), Some(data_tests)) = (fields.map.entry("tests"), fields.map.get("data_tests"))
        && tests.is_truthy()
        && data_tests.is_truthy()
    {
        fields.value.about(key).wrong("Invalid project config: cannot have both 'tests' and 'data_tests' defined");
    }
    check_renamed(fields, "source-paths", "model-paths");
    check_renamed(fields, "data-paths", "seed-paths");
    check_moved(fields, "log-path", "logs", "logs");
    check_moved(fields, "target-path", "target", "artifacts");
}

fn check_renamed(fields: Fields<'_>, old: &str, new: &str) {
    let Some((key, _)) = fields.map.entry(old) else { return };
    if let Some((other, _)) = fields.map.entry(new) {
        let message = format!(
            "{old} and {new} cannot both be defined. The `{old}` config has been deprecated in favor of `{new}`. \
             Please update your `dbt_project.yml` configuration to reflect this change."
        );
        let error = Diagnostic::error(ErrorCode::InvalidProjectFile, message).at(key.span.clone());
        fields.report().push(error.also(other.span.clone(), "and here"));
        return;
    }
    let message = format!(
        "The `{old}` config has been renamed to `{new}`. Please update your `dbt_project.yml` configuration to reflect \
         this change."
    );
    fields.report().push(Diagnostic::warning(ErrorCode::DeprecatedProjectKey, message).at(key.span.clone()));
}

/// Keys that became flags of the command line; their default value does no harm.
fn check_moved(fields: Fields<'_>, key: &str, default: &str, output: &str) {
    let Some((written, value)) = fields.map.entry(key) else { return };
    if value.as_str() == Some(default) {
        return;
    }
    let variable = format!("DBT_{}", key.replace('-', "_").to_uppercase());
    let message = format!(
        "The `{key}` config in `dbt_project.yml` has been deprecated, and will no longer be supported in a future version \
         of dbt-core. If you wish to write dbt {output} to a custom directory, please use the --{key} CLI flag or \
         {variable} env var instead."
    );
    fields.report().push(Diagnostic::warning(ErrorCode::DeprecatedProjectKey, message).at(written.span.clone()));
}

fn read_name(fields: Fields<'_>) -> Option<Text> {
    if !fields.map.contains_key("name") {
        let error = Diagnostic::error(ErrorCode::InvalidProjectFile, "Required \"name\" field not present in project");
        fields.report().push(error.at(fields.span()).hint("write it on a line of its own: `name: shop`"));
        return None;
    }
    fields.read("name", Refused, |value| {
        let name = value.text()?;
        let text = name.as_str();
        let starts_well = text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
        if !starts_well || !text.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
            let error =
                value.diagnostic(format_args!("{} does not match '^[^\\\\d\\\\W]\\\\w*$'", value.yaml.to_python()));
            fields.report().push(error.hint("a name holds letters, digits and underscores, and begins with no digit"));
            return None;
        }
        if RESERVED_NAMES.contains(&text) {
            value.wrong(format_args!("Invalid project name: {text} is a reserved word"));
            return None;
        }
        Some(name)
    })
}

fn read_version(fields: Fields<'_>) -> Option<Yaml> {
    fields.read("version", Allowed, |value| {
        let is_valid = match &value.yaml.value {
            YamlValue::String(text) => is_project_version(text),
            YamlValue::Int(_) | YamlValue::BigInt(_) | YamlValue::Float(_) => true,
            _ => false,
        };
        if !is_valid {
            value.no_schema();
        }
        is_valid.then(|| value.yaml.clone())
    })
}

/// SemVer, of which the third number may be missing together with what follows.
fn is_project_version(text: &str) -> bool {
    let is_number = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    if text.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor)) {
        return true;
    }
    let plain = !text.starts_with(['<', '>', '=']);
    plain && VersionSpecifier::parse(text).is_ok_and(|version| version.prerelease.is_none() || text.contains('-'))
}

fn read_requirement(fields: Fields<'_>) -> Vec<VersionSpecifier> {
    let texts = fields.read("require-dbt-version", Allowed, |value| match &value.yaml.value {
        YamlValue::String(text) => Some(vec![Spanned::new(text.clone(), value.yaml.span.clone())]),
        YamlValue::Seq(_) => Some(value.items(|item| item.text())),
        _ => {
            value.no_schema();
            None
        }
    });
    let Some(texts) = texts else { return Vec::new() };
    match parse_requirement(texts.iter().map(Text::as_str)) {
        Ok(specifiers) => specifiers,
        Err(error) => {
            let span = texts.first().map_or_else(|| fields.span(), |text| text.span.clone());
            let error = Diagnostic::error(ErrorCode::VersionRequirement, error.to_string()).at(span);
            fields.report().push(error.hint("write it like `>=1.7.0,<2.0.0`: three numbers, and no blank"));
            Vec::new()
        }
    }
}

fn check_version(fields: Fields<'_>, name: &Text, required: &[VersionSpecifier]) {
    let Ok(installed) = VersionSpecifier::parse(DBT_VERSION) else { return };
    let listed: Vec<String> = required.iter().map(|specifier| format!("'{specifier}'")).collect();
    let (name, listed) = (name.as_str(), listed.join(", "));
    let advice =
        format!("Check for a different version of the '{name}' package, or run dbt again with --no-version-check");
    let message = if !compatible(required) {
        format!(
            "The package version requirement can never be satisfied for the '{name}\npackage.\n  Required versions of dbt \
             for '{name}': [{listed}]\n{advice}"
        )
    } else if !compatible(required.iter().chain([&installed])) {
        format!(
            "This version of dbt is not supported with the '{name}' package.\n  Installed version of dbt: {installed}\n  \
             Required version of dbt for '{name}': [{listed}]\n{advice}"
        )
    } else {
        return;
    };
    let span = fields.map.get("require-dbt-version").map_or_else(|| fields.span(), |value| value.span.clone());
    let error = Diagnostic::error(ErrorCode::VersionRequirement, message).at(span);
    fields.report().push(error.hint(format!("meshbuild stands in for dbt {DBT_VERSION}")));
}

fn read_paths(fields: Fields<'_>, options: &ReadOptions<'_>) -> ProjectPaths {
    let list = |key: &str| {
        fields.read(key, Allowed, |value| match &value.yaml.value {
            YamlValue::Seq(_) => Some(value.items(|item| item.text().map(|text| text.as_str().to_owned()))),
            _ => {
                value.no_schema();
                None
            }
        })
    };
    let or = |key: &str, default: &str| list(key).unwrap_or_else(|| vec![default.to_owned()]);
    let one = |key: &str| fields.text(key, Allowed).map(|text| text.as_str().to_owned());
    let renamed = |old: &str, new: &str| if fields.map.contains_key(new) { list(new) } else { list(old) };
    let target = options.target_path.map(str::to_owned).or_else(|| one("target-path"));
    let target = target.unwrap_or_else(|| "target".to_owned());
    let mut paths = ProjectPaths {
        models: renamed("source-paths", "model-paths").unwrap_or_else(|| vec!["models".to_owned()]),
        seeds: renamed("data-paths", "seed-paths").unwrap_or_else(|| vec!["seeds".to_owned()]),
        snapshots: or("snapshot-paths", "snapshots"),
        analyses: or("analysis-paths", "analyses"),
        macros: or("macro-paths", "macros"),
        tests: or("test-paths", "tests"),
        functions: or("function-paths", "functions"),
        docs: Vec::new(),
        assets: list("asset-paths").unwrap_or_default(),
        log: one("log-path").unwrap_or_else(|| "logs".to_owned()),
        packages_install: one("packages-install-path").unwrap_or_else(|| "dbt_packages".to_owned()),
        clean_targets: list("clean-targets").unwrap_or_else(|| vec![target.clone()]),
        target,
    };
    paths.docs = list("docs-paths").unwrap_or_else(|| paths.all_sources());
    paths
}

fn read_hooks(fields: Fields<'_>, key: &str) -> Vec<Text> {
    fields
        .read(key, Allowed, |value| match &value.yaml.value {
            YamlValue::String(_) => value.text().map(|hook| vec![hook]),
            YamlValue::Seq(_) => Some(value.items(|item| item.text())),
            _ => {
                value.no_schema();
                None
            }
        })
        .unwrap_or_default()
}

fn read_dispatch(value: Value<'_>) -> Option<Dispatch> {
    let fields = value.fields()?;
    let search_order = fields.map.get("search_order").filter(|order| order.as_seq().is_some());
    if search_order.is_none() || !fields.map.contains_key("macro_namespace") {
        value.wrong(format_args!("Invalid project dispatch config: {}", value.yaml.to_python()));
        return None;
    }
    Some(Dispatch {
        macro_namespace: fields.text("macro_namespace", Refused)?,
        search_order: fields.texts("search_order", Refused),
    })
}

fn read_quoting(value: Value<'_>) -> Option<ProjectQuoting> {
    let fields = value.fields()?;
    fields.deny_unknown(&["schema", "database", "project", "identifier", "snowflake_ignore_case"]);
    Some(ProjectQuoting {
        database: fields.boolean("database", Allowed).or_else(|| fields.boolean("project", Allowed)),
        schema: fields.boolean("schema", Allowed),
        identifier: fields.boolean("identifier", Allowed),
    })
}

fn read_query_comment(fields: Fields<'_>) -> QueryComment {
    let Some(yaml) = fields.map.get("query-comment") else { return QueryComment::Default };
    if !yaml.is_truthy() {
        return QueryComment::Off;
    }
    let read = fields.read("query-comment", Refused, |value| {
        if let YamlValue::String(_) = &value.yaml.value {
            return value.text().map(|text| QueryComment::Custom {
                comment: Some(text),
                append: false,
                job_label: false,
            });
        }
        let Some(_) = value.yaml.as_map() else {
            value.no_schema();
            return None;
        };
        let fields = value.fields()?;
        fields.deny_unknown(&["comment", "append", "job-label"]);
        Some(QueryComment::Custom {
            comment: fields.text("comment", Refused),
            append: fields.boolean("append", Allowed).unwrap_or(false),
            job_label: fields.boolean("job-label", Refused).unwrap_or(false),
        })
    });
    read.unwrap_or(QueryComment::Default)
}
