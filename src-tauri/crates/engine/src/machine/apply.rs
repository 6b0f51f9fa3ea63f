//! What happened, taken in: an event changes where its step stands, and what is to be done.

use std::sync::Arc;

use consent::{Answer, Confirmed, Verdict};
use flow::{Shared, Value, Values};

use super::{At, Command, Machine, Status};
use crate::{Control, Event, Gate, Go, Path, Reply, Step, StepError};

impl Machine {
    /// Takes in what happened at a time (milliseconds since the epoch). What is to be done then is in [`Machine::commands`].
    ///
    /// An event about a step that does not wait for it is ignored: it came too late to matter.
    pub fn apply(&mut self, at: i64, event: &Event) {
        self.clock = at;
        match event {
            Event::Started { inputs, seed, deadline, given, .. } => {
                self.given = given.clone();
                self.now = at;
                self.seed = *seed;
                self.deadline = *deadline;
                self.commands.extend(deadline.map(|due| Command::Deadline { due }));
                self.open_scope(self.plan.clone(), (None, None, 0), inputs.clone());
            }
            Event::Cancelled { .. } => {
                self.cancelled = true;
                for scope in 0..self.scopes.len() {
                    self.stop_scope(scope);
                }
            }
            Event::Ended { ending, .. } => self.ended = Some(*ending),
            Event::Overdue { .. } => {
                self.deadline = None;
                let error = StepError::new(
                    "DEADLINE",
                    "The run took longer than its flow allows.",
                    "Give it more time, or look at what it waited for.",
                );
                self.scopes[0].failure.get_or_insert((Path::new("(run)"), error));
                self.stop_scope(0);
            }
            Event::Deferred { path, attempt, due, .. } => self.about(path, |machine, step, status| {
                // What was under way when the program ended, and is to be tried again, may have been sent.
                if let Status::Acting { go, .. } = &status {
                    machine.may_be_sent(step, Arc::clone(go));
                }
                if matches!(status, Status::Begun { .. } | Status::Acting { .. }) {
                    machine.sleep(step, *attempt, *due);
                    machine.rest_if_stopping(step, *attempt);
                }
            }),
            Event::Delayed { path, due } => self.about(path, |machine, step, status| {
                if let Status::Begun { attempt } = status {
                    machine.sleep(step, attempt, *due);
                }
            }),
            Event::Woke { path } => self.about(path, Self::woke),
            Event::Gated { path, target, attempt, verdict, gate, .. } => self.about(path, |machine, step, status| {
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
                        if machine.is_stopping(step) {
                            machine.ask_what_happened(step, *attempt, stopped());
                        }
                    }
                    (Gate::Act, Some(_)) => machine.approved(step, Some(verdict)),
                    (Gate::Refused, Some(_)) => machine.rejected(step, &refusal(verdict), Some(verdict)),
                    (Gate::Refused, None) => machine.refused(step, *attempt, refusal(verdict), granted()),
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
            Event::Replied { path, reply, decision, by, .. } => self.about(path, |machine, step, status| {
                let by = decision.zip(by.as_deref()).map(|(decision, by)| Confirmed::by(by, decision, at));
                machine.replied(step, status, *reply, by);
            }),
            Event::Finished { path, outputs, .. } => self.about(path, |machine, step, status| match status {
                Status::Concluding { outcome: Ok(None), .. } => machine.finish_without_outputs(step),
                status if status.is_busy() => machine.finish(step, outputs),
                _ => {}
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

    /// What waits while the run stops is not tried again: people are asked, where it may have been sent.
    fn rest_if_stopping(&mut self, step: At, attempt: u32) {
        if self.is_stopping(step) {
            self.ask_what_happened(step, attempt, stopped());
        }
    }

    pub(super) fn woke(&mut self, step: At, status: Status) {
        let Status::Sleeping { attempt, .. } = status else { return };
        if matches!(self.step(step), Step::Control(Control::Delay(_))) {
            let value = self.inputs(step).get("value").cloned().unwrap_or_else(|| Shared::new(Value::Null));
            self.finish(step, &Values::one_shared("value", value));
        } else {
            self.make_ready(step, attempt);
        }
    }

    /// A refusal of what was let go before leaves its money held: it is given back only where certainly nothing was sent.
    fn refused(&mut self, step: At, attempt: u32, error: StepError, held: Option<Arc<Go>>) {
        if self.ask_what_happened(step, attempt, error.clone()) {
            return;
        }
        match held.filter(|go| go.hold.is_some()) {
            Some(go) => self.conclude(step, attempt, Err(error), go),
            None => self.fail_for_good(step, error),
        }
    }

    pub(super) fn granted(&mut self, step: At, attempt: u32, go: Arc<Go>) {
        // It rests on this grant, should people be asked what became of it.
        if self.sent(step).is_some() {
            self.may_be_sent(step, go.clone());
        }
        let asked_for = self.scopes[step.scope].nodes[step.node].asked_for;
        let error = if self.is_stopping(step) {
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

    pub(super) fn act(&mut self, step: At, attempt: u32, go: Arc<Go>) {
        self.set(step, Status::Acting { attempt, go: go.clone() });
        let (path, inputs) = (self.path(step), self.inputs(step));
        self.commands.push(Command::Act { at: step, path, attempt, inputs, go });
    }

    pub(super) fn conclude(&mut self, step: At, attempt: u32, outcome: Result<Option<Values>, StepError>, go: Arc<Go>) {
        let hold = go.hold.clone();
        self.set(step, Status::Concluding { attempt, outcome: outcome.clone(), go });
        let outcome = outcome.map(Option::unwrap_or_default);
        self.commands.push(Command::Conclude { path: self.path(step), attempt, outcome, hold });
    }

    pub(super) fn replied(&mut self, step: At, status: Status, reply: Reply, by: Option<Confirmed>) {
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
            (Status::Unclear { attempt, go }, Reply::Answered(Answer::Happened)) => {
                let outputs = match (self.step(step), &by) {
                    (Step::Act(act), Some(by)) => act.confirmed(&self.inputs(step), &go, by),
                    _ => None,
                };
                self.conclude(step, attempt, Ok(outputs), go);
            }
            (Status::Unclear { attempt, go }, Reply::Answered(Answer::DidNot)) => {
                let error =
                    StepError::new("DID_NOT_HAPPEN", "An approver said that it did not happen.", "Run it again to try again.");
                self.conclude(step, attempt, Err(error), go);
            }
            (Status::Unclear { attempt, go }, Reply::Answered(Answer::Again)) => {
                self.may_be_sent(step, go);
                if !(self.is_stopping(step) && self.ask_what_happened(step, attempt, stopped())) {
                    self.make_ready(step, attempt + 1);
                }
            }
            _ => {}
        }
    }

    pub(super) fn approved(&mut self, step: At, verdict: Option<&Verdict>) {
        self.finish(step, &Values::one("approved", answer("approved", verdict)));
    }

    /// An approval that was not given leaves by its `rejected` output where something is wired to it; else it fails.
    pub(super) fn rejected(&mut self, step: At, error: &StepError, verdict: Option<&Verdict>) {
        let node = &self.scopes[step.scope].plan.nodes[step.node];
        let wired = node.outgoing.iter().any(|&wire| &*self.scopes[step.scope].plan.wires[wire].port == "rejected");
        if wired {
            self.finish(step, &Values::one("rejected", answer(&error.code, verdict)));
        } else {
            self.fail(step, error.clone());
        }
    }

    /// What was granted to an earlier attempt of a step that may have been sent.
    pub(super) fn sent(&self, step: At) -> Option<&Arc<Go>> {
        self.scopes[step.scope].nodes[step.node].sent.as_ref()
    }

    pub(super) fn may_be_sent(&mut self, step: At, go: Arc<Go>) {
        if self.effect(step).changes_the_world() {
            self.scopes[step.scope].nodes[step.node].sent = Some(go);
        }
    }

    /// Where an earlier attempt may have been sent, an end of the step drops no outcome: people are asked. False where nothing was sent.
    pub(super) fn ask_what_happened(&mut self, step: At, attempt: u32, error: StepError) -> bool {
        let Some(go) = self.sent(step).cloned() else { return false };
        self.set(step, Status::Acting { attempt, go });
        self.commands.push(Command::Unclear { path: self.path(step), attempt, error });
        true
    }
}

/// What was granted, out of the event that says so.
fn granted(at: i64, event: &Event) -> Option<Go> {
    let Event::Gated { request, request_digest, verdict, hold, prompt, decisions, surfaces, .. } = event else { return None };
    Some(Go {
        request: request.clone(),
        request_digest: *request_digest,
        verdict: verdict.clone(),
        hold: hold.clone(),
        prompt: prompt.clone(),
        decisions: decisions.clone(),
        surfaces: surfaces.clone(),
        at,
    })
}

/// Why an effect that may have been sent is not tried again.
pub(super) fn stopped() -> StepError {
    StepError::new("CANCELLED", "The run stops, so it is not tried again.", "").maybe_sent()
}

/// A refusal as a step's failure, under the gate's own code.
fn refusal(verdict: &Verdict) -> StepError {
    let code = serde_json::to_value(verdict.code).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
    StepError::new(&code, verdict.reason.clone(), "Nothing was done. Look at the verdict's lines for the rule that says so.")
}

/// What an approval gives out: the answer, and the verdict it was asked under. Information, never authority.
fn answer(answer: &str, verdict: Option<&Verdict>) -> Value {
    serde_json::json!({ "answer": answer, "verdict": verdict })
}
