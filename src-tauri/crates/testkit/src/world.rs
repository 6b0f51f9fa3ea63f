//! The outside, as the nodes of tests see it: it remembers what was done to it, and answers as it was told.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::{Context, RunId, StepError};
use flow::{Digest, Shared};
use tokio::sync::watch;

use crate::MemoryJournal;

/// How the outside answers one call.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It does what is asked and answers.
    Happens,
    /// It does what is asked once [`World::open`] was called for the step.
    Waits,
    /// It does nothing and answers with this error.
    FailsBefore(StepError),
    /// It does what is asked, but the answer is this error.
    FailsAfter(StepError),
    /// It does nothing and never answers.
    HangsBefore,
    /// It does what is asked and never answers.
    HangsAfter,
    /// The node's own code breaks off.
    Panics,
}

/// One call to the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The run.
    pub run: RunId,
    /// The step.
    pub path: String,
    /// Which attempt.
    pub attempt: u32,
    /// The idempotency key that came along.
    pub key: Digest,
    /// Whether the start of this attempt was on the disk.
    pub start_was_on_disk: bool,
    /// How many commits were on the disk when it came.
    pub asked_at: usize,
    /// How many commits were on the disk when something was done; `None` where nothing was: it failed, changes nothing, or was done
    /// already under this key.
    pub done_at: Option<usize>,
}

/// How a step's target behaves where no script says otherwise. The same whenever the program stops and goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Does what is asked and answers.
    Reliable,
    /// Answers the first call with an error, before anything is done.
    FailsFirst,
    /// Loses the answer to the call by which something was done first.
    LosesAnswer,
}

/// The outside.
#[derive(Default)]
pub struct World {
    state: Mutex<State>,
    open: watch::Sender<HashSet<String>>,
}

#[derive(Default)]
struct State {
    journal: Option<Arc<MemoryJournal>>,
    scripts: HashMap<String, VecDeque<Outcome>>,
    deeds: Vec<Deed>,
    most_at_once: usize,
    at_once: usize,
}

/// A call under way.
struct Under<'a>(&'a World);

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.state().at_once -= 1;
    }
}

impl World {
    /// One that does whatever is asked.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outside as it may be when the program stops after so many commits: with all that was done before the next one.
    pub fn as_of(&self, commits: usize) -> Arc<Self> {
        let mut deeds = self.deeds();
        deeds.retain(|deed| deed.asked_at <= commits);
        for deed in &mut deeds {
            deed.done_at = deed.done_at.filter(|at| *at <= commits);
        }
        Arc::new(Self { state: Mutex::new(State { deeds, ..State::default() }), ..Self::default() })
    }

    /// Looks up in this journal, from now on, whether the start of what comes is on the disk.
    pub fn watch(&self, journal: &Arc<MemoryJournal>) {
        self.state().journal = Some(journal.clone());
    }

    /// How it answers the next calls of a step, one after another; after them everything happens.
    pub fn script(&self, path: &str, outcomes: impl IntoIterator<Item = Outcome>) {
        self.state().scripts.entry(path.to_owned()).or_default().extend(outcomes);
    }

    /// Lets a step that [waits](Outcome::Waits) go on, now and later.
    pub fn open(&self, path: &str) {
        self.open.send_modify(|open| {
            open.insert(path.to_owned());
        });
    }

    /// Every call, in order.
    pub fn deeds(&self) -> Vec<Deed> {
        self.state().deeds.clone()
    }

    /// How often something was really done for a step, over all its attempts.
    pub fn times_done(&self, path: &str) -> usize {
        self.state().deeds.iter().filter(|deed| deed.path == path && deed.done_at.is_some()).count()
    }

    /// How many calls there were for a step.
    pub fn times_asked(&self, path: &str) -> usize {
        self.state().deeds.iter().filter(|deed| deed.path == path).count()
    }

    /// The most calls that were under way in the same moment.
    pub fn most_at_once(&self) -> usize {
        self.state().most_at_once
    }

    /// One call. What happened gives `value`.
    pub(crate) async fn call(&self, context: Context<'_>, target: Target, value: Shared) -> Result<Shared, StepError> {
        let (outcome, number) = self.arrive(context, target);
        let _under = Under(self);
        // Whatever is under way elsewhere gets its turn, as it would over a network.
        tokio::task::yield_now().await;
        match outcome {
            Outcome::Happens => {}
            Outcome::Waits => {
                let mut open = self.open.subscribe();
                let path = context.path.as_str();
                // The sender is this world, which is there as long as it is called.
                let _ = open.wait_for(|open| open.contains(path)).await;
            }
            Outcome::FailsBefore(error) => return Err(error),
            Outcome::FailsAfter(error) => {
                self.happen(number, target);
                return Err(error);
            }
            Outcome::HangsBefore => std::future::pending().await,
            Outcome::HangsAfter => {
                self.happen(number, target);
                std::future::pending().await
            }
            Outcome::Panics => panic!("as the script says"),
        }
        self.happen(number, target);
        Ok(value)
    }

    fn arrive(&self, context: Context<'_>, target: Target) -> (Outcome, usize) {
        let journal = self.state().journal.clone();
        let Context { run, path, attempt, key, .. } = context;
        let start_was_on_disk =
            !target.changes || journal.as_ref().is_some_and(|journal| journal.start_is_on_disk(run, path, attempt));
        let asked_at = journal.map_or(0, |journal| journal.on_disk());
        let mut state = self.state();
        let scripted = state.scripts.get_mut(path.as_str()).and_then(VecDeque::pop_front);
        let asked = || state.deeds.iter().any(|deed| deed.key == key);
        let done = || state.deeds.iter().any(|deed| deed.key == key && deed.done_at.is_some());
        let outcome = scripted.unwrap_or_else(|| match target.habit {
            Habit::FailsFirst if !asked() => Outcome::FailsBefore(error("NOT_NOW").retryable()),
            Habit::LosesAnswer if !done() && (target.changes || !asked()) => {
                Outcome::FailsAfter(error("LOST").retryable().maybe_sent())
            }
            _ => Outcome::Happens,
        });
        let (run, path) = (run.clone(), path.to_string());
        state.deeds.push(Deed { run, path, attempt, key, start_was_on_disk, asked_at, done_at: None });
        state.at_once += 1;
        state.most_at_once = state.most_at_once.max(state.at_once);
        (outcome, state.deeds.len() - 1)
    }

    fn happen(&self, number: usize, target: Target) {
        let journal = self.state().journal.clone();
        let now = journal.map_or(0, |journal| journal.on_disk());
        let mut state = self.state();
        let key = state.deeds[number].key;
        let known = target.honours_key && state.deeds.iter().any(|deed| deed.key == key && deed.done_at.is_some());
        state.deeds[number].done_at = (target.changes && !known).then_some(now);
    }
}

/// What a step acts on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// Whether a call changes anything.
    pub(crate) changes: bool,
    /// Whether it changes nothing twice under one key.
    pub(crate) honours_key: bool,
    pub(crate) habit: Habit,
}

fn error(code: &str) -> StepError {
    StepError::new(code, "As its habit is.", "")
}
