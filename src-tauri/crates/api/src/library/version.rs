//! Why a version of a flow was kept. The versions themselves are in the store.

use std::{io::Write as _, path::PathBuf};

use flow::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Library, checked_id, files};
use crate::ApiError;

/// Why a version was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// It was saved.
    Save,
    /// It ran.
    Run,
    /// An older one was restored.
    Restore,
    /// It was published.
    Publish,
}

/// A version of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// The digest of its logic.
    pub digest: Digest,
    /// When it was kept, in milliseconds since the epoch.
    pub at: i64,
    /// Why.
    pub why: Why,
    /// What somebody wrote about it.
    #[serde(default)]
    pub note: String,
}

impl Library {
    fn versions_path(&self, id: &str) -> PathBuf {
        self.studio.join("versions").join(format!("{id}.jsonl"))
    }

    /// Notes that a version was kept. Saving the same logic again under no note is no new version.
    pub(crate) fn note_version(&self, id: &str, version: &Version) -> Result<(), ApiError> {
        let same = |last: &Version| last.digest == version.digest && version.note.is_empty() && version.why != Why::Restore;
        if self.versions(id)?.first().is_some_and(same) {
            return Ok(());
        }
        let path = self.versions_path(id);
        let mut line = serde_json::to_vec(version).map_err(ApiError::internal)?;
        line.push(b'\n');
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::OpenOptions::new().create(true).append(true).open(&path)?.write_all(&line));
        written.map_err(|error| ApiError::file(&path, "written", &error))
    }

    /// The noted versions, the newest first.
    pub(crate) fn versions(&self, id: &str) -> Result<Vec<Version>, ApiError> {
        checked_id(id)?;
        let path = self.versions_path(id);
        let bytes = files::read(&path).map_err(|error| ApiError::file(&path, "read", &error))?.unwrap_or_default();
        // A last line may be half written; what can't be read is passed over.
        let mut found: Vec<Version> =
            bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        found.reverse();
        Ok(found)
    }
}
