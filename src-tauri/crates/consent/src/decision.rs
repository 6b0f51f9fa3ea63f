//! An approver's signed answer.

use flow::Digest;
use serde::{Deserialize, Serialize};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes: do what was shown.
    Approve,
    /// No.
    Reject,
    /// Of an unclear outcome: it happened.
    Happened,
    /// Of an unclear outcome: it did not happen.
    DidNot,
    /// Of an unclear outcome: try again with the same key.
    Again,
}

/// What an approver signs: both digests, the answer and the circumstances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The prompt.
    pub prompt: String,
    /// The digest of what was asked.
    pub request: Digest,
    /// The digest of what was shown.
    pub shown: Digest,
    /// The answer.
    pub answer: Answer,
    /// Why, in the approver's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The profile that answered.
    pub profile: String,
    /// How the answer was given: `terminal`, `digest` (no terminal), `demo` (the demo's approver).
    pub surface: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// The version of the policy in force.
    pub policy: u64,
}

/// A statement and its Ed25519 signature over the digest `assent.decision.v1` of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What was signed.
    pub statement: Statement,
    /// The signature, 64 bytes in base64.
    pub signature: String,
}
