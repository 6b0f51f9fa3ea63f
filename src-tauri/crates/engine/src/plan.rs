//! A flow made ready to run: nodes built, wires indexed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use flow::{ENTRY, EXIT, Effect, Flow, Join, Level, Place, Port, Ports, Problem, Retry, Severity, Shared, Type};

use crate::{Control, Frame, Nodes, Step, bypass::Bypass};

/// A flow made ready to run.
pub struct Plan {
    /// The flow's id.
    pub flow_id: String,
    /// How many steps may act at once.
    pub parallel: u32,
    /// How long a run of it may take, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// Its nodes.
    pub(crate) nodes: Vec<PlanNode>,
    /// Its wires, and those that make an approval wait for what its target needs.
    pub(crate) wires: Vec<Wire>,
    /// Plans of the flows it calls, by id.
    pub(crate) subflows: BTreeMap<String, Arc<Plan>>,
    /// Whether the first value that comes out ends it, and a failure does not while others may still give one.
    pub(crate) is_race: bool,
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
    /// How many wires end here, and how many of them are mere signals.
    pub(crate) incoming: usize,
    pub(crate) signals: usize,
    pub(crate) join: Join,
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout_ms: u64,
    pub(crate) deadline_ms: Option<u64>,
    /// Whether something is wired to its `error` output.
    pub(crate) catches: bool,
    /// What stands in it, for a frame.
    pub(crate) body: Option<Arc<Plan>>,
    /// The node that takes back what this one did.
    pub(crate) undo: Option<usize>,
    /// Whether it runs only to take back what another did.
    pub(crate) takes_back: bool,
    /// Whether it stands on the canvas: what stands for a frame's border does not.
    pub(crate) is_drawn: bool,
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
    /// Whether it says only that the target may begin, and brings it nothing.
    pub(crate) is_signal: bool,
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
        let mut left: Vec<&Self> = vec![self];
        while let Some(plan) = left.pop() {
            left.extend(plan.nodes.iter().filter_map(|node| node.body.as_deref()));
            left.extend(plan.subflows.values().filter(|plan| calls.insert(plan.flow_id.as_str())).map(|plan| &**plan));
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

/// The levels of a flow, and the one that is being made ready.
struct Drawn<'a> {
    levels: &'a [Level],
    flow: &'a Flow,
    ports: &'a HashMap<String, Ports>,
}

impl<'a> Drawn<'a> {
    fn of(levels: &'a [Level], level: &'a Level) -> Self {
        Self { levels, flow: &level.flow, ports: &level.ports }
    }
}

impl Builder<'_> {
    fn plan(&mut self, flow: &Flow, callers: &mut Vec<String>) -> Result<Arc<Plan>, Vec<Problem>> {
        callers.push(flow.id.clone());
        let plan = match flow::levels(flow, self.nodes) {
            None => self.level(&Drawn { levels: &[], flow, ports: &HashMap::new() }, callers),
            Some(split) => self.level(&Drawn::of(&split.levels, &split.levels[0]), callers),
        };
        callers.pop();
        plan.map(Arc::new)
    }

    fn level(&mut self, drawn: &Drawn<'_>, callers: &mut Vec<String>) -> Result<Plan, Vec<Problem>> {
        let flow = drawn.flow;
        let mut problems = Vec::new();
        let mut plan = Plan {
            flow_id: flow.id.clone(),
            parallel: flow.defaults.parallel.max(1),
            deadline_ms: flow.defaults.deadline_ms,
            nodes: Vec::with_capacity(flow.nodes.len()),
            wires: Vec::with_capacity(flow.edges.len()),
            subflows: BTreeMap::new(),
            is_race: false,
            by_id: HashMap::with_capacity(flow.nodes.len()),
        };
        for node in &flow.nodes {
            match self.node(drawn, node, callers, &mut plan.subflows) {
                Ok(built) => {
                    plan.by_id.insert(built.id.clone(), plan.nodes.len());
                    plan.nodes.push(built);
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            problems.extend(flow.edges.iter().filter_map(|edge| plan.connect(edge).err()));
            problems.extend(flow.nodes.iter().filter_map(|node| plan.take_back(node).err()));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        plan.make_approvals_wait();
        Ok(plan)
    }

    fn node(
        &mut self,
        drawn: &Drawn<'_>,
        node: &flow::Node,
        callers: &mut Vec<String>,
        subflows: &mut BTreeMap<String, Arc<Plan>>,
    ) -> Result<PlanNode, Vec<Problem>> {
        if matches!(node.kind.as_str(), ENTRY | EXIT) {
            return Ok(border(node, drawn.ports));
        }
        let kind = self.nodes.kind(&node.kind).ok_or_else(|| {
            vec![problem(
                "UNKNOWN_KIND",
                &node.id,
                None,
                format!("There is no node kind {:?}.", node.kind),
                "Look at `assent kinds`.",
            )]
        })?;
        let ports = drawn.ports.get(&node.id).cloned().unwrap_or_else(|| (kind.ports)(&node.config));
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
        let body = match &step {
            Step::Control(Control::Frame(frame)) => Some(Arc::new(self.body(drawn, &node.id, frame, callers)?)),
            _ => None,
        };
        let built = PlanNode {
            join: node.join,
            retry: node.retry,
            deadline_ms: node.deadline_ms,
            timeout_ms: node.timeout_ms.unwrap_or(drawn.flow.defaults.timeout_ms),
            body,
            ..PlanNode::new(&node.id, step, ports)
        };
        Ok(PlanNode { effect, ..built })
    }

    /// What stands in a frame, made ready to run.
    fn body(&mut self, drawn: &Drawn<'_>, id: &str, frame: &Frame, callers: &mut Vec<String>) -> Result<Plan, Vec<Problem>> {
        let inside = drawn.levels.iter().find(|level| level.frame.as_deref() == Some(id)).ok_or_else(|| {
            vec![problem("FRAME_AS_NODE", id, None, "It is a kind of frame, and this is a node.".to_owned(), "Draw a frame.")]
        })?;
        let mut plan = self.level(&Drawn::of(drawn.levels, inside), callers)?;
        plan.is_race = matches!(frame, Frame::Race);
        if matches!(frame, Frame::Fallback) {
            plan.chain_by_errors(&inside.members);
        }
        if matches!(frame, Frame::Race | Frame::Fallback)
            && let Some(exit) = plan.find(EXIT)
        {
            plan.nodes[exit].join = Join::Any;
            plan.nodes[exit].inputs.iter_mut().for_each(|input| input.many = false);
        }
        Ok(plan)
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

impl PlanNode {
    /// Whether any wire that ends here could bring something.
    pub(crate) fn brings_something(&self) -> bool {
        self.incoming > self.signals
    }

    /// One that computes, with the usual of everything else.
    fn new(id: &str, step: Step, ports: Ports) -> Self {
        let inputs = ports.inputs.into_iter().map(|port| PlanInput {
            // A wire that carries consent and is not taken means that there is none: the step must not start without it.
            required: port.required || port.ty == Type::Verdict,
            many: port.many,
            default: port.default.map(Arc::new),
            port: port.name.into(),
            wires: Vec::new(),
        });
        Self {
            id: id.into(),
            step,
            effect: Effect::Pure,
            inputs: inputs.collect(),
            outputs: ports.outputs.into_iter().map(|port| (port.name.into(), port.default.map(Arc::new))).collect(),
            outgoing: Vec::new(),
            incoming: 0,
            signals: 0,
            join: Join::All,
            retry: None,
            timeout_ms: u64::MAX,
            deadline_ms: None,
            catches: false,
            body: None,
            undo: None,
            takes_back: false,
            is_drawn: true,
        }
    }
}

/// The entry or the exit of a frame: it gives out what came in, or collects what goes out.
fn border(node: &flow::Node, ports: &HashMap<String, Ports>) -> PlanNode {
    let control = if node.kind == ENTRY { Control::Input } else { Control::Output };
    let ports = ports.get(&node.id).cloned().unwrap_or_default();
    // What nothing comes of is nothing, and no reason to skip.
    let inputs = ports.inputs.into_iter().map(|port| Port { required: false, ..port }).collect();
    PlanNode { is_drawn: false, ..PlanNode::new(&node.id, Step::Control(control), Ports { inputs, ..ports }) }
}

impl Plan {
    /// Each member of a fallback runs once the one before it has failed.
    fn chain_by_errors(&mut self, members: &[String]) {
        let members: Vec<usize> = members.iter().filter_map(|id| self.find(id)).collect();
        for pair in members.windows(2) {
            self.add(pair[0], Wire { port: ERROR_PORT.into(), to: pair[1], required: true, is_signal: true });
        }
    }

    /// Joins a node with the one that takes back what it did.
    fn take_back(&mut self, node: &flow::Node) -> Result<(), Problem> {
        let Some(undo) = &node.undo else { return Ok(()) };
        match (self.find(&node.id), self.find(undo)) {
            (Some(done), Some(taking)) => {
                self.nodes[done].undo = Some(taking);
                self.nodes[taking].takes_back = true;
                Ok(())
            }
            _ => Err(problem("BAD_UNDO", &node.id, None, format!("It is taken back by {undo:?}, which is not there."), "")),
        }
    }

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
        let wire = Wire { port: edge.from.port.as_str().into(), to, required: required && !many, is_signal: false };
        self.add(from, wire);
        Ok(())
    }

    fn add(&mut self, from: usize, wire: Wire) {
        self.nodes[from].catches |= &*wire.port == ERROR_PORT;
        self.nodes[from].outgoing.push(self.wires.len());
        self.nodes[wire.to].incoming += 1;
        self.nodes[wire.to].signals += usize::from(wire.is_signal);
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
                self.add(from, Wire { port, to: approval, required, is_signal: false });
            }
        }
    }

    /// Which nodes a node leads to, itself included.
    pub(crate) fn downstream(&self, from: usize) -> Vec<bool> {
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
