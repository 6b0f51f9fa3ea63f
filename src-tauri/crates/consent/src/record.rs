//! What the authority writes down: each change of it is one record.

use flow::Digest;
use money::HoldId;
use serde::{Deserialize, Serialize};

use crate::{Decision, Payee, PolicyVersion, Profile, Prompt, PromptId, PromptState, Request, Verdict};

/// One change of the authority. Applying all of them in order to [`crate::Authority::default`] gives its state.
///
/// Times are milliseconds since the epoch. Each says what row it makes or changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "record", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Record {
    /// A policy came in force: one new policy version.
    PolicyInForce(PolicyVersion),
    /// The kill switch was set or released: one value of the workspace.
    Paused {
        /// Whether payments and writes are off from now on.
        paused: bool,
        /// The profile that did it.
        by: String,
        /// When.
        at: i64,
    },
    /// A payee was added or changed: put its row.
    PayeePut {
        /// As it is from now on.
        payee: Payee,
        /// When.
        at: i64,
    },
    /// A payee was removed: its row goes.
    PayeeRemoved {
        /// Which.
        id: String,
        /// When.
        at: i64,
    },
    /// A profile was added: one new row.
    ProfileAdded(Profile),
    /// The ledger changed: the rows that [`money::Ledger::rows`] names.
    Ledger(money::Record),
    /// A prompt was opened: one new row.
    PromptOpened(Box<Prompt>),
    /// A prompt was closed without an answer: its row's state.
    PromptClosed {
        /// Which.
        prompt: PromptId,
        /// `expired` or `withdrawn`.
        state: PromptState,
        /// When.
        at: i64,
    },
    /// A prompt was answered: one new decision, and its prompt's state ([`PromptState::after`]).
    Decided(Decision),
    /// An effect is under way, or has moved on: put the row with its key.
    Claimed(Box<Claim>),
    /// A run has ended: its claims' rows go, and its prompts are no longer part of a [`Snapshot`].
    RunEnded {
        /// Which.
        run: String,
        /// When.
        at: i64,
    },
}

/// One effect that needed money or a person, under its idempotency key, while its run goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The effect, whole.
    pub request: Request,
    /// The digest of that.
    pub request_digest: Digest,
    /// How often it was begun anew: 0, 1, 2 …. Ids of holds differ by it.
    pub round: u32,
    /// How far it is.
    pub stage: Stage,
    /// The money reserved for it. None: nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldId>,
    /// The prompt that a person answers or has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptId>,
    /// What the gate said when it was cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// How far an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It may not be carried out: it waits, or was refused.
    Waiting,
    /// It may be carried out.
    Cleared,
    /// It was carried out: its hold is posted.
    Settled,
}

/// All of an authority's state: what a store gives back after a restart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// The policy in force.
    pub policy: PolicyVersion,
    /// Whether the kill switch is set.
    pub paused: bool,
    /// All payees, by id.
    pub payees: Vec<Payee>,
    /// All profiles, by id.
    pub profiles: Vec<Profile>,
    /// The ledger.
    pub ledger: money::Snapshot,
    /// All prompts of runs that go on, in any state, and the open ones that no run waits for; by id.
    pub prompts: Vec<Prompt>,
    /// The decisions on these prompts; by prompt, then in the order given.
    pub decisions: Vec<Decision>,
    /// The claims of runs that go on; by key.
    pub claims: Vec<Claim>,
}
