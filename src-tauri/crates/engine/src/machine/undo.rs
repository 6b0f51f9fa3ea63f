//! Taking back: when something fails, what was done in it is undone, the last first.

use super::{At, Machine, Status};
use crate::StepError;

impl Machine {
    /// Keeps in mind that a step that came to its end could be taken back.
    pub(super) fn can_be_undone(&mut self, step: At) {
        self.finished += 1;
        if self.scopes[step.scope].plan.nodes[step.node].undo.is_some() {
            self.scopes[step.scope].undoable.push((self.finished, step.node));
        }
    }

    /// Takes back the next effect of a scope that failed, also of what stood in it. False where nothing is left, or nothing is to be.
    pub(super) fn undo_next(&mut self, scope: usize) -> bool {
        if self.undoing.values().any(|&failed| failed == scope) {
            return true;
        }
        let failed = self.scopes[scope].failure.is_some() && !self.scopes[scope].won;
        while failed
            && !self.cancelled
            && let Some(done) = self.last_done(scope)
        {
            let plan = &self.scopes[done.scope].plan;
            let Some(node) = plan.nodes[done.node].undo else { continue };
            let step = At { scope: done.scope, node };
            if matches!(self.status(step), Status::Armed) {
                self.undoing.insert(step, scope);
                let path = self.path(done);
                self.scopes[scope].undone.push(path);
                self.make_ready(step, 1);
                return true;
            }
            let path = self.path(done);
            self.scopes[scope].not_undone.push((path, "what that needs did not come".to_owned()));
        }
        self.tell_what_was_undone(scope);
        false
    }

    /// The step of a scope, or of one inside it, whose effect was the last; it is taken off the list.
    fn last_done(&mut self, scope: usize) -> Option<At> {
        let mut scopes = vec![scope];
        let mut next = 0;
        while let Some(&at) = scopes.get(next) {
            next += 1;
            scopes.extend(&self.scopes[at].inner);
        }
        let last = scopes.into_iter().filter_map(|at| Some((self.scopes[at].undoable.last()?.0, at))).max()?;
        let (_, node) = self.scopes[last.1].undoable.pop()?;
        Some(At { scope: last.1, node })
    }

    /// A step that was to take something back failed: that is told, and the others go on.
    pub(super) fn not_taken_back(&mut self, scope: usize, error: &StepError) {
        let failed = &mut self.scopes[scope];
        if let Some(path) = failed.undone.pop() {
            failed.not_undone.push((path, error.message.clone()));
        }
    }

    fn tell_what_was_undone(&mut self, scope: usize) {
        let scope = &mut self.scopes[scope];
        let undone = std::mem::take(&mut scope.undone);
        let not_undone = std::mem::take(&mut scope.not_undone);
        let Some((_, error)) = &mut scope.failure else { return };
        if !undone.is_empty() {
            let names: Vec<_> = undone.iter().map(ToString::to_string).collect();
            error.message.push_str(&format!(" Taken back: {}.", names.join(", ")));
        }
        for (path, why) in not_undone {
            error.message.push_str(&format!(" NOT taken back: {path} ({}).", why.trim_end_matches('.')));
        }
    }
}
