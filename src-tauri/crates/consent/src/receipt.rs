//! The proof of a settlement: everything that led to it, linked by digests.

use std::sync::Arc;

use flow::Digest;
use serde::{Deserialize, Serialize};

use crate::{Request, Verdict};

/// Intent, verdict, decisions, settlement and ledger entry of one payment. `assent verify RUN` checks every link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// What was asked for.
    pub request: Arc<Request>,
    /// Its digest.
    pub request_digest: Digest,
    /// What the gate said when it was carried out.
    pub verdict: Arc<Verdict>,
    /// The prompt that was answered, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The digests (`assent.decision.v1`) of the decisions, in the order given.
    pub decisions: Vec<Digest>,
    /// How the approver answered: the surfaces of the decisions.
    pub surfaces: Vec<String>,
    /// The hold on the money.
    pub hold: String,
    /// The ledger's transfer.
    pub transfer: String,
    /// When it was settled, in milliseconds since the epoch.
    pub at: i64,
    /// Who said that it happened, where its own answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
}

/// A person's word that an effect has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// In words: `outcome confirmed by` and the profile.
    pub note: String,
    /// The profile that said so.
    pub profile: String,
    /// The digest (`assent.decision.v1`) of the decision by which it did.
    pub decision: Digest,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}

impl Confirmed {
    /// By this profile's decision at a time (milliseconds since the epoch).
    pub fn by(profile: &str, decision: Digest, at: i64) -> Self {
        Self { note: format!("outcome confirmed by {profile}"), profile: profile.to_owned(), decision, at }
    }
}
