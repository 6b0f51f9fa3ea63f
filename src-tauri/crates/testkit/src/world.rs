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
    /// Whether something was done, not only asked or already done under this key.
    pub done: bool,
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
        self.state().deeds.iter().filter(|deed| deed.path == path && deed.done).count()
    }

    /// How many calls there were for a step.
    pub fn times_asked(&self, path: &str) -> usize {
        self.state().deeds.iter().filter(|deed| deed.path == path).count()
    }

    /// The most calls that were under way in the same moment.
    pub fn most_at_once(&self) -> usize {
        self.state().most_at_once
    }

    /// One call: `changes` says whether it changes anything, `honours_key` whether it changes nothing twice under one key. What happened
    /// gives `value`.
    pub(crate) async fn call(
        &self,
        context: Context<'_>,
        changes: bool,
        honours_key: bool,
        value: Shared,
    ) -> Result<Shared, StepError> {
        let (outcome, number) = self.arrive(context, changes);
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
                self.happen(number, changes, honours_key);
                return Err(error);
            }
            Outcome::HangsBefore => std::future::pending().await,
            Outcome::HangsAfter => {
                self.happen(number, changes, honours_key);
                std::future::pending().await
            }
            Outcome::Panics => panic!("as the script says"),
        }
        self.happen(number, changes, honours_key);
        Ok(value)
    }

    fn arrive(&self, context: Context<'_>, changes: bool) -> (Outcome, usize) {
        let journal = self.state().journal.clone();
        let Context { run, path, attempt, key, .. } = context;
        let start_was_on_disk = !changes || journal.is_some_and(|journal| journal.start_is_on_disk(run, path, attempt));
        let mut state = self.state();
        let (run, path) = (run.clone(), path.to_string());
        let outcome = state.scripts.get_mut(&path).and_then(VecDeque::pop_front).unwrap_or(Outcome::Happens);
        state.deeds.push(Deed { run, path, attempt, key, start_was_on_disk, done: false });
        state.at_once += 1;
        state.most_at_once = state.most_at_once.max(state.at_once);
        (outcome, state.deeds.len() - 1)
    }

    fn happen(&self, number: usize, changes: bool, honours_key: bool) {
        let mut state = self.state();
        let key = state.deeds[number].key;
        let known = honours_key && state.deeds.iter().any(|deed| deed.key == key && deed.done);
        state.deeds[number].done = changes && !known;
    }
}
