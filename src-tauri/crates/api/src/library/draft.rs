//! Drafts: what was drawn and not saved, with its undo history.

use std::{path::PathBuf, sync::PoisonError};

use flow::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FlowInfo, Library, checked_id, files};
use crate::ApiError;

/// The longest draft, in bytes, its history included.
const LONGEST: usize = 40 * 1024 * 1024;

/// What was drawn and not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// The flow's text. It need not be a flow that can be read.
    pub text: String,
    /// The stamp of the file it was made from.
    pub base: Digest,
    /// The undo history, as the editor wrote it.
    pub history: String,
    /// When it was kept, in milliseconds since the epoch.
    pub at: i64,
}

impl Library {
    pub(super) fn draft_path(&self, id: &str) -> PathBuf {
        self.studio.join("drafts").join(format!("{id}.json"))
    }

    /// Whether something was drawn that the flow's file does not hold. A draft with the file's own text only keeps the undo history.
    pub(super) fn has_draft(&self, info: &FlowInfo) -> bool {
        let path = self.draft_path(&info.id);
        let Ok(time) = std::fs::metadata(&path).and_then(|meta| meta.modified()) else { return false };
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let known = drawn.get(&info.id).filter(|(at, _)| *at == time).map(|(_, digest)| *digest);
        let digest = known.or_else(|| {
            let draft: Draft = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
            let digest = Digest::of_bytes(draft.text.as_bytes());
            drawn.insert(info.id.clone(), (time, digest));
            Some(digest)
        });
        digest.is_some_and(|digest| digest != info.stamp)
    }

    /// The draft of a flow. One that can't be read any more is none.
    pub(crate) fn draft(&self, id: &str) -> Result<Option<Draft>, ApiError> {
        checked_id(id)?;
        let path = self.draft_path(id);
        let bytes = files::read(&path).map_err(|error| ApiError::file(&path, "read", &error))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Keeps a draft, in place of the one before.
    pub(crate) fn keep_draft(&self, id: &str, draft: &Draft) -> Result<(), ApiError> {
        if draft.text.len().saturating_add(draft.history.len()) > LONGEST {
            return Err(ApiError::bad_request("The draft is larger than 40 MiB.", "Save the flow, and split it."));
        }
        let before = self.info(id)?.draft;
        let path = self.draft_path(id);
        let bytes = serde_json::to_vec(draft).map_err(ApiError::internal)?;
        files::place(&path, &bytes).map_err(|error| ApiError::file(&path, "written", &error))?;
        if before != self.info(id)?.draft {
            self.touch();
        }
        Ok(())
    }

    /// Forgets a draft.
    pub(crate) fn drop_draft(&self, id: &str) -> Result<(), ApiError> {
        checked_id(id)?;
        if std::fs::remove_file(self.draft_path(id)).is_ok() {
            self.touch();
        }
        Ok(())
    }
}
