//! The shape of a flow: order, cycles, what leads to what.

use std::collections::{BTreeSet, HashMap, HashSet};

use petgraph::{
    Direction,
    graph::{DiGraph, NodeIndex},
};

use crate::Flow;

/// A flow's nodes and wires. Wires to or from nodes that aren't there, and all but the first of nodes with the same id, are left out.
#[derive(Debug)]
pub struct Graph<'a> {
    graph: DiGraph<&'a str, ()>,
    by_id: HashMap<&'a str, NodeIndex>,
}

impl<'a> Graph<'a> {
    /// Of a flow.
    pub fn of(flow: &'a Flow) -> Self {
        let mut graph = DiGraph::with_capacity(flow.nodes.len(), flow.edges.len());
        let mut by_id = HashMap::with_capacity(flow.nodes.len());
        for node in &flow.nodes {
            by_id.entry(node.id.as_str()).or_insert_with(|| graph.add_node(node.id.as_str()));
        }
        for edge in &flow.edges {
            if let (Some(&from), Some(&to)) = (by_id.get(edge.from.node.as_str()), by_id.get(edge.to.node.as_str())) {
                graph.add_edge(from, to, ());
            }
        }
        Self { graph, by_id }
    }

    /// The ids so that every wire goes forward; of several that could come next, the one first in the document. `None` where there is a cycle.
    pub fn order(&self) -> Option<Vec<&'a str>> {
        let mut waiting_for: Vec<_> =
            self.graph.node_indices().map(|node| self.graph.neighbors_directed(node, Direction::Incoming).count()).collect();
        let mut ready: BTreeSet<_> = self.graph.node_indices().filter(|node| waiting_for[node.index()] == 0).collect();
        let mut order = Vec::with_capacity(self.graph.node_count());
        while let Some(node) = ready.pop_first() {
            order.push(self.graph[node]);
            for next in self.graph.neighbors(node) {
                waiting_for[next.index()] -= 1;
                if waiting_for[next.index()] == 0 {
                    ready.insert(next);
                }
            }
        }
        (order.len() == self.graph.node_count()).then_some(order)
    }

    /// Every group of nodes that lead to each other, in document order; each once, and within it the nodes in document order.
    pub fn cycles(&self) -> Vec<Vec<&'a str>> {
        let groups = petgraph::algo::tarjan_scc(&self.graph).into_iter();
        let mut cycles: Vec<_> = groups.filter(|group| group.len() > 1 || self.graph.contains_edge(group[0], group[0])).collect();
        cycles.iter_mut().for_each(|group| group.sort_unstable());
        cycles.sort_unstable();
        cycles.into_iter().map(|group| group.into_iter().map(|node| self.graph[node]).collect()).collect()
    }

    /// Every node that can be reached from this one over wires, itself left out unless it is in a cycle.
    pub fn downstream(&self, id: &str) -> BTreeSet<&'a str> {
        self.reach(id, Direction::Outgoing)
    }

    /// Every node from which this one can be reached over wires, itself left out unless it is in a cycle.
    pub fn upstream(&self, id: &str) -> BTreeSet<&'a str> {
        self.reach(id, Direction::Incoming)
    }

    /// These nodes and every node that can be reached from one of them.
    pub fn reached_from<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> HashSet<&'a str> {
        let open = ids.into_iter().filter_map(|id| self.by_id.get(id).copied()).collect();
        self.walk(open, Direction::Outgoing).map(|node| self.graph[node]).collect()
    }

    /// The nodes from which wires lead straight to this one, each once.
    pub fn sources(&self, id: &str) -> BTreeSet<&'a str> {
        let node = self.by_id.get(id).into_iter();
        node.flat_map(|&node| self.graph.neighbors_directed(node, Direction::Incoming)).map(|from| self.graph[from]).collect()
    }

    fn reach(&self, id: &str, direction: Direction) -> BTreeSet<&'a str> {
        let next = self.by_id.get(id).map(|&start| self.graph.neighbors_directed(start, direction).collect());
        self.walk(next.unwrap_or_default(), direction).map(|node| self.graph[node]).collect()
    }

    /// These nodes and all that follow, each once.
    fn walk(&self, mut open: Vec<NodeIndex>, direction: Direction) -> impl Iterator<Item = NodeIndex> {
        let mut found = vec![false; self.graph.node_count()];
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut found[node.index()], true) {
                open.extend(self.graph.neighbors_directed(node, direction));
            }
        }
        self.graph.node_indices().filter(move |node| found[node.index()])
    }
}
