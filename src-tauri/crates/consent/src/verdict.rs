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
    /// The account is not there, not the workspace's own or in another asset, or the policy names no rule for the asset.
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

impl Line {
    /// A rule that has nothing against it.
    pub(crate) fn allow(rule: &str, reason: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), outcome: Outcome::Allow, code: Code::Ok, reason: reason.into() }
    }

    /// A rule that wants a person asked.
    pub(crate) fn ask(rule: &str, reason: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), outcome: Outcome::Ask, code: Code::Consent, reason: reason.into() }
    }

    /// A rule that forbids it.
    pub(crate) fn deny(rule: &str, code: Code, reason: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), outcome: Outcome::Deny, code, reason: reason.into() }
    }
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

impl Verdict {
    /// What these lines come to: the first that denies, else the first that asks, else yes. No line at all is a no.
    pub(crate) fn of(lines: Vec<Line>, policy: u64) -> Self {
        let first = |outcome| lines.iter().find(|line| line.outcome == outcome);
        let (outcome, code, reason) = match first(Outcome::Deny).or_else(|| first(Outcome::Ask)) {
            Some(line) => (line.outcome, line.code, line.reason.clone()),
            None if lines.is_empty() => (Outcome::Deny, Code::Request, "No rule speaks of it.".to_owned()),
            None => (Outcome::Allow, Code::Ok, "No rule speaks against it.".to_owned()),
        };
        Self { outcome, code, reason, lines, policy }
    }

    /// The same with one more line.
    pub(crate) fn with(self, line: Line) -> Self {
        let mut lines = self.lines;
        lines.push(line);
        Self::of(lines, self.policy)
    }
}
