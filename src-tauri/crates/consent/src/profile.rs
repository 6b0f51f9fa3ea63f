//! Who may answer: profiles and their public keys.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

/// What a profile may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Answer prompts about effects, outcomes and questions.
    Approver,
    /// Answer prompts about policies.
    Owner,
}

/// A person's identity in this workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its id.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The Ed25519 public key that its decisions are checked with, 32 bytes in base64.
    pub key: String,
    /// What it may do.
    pub roles: BTreeSet<Role>,
    /// When it was added, in milliseconds since the epoch.
    pub added_at: i64,
}

/// The profile's key is not an Ed25519 public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key of profile {0} is not an Ed25519 public key of 32 bytes in base64")]
pub struct BadKey(pub String);

impl Profile {
    /// A profile that may do everything: the one that a new workspace begins with.
    pub fn owner(id: impl Into<String>, name: impl Into<String>, key: &VerifyingKey, added_at: i64) -> Self {
        let roles = BTreeSet::from([Role::Approver, Role::Owner]);
        Self { id: id.into(), name: name.into(), key: BASE64.encode(key.as_bytes()), roles, added_at }
    }

    /// The public key.
    pub fn verifying_key(&self) -> Result<VerifyingKey, BadKey> {
        let bytes = BASE64.decode(&self.key).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
        let key = bytes.and_then(|b| VerifyingKey::from_bytes(&b).ok());
        // Under a weak key one signature holds for many statements.
        key.filter(|k| !k.is_weak()).ok_or_else(|| BadKey(self.id.clone()))
    }
}
