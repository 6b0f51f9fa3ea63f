//! What the driver needs of node kinds.

use std::sync::Arc;

use consent::{Action, Confirmed, Request, Verdict};
use flow::{Catalog, Digest, Node, Problem, Shared, Values};
use futures_util::future::BoxFuture;

use crate::{Path, Rate, RunId, StepError};

/// The node kinds there are, and how their nodes run.
pub trait Nodes: Catalog + 'static {
    /// Makes a node ready to run: its config is read, its expressions and templates are compiled. Called once for each node of a plan.
    fn build(&self, node: &Node) -> Result<Step, Vec<Problem>>;
}

/// How a node runs.
pub enum Step {
    /// At once, in the run's own task: no waiting, no I/O.
    Pure(Box<dyn Pure>),
    /// With waiting or I/O, behind the gate where it asks for something.
    Act(Arc<dyn Act>),
    /// By the machine itself.
    Control(Control),
}

/// How long to wait, in milliseconds, from a step's inputs.
pub type Wait = Box<dyn Fn(&Values) -> Result<u64, StepError> + Send + Sync>;

/// Whether a frame that repeats has come to its end, from the run's time (milliseconds since the epoch) and seed, and what the round began
/// with and gave: `value`, `round` (from 1) and `result`.
pub type Until = Box<dyn Fn((i64, u64), &Values) -> Result<bool, StepError> + Send + Sync>;

/// A question to people, from a step's inputs.
pub type Question = Box<dyn Fn(&Context<'_>, &Values) -> Result<String, StepError> + Send + Sync>;

/// What the machine does itself.
pub enum Control {
    /// Gives the run's inputs (or those of the sub-flow it stands in) as outputs of the same names.
    Input,
    /// Collects its inputs as the outputs of the run, or of the sub-flow it stands in.
    Output,
    /// Waits. The closure gives the wait in milliseconds from the inputs; what came in on `value` goes out on `value`.
    Delay(Wait),
    /// Runs another flow as child steps: inputs become its inputs, its outputs this step's.
    SubFlow {
        /// The other flow's id.
        flow: String,
    },
    /// Asks people.
    Approval {
        /// The node whose effect it asks for; `None` for a question that authorises nothing.
        target: Option<String>,
        /// The question, made from the inputs, for an approval without a target.
        question: Question,
        /// How long it stays open, in milliseconds, where the flow says so; else the policy does.
        expires_ms: Option<u64>,
    },
    /// Runs what stands in the frame as child steps.
    Frame(Frame),
    /// Does nothing and has no ports: a note.
    Nothing,
}

/// How a frame runs what stands in it.
pub enum Frame {
    /// Once for each element of the list on `items`; each gets its `item` and `index`, and its `result` goes into `results`, in order.
    ForEach {
        /// How many at once.
        parallel: u32,
        /// What one failure means for the others.
        on_failure: OnFailure,
    },
    /// Again and again: the first round gets what came in on `value`, each later one the `result` of the one before.
    Repeat {
        /// Whether it is enough.
        until: Until,
        /// The most rounds; if it is not enough then, the frame fails.
        most: u32,
    },
    /// Until the first `result`: then what is left is stopped. Fails only if all do.
    Race,
    /// Each member as an alternative, in order, until one gives its `result`.
    Fallback,
    /// Once.
    Try,
}

/// What the failure of one element means for a frame that runs for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// Nothing new starts, what can be stopped is, and the frame fails.
    #[default]
    Stop,
    /// The others go on; `results` holds only theirs, and `failures` says what failed.
    Skip,
    /// The others go on; `results` holds null in the place of one that failed, and `failures` says why.
    Collect,
}

/// What a step may know of the world: journalled, so the same each time.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The step.
    pub path: &'a Path,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The run's time, in milliseconds since the epoch.
    pub now: i64,
    /// The run's seed.
    pub seed: u64,
    /// The idempotency key of the step: the same for all attempts.
    pub key: Digest,
}

/// A step that computes.
pub trait Pure: Send + Sync {
    /// Outputs by port, from inputs by port. A port that is left out is not taken.
    fn run(&self, context: &Context<'_>, inputs: &Values) -> Result<Values, StepError>;
}

/// A step that waits or touches the outside.
pub trait Act: Send + Sync + 'static {
    /// What it asks the gate for, from its inputs alone; `None` when nothing leaves the program (a read inside it).
    fn request(&self, context: &Context<'_>, inputs: &Values) -> Result<Option<Action>, StepError>;

    /// Acts. Called only after the gate said so, when `request` gave something; `go` then holds what was granted, and the step must do
    /// exactly that. Dropping the future is cancelling.
    fn act<'a>(
        &'a self,
        context: Context<'a>,
        inputs: &'a Values,
        go: Option<&'a Go>,
    ) -> BoxFuture<'a, Result<Values, StepError>>;

    /// The outputs of an act of which people say that it has happened, its own answer lost: those that follow from what was granted and
    /// from who said so. `None` where only the other side knows them.
    fn confirmed(&self, _inputs: &Values, _go: &Go, _by: &Confirmed) -> Option<Values> {
        None
    }

    /// How often its target may be called, by all runs together.
    fn rate(&self) -> Option<Rate> {
        None
    }

    /// Whether repeating the act with the same key does nothing twice, so that an unclear outcome may simply be tried again.
    fn honours_key(&self) -> bool {
        false
    }
}

/// What the gate granted.
#[derive(Debug, Clone)]
pub struct Go {
    /// What may be done, completed from the store.
    pub request: Arc<Request>,
    /// Its digest.
    pub request_digest: Digest,
    /// What the gate said.
    pub verdict: Arc<Verdict>,
    /// The hold on the money, for a payment. The driver posts it when the act succeeds.
    pub hold: Option<String>,
    /// The prompt that was answered, where one was.
    pub prompt: Option<String>,
    /// The digests of the decisions it rests on.
    pub decisions: Vec<Digest>,
    /// The surfaces those were given on.
    pub surfaces: Vec<String>,
    /// When it was granted, in milliseconds since the epoch.
    pub at: i64,
}

/// Reads an input, or says that it is missing.
pub fn input<'a>(inputs: &'a Values, port: &str) -> Result<&'a Shared, StepError> {
    inputs.get(port).ok_or_else(|| {
        StepError::new("MISSING_INPUT", format!("Nothing came in on {port}."), "Connect the port or give it a default.")
    })
}
