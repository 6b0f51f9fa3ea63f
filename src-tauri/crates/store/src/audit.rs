//! The audit chain: every change of what the gate looks at, and the heads of runs, each link covering the one before it.

use engine::RunId;
use flow::Digest;
use serde::{Deserialize, Serialize};

use crate::{changes::AuditRow, json};

/// What one link of the audit chain says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "link", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Link {
    /// The workspace began.
    Began {
        /// Its id.
        workspace: String,
    },
    /// The authority changed.
    Authority {
        /// How.
        record: consent::Record,
    },
    /// The heads of runs in which something happened that others rely on.
    Heads {
        /// Run, number and hash of the last event.
        heads: Vec<(RunId, u64, Digest)>,
    },
    /// A version of a flow was stored.
    FlowStored {
        /// The digest of its logic.
        digest: Digest,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// The digest of its layout.
        layout: Digest,
    },
    /// A version's layout changed.
    FlowLaidOut {
        /// The version.
        digest: Digest,
        /// The digest of its layout.
        layout: Digest,
    },
    /// A secret was stored, in place of one of that name.
    SecretPut {
        /// Its name.
        name: String,
        /// The hosts it may be sent to.
        hosts: Vec<String>,
        /// Where its value is kept.
        place: String,
    },
    /// A secret was removed.
    SecretRemoved {
        /// Its name.
        name: String,
    },
}

impl Link {
    /// Its kind, as the table has it beside it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Began { .. } => "began",
            Self::Authority { .. } => "authority",
            Self::Heads { .. } => "heads",
            Self::FlowStored { .. } => "flow-stored",
            Self::FlowLaidOut { .. } => "flow-laid-out",
            Self::SecretPut { .. } => "secret-put",
            Self::SecretRemoved { .. } => "secret-removed",
        }
    }
}

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of the last link; 0 before the first.
    pub(crate) seq: i64,
    /// Its hash; zeros before the first.
    pub(crate) hash: Digest,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: Digest::from_bytes([0; 32]) }
    }
}

/// The hash of a link.
pub(crate) fn hash(before: &Digest, seq: i64, at: i64, kind: &str, body: &str) -> Digest {
    Digest::chain("assent.audit.v1", &[before.bytes(), &seq.to_be_bytes(), &at.to_be_bytes(), kind.as_bytes(), body.as_bytes()])
}

impl Head {
    /// The row of the next link, which becomes the head.
    pub(crate) fn link(&mut self, at: i64, link: &Link) -> AuditRow {
        let (seq, kind, body) = (self.seq + 1, link.kind(), json(link));
        let hash = hash(&self.hash, seq, at, kind, &body);
        *self = Self { seq, hash };
        AuditRow { seq, at, kind, body, hash }
    }
}
