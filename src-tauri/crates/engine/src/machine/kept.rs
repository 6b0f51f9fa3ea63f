//! Going on from a step of a run that was: what need not be done again.

use std::collections::HashSet;

use super::{At, Machine, Status};
use crate::{Control, Frame, Path, Step};

impl Machine {
    /// The steps that are done and rest neither on this one nor on anything after it, in the order in which values reach them. `None` where
    /// the run has no such step.
    pub fn kept_before(&self, from: &Path) -> Option<Vec<(Path, At)>> {
        let again = self.again_from(self.find(from)?);
        let all = self
            .scopes
            .iter()
            .enumerate()
            .flat_map(|(index, scope)| scope.plan.order().into_iter().map(move |node| At { scope: index, node }));
        let kept = all.filter(|at| {
            !again.contains(at)
                && (self.has_own_result(*at) || self.given.contains_key(&self.path(*at)))
                && matches!(self.status(*at), Status::Done)
        });
        Some(kept.map(|at| (self.path(at), at)).collect())
    }

    /// The effects after a step, itself included, that were carried out.
    pub fn effects_after(&self, from: &Path) -> Vec<Path> {
        let again = self.find(from).map(|at| self.again_from(at)).unwrap_or_default();
        let mut effects: Vec<At> = again.into_iter().filter(|at| self.effect(*at).changes_the_world()).collect();
        effects.retain(|at| matches!(self.status(*at), Status::Done | Status::Unclear { .. } | Status::Acting { .. }));
        effects.sort_by_key(|at| (at.scope, at.node));
        effects.into_iter().map(|at| self.path(at)).collect()
    }

    /// What a step gives follows from others where it only stands for them.
    fn has_own_result(&self, at: At) -> bool {
        !matches!(
            self.step(at),
            Step::Control(Control::Input | Control::Output | Control::SubFlow { .. } | Control::Frame(_) | Control::Nothing)
        )
    }

    /// A step and all that rests on it.
    fn again_from(&self, start: At) -> HashSet<At> {
        let mut again = HashSet::new();
        let mut whole: Vec<usize> = Vec::new();
        let mut at = Some(start);
        while let Some(step) = at {
            let scope = &self.scopes[step.scope];
            let after = scope.plan.downstream(step.node);
            for node in (0..after.len()).filter(|&node| after[node]) {
                again.insert(At { scope: step.scope, node });
                if node != step.node {
                    whole.extend(self.inside(At { scope: step.scope, node }));
                }
            }
            // Later rounds rest on earlier ones where each begins with what the one before gave.
            at = scope.parent;
            if let Some(parent) = scope.parent
                && matches!(self.step(parent), Step::Control(Control::Frame(Frame::Repeat { .. })))
            {
                whole.extend(self.inside(parent).into_iter().filter(|&other| self.scopes[other].round > scope.round));
            }
        }
        // What stood in the step itself is done again with it.
        whole.extend(self.inside(start));
        while let Some(scope) = whole.pop() {
            again.extend((0..self.scopes[scope].nodes.len()).map(|node| At { scope, node }));
            whole.extend(&self.scopes[scope].inner);
        }
        again
    }

    pub(super) fn inside(&self, step: At) -> Vec<usize> {
        let inner = self.scopes[step.scope].inner.iter().copied();
        inner.filter(|&scope| self.scopes[scope].parent == Some(step)).collect()
    }
}
