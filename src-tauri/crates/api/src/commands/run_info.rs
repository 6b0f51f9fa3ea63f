//! A run in a few figures, as lists of runs show it.

use engine::{Ending, StartedBy, StepState};
use flow::Digest;
use money::Amount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunInfo {
    /// Its id.
    pub run: String,
    /// The flow's id.
    pub flow_id: String,
    /// The flow's name in the version that runs.
    pub name: String,
    /// The digest of the flow's logic.
    pub flow: Digest,
    /// Where it stands: `running`, `waiting`, `completed`, `failed` or `cancelled`.
    pub state: String,
    /// Whether a step waits for a person.
    pub asking: bool,
    /// Whether something was sent and nobody knows whether it happened.
    pub unknown: bool,
    /// When it was started, in milliseconds since the epoch.
    pub started_at: i64,
    /// When it ended, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// Who or what started it: a profile's id.
    pub by: String,
    /// How many of its steps stand where.
    pub steps: StepCounts,
    /// Why it failed, with the step it failed at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it paid, one amount for each asset.
    pub spent: Vec<Amount>,
}

/// How many steps stand where. What is in none of the other counts is pending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepCounts {
    /// All that the run has come to know; those of sub-flows once they have begun.
    pub total: u32,
    /// Those that gave their outputs.
    pub done: u32,
    /// Those that will not run.
    pub skipped: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that are under way.
    pub running: u32,
    /// Those that wait for a person or a time.
    pub waiting: u32,
}

impl StepCounts {
    /// Counts a step that came to be known, or has moved.
    pub(crate) fn moved(&mut self, from: Option<StepState>, to: StepState) {
        match from {
            None => self.total += 1,
            Some(from) => {
                if let Some(count) = self.of(from) {
                    *count -= 1;
                }
            }
        }
        if let Some(count) = self.of(to) {
            *count += 1;
        }
    }

    fn of(&mut self, state: StepState) -> Option<&mut u32> {
        match state {
            StepState::Pending => None,
            StepState::Running => Some(&mut self.running),
            StepState::Asking | StepState::Sleeping | StepState::Unknown => Some(&mut self.waiting),
            StepState::Done => Some(&mut self.done),
            StepState::Skipped => Some(&mut self.skipped),
            StepState::Failed => Some(&mut self.failed),
        }
    }
}

impl RunInfo {
    /// What the list of runs in the store says, and why nothing more can be told.
    pub(crate) fn bare(run: store::Run, why: String) -> Self {
        Self {
            run: run.id.to_string(),
            name: run.flow_id.clone(),
            flow_id: run.flow_id,
            flow: run.flow,
            state: crate::text::word(&run.state),
            asking: false,
            unknown: false,
            started_at: run.started_at,
            ended_at: run.ended_at,
            by: starter(&run.started_by),
            steps: StepCounts::default(),
            error: Some(why),
            spent: Vec::new(),
        }
    }
}

/// Who or what started a run, in a word.
pub(crate) fn starter(by: &StartedBy) -> String {
    match by {
        StartedBy::Profile { id } => id.clone(),
    }
}

/// The name of a state that a run is in.
pub(crate) fn state_name(ending: Option<Ending>, only_waits: bool) -> String {
    let state = match ending {
        Some(ending) => ending.into(),
        None if only_waits => store::RunState::Waiting,
        None => store::RunState::Running,
    };
    crate::text::word(&state)
}
