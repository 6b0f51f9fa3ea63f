//! Policies: what may happen without asking, what needs a person, what may not happen.

use std::collections::{BTreeMap, BTreeSet};

use flow::Digest;
use money::Asset;
use serde::{Deserialize, Serialize};

/// What the gate goes by. What it does not name is denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name for people.
    pub name: String,
    /// Rules by asset. An asset without one is denied.
    pub assets: BTreeMap<Asset, AssetRule>,
    /// Who may be paid.
    pub payees: Payees,
    /// Which hosts steps may reach.
    pub hosts: Hosts,
    /// A spoken payment heard less surely than this, in thousandths, is denied.
    pub min_confidence_milli: u16,
    /// A payment whose risk is above this, in tenths of a point of ten, is denied.
    pub max_risk_tenths: u16,
    /// Whether a spoken payment always needs a person's approval on the screen, whatever its amount.
    pub ask_when_spoken: bool,
    /// How long a prompt stays open, in milliseconds; then the answer is no.
    pub prompt_expires_ms: u64,
}

/// What holds for one asset, in its minor units (a string of digits in JSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetRule {
    /// The most for one payment.
    #[serde(with = "digits")]
    #[schemars(with = "String")]
    pub max_per_payment: i128,
    /// The most in one calendar day, reservations included.
    #[serde(with = "digits")]
    #[schemars(with = "String")]
    pub daily_cap: i128,
    /// From this amount on a person must approve.
    #[serde(with = "digits")]
    #[schemars(with = "String")]
    pub ask_from: i128,
}

/// Who may be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Payees {
    /// Everyone in the address book.
    AddressBook,
    /// Only these ids of the address book.
    Only(BTreeSet<String>),
}

/// Which hosts steps may reach. A pattern is a host name, `*.` before a domain, and optionally `:port`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// Hosts that `read` steps may reach (a question carries data out too).
    pub read: BTreeSet<String>,
    /// Hosts that `write` steps may reach without asking.
    pub write: BTreeSet<String>,
    /// Hosts that `write` steps may reach after a person approved the call.
    pub ask: BTreeSet<String>,
}

/// A policy with its place in the workspace's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyVersion {
    /// 1, 2, 3 ….
    pub number: u64,
    /// Since when it has been in force, in milliseconds since the epoch.
    pub since: i64,
    /// The digest of the policy (`assent.policy.v1`).
    pub digest: Digest,
    /// The policy.
    pub policy: Policy,
}

mod digits {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &i128, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(value)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<i128, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(|_| D::Error::custom(format!("{text:?} is not a whole number of minor units")))
    }
}
