//! A flow made ready to run: nodes built, wires indexed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use flow::{Effect, Flow, Join, Place, Problem, Retry, Severity, Shared, Type};

use crate::{Control, Nodes, Step, bypass::Bypass};

/// A flow made ready to run.
pub struct Plan {
    /// The flow's id.
    pub flow_id: String,
    /// How many steps may act at once.
    pub parallel: u32,
    /// Its nodes.
    pub(crate) nodes: Vec<PlanNode>,
    /// Its wires, and those that make an approval wait for what its target needs.
    pub(crate) wires: Vec<Wire>,
    /// Plans of the flows it calls, by id.
    pub(crate) subflows: BTreeMap<String, Arc<Plan>>,
    by_id: HashMap<Arc<str>, usize>,
}

/// A node made ready to run.
pub(crate) struct PlanNode {
    pub(crate) id: Arc<str>,
    pub(crate) step: Step,
    pub(crate) effect: Effect,
    pub(crate) inputs: Vec<PlanInput>,
    /// Names and defaults of outputs; what an input node gives.
    pub(crate) outputs: Vec<(Arc<str>, Option<Shared>)>,
    /// Wires that begin here.
    pub(crate) outgoing: Vec<usize>,
    /// How many wires end here.
    pub(crate) incoming: usize,
    pub(crate) join: Join,
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout_ms: u64,
    /// Whether something is wired to its `error` output.
    pub(crate) catches: bool,
}

pub(crate) struct PlanInput {
    pub(crate) port: Arc<str>,
    /// A skipped wire skips the step.
    pub(crate) required: bool,
    pub(crate) many: bool,
    pub(crate) default: Option<Shared>,
    pub(crate) wires: Vec<usize>,
}

pub(crate) struct Wire {
    pub(crate) port: Arc<str>,
    pub(crate) to: usize,
    /// Whether skipping it skips the target.
    pub(crate) required: bool,
}

impl Plan {
    /// Makes a flow, which the checks found no error in, ready to run.
    ///
    /// # Errors
    /// What is still wrong: a kind or port that isn't there, a config that its kind can't read, a sub-flow that is missing or calls itself.
    pub fn new(flow: &Flow, subflows: &BTreeMap<String, Arc<Flow>>, nodes: &dyn Nodes) -> Result<Arc<Self>, Vec<Problem>> {
        Builder { subflows, nodes, done: BTreeMap::new() }.plan(flow, &mut Vec::new())
    }

    /// The ids of all flows it calls, directly or not.
    pub fn calls(&self) -> BTreeSet<&str> {
        let mut calls = BTreeSet::new();
        let mut left: Vec<&Self> = self.subflows.values().map(|plan| &**plan).collect();
        while let Some(plan) = left.pop() {
            if calls.insert(plan.flow_id.as_str()) {
                left.extend(plan.subflows.values().map(|plan| &**plan));
            }
        }
        calls
    }

    /// Its nodes in the order in which values reach them; among equals as in the document.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut left: Vec<usize> = self.nodes.iter().map(|node| node.incoming).collect();
        let mut order: Vec<usize> = (0..left.len()).filter(|&node| left[node] == 0).collect();
        let mut next = 0;
        while let Some(&node) = order.get(next) {
            next += 1;
            for &wire in &self.nodes[node].outgoing {
                let to = self.wires[wire].to;
                left[to] -= 1;
                if left[to] == 0 {
                    order.push(to);
                }
            }
        }
        order
    }

    pub(crate) fn find(&self, node: &str) -> Option<usize> {
        self.by_id.get(node).copied()
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("flow_id", &self.flow_id).field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

struct Builder<'a> {
    subflows: &'a BTreeMap<String, Arc<Flow>>,
    nodes: &'a dyn Nodes,
    done: BTreeMap<String, Arc<Plan>>,
}

impl Builder<'_> {
    fn plan(&mut self, flow: &Flow, callers: &mut Vec<String>) -> Result<Arc<Plan>, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut plan = Plan {
            flow_id: flow.id.clone(),
            parallel: flow.defaults.parallel.max(1),
            nodes: Vec::with_capacity(flow.nodes.len()),
            wires: Vec::with_capacity(flow.edges.len()),
            subflows: BTreeMap::new(),
            by_id: HashMap::with_capacity(flow.nodes.len()),
        };
        callers.push(flow.id.clone());
        for node in &flow.nodes {
            match self.node(flow, node, callers, &mut plan.subflows) {
                Ok(built) => {
                    plan.by_id.insert(built.id.clone(), plan.nodes.len());
                    plan.nodes.push(built);
                }
                Err(found) => problems.extend(found),
            }
        }
        callers.pop();
        if problems.is_empty() {
            for edge in &flow.edges {
                if let Err(problem) = plan.connect(edge) {
                    problems.push(problem);
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        plan.make_approvals_wait();
        Ok(Arc::new(plan))
    }

    fn node(
        &mut self,
        flow: &Flow,
        node: &flow::Node,
        callers: &mut Vec<String>,
        subflows: &mut BTreeMap<String, Arc<Plan>>,
    ) -> Result<PlanNode, Vec<Problem>> {
        let kind = self.nodes.kind(&node.kind).ok_or_else(|| {
            vec![problem(
                "UNKNOWN_KIND",
                &node.id,
                None,
                format!("There is no node kind {:?}.", node.kind),
                "Look at `assent kinds`.",
            )]
        })?;
        let ports = (kind.ports)(&node.config);
        let (effect, step) = if node.bypass {
            (Effect::Pure, Step::Pure(Box::new(Bypass::of(&ports))))
        } else {
            ((kind.effect)(&node.config), self.nodes.build(node)?)
        };
        if let Step::Control(Control::SubFlow { flow: id }) = &step
            && !subflows.contains_key(id)
        {
            subflows.insert(id.clone(), self.subflow(&node.id, id, callers)?);
        }
        let inputs = ports.inputs.into_iter().map(|port| PlanInput {
            // A wire that carries consent and is not taken means that there is none: the step must not start without it.
            required: port.required || port.ty == Type::Verdict,
            many: port.many,
            default: port.default.map(Arc::new),
            port: port.name.into(),
            wires: Vec::new(),
        });
        Ok(PlanNode {
            id: node.id.as_str().into(),
            step,
            effect,
            inputs: inputs.collect(),
            outputs: ports.outputs.into_iter().map(|port| (port.name.into(), port.default.map(Arc::new))).collect(),
            outgoing: Vec::new(),
            incoming: 0,
            join: node.join,
            retry: node.retry,
            timeout_ms: node.timeout_ms.unwrap_or(flow.defaults.timeout_ms),
            catches: false,
        })
    }

    fn subflow(&mut self, node: &str, id: &str, callers: &mut Vec<String>) -> Result<Arc<Plan>, Vec<Problem>> {
        if let Some(plan) = self.done.get(id) {
            return Ok(plan.clone());
        }
        if callers.iter().any(|caller| caller == id) {
            let way = callers.join(" → ");
            return Err(vec![problem(
                "RECURSION",
                node,
                None,
                format!("The flow calls itself: {way} → {id}."),
                "Break the circle; a flow can't be its own part.",
            )]);
        }
        let flow = self.subflows.get(id).cloned().ok_or_else(|| {
            vec![problem(
                "UNKNOWN_FLOW",
                node,
                None,
                format!("There is no flow {id:?}."),
                "Put it beside this flow or import it.",
            )]
        })?;
        let plan = self.plan(&flow, callers)?;
        self.done.insert(id.to_owned(), plan.clone());
        Ok(plan)
    }
}

impl Plan {
    fn connect(&mut self, edge: &flow::Edge) -> Result<(), Problem> {
        let end = |endpoint: &flow::Endpoint| {
            self.find(&endpoint.node).ok_or_else(|| {
                problem(
                    "UNKNOWN_NODE",
                    &endpoint.node,
                    None,
                    format!("A wire names the node {:?}, which isn't there.", endpoint.node),
                    "",
                )
            })
        };
        let (from, to) = (end(&edge.from)?, end(&edge.to)?);
        let input = self.nodes[to].inputs.iter().position(|input| *input.port == edge.to.port).ok_or_else(|| {
            problem("UNKNOWN_PORT", &edge.to.node, Some(&edge.to.port), format!("It has no input {:?}.", edge.to.port), "")
        })?;
        let wire = self.wires.len();
        let PlanInput { required, many, .. } = self.nodes[to].inputs[input];
        self.nodes[to].inputs[input].wires.push(wire);
        self.add(from, Wire { port: edge.from.port.as_str().into(), to, required: required && !many });
        Ok(())
    }

    fn add(&mut self, from: usize, wire: Wire) {
        self.nodes[from].catches |= &*wire.port == ERROR_PORT;
        self.nodes[from].outgoing.push(self.wires.len());
        self.nodes[wire.to].incoming += 1;
        self.wires.push(wire);
    }

    /// An approval asks for its target's effect before the target starts, with the same inputs: so it waits for them too.
    fn make_approvals_wait(&mut self) {
        let mut sources = vec![0; self.wires.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for &wire in &node.outgoing {
                sources[wire] = index;
            }
        }
        for approval in 0..self.nodes.len() {
            let Step::Control(Control::Approval { target: Some(target), .. }) = &self.nodes[approval].step else { continue };
            let Some(target) = self.find(target) else { continue };
            let later = self.downstream(approval);
            let needed: Vec<_> = self.nodes[target]
                .inputs
                .iter()
                .flat_map(|input| &input.wires)
                .filter(|&&wire| !later[sources[wire]])
                .map(|&wire| (sources[wire], self.wires[wire].port.clone(), self.wires[wire].required))
                .collect();
            for (from, port, required) in needed {
                self.add(from, Wire { port, to: approval, required });
            }
        }
    }

    /// Which nodes a node leads to, itself included.
    fn downstream(&self, from: usize) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut left = vec![from];
        while let Some(node) = left.pop() {
            if !std::mem::replace(&mut seen[node], true) {
                left.extend(self.nodes[node].outgoing.iter().map(|&wire| self.wires[wire].to));
            }
        }
        seen
    }
}

/// The output that every node has: what went wrong.
pub(crate) const ERROR_PORT: &str = "error";

fn problem(code: &str, node: &str, port: Option<&str>, message: String, hint: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        severity: Severity::Error,
        place: Place { node: Some(node.to_owned()), port: port.map(str::to_owned), field: None },
        message,
        hint: hint.to_owned(),
    }
}
