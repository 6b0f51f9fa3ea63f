//! The bin: flows that were deleted and can come back.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Library, checked_id, files, free_id};
use crate::{ApiError, source::ENDING};

/// How many deleted flows are kept; the oldest go first.
const MOST: usize = 200;

/// A flow in the bin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Binned {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The folder it was in.
    pub folder: String,
    /// When it was deleted, in milliseconds since the epoch.
    pub deleted_at: i64,
}

impl Library {
    fn bin_path(&self) -> PathBuf {
        self.studio.join("bin")
    }

    /// Puts a flow into the bin. Its draft goes with it; its versions and runs stay.
    pub(crate) fn bin(&self, id: &str, at: i64) -> Result<(), ApiError> {
        let name = self.info(id)?.name;
        let writing = self.lock();
        let (path, folder) = self.find(id)?;
        let kept = self.bin_path().join(format!("{at:015}-{id}"));
        let note = Binned { id: id.to_owned(), name, folder, deleted_at: at };
        let note = serde_json::to_vec(&note).map_err(ApiError::internal)?;
        files::place(&kept.with_extension("json"), &note).map_err(|error| ApiError::file(&kept, "written", &error))?;
        let moved = std::fs::rename(&path, flow_beside(&kept));
        moved.map_err(|error| ApiError::file(&path, "moved to the bin", &error))?;
        // There may be none; the flow itself is safe.
        let _ = std::fs::rename(self.draft_path(id), kept.with_extension("draft"));
        self.drop_empty_folders(&path);
        let mut all = self.notes();
        all.sort();
        for old in all.iter().rev().skip(MOST) {
            let old = old.with_extension("");
            for gone in [flow_beside(&old), old.with_extension("draft"), old.with_extension("json")] {
                let _ = std::fs::remove_file(gone);
            }
        }
        drop(writing);
        self.touch();
        Ok(())
    }

    /// What is in the bin, the newest first.
    pub(crate) fn binned(&self) -> Vec<Binned> {
        self.bin_entries().into_iter().map(|(_, note)| note).collect()
    }

    /// Takes the last flow with this id out of the bin. Where its id is taken by now, it gets a number.
    pub(crate) fn unbin(&self, id: &str) -> Result<String, ApiError> {
        checked_id(id)?;
        let found = self.bin_entries().into_iter().find(|(_, note)| note.id == id);
        let (kept, note) =
            found.ok_or_else(|| ApiError::not_found("flow in the bin", id, "List them with `assent flow bin`."))?;
        let writing = self.lock();
        let free = free_id(id, &|id| self.find(id).is_ok());
        let to = self.path(&note.folder, &free);
        let from = flow_beside(&kept);
        let back = to.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::rename(&from, &to));
        back.map_err(|error| ApiError::file(&to, "taken out of the bin", &error))?;
        if free == id {
            let draft = self.draft_path(id);
            let _ = draft.parent().map(std::fs::create_dir_all);
            let _ = std::fs::rename(kept.with_extension("draft"), draft);
        } else if let Ok(mut flow) = self.get(&free).and_then(|file| flow::read(&file.text).map_err(ApiError::internal)) {
            flow.id.clone_from(&free);
            files::replace(&to, flow::write(&flow).as_bytes()).map_err(|error| ApiError::file(&to, "written", &error))?;
        }
        let _ = std::fs::remove_file(kept.with_extension("json"));
        drop(writing);
        self.touch();
        Ok(free)
    }

    fn notes(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.bin_path()).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "json") && !is_flow(path)).collect()
    }

    fn bin_entries(&self) -> Vec<(PathBuf, Binned)> {
        let read = |path: PathBuf| {
            let note: Binned = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
            let kept = path.with_extension("");
            // A note whose flow never came, or has gone: the process ended between the two.
            flow_beside(&kept).exists().then_some((kept, note))
        };
        let mut found: Vec<_> = self.notes().into_iter().filter_map(read).collect();
        found.sort_by_key(|(_, note)| std::cmp::Reverse(note.deleted_at));
        found
    }
}

fn flow_beside(kept: &Path) -> PathBuf {
    let mut name = kept.as_os_str().to_owned();
    name.push(ENDING);
    PathBuf::from(name)
}

fn is_flow(path: &Path) -> bool {
    path.to_string_lossy().ends_with(ENDING)
}
