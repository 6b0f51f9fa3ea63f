//! The run machine: events in, commands out. It does no I/O, reads no clock and draws no random number, so folding a journal gives the
//! state that was in memory, and [`Machine::resume`] the commands that were outstanding.

mod scope;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use consent::{Answer, Verdict};
use flow::{Digest, Effect, Shared, Value, Values};

use self::scope::{Readiness, Scope, WireState};
use crate::{
    Context, Control, Ending, Event, Gate, Go, Path, Reply, RunId, Stamped, Step, StepError,
    plan::{ERROR_PORT, Plan},
};

/// A step of a run, by its place in the machine. Valid for this machine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct At {
    scope: usize,
    node: usize,
}

/// What the driver is to do.
#[derive(Debug)]
pub enum Command {
    /// Compute a pure step, or make an effect's request and ask the gate for it.
    Begin {
        /// The step.
        at: At,
        /// Its path.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// Its inputs.
        inputs: Values,
    },
    /// Ask people, through the gate where there is a target.
    Ask {
        /// The approval step.
        at: At,
        /// Its path.
        path: Path,
        /// Its inputs.
        inputs: Values,
        /// The effect it asks for: its step, path and inputs.
        target: Option<(At, Path, Values)>,
    },
    /// Act: the gate said so, and that is on disk.
    Act {
        /// The step.
        at: At,
        /// Its path.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// Its inputs.
        inputs: Values,
        /// What was granted.
        go: Arc<Go>,
    },
    /// Journal that a step waits for so long.
    Delay {
        /// The step.
        path: Path,
        /// In milliseconds.
        wait_ms: u64,
    },
    /// Say when it is time.
    Wake {
        /// The step.
        path: Path,
        /// In milliseconds since the epoch.
        due: i64,
    },
    /// Journal how an effect ended whose outcome people told, or which was granted but must not start any more.
    Conclude {
        /// The step.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// Whether it happened.
        outcome: Result<(), StepError>,
        /// The money held for it.
        hold: Option<String>,
    },
    /// An effect was under way when the process ended: find out, or try again with its key, or ask people.
    Recover {
        /// The step.
        at: At,
        /// Its path.
        path: Path,
        /// Which attempt was under way.
        attempt: u32,
    },
    /// Ask people what became of an effect that may have been sent and is not tried again.
    Unclear {
        /// The step.
        path: Path,
        /// Which attempt was the last.
        attempt: u32,
        /// Why it is not tried again.
        error: StepError,
    },
    /// Stop a step that changes nothing outside.
    Stop {
        /// The step.
        path: Path,
    },
    /// Journal the end of the run.
    End {
        /// How it ends.
        ending: Ending,
        /// What the output nodes collected.
        outputs: Values,
        /// The failure that ended it.
        failure: Option<(Path, StepError)>,
    },
}

/// Where a step stands, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Waits for its inputs, or for its turn.
    Pending,
    /// Under way.
    Running,
    /// Waits for a person.
    Asking,
    /// Waits for a time.
    Sleeping,
    /// Was sent, and nobody knows whether it happened.
    Unknown,
    /// Gave its outputs.
    Done,
    /// Will not run, since what it needs did not come.
    Skipped,
    /// Failed.
    Failed,
}

#[derive(Debug, Clone)]
pub(super) enum Status {
    Pending,
    /// Its inputs are there; it waits for its turn.
    Ready {
        attempt: u32,
    },
    Begun {
        attempt: u32,
    },
    Acting {
        attempt: u32,
        go: Arc<Go>,
    },
    Asking {
        attempt: u32,
        verdict: Option<Box<Verdict>>,
    },
    /// Until `due`; then the attempt begins, or, for a delay, the step is done.
    Sleeping {
        attempt: u32,
        due: i64,
    },
    Unclear {
        attempt: u32,
        go: Arc<Go>,
    },
    Concluding {
        attempt: u32,
        outcome: Result<(), StepError>,
        go: Arc<Go>,
    },
    /// A sub-flow runs in it.
    Inside,
    Done,
    Skipped,
    Failed,
}

impl Status {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Begun { .. } | Self::Acting { .. } | Self::Unclear { .. } | Self::Concluding { .. } | Self::Inside)
    }
    fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Skipped | Self::Failed)
    }
    fn takes_a_turn(&self) -> bool {
        matches!(self, Self::Begun { .. } | Self::Acting { .. })
    }
}

/// What a failed attempt leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Another attempt at this time, in milliseconds since the epoch.
    Retry(i64),
    /// Nothing more: the step failed.
    Final,
    /// Something may have been sent: people must say what became of it.
    Unclear,
}

/// The state of one run.
pub struct Machine {
    run: RunId,
    plan: Arc<Plan>,
    scopes: Vec<Scope>,
    scope_by_path: HashMap<Path, usize>,
    now: i64,
    seed: u64,
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
    commands: Vec<Command>,
    last_seq: u64,
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
            seed: 0,
            cancelled: false,
            ended: None,
            end_given: false,
            acting: 0,
            ready: VecDeque::new(),
            queued: VecDeque::new(),
            settled: VecDeque::new(),
            closing: Vec::new(),
            commands: Vec::new(),
            last_seq: 0,
        }
    }

    /// The state that a journal leads to. No commands are outstanding until [`Machine::resume`] says which.
    pub fn fold<'a>(run: RunId, plan: Arc<Plan>, events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut machine = Self::new(run, plan);
        for stamped in events {
            machine.apply(stamped.at, &stamped.event);
            machine.commands.clear();
            machine.last_seq = stamped.seq;
        }
        machine
    }

    /// Takes in what happened at a time (milliseconds since the epoch). What is to be done then is in [`Machine::commands`].
    ///
    /// An event about a step that does not wait for it is ignored: it came too late to matter.
    pub fn apply(&mut self, at: i64, event: &Event) {
        match event {
            Event::Started { inputs, seed, .. } => {
                self.now = at;
                self.seed = *seed;
                self.open_scope(self.plan.clone(), None, None, inputs.clone());
            }
            Event::Cancelled { .. } => {
                self.cancelled = true;
                for scope in 0..self.scopes.len() {
                    self.stop_scope(scope);
                }
            }
            Event::Ended { ending, .. } => self.ended = Some(*ending),
            Event::Delayed { path, due } => self.about(path, |machine, step, status| {
                if let Status::Begun { attempt } = status {
                    machine.sleep(step, attempt, *due);
                }
            }),
            Event::Woke { path } => self.about(path, Self::woke),
            Event::Gated { path, target, attempt, verdict, gate, hold, .. } => self.about(path, |machine, step, status| {
                if !matches!(status, Status::Begun { .. } | Status::Acting { .. }) {
                    return;
                }
                let granted = || granted(at, event).map(Arc::new);
                if let Status::Acting { go, .. } = status {
                    machine.may_be_sent(step, go);
                }
                if let (Gate::Wait, Some(target)) = (gate, target.as_ref().and_then(|target| machine.find(target))) {
                    machine.scopes[target.scope].nodes[target.node].asked_for = true;
                }
                match (gate, target) {
                    (Gate::Wait, _) => {
                        machine.set(step, Status::Asking { attempt: *attempt, verdict: Some(verdict.clone()) });
                        if machine.scopes[step.scope].stopping {
                            machine.ask_what_happened(step, *attempt, stopped());
                        }
                    }
                    (Gate::Act, Some(_)) => machine.approved(step, Some(verdict)),
                    (Gate::Refused, Some(_)) => machine.rejected(step, &refusal(verdict), Some(verdict)),
                    (Gate::Refused, None) => {
                        // A refusal gives back what was held.
                        if let Some(go) = machine.sent(step).cloned() {
                            machine.may_be_sent(step, Arc::new(Go { hold: hold.clone(), ..(*go).clone() }));
                        }
                        machine.fail(step, refusal(verdict));
                    }
                    (Gate::Act, None) => {
                        if let Some(go) = granted() {
                            machine.granted(step, *attempt, go);
                        }
                    }
                }
            }),
            Event::Questioned { path, .. } => self.about(path, |machine, step, status| {
                if let Status::Begun { attempt } = status {
                    machine.set(step, Status::Asking { attempt, verdict: None });
                }
            }),
            Event::Unknown { path, attempt, .. } => self.about(path, |machine, step, status| {
                let go = match status {
                    Status::Acting { go, .. } => Some(go),
                    Status::Begun { .. } => machine.sent(step).cloned(),
                    _ => None,
                };
                if let Some(go) = go {
                    machine.set(step, Status::Unclear { attempt: *attempt, go });
                }
            }),
            Event::Replied { path, reply, .. } => self.about(path, |machine, step, status| machine.replied(step, status, *reply)),
            Event::Finished { path, outputs, .. } => self.about(path, |machine, step, status| {
                if status.is_busy() {
                    machine.finish(step, outputs);
                }
            }),
            Event::Failed { path, attempt, error, retry_at, .. } => self.about(path, |machine, step, status| {
                if status.is_busy() {
                    match (retry_at, status) {
                        (Some(due), status) => {
                            if let (Status::Acting { go, .. }, true) = (status, error.maybe_sent) {
                                machine.may_be_sent(step, go);
                            }
                            machine.sleep(step, attempt + 1, *due);
                        }
                        (None, Status::Concluding { .. }) => machine.fail_for_good(step, error.clone()),
                        (None, _) => machine.fail(step, error.clone()),
                    }
                }
            }),
        }
        self.go_on();
    }

    /// Takes what is to be done since the last call.
    pub fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// What is to be done after a fold: everything that was under way when the process ended.
    pub fn resume(&mut self) -> Vec<Command> {
        self.commands.clear();
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
                Command::Conclude { path: path(), attempt: *attempt, outcome: outcome.clone(), hold: go.hold.clone() }
            }
            _ => return,
        };
        self.commands.push(command);
    }
}

/// What was granted, out of the event that says so.
fn granted(at: i64, event: &Event) -> Option<Go> {
    let Event::Gated { request, request_digest, verdict, hold, prompt, decisions, surfaces, .. } = event else { return None };
    Some(Go {
        request: (**request).clone(),
        request_digest: *request_digest,
        verdict: (**verdict).clone(),
        hold: hold.clone(),
        prompt: prompt.clone(),
        decisions: decisions.clone(),
        surfaces: surfaces.clone(),
        at,
    })
}

/// Why an effect that may have been sent is not tried again.
fn stopped() -> StepError {
    StepError::new("CANCELLED", "The run stops, so it is not tried again.", "").maybe_sent()
}

/// A refusal as a step's failure, under the gate's own code.
fn refusal(verdict: &Verdict) -> StepError {
    let code = serde_json::to_value(verdict.code).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
    StepError::new(&code, verdict.reason.clone(), "Nothing was done. Look at the verdict's lines for the rule that says so.")
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

    /// The number of the last event it was folded from.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
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
        self.scopes[at.scope].plan.nodes[at.node].timeout_ms
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
        let state = |status: &Status| match status {
            Status::Pending | Status::Ready { .. } => StepState::Pending,
            Status::Begun { .. } | Status::Acting { .. } | Status::Concluding { .. } | Status::Inside => StepState::Running,
            Status::Asking { .. } => StepState::Asking,
            Status::Sleeping { .. } => StepState::Sleeping,
            Status::Unclear { .. } => StepState::Unknown,
            Status::Done => StepState::Done,
            Status::Skipped => StepState::Skipped,
            Status::Failed => StepState::Failed,
        };
        let steps = |scope: &Scope| {
            scope.plan.order().into_iter().map(|node| (scope.path_of(node), state(&scope.nodes[node].status))).collect::<Vec<_>>()
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

    /// The inputs of a step, as its wires have them now.
    pub fn inputs(&self, at: At) -> Values {
        self.scopes[at.scope].gather(at.node)
    }

    /// What a failed attempt leads to. `jitter` is drawn by the caller, 0 to 1,000.
    pub fn after_failure(&self, at: At, attempt: u32, error: &StepError, now: i64, jitter: u16) -> AfterFailure {
        let node = &self.scopes[at.scope].plan.nodes[at.node];
        let unclear = (error.maybe_sent && node.effect.changes_the_world()) || self.sent(at).is_some();
        let honours_key = matches!(&node.step, Step::Act(act) if act.honours_key());
        let last = self.scopes[at.scope].stopping
            || !error.retryable
            || (unclear && !honours_key)
            || node.retry.is_none_or(|retry| attempt >= retry.attempts);
        if !last && let Some(retry) = node.retry {
            let doubled = retry.backoff.first_ms.saturating_mul(1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX));
            let most = doubled.min(retry.backoff.most_ms);
            let wait = most / 2 + (most - most / 2) * u64::from(jitter.min(1000)) / 1000;
            return AfterFailure::Retry(now.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)));
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
        scope.nodes[step.node].status = status;
        if scope.is_done() {
            self.closing.push(step.scope);
        }
    }

    fn open_scope(&mut self, plan: Arc<Plan>, path: Option<Path>, parent: Option<At>, inputs: Values) {
        let scope = self.scopes.len();
        if let Some(path) = &path {
            self.scope_by_path.insert(path.clone(), scope);
        }
        self.scopes.push(Scope::new(plan, path, parent, inputs));
        for node in 0..self.scopes[scope].nodes.len() {
            if self.scopes[scope].plan.nodes[node].incoming == 0 {
                self.make_ready(At { scope, node }, 1);
            }
        }
        if self.scopes[scope].is_done() {
            self.closing.push(scope);
        }
    }

    /// Nothing new starts in a scope, nor in those inside it; what is under way is waited for.
    fn stop_scope(&mut self, scope: usize) {
        if std::mem::replace(&mut self.scopes[scope].stopping, true) {
            return;
        }
        for node in 0..self.scopes[scope].nodes.len() {
            let step = At { scope, node };
            match *self.status(step) {
                Status::Begun { .. } | Status::Acting { .. } if !self.effect(step).changes_the_world() => {
                    self.commands.push(Command::Stop { path: self.path(step) });
                }
                Status::Ready { attempt } | Status::Sleeping { attempt, .. } | Status::Asking { attempt, .. } => {
                    self.ask_what_happened(step, attempt, stopped());
                }
                _ => {}
            }
        }
        for inner in 0..self.scopes.len() {
            if self.scopes[inner].parent.is_some_and(|parent| parent.scope == scope) {
                self.stop_scope(inner);
            }
        }
        if self.scopes[scope].is_done() {
            self.closing.push(scope);
        }
    }

    fn make_ready(&mut self, step: At, attempt: u32) {
        self.set(step, Status::Ready { attempt });
        let queue = if matches!(self.step(step), Step::Act(_)) { &mut self.queued } else { &mut self.ready };
        queue.push_back(step);
    }

    /// Carries on until nothing more follows by itself.
    fn go_on(&mut self) {
        loop {
            while let Some((scope, wire, value)) = self.settled.pop_front() {
                let (node, readiness) = self.scopes[scope].settle(wire, value);
                match readiness {
                    Readiness::NotYet => {}
                    Readiness::Start => self.make_ready(At { scope, node }, 1),
                    Readiness::Skip => self.skip(At { scope, node }),
                }
            }
            self.give_turns();
            self.close_scopes();
            if self.settled.is_empty() {
                return;
            }
        }
    }

    fn give_turns(&mut self) {
        loop {
            let turn_is_free = self.acting < self.plan.parallel;
            let next = self.ready.pop_front().or_else(|| self.queued.pop_front_if(|_| turn_is_free));
            let Some(step) = next else { return };
            let Status::Ready { attempt } = *self.status(step) else { continue };
            if self.scopes[step.scope].stopping {
                self.set(step, Status::Skipped);
            } else {
                self.begin(step, attempt);
            }
        }
    }

    fn begin(&mut self, step: At, attempt: u32) {
        self.set(step, Status::Begun { attempt });
        let node = &self.scopes[step.scope].plan.clone().nodes[step.node];
        match &node.step {
            Step::Control(Control::Input) => {
                let given = &self.scopes[step.scope].inputs;
                let outputs = node
                    .outputs
                    .iter()
                    .filter_map(|(port, default)| Some((port.clone(), given.get(port).or(default.as_ref())?.clone())))
                    .collect();
                self.finish(step, &outputs);
            }
            Step::Control(Control::Output) => {
                let collected = self.inputs(step);
                for (port, value) in collected.iter() {
                    self.scopes[step.scope].outputs.insert(port.clone(), value.clone());
                }
                self.finish(step, &Values::new());
            }
            Step::Control(Control::Nothing) => self.finish(step, &Values::new()),
            Step::Control(Control::SubFlow { flow }) => {
                let Some(plan) = self.scopes[step.scope].plan.subflows.get(flow).cloned() else {
                    let error = StepError::new(
                        "UNKNOWN_FLOW",
                        format!("The flow {flow:?} is not part of this run."),
                        "Start the run anew.",
                    );
                    return self.fail(step, error);
                };
                self.set(step, Status::Inside);
                let (path, inputs) = (self.path(step), self.inputs(step));
                self.open_scope(plan, Some(path), Some(step), inputs);
            }
            Step::Control(Control::Delay(wait)) => match wait(&self.inputs(step)) {
                Ok(wait_ms) => self.commands.push(Command::Delay { path: self.path(step), wait_ms }),
                Err(error) => self.fail(step, error),
            },
            Step::Pure(_) | Step::Act(_) | Step::Control(Control::Approval { .. }) => {
                let command = self.begin_command(step, attempt);
                self.commands.push(command);
            }
        }
    }

    fn begin_command(&self, step: At, attempt: u32) -> Command {
        let path = self.path(step);
        let inputs = self.inputs(step);
        match self.step(step) {
            Step::Control(Control::Approval { target, .. }) => {
                let target = target.as_deref().and_then(|id| {
                    let node = self.scopes[step.scope].plan.find(id)?;
                    let target = At { scope: step.scope, node };
                    Some((target, self.path(target), self.inputs(target)))
                });
                Command::Ask { at: step, path, inputs, target }
            }
            Step::Control(Control::Delay(wait)) => Command::Delay { path, wait_ms: wait(&inputs).unwrap_or_default() },
            _ => Command::Begin { at: step, path, attempt, inputs },
        }
    }

    fn sleep(&mut self, step: At, attempt: u32, due: i64) {
        self.set(step, Status::Sleeping { attempt, due });
        self.commands.push(Command::Wake { path: self.path(step), due });
    }

    fn woke(&mut self, step: At, status: Status) {
        let Status::Sleeping { attempt, .. } = status else { return };
        if matches!(self.step(step), Step::Control(Control::Delay(_))) {
            let value = self.inputs(step).get("value").cloned().unwrap_or_else(|| Shared::new(Value::Null));
            self.finish(step, &Values::one_shared("value", value));
        } else {
            self.make_ready(step, attempt);
        }
    }

    fn granted(&mut self, step: At, attempt: u32, go: Arc<Go>) {
        let asked_for = self.scopes[step.scope].nodes[step.node].asked_for;
        let error = if self.scopes[step.scope].stopping {
            StepError::new("CANCELLED", "It was approved, but the run stopped before it began.", "Nothing was sent.")
        } else if asked_for && go.decisions.is_empty() {
            let message = "What would be done is not what an approver said yes to.";
            StepError::new("CONSENT_CHANGED", message, "Nothing was sent. Run it again to ask again.")
        } else {
            return self.act(step, attempt, go);
        };
        if !self.ask_what_happened(step, attempt, error.clone()) {
            self.conclude(step, attempt, Err(error), go);
        }
    }

    fn act(&mut self, step: At, attempt: u32, go: Arc<Go>) {
        self.set(step, Status::Acting { attempt, go: go.clone() });
        let (path, inputs) = (self.path(step), self.inputs(step));
        self.commands.push(Command::Act { at: step, path, attempt, inputs, go });
    }

    fn conclude(&mut self, step: At, attempt: u32, outcome: Result<(), StepError>, go: Arc<Go>) {
        let hold = go.hold.clone();
        self.set(step, Status::Concluding { attempt, outcome: outcome.clone(), go });
        self.commands.push(Command::Conclude { path: self.path(step), attempt, outcome, hold });
    }

    fn replied(&mut self, step: At, status: Status, reply: Reply) {
        let is_approval = matches!(self.step(step), Step::Control(Control::Approval { .. }));
        match (status, reply) {
            (Status::Asking { attempt, .. }, Reply::Withdrawn) => self.make_ready(step, attempt),
            (Status::Asking { verdict, .. }, Reply::Answered(Answer::Approve)) if is_approval => {
                self.approved(step, verdict.as_deref())
            }
            (Status::Asking { attempt, .. }, Reply::Answered(Answer::Approve)) => self.make_ready(step, attempt),
            (Status::Asking { verdict, .. }, reply) => {
                let error = match reply {
                    Reply::Expired => StepError::new(
                        "CONSENT_TIMEOUT",
                        "Nobody answered in time, which is a no.",
                        "Nothing was done. Run it again to ask again.",
                    ),
                    _ => StepError::new("CONSENT_DENIED", "An approver said no.", "Nothing was done."),
                };
                if is_approval { self.rejected(step, &error, verdict.as_deref()) } else { self.fail(step, error) }
            }
            (Status::Unclear { attempt, go }, Reply::Answered(Answer::Happened)) => self.conclude(step, attempt, Ok(()), go),
            (Status::Unclear { attempt, go }, Reply::Answered(Answer::DidNot)) => {
                let error =
                    StepError::new("DID_NOT_HAPPEN", "An approver said that it did not happen.", "Run it again to try again.");
                self.conclude(step, attempt, Err(error), go);
            }
            (Status::Unclear { attempt, go }, Reply::Answered(Answer::Again)) => {
                self.may_be_sent(step, go);
                if !(self.scopes[step.scope].stopping && self.ask_what_happened(step, attempt, stopped())) {
                    self.make_ready(step, attempt + 1);
                }
            }
            _ => {}
        }
    }

    fn approved(&mut self, step: At, verdict: Option<&Verdict>) {
        self.finish(step, &Values::one("approved", answer("approved", verdict)));
    }

    /// An approval that was not given leaves by its `rejected` output where something is wired to it; else it fails.
    fn rejected(&mut self, step: At, error: &StepError, verdict: Option<&Verdict>) {
        let node = &self.scopes[step.scope].plan.nodes[step.node];
        let wired = node.outgoing.iter().any(|&wire| &*self.scopes[step.scope].plan.wires[wire].port == "rejected");
        if wired {
            self.finish(step, &Values::one("rejected", answer(&error.code, verdict)));
        } else {
            self.fail(step, error.clone());
        }
    }

    fn finish(&mut self, step: At, outputs: &Values) {
        self.set(step, Status::Done);
        self.give_out(step, outputs);
    }

    fn skip(&mut self, step: At) {
        self.set(step, Status::Skipped);
        self.give_out(step, &Values::new());
    }

    /// What was granted to an earlier attempt of a step that may have been sent.
    fn sent(&self, step: At) -> Option<&Arc<Go>> {
        self.scopes[step.scope].nodes[step.node].sent.as_ref()
    }

    fn may_be_sent(&mut self, step: At, go: Arc<Go>) {
        if self.effect(step).changes_the_world() {
            self.scopes[step.scope].nodes[step.node].sent = Some(go);
        }
    }

    /// Where an earlier attempt may have been sent, an end of the step drops no outcome: people are asked. False where nothing was sent.
    fn ask_what_happened(&mut self, step: At, attempt: u32, error: StepError) -> bool {
        let Some(go) = self.sent(step).cloned() else { return false };
        self.set(step, Status::Acting { attempt, go });
        self.commands.push(Command::Unclear { path: self.path(step), attempt, error });
        true
    }

    fn fail(&mut self, step: At, error: StepError) {
        let attempt = match *self.status(step) {
            Status::Begun { attempt } | Status::Acting { attempt, .. } | Status::Asking { attempt, .. } => attempt,
            _ => 1,
        };
        if !self.ask_what_happened(step, attempt, error.clone()) {
            self.fail_for_good(step, error);
        }
    }

    fn fail_for_good(&mut self, step: At, error: StepError) {
        self.set(step, Status::Failed);
        if self.scopes[step.scope].plan.nodes[step.node].catches {
            let error = serde_json::to_value(&error).unwrap_or_default();
            return self.give_out(step, &Values::one(ERROR_PORT, error));
        }
        let path = self.path(step);
        self.scopes[step.scope].failure.get_or_insert((path, error));
        self.stop_scope(step.scope);
    }

    /// Settles the wires that begin at a step: those of ports without a value are skipped.
    fn give_out(&mut self, step: At, outputs: &Values) {
        let plan = self.scopes[step.scope].plan.clone();
        for &wire in &plan.nodes[step.node].outgoing {
            let value = outputs.get(&plan.wires[wire].port).cloned().map_or(WireState::Skipped, WireState::Value);
            self.settled.push_back((step.scope, wire, value));
        }
    }

    /// Ends scopes in which nothing is left to do, once all that follows from their last steps has been drawn.
    fn close_scopes(&mut self) {
        while self.settled.is_empty()
            && let Some(index) = self.closing.pop()
        {
            let scope = &mut self.scopes[index];
            if scope.over || !scope.is_done() {
                continue;
            }
            let Some(parent) = scope.parent else {
                self.give_end();
                continue;
            };
            scope.over = true;
            match scope.failure.clone() {
                Some((path, error)) => {
                    let message = format!("{} (in {path})", error.message);
                    self.fail(parent, StepError { message, ..error });
                }
                // A sub-flow that was stopped without a failure of its own belongs to a run that is being cancelled or has failed.
                None if scope.stopping => self.set(parent, Status::Skipped),
                None => {
                    let outputs = scope.outputs.clone();
                    self.finish(parent, &outputs);
                }
            }
        }
    }

    fn give_end(&mut self) {
        if self.end_given || self.ended.is_some() {
            return;
        }
        self.end_given = true;
        let scope = &self.scopes[0];
        let (ending, failure) = match (self.cancelled, &scope.failure) {
            (true, _) => (Ending::Cancelled, None),
            (false, Some(failure)) => (Ending::Failed, Some(failure.clone())),
            (false, None) => (Ending::Completed, None),
        };
        self.commands.push(Command::End { ending, outputs: scope.outputs.clone(), failure });
    }
}

/// What an approval gives out: the answer, and the verdict it was asked under. Information, never authority.
fn answer(answer: &str, verdict: Option<&Verdict>) -> Value {
    serde_json::json!({ "answer": answer, "verdict": verdict })
}
