//! The events of a run: the only truth about it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use consent::{Answer, PromptId, Request, Verdict};
use flow::{Digest, Values};
use serde::{Deserialize, Serialize};

use crate::Why;

/// The version that events are written in. Older ones are upcast when read, newer ones refused.
pub const EVENT_VERSION: u32 = 1;

/// A run's id: time-ordered and unique in its workspace.
pub type RunId = Arc<str>;

/// A step's path: sub-flow nodes (later: frames with iteration), then the node, joined by `/`: `pay-all/pay`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(Arc<str>);

impl Path {
    /// From its text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
    /// The run itself, where something waits that is no step: its deadline.
    pub fn of_run() -> Self {
        Self::new("")
    }
    /// Whether it is the run itself.
    pub fn is_run(&self) -> bool {
        self.0.is_empty()
    }
    /// The step of `node` inside this scope.
    pub fn child(&self, node: &str) -> Self {
        Self(format!("{}/{node}", self.0).into())
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The text itself, shared.
    pub fn shared(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who or what started a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum StartedBy {
    /// A person.
    Profile {
        /// The profile's id.
        id: String,
    },
}

/// What a step gives in a run that need not carry it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The outputs, by port.
    pub outputs: Values,
    /// Where they are from.
    pub from: GivenFrom,
}

/// Where what a step gives is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum GivenFrom {
    /// The same step of an earlier run.
    Run {
        /// The run's id.
        id: String,
    },
    /// Somebody set them by hand. No effect rests on that unless a person says yes to it.
    Hand,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct StepError {
    /// A stable name of the kind of failure, such as `TIMEOUT`.
    pub code: String,
    /// What happened, in plain words.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// Whether another attempt may help.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retryable: bool,
    /// Whether something may have been sent, so that nobody knows whether it happened. Only for effects.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub maybe_sent: bool,
}

impl StepError {
    /// A failure that trying again does not mend, before anything was sent.
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: hint.into(), retryable: false, maybe_sent: false }
    }
    /// The same, worth another attempt.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }
    /// The same, after something may have been sent.
    pub fn maybe_sent(mut self) -> Self {
        self.maybe_sent = true;
        self
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Every step that could run did.
    Completed,
    /// A step failed and nothing caught it.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// What the gate's answer means for the step that asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// It may act now.
    Act,
    /// It waits for a prompt's answer.
    Wait,
    /// It must not act.
    Refused,
}

/// How a prompt ended, for a step that waited for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "answer")]
pub enum Reply {
    /// Somebody answered.
    Answered(Answer),
    /// Nobody did in time.
    Expired,
    /// The question was taken back, because what would be done had changed.
    Withdrawn,
}

/// What happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// The run began, on these versions, with these inputs.
    Started {
        /// The flow's id.
        flow_id: String,
        /// The digest of the flow's logic.
        flow: Digest,
        /// The versions of all sub-flows, by id.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        subflows: BTreeMap<String, Digest>,
        /// The inputs.
        inputs: Values,
        /// Who or what started it.
        by: StartedBy,
        /// The seed that expressions and code see.
        seed: u64,
        /// When it must be over, in milliseconds since the epoch, where the flow says how long it may take.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<i64>,
        /// What steps give without being carried out, by path.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        given: BTreeMap<Path, Given>,
        /// The earlier run that this one goes on from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<String>,
    },
    /// The run took longer than its flow allows: nothing new starts, and it fails.
    Overdue {
        /// When it should have been over, in milliseconds since the epoch.
        due: i64,
    },
    /// A step's call has to wait, for the sake of its target.
    Deferred {
        /// The step.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// The target, such as a host.
        target: String,
        /// Why.
        why: Why,
        /// Until when, in milliseconds since the epoch.
        due: i64,
    },
    /// A step waits until a time.
    Delayed {
        /// The step.
        path: Path,
        /// When it goes on, in milliseconds since the epoch.
        due: i64,
    },
    /// The time that a step (a delay, or a retry) waited for has come.
    Woke {
        /// The step.
        path: Path,
    },
    /// The gate was asked for an effect. `act` is the record that the effect's attempt starts: it is on disk before anything is sent.
    Gated {
        /// The step that asked: the effect's own, or an approval that asks for it.
        path: Path,
        /// The effect's step, where an approval asked for it.
        #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
        target: Option<Path>,
        /// Which attempt, from 1.
        attempt: u32,
        /// What was asked for.
        request: Arc<Request>,
        /// Its digest.
        request_digest: Digest,
        /// What the gate said.
        verdict: Arc<Verdict>,
        /// What that means for the step.
        gate: Gate,
        /// The money held.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<String>,
        /// The prompt that waits or was answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prompt: Option<PromptId>,
        /// When a prompt that waits counts as answered no, in milliseconds since the epoch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<i64>,
        /// The digests of the decisions it rests on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        decisions: Vec<Digest>,
        /// The surfaces those were given on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        surfaces: Vec<String>,
    },
    /// A step asked people a question that authorises nothing, and waits.
    Questioned {
        /// The step.
        path: Path,
        /// The prompt.
        prompt: PromptId,
        /// When it counts as answered no, in milliseconds since the epoch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<i64>,
    },
    /// An effect was sent and its outcome is not known; people are asked, and the step waits.
    Unknown {
        /// The step.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// What went wrong.
        error: StepError,
        /// The prompt.
        prompt: PromptId,
    },
    /// A prompt that a step waited for has ended.
    Replied {
        /// The step.
        path: Path,
        /// The prompt.
        prompt: PromptId,
        /// How it ended.
        reply: Reply,
        /// The digest of the decision, when somebody answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<Digest>,
        /// The profile that answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// A step gave its outputs.
    Finished {
        /// The step.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// The outputs, by port. A port that is missing was not taken.
        outputs: Values,
        /// How long the attempt took, in microseconds.
        took_us: u64,
    },
    /// An attempt failed.
    Failed {
        /// The step.
        path: Path,
        /// Which attempt.
        attempt: u32,
        /// Why.
        error: StepError,
        /// When the next attempt starts, in milliseconds since the epoch; `None` when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<i64>,
        /// How long the attempt took, in microseconds.
        took_us: u64,
    },
    /// Somebody asked for the run to stop.
    Cancelled {
        /// Who.
        by: StartedBy,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The run is over.
    Ended {
        /// How.
        ending: Ending,
        /// What the output nodes collected.
        outputs: Values,
        /// The failure that ended it, with the step it happened in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<(Path, StepError)>,
    },
}

impl Event {
    /// Its name, as it is written in its `type`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Overdue { .. } => "overdue",
            Self::Deferred { .. } => "deferred",
            Self::Delayed { .. } => "delayed",
            Self::Woke { .. } => "woke",
            Self::Gated { .. } => "gated",
            Self::Questioned { .. } => "questioned",
            Self::Unknown { .. } => "unknown",
            Self::Replied { .. } => "replied",
            Self::Finished { .. } => "finished",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Ended { .. } => "ended",
        }
    }

    /// The step it is about.
    pub const fn path(&self) -> Option<&Path> {
        match self {
            Self::Delayed { path, .. }
            | Self::Deferred { path, .. }
            | Self::Woke { path }
            | Self::Gated { path, .. }
            | Self::Questioned { path, .. }
            | Self::Unknown { path, .. }
            | Self::Replied { path, .. }
            | Self::Finished { path, .. }
            | Self::Failed { path, .. } => Some(path),
            Self::Started { .. } | Self::Overdue { .. } | Self::Cancelled { .. } | Self::Ended { .. } => None,
        }
    }

    /// What its waiting stands under in the index: its step, or the run itself for a deadline.
    pub fn waits_as(&self) -> Option<Path> {
        match self {
            Self::Started { .. } | Self::Overdue { .. } => Some(Path::of_run()),
            other => other.path().cloned(),
        }
    }

    /// What it means for the index of waiting steps, which is kept in the same transaction.
    pub fn waiting(&self) -> Waiting<'_> {
        match self {
            Self::Delayed { due, .. }
            | Self::Deferred { due, .. }
            | Self::Failed { retry_at: Some(due), .. }
            | Self::Started { deadline: Some(due), .. } => Waiting::ForTime(*due),
            Self::Gated { gate: Gate::Wait, prompt: Some(prompt), expires_at, .. }
            | Self::Questioned { prompt, expires_at, .. } => Waiting::ForPrompt { prompt, expires_at: *expires_at },
            Self::Unknown { prompt, .. } => Waiting::ForPrompt { prompt, expires_at: None },
            Self::Ended { .. } => Waiting::NothingInRun,
            Self::Started { .. } | Self::Cancelled { .. } => Waiting::Unchanged,
            Self::Woke { .. }
            | Self::Overdue { .. }
            | Self::Gated { .. }
            | Self::Replied { .. }
            | Self::Finished { .. }
            | Self::Failed { .. } => Waiting::No,
        }
    }
}

/// What an event means for the index of waiting steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting<'a> {
    /// Nothing.
    Unchanged,
    /// Its step waits until a time (milliseconds since the epoch).
    ForTime(i64),
    /// Its step waits for a prompt, at most until its expiry (milliseconds since the epoch).
    ForPrompt {
        /// The prompt.
        prompt: &'a str,
        /// When its answer becomes no.
        expires_at: Option<i64>,
    },
    /// Its step does not wait (any more).
    No,
    /// No step of the run waits any more.
    NothingInRun,
}

/// An event with its place in its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    /// Its place in the run, from 1.
    pub seq: u64,
    /// When it happened, in milliseconds since the epoch.
    pub at: i64,
    /// What happened.
    pub event: Event,
}
