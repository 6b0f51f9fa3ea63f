//! The checks: every problem of a flow at once.

mod approval;
mod config;
mod document;
mod fields;
mod frames;
mod recursion;
mod secrets;
mod spoken;
mod structure;
mod undo;
mod wires;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{Catalog, ENTRY, EXIT, Flow, Graph, Kind, Node, Port, Ports, Problem, Type, Value, levels};

/// Every problem of a flow: those of the flow itself first, then those of its nodes in document order.
///
/// `others` gives the other flows by id, for sub-flows. A node of an older version of its kind is checked as its kind's upgrade makes it.
pub fn check(flow: &Flow, catalog: &dyn Catalog, others: &dyn Fn(&str) -> Option<Arc<Flow>>) -> Vec<Problem> {
    let whole = Checks::new(flow, catalog, &HashMap::new());
    let mut problems = Vec::new();
    document::check(&whole, &mut problems);
    match levels(flow, catalog) {
        None => level(&whole, catalog, others, &mut problems),
        Some(split) => {
            frames::check(&whole, &split, &mut problems);
            for part in &split.levels {
                let mut found = Vec::new();
                level(&Checks::new(&part.flow, catalog, &part.ports), catalog, others, &mut found);
                let frame = part.frame.as_deref().unwrap_or_default();
                problems.extend(found.into_iter().map(|problem| frames::as_drawn(problem, frame)));
            }
        }
    }
    let place = |problem: &Problem| problem.place.node.as_deref().map(|id| whole.by_id.get(id).copied().unwrap_or(usize::MAX));
    problems.sort_by_cached_key(place);
    problems
}

/// What holds for the nodes and wires of a flow without frames, and for each level of one with them.
fn level(checks: &Checks<'_>, catalog: &dyn Catalog, others: &dyn Fn(&str) -> Option<Arc<Flow>>, problems: &mut Vec<Problem>) {
    config::check(checks, problems);
    wires::check(checks, problems);
    structure::check(checks, problems);
    recursion::check(checks, catalog, others, problems);
    approval::check(checks, problems);
    spoken::check(checks, problems);
    undo::check(checks, problems);
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
    /// `ports` are those that don't follow from a kind and config alone.
    fn new(flow: &'a Flow, catalog: &'a dyn Catalog, ports: &HashMap<String, Ports>) -> Self {
        let checked = |node: &'a Node| {
            let mut checked = Checked::new(node, catalog);
            match ports.get(&node.id) {
                Some(ports) if matches!(node.kind.as_str(), ENTRY | EXIT) => checked.ports = Some(ports.clone()),
                Some(ports) => checked.ports = Some(with_error(ports.clone())),
                None => {}
            }
            checked
        };
        let nodes: Vec<_> = flow.nodes.iter().map(checked).collect();
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
