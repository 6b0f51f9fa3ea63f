//! A flow under way: the run's own, or a sub-flow's inside it. Wires settle, and settle what depends on them.

use std::sync::Arc;

use flow::{Join, Shared, Values};

use super::{At, Status, frames::Rounds};
use crate::{Go, Path, StepError, plan::Plan};

/// Where a scope stands: its path, the step it stands in, and which round of that.
pub(super) type Place = (Option<Path>, Option<At>, usize);

pub(super) struct Scope {
    pub(super) plan: Arc<Plan>,
    /// The path of the step it stands in; `None` for the run's own.
    pub(super) path: Option<Path>,
    /// That step.
    pub(super) parent: Option<At>,
    /// Which round of that step it is, from 0, where there may be more than one.
    pub(super) round: usize,
    pub(super) inputs: Values,
    pub(super) outputs: Values,
    pub(super) wires: Vec<WireState>,
    pub(super) nodes: Vec<NodeState>,
    /// Steps that have not come to an end.
    pub(super) open: usize,
    /// Steps that are under way and must be waited for.
    pub(super) busy: usize,
    /// Nothing new starts.
    pub(super) stopping: bool,
    pub(super) failure: Option<(Path, StepError)>,
    /// The first value of a race has come out.
    pub(super) won: bool,
    /// Scopes that were opened by steps in this one.
    pub(super) inner: Vec<usize>,
    /// Steps whose effects could be taken back, each with when it came to its end among all steps.
    pub(super) undoable: Vec<(u64, usize)>,
    /// What came of taking effects back after a failure: steps whose effects were, and those whose were not, with why.
    pub(super) undone: Vec<Path>,
    pub(super) not_undone: Vec<(Path, String)>,
    pub(super) over: bool,
}

#[derive(Clone)]
pub(super) enum WireState {
    Pending,
    Value(Shared),
    Skipped,
    /// The step of this number happened, and nobody knows what it gave.
    Lost(usize),
}

pub(super) struct NodeState {
    pub(super) status: Status,
    /// What an earlier attempt was granted that may have been sent, and nobody knows whether it happened.
    pub(super) sent: Option<Arc<Go>>,
    /// An approval asked people for it, so that it must not act without their yes.
    pub(super) asked_for: bool,
    /// When its first attempt began, or it went on after people were asked, in milliseconds since the epoch.
    pub(super) begun_at: i64,
    /// How far a frame that runs its members more than once has come.
    pub(super) rounds: Option<Box<Rounds>>,
    /// Incoming wires that have not settled.
    left: usize,
    /// Incoming wires that brought a value.
    arrived: usize,
    /// The step whose value was lost on its way here.
    lost: Option<usize>,
}

/// What the settling of a wire means for the step at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    NotYet,
    Start,
    Skip,
    /// It can't run without what the step of this number gave, which was lost.
    Lacks(usize),
}

impl Scope {
    pub(super) fn new(plan: Arc<Plan>, (path, parent, round): Place, inputs: Values) -> Self {
        let nodes: Vec<_> = plan
            .nodes
            .iter()
            .map(|node| NodeState {
                status: Status::Pending,
                sent: None,
                asked_for: false,
                begun_at: 0,
                rounds: None,
                left: node.incoming,
                arrived: 0,
                lost: None,
            })
            .collect();
        Self {
            path,
            parent,
            round,
            inputs,
            outputs: Values::new(),
            wires: vec![WireState::Pending; plan.wires.len()],
            open: nodes.len(),
            busy: 0,
            nodes,
            stopping: false,
            failure: None,
            won: false,
            inner: Vec::new(),
            undoable: Vec::new(),
            undone: Vec::new(),
            not_undone: Vec::new(),
            over: false,
            plan,
        }
    }

    /// Whether nothing is left to do in it.
    pub(super) fn is_done(&self) -> bool {
        if self.stopping { self.busy == 0 } else { self.open == 0 }
    }

    /// The path of one of its steps.
    pub(super) fn path_of(&self, node: usize) -> Path {
        let id = &self.plan.nodes[node].id;
        match &self.path {
            None => Path::new(id.clone()),
            Some(scope) => scope.child(id),
        }
    }

    /// Settles a wire, and says what that means for the step at its end.
    pub(super) fn settle(&mut self, wire: usize, value: WireState) -> (usize, Readiness) {
        let to = self.plan.wires[wire].to;
        let required = self.plan.wires[wire].required;
        let brought = matches!(value, WireState::Value(_));
        let lost_here = if let WireState::Lost(from) = value { Some(from) } else { None };
        let node = &mut self.nodes[to];
        node.left -= 1;
        if !matches!(node.status, Status::Pending) {
            // Too late: all attempts of a step, and what was asked for it, have the inputs that it started with.
            self.wires[wire] = WireState::Skipped;
            return (to, Readiness::NotYet);
        }
        node.arrived += usize::from(brought && !self.plan.wires[wire].is_signal);
        node.lost = lost_here.or(node.lost);
        self.wires[wire] = value;
        let (left, arrived, lost) = (node.left, node.arrived, node.lost);
        let without = |lost: Option<usize>| lost.map_or(Readiness::Skip, Readiness::Lacks);
        let readiness = match self.plan.nodes[to].join {
            Join::All if required && !brought => without(lost_here),
            Join::All if left > 0 => Readiness::NotYet,
            Join::All if (arrived == 0 && self.plan.nodes[to].brings_something()) || self.lacks_a_list(to) => without(lost),
            Join::All => Readiness::Start,
            Join::Any => reach(1, arrived, left),
            Join::N(n) => reach(usize::try_from(n).unwrap_or(usize::MAX), arrived, left),
        };
        let readiness = if readiness == Readiness::Skip && !matches!(self.plan.nodes[to].join, Join::All) {
            without(lost)
        } else {
            readiness
        };
        (to, readiness)
    }

    /// Whether a required input that takes many wires got nothing from any.
    fn lacks_a_list(&self, node: usize) -> bool {
        self.plan.nodes[node]
            .inputs
            .iter()
            .filter(|input| input.required && input.many)
            .any(|input| !input.wires.iter().any(|&wire| matches!(self.wires[wire], WireState::Value(_))))
    }

    /// The inputs of a step, as its wires have them now; defaults where nothing came.
    pub(super) fn gather(&self, node: usize) -> Values {
        let mut values = Values::new();
        for input in &self.plan.nodes[node].inputs {
            let mut came = input.wires.iter().filter_map(|&wire| match &self.wires[wire] {
                WireState::Value(value) => Some(value),
                WireState::Pending | WireState::Skipped | WireState::Lost(_) => None,
            });
            let value = if input.many {
                let list: Vec<_> = came.map(|value| (**value).clone()).collect();
                if list.is_empty() { input.default.clone() } else { Some(Arc::new(list.into())) }
            } else {
                came.next().cloned().or_else(|| input.default.clone())
            };
            if let Some(value) = value {
                values.insert(input.port.clone(), value);
            }
        }
        values
    }
}

fn reach(wanted: usize, arrived: usize, left: usize) -> Readiness {
    if arrived >= wanted {
        Readiness::Start
    } else if arrived + left < wanted {
        Readiness::Skip
    } else {
        Readiness::NotYet
    }
}
