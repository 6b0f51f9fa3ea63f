//! The checks: every problem of a flow at once.

mod approval;
mod config;
mod document;
mod fields;
mod recursion;
mod secrets;
mod spoken;
mod structure;
mod wires;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{Catalog, Flow, Graph, Kind, Node, Port, Ports, Problem, Type, Value};

/// Every problem of a flow: those of the flow itself first, then those of its nodes in document order.
///
/// `others` gives the other flows by id, for sub-flows. A node of an older version of its kind is checked as its kind's upgrade makes it.
pub fn check(flow: &Flow, catalog: &dyn Catalog, others: &dyn Fn(&str) -> Option<Arc<Flow>>) -> Vec<Problem> {
    let checks = Checks::new(flow, catalog);
    let mut problems = Vec::new();
    document::check(&checks, &mut problems);
    config::check(&checks, &mut problems);
    wires::check(&checks, &mut problems);
    structure::check(&checks, &mut problems);
    recursion::check(&checks, catalog, others, &mut problems);
    approval::check(&checks, &mut problems);
    spoken::check(&checks, &mut problems);
    let place = |problem: &Problem| problem.place.node.as_deref().map(|id| checks.by_id.get(id).copied().unwrap_or(usize::MAX));
    problems.sort_by_cached_key(place);
    problems
}

/// A flow with older nodes' configs as their kinds write them now, and what was changed. Nodes that can't be upgraded stay as they are;
/// [`check`] names them.
pub fn upgrade(mut flow: Flow, catalog: &dyn Catalog) -> (Flow, Vec<Upgraded>) {
    let mut upgraded = Vec::new();
    for node in &mut flow.nodes {
        let Some(kind) = catalog.kind(&node.kind).filter(|kind| node.version < kind.version) else { continue };
        if let Some(config) = (kind.upgrade)(node.version, node.config.clone()) {
            let (node_id, kind_name) = (node.id.clone(), node.kind.clone());
            upgraded.push(Upgraded { node: node_id, kind: kind_name, from: node.version, to: kind.version });
            node.config = config;
            node.version = kind.version;
        }
    }
    (flow, upgraded)
}

/// A node whose config was written anew for the version of its kind that there is now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Upgraded {
    /// The node's id.
    pub node: String,
    /// Its kind.
    pub kind: String,
    /// The version it was written for.
    pub from: u32,
    /// The version it is written for now.
    pub to: u32,
}

/// What the checks work on.
struct Checks<'a> {
    flow: &'a Flow,
    graph: Graph<'a>,
    nodes: Vec<Checked<'a>>,
    /// The first node of each id.
    by_id: HashMap<&'a str, usize>,
    kind_names: Vec<&'static str>,
}

/// A node with what its kind makes of it.
struct Checked<'a> {
    node: &'a Node,
    kind: Option<&'a Kind>,
    /// Its config, upgraded.
    config: Cow<'a, Value>,
    ports: Option<Ports>,
}

impl<'a> Checks<'a> {
    fn new(flow: &'a Flow, catalog: &'a dyn Catalog) -> Self {
        let nodes: Vec<_> = flow.nodes.iter().map(|node| Checked::new(node, catalog)).collect();
        let mut by_id = HashMap::with_capacity(nodes.len());
        for (index, checked) in nodes.iter().enumerate() {
            by_id.entry(checked.node.id.as_str()).or_insert(index);
        }
        let kind_names = catalog.kinds().iter().map(|kind| kind.name).collect();
        Self { flow, graph: Graph::of(flow), nodes, by_id, kind_names }
    }

    fn node(&self, id: &str) -> Option<&Checked<'a>> {
        self.by_id.get(id).map(|&index| &self.nodes[index])
    }
}

impl<'a> Checked<'a> {
    fn new(node: &'a Node, catalog: &'a dyn Catalog) -> Self {
        let kind = catalog.kind(&node.kind);
        let newer =
            kind.filter(|kind| node.version < kind.version).and_then(|kind| (kind.upgrade)(node.version, node.config.clone()));
        let config = newer.map_or(Cow::Borrowed(&node.config), Cow::Owned);
        let ports = kind.map(|kind| with_error((kind.ports)(&config)));
        Self { node, kind, config, ports }
    }

    fn input(&self, name: &str) -> Option<&Port> {
        self.ports.as_ref()?.inputs.iter().find(|port| port.name == name)
    }

    fn output(&self, name: &str) -> Option<&Port> {
        self.ports.as_ref()?.outputs.iter().find(|port| port.name == name)
    }
}

/// Every node has the output `error`.
fn with_error(mut ports: Ports) -> Ports {
    if ports.outputs.iter().all(|port| port.name != "error") {
        ports.outputs.push(Port::new("error", Type::Json));
    }
    ports
}
