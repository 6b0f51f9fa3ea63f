//! The proof of a settlement: everything that led to it, linked by digests.

use flow::Digest;
use serde::{Deserialize, Serialize};

use crate::{Request, Verdict};

/// Intent, verdict, decisions, settlement and ledger entry of one payment. `assent verify RUN` checks every link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// What was asked for.
    pub request: Request,
    /// Its digest.
    pub request_digest: Digest,
    /// What the gate said when it was carried out.
    pub verdict: Verdict,
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
}
