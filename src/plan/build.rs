//! Selection to plan: the whole graph with tests and hooks tied in, cut down to what lies between selected nodes.
//!
//! Everything here takes time linear in nodes and edges, but for tests that read several nodes (see `test_edges`).

use super::test_edges::{MultiTest, multi_test_edges};
use super::{Edge, HookMoment, HookTask, Ordering, Plan, PlanOptions, Task, TaskKind};
use crate::manifest::{Domain, DomainName, Manifest, Node, NodeKind, ResourceType, UniqueId};
use crate::selector::{Index, Selection};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// The tasks of `selection` and what each waits for. Ids that are not in the manifest are left out.
pub fn plan(index: &Index, selection: &Selection, options: PlanOptions) -> Plan {
    let mut draft = Draft::new(index, selection);
    if options.ordering != Ordering::Independent {
        draft.tie_unit_tests(options.ordering);
        draft.tie_dependencies();
    }
    if options.ordering == Ordering::Tests {
        draft.tie_data_tests();
    }
    if options.hooks {
        draft.tie_hooks();
    }
    draft.finish()
}

/// The graph as it grows: places of nodes first, then gates and hooks.
struct Draft<'i, 'a> {
    index: &'i Index<'a>,
    selected: Vec<u32>,
    is_selected: Vec<bool>,
    /// What a vertex does; `None` for gates.
    tasks: Vec<Option<Task>>,
    edges: Vec<Vec<Edge>>,
    /// Where edges to a node arrive: in front of its unit tests, if it has any.
    entry: Vec<u32>,
    /// Unit tests that run before their model.
    is_before_model: Vec<bool>,
}

impl<'i, 'a> Draft<'i, 'a> {
    fn new(index: &'i Index<'a>, selection: &Selection) -> Self {
        let count = index.nodes().len();
        let selected: Vec<u32> = selection.iter().filter_map(|id| index.place(id)).collect();
        let mut tasks = vec![None; count];
        let mut is_selected = vec![false; count];
        for &place in &selected {
            is_selected[place as usize] = true;
            tasks[place as usize] = node_task(index.nodes()[place as usize]);
        }
        let entry = (0..count as u32).collect();
        Draft {
            index,
            selected,
            is_selected,
            tasks,
            edges: vec![Vec::new(); count],
            entry,
            is_before_model: vec![false; count],
        }
    }

    fn gate(&mut self) -> u32 {
        self.vertex(None)
    }

    fn vertex(&mut self, task: Option<Task>) -> u32 {
        self.tasks.push(task);
        self.edges.push(Vec::new());
        (self.tasks.len() - 1) as u32
    }

    fn tie(&mut self, from: u32, to: u32, requires: bool) {
        self.edges[from as usize].push(Edge { to, requires });
    }

    /// Puts unit tests between what their model reads and the model: one after the other, as one failure skips the rest.
    fn tie_unit_tests(&mut self, ordering: Ordering) {
        if ordering != Ordering::Tests {
            return;
        }
        let mut last: HashMap<u32, u32> = HashMap::new();
        for test in self.selected.clone() {
            let Some(model) = self.tested_model(test).filter(|model| self.is_selected[*model as usize]) else {
                continue;
            };
            let previous = match last.get(&model) {
                Some(previous) => *previous,
                None => {
                    self.entry[model as usize] = self.gate();
                    self.entry[model as usize]
                }
            };
            self.tie(previous, test, true);
            self.is_before_model[test as usize] = true;
            last.insert(model, test);
        }
        for (model, test) in last {
            self.tie(test, model, true);
        }
    }

    fn tested_model(&self, place: u32) -> Option<u32> {
        let node = self.index.nodes()[place as usize];
        let NodeKind::UnitTest(test) = &node.kind else { return None };
        self.index.place(test.tested_node.as_ref().or(node.depends_on.nodes.first())?)
    }

    fn tie_dependencies(&mut self) {
        for parent in 0..self.index.nodes().len() as u32 {
            for &child in self.index.children(parent) {
                if !self.is_before_model[child as usize] {
                    self.tie(parent, self.entry[child as usize], true);
                }
            }
        }
    }

    /// Lets everything downstream of what a data test reads wait for the test.
    fn tie_data_tests(&mut self) {
        let mut gates: HashMap<u32, u32> = HashMap::new();
        let mut several = Vec::new();
        for test in self.selected.clone() {
            let node = self.index.nodes()[test as usize];
            if !matches!(node.kind, NodeKind::DataTest(_)) {
                continue;
            }
            let mut reads: Vec<u32> = node.depends_on.nodes.iter().filter_map(|id| self.index.place(id)).collect();
            reads.sort_unstable();
            reads.dedup();
            match reads[..] {
                [] => {}
                [tested] => {
                    let gate = *gates.entry(tested).or_insert_with(|| self.gate());
                    self.tie(test, gate, true);
                }
                _ => several.push(MultiTest { test, reads }),
            }
        }
        for (tested, gate) in gates {
            for &child in self.index.children(tested) {
                if can_wait_for_tests(self.index.nodes()[child as usize]) {
                    self.tie(gate, self.entry[child as usize], true);
                }
            }
        }
        if !several.is_empty() {
            let order = parents_first(self.index);
            let can_wait = |place: u32| can_wait_for_tests(self.index.nodes()[place as usize]);
            for (test, node) in multi_test_edges(self.index, &order, &several, can_wait) {
                self.tie(test, self.entry[node as usize], true);
            }
        }
    }

    /// Puts the hooks of every domain that has a task around its tasks.
    fn tie_hooks(&mut self) {
        let manifest = self.index.manifest();
        let mut domains: IndexMap<&DomainName, Vec<u32>> = IndexMap::new();
        for &place in &self.selected {
            if self.tasks[place as usize].is_some() {
                domains.entry(&self.index.nodes()[place as usize].domain).or_default().push(place);
            }
        }
        for (name, places) in domains {
            let Some(domain) = manifest.domain(name) else { continue };
            let starts = self.hooks(manifest, domain, HookMoment::Start);
            let ends = self.hooks(manifest, domain, HookMoment::End);
            if let Some(last) = starts.last() {
                let skips = flag(domain, "skip_nodes_if_on_run_start_fails");
                for &place in &places {
                    self.tie(*last, place, skips);
                }
            }
            if let Some(first) = ends.first() {
                for &place in &places {
                    self.tie(place, *first, false);
                }
            }
        }
    }

    /// The hooks of one moment, each waiting for the one before and skipped when that fails.
    fn hooks(&mut self, manifest: &Manifest, domain: &Domain, moment: HookMoment) -> Vec<u32> {
        let hooks = match moment {
            HookMoment::Start => &domain.on_run_start,
            HookMoment::End => &domain.on_run_end,
        };
        let mut of_package: HashMap<&str, usize> = HashMap::new();
        let mut vertices: Vec<u32> = Vec::new();
        for (index, (package, _)) in hooks.iter().enumerate() {
            let number = of_package.entry(package).or_default();
            let unique_id = hook_id(manifest, domain, package, moment, *number);
            *number += 1;
            let kind = TaskKind::Hook(HookTask { moment, package_name: Arc::clone(package), index });
            let vertex = self.vertex(Some(Task { unique_id, domain: domain.name.clone(), kind }));
            if let Some(previous) = vertices.last() {
                self.tie(*previous, vertex, true);
            }
            vertices.push(vertex);
        }
        vertices
    }

    /// Leaves out what no task waits for or leads to, sorts, and numbers anew: tasks first, then gates.
    fn finish(self) -> Plan {
        let between = self.between();
        let levels = self.levels(&between);
        let mut kept: Vec<u32> = (0..self.tasks.len() as u32).filter(|vertex| between[*vertex as usize]).collect();
        kept.sort_by_cached_key(|vertex| {
            let task = self.tasks[*vertex as usize].as_ref();
            (task.is_none(), levels[*vertex as usize], task.map(|task| self.sort_id(*vertex, task)), *vertex)
        });
        let mut numbers = vec![u32::MAX; self.tasks.len()];
        for (number, vertex) in (0u32..).zip(&kept) {
            numbers[*vertex as usize] = number;
        }
        let mut plan = Plan { blockers: vec![0; kept.len()], ..Plan::default() };
        for &vertex in &kept {
            let edges = self.edges[vertex as usize].iter().filter(|edge| between[edge.to as usize]);
            let edges: Vec<Edge> = edges.map(|edge| Edge { to: numbers[edge.to as usize], ..*edge }).collect();
            for edge in &edges {
                plan.blockers[edge.to as usize] += 1;
            }
            plan.dependents.push(edges);
            plan.tasks.extend(self.tasks[vertex as usize].clone());
        }
        let nodes = self.index.nodes();
        let ephemeral = self.selected.iter().map(|place| nodes[*place as usize]).filter(|node| node.is_ephemeral());
        plan.ephemeral = ephemeral.map(|node| node.unique_id.clone()).collect();
        plan
    }

    /// What a task is sorted by beside its level: its id, and for a unit test in front of its model that of the model.
    fn sort_id(&self, vertex: u32, task: &Task) -> (UniqueId, UniqueId) {
        let is_before = self.is_before_model.get(vertex as usize).copied().unwrap_or(false);
        let model = if is_before { self.tested_model(vertex) } else { None };
        let first = model.map_or(&task.unique_id, |model| &self.index.nodes()[model as usize].unique_id);
        (first.clone(), task.unique_id.clone())
    }

    /// The tasks, and the gates that lie between two of them.
    fn between(&self) -> Vec<bool> {
        let count = self.tasks.len();
        let mut backwards = vec![Vec::new(); count];
        for (from, edges) in (0u32..).zip(&self.edges) {
            for edge in edges {
                backwards[edge.to as usize].push(from);
            }
        }
        let behind =
            reach(&self.tasks, |vertex, next| next.extend(self.edges[vertex as usize].iter().map(|edge| edge.to)));
        let before = reach(&self.tasks, |vertex, next| next.extend(&backwards[vertex as usize]));
        (0..count).map(|vertex| self.tasks[vertex].is_some() || (behind[vertex] && before[vertex])).collect()
    }

    /// For each kept vertex, how many tasks stand in front of it on the longest way.
    fn levels(&self, kept: &[bool]) -> Vec<u32> {
        let mut waiting = vec![0u32; self.tasks.len()];
        let kept_edges = |vertex: u32| self.edges[vertex as usize].iter().filter(|edge| kept[edge.to as usize]);
        let vertices = || (0..self.tasks.len() as u32).filter(|vertex| kept[*vertex as usize]);
        vertices().flat_map(kept_edges).for_each(|edge| waiting[edge.to as usize] += 1);
        let mut levels = vec![0u32; self.tasks.len()];
        let mut ready: Vec<u32> = vertices().filter(|vertex| waiting[*vertex as usize] == 0).collect();
        while let Some(vertex) = ready.pop() {
            let level = levels[vertex as usize] + u32::from(self.tasks[vertex as usize].is_some());
            for edge in kept_edges(vertex) {
                let to = edge.to as usize;
                levels[to] = levels[to].max(level);
                waiting[to] -= 1;
                if waiting[to] == 0 {
                    ready.push(edge.to);
                }
            }
        }
        levels
    }
}

/// Vertices that are reached from a task by at least one step.
fn reach(tasks: &[Option<Task>], neighbours: impl Fn(u32, &mut Vec<u32>)) -> Vec<bool> {
    let mut reached = vec![false; tasks.len()];
    let mut expanded: Vec<bool> = tasks.iter().map(Option::is_some).collect();
    let mut waiting: Vec<u32> = (0..tasks.len() as u32).filter(|vertex| expanded[*vertex as usize]).collect();
    let mut next = Vec::new();
    while let Some(vertex) = waiting.pop() {
        neighbours(vertex, &mut next);
        for to in next.drain(..) {
            reached[to as usize] = true;
            if !std::mem::replace(&mut expanded[to as usize], true) {
                waiting.push(to);
            }
        }
    }
    reached
}

/// What is done for a selected node; ephemeral models are only a way through.
fn node_task(node: &Node) -> Option<Task> {
    if node.is_ephemeral() {
        return None;
    }
    let kind = match node.resource_type() {
        kind @ (ResourceType::Exposure | ResourceType::SavedQuery) => TaskKind::NoOp(kind),
        kind => TaskKind::Node(kind),
    };
    Some(Task { unique_id: node.unique_id.clone(), domain: node.domain.clone(), kind })
}

/// Data tests do not wait for each other, and exposures only for what they read.
fn can_wait_for_tests(node: &Node) -> bool {
    !node.is_description() && !matches!(node.kind, NodeKind::DataTest(_) | NodeKind::UnitTest(_) | NodeKind::Source(_))
}

fn flag(domain: &Domain, name: &str) -> bool {
    domain.flags.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false)
}

/// dbt's id of a hook: numbered within its package.
fn hook_id(manifest: &Manifest, domain: &Domain, package: &str, moment: HookMoment, number: usize) -> UniqueId {
    let is_own = package == domain.name.as_str();
    let shown_domain = (manifest.is_mesh() && !is_own).then_some(&domain.name);
    let name = format!("{package}-{}-{number}", moment.as_str());
    UniqueId::new(ResourceType::Operation, package, shown_domain, &name)
}

/// Every place, parents before children.
fn parents_first(index: &Index) -> Vec<u32> {
    let count = index.nodes().len() as u32;
    let mut waiting: Vec<usize> = (0..count).map(|place| index.parents(place).len()).collect();
    let mut order: Vec<u32> = (0..count).filter(|place| waiting[*place as usize] == 0).collect();
    let mut next = 0;
    while let Some(&place) = order.get(next) {
        next += 1;
        for &child in index.children(place) {
            waiting[child as usize] -= 1;
            if waiting[child as usize] == 0 {
                order.push(child);
            }
        }
    }
    order
}
