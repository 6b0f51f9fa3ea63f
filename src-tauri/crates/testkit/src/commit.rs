//! What one commit wrote, and the state that commits lead to.

use std::collections::{BTreeMap, HashMap};

use consent::{Authority, Prompt, PromptId, PromptState, Record};
use engine::{Ending, Event, Path, RunId, Stamped, Waiting, journal::WaitingStep};

/// What one commit wrote: a run's batch, or a change of the workspace.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The run; `None` for a change of the workspace.
    pub run: Option<RunId>,
    /// The run's events, in order.
    pub events: Vec<Stamped>,
    /// The authority's changes, in order.
    pub records: Vec<Record>,
    /// Whether the run rests from then on.
    pub rests: bool,
}

/// A run's row.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) events: Vec<Stamped>,
    pub(crate) rests: bool,
    pub(crate) ending: Option<Ending>,
    /// A batch of it failed: what was sent after that one must fail too, until the run is loaded again.
    pub(crate) broken: bool,
}

/// All that commits lead to, but for the authority, which the commits of a live journal have changed already.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) authority: Authority,
    pub(crate) runs: HashMap<RunId, Row>,
    pub(crate) waiting: BTreeMap<(RunId, Path), WaitingStep>,
    /// All there ever were, as they stand.
    pub(crate) prompts: BTreeMap<PromptId, Prompt>,
}

impl State {
    /// The steps of a run that wait for a prompt.
    pub(crate) fn waits_for(&self, run: &RunId, prompt: &str) -> Vec<Path> {
        let waits = |step: &&WaitingStep| step.run == *run && step.prompt.as_deref() == Some(prompt);
        self.waiting.values().filter(waits).map(|step| step.path.clone()).collect()
    }

    /// Adds an event to its run.
    pub(crate) fn take_event(&mut self, run: &RunId, stamped: Stamped) {
        let step = |path: &Path| (run.clone(), path.clone());
        if let Some(path) = &stamped.event.waits_as() {
            let wait = |due, prompt| WaitingStep { run: run.clone(), path: path.clone(), due, prompt };
            match stamped.event.waiting() {
                Waiting::ForTime(due) => drop(self.waiting.insert(step(path), wait(Some(due), None))),
                Waiting::ForPrompt { prompt, expires_at } => {
                    self.waiting.insert(step(path), wait(expires_at, Some(prompt.to_owned())));
                }
                Waiting::No => drop(self.waiting.remove(&step(path))),
                Waiting::Unchanged | Waiting::NothingInRun => {}
            }
        }
        if let Event::Ended { ending, .. } = &stamped.event {
            self.waiting.retain(|(of, _), _| of != run);
            self.runs.entry(run.clone()).or_default().ending = Some(*ending);
        }
        self.runs.entry(run.clone()).or_default().events.push(stamped);
    }

    /// Keeps what the prompts' states are, also of those that the authority forgets.
    pub(crate) fn take_record(&mut self, record: &Record) {
        match record {
            Record::PromptOpened(prompt) => drop(self.prompts.insert(prompt.id.clone(), (**prompt).clone())),
            Record::PromptClosed { prompt, state, .. } => self.set_prompt(prompt, *state),
            Record::Decided(decision) => {
                let said = &decision.statement;
                self.set_prompt(&said.prompt, PromptState::after(said.answer));
            }
            _ => {}
        }
    }

    fn set_prompt(&mut self, id: &str, state: PromptState) {
        if let Some(prompt) = self.prompts.get_mut(id) {
            prompt.state = state;
        }
    }

    /// What a commit of another journal leads to here.
    pub(crate) fn replay(&mut self, commit: &Commit) {
        for record in &commit.records {
            if let Err(error) = self.authority.apply(record) {
                panic!("a record does not follow from those before it: {error}");
            }
            self.take_record(record);
        }
        let Some(run) = &commit.run else { return };
        for stamped in &commit.events {
            self.take_event(run, stamped.clone());
        }
        self.runs.entry(run.clone()).or_default().rests = commit.rests;
    }
}
