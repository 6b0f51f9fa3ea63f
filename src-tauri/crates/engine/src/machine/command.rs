//! What the machine tells its driver, and what it tells people.

use std::sync::Arc;

use flow::Values;

use crate::{Ending, Go, Path, StepError};

/// A step of a run, by its place in the machine. Valid for this machine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct At {
    pub(super) scope: usize,
    pub(super) node: usize,
}

/// What the driver is to do.
#[derive(Debug)]
pub enum Command {
    /// Compute a pure step, or make an effect's request and ask the gate for it.
    Begin {
        /// The step.
        at: At,
        /// Its path.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// Its inputs.
        inputs: Values,
    },
    /// Ask people, through the gate where there is a target.
    Ask {
        /// The approval step.
        at: At,
        /// Its path.
        path: Path,
        /// Its inputs.
        inputs: Values,
        /// The effect it asks for: its step, path and inputs.
        target: Option<(At, Path, Values)>,
    },
    /// Act: the gate said so, and that is on disk.
    Act {
        /// The step.
        at: At,
        /// Its path.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// Its inputs.
        inputs: Values,
        /// What was granted.
        go: Arc<Go>,
    },
    /// Journal that a step waits for so long.
    Delay {
        /// The step.
        path: Path,
        /// In milliseconds.
        wait_ms: u64,
    },
    /// Say when the run must be over.
    Deadline {
        /// In milliseconds since the epoch.
        due: i64,
    },
    /// Say when it is time.
    Wake {
        /// The step.
        path: Path,
        /// In milliseconds since the epoch.
        due: i64,
    },
    /// Journal how an effect ended whose outcome people told, or which was granted but must not start any more.
    Conclude {
        /// The step.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// Its outputs, as far as they are known, where it happened.
        outcome: Result<Values, StepError>,
        /// The money held for it.
        hold: Option<String>,
    },
    /// An effect was under way when the process ended: find out, or try again with its key, or ask people.
    Recover {
        /// The step.
        at: At,
        /// Its path.
        path: Path,
        /// Which attempt was under way.
        attempt: u32,
    },
    /// Ask people what became of an effect that may have been sent and is not tried again.
    Unclear {
        /// The step.
        path: Path,
        /// Which attempt was the last.
        attempt: u32,
        /// Why it is not tried again.
        error: StepError,
    },
    /// Stop a step that changes nothing outside.
    Stop {
        /// The step.
        path: Path,
    },
    /// Journal the end of the run.
    End {
        /// How it ends.
        ending: Ending,
        /// What the output nodes collected.
        outputs: Values,
        /// The failure that ended it.
        failure: Option<(Path, StepError)>,
    },
}

/// Where a step stands, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Waits for its inputs, or for its turn.
    Pending,
    /// Under way.
    Running,
    /// Waits for a person.
    Asking,
    /// Waits for a time.
    Sleeping,
    /// Was sent, and nobody knows whether it happened.
    Unknown,
    /// Gave its outputs.
    Done,
    /// Will not run, since what it needs did not come.
    Skipped,
    /// Failed.
    Failed,
}

impl StepState {
    /// Whether it waits for a person or a time.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Asking | Self::Sleeping | Self::Unknown)
    }
}

/// What a failed attempt leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Another attempt at this time, in milliseconds since the epoch.
    Retry(i64),
    /// Nothing more: the step failed.
    Final,
    /// Something may have been sent: people must say what became of it.
    Unclear,
}
