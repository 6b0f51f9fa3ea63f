//! Frames: what stands in them runs in scopes of its own, once, for each element, or again and again.

use std::sync::Arc;

use flow::{Shared, Value, Values};
use serde_json::json;

use super::{At, Machine, Status};
use crate::{Control, Frame, OnFailure, Path, Step, StepError};

/// The name of what goes into a frame's level as its result.
const RESULT: &str = "result";

/// How far a frame has come that runs its members more than once.
pub(super) struct Rounds {
    /// What there is one round for, each.
    items: Shared,
    /// How many rounds were begun.
    begun: usize,
    /// How many of them are under way.
    open: usize,
    /// What came of each that is over.
    results: Vec<Option<Shared>>,
    failures: Vec<(usize, StepError)>,
}

/// How a scope came to its end.
pub(super) enum Closed {
    Done(Values),
    Failed(StepError),
    /// With what it stands in.
    Stopped,
}

impl Machine {
    pub(super) fn begin_frame(&mut self, step: At) {
        let plan = Arc::clone(&self.scopes[step.scope].plan);
        let node = &plan.nodes[step.node];
        let (Step::Control(Control::Frame(frame)), Some(body)) = (&node.step, &node.body) else { return };
        let inputs = self.inputs(step);
        self.set(step, Status::Inside);
        let items = match frame {
            Frame::Race | Frame::Fallback | Frame::Try => {
                let path = self.path(step);
                return self.open_scope(Arc::clone(body), (Some(path), Some(step), 0), inputs);
            }
            Frame::Repeat { .. } => Arc::new(Value::Null),
            Frame::ForEach { .. } => match inputs.get("items") {
                Some(items) if items.is_array() => Arc::clone(items),
                _ => {
                    let error = StepError::new("BAD_INPUT", "What came in on items is no list.", "Wire a list to it.");
                    return self.fail(step, error);
                }
            },
        };
        let rounds = Rounds { items, begun: 0, open: 0, results: Vec::new(), failures: Vec::new() };
        self.scopes[step.scope].nodes[step.node].rounds = Some(Box::new(rounds));
        match frame {
            Frame::Repeat { .. } => {
                let first = inputs.get("value").cloned();
                self.begin_round(step, first);
            }
            _ => self.next_elements(step),
        }
    }

    /// The outcome of a scope, for the step it stands in.
    pub(super) fn closed(&mut self, step: At, scope: usize, outcome: Closed) {
        let plan = Arc::clone(&self.scopes[step.scope].plan);
        match &plan.nodes[step.node].step {
            Step::Control(Control::Frame(Frame::ForEach { on_failure, .. })) => {
                self.element_closed(step, scope, outcome, *on_failure)
            }
            Step::Control(Control::Frame(Frame::Repeat { until, most })) => match outcome {
                Closed::Done(outputs) => self.round_closed(step, scope, &outputs, (until, *most)),
                other => self.frame_closed(step, other),
            },
            _ => self.frame_closed(step, outcome),
        }
    }

    fn frame_closed(&mut self, step: At, outcome: Closed) {
        match outcome {
            Closed::Done(outputs) => self.finish(step, &outputs),
            Closed::Failed(error) => self.fail(step, error),
            Closed::Stopped => self.set(step, Status::Skipped),
        }
    }

    /// Ends a race whose first value has come out: what is left is stopped, and what was sent is waited for.
    pub(super) fn may_have_won(&mut self, scope: usize) {
        if self.scopes[scope].plan.is_race && !std::mem::replace(&mut self.scopes[scope].won, true) {
            self.stop_scope(scope);
        }
    }
}

/// For each element.
impl Machine {
    /// Begins as many elements as may run at once.
    fn next_elements(&mut self, step: At) {
        let plan = Arc::clone(&self.scopes[step.scope].plan);
        let Step::Control(Control::Frame(Frame::ForEach { parallel, on_failure })) = &plan.nodes[step.node].step else { return };
        let most = usize::try_from(*parallel).unwrap_or(usize::MAX).max(1);
        loop {
            let goes_on = !self.is_stopping(step);
            let Some(rounds) = self.rounds(step) else { return };
            let goes_on = goes_on && (rounds.failures.is_empty() || *on_failure != OnFailure::Stop);
            let item = rounds.items.get(rounds.begun).filter(|_| goes_on && rounds.open < most).cloned();
            let Some(item) = item else { break };
            self.begin_round(step, Some(Arc::new(item)));
        }
        if self.rounds(step).is_some_and(|rounds| rounds.open == 0) {
            self.elements_done(step, *on_failure);
        }
    }

    fn element_closed(&mut self, step: At, scope: usize, outcome: Closed, on_failure: OnFailure) {
        let round = self.scopes[scope].round;
        let Some(rounds) = self.rounds(step) else { return };
        rounds.open -= 1;
        match outcome {
            Closed::Done(outputs) => rounds.results[round] = Some(outputs.get(RESULT).cloned().unwrap_or_default()),
            Closed::Failed(error) => rounds.failures.push((round, error)),
            Closed::Stopped => {}
        }
        if on_failure == OnFailure::Stop && !rounds.failures.is_empty() {
            for inner in self.scopes[step.scope].inner.clone() {
                if self.scopes[inner].parent == Some(step) {
                    self.stop_scope(inner);
                }
            }
        }
        self.next_elements(step);
    }

    fn elements_done(&mut self, step: At, on_failure: OnFailure) {
        let Some(rounds) = self.scopes[step.scope].nodes[step.node].rounds.take() else { return };
        let Rounds { results, mut failures, .. } = *rounds;
        if self.is_stopping(step) && failures.is_empty() {
            return self.set(step, Status::Skipped);
        }
        // The first in time: the others failed since they were stopped.
        if on_failure == OnFailure::Stop && !failures.is_empty() {
            let (_, error) = failures.swap_remove(0);
            return self.fail(step, error);
        }
        failures.sort_by_key(|(index, _)| *index);
        let kept = results.into_iter().filter(|result| on_failure != OnFailure::Skip || result.is_some());
        let kept: Vec<Value> = kept.map(|result| result.map_or(Value::Null, |result| (*result).clone())).collect();
        let failed: Vec<Value> = failures.iter().map(|(index, error)| json!({ "index": index, "error": error })).collect();
        let mut outputs = Values::one("results", Value::from(kept));
        outputs.insert("failures", Value::from(failed));
        self.finish(step, &outputs);
    }
}

/// Again and again.
impl Machine {
    fn begin_round(&mut self, step: At, value: Option<Shared>) {
        let plan = Arc::clone(&self.scopes[step.scope].plan);
        let Some(body) = &plan.nodes[step.node].body else { return };
        let mut inputs = self.inputs(step);
        let path = self.path(step);
        let Some(rounds) = self.rounds(step) else { return };
        let round = rounds.begun;
        rounds.begun += 1;
        rounds.open += 1;
        rounds.results.push(None);
        let (name, counter) = if rounds.items.is_array() { ("item", "index") } else { ("value", "round") };
        if let Some(value) = value {
            inputs.insert(name, value);
        }
        inputs.insert(counter, Value::from(if counter == "round" { round + 1 } else { round }));
        self.open_scope(Arc::clone(body), (Some(path.round(round)), Some(step), round), inputs);
    }

    fn round_closed(&mut self, step: At, scope: usize, outputs: &Values, (until, most): (&crate::Until, u32)) {
        let result = outputs.get(RESULT).cloned().unwrap_or_default();
        let stopping = self.is_stopping(step);
        let Some(rounds) = self.rounds(step) else { return };
        rounds.open -= 1;
        let done = rounds.begun;
        let mut seen = self.scopes[scope].inputs.clone();
        seen.insert(RESULT, Arc::clone(&result));
        match until((self.now, self.seed), &seen) {
            Err(error) => self.fail(step, error),
            Ok(true) => {
                let mut outputs = Values::one_shared(RESULT, result);
                outputs.insert("rounds", Value::from(done));
                self.finish(step, &outputs);
            }
            Ok(false) if stopping => self.set(step, Status::Skipped),
            Ok(false) if u32::try_from(done).is_ok_and(|done| done < most) => self.begin_round(step, Some(result)),
            Ok(false) => {
                let message = format!("After {done} rounds its condition does not hold.");
                let hint = "Allow more rounds, or look at why the condition does not come to hold.";
                self.fail(step, StepError::new("REPEAT_LIMIT", message, hint));
            }
        }
    }

    fn rounds(&mut self, step: At) -> Option<&mut Rounds> {
        self.scopes[step.scope].nodes[step.node].rounds.as_deref_mut()
    }
}

impl Path {
    /// A round of this step, from 0.
    fn round(&self, round: usize) -> Self {
        Self::new(format!("{self}[{round}]"))
    }
}
