//! Why a step does not run, or not yet: from the step back to what caused it.

use std::collections::HashSet;

use super::{At, Machine, StepState, scope::WireState, status::Status};
use crate::{Control, Path, Step};

/// One reason, in one plain sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// The step it is about.
    pub path: Path,
    /// Its port, where it is about one.
    pub port: Option<String>,
    /// The sentence.
    pub text: String,
}

impl Machine {
    /// Why a step is where it is, the nearest reason first, down to what caused it. `None` where the run does not know the step.
    pub fn why(&self, path: &Path) -> Option<Vec<Because>> {
        let mut because = Vec::new();
        let mut seen = HashSet::new();
        let mut next = vec![self.find(path)?];
        while let Some(at) = next.pop() {
            if seen.insert(at) {
                next.extend(self.explain(at, &mut because).into_iter().rev());
            }
        }
        Some(because)
    }

    /// Adds the reasons for where a step stands, and says which steps to explain next.
    fn explain(&self, at: At, because: &mut Vec<Because>) -> Vec<At> {
        let path = self.path(at);
        let mut say = |text: String| because.push(Because { path: path.clone(), port: None, text });
        let scope = &self.scopes[at.scope];
        match self.status(at) {
            Status::Armed => say(format!("{path} runs only if what another step did is to be taken back.")),
            Status::Ready { .. } if scope.stopping => say(format!("{path} does not begin, since the run stops.")),
            Status::Ready { .. } => say(format!("{path} waits for its turn: {} steps may act at once.", self.plan.parallel)),
            Status::Sleeping { .. } => say(format!("{path} waits for a time.")),
            Status::Asking { .. } => say(format!("{path} waits for a person's answer.")),
            Status::Unclear { .. } => say(format!("{path} was sent, and a person has to say what became of it.")),
            Status::Skipped | Status::Pending => return self.explain_wires(at, because),
            Status::Failed => say(format!("{path} failed.")),
            Status::Begun { .. } | Status::Acting { .. } | Status::Concluding { .. } => say(format!("{path} is under way.")),
            Status::Inside => {
                let inner = self.inside(at).into_iter().filter(|&scope| !self.scopes[scope].over);
                let open: Vec<At> = inner
                    .flat_map(|scope| (0..self.scopes[scope].nodes.len()).map(move |node| At { scope, node }))
                    .filter(|at| self.status(*at).is_under_way() || self.status(*at).state().waits())
                    .collect();
                say(format!("What stands in {path} is under way."));
                return open;
            }
            Status::Done => {}
        }
        Vec::new()
    }

    /// Why what comes in does not let a step begin.
    fn explain_wires(&self, at: At, because: &mut Vec<Because>) -> Vec<At> {
        let (path, scope) = (self.path(at), &self.scopes[at.scope]);
        let skipped = self.status(at).state() == StepState::Skipped;
        let about = |port: Option<&str>, text: String| Because { path: path.clone(), port: port.map(str::to_owned), text };
        let mut next = Vec::new();
        let mut found = false;
        for input in &scope.plan.nodes[at.node].inputs {
            for &wire in &input.wires {
                let Some(from) = self.source(at.scope, wire) else { continue };
                let (source, out) = (self.path(from), &scope.plan.wires[wire].port);
                let text = match (&scope.wires[wire], self.status(from).state()) {
                    (WireState::Pending, _) if !skipped && !scope.stopping => {
                        format!("{path} waits for what comes in on {} from {source}.", input.port)
                    }
                    (WireState::Lost(_), _) => format!("{path} needs what {source} gave, and that was lost."),
                    // What was not taken says why by itself; what did not run is explained next.
                    (WireState::Skipped, StepState::Done) if skipped && (input.required || !input.many) => {
                        format!("{path} got nothing on {}: {source} is done, and gave nothing on {out}.", input.port)
                    }
                    (WireState::Skipped, state) if skipped && (input.required || !input.many) => {
                        let how = match state {
                            StepState::Failed => "failed",
                            _ => "did not run",
                        };
                        format!("{path} got nothing on {}, since {source} {how}.", input.port)
                    }
                    _ => continue,
                };
                because.push(about(Some(&input.port), text));
                found = true;
                if self.status(from).state() != StepState::Done {
                    next.push(from);
                }
            }
        }
        if found {
            return next;
        }
        // Nothing that comes in is the reason, so it is what it stands in.
        match (scope.parent, &scope.failure) {
            (_, Some((failed, error))) => {
                because.push(about(None, format!("{path} did not begin, since {failed} failed before: {}", error.message)));
            }
            _ if self.cancelled => {
                because.push(about(None, format!("{path} did not begin, since the run was cancelled before.")))
            }
            (Some(parent), None) if scope.stopping => {
                because.push(about(None, format!("{path} did not begin, since {} was stopped.", self.path(parent))));
                next.push(parent);
            }
            _ if matches!(self.step(at), Step::Control(Control::Nothing)) => {}
            _ => because.push(about(None, format!("Nothing that leads to {path} brought a value."))),
        }
        next
    }

    /// The step that a wire begins at.
    fn source(&self, scope: usize, wire: usize) -> Option<At> {
        let nodes = &self.scopes[scope].plan.nodes;
        let node = nodes.iter().position(|node| node.outgoing.contains(&wire))?;
        if nodes[node].is_drawn { Some(At { scope, node }) } else { self.scopes[scope].parent }
    }
}
