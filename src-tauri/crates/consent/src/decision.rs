//! An approver's signed answer.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use flow::Digest;
use serde::{Deserialize, Serialize};

use crate::PromptKind;

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

impl Answer {
    /// Whether a prompt of this kind can be answered so.
    pub const fn fits(self, kind: PromptKind) -> bool {
        let of_an_outcome = matches!(self, Self::Happened | Self::DidNot | Self::Again);
        of_an_outcome == matches!(kind, PromptKind::Outcome)
    }
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

impl Statement {
    /// What is signed: the digest of all of it.
    pub fn digest(&self) -> Digest {
        Digest::of("assent.decision.v1", self)
    }

    /// The decision that this key makes of it.
    pub fn sign(self, key: &SigningKey) -> Decision {
        let signature = BASE64.encode(key.sign(self.digest().bytes()).to_bytes());
        Decision { statement: self, signature }
    }
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

/// The signature is not of this statement by this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not of this statement by this key; the answer must be given again")]
pub struct BadSignature;

impl Decision {
    /// The digest of the statement, which is what the signature covers.
    pub fn digest(&self) -> Digest {
        self.statement.digest()
    }

    /// Refuses a decision that this key did not make. Strict: one statement and key have one encoding of a signature that holds.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), BadSignature> {
        let bytes: [u8; 64] = BASE64.decode(&self.signature).ok().and_then(|b| b.try_into().ok()).ok_or(BadSignature)?;
        key.verify_strict(self.digest().bytes(), &Signature::from_bytes(&bytes)).map_err(|_| BadSignature)
    }
}
