//! Where a step stands.

use std::sync::Arc;

use consent::Verdict;
use flow::Values;

use super::StepState;
use crate::{Go, StepError};

#[derive(Debug, Clone)]
pub(super) enum Status {
    Pending,
    /// Its inputs are there, and it runs only if what another step did is to be taken back.
    Armed,
    /// Its inputs are there; it waits for its turn.
    Ready {
        attempt: u32,
    },
    Begun {
        attempt: u32,
    },
    Acting {
        attempt: u32,
        go: Arc<Go>,
    },
    Asking {
        attempt: u32,
        verdict: Option<Arc<Verdict>>,
    },
    /// Until `due`; then the attempt begins, or, for a delay, the step is done.
    Sleeping {
        attempt: u32,
        due: i64,
    },
    Unclear {
        attempt: u32,
        go: Arc<Go>,
    },
    Concluding {
        attempt: u32,
        /// Its outputs, where it happened: `None`, where nobody here can know them.
        outcome: Result<Option<Values>, StepError>,
        go: Arc<Go>,
    },
    /// A sub-flow or a frame runs in it.
    Inside,
    Done,
    Skipped,
    Failed,
}

impl Status {
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Begun { .. } | Self::Acting { .. } | Self::Unclear { .. } | Self::Concluding { .. } | Self::Inside)
    }
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Armed | Self::Done | Self::Skipped | Self::Failed)
    }
    /// Whether something goes on in it now, so that the run does not only wait.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Begun { .. } | Self::Acting { .. } | Self::Concluding { .. })
    }
    /// What people are told.
    pub(super) fn state(&self) -> StepState {
        match self {
            Self::Pending | Self::Ready { .. } => StepState::Pending,
            Self::Begun { .. } | Self::Acting { .. } | Self::Concluding { .. } | Self::Inside => StepState::Running,
            Self::Asking { .. } => StepState::Asking,
            Self::Sleeping { .. } => StepState::Sleeping,
            Self::Unclear { .. } => StepState::Unknown,
            Self::Done => StepState::Done,
            Self::Armed | Self::Skipped => StepState::Skipped,
            Self::Failed => StepState::Failed,
        }
    }
    pub(super) fn takes_a_turn(&self) -> bool {
        matches!(self, Self::Begun { .. } | Self::Acting { .. })
    }
}
