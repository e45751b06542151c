//! `lineage`: what a node's columns come from, or what comes from them.

use super::arguments::{LineageArguments, LineageFormat};
use super::check::bound;
use super::empty_warehouse::Parser;
use super::load::Loaded;
use super::{Done, Failed};
use crate::check::{Binding, Bound, Options, Unknown, column_graph};
use crate::diagnostic::{Diagnostic, ErrorCode, closest};
use crate::manifest::{Node, NodeKind, UniqueId};
use crate::mesh::{ColumnGraph, ColumnId, Origin};
use crate::run::counted;
use crate::sql::Transformation;
use serde_json::json;
use std::collections::BTreeSet;

/// Prints the lineage of what was named, or how much of the mesh's lineage is known.
pub(super) fn lineage(loaded: &Loaded, arguments: &LineageArguments) -> Done {
    let found = arguments.node.as_deref().map(|text| find(loaded, text)).transpose()?;
    let bound = bound(loaded, Options::default())?;
    let graph = column_graph(&loaded.manifest, &bound, None, &Parser::default());
    let Some((node, column)) = found else {
        loaded.console().print(summary(loaded, &bound, &graph, arguments.format));
        return Ok(true);
    };
    let names: Vec<&str> = graph.columns(&node.unique_id).collect();
    if let Some(column) = &column
        && !names.contains(&column.as_str())
    {
        let message = match bound.nodes.get(&node.unique_id) {
            Some(Binding::Unknown(reason, _)) => format!("the columns of {} are not known: {reason}", node.unique_id),
            _ => format!("{} has no column '{column}'", node.unique_id),
        };
        let error = Diagnostic::error(ErrorCode::NoSuchColumn, message);
        return Err(Failed(vec![match closest(column, names.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("its columns are {}", names.join(", "))),
        }]));
    }
    let starts = match column {
        Some(column) => vec![column],
        None => names.iter().map(ToString::to_string).collect(),
    };
    let starts = starts.into_iter().map(|name| ColumnId { of: Origin::Node(node.unique_id.clone()), name });
    let walk = Walk { graph: &graph, downstream: arguments.downstream };
    let steps: Vec<Step> = starts.map(|start| walk.step(&start, None, &mut BTreeSet::new())).collect();
    loaded.console().print(match arguments.format {
        LineageFormat::Text => text(&steps, arguments.downstream),
        LineageFormat::Json => pretty(&json!({
            "node": node.unique_id.as_str(),
            "direction": if arguments.downstream { "downstream" } else { "upstream" },
            "columns": steps.iter().map(Step::json).collect::<Vec<_>>(),
            "rows": row_inputs(&graph, &node.unique_id),
        })),
        LineageFormat::Mermaid => mermaid(&steps, arguments.downstream),
        LineageFormat::Dot => dot(&steps, arguments.downstream),
    });
    Ok(true)
}

fn has_columns(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_) | NodeKind::Seed(_) | NodeKind::Snapshot(_) | NodeKind::Source(_))
}

/// A node by id or name (`orders.fct_orders` names the domain too), and the column behind it.
fn find<'a>(loaded: &'a Loaded, text: &str) -> Result<(&'a Node, Option<String>), Failed> {
    let by_name = |name: &str| -> Vec<&Node> {
        let nodes = loaded.manifest.nodes.values().filter(|node| has_columns(node));
        let named = nodes.filter(|node| {
            let search = node.search_name();
            let source = node.as_source().map(|source| format!("{}.{}", source.source_name, node.name));
            node.unique_id.as_str() == name
                || search == name
                || format!("{}.{search}", node.domain) == name
                || source.as_deref() == Some(name)
        });
        named.map(|node| &**node).collect()
    };
    let whole = by_name(text);
    let (mut found, column) = match text.rsplit_once('.') {
        Some((name, column)) if whole.is_empty() => (by_name(name), Some(column.to_lowercase())),
        _ => (whole, None),
    };
    // A source that stands for what the mesh itself makes is called like it.
    if found.iter().any(|node| node.as_source().is_none()) {
        found.retain(|node| node.as_source().is_none());
    }
    match found.as_slice() {
        [only] => Ok((only, column)),
        [] => {
            let names: Vec<String> = loaded.manifest.nodes.values().map(|node| node.search_name()).collect();
            let error = Diagnostic::error(ErrorCode::NoSuchNode, format!("there is no node '{text}'"));
            let wanted = text.split('.').next().unwrap_or(text);
            Err(Failed(vec![match closest(wanted, names.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean '{near}'?")),
                None => error.hint("name it as `ls --output name` does, with `.column` behind it for one column"),
            }]))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|node| node.unique_id.as_str()).collect();
            let error = Diagnostic::error(ErrorCode::NoSuchNode, format!("'{text}' may be one of several nodes"));
            Err(Failed(vec![error.hint(format!("write one of {}", ids.join(", ")))]))
        }
    }
}

/// A column on the way, and what comes next.
struct Step {
    column: ColumnId,
    /// How it flows into the one before it, or that one into it.
    how: Option<Transformation>,
    unknown: Option<String>,
    next: Vec<Step>,
    /// It was told further above.
    repeated: bool,
}

struct Walk<'a> {
    graph: &'a ColumnGraph,
    downstream: bool,
}

impl Walk<'_> {
    fn step(&self, column: &ColumnId, how: Option<Transformation>, seen: &mut BTreeSet<ColumnId>) -> Step {
        let mut step = Step { column: column.clone(), how, unknown: None, next: Vec::new(), repeated: false };
        if !seen.insert(column.clone()) {
            step.repeated = true;
            return step;
        }
        let Origin::Node(id) = &column.of else { return step };
        if self.downstream {
            let readers = self.graph.readers(column).filter(|(_, name)| !name.is_empty());
            for (reader, name) in readers {
                let edges = self.graph.inputs(reader, name).map_or(&[][..], |(edges, _)| edges);
                let how = edges.iter().find(|edge| edge.from == *column).map(|edge| edge.transformation);
                let next = ColumnId { of: Origin::Node(reader.clone()), name: name.clone() };
                step.next.push(self.step(&next, how, seen));
            }
            return step;
        }
        if let Some((edges, unknown)) = self.graph.inputs(id, &column.name) {
            step.unknown = unknown.map(str::to_string);
            for edge in edges {
                step.next.push(self.step(&edge.from, Some(edge.transformation), seen));
            }
        }
        step
    }
}

impl Step {
    fn json(&self) -> serde_json::Value {
        json!({
            "column": self.column.name,
            "of": self.column.of.to_string(),
            "transformation": self.how.map(Transformation::as_str),
            "unknown": self.unknown,
            "repeated": self.repeated,
            "next": self.next.iter().map(Step::json).collect::<Vec<_>>(),
        })
    }

    fn lines(&self, depth: usize, arrow: &str, lines: &mut Vec<String>) {
        let how = self.how.map(|how| format!("  {how}")).unwrap_or_default();
        let front = if depth == 0 { String::new() } else { format!("{}{arrow} ", "  ".repeat(depth)) };
        let more = if self.repeated { "  (see above)" } else { "" };
        lines.push(format!("{front}{}{how}{more}", self.column));
        if let Some(reason) = &self.unknown {
            lines.push(format!("{}? unknown: {reason}", "  ".repeat(depth + 1)));
        }
        for next in &self.next {
            next.lines(depth + 1, arrow, lines);
        }
    }

    fn edges<'s>(&'s self, edges: &mut BTreeSet<(&'s ColumnId, &'s ColumnId, &'static str)>) {
        for next in &self.next {
            edges.insert((&self.column, &next.column, next.how.map_or("", Transformation::as_str)));
            next.edges(edges);
        }
    }
}

fn row_inputs(graph: &ColumnGraph, id: &UniqueId) -> serde_json::Value {
    graph.row_inputs(id).iter().map(edge).collect()
}

fn text(steps: &[Step], downstream: bool) -> String {
    let mut lines = Vec::new();
    for step in steps {
        step.lines(0, if downstream { "->" } else { "<-" }, &mut lines);
    }
    lines.join("\n")
}

/// All edges, each from the column that is read to the one that it flows into.
fn flows(steps: &[Step], downstream: bool) -> Vec<(String, String, &'static str)> {
    let mut edges = BTreeSet::new();
    steps.iter().for_each(|step| step.edges(&mut edges));
    let flow = |(near, far, how): (&ColumnId, &ColumnId, &'static str)| match downstream {
        true => (near.to_string(), far.to_string(), how),
        false => (far.to_string(), near.to_string(), how),
    };
    edges.into_iter().map(flow).collect()
}

fn mermaid(steps: &[Step], downstream: bool) -> String {
    let flows = flows(steps, downstream);
    let names: BTreeSet<&str> = flows.iter().flat_map(|(from, to, _)| [from.as_str(), to.as_str()]).collect();
    let number = |name: &str| names.iter().position(|known| *known == name).unwrap_or_default();
    let mut lines = vec!["flowchart LR".to_string()];
    lines.extend(names.iter().enumerate().map(|(place, name)| format!("  c{place}[\"{}\"]", name.replace('"', "'"))));
    lines.extend(flows.iter().map(|(from, to, how)| format!("  c{} -->|{how}| c{}", number(from), number(to))));
    lines.join("\n")
}

fn dot(steps: &[Step], downstream: bool) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let mut lines = vec!["digraph lineage {".to_string(), "  rankdir=LR;".to_string()];
    let edge =
        |(from, to, how): (String, String, &str)| format!("  {} -> {} [label=\"{how}\"];", quoted(&from), quoted(&to));
    lines.extend(flows(steps, downstream).into_iter().map(edge));
    lines.push("}".to_string());
    lines.join("\n")
}

/// How many columns are traced, and which are not and why.
fn summary(loaded: &Loaded, bound: &Bound, graph: &ColumnGraph, format: LineageFormat) -> String {
    let (total, unknown) = graph.unknown();
    let nodes = bound.nodes.iter().filter(|(id, _)| loaded.manifest.node(id).is_some_and(|node| has_columns(node)));
    let untyped: Vec<(&UniqueId, &Unknown)> = nodes
        .filter_map(|(id, binding)| match binding {
            Binding::Unknown(reason, _) => Some((id, reason)),
            _ => None,
        })
        .collect();
    if format == LineageFormat::Json {
        return pretty(&whole(bound, graph, &untyped));
    }
    let mut lines: Vec<String> =
        unknown.iter().map(|(id, column, reason)| format!("unknown: {id}.{column}: {reason}")).collect();
    lines.extend(untyped.iter().map(|(id, reason)| format!("unknown: {id}: {reason}")));
    let resolved = total - unknown.len();
    if graph.read_by_engine() > 0 {
        lines.push(format!("{} read as DuckDB writes them", counted(graph.read_by_engine(), "statement")));
    }
    lines.push(format!(
        "{resolved} of {} traced, {} unknown; {} without known columns",
        counted(total, "column"),
        unknown.len(),
        counted(untyped.len(), "node")
    ));
    lines.join("\n")
}

/// Everything that is known of all columns.
fn whole(bound: &Bound, graph: &ColumnGraph, untyped: &[(&UniqueId, &Unknown)]) -> serde_json::Value {
    let (total, unknown) = graph.unknown();
    let node = |id: &UniqueId| {
        let types = bound.columns(id).unwrap_or_default();
        let column = |(place, name): (usize, &str)| {
            let (edges, reason) = graph.inputs(id, name).unwrap_or((&[], None));
            json!({
                "name": name,
                "type": types.get(place).map(|column| column.data_type.as_str()),
                "inputs": edges.iter().map(edge).collect::<Vec<_>>(),
                "unknown": reason,
            })
        };
        json!({
            "id": id.as_str(),
            "query": bound.queries.get(id).map(|query| &**query),
            "columns": graph.columns(id).enumerate().map(column).collect::<Vec<_>>(),
            "rows": row_inputs(graph, id),
        })
    };
    json!({
        "columns": total,
        "unknown_columns": unknown.len(),
        "queries_read_by_engine": graph.read_by_engine(),
        "unknown_nodes": untyped
            .iter()
            .map(|(id, reason)| json!({"node": id.as_str(), "reason": reason.to_string()}))
            .collect::<Vec<_>>(),
        "nodes": graph.ids().map(node).collect::<Vec<_>>(),
    })
}

fn edge(edge: &crate::mesh::ColumnEdge) -> serde_json::Value {
    json!({
        "column": edge.from.name,
        "of": edge.from.of.to_string(),
        "transformation": edge.transformation.as_str(),
    })
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
