//! The flows of a workspace: files in its folder `flows`, with what the studio keeps beside them in its folder `studio`.
//!
//! The file is the flow. Drafts, the bin and the list of named versions are conveniences of the studio: nothing is proved by them, and a
//! workspace without them is whole.

mod draft;
pub(crate) mod files;
mod names;
mod shelf;
mod version;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use flow::{Digest, Flow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use draft::Draft;
pub use shelf::Binned;
pub use version::{Version, Why};

pub(crate) use names::{checked_folder, checked_id, free_id, slug};

use crate::{ApiError, ErrorCode, Place, source::ENDING};

/// A flow of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlowInfo {
    /// Its id, which is also its file's name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The folder it is in: names joined by `/`; empty at the top.
    pub folder: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// How many nodes it has.
    pub nodes: usize,
    /// SHA-256 of its file.
    pub stamp: Digest,
    /// When its file was last changed, in milliseconds since the epoch.
    pub modified_at: i64,
    /// Whether there is a draft that is not saved.
    pub draft: bool,
    /// Why the file can't be read as a flow, where it can't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// The flows of one workspace. All changes go through it, one at a time.
pub(crate) struct Library {
    flows: PathBuf,
    studio: PathBuf,
    /// What was read of each file, until its time or length changes.
    known: Mutex<HashMap<PathBuf, Known>>,
    /// The digest of each draft's text, until its file changes.
    drawn: Mutex<HashMap<String, (SystemTime, Digest)>>,
    /// Held while a file is compared and replaced.
    writing: Mutex<()>,
    changed: watch::Sender<u64>,
}

#[derive(Clone)]
struct Known {
    time: SystemTime,
    length: u64,
    info: FlowInfo,
}

/// A flow's file as it is now.
pub(crate) struct FlowFile {
    pub(crate) path: PathBuf,
    pub(crate) folder: String,
    pub(crate) text: String,
    pub(crate) stamp: Digest,
}

impl Library {
    pub(crate) fn new(place: &Place) -> Self {
        Self {
            flows: place.flows(),
            studio: place.folder().join("studio"),
            known: Mutex::default(),
            drawn: Mutex::default(),
            writing: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// Told of each change made here. Changes made by other programs are found by looking.
    pub(crate) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn touch(&self) {
        self.changed.send_modify(|changes| *changes += 1);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every flow, by folder and name.
    pub(crate) fn list(&self) -> Result<Vec<FlowInfo>, ApiError> {
        let mut found = Vec::new();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = HashMap::new();
        for (path, folder) in files_below(&self.flows)? {
            let Ok(meta) = std::fs::metadata(&path) else { continue };
            let (time, length) = (meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), meta.len());
            let fresh = known.remove(&path).filter(|known| known.time == time && known.length == length);
            let entry = match fresh {
                Some(entry) => entry,
                None => Known { time, length, info: describe(&path, &folder, time) },
            };
            found.push(FlowInfo { draft: self.has_draft(&entry.info), ..entry.info.clone() });
            seen.insert(path, entry);
        }
        *known = seen;
        found.sort_by(|a, b| (&a.folder, a.name.to_lowercase(), &a.id).cmp(&(&b.folder, b.name.to_lowercase(), &b.id)));
        Ok(found)
    }

    /// What is known of one flow.
    pub(crate) fn info(&self, id: &str) -> Result<FlowInfo, ApiError> {
        checked_id(id)?;
        self.list()?.into_iter().find(|info| info.id == id).ok_or_else(|| self.missing(id))
    }

    /// A flow's file.
    pub(crate) fn get(&self, id: &str) -> Result<FlowFile, ApiError> {
        let (path, folder) = self.find(id)?;
        let bytes = std::fs::read(&path).map_err(|error| ApiError::file(&path, "read", &error))?;
        let stamp = Digest::of_bytes(&bytes);
        let text = String::from_utf8(bytes).map_err(|_| {
            let message = format!("{} is not UTF-8 text.", path.display());
            ApiError::bad_request(message, "Restore the file from a version or a backup.")
        })?;
        Ok(FlowFile { path, folder, text, stamp })
    }

    /// The text of a flow that another one calls.
    pub(crate) fn text_of(&self, id: &str) -> Option<String> {
        std::fs::read_to_string(self.find(id).ok()?.0).ok()
    }

    /// Puts a text in the place of a flow's file, if that is still the one with this stamp or must not matter.
    pub(crate) fn save(&self, id: &str, flow: &Flow, base: Option<Digest>) -> Result<Digest, ApiError> {
        let writing = self.lock();
        let now = self.get(id)?;
        if base.is_some_and(|base| base != now.stamp) {
            let message = format!("The flow {id:?} was changed elsewhere since it was opened.");
            let hint = "Keep your changes, take the others, or save yours as a copy.";
            let details = Changed { stamp: now.stamp, text: now.text };
            return Err(ApiError::new(ErrorCode::Conflict, message, hint).with(details));
        }
        let text = flow::write(flow);
        let stamp = Digest::of_bytes(text.as_bytes());
        if stamp != now.stamp {
            files::replace(&now.path, text.as_bytes()).map_err(|error| ApiError::file(&now.path, "written", &error))?;
        }
        drop(writing);
        self.touch();
        Ok(stamp)
    }

    /// Makes a file for a new flow.
    pub(crate) fn add(&self, flow: &Flow, folder: &str) -> Result<(), ApiError> {
        let writing = self.lock();
        let path = self.path(folder, &flow.id);
        if self.find(&flow.id).is_ok() {
            let message = format!("There is a flow {:?} already.", flow.id);
            return Err(ApiError::new(ErrorCode::Conflict, message, "Choose another id."));
        }
        files::place(&path, flow::write(flow).as_bytes()).map_err(|error| ApiError::file(&path, "written", &error))?;
        drop(writing);
        self.touch();
        Ok(())
    }

    /// Moves a flow's file to another folder.
    pub(crate) fn relocate(&self, id: &str, folder: &str) -> Result<(), ApiError> {
        let writing = self.lock();
        let (from, _) = self.find(id)?;
        let to = self.path(folder, id);
        let moved = to.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::rename(&from, &to));
        moved.map_err(|error| ApiError::file(&to, "written", &error))?;
        self.drop_empty_folders(&from);
        drop(writing);
        self.touch();
        Ok(())
    }

    fn path(&self, folder: &str, id: &str) -> PathBuf {
        let mut path = self.flows.clone();
        path.extend(folder.split('/').filter(|part| !part.is_empty()));
        path.join(format!("{id}{ENDING}"))
    }

    fn find(&self, id: &str) -> Result<(PathBuf, String), ApiError> {
        checked_id(id)?;
        let name = format!("{id}{ENDING}");
        let found = files_below(&self.flows)?.into_iter().find(|(path, _)| path.file_name().is_some_and(|file| *file == *name));
        found.ok_or_else(|| self.missing(id))
    }

    fn missing(&self, id: &str) -> ApiError {
        let hint = format!("Name its file, or put it into {} as {id}{ENDING}.", self.flows.display());
        ApiError::not_found("flow", id, hint)
    }

    /// Removes the folders above a file that has gone, as far as they are empty.
    fn drop_empty_folders(&self, file: &Path) {
        let above = file.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.flows) && **folder != *self.flows);
        for folder in above {
            if std::fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}

/// What was found in the place of a file that was to be replaced.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Its stamp.
    pub stamp: Digest,
    /// Its text.
    pub text: String,
}

/// The flow files in a folder and those below it, each with the names of its folders. Hidden ones and links are passed over.
fn files_below(root: &Path) -> Result<Vec<(PathBuf, String)>, ApiError> {
    const DEEPEST: usize = 8;
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, name, depth)) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(ApiError::file(&folder, "read", &error)),
        };
        for entry in entries.flatten() {
            let (Ok(kind), Ok(file)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
            if file.starts_with('.') {
                continue;
            }
            if kind.is_file() && file.ends_with(ENDING) {
                found.push((entry.path(), name.clone()));
            } else if kind.is_dir() && depth < DEEPEST {
                let below = if name.is_empty() { file } else { format!("{name}/{file}") };
                open.push((entry.path(), below, depth + 1));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn describe(path: &Path, folder: &str, time: SystemTime) -> FlowInfo {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let id = file.strip_suffix(ENDING).unwrap_or(&file).to_owned();
    let millis = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut info = FlowInfo {
        name: id.clone(),
        id,
        description: String::new(),
        folder: folder.to_owned(),
        tags: Vec::new(),
        nodes: 0,
        stamp: Digest::of_bytes(&bytes),
        modified_at: i64::try_from(millis).unwrap_or(i64::MAX),
        draft: false,
        unreadable: None,
    };
    match String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned()).and_then(|text| read_named(&text, &info.id)) {
        Ok(flow) => {
            (info.name, info.description, info.nodes, info.tags) = (flow.name, flow.description, flow.nodes.len(), flow.tags);
        }
        Err(why) => info.unreadable = Some(why),
    }
    info
}

/// A flow whose file has this name.
fn read_named(text: &str, id: &str) -> Result<Flow, String> {
    let flow = flow::read(text).map_err(|error| format!("line {}, column {}: {}", error.line, error.column, error.what))?;
    if flow.id == id { Ok(flow) } else { Err(format!("its id is {:?}, and its file is named {id}{ENDING}", flow.id)) }
}
