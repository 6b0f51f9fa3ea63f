//! What follows by itself: wires settle, steps get their turn, scopes open and close.

use std::sync::Arc;

use flow::Values;

use super::{
    At, Command, Machine, Status,
    apply::stopped,
    frames::Closed,
    scope::{Place, Readiness, Scope, WireState},
};
use crate::{
    Control, Ending, Path, Step, StepError,
    plan::{ERROR_PORT, Plan},
};

impl Machine {
    pub(super) fn open_scope(&mut self, plan: Arc<Plan>, (path, parent, round): Place, inputs: Values) {
        let scope = self.scopes.len();
        if let Some(path) = &path {
            self.scope_by_path.insert(path.clone(), scope);
        }
        if let Some(parent) = parent {
            self.scopes[parent.scope].inner.push(scope);
        }
        let order = if self.moved.is_some() { plan.order() } else { Vec::new() };
        self.scopes.push(Scope::new(plan, (path, parent, round), inputs));
        order.into_iter().for_each(|node| self.note(At { scope, node }, None));
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
    pub(super) fn stop_scope(&mut self, scope: usize) {
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
        for inner in self.scopes[scope].inner.clone() {
            self.stop_scope(inner);
        }
        if self.scopes[scope].is_done() {
            self.closing.push(scope);
        }
    }

    pub(super) fn make_ready(&mut self, step: At, attempt: u32) {
        let takes_back = self.scopes[step.scope].plan.nodes[step.node].takes_back;
        if takes_back && !self.undoing.contains_key(&step) {
            return self.set(step, Status::Armed);
        }
        self.set(step, Status::Ready { attempt });
        let queue = if matches!(self.step(step), Step::Act(_)) { &mut self.queued } else { &mut self.ready };
        queue.push_back(step);
    }

    /// Carries on until nothing more follows by itself.
    pub(super) fn go_on(&mut self) {
        loop {
            while let Some((scope, wire, value)) = self.settled.pop_front() {
                let (node, readiness) = self.scopes[scope].settle(wire, value);
                match readiness {
                    Readiness::NotYet => {}
                    Readiness::Start => self.make_ready(At { scope, node }, 1),
                    Readiness::Skip => self.skip(At { scope, node }),
                    Readiness::Lacks(lost) => self.lacks_what_was_lost(At { scope, node }, lost),
                }
            }
            self.give_turns();
            self.close_scopes();
            let turn_is_free = self.acting < self.plan.parallel;
            if self.settled.is_empty() && self.ready.is_empty() && (self.queued.is_empty() || !turn_is_free) {
                return;
            }
        }
    }

    pub(super) fn give_turns(&mut self) {
        loop {
            let turn_is_free = self.acting < self.plan.parallel;
            let next = self.ready.pop_front().or_else(|| self.queued.pop_front_if(|_| turn_is_free));
            let Some(step) = next else { return };
            let Status::Ready { attempt } = *self.status(step) else { continue };
            if self.is_stopping(step) {
                self.set(step, Status::Skipped);
            } else {
                self.begin(step, attempt);
            }
        }
    }

    pub(super) fn begin(&mut self, step: At, attempt: u32) {
        if attempt == 1 {
            self.scopes[step.scope].nodes[step.node].begun_at = self.clock;
            let given = if self.given.is_empty() { None } else { self.given.get(&self.path(step)) };
            if let Some(outputs) = given.map(|given| given.outputs.clone()) {
                self.set(step, Status::Done);
                return self.give_out(step, &outputs);
            }
        }
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
                self.may_have_won(step.scope);
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
                self.open_scope(plan, (Some(path), Some(step), 0), inputs);
            }
            Step::Control(Control::Frame(_)) => self.begin_frame(step),
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

    pub(super) fn begin_command(&self, step: At, attempt: u32) -> Command {
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

    pub(super) fn sleep(&mut self, step: At, attempt: u32, due: i64) {
        self.set(step, Status::Sleeping { attempt, due });
        self.commands.push(Command::Wake { path: self.path(step), due });
    }

    pub(super) fn finish(&mut self, step: At, outputs: &Values) {
        self.can_be_undone(step);
        self.set(step, Status::Done);
        self.give_out(step, outputs);
    }

    /// It happened, and nobody here can know its outputs. Its `error` output tells of what did not happen, so nothing leaves by it.
    pub(super) fn finish_without_outputs(&mut self, step: At) {
        self.can_be_undone(step);
        self.set(step, Status::Done);
        let plan = self.scopes[step.scope].plan.clone();
        for &wire in &plan.nodes[step.node].outgoing {
            let lost = &*plan.wires[wire].port != ERROR_PORT;
            let value = if lost { WireState::Lost(step.node) } else { WireState::Skipped };
            self.settled.push_back((step.scope, wire, value));
        }
    }

    /// A step can't run since what it needs of one that happened was lost: that is no branch that was not taken, and ends its scope.
    fn lacks_what_was_lost(&mut self, step: At, lost: usize) {
        let path = self.scopes[step.scope].path_of(lost);
        let error = StepError::new(
            "OUTPUTS_UNKNOWN",
            format!("{path} happened, as an approver said, but its answer was lost, and {} needs that.", self.path(step)),
            "Do what was to come after it by hand; running it again would do it twice.",
        );
        if self.scopes[step.scope].plan.is_race {
            self.set(step, Status::Failed);
            self.give_out(step, &Values::new());
        }
        self.fail_scope(step, path, error);
    }

    pub(super) fn skip(&mut self, step: At) {
        self.set(step, Status::Skipped);
        self.give_out(step, &Values::new());
    }

    pub(super) fn fail(&mut self, step: At, error: StepError) {
        let attempt = match *self.status(step) {
            Status::Begun { attempt } | Status::Acting { attempt, .. } | Status::Asking { attempt, .. } => attempt,
            _ => 1,
        };
        if !self.ask_what_happened(step, attempt, error.clone()) {
            self.fail_for_good(step, error);
        }
    }

    pub(super) fn fail_for_good(&mut self, step: At, error: StepError) {
        let takes_back_for = self.undoing.get(&step).copied();
        self.set(step, Status::Failed);
        if self.scopes[step.scope].plan.nodes[step.node].catches {
            let error = serde_json::to_value(&error).unwrap_or_default();
            return self.give_out(step, &Values::one(ERROR_PORT, error));
        }
        let path = self.path(step);
        if let Some(failed) = takes_back_for {
            return self.not_taken_back(failed, &error);
        }
        if self.scopes[step.scope].plan.is_race {
            self.give_out(step, &Values::new());
        }
        self.fail_scope(step, path, error);
    }

    /// In a race the others may still win.
    fn fail_scope(&mut self, step: At, path: Path, error: StepError) {
        self.scopes[step.scope].failure.get_or_insert((path, error));
        if !self.scopes[step.scope].plan.is_race {
            self.stop_scope(step.scope);
        }
    }

    /// Settles the wires that begin at a step: those of ports without a value are skipped.
    pub(super) fn give_out(&mut self, step: At, outputs: &Values) {
        let plan = self.scopes[step.scope].plan.clone();
        for &wire in &plan.nodes[step.node].outgoing {
            let value = outputs.get(&plan.wires[wire].port).cloned().map_or(WireState::Skipped, WireState::Value);
            self.settled.push_back((step.scope, wire, value));
        }
    }

    /// Ends scopes in which nothing is left to do, once all that follows from their last steps has been drawn.
    pub(super) fn close_scopes(&mut self) {
        while self.settled.is_empty()
            && let Some(index) = self.closing.pop()
        {
            let scope = &mut self.scopes[index];
            if scope.over || !scope.is_done() {
                continue;
            }
            if self.undo_next(index) {
                continue;
            }
            let scope = &mut self.scopes[index];
            let Some(parent) = scope.parent else {
                self.give_end();
                continue;
            };
            scope.over = true;
            let outcome = match scope.failure.clone() {
                Some((path, error)) if !scope.won => {
                    let message = format!("{} (in {path})", error.message);
                    Closed::Failed(StepError { message, ..error })
                }
                // One that was stopped without a failure of its own belongs to a run that is being cancelled or has failed.
                None if scope.stopping && !scope.won => Closed::Stopped,
                _ => Closed::Done(scope.outputs.clone()),
            };
            self.closed(parent, index, outcome);
        }
    }

    pub(super) fn give_end(&mut self) {
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
