//! `contract infer`: the whole contract of models, printed or written into their properties files.

use crate::artifacts::write_text;
use crate::check::{Binding, Options, TypedColumn, column_graph};
use crate::cli::arguments::ContractInferArguments;
use crate::cli::check::bound;
use crate::cli::empty_warehouse::Parser;
use crate::cli::load::Loaded;
use crate::cli::selection::choose;
use crate::cli::{Done, Failed};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::manifest::{Access, Materialization, Node, OnSchemaChange, UniqueId};
use crate::mesh::{ColumnGraph, Nullability};
use crate::project::contract_edit::{ColumnToWrite, ContractToWrite, alone, with_contract};
use crate::project::tree::join;
use crate::run::{EventKind, counted};
use crate::selector::{Command, Index};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Words that DuckDB does not take as the name of a column without quotes (`duckdb_keywords()`, category `reserved`).
const RESERVED: [&str; 75] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "default",
    "deferrable",
    "desc",
    "describe",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "group",
    "having",
    "in",
    "initially",
    "intersect",
    "into",
    "lambda",
    "lateral",
    "leading",
    "limit",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "pivot",
    "pivot_longer",
    "pivot_wider",
    "placing",
    "primary",
    "qualify",
    "references",
    "returning",
    "select",
    "show",
    "some",
    "summarize",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "unpivot",
    "using",
    "variadic",
    "when",
    "where",
    "window",
    "with",
];

/// A model and what is to be written of it.
struct Inferred<'a> {
    node: &'a Node,
    /// The properties file, relative to the mesh.
    file: String,
    contract: ContractToWrite,
}

/// Binds the mesh, and prints or writes the contracts of what is selected: of all public models when nothing is.
pub(in crate::cli) fn infer(loaded: &Loaded, arguments: &ContractInferArguments) -> Done {
    let index = Index::new(&loaded.manifest);
    let words = &arguments.selection;
    let selected: BTreeSet<UniqueId> = choose(loaded, &index, words, Command::Compile)?.iter().cloned().collect();
    let named = !(words.select.is_empty() && words.selector.is_none());
    let bound = bound(loaded, Options { only: Some(&selected), tests: false, shared: None })?;
    let graph = column_graph(&loaded.manifest, &bound, None, &Parser::default());
    let mut inferred = Vec::new();
    for node in selected.iter().filter_map(|id| loaded.manifest.node(id)) {
        let Some(model) = node.as_model().filter(|model| named || model.access == Access::Public) else { continue };
        let columns = match bound.nodes.get(&node.unique_id) {
            _ if *node.package_name != *node.domain.as_str() => Err("it belongs to a package".to_string()),
            _ if node.is_ephemeral() => Err("it is ephemeral, and dbt enforces no contract of those".to_string()),
            _ if model.version.is_some() => Err("it has versions, whose columns differ".to_string()),
            Some(Binding::Bound(columns)) => Ok(columns),
            Some(Binding::Unknown(reason, _)) => Err(reason.to_string()),
            Some(Binding::Failed(_)) | None => Err("its SQL is wrong: see `meshbuild check`".to_string()),
        };
        match columns {
            Ok(columns) => {
                let contract = contract(loaded, node, columns, &graph);
                inferred.push(Inferred { node, file: properties_file(loaded, node), contract });
            }
            Err(reason) => note(loaded, format!("skipped: {}: {reason}", node.unique_id)),
        }
    }
    match arguments.write {
        true => write(loaded, &inferred),
        false => {
            print(loaded, &inferred);
            Ok(true)
        }
    }
}

fn note(loaded: &Loaded, message: String) {
    loaded.console().event(EventKind::Note { message });
}

fn contract(loaded: &Loaded, node: &Node, columns: &[TypedColumn], graph: &ColumnGraph) -> ContractToWrite {
    let materialized = &node.config.materialized;
    let is_table = matches!(materialized, Materialization::Table | Materialization::Incremental);
    let changes = &node.config.on_schema_change;
    // dbt refuses to parse the others with an enforced contract.
    let refused = *materialized == Materialization::Incremental
        && !matches!(changes, OnSchemaChange::AppendNewColumns | OnSchemaChange::Fail);
    if refused && !node.config.contract.enforced {
        let wanted = "an incremental model needs on_schema_change: append_new_columns or fail";
        note(loaded, format!("not enforced: {}: {wanted}", node.unique_id));
    }
    let column = |column: &TypedColumn| ColumnToWrite {
        name: column.name.clone(),
        data_type: shown_type(&column.data_type),
        // Views have no constraints.
        not_null: is_table && graph.nullability(&node.unique_id, &column.name) == Nullability::NotNull,
        quoted: is_quoted(&column.name),
    };
    ContractToWrite { columns: columns.iter().map(column).collect(), enforced: !refused }
}

/// In lower case where no names stand in the type.
fn shown_type(data_type: &str) -> String {
    match data_type.contains(['"', '\'']) || data_type.contains("STRUCT(") || data_type.contains("UNION(") {
        true => data_type.to_string(),
        false => data_type.to_lowercase(),
    }
}

fn is_quoted(name: &str) -> bool {
    let is_plain = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    !is_plain || RESERVED.contains(&name.to_lowercase().as_str())
}

/// The file that describes the model; where none does, one beside it, named like it.
fn properties_file(loaded: &Loaded, node: &Node) -> String {
    let root = loaded.manifest.domain(&node.domain).map_or("", |domain| domain.root.as_str());
    let described =
        node.patch_path.as_deref().and_then(|path| path.split_once("://")).map(|(_, path)| path.to_string());
    let beside = || Path::new(&node.original_file_path).with_extension("yml").to_string_lossy().into_owned();
    join(root, &described.unwrap_or_else(beside))
}

fn print(loaded: &Loaded, inferred: &[Inferred<'_>]) {
    let shown = inferred.iter().map(|one| format!("# {}\n{}", one.file, alone(&one.node.name, &one.contract)));
    loaded.console().print(shown.collect::<Vec<_>>().join("\n").trim_end().to_string());
}

/// Writes every file that can be written; each one at once, or not at all.
fn write(loaded: &Loaded, inferred: &[Inferred<'_>]) -> Done {
    let mut by_file: BTreeMap<&str, Vec<&Inferred<'_>>> = BTreeMap::new();
    for one in inferred {
        by_file.entry(&one.file).or_default().push(one);
    }
    let mut failed = Vec::new();
    let mut changed = 0;
    for (file, models) in by_file {
        match edited(loaded, file, &models) {
            Ok(None) => {}
            Ok(Some(text)) => match write_text(&loaded.workspace.root.join(file), &text) {
                Ok(()) => {
                    changed += 1;
                    note(loaded, format!("wrote {file}: {}", counted(models.len(), "model")));
                }
                Err(cause) => failed.push(refused(file, &models, &cause.to_string())),
            },
            Err(diagnostic) => failed.push(*diagnostic),
        }
    }
    note(loaded, format!("Inferred {}, changed {}", counted(inferred.len(), "contract"), counted(changed, "file")));
    if failed.is_empty() { Ok(true) } else { Err(Failed(failed)) }
}

/// The new text of a file, if anything is to be changed.
fn edited(loaded: &Loaded, file: &str, models: &[&Inferred<'_>]) -> Result<Option<String>, Box<Diagnostic>> {
    let tree = &loaded.workspace.tree;
    let before =
        tree.is_file(file).then(|| tree.read_text(file)).transpose().map_err(|cause| Box::new(cause.into()))?;
    let mut text = before.as_ref().map(ToString::to_string);
    for one in models {
        let written = with_contract(text.as_deref(), &one.node.name, &one.contract);
        text = Some(written.map_err(|reason| Box::new(refused(file, models, &reason)))?);
    }
    Ok(text.filter(|text| before.as_deref() != Some(text.as_str())))
}

fn refused(file: &str, models: &[&Inferred<'_>], reason: &str) -> Diagnostic {
    let names: Vec<&str> = models.iter().map(|one| &*one.node.name).collect();
    let message = format!("the contract of {} cannot be written into {file}: {reason}", names.join(", "));
    let hint = "the file is as it was; run `meshbuild contract infer` without --write, and write in what it prints";
    Diagnostic::error(ErrorCode::ContractNotWritten, message).at(Span::file(Arc::<str>::from(file))).hint(hint)
}
