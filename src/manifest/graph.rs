//! Who depends on whom: a petgraph DAG of ids.

use super::{Node, UniqueId};
use indexmap::IndexMap;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::collections::VecDeque;
use std::sync::Arc;

/// The DAG of a mesh. Edges go from a parent to the child that reads it.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    graph: DiGraph<UniqueId, ()>,
    index: IndexMap<UniqueId, NodeIndex>,
}

impl Graph {
    /// A graph over `ids` with `edges` from parent to child. Edges to unknown ids are left out.
    pub fn new<'a>(
        ids: impl IntoIterator<Item = &'a UniqueId>,
        edges: impl IntoIterator<Item = (&'a UniqueId, &'a UniqueId)>,
    ) -> Self {
        let mut graph = DiGraph::new();
        let index: IndexMap<_, _> = ids.into_iter().map(|id| (id.clone(), graph.add_node(id.clone()))).collect();
        let known = |(parent, child)| Some((*index.get::<UniqueId>(parent)?, *index.get::<UniqueId>(child)?));
        let mut edges: Vec<(NodeIndex, NodeIndex)> = edges.into_iter().filter_map(known).collect();
        edges.sort_unstable();
        edges.dedup();
        for (parent, child) in edges {
            graph.add_edge(parent, child, ());
        }
        Graph { graph, index }
    }

    /// The graph of `nodes`, which each say what they depend on.
    pub fn of_nodes(nodes: &IndexMap<UniqueId, Arc<Node>>) -> Self {
        let edges =
            nodes.values().flat_map(|node| node.depends_on.nodes.iter().map(|parent| (parent, &node.unique_id)));
        Graph::new(nodes.keys(), edges)
    }

    /// Every id, in the order given to [`Graph::new`].
    pub fn ids(&self) -> impl Iterator<Item = &UniqueId> {
        self.index.keys()
    }

    /// Whether the graph has this id.
    pub fn contains(&self, id: &UniqueId) -> bool {
        self.index.contains_key(id)
    }

    /// Every edge from a parent to a child, as places in [`Graph::ids`], in order.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.graph.edge_references().map(|edge| (edge.source().index(), edge.target().index()))
    }

    /// What `id` reads directly, in the order of the ids.
    pub fn parents(&self, id: &UniqueId) -> Vec<&UniqueId> {
        self.neighbours(id, Direction::Incoming)
    }

    /// What reads `id` directly, in the order of the ids.
    pub fn children(&self, id: &UniqueId) -> Vec<&UniqueId> {
        self.neighbours(id, Direction::Outgoing)
    }

    fn neighbours(&self, id: &UniqueId, direction: Direction) -> Vec<&UniqueId> {
        let Some(&index) = self.index.get(id) else { return Vec::new() };
        let mut found: Vec<NodeIndex> = self.graph.neighbors_directed(index, direction).collect();
        found.sort_unstable();
        found.into_iter().map(|index| &self.graph[index]).collect()
    }

    /// Everything that `starts` depend on, directly or not, at most `depth` steps away; without the starts themselves
    /// unless another start depends on them.
    pub fn ancestors<'a>(
        &self,
        starts: impl IntoIterator<Item = &'a UniqueId>,
        depth: Option<usize>,
    ) -> Vec<&UniqueId> {
        self.reach(starts, depth, Direction::Incoming)
    }

    /// Everything that depends on `starts`, likewise.
    pub fn descendants<'a>(
        &self,
        starts: impl IntoIterator<Item = &'a UniqueId>,
        depth: Option<usize>,
    ) -> Vec<&UniqueId> {
        self.reach(starts, depth, Direction::Outgoing)
    }

    fn reach<'a>(
        &self,
        starts: impl IntoIterator<Item = &'a UniqueId>,
        depth: Option<usize>,
        direction: Direction,
    ) -> Vec<&UniqueId> {
        let mut seen = vec![false; self.graph.node_count()];
        let mut reached = vec![false; self.graph.node_count()];
        let mut queue = VecDeque::new();
        for start in starts {
            if let Some(&index) = self.index.get(start)
                && !std::mem::replace(&mut seen[index.index()], true)
            {
                queue.push_back((index, 0));
            }
        }
        while let Some((index, distance)) = queue.pop_front() {
            if depth.is_some_and(|depth| distance >= depth) {
                continue;
            }
            for next in self.graph.neighbors_directed(index, direction) {
                reached[next.index()] = true;
                if !std::mem::replace(&mut seen[next.index()], true) {
                    queue.push_back((next, distance + 1));
                }
            }
        }
        self.graph.node_indices().filter(|index| reached[index.index()]).map(|index| &self.graph[index]).collect()
    }

    /// The ids in an order in which every parent stands before its children; ties keep the order of the ids.
    /// `Err` holds one cycle, each id followed by one that reads it.
    pub fn topological_order(&self) -> Result<Vec<&UniqueId>, Vec<&UniqueId>> {
        let mut waiting: Vec<usize> = self
            .graph
            .node_indices()
            .map(|index| self.graph.neighbors_directed(index, Direction::Incoming).count())
            .collect();
        let mut ready: std::collections::BTreeSet<NodeIndex> =
            self.graph.node_indices().filter(|index| waiting[index.index()] == 0).collect();
        let mut order = Vec::with_capacity(self.graph.node_count());
        while let Some(index) = ready.pop_first() {
            order.push(&self.graph[index]);
            for child in self.graph.neighbors_directed(index, Direction::Outgoing) {
                waiting[child.index()] -= 1;
                if waiting[child.index()] == 0 {
                    ready.insert(child);
                }
            }
        }
        if order.len() == self.graph.node_count() { Ok(order) } else { Err(self.find_cycle(&waiting)) }
    }

    fn find_cycle(&self, waiting: &[usize]) -> Vec<&UniqueId> {
        let Some(mut current) = self.graph.node_indices().find(|index| waiting[index.index()] > 0) else {
            return Vec::new();
        };
        let mut position = vec![None; self.graph.node_count()];
        let mut path: Vec<NodeIndex> = Vec::new();
        loop {
            if let Some(start) = position[current.index()] {
                let mut cycle: Vec<&UniqueId> = path[start..].iter().map(|index| &self.graph[*index]).collect();
                cycle.reverse();
                return cycle;
            }
            position[current.index()] = Some(path.len());
            path.push(current);
            // Every node left over waits for another one that is left over: going up must come round.
            let parent = self
                .graph
                .neighbors_directed(current, Direction::Incoming)
                .filter(|index| waiting[index.index()] > 0)
                .min();
            match parent {
                Some(parent) => current = parent,
                None => return path.iter().map(|index| &self.graph[*index]).collect(),
            }
        }
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
