//! What the driver needs of a store.

use std::sync::Arc;

use consent::{Decision, Prompt, PromptId, Request, Shown};
use flow::{Digest, Flow};
use futures_util::future::BoxFuture;

use crate::{Ending, Event, Path, RunId, Stamped, StepError};

/// One thing to journal for a run. Entries that ask the gate or answer a prompt become the event that says what came of it.
#[derive(Debug, Clone)]
pub enum Entry {
    /// An event as it is.
    Event(Event),
    /// An event that ends an effect's step: its hold is posted (it happened) or voided (it did not), in the same transaction.
    Effect {
        /// `Finished` or `Failed`.
        event: Event,
        /// The hold.
        hold: String,
        /// Whether the money is taken; else it is given back.
        post: bool,
    },
    /// Asks the gate; becomes `Gated`. Gate, budget check, hold and prompt are one transaction, and a refusal leaves its neighbours.
    Authorise {
        /// The step that asks.
        path: Path,
        /// The effect's step, where an approval asks for it.
        target: Option<Path>,
        /// Which attempt.
        attempt: u32,
        /// What would be done. The payee's name and address are filled in from the store.
        request: Box<Request>,
        /// The time from which the prompt, if one is opened, counts as answered no, where the step says so itself; else the policy does.
        expires_at: Option<i64>,
    },
    /// Opens a question that authorises nothing; becomes `Questioned`.
    Question {
        /// The step that asks.
        path: Path,
        /// What is shown.
        shown: Box<Shown>,
        /// The time from which it counts as answered no.
        expires_at: Option<i64>,
    },
    /// Asks people what became of an effect; becomes `Unknown`.
    Unclear {
        /// The step.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// What went wrong.
        error: StepError,
        /// What is shown.
        shown: Box<Shown>,
    },
    /// Records a decision; becomes `Replied`, one for each step of this run that waits for its prompt. A decision that is refused
    /// journals nothing and fails the batch's caller through [`Recorded::refused`].
    Decide(Box<Decision>),
    /// Closes a prompt that is due; becomes `Replied` with `Expired`, or nothing when it was answered meanwhile.
    Expire(PromptId),
}

/// Entries for one run, journalled in order and in one transaction.
#[derive(Debug)]
pub struct Batch {
    /// The run.
    pub run: RunId,
    /// When they happened, in milliseconds since the epoch.
    pub at: i64,
    /// What happened. May be empty together with `rests`.
    pub entries: Vec<Entry>,
    /// Whether the run now only waits, for the list of runs; carried out with the entries.
    pub rests: bool,
}

/// What came of a batch, once it is on disk.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The events as they stand in the journal, in order; more or fewer than the entries, see [`Entry::Decide`].
    pub events: Vec<Stamped>,
    /// Why a decision in it was refused.
    pub refused: Option<String>,
}

/// The store can't go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Writing failed; nothing of the batch is on disk.
    #[error("the store could not be written: {0}")]
    Write(String),
    /// Reading failed, or what was read makes no sense.
    #[error("the store could not be read: {0}")]
    Read(String),
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}

/// A step that waits, as the index has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingStep {
    /// Its run.
    pub run: RunId,
    /// The step.
    pub path: Path,
    /// When it is due: the time of a timer, or the expiry of its prompt, in milliseconds since the epoch.
    pub due: Option<i64>,
    /// The prompt it waits for; `None` for a timer.
    pub prompt: Option<PromptId>,
}

/// A run that has not ended, as found at start-up.
#[derive(Debug, Default)]
pub struct Unfinished {
    /// Runs that were under way and must be folded and resumed now.
    pub active: Vec<RunId>,
    /// What steps wait for, in runs that only wait and in those that were under way: these too have prompts that expire.
    pub waiting: Vec<WaitingStep>,
}

/// The journal of all runs, with the gate's state behind it.
pub trait Journal: Send + Sync + 'static {
    /// Journals a batch. Batches are taken in the order of the calls (not of the awaits); the future resolves when the batch is on disk.
    /// When one fails, those of its run that were handed over after it fail too, until the run is loaded again.
    fn commit(&self, batch: Batch) -> BoxFuture<'static, Result<Recorded, JournalError>>;
    /// All events of a run, in order.
    fn load(&self, run: &RunId) -> BoxFuture<'_, Result<Vec<Stamped>, JournalError>>;
    /// The version of a flow with this digest.
    fn flow(&self, digest: Digest) -> BoxFuture<'_, Result<Arc<Flow>, JournalError>>;
    /// What was left unfinished when the store was last closed.
    fn unfinished(&self) -> BoxFuture<'_, Result<Unfinished, JournalError>>;
    /// A prompt.
    fn prompt(&self, id: &str) -> BoxFuture<'_, Result<Option<Prompt>, JournalError>>;
    /// How a run ended, if it did; `None` also when there is no such run.
    fn ending(&self, run: &RunId) -> BoxFuture<'_, Result<Option<Ending>, JournalError>>;
}
