//! Which steps' states an event changed, for those who follow a run.

use std::collections::HashSet;

use super::{At, Machine, StepState};
use crate::Path;

/// A step whose state changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The step.
    pub path: Path,
    /// Where it stood; `None` when the run did not know the step yet.
    pub from: Option<StepState>,
    /// Where it stands now.
    pub to: StepState,
}

impl Machine {
    /// The same machine, which keeps what [`Machine::moved`] tells. Whoever asks for that takes it now and then.
    pub fn followed(mut self) -> Self {
        self.moved = Some(Vec::new());
        self
    }

    /// The steps whose state has changed since the last call, each once; new ones in the order in which values reach them.
    pub fn moved(&mut self) -> Vec<Moved> {
        let Some(moved) = &mut self.moved else { return Vec::new() };
        let moved = std::mem::take(moved);
        let mut seen = HashSet::with_capacity(moved.len());
        let first = moved.into_iter().filter(|(step, _)| seen.insert(*step)).collect::<Vec<_>>();
        let changed = first.into_iter().filter_map(|(step, from)| {
            let to = self.status(step).state();
            (from != Some(to)).then(|| Moved { path: self.path(step), from, to })
        });
        changed.collect()
    }

    /// Whether nothing is under way, and something waits for a person or a time.
    pub fn only_waits(&self) -> bool {
        let mut statuses = self.scopes.iter().flat_map(|scope| &scope.nodes).map(|node| &node.status);
        self.ended.is_none()
            && statuses.clone().all(|status| !status.is_under_way())
            && statuses.any(|status| status.state().waits())
    }

    /// Keeps that a step stood somewhere else before, where somebody follows.
    pub(super) fn note(&mut self, step: At, from: Option<StepState>) {
        if let Some(moved) = &mut self.moved
            && self.scopes[step.scope].plan.nodes[step.node].is_drawn
        {
            moved.push((step, from));
        }
    }
}
