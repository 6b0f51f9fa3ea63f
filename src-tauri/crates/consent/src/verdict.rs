//! What the gate says.

use serde::{Deserialize, Serialize};

/// The three answers of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It may be done.
    Allow,
    /// A person must say yes first.
    Ask,
    /// It must not be done.
    Deny,
}

/// Why, as a closed set. `Ok` stands with `allow` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// Nothing speaks against it.
    Ok,
    /// Payments and effects are switched off (the kill switch).
    Paused,
    /// The account is in another asset, or the policy names no rule for the asset.
    Asset,
    /// The payee is not in the address book, or has no address on this rail.
    UnknownPayee,
    /// The payee or host is not on the allowlist.
    Allowlist,
    /// More than the most for one payment.
    MaxTx,
    /// More than is left of the day's cap.
    DailyCap,
    /// Heard too uncertainly.
    Confidence,
    /// Its risk is above the ceiling.
    Fraud,
    /// A person must approve it: the amount reaches the threshold, it was spoken, or the policy changes.
    Consent,
    /// A person said no.
    ConsentDenied,
    /// Nobody answered in time.
    ConsentTimeout,
    /// The account does not hold enough.
    InsufficientFunds,
    /// The rail is not there.
    Rail,
    /// The request contradicts itself or an earlier one with its key.
    Request,
}

/// One rule that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The rule's name, as in the policy.
    pub rule: String,
    /// What it says of this request.
    pub outcome: Outcome,
    /// Its code.
    pub code: Code,
    /// What it looked at and why it says so, in plain words with the numbers.
    pub reason: String,
}

/// What the gate says of one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// The code of the line that made it.
    pub code: Code,
    /// That line's reason.
    pub reason: String,
    /// Every rule looked at, in order.
    pub lines: Vec<Line>,
    /// The version of the policy in force.
    pub policy: u64,
}
