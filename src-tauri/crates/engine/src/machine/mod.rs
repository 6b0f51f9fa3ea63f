//! The run machine: events in, commands out. It does no I/O, reads no clock and draws no random number, so folding a journal gives the
//! state that was in memory, and [`Machine::resume`] the commands that were outstanding.

mod advance;
mod apply;
mod command;
mod frames;
mod kept;
mod moved;
mod scope;
mod status;
mod undo;
mod why;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use flow::{Digest, Effect, Values};

pub use self::{
    command::{AfterFailure, At, Command, StepState},
    moved::Moved,
    why::Because,
};
use self::{
    scope::{Scope, WireState},
    status::Status,
};
use crate::{Context, Ending, Given, GivenFrom, Go, Path, RunId, Stamped, Step, StepError, plan::Plan, targets};

/// The state of one run.
pub struct Machine {
    run: RunId,
    plan: Arc<Plan>,
    scopes: Vec<Scope>,
    scope_by_path: HashMap<Path, usize>,
    now: i64,
    /// When the last event happened.
    clock: i64,
    seed: u64,
    deadline: Option<i64>,
    /// What steps give without being carried out.
    given: BTreeMap<Path, Given>,
    cancelled: bool,
    ended: Option<Ending>,
    end_given: bool,
    /// Steps that take one of the flow's turns.
    acting: u32,
    /// Steps that begin as soon as they are looked at.
    ready: VecDeque<At>,
    /// Steps that begin when one of the flow's turns is free.
    queued: VecDeque<At>,
    settled: VecDeque<(usize, usize, WireState)>,
    /// Scopes in which nothing may be left to do.
    closing: Vec<usize>,
    /// How many steps have come to their end.
    finished: u64,
    /// Steps that take back what others did, with the scope whose failure is why.
    undoing: HashMap<At, usize>,
    commands: Vec<Command>,
    /// Steps that changed, with where they stood before; only kept where somebody follows.
    moved: Option<Vec<(At, Option<StepState>)>>,
}

impl Machine {
    /// A run of a plan that nothing has happened in yet.
    pub fn new(run: RunId, plan: Arc<Plan>) -> Self {
        Self {
            run,
            plan,
            scopes: Vec::new(),
            scope_by_path: HashMap::new(),
            now: 0,
            clock: 0,
            seed: 0,
            deadline: None,
            given: BTreeMap::new(),
            cancelled: false,
            ended: None,
            end_given: false,
            acting: 0,
            ready: VecDeque::new(),
            queued: VecDeque::new(),
            settled: VecDeque::new(),
            closing: Vec::new(),
            finished: 0,
            undoing: HashMap::new(),
            commands: Vec::new(),
            moved: None,
        }
    }

    /// The state that a journal leads to. No commands are outstanding until [`Machine::resume`] says which.
    pub fn fold<'a>(run: RunId, plan: Arc<Plan>, events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut machine = Self::new(run, plan);
        for stamped in events {
            machine.apply(stamped.at, &stamped.event);
            machine.commands.clear();
        }
        machine
    }

    /// Takes what is to be done since the last call.
    pub fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// What is to be done after a fold: everything that was under way when the process ended.
    pub fn resume(&mut self) -> Vec<Command> {
        self.commands.clear();
        self.commands.extend(self.deadline.map(|due| Command::Deadline { due }));
        for scope in 0..self.scopes.len() {
            for node in 0..self.scopes[scope].nodes.len() {
                self.resume_step(At { scope, node });
            }
        }
        self.end_given = false;
        self.closing.extend(0..self.scopes.len());
        self.go_on();
        self.commands()
    }

    fn resume_step(&mut self, step: At) {
        let path = || self.path(step);
        let command = match self.status(step) {
            Status::Begun { attempt } => self.begin_command(step, *attempt),
            Status::Acting { attempt, .. } if self.effect(step).changes_the_world() => {
                Command::Recover { at: step, path: path(), attempt: *attempt }
            }
            // A read may simply be done again, and is still granted.
            Status::Acting { attempt, go } => {
                Command::Act { at: step, path: path(), attempt: *attempt, inputs: self.inputs(step), go: go.clone() }
            }
            Status::Sleeping { due, .. } => Command::Wake { path: path(), due: *due },
            Status::Concluding { attempt, outcome, go } => {
                let outcome = outcome.clone().map(Option::unwrap_or_default);
                Command::Conclude { path: path(), attempt: *attempt, outcome, hold: go.hold.clone() }
            }
            _ => return,
        };
        self.commands.push(command);
    }
}

impl Machine {
    /// The run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// How the run ended, when it did.
    pub fn ended(&self) -> Option<Ending> {
        self.ended
    }

    /// Whether nothing is left to happen: the run is over, or its end is on its way to the journal.
    pub fn is_ending(&self) -> bool {
        self.end_given || self.ended.is_some()
    }

    /// What a step is.
    pub fn step(&self, at: At) -> &Step {
        &self.scopes[at.scope].plan.nodes[at.node].step
    }

    /// What a step can do to the world.
    pub fn effect(&self, at: At) -> Effect {
        self.scopes[at.scope].plan.nodes[at.node].effect
    }

    /// How long an attempt of a step may take, in milliseconds.
    pub fn timeout_ms(&self, at: At) -> u64 {
        let timeout = self.scopes[at.scope].plan.nodes[at.node].timeout_ms;
        self.overdue_at(at).map_or(timeout, |due| timeout.min(u64::try_from(due.saturating_sub(self.clock)).unwrap_or(0)))
    }

    /// When all attempts of a step together have taken as long as they may, in milliseconds since the epoch.
    fn overdue_at(&self, at: At) -> Option<i64> {
        let deadline = self.scopes[at.scope].plan.nodes[at.node].deadline_ms?;
        Some(self.scopes[at.scope].nodes[at.node].begun_at.saturating_add(i64::try_from(deadline).unwrap_or(i64::MAX)))
    }

    /// What a step may know of the world. Its key is a digest of run and path.
    pub fn context<'a>(&'a self, path: &'a Path, attempt: u32, key: Digest) -> Context<'a> {
        Context { run: &self.run, path, attempt, now: self.now, seed: self.seed, key }
    }

    /// The run's time and seed.
    pub fn time_and_seed(&self) -> (i64, u64) {
        (self.now, self.seed)
    }

    /// The step of a path, if it has one.
    pub fn find(&self, path: &Path) -> Option<At> {
        let (scope, node) = match path.as_str().rsplit_once('/') {
            None => (0, path.as_str()),
            Some((scope, node)) => (*self.scope_by_path.get(&Path::new(scope))?, node),
        };
        let node = self.scopes.get(scope)?.plan.find(node)?;
        Some(At { scope, node })
    }

    /// Every step that the run has come to know, with where it stands, in the order in which values reach them.
    pub fn steps(&self) -> Vec<(Path, StepState)> {
        let steps = |scope: &Scope| {
            let order = scope.plan.order().into_iter().filter(|&node| scope.plan.nodes[node].is_drawn);
            order.map(|node| (scope.path_of(node), scope.nodes[node].status.state())).collect::<Vec<_>>()
        };
        self.scopes.iter().flat_map(steps).collect()
    }

    /// Until when a step sleeps, in milliseconds since the epoch, if it does.
    pub fn sleeps_until(&self, path: &Path) -> Option<i64> {
        match self.status(self.find(path)?) {
            Status::Sleeping { due, .. } => Some(*due),
            _ => None,
        }
    }

    /// The money held for a step, if any is.
    pub fn hold(&self, at: At) -> Option<&str> {
        match self.status(at) {
            Status::Acting { go, .. } | Status::Unclear { go, .. } | Status::Concluding { go, .. } => go.hold.as_deref(),
            _ => None,
        }
    }

    /// The steps whose values were set by hand.
    pub fn set_by_hand(&self) -> Vec<String> {
        let by_hand = self.given.iter().filter(|(_, given)| given.from == GivenFrom::Hand);
        by_hand.map(|(path, _)| path.to_string()).collect()
    }

    /// When the run must be over, in milliseconds since the epoch, where that is still to come.
    pub fn deadline(&self) -> Option<i64> {
        self.deadline
    }

    /// What was granted to a step whose effect may have been sent.
    pub fn may_have_been_sent(&self, path: &Path) -> Option<&Go> {
        let at = self.find(path)?;
        match self.status(at) {
            Status::Acting { go, .. } | Status::Unclear { go, .. } => Some(go),
            _ => self.sent(at).map(|go| &**go),
        }
    }

    /// The target that a step's act reaches, such as a host.
    pub fn target(&self, at: At) -> Option<&str> {
        match self.status(at) {
            Status::Acting { go, .. } => targets::of(&go.request.action),
            _ => None,
        }
    }

    /// The inputs of a step, as its wires have them now.
    pub fn inputs(&self, at: At) -> Values {
        self.scopes[at.scope].gather(at.node)
    }

    /// What a step gave, as far as its wires have it: not what nothing is wired to, nor what came too late for the step at the other end.
    pub fn given(&self, at: At) -> Values {
        let scope = &self.scopes[at.scope];
        let wires = scope.plan.nodes[at.node].outgoing.iter().map(|&wire| (&scope.plan.wires[wire].port, &scope.wires[wire]));
        let value = |(port, state): (&Arc<str>, &WireState)| match state {
            WireState::Value(value) => Some((port.clone(), value.clone())),
            WireState::Pending | WireState::Skipped | WireState::Lost(_) => None,
        };
        wires.filter_map(value).collect()
    }

    /// What a failed attempt leads to. `jitter` is drawn by the caller, 0 to 1,000.
    pub fn after_failure(&self, at: At, attempt: u32, error: &StepError, now: i64, jitter: u16) -> AfterFailure {
        let node = &self.scopes[at.scope].plan.nodes[at.node];
        let unclear = (error.maybe_sent && node.effect.changes_the_world()) || self.sent(at).is_some();
        let honours_key = matches!(&node.step, Step::Act(act) if act.honours_key());
        let last = self.is_stopping(at)
            || !error.retryable
            || (unclear && !honours_key)
            || node.retry.is_none_or(|retry| attempt >= retry.attempts);
        if !last && let Some(retry) = node.retry {
            let doubled = retry.backoff.first_ms.saturating_mul(1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX));
            let most = doubled.min(retry.backoff.most_ms);
            let wait = most / 2 + (most - most / 2) * u64::from(jitter.min(1000)) / 1000;
            let due = now.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX));
            if self.overdue_at(at).is_none_or(|overdue| due < overdue) {
                return AfterFailure::Retry(due);
            }
        }
        if unclear { AfterFailure::Unclear } else { AfterFailure::Final }
    }

    fn about(&mut self, path: &Path, then: impl FnOnce(&mut Self, At, Status)) {
        if let Some(step) = self.find(path) {
            let status = self.status(step).clone();
            then(self, step, status);
        }
    }

    fn status(&self, step: At) -> &Status {
        &self.scopes[step.scope].nodes[step.node].status
    }

    /// Whether a step must not begin nor be tried again, since what it stands in comes to its end. What takes effects back does so then.
    fn is_stopping(&self, step: At) -> bool {
        self.scopes[step.scope].stopping && !self.undoing.contains_key(&step)
    }

    fn path(&self, step: At) -> Path {
        self.scopes[step.scope].path_of(step.node)
    }

    /// The one place where a step's status changes, so that what is counted is counted right.
    fn set(&mut self, step: At, status: Status) {
        let scope = &mut self.scopes[step.scope];
        let uses_turn = |status: &Status| status.takes_a_turn() && matches!(scope.plan.nodes[step.node].step, Step::Act(_));
        let old = &scope.nodes[step.node].status;
        let (had_turn, has_turn) = (uses_turn(old), uses_turn(&status));
        scope.busy = scope.busy + usize::from(status.is_busy()) - usize::from(old.is_busy());
        scope.open = scope.open + usize::from(old.is_over()) - usize::from(status.is_over());
        self.acting = self.acting + u32::from(has_turn) - u32::from(had_turn);
        let (before, now, is_over) = (old.state(), status.state(), status.is_over());
        scope.nodes[step.node].status = status;
        if scope.is_done() {
            self.closing.push(step.scope);
        }
        if is_over && let Some(failed) = self.undoing.remove(&step) {
            self.closing.push(failed);
        }
        if before != now {
            self.note(step, Some(before));
        }
    }
}
