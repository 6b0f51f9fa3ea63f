//! Carrying out steps, and the order around every effect: request → gate → hold → prompt → decision → gate again → act → post. It is
//! kept here, never by a node, so that a flow can't leave it out.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use consent::{Action, Fact, Request, Shown};
use flow::{Digest, Effect, Values};
use futures_util::FutureExt;

use super::{
    Progress,
    actor::{Actor, micros},
};
use crate::{Act, Context, Control, Entry, Event, Go, Machine, Path, Step, StepError, machine::At, targets};

/// An attempt that came to its end.
pub(super) struct Acted {
    pub(super) at: At,
    pub(super) path: Path,
    pub(super) attempt: u32,
    pub(super) began: Instant,
    pub(super) result: Result<Values, StepError>,
}

impl Actor {
    /// The idempotency key of a step: the same for all its attempts.
    fn key(&self, path: &Path) -> Digest {
        Digest::chain("assent.key.v1", &[self.run.as_bytes(), path.as_str().as_bytes()])
    }

    pub(super) fn begin(&mut self, machine: &mut Machine, at: At, path: Path, attempt: u32, inputs: Values) {
        let began = Instant::now();
        let key = self.key(&path);
        let context = machine.context(&path, attempt, key);
        match machine.step(at) {
            Step::Pure(pure) => match caught(|| pure.run(&context, &inputs)) {
                Ok(outputs) => {
                    let took_us = micros(began);
                    self.record(machine, Entry::Event(Event::Finished { path, attempt, outputs, took_us }));
                }
                Err(error) => self.failed(machine, at, path, attempt, error, micros(began)),
            },
            Step::Act(act) => match caught(|| act.request(&context, &inputs)) {
                Ok(Some(action)) => {
                    let act = Arc::clone(act);
                    if let Some(deferred) = self.deferred(&*act, &action, &path, attempt) {
                        return self.record(machine, Entry::Event(deferred));
                    }
                    let request = Box::new(self.request(&path, key, action));
                    self.record(machine, Entry::Authorise { path, target: None, attempt, request, expires_at: None });
                }
                Ok(None) if machine.effect(at).changes_the_world() => {
                    let error = StepError::new(
                        "NO_REQUEST",
                        "It would change something outside without saying what, so it was not started.",
                        "This is a mistake in the node's kind: report it.",
                    );
                    self.failed(machine, at, path, attempt, error, micros(began));
                }
                Ok(None) => self.act(machine, at, path, attempt, inputs, None),
                Err(error) => self.failed(machine, at, path, attempt, error, micros(began)),
            },
            Step::Control(_) => {}
        }
    }

    /// Says so where a call has to wait for the sake of its target.
    fn deferred(&self, act: &dyn Act, action: &Action, path: &Path, attempt: u32) -> Option<Event> {
        let target = targets::of(action)?;
        let caller = (self.run.clone(), path.clone(), attempt);
        let admitted = self.shared.targets().admit(target, caller, self.shared.clock.now(), act.rate());
        let (why, due) = admitted.err()?;
        Some(Event::Deferred { path: path.clone(), attempt, target: target.to_owned(), why, due })
    }

    fn request(&self, path: &Path, key: Digest, action: Action) -> Request {
        Request { key, run: Some(self.run.to_string()), path: Some(path.to_string()), by_hand: self.by_hand.clone(), action }
    }

    /// Asks people: through the gate for a target's effect, exactly as that step would; else a plain question.
    pub(super) fn ask(&mut self, machine: &mut Machine, at: At, path: Path, inputs: &Values, target: Option<(At, Path, Values)>) {
        let Step::Control(Control::Approval { question, expires_ms, .. }) = machine.step(at) else { return };
        let expires_at = expires_ms.map(|ms| self.shared.clock.now().saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)));
        let entry = match target {
            None => caught(|| question(&machine.context(&path, 1, self.key(&path)), inputs)).map(|sentence| Entry::Question {
                path: path.clone(),
                shown: Box::new(Shown { sentence, facts: Vec::new(), verdict: None }),
                expires_at,
            }),
            Some((target, target_path, target_inputs)) => {
                self.target_action(machine, target, &target_path, &target_inputs).map(|action| {
                    let request = Box::new(self.request(&target_path, self.key(&target_path), action));
                    Entry::Authorise { path: path.clone(), target: Some(target_path), attempt: 1, request, expires_at }
                })
            }
        };
        match entry {
            Ok(entry) => self.record(machine, entry),
            Err(error) => self.failed(machine, at, path, 1, error, 0),
        }
    }

    fn target_action(&self, machine: &Machine, target: At, path: &Path, inputs: &Values) -> Result<Action, StepError> {
        let Step::Act(act) = machine.step(target) else {
            return Err(StepError::new(
                "NO_EFFECT",
                format!("{path} has no effect to ask for."),
                "Name a node that writes or pays.",
            ));
        };
        caught(|| act.request(&machine.context(path, 1, self.key(path)), inputs))?
            .ok_or_else(|| StepError::new("NO_EFFECT", format!("{path} asks for nothing."), "Name a node that writes or pays."))
    }

    /// Lets a step act, for at most its time; in a task of its own, unless it was granted and needs to wait for nothing.
    pub(super) fn act(&mut self, machine: &Machine, at: At, path: Path, attempt: u32, inputs: Values, go: Option<Arc<Go>>) {
        let Step::Act(act) = machine.step(at) else { return };
        let act = act.clone();
        let effect = machine.effect(at);
        let timeout_ms = machine.timeout_ms(at);
        let due = self.shared.clock.now().saturating_add(i64::try_from(timeout_ms).unwrap_or(i64::MAX));
        let timeout = self.shared.clock.until(due);
        let key = go.as_ref().map_or_else(|| self.key(&path), |go| go.request.key);
        let (run, (now, seed)) = (self.run.clone(), machine.time_and_seed());
        if self.shared.progress.receiver_count() > 0 {
            let _ = self.shared.progress.send(Progress { run: run.clone(), path: path.clone(), attempt });
        }
        let began = Instant::now();
        let (step, granted) = (path.clone(), go.is_some());
        let mut acting = Box::pin(async move {
            let context = Context { run: &run, path: &path, attempt, now, seed, key };
            let acting = AssertUnwindSafe(act.act(context, &inputs, go.as_deref())).catch_unwind();
            let result = tokio::select! {
                biased;
                result = acting => result.unwrap_or_else(|panic| Err(panicked(effect, &*panic))),
                () = timeout => Err(timed_out(timeout_ms, effect)),
            };
            Acted { at, path, attempt, began, result }
        });
        // What was granted stands in the journal, so it may act at once; anything else must not run ahead of what else is to be recorded.
        match granted.then(|| acting.as_mut().now_or_never()).flatten() {
            Some(acted) => self.acted.push(acted),
            None => {
                let handle = self.acting.spawn(acting);
                self.handles.insert(step, (attempt, handle));
            }
        }
    }

    /// An effect was granted and perhaps sent when the process ended.
    pub(super) fn recover(&mut self, machine: &mut Machine, at: At, path: Path, attempt: u32) {
        if matches!(machine.step(at), Step::Act(act) if act.honours_key()) {
            let inputs = machine.inputs(at);
            return self.begin(machine, at, path, attempt + 1, inputs);
        }
        let error = StepError::new(
            "INTERRUPTED",
            "The program ended while this was under way, so nobody here knows whether it happened.",
            "Look at the other side, then answer the prompt.",
        );
        let entry = self.unclear(machine, path, attempt, error.maybe_sent());
        self.record(machine, entry);
    }

    pub(super) fn unclear(&self, machine: &Machine, path: Path, attempt: u32, error: StepError) -> Entry {
        let fact = |label: &str, value: String| Fact { label: label.to_owned(), value, source: "engine".to_owned() };
        let sent = machine.may_have_been_sent(&path);
        let mut facts: Vec<Fact> =
            sent.iter().map(|go| fact("What may have been sent", consent::sentence(&go.request))).collect();
        if let Some(Action::Call(call)) = sent.map(|go| &go.request.action) {
            facts.push(fact("Address", format!("{} {}", call.method, call.url)));
        }
        facts.extend([
            fact("What went wrong", error.message.clone()),
            fact("Attempt", attempt.to_string()),
            fact("Idempotency key", self.key(&path).to_string()),
        ]);
        let shown = Shown { sentence: format!("Did {path} happen? Its outcome is not known."), facts, verdict: None };
        Entry::Unclear { path, attempt, error, shown: Box::new(shown) }
    }
}

fn timed_out(timeout_ms: u64, effect: Effect) -> StepError {
    let error = StepError::new(
        "TIMEOUT",
        format!("It took longer than {timeout_ms} ms and was given up."),
        "Give it more time, or look at what it waits for.",
    )
    .retryable();
    if effect.changes_the_world() { error.maybe_sent() } else { error }
}

/// Runs a node's code; a panic in it is the step's failure, not the program's.
fn caught<T>(run: impl FnOnce() -> Result<T, StepError>) -> Result<T, StepError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(panicked(Effect::Pure, &*panic)))
}

fn panicked(effect: Effect, panic: &(dyn std::any::Any + Send)) -> StepError {
    let message = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    let error = StepError::new(
        "PANIC",
        format!("The node's code broke off: {message}."),
        "This is a mistake in the node's kind: report it.",
    );
    if effect.changes_the_world() { error.maybe_sent() } else { error }
}
