//! What is asked of the gate: one effect, whole, so that its digest binds everything that would be done.

use flow::{Digest, Effect};
use money::Amount;
use serde::{Deserialize, Serialize};

use crate::Policy;

/// One effect that somebody or something wants to carry out. Its digest (`assent.request.v1`) is what a decision is bound to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The idempotency key: a digest of run and path, the same for all attempts.
    pub key: Digest,
    /// The run that asks, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The step that asks, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Steps of the run whose values somebody set by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<String>,
    /// What would be done.
    pub action: Action,
}

impl Request {
    /// The digest that prompts and decisions are bound to.
    pub fn digest(&self) -> Digest {
        Digest::of("assent.request.v1", self)
    }
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Money moves.
    Pay(Pay),
    /// Something is read from, or sent to, a host.
    Call(Call),
    /// A file outside the store is read or written.
    File(FileAccess),
    /// Another policy comes in force.
    ChangePolicy {
        /// The version in force when it was proposed.
        from: u64,
        /// The policy proposed.
        to: Box<Policy>,
    },
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// The ledger account it is paid from.
    pub account: String,
    /// The rail it settles on: `credits`.
    pub rail: String,
    /// The payee's id in the address book.
    pub payee: String,
    /// The payee's name as the address book has it. Filled in from the store, never from a wire.
    #[serde(default)]
    pub payee_name: String,
    /// The payee's address on the rail. Filled in from the store, never from a wire.
    #[serde(default)]
    pub address: String,
    /// How much.
    pub amount: Amount,
    /// What for, in the payer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The words it was heard in, when it was spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Heard>,
    /// Its risk, when it was scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
}

/// What was heard, and how surely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    /// The words.
    pub text: String,
    /// The least sure of the parts that matter, as a ratio in thousandths (0 to 1000).
    pub confidence_milli: u16,
}

/// Reading or writing a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileAccess {
    /// `read` or `write`.
    pub effect: Effect,
    /// The file, from the root of the file system, without `.`, `..` or links.
    pub path: String,
    /// The digest of the bytes that are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Digest>,
}

/// How risky a payment looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// 0 (none) to 100 (stop), in tenths: 21 is 2.1 of 10.
    pub score10_tenths: u16,
    /// What made it up, worst first.
    pub factors: Vec<RiskFactor>,
}

/// One part of a risk score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskFactor {
    /// Its name: `new-payee`, `velocity`, `amount`, `hour`.
    pub name: String,
    /// What it adds, in tenths of a point.
    pub tenths: u16,
    /// Why, in plain words.
    pub reason: String,
}

/// A call to a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `read` or `write`.
    pub effect: Effect,
    /// The HTTP method or its like.
    pub method: String,
    /// The host name, lower case.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The whole address without secret values.
    pub url: String,
    /// The digest of what is sent, headers that are not secret included.
    pub body: Digest,
    /// The names of secrets that are sent along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}
