//! A question to approvers, bound to the digest of what is asked and of what was shown.

use flow::Digest;
use serde::{Deserialize, Serialize};

use crate::{Answer, Request, Statement, Verdict};

/// A prompt's id: `p-` and 12 hexadecimal digits, made from its kind, the digest of what is asked and when it was opened.
pub type PromptId = String;

/// What kind of question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PromptKind {
    /// May this effect happen?
    Effect,
    /// An effect was sent and its outcome is not known: did it happen?
    Outcome,
    /// A question of the flow's author. It authorises nothing.
    Question,
    /// May this policy come in force?
    Policy,
}

/// Where a prompt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PromptState {
    /// Waiting for an answer.
    Open,
    /// Approved, or answered.
    Approved,
    /// Rejected.
    Rejected,
    /// Nobody answered in time.
    Expired,
    /// The run that asked has ended.
    Withdrawn,
}

impl PromptState {
    /// Where a prompt stands once it has this answer.
    pub const fn after(answer: Answer) -> Self {
        match answer {
            Answer::Approve | Answer::Happened | Answer::DidNot | Answer::Again => Self::Approved,
            Answer::Reject => Self::Rejected,
        }
    }
}

/// A fact as it was shown: a label and a value, and where the value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Such as `Payee`.
    pub label: String,
    /// Such as `Alice Chen`.
    pub value: String,
    /// Where it came from: `address book`, `ledger` and `policy` are the workspace's own word; `spoken`, `flow` and `risk score` are
    /// what the run brought along, and may be made up.
    pub source: String,
}

/// What an approver sees, as data. Its digest has the tag `assent.shown.v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The sentence: "Send 25.00 USD to Alice".
    pub sentence: String,
    /// Facts, in the order they are shown.
    pub facts: Vec<Fact>,
    /// The policy's lines, when the gate was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

impl Shown {
    /// The digest that a decision covers.
    pub fn digest(&self) -> Digest {
        Digest::of("assent.shown.v1", self)
    }
}

/// A question to approvers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// Its id.
    pub id: PromptId,
    /// What kind of question it is.
    pub kind: PromptKind,
    /// The run that waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What is asked for; `None` for questions that authorise nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// The digest of what is asked: of the request, else of run, path and question.
    pub request_digest: Digest,
    /// What the approver sees.
    pub shown: Shown,
    /// The digest of that.
    pub shown_digest: Digest,
    /// The money held for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// When it was opened, in milliseconds since the epoch.
    pub opened_at: i64,
    /// When its answer becomes no, in milliseconds since the epoch; `None`: never by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// Where it stands.
    pub state: PromptState,
}

/// Who answers, how and when.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The profile that answers.
    pub profile: &'a str,
    /// How: `terminal`, `digest`, `window-held`, `window-twice`, `window`, `unattended`, `demo`.
    pub surface: &'a str,
    /// Why, in the approver's words; may be empty.
    pub reason: &'a str,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// The version of the policy in force.
    pub policy: u64,
}

impl Prompt {
    /// The statement that answers it so. The digests are made here of what it holds, not taken from it: whoever signs has seen them.
    pub fn statement(&self, answer: Answer, by: Circumstances<'_>) -> Statement {
        Statement {
            prompt: self.id.clone(),
            request: self.request.as_ref().map_or(self.request_digest, Request::digest),
            shown: self.shown.digest(),
            answer,
            reason: by.reason.to_owned(),
            profile: by.profile.to_owned(),
            surface: by.surface.to_owned(),
            at: by.at,
            policy: by.policy,
        }
    }

    /// Whether its time has passed at `now`, in milliseconds since the epoch.
    pub fn is_due(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether its digests are those of what it holds.
    pub fn is_whole(&self) -> bool {
        self.shown_digest == self.shown.digest() && self.request.as_ref().is_none_or(|r| r.digest() == self.request_digest)
    }
}
