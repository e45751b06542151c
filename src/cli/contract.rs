//! `contract diff`: what changed for the readers of public models since a revision, and who breaks.

use super::arguments::{Command, DiffFormat};
use super::check::bound;
use super::empty_warehouse::Parser;
use super::load::{Loaded, Setup};
use super::revision::at_merge_base;
use super::workspace::Workspace;
use super::{Done, Failed};
use crate::artifacts::{SavedManifest, saved_manifest};
use crate::check::{self, Binding, Bound, Options, Shared, column_graph};
use crate::compile::Program;
use crate::diagnostic::{Diagnostic, ErrorCode, Span, line_column};
use crate::manifest::{Access, DomainName, Manifest, Node, NodeKind, UniqueId};
use crate::mesh::contract::{Body, Change, ChangeKind, Class, Promise, compare, normal_form};
use crate::mesh::{ColumnGraph, ColumnId, Origin};
use crate::report::diff::{Broken, Product, Report, Told};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

mod infer;
mod waivers;

pub(super) use infer::infer;

/// What the mesh is compared with.
struct Base {
    loaded: Loaded,
    /// The commit; of a folder, when its manifest was made.
    commit: String,
    /// The nodes that are written alike on both sides, whatever they read.
    alike: BTreeSet<UniqueId>,
}

impl Base {
    /// A folder with the `manifest.json` of an earlier run, or the mesh at the merge base of a revision.
    fn of(now: &Loaded, against: &str) -> Result<Self, Failed> {
        let manifest = now.setup.place.cwd.join(against).join("manifest.json");
        if manifest.is_file() {
            return Base::saved(now, against, &manifest);
        }
        let (loaded, commit) = at_merge_base(now, against)?;
        let alike = written_alike(&loaded, now);
        Ok(Base { loaded, commit, alike })
    }

    fn saved(now: &Loaded, against: &str, path: &Path) -> Result<Self, Failed> {
        let refused = |reason: String| {
            let message = format!("the manifest in '{against}' cannot be compared with: {reason}");
            let error = Diagnostic::error(ErrorCode::RevisionUnreadable, message);
            Failed(vec![error.hint("name a target folder of an earlier run, or a revision")])
        };
        let text = std::fs::read_to_string(path).map_err(|cause| refused(cause.to_string()))?;
        let saved: Value = serde_json::from_str(&text).map_err(|cause| refused(cause.to_string()))?;
        let root = now.workspace.root.to_string_lossy();
        let SavedManifest { manifest, alike } = saved_manifest(&saved, &now.manifest, &root).map_err(refused)?;
        let commit = saved["metadata"]["generated_at"].as_str().unwrap_or_default().to_string();
        Ok(Base { loaded: now.with_manifest(manifest)?, commit, alike })
    }
}

/// One side of the comparison.
struct State<'a> {
    loaded: &'a Loaded,
    bound: Bound,
    graph: ColumnGraph,
    bodies: HashMap<UniqueId, Arc<Body>>,
    promises: BTreeMap<UniqueId, Promise>,
}

impl<'a> State<'a> {
    fn of(loaded: &'a Loaded) -> Result<Self, Failed> {
        State::sharing(loaded, None)
    }

    /// The same where some nodes are written as on the other side.
    fn sharing(loaded: &'a Loaded, shared: Option<(&State<'_>, &BTreeSet<UniqueId>)>) -> Result<Self, Failed> {
        let other = shared.map(|(other, _)| other);
        let shared = shared.map(|(other, nodes)| Shared { bound: &other.bound, nodes });
        let bound = bound(loaded, Options { only: None, tests: false, shared })?;
        let graph =
            column_graph(&loaded.manifest, &bound, other.map(|other| (&other.graph, &bound.taken)), &Parser::default());
        let known = |id: &UniqueId| other.filter(|_| bound.taken.contains(id)).and_then(|other| other.bodies.get(id));
        let bodies = bodies(&loaded.manifest, &bound, &known);
        let promises = promises(&loaded.manifest, &bound, &graph, &bodies);
        Ok(State { loaded, bound, graph, bodies, promises })
    }

    fn node(&self, id: &UniqueId) -> Option<&Arc<Node>> {
        self.loaded.manifest.node(id)
    }
}

/// Compares the mesh with what it was, and tells who breaks. A mesh in which references lead nowhere is compared as well: that
/// a model is gone is what its readers have to be told.
pub(super) fn diff(setup: Setup, workspace: Workspace) -> Done {
    let Command::ContractDiff(arguments) = setup.arguments.command.clone() else { return Ok(false) };
    let (loaded, diagnostics) = Loaded::parse(setup, workspace)?;
    // The process ends with the command: the system takes all of it back at once, and not piece by piece.
    let loaded = ManuallyDrop::new(loaded);
    let mut errors = loaded.console().warn(diagnostics);
    if errors.iter().any(|error| !leads_nowhere(error)) {
        return Err(Failed(errors));
    }
    let (before, head) = rayon::join(|| Base::of(&loaded, &arguments.against), || State::of(&loaded));
    let Base { loaded: before, commit, alike } = before?;
    let (before, head) = (ManuallyDrop::new(before), ManuallyDrop::new(head?));
    let base = ManuallyDrop::new(State::sharing(&before, Some((&head, &alike)))?);
    let today = loaded.setup.started_at.format("%Y-%m-%d").to_string();
    let widening_breaks = |id: &UniqueId, column: &str| stores_old_type(&base, id, column);
    let changes = compare(&base.promises, &head.promises, &today, &widening_breaks);
    let waivers = waivers::read(&loaded, &today)?;
    let products = by_product(&head, &base, changes, &waivers);
    let report = Report { against: arguments.against.clone(), commit, products };
    loaded.console().print(match arguments.format {
        DiffFormat::Text => report.text(),
        DiffFormat::Json => report.json(),
        DiffFormat::Markdown => report.markdown(),
        DiffFormat::Github => report.github(),
        DiffFormat::Sarif => report.sarif(),
        DiffFormat::Junit => report.junit(),
    });
    loaded.keeping.wait();
    // What was told of a node once is not told again in the words of its template.
    let told: BTreeSet<Option<Arc<str>>> = errors.iter().map(|error| error.node.clone()).collect();
    // Needs stand in the report, where somebody may answer for them.
    let bound = head
        .bound
        .diagnostics
        .iter()
        .filter(|found| found.is_error() && found.code != ErrorCode::UnmetNeed && !told.contains(&found.node));
    errors.extend(bound.cloned());
    let fits = errors.is_empty();
    // What programs read is one document.
    if arguments.format == DiffFormat::Text {
        errors.into_iter().for_each(|error| loaded.console().report(error));
    }
    Ok(!report.breaks() && fits)
}

/// Whether an error is about a reference to what is not there, is switched off, or may not be read; or about a unit test of it.
fn leads_nowhere(error: &Diagnostic) -> bool {
    use ErrorCode as E;
    [
        E::UnknownReference,
        E::DisabledReference,
        E::ForeignNotPublic,
        E::ForeignWithoutDomain,
        E::AccessDenied,
        E::UnitTest,
    ]
    .contains(&error.code)
}

/// The nodes that are written alike on both sides, whatever they read.
fn written_alike(before: &Loaded, now: &Loaded) -> BTreeSet<UniqueId> {
    let (old, new) = (&before.manifest, &now.manifest);
    let macros = |manifest: &Manifest, domain: &DomainName| -> BTreeMap<UniqueId, String> {
        let own = manifest.macros.iter().filter(|(_, found)| found.domain.as_ref() == Some(domain));
        own.map(|(id, found)| (id.clone(), found.macro_sql.to_string())).collect()
    };
    let domains: BTreeSet<&DomainName> = old
        .domains
        .iter()
        .filter(|(name, domain)| {
            new.domain(name).is_some_and(|other| {
                domain.vars == other.vars
                    && domain.flags == other.flags
                    && domain.dispatch == other.dispatch
                    && domain.on_run_start == other.on_run_start
                    && macros(old, name) == macros(new, name)
            })
        })
        .map(|(name, _)| name)
        .collect();
    let is_same = |id: &UniqueId| {
        let (Some(was), Some(is)) = (old.node(id), new.node(id)) else { return false };
        domains.contains(&was.domain)
            && was.raw_code == is.raw_code
            && was.checksum == is.checksum
            && was.config.values == is.config.values
            && was.relation == is.relation
            && was.columns == is.columns
            && was.depends_on == is.depends_on
    };
    old.nodes.keys().filter(|id| is_same(id)).cloned().collect()
}

/// The SQL of models and snapshots in normal form; what is known already is taken as it is.
fn bodies<'k>(
    manifest: &Manifest,
    bound: &Bound,
    known: &(dyn Fn(&UniqueId) -> Option<&'k Arc<Body>> + Sync),
) -> HashMap<UniqueId, Arc<Body>> {
    let nodes: Vec<(&UniqueId, &Arc<Node>)> = manifest.nodes.iter().collect();
    nodes
        .par_iter()
        .filter(|(_, node)| matches!(node.kind, NodeKind::Model(_) | NodeKind::Snapshot(_)))
        .map(|(id, node)| {
            let body = known(id).cloned().unwrap_or_else(|| {
                let sql = bound.compiled.get(*id).map_or(&*node.raw_code, |compiled| compiled.own_code.as_str());
                Arc::new(normal_form(sql))
            });
            ((*id).clone(), body)
        })
        .collect()
}

/// What every model promises, the SQL that it is made of included.
fn promises(
    manifest: &Manifest,
    bound: &Bound,
    graph: &ColumnGraph,
    bodies: &HashMap<UniqueId, Arc<Body>>,
) -> BTreeMap<UniqueId, Promise> {
    let mut promises = check::promises(manifest, bound, &|_| false);
    for (id, promise) in promises.iter_mut().filter(|(_, promise)| promise.access == Access::Public) {
        promise.infer(id, graph);
        let domain = manifest.node(id).map(|node| &node.domain);
        promise.bodies = own_ancestors(manifest, id, domain)
            .into_iter()
            .filter_map(|made_of| Some((made_of.clone(), bodies.get(&made_of)?.clone())))
            .collect();
    }
    promises
}

/// A model and the models of its domain that it is made of.
fn own_ancestors(manifest: &Manifest, id: &UniqueId, domain: Option<&DomainName>) -> BTreeSet<UniqueId> {
    let mut found = BTreeSet::from([id.clone()]);
    let mut waiting = vec![id.clone()];
    while let Some(next) = waiting.pop() {
        for parent in manifest.graph.parents(&next) {
            let is_own = manifest.node(parent).is_some_and(|node| Some(&node.domain) == domain);
            if is_own && found.insert(parent.clone()) {
                waiting.push(parent.clone());
            }
        }
    }
    found
}

/// Whether a reader keeps what it reads of a column in a table that was made with the old type, or promises a type of its own.
fn stores_old_type(base: &State<'_>, id: &UniqueId, column: &str) -> bool {
    let start = ColumnId { of: Origin::Node(id.clone()), name: column.to_lowercase() };
    let identical = |reader: &UniqueId, name: &str| {
        base.graph.inputs(reader, name).is_some_and(|(edges, _)| {
            edges.iter().any(|edge| edge.from == start && edge.transformation == crate::sql::Transformation::Identity)
        })
    };
    base.graph.readers(&start).any(|(reader, name)| {
        let Some(node) = base.node(reader) else { return false };
        let keeps = matches!(node.kind, NodeKind::Snapshot(_))
            || node.config.materialized == crate::manifest::Materialization::Incremental;
        let declares = node.columns.values().any(|written| {
            written.name.eq_ignore_ascii_case(name) && written.data_type.is_some() && node.config.contract.enforced
        });
        (keeps || declares) && identical(reader, name)
    })
}

fn by_product(head: &State<'_>, base: &State<'_>, changes: Vec<Change>, waivers: &waivers::Waivers) -> Vec<Product> {
    let mut products: BTreeMap<UniqueId, Vec<Told>> = BTreeMap::new();
    let program = Arc::new(base.loaded.program());
    for change in changes {
        let broken = match change.class() {
            Class::Breaking => readers(head, base, &program, &change),
            _ => Vec::new(),
        };
        let waived = waivers.of(change.kind, &change.node).map(str::to_string);
        let told = Told { kind: change.kind, column: change.column, detail: change.detail, broken, waived };
        products.entry(change.node).or_default().push(told);
    }
    for unmet in &head.bound.unmet {
        let shortfall = unmet.shortfall.clone();
        let told = Told {
            kind: ChangeKind::NeedUnmet,
            broken: vec![broken(head, base, &unmet.consumer, shortfall.column.as_deref(), true, None)],
            column: shortfall.column,
            detail: shortfall.detail,
            // The one who needs it may do without for a while.
            waived: waivers.of(ChangeKind::NeedUnmet, &unmet.consumer).map(str::to_string),
        };
        products.entry(unmet.model.clone()).or_default().push(told);
    }
    let product = |(id, mut changes): (UniqueId, Vec<Told>)| {
        changes.sort_by(|left, right| {
            let rules = (left.kind.as_str(), right.kind.as_str());
            (right.kind.class(), rules.0, &left.column).cmp(&(left.kind.class(), rules.1, &right.column))
        });
        let state = if head.node(&id).is_some() { head } else { base };
        let node = state.node(&id);
        let of_changes = changes.iter().map(|change| change.kind).filter(|kind| !kind.is_need());
        let class = of_changes.map(ChangeKind::class).max().unwrap_or(Class::None);
        let version = |state: &State<'_>| state.promises.get(&id).and_then(|promise| promise.product_version.clone());
        Product {
            name: node.map_or_else(|| id.to_string(), |node| format!("{}.{}", node.domain, node.search_name())),
            file: node.map(|node| file_of(&state.loaded.manifest, node)),
            owner: node.and_then(|node| owner(&state.loaded.manifest, node)),
            version: (version(base), version(head)),
            id: id.to_string(),
            class,
            changes,
        }
    };
    products.into_iter().map(product).collect()
}

fn file_of(manifest: &Manifest, node: &Node) -> String {
    let root = manifest.domain(&node.domain).map_or("", |domain| domain.root.as_str());
    crate::project::tree::join(root, &node.original_file_path)
}

fn owner(manifest: &Manifest, node: &Node) -> Option<String> {
    if let NodeKind::Exposure(exposure) = &node.kind {
        let own = exposure.owner.name.clone();
        return own.or_else(|| exposure.owner.email.as_ref().and_then(|email| email.as_str().map(str::to_string)));
    }
    let owner = manifest.domain(&node.domain)?.owner.as_ref()?;
    owner.name.clone().or_else(|| owner.email.as_ref().and_then(|email| email.as_str().map(str::to_string)))
}

/// Who relies on what a change takes away: for a column, the readers by column lineage; for a whole model, everything
/// behind it. Readers that this very change has mended are left out.
fn readers(head: &State<'_>, base: &State<'_>, program: &Arc<Program>, change: &Change) -> Vec<Broken> {
    let is_gone = matches!(change.kind, ChangeKind::ColumnRemoved | ChangeKind::ColumnRenamed);
    let mut found: BTreeMap<UniqueId, Broken> = BTreeMap::new();
    match &change.column {
        Some(column) => {
            let start = ColumnId { of: Origin::Node(change.node.clone()), name: column.clone() };
            let mut waiting = vec![(start.clone(), true)];
            let mut seen = BTreeSet::from([start]);
            while let Some((column, direct)) = waiting.pop() {
                for (reader, name) in base.graph.readers(&column) {
                    if direct && is_gone && is_mended(head, base, reader) {
                        continue;
                    }
                    found.entry(reader.clone()).or_insert_with(|| {
                        let place = direct.then(|| first_use(head, base, program, reader, &column)).flatten();
                        broken(head, base, reader, Some(&column.name), direct, place)
                    });
                    let next = ColumnId { of: Origin::Node(reader.clone()), name: name.clone() };
                    if !name.is_empty() && seen.insert(next.clone()) {
                        waiting.push((next, false));
                    }
                }
            }
        }
        None => {
            let direct: BTreeSet<&UniqueId> = base.loaded.manifest.graph.children(&change.node).into_iter().collect();
            let all = base.loaded.manifest.graph.descendants([&change.node], None);
            for reader in all.into_iter().filter(|id| counts(base, id)) {
                let is_direct = direct.contains(reader);
                let read = (reader.clone(), change.node.clone());
                let place = base.loaded.manifest.read_places.get(&read).filter(|_| is_direct);
                let place = place.and_then(|place| shown(head, base, reader, place));
                found.insert(reader.clone(), broken(head, base, reader, None, is_direct, place));
            }
        }
    }
    let exposures: Vec<UniqueId> = found
        .keys()
        .chain([&change.node])
        .flat_map(|id| base.loaded.manifest.graph.children(id))
        .filter(|id| base.node(id).is_some_and(|node| matches!(node.kind, NodeKind::Exposure(_))))
        .cloned()
        .collect();
    for exposure in exposures {
        let direct = base.loaded.manifest.graph.parents(&exposure).contains(&&change.node);
        found.entry(exposure.clone()).or_insert_with(|| broken(head, base, &exposure, None, direct, None));
    }
    let mut all: Vec<Broken> = found.into_values().collect();
    all.sort_by_key(|reader| !reader.direct);
    all
}

/// Readers are what has SQL of its own, and exposures.
fn counts(state: &State<'_>, id: &UniqueId) -> bool {
    state
        .node(id)
        .is_some_and(|node| matches!(node.kind, NodeKind::Model(_) | NodeKind::Snapshot(_) | NodeKind::Exposure(_)))
}

/// Whether a reader was changed so that it fits again.
fn is_mended(head: &State<'_>, base: &State<'_>, reader: &UniqueId) -> bool {
    let changed = match (head.node(reader), base.node(reader)) {
        (Some(now), Some(before)) => now.raw_code != before.raw_code,
        (None, _) => true,
        _ => false,
    };
    changed && !matches!(head.bound.nodes.get(reader), Some(Binding::Failed(_)))
}

fn broken(
    head: &State<'_>,
    base: &State<'_>,
    reader: &UniqueId,
    column: Option<&str>,
    direct: bool,
    place: Option<(String, usize, usize)>,
) -> Broken {
    let state = if head.node(reader).is_some() { head } else { base };
    let node = state.node(reader);
    let file = node.map(|node| file_of(&state.loaded.manifest, node)).unwrap_or_default();
    let (file, line, character) = place.unwrap_or((file, 0, 0));
    Broken {
        id: reader.to_string(),
        domain: node.map(|node| node.domain.to_string()).unwrap_or_default(),
        owner: node.and_then(|node| owner(&state.loaded.manifest, node)),
        column: column.map(str::to_string),
        direct,
        file,
        line,
        character,
    }
}

/// Where a reader first names a column, as file, line and column.
fn first_use(
    head: &State<'_>,
    base: &State<'_>,
    program: &Arc<Program>,
    reader: &UniqueId,
    column: &ColumnId,
) -> Option<(String, usize, usize)> {
    let names: Vec<&str> = base.graph.columns(reader).collect();
    let of_columns = names.iter().filter_map(|name| base.graph.inputs(reader, name)).flat_map(|(edges, _)| edges);
    let edges = of_columns.chain(base.graph.row_inputs(reader));
    let offset = edges.filter(|edge| edge.from == *column).map(|edge| edge.span.start).min()?;
    let compiled = base.bound.compiled.get(reader)?;
    let place = program.source_place(base.node(reader)?, compiled, offset, None)?;
    shown(head, base, reader, &place)
}

/// A place of the base in the files here: only where the reader's file is the same.
fn shown(head: &State<'_>, base: &State<'_>, reader: &UniqueId, place: &Span) -> Option<(String, usize, usize)> {
    let same = head.node(reader)?.raw_code == base.node(reader)?.raw_code;
    let text = head.loaded.setup.sources.text(&place.file).filter(|_| same)?;
    let (line, column) = line_column(&text, place.start);
    Some((place.file.to_string(), line, column))
}
