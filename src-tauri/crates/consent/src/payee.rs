//! The address book: who can be paid, and where.

use std::collections::BTreeMap;

use money::{AccountId, Asset};
use serde::{Deserialize, Serialize};

/// Somebody in the address book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Its id, which flows and requests name.
    pub id: String,
    /// The name people know.
    pub name: String,
    /// Other names it is called by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its addresses, by rail. On `credits`: the first part of a ledger account's id, such as `acct:alice`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<String, String>,
    /// Who made sure that the addresses are right, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
}

/// Somebody made sure that a payee's addresses are right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// The profile that did.
    pub by: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}

impl Payee {
    /// What is wrong with it, in plain words. Empty: nothing.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let id_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.id.is_empty() || !self.id.chars().all(id_char) {
            found.push(format!("{:?} can't be a payee's id; use letters, digits, hyphens, underscores and full stops", self.id));
        }
        for name in std::iter::once(&self.name).chain(&self.aliases) {
            if name.trim().is_empty() || name.chars().any(char::is_control) {
                found.push(format!("{name:?} can't be a name; it must have letters and no control characters"));
            }
        }
        for (rail, address) in &self.addresses {
            let odd = |c: char| c.is_control() || c.is_whitespace() || c == '/';
            if rail.is_empty() || address.is_empty() || address.chars().any(odd) {
                found.push(format!("{address:?} can't be an address on {rail:?}; it must have no spaces and no slashes"));
            }
        }
        found
    }
}

/// The ledger account behind an address on the rail `credits`, in an asset: `acct:alice/USD`.
pub fn credits_account(address: &str, asset: Asset) -> AccountId {
    AccountId::new(format!("{address}/{asset}"))
}
