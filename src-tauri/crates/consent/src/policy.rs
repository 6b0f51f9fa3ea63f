//! Policies: what may happen without asking, what needs a person, what may not happen.

use std::collections::{BTreeMap, BTreeSet};

use flow::Digest;
use money::{Amount, Asset};
use serde::{Deserialize, Serialize};

use crate::hosts::Pattern;

const FIVE_MINUTES_MS: u64 = 5 * 60 * 1000;
const LONGEST_PROMPT_MS: u64 = 31 * 24 * 60 * 60 * 1000;

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
    /// Which folders steps may read and write in.
    #[serde(default, skip_serializing_if = "Folders::is_empty")]
    pub folders: Folders,
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

/// Which hosts steps may reach.
///
/// A pattern is a host name (`api.example.com`), a domain whose subdomains are meant (`*.example.com`, not the domain itself) or an IP
/// address (`127.0.0.1`, `[::1]`), and optionally `:port`. Without a port it stands for ports 80 and 443. An IP address is reached only
/// where it is named itself.
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

/// Which folders steps may read and write in, each from the root of the file system; what stands in them is meant too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Folders {
    /// Folders that `read` steps may read in.
    pub read: BTreeSet<String>,
    /// Folders that `write` steps may write in without asking.
    pub write: BTreeSet<String>,
    /// Folders that `write` steps may write in after a person approved it.
    pub ask: BTreeSet<String>,
}

impl Folders {
    fn is_empty(&self) -> bool {
        self.read.is_empty() && self.write.is_empty() && self.ask.is_empty()
    }
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

impl Policy {
    /// The policy that denies everything.
    pub fn nothing() -> Self {
        Self {
            name: "nothing".to_owned(),
            assets: BTreeMap::new(),
            payees: Payees::Only(BTreeSet::new()),
            hosts: Hosts::default(),
            folders: Folders::default(),
            min_confidence_milli: 1000,
            max_risk_tenths: 0,
            ask_when_spoken: true,
            prompt_expires_ms: FIVE_MINUTES_MS,
        }
    }

    /// The policy that a new workspace starts with: up to 500.00 a payment and a day, asking from 50.00 on and whenever it was spoken,
    /// to anybody in the address book; no hosts.
    pub fn usual() -> Self {
        let rule = |asset: Asset| {
            let whole = |units: i128| units * 10_i128.pow(asset.decimals().into());
            (asset, AssetRule { max_per_payment: whole(500), daily_cap: whole(500), ask_from: whole(50) })
        };
        let named = ["USD", "EUR", "GBP", "USDC", "credits"];
        Self {
            name: "usual".to_owned(),
            assets: named.iter().filter_map(|code| Asset::find(code).ok()).map(rule).collect(),
            payees: Payees::AddressBook,
            hosts: Hosts::default(),
            folders: Folders::default(),
            min_confidence_milli: 800,
            max_risk_tenths: 70,
            ask_when_spoken: true,
            prompt_expires_ms: FIVE_MINUTES_MS,
        }
    }

    /// Its digest.
    pub fn digest(&self) -> Digest {
        Digest::of("assent.policy.v1", self)
    }

    /// When a prompt that is opened at `now` counts as answered no, both in milliseconds since the epoch.
    pub fn prompts_expire(&self, now: i64) -> i64 {
        now.saturating_add(i64::try_from(self.prompt_expires_ms).unwrap_or(i64::MAX))
    }

    /// What makes no sense in it, in plain words. Empty: nothing.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.name.trim().is_empty() {
            found.push("the policy has no name".to_owned());
        }
        for (asset, rule) in &self.assets {
            for (what, minor) in [
                ("the most for one payment", rule.max_per_payment),
                ("the cap for one day", rule.daily_cap),
                ("the amount to ask from", rule.ask_from),
            ] {
                if minor < 0 {
                    found.push(format!("{what} is {}; it can't be below zero", Amount::new(minor, *asset)));
                }
            }
        }
        if let Payees::Only(ids) = &self.payees
            && ids.contains("")
        {
            found.push("the list of payees names one without an id".to_owned());
        }
        for (list, patterns) in [("read", &self.hosts.read), ("write", &self.hosts.write), ("ask", &self.hosts.ask)] {
            found.extend(patterns.iter().filter_map(|p| Pattern::parse(p).err()).map(|e| format!("hosts, {list}: {e}")));
        }
        let Folders { read, write, ask } = &self.folders;
        for (list, folders) in [("read", read), ("write", write), ("ask", ask)] {
            let odd = folders.iter().filter(|folder| !crate::folders::is_plain(folder));
            found.extend(odd.map(|f| format!("folders, {list}: {f:?} is no folder from the root, without . and ..")));
        }
        if self.min_confidence_milli > 1000 {
            found.push(format!("the least confidence is {} thousandths; it can be 1000 at most", self.min_confidence_milli));
        }
        if self.max_risk_tenths > 100 {
            found.push(format!("the most risk is {} tenths; it can be 100 at most", self.max_risk_tenths));
        }
        if !(1_000..=LONGEST_PROMPT_MS).contains(&self.prompt_expires_ms) {
            found.push(format!(
                "prompts stay open for {} ms; it can be a second at least and 31 days at most",
                self.prompt_expires_ms
            ));
        }
        found
    }
}

impl Default for PolicyVersion {
    /// Version 0, before any policy came in force: everything is denied.
    fn default() -> Self {
        let policy = Policy::nothing();
        Self { number: 0, since: 0, digest: policy.digest(), policy }
    }
}

mod digits {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &i128, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(value)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<i128, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        let value: i128 = text.parse().map_err(|_| D::Error::custom(format!("{text:?} is not a whole number of minor units")))?;
        // One number has one spelling.
        if value.to_string() == text {
            Ok(value)
        } else {
            Err(D::Error::custom(format!("{text:?} is not in its shortest form, {value}")))
        }
    }
}
